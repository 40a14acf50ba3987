"""The table of operations that random expressions are made of: every registered function that some peer can judge.

Each is written once, with NumPy's names; `engines.py` gives every engine a namespace with these names. A function that is
not defined everywhere gets its argument mapped to where it is (``np.log(0.3 + x * x)``), so that operations compose freely.
A function that is flat wherever it has a derivative is multiplied by one that is not (``np.floor(x) * np.cos(x)``), so that
an expression does not lose its gradient.

What is not compared, and why, is data too. Each operation says which peers lack it, or have it only in some cases: because
the function, the rule or an option is missing there, because the peer is wrong (each time our side was confirmed, by
another peer, by mpmath or by hand), or because it loses digits. `reasons.py` lists the functions that no peer has. The places
where conventions differ, such as ties of max, are corners: every operation says how far from them it is, and stays away;
`test_corners.py` is about what happens there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy
from expressions import OPERATIONS, Builder, Operation

Picked = tuple[list[int], dict[str, Any]]
Peer = str | tuple[str, Callable[..., bool]]
NO_RULE = "has the function, and no derivative for it"
NO_FUNCTION = "does not have the function"
NO_KEYWORD = "does not have this option"
OBJECTS = "makes an array of objects, which its other functions do not take"

# --- registering and mapping ------------------------------------------------------------------------------------------


def operation(
    name: str,
    form: Callable[..., Any],
    pick: Callable[[Builder], Picked],
    distance: Callable[..., Any] | None = None,
    covers: str | None = None,
    **peers: Peer,
) -> None:
    """Add to the table. `covers` names registered functions, without the "np."; by default the one called `name`.

    For a peer that lacks it, the reason; for a peer that has it in some cases only, the reason and what tells them.
    """
    assert name not in OPERATIONS
    lacks = {peer: why for peer, why in peers.items() if isinstance(why, str)}
    limits = {peer: why for peer, why in peers.items() if not isinstance(why, str)}
    OPERATIONS[name] = Operation(name, tuple((covers or name).split()), form, pick, distance, lacks, limits)


def positive(np: Any, x: Any) -> Any:
    return 0.3 + x * x


def above_1(np: Any, x: Any) -> Any:
    return 1.2 + x * x


def inside_1(np: Any, x: Any) -> Any:
    return 0.8 * np.sin(x)


def far_from_0(np: Any, x: Any) -> Any:
    return 1.5 + np.sin(x)


def as_it_is(np: Any, x: Any) -> Any:
    return x


# --- picking ----------------------------------------------------------------------------------------------------------


def one(b: Builder) -> Picked:
    return [b.array()], {}


def two(b: Builder) -> Picked:
    i = b.array()
    return ([i, b.alike(i)] if b.flag() else [b.alike(i), i]), {}


def two_apart(b: Builder) -> Picked:
    """Two arrays, mostly different ones, that need not broadcast."""
    return [b.array(), b.of_shape(b.choice([(2,), (3,), (2, 2), ()]))], {}


def of_rank(*ranks: int) -> Callable[[Builder], Picked]:
    return lambda b: ([b.array(lambda shape: len(shape) in ranks)], {})


def with_constant(name: str, options: Sequence[Any]) -> Callable[[Builder], Picked]:
    return lambda b: ([b.array()], {name: b.choice(options)})


def over_axes(b: Builder, several: bool = True, required: bool = False) -> Picked:
    """An array, and what is written after it in a reduction: `axis` in every form, and `keepdims`."""
    i = b.vectors() if required else b.array()
    n, constants = len(b.shape(i)), {}
    kind = b.choice((["none", "tuple"] if several else ["none"]) + ["one"] * 2) if n else "none"
    if kind == "one" or (required and kind == "none"):
        constants["axis"] = b.axis(i)
    elif kind == "tuple":
        constants["axis"] = tuple(a - b.choice((0, n)) for a in range(n) if b.flag()) or (0,)
    if b.flag():
        constants["keepdims"] = b.flag()
    return [i], constants


def over_one_axis(b: Builder) -> Picked:
    args, constants = over_axes(b, several=False, required=True)
    return args, {"axis": constants["axis"]}


def over_one_axis_or_all(b: Builder) -> Picked:
    args, constants = over_axes(b, several=False)
    return args, {key: value for key, value in constants.items() if key == "axis"}


# --- distances from corners -------------------------------------------------------------------------------------------


def from_0(x: Any, **_: Any) -> Any:
    return numpy.abs(x)


def between(x: Any, y: Any, **_: Any) -> Any:
    return numpy.abs(x - y)


def gaps(x: Any, *_: Any, **__: Any) -> Any:
    """The smallest difference between any two elements."""
    return numpy.min(numpy.diff(numpy.sort(numpy.ravel(x))), initial=1.0)


def from_whole(x: Any, *_: Any, **__: Any) -> Any:
    return numpy.abs(x - numpy.round(x))


def spread(x: Any, axis: Any = None, ddof: float = 0, **_: Any) -> Any:
    """√ has a large slope near 0: what is too close together counts as equal. And ddof must leave something."""
    return numpy.std(x, axis=axis) / 50


def length(x: Any, axis: Any = None, **_: Any) -> Any:
    return numpy.sqrt(numpy.sum(x * x, axis=axis)) / 50


# --- helpers that expressions need ------------------------------------------------------------------------------------

operation("scaled", lambda np, x, factor: x * factor, with_constant("factor", [0.5, 2.0, -1.5]), covers="multiply")
operation(
    "rearranged", lambda np, x, index, factors: np.reshape(x, (-1,))[index] * factors,
    lambda b: ([i := b.array()], {"index": numpy.arange(6) % numpy.size(b.values[i]), "factors": b.rng().random(6)}),
    covers="getitem reshape multiply",
)  # fmt: skip

# --- element by element: one argument ---------------------------------------------------------------------------------


UNARY: dict[str, tuple[Any, Any, bool]] = {}  # name: (what is done to x, distance, whether the function is flat)


def unary(names: str, inside: Callable[..., Any] = as_it_is, distance: Any = None, **peers: Peer) -> None:
    for name in names.split():
        UNARY[name] = inside, distance, False
        operation(name, lambda np, x, name=name: getattr(np, name)(inside(np, x)), one, distance, **peers)


def step(names: str, inside: Callable[..., Any], distance: Any, **peers: Peer) -> None:
    for name in names.split():
        UNARY[name] = inside, distance, True
        form = lambda np, x, name=name: getattr(np, name)(inside(np, x)) * np.cos(x)  # noqa: E731
        operation(name, form, one, distance, **peers)


def times_3(np: Any, x: Any) -> Any:
    return x * 3.0


def times_3_from_whole(x: Any) -> Any:
    return from_whole(3.0 * x)


def times_3_from_half(x: Any) -> Any:
    return from_whole(3.0 * x + 0.5)


unary("positive", autograd=NO_RULE)
unary("negative square exp exp2 expm1 sin cos arctan sinh cosh tanh arcsinh deg2rad radians rad2deg degrees")
unary("conjugate sigmoid softplus")
unary("copy", autograd=NO_RULE)
CANCELS: Peer = ("subtracts almost equal numbers near 0", lambda x, **_: bool(numpy.min(numpy.abs(x)) > 0.2))
unary("sinc", torch=CANCELS, autograd=CANCELS)
unary("real_if_close", torch=NO_FUNCTION, jax=NO_FUNCTION)
unary("sqrt log log2 log10 log1p", positive)
unary("cbrt", positive, autograd=NO_FUNCTION)
unary("reciprocal", far_from_0)
unary("arcsin arccos arctanh tan", inside_1)
unary("arccosh", above_1)
unary("absolute fabs relu", distance=from_0)
unary("nan_to_num")
step("sign", as_it_is, from_0)
step("floor ceil trunc", times_3, times_3_from_whole)
step("fix", times_3, times_3_from_whole)
step("rint round around", times_3, times_3_from_half)
operation(
    "round decimals", lambda np, x, decimals: np.round(x, decimals) * np.cos(x), with_constant("decimals", [1]),
    lambda x, decimals: from_whole(10.0 * x + 0.5), covers="round",
)  # fmt: skip
operation(
    "astype", lambda np, x, dtype: np.astype(x, dtype),
    lambda b: ([b.array()], {"dtype": b.choice(["float32", "float64"]) if b.single else "float64"}),
)  # fmt: skip


def masked(b: Builder) -> Picked:
    i = b.array()
    mask = numpy.asarray(b.rng().random(b.shape(i)) < 0.6)
    mask.flat[0] = True
    return [i], {"mask": mask}


operation(
    "nan_to_num replaces", lambda np, x, mask: np.nan_to_num(np.where(mask, x, np.nan), nan=0.5),
    masked, covers="nan_to_num", autograd=NO_KEYWORD,
)  # fmt: skip

# --- element by element: two arguments --------------------------------------------------------------------------------

BINARY: dict[str, tuple[Any, Any, Any, Any]] = {  # name: (what is done to x, to y, distance, what multiplies the result)
    "add": (as_it_is, as_it_is, None, None),
    "subtract": (as_it_is, as_it_is, None, None),
    "multiply": (as_it_is, as_it_is, None, None),
    "divide": (as_it_is, far_from_0, None, None),
    "power": (positive, as_it_is, None, None),
    "float_power": (positive, as_it_is, None, None),
    "hypot": (as_it_is, as_it_is, lambda x, y: numpy.hypot(x, y) / 50, None),
    "logaddexp": (as_it_is, as_it_is, None, None),
    "logaddexp2": (as_it_is, as_it_is, None, None),
    "arctan2": (as_it_is, as_it_is, lambda x, y: numpy.minimum(numpy.hypot(x, y) / 50, numpy.where(y < 0, abs(x), 1)), None),
    "maximum": (as_it_is, as_it_is, between, None),
    "minimum": (as_it_is, as_it_is, between, None),
    "fmax": (as_it_is, as_it_is, between, None),
    "fmin": (as_it_is, as_it_is, between, None),
    "copysign": (as_it_is, as_it_is, lambda x, y: numpy.minimum(abs(x), abs(y)), None),
    "heaviside": (as_it_is, as_it_is, lambda x, y: abs(x), True),
    "floor_divide": (times_3, far_from_0, lambda x, y: from_whole(3.0 * x / (1.5 + numpy.sin(y))), True),
    "remainder": (times_3, far_from_0, lambda x, y: from_whole(3.0 * x / (1.5 + numpy.sin(y))), None),
    "fmod": (times_3, far_from_0, lambda x, y: from_whole(3.0 * x / (1.5 + numpy.sin(y))), None),
}
BINARY_LACKS: dict[str, dict[str, Peer]] = {
    "heaviside": {"torch": NO_RULE, "autograd": NO_RULE},
    "floor_divide": {"torch": NO_RULE},
    "float_power": {"autograd": NO_RULE},
    "copysign": {"torch": ("loses digits near 0", lambda x, y: bool(numpy.min(numpy.abs(x)) > 0.1)), "autograd": NO_RULE},
    "fmod": {"autograd": NO_RULE},
}


def binary_form(name: str, apply: Callable[..., Any]) -> Callable[..., Any]:
    to_x, to_y, _, flat = BINARY[name]

    def form(np: Any, x: Any, y: Any) -> Any:
        out = apply(np, name, to_x(np, x), to_y(np, y))
        return out * apply(np, "add", np.cos(x), np.sin(y)) if flat else out

    return form


def flat_outer(f: Callable[..., Any]) -> Callable[..., Any]:
    """A distance for every pair of elements."""
    return lambda x, y, **_: f(numpy.reshape(x, numpy.shape(x) + (1,) * numpy.ndim(y)), y)


for name, (_, _, distance, _) in BINARY.items():
    peers = BINARY_LACKS.get(name, {})
    operation(name, binary_form(name, lambda np, name, x, y: getattr(np, name)(x, y)), two, distance, **peers)
    operation(
        f"{name}.outer", binary_form(name, lambda np, name, x, y: np.outer_of(name, x, y)),
        two_apart, distance and flat_outer(distance), **peers,
    )  # fmt: skip
operation(
    "operators", lambda np, x, y: -(x * y - y / 3.0) + (2.0 - x) * (1.0 / far_from_0(np, y)), two, covers="negative divide"
)
operation(
    "power of a constant", lambda np, x, n: positive(np, x) ** n, with_constant("n", [-2, -1, 0.5, 2.5]), covers="power"
)
operation("whole power", lambda np, x, n: x**n, with_constant("n", [0, 1, 2, 3, 2.0, 4]), covers="power")
operation("power to an array", lambda np, x, c: c**x, with_constant("c", [0.5, 2.0]), covers="power")
operation(
    "array on the left", lambda np, x, c: c * x + c / far_from_0(np, x) - (c - x),
    lambda b: ([i := b.array()], {"c": b.rng().uniform(0.5, 1.5, b.shape(i))}), covers="multiply divide subtract",
)  # fmt: skip
operation("modulo of a constant", lambda np, x, c: (3.0 * x) % c, with_constant("c", [0.75, 2.0]),
          lambda x, c: from_whole(3.0 * x / c), covers="remainder")  # fmt: skip
operation("at least a constant", lambda np, x, c: np.maximum(x, c), with_constant("c", [-0.5, 0.4]),
          lambda x, c: abs(x - c), covers="maximum")  # fmt: skip

ONE_SHAPE: Peer = (
    "does not broadcast in where",
    lambda *arrays, **_: len({numpy.shape(a) for a in arrays}) == 1,
)

# --- choosing ---------------------------------------------------------------------------------------------------------


def with_mask(b: Builder) -> Picked:
    args, constants = two(b)
    shape = numpy.broadcast_shapes(*map(b.shape, args))
    return args, {**constants, "mask": numpy.asarray(b.rng().random(shape) < 0.5)}


operation("where", lambda np, x, y, mask: np.where(mask, x, y), with_mask, autograd=ONE_SHAPE)
operation(
    "where compared", lambda np, x, y: np.where(x > y, np.sin(x), x * y), two, between, covers="where", autograd=ONE_SHAPE
)
operation("where of a number", lambda np, x: np.where(x > 0.1, np.exp(x), 0.0), one, lambda x: abs(x - 0.1), covers="where")
operation("clip", lambda np, x, low, high: np.clip(x, low, high),
          lambda b: ([b.array()], {"low": b.choice([-0.5, -1.0]), "high": b.choice([0.7, 1.2])}),
          lambda x, low, high: numpy.minimum(abs(x - low), abs(x - high)))  # fmt: skip
operation("clip one side", lambda np, x, high: np.clip(x, None, high), with_constant("high", [0.7, -0.2]),
          lambda x, high: abs(x - high), covers="clip")  # fmt: skip
operation("clip to arrays", lambda np, x, y: np.clip(x, np.cos(y) - 1.5, np.sin(y) + 1.25), two,
          lambda x, y: numpy.minimum(abs(x - numpy.cos(y) + 1.5), abs(x - numpy.sin(y) - 1.25)), covers="clip",
          autograd="has no derivative for bounds")  # fmt: skip
operation(
    "select", lambda np, x, y, mask: np.select([mask, x > y], [x, y * y], 0.5 * x), with_mask, between, autograd=OBJECTS
)


def choosing(b: Builder) -> Picked:
    args, constants = with_mask(b)
    return args, {"which": constants["mask"].astype(int) + constants["mask"][::-1]} if constants["mask"].ndim else {
        "which": numpy.array(1)
    }


operation("choose", lambda np, x, y, which: np.choose(which, [x, y, x * y]), choosing, autograd=OBJECTS)

# --- reductions -------------------------------------------------------------------------------------------------------


def reduction(names: str, distance: Any = None, pick: Any = over_axes, inside: Any = as_it_is, **peers: Peer) -> None:
    for name in names.split():
        form = lambda np, x, name=name, **constants: getattr(np, name)(inside(np, x), **constants)  # noqa: E731
        operation(name, form, pick, distance, **peers)


reduction("sum mean")
reduction("prod", autograd=("divides by the elements: nan where one is 0", lambda x, **_: bool(numpy.all(x))))
reduction("logsumexp", autograd=("fails for a single number", lambda x, **_: numpy.ndim(x) > 0))
reduction("max min amax amin", gaps)
reduction("ptp", gaps, autograd=NO_RULE)
reduction("median", gaps, autograd=NO_RULE,
          jax=("keeps a dimension that a single number does not have", lambda x, **_: numpy.ndim(x) > 0))  # fmt: skip
reduction("var")
reduction("std", spread)
reduction("softmax log_softmax", pick=over_one_axis)
reduction("cumsum", pick=over_one_axis_or_all)
reduction("cumprod", pick=over_one_axis_or_all, autograd=NO_RULE)
reduction("average", autograd=NO_RULE)


def with_ddof(b: Builder) -> Picked:
    i = b.array(lambda shape: len(shape) > 0 and shape[-1] > 1)
    return [i], {"axis": b.choice([-1, None]), "ddof": b.choice([1, 0.5])}


operation("var ddof", lambda np, x, **constants: np.var(x, **constants), with_ddof, covers="var")
operation("std ddof", lambda np, x, **constants: np.std(x, **constants), with_ddof, spread, covers="std")


def with_holes(b: Builder) -> Picked:
    args, constants = over_axes(b)
    mask = numpy.asarray(b.rng().random(b.shape(args[0])) < 0.6)
    mask |= ~numpy.any(mask, axis=constants.get("axis"), keepdims=True)  # the mean of nothing is not a number
    return args, {**constants, "mask": mask}


operation(
    "nansum", lambda np, x, mask, **constants: np.nansum(np.where(mask, x, np.nan), **constants), with_holes, autograd=NO_RULE
)
operation(
    "nanmean",
    lambda np, x, mask, **constants: np.nanmean(np.where(mask, x, np.nan), **constants),
    with_holes,
    autograd=NO_RULE,
)


def with_zeros(b: Builder) -> Picked:
    args, constants = over_axes(b, several=False)
    return args, {**constants, "factors": numpy.asarray(b.rng().integers(0, 3, b.shape(args[0])), float)}


operation(
    "prod of zeros",
    lambda np, x, factors, **constants: np.prod(x * factors, **constants),
    with_zeros,
    covers="prod",
    autograd="divides by the elements: nan where one is 0",
)
operation(
    "cumprod of zeros", lambda np, x, factors, axis=None: np.cumprod(x * factors, axis=axis),
    lambda b: without_keepdims(with_zeros(b)), covers="cumprod", autograd=NO_RULE,
)  # fmt: skip


def without_keepdims(picked: Picked) -> Picked:
    picked[1].pop("keepdims", None)
    return picked


def weighted(b: Builder) -> Picked:
    i = b.vectors()
    axis = b.axis(i)
    return [i, b.of_shape((b.shape(i)[axis],))], {"axis": axis}


operation(
    "average weighted",
    lambda np, x, w, axis: np.average(x, axis=axis, weights=positive(np, w)),
    weighted,
    covers="average",
    autograd=NO_RULE,
)
operation("average all weighted", lambda np, x, y: np.average(x, weights=positive(np, y)),
          lambda b: ([i := b.array(), b.of_shape(b.shape(i))], {}), covers="average", autograd=NO_RULE)  # fmt: skip


def ufunc_over_axis(b: Builder) -> Picked:
    i = b.vectors()
    return [i], {"axis": b.axis(i)}


for name, distance in {"add": None, "multiply": None, "maximum": gaps, "minimum": gaps}.items():
    form = lambda np, x, name=name, **constants: np.reduce_of(name, x, **constants)  # noqa: E731
    operation(f"{name}.reduce", form, ufunc_over_axis, distance, autograd=NO_FUNCTION)
for name in ("add", "multiply"):
    form = lambda np, x, name=name, **constants: np.accumulate_of(name, x, **constants)  # noqa: E731
    operation(f"{name}.accumulate", form, ufunc_over_axis, autograd=NO_FUNCTION)

# norms


def norm_of_vectors(b: Builder) -> Picked:
    i = b.vectors()
    return [i], {"ord": b.choice([None, 2, 1, 3, 2.5]), "axis": b.axis(i), "keepdims": b.flag()}


def norm_of_matrices(b: Builder) -> Picked:
    return [b.matrices()], {"ord": b.choice(["fro", 1, -1, numpy.inf, -numpy.inf]), "axis": b.choice([(0, 1), (-1, 0)])}


def norm_distance(x: Any, axis: Any, **_: Any) -> Any:
    return numpy.minimum(numpy.min(abs(x)), numpy.min(length(x, axis)))


operation("linalg.norm", lambda np, x: np.linalg.norm(x), one, length, covers="linalg.norm euclidean_norm")
operation("norm of vectors", lambda np, x, **constants: np.linalg.norm(x, **constants), norm_of_vectors,
          norm_distance, covers="linalg.norm power_norm",
          autograd=("fails for keepdims and order 1", lambda x, ord, keepdims, **_: not keepdims and ord != 1))  # fmt: skip
operation("extreme norm", lambda np, x, ord, axis: np.linalg.norm(x, ord=ord, axis=axis),
          lambda b: ([i := b.vectors()], {"ord": b.choice([numpy.inf, -numpy.inf]), "axis": b.axis(i)}),
          lambda x, ord, axis: numpy.minimum(numpy.min(abs(x)), gaps(abs(x))), covers="linalg.norm",
          autograd="divides inf by inf")  # fmt: skip
operation("norm of matrices", lambda np, x, **constants: np.linalg.norm(x, **constants), norm_of_matrices,
          lambda x, ord, axis: min(numpy.min(abs(x)), *(gaps(row) for a in axis for row in [numpy.sum(abs(x), axis=a)]))
          if ord != "fro" else numpy.min(length(x, axis)), covers="linalg.norm",
          autograd=("has only the Frobenius norm", lambda x, ord, **_: ord == "fro"))  # fmt: skip

# --- shapes -----------------------------------------------------------------------------------------------------------


def reshaped(b: Builder) -> Picked:
    i = b.array()
    n = numpy.size(b.values[i])
    divisors = [d for d in range(1, n + 1) if n % d == 0]
    d = b.choice(divisors)
    return [i], {"shape": b.choice([(n,), (d, n // d), (-1, d), (d, 1, -1), -1]), "order": b.choice(["C", "C", "F"])}


operation("reshape", lambda np, x, shape, order: np.reshape(x, shape, order=order), reshaped)
operation("ravel", lambda np, x, order: np.ravel(x, order=order), with_constant("order", ["C", "F"]))


def permuted(b: Builder) -> Picked:
    i = b.array()
    n = len(b.shape(i))
    axes = tuple(int(a) for a in b.rng().permutation(n))
    return [i], {"axes": b.choice([None, axes, tuple(a - n for a in axes)])}


def two_axes(first: str, second: str) -> Callable[[Builder], Picked]:
    return lambda b: ([i := b.vectors()], {first: b.axis(i), second: b.axis(i)})


operation("transpose", lambda np, x, axes: np.transpose(x, axes), permuted)
operation("swapaxes", lambda np, x, axis1, axis2: np.swapaxes(x, axis1, axis2), two_axes("axis1", "axis2"))
operation(
    "moveaxis", lambda np, x, source, destination: np.moveaxis(x, source, destination), two_axes("source", "destination")
)
operation("moveaxis of two", lambda np, x, source, destination: np.moveaxis(x, source, destination),
          lambda b: ([b.matrices()], {"source": b.choice([(0, 1), (-1, 0)]), "destination": b.choice([(1, 0), (0, -1)])}),
          covers="moveaxis")  # fmt: skip
operation(
    "rollaxis",
    lambda np, x, axis, start: np.rollaxis(x, axis, start),
    two_axes("axis", "start"),
    autograd=("counts from the start only", lambda x, axis, start: min(axis, start) >= 0),
)
operation("squeeze", lambda np, x: np.squeeze(x), one)
operation("squeeze axis", lambda np, x, axis: np.squeeze(x, axis),
          lambda b: ([i := b.array(lambda shape: 1 in shape)], {"axis": b.shape(i).index(1)}), covers="squeeze")  # fmt: skip
operation("expand_dims", lambda np, x, axis: np.expand_dims(x, axis),
          lambda b: ([i := b.array()], {"axis": b.number(-1 - len(b.shape(i)), len(b.shape(i)))}))  # fmt: skip


def broadcast_shape(b: Builder) -> Picked:
    i = b.array(lambda shape: len(shape) < 3)
    shape = tuple(b.number(1, 3) if n == 1 else n for n in b.shape(i))
    return [i], {"shape": b.choice([shape, (2, *shape)])}


operation(
    "broadcast_to",
    lambda np, x, shape: np.broadcast_to(x, shape),
    broadcast_shape,
    autograd=("adds no axes", lambda x, shape: numpy.ndim(x) == len(shape)),
)


def difference_of_two(results: Any) -> Any:
    x, y = results
    return x - 2.0 * y


operation("broadcast_arrays", lambda np, x, y: difference_of_two(np.broadcast_arrays(x, y)), two, autograd=NO_RULE)
for n in (1, 2, 3):
    operation(f"atleast_{n}d", lambda np, x, n=n: getattr(np, f"atleast_{n}d")(x), one)
operation(
    "flip", lambda np, x, **constants: np.flip(x, **constants), lambda b: without_keepdims(over_axes(b)), autograd=NO_RULE
)
operation("flipud", lambda np, x: np.flipud(x), of_rank(1, 2, 3))
operation("fliplr", lambda np, x: np.fliplr(x), of_rank(2, 3))
operation("rot90", lambda np, x, k, axes: np.rot90(x, k, axes),
          lambda b: ([b.matrices()], {"k": b.number(-1, 4), "axes": b.choice([(0, 1), (1, 0), (-2, -1)])}),
          autograd=("turns the first two axes only", lambda x, k, axes: axes == (0, 1)))  # fmt: skip
operation("roll", lambda np, x, shift, axis: np.roll(x, shift, axis),
          lambda b: ([i := b.vectors()], {"shift": b.number(-4, 4), "axis": b.choice([None, b.axis(i)])}))  # fmt: skip
operation("roll two axes", lambda np, x, shift: np.roll(x, shift, axis=(0, 1)),
          lambda b: ([b.matrices()], {"shift": (b.number(-2, 2), 1)}), covers="roll", autograd=NO_KEYWORD)  # fmt: skip
for name in ("tril", "triu"):
    operation(name, lambda np, x, k, name=name: getattr(np, name)(x, k), lambda b: ([b.matrices()], {"k": b.number(-1, 1)}))
operation(
    "diagonal",
    lambda np, x, offset, axis1, axis2: np.diagonal(x, offset, axis1, axis2),
    lambda b: (
        [b.matrices()],
        {"offset": b.number(-1, 1), **dict(zip(("axis1", "axis2"), b.choice([(0, 1), (1, 0), (-1, -2)])))},
    ),
    autograd=(
        "has a derivative for one choice of axes",
        lambda x, offset, axis1, axis2: (offset, axis1) == (0, -1) and x.shape[-1] == x.shape[-2],
    ),
)
operation("trace", lambda np, x, offset: np.trace(x, offset), lambda b: ([b.matrices()], {"offset": b.number(-1, 1)}))
operation(
    "diag",
    lambda np, x, k: np.diag(x, k),
    lambda b: ([b.array(lambda shape: len(shape) in (1, 2))], {"k": b.number(-1, 1)}),
    autograd=("fails for a matrix that is not square", lambda x, k: x.ndim == 1 or len(set(x.shape)) == 1),
)


def joined(b: Builder, low: int = 1) -> Picked:
    """Two arrays that differ in shape at most along one axis, and the axis."""
    i = b.array(lambda shape: len(shape) >= low)
    axis = b.number(0, len(b.shape(i)) - 1) if b.shape(i) else 0
    shape = tuple(b.number(1, 2) if a == axis else n for a, n in enumerate(b.shape(i)))
    return [i, b.of_shape(shape)], {"axis": b.choice([axis, axis - len(shape)])}


def of_one_shape(b: Builder) -> Picked:
    i = b.array()
    return [i, b.of_shape(b.shape(i))], {}


operation("concatenate", lambda np, x, y, axis: np.concatenate([x, y, 0.5 * x], axis=axis), joined, covers="concatenate join")
operation("concatenate all", lambda np, x, y: np.concatenate([x, y], axis=None),
          lambda b: ([b.array(), b.array()], {}), covers="concatenate join",
          torch=NO_KEYWORD, autograd="fails for axis=None")  # fmt: skip
operation("stack", lambda np, x, y, axis: np.stack([x, y], axis=axis),
          lambda b: ((p := of_one_shape(b))[0], {"axis": b.number(-1, len(b.shape(p[0][0])))}))  # fmt: skip
for name in ("vstack", "hstack", "dstack", "column_stack"):
    ranks = (0, 1, 2) if name != "column_stack" else (1, 2)
    operation(
        name,
        lambda np, x, y, name=name: getattr(np, name)([x, y]),
        lambda b, ranks=ranks: ([i := b.array(lambda shape: len(shape) in ranks), b.of_shape(b.shape(i))], {}),
        **({"autograd": OBJECTS} if name == "dstack" else {}),
    )
operation("append", lambda np, x, y, axis: np.append(x, y, axis=axis), joined)
operation("append flat", lambda np, x, y: np.append(x, y), lambda b: ([b.array(), b.array()], {}), covers="append")


def backwards(np: Any, parts: Sequence[Any], axis: int) -> Any:
    """Every part is used, and in a way of its own."""
    return np.concatenate([part * (1.0 + i) for i, part in enumerate(parts) if part.shape[axis]][::-1], axis=axis)


def cuts(b: Builder, rank: int = 1, axis: int | None = None) -> Picked:
    i = b.array(lambda shape: len(shape) >= rank)
    a = b.axis(i) if axis is None else axis
    n = b.shape(i)[a]
    return [i], {"sections": b.choice([n, 1, [1], [b.number(0, n)]]), "axis": a}


operation("split", lambda np, x, sections, axis: backwards(np, np.split(x, sections, axis=axis), axis), cuts)
operation("array_split", lambda np, x, sections, axis: backwards(np, np.array_split(x, sections, axis=axis), axis),
          lambda b: (p := cuts(b), p[1].update(sections=b.choice([2, 3, [1]])), p)[0])  # fmt: skip
operation("vsplit", lambda np, x, sections, axis: backwards(np, np.vsplit(x, sections), 0), lambda b: cuts(b, 2, 0))
operation("hsplit", lambda np, x, sections, axis: backwards(np, np.hsplit(x, sections), 1), lambda b: cuts(b, 2, 1))
operation("dsplit", lambda np, x, sections, axis: backwards(np, np.dsplit(x, sections), 2), lambda b: cuts(b, 3, 2))
operation(
    "tile",
    lambda np, x, reps: np.tile(x, reps),
    with_constant("reps", [2, (2,), (1, 2), (2, 1), (2, 1, 1)]),
    autograd=("repeats the wrong axes if there are more than repeats", lambda x, reps: x.ndim <= numpy.size(reps)),
)
operation("repeat", lambda np, x, repeats, axis: np.repeat(x, repeats, axis=axis),
          lambda b: ([i := b.vectors()], {"repeats": b.number(1, 2), "axis": b.choice([None, b.axis(i)])}),
          autograd=("counts axes from the start only", lambda x, repeats, axis: axis is None or axis >= 0))  # fmt: skip
operation("repeat each", lambda np, x, repeats, axis: np.repeat(x, repeats, axis=axis),
          lambda b: ([i := b.vectors()], {"axis": (a := b.axis(i)), "repeats": numpy.arange(b.shape(i)[a]) % 3 + 1}),
          covers="repeat", autograd="repeats every element equally often")  # fmt: skip


def padded(low: int) -> Callable[[Builder], Picked]:
    def pick(b: Builder) -> Picked:
        i = b.array(lambda shape: 0 < len(shape) < 3 and min(shape) > low)
        return [i], {"pad_width": tuple((b.number(0, 1), b.number(0, 2 if n > 2 else 1)) for n in b.shape(i))}

    return pick


for mode in ("constant", "edge", "reflect", "symmetric", "wrap"):
    peers = {"autograd": "has a derivative for the mode constant only"} if mode != "constant" else {}
    form = lambda np, x, pad_width, mode=mode: np.pad(x, pad_width, mode)  # noqa: E731
    operation(f"pad {mode}", form, padded(1 if mode == "reflect" else 0), covers="pad", **peers)

# --- indexing ---------------------------------------------------------------------------------------------------------


def index_of(kinds: Sequence[str], also: str = "") -> Callable[[Builder], Picked]:
    """An index with an entry of one of these kinds for each of the first axes; or, if `also` is "dots", of the last ones."""

    def pick(b: Builder) -> Picked:
        i = b.vectors()
        count, leading = b.number(1, len(b.shape(i))), also != "dots" or b.flag()
        index: list[Any] = []
        arrays = b.choice([(3,), (2, 2), (1,)])  # the shape of all index arrays: they are broadcast together
        for n in b.shape(i)[:count] if leading else b.shape(i)[-count:]:
            kind = b.choice(kinds)
            if kind == "whole":
                index.append(b.number(-n, n - 1))
            elif kind == "slice":
                index.append(slice(*b.choice([(None, None), (1, None), (None, -1), (0, n)])) if n > 1 else slice(None))
            elif kind == "backwards":
                index.append(slice(None, None, b.choice([-1, -2])))
            elif kind == "step":
                index.append(slice(None, None, 2))
            else:
                index.append(b.rng().integers(-n, n, arrays))
        if also == "new":
            index.insert(b.number(0, len(index)), None)
        if also == "dots":
            index = [*index, ...] if leading else [..., *index]
        return [i], {"index": tuple(index) if len(index) > 1 or b.flag() else index[0]}

    return pick


def getitem(np: Any, x: Any, index: Any) -> Any:
    return x[index]


def together(x: Any, index: Any) -> bool:
    """Whether the whole numbers and arrays in an index stand side by side."""
    places = [i for i, part in enumerate(index) if not isinstance(part, slice)] if isinstance(index, tuple) else []
    return len(places) < 2 or places[-1] - places[0] == len(places) - 1


operation("getitem", getitem, index_of(["whole", "slice", "step"]), covers="getitem scatter")
operation("getitem new axis", getitem, index_of(["whole", "slice"], "new"), covers="getitem")
operation("getitem dots", getitem, index_of(["whole", "slice"], "dots"), covers="getitem")
operation("getitem backwards", getitem, index_of(["backwards", "slice"]), covers="getitem", torch="has no negative steps")
operation("getitem arrays", getitem, index_of(["array"]), covers="getitem scatter")
operation("getitem arrays and slices", getitem, index_of(["array", "slice"]), covers="getitem")
operation("getitem mixed", getitem, index_of(["array", "slice", "whole"]), covers="getitem",
          torch=("does not count whole numbers as index arrays when it places the axes", together))  # fmt: skip


def mask_for(b: Builder, whole: bool) -> Picked:
    i = b.vectors()
    mask = b.rng().random(b.shape(i) if whole else b.shape(i)[:1]) < 0.6
    mask.flat[0] = True
    return [i], {"index": mask}


operation("getitem mask", getitem, lambda b: mask_for(b, True), covers="getitem")
operation("getitem row mask", getitem, lambda b: mask_for(b, False), covers="getitem")
operation("getitem of what is positive", lambda np, x: np.sin(x[x > 0.1]), of_rank(1, 2, 3), lambda x: abs(x - 0.1),
          covers="getitem")  # fmt: skip


def put_into(kinds: Sequence[str]) -> Callable[[Builder], Picked]:
    def pick(b: Builder) -> Picked:
        (i,), constants = index_of(kinds)(b)
        if isinstance(constants["index"], numpy.ndarray):
            constants["index"] = numpy.arange(b.shape(i)[0])[::-2]
        return [i, b.of_shape(numpy.shape(numpy.empty(b.shape(i))[constants["index"]]))], constants

    return pick


def put(np: Any, x: Any, y: Any, index: Any) -> Any:
    return np.with_item(x * 1.0, index, y)


NO_PUT = {"autograd": "cannot assign to elements"}
operation("put", put, put_into(["whole", "slice", "step"]), covers="put", **NO_PUT)
operation("put at an array", put, lambda b: put_rows(b), covers="put", **NO_PUT)


def put_rows(b: Builder) -> Picked:
    i = b.vectors()
    rows = b.rng().permutation(b.shape(i)[0])[:2]
    return [i, b.of_shape(b.shape(i)[1:])], {"index": rows}


def taken(b: Builder) -> Picked:
    i = b.vectors()
    axis = b.choice([None, b.axis(i)])
    n = numpy.size(b.values[i]) if axis is None else b.shape(i)[axis]
    return [i], {"indices": b.rng().integers(0, n, b.choice([(), (3,), (2, 2)])), "axis": axis}


operation("take", lambda np, x, indices, axis: np.take(x, indices, axis=axis), taken, autograd=NO_RULE)


def taken_along(b: Builder) -> Picked:
    i = b.vectors()
    axis = b.axis(i)
    shape = list(b.shape(i))
    n, shape[axis] = shape[axis], b.number(1, 3)
    return [i], {"indices": b.rng().integers(0, n, shape), "axis": axis}


operation("take_along_axis", lambda np, x, indices, axis: np.take_along_axis(x, indices, axis), taken_along, autograd=NO_RULE)


def compressed(b: Builder) -> Picked:
    i = b.vectors()
    axis = b.axis(i)
    condition = b.rng().random(b.shape(i)[axis]) < 0.6
    condition[0] = True
    return [i], {"condition": condition, "axis": axis}


operation("compress", lambda np, x, condition, axis: np.compress(condition, x, axis=axis), compressed, autograd=NO_RULE)
operation("extract", lambda np, x, index: np.extract(index, x), lambda b: mask_for(b, True), autograd=NO_RULE)
ONE_AXIS: Peer = ("sorts along one axis only", lambda x, **_: numpy.ndim(x) == 1)
operation("sort", lambda np, x, **constants: np.sort(x, **constants), over_one_axis, gaps, autograd=ONE_AXIS)
operation("sort all", lambda np, x: np.sort(x, axis=None), one, gaps, covers="sort", autograd=ONE_AXIS)


def smallest(np: Any, x: Any, kth: int, axis: int) -> Any:
    """The kth element, and the sum over those before it: in what order these come, partition leaves open."""
    rows = np.moveaxis(np.partition(x, kth, axis=axis), axis, -1)
    return rows[..., kth] + np.sum(np.square(rows[..., :kth]), axis=-1)


operation("partition", smallest,
          lambda b: ([i := b.vectors()], {"axis": (a := b.axis(i)), "kth": b.number(0, b.shape(i)[a] - 1)}), gaps,
          autograd=ONE_AXIS)  # fmt: skip

# --- products ---------------------------------------------------------------------------------------------------------


def matmul_shapes(b: Builder) -> Picked:
    i = b.vectors()
    n = b.shape(i)[-1]
    options = [(n,), (n, 2), (n, 1)]
    if len(b.shape(i)) < 3:
        options += [(2, n, 2)]
    else:
        options += [(1, n, 2), (*b.shape(i)[:-2], n, 3)]
    return [i, b.of_shape(b.choice(options))], {}


operation("matmul", lambda np, x, y: np.matmul(x, y), matmul_shapes)
operation("@", lambda np, x, y: np.astype(x, "float64") @ np.astype(y, "float64"), matmul_shapes, covers="matmul")
operation("dot", lambda np, x, y: np.dot(x, y),
          lambda b: ([i := b.vectors(), b.of_shape(b.choice([(n := b.shape(i)[-1],), (n, 2), (2, n, 2)]))], {}))  # fmt: skip
operation("inner", lambda np, x, y: np.inner(x, y),
          lambda b: ([i := b.vectors(), b.of_shape(b.choice([(n := b.shape(i)[-1],), (2, n)]))], {}))  # fmt: skip
operation("vdot", lambda np, x, y: np.vdot(x, y), of_one_shape, autograd=NO_RULE)
operation(
    "outer",
    lambda np, x, y: np.outer(x, y),
    lambda b: ([b.array(), b.array()], {}),
    autograd=("takes vectors only", lambda x, y: numpy.ndim(x) == numpy.ndim(y) == 1),
)
operation("kron", lambda np, x, y: np.kron(x, y), lambda b: ([b.array(), b.array()], {}),
          autograd=("mixes up the axes if there are more than two", lambda x, y: max(x.ndim, y.ndim) < 3))  # fmt: skip
operation("tensordot", lambda np, x, y, axes: np.tensordot(x, y, axes),
          lambda b: ([i := b.vectors(), b.of_shape((b.shape(i)[-1], *b.choice([(), (2,), (2, 2)])))],
                     {"axes": 1}))  # fmt: skip
operation("tensordot of two axes", lambda np, x, y, axes: np.tensordot(x, y, axes),
          lambda b: ([i := b.matrices(), b.of_shape((b.shape(i)[-1], 2, b.shape(i)[0]))], {"axes": ((0, -1), (2, 0))}),
          covers="tensordot")  # fmt: skip
operation(
    "tensordot of no axes", lambda np, x, y: np.tensordot(x, y, 0), lambda b: ([b.array(), b.array()], {}), covers="tensordot"
)

SUBSCRIPTS: dict[str, tuple[tuple[int, ...], ...]] = {  # subscripts and shapes
    "ij,jk->ik": ((2, 3), (3, 2)), "ij,jk": ((2, 3), (3, 3)), "ij->ji": ((2, 3),), "ij->": ((2, 3),), "ij->i": ((2, 3),),
    "ii->i": ((3, 3),), "ii": ((3, 3),), "i,i": ((3,), (3,)), "i,j->ij": ((2,), (3,)), "i,j->ji": ((3,), (4,)),
    "ij,ij,ij->i": ((2, 3), (2, 3), (2, 3)), "bij,bjk->bik": ((2, 2, 3), (2, 3, 2)), "...j,j->...": ((2, 2, 3), (3,)),
    "...ij,...jk->...ik": ((2, 2, 3), (3, 2)), "ij,j,k->ik": ((2, 3), (3,), (2,)), "iij,jk->ik": ((2, 2, 3), (3, 3)),
    "i,j->i": ((3,), (2,)), "i...->...": ((2, 3),), "ijk,jk->i": ((2, 2, 3), (2, 3)),
}  # fmt: skip


def einsum_of(subscripts: Sequence[str]) -> Callable[[Builder], Picked]:
    def pick(b: Builder) -> Picked:
        text = b.choice(subscripts)
        return [b.of_shape(shape) for shape in SUBSCRIPTS[text]], {"subscripts": text}

    return pick


def einsum(np: Any, *arrays: Any, subscripts: str) -> Any:
    return np.einsum(subscripts, *arrays)


DOUBLE = [text for text in SUBSCRIPTS if "ii" in text]
operation("einsum", einsum, einsum_of([text for text in SUBSCRIPTS if text not in DOUBLE]), covers="einsum contract")
operation(
    "einsum diagonals", einsum, einsum_of(DOUBLE), covers="einsum", autograd="has no rule for an index twice in one operand"
)

LENGTHS = [(3, 3), (4, 3), (3, 4), (3, 1), (4, 2), (1, 3)]


def two_vectors(b: Builder) -> Picked:
    n, m = b.choice(LENGTHS)
    return [b.of_shape((n,)), b.of_shape((m,))], {"mode": b.choice(["full", "same", "valid"])}


operation("convolve", lambda np, x, y, mode: np.convolve(x, y, mode), two_vectors, autograd=NO_RULE)
operation("correlate", lambda np, x, y, mode: np.correlate(x, y, mode), two_vectors, autograd=NO_RULE)
operation("cross", lambda np, x, y: np.cross(x, y),
          lambda b: ([b.of_shape(b.choice([(3,), (2, 3)])), b.of_shape(b.choice([(3,), (2, 3)]))], {}),
          autograd=("does not broadcast in cross", lambda x, y: x.shape == y.shape))  # fmt: skip

# --- along an axis ----------------------------------------------------------------------------------------------------


def longer_than(n: int) -> Callable[[Builder], tuple[int, int]]:
    """An array with an axis of more than n elements, and that axis."""

    def pick(b: Builder) -> tuple[int, int]:
        i = b.array(lambda shape: len(shape) > 0 and max(shape) > n)
        return i, b.choice([a for a, m in enumerate(b.shape(i)) if m > n])

    return pick


def along(pick: Callable[[Builder], tuple[int, int]], **options: Sequence[Any]) -> Callable[[Builder], Picked]:
    def picked(b: Builder) -> Picked:
        i, axis = pick(b)
        return [i], {"axis": axis, **{key: b.choice(values) for key, values in options.items()}}

    return picked


operation("diff", lambda np, x, axis, n: np.diff(x, n, axis=axis), along(longer_than(2), n=[1, 2]))
operation(
    "trapezoid",
    lambda np, x, axis, dx: np.trapezoid(x, dx=dx, axis=axis),
    along(longer_than(1), dx=[1.0, 0.5]),
    autograd=NO_RULE,
)
operation("trapezoid over points", lambda np, x, y: np.trapezoid(x, y, axis=-1),
          lambda b: ([i := b.array(lambda s: len(s) > 0 and s[-1] > 1),
                      b.of_shape(b.choice([b.shape(i), b.shape(i)[-1:]]))], {}),
          covers="trapezoid", autograd=NO_RULE)  # fmt: skip
operation(
    "gradient",
    lambda np, x, axis: np.gradient(x, axis=axis),
    along(longer_than(1)),
    autograd=("fails for short axes", lambda x, axis: x.shape[axis] > 3),
)
operation(
    "gradient spaced",
    lambda np, x, axis, spacing: np.gradient(x, spacing, axis=axis),
    along(longer_than(1), spacing=[1.0, 0.5]),
    covers="gradient",
    autograd=NO_KEYWORD,
)
operation(
    "gradient edges",
    lambda np, x, axis: np.gradient(x, axis=axis, edge_order=2),
    along(longer_than(2)),
    covers="gradient",
    autograd=NO_KEYWORD,
    jax=NO_KEYWORD,
)
operation("gradient of points", lambda np, x, points: np.gradient(x, points, axis=-1),
          lambda b: ([i := b.array(lambda s: len(s) > 0 and s[-1] > 1)],
                     {"points": numpy.cumsum(b.rng().uniform(0.5, 1.5, b.shape(i)[-1]))}),
          covers="gradient", autograd=NO_KEYWORD)  # fmt: skip
operation("gradient of two axes", lambda np, x: difference_of_two(np.gradient(x)),
          lambda b: ([b.array(lambda s: len(s) == 2 and min(s) > 1)], {}), covers="gradient",
          autograd="fails for several axes")  # fmt: skip
KNOTS = numpy.array([-1.5, -0.5, 0.25, 1.5])
operation("interp", lambda np, x, y: np.interp(x, KNOTS, y), lambda b: ([b.array(), b.of_shape((4,))], {}),
          lambda x, y: numpy.abs(x[..., None] - KNOTS), torch=NO_FUNCTION, autograd=NO_RULE)  # fmt: skip
