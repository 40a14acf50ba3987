"""Random expressions, written once and run by us and by other engines: what `test_peers.py` compares.

An expression is plain data: some input arrays, and a straight line of steps. Each step names an operation of the table
(`operations.py`), the numbers of the arrays it takes, and its constants (axes, indices, exponents). The number of an
array is its place in the list of inputs and results, so the whole is readable and can be typed in again::

    inputs  0: float64 (2, 3) from seed 7      steps  1: sin(0)      2: sum(1, axis=0, keepdims=True)

The strategy runs each step with NumPy while it draws, and so knows every shape and every number. It leaves a step out

- if the step would be nearer than `CORNER` to a place where a derivative jumps or blows up (a tie of max or sort, |x| at
  0, a step of floor): there, engines may choose between several answers. Each operation says how far away it is, as its
  `distance`. The numbers themselves are random, so ties come only from the structure of the expression, as after relu;
- if the peer cannot do it for just these arrays (see `limits` of an operation);
- if the result would be larger than `LARGEST` elements, or not finite.

A result with numbers above `HIGHEST` is scaled down by one more step: numbers stay of order 1 however long the expression.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

CORNER, LARGEST, HIGHEST = 1e-3, 40, 3.0
SHAPES: list[tuple[int, ...]] = [
    (3,),
    (2, 3),
    (),
    (3, 2),
    (3, 3),
    (1,),
    (1, 3),
    (2, 1),
    (4,),
    (2, 2, 3),
    (2, 1, 3),
    (2, 3, 1),
]
PEERS = ("torch", "jax", "autograd")


class Operation(NamedTuple):
    """One thing that a step can do.

    name:       what expressions call it
    covers:     the registered functions it is there to test
    form:       how it is written: a function of a namespace that has NumPy's names, then the arrays, then the constants
    pick:       picks arrays that fit and draws constants: builder -> (numbers of arrays, constants)
    distance:   how far the arrays are from a corner of it: a function of plain arrays and the constants
    lacks:      the peers that have nothing to compare it with, and why
    limits:     the peers that have it for some arrays and constants only: why, and a function that tells for which
    """

    name: str
    covers: tuple[str, ...]
    form: Callable[..., Any]
    pick: Callable[[Builder], tuple[list[int], dict[str, Any]]]
    distance: Callable[..., Any] | None = None
    lacks: Mapping[str, str] = {}
    limits: Mapping[str, tuple[str, Callable[..., bool]]] = {}


OPERATIONS: dict[str, Operation] = {}  # name -> what it does; filled by operations.py


class Input(NamedTuple):
    """An input array: random numbers from a seed."""

    shape: tuple[int, ...]
    dtype: str
    seed: int

    def array(self) -> np.ndarray:
        """Numbers from -2 to 2. As 0-d input a NumPy array too, not a scalar: every engine takes that."""
        return np.asarray(np.random.default_rng(self.seed).uniform(-2, 2, self.shape), self.dtype)


class Step(NamedTuple):
    """The operation `name` of the arrays with these numbers."""

    name: str
    args: tuple[int, ...]
    constants: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}({', '.join([*map(str, self.args), *(f'{k}={v!r}' for k, v in self.constants.items())])})"


class Expression(NamedTuple):
    """Inputs, steps, and a seed for the weights of the sum and the direction of the second derivative."""

    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    seed: int

    def __repr__(self) -> str:
        lines = [f"{i}: {x.dtype} {x.shape} from seed {x.seed}" for i, x in enumerate(self.inputs)]
        lines += [f"{i}: {step}" for i, step in enumerate(self.steps, len(self.inputs))]
        return "\n  ".join([f"expression with seed {self.seed}", *lines])

    @property
    def single(self) -> bool:
        """Whether a part of it is computed in single precision."""
        return any(x.dtype == "float32" for x in self.inputs)


def run(expression: Expression, names: Any, arrays: Sequence[Any], constant: Any, nudge: Any = None) -> Any:
    """The last array.

    names:     the namespace of an engine
    constant:  makes its kind of array of a plain one
    nudge:     what is done to each result on the way
    """
    values = list(arrays)
    for step in expression.steps:
        constants = {key: converted(value, constant) for key, value in step.constants.items()}
        out = OPERATIONS[step.name].form(names, *(values[i] for i in step.args), **constants)
        values.append(out if nudge is None else nudge(out))
    return values[-1]


def converted(value: Any, constant: Callable[[np.ndarray], Any]) -> Any:
    """A constant with the arrays in it converted."""
    if isinstance(value, np.ndarray):
        return constant(value)
    return type(value)(converted(v, constant) for v in value) if type(value) in (tuple, list) else value


def weights_for(expression: Expression, arrays: Sequence[np.ndarray], out: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The weights of the sum that makes one number of the result, and the direction of the second derivative."""
    rng = np.random.default_rng(expression.seed)
    dtype = np.float32 if expression.single else np.float64
    return rng.uniform(0.5, 1.5, np.shape(out)).astype(dtype), [np.asarray(rng.normal(size=a.shape), a.dtype) for a in arrays]


# --- drawing ----------------------------------------------------------------------------------------------------------


