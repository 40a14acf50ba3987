"""Matrices at the edge: singular ones, equal eigenvalues, results that could be chosen otherwise. And what is refused."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from helpers import together

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


@pytest.mark.parametrize("part", [0, 1])
def test_columns_that_are_dependent_but_for_rounding_have_no_qr(part: int) -> None:
    """Rounding leaves 1e-16 on the diagonal of r where 0 belongs, and the rule would divide by it."""
    wide = np.array([[1.0, 2, 3], [2, 4, 7]])
    for a in (
        wide,
        wide[:, :2],
        np.array([[1.0, 1, 2], [1, 1, 0], [2, 2, 1]]),
        SINGULAR.T @ SINGULAR,
        wide.astype(np.float32),
    ):
        for f in (lambda a: np.sum(np.linalg.qr(a)[part] ** 2), tg.grad(lambda a: np.sum(np.linalg.qr(a)[part] ** 3))):
            with pytest.raises(np.linalg.LinAlgError, match=r"Singular matrix: np.linalg.qr .* Column [12] is"):
                tg.grad(lambda a, f=f: np.sum(f(a)))(a)
    with pytest.raises(np.linalg.LinAlgError, match=r"Column 1 of the matrix \[1\] in the stack is"):
        tg.grad(lambda a: np.sum(np.linalg.qr(a)[part]))(np.stack([np.eye(2), wide[:, :2]]))
    small = np.array([[3.0, 1e-30], [4.0, 3e-30]])  # short is not dependent
    tg.check_gradients(lambda s: np.sum(np.linalg.qr(small * s)[part] ** 3 * [[1], [2]]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    assert tg.grad(lambda a: np.sum(np.linalg.qr(a)[1] ** 2))(wide[:, ::-1]) == pytest.approx(2 * wide[:, ::-1])


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


def test_a_pseudo_inverse_that_leaves_out_singular_values() -> None:
    np.testing.assert_array_equal(np.linalg.pinv(tg.Tensor(CUTS), 0.1).data, np.linalg.pinv(CUTS, 0.1))
    stack = np.stack([CUTS, 100 * np.eye(4, 2)])
    for f in (
        lambda a: np.sum(np.linalg.pinv(a, 0.1)),
        lambda a: np.sum(np.linalg.lstsq(a, np.arange(4.0), rcond=0.1)[0]),
        lambda a: np.sum(np.linalg.pinv(np.stack([a, a]), 0.1)),
    ):
        with pytest.raises(ValueError, match=r"leaves out a singular value that is not 0 \(of a matrix of shape \(4, 2\)\)"):
            tg.grad(f)(CUTS)
    tg.check_gradients(lambda a: np.sum(np.linalg.pinv(a, 1e-3) ** 2), stack)


def test_slogdet_does_not_overflow() -> None:
    a = np.diag(np.full(400, 1e3))
    sign = np.linalg.slogdet(tg.Tensor(a))[0]
    assert (type(sign), float(sign)) == (np.float64, 1.0)
    np.testing.assert_allclose(tg.grad(lambda a: np.linalg.slogdet(a)[1])(a), np.eye(400) / 1e3, atol=1e-15)


C = np.array([[1.0, 2.0, -1.0], [3.0, 4.0, 0.5], [0.0, 7.0, -2.0]])
ROTATION = np.linalg.qr(C)[0]
TWICE = np.diag([2.0, 2.0, 5.0])
ROTATED = ROTATION * [2, 2, 5] @ ROTATION.T  # whose computed eigenvalues are equal only within rounding
NO_RANK = np.array([[1.0], [2.0], [-1.0]]) @ np.array([[0.5, 1.0, -2.0]])  # two singular values are 0


def spectral(f: Any, weights: Any = C) -> Any:
    """A weighted sum of the elements of f(a), by the eigenvalues of a."""

    def of_matrix(a: Any) -> Any:
        w, v = np.linalg.eigh(a)
        return np.sum(weights[: a.shape[-1], : a.shape[-1]] * ((v * f(w)[..., None, :]) @ np.swapaxes(v, -1, -2)))

    return of_matrix


def reassembled(power: int) -> Any:
    def of_matrix(a: Any) -> Any:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return np.sum(C[: a.shape[0], : a.shape[1]] * (u * s**power @ vh))

    return of_matrix


def numerical(f: Any, a: Any, h: float = 1e-5) -> Any:
    """The gradient of a function of a symmetric matrix of which the lower triangle is read, by differences."""
    result = np.zeros_like(a)
    for i, j in np.ndindex(a.shape):
        step = np.zeros_like(a)
        step[i, j] = h
        result[i, j] = (f(a + step) - f(a - step)) / (2 * h)
    return result


@together
@pytest.mark.parametrize("a", [np.eye(2), TWICE, ROTATED, 300 * np.eye(3), np.zeros((3, 3)), np.ones((3, 3))], ids=str)
@pytest.mark.parametrize(
    "f", [np.exp, np.expm1, np.sqrt, lambda w: w, np.ones_like], ids=["exp", "expm1", "sqrt", "same", "1"]
)
@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_vectors_of_equal_eigenvalues(a: Any, f: Any) -> None:
    """Also where the gradient of the vectors is 0, as it is in expm1(0) and in 0 itself. NumPy's numbers do not change."""
    with pytest.raises(np.linalg.LinAlgError, match=r"np.linalg.eigh has no derivative here: the eigenvalues 0 and 1 are"):
        tg.grad(spectral(f))(a)
    with pytest.raises(np.linalg.LinAlgError, match="no derivative here"):
        tg.jvp(spectral(f), [a], [np.ones_like(a)])
    with pytest.raises(np.linalg.LinAlgError, match="no derivative here"):
        tg.jacobian(lambda a: np.linalg.eigh(a)[1])(a)


