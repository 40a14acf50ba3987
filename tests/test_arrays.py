"""Functions that move, pick, join and make arrays: what NumPy refuses, lists with Tensors in them, writing in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.testing import check_gradients

rng = np.random.default_rng(7)
ROW, SQUARE, CUBE = rng.uniform(1, 2, 3), rng.uniform(1, 2, (3, 3)), rng.uniform(1, 2, (2, 3, 3))

# --- what NumPy refuses is refused ------------------------------------------------------------------------------------

REFUSED: dict[str, Any] = {
    "diff n=-1": lambda x: np.diff(x, n=-1),
    "diff of a number": lambda x: np.diff(x[0]),
    "diff, axis": lambda x: np.diff(x, axis=1),
    "vecdot of lengths 1 and 3": lambda x: getattr(np, "vecdot", np.inner)(x[:1], x),
    "einsum drops the ellipsis": lambda x: np.einsum("...i->i", np.stack([x, x])),
    "take_along_axis": lambda x: np.take_along_axis(np.stack([x, x]), np.array([[0, 1]]), axis=None),
    "diag of 3 axes": lambda x: np.diag(x[:, None, None]),
    "diagonal of a row": lambda x: np.diagonal(x),
    "diagonal along one axis": lambda x: np.diagonal(np.stack([x, x]), axis1=0, axis2=0),
    "trace of a row": lambda x: np.trace(x),
    "gradient along an axis twice": lambda x: np.gradient(np.stack([x, x]), axis=(0, 0)),
    "gradient, axis": lambda x: np.gradient(x, axis=3),
    "gradient of one element": lambda x: np.gradient(x[:1]),
    "gradient, edge order 3": lambda x: np.gradient(x, edge_order=3),
    "rot90 in one axis": lambda x: np.rot90(np.stack([x, x]), axes=(1, 1)),
    "rot90 of a row": lambda x: np.rot90(x),
    "sort of a number": lambda x: np.sort(x[0]),
    "sort, axis": lambda x: np.sort(x, axis=5),
    "partition of a number": lambda x: np.partition(x[0], 0),
    "partition, place": lambda x: np.partition(x, 9),
    "take, axis": lambda x: np.take(x, [0], axis=3),
    "take, index": lambda x: np.take(x, [5]),
    "take, mode": lambda x: np.take(x, [0], mode="other"),
    "compress too far": lambda x: np.compress([True, True, True, True], x),
    "repeat, negative": lambda x: np.repeat(x, -1),
    "repeat, axis": lambda x: np.repeat(x, 2, axis=1),
    "repeat, unequal": lambda x: np.repeat(x, [1, 2]),
    "tile, negative": lambda x: np.tile(x, -1),
    "rollaxis": lambda x: np.rollaxis(x, 2),
    "split unequal": lambda x: np.split(x, 2),
    "split, axis": lambda x: np.split(x, 3, axis=1),
    "array_split, none": lambda x: np.array_split(x, 0),
    "hsplit of a number": lambda x: np.hsplit(x[0], 1),
    "dsplit of a row": lambda x: np.dsplit(x, 1),
    "stack, shapes": lambda x: np.stack([x, x[:2]]),
    "stack, axis": lambda x: np.stack([x, x], axis=3),
    "concatenate, axes": lambda x: np.concatenate([x, np.stack([x, x])]),
    "concatenate of a number": lambda x: np.concatenate([x[0], x]),
    "concatenate, casting": lambda x: np.concatenate([x, x], dtype=np.int64, casting="safe"),
    "block, depths": lambda x: np.block([[x], x]),
    "dot, lengths": lambda x: np.dot(x, x[:2]),
    "inner, lengths": lambda x: np.inner(x, x[:2]),
    "vdot, lengths": lambda x: np.vdot(x, x[:2]),
    "tensordot, axes": lambda x: np.tensordot(x, x, axes=2),
    "cross of 4 elements": lambda x: np.cross(np.append(x, x[0]), np.append(x, x[0])),
    "pad, negative": lambda x: np.pad(x, -1),
    "pad, mode": lambda x: np.pad(x, 1, "other"),
    "pad, empty": lambda x: np.pad(x[:0], 1, "reflect"),
    "interp, lengths": lambda x: np.interp(x, x, x[:2]),
    "interp, period": lambda x: np.interp(x, x, x, period=0),
    "select, lengths": lambda x: np.select([np.array([True] * 3)], [x, x]),
    "choose": lambda x: np.choose([0, 5, 0], [x, x]),
    "insert, index": lambda x: np.insert(x, 9, 1.0),
    "delete, index": lambda x: np.delete(x, 9),
    "vander of a matrix": lambda x: np.vander(np.stack([x, x])),
    "polyfit, lengths": lambda x: np.polyfit(x, x[:2], 1),
    "polyfit, degree": lambda x: np.polyfit(x, x, -1),
    "polyder, order": lambda x: np.polyder(x, -1),
    "polyint, constants": lambda x: np.polyint(x, 3, [1.0, 2.0]),
    "linspace, number": lambda x: np.linspace(x[0], 1, -1),
    "geomspace, 0": lambda x: np.geomspace(0, x[0], 3),
    "meshgrid, indexing": lambda x: np.meshgrid(x, x, indexing="other"),
    "sliding window": lambda x: np.lib.stride_tricks.sliding_window_view(x, 4),
    "apply_along_axis, axis": lambda x: np.apply_along_axis(np.sum, 1, x),
    "piecewise, functions": lambda x: np.piecewise(x, [x > 1], [1, 2, 3]),
    "put, index": lambda x: np.put(x * 1, 9, 1.0),
    "put_along_axis": lambda x: np.put_along_axis(x * 1, np.array([[0]]), 1.0, 0),
    "fill_diagonal of a row": lambda x: np.fill_diagonal(x * 1, 1.0),
    "copyto, shape": lambda x: np.copyto(x * 1, np.ones(2)),
    "add.at, index": lambda x: np.add.at(x * 1, [9], 1.0),
}


@together
@pytest.mark.parametrize("name", REFUSED)
def test_what_numpy_refuses_is_refused_with_the_same_kind_of_error(name: str) -> None:
    f = REFUSED[name]
    with pytest.raises(Exception) as numpys:  # noqa: PT011
        f(ROW)
    for _ in range(2):  # also when it has been asked before
        with pytest.raises(Exception) as ours:  # noqa: PT011
            f(Tensor(ROW))
        kinds = [kind for kind in (ValueError, TypeError, IndexError) if issubclass(numpys.type, kind)]
        assert kinds, numpys.type
        assert issubclass(ours.type, tuple(kinds)), (ours.type, ours.value)


def test_the_message_has_the_names_and_shapes() -> None:
    with pytest.raises(ValueError, match=r"(?s)order must be non-negative.*This was np.diff with a: shape \(3,\); n=-1"):
        np.diff(Tensor(ROW), n=-1)
    with pytest.raises(np.linalg.LinAlgError, match=r"np\.linalg"):
        np.linalg.matrix_power(Tensor(ROW), 2)


def test_numpy_is_asked_once_for_each_form_of_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    from tinygrad_lite.protocols import compositions

    asked: list[Any] = []

    def flip(m: Any) -> Any:
        asked.append(m)
        return m

    ask = compositions.checked(flip, lambda m: m, ask=True)
    for shape in ((2, 3), (2, 3), (3,), (2, 3)):
        ask(Tensor(np.ones(shape)))
    assert [a.shape for a in asked] == [(2, 3), (3,)]
    assert all(type(a) is np.ndarray for a in asked)


# --- lists ------------------------------------------------------------------------------------------------------------

LISTS: dict[str, Any] = {
    "append": lambda t: np.append([t[0], 1.0], t),
    "append nested": lambda t: np.append([[t[0], 1.0], [2.0, t[1]]], t),
    "concatenate": lambda t: np.concatenate([[t[0], 1.0], t]),
    "stack": lambda t: np.stack([[t[0], 1.0, t[1]], t]),
    "block": lambda t: np.block([[t], [t]]),
    "dot": lambda t: np.dot([t[0], 2.0, 1.0], t),
    "dot with a plain list": lambda t: np.dot([[1.0, 2.0, 3.0], [2.0, 1.0, 0.0]], t),
    "dot from the right": lambda t: np.dot(t, [1, 2, 3]),
    "inner": lambda t: np.inner([1.0, 2.0, 3.0], t),
    "outer": lambda t: np.outer([t[0], 2.0], t),
    "kron": lambda t: np.kron([1.0, 2.0], t),
    "cross": lambda t: np.cross([1.0, 0.0, t[0]], t),
    "tensordot": lambda t: np.tensordot([1.0, 2.0, 3.0], t, 1),
    "einsum": lambda t: np.einsum("i,i", t, [t[1], 1.0, 2.0]),
    "correlate": lambda t: np.correlate([1.0, 2.0, t[0], 4.0], t),
    "interp": lambda t: np.interp([1.1, 1.3], [0.0, 1.0, 3.0], t),
    "diff": lambda t: np.diff(t, prepend=[t[2]]),
    "choose": lambda t: np.choose([0, 1, 0], [t, [t[0], 1.0, 2.0]]),
    "select": lambda t: np.select([[True, False, True]], [t], default=0.5),
    "polyval": lambda t: np.polyval([t[0], 2.0], t),
    "insert": lambda t: np.insert(t, 1, [t[0], 3.0]),
    "polynomial with Tensor coefficients": lambda t: np.polyval(np.poly1d(t), t),
}


@together
@pytest.mark.parametrize("name", LISTS)
def test_lists_with_tensors_in_them_are_arrays(name: str) -> None:
    """The values are those of NumPy's, and each element in a list gets its gradient."""
    f = LISTS[name]
    np.testing.assert_allclose(np.asarray(f(Tensor(ROW)).data), f(ROW), rtol=1e-14)
    check_gradients(lambda t: np.sum(f(t) ** 2), ROW, order=2, limit=0)


