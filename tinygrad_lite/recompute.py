"""Less memory for more time: forget what is inside a part of the computation, and compute it again when walking back.

Flows in: a function, and arguments in any nest. Flows out: the same result, recorded as a single node that keeps the
arguments only. (Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, chapter 12.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import messages
from .containers import flatten, pack, unpack, with_paths
from .recording import recording
from .registry import derivative, primitive
from .tensor import Tensor
from .transforms import Derived, is_real, is_recorded, kind_of, vjp


@primitive
def replayed(vector: Any, function: Callable[..., Any]) -> Any:
    """A function of one vector, as one node."""
    out = function(vector)
    return out._array if isinstance(out, Tensor) else out


derivative(replayed, vector=lambda g, vector, function: vjp(function, vector)[1](g)[0])


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, but what it computes on the way is not kept for walking back: it is computed once more then.

    For a chain of n equal parts, each in a checkpoint, what is kept shrinks from all of it to one value a part and the
    inside of one part. The time grows by one more computation of `f`. Arguments and results are arrays, numbers, Tensors or
    nests of them; a result that is no Tensor comes back as it is. All Tensors that want a gradient are passed as arguments:
    TypeError if `f` takes one from outside, or returns something in which there may be Tensors that we do not see.

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

    first: list[Any] = []  # what f returned when it was computed for the first time

    def of_vector(vector: Any) -> Any:
        result = run(unpack(vector, inputs))
        if not first:
            first.append(result)
            for path, value in with_paths(result):
                if is_recorded(value):
                    raise messages.not_an_argument(f)
                if hides_tensors(value):
                    raise messages.no_derivative_of(f, path, value)
        return pack([value for value, then in zip(flatten(result)[0], flatten(first[0])[0]) if isinstance(then, Tensor)])

    of_vector.__name__ = messages.called(f)
    packed = replayed(pack(inputs), of_vector)
    results, rebuild_result = flatten(first[0])
    tensors = iter(unpack(packed, [value._array for value in results if isinstance(value, Tensor)]))
    return rebuild_result([next(tensors) if isinstance(value, Tensor) else value for value in results])


def hides_tensors(value: Any) -> bool:
    """Whether there may be Tensors in this result that only the user's program finds, as in a set or an array of objects."""
    return not (is_real(value) or isinstance(value, (bool, str, bytes)) or kind_of(value) not in "O")
