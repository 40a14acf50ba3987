"""Functions in, derivatives out: `grad` and its relatives, for code that would rather not see a Tensor.

Flows in: a function written with NumPy, and arrays, numbers or nests of them. Flows out: the derivative, in the same form.
Inside, `f` is called once with Tensors in the place of its arguments: a `Trace`. All else is walking back from what it
returned. Forward mode needs no rules of its own: a vjp is linear in the gradient that flows in, so its own vjp is the
Jacobian times a vector (Townsend, "A new trick for calculating Jacobian vector products", 2017).

Derivatives nest, since an argument that is already being differentiated is wrapped once more: the inner walk ends at the new
Tensor, the outer one goes on through it. So each `grad` sees its own variable only, as in d/dx [x · d/dy (x + y)] = 1
(Siskind and Pearlmutter, "Perturbation confusion and referential transparency", 2005).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import messages
from .autograd import Node, like, new_number, pull_back, recording, recording_as, switched_on
from .containers import flatten, with_paths
from .tensor import Tensor, alias

Function = Callable[..., Any]


class Trace:
    """One call of `f`, with each number in the chosen arguments as a variable of its own, and the ways back from its result.

    A Tensor is *ours* if it was made after the trace began. If what `f` returns goes back to older ones, an outer
    differentiation is going on: then the walk is recorded for it, and results stay Tensors. Otherwise they are arrays.
    """

    def __init__(
        self, f: Function, args: Sequence[Any], keywords: dict[str, Any], argnums: Any, has_aux: bool = False
    ) -> None:
        self.start, self.single = new_number(), not isinstance(argnums, tuple)
        numbers = [argnums] if self.single else list(argnums)
        for i in numbers:
            if not -len(args) <= i < len(args):
                raise messages.no_such_argument(f, i, len(args))
        self.chosen = [args[i] for i in numbers]
        self.rebuild = flatten(self.chosen)[1]
        with recording_as(switched_on()):  # in no_grad, only what comes out is not recorded
            self.variables = [variable(value, path, f, numbers) for path, value in with_paths(self.chosen)]
            if tell := getattr(recording(), "entered", None):  # debug() looks on
                tell(f, [i % len(args) for i in numbers], self.chosen, self.variables)
            moved = list(args)
            for i, nest in zip(numbers, self.rebuild([alias(v) for v in self.variables])):
                moved[i] = nest
            value = f(*moved, **keywords)
        if has_aux and not (isinstance(value, tuple) and len(value) == 2):
            raise messages.no_aux(f, value)
        self.aux: Any
        value, self.aux = value if has_aux else (value, None)
        self.outputs, self.rebuild_value = flatten(value)
        self.outer = bool(recording()) and any(map(self.is_older, self.outputs))

    def is_older(self, value: Any) -> bool:
        """Whether the graph of this value goes back to before the trace."""
        if not is_recorded(value):
            return False
        stack, seen = [value.node], {value.node}
        while stack:
            node = stack.pop()
            if node.number < self.start:
                return True
            found = {parent for parent in node.args if parent.__class__ is Node} - seen
            seen |= found
            stack.extend(found)
        return False

    def finished(self, value: Any) -> Any:
        """A result as it leaves: a Tensor only if an outer differentiation may want to go on through it."""
        if not isinstance(value, Tensor):
            return value
        return value if recording() and self.is_older(value) else value.data

    def value(self) -> Any:
        return self.rebuild_value([self.finished(y) for y in self.outputs])

    def auxiliary(self) -> Any:
        values, rebuild = flatten(self.aux)
        return rebuild([self.finished(y) for y in values])

    def scalar(self, f: Function, name: str) -> Any:
        """The one number that `f` returned, for derivatives that only a number has."""
        if len(self.outputs) != 1 or size(self.outputs[0]) != 1:
            raise messages.not_a_number(f, name, self.value())
        return self.outputs[0]

    def pull(self, seeds: Sequence[Any]) -> list[Any]:
        """The gradient of each variable, for one gradient of each output: arrays, or Tensors if they can be gone on with."""
        recorded = self.outer or any(map(is_recorded, seeds))
        total: list[Any] = [None] * len(self.variables)
        for y, seed in zip(self.outputs, seeds):
            if is_recorded(y):
                parts = pull_back(y, seed, self.variables, recorded, self.start)
                total = [a if b is None else b if a is None else a + b for a, b in zip(total, parts)]
        return [zeros_like(v) if g is None else g for g, v in zip(total, self.variables)]

    def gradient(self, seeds: Sequence[Any]) -> Any:
        """The same in the form of the chosen arguments. If debug() looks on, it is told."""
        values = self.pull(seeds)
        if tell := getattr(recording(), "differentiated", None):
            tell(self.variables, [[g] for g in values])
        return self.nest(values)

    def nest(self, values: Sequence[Any]) -> Any:
        """Values of the variables in the form of the chosen arguments."""
        nests = self.rebuild([self.finished(like(g, v._data, copy=True)) for g, v in zip(values, self.variables)])
        return nests[0] if self.single else tuple(nests)


def size(value: Any) -> int:
    """How many numbers there are in it."""
    return math.prod(value.shape) if hasattr(value, "shape") else np.size(value)


def is_recorded(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


def variable(value: Any, path: str, f: Function, numbers: list[int]) -> Tensor:
    """A new variable with this value. If the value is already one, it is wrapped, and stays connected."""
    if is_recorded(value):
        return alias(value)
    kind = value.dtype.kind if hasattr(value, "dtype") else "f" if type(value) in (int, float) else None
    if kind is None or kind in "bUSO":
        raise messages.not_a_parameter(f, numbers[int(path[1 : path.index("]")])], path[path.index("]") + 1 :], value)
    return Tensor(value)


def zeros_like(x: Any) -> Any:
    """Zeros in the kind of a Tensor's data."""
    data = x.data if isinstance(x, Tensor) else x
    return np.zeros_like(data)[()] if isinstance(data, np.generic) else np.zeros_like(data)


