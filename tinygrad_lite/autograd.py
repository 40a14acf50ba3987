"""The engine records every function call, and then goes through the calls backwards to compute gradients.

Flows in: functions applied to Tensors. Flows out: the gradient of one result with respect to everything it was made from.

Each call becomes a `Node`, numbered as it is made. For ``y = a * b + c``::

    a ──┐
        ├── multiply (4) ──┐
    b ──┘                  ├── add (5) ── y
    c ─────────────────────┘

A node points only to nodes older than itself. So `walk` visits the newest node first, and reaches every node after all of
its uses: by then its gradient is complete, and the chain rule can send it on to the arguments. The `Rule` of a function
says how: it has a *vector-Jacobian product* (vjp) for each argument. The rules are data, kept in `rules/`; this file does
not contain the name of any function.

On a first reading, you need not look at the other files. `mode` says whether calls are recorded (recording.py). `FIT` are
the classes of plain numbers and arrays (operands.py). `Sparse` is a gradient that is almost all zeros, and `added` computes
the sum of two gradients (sums.py). `scratch(x)` and `as_operand(x)` are x; if it is LARGE, results computed from it reuse
memory (memory.py). A watcher is debug() or trace(), which are told what happens while a program runs (watching.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from heapq import heappop, heappush
from typing import Any, TypeGuard
from weakref import ref

import numpy as np
from numpy import ndarray

from . import messages
from .memory import LARGE, OURS, as_operand, is_ours_alone, scratch
from .operands import FIT, REAL, misfit, operand
from .recording import mode
from .rows import Rows
from .sums import Sparse, added, summed, total
from .watching import watcher

NO_KEYWORDS: Mapping[str, Any] = {}
RULES: dict[Callable[..., Any], Any] = {}  # function -> its Rule; filled by derivative(...) in registry.py
FLOAT64 = np.dtype(np.float64)
new, new_number = object.__new__, itertools.count(1).__next__


class Node:
    """One recorded function call; or a leaf, which is a value from outside and has no rule.

    `args` holds the positional arguments: a Node for a value that was itself recorded, and any other value as it was given.
    With `args` and `keywords`, the call can be made again. `value`, the result, is kept only if some rule asks for it, and
    only until `backward` has used it; after that it can be computed again. (A leaf always keeps it.) `tensor` is a weak
    reference to the Tensor that users hold. So no reference points forward, and a graph is freed as soon as its last Tensor
    is freed.
    """

    __slots__ = ("args", "dtype", "keywords", "name", "note", "number", "rule", "shape", "tensor", "value")
    wants_gradient = True

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
    """A value that wants no gradient, but has a name. The walk does not visit it."""

    __slots__ = ()
    wants_gradient = False


class Handle:
    """The part of a Tensor that the engine needs. Everything that users call on a Tensor is in `tensor.py`."""

    __slots__ = ("__weakref__", "_array", "base", "grad", "node", "views")

    _array: Any
    node: Node | None  # how it was made; None for a constant without a name
    grad: Any
    base: Any  # set for a view, like x[0]: what it is a view of, and how, so that writing into x reaches it
    views: list[Callable[[], Handle | None]]  # the views of this Tensor; both are used by protocols/writing.py only

    def __init_subclass__(cls) -> None:
        """Python calls this when `Tensor` is defined, in tensor.py: that file imports this one, which needs the class."""
        global Tensor
        if Tensor is Handle:
            Tensor = cls


Tensor: type[Handle] = Handle


def new_tensor(array: Any, node: Node | None = None) -> Any:
    """A Tensor for a result, or for a constant. ``Tensor(...)`` would check what it is given, which takes longer."""
    tensor = new(Tensor)
    tensor._array, tensor.node, tensor.grad = array, node, None
    return tensor


def leaf_node(handle: Handle, kind: type[Node] = Node, name: str | None = None) -> Node:
    """A node for a value that no recorded function made."""
    node = kind()
    node.rule, node.args, node.keywords, node.name = None, (), NO_KEYWORDS, name
    node.value, node.shape, node.dtype = handle._array, handle._array.shape, handle._array.dtype
    node.number, node.tensor = new_number(), ref(handle)
    return node


def wants_gradient(entry: Any) -> TypeGuard[Node]:
    """Whether an entry of ``node.args`` is a node that a gradient flows back to."""
    return isinstance(entry, Node) and entry.wants_gradient


def holder(node: Node) -> Handle | None:
    """The Tensor that a node made, if it still exists and has not become the result of another call.

    That happens in ``t += 1``. A leaf that gets new data has a new node, too, but its gradients still belong to the leaf.
    """
    handle = node.tensor()
    return handle if handle is not None and (handle.node is node or node.rule is None) else None


# --- Recording --------------------------------------------------------------------------------------------------------


def record(rule: Any, args: tuple[Any, ...], keywords: Mapping[str, Any] = NO_KEYWORDS, fit: bool = False) -> Any:
    """Call the rule's function with plain arrays, and record the call if one of its arguments wants a gradient.

    `fit`: the caller knows that each argument is a Tensor, or of a kind that the function takes without conversion.
    """
    if keywords or len(args) != rule.arity:
        args, keywords = rule.bind(args, keywords)  # sorted into positional arguments and keywords, as the rule has them
    values, entries = [], []  # what the function gets, and what is recorded
    wanting, bit = 0, 1  # in binary digits, which arguments want a gradient: 0b101 for the first and the third
    for arg in args:
        value = entry = arg
        if isinstance(arg, Handle):
            value, entry = arg._array, arg.node
            if entry is None:
                entry = value
            elif entry.wants_gradient:
                wanting += bit
        elif arg.__class__ is ndarray:
            if arg.nbytes >= LARGE:
                value = scratch(arg)
        elif arg.__class__ not in FIT:
            if arg.__class__ in OURS:
                value = as_operand(arg)
            elif not fit:
                return rule.meet(args, keywords)  # a list, a matrix of SciPy, ...: made an array, or refused
        values.append(value)
        entries.append(entry)
        bit += bit
    try:
        out = rule.run(*values, **keywords) if keywords else rule.run(*values)
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        cause = misfit(args, rule.function) or error  # an argument without a derivative, such as a text, explains more
        raise messages.failed_call(cause, rule, args, keywords) from error
    dtype = getattr(out, "dtype", None)
    if dtype is not FLOAT64 and (dtype is None or dtype.kind not in REAL):
        out = rule.result(out, args)  # a number of Python's becomes one of NumPy's; anything else raises
        dtype = out.dtype
    array = scratch(out) if out.__class__ is ndarray and out.nbytes >= LARGE else out
    result = new(Tensor)
    result._array, result.grad, result.node = array, None, None
    recording, looks_on = mode()
    if wanting and recording:
        keep_out, keep = rule.plans[wanting]
        for i in keep:  # what the vjps will ask for; all other values may be freed as soon as nobody holds them
            entries[i].value = values[i]
        result.node = node = Node()
        node.rule, node.args, node.keywords = rule, tuple(entries), keywords
        node.value, node.shape, node.dtype = array if keep_out else None, out.shape, dtype
        node.number, node.name, node.tensor = new_number(), None, ref(result)
        if looks_on is not None:
            looks_on.saw(node, values, result)
    elif looks_on is not None:
        result.node = looks_on.saw_constant(rule, entries, keywords, out)
    if rule.views is not None:  # the result may share its numbers with an argument, as x[0] does
        rule.views(rule, result, args, keywords)
    return result


# --- The backward pass ------------------------------------------------------------------------------------------------


def walk(
    output: Node, seed: Any, create_graph: bool = False, sent: Any = None, let_go: bool = False, through: Any = None
) -> Iterator[tuple[Node, Any]]:
    """Visit `output` and everything it was made from, newest first; yield each node with its finished gradient.

    Reverse-mode automatic differentiation (Linnainmaa 1970; Griewank and Walther 2008, chapter 3). With `create_graph`
    the rules get Tensors instead of arrays, so that the walk itself is recorded and can be differentiated. The function
    `sent` is told what each call sends back to each of its arguments; the views use it. With `let_go`, values that were
    kept for the walk are freed as soon as it has used them. With `through`, only nodes in this set are visited.
    """
    kind = "on_tensors" if create_graph else "on_rows" if seed.__class__ is Rows else "on_arrays"
    queue = [-output.number]  # a heap gives the smallest, so numbers go in negative
    waiting = {-output.number: (output, seed, False)}  # node, gradient so far, may we add to it in place?
    while queue:
        node, g, _ = waiting.pop(heappop(queue))
        if g.__class__ is Sparse:
            g = g.full()
        yield node, g
        rule, args = node.rule, node.args
        if rule is None:  # a leaf: nothing further back
            continue
        if g.__class__ is ndarray and g.nbytes >= LARGE:
            g = scratch(g)
        if through is not None:
            args = tuple(a if wants_gradient(a) and a in through else None for a in args)
        for vjp, parent in zip(getattr(rule, kind), args):
            if parent.__class__ is not Node:  # a constant
                continue
            part = vjp(g, node, parent)  # the chain rule
            if part.shape != parent.shape:
                if not rule.broadcasts or part.shape != node.shape:  # then the rule is wrong
                    raise messages.wrong_shape(node, parent, part)
                part = unbroadcast(part, parent.shape)
            if part.dtype is not parent.dtype:
                part = part.astype(parent.dtype)
            key = -parent.number
            if (before := waiting.get(key)) is None:
                waiting[key] = (parent, part, False)
                heappush(queue, key)
            else:  # used more than once: the gradients of all uses add up
                waiting[key] = (parent, *added(before[1], part, before[2]))
            if sent is not None:
                sent(node, parent, part)
        if let_go and rule.repeatable:  # all calls that used its value are newer: the walk has passed them
            node.value = None


def unbroadcast(g: Any, shape: tuple[int, ...]) -> Any:
    """Undo broadcasting: sum the gradient `g` over the axes along which an argument of `shape` was stretched.

    ``[[1, 2, 3]] + [[10], [20]]`` uses each number several times, so its gradient is the sum over all uses.
    """
    if not shape:
        return total(g)
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    stretched = [i for i, n in enumerate(shape, new) if n == 1 and g.shape[i] != 1]
    return summed(g, (*range(new), *stretched)).reshape(shape)


def backward(output: Handle, gradient: Any) -> None:
    """Walk back from `output`, and set `.grad` of every leaf and of every intermediate Tensor that still exists."""
    assert output.node is not None
    found: list[tuple[Handle, Node, Any]] = []  # set only at the end, so that an error on the way changes nothing
    steps = walk(output.node, gradient, let_go=mode().watcher is None)
    for node, g in watcher().watch(steps, output):  # the same steps; inside debug(), each is checked on the way
        if (handle := node.tensor()) is not None and (handle.node is node or node.rule is None):  # as in `holder`
            found.append((handle, node, g))
    for handle, node, g in found:
        if node.rule is not None:
            handle.grad = in_kind_of(handle._array, g)
        elif handle.grad is None:  # leaves accumulate, in an array that is theirs alone
            handle.grad = in_kind_of(node.value, g) if is_ours_alone(g) else in_kind_of(node.value, g, copy=True)
        else:
            handle.grad = in_kind_of(node.value, so_far(handle, g) + g)


def so_far(leaf: Handle, g: Any) -> Any:
    """The gradient that `g` is added to. Programs put numbers and lists there too, as in ``w.grad = 0``."""
    grad = leaf.grad
    grad = grad if isinstance(grad, Handle) else operand(grad)
    if not hasattr(grad, "shape"):  # a number, which NumPy adds to every element
        return grad
    if isinstance(grad, (np.ndarray, np.generic)) and grad.dtype != g.dtype:
        grad = grad.astype(g.dtype)
    if grad.shape != g.shape:
        raise messages.gradient_of_another_shape(leaf)
    return grad


def seed_for(output: Handle) -> Any:
    """∂output/∂output = 1, the gradient that the walk starts from. Only a single number has *one* gradient."""
    if output._array.size != 1:
        raise messages.not_a_scalar(output)
    data = output._array
    return type(data)(1) if isinstance(data, np.generic) else np.ones_like(data)


def in_kind_of(data: Any, g: Any, copy: bool = False) -> Any:
    """`g` as a NumPy scalar or an array, whichever `data` is; but an array of another library stays what it is."""
    if isinstance(data, np.generic):
        return type(data)(g) if isinstance(g, np.ndarray) else g
    if isinstance(g, (np.ndarray, np.generic)):
        return np.array(g) if copy else np.asarray(g)
    return g
