"""scipy.optimize.minimize with exact derivatives, over parameters in any nest.

Flows in: a loss and parameters to start from. Flows out: SciPy's own result, with the parameters back in their form. SciPy
knows vectors only, so the nest is packed into one; value and gradient come from `value_and_grad`, and the methods that ask
for second derivatives get them from `hvp` and `hessian`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import messages
from .autograd import no_grad
from .containers import flatten, pack, unpack
from .tensor import Tensor
from .transforms import Trace, hessian, hvp, value_and_grad

NO_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}
PRODUCTS = {"newton-cg", "trust-ncg", "trust-krylov", "trust-constr"}
MATRICES = {"dogleg", "trust-exact"}


def minimize(f: Callable[..., Any], x0: Any, args: tuple[Any, ...] = (), method: str | None = None, **options: Any) -> Any:
    """Minimise ``f(x, *args)`` from `x0`: `scipy.optimize.minimize` with the derivatives filled in.

    f:        a function of the parameters that returns one number, written with NumPy
    x0:       the parameters to start from: an array, a number, or a nest of dicts, lists and tuples of them
    args:     more arguments of `f`, which stay as they are
    method:   SciPy's; BFGS if left out. Newton-CG and the trust-region methods get second derivatives as well
    options:  any other argument of SciPy's function: ``tol``, ``bounds`` (for all numbers in a row), ``callback`` (called
              with parameters in the form of `x0`), ``options``, ...

    The result is SciPy's `OptimizeResult`, with ``x`` and ``jac`` in the form of `x0`. Raises ImportError without SciPy.

    >>> import numpy as np
    >>> def rosenbrock(p):
    ...     return (1 - p["x"]) ** 2 + 100 * (p["y"] - p["x"] ** 2) ** 2
    >>> result = minimize(rosenbrock, {"x": -1.0, "y": 2.0}, method="trust-ncg")
    >>> bool(result.success), round(float(result.x["x"]), 4), round(float(result.x["y"]), 4)
    (True, 1.0, 1.0)
    """
    try:
        import scipy.optimize
    except ImportError as error:
        raise messages.not_installed("minimize", "SciPy", "scipy") from error
    start = Trace(lambda x: 0.0, (x0,), {}, 0).variables  # checks that all of it is numbers
    point, rebuild = [v.data for v in start], flatten(x0)[1]

    def nest(vector: np.ndarray) -> Any:
        return rebuild(unpack(vector, point))

    given: dict[str, Any] = {}
    name = (method or "").lower()
    both = value_and_grad(f)

    def fun(vector: np.ndarray, *more: Any) -> Any:
        if name in NO_GRADIENT:
            with no_grad():
                return number(f(nest(vector), *more))
        value, g = both(nest(vector), *more)
        return number(value), as_vector(g)

    given["jac"] = name not in NO_GRADIENT
    if name in PRODUCTS:
        product = hvp(f)
        given["hessp"] = lambda vector, v, *more: as_vector(product(nest(vector), *more, nest(v)))
    if name in MATRICES:
        packed = hessian(lambda vector, *more: f(nest(vector), *more))
        given["hess"] = lambda vector, *more: np.asarray(packed(vector, *more))
    if callback := options.pop("callback", None):
        given["callback"] = lambda vector, *rest: callback(nest(vector), *rest)
    result = scipy.optimize.minimize(fun, pack(point).astype(float), args=args, method=method, **given, **options)
    result.x = nest(result.x)
    if "jac" in result and np.size(result.jac) == sum(map(np.size, point)):
        result.jac = nest(np.asarray(result.jac))
    return result


def number(value: Any) -> float:
    """The one number in it, as SciPy wants it."""
    return float(np.squeeze(value.data if isinstance(value, Tensor) else value))


def as_vector(nest: Any) -> np.ndarray:
    """All numbers of a nest in a row, in float64 as SciPy wants them."""
    return pack(flatten(nest)[0]).astype(float, copy=False)
