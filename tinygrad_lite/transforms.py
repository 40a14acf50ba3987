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
import operator
import re
import sys
import types
import warnings
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from . import messages
from .autograd import Handle, Node, like, new_number, pull_back, recording, recording_as, switched_on, watcher
from .containers import flatten, with_paths
from .frames import users_frame
from .tensor import Tensor, alias

Function = Callable[..., Any]


class Trace:
    """One call of `f`, with each number in the chosen arguments as a variable of its own, and the ways back from its result.

    A Tensor is *ours* if it was made after the trace began. If what `f` returns goes back to older ones, an outer
    differentiation is going on: then the walk is recorded for it, and results stay Tensors. Otherwise they are arrays.

    `independent` is True if the result does not depend on any variable. Then all derivatives are 0, which is seldom meant:
    mostly a value left the graph. A derivative may well be constant, like the slope of a straight line. So a derivative that
    is computed inside an outer `f` comes back as a Tensor in any case, and a constant Tensor is then a result as good as any.
    """

    def __init__(
        self, f: Function, args: Sequence[Any], keywords: dict[str, Any], argnums: Any, has_aux: bool = False
    ) -> None:
        if not callable(f):
            raise messages.not_a_function(f)
        self.f, self.start, self.single = f, new_number(), not isinstance(argnums, (tuple, list))
        self.has_inner = False  # whether `f` itself computes a derivative
        numbers = positions(f, argnums, len(args))
        self.chosen = [args[i] for i in numbers]
        self.rebuild = flatten(self.chosen)[1]
        if outer := running.get():
            outer.has_inner = True
        token = running.set(self)
        try:
            with recording_as(switched_on()):  # in no_grad, only what comes out is not recorded
                self.variables = variables(f, self.chosen, numbers)
                watcher().differentiates(f, [i % len(args) for i in numbers], self.chosen, self.variables)
                moved = list(args)
                for i, nest in zip(numbers, self.rebuild([alias(v) for v in self.variables])):
                    moved[i] = nest
                value = called_with(f, moved, keywords, self.chosen)
        finally:
            running.reset(token)
        if has_aux and not (isinstance(value, tuple) and len(value) == 2):
            raise messages.no_aux(f, value)
        self.aux: Any
        value, self.aux = value if has_aux else (value, None)
        self.outputs, self.rebuild_value = results_of(f, value)
        older, depends = self.looked_back(self.outputs)
        self.outer = bool(recording()) and older
        self.inside = self.outer or (bool(recording()) and holds_tensor(self.chosen))
        is_meant = not self.variables or not any(map(size, self.outputs)) or (self.has_inner and holds_tensor(self.outputs))
        self.independent = not is_meant and not depends

    def checked(self) -> Trace:
        """The same trace, after a warning if all its derivatives are 0."""
        if self.independent and not watcher().explains:
            warn(messages.independent(self.f, self.outputs))
        return self

    def looked_back(self, values: Sequence[Any]) -> tuple[bool, bool]:
        """Whether the graph of these values goes back to before the trace, and whether it goes back to a variable."""
        ours, older, depends = {v.node for v in self.variables}, False, False
        stack: list[Any] = [value.node for value in values if is_recorded(value)]
        seen = set(stack)
        while stack:
            node = stack.pop()
            if node.number < self.start:
                older = True
                continue
            depends = depends or node in ours
            for parent in node.args:
                if parent.__class__ is Node and parent not in seen:
                    seen.add(parent)
                    stack.append(parent)
        return older, depends

    def finished(self, value: Any) -> Any:
        """A result as it leaves: a Tensor only if an outer differentiation may want to go on through it."""
        if not isinstance(value, Tensor) or (recording() and self.looked_back([value])[0]):
            return value
        return value.detach() if self.inside else value.data

    def derived(self, value: Any) -> Any:
        """A derivative as it leaves: inside an outer differentiation it is a Tensor, also if it is constant."""
        value = self.finished(value)
        return Tensor(value, requires_grad=False) if self.inside and not isinstance(value, Tensor) else value

    def value(self) -> Any:
        return self.rebuild_value([self.finished(y) for y in self.outputs])

    def auxiliary(self) -> Any:
        values, rebuild = flatten(self.aux)
        return rebuild([self.finished(y) for y in values])

    def gradient(self, name: str) -> Any:
        """The gradient of the one number that `f` returned. `name` is the transform that needs it to be one."""
        if len(self.outputs) != 1 or size(self.outputs[0]) != 1:
            raise messages.not_a_number(self.f, name, self.value())
        return self.of([ones_like(self.outputs[0])])

    def of(self, seeds: Sequence[Any]) -> Any:
        """The gradients in the form of the chosen arguments, which debug() sees if it looks on."""
        values = self.pull(seeds)
        watcher().differentiated(self.variables, [[g] for g in values])
        return self.nest(values)

    def pull(self, seeds: Sequence[Any]) -> list[Any]:
        """The gradient of each variable, for one gradient of each output: arrays, or Tensors if they can be gone on with."""
        recorded = self.outer or any(map(is_recorded, seeds))
        total: list[Any] = [None] * len(self.variables)
        for y, seed in zip(self.outputs, seeds):
            if is_recorded(y):
                parts = pull_back(y, seed, self.variables, recorded, self.start)
                total = [a if b is None else b if a is None else a + b for a, b in zip(total, parts)]
        return [zeros_like(v) if g is None else g for g, v in zip(total, self.variables)]

    def nest(self, values: Sequence[Any]) -> Any:
        """Values of the variables in the form of the chosen arguments."""
        nests = self.rebuild([self.derived(like(g, v._array, copy=True)) for g, v in zip(values, self.variables)])
        return nests[0] if self.single else tuple(nests)


