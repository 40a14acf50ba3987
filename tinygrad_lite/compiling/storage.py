"""Storage for the values of a compiled program: which arrays it keeps, which call writes into which, and their names.

Flows in: a `Code`, and how it is cut into blocks. Flows out: the names that its text uses. A program keeps as few arrays
as it can: a call writes into an array whose value is no longer needed, most often into that of its own argument.
Such arrays are kept from call to call, and so are still in the cache. What is returned is new each time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import numpy as np

from ..graphs.graph import Graph
from ..graphs.nodes import Look, Ref, refs_in
from ..graphs.program import Op, is_number
from ..views.notation import Term
from ..views.source.expressions import Expressions
from ..views.source.names import identifier
from .blocks import Blocks
from .code import Code
from .kernels import OWN

FLOATS = ("float32", "float64")
NOT_FINITE = "a result is not finite, or 0"
BITS = {"float32": "int32", "float64": "int64"}  # whole numbers that are as long
OF_NUMBERS = {
    np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.power, np.greater, np.greater_equal, np.less,
    np.less_equal, np.equal, np.not_equal, np.copysign,
}  # fmt: skip
# The functions in OF_NUMBERS treat a number as they would treat an array of no axes.


class Slot(NamedTuple):
    """An array that values are written into, one after another; or one that `holds` the same number in all calls."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    axis: int | None  # which axis has the rows of a block
    holds: float | None = None


