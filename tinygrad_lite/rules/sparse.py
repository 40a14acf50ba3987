"""Products with the matrices of scipy.sparse, which are constants: most of their elements are 0, and are not stored.

Flows in: such a matrix and a Tensor, from operands.py. Flows out: the product as a plain Tensor, with one rule for both
sides. SciPy itself need not be installed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages
from ..operands import REAL, SPARSE, is_sparse
from ..registry import derivative, primitive


@primitive
def sparse_product(x: Any, matrix: Any, on_the_left: bool) -> Any:
    """``matrix @ x``, or ``x @ matrix``, with a constant matrix."""
    return matrix @ x if on_the_left else (matrix.T @ x.T).T


# As zᵢ = Σₖ Mᵢₖ xₖ, xₖ gets Σᵢ gᵢ Mᵢₖ: the same product with the transposed matrix. So it is on the other side.
derivative(
    sparse_product,
    x=lambda g, matrix, on_the_left: sparse_product(g, matrix.T, on_the_left),
)


def with_sparse(x: Any, y: Any) -> Any:
    """A matrix product of a Tensor and a sparse matrix."""
    on_the_left = is_sparse(x)
    tensor, matrix = (y, x) if on_the_left else (x, y)
    if tensor.ndim not in (1, 2):
        raise messages.sparse_takes_matrices(tensor, matrix)
    if matrix.dtype.kind not in REAL:
        raise messages.not_an_operand(matrix, matrix.dtype)
    return sparse_product(tensor, matrix, on_the_left)


def times_sparse(x: Any, y: Any) -> Any:
    """An elementwise product with a sparse array. For a sparse *matrix*, `*` is the matrix product."""
    if any(hasattr(matrix, "getH") for matrix in (x, y) if is_sparse(matrix)):  # which spmatrix has, and sparray has not
        raise messages.not_an_operand(x if is_sparse(x) else y)
    return np.multiply(*(v.toarray() if is_sparse(v) else v for v in (x, y)))


SPARSE[np.matmul], SPARSE[np.multiply] = with_sparse, times_sparse