def ones_like(x: Any) -> Any:
    return zeros_like(x) + 1


def alike(nest: Any, other: Any) -> list[tuple[Any, Any]]:
    """The values of two nests in pairs, if they have the same form."""
    nothing: tuple[str, Any] = ("", None)
    pairs = list(itertools.zip_longest(with_paths(nest), with_paths(other), fillvalue=nothing))
    for (path, a), (other_path, b) in pairs:
        if path != other_path or np.shape(getattr(a, "_data", a)) != np.shape(getattr(b, "_data", b)):
            raise messages.not_alike(path, a, other_path, b)
    return [(a, b) for (_, a), (_, b) in pairs]


def dot(nest: Any, other: Any) -> Any:
    """The sum of the products of all numbers in two nests of the same form."""
    return sum(np.sum(a * b) for a, b in alike(nest, other))


def named(name: str, f: Function) -> Callable[[Function], Function]:
    """Give the derivative the name and signature of its function, for `help` and for messages."""

    def decorate(derived: Function) -> Function:
        functools.update_wrapper(derived, f, assigned=("__module__", "__doc__"), updated=())
        derived.__name__ = derived.__qualname__ = f"{name}({getattr(f, '__name__', 'f')})"
        return derived

    return decorate


# --- gradients --------------------------------------------------------------------------------------------------------


def grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The function that computes the gradient of `f`, which returns one number.

    argnums:  which positional argument to differentiate with respect to; for a tuple of them, a tuple comes back
    has_aux:  `f` returns a pair (number, anything); the gradient comes back paired with the second, which is not
              differentiated

    The gradient has the form, shapes and dtypes of the argument: an array, a number, or a nest of dicts, lists, tuples and
    named tuples of them. Whole numbers count as float64. Raises ValueError if `f` does not return one number, TypeError for
    an argument with something else than numbers in it.

    >>> import numpy as np
    >>> slope = grad(np.tanh)
    >>> round(float(slope(1.0)), 6), round(float(grad(slope)(1.0)), 6)
    (0.419974, -0.6397)
    >>> def loss(params, x):
    ...     return np.sum((params["w"] * x + params["b"]) ** 2)
    >>> g = grad(loss)({"w": np.array([1.0, 2.0]), "b": 0.5}, np.array([1.0, 3.0]))
    >>> g["w"], float(g["b"])
    (array([ 3., 39.]), 16.0)
    """

    @named("grad", f)
    def gradient(*args: Any, **keywords: Any) -> Any:
        trace = Trace(f, args, keywords, argnums, has_aux)
        g = trace.gradient([ones_like(trace.scalar(f, "grad"))])
        return (g, trace.auxiliary()) if has_aux else g

    return gradient


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The function that computes both the value of `f` and its gradient, in one pass: see `grad`.

    >>> import numpy as np
    >>> value, g = value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> float(value), g
    (5.0, array([2., 4.]))
    """

    @named("value_and_grad", f)
    def both(*args: Any, **keywords: Any) -> Any:
        trace = Trace(f, args, keywords, argnums, has_aux)
        g = trace.gradient([ones_like(trace.scalar(f, "value_and_grad"))])
        return ((trace.value(), trace.auxiliary()) if has_aux else trace.value()), g

    return both


