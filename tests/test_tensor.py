"""The Tensor: what it accepts, how it answers Python and NumPy, and what it says when it refuses."""

from __future__ import annotations

import copy
import datetime
import decimal
import fractions
import itertools
import math
import operator
import pickle
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import one_test_of, together

import tinygrad_lite as tg
from tinygrad_lite import Tensor

# --- making one -------------------------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (2, np.float64),
        (True, np.float64),
        ([1, 2], np.float64),
        (np.arange(3, dtype=np.int8), np.float64),
        (np.float32(1), np.float32),
        (np.ones(2, np.float16), np.float16),
        (np.ones((2, 0)), np.float64),
        ([[1.0, 2.0], [3.0, 4.0]], np.float64),
        ((1, 2.5), np.float64),
    ],
)
def test_what_it_accepts(data: Any, dtype: Any) -> None:
    t = Tensor(data)
    assert t.dtype == dtype
    assert t.shape == np.shape(data)
    assert t.requires_grad
    assert t.is_leaf
    assert t.grad is None


def test_whole_numbers_stay_whole_without_a_gradient() -> None:
    labels = Tensor([1, 2], requires_grad=False)
    assert labels.dtype.kind == "i"
    labels.requires_grad = True
    assert labels.dtype == np.float64


def test_an_array_is_kept_not_copied() -> None:
    array = np.ones(3)
    assert np.shares_memory(Tensor(array).data, array)
    assert Tensor(array, dtype=np.float32).dtype == np.float32


@together
@pytest.mark.parametrize(
    "data",
    [1j, np.ones(2, complex), "text", ["a"], object(), None, [None, 1.0], {"a": 1}, {1.0}, math.sin,
     iter([1.0]), datetime.date(2020, 1, 1), np.datetime64("2020-01-01"),
     np.zeros(2, [("a", float)]), np.ma.masked_array([1.0], [True])],
    ids=lambda data: type(data).__name__ + str(getattr(data, "dtype", "")),
)  # fmt: skip
@pytest.mark.parametrize("requires_grad", [True, False])
def test_what_it_refuses(data: Any, requires_grad: bool) -> None:
    with pytest.raises(TypeError, match="A Tensor cannot hold"):
        Tensor(data, requires_grad=requires_grad)


@pytest.mark.parametrize("data", [fractions.Fraction(1, 2), 2**70, decimal.Decimal(1), True], ids=repr)
def test_numbers_that_numpy_has_no_dtype_for_become_floats(data: Any) -> None:
    assert Tensor(data).data == float(data)
    assert Tensor([data, 1], dtype=np.float32).dtype == np.float32
    assert (Tensor(1.0) * [data, 1]).data.tolist() == [float(data), 1.0]


@pytest.mark.parametrize("numbers", [(1, 2, 3), (1.0, 2.0)])
def test_numbers_that_are_not_in_a_list(numbers: Any) -> None:
    with pytest.raises(TypeError, match=re.escape(f"`tg.Tensor({list(numbers)})`")):
        Tensor(*numbers)
    with pytest.raises(TypeError, match=r"requires_grad, True or False.*name="):
        Tensor(1.0, "w")  # type: ignore[arg-type]


def test_rows_of_unequal_length() -> None:
    with pytest.raises((TypeError, ValueError), match=r"different lengths"):
        Tensor([[1.0], [2.0, 3.0]])


def test_a_tensor_of_a_tensor() -> None:
    leaf = Tensor(2.0, name="w")
    with pytest.raises(TypeError, match=r"cut the graph.*t\.detach\(\).*tg\.Tensor\(t\.data\)"):
        Tensor(leaf)
    assert Tensor(leaf.detach()).item() == 2
    assert Tensor(leaf.data).requires_grad


# --- operators --------------------------------------------------------------------------------------------------------

BINARY = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv, operator.mod]
OTHERS = [2, 2.5, np.float32(2.5), np.float64(2.5), np.array(2.5), np.array([2.5, 1.5]), np.array([[2.5], [1.5]], np.float32)]


DATA = [1.5, [1.5, 3.5], np.array([1.5, 3.5], np.float32), np.float32(1.5)]