class Storage:
    """Where the values of one program are, and what they are called in its text."""

    def __init__(
        self, graph: Graph, code: Code, rows: Blocks | None, looks: Iterable[tuple[Ref, Look]], wanted: list[int]
    ) -> None:
        self.graph, self.code, self.rows, self.wanted = graph, code, rows, wanted
        self.looks: dict[int, list[Look]] = {}
        for ref, look in looks:
            known = self.looks.setdefault(ref.id, [])
            if look.by != "shape" or all(other.by != "shape" for other in known):  # two calls that became one
                known.append(look)
        self.e = Expressions(code)  # type: ignore[arg-type]
        self.e.taken |= {"buffers", "spare", "workspace", "i", "j", "Changed", "is_finite", "np"}
        self.sections: dict[str, list[str]] = {"before": [], "loop": [], "after": []}
        self.now = "before"
        self.imports: set[str] = set()
        self.slots: list[Slot] = []
        self.count = 0  # of those that values are written into
        self.spare: dict[Any, list[Slot]] = {}
        self.slot_of: dict[int, Slot] = {}  # the slot in which a value is
        self.roots: dict[int, set[int]] = {}  # the values in whose memory a value may be
        self.holders: dict[int, list[int]] = {}  # and the other way round: the values that may be in the memory of one
        self.kept = set[str]()  # the names of the slots, and of their other forms
        self.last: dict[int, int] = {}
        self.full: dict[tuple[Any, ...], str] = {}  # the names of the slots that hold one number, or the numbers of rows
        self.setup: list[str] = []  # of the loop: what has to be there before the first block
        self.cuts: list[str] = []  # what is cut to the rows of a block
        self.in_place, self.calls = 0, 0
        self.opening: list[tuple[int, str]] = []
        dtypes = {given.dtype for given in code.given.values()} | {op.dtype for op in code.ops.values()}
        self.mixed = len(dtypes & {"float16", "float32", "float64"}) > 1  # then a result may come in another dtype
        self.avoid: Collection[str] = ()  # names of NumPy's that a function in the text has as well
        self.given: dict[str, int] = {}
        self.whole_rows: dict[int, str] = {}
        self.seen_as: dict[tuple[str, str], str] = {}  # a slot in another form: its transpose, its bits
        self.transposed: dict[str, str] = {}  # what is the transpose of which
        self.turned: set[str] = set()  # those whose numbers are not in order: to make a vector of one is to copy it
        self.matrices: dict[int, str] = {}  # for several products with one vector, the matrix of the others
        self.in_stack: dict[int, str] = {}  # the values that are written into rows of such a matrix, and those rows
        self.copied: dict[int, list[tuple[Ref, str]]] = {}  # and those that are copied into rows
        self.places: dict[Any, str] = {}  # for classes, the index of their numbers in a matrix that is seen as a vector
        self.cells: dict[int, str] = {}  # single numbers in arrays of their own, which NumPy takes faster than numbers
        self.literals: dict[tuple[Any, str], str] = {}
        self.end_ids = {ref.id for ref in refs_in(code.ends)}
        self.end_names: dict[int, str] = {}
        self.named = set[int]()
        self.whole_names, self.cut_names = (
            dict[int, str](),
            dict[int, str](),
        )  # arguments, and the rows of them that a block has

    # --- names ------------------------------------------------------------------------------------------------------------

    def imported(self, name: str) -> str:
        """A name of NumPy's, as it is written: without ``np.``, unless a function in the text has it, too."""
        if name in self.avoid:
            return f"np.{name}"
        self.imports.add(name)
        self.e.taken.add(name)
        return name

    def label(self, op: Op) -> str:
        """What a value is, for the comment beside its line: the name that the user gave it, and the user's line."""
        i = self.code.origin.get(op.id, op.id)
        if i >= len(self.graph):
            return ""
        node = self.graph[i]
        name = node.name or ""
        if node.through is not None:
            through = self.graph[node.through]
            line = f"line {through.line.number}" if through.line else ""
            return f"back through {through.name or line or 'the result'}"
        return ", ".join(filter(None, [name, f"line {node.line.number}" if node.line else ""]))

    def text(self, value: Any) -> str:
        return self.e.text(value)

    def line(self, text: str, op: Op | None = None) -> None:
        label = self.label(op) if op is not None else ""
        self.sections[self.now].append(f"{text}  # {label}" if label else text)

    def is_rows(self, op: Op) -> bool:
        return self.rows is not None and op.id in self.rows.axis

    def is_plain(self, op: Op) -> bool:
        """Whether a call is written as it is, with a new array for the result."""
        f = op.function
        if f in OWN:
            return False
        floats = all(self.code.dtype(arg) in (None, op.dtype) for arg in op.args) and op.dtype in FLOATS
        if f is np.matmul:
            return not floats or any(len(self.code.shape(arg)) > 2 or not self.code.size(arg) for arg in op.args)
        if f in (np.max, np.min, np.sum):
            return not floats or not set(op.keywords) <= {"axis", "keepdims"} or not self.code.size(op.args[0])
        return not isinstance(f, np.ufunc) or f.nout != 1 or bool(op.keywords) or op.dtype == "object"

    def written(self, op: Op, text: str, out: str | None, keyword: bool = False) -> None:
        """The line of a call, given its text up to the array that it writes into."""
        if out is None:
            self.line(f"{self.text(Ref(op.id))} = {text})", op)
        else:
            self.line(f"{text}, {'out=' if keyword else ''}{out})", op)

    # --- arrays to write into ---------------------------------------------------------------------------------------------

    def shape(self, op: Op) -> tuple[int, ...]:
        """The shape of a value; of a value of rows, as many of them as go together."""
        if self.rows and op.id in self.rows.axis:
            place = self.rows.axis[op.id]
            return tuple(self.rows.block if i == place else n for i, n in enumerate(op.shape))
        return op.shape

    def slot(self, shape: tuple[int, ...], dtype: str, axis: int | None) -> Slot:
        """An array that holds nothing any more, or a new one."""
        free = self.spare.get((shape, dtype, axis))
        if free:
            return free.pop()
        slot = Slot(self.e.free(f"t{self.count}"), shape, dtype, axis)
        self.count += 1
        self.keep(slot)
        return slot

    def keep(self, slot: Slot) -> None:
        """An array more that is kept from call to call."""
        self.slots.append(slot)
        self.kept.add(slot.name)

    def release(self, slot: Slot) -> None:
        self.spare.setdefault((slot.shape, slot.dtype, slot.axis), []).append(slot)

    def destination(self, op: Op, position: int, inside: bool) -> str | None:
        """The array that a call writes into; None if it makes a new one. With `inside`, it may be that of an argument."""
        axis = self.rows.axis.get(op.id) if self.rows else None
        if op.id in self.in_stack:
            self.e.pieces[op.id] = Term(self.in_stack[op.id])
            return self.in_stack[op.id]
        if op.id in self.end_ids:
            if axis is None:
                self.e.pieces[op.id] = Term(self.fresh(op))
                return None
            return self.rows_of_result(op)
        if inside:
            for ref in refs_in(op.args):
                slot = self.slot_of.get(ref.id)
                fits = slot is not None and (slot.shape, slot.dtype) == (self.shape(op), op.dtype)
                if slot and fits and self.last[ref.id] == position and not self.held_by_others(ref.id, position):
                    self.in_place += 1
                    self.take(op, self.slot_of.pop(ref.id))
                    return slot.name
        slot = self.slot(self.shape(op), op.dtype, axis)
        self.take(op, slot)
        return slot.name

    def take(self, op: Op, slot: Slot) -> None:
        self.slot_of[op.id] = slot
        self.e.pieces[op.id] = Term(slot.name)

    def held_by_others(self, i: int, position: int) -> bool:
        """Whether a later call uses a value that may be in the memory of this one."""
        return any(other != i and self.last.get(other, -1) > position for other in self.holders.get(i, ()))

    def free_after(self, position: int) -> None:
        """Take back the arrays whose values no later call uses."""
        for i in [i for i in self.slot_of if self.last[i] <= position and not self.held_by_others(i, position)]:
            self.release(self.slot_of.pop(i))

    def fresh(self, op: Op) -> str:
        """A variable for a value that is in an array of its own."""
        i = self.code.origin.get(op.id, op.id)
        name = self.graph[i].name if i < len(self.graph) and not op.backward and i not in self.named else None
        self.named.add(i)
        wanted = identifier(name) if name and name.isidentifier() else f"v{op.id - self.code.first}"
        if op.id in self.end_names:
            wanted = self.end_names[op.id]
        return self.e.free(wanted)

    def rows_of_result(self, op: Op) -> str:
        """The rows of a result that a block computes."""
        assert self.rows is not None
        name = self.e.free(self.end_names.get(op.id, "result"))
        self.setup.append(f"{name} = {self.imported('empty')}({op.shape}, {self.dtype(op.dtype)})")
        rows = self.e.free(f"{name}_rows")
        axis = self.rows.axis[op.id]
        self.cuts.append(f"{rows} = {name}[{':, ' * axis}i:j]")
        self.whole_rows[op.id] = name
        self.e.pieces[op.id] = Term(rows)
        return rows

    def dtype(self, dtype: str) -> str:
        return f"np.{dtype}" if dtype != "bool" else "bool"

    def full_of(self, number: float, shape: tuple[int, ...], dtype: str, axis: int | None) -> str:
        """An array that is full of one number."""
        key = (number, shape, dtype, axis)
        if key not in self.full:
            name = {0.0: "zeros", 1.0: "ones"}.get(number, "numbers")
            name = "ones" if axis is not None and number == 1 else "_".join([name, *map(str, shape)])
            self.keep(Slot(self.e.free(name), shape, dtype, axis, number))
            self.full[key] = self.slots[-1].name
        return self.full[key]

    def row_of_ones(self, n: int, dtype: str, of_rows: bool) -> str:
        """A vector of ones."""
        return self.full_of(1.0, (n,), dtype, 0 if of_rows else None)

    def seen(self, text: str, form: str, ending: str) -> str:
        """An array in another form, like ``.T``: for one that is kept, this is kept, too."""
        if text not in self.kept:
            return text + form
        if form == ".T" and text in self.transposed:
            return self.transposed[text]
        key = (text, form)
        if form.startswith((".ravel", ".reshape")) and text in self.turned:
            return text + form  # which copies
        if key not in self.seen_as:
            name = self.seen_as[key] = self.e.free(f"{text}_{ending}")
            self.kept.add(name)
            if form == ".T":
                self.transposed[name] = text
            if form == ".T" or text in self.turned:
                self.turned.add(self.seen_as[key])
        return self.seen_as[key]

    def flat(self, value: Any) -> str:
        """An array as a vector."""
        text = self.text(value)
        return text if len(self.code.shape(value)) == 1 else self.seen(text, ".ravel()", "flat")

    def operand(self, value: Any, op: Op) -> str:
        """An argument of a call on arrays. NumPy takes a number faster from an array of no axes."""
        if is_number(value) and math.isfinite(value) and op.function in OF_NUMBERS:
            others = {self.code.dtype(arg) or "" for arg in op.args if self.code.shape(arg)}
            if others == {"bool"} and op.function is np.multiply:
                others = {op.dtype}
            if len(others) == 1 and others <= set(FLOATS):
                return self.literal(float(value), others.pop())
        if isinstance(value, Ref) and not self.code.shape(value) and self.code.dtype(value) in FLOATS:
            return self.cell(value)
        return self.text(value)

    def literal(self, number: float, dtype: str) -> str:
        """A number as an array of no axes."""
        key = (number, dtype)
        if key not in self.literals:
            text = {0.0: "zero", 1.0: "one", 2.0: "two", -1.0: "minus_one", 0.5: "half"}.get(number, "number")
            self.literals[key] = self.e.free(text)
        return self.literals[key]

    def cell(self, value: Ref) -> str:
        """A number of the program in an array of no axes."""
        if value.id not in self.cells:
            slot = Slot(self.e.free("c"), (), self.code.dtype(value) or "float64", None)
            self.keep(slot)
            self.cells[value.id] = slot.name
            line = f"{slot.name}[()] = {self.text(value)}"
            if value.id in self.code.given:
                self.opening.append((value.id, slot.name))
            elif self.now == "loop":
                self.setup.append(line)
            else:
                self.line(line)
        return self.cells[value.id]
