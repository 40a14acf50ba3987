"""A compiled program that can be called: its text, executed, and what it gets besides the arguments.

Flows in: the plan of a program, and the options. Flows out: a `Program`, after all passes, cut into blocks,
written and executed. It gets the arrays from outside as they are in each call, and its results are put into the form of
the arguments.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import linecache
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..containers import flatten
from ..differentiation import positions
from ..graphs.nodes import Ref, same
from ..tensor import Tensor
from .blocks import Blocks, cut
from .conditions import all_hold
from .lookups import UNCHANGED, Variable
from .passes import PASSES, improved
from .tracing import Like, Plan
from .writing import Text, Writer

DIRECTION = object()  # in the place of an array from outside: a part of the vector that the Hessian is multiplied with
OTHER_SHAPE = object()  # what a call returns if an array from outside has another shape or dtype than before


class Program(NamedTuple):
    """A compiled program, and what is needed to call it.

    run:     the function in its text
    extras:  arrays from outside, which it gets after the arguments, each with its shape and dtype
    modes:   the modules that it computes with, and whether they were in training
    is_as_before: whether what it relies on around the function is as it was
    at:      which argument is the vector that the Hessian is multiplied with
    rebuild: makes what is returned of what `run` returns
    """

    text: Text
    plan: Plan
    run: Callable[..., Any]
    extras: list[tuple[Any, tuple[int, ...], np.dtype[Any]]]
    rebuild: Callable[[Any], Any] | None
    at: int | None = None
    modes: Sequence[tuple[Any, bool]] = ()
    is_as_before: Callable[[], bool] | None = None

    def outside(self, directions: Any = None) -> list[Any] | None:
        """The arrays from outside as they are now, and the parts of the vector; None if the program is not for them."""
        try:
            if self.is_as_before is not None and not self.is_as_before():
                return None
            return self.arrays(directions)
        except (LookupError, AttributeError, ValueError, TypeError):  # there is no such place any more
            return None

    def arrays(self, directions: Any) -> list[Any] | None:
        """The arrays from outside; None if one has another shape or dtype, or a module is in training now."""
        if any(module.training is not training for module, training in self.modes):
            return None
        found, rest = [], iter(() if directions is None else flatten(directions)[0])
        for holder, shape, dtype in self.extras:
            array = np.asarray(next(rest, None)) if holder is DIRECTION else data_of(holder)
            if array.shape != shape or (array.dtype is not dtype and array.dtype != dtype):
                return None
            found.append(array)
        return found


def data_of(holder: Any) -> Any:
    """An array from outside as it is now."""
    return holder.data if type(holder) is Variable or isinstance(holder, Tensor) else holder


def is_changed(program: Program, error: Exception) -> bool:
    """Whether a program has found that it is not for these arguments."""
    kind = program.run.__globals__.get("Changed")
    return kind is not None and isinstance(error, kind)


def called(program: Program, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    """Run a program."""
    v = None
    if program.at is not None:
        v, args = args[program.at], args[: program.at] + args[program.at + 1 :]
    extras = program.outside(v) if program.extras or program.modes or program.is_as_before else []
    if extras is None:
        return OTHER_SHAPE
    result = program.run(*args, *keywords.values(), *extras)
    return program.rebuild(result) if program.rebuild else result


def what_changed(program: Program) -> list[tuple[str, str]]:
    """The conditions that do not hold any more: what the user calls it, and the expression."""
    return [condition for condition in program.plan.conditions if not all_hold([condition], program.plan.roots)]


def trusting(program: Program, old: Program) -> Program | None:
    """A program, if it is the same as an older one although other numbers are in arrays outside: then it does not depend on
    these in a way that nobody has seen, and they may change.
    """
    changed = what_changed(old)
    mine, others = (
        [each.text.text, each.text.constants, [h for h, _, _ in each.extras if isinstance(h, np.ndarray)]]
        for each in (program, old)
    )
    if not same(mine, others) or not changed or any(not text.startswith(UNCHANGED) for _, text in changed):
        return None
    free = {label for label, _ in changed}
    kept = [(label, text) for label, text in program.plan.conditions if label not in free or not text.startswith(UNCHANGED)]
    return program._replace(plan=program.plan._replace(conditions=kept), is_as_before=as_before(kept, program.plan.roots))


def as_before(conditions: Sequence[tuple[str, str]], roots: Mapping[str, Any]) -> Callable[[], bool] | None:
    """The function that looks whether all is as it was."""
    text = " and ".join(text for _, text in conditions)
    return eval(f"lambda: {text}", dict(roots)) if text else None


def names_of_extras(text: Text) -> list[str]:
    return [*text.given, *(name for name in text.constants if name not in text.given)]


def place_of_vector(f: Any, args: tuple[Any, ...], options: dict[str, Any]) -> int | None:
    """Which argument is the vector that the Hessian is multiplied with; None if there is none."""
    if options["order"] == 1:
        return None
    with contextlib.suppress(ValueError, IndexError):
        chosen = [args[i] for i in positions(f, options["argnums"], len(args))]
        if all(np.shape(value) == () for value in flatten(chosen)[0]):
            return None
    return max(positions(f, options["argnums"], len(args) - 1)) + 1


def assembled(
    found: Plan, f: Any, options: dict[str, Any], without: Collection[str], block: int | None = None, at: int | None = None
) -> Program:
    """A program from the plan of it: all passes, the cut into rows, the text."""
    if found.code.mixed():
        without = (*PASSES, "blocks")  # single precision has to be rounded where the engine rounds
    code = improved(found.code, without)
    code.ends = [written_out(found, end) for end in code.ends]
    rows = cut(code, block) if "blocks" not in without else None
    looks = [(ref, look) for ref, look in zip(code.checks, found.graph.looks) if isinstance(ref, Ref)]
    avoid: Collection[str] = ()
    while True:
        writer = Writer(found.graph, code, rows, looks, found.wanted)
        writer.single = not isinstance(options["argnums"], (tuple, list)) and options["parameters"] is None
        writer.in_a_row = options["has_aux"] or options["parameters"] is not None or found.rebuild is not None
        writer.in_a_row |= options["order"] == 2
        writer.avoid, writer.order = avoid, order_of(f, found, options)
        text = writer.program(found.likes, about(f, found, rows), name_of(f, options))
        if not text.both:
            break
        avoid = {*avoid, *text.both}
    names: dict[str, Any] = {}
    file = f"<compiled {text.name} {id(text):x}>"
    exec(builtins.compile(text.text, file, "exec"), names)
    linecache.cache[file] = len(text.text), None, text.text.splitlines(True), file  # so that tracebacks show its lines
    extras = []
    for name in names_of_extras(text):
        if name in text.given and text.given[name] not in found.outside:
            like = found.code.given[text.given[name]]
            extras.append((DIRECTION, like.shape, np.dtype(like.dtype)))
            continue
        holder = found.outside[text.given[name]] if name in text.given else text.constants[name]
        array = data_of(holder)
        extras.append((holder, array.shape, array.dtype))
    rebuild, conditions = rebuilder(f, found, text, options, at), as_before(found.conditions, found.roots)
    return Program(text, found, names[text.name], extras, rebuild, at, found.modes, conditions)


def written_out(found: Plan, end: Any) -> Any:
    """A result that is always the same number, such as a second derivative that is 0, as this number."""
    holder = found.outside.get(end.id) if isinstance(end, Ref) else None
    return float(holder) if isinstance(holder, np.float64) else end


def order_of(f: Any, found: Plan, options: dict[str, Any]) -> list[int]:
    """The positions of the arguments that gradients are wanted of, in the order in which they are asked for."""
    if options["parameters"] is not None or options["value_only"]:
        return []
    return positions(f, options["argnums"], found.positional)


def rebuilder(
    f: Any, found: Plan, text: Text, options: dict[str, Any], program_at: int | None
) -> Callable[[Any], Any] | None:
    """What makes the results of what the text returns; None if they are it."""
    if text.nested:
        return None
    results = len(found.likes) - len(found.wanted)
    if options["parameters"] is not None:
        return functools.partial(into_grad, [found.outside[i] for i in found.wanted])
    if not found.wanted and found.rebuild is not None and not (options["has_aux"] and not options["value_only"]):
        return found.rebuild
    nests = [found.graph.arguments[i][1] for i in order_of(f, found, options)]
    place = {i: k for k, i in enumerate(found.wanted)}
    parts = [(None if isinstance(nest, Ref) else flatten(nest)[1], [place[i] for i in refs_of(nest)]) for nest in nests]
    single = not isinstance(options["argnums"], (tuple, list))

    def nest_of(values: Sequence[Any]) -> Any:
        """Values of the variables in the form of the arguments."""
        made = [
            values[ks[0]] if put_together is None else put_together([values[k] for k in ks]) for put_together, ks in parts
        ]
        return made[0] if single else tuple(made)

    n = len(found.wanted) if options["order"] == 2 else 0
    upper = {pair: k for k, pair in enumerate((i, j) for i in range(n) for j in range(i, n))}
    squares = [
        [upper[min(i, j), max(i, j)] for j in range(n)] for i in range(n)
    ]  # where the Hessian is in what comes in a row

    def rebuild_second(flat: Sequence[Any]) -> Any:
        """The value, the gradient, and the second derivatives."""
        second = flat[1:results]
        if program_at is not None:
            return flat[0], nest_of(flat[results:]), nest_of(second)
        likes = found.likes[results:]
        rows = [nest_of([as_kind(second[k], likes[j]) for j, k in enumerate(row)]) for row in squares]
        return flat[0], nest_of(flat[results:]), nest_of(rows)

    if options["order"] == 2:
        return rebuild_second

    def rebuild(flat: Sequence[Any]) -> Any:
        nest = nest_of(flat[results:])
        if not options["has_aux"]:
            return flat[0], nest
        return (flat[0], found.rebuild(flat[1:results])), nest  # type: ignore[misc]

    return rebuild


def as_kind(value: Any, like: Like) -> Any:
    """A second derivative as an array, or as a number: like the gradient of the variable that it is in the column of."""
    return np.asarray(value) if like.is_array else np.asarray(value)[()]


def refs_of(nest: Any) -> list[int]:
    return [ref.id for ref in flatten(nest)[0] if isinstance(ref, Ref)]


def into_grad(parameters: Sequence[Tensor], flat: Sequence[Any]) -> Any:
    """Add gradients to those in ``.grad``, as `backward` does; returns the value."""
    value, *gradients = flat
    for p, g in zip(parameters, gradients):
        p.grad = g if p.grad is None else p.grad + g
    return value


def name_of(f: Any, options: dict[str, Any]) -> str:
    """What the function in the text is called."""
    name = getattr(f, "__name__", "")
    name = name if name.isidentifier() else "value"
    ending = "_and_gradient" if options["order"] == 1 else "_and_derivatives"
    if options["value_only"]:
        ending = "_value" if hasattr(np, name) else ""
    return f"{name}{ending}"


def about(f: Any, found: Plan, rows: Blocks | None) -> list[str]:
    """What the docstring of the text says."""
    names = [found.graph[i].name or "an argument" for i in found.wanted]
    lines = [f"The value of {messages.called(f)}" + (f", and its gradient in {', '.join(names)}." if names else ".")]
    shapes = [f"{found.graph[i].name} {found.graph[i].shape}" for i in found.graph.inputs if found.graph[i].shape]
    lines.append(f"For arrays of these shapes: {', '.join(shapes)}." if shapes else "For single numbers.")
    if rows:
        lines.append(
            f"It works on {rows.block:,} of the {rows.total:,} rows at a time. What it computes of them stays in the cache."
        )
    return lines
