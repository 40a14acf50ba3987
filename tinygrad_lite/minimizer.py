"""Calls scipy.optimize.minimize with exact derivatives, for parameters in any nest.

Flows in: a loss and parameters to start from. Flows out: SciPy's own result, with the parameters back in their form. SciPy
knows only vectors. So each vector that it gives to the user's functions (loss, derivatives, callback, constraints) is
unpacked into the form of the parameters, and what they return is packed. Derivatives that the user does not give are
computed: value and gradient in one pass, and `hvp` and `hessian` for the methods that ask for second derivatives.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from . import messages
from .containers import flatten, pack, unpack
from .differentiation import Differentiation, alike, called_with, variables
from .recording import no_grad
from .tensor import Tensor
from .transforms import hessian, hvp, jacobian

NO_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}
PRODUCTS = {"newton-cg", "trust-ncg", "trust-krylov", "trust-constr"}
MATRICES = {"dogleg", "trust-exact"}

Function = Callable[..., Any]


def minimize(f: Function, x0: Any, args: Any = (), method: Any = None, **options: Any) -> Any:
    """Minimize ``f(x, *args)``, starting from `x0`, by `scipy.optimize.minimize` with exact derivatives.

    f:        a function of the parameters that returns one number, written with NumPy
    x0:       the parameters to start from: an array, a number, or a nest of dicts, lists, tuples and dataclasses of them
    args:     more arguments of `f`, which stay as they are
    method:   SciPy's; BFGS if left out. Newton-CG and the trust-region methods get second derivatives as well
    options:  any other argument of SciPy's function: ``tol``, ``bounds`` (for all numbers in a row), ``options``, ...

    Functions among the options take the parameters in the form of `x0`: ``callback`` (also with one parameter that is named
    ``intermediate_result``), and the functions in ``constraints``, whose Jacobians are computed too. If you give ``jac``,
    ``hess`` or ``hessp``, they are used instead of ours; they return the form of `x0`, and ``hess`` a matrix or what
    `hessian` returns. With ``jac=True`` `f` returns the pair (value, gradient). ``jac=False`` and ``jac="2-point"`` mean
    differences of values.

    The result is SciPy's `OptimizeResult`, with ``x`` and ``jac`` in the form of `x0`. Raises ImportError without SciPy, and
    TypeError if no recorded call connects what `f` returns with `x0`.

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
    problem = Problem(f, x0, args if isinstance(args, tuple) else (args,), method.lower() if isinstance(method, str) else "")
    fun, options["jac"] = problem.loss_and_gradient(options.get("jac"))
    options.update(problem.second_derivatives(options.get("hess"), options.get("hessp")))
    if callback := options.get("callback"):
        options["callback"] = problem.reporting(callback, scipy.optimize.OptimizeResult)
    if constraints := options.get("constraints"):
        several = constraints if isinstance(constraints, (list, tuple)) else [constraints]
        options["constraints"] = [problem.constraint(each) for each in several]
    return problem.in_form(scipy.optimize.minimize(fun, problem.start, args=problem.args, method=method, **options))