def test_a_list_that_numpy_does_not_ask_names_the_remedy() -> None:
    with pytest.raises(TypeError, match=r"np\.stack"):
        np.vander([Tensor(1.0), 2.0], 3)


# --- gradients --------------------------------------------------------------------------------------------------------


def test_products_over_an_empty_axis() -> None:
    a, b = np.ones((5, 5, 0)), np.ones((0, 5))
    left, right = tg.grad(lambda a, b: np.sum(a @ b), argnums=(0, 1))(a, b)
    assert left.shape == a.shape
    assert right.shape == b.shape


def test_trim_zeros() -> None:
    x = Tensor([0.0, 0.0, 1.5, 0.0, 2.0, 0.0])
    trimmed = np.trim_zeros(x)
    np.testing.assert_array_equal(trimmed.data, [1.5, 0.0, 2.0])
    np.sum(trimmed * [1.0, 2.0, 3.0]).backward()
    np.testing.assert_array_equal(x.grad, [0, 0, 1, 2, 3, 0])
    for trim in "fb":
        np.testing.assert_array_equal(np.trim_zeros(x, trim).data, np.trim_zeros(x.data, trim))
    assert np.trim_zeros(Tensor([0.0, 0.0])).shape == (0,)


def test_clip_as_the_method_of_a_plain_array() -> None:
    top = Tensor([1.5, 1.5, 1.5])
    clipped = np.array([1.0, 2.0, 3.0]).clip(0, top)
    np.sum(clipped).backward()
    np.testing.assert_array_equal(clipped.data, [1.0, 1.5, 1.5])
    np.testing.assert_array_equal(top.grad, [0, 1, 1])
    np.testing.assert_array_equal(Tensor([0.5, 2.0]).clip(None, 1.0).data, [0.5, 1.0])


