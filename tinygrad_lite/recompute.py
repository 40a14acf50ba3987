"""Less memory for more time: forget what is inside a part of the computation, and compute it again when walking back.

Flows in: a function, and arguments in any nest. Flows out: the same result, recorded as a single node that keeps the
arguments only. (Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, chapter 12.)
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import messages
from .autograd import recording
from .containers import flatten, pack, unpack
from .registry import derivative, primitive
from .tensor import Tensor
from .transforms import is_recorded, vjp


@primitive
def replayed(vector: Any, function: Callable[..., Any]) -> Any:
    """A function of one vector, as one node."""
    out = function(vector)
    return out._data if isinstance(out, Tensor) else out


derivative(replayed, vector=lambda g, vector, function: vjp(function, vector)[1](g)[0])


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f`, but what it computes on the way is not kept for walking back: it is computed once more then.

    For a chain of n equal parts, each in a checkpoint, what is kept shrinks from all of it to one value a part and the
    inside of one part. The time grows by one more computation of `f`. Arguments and results are arrays, numbers, Tensors or
    nests of them. All Tensors that want a gradient are passed as arguments: TypeError if `f` takes one from outside.

    >>> import numpy as np, tinygrad_lite as tg
    >>> slope = tg.grad(lambda x: np.sum(checkpoint(lambda x: np.exp(np.sin(x)))(x)))
    >>> slope(np.zeros(2))
    array([1., 1.])
    """

    @functools.wraps(f)
    def forgetful(*args: Any, **keywords: Any) -> Any:
        values, rebuild = flatten(args)
        wanted = [i for i, value in enumerate(values) if is_recorded(value)]
        if not wanted or not recording():
            return f(*args, **keywords)
        inputs, outputs, rebuilders = [values[i] for i in wanted], list[Any](), list[Any]()

        def of_vector(vector: Any) -> Any:
            new = list(values)
            for i, value in zip(wanted, unpack(vector, inputs)):
                new[i] = value if isinstance(value, Tensor) else Tensor(value, requires_grad=False)
            results, rebuild_result = flatten(f(*rebuild(new), **keywords))
            if not isinstance(vector, Tensor):
                if any(map(is_recorded, results)):
                    raise messages.not_an_argument(f)
                outputs[:], rebuilders[:] = (
                    [r._data if isinstance(r, Tensor) else np.asarray(r) for r in results],
                    [rebuild_result],
                )
            return pack(results)

        packed = replayed(pack(inputs), of_vector)
        return rebuilders[0](unpack(packed, outputs))

    return forgetful
