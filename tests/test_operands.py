"""What may stand beside a Tensor: it works and is right, or a TypeError names it and says what to write."""

from __future__ import annotations

import array
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.operands import operand

W = np.array([0.5, -1.0, 2.0])
BOTH_SIDES = [
    lambda t, x: t * x,
    lambda t, x: x * t,
    lambda t, x: t - x,
    lambda t, x: x - t,
    np.multiply,
    lambda t, x: np.add(x, t),
]
SIDES = ["t * x", "x * t", "t - x", "x - t", "np.multiply", "np.add"]


# --- what works -------------------------------------------------------------------------------------------------------


class Plain(np.ndarray):
    """A subclass that adds nothing of its own to arithmetic."""


@together
@pytest.mark.parametrize("combine", BOTH_SIDES, ids=SIDES)
@pytest.mark.parametrize(
    "given",
    [[1, 2, 3], (1.0, 2.0, 3.0), range(1, 4), array.array("d", [1, 2, 3]), np.arange(1.0, 4.0).view(Plain), np.float32(2.5),
     Fraction(5, 2), Decimal("2.5"), np.int16(2), True],
    ids=lambda x: type(x).__name__,
)  # fmt: skip
def test_as_good_as_an_array(combine: Any, given: Any) -> None:
    if combine.__class__ is np.ufunc and isinstance(given, Decimal):
        combine = BOTH_SIDES[0]
    meant = float(given) if isinstance(given, (Fraction, Decimal)) else np.asarray(given)
    value, slope = tg.value_and_grad(lambda t: np.sum(combine(t, given) ** 2))(W)
    expected, by_array = tg.value_and_grad(lambda t: np.sum(combine(t, meant) ** 2))(W)
    assert value == expected
    np.testing.assert_array_equal(slope, by_array)


def test_tensors_in_a_list_stay_connected() -> None:
    slope = tg.grad(lambda t: np.sum(t * [t[1], 2.0, t[0]]))(W)
    assert slope.tolist() == [-1.0 + 2.0, 0.5, 2.0 + 0.5 - 0.5] or np.allclose(slope, [W[1] + W[2], W[0] + 2 * 1, W[0]])
    tg.check_gradients(lambda t: np.where(W > 0, t, [t[0], 1.0, t[2] * t[1]]), W, order=2)
    tg.check_gradients(lambda t: np.multiply([[t[0], 1.0], [2.0, t[1]]], t[1:]), W, order=2)


def test_a_number_with_a_list() -> None:
    assert tg.grad(lambda n: np.sum(n * [1.0, 2.0]))(3.0) == 3
    tg.check_gradients(lambda n: np.power(n, [1, 2]), 1.5, order=2)
    tg.check_gradients(lambda n: np.arctan2([1, 2], n), 1.5, order=2)


def test_python_numbers_keep_float32() -> None:
    t = Tensor(np.ones(2, np.float32))
    assert (t * 2.0).dtype == (2 - t).dtype == (t * Fraction(1, 2)).dtype == np.float32


def test_a_function_of_math_as_primitive() -> None:
    @tg.primitive
    def sine(x: Any) -> Any:
        return math.sin(x)

    tg.derivative(sine, x=lambda g, x: float(g) * math.cos(x))
    assert tg.grad(sine)(0.5) == math.cos(0.5)
    y = sine(Tensor(0.5))
    assert type(y.data) is np.float64


@pytest.mark.parametrize("result", [(1.0, 2.0), [1.0], None, "text", 1j, np.array([1j]), np.array(["a"])], ids=repr)
def test_what_a_primitive_may_not_return(result: Any) -> None:
    @tg.primitive
    def strange(x: Any) -> Any:
        return result

    tg.derivative(strange, x=lambda g: g)
    with pytest.raises(TypeError, match="strange gave"):
        strange(Tensor(1.0))


# --- what does not ----------------------------------------------------------------------------------------------------