@pytest.mark.parametrize("module", ["polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre"])
def test_polynomials(module: str) -> None:
    library = getattr(np.polynomial, module)
    [evaluate] = [
        getattr(library, name)
        for name in ("polyval", "chebval", "legval", "hermval", "hermeval", "lagval")
        if hasattr(library, name)
    ]
    points, rows = ROW, rng.uniform(-1, 1, (4, 2))
    check_gradients(lambda x, c: np.sum(evaluate(x, c) ** 2), points, rows[:, 0], order=2, limit=0)
    for c, x in ((rows[:, 0], 2.0), (rows[:1, 0], 2.0), (rows, 2.0)):
        np.testing.assert_allclose(evaluate(x, Tensor(c)).data, evaluate(x, c), rtol=1e-14)
    np.testing.assert_allclose(evaluate(Tensor(points), Tensor(rows)).data, evaluate(points, rows), rtol=1e-14)
    with pytest.raises(TypeError, match=r"tg\.Tensor\(x, requires_grad=False\)"):
        evaluate(points, Tensor(rows[:, 0]))
    [kind] = [k for k in vars(library).values() if isinstance(k, type) and k.__module__ == library.__name__]
    curve = kind(rows[:, 0], domain=[0, 3])
    result = curve(Tensor(points))
    assert isinstance(result, Tensor)
    np.testing.assert_allclose(result.data, curve(points), rtol=1e-14)
    np.testing.assert_allclose(tg.grad(lambda x: np.sum(curve(x)))(points), curve.deriv()(points), rtol=1e-12)


