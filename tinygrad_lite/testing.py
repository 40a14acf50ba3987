"""Checks whether a gradient is right: changes the argument of the function a little, and measures how far the result changes.

Flows in: a function of Tensors and a point; and a gradient that somebody derived by hand, if there is one. Flows out: nothing
if the gradient is right, otherwise an AssertionError that shows where it and the differences disagree. Differences need no
derivative rule, so they check every rule and every formula independently.

The error of a central difference over ±h is c h², and over ±2h it is 4 c h²; so the error of (4 near - far) / 3 is only a
multiple of h⁴ (Richardson 1911). Function values are rounded, which adds ε |f| / h. The sum of the two errors is smallest
near h = ε^(1/5) times the scale on which f bends; Press et al., Numerical Recipes, 3rd ed. 2007, section 5.7, show this for
simpler differences, and Griewank and Walther, Evaluating Derivatives, 2nd ed. 2008, chapter 1, show why differences stay
inexact. We take max(|x|, 1) as this scale. It may be finer, as for log near 0. So where autograd and the differences
disagree, steps 10², 10⁴ and 10⁶ times smaller are tried, and if one of them is clearly more exact, it is used instead.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from . import messages
from .containers import flatten, with_paths
from .differentiation import results_of
from .functional import gradients
from .tensor import Tensor

EPSILON, TINY = float(np.finfo(float).eps), float(np.finfo(float).tiny)
FINER = (1.0, 1e-2, 1e-4, 1e-6)
YOURS_IS_WRONG = "\n  Autograd and the differences agree, so the mistake is in your gradient."
AUTOGRAD_IS_WRONG = "\n  Your gradient and the differences agree, so a derivative rule is wrong, or a value left the graph."
BOTH_ARE_WRONG = (
    "\n  Your gradient and autograd agree. So either both have the same mistake, or differences are no good judge here: at a "
    "corner or a jump of f, or if f is random."
)
NONE_AGREE = "\n  No two of them agree: your gradient, autograd and the differences."


def check_gradients(
    f: Callable[..., Any],
    *args: Any,
    gradient: Any = None,
    order: int = 1,
    rtol: float | None = None,
    atol: float | None = None,
    step: float | None = None,
    seed: int = 0,
    limit: int = 100,
) -> None:
    """Compare the gradients of `f` at the point `args` with differences of its values.

    f:      a function of Tensors that returns a Tensor of any shape, or several in dicts, lists and tuples. The check is for
            the gradient of the sum of all results, each element times a random weight, so that errors do not cancel
    args:   floats, floating-point arrays and Tensors of any shape, also in dicts, lists, tuples and dataclasses: their
            gradients are checked. Anything else (whole numbers, text, Tensors with requires_grad=False) is a constant.
            Nothing is written into any of them
    gradient:  your own gradient of `f`, which must then return one number: a function of the same arguments, or its result.
               It
            has the form of the argument that is checked; if there are several, it is a tuple. It is compared with the
            differences and with autograd, and the report says which of the three agree
    order:  2 checks second derivatives as well: the gradient is itself a function, of `args` and of those weights (the
            gradient of the result), and is checked like `f`
    rtol:   relative tolerance; by default √ε, which is 1.5e-8 for float64 and 3.5e-4 for float32
    atol:   absolute tolerance; by default the size of rounding errors: 100 ε |f| / h for the differences, and 100 ε
            times the largest element of the gradient for autograd
    step:   h relative to max(|x|, 1); by default ε^(1/5), which is 7.4e-4 for float64, and finer where that is too coarse
    seed:   of the weights, the direction and the sample
    limit:  each element is checked alone; in an array with more elements than this, only a random sample of them. All
            elements are also checked together, in a random direction: if this finds an error, its place is found by halving
            the set

    For float32 arguments autograd runs in float32 and the differences in float64. If `f` returns float32 even then, the
    step is chosen for the ε of float32. Raises AssertionError with the argument, the worst element, both values, the step
    and the tolerance; TypeError if there is nothing to check, or if `gradient` has another form than what is checked.

    Without `gradient`, no error means that autograd differentiates `f` correctly, whatever `f` computes. So to check a
    formula that you derived, give the loss first, ``check_gradients(loss, w, gradient=formula)``; ``check_gradients(formula,
    w)`` would only differentiate the formula once more.

    >>> import numpy as np, tinygrad_lite as tg
    >>> check_gradients(lambda x, y: np.sin(x) * y, np.linspace(0.0, 1.0, 5), 2.0, order=2)
    >>> @tg.primitive
    ... def cube(x):
    ...     return x * x * x
    >>> tg.derivative(cube, x=lambda g, x: g * 2 * x**2)      # 3 x² would be right
    >>> try:
    ...     check_gradients(cube, 2.0)
    ... except AssertionError as error:
    ...     print(str(error).splitlines()[2])
      autograd      8 (0.6667 times the differences)
    >>> check_gradients(lambda w: np.sum(w**3), np.array([1.0, 2.0]), gradient=lambda w: 3 * w**2)
    """
    judged(f, args, gradient, order, rtol, atol, step, seed, limit)


def judged(
    f: Callable[..., Any],
    args: Sequence[Any],
    gradient: Any = None,
    order: int = 1,
    rtol: float | None = None,
    atol: float | None = None,
    step: float | None = None,
    seed: int = 0,
    limit: int = 100,
) -> list[Judge]:
    """What `check_gradients` does. Returns what was found for each value: first of `f`, then of its gradient."""
    if not callable(f):
        raise messages.not_a_function(f)
    given, judges = Arguments(args), list[Judge]()
    checked = given.checked
    if not checked:
        raise messages.nothing_to_check(args)
    point = [leaf.data if isinstance(leaf, Tensor) and leaf.requires_grad else leaf for leaf in given.leaves]
    names, title, eps = given.names(f), f" of {getattr(f, '__name__', repr(f))}", 0.0
    f = given.on_leaves(f)
    with np.errstate(all="ignore"):  # what is infinite or undefined, here or a step away, is reported as such
        for this_order in range(order):
            value = f(*moved(point, checked))
            results = results_of(f, value)[0]
            eps, weights = max(eps, epsilon(results)), random_weights(results, seed)
            yours: dict[int, Any] = {}
            if gradient is not None and this_order == 0:
                if [np.size(y) for y in results] != [1]:
                    raise messages.not_a_number(f, "check_gradients", value)
                yours = given.claims(gradient(*given.nested(point)) if callable(gradient) else gradient, names)
            by_autograd = gradient_of(f, checked, len(point))
            for i, claim in zip(checked, by_autograd(*point, *weights)):
                of_autograd = Judge(f, point, checked, weights, i, claim, eps, rtol, atol, step)
                heading = f"gradient{title} with respect to {names[i]} is wrong."
                if i in yours:
                    of_autograd = judge_both(of_autograd, yours[i], heading, seed, limit)
                elif complaint := of_autograd.complaint(heading, seed, limit):
                    raise AssertionError(complaint)
                judges.append(of_autograd)
            f, title, names = by_autograd, f" of the gradient{title}", names + ["the gradient that flows in"] * len(weights)
            checked, point = [*checked, *range(len(point), len(names))], [*point, *weights]
    return judges


class Arguments:
    """The arguments of a function, and all values in them one after the other: what is checked may be inside a nest.

    places: of each value, in which argument it is, and where in there
    nested: makes the arguments of other values
    """

    def __init__(self, args: Sequence[Any]) -> None:
        self.count, self.places = len(args), [(i, path) for i, arg in enumerate(args) for path, _ in with_paths(arg)]
        self.leaves, self.nested = flatten(list(args))
        self.checked = [k for k, leaf in enumerate(self.leaves) if has_gradient(leaf)]

    def on_leaves(self, f: Callable[..., Any]) -> Callable[..., Any]:
        """`f` as a function of all the values."""
        return functools.wraps(f, updated=())(lambda *leaves: f(*self.nested(leaves)))

    def names(self, f: Any) -> list[str]:
        """What the signature of `f` calls each value."""
        names = names_of_arguments(f, self.count)
        return [
            f"{names[i][:-1]}{path})" if names[i].endswith(")") else f"{names[i]}{path and ', '}{path}"
            for i, path in self.places
        ]

    def claims(self, gradient: Any, names: Sequence[str]) -> dict[int, Any]:
        """What a gradient that somebody derived, one for each argument that is checked, says of each value."""
        wanted, found = sorted({self.places[k][0] for k in self.checked}), dict[int, Any]()
        if len(wanted) > 1 and not (isinstance(gradient, (tuple, list)) and len(gradient) == len(wanted)):
            raise messages.not_one_for_each(len(wanted), gradient)
        nests = dict(zip(wanted, gradient if len(wanted) > 1 else [gradient]))
        for k in self.checked:
            i, path = self.places[k]
            claim = nests[i] if not path else dict(with_paths(nests[i])).get(path)  # for an array, a list will do
            if claim is None:
                raise messages.nothing_at(names[k], nests[i])
            found[k] = np.asarray(getattr(claim, "_array", claim), float)
        return found


def has_gradient(arg: Any) -> bool:
    """Whether this argument is to be checked."""
    if isinstance(arg, Tensor):
        return arg.requires_grad
    return isinstance(arg, float) or (isinstance(arg, np.ndarray | np.generic) and arg.dtype.kind == "f")


def names_of_arguments(f: Any, n: int) -> list[str]:
    """Their numbers, and what the signature of `f` calls them, if it has one: some functions written in C have none."""
    try:
        named = [f" ({p.name})" for p in inspect.signature(f).parameters.values() if p.kind is not p.VAR_POSITIONAL]
    except (TypeError, ValueError):
        named = []
    return [f"argument {i}{name}" for i, name in zip(range(n), [*named, *[""] * n])]


def moved(point: Sequence[Any], checked: Sequence[int], i: int = -1, elements: Any = (), by: Any = 0.0) -> list[Any]:
    """The arguments as constant Tensors in float64, after some elements of the i-th moved. The caller's stay as they are."""
    args = list(point)
    for j in checked:
        x = np.array(args[j], np.promote_types(np.asarray(args[j]).dtype, float), order="C")
        if i == j:
            x.reshape(-1)[elements] += by
        args[j] = Tensor(x[()], requires_grad=False)
    return args


