"""Transforms such as `grad` take a function and return its derivative, for programs that compute with arrays, not Tensors.

Flows in: a function written with NumPy, and arrays, numbers or nests of them. Flows out: the derivative, in the same form.
Each transform calls the function once (`differentiation.py`); the rest is backward passes. Forward mode needs no rules of
its own: a vjp is linear in the gradient that it is given, so its own vjp is the Jacobian times a vector (Townsend, "A new
trick for calculating Jacobian vector products", 2017).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import messages
from .autograd import Handle, new_number
from .containers import mapped_nest
from .differentiation import (
    Derived,
    Differentiation,
    Function,
    alike,
    dot,
    is_recorded,
    ones_like,
    positions,
    pulled,
    size,
    some_gradient,
)
from .functional import leading_to
from .recording import in_mode, recording, switched_on
from .rows import Rows
from .tensor import Tensor
from .watching import watcher

# --- gradients --------------------------------------------------------------------------------------------------------


def grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The function that computes the gradient of `f`, which returns one number.

    argnums:  which positional argument to differentiate with respect to; for a tuple of them, the result is a tuple
    has_aux:  `f` returns a pair (number, anything); the result is the pair (gradient, anything), whose second part is not
              differentiated

    The gradient has the form, shapes and dtypes of the argument: an array, a number, or a nest of dicts, lists, tuples,
    named tuples and dataclasses of them. Whole numbers count as float64. Raises ValueError if `f` does not return one number,
    and TypeError if the argument or the result contains anything but numbers. Warns if no recorded call connects the result
    with the argument: then the whole gradient is 0.

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
    return Derived(gradient, "grad", f, argnums=argnums, has_aux=has_aux)


def gradient(f: Function, args: Any, keywords: Any, argnums: Any, has_aux: bool) -> Any:
    """What `grad(f)` does when it is called."""
    df = Differentiation(f, args, keywords, argnums, has_aux)
    return df.with_aux(df.gradient("grad"))


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The function that computes both the value of `f` and its gradient, in one pass: see `grad`.

    >>> import numpy as np
    >>> value, g = value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> float(value), g
    (5.0, array([2., 4.]))
    """
    return Derived(value_and_gradient, "value_and_grad", f, argnums=argnums, has_aux=has_aux)


def value_and_gradient(f: Function, args: Any, keywords: Any, argnums: Any, has_aux: bool) -> Any:
    """What `value_and_grad(f)` does."""
    df = Differentiation(f, args, keywords, argnums, has_aux)
    g = df.gradient("value_and_grad")
    return df.with_aux(df.value()), g


def elementwise_grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The slope of `f` at each element, for an `f` that works element by element, like ``np.sin``.

    It is the gradient of the sum of all results: right whenever no result depends on several elements of the argument.

    >>> import numpy as np
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0, 3.0]))
    array([2., 4., 6.])
    """
    return Derived(slopes, "elementwise_grad", f, argnums=argnums, has_aux=has_aux)


def slopes(f: Function, args: Any, keywords: Any, argnums: Any, has_aux: bool) -> Any:
    """What `elementwise_grad(f)` does."""
    df = Differentiation(f, args, keywords, argnums, has_aux)
    return df.with_aux(df.slopes())


# --- products with a vector -------------------------------------------------------------------------------------------


def vjp(f: Function, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `f` at `primals`, and a function that turns a gradient of this value into gradients of the arguments.

    This function is the vector-Jacobian product. It takes one gradient in the form of the value, returns a tuple with one
    gradient for each of `primals`, and can be called again. With `has_aux` the auxiliary result is returned as a third value.

    >>> import numpy as np
    >>> y, pull = vjp(np.sin, np.array([0.0, 1.0]))
    >>> pull(np.array([1.0, 0.0]))
    (array([1., 0.]),)
    """
    df = Differentiation(f, primals, {}, tuple(range(len(primals))), has_aux)

    def pull(g: Any) -> Any:
        seeds = [seed_like(part, y) for y, part in alike(df.rebuild_value(df.outputs), g)]
        parts = df.pull(df.outputs, seeds)
        return tuple(df.rebuild(parts)) if any(map(is_recorded, seeds)) else df.nest(parts)

    return df.with_aux(df.value(), pull)