@one_test_of(itertools.product(BINARY, OTHERS, DATA), repr)
def test_operators_on_either_side_are_those_of_numpy(case: tuple[Callable[..., Any], Any, Any]) -> None:
    operation, other, data = case
    t = Tensor(data)
    for left, right in (
        (t, other),
        (other, t),
        (t, t),
        (t, Tensor(other, requires_grad=False, dtype=np.asarray(other).dtype)),
    ):
        got = operation(left, right)
        assert isinstance(got, Tensor)
        assert got.requires_grad
        expected = operation(*(x.data if isinstance(x, Tensor) else x for x in (left, right)))
        np.testing.assert_array_equal(got.data, expected)
        assert got.dtype == expected.dtype
        np.sum(got).backward()
        assert t.grad.dtype == t.dtype
        assert t.grad.shape == t.shape


def test_matmul_on_either_side() -> None:
    m, v = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    np.testing.assert_array_equal((m @ Tensor(v)).data, m @ v)
    np.testing.assert_array_equal((Tensor(v) @ m.T).data, v @ m.T)
    np.testing.assert_array_equal((Tensor(m) @ Tensor(m).T).data, m @ m.T)


def test_unary_operators_round_and_divmod() -> None:
    t = Tensor([-1.55, 2.45])
    assert (-t).data.tolist() == [1.55, -2.45]
    assert (+t).data.tolist() == [-1.55, 2.45]
    assert abs(t).data.tolist() == [1.55, 2.45]
    assert round(t, 1).data.tolist() == np.round(t.data, 1).tolist()
    for got, expected in zip((divmod(t, 2), divmod(7, t)), (divmod(t.data, 2), divmod(7, t.data))):
        assert [g.data.tolist() for g in got] == [e.tolist() for e in expected]


COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("compare", COMPARISONS)
def test_comparisons_give_plain_arrays(compare: Callable[..., Any]) -> None:
    t, array = Tensor([1.0, 2.0, 3.0]), np.array([3.0, 2.0, 1.0])
    for left, right in ((t, array), (array, t), (t, 2.0), (2.0, t), (t, Tensor(array))):
        got = compare(left, right)
        assert type(got) is np.ndarray
        plain = [x.data if isinstance(x, Tensor) else x for x in (left, right)]
        np.testing.assert_array_equal(got, compare(*plain))


def test_hash_is_identity_and_membership_is_by_value() -> None:
    t, u = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    assert len({t: 1, u: 2}) == 2
    assert 2.0 in t
    assert 3.0 not in t


# --- in place ---------------------------------------------------------------------------------------------------------


def test_a_parameter_is_updated_under_no_grad_and_only_there() -> None:
    w = Tensor([1.0, 2.0], name="w")
    array, same = w.data, w
    with pytest.raises(RuntimeError, match=r"`w -= ...` would change the leaf 'w'.*tg\.no_grad\(\)"):
        w -= 1
    with tg.no_grad():
        w -= np.array([0.5, 0.5])
        w *= 2
        w[0] = 7.0
    assert w is same
    assert w.data.tolist() == [7, 3]
    assert w.requires_grad
    assert w.is_leaf
    assert w.name == "w"
    assert array.tolist() == [1, 2]


def test_a_float32_parameter_stays_float32_and_keeps_its_shape() -> None:
    w = Tensor(np.ones(2, np.float32))
    with tg.no_grad():
        w -= np.ones(2)
        assert w.dtype == np.float32
        with pytest.raises(ValueError, match=r"shape \(3, 2\), the leaf \(2,\)"):
            w += np.ones((3, 2))


def test_plus_equals_on_an_intermediate_changes_this_tensor_and_nothing_computed_before() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 3
    twice, same = y * 2, y
    y += x
    y **= 2
    assert same is y
    assert twice.data.tolist() == [6, 12]
    np.sum(y).backward()
    assert x.grad.tolist() == [32, 64]


def test_an_array_plus_equals_a_tensor_becomes_a_tensor_or_says_why_not() -> None:
    array = np.ones(2)
    with pytest.raises(TypeError, match=r"`array \+= Tensor.*write `array = array \+ Tensor\(\[1.0, 2.0\]\)`"):
        array += Tensor([1.0, 2.0])
    assert array.tolist() == [1, 1]


