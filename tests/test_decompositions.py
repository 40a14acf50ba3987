"""Matrices at the edge: singular ones, equal eigenvalues, results that could be chosen otherwise. And what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite.autograd import RULES
from tinygrad_lite.protocols.calling import PLAIN
from tinygrad_lite.protocols.compositions import COMPOSITIONS

SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]])


def test_the_determinant_of_a_singular_matrix_has_a_gradient() -> None:
    """It is the matrix of cofactors: minors with alternating signs."""
    minors = [[np.linalg.det(np.delete(np.delete(SINGULAR, i, 0), j, 1)) for j in range(3)] for i in range(3)]
    signs = (-1.0) ** np.add.outer(np.arange(3), np.arange(3))
    np.testing.assert_allclose(tg.grad(np.linalg.det)(SINGULAR), signs * minors, atol=1e-12)
    tg.check_gradients(np.linalg.det, SINGULAR)
    assert tg.grad(np.linalg.det)(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
    assert tg.grad(np.linalg.det)(np.ones((3, 3))) == pytest.approx(np.zeros((3, 3)), abs=1e-15)


def test_a_singular_matrix_raises_where_an_inverse_is_needed() -> None:
    for f in (np.linalg.inv, lambda a: np.linalg.solve(a, np.ones(2))):
        with pytest.raises(np.linalg.LinAlgError, match="Singular matrix"):
            tg.grad(lambda a, f=f: np.sum(f(a)))(np.ones((2, 2)))


@pytest.mark.parametrize("a", [np.ones((2, 2)), SINGULAR, np.zeros((3, 3)), np.diag([2.0, 2.0, 0.0, 0.0]), np.eye(3)])
def test_the_determinant_of_a_singular_matrix_has_second_derivatives(a: np.ndarray) -> None:
    """They are the minors of all but two rows and columns, with signs: the determinant is linear in each element."""
    n = len(a)
    expected = np.zeros((n, n, n, n))
    for i, j, k, m in np.ndindex(n, n, n, n):
        if i != k and j != m:
            rest = np.delete(np.delete(a, (i, k), 0), (j, m), 1)
            sign = (-1.0) ** (i + j + k + m) * (1 if (i < k) == (j < m) else -1)
            expected[i, j, k, m] = sign * np.linalg.det(rest)
    np.testing.assert_allclose(tg.hessian(np.linalg.det)(a), expected, atol=1e-12)
    v = np.arange(1.0, n * n + 1).reshape(n, n)
    np.testing.assert_allclose(tg.hvp(np.linalg.det)(a, v), np.einsum("ijkm,km->ij", expected, v), atol=1e-11)


CUTS = np.array([[1.0, 1.0], [1.0, 1.1], [1.0, 0.9], [2.0, 2.05]])
STACK = np.random.default_rng(3).normal(size=(3, 4, 3)) * [4.0, 1.0, 0.2]


def test_a_pseudo_inverse_that_leaves_out_singular_values() -> None:
    """The rest is as if they were 0, but they move with the matrix."""
    c = np.random.default_rng(4).normal(size=(4, 4))
    for a in (CUTS, CUTS.T, np.diag([3.0, 3.0, 0.1])):
        tg.check_gradients(lambda a: np.sum(np.linalg.pinv(a, rcond=0.1) * c[: a.shape[1], : a.shape[0]]), a)
    c = c[:3]
    tg.check_gradients(lambda a: np.sum(np.linalg.pinv(a, 0.3) * c), STACK, order=2)
    tg.check_gradients(lambda a: np.sum(np.linalg.pinv(a, np.array([0.01, 0.2, 0.5])) * c), STACK, order=2)
    tg.check_gradients(lambda a, b: np.sum(np.linalg.lstsq(a, b, rcond=0.1)[0] ** 2), CUTS, np.arange(4.0))
    np.testing.assert_array_equal(np.linalg.pinv(tg.Tensor(CUTS), 0.1).data, np.linalg.pinv(CUTS, 0.1))
    with pytest.raises(ValueError, match="two singular values are equal"):
        tg.hessian(lambda a: np.sum(np.linalg.pinv(a, 0.5)))(np.diag([2.0, 2.0, 0.1]))


def test_slogdet_does_not_overflow() -> None:
    a = np.diag(np.full(400, 1e3))
    sign = np.linalg.slogdet(tg.Tensor(a))[0]
    assert (type(sign), float(sign)) == (np.float64, 1.0)
    np.testing.assert_allclose(tg.grad(lambda a: np.linalg.slogdet(a)[1])(a), np.eye(400) / 1e3, atol=1e-15)


def test_equal_eigenvalues() -> None:
    """What does not depend on the choice of the eigenvectors has its gradient; the choice itself has none."""
    a = np.diag([2.0, 2.0, 5.0])

    def of_values(a: Any) -> Any:
        return np.sum(np.linalg.eigvalsh(a) ** 3)  # the trace of a³, whose gradient is 3 a²

    def rebuilt(a: Any) -> Any:
        w, v = np.linalg.eigh(a)
        return np.sum((v * np.exp(w)) @ v.T * np.eye(3))  # the trace of exp(a)

    assert tg.grad(of_values)(a) == pytest.approx(3 * a @ a, rel=1e-12)
    assert tg.grad(rebuilt)(a) == pytest.approx(np.diag(np.exp(np.diag(a))), rel=1e-12)
    assert np.isfinite(tg.grad(lambda a: np.sum(np.linalg.eigh(a)[1]))(a)).all()


def test_equal_singular_values() -> None:
    eye = np.eye(3)
    assert tg.grad(lambda a: np.linalg.norm(a, "nuc"))(eye) == pytest.approx(eye, abs=1e-14)
    assert np.isfinite(tg.grad(lambda a: np.sum(np.linalg.svd(a)[0]))(np.ones((2, 2)))).all()  # one is 0


def test_only_one_triangle_is_read_and_gets_a_gradient() -> None:
    a = np.array([[2.0, 99.0], [1.0, 3.0]])
    assert tg.grad(lambda a: np.sum(np.linalg.cholesky(a)))(a)[0, 1] == 0
    assert tg.grad(lambda a: np.linalg.eigh(a)[0][0])(a)[0, 1] == 0
    assert tg.grad(lambda a: np.linalg.eigh(a, UPLO="U")[0][0])(a)[1, 0] == 0


def test_the_second_derivative_of_pinv_keeps_its_digits() -> None:
    """Where xᵀx has the condition 4607. The numbers were computed with 60 digits, with the inverse in place of pinv."""
    x = np.array([[0.5, 0.48], [0.25, 0.26], [-0.75, -0.7]])
    weights, direction = np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([[1.0, 0.0], [-1.0, 2.0], [0.5, 1.0]])
    expected = [
        [-66801902.2222219777, 70389977.7777775235],
        [-130337971.111110637, 137306483.333332841],
        [-89551133.3333330081, 94349944.444444106],
    ]
    product = tg.hvp(lambda x: np.sum(weights * np.linalg.pinv(x.T @ x)))(x, direction)
    np.testing.assert_allclose(product, expected, rtol=1e-11)


def test_pinv_of_matrices_of_any_rank() -> None:
    """The rank has to stay the same when the matrix changes, so the matrix is a product u v."""
    rng = np.random.default_rng(5)
    for m, n, k in ((3, 3, 3), (4, 2, 2), (2, 4, 2), (3, 4, 2)):
        u, v = rng.normal(size=(2, m, k)), rng.normal(size=(2, k, n))
        tg.check_gradients(lambda u, v: np.linalg.pinv(u @ v), u, v, order=2)


def test_the_kinds_of_results_are_numpys() -> None:
    a = tg.Tensor(np.array([[2.0, 1.0], [1.0, 3.0]]))
    for function in (np.linalg.eigh, np.linalg.eig, np.linalg.svd, np.linalg.qr, np.linalg.slogdet):
        assert type(function(a)) is type(function(a.data))
    if hasattr(np.linalg.eigh(a), "_fields"):
        assert np.linalg.eigh(a).eigenvalues.shape == (2,)


def test_messages() -> None:
    a = tg.Tensor(np.arange(6.0).reshape(3, 2))
    with pytest.raises(TypeError, match=r"svd of 3 by 2 matrices: with full_matrices=True.*full_matrices=False"):
        np.linalg.svd(a)
    with pytest.raises(TypeError, match="hermitian=True"):
        np.linalg.svd(a, hermitian=True)
    with pytest.raises(TypeError, match=r"mode='complete'\) has no derivative rule for 3 by 2"):
        np.linalg.qr(a, mode="complete")
    with pytest.raises(ValueError, match="complex eigenvalues, and a Tensor holds real numbers only"):
        np.linalg.eig(tg.Tensor([[0.0, -1.0], [1.0, 0.0]]))
    with pytest.raises(ValueError, match="not for 3 axes"):
        np.linalg.norm(tg.Tensor(np.ones((2, 2, 2))), 2)
    with pytest.raises(ValueError, match="no order 'nuc'"):
        np.linalg.norm(tg.Tensor(np.ones(2)), "nuc")
    with pytest.raises(ValueError, match="no order 7"):
        np.linalg.norm(a, 7)


@pytest.mark.parametrize("ord", [None, 0, 1, 2, 3, 2.5, 0.5, -1, -2.5, np.inf, -np.inf])
@pytest.mark.parametrize("keywords", [{}, {"axis": -1}, {"axis": 0, "keepdims": True}], ids=str)
@pytest.mark.filterwarnings("ignore:The result of:UserWarning", "ignore:divide by zero:RuntimeWarning")
def test_vector_norms_of_zero(ord: Any, keywords: dict[str, Any]) -> None:
    """The tip of a cone, or a cusp: the gradient is 0, and so is the second derivative for every order but 2."""
    zero = np.zeros(3) if keywords == {} else np.zeros((2, 3))
    for norm in (np.linalg.norm, getattr(np.linalg, "vector_norm", np.linalg.norm)):

        def f(x: Any, norm: Any = norm) -> Any:
            return np.sum(norm(x, ord=ord, **keywords))

        assert not tg.grad(f)(zero).any()
        assert np.isfinite(tg.hessian(f)(zero)).all()
        assert tg.jvp(f, (zero,), (np.ones_like(zero),))[1] == 0


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_matrix_norms_of_zero(ord: Any) -> None:
    zero = np.zeros((2, 3))
    for keywords in ({}, {"axis": (1, 0), "keepdims": True}):

        def f(x: Any, keywords: Any = keywords) -> Any:
            return np.sum(np.linalg.norm(x, ord, **keywords))

        assert not tg.grad(f)(zero).any()
        assert np.isfinite(tg.hessian(f)(zero)).all()


def test_a_norm_with_zeros_among_the_elements() -> None:
    x = np.array([1.0, 0.0, -2.0])
    assert tg.grad(lambda x: np.linalg.norm(x, 3))(x) == pytest.approx(np.array([1, 0, -4]) / 9 ** (2 / 3))
    assert tg.hessian(lambda x: np.linalg.norm(x, 3))(x)[1].tolist() == [0, 0, 0]
    assert tg.jvp(lambda x: np.linalg.norm(x, 3.5), (np.zeros(0),), (np.zeros(0),))[1] == 0


def test_the_second_derivative_of_pinv_is_precise() -> None:
    """Of the regular matrix xᵀx, against that of its inverse in exact fractions."""
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(20):
        u, _, vh = np.linalg.svd(rng.normal(size=(5, 3)), full_matrices=False)
        x, v, w = u * [1, 0.3, 1 / 55] @ vh, rng.normal(size=(5, 3)), rng.normal(size=(3, 3))
        _, hv = tg.jvp(tg.grad(lambda x, w=w: np.sum(w * np.linalg.pinv(x.T @ x))), (x,), (v,))
        exact = second_derivative_of_inverse(*(np.vectorize(Fraction, otypes=[object])(a) for a in (x, v, w)))
        errors.append(abs(np.sum(hv * v) / exact - 1))
    assert np.median(errors) < 1e-8  # nearly 1e-7 where the projection is multiplied by P Pᵀ afterwards


def second_derivative_of_inverse(x: Any, v: Any, w: Any) -> float:
    """That of Σ w (aᵀa)⁻¹ at a = x + t v: with b = aᵀa, (b⁻¹)″ = 2 b⁻¹ b′ b⁻¹ b′ b⁻¹ - b⁻¹ b″ b⁻¹."""
    b, first, second = x.T @ x, v.T @ x + x.T @ v, 2 * v.T @ v
    adjugate = np.array([np.cross(b[1], b[2]), np.cross(b[2], b[0]), np.cross(b[0], b[1])]).T
    inverse = adjugate / (b[0] @ adjugate[:, 0])
    return float(np.sum(w * (2 * inverse @ first @ inverse @ first @ inverse - inverse @ second @ inverse)))


def test_the_determinant_of_one_number_is_linear() -> None:
    for a in (np.array([[0.7]]), np.zeros((2, 1, 1))):
        assert not tg.hessian(lambda a: np.sum(np.linalg.det(a)))(a).any()


def test_lists_beside_a_tensor() -> None:
    rows, t, v = [[1.0, 2.0], [2.0, 1.0]], tg.Tensor([[1.0, 2.0], [2.0, 1.0]]), tg.Tensor([1.0, 2.0])
    for got, expected in (
        (np.linalg.solve(rows, v), np.linalg.solve(t, [1.0, 2.0])),
        (np.linalg.multi_dot([rows, t, [1.0, 2.0]]), np.linalg.multi_dot([t, rows, v])),
        (np.linalg.lstsq(rows, v, rcond=None)[0], np.linalg.lstsq(t, [1.0, 2.0], rcond=None)[0]),
        (np.linalg.tensorsolve(rows, v), np.linalg.tensorsolve(t, [1.0, 2.0])),
    ):
        np.testing.assert_array_equal(got.data, expected.data)


def test_what_numpy_refuses() -> None:
    n, t, v = tg.Tensor(2.0), tg.Tensor(np.eye(2)), tg.Tensor(np.ones(2))
    cube = np.ones((2, 2, 2))
    assert np.linalg.multi_dot([t, cube * v]).shape == np.linalg.multi_dot([t.data, cube]).shape  # NumPy takes two of any
    for call in (
        lambda: np.linalg.norm(n, axis=0), lambda: np.linalg.norm(v, 2, axis=1), lambda: np.linalg.multi_dot([t]),
        lambda: np.linalg.multi_dot([t, cube, t]), lambda: np.linalg.lstsq(cube, v, rcond=None),
        lambda: np.linalg.eigh(t, "X"), lambda: np.linalg.matrix_power(np.ones((2, 3)) * n, 2),
        lambda: np.linalg.solve(t, np.ones(3)), lambda: np.linalg.tensorinv(t, 0), lambda: np.linalg.svd(v),
    ):  # fmt: skip
        with pytest.raises((ValueError, IndexError)):  # LinAlgError and AxisError are ValueErrors
            call()


def test_every_public_function_is_known() -> None:
    known = {*RULES, *COMPOSITIONS, *PLAIN}
    names = [name for name in np.linalg.__all__ if name != "LinAlgError"] if hasattr(np.linalg, "__all__") else []
    assert [name for name in names if getattr(np.linalg, name) not in known] == []
    assert np.linalg.matrix_rank(tg.Tensor(SINGULAR)) == 2