def called_with(f: Function, args: Sequence[Any], keywords: dict[str, Any], chosen: Sequence[Any]) -> Any:
    """What `f` returns. If it fails because it computes with a list as with an array, the message says so."""
    try:
        return f(*args, **keywords)
    except (TypeError, AttributeError) as error:
        given = next((nest for nest in chosen if is_list_of_numbers(nest)), None)
        if given is None or not re.search(rf"\b{type(given).__name__}\b", str(error)) or error.__cause__ is not None:
            raise
        raise messages.list_of_numbers(f, given, error) from error


def is_list_of_numbers(nest: Any) -> bool:
    """Whether this is a list, or a list of lists, of single numbers: it may have been meant as an array."""
    if type(nest) not in (list, tuple) or not nest:
        return False
    return all(is_real(value) and np.shape(getattr(value, "_array", value)) == () for value in flatten(nest)[0])


running: ContextVar[Trace | None] = ContextVar("running", default=None)  # the trace whose `f` is being called


def as_tuple(argnums: Any) -> tuple[Any, ...]:
    return tuple(argnums) if isinstance(argnums, (tuple, list)) else (argnums,)


def positions(f: Function, argnums: Any, count: int) -> list[int]:
    """Which of `count` positional arguments are meant, counted from 0."""
    given = as_tuple(argnums)
    for i in given:
        if not -count <= i < count:
            raise messages.no_such_argument(f, i, count)
    numbers = [operator.index(i) % count for i in given]
    if len(set(numbers)) < len(numbers):
        raise messages.argument_twice(argnums)
    return numbers


def results_of(f: Function, value: Any) -> tuple[list[Any], Function]:
    """What `f` returned, flattened, if all of it is of real numbers; anything else has no derivative."""
    if value is None:
        raise messages.no_derivative_of(f, "", value)
    for path, y in with_paths(value):
        if not is_real(y):
            raise messages.no_derivative_of(f, path, y)
    return flatten(value)


def is_real(value: Any) -> bool:
    """Whether this is a Tensor, a real number, or an array of real numbers, of any library that speaks NumPy's protocols."""
    if isinstance(value, (int, float, Tensor)):
        return not isinstance(value, bool)
    return (isinstance(value, np.generic) or hasattr(value, "__array_function__")) and kind_of(value) in "fiu"


def kind_of(value: Any) -> str:
    """The letter that NumPy has for the kind of numbers in it: "f" for floats; "O" if it does not say."""
    return getattr(getattr(value, "dtype", None), "kind", "O")


def holds_tensor(nest: Any) -> bool:
    return any(isinstance(value, Tensor) for value in flatten(nest)[0])


def warn(message: str) -> None:
    """Warn, and point to the line of the user's program that asked for the derivative."""
    if (frame := users_frame()) is None:
        warnings.warn(message, stacklevel=2)
    else:
        registry = frame.f_globals.setdefault("__warningregistry__", {})
        module = frame.f_globals.get("__name__", "__main__")
        warnings.warn_explicit(message, UserWarning, frame.f_code.co_filename, frame.f_lineno, module, registry)


def size(value: Any) -> int:
    """How many numbers there are in it."""
    return math.prod(value.shape) if hasattr(value, "shape") else np.size(value)


