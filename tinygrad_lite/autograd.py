"""The engine: write down every function call, then walk the calls backwards.

Flows in: functions applied to Tensors. Flows out: the gradient of one result with respect to everything it was made from.

Each call becomes a `Node`, numbered as it is made. For ``y = a * b + c``::

    a ──┐
        ├── multiply (4) ──┐
    b ──┘                  ├── add (5) ── y
    c ─────────────────────┘

A node only points to nodes older than itself, so visiting the newest first meets every node after all of its uses: by
then its gradient is complete, and the chain rule can hand it on to the arguments (`walk`). How one function hands its
gradient on is its `Rule`: a *vector-Jacobian product* (vjp) for each argument. The rules are data, kept in `rules/`;
this file knows no function by name.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from heapq import heappop, heappush
from typing import Any
from weakref import ref

import numpy as np
from numpy import ndarray

from . import messages
from .memory import LARGE, OURS, plain, scratch
from .operands import FIT, REAL, misfit, operand

NO_KEYWORDS: Mapping[str, Any] = {}
new_number = itertools.count(1).__next__
create = object.__new__
FLOAT64 = np.dtype(np.float64)


class Node:
    """One function call on record; or a leaf, which is a value from outside and has no rule.

    `args` holds the positional arguments: a Node for what was itself recorded, anything else as it was given. With
    `keywords` that is all it takes to run the call again. `value`, the result, is kept only if some rule asks for it,
    and only until `backward` has used it; after that it can be computed again. (A leaf always keeps it.) `tensor` is a weak
    reference to the Tensor that users hold, so that no reference ever points forward: a graph is freed the moment its last
    Tensor is.
    """

    __slots__ = ("args", "dtype", "keywords", "name", "note", "number", "rule", "shape", "tensor", "value")

    rule: Any
    args: tuple[Any, ...]
    keywords: Mapping[str, Any]
    value: Any
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    number: int
    name: str | None
    note: Any  # what debug() or trace() wrote down about this call; not set otherwise
    tensor: Callable[[], Handle | None]


class Constant(Node):
    """A named value that asked for no gradient. The walk passes it by: it looks for plain Nodes only."""

    __slots__ = ()


class Handle:
    """What the engine needs to know of a Tensor. Everything a user calls on it is in `tensor.py`."""

    __slots__ = ("__weakref__", "_array", "base", "grad", "node", "views")

    _array: Any
    node: Node | None
    grad: Any
    base: Any  # of a view: what it is a view of, and how; not set otherwise: see protocols/writing.py
    views: list[Callable[[], Handle | None]]  # and the other way round


Tensor: type[Handle] = Handle  # the class of results; tensor.py puts its own here
RULES: dict[Callable[..., Any], Any] = {}  # function -> its Rule; filled by derivative(...) in registry.py


def leaf_node(handle: Handle, kind: type[Node] = Node, name: str | None = None) -> Node:
    """A node for a value that no recorded function made."""
    node = kind()
    node.rule, node.args, node.keywords, node.name = None, (), NO_KEYWORDS, name
    node.value, node.shape, node.dtype = handle._array, handle._array.shape, handle._array.dtype
    node.number, node.tensor = new_number(), ref(handle)
    return node


# --- Recording --------------------------------------------------------------------------------------------------------


RECORDING: ContextVar[Any] = ContextVar("recording", default=True)  # or False, or the Watcher that looks on
BEFORE: ContextVar[Any] = ContextVar("before", default=None)  # what it was outside of the blocks that we are in
recording = RECORDING.get


class recording_as:
    """Inside ``with recording_as(to):`` this is what `recording` gives. Each thread and each asyncio task has its own.

    The smallest program that needs this: one task awaits something inside `no_grad`, and another trains meanwhile.
    """

    __slots__ = ("to",)

    def __init__(self, to: Any) -> None:
        self.to = to

    def __enter__(self) -> None:
        BEFORE.set((recording(), BEFORE.get()))
        RECORDING.set(self.to)

    def __exit__(self, *exception: object) -> None:
        before, further_out = BEFORE.get()
        RECORDING.set(before)
        BEFORE.set(further_out)


class Watcher:
    """Looks on while calls are recorded: what `recording` gives inside debug() and trace()."""

    explains = False  # whether it says itself why a gradient is 0

    def saw(self, node: Node, values: list[Any], result: Handle) -> None:
        """A call was recorded."""

    def saw_constant(self, rule: Any, entries: list[Any], keywords: Mapping[str, Any], out: Any) -> Node | None:
        """A call of which no argument wants a gradient. What is returned stands for its result."""

    def computed(self, function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any], out: Any) -> Any:
        """A function that has no derivative gave `out`, a plain array. What is returned goes on in its place."""
        return out

    def left(self, values: tuple[Any, ...], by: str) -> None:
        """Values were used by something that is not recorded."""

    def opened(self, handle: Handle) -> Any:
        """Somebody asks for the array of a Tensor."""
        return plain(handle._array)

    def updated(self, leaf: Handle, old: Node) -> None:
        """A leaf was given a new array, as in an update. `old` is the node it had with the array before."""

    def switched(self, on: bool) -> Any:
        """What is to look on where recording is switched off, as in `no_grad`, or on again."""
        return self if on else False

    def watch(self, steps: Iterator[tuple[Node, Any]], output: Handle | None) -> Iterator[tuple[Node, Any]]:
        """The steps of a walk back, each looked at before it is taken."""
        return steps

    def differentiates(self, f: Any, numbers: list[int], arguments: list[Any], variables: list[Any]) -> None:
        """A transform is about to call `f`, with these variables in the place of some of its arguments."""

    def differentiated(self, variables: list[Any], gradients: list[list[Any]]) -> None:
        """A transform has computed the gradients of its variables."""


NOBODY = Watcher()


def watcher() -> Watcher:
    """Who looks on; one who does nothing if nobody does."""
    return NOBODY if isinstance(recording(), bool) else recording()


def switched_on() -> Any:
    """What `recording` has to give for what is recorded in any case, also inside `no_grad`."""
    return True if isinstance(recording(), bool) else recording().switched(True)


class NotCalled(type):
    """What ``with no_grad:`` asks, without the parentheses."""

    def __enter__(cls) -> None:
        raise messages.no_parentheses()

    __exit__ = __enter__


class no_grad(recording_as, metaclass=NotCalled):
    """Inside ``with no_grad():`` nothing is recorded. Also a decorator: ``@no_grad()``.

    It concerns only the thread and the asyncio task that it is in, and the tasks which are started inside it.

    >>> import tinygrad_lite as tg
    >>> w = tg.Tensor([1.0, 2.0])
    >>> with tg.no_grad():
    ...     w -= 0.1        # outside no_grad this would be an error: w is a leaf
    >>> w
    Tensor([0.9, 1.9])
    """

    __slots__ = ()

    def __init__(self, *function: Any) -> None:
        if function:  # @no_grad
            raise messages.no_parentheses()

    def __enter__(self) -> None:
        self.to = False if isinstance(recording(), bool) else recording().switched(False)
        super().__enter__()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isgeneratorfunction(function):
            raise messages.no_grad_of_generator(function)

        @functools.wraps(function)
        def unrecorded(*args: Any, **keywords: Any) -> Any:
            with no_grad():
                return function(*args, **keywords)

        return unrecorded


def record(rule: Any, args: tuple[Any, ...], keywords: Mapping[str, Any] = NO_KEYWORDS, fit: bool = False) -> Any:
    """Call the rule's function on raw arrays, and write the call down if one of its arguments wants a gradient.

    `fit`: all arguments are known to be Tensors, plain arrays or what else the function takes; see operands.py.
    """
    if keywords or len(args) != rule.arity:
        args, keywords = rule.bind(args, keywords)
    values, entries, wanting, bit = [], [], 0, 1  # wanting: bit i is set if argument i wants a gradient
    for arg in args:
        value = entry = arg
        if isinstance(arg, Handle):
            value, entry = arg._array, arg.node
            if entry is None:
                entry = value
            elif entry.__class__ is Node:
                wanting += bit
        elif arg.__class__ is ndarray:
            if arg.nbytes >= LARGE:
                value = scratch(arg)
        elif arg.__class__ not in FIT:
            if arg.__class__ in OURS:
                value = scratch(arg)[()]
            elif not fit:
                return rule.meet(args, keywords)
        values.append(value)
        entries.append(entry)
        bit += bit
    try:
        out = rule.run(*values, **keywords) if keywords else rule.run(*values)
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        raise messages.failed_call(misfit(args, rule.function) or error, rule, args, keywords) from error
    dtype = getattr(out, "dtype", None)
    if dtype is not FLOAT64 and (dtype is None or dtype.kind not in REAL):
        out = rule.result(out, args)
        dtype = out.dtype
    result = create(Tensor)
    result.grad = node = None
    result._array = scratch(out) if out.__class__ is ndarray and out.nbytes >= LARGE else out
    if wanting and (looks_on := recording()):
        keep_out, keep = rule.plans.get(wanting) or rule.plan(wanting)
        for i in keep:
            entries[i].value = values[i]
        node = Node()
        node.rule, node.args, node.keywords = rule, tuple(entries), keywords
        node.value, node.shape, node.dtype = result._array if keep_out else None, out.shape, dtype
        node.number, node.name, node.tensor = new_number(), None, ref(result)
        if looks_on is not True:  # inside debug() or trace()
            looks_on.saw(node, values, result)
    elif not isinstance(recording(), bool):
        node = recording().saw_constant(rule, entries, keywords, out)
    result.node = node
    if rule.views is not None:
        rule.views(rule, result, args, keywords)
    return result


# --- Walking back -----------------------------------------------------------------------------------------------------


class Sparse:
    """A gradient that is zero except at `index`: what a slice sends back.

    The smallest program that needs it: ``sum(x[i] for i in range(len(x)))``. As a full array, each of the n gradients
    would have n numbers, n² together. Instead each is added to its own place in one array.
    """

    __slots__ = ("dtype", "index", "shape", "value")

    def __init__(self, value: Any, index: Any, shape: tuple[int, ...]) -> None:
        self.value, self.index, self.shape, self.dtype = value, index, shape, value.dtype

    def add_to(self, total: np.ndarray) -> np.ndarray:
        """Add to `total` in place. An index array may name an element twice, so those go through `np.add.at`."""
        parts = self.index if isinstance(self.index, tuple) else (self.index,)
        if all(isinstance(part, (int, np.integer, slice, type(None), type(...))) for part in parts):
            total[self.index] += self.value
        else:
            np.add.at(total, self.index, self.value)
        return total

    def astype(self, dtype: np.dtype[Any]) -> Sparse:
        return Sparse(self.value.astype(dtype), self.index, self.shape)


def walk(
    output: Node, seed: Any, create_graph: bool = False, sent: Any = None, let_go: bool = False
) -> Iterator[tuple[Node, Any]]:
    """Visit `output` and everything it was made from, newest first; yield each node with its finished gradient.

    Reverse-mode automatic differentiation (Linnainmaa 1970; Griewank and Walther 2008, chapter 3). With `create_graph`
    the rules are fed with Tensors instead of arrays, so that the walk itself is recorded and can be differentiated. A
    function `sent` is told what each call hands on to each of its arguments. With `let_go` each value is let go of as soon
    as the walk needs it no more: so it is not kept by a sum of losses, which somebody may hold to look at it.
    """
    queue = [-output.number]  # a heap gives the smallest, so numbers go in negative
    waiting = {-output.number: [output, seed, False]}  # node, gradient so far, may we add to it in place?
    while queue:
        node, g, _ = waiting.pop(heappop(queue))
        if g.__class__ is Sparse:
            g = g.add_to(np.zeros(node.shape, node.dtype))
        yield node, g
        if node.rule is None:  # a leaf: nothing further back
            continue
        if g.__class__ is ndarray and g.nbytes >= LARGE:
            g = scratch(g)
        vjps = node.rule.on_tensors if create_graph else node.rule.on_arrays
        for vjp, parent in zip(vjps, node.args):
            if parent.__class__ is Node:  # anything else is a constant
                part = vjp(g, node, parent)  # the chain rule
                if create_graph and not isinstance(part, Handle):
                    part = plain_tensor(part)  # a slope that is constant, like the 0 of a step
                if part.__class__ is float:  # of a rule that was written with the math module
                    part = np.float64(part)
                if part.shape != parent.shape:
                    if not node.rule.broadcasts or part.shape != node.shape:
                        raise messages.wrong_shape(node, parent, part)
                    part = unbroadcast(part, parent.shape)
                if part.dtype is not parent.dtype:
                    part = part.astype(parent.dtype)
                key = -parent.number
                if key in waiting:  # used more than once: the gradients of all uses add up
                    add(waiting[key], part)
                else:
                    waiting[key] = [parent, part, False]
                    heappush(queue, key)
                if sent is not None:
                    sent(node, parent, part)
        if let_go and node.rule.repeatable:  # all calls that used it are newer, and done with
            node.value = None


def add(entry: list[Any], part: Any) -> None:
    """Add one more gradient to a waiting sum; in place from the third on, when the sum is an array of our own."""
    _, total, ours = entry
    if part.__class__ is Sparse:
        if total.__class__ is Sparse:
            total, ours = total.add_to(np.zeros(total.shape, total.dtype)), True
        entry[1], entry[2] = part.add_to(total if ours else np.array(total)), True
    elif total.__class__ is Sparse:
        entry[1], entry[2] = total.add_to(np.array(part)), True
    elif ours:
        np.add(total, part, out=total)
    else:
        entry[1] = total + part
        entry[2] = isinstance(entry[1], np.ndarray)


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Broadcasting forward is summing backward: sum `g` over the axes along which an argument of `shape` was stretched.

    ``[[1, 2, 3]] + [[10], [20]]`` uses each number several times, and a number used several times gets the sum.
    """
    if not shape:
        return g.sum()
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    stretched = [i for i, n in enumerate(shape, new) if n == 1 and g.shape[i] != 1]
    return g.sum(axis=(*range(new), *stretched)).reshape(shape)


