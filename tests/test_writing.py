"""Writing into Tensors: views and what they are views of see it, as with NumPy's arrays; leaves are spared."""

from __future__ import annotations

import gc
import operator
import random
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import one_test_of, together
from rule_samples import SAME_AS, SAMPLES, program_of

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.messages import name_of
from tinygrad_lite.protocols.primitives import alias
from tinygrad_lite.protocols.writing import changes_in_place
from tinygrad_lite.rules.decompositions import held

ROWS = np.arange(1.0, 7.0).reshape(2, 3)


def chained(y: Any, v: Any) -> Any:
    y[0][1] = v
    return y


def reshaped(y: Any, v: Any) -> Any:
    y.reshape(-1)[4] = v
    return y


def transposed(y: Any, v: Any) -> Any:
    y.T[1:] = v
    return y


def rows(y: Any, v: Any) -> Any:
    for row in y:
        row *= v
    return y


def rows_by_index(y: Any, v: Any) -> Any:
    for i in range(len(y)):
        y[i] += v
    return y


def the_view_sees_it(y: Any, v: Any) -> Any:
    row = y[1]
    y[1, 0] = v
    return row


def through_several(y: Any, v: Any) -> Any:
    part = np.flip(np.swapaxes(y, 0, 1), 0)[1:]
    whole = np.expand_dims(y, 0)
    part[0] = v
    part[1, 1] -= v * v
    return whole * part[0, 0]


def squeezed(y: Any, v: Any) -> Any:
    np.squeeze(y[:1])[2] = v
    np.moveaxis(y, 0, 1)[0, 1] = v * v
    np.ravel(y)[0] = 2 * v
    return y


def a_copy(y: Any, v: Any) -> Any:
    part = y[[0, 1]]
    part[0] = v
    y[np.array([[True, False, False], [False, True, False]])] = v
    return y * part


def flattened(y: Any, v: Any) -> Any:
    before = y.flatten()
    by_columns = y.T.flatten("F")
    y[0] = v
    before[1] *= 10
    return np.stack([before, by_columns, y.flatten()])


def raveled(y: Any, v: Any) -> Any:
    for part in (y[:, 0], y[0, ::2], y.T, y[:, :2]):
        np.ravel(part)[0] += v  # NumPy copies all of these
    y[1].ravel()[0] -= v  # but not this one
    y.T.ravel("F")[1] = 2 * v
    y.T.ravel(order="K")[4] *= v
    y.T.ravel("A")[5] *= v
    return y


def centred(y: Any, v: Any) -> Any:
    evens = y.reshape(-1)[::2].ravel()
    evens -= np.mean(evens)
    return y * v + evens[1]


def in_memory_order(y: Any, v: Any) -> Any:
    weights = np.arange(1.0, 7.0)
    y.T.reshape(-1, order="A")[2] = v
    return y.T.reshape(-1, order="A") * weights + y.reshape(6, order="a") * v + np.swapaxes(y, 0, 1).ravel("K") ** 2


def nothing_to_squeeze(y: Any, v: Any) -> Any:
    np.squeeze(y)[0] = v
    np.rot90(y, 4)[1, 1] = v * v
    np.rot90(y, 2)[0, 0] *= v
    same = y.squeeze()
    y[1, 0] = -v
    return np.real_if_close(same) * y


def by_einsum(y: Any, v: Any) -> Any:
    np.einsum("ij->ji", y)[0] = v
    np.einsum("ij", y)[1, 2] *= v
    square = y[:, 1:]
    np.einsum("ii->i", square)[0] = 3 * v
    np.einsum("ii->i", square)[:] *= v
    cube = np.expand_dims(y, 0)
    np.einsum("kij->jki", cube)[1, 0, 0] = v * v
    total = np.einsum("ij->i", y)
    total[0] = v  # a sum is no view
    diagonal = np.einsum("ii->i", square)
    y[0, 1] -= v
    return y + diagonal[0] + total[1]