def test_the_gradient_is_right_once_the_values_differ() -> None:
    """The remedy of the message: the square root of the identity. Its gradient is known: half of that of the matrix."""
    with pytest.raises(np.linalg.LinAlgError) as error:
        tg.grad(spectral(np.sqrt))(np.eye(2))
    remedy = str(error.value).split("write `a = ")[1].split("`")[0]
    apart = eval(remedy, {"a": np.eye(2), "np": np})
    assert tg.grad(spectral(np.sqrt))(apart) == pytest.approx(np.array([[0.5, 0], [2.5, 2]]), abs=1e-6)
    assert numerical(spectral(np.sqrt), np.eye(2)) == pytest.approx(np.array([[0.5, 0], [2.5, 2]]), abs=1e-6)


def test_the_values_alone_have_a_gradient_where_they_are_equal() -> None:
    def trace_of_cube(a: Any) -> Any:
        return np.sum(np.linalg.eigvalsh(a) ** 3)

    for a in (TWICE, ROTATED, np.eye(2), np.zeros((3, 3)), np.stack([TWICE, np.eye(3)])):
        square = 3 * a @ a
        diagonal = np.eye(a.shape[-1])
        expected = np.tril(2 * square) - square * diagonal  # the lower triangle stands for both
        assert tg.grad(trace_of_cube)(a) == pytest.approx(expected, abs=1e-12)
        assert tg.jvp(trace_of_cube, [a], [C[: len(diagonal), : len(diagonal)] + 0 * a])[1] == pytest.approx(
            np.sum(expected * C[: len(diagonal), : len(diagonal)]), abs=1e-12
        )
    squares = tg.grad(lambda a: np.sum(np.linalg.eigvals(a) ** 2))
    for a in (np.eye(3), TWICE):
        assert squares(a) == pytest.approx(2 * a.T, abs=1e-12)
    assert tg.grad(lambda a: np.linalg.eigvalsh(a)[0])(np.eye(2)).tolist() == [[1, 0], [0, 0]]  # that of the computed vector


