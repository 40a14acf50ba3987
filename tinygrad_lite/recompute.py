"""Save memory at the cost of time: do not keep the values inside a part of the computation, but compute them again.

Flows in: a function, and arguments in any nest. Flows out: the same result, recorded as a single node that keeps only the
arguments. (Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, chapter 12.)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import messages
from .autograd import record, wants_gradient
from .containers import flatten, pack, unpack, with_paths
from .differentiation import Derived, is_real, is_recorded, kind_of
from .memory import plain
from .protocols.writing import link_of
from .recording import recording
from .registry import Rule, derivative, primitive
from .tensor import Tensor
from .transforms import vjp


@primitive
def replayed(vector: Any, function: Callable[..., Any]) -> Any:
    """A function of one vector, as one node."""
    out = function(vector)
    return out._array if isinstance(out, Tensor) else out


derivative(replayed, vector=lambda g, vector, function: vjp(function, vector)[1](g)[0])


def inner(x: Any, function: Any) -> Any:
    """An argument, as `function` sees it when it is computed for the first time."""
    return x


def refuse(g: Any, function: Any) -> Any:
    """A gradient that arrives inside did not come through the results: something else left the function, and is used."""
    raise messages.left_sideways(function)


INNER = Rule(inner, {"x": refuse})  # not in the table of rules: nobody else calls it


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function `f`, without keeping its intermediate values: the backward pass computes `f` again.

    For a chain of n equal parts, each in a checkpoint, only one value for each part and the inside of one part are kept. The
    time grows by one more computation of `f`. Arguments and results are arrays, numbers, Tensors or nests of them; a result
    that is not a Tensor is returned unchanged. All Tensors that want a gradient must be passed as arguments. Raises TypeError
    if `f` uses such a Tensor from outside, writes into an argument, or returns an object in which there may be Tensors that
    we cannot find; and in the backward pass, if a Tensor left `f` in another way than as a result, and was used. Raises
    RuntimeError if `f` gives another value the second time, for example because it draws random numbers: pass those as
    arguments. An argument, or a view of one, may be returned. Two results do not share memory, even if one is a view of the
    other.

    >>> import numpy as np, tinygrad_lite as tg
    >>> slope = tg.grad(lambda x: np.sum(checkpoint(lambda x: np.exp(np.sin(x)))(x)))
    >>> slope(np.zeros(2))
    array([1., 1.])
    """
    return Derived(forgetful, "", f)


def forgetful(f: Callable[..., Any], args: Any, keywords: Any) -> Any:
    """What `checkpoint(f)` does when it is called."""
    values, rebuild = flatten(args)
    wanted = [i for i, value in enumerate(values) if is_recorded(value)]
    if not wanted or not recording():
        return f(*args, **keywords)
    inputs = [values[i] for i in wanted]

    def run(parts: Any) -> Any:
        new = list(values)
        for i, part in zip(wanted, parts):
            new[i] = part if isinstance(part, Tensor) else Tensor(part, requires_grad=False)
        return f(*rebuild(new), **keywords)

    inside = [record(INNER, (value, f)) for value in inputs]
    nodes = [part.node for part in inside]
    results, rebuild_result = flatten(first_result(f, run(inside), nodes))
    if any(part.node is not node for part, node in zip(inside, nodes)):
        raise messages.writes_into_an_argument(f)
    views = [as_view(value, inside, inputs) for value in results]
    computed = [isinstance(value, Tensor) and view is None for value, view in zip(results, views)]
    arrays = [value._array for value in itertools.compress(results, computed)]
    kept = [None if is_new else value if view is None else view for value, view, is_new in zip(results, views, computed)]
    del inside, nodes, results  # and with them what was recorded inside
    marks: list[np.ndarray] = []  # some of the numbers that went in for the first time, and some that came out

    def of_vector(vector: Any) -> Any:
        out = pack(list(itertools.compress(flatten(run(unpack(vector, inputs)))[0], computed)) if marks else arrays)
        given, found = some_of(vector), some_of(out)
        if not marks:
            marks.extend((given, found))
        elif np.array_equal(given, marks[0], equal_nan=True) and not nearly_equal(found, marks[1]):
            raise messages.not_repeatable(f)
        return out

    of_vector.__name__ = messages.called(f)
    tensors = iter(unpack(replayed(pack(inputs), of_vector), arrays))
    arrays.clear()  # they are in the vector now
    return rebuild_result([next(tensors) if is_new else value for value, is_new in zip(kept, computed)])


def as_view(value: Any, inside: list[Any], inputs: list[Any]) -> Any:
    """An argument, or a view of one, as it is outside: writing into it reaches the argument. None for anything else."""
    for part, given in zip(inside, inputs):
        if value is part:
            return given
    if not isinstance(value, Tensor) or (link := link_of(value)) is None:
        return None
    base, function, rest, keywords = link
    base = as_view(base, inside, inputs)
    return None if base is None else function(base, *rest, **keywords)


def first_result(f: Callable[..., Any], result: Any, inside: list[Any]) -> Any:
    """What `f` returned, if all of its Tensors were made from the arguments, `inside`, and from constants."""
    for path, value in with_paths(result):
        if is_recorded(value) and comes_from_elsewhere(value.node, inside):
            raise messages.not_an_argument(f)
        if hides_tensors(value):
            raise messages.no_derivative_of(f, path, value)
    return result


def comes_from_elsewhere(node: Any, inside: list[Any]) -> bool:
    """Whether a node was made also from a leaf, or from anything older, that is not among those `inside`."""
    oldest, stack, seen = inside[0].number, [node], set(inside)
    while stack:
        if (node := stack.pop()) not in seen:
            seen.add(node)
            if node.rule is None or node.number < oldest:
                return True
            stack.extend(filter(wants_gradient, node.args))
    return False


def some_of(vector: Any) -> np.ndarray:
    """Up to 1,000 or so of the numbers in a vector, spread over all of it: enough to see that it is another one."""
    array = plain(vector._array) if isinstance(vector, Tensor) else vector
    return np.array(array[:: max(1, len(array) // 1000)])


def nearly_equal(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two vectors are equal but for rounding, which may depend on where in memory their numbers are."""
    if a.shape != b.shape:
        return False
    rounding = np.sqrt(np.finfo(a.dtype).eps) if a.dtype.kind == "f" else 0.0
    largest = float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0))
    return np.allclose(a, b, rtol=rounding, atol=rounding * largest, equal_nan=True)


def hides_tensors(value: Any) -> bool:
    """Whether there may be Tensors in this result that only the user's program finds, as in a set or an array of objects."""
    return not (is_real(value) or isinstance(value, (bool, str, bytes)) or kind_of(value) not in "O")
