"""The lines of products: of matrices, of vectors, and of several vectors with the same one.

Flows in: calls of `matmul`, `dot` and `products`. Flows out: lines of text. A vector of ones is kept from call to call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graphs.program import Op
from .kernels import ones
from .storage import Slot, Storage


class ProductCalls(Storage):
    """Writes the lines of products."""

    def matmul(self, op: Op, position: int) -> None:
        """A product of matrices."""
        args = [
            self.row_of_ones(self.code.size(arg), op.dtype, False) if self.is_ones(arg) else self.text(arg) for arg in op.args
        ]
        out = self.destination(op, position, False)
        self.written(op, f"{args[0]}.dot({args[1]}", out)

    def inner(self, op: Op) -> str:
        """A sum of products."""
        x, y = op.args
        n = self.code.size(y if self.is_ones(x) else x)
        if self.now == "loop" and self.rows and self.rows.total:
            n = n // self.rows.total * self.rows.block
        left, right = self.vector(x, n, op), self.vector(y, n, op)
        if left == right and not left.isidentifier():
            left = right = self.e.free("flat")
            self.line(f"{left} = {self.vector(x, n, op)}")
        return f"{left}.dot({right})"

    def vector(self, value: Any, n: int, op: Op) -> str:
        """An argument as a vector."""
        return self.row_of_ones(n, op.dtype, self.now == "loop") if self.is_ones(value) else self.flat(value)

    def is_ones(self, value: Any) -> bool:
        made = self.code.op(value)
        return made is not None and made.function is ones

    # --- several vectors times the same one -------------------------------------------------------------------------------

    def plan_stack(self, op: Op) -> None:
        """The matrix for several products, and which values are written into its rows from the start."""
        rows = op.args[1:]
        name = self.matrices[op.id] = self.e.free("rows")
        self.keep(Slot(name, (len(rows), self.code.size(rows[0])), op.dtype, None, 1.0))
        texts = [self.seen(name, f"[{k}]", str(k)) for k in range(len(rows))]
        self.copied[op.id] = [(row, text) for row, text in zip(rows, texts) if not self.is_ones(row)]
        for row, text in [*self.copied[op.id]]:
            made = self.code.op(row)
            if made is None or not isinstance(made.function, np.ufunc) or self.is_plain(made):
                continue
            if made.id not in self.end_ids and made.id not in self.in_stack:
                form = f".reshape({made.shape})" if len(made.shape) > 1 else ""
                self.in_stack[made.id] = self.seen(text, form, "as") if form else text
                self.copied[op.id].remove((row, text))

    def products(self, op: Op, position: int) -> None:
        """Several sums of products with one vector. The rows of ones are there already."""
        x, row = op.args[:2]
        for value, text in self.copied[op.id]:
            self.line(f"{self.imported('copyto')}({text}, {self.flat(value)})", op)
        matrix = self.matrices[op.id]
        out = self.destination(op, position, False)
        self.written(op, f"{matrix}.dot({self.vector(x, self.code.size(row), op)}", out)