def array_of(entry: Any) -> Any:
    """The array behind an entry of `node.args`."""
    if isinstance(entry, Node):
        return entry.value if entry.value is not None else computed_again(entry)
    return entry


def computed_again(wanted: Node) -> Any:
    """A value that was let go of: from its Tensor, if somebody still holds that, or by running the call once more.

    What the call needs may have to be computed again first, and so on; without recursion, however long the chain is.
    """
    stack = [wanted]
    while stack:
        node = stack[-1]
        handle = node.tensor()
        if handle is not None and handle.node is node:
            node.value = handle._array
        elif missing := [arg for arg in node.args if isinstance(arg, Node) and arg.value is None]:
            stack += missing
            continue
        elif node.value is None:
            node.value = scratch(node.rule.run(*map(array_of, node.args), **node.keywords))
        stack.pop()
    return wanted.value


def tensor_of(entry: Any) -> Any:
    """The same as a Tensor that knows its node, so that what a rule computes from it is recorded."""
    if entry.__class__ is not Node:
        return array_of(entry)
    handle = entry.tensor()
    if handle is None or handle.node is not entry:
        handle = create(Tensor)
        handle._array, handle.grad, handle.node = array_of(entry), None, entry
    return handle


def like(g: Any, data: Any, copy: bool = False) -> Any:
    """`g` in the kind of `data`, a NumPy scalar or array; but an array of another library stays what it is."""
    if isinstance(data, np.generic):
        return type(data)(g) if isinstance(g, np.ndarray) else g
    if isinstance(g, (np.ndarray, np.generic)):
        return np.array(g) if copy else np.asarray(g)
    return g