def seed_like(g: Any, y: Any) -> Any:
    """A gradient that flows into `y`, in its dtype."""
    dtype = y.dtype if hasattr(y, "dtype") else np.dtype(float)
    g = g if hasattr(g, "dtype") else np.asarray(g)[()]
    return g if g.dtype == dtype else g.astype(dtype)


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of `f` at `primals`, and how fast it changes in the direction `tangents`: the Jacobian times a vector.

    `primals` and `tangents` are sequences of the arguments and of their directions, in the same form.

    >>> import numpy as np
    >>> y, dy = jvp(np.sin, [np.array([0.0, 1.0])], [np.array([1.0, 0.0])])
    >>> dy
    array([1., 0.])
    """
    for given in (primals, tangents):
        if not isinstance(given, (list, tuple)):
            raise messages.not_a_sequence(f, given)
    if len(primals) != len(tangents):
        raise messages.not_one_direction_each(f, len(primals), len(tangents))
    df = Differentiation(f, primals, {}, tuple(range(len(primals))))
    start, u = new_number(), [Tensor(some_gradient(y)) for y in df.outputs]
    back = dot(df.rebuild(df.pull(df.outputs, u)), list(tangents))
    goes_on = recording() and df.past([back])[1]
    through = leading_to(u, back, start) if is_recorded(back) else None
    return df.value(), df.rebuild_value(df.derived(pulled([back], [ones_like(back)], u, goes_on, start, through)))


def hvp(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The Hessian of `f` times a vector, without the Hessian: ``hvp(f)(x, v)``, at the cost of a few gradients.

    The result takes the arguments of `f`, with `v` directly after the argument that it belongs to (after the last of them, if
    `argnums` has several): ``hvp(f)(x, v, *args)``. So you can give it to `scipy.optimize.minimize` as ``hessp``. `v` must
    have the form and the shapes of the gradient; otherwise ValueError is raised. The product is the gradient of the slope
    along `v` (Pearlmutter, "Fast exact multiplication by the Hessian", 1994).

    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    return Derived(hessian_product, "hvp", f, argnums=argnums)


def hessian_product(f: Function, args: Any, keywords: Any, argnums: Any) -> Any:
    """What `hvp(f)` does: the gradient is recorded, and `v` is pulled back through it."""
    point, _, directions = point_and_vector("hvp", f, args, argnums)
    df = Differentiation(f, point, keywords, argnums)
    outputs, seeds = df.recorded_gradient("hvp"), [seed_like(d, x) for d, x in zip(directions, df.variables)]
    df.inside |= recording() and any(map(is_recorded, seeds))  # `v`, too, may be what an outer function is differentiated in
    if len(outputs) > 1:  # all in one backward pass, from the slope along `v`
        with in_mode(switched_on()):
            slope = functools.reduce(np.add, [np.sum(g * seed) for g, seed in zip(outputs, seeds)])
        outputs, seeds = [slope], [ones_like(slope)]
    values = df.pull(outputs, seeds)
    watcher().differentiated(df.variables, [[value] for value in values])
    return df.nest(values)


def point_and_vector(name: str, f: Function, args: Sequence[Any], argnums: Any) -> tuple[list[Any], Any, list[Any]]:
    """The arguments of `f`; the vector that follows the last of those in `argnums`, in their form; and the values in it."""
    if len(args) < 2:
        raise messages.no_vector(name, f, len(args))
    numbers = positions(f, argnums, len(args) - 1)
    at = max(numbers) + 1
    point, v = [*args[:at], *args[at + 1 :]], args[at]
    chosen = tuple(point[i] for i in numbers)

    def complaint(*found: Any) -> Exception:
        return messages.not_alike(*found, hint=messages.where_the_vector_is(name, f, at))

    pairs = alike(chosen if isinstance(argnums, (tuple, list)) else chosen[0], v, complaint)
    return point, v, [direction for _, direction in pairs]


def half_squared_norm(y: Any) -> Any:
    """½ |y|², the outer function of least squares. Its Hessian is the identity."""
    return 0.5 * np.sum(y * y)


def ggnvp(f: Function, g: Function = half_squared_norm, argnums: int = 0) -> Function:
    """The generalized Gauss-Newton matrix of g(f(x)) times a vector: ``ggnvp(f, g)(x, v)`` is Jᵀ H J v.

    J is the Jacobian of `f`, and H the Hessian of `g` at f(x). If `g` is convex, a step with this matrix never goes uphill,
    as a step with the Hessian may (Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent",
    2002). More arguments of `f` follow `v`, as in `hvp`.

    >>> import numpy as np
    >>> ggnvp(np.exp)(np.array([0.0, 1.0]), np.array([1.0, 1.0])).round(4)
    array([1.    , 7.3891])
    """
    return Derived(gauss_newton_product, "ggnvp", f, g=g, argnums=argnums)


def gauss_newton_product(f: Function, args: Any, keywords: Any, g: Function, argnums: int) -> Any:
    """What `ggnvp(f, g)` does."""
    point, v, _ = point_and_vector("ggnvp", f, args, argnums)
    (i,) = positions(f, argnums, len(point))

    def of_x(x: Any) -> Any:
        return f(*point[:i], x, *point[i + 1 :], **keywords)

    y, pull = vjp(of_x, point[i])
    _, moved = jvp(of_x, [point[i]], [v])
    return pull(hvp(g)(y, moved))[0]


# --- whole matrices ---------------------------------------------------------------------------------------------------


def jacobian(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The function that computes all derivatives of all results: an array of shape ``result.shape + argument.shape``.

    For a nest of results there is a nest of Jacobians, and for a nest of arguments another nest inside each of them. It needs
    one backward pass for each number in the result; if the argument has far fewer numbers, about one for each of those.

    >>> import numpy as np
    >>> jacobian(lambda x: np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]) @ x)(np.array([1.0, 1.0]))
    array([[1., 2.],
           [3., 4.],
           [5., 6.]])
    """
    return Derived(matrix, "jacobian", f, argnums=argnums, has_aux=has_aux)