class Own:
    """An array of a library of its own, without NumPy's protocols."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        return np.ones(3)


@pytest.mark.parametrize("combine", BOTH_SIDES, ids=SIDES)
@pytest.mark.parametrize(
    ("given", "name", "remedy"),
    [
        (1j, "complex", "np.hypot"), (np.array([1j, 1, 1]), "complex128", "np.hypot"),
        (np.complex64(1j), "complex64", "np.hypot"), ([1j, 2.0, 3.0], "a list of complex numbers", "np.hypot"),
        (np.ones((1, 3)).view(np.matrix), "numpy.matrix", "np.asarray"),
        (np.array(["1", "2", "3"]), "<U1", "dtype=float"), (np.array([b"1"] * 3), "S1", "dtype=float"),
        ("1", "text", "float(x)"), (np.array([1.0, 2.0, 3.0], object), "object", "dtype=float"),
        ({"a": 1.0}, "dict", "items()"), ([1.0, None, 2.0], "a list with None in it", "return"),
        (np.array(["2020-01-01"] * 3, "M8[D]"), "datetime64", "timedelta64"), (np.zeros(3, [("a", float)]), "'a'", "fields"),
        ([[1.0], [2.0, 3.0]], "list", "lengths"), ({1.0}, "set", "list("), (object(), "object", "an array"),
        (memoryview(np.ones(3)), "memoryview", "w.grad"), (Own(), "Own", "np.asarray"),
    ],
    ids=lambda x: None if isinstance(x, str) else type(x).__name__,
)  # fmt: skip
def test_refused_by_name(combine: Any, given: Any, name: str, remedy: str) -> None:
    if isinstance(given, np.ndarray) and given.dtype.kind in "Mm" and combine is BOTH_SIDES[1]:
        pytest.skip("the same as t * x")
    with pytest.raises(TypeError) as caught:
        combine(Tensor(W), given)
    assert name in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize(
    "combine", [BOTH_SIDES[0], BOTH_SIDES[2], np.multiply, np.where], ids=["t * x", "t - x", "np", "where"]
)
def test_masked_arrays_on_the_right(combine: Any) -> None:
    data = np.ma.masked_invalid([1.0, np.nan, 3.0])
    with pytest.raises(TypeError, match=r"MaskedArray.*compressed"):
        combine(Tensor(W), data) if combine is not np.where else np.where(data > 1, Tensor(W), 0.0)


def test_masked_indices_and_conditions() -> None:
    """What is masked would be picked, as NumPy's own indexing picks it."""
    y, z, masked = Tensor(W) * 1, np.fft.rfft(Tensor(W)), np.ma.array([0, 1], mask=[0, 1])
    for call in (
        lambda: y[masked > 0], lambda: y[masked], lambda: y[None, masked], lambda: y[masked,], lambda: z[masked],
        lambda: y.__setitem__(masked, 0.0), lambda: y.__setitem__(masked, y[:2]),
        lambda: np.piecewise(y[:2], [masked > 0], [1.0, 2.0]), lambda: np.select([masked > 0], [y[:2]]),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"MaskedArray.*compressed"):
            call()


@pytest.mark.parametrize("combine", [lambda m, t: m * t, lambda m, t: m - t, np.ma.multiply, lambda m, t: m + t, np.ma.dot])
def test_masked_arrays_on_the_left(combine: Any) -> None:
    """np.ma computes with the attribute `_data` of whatever has one: a Tensor has none, so it asks for an array."""
    with pytest.raises(TypeError, match=r"detach|compressed"):
        combine(np.ma.masked_invalid([1.0, np.nan, 3.0]), Tensor(W))


COMPLEX_PROGRAMS = {
    "abs": lambda x: np.sum(np.abs(x * (1 + 2j))),
    "matmul": lambda x: np.sum(np.abs(np.array([[1, 1j, 0], [0, 1, 1j]]) @ x) ** 2),
    "exp": lambda x: np.sum(np.abs(np.exp(1j * x))),
    "where": lambda x: np.sum(np.where(x > 0, x, 1j)),
    "clip": lambda x: np.sum(np.clip(x, 0, 1j)),
    "power": lambda x: np.sum(x**1j),
    "astype": lambda x: np.sum(np.abs(x.astype(complex))),
    "outer": lambda x: np.sum(np.outer(x, [1j, 2])),
    "dot": lambda x: np.dot([1j, 2, 3], x),
    "solve": lambda x: np.sum(np.linalg.solve(np.eye(3) * 1j, x)),
    "convolve": lambda x: np.sum(np.convolve(x, [1j, 1])),
    "concatenate": lambda x: np.sum(np.concatenate([x, [1j]])),
    "interp": lambda x: np.sum(np.interp(x, [0.0, 1.0], [1j, 2.0])),
    "einsum": lambda x: np.sum(np.einsum("i,i", x, np.array([1j, 2, 3]))),
    "average": lambda x: np.sum(np.average(x, weights=[1j, 2, 3])),
    "dtype": lambda x: np.sum(x, dtype=complex),
    "tensor": lambda x: Tensor(np.array([1j])) * x,
}