def watched(steps: Iterator[tuple[Node, Any]], output: Handle | None = None) -> Iterator[tuple[Node, Any]]:
    """The steps of a walk; inside debug(), with the debugger looking on."""
    return steps if isinstance(recording(), bool) else recording().watch(steps, output)


def backward(output: Handle, gradient: Any) -> None:
    """Walk back from `output` and give every leaf and every intermediate Tensor that somebody still holds its `.grad`."""
    assert output.node is not None
    found: list[tuple[Handle, Node, Any]] = []  # set only at the end, so that an error on the way changes nothing
    for node, g in watched(walk(output.node, gradient, let_go=isinstance(recording(), bool)), output):
        handle = node.tensor()
        if handle is not None and (handle.node is node or node.rule is None):
            found.append((handle, node, g))
    for handle, node, g in found:
        if node.rule is None:  # leaves accumulate, in an array that is theirs alone
            before = so_far(handle, g)
            handle.grad = like(g if before is None else before + g, node.value, copy=before is None)
        else:
            handle.grad = like(g, handle._array)


def so_far(leaf: Handle, g: Any) -> Any:
    """The gradient that `g` is added to. Programs put numbers and lists there too, as in ``w.grad = 0``."""
    grad = leaf.grad
    if grad is not None and not hasattr(grad, "shape"):
        grad = operand(grad)
        if not hasattr(grad, "shape"):  # a number, for every element
            return grad
    if isinstance(grad, (np.ndarray, np.generic)) and grad.dtype != g.dtype:
        grad = grad.astype(g.dtype)
    if grad is not None and grad.shape != g.shape:
        raise messages.gradient_of_another_shape(leaf)
    return grad


