"""Less memory for more time: forget what is inside a part of the computation, and compute it again when walking back.

Flows in: a function, and arguments in any nest. Flows out: the same result, recorded as a single node that keeps the
arguments only. (Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, chapter 12.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import messages
from .containers import flatten, pack, unpack, with_paths
from .differentiation import Derived, is_real, is_recorded, kind_of
from .memory import plain
from .recording import recording
from .registry import derivative, primitive
from .tensor import Tensor
from .transforms import vjp


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
    RuntimeError if `f` gives another value the second time, as it does if it draws random numbers: pass those as arguments.

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
    marks: list[np.ndarray] = []  # some of the numbers that went in then, and some that came out

    def of_vector(vector: Any) -> Any:
        result = run(unpack(vector, inputs))
        if not first:
            first.append(result)
            for path, value in with_paths(result):
                if is_recorded(value):
                    raise messages.not_an_argument(f)
                if hides_tensors(value):
                    raise messages.no_derivative_of(f, path, value)
        out = pack([value for value, then in zip(flatten(result)[0], flatten(first[0])[0]) if isinstance(then, Tensor)])
        given, found = some_of(vector), some_of(out)
        if not marks:
            marks.extend((given, found))
        elif np.array_equal(given, marks[0], equal_nan=True) and not nearly_equal(found, marks[1]):
            raise messages.not_repeatable(f)
        return out

    of_vector.__name__ = messages.called(f)
    packed = replayed(pack(inputs), of_vector)
    results, rebuild_result = flatten(first[0])
    tensors = iter(unpack(packed, [value._array for value in results if isinstance(value, Tensor)]))
    return rebuild_result([next(tensors) if isinstance(value, Tensor) else value for value in results])


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
