"""Derivatives of functions of a square matrix, such as inverse, determinant and eigenvalues, and of factors of matrices.

All work on stacks of matrices, as in NumPy. A function with several results is one call that returns them next to each other
in one array; the results are slices of it. So it has one rule, which gets the gradients of all results at once.

Sources: Giles, "Collected matrix derivative results for forward and reverse mode algorithmic differentiation" (2008), unless
a rule names another. A matrix that NumPy cannot invert raises LinAlgError, in the backward pass too.

Vectors of equal eigenvalues or singular values are not unique, so they have no derivative. A function of vectors and values
may still have one: v √λ vᵀ is a square root of the matrix. But for a pair of equal values the rule divides 0 by 0, and the
limit, (√λⱼ - √λᵢ) / (λⱼ - λᵢ), cannot be known from the gradients of v and λ at one point. So the rule raises LinAlgError if
a vector of such a pair, or its value, has a gradient other than 0. (That of the value counts because of λ = 0, where v has
the gradient 0 in v λ vᵀ. A vector without any gradient, for itself or its value, cannot be told from one that is not used.)

`eigvalsh`, `eigvals` and singular values alone have rules of their own, which need no derivatives of vectors. Equal values
get the gradients that belong to the computed vectors. This is right for functions that treat equal values in the same way,
like the sum, and a choice for others, like the largest value.

`eigh` and `cholesky` read one triangle of the matrix. So does their gradient: the other triangle gets 0.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle, unbroadcast, wants_gradient
from ..functional import leading_to
from ..operands import in_floats
from ..protocols.calling import PLAIN, on_arrays
from ..protocols.compositions import Array, Arrays, composition, without_tensors
from ..registry import derivative, primitive
from .linalg import turned
from .reductions import axes_of, euclidean_norm, hand_back

# --- the inverse and its relatives ------------------------------------------------------------------------------------


@primitive
def log_abs_det(a: Any) -> Any:
    """Log |det a|, which does not overflow where det a does."""
    return np.linalg.slogdet(a)[1]


@primitive
def cofactors(a: Any) -> Any:
    """The derivative of det a in each element: det(a) a⁻ᵀ, but right for singular matrices too.

    With a = u s v, it is det(u) det(v) u s' v, where s' has in place of each singular value the product of all others.
    """
    u, s, v = np.linalg.svd(a)
    others = np.stack([np.prod(np.delete(s, i, axis=-1), axis=-1) for i in range(s.shape[-1])], axis=-1) if s.size else s
    return (np.linalg.det(u) * np.linalg.det(v))[..., None, None] * ((u * others[..., None, :]) @ v)


# fmt: off
derivative(np.linalg.inv,   a=lambda g, out: -(turned(out) @ g @ turned(out)))
derivative(np.linalg.solve, a=lambda g, a, out, shape: solve_matrix(g, a, out, shape),
                            b=lambda g, a, out, shape: unbroadcast(solve_back(g, a, out), shape))
derivative(np.linalg.pinv,  a=lambda g, a, out: pinv_rule(g, a, out),        ignore=["rcond", "hermitian", "rtol"])
derivative(np.linalg.det,   a=lambda g, a: g[..., None, None] * cofactors(a))
derivative(cofactors,       a=lambda g, a: cofactors_rule(g, a))
derivative(log_abs_det,     a=lambda g, a: g[..., None, None] * turned(np.linalg.inv(a)))
# fmt: on


def solve_back(g: Any, a: Any, out: Any) -> Any:
    """As x = a⁻¹ b is linear in b, b gets a⁻ᵀ g. A right-hand side that is one vector is a matrix with one column."""
    if out.ndim < a.ndim:
        return np.linalg.solve(turned(a), g[..., None])[..., 0]
    return np.linalg.solve(turned(a), g)


def solve_matrix(g: Any, a: Any, out: Any, shape: tuple[int, ...]) -> Any:
    """From a x = b: da x + a dx = 0, so a gets -(a⁻ᵀ g) xᵀ."""
    back = solve_back(g, a, out)
    if out.ndim < a.ndim:
        back, out = back[..., None], out[..., None]
    return unbroadcast(-(back @ turned(out)), shape)


def pinv_rule(g: Any, a: Any, out: Any) -> Any:
    """Golub and Pereyra (1973), for changes that keep the rank: dP = -P da P + P Pᵀ daᵀ (1 - aP) + (1 - Pa) daᵀ Pᵀ P.

    1 - aP is 0 where the rank, which is the trace of Pa, is the number of rows, and 1 - Pa where it is that of the columns.
    There the term is left out: what rounding leaves of it would be multiplied by P and Pᵀ, which can be large, and once
    more in the second derivative. Elsewhere the projections come last, after these products.
    """
    p, q = out, turned(out)
    rank = np.sum(p * turned(a), axis=(-1, -2), keepdims=True)
    if 0 not in a.shape and np.any(cuts_off(without_tensors(a), without_tensors(rank))):
        raise messages.cut_pseudo_inverse(np.shape(a))
    left = (p @ q @ g) @ (np.eye(a.shape[-2], dtype=a.dtype) - a @ p)
    right = (np.eye(a.shape[-1], dtype=a.dtype) - p @ a) @ (g @ q @ p)
    left, right = np.where(rank > a.shape[-2] - 0.5, 0, left), np.where(rank > a.shape[-1] - 0.5, 0, right)
    return turned(left + right) - q @ g @ q


def cuts_off(a: Any, rank: Any) -> Any:
    """Which pseudo-inverses leave out singular values that are more than what rounding makes of 0, as `rcond` is large."""
    k, s = min(a.shape[-2:]), np.linalg.svd(a, compute_uv=False)
    first = np.take_along_axis(s, np.minimum(np.rint(rank[..., 0]).astype(int), k - 1), axis=-1)
    rounding = 10 * max(a.shape[-2:]) * np.finfo(a.dtype).eps * s[..., :1]
    return (first > rounding) & (rank[..., 0] < k - 0.5)


def cofactors_rule(g: Any, a: Any) -> Any:
    """The cofactors are u c(s) vᵀ det(u) det(v), where c has the products of all singular values but one.

    With M = uᵀ g v and Q the products of all but two, the elements of uᵀ da v are Σⱼ Qᵢⱼ Mⱼⱼ on the diagonal, and -Qᵢⱼ Mⱼᵢ
    elsewhere: no division, so it is right for singular matrices too. A third derivative would differentiate the vectors u
    and v, which are not unique where singular values are equal. It is that of det(a) B with B = a⁻ᵀ:
    det(a) (Σ(g B) B - B gᵀ B), which needs a regular matrix. The cofactor of a 1 by 1 matrix is the constant 1.
    """
    n = a.shape[-1]
    if n == 1:
        return np.zeros_like(g)
    if not isinstance(a, Handle) and not isinstance(g, Handle):
        u, s, v = np.linalg.svd(a)
        counts = np.eye(n, dtype=bool)[:, None] | np.eye(n, dtype=bool)  # counts[i, j, k]: k is i or j, and left out
        others = np.where(np.eye(n, dtype=bool), 0, np.prod(np.where(counts, 1, s[..., None, None, :]), axis=-1))
        m = turned(u) @ g @ turned(v)
        diagonal = (others @ np.diagonal(m, axis1=-2, axis2=-1)[..., None]) * np.eye(n, dtype=a.dtype)
        sign = (np.linalg.det(u) * np.linalg.det(v))[..., None, None]
        return (sign * (u @ (diagonal - others * turned(m)) @ v)).astype(a.dtype, copy=False)
    b = turned(np.linalg.inv(a))
    inner = np.sum(g * b, axis=(-1, -2), keepdims=True)
    return np.linalg.det(a)[..., None, None] * (inner * b - b @ turned(g) @ b)


# --- factors ----------------------------------------------------------------------------------------------------------


def side_by_side(parts: Sequence[Any], depths: Sequence[int]) -> Any:
    """Arrays with the same leading axes in one: the last `depths` axes of each are laid out in a row."""
    rows = [np.reshape(p, (*p.shape[: p.ndim - d], math.prod(p.shape[p.ndim - d :]))) for p, d in zip(parts, depths)]
    return np.concatenate(rows, axis=-1)


def apart(packed: Any, *shapes: tuple[int, ...]) -> list[Any]:
    """The opposite of `side_by_side`, given the shapes that the last axes had."""
    parts, start = [], 0
    for shape in shapes:
        n = math.prod(shape)
        parts.append(np.reshape(packed[..., start : start + n], (*packed.shape[:-1], *shape)))
        start += n
    return parts


@primitive
def lower_cholesky(a: Any) -> Any:
    """The lower triangular L with a = L Lᵀ."""
    return np.linalg.cholesky(a)


@primitive
def packed_eigh(a: Any, UPLO: Any = "L") -> Any:
    """Eigenvalues and eigenvectors of a symmetric matrix."""
    return side_by_side(np.linalg.eigh(a, UPLO), (1, 2))


def real(values: Any) -> Any:
    """Eigenvalues as real numbers. Since NumPy 2.5 they are complex, also where the imaginary parts are 0."""
    if np.any(values.imag != 0):
        raise ValueError("np.linalg.eig: this matrix has complex eigenvalues, and a Tensor holds real numbers only.")
    return values.real


@primitive
def packed_eig(a: Any) -> Any:
    """Eigenvalues and eigenvectors of a matrix that has only real ones."""
    values, vectors = np.linalg.eig(a)
    return side_by_side((real(values), vectors.real), (1, 2))


@primitive
def packed_svd(a: Any) -> Any:
    """Singular vectors, singular values, singular vectors: a = u s v."""
    return side_by_side(np.linalg.svd(a, full_matrices=False), (2, 1, 2))


@primitive
def singular_values(a: Any) -> Any:
    """The singular values alone. In NumPy 2 it is np.linalg.svdvals."""
    return np.linalg.svd(a, compute_uv=False)


@primitive
def packed_qr(a: Any) -> Any:
    """Orthogonal times triangular: a = q r."""
    return side_by_side(np.linalg.qr(a), (2, 2))


# fmt: off
derivative(lower_cholesky,     a=lambda g, out: cholesky_rule(g, out))
derivative(packed_eigh,        a=lambda g, out, shape, UPLO: eigh_rule(g, out, shape, UPLO))
derivative(packed_eig,         a=lambda g, out, shape: eig_rule(g, out, shape))
derivative(packed_svd,         a=lambda g, out, shape: svd_rule(g, out, shape))
derivative(packed_qr,          a=lambda g, a, out, shape: qr_rule(g, a, out, shape))
derivative(np.linalg.eigvalsh, a=lambda g, a, UPLO: eigvalsh_rule(g, a, UPLO))
derivative(np.linalg.eigvals,  a=lambda g, a: eigvals_rule(g, a), run=lambda a: real(np.linalg.eigvals(a)))
derivative(singular_values,    a=lambda g, a: singular_values_rule(g, a))
# fmt: on


def onto_triangle(g: Any, UPLO: str) -> Any:
    """The gradient of a symmetric matrix that is given by one triangle: an element off the diagonal stands for two."""
    both = g + turned(g)
    return (np.tril if UPLO.upper() == "L" else np.triu)(both) - diagonal_of(g)


def diagonal_of(g: Any) -> Any:
    """Only the diagonal of each matrix."""
    return g * np.eye(g.shape[-1], dtype=g.dtype)


def rounding(values: Any, size: int) -> Any:
    """By how much values of matrices of this size may differ that are equal: four times of what is seen in experiments."""
    return 10 * size**0.5 * np.finfo(values.dtype).eps * np.max(np.abs(values), axis=-1, keepdims=True, initial=0)


def first_place(where: Any) -> tuple[int, ...]:
    """The first index at which it is true, for a message."""
    return tuple(map(int, np.argwhere(where)[0]))


def equal_values(function: str, shape: Any, values: Any, error: Any, g_values: Any, *g_vectors: Any) -> Any:
    """At i, j: is λⱼ = λᵢ, within `error`? Raises if one of such a pair, or its column of `g_vectors`, has a gradient."""
    equal = np.abs(values[..., None, :] - values[..., :, None]) <= error[..., None]
    used = np.any([g_values != 0, *(np.any(g != 0, axis=-2) for g in g_vectors)], axis=0)
    pairs = equal & (used[..., None, :] | used[..., :, None]) & ~np.eye(values.shape[-1], dtype=bool)
    if np.any(pairs):
        raise messages.equal_values(function, values, shape[-2:], first_place(pairs))
    return equal


def zero_values(shape: Any, values: Any, error: Any, g_values: Any, *g_vectors: Any) -> Any:
    """Which singular values are 0, within `error`? Raises if one of them, or its column of `g_vectors`, has a gradient."""
    zero = values <= error
    used = zero & np.any([g_values != 0, *(np.any(g != 0, axis=-2) for g in g_vectors)], axis=0)
    if np.any(used):
        raise messages.zero_singular_value(shape[-2:], values, first_place(used))
    return zero


def inverse_gaps(values: Any, equal: Any) -> Any:
    """1 / (λⱼ - λᵢ) at i, j; 0 where they are equal, as no vector of these is used."""
    gaps = values[..., None, :] - values[..., :, None]
    return np.where(equal, 0, 1 / np.where(equal, 1, gaps))


@primitive
def held(vectors: Any, values: Any, used: Any, function: str, shape: Any) -> Any:
    """The vectors by which values move, as they are. They have no second derivative where such values are equal."""
    return vectors


derivative(
    held,
    vectors=lambda g, values, used, function, shape: held_rule(g, values, used, function, shape),
    values=lambda g, values: np.zeros_like(values),
)


def held_rule(g: Any, values: Any, used: Any, function: str, shape: Any) -> Any:
    """The gradient as it is. Raises if a value that is `used` is equal to another; or 0, where `svd` divides by it."""
    error = on_arrays(rounding, values, max(shape))
    on_arrays(equal_values, function, shape, values, error, used)
    if shape[0] != shape[1]:
        on_arrays(zero_values, shape, values, error, used)
    return g


def of_values(function: str, g: Any, a: Any, values: Any, vectors: Any) -> Any:
    """The vectors by which the values with the gradient `g` move, ready to be differentiated again, if they are recorded.

    A value is used if its gradient is not 0, or if that may change with the matrix, as in Σ (λ - 1)² at 1.
    """
    if not isinstance(vectors, Handle):
        return vectors
    changing = isinstance(g, Handle) and wants_gradient(g.node) and g.node in leading_to([a], g, a.node.number)
    used = np.ones(values.shape, dtype=bool) if changing else on_arrays(np.not_equal, g, 0)
    return held(vectors, values, used, function, a.shape[-2:])


def cholesky_rule(g: Any, out: Any) -> Any:
    """Murray, "Differentiation of the Cholesky decomposition" (2016), eq. 10: S = L⁻ᵀ Φ(Lᵀ g) L⁻¹, made symmetric.

    Φ takes the lower triangle, and half of the diagonal.
    """
    inner = turned(out) @ g
    inner = np.tril(inner) - 0.5 * diagonal_of(inner)
    s = np.linalg.solve(turned(out), turned(np.linalg.solve(turned(out), turned(inner))))
    return onto_triangle(0.5 * (s + turned(s)), "L")


def eigh_rule(g: Any, out: Any, shape: tuple[int, ...], UPLO: str) -> Any:
    """Values move by dλᵢ = vᵢᵀ da vᵢ; vectors turn into each other by vᵢᵀ da vⱼ / (λⱼ - λᵢ)."""
    n = shape[-1]
    (values, v), (g_values, g_v) = (apart(x, (n,), (n, n)) for x in (out, g))
    error = on_arrays(rounding, values, n)
    equal = on_arrays(equal_values, "eigh", shape, values, error, g_values, g_v)
    inner = inverse_gaps(values, equal) * (turned(v) @ g_v) + g_values[..., None] * np.eye(n, dtype=v.dtype)
    return onto_triangle(v @ inner @ turned(v), UPLO)


def eigvalsh_rule(g: Any, a: Any, UPLO: str) -> Any:
    """That of `eigh`, as far as it is about the values."""
    values, v = np.linalg.eigh(a, "L" if UPLO.upper() == "L" else "U")
    v = of_values("eigh", g, a, values, v)
    return onto_triangle((v * g[..., None, :]) @ turned(v), UPLO)


def eig_rule(g: Any, out: Any, shape: tuple[int, ...]) -> Any:
    """As for `eigh`, but v⁻¹ is not vᵀ; and since each vector is kept at length 1, what would stretch it is taken out."""
    n = shape[-1]
    (values, v), (g_values, g_v) = (apart(x, (n,), (n, n)) for x in (out, g))
    v = independent("eig", v, g)
    equal = on_arrays(equal_values, "eig", shape, values, on_arrays(rounding_of_eig, values, v), g_values, g_v)
    g_v = g_v - v * np.sum(v * g_v, axis=-2, keepdims=True)
    inner = inverse_gaps(values, equal) * (turned(v) @ g_v) + g_values[..., None] * np.eye(n, dtype=v.dtype)
    return np.linalg.solve(turned(v), inner @ turned(v))


def rounding_of_eig(values: Any, v: Any) -> Any:
    """Larger than for symmetric matrices, by the condition of the vectors (Bauer and Fike, 1960). Each has length 1."""
    s = np.linalg.svd(v, compute_uv=False)
    return rounding(values, v.shape[-1]) * (np.max(s, -1, initial=1) / np.min(s, -1, initial=1))[..., None]


def eigvals_rule(g: Any, a: Any) -> Any:
    """That of `eig`, as far as it is about the values."""
    values, v = map(np.real, np.linalg.eig(a))  # of a plain array they are complex since NumPy 2.5
    v = of_values("eig", g, a, values, independent("eigvals", v, g))
    return np.linalg.solve(turned(v), g[..., None] * turned(v))


def independent(function: str, v: Any, g: Any) -> Any:
    """Eigenvectors that have an inverse: the identity in the place of those of a matrix that gets no gradient."""
    return np.where(on_arrays(all_independent, function, v, g)[..., None, None], v, np.eye(v.shape[-1], dtype=v.dtype))


def all_independent(function: str, v: Any, g: Any) -> Any:
    """Does each matrix have as many independent vectors as rows? Raises if one with a gradient has not: it is defective."""
    s = np.linalg.svd(v, compute_uv=False)
    defective = np.any(s <= rounding(s, v.shape[-1]), axis=-1)
    used = defective & np.any(g != 0, axis=-1)
    if np.any(used):
        raise messages.too_few_vectors(function, v.shape[-1], first_place(used))
    return ~defective


def svd_rule(g: Any, out: Any, shape: tuple[int, ...]) -> Any:
    """Townsend, "Differentiating the singular value decomposition" (2016)."""
    (m, n), k = shape[-2:], min(shape[-2:])
    (u, s, vh), (g_u, g_s, g_vh) = (apart(x, (m, k), (k,), (k, n)) for x in (out, g))
    v, g_v, wide, tall = turned(vh), turned(g_vh), s[..., None, :], s[..., :, None]
    error = on_arrays(rounding, s, max(m, n))
    equal = on_arrays(equal_values, "svd", shape, s, error, g_s, g_u, g_v)
    f = inverse_gaps(s, equal) / np.where(equal, 1, wide + tall)
    turn_u, turn_v = f * (turned(u) @ g_u), f * (turned(v) @ g_v)
    inner = (turn_u + turned(turn_u)) * wide + tall * (turn_v + turned(turn_v)) + g_s[..., None] * np.eye(k, dtype=s.dtype)
    result = u @ inner @ vh
    if m > k:
        result = result + over((g_u - u @ (turned(u) @ g_u)), s, on_arrays(zero_values, shape, s, error, g_s, g_u)) @ vh
    if n > k:
        result = result + u @ turned(over((g_v - v @ (vh @ g_v)), s, on_arrays(zero_values, shape, s, error, g_s, g_v)))
    return result


def over(columns: Any, s: Any, zero: Any) -> Any:
    """Each column divided by its singular value; 0 where this is 0, as no such column is used."""
    return columns * np.where(zero, 0, 1 / np.where(zero, 1, s))[..., None, :]


def singular_values_rule(g: Any, a: Any) -> Any:
    """That of `svd`, as far as it is about the values."""
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    u, vh = of_values("svd", g, a, s, u), turned(of_values("svd", g, a, s, turned(vh)))
    return (u * g[..., None, :]) @ vh


def qr_rule(g: Any, a: Any, out: Any, shape: tuple[int, ...]) -> Any:
    """Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" (2018).

    A wide matrix is a square one and the rest: a = [x y] = q [u w]. Then w = qᵀ y, and the rest is a product. Raises
    LinAlgError if the columns of x, or of a tall matrix, are not independent: then q is not unique.
    """
    (m, n), k = shape[-2:], min(shape[-2:])
    (q, r), (g_q, g_r) = (apart(x, (m, k), (k, n)) for x in (out, g))
    u, g_u, rest = r[..., :k], g_r[..., :k], g_r[..., k:]
    on_arrays(independent_columns, u, max(m, n))
    g_q = g_q + a[..., k:] @ turned(rest)
    inner = u @ turned(g_u) - turned(g_q) @ q
    symmetric = np.tril(inner) + turned(np.tril(inner, -1))
    left = turned(np.linalg.solve(u, turned(g_q + q @ symmetric)))
    return np.concatenate([left, q @ rest], axis=-1) if n > k else left


def independent_columns(u: Any, size: int) -> None:
    """Raises if a column is a sum of multiples of those before it: its element on the diagonal is 0, but for rounding."""
    zero = np.abs(np.diagonal(u, axis1=-2, axis2=-1)) <= rounding(turned(u), size)[..., 0]
    if np.any(zero):
        raise messages.dependent_columns(first_place(zero))


def same_kind(function: Any, parts: Sequence[Any]) -> Any:
    """The results in the named tuple, or whatever else NumPy itself returns them in."""
    kind = type(function(np.eye(1)))
    return kind(*parts) if hasattr(kind, "_fields") else tuple(parts)


@composition(np.linalg.cholesky)
def cholesky(a: Array, /, *, upper: bool = False) -> Any:
    return turned(lower_cholesky(turned(a))) if upper else lower_cholesky(a)


@composition(np.linalg.eigh)
def eigh(a: Array, UPLO: Any = "L") -> Any:
    n = a.shape[-1]
    return same_kind(np.linalg.eigh, apart(packed_eigh(a, UPLO=UPLO), (n,), (n, n)))


@composition(np.linalg.eig)
def eig(a: Array) -> Any:
    n = a.shape[-1]
    return same_kind(np.linalg.eig, apart(packed_eig(a), (n,), (n, n)))


@composition(np.linalg.svd)
def svd(a: Array, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:
    m, n = a.shape[-2:]
    if hermitian:
        raise messages.hermitian_svd()
    if full_matrices and compute_uv and m != n:
        raise messages.free_vectors(m, n)
    if not compute_uv:
        return singular_values(a)
    k = min(m, n)
    return same_kind(np.linalg.svd, apart(packed_svd(a), (m, k), (k,), (k, n)))


@composition(np.linalg.qr)
def qr(a: Array, mode: str = "reduced") -> Any:
    m, n = a.shape[-2:]
    if mode not in ("reduced", "r") and not (mode == "complete" and m <= n):
        raise messages.free_columns(mode, m, n)
    k = min(m, n)
    q, r = apart(packed_qr(a), (m, k), (k, n))
    return r if mode == "r" else same_kind(np.linalg.qr, (q, r))


@composition(np.linalg.slogdet)
def slogdet(a: Array) -> Any:
    return same_kind(np.linalg.slogdet, (on_arrays(np.linalg.slogdet, a)[0], log_abs_det(a)))


# --- written with these -----------------------------------------------------------------------------------------------


@composition(np.linalg.lstsq)
def lstsq(a: Array, b: Array, rcond: Any = None) -> Any:
    """The solution by the pseudo-inverse. Whether there are residuals, and the rank, is NumPy's to say."""
    _, residuals, rank, s = on_arrays(np.linalg.lstsq, a, b, rcond)
    cutoff = np.finfo(s.dtype).eps * max(np.shape(a)) if rcond is None or rcond == -1 else rcond
    x = np.linalg.pinv(a, cutoff) @ b
    left = np.sum(np.square(a @ x - b), axis=0, keepdims=np.ndim(b) == 1) if residuals.size else residuals
    return x, left, rank, np.linalg.svd(a, compute_uv=False)