class Problem:
    """A loss and the form of its parameters: SciPy knows them as a vector, the user's functions as a nest."""

    def __init__(self, f: Function, x0: Any, args: tuple[Any, ...], method: str) -> None:
        self.f, self.loss, self.args, self.method = getattr(f, "differentiable", f), f, args, method
        self.pair, self.compiled = f, self.f is not f  # a compiled function returns its gradient, too
        self.point = [v.data for v in variables(f, flatten(x0)[0], [x0], [0])]  # which checks that all of it is numbers
        self.rebuild, self.start = flatten(x0)[1], pack(self.point).astype(float)

    # --- from SciPy's form to the user's, and back ------------------------------------------------------------------------

    def nest(self, vector: Any) -> Any:
        return self.rebuild(unpack(vector, self.point))

    def vector(self, nest: Any) -> np.ndarray:
        """A gradient, in the form of the parameters or already a vector, in float64 as SciPy wants it."""
        values = [plain(value) for value in flatten(nest)[0]]
        as_a_list = isinstance(nest, list) and len(self.point) == 1 and np.ndim(self.point[0]) == 1
        if [np.shape(value) for value in values] != ([()] * self.start.size if as_a_list else [self.start.shape]):
            alike(self.rebuild(self.point), nest, messages.not_the_form_of_x0)
        return pack(values).astype(float, copy=False)

    def matrix(self, nest: Any) -> Any:
        """A Jacobian or Hessian, with a column for each number of the parameters. It may already be one, also a sparse one;
        or a nest as `jacobian` and `hessian` return it, whose blocks are put side by side.
        """
        if isinstance(nest, list) and len(self.point) == 1:
            nest = np.asarray(nest)
        blocks, sizes = [plain(block) for block in flatten(nest)[0]], [np.size(value) for value in self.point]
        n = len(sizes)
        if len(blocks) < n or not all(isinstance(block, (float, np.ndarray, np.generic)) for block in blocks):
            return blocks[0]
        rows = [[np.reshape(block, (-1, size)) for block, size in zip(blocks[i:], sizes)] for i in range(0, len(blocks), n)]
        return np.block(rows)

    def in_form(self, result: Any) -> Any:
        """SciPy's result, with parameters and gradient in their form. A method for constraints may have theirs in `jac`."""
        result = type(result)(result)
        for key in ("x", "jac", "grad"):
            if isinstance(result.get(key), np.ndarray) and result[key].shape == self.start.shape:
                result[key] = self.nest(result[key])
        return result

    def on_nests(self, function: Function, packed: Function) -> Function:
        """A function of the parameters as one of SciPy's vector, and its result as SciPy wants it."""
        return lambda vector, *more: packed(function(self.nest(vector), *more))

    # --- what SciPy asks for ----------------------------------------------------------------------------------------------

    def loss_and_gradient(self, jac: Any) -> tuple[Function, Any]:
        """SciPy's `fun` and `jac`. If the user says nothing of a gradient, it is ours, together with the value."""
        if self.compiled and jac is None and self.method not in NO_GRADIENT:
            jac = True
        if jac is True or self.compiled:
            self.loss = lambda *args: self.pair(*args)[0]
        if jac is True:
            return self.users_pair, True
        if callable(jac):
            return self.value, self.on_nests(jac, self.vector)
        if jac == "cs":
            raise messages.no_complex_step(self.f)
        if jac is not None or self.method in NO_GRADIENT:
            return self.value, jac
        return self.value_and_gradient, True

    def value(self, vector: Any, *more: Any) -> float:
        with no_grad():
            nest = self.nest(vector)
            return number(called_with(self.loss, (nest, *more), {}, [nest]), self.f)

    def value_and_gradient(self, vector: Any, *more: Any) -> tuple[float, np.ndarray]:
        df = Differentiation(self.f, (self.nest(vector), *more), {}, 0, warns=False)
        if df.independent:
            raise messages.constant_loss(self.f, df.outputs)
        gradient = df.gradient("minimize")
        return number(df.outputs[0], self.f), self.vector(gradient)

    def users_pair(self, vector: Any, *more: Any) -> tuple[float, np.ndarray]:
        pair = self.pair(self.nest(vector), *more)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise messages.no_pair(self.f, pair)
        return number(pair[0], self.f), self.vector(pair[1])

    def second_derivatives(self, hess: Any, hessp: Any) -> dict[str, Any]:
        """SciPy's `hess` and `hessp`: the user's; or ours, if the method wants one of them and there is none."""
        if hess is None and hessp is None and self.method in PRODUCTS:
            hessp = hvp(self.loss)
        if hess is None and self.method in MATRICES:
            hess = hessian(self.loss)
        found = {}
        if hess is not None:
            found["hess"] = self.on_nests(hess, self.matrix) if callable(hess) else hess
        if hessp is not None:
            found["hessp"] = lambda vector, v, *more: self.vector(hessp(self.nest(vector), self.nest(v), *more))
        return found

    def constraint(self, given: Any) -> Any:
        """A constraint whose functions take the parameters in their form, and with its Jacobian if the user gives none."""
        if isinstance(given, dict):
            return {**given, **self.function_and_jacobian(given["fun"], given.get("jac"))}
        if not hasattr(given, "fun"):  # linear ones have a matrix, with a column for each number of the parameters
            return given
        jac = None if given.jac == "2-point" else given.jac  # which is what SciPy puts in if the user gives none
        twin = copy.copy(given)
        vars(twin).update(self.function_and_jacobian(given.fun, jac))
        if callable(given.hess):
            twin.hess = self.on_nests(given.hess, self.matrix)
        return twin

    def function_and_jacobian(self, fun: Function, jac: Any) -> dict[str, Any]:
        def row(result: Any) -> Any:
            return pack([plain(value) for value in flatten(result)[0]])

        jac = jac or jacobian(fun)
        return {"fun": self.on_nests(fun, row), "jac": self.on_nests(jac, self.matrix) if callable(jac) else jac}

    def reporting(self, callback: Function, result_type: Any) -> Function:
        """A callback that gets the parameters in their form; or the result so far, if its parameter is called so."""

        def of_result(intermediate_result: Any) -> Any:
            result = intermediate_result
            if isinstance(result, np.ndarray):  # some methods give the parameters in any case
                result = result_type(x=result, fun=self.value(result, *self.args))
            return callback(intermediate_result=self.in_form(result))

        try:
            by_name = set(inspect.signature(callback).parameters) == {"intermediate_result"}
        except (TypeError, ValueError):  # a function written in C that cannot tell
            by_name = False
        return of_result if by_name else self.on_nests(callback, lambda answer: answer)


def plain(value: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return value.data if isinstance(value, Tensor) else value


def number(value: Any, f: Function) -> float:
    """The one number in it, as SciPy wants it."""
    value = plain(value)
    if np.size(value) != 1:
        raise messages.not_a_number(f, "minimize", value)
    return float(np.squeeze(value))