def random_weights(results: Sequence[Any], seed: int) -> list[Any]:
    """One for each number in the results, of size 1 to 2, so that none can hide an error; 1 if there is but one number."""
    rng, shapes = np.random.default_rng(seed), [np.shape(y) for y in results]
    drawn = [np.asarray(rng.uniform(1, 2, shape) * rng.choice([-1.0, 1.0], shape)) for shape in shapes]
    return [np.ones(shapes[0])[()]] if [np.size(w) for w in drawn] == [1] else drawn


def gradient_of(f: Callable[..., Any], checked: Sequence[int], n: int) -> Callable[..., list[Any]]:
    """The function that autograd makes of `f`: of its `n` arguments and the weights of its results. Its results are the
    gradients of their weighted sum. Given Tensors that want gradients it is recorded, and so differentiable like any other.
    """

    @functools.wraps(f, updated=())
    def gradient(*args: Any) -> list[Any]:
        recorded = any(isinstance(a, Tensor) and a.requires_grad for a in args)
        leaves = {i: args[i] if recorded else Tensor(args[i]) for i in checked}
        results = flatten(f(*(leaves.get(i, a) for i, a in enumerate(args[:n]))))[0]
        parts = [np.sum(w * y) for w, y in zip(args[n:], results) if isinstance(y, Tensor) and y.requires_grad]
        if not parts:  # f is constant, like the slope of a straight line
            return [np.zeros_like(leaf.data) for leaf in leaves.values()]
        return gradients(sum(parts), list(leaves.values()), create_graph=recorded)

    return gradient


