"""A compiled program as text: a function, the arrays that it keeps, the loop over blocks of rows, and what it returns.

Flows in: a `Code` after all passes, and how it is cut into blocks of rows. Flows out: `Text`, a program that needs only
NumPy. The same text is executed.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..containers import flatten, with_paths
from ..graphs.nodes import Ref, refs_in
from ..graphs.program import Op
from ..views.notation import Term
from ..views.source.layout import in_form_of
from ..views.source.names import identifier
from .calls import Calls
from .kernels import dot
from .storage import FLOATS, NOT_FINITE, Slot
from .tracing import Like


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


class Writer(Calls):
    """Writes the text of one program."""

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

    # --- what is returned ---------------------------------------------------------------------------------------------------

    def names_of_ends(self) -> dict[int, str]:
        """What the results are called."""
        found: dict[int, str] = {}
        for i, end in zip(self.wanted, self.code.ends[len(self.code.ends) - len(self.wanted) :]):
            if isinstance(end, Ref) and end.id in self.code.ops:
                name = self.graph[i].name or "x"
                short = name.rpartition("[")[2].strip("]\"'") if "[" in name else name.rpartition(".")[2]
                piece = self.e.pieces.get(i)
                own = self.whole_names.get(i) or (piece.text if isinstance(piece, Term) else short)
                found.setdefault(end.id, "d_" + identifier(own if own.isidentifier() else short))
        return found

    def result(self, value: Any, like: Like, seen: set[int]) -> str:
        """A value as it is returned: in its dtype, and in memory of its own."""
        dtype, shape, is_array, is_float = like
        text = self.whole_rows.get(value.id) if isinstance(value, Ref) else None
        text = text or self.text(value)
        if is_float:
            return f"float({text})"
        if not shape:
            if dtype not in FLOATS and not is_array:
                return text
            number = isinstance(value, Ref) and value.id in self.code.ops and self.code.dtype(value) == dtype
            number = number and not self.mixed and self.is_sure(self.code.ops[value.id])
            if is_array:
                return f"{self.imported('array')}({text}{'' if number else f', {self.dtype(dtype)}'})"
            return text if number else f"{self.imported(dtype)}({text})"
        again = isinstance(value, Ref) and value.id in seen
        if isinstance(value, Ref):
            seen.add(value.id)
        own = isinstance(value, Ref) and value.id in self.code.ops and not again
        if own and self.mixed:
            return f"{self.imported('asarray')}({text}, {self.dtype(dtype)})"
        kind = f", {self.dtype(dtype)}" if self.mixed else ""
        return text if own else f"{self.imported('array')}({text}{kind}, order='C')"

    def is_sure(self, op: Op) -> bool:
        """Whether a single number is sure to come as one of NumPy's: other functions may give an array of no axes."""
        return (op.function is dot or isinstance(op.function, np.ufunc)) and any(True for _ in refs_in(op.args))

    def is_finite(self) -> str:
        self.e.definitions.modules["isfinite"] = "from math import isfinite as is_finite"
        return "is_finite"

    def check_finite(self) -> list[str]:
        """Where another order of operations may have made inf, nan or 0: are the results finite, and not all 0?"""
        tainted = self.code.reach(self.code.unsafe)
        lines, parts, nonzero = [], [], []
        for end in dict.fromkeys(ref.id for ref in refs_in(self.code.ends)):
            if end in tainted and end in self.code.ops:
                op = self.code.ops[end]
                whole, rows = self.whole_rows.get(end), self.text(Ref(end))
                if not op.shape:
                    parts.append(whole or rows)
                    nonzero.append(whole or rows)
                    continue
                ones = self.row_of_ones(math.prod(self.shape(op)), op.dtype, self.is_rows(op))
                total, flat = self.e.free("check"), rows if len(op.shape) == 1 else f"{rows}.ravel()"
                parts.append(total)
                nonzero.append(f"({total} or {whole or rows}.any())")
                if self.is_rows(op):
                    self.sections["loop"].append(f"{total} += float({flat}.dot({ones}))")
                    self.setup.append(f"{total} = 0.0")
                else:
                    lines.append(f"{total} = {flat}.dot({ones})")
        if parts:
            test = " and ".join([f"{self.is_finite()}({' + '.join(parts)})", *nonzero])
            lines += [f"if not ({test}):", f"    raise Changed({NOT_FINITE!r})"]
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
        self.end_names = self.names_of_ends()
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
        """Those that are computed with as numbers; and all, where a float of Python's would take on single precision."""
        lines, used = [], set[int]()
        for op in self.code.needed():
            if not op.shape or self.mixed:
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
        form = str(slot.shape[0] if len(slot.shape) == 1 else slot.shape)
        kind = "" if slot.dtype == "float64" else f", {self.dtype(slot.dtype)}"
        made = {None: "empty", 0.0: "zeros", 1.0: "ones"}.get(slot.holds, "full")
        return f"np.{made}({form}{f', {slot.holds!r}' * (made == 'full')}{kind})"

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
                    here = f"[{':, ' * (slot.axis or 0)}:j - i]"
                    shape = ", ".join("j - i" if i == slot.axis else str(n) for i, n in enumerate(slot.shape))
                    made = f"{self.imported('empty')}(({shape}), {self.dtype(slot.dtype)})"
                    lines.append(f"        {slot.name} = {made if slot.holds is None else slot.name + here}")
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
            largest = f"{text}.{'view' if self.code.dtype(classes) == 'int64' else 'astype'}(np.uint64).max()"
            if not self.code.size(classes):
                continue
            test = f"{largest} >= {count}"  # a negative one becomes a very large one
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
