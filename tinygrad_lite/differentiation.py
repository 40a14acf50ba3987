"""Calls a function once, so that it can be differentiated. `grad` and all other transforms use this.

Flows in: a function `f` and its arguments, some of which are chosen. `f` is called once, with new Tensors, its *variables*,
instead of the numbers in the chosen arguments. Flows out: what `f` returned, and gradients in the form of the arguments.

Derivatives can be nested: an argument that is already being differentiated is put into one more Tensor. The inner backward
pass ends at the new Tensor, and the outer one continues through it. So each `grad` sees only its own variable, as in
d/dx [x · d/dy (x + y)] = 1 (Siskind and Pearlmutter, "Perturbation confusion and referential transparency", 2005).
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
import re
import sys
import types
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from . import messages
from .autograd import Node, in_kind_of, new_number, wants_gradient
from .containers import flatten, with_paths
from .functional import pull_back
from .operands import operand
from .protocols.primitives import alias
from .recording import in_mode, mode, recording, switched_on
from .rows import how_many
from .tensor import Tensor
from .watching import watcher

Function = Callable[..., Any]


class Differentiation:
    """One call of `f`, with a variable for each number in the chosen arguments.

    If the result was made from Tensors that are older than this call, an outer differentiation is going on. Then the backward
    pass is recorded for it, and results stay Tensors. Otherwise they are arrays.

    `independent` is True if the result does not depend on any variable. Then all derivatives are 0, which is seldom meant:
    mostly a value left the graph. (A derivative may well be constant, like the slope of a straight line. So a derivative that
    is computed inside an outer `f` is a Tensor in any case, and a constant Tensor is as good a result as any other.)
    """

    def __init__(
        self, f: Function, args: Sequence[Any], keywords: Any, argnums: Any, has_aux: bool = False, warns: bool = True
    ) -> None:
        if not callable(f):
            raise messages.not_a_function(f)
        self.f, self.start, self.single, self.has_aux = f, new_number(), not isinstance(argnums, (tuple, list)), has_aux
        self.has_inner = False  # whether `f` itself computes a derivative
        numbers = positions(f, argnums, len(args))
        self.chosen = [args[i] for i in numbers]
        values, self.rebuild = flatten(self.chosen)
        if outer := running.get():
            outer.has_inner = True
        token = running.set(self)
        try:
            with in_mode(switched_on()):  # inside no_grad too: only the results are not recorded there
                self.variables = variables(f, values, self.chosen, numbers)
                if (looks_on := mode().watcher) is not None:
                    looks_on.differentiates(f, [i % len(args) for i in numbers], self.chosen, self.variables)
                moved = list(args)
                for i, nest in zip(numbers, self.rebuild([alias(v) for v in self.variables])):
                    moved[i] = nest  # other Tensors than the variables, so `f` may write into its arguments
                value = called_with(f, moved, keywords, self.chosen)
        finally:
            running.reset(token)
        if has_aux and not (isinstance(value, tuple) and len(value) == 2):
            raise messages.no_aux(f, value)
        self.aux: Any
        value, self.aux = value if has_aux else (value, None)
        self.outputs, self.rebuild_value = results_of(f, value)
        self.behind = past, older = self.past(self.outputs)
        self.outer = recording() and older
        self.inside = self.outer or (recording() and has_tensor(values))
        is_meant = not self.variables or not any(map(size, self.outputs)) or (self.has_inner and has_tensor(self.outputs))
        self.independent = not is_meant and past.isdisjoint([v.node for v in self.variables])
        if self.independent and warns and not watcher().explains:
            messages.warn(messages.independent(f, self.outputs))

    # --- results, as they leave -----------------------------------------------------------------------------------------

    def past(self, values: Sequence[Any]) -> tuple[set[Any], bool]:
        """The nodes that these values were made from, back to those that are older than the call; and if there are such."""
        stack: list[Any] = [value.node for value in values if is_recorded(value)]
        found, older = set(stack), False
        while stack:
            node = stack.pop()
            if node.number < self.start:
                older = True
                continue
            for parent in node.args:
                if parent.__class__ is Node and parent not in found:
                    found.add(parent)
                    stack.append(parent)
        return found, older

    def finished(self, values: Sequence[Any]) -> list[Any]:
        """Results as they leave: Tensors only where an outer differentiation may want to go on through them."""
        behind = self.behind if values is self.outputs else self.past(values)
        past, older = behind if recording() else (set[Any](), False)
        kept = past if older and len(values) == 1 else set[Any]()  # the nodes that were made from older Tensors
        for node in sorted(past, key=lambda node: node.number) if older and not kept else ():
            if node.number < self.start or any(wants_gradient(arg) and arg in kept for arg in node.args):
                kept.add(node)
        return [
            value if not isinstance(value, Tensor) or value.node in kept else value.detach() if self.inside else value.data
            for value in values
        ]

    def derived(self, values: Sequence[Any]) -> list[Any]:
        """Derivatives as they leave: Tensors inside an outer differentiation, also if they are constant."""
        finished = self.finished(values)
        return [Tensor(v, requires_grad=False) if self.inside and not isinstance(v, Tensor) else v for v in finished]

    def value(self) -> Any:
        """What `f` returned."""
        return self.rebuild_value(self.finished(self.outputs))

    def with_aux(self, *results: Any) -> Any:
        """The results of a transform; with what `f` returned beside its value, if `has_aux`."""
        if self.has_aux:
            values, rebuild = flatten(self.aux)
            results = (*results, rebuild(self.finished(values)))
        return results if len(results) > 1 else results[0]

    # --- gradients ------------------------------------------------------------------------------------------------------

    def gradient(self, name: str) -> Any:
        """The gradient of the one number that `f` returned, in the form of the chosen arguments."""
        self.check_number(name)
        return self.slopes()

    def check_number(self, name: str) -> None:
        """An error if `f` returned anything else than one number. `name` is the transform that needs one."""
        if len(self.outputs) != 1 or size(self.outputs[0]) != 1:
            raise messages.not_a_number(self.f, name, self.value())

    def slopes(self) -> Any:
        """The gradient of the sum of all results, in the form of the chosen arguments."""
        values = self.pull(self.outputs, [ones_like(y) for y in self.outputs])
        if (looks_on := mode().watcher) is not None:
            looks_on.differentiated(self.variables, [[g] for g in values])
        return self.nest(values)

    def recorded_gradient(self, name: str) -> list[Any]:
        """The gradient at each variable of the one number that `f` returned, written down to be differentiated again."""
        self.check_number(name)
        return pulled(self.outputs, [ones_like(y) for y in self.outputs], self.variables, True, self.start)

    def pull(self, outputs: Sequence[Any], seeds: Sequence[Any]) -> list[Any]:
        """What a gradient of each output becomes at each variable: arrays, or Tensors if they may be differentiated again."""
        return pulled(outputs, seeds, self.variables, self.outer or any(map(is_recorded, seeds)), self.start)

    def at_once(self, nodes: Iterable[Node]) -> int:
        """How many backward passes through these nodes are made at once: see rows.py. Recorded ones are made one by one."""
        arrays = all(isinstance(getattr(v, "_array", v), (np.ndarray, np.generic)) for v in (*self.variables, *self.outputs))
        return how_many(node.shape for node in nodes) if arrays and not self.outer and mode().watcher is None else 1

    def nest(self, values: Sequence[Any]) -> Any:
        """Values of the variables in the form of the chosen arguments."""
        nests = self.rebuild(self.derived([in_kind_of(v._array, g, copy=True) for g, v in zip(values, self.variables)]))
        return nests[0] if self.single else tuple(nests)


def called_with(f: Function, args: Sequence[Any], keywords: dict[str, Any], chosen: Sequence[Any]) -> Any:
    """What `f` returns. If it fails because it computes with a list as with an array, the message says so."""
    try:
        return f(*args, **keywords)
    except (TypeError, AttributeError) as error:
        given = next((nest for nest in chosen if is_list_of_numbers(nest)), None)
        if given is None or not re.search(rf"\b{type(given).__name__}\b", str(error)) or error.__cause__ is not None:
            raise
        raise messages.list_of_numbers(f, given, error) from error


def is_list_of_numbers(nest: Any) -> bool:
    """Whether this is a list, or a list of lists, of single numbers: it may have been meant as an array."""
    if type(nest) not in (list, tuple) or not nest:
        return False
    return all(is_real(value) and np.shape(getattr(value, "_array", value)) == () for value in flatten(nest)[0])


running: ContextVar[Differentiation | None] = ContextVar("running", default=None)  # the one whose `f` is being called


def pulled(
    outputs: Sequence[Any], seeds: Sequence[Any], inputs: list[Any], recorded: bool, oldest: int = 0, through: Any = None
) -> list[Any]:
    """What gradients `seeds` of the outputs become at each input, added up; zeros where no output depends on it."""
    total: list[Any] = [None] * len(inputs)
    for y, seed in zip(outputs, seeds):
        if is_recorded(y):
            parts = pull_back(y, seed, inputs, recorded, oldest, through)
            total = [a if b is None else b if a is None else a + b for a, b in zip(total, parts)]
    return [zeros_like(x) if g is None else g for g, x in zip(total, inputs)]


class Derived:
    """The function that a transform makes of `f`. It has the documentation and the signature of `f`, binds to objects like a
    method of a class, and can be pickled if `f` can, so that other processes can compute it.
    """

    def __init__(self, compute: Function, name: str, f: Function, **options: Any) -> None:
        if not callable(f):
            raise messages.not_a_function(f, name or "checkpoint")
        for i in as_tuple(options.get("argnums", 0)):
            if not isinstance(i, (int, np.integer)):
                raise messages.not_a_position(options["argnums"])
        functools.update_wrapper(self, f, assigned=("__module__", "__doc__"), updated=())
        self.__name__ = f"{name}({messages.called(f)})" if name else messages.called(f)
        self.__qualname__ = self.__name__ if name else getattr(f, "__qualname__", self.__name__)
        self.compute, self.f, self.options = compute, getattr(f, "differentiable", f), options

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.compute(self.f, args, keywords, **self.options)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        """One that decorates `f`, and so has its name, is found again by this name, as functions are."""
        name = getattr(self.f, "__qualname__", "")
        try:
            found = operator.attrgetter(name)(sys.modules[self.__module__])
        except (AttributeError, KeyError):
            found = None
        return name if found is self else super().__reduce_ex__(protocol)


# --- arguments --------------------------------------------------------------------------------------------------------


def as_tuple(argnums: Any) -> tuple[Any, ...]:
    return tuple(argnums) if isinstance(argnums, (tuple, list)) else (argnums,)


def positions(f: Function, argnums: Any, count: int) -> list[int]:
    """Which of `count` positional arguments are meant, counted from 0."""
    given = as_tuple(argnums)
    for i in given:
        if not -count <= i < count:
            raise messages.no_such_argument(f, i, count)
    numbers = [operator.index(i) % count for i in given]
    if len(set(numbers)) < len(numbers):
        raise messages.argument_twice(argnums)
    return numbers


def variables(f: Function, values: Sequence[Any], chosen: Sequence[Any], numbers: Sequence[int]) -> list[Tensor]:
    """A new variable for each of the values in the chosen arguments of `f`. `numbers` are the positions of the arguments."""
    found = []
    for i, value in enumerate(values):
        if (new := variable(value)) is None:
            places = [(number, path) for number, nest in zip(numbers, chosen) for path, _ in with_paths(nest)]
            raise messages.not_a_parameter(f, *places[i], value)
        found.append(new)
    return found


def variable(value: Any) -> Tensor | None:
    """A new variable with this value. If the value is already one, it gets one more Tensor around it, and stays connected.

    None for a value that has no derivative.
    """
    if is_recorded(value):
        return alias(value)
    kind = kind_of(value) if hasattr(value, "dtype") else "f" if type(value) in (int, float) else "O"
    return None if kind in "bUSO" else Tensor(value)


# --- values -----------------------------------------------------------------------------------------------------------


def results_of(f: Function, value: Any) -> tuple[list[Any], Function]:
    """What `f` returned, flattened, if all of it is of real numbers; anything else has no derivative."""
    if value is None:
        raise messages.no_derivative_of(f, "", value)
    values, rebuild = flatten(value)
    if not all(map(is_real, values)):
        raise messages.no_derivative_of(f, *next((path, y) for path, y in with_paths(value) if not is_real(y)))
    return values, rebuild


def is_real(value: Any) -> bool:
    """Whether this is a Tensor, a real number, or an array of real numbers, of any library that speaks NumPy's protocols."""
    if isinstance(value, (int, float, Tensor)):
        return not isinstance(value, bool)
    return (isinstance(value, np.generic) or hasattr(value, "__array_function__")) and kind_of(value) in "fiu"