def gradients(output: Handle, inputs: Any, create_graph: bool = False) -> Any:
    """The gradient of `output` with respect to `inputs`, returned instead of stored: no `.grad` changes.

    `inputs` is a Tensor, or a list or tuple of Tensors; the result is an array or a list of arrays of the same shapes.
    With ``create_graph=True`` they are Tensors that remember how they were made, so they can be differentiated again.
    An input that `output` does not depend on gets zeros, its true derivative. One that is newer than `output`, as after
    ``y[0] = ...``, gets them with a warning.

    Raises TypeError for an `output` or input without a graph, ValueError for an `output` that is not a single number.

    >>> import tinygrad_lite as tg
    >>> x = tg.Tensor(2.0)
    >>> slope = tg.gradients(x**3, x, create_graph=True)
    >>> float(slope.data), float(tg.gradients(slope, x))      # 3x², 6x
    (12.0, 12.0)
    """
    wanted = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    for handle in (*wanted, output):
        if not isinstance(handle, Handle) or handle.node.__class__ is not Node:
            raise messages.not_recorded(handle)
    results = []
    for handle, g in zip(wanted, pull_back(output, seed_for(output), wanted, create_graph)):
        if g is None and handle.node.number > output.node.number:  # type: ignore[union-attr]
            warnings.warn(messages.newer_than(output, handle), stacklevel=2)
        g = np.zeros_like(handle._array) if g is None else g
        if create_graph:
            results.append(g if isinstance(g, Handle) else plain_tensor(g))
        else:
            results.append(like(g, handle._array, copy=True))
    return results if isinstance(inputs, (list, tuple)) else results[0]