def test_the_second_derivative_of_equal_values_needs_the_vectors() -> None:
    """Of Σ λ², which is Σ a², it is 2 δ; for one pair of equal values the rules see 0 / 0."""
    for f, a in (
        (lambda a: np.sum(np.linalg.eigvalsh(a) ** 2), np.eye(2)),
        (lambda a: np.sum(np.linalg.eigvals(a) ** 2), np.eye(2)),
        (lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 2), np.eye(2)),
        (lambda a: np.sum((np.linalg.eigvalsh(a) - 1) ** 2), np.eye(2)),  # whose gradient is 0 there
        (lambda a: np.sum((np.linalg.eigvals(a) - 1) ** 2), np.eye(2)),
        (lambda a: np.sum((np.linalg.svd(a, compute_uv=False) - 1) ** 2), np.eye(3, 2)),
        (lambda a: np.linalg.norm(a, "nuc"), np.eye(2)),
        (lambda a: np.linalg.norm(a, 2), np.eye(3)),
    ):
        with pytest.raises(np.linalg.LinAlgError, match=r"second derivative needs the vectors"):
            tg.hessian(f)(a)
    for f in (lambda a: np.linalg.norm(a, 2), lambda a: np.linalg.eigvalsh(a)[-1]):
        tg.check_gradients(f, np.diag([2.0, 2, 3]), order=2)  # they depend on one value, and on a single one


def test_vectors_of_other_values_have_a_gradient() -> None:
    """As in principal components of fewer observations than variables: three eigenvalues are 0, and not used."""
    x = np.random.default_rng(4).normal(size=(3, 6))
    weights = np.arange(36.0).reshape(6, 6)

    def components(x: Any) -> Any:
        w, v = np.linalg.eigh(x.T @ x)
        return np.sum(weights * ((v[:, -2:] / w[-2:]) @ v[:, -2:].T))

    def explained(x: Any) -> Any:
        a = x.T @ x
        return np.sum(weights[:, 0] * np.linalg.eigh(a)[1][:, -1] ** 2) + np.linalg.eigvalsh(a)[-1] / np.trace(a)

    for f in (components, explained):
        tg.check_gradients(f, x)
        step = np.random.default_rng(5).normal(size=x.shape)
        assert tg.jvp(f, [x], [step])[1] == pytest.approx(np.sum(tg.grad(f)(x) * step), rel=1e-10)
        with pytest.raises(np.linalg.LinAlgError):
            tg.hessian(f)(x)


def test_the_message_names_the_matrix_in_the_stack() -> None:
    stack = np.stack([np.diag([1.0, 2, 3]), np.diag([1.0, 4, 4])])[None]
    with pytest.raises(np.linalg.LinAlgError, match=r"eigenvalues 1 and 2 of the matrix \[0, 1\] in the stack are both 4"):
        tg.grad(spectral(np.sqrt))(stack)
    of_first = tg.grad(lambda a: spectral(np.sqrt)(a[0, 0]) + np.linalg.eigh(a)[1][0, 0, 0, 0])(stack)
    assert of_first[0, 0] == pytest.approx(tg.grad(spectral(np.sqrt))(stack[0, 0]))  # the other one is not used
    assert not of_first[0, 1].any()
    defective = np.stack([np.diag([1.0, 2.0]), np.array([[1.0, 1.0], [0.0, 1.0]])])
    with pytest.raises(np.linalg.LinAlgError, match=r"eigenvectors of the matrix \[1\] in the stack are not independent"):
        tg.grad(lambda a: np.sum(np.linalg.eigvals(a) ** 2))(defective)
    assert tg.grad(lambda a: np.sum(np.linalg.eigvals(a)[0] ** 2))(defective).tolist() == [[[2, 0], [0, 4]], [[0, 0], [0, 0]]]


def test_eig_where_values_are_equal() -> None:
    similar = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 2.0]])
    for a in (np.eye(2), similar @ TWICE @ np.linalg.inv(similar)):
        with pytest.raises(np.linalg.LinAlgError, match=r"np.linalg.eig has no derivative here: the eigenvalues \d and \d"):
            tg.grad(lambda a: np.sum(np.linalg.eig(a)[1]))(a)
        assert tg.grad(lambda a: np.sum(np.linalg.eigvals(a)))(a) == pytest.approx(np.eye(len(a)), abs=1e-12)
    for f in (lambda a: np.sum(np.linalg.eig(a)[1]), lambda a: np.linalg.eig(a)[0][0]):
        with pytest.raises(np.linalg.LinAlgError, match=r"np.linalg.eig has .*not independent"):
            tg.grad(f)(np.array([[1.0, 1.0], [0.0, 1.0]]))
    assert tg.grad(lambda a: np.sum(np.linalg.eig(a)[0]))(np.zeros((0, 0))).shape == (0, 0)


