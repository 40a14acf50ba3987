"""The options that every ufunc has: what they compute on Tensors, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor


@pytest.mark.parametrize(
    ("function", "other"),
    [
        (np.add, [1]),
        (np.multiply, [np.array([0.1, 0.2])]),
        (np.multiply, [[1, 2]]),
        (np.divide, [np.float64(0.1)]),
        (np.sin, []),
    ],
)
def test_dtype_is_what_is_computed_in(function: Any, other: list[Any]) -> None:
    t = Tensor([0.1, 0.7])
    out = function(t, *other, dtype=np.float32)
    expected = function(t.data, *other, dtype=np.float32)
    assert out.dtype == np.float32
    np.testing.assert_array_equal(out.data, expected)
    np.sum(out).backward()
    assert t.grad.dtype == np.float64
    np.testing.assert_allclose(t.grad, tg.grad(lambda x: np.sum(function(x, *other)))(t.data), rtol=1e-6)


def test_harmless_options_change_nothing() -> None:
    t = Tensor([[1.0, 2.0]])
    out = np.exp(t, casting="same_kind", order="F", subok=False, where=True, dtype=None)
    np.testing.assert_array_equal(out.data, np.exp(t.data))


def test_what_numpy_refuses_is_refused() -> None:
    t = Tensor([1.0, 2.0])
    with pytest.raises(TypeError, match=r"Cannot cast|No loop|did not contain"):
        np.sin(t, dtype=int)
    with pytest.raises(TypeError, match="Cannot cast"):
        np.add(t, 1, dtype=np.float32, casting="no")
    with pytest.raises(ValueError, match="casting"):
        np.add(t, 1, casting="anyhow")


def test_where_is_refused_with_a_line_that_works() -> None:
    t, u, mask = Tensor([1.0, -1.0]), Tensor([3.0, 4.0]), np.array([True, False])
    with pytest.raises(TypeError, match=r"np\.where\(mask, np\.add\(t, u\), 0\)"):
        np.add(t, u, where=mask)
    np.sum(np.where(mask, np.add(t, u), 0)).backward()
    assert t.grad.tolist() == [1, 0]


def test_outer_takes_the_options_too() -> None:
    t = Tensor([0.1, 0.2])
    out = np.subtract.outer(t, [1.0, 2.0, 3.0], dtype=np.float32)
    np.testing.assert_array_equal(out.data, np.subtract.outer(t.data, [1.0, 2.0, 3.0], dtype=np.float32))
    np.sum(out).backward()
    assert t.grad.tolist() == [3, 3]


def test_a_number_in_parts_at_its_ends() -> None:
    x = np.array([-np.inf, 1e308, 5e-324, 0.0])
    for ours, numpys in zip(np.modf(Tensor(x)), np.modf(x)):
        np.testing.assert_array_equal(ours.data, numpys)
    mantissa, exponent = np.frexp(Tensor(x[1:]))
    np.testing.assert_array_equal(mantissa.data, np.frexp(x[1:])[0])
    np.testing.assert_array_equal(exponent, np.frexp(x[1:])[1])
    tiny = Tensor(5e-324)
    assert np.ldexp(tiny, 1100).item() == np.ldexp(5e-324, 1100)


def products_on_axes() -> list[tuple[str, tuple[tuple[int, ...], ...], dict[str, Any]]]:
    """A ufunc of the last axes, the shapes of its arguments, and how it is told to work on others."""
    return [
        ("matmul", ((3, 2), (3, 4)), {"axes": [(1, 0), (0, 1), (0, 1)]}),
        ("matmul", ((2, 3, 4), (4, 5)), {"axes": [(1, 2), (0, 1), (2, 0)]}),
        ("matmul", ((3, 2), (3,)), {"axes": [(1, 0), 0, 0]}),
        ("matmul", ((3,), (3,)), {"axes": [0, 0, ()]}),
        ("matvec", ((3, 2), (3,)), {"axes": [(1, 0), 0, 0]}),
        ("matvec", ((5, 2, 3), (5, 3)), {"axes": [(1, 2), (1,), (0,)]}),
        ("vecmat", ((2,), (3, 2)), {"axes": [0, (1, 0), 0]}),
        ("vecdot", ((3, 4), (3, 4)), {"axis": 0}),
        ("vecdot", ((3, 4), (3, 4)), {"axis": 0, "keepdims": True}),
        ("vecdot", ((2, 3, 4), (2, 3, 4)), {"axis": 1, "keepdims": True}),
        ("vecdot", ((3, 4), (4,)), {"keepdims": True}),
        ("vecdot", ((3, 4), (3,)), {"axes": [0, 0]}),
        ("vecdot", ((3, 4), (3,)), {"axes": [0, 0, 1], "keepdims": True}),
    ]


@pytest.mark.parametrize(("name", "shapes", "options"), products_on_axes())
def test_products_work_on_other_axes(name: str, shapes: tuple[tuple[int, ...], ...], options: dict[str, Any]) -> None:
    product = vars(np).get(name)
    if product is None:
        pytest.skip("this NumPy does not have it")
    rng = np.random.default_rng(7)
    x, y = (rng.normal(size=shape) for shape in shapes)
    expected = product(x, y, **options)
    out = product(Tensor(x), Tensor(y), **options)
    assert out.shape == expected.shape
    np.testing.assert_allclose(out.data, expected, rtol=1e-13, atol=1e-14)
    tg.check_gradients(lambda x, y: product(x, y, **options), x, y, order=2, limit=0)


def test_axes_that_do_not_fit_raise_what_numpy_raises() -> None:
    x = Tensor(np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"axes[^\n]*\n  This was np\.matmul with x1: .*shape \(2, 3\)"):
        np.matmul(x, x, axes=[(0, 1)])
    with pytest.raises(TypeError, match="keepdims"):
        np.matmul(x, x, keepdims=True)


def test_an_option_that_a_composition_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"np\.modf\(\.\.\., signature='d->dd'\) on a Tensor.*Leave it out"):
        np.modf(Tensor(1.5), signature="d->dd")
