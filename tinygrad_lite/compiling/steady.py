"""Whether a function computes the same each time that it is called, and if not, in which line of the user's it differs.

Flows in: the graphs of several calls, and the generators of random numbers that the function can reach. Flows out: yes, or
the line to name in an error. A program would repeat the random numbers of the call that was traced.
"""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

import numpy as np

from .. import messages
from ..containers import values_in
from ..frames import Line, is_users, line_of
from ..graphs.graph import Graph
from ..graphs.nodes import same
from .lookups import Lookups


class Unsteady(Exception):
    """The function computes with other numbers from outside each time that it is called: random ones, perhaps."""

    def __init__(self, line: Line | None, is_random: bool = False) -> None:
        self.line, self.is_random = line, is_random

    def message(self, f: Any) -> Exception:
        """What the user reads."""
        made: Exception = (messages.random_numbers if self.is_random else messages.unsteady)(f, self.line)
        return made


def changed(nest: Any) -> Any:
    """The same arguments with other floats."""
    if isinstance(nest, (float, np.ndarray, np.generic)) and np.asarray(nest).dtype.kind == "f":
        other = np.asarray(nest) * np.asarray(nest).dtype.type(2.9)
        return other if isinstance(nest, np.ndarray) else type(nest)(other)
    if isinstance(nest, np.ndarray):
        return nest[::-1].copy() if nest.ndim else nest  # the same whole numbers in other places
    if type(nest) in (list, tuple):
        return type(nest)(map(changed, nest))
    return {key: changed(item) for key, item in nest.items()} if type(nest) is dict else nest


def same_call(mine: Graph, other: Graph, of_one_way: bool = False) -> bool:
    """Whether a function computes the same if it is called again: it does not if it uses random numbers. With `of_one_way`,
    calls that went different ways count as the same: a guard tells them apart.
    """
    calls, others = (
        [(node.function, *numbers_in([node.args, node.keywords])) for node in graph.forward] for graph in (mine, other)
    )
    if of_one_way and [call[0] for call in calls] != [call[0] for call in others]:
        return True
    return same(calls, others) and same_constants(mine, other)


def line_of_difference(mine: Graph, other: Graph) -> Line | None:
    """The line of the first call that two calls of the function differ in."""
    for a, b in zip(mine.forward, other.forward):
        constants = [(mine[i].value, other[j].value) for i, j in zip(a.uses, b.uses) if mine[i].kind == "constant"]
        alike = a.function == b.function and same(numbers_in([a.args, a.keywords]), numbers_in([b.args, b.keywords]))
        if not alike or not all(same(x, y) for x, y in constants):
            return a.line
    return None


def random_generators(around: Lookups) -> list[Any]:
    """The generators of random numbers that a function can reach: those of NumPy and Python, and the user's own."""
    found = {id(each.value): each.value for each in around.found.values()} | {id(v): v for v in around.roots.values()}
    kinds = (np.random.Generator, np.random.RandomState, np.random.BitGenerator, random.Random)
    return [np.random.mtrand._rand, random, *(value for value in found.values() if isinstance(value, kinds))]


def state_of(generator: Any) -> Any:
    """What tells whether a generator has drawn numbers."""
    if isinstance(generator, np.random.Generator):
        return generator.bit_generator.state
    if isinstance(generator, np.random.RandomState):
        return generator.get_state(legacy=False)
    if isinstance(generator, random.SystemRandom):
        return None
    return generator.state if isinstance(generator, np.random.BitGenerator) else generator.getstate()


def line_that_draws(call: Callable[[], Any], generators: Sequence[Any]) -> Line | None:
    """The user's line that draws random numbers: make a call once more, and look after each line."""
    before, last, found = list(map(state_of, generators)), list[Line](), list[Line]()

    def look(frame: FrameType, event: str, _: Any) -> Any:
        if found or not is_users(frame):
            return None
        if last and not same(before, list(map(state_of, generators))):
            found.append(last[0])
            return None
        if event == "line":
            last[:] = [line_of(frame)]
        return look

    trace = sys.gettrace()
    sys.settrace(look)
    try:
        with contextlib.suppress(Exception):
            call()
    finally:
        sys.settrace(trace)
    return found[0] if found else None


def numbers_in(args: Any) -> list[Any]:
    """The numbers and texts among the arguments of a call."""
    return [value for value in values_in(args) if isinstance(value, (bool, int, float, complex, str, np.generic, np.ndarray))]


def same_constants(mine: Graph, other: Graph) -> bool:
    """Whether two calls computed with the same arrays from outside; True if they went different ways, which is guarded."""
    functions, others = ([node.function for node in graph.forward] for graph in (mine, other))
    if functions != others:
        return True
    pairs = [(mine[i], other[j]) for i, j in zip(mine.constants, other.constants)]
    return all(same(a.value, b.value) for a, b in pairs)