def is_recorded(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


def variables(f: Function, chosen: Sequence[Any], numbers: Sequence[int]) -> list[Tensor]:
    """A new variable for each value in the chosen arguments of `f`, of which `numbers` says where they were."""
    return [variable(value, f, numbers[i], path) for i, nest in enumerate(chosen) for path, value in with_paths(nest)]


def variable(value: Any, f: Function, number: int, path: str) -> Tensor:
    """A new variable with this value. If the value is already one, it is wrapped, and stays connected."""
    if is_recorded(value):
        return alias(value)
    kind = kind_of(value) if hasattr(value, "dtype") else "f" if type(value) in (int, float) else "O"
    if kind in "bUSO":
        raise messages.not_a_parameter(f, number, path, value)
    return Tensor(value)


def zeros_like(x: Any) -> Any:
    """Zeros in the kind of a Tensor's data."""
    data = x.data if isinstance(x, Tensor) else x
    return np.zeros_like(data)[()] if isinstance(data, np.generic) else np.zeros_like(data)


def ones_like(x: Any) -> Any:
    return zeros_like(x) + 1


def alike(nest: Any, other: Any, complaint: Function = messages.not_alike) -> list[tuple[Any, Any]]:
    """The values of two nests in pairs, if they have the same form."""
    nothing: tuple[str, Any] = ("", None)
    pairs = list(itertools.zip_longest(with_paths(nest), with_paths(other), fillvalue=nothing))
    for (path, a), (other_path, b) in pairs:
        if path != other_path or np.shape(getattr(a, "_array", a)) != np.shape(getattr(b, "_array", b)):
            raise complaint(path, a, other_path, b)
        if not is_real(b) and not isinstance(b, bool) and kind_of(b) != "b":
            raise messages.not_a_direction(path, b)
    return [(a, b) for (_, a), (_, b) in pairs]


def dot(nest: Any, other: Any) -> Any:
    """The sum of the products of all numbers in two nests of the same form."""
    return sum(np.sum(a * b) for a, b in alike(nest, other))


class Derived:
    """The function that a transform makes of `f`. It has the documentation and the signature of `f`, binds to objects like a
    method of a class, and can be pickled if `f` can, so that other processes can compute it.
    """

    def __init__(self, compute: Function, name: str, f: Function, **options: Any) -> None:
        if not callable(f):
            raise messages.not_a_function(f)
        for i in as_tuple(options.get("argnums", 0)):
            if not isinstance(i, (int, np.integer)):
                raise messages.not_a_position(options["argnums"])
        functools.update_wrapper(self, f, assigned=("__module__", "__doc__"), updated=())
        self.__name__ = f"{name}({messages.called(f)})" if name else messages.called(f)
        self.__qualname__ = self.__name__ if name else getattr(f, "__qualname__", self.__name__)
        self.compute, self.f, self.options = compute, f, options

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.compute(self.f, args, keywords, **self.options)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else types.MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        """One that decorates `f`, and so has its name, is found again by this name, as functions are."""
        name = getattr(self.f, "__qualname__", "")
        try:
            found = operator.attrgetter(name)(sys.modules[self.__module__])
        except (AttributeError, KeyError):
            found = None
        return name if found is self else super().__reduce_ex__(protocol)


# --- gradients --------------------------------------------------------------------------------------------------------


def grad(f: Function, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Function:
    """The function that computes the gradient of `f`, which returns one number.

    argnums:  which positional argument to differentiate with respect to; for a tuple of them, a tuple comes back
    has_aux:  `f` returns a pair (number, anything); the gradient comes back paired with the second, which is not
              differentiated

    The gradient has the form, shapes and dtypes of the argument: an array, a number, or a nest of dicts, lists, tuples,
    named tuples and dataclasses of them. Whole numbers count as float64. Raises ValueError if `f` does not return one number,
    TypeError if there is something else than numbers in the argument or in the result. Warns if the result does not depend on
    the argument, as far as was recorded: then all of the gradient is 0.

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
    trace = Trace(f, args, keywords, argnums, has_aux).checked()
    g = trace.gradient("grad")
    return (g, trace.auxiliary()) if has_aux else g


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
    trace = Trace(f, args, keywords, argnums, has_aux).checked()
    g = trace.gradient("value_and_grad")
    return ((trace.value(), trace.auxiliary()) if has_aux else trace.value()), g


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
    trace = Trace(f, args, keywords, argnums, has_aux).checked()
    g = trace.of([ones_like(y) for y in trace.outputs])
    return (g, trace.auxiliary()) if has_aux else g


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
    trace = Trace(f, primals, {}, tuple(range(len(primals))), has_aux).checked()

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
    for given in (primals, tangents):
        if not isinstance(given, (list, tuple)):
            raise messages.not_a_sequence(f, given)
    trace = Trace(f, primals, {}, tuple(range(len(primals)))).checked()
    u = [Tensor(zeros_like(y)) for y in trace.outputs]  # any gradient would do: what comes back is linear in it
    back = dot(trace.rebuild(trace.pull(u)), list(tangents))
    moves = (
        pull_back(back, ones_like(back), u, bool(recording()) and trace.looked_back([back])[0])
        if is_recorded(back)
        else [None] * len(u)
    )
    changes = [zeros_like(y) if move is None else move for move, y in zip(moves, trace.outputs)]
    return trace.value(), trace.rebuild_value([trace.derived(change) for change in changes])


def hvp(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The Hessian of `f` times a vector, without the Hessian: ``hvp(f)(x, v)``, at the cost of a few gradients.

    The result takes the arguments of `f`, and `v` right after the one that it belongs to (the last of them, if `argnums` has
    several): ``hvp(f)(x, v, *args)``. So it is what `scipy.optimize.minimize` wants for its ``hessp``. `v` has the form and
    the shapes of the gradient; ValueError if not. The product is the gradient of the slope along `v` (Pearlmutter, "Fast
    exact multiplication by the Hessian", 1994).

    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    array([ 6., 12.])
    """
    return Derived(hessian_product, "hvp", f, argnums=argnums)


def hessian_product(f: Function, args: Any, keywords: Any, argnums: Any) -> Any:
    """What `hvp(f)` does."""
    point, v = point_and_vector("hvp", f, args, argnums)
    return grad(lambda *x: dot(grad(f, argnums)(*x, **keywords), v), argnums)(*point)


def point_and_vector(name: str, f: Function, args: Sequence[Any], argnums: Any) -> tuple[list[Any], Any]:
    """The arguments of `f`, and the vector that follows the last of those in `argnums`, in their form."""
    if len(args) < 2:
        raise messages.no_vector(name, f, len(args))
    numbers = positions(f, argnums, len(args) - 1)
    at = max(numbers) + 1
    point, v = [*args[:at], *args[at + 1 :]], args[at]
    chosen = tuple(point[i] for i in numbers)
    complaint = functools.partial(messages.not_alike, hint=messages.where_the_vector_is(name, f, at))
    alike(chosen if isinstance(argnums, (tuple, list)) else chosen[0], v, complaint)
    return point, v


def half_squared_norm(y: Any) -> Any:
    """½ |y|², the outer function of least squares. Its Hessian is the identity."""
    return 0.5 * np.sum(y * y)


def ggnvp(f: Function, g: Function = half_squared_norm, argnums: int = 0) -> Function:
    """The generalised Gauss-Newton matrix of g(f(x)) times a vector: ``ggnvp(f, g)(x, v)`` is Jᵀ H J v.

    J is the Jacobian of `f`, H the Hessian of `g` at f(x). Where `g` is convex it never points uphill, as the Hessian may
    (Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", 2002). More arguments of `f`
    follow `v`, as in `hvp`.

    >>> import numpy as np
    >>> ggnvp(np.exp)(np.array([0.0, 1.0]), np.array([1.0, 1.0])).round(4)
    array([1.    , 7.3891])
    """
    return Derived(gauss_newton_product, "ggnvp", f, g=g, argnums=argnums)


def gauss_newton_product(f: Function, args: Any, keywords: Any, g: Function, argnums: int) -> Any:
    """What `ggnvp(f, g)` does."""
    point, v = point_and_vector("ggnvp", f, args, argnums)
    (i,) = positions(f, argnums, len(point))

    def of_x(x: Any) -> Any:
        return f(*point[:i], x, *point[i + 1 :], **keywords)

    y, pull = vjp(of_x, point[i])
    _, moved = jvp(of_x, [point[i]], [v])
    return pull(hvp(g)(y, moved))[0]


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
    return Derived(matrix, "jacobian", f, argnums=argnums, has_aux=has_aux)


def matrix(f: Function, args: Any, keywords: Any, argnums: Any, has_aux: bool) -> Any:
    """What `jacobian(f)` does."""
    trace = Trace(f, args, keywords, argnums, has_aux).checked()
    n, m = (sum(map(size, values)) for values in (trace.outputs, trace.variables))
    blocks = by_columns(trace) if 4 * m < n else by_rows(trace)
    watcher().differentiated(trace.variables, list(map(list, zip(*blocks))))
    full = trace.rebuild_value([trace.nest(row) for row in blocks])
    return (full, trace.auxiliary()) if has_aux else full


def hessian(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """The function that computes all second derivatives of `f`, which returns one number.

    For an argument of shape ``s`` the result has shape ``s + s``; for a nest it is a nest of nests. See `hvp` for the product
    with a vector, which costs far less where the argument is long.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return Derived(second_derivatives, "hessian", f, argnums=argnums)


def second_derivatives(f: Function, args: Any, keywords: Any, argnums: Any) -> Any:
    """What `hessian(f)` does: the Jacobian of the gradient."""
    return jacobian(grad(f, argnums), argnums)(*args, **keywords)


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
    return rebuild([stopped(value) for value in values])


def stopped(value: Any) -> Any:
    """A Tensor as a constant; also the two of a Spectrum, and those in an array of objects."""
    if isinstance(value, Tensor):
        return value.detach()
    if isinstance(value, Handle):
        return type(value)(stopped(value.real), stopped(value.imag))  # type: ignore[attr-defined, call-arg]
    return np.frompyfunc(stopped, 1, 1)(value) if isinstance(value, np.ndarray) and value.dtype == object else value
