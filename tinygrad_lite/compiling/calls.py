"""The lines of a compiled program: each call, with the array that it writes into.

Flows in: the calls of a `Code`, in order. Flows out: lines of text in three sections: what is done before the loop over
blocks of rows, in it, and after it. A program that is not cut into blocks has only the first section.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from ..graphs.nodes import Look, Ref, refs_in
from ..graphs.program import Op, is_number
from ..views.notation import Term
from .image_calls import ImageCalls
from .kernels import (
    added_at,
    chosen,
    dot,
    less_one_at,
    less_one_in_column,
    masked,
    ones,
    picked,
    picked_in_column,
    placed_at,
    products,
    signs,
)  # fmt: skip
from .product_calls import ProductCalls
from .storage import BITS, FLOATS, NOT_FINITE, Slot
from .tracing import Like, shaped_by_values

VIEWS = {np.transpose, np.swapaxes, np.reshape, np.moveaxis, np.expand_dims, np.squeeze, np.ravel}
LARGEST_LIMIT = 2 * 1024 * 1024  # bytes: a larger array would have to come from memory


class Calls(ImageCalls, ProductCalls):
    """Writes the lines of the calls."""

    def write(self) -> None:
        """All calls, in order: those before the loop over the rows, those in it, and those after it."""
        ops = list(self.code.needed())
        rows = self.rows
        if rows:
            inside = [op for op in ops if op.id in rows.axis or op.id in rows.summed]
            ids = {op.id for op in inside}
            after = [op for op in ops if op.id in rows.after]
            ids_after = {op.id for op in after}
            before = [op for op in ops if op.id not in ids and op.id not in ids_after]
            ops = [*before, *inside, *after]
            first, end = len(before), len(before) + len(inside) - 1
        for position, op in enumerate(ops):
            for ref in refs_in([op.args, op.keywords]):
                self.last[ref.id] = position
                if rows and first <= position <= end and ref.id not in ids:
                    self.last[ref.id] = end  # the next block needs it again
        for i in self.end_ids:
            self.last[i] = len(ops)
        for op in ops:
            if op.function is products:
                self.plan_stack(op)
        for position, op in enumerate(ops):
            self.now = "before" if not rows or position < first else "loop" if position <= end else "after"
            self.last.setdefault(op.id, position)
            if self.now == "loop" and rows and op.id in rows.summed:
                self.add_up(op, position)
            else:
                self.call(op, position)
            self.free_after(position)
            self.check_looks(op)

    def call(self, op: Op, position: int) -> None:
        """One call."""
        f = op.function
        self.roots[op.id] = set()
        if f is ones:
            return
        if not op.shape and not self.is_rows(op):
            self.number(op)
        elif f is operator.getitem or f in VIEWS or self.is_plain(op):
            self.plain(op)
        else:
            self.calls += 1
            writers = {
                np.matmul: self.matmul, products: self.products, signs: self.signs, masked: self.masked, chosen: self.chosen,
                less_one_at: self.less_one_at, picked: self.picked,
                placed_at: self.placed, added_at: self.placed, less_one_in_column: self.less_one_at,
                picked_in_column: self.picked, np.max: self.reduce, np.min: self.reduce, np.sum: self.reduce,
                **self.writers_of_images(),
            }  # fmt: skip
            writers.get(f, self.ufunc)(op, position)

    def number(self, op: Op) -> None:
        """A call whose result is a single number."""
        pieces = {ref.id: self.e.pieces.get(ref.id) for ref in refs_in(op.args) if self.code.dtype(ref) == "bool"}
        if op.dtype in FLOATS and isinstance(op.function, np.ufunc):  # NumPy's own True is neither 1 nor has it a negative
            for i, piece in pieces.items():
                if piece is not None and not self.code.shape(Ref(i)):
                    self.e.pieces[i] = Term(f"{self.imported(op.dtype)}({self.text(Ref(i))})")
        text = self.inner(op) if op.function is dot else self.expression(op)
        made = self.code.op(op.args[0]) if op.args else None
        of_products = made is not None and made.function is products
        if (op.function in VIEWS or op.function is operator.getitem) and self.code.shape(op.args[0]) and not of_products:
            text += "[()]"  # a number, and not the place in an array where it is now
        elif self.is_plain(op) and op.function is not dot:
            self.may_share(op)
        self.e.pieces |= {i: piece for i, piece in pieces.items() if piece is not None}
        name = self.fresh(op)
        self.line(f"{name} = {text}", op)
        self.e.pieces[op.id] = Term(name)

    def expression(self, op: Op) -> str:
        if op.function is np.sqrt and not op.shape:
            x = self.text(op.args[0])  # the power is the same for a positive number, without the cost of a call on arrays
            return f"{x} ** 0.5 if {x} > 0 else {self.imported('sqrt')}({x})"
        style = self.e.backward if op.backward else self.e.forward
        return style.term(self.e.call(op, style)).text

    def plain(self, op: Op) -> None:
        """A call written as it is. Its result may be in the memory of an argument."""
        fresh = isinstance(op.function, np.ufunc) or op.function is np.matmul
        if not fresh:
            self.may_share(op)
        text = self.expression(self.of_rows(op))
        view = op.function in VIEWS
        if view and op.id not in self.end_ids and (kept := self.kept_view(op)):
            self.e.pieces[op.id] = Term(kept)
            return
        if op.id in self.end_ids:
            if self.is_rows(op):
                self.line(f"{self.rows_of_result(op)}[...] = {text}", op)
                return
            name = self.fresh(op)
            self.line(f"{name} = {text}" if fresh else f"{name} = {self.imported('array')}({text}, order='C')", op)
            self.e.pieces[op.id] = Term(name)
            return
        if view and len(text) < 40:
            self.e.pieces[op.id] = self.e.call(self.of_rows(op), self.e.forward)
            return
        name = self.fresh(op)
        self.line(f"{name} = {text}", op)
        self.e.pieces[op.id] = Term(name)
        if self.has_shape_of_values(op) and all(look.by != "shape" for look in self.looks.get(op.id, ())):
            self.line(f"if np.shape({name}) != {op.shape}: raise Changed({f'the shape of {name}'!r})")

    def has_shape_of_values(self, op: Op) -> bool:
        """Whether the shape of a result depends on the values of the arguments."""
        masks = [Like(str(self.code.dtype(ref)), self.code.shape(ref), True) for ref in refs_in(op.args[1:])]
        return shaped_by_values(op.function, (None, masks))

    def may_share(self, op: Op) -> None:
        """Note that the result of a call may be in the memory of one of its arguments."""
        refs = [ref.id for ref in refs_in([op.args, op.keywords])]
        self.roots[op.id] = {*refs, *(root for i in refs for root in self.roots.get(i, ()))}
        for root in self.roots[op.id]:
            self.holders.setdefault(root, []).append(op.id)

    def kept_view(self, op: Op) -> str | None:
        """A transpose, or other form, of an array that is kept."""
        base = self.text(op.args[0])
        if "order" in op.keywords or op.function is np.ravel:
            return None
        if base not in self.kept:
            return None
        text = self.expression(self.of_rows(op))
        form = text.removeprefix(base)
        if form == text:
            form = f".reshape({text.split(', ', 1)[1]}" if op.function is np.reshape else ""
        return self.seen(base, form, "T" if form == ".T" else "as") if form else None

    def of_rows(self, op: Op) -> Op:
        """A reshape of some rows: how many they are, NumPy finds out."""
        if self.rows and op.id in self.rows.axis and op.function is np.reshape:
            place = self.rows.axis[op.id]
            shape = tuple(-1 if i == place else n for i, n in enumerate(op.shape))
            return op._replace(keywords={"shape": shape}, args=op.args[:1], shape=self.shape(op))
        return op

    def ufunc(self, op: Op, position: int) -> None:
        """A function that NumPy computes element by element."""
        args = ", ".join(self.limit(arg, op) or self.operand(arg, op) for arg in op.args)
        name = self.e.function(op.function)
        if name.startswith("np."):
            name = self.imported(name.removeprefix("np."))
        out = self.destination(op, position, True)
        self.written(op, f"{name}({args}", out, keyword=op.function in (np.maximum, np.minimum))

    def limit(self, value: Any, op: Op) -> str | None:
        """A number that numbers are compared with, as an array: the larger of two arrays, NumPy finds without a branch."""
        if op.function not in (np.maximum, np.minimum) or not is_number(value):
            return None
        shape = self.shape(op)
        size = math.prod(shape) * np.dtype(op.dtype).itemsize
        alike = any(self.code.shape(arg) == op.shape and self.code.dtype(arg) == op.dtype for arg in op.args)
        if not alike or not 0 < size <= LARGEST_LIMIT:
            return None
        axis = self.rows.axis.get(op.id) if self.rows else None
        return self.full_of(float(value), shape, op.dtype, axis)

    def reduce(self, op: Op, position: int) -> None:
        """The sum, or the largest, along an axis."""
        name = {np.max: "maximum", np.min: "minimum", np.sum: "add"}[op.function]
        axis, kept = op.keywords.get("axis"), bool(op.keywords.get("keepdims"))
        if isinstance(axis, tuple) and len(axis) == 1:
            (axis,) = axis
        x = self.text(op.args[0])
        out = self.destination(op, position, False)
        self.written(op, f"{self.imported(name)}.reduce({x}, {axis}, keepdims={kept}", out, keyword=True)

    def masked(self, op: Op, position: int) -> None:
        """A value, or else 0: its bits, as a whole number, times 1 or 0. An infinite number times 0 would be nan."""
        x, mask = map(self.text, op.args)
        bits = BITS[op.dtype]
        axis = self.rows.axis.get(op.id) if self.rows else None
        whole = self.slot(self.shape(op), bits, axis)
        small = self.seen(mask, ".view(np.int8)", "small")
        self.line(f"{self.imported('copyto')}({whole.name}, {small})", op)
        out = self.destination(op, position, True)
        if out is None:
            out = self.text(Ref(op.id))
            self.line(f"{out} = {self.imported('empty')}({op.shape}, {self.dtype(op.dtype)})")
        x, out = (self.seen(text, f".view(np.{bits})", "bits") for text in (x, out))
        self.line(f"{self.imported('multiply')}({x}, {whole.name}, {out})")
        self.release(whole)

    def signs(self, op: Op, position: int) -> None:
        """The signs of numbers. NumPy's own function has a branch for each number, which a processor often guesses wrong."""
        x, axis, shape = op.args[0], self.rows.axis.get(op.id) if self.rows else None, self.shape(op)
        more, less = self.slot(shape, "bool", axis), self.slot(shape, "bool", axis)
        for name, slot in (("greater", more), ("less", less)):
            self.line(f"{self.imported(name)}({self.text(x)}, {self.literal(0.0, op.dtype)}, {slot.name})", op)
        both = [self.seen(slot.name, ".view(np.int8)", "small") for slot in (more, less)]
        self.line(f"{self.imported('subtract')}({both[0]}, {both[1]}, {both[0]})")
        total = self.e.free("squares")
        self.line(f"{total} = {self.flat(x)}.dot({self.flat(x)})")
        self.line(f"if {total} != {total}: raise Changed({NOT_FINITE!r})  # nan, which has no sign")
        out = self.destination(op, position, True)
        if out is None:
            out = self.text(Ref(op.id))
            self.line(f"{out} = {self.imported('empty')}({op.shape}, {self.dtype(op.dtype)})")
        self.line(f"{self.imported('copyto')}({out}, {both[0]})")
        self.release(more)
        self.release(less)

    def chosen(self, op: Op, position: int) -> None:
        """One of two values."""
        mask, x, y = map(self.text, op.args)
        bits = BITS[op.dtype]
        axis = self.rows.axis.get(op.id) if self.rows else None
        whole, other = self.slot(self.shape(op), bits, axis), self.slot(self.shape(op), bits, axis)
        out = self.destination(op, position, True)
        if out is None:
            out = self.text(Ref(op.id))
            self.line(f"{out} = {self.imported('empty')}({op.shape}, {self.dtype(op.dtype)})")
        x, y, out = (self.seen(text, f".view(np.{bits})", "bits") for text in (x, y, out))
        small = self.seen(mask, ".view(np.int8)", "small")
        self.line(f"{self.imported('negative')}({small}, {whole.name})", op)
        self.line(f"{self.imported('bitwise_xor')}({x}, {y}, {other.name})")
        self.line(f"{self.imported('bitwise_and')}({other.name}, {whole.name}, {whole.name})")
        self.line(f"{self.imported('bitwise_xor')}({whole.name}, {y}, {out})")
        self.release(whole)
        self.release(other)

    def index_of_rows(self, n: int, of_rows: bool) -> str:
        """The numbers from 0 to n - 1."""
        key = (n, "index", of_rows)
        if key not in self.full:
            slot = Slot(self.e.free("rows"), (n,), "index", 0 if of_rows else None)
            self.full[key] = slot.name
            self.keep(slot)
        return self.full[key]

    def at_classes(self, x: Any, text: str, classes: Any, by_row: bool, of_rows: bool) -> str:
        """The numbers of an array, called `text`, at the class of each row, or of each column."""
        shape = self.shape(self.code.ops[x.id]) if x.id in self.code.ops else self.code.shape(x)
        rows = self.index_of_rows(shape[0 if by_row else 1], of_rows)
        here = self.text(classes)
        in_order = text in self.kept and text not in self.turned
        if by_row or not in_order or self.code.dtype(classes) != "int64":
            return f"{text}[{f'{rows}, {here}' if by_row else f'{here}, {rows}'}]"
        flat = self.seen(text, ".ravel()", "flat")  # one index is found in half the time that two take
        key = (classes.id, shape[1], self.now)
        if key not in self.places:
            slot = Slot(self.e.free("places"), (shape[1],), "int64", 0 if of_rows else None)
            self.keep(slot)
            self.places[key] = slot.name
            count = f"len({rows})" if of_rows and self.rows and self.rows.total % self.rows.block else str(shape[1])
            self.line(f"{self.imported('multiply')}({here}, {count}, {slot.name})")
            self.line(f"{self.imported('add')}({slot.name}, {rows}, {slot.name})")
        return f"{flat}[{self.places[key]}]"

    def picked(self, op: Op, position: int) -> None:
        """For each row, the number at its class."""
        x, classes = op.args
        found = self.at_classes(x, self.text(x), classes, op.function is picked, self.is_rows(op))
        if op.id in self.end_ids and self.is_rows(op):
            self.line(f"{self.rows_of_result(op)}[...] = {found}", op)
            return
        name = self.fresh(op)
        self.line(f"{name} = {found}", op)
        self.e.pieces[op.id] = Term(name)

    def placed(self, op: Op, position: int) -> None:
        """A value at its place: in an array of zeros, or added to what is there."""
        index = self.e.literal(op.keywords["index"], True)
        value = self.text(op.args[-1])
        base = None if op.function is placed_at else self.text(op.args[0])
        first = op._replace(args=op.args[:1]) if base else op._replace(args=())
        out = self.destination(first, position, True)
        if out is None:
            out = self.text(Ref(op.id))
            self.line(
                f"{out} = {self.imported('array')}({base})"
                if base
                else f"{out} = {self.imported('zeros')}({op.shape}, {self.dtype(op.dtype)})",
                op,
            )
        elif base is None:
            self.line(f"{out}[...] = 0", op)
        elif out != base:
            self.line(f"{self.imported('copyto')}({out}, {base})", op)
        self.line(f"{out}[{index}] {'+=' if base else '='} {value}")

    def less_one_at(self, op: Op, position: int) -> None:
        """One less at the class of each row."""
        x = self.text(op.args[0])
        out = self.destination(op, position, True)
        if out is None:
            out = self.text(Ref(op.id))
            self.line(f"{out} = {self.imported('array')}({x})", op)
        elif out != x:
            self.line(f"{self.imported('copyto')}({out}, {x})", op)
        found = self.at_classes(Ref(op.id), out, op.args[1], op.function is less_one_at, self.is_rows(op))
        self.line(f"{found} -= 1", op)

    def add_up(self, op: Op, position: int) -> None:
        """A call whose results are added up over all blocks."""
        self.roots[op.id] = set()
        self.calls += 1
        if not op.shape:
            text = self.inner(op) if op.function is dot else self.expression(op)
            name = self.fresh(op)
            self.setup.append(f"{name} = 0.0")
            self.line(f"{name} += float({text})", op)
            self.e.pieces[op.id] = Term(name)
            return
        name = self.fresh(op)
        self.setup.append(f"{name} = {self.imported('zeros')}({op.shape}, {self.dtype(op.dtype)})")
        slot = self.slot(op.shape, op.dtype, None)
        n = self.rows.block if self.rows else 0
        args = [self.row_of_ones(n, op.dtype, True) if self.is_ones(arg) else self.text(arg) for arg in op.args]
        if op.function is np.matmul:
            self.line(f"{args[0]}.dot({args[1]}, {slot.name})", op)
        else:
            axis = op.keywords.get("axis")
            kept = bool(op.keywords.get("keepdims"))
            self.line(f"{self.imported('add')}.reduce({args[0]}, {axis}, keepdims={kept}, out={slot.name})", op)
        self.line(f"{self.imported('add')}({name}, {slot.name}, {name})")
        self.release(slot)
        self.e.pieces[op.id] = Term(name)

    def check_looks(self, op: Op) -> None:
        for look in self.looks.get(op.id, ()):
            self.check_look(op.id, look)

    def check_look(self, i: int, look: Look) -> None:
        """The program looked at a value: it has to be the same now."""
        where = f"line {look.line.number}" if look.line else "the program"
        what = f"{where} looked at a value and found {look.found}".replace("\n", " ")[:100]
        value, found = self.text(Ref(i)), look.found
        if look.by == "shape":
            test = f"np.shape({value}) != {found}"
        elif look.by == "bool(t)":
            test = f"bool({value}) is not {bool(found)}"
        elif np.shape(found) == () and not isinstance(found, np.ndarray):
            test = f"not ({value} == {self.e.literal(found)})" if found == found else f"{value} == {value}"
        else:
            name = self.e.free("found")
            self.e.constants[name] = np.asarray(found)
            test = f"not np.array_equal({value}, {name})"
        self.line(f"if {test}: raise Changed({what!r})")