def matrix(f: Function, args: Any, keywords: Any, argnums: Any, has_aux: bool) -> Any:
    """What `jacobian(f)` does."""
    df = Differentiation(f, args, keywords, argnums, has_aux)
    n, m = (sum(map(size, values)) for values in (df.outputs, df.variables))
    blocks = by_columns(df) if 4 * m < n else by_rows(df, df.outputs)
    watcher().differentiated(df.variables, list(map(list, zip(*blocks))))
    return df.with_aux(df.rebuild_value([df.nest(row) for row in blocks]))


def hessian(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes all second derivatives of `f`, which returns one number.

    For an argument of shape ``s`` the result has shape ``s + s``; for a nest it is a nest of nests. If the argument is long,
    the product with a vector is much cheaper: see `hvp`.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return Derived(second_derivatives, "hessian", f, argnums=argnums)


def second_derivatives(f: Function, args: Any, keywords: Any, argnums: Any) -> Any:
    """What `hessian(f)` does: the Jacobian of the gradient, which is recorded."""
    df = Differentiation(f, args, keywords, argnums)
    blocks = by_rows(df, df.recorded_gradient("hessian"))
    watcher().differentiated(df.variables, list(map(list, zip(*blocks))))
    rows = df.rebuild([df.nest(row) for row in blocks])
    return rows[0] if df.single else tuple(rows)


def pulled_units(y: Any, inputs: list[Any], pull: Callable[[Any], list[Any]], at_once: int) -> list[Any]:
    """What the gradient of each element of `y` becomes at the inputs: for each of these an array of shape ``y + input``.

    `pull` makes a backward pass, or several `at_once`, if it is given `Rows`.
    """
    shape, n = np.shape(y), size(y)
    if not n:
        return [np.zeros(shape + x.shape, x.dtype) for x in inputs]
    units = np.eye(n, dtype=getattr(y, "dtype", float)).reshape(n, *shape)
    if min(at_once, n) > 2:
        groups = [units[i : i + at_once] for i in range(0, n, at_once)]
        passes = [[in_rows(part, len(group)) for part in pull(Rows(group))] for group in groups]
        return [np.reshape(np.concatenate(parts), shape + x.shape) for x, parts in zip(inputs, zip(*passes))]
    passes = [pull(unit[()]) for unit in units]
    return [np.reshape(np.stack(parts), shape + x.shape) for x, parts in zip(inputs, zip(*passes))]


def in_rows(part: Any, count: int) -> Any:
    """What `count` backward passes gave for an input; or the zeros that each of them gave, if nothing depends on it."""
    return part.array if isinstance(part, Rows) else np.stack([part] * count)


def by_rows(df: Differentiation, outputs: list[Any]) -> list[list[Any]]:
    """The blocks by result and variable, from one backward pass for each element of each result."""
    blocks = []
    for y in outputs:

        def pull(unit: Any, y: Any = y) -> list[Any]:
            return df.pull([y], [unit])

        blocks.append(pulled_units(y, df.variables, pull, df.at_once(df.past([y])[0])))
    return blocks


def by_columns(df: Differentiation) -> list[list[Any]]:
    """The same from one recorded backward pass, and one backward pass through *it* for each element of each variable."""
    start, u = new_number(), [Tensor(some_gradient(y)) for y in df.outputs]
    blocks: list[list[Any]] = [[] for _ in u]
    for v, back in zip(df.variables, df.pull(df.outputs, u)):
        through = leading_to(u, back, start) if is_recorded(back) else set()

        def pull(unit: Any, back: Any = back, through: Any = through) -> list[Any]:
            return pulled([back], [unit], u, df.outer, start, through)

        for block, column in zip(blocks, pulled_units(v, u, pull, df.at_once(through))):
            block.append(np.transpose(column, (*range(v.ndim, column.ndim), *range(v.ndim))))
    return blocks


def stop_gradient(nest: Any) -> Any:
    """The same numbers as constants: no gradient flows back through them. Arrays and anything else stay as they are.

    >>> float(grad(lambda x: x * stop_gradient(x))(3.0))
    3.0
    """
    return mapped_nest(stopped, nest)


def stopped(value: Any) -> Any:
    """A Tensor as a constant; also the two of a Spectrum, and those in an array of objects."""
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, Handle):
        return type(value)(stopped(value.real), stopped(value.imag))  # type: ignore[attr-defined, call-arg]
    return np.frompyfunc(stopped, 1, 1)(value) if isinstance(value, np.ndarray) and value.dtype == object else value