def kind_of(value: Any) -> str:
    """NumPy's letter for the kind of numbers in it: "f" for floats; "O" if it does not say."""
    return getattr(getattr(value, "dtype", None), "kind", "O")


def is_recorded(value: Any) -> bool:
    """Whether this is a Tensor that wants a gradient."""
    return isinstance(value, Tensor) and value.requires_grad


def has_tensor(values: Sequence[Any]) -> bool:
    return any(isinstance(value, Tensor) for value in values)


def size(value: Any) -> int:
    """How many numbers there are in it."""
    return math.prod(value.shape) if hasattr(value, "shape") else np.size(value)


def zeros_like(x: Any) -> Any:
    """Zeros in the kind of a Tensor's data."""
    data = x.data if isinstance(x, Tensor) else x
    return np.zeros_like(data)[()] if isinstance(data, np.generic) else np.zeros_like(data)


def ones_like(x: Any) -> Any:
    data = x.data if isinstance(x, Tensor) else x
    return type(data)(1) if isinstance(data, np.generic) else zeros_like(data) + 1


def some_gradient(y: Any) -> Any:
    """A gradient of `y` for a backward pass of which only the derivative in this gradient is wanted.

    Any would do, as what comes back is linear in it, if no rule looked whether it is 0: that of `eigh` does. So no element of
    this one is 0, nor is a simple sum of them.
    """
    ones = ones_like(y)
    return np.cos(np.reshape(np.cumsum(ones), ones.shape))[()]


def alike(nest: Any, other: Any, complaint: Function | None = None) -> list[tuple[Any, Any]]:
    """The values of two nests in pairs, if they have the same form. Those of `other` are Tensors, or become plain arrays."""
    nothing: tuple[str, Any] = ("", None)
    pairs = list(itertools.zip_longest(with_paths(nest), with_paths(other), fillvalue=nothing))
    for (path, a), (other_path, b) in pairs:
        if path != other_path or getattr(a, "shape", ()) != getattr(b, "shape", ()):
            raise (complaint or messages.not_alike)(path, a, other_path, b)
        if not is_real(b) and not isinstance(b, bool) and kind_of(b) != "b":
            raise messages.not_a_direction(path, b)
    return [(a, b if isinstance(b, Tensor) else operand(b)) for (_, a), (_, b) in pairs]


def dot(nest: Any, other: Any) -> Any:
    """The sum of the products of all numbers in two nests of the same form."""
    return sum(np.sum(a * b) for a, b in alike(nest, other))