def test_setitem_records_and_moves_this_handle_on() -> None:
    x, v = Tensor([1.0, 2.0, 3.0]), Tensor(10.0)
    y = x * 2
    y.name = "y"
    old, view = y * 1, y[:]
    y[1] = v
    y[[0, 2]] = y[0] * 1.0
    assert y.name == "y"
    assert y.data.tolist() == [2, 10, 2]
    assert (old.data.tolist(), view.data.tolist()) == ([2, 4, 6], [2, 10, 2])
    np.sum(y * [1.0, 2.0, 3.0]).backward()
    assert x.grad.tolist() == [2 * (1 + 3), 0, 0]
    assert v.grad == 2
    assert y.grad.tolist() == [1, 2, 3]


def test_setitem_on_a_constant_and_on_a_leaf() -> None:
    constant, v, array = Tensor(np.zeros(2), requires_grad=False, name="k"), Tensor(3.0), np.zeros(2)
    constant[0] = v
    assert constant.requires_grad
    assert constant.name == "k"
    np.sum(constant * constant).backward()
    assert v.grad == 6
    leaf = Tensor(array)
    with pytest.raises(RuntimeError, match="would change the leaf"):
        leaf[0] = 1.0
    with tg.no_grad():
        leaf[0] = 1.0
    assert (leaf.data.tolist(), array.tolist()) == ([1, 0], [0, 0])


# --- Python's questions -----------------------------------------------------------------------------------------------


def test_len_iteration_indexing_truth() -> None:
    t = Tensor([[1.0, 2.0], [3.0, 4.0]])
    assert len(t) == 2
    assert [row.data.tolist() for row in t] == [[1, 2], [3, 4]]
    first, second = t
    np.sum(first * second).backward()
    assert t.grad.tolist() == [[3, 4], [1, 2]]
    assert bool(Tensor(1.0))
    assert not Tensor(0.0)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(t)
    with pytest.raises(TypeError, match="0-d"):
        iter(Tensor(1.0))
    with pytest.raises(TypeError, match="len"):
        len(Tensor(1.0))


@pytest.mark.parametrize("convert", [float, int, complex, math.sin, math.floor])
def test_what_would_lose_the_history_names_the_remedy(convert: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"np\.sin\(t\), not math\.sin\(t\)|t\.item\(\)"):
        convert(Tensor(1.0, name="t"))
    assert convert(Tensor(1.0, requires_grad=False)) == convert(1.0)


@pytest.mark.parametrize("convert", [np.array, np.asarray, lambda t: np.array([t, t]), lambda t: np.asarray([t * 2, 1.0])])
def test_making_an_array_of_tensors_names_the_remedy(convert: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"np\.stack|t\.item\(\)"):
        convert(Tensor(1.0))


def test_repr_and_format() -> None:
    t = Tensor(2.5, name="t")
    assert repr(t) == "Tensor(2.5, name='t')"
    assert repr(t * 2) == "Tensor(5., made by multiply)" or repr(t * 2) == "Tensor(5.0, made by multiply)"
    assert repr(Tensor([1.0], dtype=np.float32, requires_grad=False)) == "Tensor([1.], dtype=float32, requires_grad=False)"
    assert f"{t:.3f}|{t:>8.1f}" == "2.500|     2.5"
    assert str(t) == f"{t}" == repr(t)


def test_copies_and_pickles_of_a_leaf() -> None:
    w = Tensor([1.0, 2.0], name="w")
    np.sum(w * w).backward()
    for twin in (copy.deepcopy(w), pickle.loads(pickle.dumps(w)), copy.copy(w)):
        assert (twin.data.tolist(), twin.grad.tolist(), twin.name, twin.is_leaf) == ([1, 2], [2, 4], "w", True)
        np.sum(twin * 2).backward()
        assert twin.grad.tolist() == [4, 6]
    assert w.grad.tolist() == [2, 4]
    shared = copy.deepcopy([w, w])
    assert shared[0] is shared[1]


def test_copies_of_an_intermediate() -> None:
    x = Tensor(2.0)
    y = x * x
    twin = copy.copy(y)
    (twin * 3).backward()
    assert (x.grad, twin.grad) == (12, 3)
    z = Tensor([1.0, 2.0]) * 2
    z.name = "z"
    again = copy.copy(z)
    assert again.name == "z"
    assert [g.tolist() for g in tg.gradients(np.sum(again**2), [again, z])] == [[4, 8]] * 2
    again[0] = 5.0
    assert z.data.tolist() == [2, 4]
    for what in (copy.deepcopy, pickle.dumps):
        with pytest.raises(RuntimeError, match=r"made by multiply.*t\.detach\(\)"):
            what(y)


