"""The program while it is compiled: calls in order, as plain data, and the values that it returns.

Flows in: the simplified `Program` of a graph. Flows out: a `Code`, which one pass after another turns into another `Code`
that computes the same values at less cost. A pass goes through the calls in order, and says for some of them what is to
be computed instead; a call that is there already is found and used again, and a call that nothing needs any more is left
out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..graphs.nodes import Ref, filled, refs_in
from ..graphs.program import Op, is_number, key_of


class Given(NamedTuple):
    """A value that is there before the program runs: an argument, or an array from outside."""

    shape: tuple[int, ...]
    dtype: str
    kind: str  # "input", "constant", or "tensor": a Tensor from outside
    wanted: bool = False  # whether a gradient is wanted of it
    is_float: bool = False  # whether it is a float of Python's, which takes on the dtype of what it is computed with


OPERATORS = {
    np.add, np.subtract, np.multiply, np.divide, np.floor_divide, np.remainder, np.power, np.negative, np.positive,
    np.absolute, np.square, np.reciprocal,
}  # fmt: skip
Change = Callable[["Code", Op], Any]


class Code:
    """Calls in order (`ops`, by id), what is given before them, and what they are for.

    ends:    the result, and the gradients
    checks:  values that have to be what they were when the function was traced; see `guards.py`
    below:   arrays of whole numbers, each with the number that all of them have to be below
    origin:  for each call, the node of the graph that it stands for: it has the line and the name
    unsafe:  the calls which may give inf or nan, by another order of operations, where the engine does not
    """

    def __init__(self, given: Mapping[int, Given], first: int) -> None:
        self.given, self.first = given, first
        self.ops: dict[int, Op] = {}
        self.ends: list[Any] = []
        self.checks: list[Any] = []
        self.below: list[Any] = []
        self.origin: dict[int, int] = {}
        self.unsafe: set[int] = set()
        self.known: dict[Any, int] = {}
        self.constants: dict[int, Any] = {}  # the value of each array from outside
        self.old: dict[int, set[int]] = {}  # which calls of the program before this one a value stands for
        self.uses: dict[int, int] = {}  # and how often those are used
        self.floats: dict[Any, bool] = {}  # what `is_float` has found

    # --- values ---------------------------------------------------------------------------------------------------------

    def op(self, value: Any) -> Op | None:
        """The call that computes a value; None for what is given, and for numbers."""
        return self.ops.get(value.id) if isinstance(value, Ref) else None

    def shape(self, value: Any) -> tuple[int, ...]:
        if isinstance(value, Ref):
            return self.ops[value.id].shape if value.id in self.ops else self.given[value.id].shape
        return tuple(getattr(value, "shape", ()))

    def dtype(self, value: Any) -> str | None:
        """The dtype of a value, as text; None for a Python number, which takes on that of the other argument."""
        if isinstance(value, Ref):
            return self.ops[value.id].dtype if value.id in self.ops else self.given[value.id].dtype
        return str(value.dtype) if hasattr(value, "dtype") else None

    def is_float(self, value: Any) -> bool:
        """Whether a value is a float of Python's: such an argument, or what operators make of these alone."""
        if is_number(value):
            return True
        if not isinstance(value, Ref):
            return False
        if value not in self.floats:
            op = self.op(value)
            given = self.given.get(value.id)
            operates = op is not None and op.function in OPERATORS and all(map(self.is_float, op.args))
            self.floats[value] = operates or (given is not None and given.is_float)
        return self.floats[value]

    def mixed(self) -> bool:
        """Whether it computes with floats of several lengths. Then what is rounded to the shorter ones decides over the last
        digits of the longer ones.
        """
        dtypes = {self.dtype(Ref(i)) for i in (*self.given, *self.ops) if not self.is_float(Ref(i))}
        return len(dtypes & {"float16", "float32", "float64"}) > 1

    def value_of(self, value: Any) -> Any:
        """The numbers of an array that is known when the program is compiled; None for any other."""
        return self.constants.get(value.id) if isinstance(value, Ref) else value if hasattr(value, "shape") else None

    def size(self, value: Any) -> int:
        return math.prod(self.shape(value))

    # --- calls ----------------------------------------------------------------------------------------------------------

    def add(
        self,
        function: Any,
        args: tuple[Any, ...],
        shape: Sequence[int],
        like: Op,
        keywords: Mapping[str, Any] | None = None,
        dtype: str | None = None,
        unsafe: bool = False,
    ) -> Ref:
        """A call that is part of computing `like`; the same call if it is there already."""
        dtype, keywords = dtype or like.dtype, keywords or {}
        operands = tuple(map(key_of, args))
        if function in (np.add, np.multiply):  # x + y is y + x
            operands = tuple(sorted(operands, key=repr))
        key = (function, operands, tuple((name, key_of(value)) for name, value in sorted(keywords.items())), tuple(shape))
        if key not in self.known:
            new = self.known[key] = self.first + len(self.ops)
            self.ops[new] = Op(new, function, args, keywords, tuple(shape), dtype, like.backward)
            self.origin[new] = self.origin_of(like)
        if unsafe:
            self.unsafe.add(self.known[key])
        return Ref(self.known[key])

    def origin_of(self, op: Op) -> int:
        return self.origins.get(op.id, op.id)

    origins: Mapping[int, int] = {}

    def again(self, op: Op) -> Ref:
        """A call as it is."""
        return self.add(op.function, op.args, op.shape, op, op.keywords)

    def rebuilt(self, change: Change) -> Code:
        """The same program, with ``change(new, call)`` in the place of each call; None leaves the call as it is.

        `change` gets a call whose arguments are values of the new program already, and adds to that what it needs.
        """
        new = Code(self.given, self.first)
        new.origins, new.constants = self.origin, self.constants
        counts = self.counts()
        of: dict[int, Any] = {i: Ref(i) for i in self.given}
        new.old = {i: {i} for i in self.given}
        for op in self.needed():
            args = filled((op.args, op.keywords), of.__getitem__)
            moved = op._replace(args=args[0], keywords=args[1])
            value = change(new, moved)
            value = new.again(moved) if value is None else value
            if op.id in self.unsafe and isinstance(value, Ref):
                new.unsafe.add(value.id)
            of[op.id] = value
            if isinstance(value, Ref):
                new.old.setdefault(value.id, set()).add(op.id)
                new.uses[value.id] = new.uses.get(value.id, 0) + counts[op.id]
        new.ends, new.checks, new.below = filled([self.ends, self.checks, self.below], of.__getitem__)
        return new

    def needed(self) -> Iterator[Op]:
        """The calls that lead to what is returned or checked, in order."""
        counts = self.counts()
        return (op for op in list(self.ops.values()) if op.id in counts)

    def counts(self) -> dict[int, int]:
        """How often each value is used that leads to what is returned or checked."""
        counts: dict[int, int] = {}

        def count(args: Any) -> None:
            for ref in refs_in(args):
                counts[ref.id] = counts.get(ref.id, 0) + 1

        count([self.ends, self.checks, self.below])
        for op in reversed(list(self.ops.values())):
            if op.id in counts:
                count([op.args, op.keywords])
        return counts

    def reach(self, start: set[int]) -> set[int]:
        """The calls that depend on one of `start`, and these themselves."""
        found = set(start)
        for op in self.ops.values():
            if any(ref.id in found for ref in refs_in([op.args, op.keywords])):
                found.add(op.id)
        return found