@together
@pytest.mark.parametrize(
    "a",
    [np.eye(3), np.eye(3)[:2], np.eye(3)[:, :2], ROTATION, NO_RANK, NO_RANK[:, :2], NO_RANK[:2], np.zeros((3, 2))],
    ids=str,
)
def test_vectors_of_equal_or_zero_singular_values(a: Any) -> None:
    with pytest.raises(np.linalg.LinAlgError, match=r"np.linalg.svd has no derivative here: the singular value"):
        tg.grad(reassembled(1))(a)
    with pytest.raises(np.linalg.LinAlgError, match=r"np.linalg.svd has no derivative here: the singular value"):
        tg.grad(lambda a: sum(map(np.sum, np.linalg.svd(a, full_matrices=False))))(a)
    k = min(a.shape)
    if k == np.linalg.matrix_rank(a):
        expected = np.linalg.svd(a, full_matrices=False)
        polar = tg.grad(lambda a: np.linalg.norm(a, "nuc"))(a)
        assert polar == pytest.approx(expected[0] @ expected[2], abs=1e-14)
        assert tg.grad(lambda a: np.sum(np.linalg.svd(a, compute_uv=False) ** 2))(a) == pytest.approx(2 * a, abs=1e-14)
        assert np.isfinite(tg.grad(np.linalg.cond)(a)).all()


def test_the_vectors_of_a_single_singular_value_0() -> None:
    """In a square matrix they are as good as any; in others the longer vector is not unique."""
    square = np.array([[1.0, 2.0], [2.0, 4.0]])
    assert tg.grad(reassembled(1))(square) == pytest.approx(C[:2, :2], abs=1e-14)
    assert np.isfinite(tg.grad(lambda a: np.sum(np.linalg.svd(a)[0]))(np.ones((2, 2)))).all()
    tall = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    for a, sides, n in ((tall, "3 rows and 2 columns the left", 1), (tall.T, "2 rows and 3 columns the right", 1)):
        with pytest.raises(np.linalg.LinAlgError, match=rf"the singular value {n} is .*0.* In a matrix with {sides} vector"):
            tg.grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[0 if len(a) == 3 else 2]))(a)

    def squares(a: Any) -> Any:
        return np.sum(np.linalg.svd(a, compute_uv=False) ** 2)

    for a in (tall, tall.T):
        assert tg.grad(squares)(a) == pytest.approx(2 * a, abs=1e-12)
        with pytest.raises(np.linalg.LinAlgError, match=r"the singular value 1 is .*second derivative needs the vectors"):
            tg.hessian(squares)(a)
    tg.check_gradients(squares, square, order=2, limit=0)

    def first(a: Any) -> Any:
        u, s, vh = np.linalg.svd(a, full_matrices=False)
        return np.sum(C[: a.shape[0], : a.shape[1]] * (u[:, :1] * s[:1] @ vh[:1]))

    for a in (tall, tall.T, NO_RANK):
        tg.check_gradients(first, a)


def test_only_one_triangle_is_read_and_gets_a_gradient() -> None:
    a = np.array([[2.0, 99.0], [1.0, 3.0]])
    assert tg.grad(lambda a: np.sum(np.linalg.cholesky(a)))(a)[0, 1] == 0
    assert tg.grad(lambda a: np.linalg.eigh(a)[0][0])(a)[0, 1] == 0
    assert tg.grad(lambda a: np.linalg.eigh(a, UPLO="U")[0][0])(a)[1, 0] == 0
    assert tg.grad(lambda a: np.linalg.eigvalsh(a, UPLO="u")[0])(a)[1, 0] == 0


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
        tg.check_gradients(lambda u, v: np.linalg.pinv(u @ v), u, v, order=2, limit=0)


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


@together
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


@together
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
