"""A compiled program as text: the calls, the arrays that they write into, and the blocks of rows.

Flows in: a `Code` after all passes, and how it is cut into rows. Flows out: `Text`, a program of NumPy alone, which is also
what runs. It keeps as few arrays as it can: a call writes into an array that holds nothing any more, most often into the one
that its own argument was in. Such arrays are kept from call to call, and so are still in the cache; what is returned is new
each time.
"""

from __future__ import annotations

import math
import operator
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..containers import flatten, with_paths
from ..graphs.graph import Graph
from ..graphs.nodes import Look, Ref, refs_in
from ..graphs.program import Op, is_number
from ..views.notation import Term
from ..views.source.expressions import Expressions
from ..views.source.layout import in_form_of
from ..views.source.names import identifier
from .blocks import Blocks
from .code import Code
from .kernels import added_at, dot, less_one_at, less_one_in_column, masked, ones, picked, picked_in_column, placed_at
from .tracing import Like, shaped_by_values

VIEWS = {np.transpose, np.swapaxes, np.reshape, np.moveaxis, np.expand_dims, np.squeeze, np.ravel}
FLOATS = ("float32", "float64")
OF_NUMBERS = {
    np.add,
    np.subtract,
    np.multiply,
    np.divide,
    np.maximum,
    np.minimum,
    np.power,
    np.greater,
    np.greater_equal,
    np.less,
    np.less_equal,
    np.equal,
    np.not_equal,
}  # they treat a number as they would treat an array of no axes
BITS = {"float32": "int32", "float64": "int64"}