def a_diagonal(y: Any, v: Any) -> Any:
    d, e, f = np.diagonal(y), np.diag(y, 1), np.diagonal(y[None], -1, 2, 1)
    y[0] = v
    y[1, 1:] *= v
    y += v
    return np.concatenate([d, e, f[0], [np.trace(y)]])


def windows(y: Any, v: Any) -> Any:
    w = np.lib.stride_tricks.sliding_window_view(y, (1, 2))
    y[:, 1] *= v
    return w * y[0, 1]


def copies(y: Any, v: Any) -> Any:
    picked = np.take(y, [2, 0], axis=1)  # by rows in memory, also where it is picked from columns
    picked.ravel()[1] += v
    y = y * np.sum(picked.ravel("K") * np.arange(4.0))
    for copy in (np.take(y, 0, axis=0), np.tile(y, 1), np.resize(y, y.shape), np.block(y), np.tile(y, (1, 1, 1))):
        copy[0] = v
        copy += v
    return y * v


def normalize(a: Any) -> None:
    a -= a.mean()
    a /= 2.0


def a_function_changes_it(y: Any, v: Any) -> Any:
    same, before = y, y * v
    normalize(y)
    for row in [y * 1, y]:
        row *= v
        row **= 2
    return same + before


def numbers_are_not_changed(y: Any, v: Any) -> Any:
    total = np.sum(y) * v
    before = total
    total += v
    total *= total
    return before * total