def test_attributes_that_are_not_there_name_what_is() -> None:
    t = Tensor([1.0])
    with pytest.raises(AttributeError, match=r"`t\.to_numpy\(\)`"):
        t.numpy()
    with pytest.raises(AttributeError, match=r"np\.expand_dims"):
        t.unsqueeze(0)
    with pytest.raises(AttributeError, match=r"np\.tanh\(t\)"):
        t.tanh()
    assert not hasattr(t, "anything")


def test_leaf_and_graph_bookkeeping() -> None:
    x = Tensor(1.0)
    y = x * 2
    assert (x.is_leaf, y.is_leaf, y.detach().is_leaf, y.detach().requires_grad) == (True, False, True, False)
    for write in (lambda: setattr(y, "data", 3.0), lambda: setattr(y, "requires_grad", False)):
        with pytest.raises(RuntimeError, match="made by multiply"):
            write()
    x.requires_grad = False
    assert not (x * 2).requires_grad


# --- backward ---------------------------------------------------------------------------------------------------------


def test_backward_needs_a_graph_and_a_single_number_or_a_gradient() -> None:
    t = Tensor([1.0, 2.0], name="t")
    with pytest.raises(ValueError, match=r"t, shape \(2,\).*\.sum\(\).*backward\(np\.ones\(\(2,\)\)\)"):
        t.backward()
    with pytest.raises(ValueError, match=r"gradient of shape \(3,\) for a Tensor of t, shape \(2,\)"):
        t.backward(np.ones(3))
    with pytest.raises(TypeError, match="no graph for a backward pass"):
        t.detach().backward()
    (t * 2).backward([1.0, 10.0])
    assert t.grad.tolist() == [2, 20]
    (t * 2).backward(Tensor([1.0, 1.0]))
    assert t.grad.tolist() == [4, 22]
    np.sum(t, keepdims=True).backward()
    assert t.grad.tolist() == [5, 23]


# --- NumPy's questions ------------------------------------------------------------------------------------------------


def test_a_function_without_a_rule_is_refused_by_name() -> None:
    for call, name in (
        (lambda t: np.roots(t), r"np\.roots"),
        (lambda t: np.emath.sqrt(t), r"np\.lib.*sqrt"),
        (lambda t: np.spacing(t), r"np\.spacing"),
    ):
        with pytest.raises(TypeError, match=f"{name} has no derivative rule: .*[Ww]rite `"):
            call(Tensor(np.ones((2, 2))))
    with pytest.raises(TypeError, match=r"has no derivative rule.*Add your own rule"):
        np.char.upper(Tensor(1.0))


def test_out_is_refused() -> None:
    with pytest.raises(TypeError, match=r"np\.sin\(\.\.\., out=\.\.\.\).*result = np\.sin"):
        np.sin(Tensor([1.0]), out=np.zeros(1))


@together
@pytest.mark.parametrize(
    "function",
    [np.argmax, np.argmin, np.argsort, np.isnan, np.isfinite, np.nonzero, np.any, np.all, np.count_nonzero, np.shape],
)
def test_indices_and_truth_values_are_plain(function: Callable[..., Any]) -> None:
    t = Tensor([3.0, 0.0, 2.0])
    got = function(t)
    assert not isinstance(got, Tensor)
    np.testing.assert_equal(got, function(t.data))


METHODS = [
    ("sum", (), {"axis": 0, "keepdims": True}), ("mean", (), {"axis": (0, 1)}), ("prod", (), {}), ("max", (1,), {}),
    ("min", (), {"axis": -1}), ("ptp", (), {}), ("var", (), {"ddof": 1}), ("std", (0,), {}), ("cumsum", (1,), {}),
    ("cumprod", (), {"axis": 0}), ("clip", (0.5, 2.5), {}), ("round", (1,), {}), ("dot", (np.ones(3),), {}),
    ("trace", (), {}), ("diagonal", (1,), {}), ("ravel", (), {}), ("flatten", (), {}), ("squeeze", (), {}),
    ("swapaxes", (0, 1), {}), ("repeat", (2,), {"axis": 1}),
    ("take", ([0, 2],), {"axis": 1}), ("compress", ([True, False],), {"axis": 0}),
    ("reshape", (3, 2), {}), ("reshape", ((3, -1),), {}), ("reshape", (-1,), {"order": "F"}), ("transpose", (), {}),
    ("transpose", (1, 0), {}), ("transpose", ((1, 0),), {}), ("astype", (np.float32,), {}),
]  # fmt: skip