class Slope(NamedTuple):
    """A derivative by differences. `noise` is its rounding error, `doubt` how far off it may be in all, relative to it."""

    value: float
    noise: float
    doubt: float
    left: float
    right: float
    step: float


class Verdict(NamedTuple):
    """A derivative by both ways. `excess` is their distance in units of the tolerance: more than 1 is a fault."""

    elements: np.ndarray
    amounts: np.ndarray
    claim: float
    slope: Slope
    tolerance: float
    excess: float


@dataclass
class Judge:
    """The i-th argument of `f`, and a gradient that is claimed for it: by autograd, or by the user's formula. `beside` is
    what the other of the two claims, if there are both.
    """

    f: Callable[..., Any]
    point: Sequence[Any]
    checked: Sequence[int]
    weights: Sequence[Any]
    i: int
    claim: Any
    eps: float
    rtol: float | None
    atol: float | None
    step: float | None
    is_yours: bool = False
    beside: Any = None

    def complaint(self, title: str, seed: int, limit: int) -> str:
        """The report if the gradient has the wrong form, or an element or the direction is at fault; "" if all is well."""
        title = f"{'Your' if self.is_yours else 'The'} {title}"
        x, g, rng = np.asarray(self.point[self.i]), np.asarray(self.claim), np.random.default_rng(seed)
        if g.shape != x.shape or (g.dtype != x.dtype and not self.is_yours):
            return f"{title}\n  It has shape {g.shape} and is {g.dtype}; the argument {x.shape} and {x.dtype}."
        self.scale = np.where(np.isfinite(x), np.maximum(np.abs(x.astype(float)), 1), 1.0).ravel()
        self.here, self.coarsest = self.values([], 0.0), max(self.eps, epsilon([self.point[j] for j in self.checked]))
        everything = np.arange(x.size)
        sample = everything if x.size <= limit else np.sort(rng.choice(everything, limit, replace=False))
        verdicts = [self.compare(sample[j : j + 1], np.ones(1)) for j in range(len(sample))]
        faults = [v for v in verdicts if v.excess > 1]
        count, are = len(sample), "is" if len(faults) == 1 else "are"
        which = f"the {count} elements that were checked one by one" if count < x.size else f"{count} elements"
        how_many = f"{len(faults)} of {which} {are} wrong" + f"; there are {x.size} elements" * (count < x.size)
        self.whole = whole = self.compare(everything, rng.uniform(0.5, 1, x.size) * rng.choice([-1.0, 1.0], x.size))
        if whole.excess > 1 and not faults:
            faults, how_many = [self.narrow_down(whole)], how_many + "; this one was found by halving"
        return self.report(max(faults, key=lambda v: v.excess), title, how_many) if faults else ""

    def narrow_down(self, whole: Verdict) -> Verdict:
        """Halve the set of elements that move, and go on with the half that is further off, down to one element."""
        while len(whole.elements) > 1:
            half = len(whole.elements) // 2
            parts = slice(half), slice(half, None)
            whole = max((self.compare(whole.elements[p], whole.amounts[p]) for p in parts), key=lambda v: v.excess)
        return whole

    def values(self, elements: Any, amounts: Any) -> np.ndarray:
        """All results in one row, each with its weight, after some elements moved."""
        results = flatten(self.f(*moved(self.point, self.checked, self.i, elements, amounts)))[0]
        return np.concatenate([np.ravel(w * getattr(y, "_array", y)) for w, y in zip(self.weights, results)])

    def slope(self, elements: np.ndarray, direction: np.ndarray, h: float) -> Slope:
        """The differences over ±h and ±2h; results are subtracted before they are summed, so most rounding stays out."""
        ahead, behind, far_ahead, far_behind = (self.values(elements, t * direction) for t in (h, -h, 2 * h, -2 * h))
        near, far = np.sum(ahead - behind) / (2 * h), np.sum(far_ahead - far_behind) / (4 * h)
        left, right = np.sum(self.here - behind) / h, np.sum(ahead - self.here) / h
        value, noise = (4 * near - far) / 3, self.eps * (np.linalg.norm(self.here) + abs(near)) / h
        doubt = (abs(value - near) + noise) / (abs(value) + 1000 * noise + TINY)  # a value that is all noise is not sure
        return Slope(value, noise, doubt if np.isfinite(doubt) else np.inf, left, right, h)

    def compare(self, elements: np.ndarray, amounts: np.ndarray) -> Verdict:
        """Both derivatives along the direction that moves `elements` by `amounts`, in units of their scale."""
        g, direction = np.asarray(self.claim, float).ravel(), amounts * self.scale[elements]
        claim, length = float(np.sum(g[elements] * direction)), float(np.linalg.norm(direction))
        rtol = self.coarsest**0.5 if self.rtol is None else self.rtol
        best = None  # of the slopes with finer and finer steps, the surest
        for finer in FINER if self.step is None else (1.0,):
            slope = self.slope(elements, direction, (self.step or self.eps**0.2) * finer)
            best = slope if best is None or slope.doubt < best.doubt / 10 else best
            rounding = 100 * (best.noise + self.coarsest * float(np.max(np.abs(g), initial=0)) * length)
            tolerance = rtol * abs(best.value) + (rounding if self.atol is None else self.atol * length)
            excess = abs(claim - best.value) / max(tolerance, TINY)
            if excess <= 1:
                break
        assert best is not None
        return Verdict(elements, amounts, claim, best, tolerance, excess if np.isfinite(excess) else np.inf)

    def report(self, fault: Verdict, title: str, how_many: str) -> str:
        """The worst element, both values, how far apart they are, and what the point looks like."""
        x, j = np.asarray(self.point[self.i]), fault.elements[0]
        unit = float(self.scale[j] * fault.amounts[0])  # from the direction back to the element
        claim, value = fault.claim / unit, fault.slope.value / unit
        place = f"element {[int(n) for n in np.unravel_index(j, x.shape)]}" if x.ndim else "the number"
        ratio = f" ({claim / value:.4g} times the differences)" if value and np.isfinite(claim / value) else ""
        who, other = ("your gradient", "autograd") if self.is_yours else ("autograd", "your gradient")
        beside = [] if self.beside is None else [f"  {other:13} {np.ravel(self.beside)[j]:.10g}"]
        lines = [
            title,
            f"  worst at      {place}, which is {x.flat[j]:.6g}; shape {x.shape}, dtype {x.dtype}",
            f"  {who:13} {claim:.10g}{ratio}",
            *beside,
            f"  differences   {value:.10g}, with step {fault.slope.step * self.scale[j]:.2g}",
            f"  apart by      {abs(claim - value):.2g}; tolerated is {fault.tolerance / abs(unit):.2g}",
            f"  in all        {how_many}",
        ]
        if len(self.here) > 1:
            lines.append("  Both are derivatives of the sum of all results, each times a random weight.")
        return "\n".join([*lines, *self.hints(fault, unit)])

    def hints(self, fault: Verdict, unit: float) -> Iterator[str]:
        """What, other than a wrong rule, may explain the fault: how the differences behave as the step gets finer."""
        h, direction = self.step or self.eps**0.2, fault.amounts * self.scale[fault.elements]
        coarse, fine = self.slope(fault.elements, direction, h), self.slope(fault.elements, direction, h / 100)
        doubt = 100 * fine.noise
        if not np.isfinite([fault.claim, *coarse, *fine]).all():
            yield "  This point, or one a step away, has an infinite or undefined value or slope."
        elif abs(fine.left) + abs(fine.right) > 10 * (abs(coarse.left) + abs(coarse.right)) + doubt:
            yield "  The point looks like a jump or a vertical slope: the finer the step, the larger the differences."
        elif abs(fine.right - fine.left) > max(abs(coarse.right - coarse.left) / 2, doubt):
            left, right = (fine.left / unit, fine.right / unit)[:: 1 if unit > 0 else -1]
            yield f"  The point looks like a corner: the slope is {left:.6g} on its left and {right:.6g} on its right."
        if not np.any(self.claim) and not self.is_yours:
            yield "  All of this gradient is 0. Does f leave autograd on the way (t.data, t.detach(), no_grad)?"