def test_poly1d_keeps_its_form() -> None:
    curve = np.poly1d(Tensor([1.0, 2.0, 3.0]))
    assert isinstance(curve.deriv(), np.poly1d)
    np.testing.assert_array_equal(curve.deriv().coeffs.data, [2.0, 2.0])
    np.testing.assert_array_equal(curve.integ(k=5.0).coeffs.data, [1 / 3, 1.0, 3.0, 5.0])
    shifted = np.polyval(Tensor([1.0, 2.0, 3.0]), np.poly1d([1.0, 1.0]))
    np.testing.assert_array_equal(shifted.coeffs.data, [1.0, 4.0, 6.0])
    np.testing.assert_array_equal(np.polyadd(np.poly1d([1.0, 0.0]), Tensor([2.0])).coeffs.data, [1.0, 2.0])


def test_polyfit_warns_as_numpy_does() -> None:
    with pytest.warns(match="poorly conditioned"):
        np.polyfit(Tensor([1.0, 1.0, 1.0]), np.arange(3.0), 1)


def test_memory_is_not_looked_at() -> None:
    with pytest.raises(TypeError, match="sliding_window_view"):
        np.lib.stride_tricks.as_strided(Tensor(ROW), (2, 2), (8, 8))


# --- writing in place -------------------------------------------------------------------------------------------------


def test_a_leaf_is_not_written_into() -> None:
    for write in (
        lambda w: np.put(w, 0, 1.0),
        lambda w: np.copyto(w, 1.0),
        lambda w: np.add.at(w, [0, 0], 1.0),
        lambda w: w.fill(1.0),
        lambda w: w.put(0, 1.0),
    ):
        w = Tensor(ROW, name="w")
        with pytest.raises(RuntimeError, match=r"the leaf 'w'.*no_grad"):
            write(w)
        with tg.no_grad():
            write(w)
    assert w.data[0] == 1.0


def test_writing_moves_a_constant_on() -> None:
    """A constant that is to be filled: what was written has its gradient."""
    x, table = Tensor(ROW), Tensor(np.zeros((2, 3)), requires_grad=False)
    np.copyto(table, x)
    np.add.at(table, (0, [1, 1]), x[0] * 2)
    table.put([5], x[1])
    np.sum(table * [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).backward()
    np.testing.assert_allclose(x.grad, [1 + 4 + 2 * 2 * 2, 2 + 5 + 6, 3])


def test_a_plain_array_remembers_nothing() -> None:
    array, t = np.zeros(3), Tensor(ROW)
    for write in (np.copyto, lambda a, v: np.put(a, [0, 1, 2], v), lambda a, v: np.add.at(a, [0, 1, 2], v)):
        with pytest.raises(TypeError, match=r"array = tg\.Tensor\(array, requires_grad=False\)"):
            write(array, t)
    np.copyto(array, t.detach())  # a constant has no gradient to lose
    np.testing.assert_array_equal(array, ROW)


def test_repeated_indices_in_turn() -> None:
    """multiply.at with an index twice multiplies twice; NumPy goes by turns, and the order counts for subtract of power."""
    for ufunc in (np.multiply, np.divide, np.power, np.maximum):
        index, factors = [2, 0, 2, 2, 1], np.array([1.5, 2.0, 0.5, 1.25, 3.0])
        expected = ROW.copy()
        ufunc.at(expected, index, factors)

        def f(t: Any, v: Any, ufunc: np.ufunc = ufunc, index: Any = index) -> Any:
            t = t * 1
            ufunc.at(t, index, v)
            return t

        np.testing.assert_allclose(f(Tensor(ROW), Tensor(factors)).data, expected, rtol=1e-15)
        check_gradients(f, ROW, factors, order=2, limit=0)