class Slot(NamedTuple):
    """An array that values are written into, one after another."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    axis: int | None  # which axis has the rows of a block


class Text(NamedTuple):
    """A compiled program.

    text:      the module
    name:      the function in it
    constants: arrays from outside, by the names of parameters: see `Expressions.constants`
    given:     for each parameter that is not one of the user's, the id of the value
    slots:     the arrays that are kept
    in_place:  how many calls write into the array that their own argument was in
    nested:    whether the gradients come in the form of the arguments; otherwise they are a list
    """

    text: str
    name: str
    constants: dict[str, Any]
    given: dict[str, int]
    slots: list[Slot]
    in_place: int
    calls: int
    nested: bool
    both: set[str]


class Writer:
    """Writes the lines of one program."""

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
        self.e.taken |= {"buffers", "spare", "workspace", "i", "j", "Changed", "check", "is_finite", "np"}
        self.sections: dict[str, list[str]] = {"before": [], "loop": [], "after": []}
        self.now = "before"
        self.imports: set[str] = set()
        self.slots: list[Slot] = []
        self.spare: dict[Any, list[Slot]] = {}
        self.slot_of: dict[int, Slot] = {}  # the slot in which a value is
        self.roots: dict[int, set[int]] = {}  # the values in whose memory a value may be
        self.last: dict[int, int] = {}
        self.ones: dict[tuple[Any, ...], str] = {}
        self.setup: list[str] = []  # of the loop: what has to be there before the first block
        self.cuts: list[str] = []  # what is cut to the rows of a block
        self.in_place, self.calls = 0, 0
        self.opening: list[tuple[int, str]] = []
        dtypes = {given.dtype for given in code.given.values()} | {op.dtype for op in code.ops.values()}
        self.mixed = (
            len(dtypes & {"float16", "float32", "float64"}) > 1
        )  # what a call gives may not be what it gave in the trace
        self.avoid: Collection[str] = ()  # names of NumPy's that a function in the text has as well
        self.given: dict[str, int] = {}
        self.whole_rows: dict[int, str] = {}
        self.seen_as: dict[tuple[str, str], str] = {}  # a slot in another form: its transpose, its bits
        self.turned: set[str] = set()  # those whose numbers are not in order: to make a vector of one is to copy it
        self.cells: dict[int, str] = {}  # single numbers in arrays of their own, which NumPy takes faster than numbers
        self.literals: dict[tuple[Any, str], str] = {}

    # --- names ------------------------------------------------------------------------------------------------------------

    def imported(self, name: str) -> str:
        if name in self.avoid:
            return f"np.{name}"
        self.imports.add(name)
        self.e.taken.add(name)
        return name

    def parameters(self) -> tuple[list[str], list[str]]:
        """The parameters of the function; and lines that take the values out of them."""
        found, lines, inside, used = [], [], set[int](), self.code.counts()
        for parameter, nest in self.graph.arguments:
            name = self.e.free(identifier(parameter))
            found.append(name)
            for path, value in with_paths(nest):
                if isinstance(value, Ref):
                    inside.add(value.id)
                    text = name
                    if path and value.id in used:
                        text = self.e.free(identifier(self.graph[value.id].name or name + path))
                        lines.append(f"{text} = {name}{path}")
                    self.e.pieces[value.id] = Term(text)
        for i, given in self.code.given.items():
            if i not in inside and i in used:
                name = self.e.free(identifier(self.graph[i].name or ("data" if given.kind == "constant" else "w")))
                found.append(name)
                self.given[name] = i
                self.e.pieces[i] = Term(name)
        return found, lines

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
        slot = Slot(self.e.free(f"t{sum(s.name[0] == 't' for s in self.slots)}"), shape, dtype, axis)
        self.slots.append(slot)
        return slot

    def release(self, slot: Slot) -> None:
        self.spare.setdefault((slot.shape, slot.dtype, slot.axis), []).append(slot)

    def destination(self, op: Op, position: int, inside: bool) -> str | None:
        """The array that a call writes into; None if it makes a new one. With `inside`, it may be that of an argument."""
        axis = self.rows.axis.get(op.id) if self.rows else None
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
        return any(i in roots and other != i and self.last.get(other, -1) > position for other, roots in self.roots.items())

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
        name = self.e.free(self.end_names[op.id])
        self.setup.append(f"{name} = {self.imported('empty')}({op.shape}, {self.dtype(op.dtype)})")
        rows = self.e.free(f"{name}_rows")
        axis = self.rows.axis[op.id]
        self.cuts.append(f"{rows} = {name}[{':, ' * axis}i:j]")
        self.whole_rows[op.id] = name
        self.e.pieces[op.id] = Term(rows)
        return rows

    def dtype(self, dtype: str) -> str:
        return f"np.{dtype}" if dtype != "bool" else "bool"

    def row_of_ones(self, n: int, dtype: str, of_rows: bool) -> str:
        """A vector of ones."""
        key = (n, dtype, of_rows)
        if key not in self.ones:
            slot = Slot(self.e.free(f"ones_{n}" if not of_rows else "ones"), (n,), dtype, 0 if of_rows else None)
            self.ones[key] = slot.name
            self.slots.append(slot)
        return self.ones[key]

    def seen(self, text: str, form: str, ending: str) -> str:
        """An array in another form, like ``.T``: for one that is kept, this is kept, too."""
        if not any(slot.name == text for slot in self.slots) and text not in self.seen_as.values():
            return text + form
        key = (text, form)
        if form.startswith((".ravel", ".reshape")) and text in self.turned:
            return text + form  # which copies
        if key not in self.seen_as:
            self.seen_as[key] = self.e.free(f"{text}_{ending}")
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
            others = [self.code.dtype(arg) for arg in op.args if self.code.shape(arg)]
            if len(set(others)) == 1 and others[0] in FLOATS:
                return self.literal(float(value), others[0])
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
            self.slots.append(slot)
            self.cells[value.id] = slot.name
            line = f"{slot.name}[()] = {self.text(value)}"
            if value.id in self.code.given:
                self.opening.append((value.id, slot.name))
            elif self.now == "loop":
                self.setup.append(line)
            else:
                self.line(line)
        return self.cells[value.id]

    # --- the calls --------------------------------------------------------------------------------------------------------

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
        self.named = set[int]()
        self.end_ids = {ref.id for ref in refs_in(self.code.ends)}
        self.end_names = self.names_of_ends()
        for position, op in enumerate(ops):
            for ref in refs_in([op.args, op.keywords]):
                self.last[ref.id] = position
                if rows and first <= position <= end and ref.id not in ids:
                    self.last[ref.id] = end  # the next block needs it again
        for i in self.end_ids:
            self.last[i] = len(ops)
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
                np.matmul: self.matmul, masked: self.masked, less_one_at: self.less_one_at, picked: self.picked,
                placed_at: self.placed, added_at: self.placed, less_one_in_column: self.less_one_at,
                picked_in_column: self.picked, np.max: self.reduce, np.min: self.reduce, np.sum: self.reduce,
            }  # fmt: skip
            writers.get(f, self.ufunc)(op, position)

    def is_rows(self, op: Op) -> bool:
        return self.rows is not None and op.id in self.rows.axis

    def is_plain(self, op: Op) -> bool:
        """Whether a call is written as it is, with a new array for the result."""
        f = op.function
        if f in (masked, less_one_at, picked, less_one_in_column, picked_in_column, placed_at, added_at):
            return False
        floats = all(self.code.dtype(arg) in (None, op.dtype) for arg in op.args) and op.dtype in FLOATS
        if f is np.matmul:
            return not floats or any(len(self.code.shape(arg)) > 2 or not self.code.size(arg) for arg in op.args)
        if f in (np.max, np.min, np.sum):
            return not floats or not set(op.keywords) <= {"axis", "keepdims"} or not self.code.size(op.args[0])
        return not isinstance(f, np.ufunc) or f.nout != 1 or bool(op.keywords) or op.dtype == "object"

    def number(self, op: Op) -> None:
        """A call whose result is a single number."""
        text = self.inner(op) if op.function is dot else self.expression(op)
        if (op.function in VIEWS or op.function is operator.getitem) and self.code.shape(op.args[0]):
            text += "[()]"  # a number, and not the place in an array where it is now
        elif self.is_plain(op) and op.function is not dot:
            self.may_share(op)
        name = self.fresh(op)
        self.line(f"{name} = {text}", op)
        self.e.pieces[op.id] = Term(name)

    def expression(self, op: Op) -> str:
        if op.function is np.sqrt and not op.shape:
            return f"{self.text(op.args[0])} ** 0.5"  # the same for a number, without the cost of a call on arrays
        style = self.e.backward if op.backward else self.e.forward
        return style.term(self.e.call(op, style)).text

    def inner(self, op: Op) -> str:
        """A sum of products."""
        x, y = op.args
        loop = self.now == "loop"

        def flat(value: Any) -> str:
            made = self.code.op(value)
            if made is not None and made.function is ones:
                other = y if value is x else x
                n = self.code.size(other)
                if loop and self.rows and self.rows.total:
                    n = n // self.rows.total * self.rows.block
                return self.row_of_ones(n, op.dtype, loop)
            return self.flat(value)

        return f"{flat(x)}.dot({flat(y)})"

    def plain(self, op: Op) -> None:
        """A call written as it is. Its result may be in the memory of an argument."""
        self.may_share(op)
        text = self.expression(self.of_rows(op))
        fresh = isinstance(op.function, np.ufunc) or op.function is np.matmul
        if fresh:
            self.roots[op.id] = set()
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

    def kept_view(self, op: Op) -> str | None:
        """A transpose, or other form, of an array that is kept."""
        base = self.text(op.args[0])
        if "order" in op.keywords or op.function is np.ravel:
            return None
        if not any(slot.name == base for slot in self.slots) and base not in self.seen_as.values():
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

    def written(self, op: Op, text: str, out: str | None, keyword: bool = False) -> None:
        """The line of a call, given its text up to the array that it writes into."""
        if out is None:
            self.line(f"{self.text(Ref(op.id))} = {text})", op)
        else:
            self.line(f"{text}, {'out=' if keyword else ''}{out})", op)

    def ufunc(self, op: Op, position: int) -> None:
        """A function that NumPy computes element by element."""
        args = ", ".join(self.operand(arg, op) for arg in op.args)
        name = self.e.function(op.function)
        if name.startswith("np."):
            name = self.imported(name.removeprefix("np."))
        out = self.destination(op, position, True)
        self.written(op, f"{name}({args}", out, keyword=op.function in (np.maximum, np.minimum))

    def matmul(self, op: Op, position: int) -> None:
        """A product of matrices."""
        args = []
        for arg in op.args:
            made = self.code.op(arg)
            if made is not None and made.function is ones:
                args.append(self.row_of_ones(made.shape[0], op.dtype, False))
            else:
                args.append(self.text(arg))
        out = self.destination(op, position, False)
        self.written(op, f"{self.imported('dot')}({', '.join(args)}", out)

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
        """A value, or else 0."""
        x, mask = map(self.text, op.args)
        bits = BITS[op.dtype]
        axis = self.rows.axis.get(op.id) if self.rows else None
        whole = self.slot(self.shape(op), bits, axis)
        small = self.seen(mask, ".view(np.int8)", "small")
        self.line(f"{self.imported('negative')}({small}, {whole.name})", op)
        out = self.destination(op, position, True)
        if out is None:
            out = self.text(Ref(op.id))
            self.line(f"{out} = {self.imported('empty')}({op.shape}, {self.dtype(op.dtype)})")
        x, out = (self.seen(text, f".view(np.{bits})", "bits") for text in (x, out))
        self.line(f"{self.imported('bitwise_and')}({x}, {whole.name}, {out})")
        self.release(whole)

    def index_of_rows(self, n: int, of_rows: bool) -> str:
        key = (n, "index", of_rows)
        if key not in self.ones:
            slot = Slot(self.e.free("rows"), (n,), "index", 0 if of_rows else None)
            self.ones[key] = slot.name
            self.slots.append(slot)
        return self.ones[key]

    def picked(self, op: Op, position: int) -> None:
        """For each row, the number at its class."""
        x, classes = map(self.text, op.args)
        rows = self.index_of_rows(self.shape(op)[0], self.is_rows(op))
        place = f"{rows}, {classes}" if op.function is picked else f"{classes}, {rows}"
        if op.id in self.end_ids and self.is_rows(op):
            self.line(f"{self.rows_of_result(op)}[...] = {x}[{place}]", op)
            return
        name = self.fresh(op)
        self.line(f"{name} = {x}[{place}]", op)
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
        x, classes = map(self.text, op.args)
        out = self.destination(op, position, True)
        if out is None:
            out = self.text(Ref(op.id))
            self.line(f"{out} = {self.imported('array')}({x})", op)
        elif out != x:
            self.line(f"{self.imported('copyto')}({out}, {x})", op)
        by_row = op.function is less_one_at
        rows = self.index_of_rows(self.shape(op)[0 if by_row else 1], self.is_rows(op))
        self.line(f"{out}[{f'{rows}, {classes}' if by_row else f'{classes}, {rows}'}] -= 1", op)

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
        args = []
        for arg in op.args:
            made = self.code.op(arg)
            is_ones = made is not None and made.function is ones
            args.append(self.row_of_ones(self.rows.block, op.dtype, True) if is_ones and self.rows else self.text(arg))
        if op.function is np.matmul:
            self.line(f"{self.imported('dot')}({', '.join(args)}, {slot.name})", op)
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

    # --- what is returned ---------------------------------------------------------------------------------------------------

    def names_of_ends(self) -> dict[int, str]:
        """What the results are called."""
        found: dict[int, str] = {}
        for i, end in zip(self.wanted, self.code.ends[len(self.code.ends) - len(self.wanted) :]):
            if isinstance(end, Ref) and end.id in self.code.ops:
                name = self.graph[i].name or "x"
                short = name.rpartition("[")[2].strip("]\"'") if "[" in name else name.rpartition(".")[2]
                piece = self.e.pieces.get(i)
                own = piece.text if isinstance(piece, Term) else short
                found.setdefault(end.id, "d_" + identifier(own if own.isidentifier() else short))
        return found

    def result(self, value: Any, like: Like, seen: set[int]) -> str:
        """A value as it is returned: in its dtype, and in memory of its own."""
        dtype, shape, is_array = like
        text = self.whole_rows.get(value.id) if isinstance(value, Ref) else None
        text = text or self.text(value)
        if not shape:
            if dtype not in FLOATS and not is_array:
                return text
            if is_array:
                return f"{self.imported('array')}({text}, {self.dtype(dtype)})"
            number = isinstance(value, Ref) and value.id in self.code.ops and self.code.dtype(value) == dtype
            number = number and not self.mixed and self.is_sure(self.code.ops[value.id])
            return text if number else f"{self.imported(dtype)}({text})"
        again = isinstance(value, Ref) and value.id in seen
        if isinstance(value, Ref):
            seen.add(value.id)
        own = isinstance(value, Ref) and value.id in self.code.ops and not again
        if own and self.mixed:
            return f"{self.imported('asarray')}({text}, {self.dtype(dtype)})"
        return text if own else f"{self.imported('array')}({text}, order='C')"

    def is_sure(self, op: Op) -> bool:
        """Whether a single number is sure to come as one of NumPy's: other functions may give an array of no axes."""
        return (op.function is dot or isinstance(op.function, np.ufunc)) and any(True for _ in refs_in(op.args))

    def is_finite(self) -> str:
        self.e.definitions.modules["isfinite"] = "from math import isfinite as is_finite"
        return "is_finite"

    def check_finite(self) -> list[str]:
        """Where another order of operations may have made inf or nan: are the results finite?"""
        tainted = self.code.reach(self.code.unsafe)
        lines, parts = [], []
        for end in dict.fromkeys(ref.id for ref in refs_in(self.code.ends)):
            if end in tainted and end in self.code.ops:
                op = self.code.ops[end]
                text = self.whole_rows.get(end) or self.text(Ref(end))
                if not op.shape:
                    parts.append(text)
                elif self.is_rows(op):
                    n = math.prod(self.shape(op))
                    rows = self.text(Ref(end))
                    ones = self.row_of_ones(n, op.dtype, True)
                    flat = rows if len(op.shape) == 1 else f"{rows}.ravel()"
                    self.sections["loop"].append(f"check += float({flat}.dot({ones}))")
                    self.setup.append("check = 0.0")
                    parts.append("check")
                else:
                    ones = self.row_of_ones(math.prod(op.shape), op.dtype, False)
                    parts.append(f"{text}.dot({ones})" if len(op.shape) == 1 else f"{text}.ravel().dot({ones})")
        if parts:
            lines.append(f"if not {self.is_finite()}({' + '.join(parts)}): raise Changed('a result is not finite')")
        return lines

    # --- the whole ----------------------------------------------------------------------------------------------------------

    def program(self, likes: Sequence[Like], about: list[str], name: str) -> Text:
        """The text of the program. `likes` says what its results look like."""
        parameters, opening = self.parameters()
        name = self.e.free(name)
        for i in [i for i in self.looks if i in self.code.given]:
            for look in self.looks[i]:
                self.check_look(i, look)
        self.check_below()
        self.cut_given()
        numbers = self.as_numbers()
        self.write()
        after = self.sections["after"] if self.rows else self.sections["before"]
        after += self.check_finite()
        seen = set[int]()
        texts = [self.result(end, like, seen) for end, like in zip(self.code.ends, likes)]
        exact = not self.in_a_row
        returned, exact = self.form(dict(zip(self.wanted, texts[1:]))) if exact and self.wanted else ("", exact)
        result = texts[0] + (f", {returned}" if returned else "")
        if not exact:
            result = f"[{', '.join(texts)}]"
        body = [*opening, *numbers, *self.numbers(), *self.sections["before"]]
        body = [*self.taking(), *body] if self.slots else body
        if self.rows:
            body += [*self.setup, *self.loop(), *self.summed(), *after]
        if self.slots:
            body.append("spare.append(workspace)")
        body.append(f"return {result}")
        constants = [c for c in self.e.constants if c not in parameters]
        docstring = ['"""' + about[0], *(line for text in about[1:] for line in ("", text)), '"""']
        head = f"def {name}({', '.join([*parameters, *constants])}):"
        function = "\n".join([head, *("    " + line if line else "" for line in [*docstring, *aligned(body)])])
        changed = ['class Changed(Exception):\n    """What the program relies on is not so for these arguments."""']
        needs = changed if "raise Changed" in function else []
        modules = "\n".join(sorted(self.e.definitions.modules.values()))
        if self.imports:
            modules += "\n" + "\n".join(wrapped_import(sorted(self.imports)))
        own = [text for text in self.e.definitions.texts.values() if text]
        if self.literals:
            own.append(
                "\n".join(
                    f"{name} = np.array({number!r}{'' if dtype == 'float64' else ', np.' + dtype})"
                    for (number, dtype), name in self.literals.items()
                )
            )
        text = "\n\n\n".join([modules, *needs, *own, *self.buffers(), function]) + "\n"
        both = self.imports & set(self.e.definitions.texts)
        return Text(text, name, dict(self.e.constants), self.given, self.slots, self.in_place, self.calls, exact, both)

    def numbers(self) -> list[str]:
        """Single numbers among the arguments, as numbers of NumPy's: then 1 / 0 is inf, as everywhere in NumPy."""
        return [f"{cell}[()] = {self.text(Ref(i))}" for i, cell in self.opening]

    def as_numbers(self) -> list[str]:
        """Those that are computed with as numbers."""
        lines, used = [], set[int]()
        for op in self.code.needed():
            if not op.shape:
                used.update(ref.id for ref in refs_in([op.args, op.keywords]))
        for i, given in self.code.given.items():
            if given.shape == () and i in used and given.dtype in FLOATS:
                text = self.text(Ref(i))
                name = text if text.isidentifier() else self.e.free(identifier(text))
                lines.append(f"{name} = {self.imported(given.dtype)}({text})")
                self.e.pieces[i] = Term(name)
        return lines

    def cut_given(self) -> None:
        """The rows of arguments, as a block has them."""
        self.whole_names, self.cut_names = dict[int, str](), dict[int, str]()
        for i in self.rows.axis if self.rows else ():
            if i in self.code.given:
                whole = self.text(Ref(i))
                short = whole if whole.isidentifier() else identifier(self.graph[i].name or "x")
                self.whole_names[i], self.cut_names[i] = whole, self.e.free(f"{short}_rows")
                self.e.pieces[i] = Term(self.cut_names[i])

    def taking(self) -> list[str]:
        names = ", ".join([*(slot.name for slot in self.slots), *self.seen_as.values()])
        comma = "," * (len(self.slots) + len(self.seen_as) == 1)
        return ["workspace = spare.pop() if spare else buffers()", *wrapped(f"{names}{comma} = workspace")]

    def buffers(self) -> list[str]:
        """The function that makes the arrays, and the list of those that no call is using."""
        if not self.slots:
            return []
        made = [f"{slot.name} = {self.made(slot)}" for slot in self.slots]
        made += [f"{name} = {base}{form}" for (base, form), name in self.seen_as.items()]
        names = ", ".join([*(slot.name for slot in self.slots), *self.seen_as.values()])
        comma = "," * (len(self.slots) + len(self.seen_as) == 1)
        doc = (
            '"""The arrays that values are written into. A call takes them out of `spare`, and puts them back at its end."""'
        )
        lines = "\n".join("    " + line for line in [doc, *made, *wrapped(f"return {names}{comma}")])
        return [f"def buffers():\n{lines}\n\n\nspare = []"]

    def made(self, slot: Slot) -> str:
        if slot.shape == ():
            return "np.empty(())" if slot.dtype == "float64" else f"np.empty((), np.{slot.dtype})"
        if slot.dtype == "index":
            return f"np.arange({slot.shape[0]})"
        form = slot.shape[0] if len(slot.shape) == 1 else slot.shape
        kind = "" if slot.dtype == "float64" else f", {self.dtype(slot.dtype)}"
        return f"np.{'ones' if slot.name.startswith('ones') else 'empty'}({form}{kind})"

    def loop(self) -> list[str]:
        """The loop over blocks of rows."""
        assert self.rows is not None
        count, block = self.rows.total, self.rows.block
        lines = [
            f"for i in range(0, {count}, {block}):",
            f"    j = min(i + {block}, {count})" if count % block else f"    j = i + {block}",
        ]
        used = self.code.counts()
        for i in [i for i in self.rows.axis if i in self.code.given and i in used]:
            lines.append(f"    {self.cut_names[i]} = {self.whole_names[i]}[i:j]")
        lines += [f"    {line}" for line in self.cuts]
        tails = [slot for slot in self.slots if slot.axis is not None]
        if count % block and tails:
            lines.append(f"    if j - i < {block}:  # the last block is shorter")
            for slot in tails:
                if slot.axis == 0:
                    lines.append(f"        {slot.name} = {slot.name}[:{self.short(slot)}]")
                else:
                    shape = ", ".join("j - i" if i == slot.axis else str(n) for i, n in enumerate(slot.shape))
                    lines.append(f"        {slot.name} = {self.imported('empty')}(({shape}), {self.dtype(slot.dtype)})")
            names = {slot.name for slot in tails}
            for (base, form), name in self.seen_as.items():
                if base in names:
                    names.add(name)
                    lines.append(f"        {name} = {base}{form}")
        return lines + [f"    {line}" for line in self.sections["loop"]]

    def short(self, slot: Slot) -> str:
        assert self.rows is not None
        each = slot.shape[0] // self.rows.block
        return "j - i" if each == 1 else f"(j - i) * {each}"

    def summed(self) -> list[str]:
        """Sums over all blocks, as numbers of NumPy's."""
        assert self.rows is not None
        names = [
            (self.text(Ref(i)), self.code.ops[i].dtype)
            for i in self.code.ops
            if i in self.rows.summed and not self.code.ops[i].shape
        ]
        return [f"{name} = {self.imported(dtype)}({name})" for name, dtype in names if name.isidentifier()]

    def form(self, texts: Mapping[int, str]) -> tuple[str, bool]:
        """The gradients in the form of the arguments; or in a list, if they are in objects of other classes."""
        found, inside = [], set[int]()
        for _, nest in (self.graph.arguments[i] for i in self.order):
            ids = {ref.id for ref in refs_in(flatten(nest)[0])}
            if ids & set(texts):
                if not is_plain_nest(nest):
                    return f"[{', '.join(texts.values())}]", False
                found.append(in_form_of(nest, texts))
            inside |= ids
        found += [text for i, text in texts.items() if i not in inside]
        return (found[0] if len(found) == 1 and self.single else f"({', '.join(found)}{',' * (len(found) == 1)})"), True

    single = True  # whether gradients are wanted of one argument, and so come by themselves
    order: Sequence[int] = ()  # the positions of the arguments that gradients are wanted of
    in_a_row = False  # whether all results are returned in one list

    def check_below(self) -> None:
        """Classes that do not exist, or are to be ignored, are no case for this program."""
        for classes, count, ignored in self.code.below:
            text = self.text(classes)
            what = f"a class in {text} is not below {count}"
            test = f"{text}.size and {text}.astype(np.uint64).max() >= {count}"
            if ignored is not None:
                test = f"((({text} < 0) | ({text} >= {count})) & ({text} != {ignored})).any()"
            self.line(f"if {test}: raise Changed({what!r})")