@composition(np.linalg.matrix_power)
def matrix_power(a: Array, n: int) -> Any:
    """By squaring: aⁿ in about log₂ n products."""
    if n < 0:
        return np.linalg.matrix_power(np.linalg.inv(a), -n)
    if n == 0:
        return a * 0 + np.eye(a.shape[-1], dtype=a.dtype)
    half = np.linalg.matrix_power(a, n // 2) if n > 1 else None
    return a if half is None else half @ half @ a if n % 2 else half @ half


@composition(np.linalg.multi_dot)
def multi_dot(arrays: Arrays, *, out: Any = None) -> Any:
    """The product of all, in the order that takes the fewest multiplications (Cormen et al., Algorithms, ch. 15)."""
    sizes = [np.shape(arrays[0])[0] if np.ndim(arrays[0]) == 2 else 1]
    sizes += [np.shape(a)[-1] if np.ndim(a) == 2 else 1 if i else np.size(a) for i, a in enumerate(arrays)]

    @functools.cache
    def best(i: int, j: int) -> tuple[int, int]:
        """The cost of multiplying arrays i to j, and where to split them."""
        return min(
            ((best(i, k)[0] + best(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)),
            default=(0, i),
        )

    def product(i: int, j: int) -> Any:
        return arrays[i] if i == j else np.dot(product(i, best(i, j)[1]), product(best(i, j)[1] + 1, j))

    return product(0, len(arrays) - 1)


@composition(np.linalg.tensorinv)
def tensorinv(a: Array, ind: int = 2) -> Any:
    old = a.shape
    return np.reshape(np.linalg.inv(np.reshape(a, (math.prod(old[:ind]), math.prod(old[ind:])))), old[ind:] + old[:ind])


@composition(np.linalg.tensorsolve)
def tensorsolve(a: Array, b: Array, axes: Any = None) -> Any:
    if axes is not None:
        a = np.moveaxis(a, axes, tuple(range(np.ndim(a) - len(axes), np.ndim(a))))
    shape = np.shape(a)[np.ndim(b) :]
    matrix = np.reshape(a, (np.size(b), math.prod(shape)))
    return np.reshape(np.linalg.solve(matrix, np.ravel(b)), shape)


@composition(np.linalg.cond)
def cond(x: Array, p: Any = None) -> Any:
    if p is None or p in (2, -2):
        s = np.linalg.svd(x, compute_uv=False)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    return np.linalg.norm(x, p, axis=(-2, -1)) * np.linalg.norm(np.linalg.inv(x), p, axis=(-2, -1))


@composition(np.linalg.norm)
def norm(x: Array, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The norms of vectors and of matrices, of every order that NumPy has."""
    x = in_floats(x)
    if ord is None:
        return euclidean_norm(x, axis=axis, keepdims=keepdims)
    axes = tuple(axes_of(axis, x.ndim))
    if len(axes) == 1:
        return of_vectors(x, ord, axes, keepdims)
    if len(axes) != 2:
        raise messages.norm_of_many_axes(ord, len(axes))
    if ord in ("fro", "f"):
        return euclidean_norm(x, axis=axes, keepdims=keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        along, across = axes if abs(ord) == 1 else axes[::-1]
        sums = np.sum(np.abs(x), axis=along, keepdims=True)
        result = largest(sums, across, True) if ord > 0 else np.min(sums, axis=across, keepdims=True)
        return result if keepdims else np.squeeze(result, axis=axes)
    if ord not in (2, -2, "nuc"):
        raise messages.no_order("matrix", ord)
    s = np.linalg.svd(np.moveaxis(x, axes, (-2, -1)), compute_uv=False)
    s = np.where(s > 0, s, np.zeros_like(s))  # whose slope at 0 is 0
    result = np.sum(s, axis=-1) if ord == "nuc" else largest(s, -1) if ord > 0 else np.min(s, axis=-1)
    return np.expand_dims(result, axes) if keepdims else result


@primitive
def power_norm(x: Any, ord: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """(Σ|x|ᵖ)¹ᐟᵖ: one function, because its parts have infinite slopes at 0."""
    total = np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims)
    return total ** total.dtype.type(1 / ord)


derivative(power_norm, x=lambda g, x, out, ord, axis, keepdims: power_norm_rule(g, x, out, ord, axis, keepdims))


def power_norm_rule(g: Any, x: Any, out: Any, ord: Any, axis: Any, keepdims: Any) -> Any:
    """As outᵖ = Σ|x|ᵖ, the slope is sign(x) (|x| / out)ᵖ⁻¹. An element that is 0 gets 0, and where the norm is 0, all do."""
    g, length = np.where(out == 0, 0, g), np.where(out == 0, 1, out)
    g, length = (hand_back(each, x.shape, axis, keepdims) for each in (g, length))
    return g * np.sign(x) * (np.where(x == 0, length, np.abs(x)) / length) ** (ord - 1)


def largest(sizes: Any, axis: Any, keepdims: bool = False) -> Any:
    """The largest of numbers that are not negative. Of none it is 0, as in NumPy since 2.3; before, NumPy refuses first."""
    shape = np.shape(sizes)
    none = 0 in (shape[i] for i in axes_of(axis, len(shape)))
    return (np.sum if none else np.max)(sizes, axis=axis, keepdims=keepdims)


def of_vectors(x: Any, ord: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The p-norm and its limits."""
    if ord == 2:
        return euclidean_norm(x, axis=axes, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        return largest(np.abs(x), axes, keepdims) if ord > 0 else np.min(np.abs(x), axis=axes, keepdims=keepdims)
    if ord == 0:
        return np.sum(np.where(x != 0, np.ones_like(x), np.zeros_like(x)), axis=axes, keepdims=keepdims)
    if ord == 1:
        return np.sum(np.abs(x), axis=axes, keepdims=keepdims)
    if isinstance(ord, str):
        raise messages.no_order("vector", ord)
    return power_norm(x, ord=ord, axis=axes, keepdims=keepdims)


# --- the names that NumPy 2 has added ---------------------------------------------------------------------------------

new = vars(np.linalg).get

# fmt: off
composition(new("svdvals"))(lambda x, /: np.linalg.svd(x, compute_uv=False))
composition(new("matrix_norm"))(lambda x, /, *, keepdims=False, ord="fro": np.linalg.norm(x, ord, (-2, -1), keepdims))
composition(new("matrix_transpose"), vars(np).get("matrix_transpose"))(lambda x, /: turned(x))
composition(new("matmul"))(lambda x1, x2, /: np.matmul(x1, x2))
composition(new("tensordot"))(lambda x1, x2, /, *, axes=2: np.tensordot(x1, x2, axes))
composition(new("outer"))(lambda x1, x2, /: np.outer(x1, x2))
composition(new("cross"))(lambda x1, x2, /, *, axis=-1: np.cross(x1, x2, axis=axis))
composition(new("diagonal"))(lambda x, /, *, offset=0: np.diagonal(x, offset, -2, -1))
composition(new("trace"))(lambda x, /, *, offset=0, dtype=None: np.trace(x, offset, -2, -1, dtype))
# fmt: on


@composition(new("vector_norm"))
def vector_norm(x: Array, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if ord is None:  # the default of np.linalg.norm: the same number
        ord = 2
    return of_vectors(in_floats(x), ord, tuple(axes_of(axis, x.ndim)), keepdims)


@composition(new("vecdot"), vars(np).get("vecdot"))
def vecdot(x1: Array, x2: Array, /, *, axis: int = -1) -> Any:
    products = x1 * x2
    return np.sum(products, axis=axis, dtype=products.dtype)  # whole numbers stay in their dtype, as in NumPy


# --- no derivative: a count -------------------------------------------------------------------------------------------

PLAIN.add(np.linalg.matrix_rank)