@together
@pytest.mark.parametrize(
    "program",
    [
        chained, reshaped, transposed, rows, rows_by_index, the_view_sees_it, through_several, squeezed, a_copy, flattened,
        raveled, centred, in_memory_order, nothing_to_squeeze, by_einsum, a_diagonal, windows, copies, a_function_changes_it,
        numbers_are_not_changed,
    ],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_values_and_gradients_are_those_of_the_plain_program(program: Callable[..., Any]) -> None:
    def f(x: Any, v: Any) -> Any:
        return program(x * 2.0 + 0.0 * v, v)

    for x, v in ((Tensor(ROWS), 3.0), (Tensor(ROWS), Tensor(3.0))):
        np.testing.assert_allclose(f(x, v).data, f(ROWS, 3.0))
    h, x, v = 1e-6, ROWS, 3.0
    for i in range(2):
        g = np.asarray(tg.grad(lambda *a: np.sum(f(*a) ** 2), argnums=i)(x, v))
        for k in np.ndindex(g.shape):
            e = np.zeros(g.shape)
            e[k] = h
            ahead, behind = ((x + s * e, v) if i == 0 else (x, v + s * e[()]) for s in (1, -1))
            assert g[k] == pytest.approx((np.sum(f(*ahead) ** 2) - np.sum(f(*behind) ** 2)) / (2 * h), rel=1e-6, abs=1e-5)


OPERATIONS = ["index", "slice", "T", "reshape", "swap", "flip", "expand", "write", "write", "fill", "add", "multiply", "use"]


def random_program(seed: int) -> Callable[..., Any]:
    """A few views and writes, in a random order. What Python rebinds by ``+=`` is rebound."""
    rng = random.Random(seed)
    steps = [(rng.choice(OPERATIONS), rng.random(), rng.random()) for _ in range(rng.randint(2, 9))]

    def f(x: Any, v: Any) -> Any:
        values, total = [x * 2.0], 0.0
        for name, a, b in steps:
            i = int(a * len(values))
            t = values[i]
            if name == "index" and t.ndim >= 2:
                values.append(t[int(b * t.shape[0])])
            elif name == "slice":
                values.append(t[int(b * t.shape[0]) :])
            elif name == "T":
                values.append(t.T)
            elif name == "reshape":
                values.append(t.reshape(-1))
            elif name == "swap" and t.ndim >= 2:
                values.append(np.swapaxes(t, 0, -1))
            elif name == "flip":
                values.append(np.flip(t, 0))
            elif name == "expand":
                values.append(np.expand_dims(t, 0))
            elif name == "write" and t.size:
                t[int(b * t.shape[0])] = v * (1 + b)
            elif name == "fill":
                t[...] = v * b
            elif name == "add":
                t += v * b
                values[i] = t
            elif name == "multiply":
                t *= 1 + b
                values[i] = t
            elif name == "use":
                total = total + weighted(t)
        return total + sum(weighted(t) for t in values)

    return f


def weighted(t: Any) -> Any:
    return np.sum(t * np.cos(np.arange(1.0, 1 + t.size)).reshape(t.shape))


@pytest.mark.parametrize("block", range(5))
def test_random_programs(block: int) -> None:
    for seed in range(40 * block, 40 * (block + 1)):
        f, x, v, h = random_program(seed), np.random.default_rng(seed).normal(size=(2, 3)), 1.5, 1e-3
        value, (gx, gv) = tg.value_and_grad(f, argnums=(0, 1))(x, v)
        assert value == pytest.approx(f(x, v), rel=1e-12, abs=1e-12), seed
        # the program is a polynomial of v, and linear in x, so differences are as good as exact
        along = np.random.default_rng(seed).normal(size=(2, 3))
        assert np.sum(gx * along) == pytest.approx((f(x + h * along, v) - f(x - h * along, v)) / (2 * h), rel=1e-9, abs=1e-9)
        assert gv == pytest.approx((f(x, v + h) - f(x, v - h)) / (2 * h), rel=1e-4, abs=1e-4), seed


def test_constants_and_leaves() -> None:
    constant = Tensor(np.zeros((2, 2)), requires_grad=False)
    v = Tensor(2.0)
    constant[0][1] = v * 3
    np.sum(constant * v).backward()
    assert v.grad == 12
    leaf = Tensor(ROWS, name="w")
    row = leaf[0]
    for write in (lambda: leaf[0].__setitem__(1, 0.0), lambda: row.__setitem__(1, 0.0), lambda: row.__iadd__(1.0)):
        with pytest.raises(RuntimeError, match=r"view.*leaf 'w'.*np\.copy\((leaf|row)\)"):
            write()
    assert leaf.data is ROWS or np.array_equal(leaf.data, ROWS)
    copied = np.copy(leaf[0])
    copied[1] = 0.0
    assert copied.data.tolist() == [1, 0, 3]
    with tg.no_grad():
        leaf[0][1] = 7.0
        leaf.T[2] += 1
        leaf[1] *= 2
    assert leaf.data.tolist() == [[1, 7, 4], [8, 10, 14]]
    assert ROWS.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert row.data.tolist() == [1, 2, 3]  # made before, and its gradient may need these numbers


@pytest.mark.parametrize("make", [lambda: Tensor(ROWS), lambda: Tensor(ROWS) * 1, lambda: Tensor(ROWS, requires_grad=False)])
def test_read_only_views_cannot_be_written_into(make: Callable[..., Any]) -> None:
    windows = np.lib.stride_tricks.sliding_window_view
    for function, words in (
        (lambda y: np.broadcast_to(y, (2, 2, 3)), r"np\.broadcast_to shows the 6 elements"),
        (np.diagonal, r"np\.diagonal .*shape \(2, 3\).*read-only"),
        (lambda y: np.diag(y, 1)[:1], "read-only"),
        (lambda y: windows(y, 2, axis=1), r"sliding_window_view .*read-only"),
    ):
        y = make()
        view = function(y)
        for write in (view.__setitem__, lambda _, v, view=view: view.__iadd__(v)):
            with pytest.raises(ValueError, match=words + r".*`t = np\.copy\(t\)`"):
                write(0, 1.0)
        np.copy(view)[0] = 1.0
        np.testing.assert_array_equal(y.data, ROWS)


# NumPy has no alias, and warns of writing into broadcast arrays, where we refuse it
WITH_RESULTS = [f for f in SAMPLES if not changes_in_place(f) and f not in (alias, held, np.broadcast_arrays)]


@one_test_of(WITH_RESULTS, name_of)
def test_results_share_memory_where_those_of_numpy_do(function: Any) -> None:
    """What is written into the result of a function reaches its argument if it does so in NumPy, and only then."""
    in_numpy, ours = program_of(SAME_AS.get(function, function)), program_of(function)
    for sample in SAMPLES[function]:
        first, *rest = sample.args or (None,)
        if not isinstance(first, np.ndarray) or first.dtype.kind != "f" or not first.shape or "copy" in sample.keywords:
            continue
        y = Tensor(np.array(first)) * 1
        array = np.array(y.data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                expected = in_numpy(array, *rest, **sample.keywords)
            except TypeError:  # it takes something else there than we do
                return
            result = ours(y, *rest, **sample.keywords)
        while isinstance(expected, (list, tuple)) and len(expected):
            expected, result = expected[0], result[0]
        if not isinstance(expected, np.ndarray) or not expected.size or not isinstance(result, Tensor):
            continue
        if np.shares_memory(expected, array) and not expected.flags.writeable:
            with pytest.raises(ValueError, match=r"np\.copy"):
                result[...] = 99.0
        elif expected.flags.writeable and isinstance(result.data, np.ndarray):
            result[...] = 99.0
            expected[...] = 99.0
        np.testing.assert_array_equal(y.data, array)


def test_an_update_is_seen_by_all_who_hold_the_tensor() -> None:
    buffers = [Tensor(np.zeros(2), requires_grad=False), Tensor(np.zeros(2), requires_grad=False, name="b")]
    for b in buffers:
        b += 1.0
        b *= [2.0, 3.0]
    assert [b.data.tolist() for b in buffers] == [[2, 3], [2, 3]]
    assert buffers[1].name == "b"
    v = Tensor(3.0)
    buffers[0] -= v
    np.sum(buffers[0] ** 2).backward()
    assert v.grad == 2  # -2 · (2 - 3) - 2 · (3 - 3)
    y = Tensor(ROWS) * 2
    z = y
    with tg.no_grad():
        z += 1
    assert y is z
    np.testing.assert_array_equal(y.data, ROWS * 2 + 1)


def test_an_update_that_does_not_fit_gives_a_new_tensor() -> None:
    y = Tensor([1.0, 2.0]) * 1
    grown = y
    grown += np.ones((3, 2))
    assert (y.shape, grown.shape) == ((2,), (3, 2))
    whole = Tensor([1, 2], requires_grad=False)
    halves = whole
    halves += 0.5
    assert (whole.data.tolist(), halves.data.tolist()) == ([1, 2], [1.5, 2.5])
    single = Tensor(np.ones(2, np.float32)) * np.float32(1)
    same = single
    same += np.ones(2)
    assert same is single
    assert same.dtype == np.float32


def test_a_write_into_a_view_of_a_leaf_says_which_copy_to_make() -> None:
    w = Tensor(ROWS, name="w")
    for view in (w.T, w.T.reshape(-1, order="F"), w[:, 1:][..., 0], np.einsum("ij->ji", w)):
        with pytest.raises(RuntimeError, match=r"`t = np\.copy\(view\)`"):
            view[0] = 1.0
    with pytest.raises(RuntimeError, match=r"`t = np\.copy\(w\)`"):  # of a view without a name, the leaf
        w.T[0] = 1.0
    w.flatten()[0] = 5.0
    assert w.data[0, 0] == 1
    with tg.no_grad():
        np.einsum("ij->ji", w)[0] = 7.0
        np.squeeze(w)[0, 1] = 8.0
    assert w.data.tolist() == [[7, 8, 3], [7, 5, 6]]


def test_the_gradient_of_a_tensor_that_changed_after_it_was_used_is_not_silently_zero() -> None:
    x = Tensor(ROWS)
    y = x * 2
    loss = np.sum(y**2)
    assert tg.gradients(loss, y)[0, 0] == 4
    y[0] = 0.0
    with pytest.warns(UserWarning, match=r"newer than the output.*np\.copy\(t\)") as warned:
        assert not tg.gradients(loss, y).any()
    assert warned[0].filename == __file__
    w = Tensor(1.0)
    cube = w**3
    w.data = 2.0  # a leaf stays the leaf that it was
    assert tg.gradients(cube, w) == 3
    assert not tg.gradients(cube, x).any()  # older, and not used


def test_nan_to_num_in_place_is_refused() -> None:
    with pytest.raises(TypeError, match="copy"):
        np.nan_to_num(Tensor([1.0, np.nan]) * 1, copy=False)


def test_floats_into_whole_numbers() -> None:
    c = Tensor(np.zeros(3, int), requires_grad=False)
    for value in (Tensor(1.5), 1.5, np.array(0.5)):
        with pytest.raises(TypeError, match=r"dtype int64 and the value has dtype float64.*zeros"):
            c[0] = value
    c[0] = 2
    assert c.data.tolist() == [2, 0, 0]


def test_new_data_of_another_shape_drops_the_gradient() -> None:
    w = Tensor(np.ones(3), name="w")
    np.sum(w).backward()
    w.data = np.ones(1)
    assert w.grad is None
    np.sum(w * 2).backward()
    assert w.grad.tolist() == [2]
    w.grad = np.ones(5)
    with pytest.raises(ValueError, match=r"leaf 'w' has shape \(1,\).*\(5,\).*w\.zero_grad\(\)"):
        np.sum(w * 2).backward()


def test_arrays_to_write_into() -> None:
    for make in (np.zeros_like, np.empty_like, np.ones_like, lambda x: np.full_like(x, 7.0)):

        def f(x: Any, make: Any = make) -> Any:
            c = make(x)
            for i in range(len(x)):
                c[i] = x[i] ** 2
            return np.sum(c)

        assert tg.grad(f)(np.array([1.0, 2.0, 3.0])).tolist() == [2, 4, 6]
    assert type(np.zeros_like(Tensor(ROWS), dtype=bool)) is np.ndarray


def test_views_hold_no_one_longer_than_arrays_do() -> None:
    """The view keeps what it is a view of, not the other way round; and nothing waits for the garbage collector."""
    gc.disable()
    try:
        y = Tensor(ROWS) * 2
        views = [y[0], y.T, y[0][1:]]
        y[0, 0] = 5.0
        seen = [weakref.ref(t) for t in (y, *views)]
        del views
        assert [ref() is None for ref in seen[1:]] == [True] * 3
        del y
        assert seen[0]() is None
    finally:
        gc.enable()
    constant = Tensor(ROWS, requires_grad=False)
    for _ in range(1000):
        constant[0]
    assert len(constant.views) < 100


@pytest.mark.filterwarnings("ignore:you are shuffling")
def test_rows_are_not_shuffled_in_place_as_each_is_a_view() -> None:
    rows, remedy = np.arange(18.0).reshape(9, 2), r"`y = y\[rng.permutation\(len\(y\)\)\]`"
    for rng in (np.random.default_rng(0), np.random.RandomState(0), random.Random(0)):
        for y in (Tensor(rows) * 1, Tensor(rows), Tensor(rows, requires_grad=False)):
            with pytest.raises(TypeError, match=f"shuffle swaps the rows .*{remedy}"):
                rng.shuffle(y)
            np.testing.assert_array_equal(y.data, rows)
        numbers, leaf = Tensor(np.arange(9.0)) * 1, Tensor(rows)
        rng.shuffle(numbers)  # numbers are no views, so nothing is lost
        with tg.no_grad():
            rng.shuffle(leaf)  # its views keep their old numbers
        assert sorted(numbers.data) == list(range(9))
        assert sorted(leaf.data[:, 0]) == list(range(0, 18, 2))
    y = Tensor(ROWS) * 1
    operator.setitem(y, 0, y[1])
    assert y[0].data.tolist() == ROWS[1].tolist()