def pull_back(output: Handle, seed: Any, inputs: list[Any], create_graph: bool = False, oldest: int = 0) -> list[Any]:
    """What a gradient `seed` of `output` becomes at each of `inputs`; None where `output` does not depend on it.

    The walk may end at nodes older than `oldest`, if it is known that no input was made from them.
    """
    assert output.node is not None
    found: dict[int, Any] = dict.fromkeys(map(id, inputs))
    seed = plain_tensor(seed) if create_graph and not isinstance(seed, Handle) else seed
    steps = watched(walk(output.node, seed, create_graph))
    with recording_as(create_graph and switched_on()):
        for node, g in steps:
            if node.number < oldest:
                break
            handle = node.tensor()
            if id(handle) in found and handle is not None and (handle.node is node or node.rule is None):
                found[id(handle)] = g if found[id(handle)] is None else found[id(handle)] + g
    return [found[id(handle)] for handle in inputs]


def plain_tensor(data: Any) -> Any:
    """A Tensor that is a constant."""
    handle = create(Tensor)
    handle._array, handle.grad, handle.node = data, None, None
    return handle


def seed_for(output: Handle) -> Any:
    """∂output/∂output = 1, where the walk starts. Only a single number has *a* gradient."""
    if output._array.size != 1:
        raise messages.not_a_scalar(output)
    data = output._array
    return type(data)(1) if isinstance(data, np.generic) else np.ones_like(data)