@together
@pytest.mark.parametrize("name", COMPLEX_PROGRAMS)
def test_complex_numbers_are_refused_wherever_they_come_in(name: str) -> None:
    for argument in (W, np.float64(0.5)) if name in ("abs", "exp", "power") else (W,):
        with pytest.raises(TypeError, match="complex"):
            tg.grad(COMPLEX_PROGRAMS[name])(argument)


def test_complex_numbers_are_not_written_into_a_tensor() -> None:
    y, w = Tensor(W) * 1.0, Tensor(W)
    for value in (1j, np.array(1j), [1j, 2, 3]):
        with pytest.raises(TypeError, match="complex"):
            y[...] = value
        with pytest.raises(TypeError, match="complex"), tg.no_grad():
            w -= value
    with pytest.raises(TypeError, match="complex"):
        np.sum(w).backward(1j)
    assert w.grad is None


def test_real_imag_angle() -> None:
    t = Tensor(W)
    assert t.real is t
    assert np.real(t) is t
    assert np.imag(t).data.tolist() == t.imag.data.tolist() == [0, 0, 0]
    np.testing.assert_allclose(np.angle(t).data, np.angle(W))
    assert tg.grad(lambda x: np.sum(np.angle(x) * x))(W).tolist() == [0, math.pi, 0]
    np.testing.assert_array_equal(Tensor(np.arange(6.0).reshape(2, 3)).mT.data, np.arange(6.0).reshape(2, 3).T)
    with pytest.raises(ValueError, match="fewer than 2 axes"):
        t.mT  # noqa: B018


# --- who asks to be left alone, and comparisons -----------------------------------------------------------------------


class Meter:
    __array_ufunc__ = None

    def __radd__(self, other: Any) -> str:
        return "radd"

    def __matmul__(self, other: Any) -> str:
        return "matmul"

    def __eq__(self, other: object) -> Any:
        return "eq"

    def __gt__(self, other: object) -> Any:
        return "gt"

    __hash__ = None  # type: ignore[assignment]


def test_an_operand_that_opts_out_gets_its_turn() -> None:
    t, meter = Tensor(W), Meter()
    assert t + meter == "radd"
    assert meter @ t == "matmul"
    assert (t == meter) == "eq"
    assert (t < meter) == "gt"
    with pytest.raises(TypeError):
        t * meter
    with pytest.raises(TypeError):
        np.multiply(t, meter)


def test_pytest_approx() -> None:
    assert Tensor(1.0) == pytest.approx(1.0)
    assert Tensor([1.0, 2.0]) == pytest.approx([1.0, 2.0])
    assert Tensor(1.0) != pytest.approx(2.0)
    assert Tensor([1.0, 2.0]) != pytest.approx([1.0, 3.0])
    exec("assert t == approx([1.0, 2.0])", {"t": Tensor([1.0, 2.0]), "approx": pytest.approx})  # as in a plain script


def test_compared_with_what_is_no_number() -> None:
    t = Tensor(1.0)
    assert not np.any(t == "a")
    assert t != "a"
    assert t not in ["a", None, {}]
    assert (Tensor(W) == "a").tolist() == [False] * 3
    assert (Tensor(W) == [0.5, 0.0, 2.0]).tolist() == [True, False, True]
    with pytest.raises(TypeError):
        t < "a"  # noqa: B015


# --- other libraries --------------------------------------------------------------------------------------------------