def judge_both(of_autograd: Judge, yours: Any, heading: str, seed: int, limit: int) -> Judge:
    """Raise AssertionError if autograd or the user's own gradient is wrong, and say which agree with the differences."""
    claim = np.asarray(of_autograd.claim)
    of_you = replace(of_autograd, claim=yours, is_yours=True, beside=claim)
    if claim.shape == np.shape(yours):
        of_autograd = replace(of_autograd, beside=yours)
    mine, theirs = (judge.complaint(heading, seed, limit) for judge in (of_you, of_autograd))
    if mine and theirs:
        same = claim.shape == np.shape(yours) and np.allclose(claim, yours, rtol=1e-4)
        raise AssertionError(mine + (BOTH_ARE_WRONG if same else NONE_AGREE))
    if mine:
        raise AssertionError(mine + YOURS_IS_WRONG)
    if theirs:
        raise AssertionError(theirs + AUTOGRAD_IS_WRONG)
    return of_autograd


def epsilon(arrays: Sequence[Any]) -> float:
    """The relative rounding error of the coarsest floating-point dtype among them."""
    dtypes = [np.asarray(getattr(a, "_array", a)).dtype for a in arrays]
    return max([float(np.finfo(dtype).eps) for dtype in dtypes if dtype.kind == "f"], default=EPSILON)