def wrapped(text: str) -> list[str]:
    """A long line as several, inside brackets."""
    if len(text) < 110:
        return [text]
    start, names, end = (
        ("return (", text.removeprefix("return "), ")")
        if text.startswith("return")
        else ("(", text.removesuffix(" = workspace"), ") = workspace")
    )
    return [start, *("    " + line for line in textwrap.wrap(names, 104)), end]


def wrapped_import(names: list[str]) -> list[str]:
    text = f"from numpy import {', '.join(names)}"
    if len(text) < 110:
        return [text]
    return ["from numpy import (", *("    " + line for line in textwrap.wrap(", ".join(names) + ",", 104)), ")"]


def is_plain_nest(nest: Any) -> bool:
    """Whether a nest is of plain dicts, lists and tuples."""
    if isinstance(nest, Ref) or nest is None:
        return True
    if type(nest) in (list, tuple):
        return all(map(is_plain_nest, nest))
    return type(nest) is dict and all(map(is_plain_nest, nest.values()))


def aligned(lines: list[str]) -> list[str]:
    """Lines with their comments below each other."""
    parts = [line.split("  # ", 1) for line in lines]
    width = max((len(part[0]) for part in parts if len(part) == 2 and len(part[0]) < 90), default=0)
    return [f"{part[0]:<{width}}  # {part[1]}" if len(part) == 2 else part[0] for part in parts]