def test_sparse_matrices() -> None:
    sp = pytest.importorskip("scipy.sparse", reason="SciPy is not installed")
    dense = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0]])
    for kind in (sp.csr_array, sp.csr_matrix, sp.coo_matrix, sp.dia_array):
        S = kind(dense)
        dot = np.dot if kind is sp.coo_matrix else lambda M, t: M.dot(t)  # coo_matrix.dot does not ask for ``M @ t``
        for f, of in [(lambda M, t: M @ t, W), (lambda M, t: t[:2] @ M, W), (dot, W), (np.dot, W),
                      (np.matmul, np.ones((3, 2))), (lambda M, t: t @ M, np.ones((4, 2)))]:  # fmt: skip
            tg.check_gradients(lambda t, f=f, S=S: f(S, t) ** 2, of, order=2, limit=0)
            np.testing.assert_allclose(f(S, Tensor(of)).data, f(dense, of))
        for f in (lambda M, t: M + t, lambda M, t: t - M, lambda M, t: M.multiply(t), lambda M, t: t / M, np.minimum):
            with pytest.raises(TypeError, match=r"sparse.*toarray"):
                f(S, Tensor(dense))
    for f in (lambda M, t: t * M, lambda M, t: M * t):
        with pytest.raises(TypeError, match="sparse"):
            f(sp.csr_matrix(np.eye(2)), Tensor(np.eye(2)))
    np.testing.assert_allclose((Tensor(dense) * sp.csr_array(dense)).data, dense**2)
    with pytest.raises(ValueError, match="sparse"):
        Tensor(np.ones((2, 2, 2))) @ sp.csr_array(np.eye(2))
    with pytest.raises(TypeError, match=r"sparse.*toarray"):
        Tensor(sp.csr_array(dense))
    with pytest.raises(TypeError, match="complex"):
        sp.csr_array(dense * 1j) @ Tensor(W)


def test_pandas() -> None:
    pd = pytest.importorskip("pandas", reason="pandas is not installed: python -m pip install -e '.[compat]'")
    column = pd.Series([1.0, 2.0, 3.0])
    for given in (
        column,
        pd.Series([1, 2, 3]),
        pd.Series(pd.array([1, 2, 3], dtype="Float64")),
        pd.Series([1, 2, 3], dtype="Int64"),
    ):
        for f in BOTH_SIDES:
            assert tg.grad(lambda t, f=f, x=given: np.sum(f(t, x) ** 2))(W) == pytest.approx(
                tg.grad(lambda t, f=f: np.sum(f(t, column.to_numpy()) ** 2))(W)
            )
    for given, remedy in [
        (column[::-1], "to_numpy"), (pd.Series([1.0, 2.0, 3.0], index=list("abc")), "to_numpy"),
        (pd.Series([1.0, None, 3.0]), "dropna"), (pd.Series(pd.array([1, None, 3], dtype="Int64")), "dropna"),
        (pd.Series(["a", "b", "c"]), "dtype=float"), (pd.DataFrame({"x": column}), "to_numpy"),
        (pd.Series([1.0, 2.0, 3.0], dtype=object), "dtype=float"), (pd.Index([1, 2, 3]), "to_numpy"),
        (pd.Series(pd.to_datetime(["2020-01-01"] * 3)), "timedelta64"),
    ]:  # fmt: skip
        for f in BOTH_SIDES[:4]:
            with pytest.raises(TypeError, match=rf"pandas.*{remedy}"):
                f(Tensor(W), given)


def test_xarray() -> None:
    xr = pytest.importorskip("xarray", reason="xarray is not installed: python -m pip install -e '.[compat]'")
    labelled = xr.DataArray([1.0, 2.0, 3.0], dims="x")
    for f in (BOTH_SIDES[0], BOTH_SIDES[2]):
        with pytest.raises(TypeError, match=r"xarray.*to_numpy"):
            f(Tensor(W), labelled)


def test_plain_operands_stay_what_they_are() -> None:
    x = np.ones(3)
    assert operand(x) is not None
    assert operand(x).base is x or operand(x) is x
    assert operand(2.0) == 2.0
    assert operand(None) is None