@together
@pytest.mark.parametrize(("name", "args", "keywords"), METHODS, ids=lambda value: str(value)[:20])
def test_methods_are_those_of_arrays(name: str, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    array = np.array([[0.1, 2.2, 3.3], [0.4, 1.5, 0.6]])
    t = Tensor(array)
    got = getattr(t, name)(*args, **keywords)
    expected = np.ptp(array) if name == "ptp" else getattr(array, name)(*args, **keywords)
    np.testing.assert_array_equal(got.data, expected)
    assert got.dtype == expected.dtype
    np.sum(got).backward()
    assert t.grad.shape == t.shape


def test_attributes_are_those_of_arrays() -> None:
    t = Tensor(np.zeros((2, 3), np.float32))
    assert (t.shape, t.ndim, t.size, t.dtype, t.T.shape) == ((2, 3), 2, 6, np.float32, (3, 2))
    assert t.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert type(t.astype(int)) is np.ndarray
    assert Tensor(3.0).item() == 3


def test_matplotlib_plots_a_tensor() -> None:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    x = Tensor(np.linspace(0, 1, 5))
    [line] = axes.plot(x, np.sin(x))
    np.testing.assert_allclose(line.get_ydata(), np.sin(np.linspace(0, 1, 5)))
    plt.close(figure)


class Duck(np.lib.mixins.NDArrayOperatorsMixin):
    """An array of another library: it speaks NumPy's protocols, and refuses to be turned into a NumPy array."""

    def __init__(self, inside: Any) -> None:
        self.inside = np.asarray(inside)

    shape = property(lambda self: self.inside.shape)
    dtype = property(lambda self: self.inside.dtype)
    ndim = property(lambda self: self.inside.ndim)
    size = property(lambda self: self.inside.size)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("forced")

    def __array_ufunc__(self, ufunc: Any, method: str, *args: Any, **keywords: Any) -> Duck:
        if any(isinstance(a, Tensor) for a in args):
            return NotImplemented  # a type it does not know: that one may know what to do
        return Duck(getattr(ufunc, method)(*map(opened, args), **keywords))

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Duck:
        return Duck(function(*map(opened, args), **keywords))

    def sum(self, **keywords: Any) -> Duck:
        return Duck(self.inside.sum(**keywords))

    def reshape(self, *shape: Any, **keywords: Any) -> Duck:
        return Duck(self.inside.reshape(*shape, **keywords))

    def astype(self, dtype: Any, **keywords: Any) -> Duck:
        return Duck(self.inside.astype(dtype, **keywords))

    def __getitem__(self, index: Any) -> Duck:
        return Duck(self.inside[index])


def opened(value: Any) -> Any:
    return value.inside if isinstance(value, Duck) else value


def test_an_array_of_another_library_is_never_forced() -> None:
    x, y = np.linspace(-1, 1, 7), np.linspace(2, 3, 7)

    def loss(a: Any, b: Any, x: Any, y: Any) -> Any:
        return np.sqrt(np.mean((a * x**2 + np.tanh(b) * x - y) ** 2)) + np.sum(x[2:5] * a)

    a, b = Tensor(1.5), Tensor(0.5)
    got = tg.gradients(loss(a, b, Duck(x), Duck(y)), [a, b])
    expected = tg.gradients(loss(a, b, x, y), [a, b])
    np.testing.assert_allclose([opened(g) for g in got], expected, rtol=1e-12)
    leaf = Tensor(Duck(x))
    total = np.sum(np.exp(leaf) * leaf)
    total.backward()
    assert isinstance(leaf.grad, Duck)
    np.testing.assert_allclose(leaf.grad.inside, np.exp(x) * (1 + x))