class Builder:
    """An expression in the making: what operations pick their arrays from, and draw their constants with."""

    def __init__(self, draw: Any, names: Any, peer: str) -> None:
        self.draw, self.names, self.peer = draw, names, peer
        self.inputs: list[Input] = []
        self.values: list[Any] = []
        self.pool: list[int] = []  # the numbers of the arrays to pick from: all but those that were scaled down
        self.steps: list[Step] = []
        self.single = False

    # drawing constants

    def choice(self, options: Sequence[Any]) -> Any:
        return self.draw(st.sampled_from(options))

    def number(self, low: int, high: int) -> int:
        return self.draw(st.integers(low, high))

    def flag(self) -> bool:
        return self.draw(st.booleans())

    def seed(self) -> int:
        return self.draw(st.integers(0, 2**31))

    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed())

    def axis(self, i: int) -> int:
        return self.number(-np.ndim(self.values[i]), np.ndim(self.values[i]) - 1)

    def shape(self, i: int) -> tuple[int, ...]:
        return np.shape(self.values[i])

    # picking arrays

    def array(self, fits: Callable[[tuple[int, ...]], bool] = lambda shape: True) -> int:
        """The number of an array whose shape `fits`: the newest one, or any; if there is none, one is made."""
        found = [i for i in reversed(self.pool) if fits(self.shape(i))]
        if not found:
            return self.of_shape(self.choice([shape for shape in SHAPES if fits(shape)]))
        return found[0] if self.flag() else self.choice(found)

    def vectors(self) -> int:
        return self.array(lambda shape: len(shape) > 0)

    def matrices(self) -> int:
        return self.array(lambda shape: len(shape) > 1)

    def of_shape(self, shape: tuple[int, ...]) -> int:
        """The number of an array of exactly this shape: an existing one, or some array's elements put in that shape."""
        found = [i for i in self.pool if self.shape(i) == shape]
        if found and self.number(0, 3):
            return self.choice(found)
        i = self.array()
        index = np.arange(int(np.prod(shape))).reshape(shape) % np.size(self.values[i])
        return self.add("rearranged", [i], {"index": index, "factors": self.rng().uniform(0.5, 1.5, shape)})

    def alike(self, i: int) -> int:
        """The number of an array that broadcasts with array `i`."""
        shape = self.shape(i)
        if self.number(0, 2):
            return self.choice([j for j in self.pool if broadcasts(shape, self.shape(j))])
        kept = self.number(0, len(shape))
        return self.of_shape(tuple(1 if self.flag() else n for n in shape[len(shape) - kept :]))

    # making

    def add_input(self, dtype: str) -> None:
        self.inputs.append(Input(self.choice(SHAPES), dtype, self.seed()))
        self.pool.append(len(self.values))
        self.values.append(self.inputs[-1].array())

    def add(self, name: str, args: Sequence[int], constants: dict[str, Any]) -> int:
        """Take the step, if it can be taken, and return the number of its result; otherwise that of the newest array."""
        values = [self.values[i] for i in args]
        out = self.result(OPERATIONS[name], values, constants)
        if out is None or not (0 < np.size(out) <= LARGEST or name in ("rearranged", "scaled")):
            return self.pool[-1]
        self.values.append(out)
        self.steps.append(Step(name, tuple(args), constants))
        if (top := np.max(np.abs(out))) > HIGHEST:
            return self.add("scaled", [len(self.values) - 1], {"factor": float(f"{2 / top:.1g}")})
        self.pool.append(len(self.values) - 1)
        return self.pool[-1]

    def result(self, operation: Operation, values: list[Any], constants: dict[str, Any]) -> Any:
        """What NumPy computes; None if that is too near a corner, not finite, or nothing that the peer can do."""
        _, can = operation.limits.get(self.peer, ("", None))
        if can is not None and not can(*values, **constants):
            return None
        if operation.distance is not None and not np.min(operation.distance(*values, **constants)) > CORNER:
            return None
        out = operation.form(self.names, *values, **constants)
        return out if np.ndim(out) <= 4 and np.all(np.isfinite(out)) else None

    def finished(self, seed: int) -> Expression:
        """The expression without the steps that its last array does not depend on."""
        first, needed, kept = len(self.inputs), {len(self.values) - 1}, []
        for i in reversed(range(len(self.steps))):
            if first + i in needed:
                needed |= set(self.steps[i].args)
                kept.append(i)
        kept.reverse()
        number = {**{i: i for i in range(first)}, **{first + old: first + new for new, old in enumerate(kept)}}
        steps = [self.steps[i]._replace(args=tuple(number[j] for j in self.steps[i].args)) for i in kept]
        return Expression(tuple(self.inputs), tuple(steps), seed)


def broadcasts(*shapes: tuple[int, ...]) -> bool:
    """Whether arrays of these shapes can be stretched to one shape."""
    return all(
        len(set(sizes) - {1}) <= 1 for sizes in itertools.zip_longest(*(reversed(shape) for shape in shapes), fillvalue=1)
    )


@st.composite
def expressions(draw: Any, names: Any, peer: str, only: str | None = None, most: int = 10) -> Expression:
    """An expression that `peer` can compute too: of 3 to `most` operations, or of `only` one.

    `names` is the namespace to compute with while drawing.
    """
    b = Builder(draw, names, peer)
    b.single = b.number(0, 4) == 4
    for i in range(b.number(1, 3)):
        dtype = "float32" if b.single and (i == 0 or b.flag()) else "float64"
        b.add_input(dtype)
    choices = [only] if only else [name for name, operation in OPERATIONS.items() if peer not in operation.lacks]
    with np.errstate(all="ignore"):
        for _ in range(1 if only else b.number(3, most)):
            name = b.choice(choices)
            b.add(name, *OPERATIONS[name].pick(b))
        if not b.steps:
            b.add("scaled", [0], {"factor": 0.5})
    return b.finished(b.seed())