def elementwise_grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The slope of `f` at each element, for an `f` that works element by element, like ``np.sin``.

    It is the gradient of the sum of all results: right whenever no result depends on several elements of the argument.

    >>> import numpy as np
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """

    @named("elementwise_grad", f)
    def slopes(*args: Any, **keywords: Any) -> Any:
        trace = Trace(f, args, keywords, argnums, has_aux)
        g = trace.gradient([ones_like(y) for y in trace.outputs])
        return (g, trace.auxiliary()) if has_aux else g

    return slopes


# --- products with a vector -------------------------------------------------------------------------------------------


def vjp(f: Function, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `f` at `primals`, and the function from a gradient of that value to the gradients of the arguments.

    That function is the vector-Jacobian product. It takes one gradient in the form of the value, returns a tuple with one
    for each of `primals`, and can be called again. With `has_aux` the auxiliary result comes third.

    >>> import numpy as np
    >>> y, pull = vjp(np.sin, np.array([0.0, 1.0]))
    >>> pull(np.array([1.0, 0.0]))
    (array([1., 0.]),)
    """
    trace = Trace(f, primals, {}, tuple(range(len(primals))), has_aux)

    def pull(g: Any) -> Any:
        seeds = [seed_like(part, y) for y, part in alike(trace.rebuild_value(trace.outputs), g)]
        parts = trace.pull(seeds)
        return tuple(trace.rebuild(parts)) if any(map(is_recorded, seeds)) else trace.nest(parts)

    return (trace.value(), pull, trace.auxiliary()) if has_aux else (trace.value(), pull)


def seed_like(g: Any, y: Any) -> Any:
    """A gradient that flows into `y`, in its dtype."""
    dtype = y.dtype if hasattr(y, "dtype") else np.dtype(float)
    g = g if hasattr(g, "dtype") else np.asarray(g)[()]
    return g if g.dtype == dtype else g.astype(dtype)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f` at `primals`, and how fast it changes as they move along `tangents`: the Jacobian times a vector.

    `primals` and `tangents` are sequences of the arguments and of their directions, in the same form.

    >>> import numpy as np
    >>> y, dy = jvp(np.sin, [np.array([0.0, 1.0])], [np.array([1.0, 0.0])])
    >>> dy
    array([1., 0.])
    """
    trace = Trace(f, primals, {}, tuple(range(len(primals))))
    u = [Tensor(zeros_like(y)) for y in trace.outputs]  # any gradient would do: what comes back is linear in it
    back = dot(trace.rebuild(trace.pull(u)), list(tangents))
    moves = (
        pull_back(back, ones_like(back), u, bool(recording()) and trace.is_older(back))
        if is_recorded(back)
        else [None] * len(u)
    )
    changes = [zeros_like(y) if move is None else move for move, y in zip(moves, trace.outputs)]
    return trace.value(), trace.rebuild_value([trace.finished(change) for change in changes])


def hvp(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The Hessian of `f` times a vector, without the Hessian: ``hvp(f)(x, v)``, at the cost of a few gradients.

    The result takes the arguments of `f` and then `v`, in the form of the gradient. It is the gradient of the slope along
    `v` (Pearlmutter, "Fast exact multiplication by the Hessian", 1994).

    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """

    @named("hvp", f)
    def product(*args: Any, **keywords: Any) -> Any:
        *point, v = args
        return grad(lambda *x: dot(grad(f, argnums)(*x, **keywords), v), argnums)(*point)

    return product


def half_squared_norm(y: Any) -> Any:
    """½ |y|², the outer function of least squares. Its Hessian is the identity."""
    return 0.5 * np.sum(y * y)


def ggnvp(f: Function, g: Function = half_squared_norm, argnums: int = 0) -> Function:
    """The generalised Gauss-Newton matrix of g(f(x)) times a vector: ``ggnvp(f, g)(x, v)`` is Jᵀ H J v.

    J is the Jacobian of `f`, H the Hessian of `g` at f(x). Where `g` is convex it never points uphill, as the Hessian may
    (Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", 2002).

    >>> import numpy as np
    >>> ggnvp(np.exp)(np.array([0.0, 1.0]), np.array([1.0, 1.0])).round(4)
    array([1.    , 7.3891])
    """

    @named("ggnvp", f)
    def product(*args: Any, **keywords: Any) -> Any:
        *point, v = args

        def of_x(x: Any) -> Any:
            return f(*point[:argnums], x, *point[argnums + 1 :], **keywords)

        y, pull = vjp(of_x, point[argnums])
        _, moved = jvp(of_x, [point[argnums]], [v])
        return pull(hvp(g)(y, moved))[0]

    return product


# --- whole matrices ---------------------------------------------------------------------------------------------------


def jacobian(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The function that computes all derivatives of all results: an array of shape ``result.shape + argument.shape``.

    For a nest of results there is a nest of Jacobians, and for a nest of arguments one inside each of them. It takes one walk
    back for each result, or a few for each argument if the results are many more.

    >>> import numpy as np
    >>> jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]) @ x)(np.array([1.0, 1.0]))
    array([[1., 2.],
           [3., 4.],
           [5., 6.]])
    """

    @named("jacobian", f)
    def matrix(*args: Any, **keywords: Any) -> Any:
        trace = Trace(f, args, keywords, argnums, has_aux)
        n, m = (sum(map(size, values)) for values in (trace.outputs, trace.variables))
        blocks = by_columns(trace) if 4 * m < n else by_rows(trace)
        if tell := getattr(recording(), "differentiated", None):
            tell(trace.variables, list(map(list, zip(*blocks))))
        full = trace.rebuild_value([trace.nest(row) for row in blocks])
        return (full, trace.auxiliary()) if has_aux else full

    return matrix


def hessian(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes all second derivatives of `f`, which returns one number.

    For an argument of shape ``s`` the result has shape ``s + s``; for a nest it is a nest of nests. See `hvp` for the product
    with a vector, which costs far less where the argument is long.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return named("hessian", f)(jacobian(grad(f, argnums), argnums))


def unit_arrays(x: Any) -> list[Any]:
    """For each element of `x`, zeros with a 1 in its place."""
    shape, dtype = x.shape, x.dtype
    units = np.eye(math.prod(shape), dtype=dtype)
    return [unit.reshape(shape)[()] for unit in units]


def assembled(rows: list[Any], shape: tuple[int, ...], like: Any) -> Any:
    """A block of the Jacobian from its rows."""
    if not rows:
        return np.zeros(shape + like.shape, like.dtype)
    return np.reshape(np.stack(rows), shape + like.shape)


def by_rows(trace: Trace) -> list[list[Any]]:
    """One walk back for each element of each result. Blocks by result and variable."""
    blocks = []
    for k, y in enumerate(trace.outputs):
        zeros = [zeros_like(other) for other in trace.outputs]
        if is_recorded(y):
            rows = [trace.pull([*zeros[:k], unit, *zeros[k + 1 :]]) for unit in unit_arrays(y)]
            blocks.append([assembled([row[j] for row in rows], y.shape, v) for j, v in enumerate(trace.variables)])
        else:
            blocks.append([np.zeros(np.shape(y) + v.shape, v.dtype) for v in trace.variables])
    return blocks


def by_columns(trace: Trace) -> list[list[Any]]:
    """The walk back is itself recorded, once; one walk back through *it* for each element of each variable."""
    start, u = new_number(), [Tensor(zeros_like(y)) for y in trace.outputs]
    blocks: list[list[Any]] = [[] for _ in u]
    for v, back in zip(trace.variables, trace.pull(u)):
        columns = []
        for unit in unit_arrays(v):
            moves = pull_back(back, unit, u, trace.outer, start) if is_recorded(back) else [None] * len(u)
            columns.append([zeros_like(y) if move is None else move for move, y in zip(moves, u)])
        for k, y in enumerate(u):
            block = assembled([column[k] for column in columns], v.shape, y)
            axes = (*range(v.ndim, v.ndim + y.ndim), *range(v.ndim))
            blocks[k].append(np.transpose(block, axes))
    return blocks


def stop_gradient(nest: Any) -> Any:
    """The same numbers as constants: no gradient flows back through them. Arrays and anything else stay as they are.

    >>> float(grad(lambda x: x * stop_gradient(x))(3.0))
    3.0
    """
    values, rebuild = flatten(nest)
    return rebuild([value.detach() if isinstance(value, Tensor) else value for value in values])
