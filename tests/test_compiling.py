"""compile: the program gives the engine's numbers, for every function and every kind of argument, and never wrong ones."""

from __future__ import annotations

import collections
import dataclasses
import enum
import fractions
import functools
import importlib
import math
import pickle
import random
import threading
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from helpers import (
    REGISTERED,
    all_hold,
    arrays_of,
    describe,
    eight_at_a_time,
    few,
    is_typical,
    of_each_form,
    total_of,
    with_gradients,
)

import tinygrad_lite as tg
from tinygrad_lite import nn, optim
from tinygrad_lite.autograd import RULES
from tinygrad_lite.compiling.passes import PASSES
from tinygrad_lite.containers import flatten
from tinygrad_lite.messages import NotCompiled, name_of
from tinygrad_lite.recompute import replayed

X = np.linspace(-2, 2.5, 50)
Y = 3 * X**2 + 2 * X + 1
NUMPY_1 = np.lib.NumpyVersion(np.__version__) < "2.0.0"
EXACT = {"float64": 1e-12, "float32": 1e-5, "float16": 1e-2}


def agree(got: Any, expected: Any) -> None:
    """The same nest, kinds, shapes and dtypes; and the same numbers up to rounding, relative to the largest of all."""
    (mine, _), (theirs, _) = flatten(got), flatten(expected)
    assert len(mine) == len(theirs)
    largest = max((float(np.max(np.abs(b), where=np.isfinite(b), initial=0.0)) for b in theirs if is_float(b)), default=0.0)
    for a, b in zip(mine, theirs):
        assert type(a) is type(b), (type(a), type(b))
        if not isinstance(b, (np.ndarray, np.generic, float)):
            assert a == b
            continue
        a, b = np.asarray(a), np.asarray(b)
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        finite = np.isfinite(b)
        np.testing.assert_array_equal(a[~finite], b[~finite])
        np.testing.assert_allclose(a[finite], b[finite], rtol=0, atol=EXACT.get(str(b.dtype), 0) * largest)


def is_float(value: Any) -> bool:
    return isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f"


def both(f: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Compile a function, and compare its first call, and one more, with the engine."""
    compiled = tg.compile(f, **options)
    expected = tg.value_and_grad(f, **options)(*args)
    agree(compiled(*args), expected)
    agree(compiled(*args), expected)
    return compiled


# --- every function ---------------------------------------------------------------------------------------------------------

REFUSED = {replayed, "np.frexp"}  # checkpoint calls a function, and the exponents are found unseen: both are errors
TELLING = ("other numbers", "nan")
ON_ITS_OWN = {"held"}  # a part of other rules, which is not called with inf by these


@eight_at_a_time(REGISTERED)
def test_a_program_gives_the_numbers_of_the_engine(function: Any, exhaustive: bool) -> None:
    if function in REFUSED or name_of(function) in REFUSED:
        call = with_gradients(function)[0]
        refused = tg.compile(total_of(function, call))
        with pytest.raises(NotCompiled):
            refused(*arrays_of(call))
        return
    if not exhaustive and (function not in RULES or not is_typical(function)):
        return  # a composition is recorded as calls of functions that have samples of their own
    calls = with_gradients(function)
    one = max(of_each_form(calls), key=lambda call: sum(a.size for a in arrays_of(call)))
    chosen = few(calls) if exhaustive and function in RULES and is_typical(function) else [one]
    all_hold({describe(call): functools.partial(check_call, function, call, exhaustive) for call in chosen})


def check_call(function: Any, call: Any, exhaustive: bool) -> None:
    total, arrays = total_of(function, call), list(arrays_of(call))
    numbers = tuple(range(len(arrays)))
    engine = tg.value_and_grad(total, numbers)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        compiled = tg.compile(total, argnums=numbers)
        compiled(*arrays)
        rng = np.random.default_rng(0)
        nan, inf = (
            [np.where(rng.random(a.shape) < 0.3, bad, a).astype(a.dtype) if a.ndim else a for a in arrays]
            for bad in (np.nan, np.inf)
        )
        others: dict[str, list[Any]] = {
            "read-only": [read_only(a) for a in arrays],
            "other numbers": [a * (1 + 0.01 * rng.random(a.shape)).astype(a.dtype) for a in arrays],
            "reversed": [np.ascontiguousarray(a[..., ::-1])[..., ::-1] if a.ndim else a for a in arrays],
            "strided": [np.repeat(a[..., None], 2, -1)[..., 0] for a in arrays],
        }
        if name_of(function) not in ON_ITS_OWN:
            others |= {"nan": nan, "inf": inf}
        for name, values in others.items() if exhaustive else [(key, others[key]) for key in TELLING if key in others]:
            before = [a.copy() for a in values]
            found, expected = result_of(compiled, values), result_of(engine, values)
            assert type(found) is type(expected), (name, found, expected)
            if not isinstance(expected, Exception):
                agree(found, expected)
                for result in flatten(found)[0]:
                    assert not any(np.shares_memory(result, a) for a in values if isinstance(result, np.ndarray))
            for a, b in zip(values, before):
                np.testing.assert_array_equal(a, b)


def read_only(a: np.ndarray) -> np.ndarray:
    a = a.copy()
    a.flags.writeable = False
    return a


def result_of(f: Callable[..., Any], args: list[Any]) -> Any:
    try:
        return f(*args)
    except Exception as error:
        return error


# --- what it is called with, and returns ------------------------------------------------------------------------------------


class Line(NamedTuple):
    slope: Any
    shift: Any


def test_parameters_in_any_nest() -> None:
    def loss(p: Any, x: Any, y: Any) -> Any:
        return np.mean((p["a"] * x**2 + p["b"][0] * x + p["b"][1] - y) ** 2)

    p = {"a": 1.0, "b": [np.float64(2.0), np.array(0.5)]}
    compiled = both(loss, p, X, Y)
    agree(compiled(p, y=Y, x=X), tg.value_and_grad(loss)(p, X, Y))
    both(lambda line, x: np.sum(np.tanh(line.slope * x + line.shift)), Line(1.5, np.ones(50)), X)
    both(lambda p: np.sum(p["w"] ** 2), collections.OrderedDict(w=X))
    both(lambda x: np.sum(3 * x**2), 2)


def test_several_arguments() -> None:
    def f(a: Any, b: Any) -> Any:
        return np.sum(np.sin(a) * b)

    for argnums in (0, 1, -1, (0, 1), (1, 0), [1]):
        both(f, X, Y, argnums=argnums)


def test_auxiliary_results() -> None:
    def loss(a: Any, x: Any) -> Any:
        error = a * x - 1
        return np.sum(error**2), {"error": error, "count": 3, "name": "line", "largest": [np.max(error)]}

    both(loss, 2.0, X, has_aux=True)


def test_values_alone() -> None:
    both_of = tg.compile(lambda x: {"sin": np.sin(x), "sums": (np.sum(x + 1), 2.0)}, value_only=True)
    for x in (X, X + 1, X[:3]):
        agree(both_of(x), {"sin": np.sin(x), "sums": (np.sum(x + 1), 2.0)})


def test_second_derivatives() -> None:
    def f(a: Any, b: Any) -> Any:
        return np.sum((a * X**2 + b * X - Y) ** 2) + np.sin(a * b)

    compiled = tg.compile(f, argnums=(0, 1), order=2)
    for point in ((1.0, 2.0), (3.0, -2.0)):
        value, gradient, second = compiled(*point)
        agree((value, gradient), tg.value_and_grad(f, (0, 1))(*point))
        np.testing.assert_allclose(second, tg.hessian(f, (0, 1))(*point), rtol=1e-11)
    one = tg.compile(lambda p: p["a"] ** 3 * p["b"], order=2)
    assert one({"a": 2.0, "b": 3.0})[2] == tg.hessian(lambda p: p["a"] ** 3 * p["b"])({"a": 2.0, "b": 3.0})
    assert compiled.cache_info()[:2] == (1, 1)


def test_second_derivatives_have_the_types_of_the_engine() -> None:
    """Also those that are always 0, and those made from what is true or false."""
    functions: list[Callable[..., Any]] = [
        lambda x: x / 2,
        lambda x: np.sum(np.abs(x) * np.sign(x)),
        lambda x: np.clip(x, -1, 1) * x,
        lambda x: np.sum(np.exp(x - np.max(x)) / np.sum(np.exp(x - np.max(x)))),
    ]
    for f in functions:
        for x in (0.7,) if NUMPY_1 else (0.7, np.float32(0.7)):  # NumPy 1 chooses dtypes by values
            agree(tg.compile(f, order=2)(x), (*tg.value_and_grad(f)(x), tg.hessian(f)(x)))


def rosenbrock(x: Any) -> Any:
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_the_hessian_times_a_vector() -> None:
    x, v = np.linspace(0.5, 1.5, 20), np.linspace(-1, 1, 20)
    compiled = tg.compile(rosenbrock, order=2)
    for point in (x, x * 1.1):
        value, gradient, product = compiled(point, v)
        agree((value, gradient), tg.value_and_grad(rosenbrock)(point))
        np.testing.assert_allclose(product, tg.hvp(rosenbrock)(point, v), rtol=1e-11)
        agree(compiled(point, product)[2], compiled(point, product.copy())[2])  # a result that comes back as an argument
    assert compiled.cache_info().misses == 1


def test_as_a_decorator_and_as_an_object() -> None:
    @tg.compile
    def first(x: Any) -> Any:
        """Squares."""
        return np.sum(x * x)

    @tg.compile(argnums=(0, 1))
    def second(x: Any, y: Any) -> Any:
        return np.sum(x * y)

    assert first.__doc__ == "Squares."
    assert repr(first) == "<function compile(first)>"
    assert len(second(X, Y)[1]) == 2
    again = pickle.loads(pickle.dumps(tg.compile(rosenbrock)))
    agree(again(X), tg.value_and_grad(rosenbrock)(X))


# --- never wrong ------------------------------------------------------------------------------------------------------------


def test_what_the_program_looked_at_is_guarded() -> None:
    def branch(a: Any) -> Any:
        return a**2 if a > 1 else -3 * a

    compiled = tg.compile(branch)
    for a in (2.0, 0.5, 3.0, 0.1, np.nan):
        agree(compiled(a), tg.value_and_grad(branch)(a))
    assert compiled.cache_info().currsize == 2

    def masked(a: Any) -> Any:
        return np.sum(a[a > 0] ** 2)

    compiled = tg.compile(masked)
    for shift in (0, 1, 0.5, -3):
        agree(compiled(X + shift), tg.value_and_grad(masked)(X + shift))


def test_shapes_that_depend_on_values_are_guarded() -> None:
    """Also where nothing but the shape is used."""
    k = np.array([1.0, -1.0, 2.0])
    sizes: list[Callable[..., Any]] = [
        lambda k: len(k[k > 0]),
        lambda k: k[k > 0].shape[0],
        lambda k: np.nonzero(k)[0].size,
        lambda k: len(np.unique(k)),
        lambda k: np.sum(k[k > 0]) * len(k[k > 0]),
    ]
    for size in sizes:

        def f(x: Any, k: Any, size: Callable[..., Any] = size) -> Any:
            return np.sum(x) * size(k)

        def of_itself(x: Any, size: Callable[..., Any] = size) -> Any:
            return np.sum(x) * size(x)

        compiled, other = tg.compile(f), tg.compile(of_itself)
        for values in (k, -k, 2 * k, np.array([0.0, 0.0, 5.0]), k):
            agree(compiled(2.0, values), tg.value_and_grad(f)(2.0, values))
            agree(other(values), tg.value_and_grad(of_itself)(values))
        assert compiled.cache_info().misses <= 3


def test_a_loop_that_looks_at_values_has_a_program_for_each_way() -> None:
    def steps(a: Any) -> Any:
        while a < 100:
            a = a * 2
        return a

    compiled = tg.compile(steps)
    for a in (60.0, 30.0, 70.0, 10.0):
        agree(compiled(a), tg.value_and_grad(steps)(a))
    for i in range(20):
        steps_of = 200.0 / 2**i
        if compiled.cache_info().currsize < 16:
            compiled(steps_of)
    with pytest.raises(NotCompiled, match="16 different ways"):
        compiled(200.0 / 2**30)


def test_arrays_from_outside_are_read_anew() -> None:
    w, t = np.ones(50), tg.Tensor(np.ones(50), requires_grad=False)

    def f(x: Any) -> Any:
        return np.sum(x * w * t)

    compiled = both(f, X)
    w[:] = 3
    t.data = np.full(50, 7.0)
    agree(compiled(X)[1], np.full(50, 21.0))


class Model:
    """What a function may find in an object."""

    power = 2

    def __init__(self) -> None:
        self.w, self.scale, self.ps, self.d, self.calls = np.ones(50), 1.0, [np.ones(50), 0.5], {"w": np.ones(50)}, 0

    def loss(self, x: Any) -> Any:
        self.calls += 1  # what a function changes itself is no reason to compile it again
        return self.predicted(x) ** self.power

    def predicted(self, x: Any) -> Any:
        return np.sum(self.scale * self.w * x) + np.sum(self.ps[0] * x) * self.ps[1] + np.sum(self.d["w"] + x * SETTINGS["w"])

    @tg.compile(argnums=1)
    def compiled(self, x: Any) -> Any:
        return self.loss(x)

    @tg.compile
    def wrongly_compiled(self, x: Any) -> Any:
        return self.loss(x)


SETTINGS: dict[str, Any] = {"w": np.ones(50)}


def test_what_is_around_a_function_is_looked_up_in_each_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attributes, items of containers and variables may hold something else later."""
    model, other = Model(), Model()
    bound = tg.compile(model.loss)
    changes: list[Callable[[], Any]] = [
        lambda: setattr(model, "w", 3 * Y),
        lambda: setattr(model, "scale", 7.0),
        lambda: model.ps.__setitem__(0, Y),
        lambda: model.ps.__setitem__(1, -2.0),
        lambda: model.d.__setitem__("w", Y),
        lambda: model.d["w"].__imul__(2),
        lambda: monkeypatch.setattr(Model, "power", 3),
        lambda: monkeypatch.setattr(Model, "predicted", lambda self, x: np.sum(self.w * x)),
        lambda: monkeypatch.setitem(SETTINGS, "w", 3 * Y),
        lambda: None,
    ]
    for i, change in enumerate(changes):
        agree(bound(X), tg.value_and_grad(model.loss)(X))
        if i < 2:
            agree(model.compiled(X), tg.value_and_grad(model.loss)(X))
            agree(other.compiled(X), tg.value_and_grad(other.loss)(X))
        change()
    with pytest.raises(TypeError, match=r"With `@tg.compile\(argnums=1\)` before wrongly_compiled"):
        model.wrongly_compiled(X)


class Step(NamedTuple):
    """A line of a table of functions."""

    function: Callable[..., Any]
    factor: float


class Anything:
    """An object that has every attribute."""

    def __getattr__(self, name: str) -> Any:
        return 1.5


STEPS = {"bend": Step(np.tanh, 2.0), "square": Step(lambda x: x * x, 3.0)}
ANYTHING = Anything()


def test_a_table_of_functions_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is compared in each call, and found unchanged until a line of it is another one."""

    def loss(x: Any) -> Any:
        scale = ANYTHING.scale if hasattr(ANYTHING, "scale") else 1.0
        for step in STEPS.values():
            x = step.factor * step.function(x)
        return scale * np.sum(x)

    compiled = tg.compile(loss)
    for _ in range(3):
        agree(compiled(X), tg.value_and_grad(loss)(X))
    assert compiled.cache_info()[:2] == (2, 1)
    monkeypatch.setitem(STEPS, "bend", Step(np.sin, 2.0))
    agree(compiled(X), tg.value_and_grad(loss)(X))


def test_arrays_that_are_used_unseen() -> None:
    """What the function computes from an array outside, without a Tensor, is not recorded: other numbers compile again."""
    w, v, t = np.ones(50), np.ones(50), tg.Tensor(np.ones(50), requires_grad=False)
    functions: list[Callable[..., Any]] = [
        lambda x: np.sum(x * (w + 1)),
        lambda x: np.sum(x * (t + 1)),
        lambda x: np.sum(x * float(w.max())),
        lambda x: np.sum(x * w / w.max()),
        lambda x: np.sum(x[1:] * w[1:]) if w[0] > 2 else np.sum(x * v),
    ]
    for f in functions:
        compiled = tg.compile(f)
        for number in (1.0, 3.0, 3.0, 5.0):
            w[:] = t.data[:] = number
            agree(compiled(X), tg.value_and_grad(f)(X))
    seen = tg.compile(lambda x: np.sum(x * w + np.ones(50)) + np.sum(v[1:] * x[1:]))
    for i in range(20):
        w[:] = v[:] = i
        agree(seen(X)[1], np.r_[i, np.full(49, 2.0 * i)])
    assert seen.cache_info().misses == 2


def test_what_is_different_in_each_call_is_named() -> None:
    model: Any = Model()
    compiled = tg.compile(lambda x: np.sum(x) * len(model.name))

    def call(name: str) -> None:
        model.name = name
        compiled(X)

    for name in "abcdefghijklmnop":
        call(name)
    with pytest.raises(NotCompiled, match=r"uses model.name, which .* was different in 16 calls"):
        call("q")


def test_what_a_trace_does_not_show_is_an_error() -> None:
    """A float is no float while it is recorded: the first result is compared with the engine's."""

    def f(x: Any, a: Any) -> Any:
        return np.sum(x) * (2 if isinstance(a, float) else 3)

    with pytest.raises(NotCompiled, match=r"other numbers than the engine.*isinstance"):
        tg.compile(f)(X + 1, 1.5)
    with pytest.warns(UserWarning, match="computed by the engine"):
        agree(tg.compile(f, fallback=True)(X + 1, 1.5), tg.value_and_grad(f)(X + 1, 1.5))


class Kind(enum.Enum):
    FIRST = 1
    SECOND = 2


class Named:
    """Attributes that are asked for by texts."""

    def __init__(self) -> None:
        self.w0, self.w1, self.k = np.ones(50), np.ones(50), 2.0

    def by_text(self, x: Any) -> Any:
        return np.sum(x * getattr(self, "w0")) * getattr(self, "k") + hasattr(self, "more")  # noqa: B009

    def by_texts_made(self, x: Any) -> Any:
        return sum(np.sum(x * getattr(self, f"w{i}")) for i in range(2))

    def __call__(self, x: Any) -> Any:
        return self.by_text(x)

    def all_of_them(self, x: Any) -> Any:
        return sum(np.sum(x * value) for value in vars(self).values())


def test_attributes_that_are_named_by_texts() -> None:
    for name in ("by_text", "by_texts_made", "all_of_them", "__call__"):
        named: Any = Named()
        f = named if name == "__call__" else getattr(named, name)
        compiled = tg.compile(f)
        for attribute, value in {"w0": Y, "w1": 2 * Y, "k": 5.0, "more": 3.0}.items():
            agree(compiled(X), tg.value_and_grad(f)(X))
            setattr(named, attribute, value)
        agree(compiled(X), tg.value_and_grad(f)(X))


def test_values_outside_of_every_kind() -> None:
    """Also those that are neither numbers nor texts, and items of dicts by any key."""
    place: Any = None
    functions: list[tuple[Callable[..., Any], Any, Any]] = [
        (lambda x: np.sum(x) * float(place), fractions.Fraction(1, 2), fractions.Fraction(3, 2)),
        (lambda x: sum(np.sum(x**i) for i in place), range(3), range(5)),
        (lambda x: np.sum(x) * (2 if place is Kind.FIRST else 3), Kind.FIRST, Kind.SECOND),
        (lambda x: np.sum(x) * sum(place), {1}, {2}),
        (lambda x: np.sum(x) * sum(place), collections.deque([1.0]), collections.deque([2.0])),
        (lambda x: np.sum(x[place]), slice(0, 2), slice(1, 3)),
        (lambda x: np.sum(x * place[Kind.FIRST, 0]), {(Kind.FIRST, 0): X}, {(Kind.FIRST, 0): Y}),
        (lambda x: np.sum(x * [*place.values()][0]), {"a": X, "b": Y}, {"b": Y, "a": X}),  # noqa: RUF015
        (lambda x: np.sum(x * place["w"]), collections.UserDict(w=X), collections.UserDict(w=Y)),
    ]
    for f, first, second in functions:
        compiled = tg.compile(f)
        for value in (first, second, first):
            place = value
            agree(compiled(X), tg.value_and_grad(f)(X))
        assert compiled.cache_info().misses <= 2

    def imports(x: Any) -> Any:
        import helpers

        return np.sum(x) * helpers.OF_TEST  # type: ignore[attr-defined]

    helpers = importlib.import_module("helpers")
    with pytest.MonkeyPatch.context() as patch:
        compiled = tg.compile(imports)
        for number in (2.0, 3.0):
            patch.setattr(helpers, "OF_TEST", number, raising=False)
            agree(compiled(X), tg.value_and_grad(imports)(X))


class Option:
    def __init__(self, factor: float) -> None:
        self.factor, self.names = factor, ["a"]


def test_options_that_change() -> None:
    def f(x: Any, option: Any) -> Any:
        is_object = isinstance(option, Option)
        return np.sum(x) * (option.factor * len(option.names) if is_object else len(option))

    option, words, table, words_once = Option(2.0), ["a", "b"], {"a": "b"}, {"a"}
    compiled = tg.compile(f)
    changes: list[Callable[[], Any]] = [lambda: setattr(option, "factor", 5.0), lambda: option.names.append("b")]
    for change in (*changes, lambda: words.append("c"), lambda: None):
        for given in (option, words, table, words_once, Option(3.0)):
            agree(compiled(X, given), tg.value_and_grad(f)(X, given))
        change()
        table["c"] = "d"
        words_once.add("b")
    many = [1.0] * 2_000
    summed = tg.compile(lambda x: np.sum(x) * sum(many))
    for _ in range(2):
        agree(summed(X)[1], np.full(50, sum(many)))
        many[1_999] = 5.0
    for dtype in (np.float32, "float32", np.dtype("f4"), np.float64):
        typed = tg.compile(lambda x, dtype: np.sum(x.astype(dtype) ** 2))
        agree(typed(X, dtype), tg.value_and_grad(lambda x, dtype: np.sum(x.astype(dtype) ** 2))(X, dtype))


class Alike:
    """An object that takes every other one for itself."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Alike)

    def __hash__(self) -> int:
        return 0


@dataclasses.dataclass(frozen=True)
class Scaled:
    """An argument that is taken apart, with a method and an attribute of its class."""

    factor: float
    shift = 1.0

    def of(self, x: Any) -> Any:
        return np.sum(x) * self.factor + self.shift


def test_options_that_are_equal_but_not_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any, option: Any) -> Any:
        return np.sum(x) * len(repr(option))

    def scaled(x: Any, option: Any) -> Any:
        return np.sum(x) * option.factor

    one = Alike(2.0)
    compiled, of_one = tg.compile(f), tg.compile(scaled)
    options: list[Any] = [(1,), (True,), frozenset([1]), frozenset([1.0]), 0j, -0j, (-0j,), slice(0, 2), slice(0, 20)]
    for option in (*options, frozenset([0.0]), frozenset([-0.0]), fractions.Fraction(1, 2), range(0), range(5, 5)):
        agree(compiled(X, option), tg.value_and_grad(f)(X, option))
    for factor in (2.0, 3.0):
        one.factor = factor
        for option in (one, Alike(7.0)):
            agree(of_one(X, option), tg.value_and_grad(scaled)(X, option))
    by_method = tg.compile(lambda x, line: line.of(x))
    for shift in (1.0, 5.0):
        monkeypatch.setattr(Scaled, "shift", shift)
        for line in (Scaled(2.0), Scaled(3.0)):
            agree(by_method(X, line), tg.value_and_grad(lambda x, line: line.of(x))(X, line))


def test_functions_that_are_changed() -> None:
    """Defaults, the code of a function, and what hides a function of Python's or an attribute."""

    def f(x: Any, k: float = 2.0, *, m: float = 3.0) -> Any:
        return np.sum(x) * k * m * len("ab")

    def other(x: Any, k: float = 2.0, *, m: float = 3.0) -> Any:
        return np.sum(x * x) * k * m

    changes: list[Callable[[], Any]] = [
        lambda: setattr(f, "__defaults__", (5.0,)),
        lambda: setattr(f, "__kwdefaults__", {"m": 7.0}),
        lambda: f.__kwdefaults__.__setitem__("m", 9.0),
        lambda: globals().__setitem__("len", lambda text: 11),
        lambda: globals().__delitem__("len"),
        lambda: setattr(f, "__code__", other.__code__),
        lambda: None,
    ]
    compiled = tg.compile(f)
    for change in changes:
        agree(compiled(X), tg.value_and_grad(f)(X))
        change()


class Parent:
    shift = 1.0

    def value(self, x: Any) -> Any:
        return np.sum(x) * self.shift


class Child(Parent):
    pass


def test_what_hides_an_attribute(monkeypatch: pytest.MonkeyPatch) -> None:
    child: Any = Child()

    def f(x: Any) -> Any:
        try:
            return child.value(x) * child.extra
        except AttributeError:
            return child.value(x)

    compiled = tg.compile(f)
    changes: list[Callable[[], Any]] = [
        lambda: monkeypatch.setattr(Child, "shift", 3.0, raising=False),
        lambda: setattr(child, "shift", 5.0),
        lambda: monkeypatch.setattr(Child, "value", lambda self, x: np.sum(x * x), raising=False),
        lambda: setattr(child, "value", lambda x: np.sum(x) * 7),
        lambda: setattr(child, "extra", 2.0),
        lambda: None,
    ]
    for change in changes:
        agree(compiled(X), tg.value_and_grad(f)(X))
        change()


def test_one_object_in_two_places_and_many_inside_each_other() -> None:
    first = [1.0]
    second = first
    rows = [np.full(2, 1.0) for _ in range(1_010)]
    chain: Any = None
    for _ in range(30):
        chain = [2.0, chain]

    def f(x: Any) -> Any:
        total, link = np.sum(x) * first[0] * second[0], chain
        while link is not None:
            total, link = total + link[0] * np.sum(x), link[1]
        return total * float(rows[1_005][0])

    def apart() -> None:
        nonlocal second
        second = [9.0]

    compiled = tg.compile(f)
    changes: list[Callable[[], Any]] = [
        lambda: rows[1_005].__setitem__(0, 3.0),
        lambda: second.__setitem__(0, 5.0),
        apart,
        lambda: second.__setitem__(0, 6.0),
        lambda: chain[1][1][1][1][1][1][1][1][1][1][1][1][1][1].__setitem__(0, 7.0),
        lambda: None,
    ]
    for change in changes:
        agree(compiled(X), tg.value_and_grad(f)(X))
        change()


def test_a_long_table_costs_few_conditions() -> None:
    """Of functions that did not run, nothing is compared but whether they are the same ones."""
    table = {str(i): (lambda x, k=[i]: x * k[0], (i, "name"), {"a": {}}) for i in range(200)}
    compiled = tg.compile(lambda x: np.sum(table["3"][0](x)))
    for _ in range(2):
        agree(compiled(X), tg.value_and_grad(lambda x: np.sum(table["3"][0](x)))(X))
        table["3"][0].__defaults__[0][0] = 7
    [(first, _)] = compiled.programs.values()
    assert len(first.plan.conditions) < 900


def test_numbers_as_python_has_them() -> None:
    """What a float has and an array has not is a look at its value."""
    looks: list[Callable[[Any], Any]] = [
        lambda a: a.is_integer() + 1, lambda a: a.as_integer_ratio()[0], lambda a: len(a.hex()), math.trunc, math.floor,
        math.ceil, lambda a: hash(a) % 7, lambda a: {1.5: 2, 2.0: 3}[a],
    ]  # fmt: skip
    for look in looks:

        def f(x: Any, a: Any, look: Callable[[Any], Any] = look) -> Any:
            return np.sum(x) * look(a)

        compiled = tg.compile(f)
        for a in (1.5, 2.0, 1.5, np.float64(2.0)):
            agree(compiled(X, a), tg.value_and_grad(f)(X, a))
    both(lambda x: np.sum(np.tile(x, 3)), 3)


def test_what_leaves_unseen_is_an_error() -> None:
    def f(x: Any, y: Any) -> Any:
        return np.sum(x) * (2 if np.asarray(y).tobytes()[7] > 63 else 3)

    with pytest.raises(NotCompiled, match=r"np.asarray"):
        tg.compile(f)(X, np.ones(3))


def test_hessians_of_several_types() -> None:
    def f(a: Any, b: Any) -> Any:
        return a * b * b + np.sin(a)

    for args in ((1.5, np.array(2.0)), (1.5, np.float32(2.0)), (2, np.float32(3.0))):
        expected = *tg.value_and_grad(f, (0, 1))(*args), tg.hessian(f, (0, 1))(*args)
        agree(tg.compile(f, argnums=(0, 1), order=2)(*args), expected)


GENERATOR = np.random.default_rng(0)


def test_random_numbers_are_refused() -> None:
    """Also where they only decide which way to go. The message names the line."""

    def f(x: Any) -> Any:
        return np.sum(x * np.random.default_rng().random(50))

    def by_numpy(x: Any) -> Any:
        return np.sum(x) if np.random.rand() > 0.5 else np.sum(x * x)  # noqa: NPY002

    def by_python(x: Any) -> Any:
        return np.sum(x) if random.random() > 0.5 else np.sum(x * x)

    def by_generator(x: Any) -> Any:
        return np.sum(x) if GENERATOR.random() > 0.5 else np.sum(x * x)

    def by_a_new_one(x: Any) -> Any:
        return np.sum(x) if np.random.default_rng().random() > 0.5 else np.sum(x * x)

    for refused in (f, by_numpy, by_python, by_generator, by_a_new_one):
        line = refused.__code__.co_firstlineno + 1
        with pytest.raises(NotCompiled, match=rf"In test_compiling.py, line {line} .*, it draws random numbers"):
            tg.compile(refused)(X)
    both(lambda x: np.sum(x * np.random.default_rng(0).random(50)), X)
    counted: list[int] = []

    def hidden(x: Any) -> Any:
        counted.append(1)
        return np.sum(x * np.full(50, float(len(counted))))

    line = hidden.__code__.co_firstlineno + 2
    with pytest.raises(
        NotCompiled, match=rf"In test_compiling.py, line {line} .*, it computes with numbers that are different"
    ):
        tg.compile(hidden)(X)
    compiled = tg.compile(f, fallback=True)
    with pytest.warns(UserWarning, match="computed by the engine") as said:
        assert compiled(X) != compiled(X)
    assert len(said) == 1


def test_a_program_that_disagrees_with_the_engine_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module("tinygrad_lite.compiling.compile")
    measuring = importlib.import_module("tinygrad_lite.compiling.measuring")
    for options, args in (({"order": 2}, (X, X)), ({"order": 1}, (X,)), ({"value_only": True}, (X,))):
        with monkeypatch.context() as patch:
            patch.setattr(measuring, "close", lambda a, b, exact: a.size != X.size)  # the last of the results is not right
            compiled = tg.compile(np.square if "value_only" in options else rosenbrock, **options)
            with pytest.raises(NotCompiled, match="a bug in tinygrad_lite"):
                compiled(*args)
    monkeypatch.setattr(module, "agrees", lambda *_: False)
    with pytest.raises(NotCompiled, match=r"a bug in tinygrad_lite.*write `tg.compile\(rosenbrock, fallback=True\)`"):
        tg.compile(rosenbrock)(X)
    with pytest.warns(UserWarning, match="computed by the engine"):
        agree(tg.compile(rosenbrock, fallback=True)(X), tg.value_and_grad(rosenbrock)(X))


def test_results_are_the_callers_own() -> None:
    compiled = tg.compile(lambda x: (np.sum(np.sin(x)), np.cos(x)), has_aux=True)
    (_, first), gradient = compiled(X)
    kept = first.copy(), gradient.copy()
    first[:] = 5
    (_, second), _ = compiled(X + 1)
    agree((second, gradient), (np.cos(X + 1), kept[1]))
    for twice in (lambda x, y: np.sum(x + y), lambda x, y: np.sum(x * y)):
        _, (a, b) = tg.compile(twice, argnums=(0, 1))(X, X)
        assert not np.shares_memory(a, b)
        assert not np.shares_memory(a, X)


def test_threads_recursion_and_errors_in_mid_flight() -> None:
    compiled = tg.compile(rosenbrock)
    points = [np.random.default_rng(i).normal(size=20) for i in range(6)]
    expected = [tg.value_and_grad(rosenbrock)(point) for point in points]
    wrong: list[int] = []

    def work(i: int) -> None:
        for _ in range(100):
            value, gradient = compiled(points[i])
            if abs(value - expected[i][0]) > 1e-9 * value or not np.allclose(gradient, expected[i][1], rtol=1e-9):
                wrong.append(i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert compiled.cache_info().misses == 1
    inverse = tg.compile(lambda a: np.sum(np.linalg.inv(a)))
    agree(inverse(np.eye(2)), tg.value_and_grad(lambda a: np.sum(np.linalg.inv(a)))(np.eye(2)))
    with pytest.raises(np.linalg.LinAlgError):
        inverse(np.zeros((2, 2)))
    agree(inverse(np.eye(2) * 2), tg.value_and_grad(lambda a: np.sum(np.linalg.inv(a)))(np.eye(2) * 2))


def test_overflow_by_another_order_is_left_to_the_engine() -> None:
    def f(x: Any, k: Any) -> Any:
        return np.sqrt(np.sum((k * x) ** 2))

    agree(tg.compile(f)(np.full(3, 1e100), 1e-50), tg.value_and_grad(f)(np.full(3, 1e100), 1e-50))

    def g(x: Any) -> Any:
        return np.sum(x / (1 + x * x))

    for x in (np.array([1e155, 1.0]), np.array([np.inf, 1.0]), np.array([1e300, 2.0])):
        with np.errstate(all="ignore"):
            agree(tg.compile(g)(x), tg.value_and_grad(g)(x))


def test_underflow_by_another_order_is_left_to_the_engine() -> None:
    tiny, half = np.array([1.0, 2.0, -3.0]), (X.astype(np.float32) + 4) * np.float32(1e-20)

    def horner(b: Any, a: Any, x: Any) -> Any:
        return np.sum((a * x**2 + b * x) * 1e200)

    def scaled(w: Any, x: Any, k: Any) -> Any:
        return k * np.mean((w * x) ** 2)

    cases: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
        (horner, (1e-200, 1e-200, tiny * 1e-100)),
        (scaled, (half, half * np.float32(1e8), np.float32(6e14))),
        (lambda x, a, b: x / a * b, (1e-200, 1e-200, 1e-200)),
    ]
    for f, args in cases:
        numbers = tuple(range(len(args)))
        compiled, engine = tg.compile(f, argnums=numbers), tg.value_and_grad(f, numbers)
        (value, found), (theirs, expected) = compiled(*args), engine(*args)
        for mine, other in zip((value, *found), (theirs, *expected)):
            agree(mine, other)  # each relative to itself
    both(lambda x: np.sum(np.maximum(x, 0) ** 2 * 3), -np.abs(X) - 1)  # where it really is 0


def test_the_root_of_a_number_that_is_not_positive() -> None:
    def f(x: Any) -> Any:
        return x / np.sqrt((1 - x) * (1 + x))

    compiled = tg.compile(f)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for x in (0.5, np.inf, -np.inf, 1.0, 2.0, np.nan):
            agree(compiled(x), tg.value_and_grad(f)(x))


def test_classes_that_do_not_exist_or_are_ignored() -> None:
    def loss(z: Any, y: Any) -> Any:
        return nn.cross_entropy(z, y)

    z, y = np.random.default_rng(0).normal(size=(8, 3)), np.array([0, 1, 2, 0, 1, 2, 0, 1])
    compiled = both(loss, z, y)
    agree(compiled(z, y[::-1]), tg.value_and_grad(loss)(z, y[::-1]))
    ignored = np.where(y == 1, -100, y)
    agree(compiled(z, ignored), tg.value_and_grad(loss)(z, ignored))
    for wrong in (y + 1, y - 1):
        with pytest.raises(IndexError):
            compiled(z, wrong)


def test_tensors_are_left_to_the_engine() -> None:
    value = tg.compile(lambda x: np.sum(np.sin(x)), value_only=True)
    agree(tg.grad(value)(X), np.cos(X))
    agree(tg.hessian(value)(X[:3]), np.diag(-np.sin(X[:3])))
    gradient = tg.compile(lambda x: np.sum(np.sin(x)))
    agree(tg.grad(gradient)(X), np.cos(X))
    agree(tg.hvp(gradient)(X, X), -np.sin(X) * X)
    for method in (None, "Nelder-Mead", "Newton-CG"):
        agree(tg.minimize(gradient, X[:2], method=method).x, tg.minimize(value, X[:2], method=method).x)
    agree(tg.grad(lambda x: np.sum(gradient(x)[1] ** 2))(X), -2 * np.cos(X) * np.sin(X))
    agree(tg.minimize(value, X[:2]).x, tg.minimize(lambda x: np.sum(np.sin(x)), X[:2]).x)


def test_other_shapes_and_dtypes_have_programs_of_their_own() -> None:
    compiled = tg.compile(lambda x, y: np.mean((x - y) ** 2))
    for dtype in (np.float64, np.float32, ">f8"):
        for n in (0, 1, 7):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                args = X[:n].astype(dtype), Y[:n].astype(dtype)
                agree(compiled(*args), tg.value_and_grad(lambda x, y: np.mean((x - y) ** 2))(*args))
    assert compiled.cache_info().currsize == 6  # the engine computes with other orders of bytes
    few_kept = tg.compile(lambda x: np.sum(x * x), maxsize=2)
    for n in range(1, 6):
        few_kept(X[:n])
    assert few_kept.cache_info()[2:] == (2, 2)
    few_kept.cache_clear()
    assert few_kept.cache_info().currsize == 0


def test_no_result_that_depends_on_the_argument() -> None:
    """The gradient is 0, and a warning says so, as in the engine: also of a function that depends on it for other values."""
    constants: list[Callable[..., Any]] = [lambda x: np.sum(np.ones(3)), lambda x: 3.0, lambda x: 3]
    constants.append(lambda x: np.sum(tg.stop_gradient(x)))
    constants.append(lambda x: np.sum(x) if np.sum(x) > 100 else 0.0)
    for f in constants:
        compiled = tg.compile(f)
        for x in (X, X + 1, X + 10):
            with warnings.catch_warnings(record=True) as said:
                warnings.simplefilter("always")
                got = compiled(x)
            with warnings.catch_warnings(record=True) as expected:
                warnings.simplefilter("always")
                agree(got, tg.value_and_grad(f)(x))
            assert [str(w.message) for w in said] == [str(w.message) for w in expected]


def test_values_without_arrays() -> None:
    values: list[Callable[..., Any]] = [lambda x: 3, lambda x: None, lambda x: "a", lambda x: True, len, lambda x: []]
    for f in [*values, lambda x: 2.5, lambda x: (len(x), "of", x), lambda x: x > 0, lambda x: np.argmax(x)]:
        compiled = tg.compile(f, value_only=True)
        for x in (X, X + 1, X[:3], X):
            agree(compiled(x), f(x))
    scaled = tg.compile(lambda n, a: (n * np.ones(2), 2 * a, np.sin(a), -(a**2)), value_only=True)
    for n, a in ((3, 1.0), (4, 1.5)):
        agree(scaled(n, a), (n * np.ones(2), 2 * a, np.sin(a), -(a**2)))
    powers = tg.compile(lambda x, n: np.sum(x**n), order=2)
    for n in (3, 4):
        agree(powers(X, X, n)[0], np.sum(X**n))


def test_whole_numbers_and_what_has_no_derivative() -> None:
    def f(x: Any) -> Any:
        return np.sum(x * x)

    for x in (3, np.int64(3), np.uint8(200), np.arange(5), np.arange(5, dtype=np.uint8), [1, 2.0, np.arange(3)]):
        both(f if not isinstance(x, list) else lambda x: x[0] * x[1] * np.sum(x[2]), x)
    for wrong in (True, "a", np.array([True]), 1j, np.bool_(True)):
        with pytest.raises(TypeError) as engines:
            tg.value_and_grad(f)(wrong)
        for _ in range(2):
            with pytest.raises(TypeError) as ours:
                tg.compile(f)(wrong)
            assert str(ours.value) == str(engines.value)


# --- float32 and float64 ----------------------------------------------------------------------------------------------------

MIXED: list[Callable[..., Any]] = [
    lambda a, b: np.sum(a * b) + np.sum(a) * 2,
    lambda a, b: np.mean((a * b - 1) ** 2) + np.sum(np.sin(a)),
    lambda a, b: np.sum(a + b) + np.sum(1 / (1 + a**2) * 0.7) + np.sum(b * np.float32(1.1)),
    lambda a, b: np.sum(np.where(a > 0.1, a, b)) + np.sum(a.astype(np.float64) * 0.3) + np.sum(b.astype(np.float32) * 0.3),
    lambda a, b: np.sum(a / 3) * 0.5 + np.mean(np.maximum(a, 0.1) * b) + np.sum(np.tanh(np.sum(a) * b[0])),
]


@pytest.mark.skipif(NUMPY_1, reason="NumPy 1 chooses dtypes by values: a program of both precisions is as exact as float32")
def test_single_and_double_precision_together() -> None:
    """Dtypes are those of the engine, and the numbers in double precision are as exact as ever."""
    single = X.astype(np.float32)
    for f in MIXED:
        for args in ((single, X), (X, single)):
            compiled = both(f, *args, argnums=(0, 1))
            other = [arg + arg.dtype.type(0.1) for arg in args]
            agree(compiled(*other), tg.value_and_grad(f, (0, 1))(*other))
    both(lambda a, b: np.sum(np.where(b > a**2, b, a**2)), single, 0.3, argnums=(0, 1))


def test_a_float_of_pythons_takes_on_the_dtype_of_arrays() -> None:
    single, functions = X.astype(np.float32), list[Callable[..., Any]]()
    functions.append(lambda x, a: np.sum((a * x - 1) ** 2))
    functions.append(lambda x, a: np.sum(x * (2 * a + 1) ** 2 / -a) + (x[0] > a))
    functions.append(lambda x, a: np.sum(np.sin(a) * x / a))
    functions.append(lambda x, a: np.sum(np.where(x > a, x, a) * np.clip(x, -a, a)))
    functions.append(lambda x, a: np.sum(x) * np.sum(a))
    functions.append(lambda x, a: (np.sum(x * a), [a, 2 * a, a * x, np.exp(a), abs(a - 3) % 2]))
    for i, f in enumerate(functions):
        has_aux = i == len(functions) - 1
        compiled, engine = tg.compile(f, has_aux=has_aux), tg.value_and_grad(f, has_aux=has_aux)
        for a in (0.1, 0.7, np.float64(0.7), 2):
            agree(compiled(single, a), engine(single, a))
    divided = tg.compile(lambda x, a: np.sum(x) * (1 / a))
    divided(single, 2.0)
    with pytest.raises(ZeroDivisionError):
        divided(single, 0.0)


# --- networks ---------------------------------------------------------------------------------------------------------------


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8, seed=0), nn.ReLU(), nn.Linear(8, 3, seed=1))


def test_modules_and_optimizers() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 2)), rng.integers(0, 3, 40)
    model, twin = network(), network()
    step = tg.compile(lambda x, y: nn.cross_entropy(model(x), y), parameters=model)
    adam, other = optim.Adam(model.parameters(), lr=0.01), optim.Adam(twin.parameters(), lr=0.01)
    for _ in range(10):
        adam.zero_grad()
        loss = step(x, y)
        adam.step()
        other.zero_grad()
        expected = nn.cross_entropy(twin(x), y)
        expected.backward()
        other.step()
        np.testing.assert_allclose(loss, expected.data, rtol=1e-12)
    for p, q in zip(model.parameters(), twin.parameters()):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-9)
    assert step.cache_info()[:2] == (9, 1)
    step(x[:7], y[:7])
    assert step.cache_info().misses == 2


def test_what_changes_in_modules() -> None:
    """Options of our own modules, running means, and which parameters want a gradient."""
    x = np.random.default_rng(0).normal(size=(6, 2))
    slopes = {"act": nn.LeakyReLU(0.3)}
    compiled = tg.compile(lambda x: np.sum(slopes["act"](x)))
    for change in (None, 0.7, nn.LeakyReLU(0.1)):
        if isinstance(change, float):
            slopes["act"].negative_slope = change
        slopes["act"] = change if isinstance(change, nn.LeakyReLU) else slopes["act"]
        agree(compiled(x), tg.value_and_grad(lambda x: np.sum(slopes["act"](x)))(x))

    normalized = nn.BatchNorm1d(2)
    value = tg.compile(lambda x: normalized(x), value_only=True)
    for _ in range(3):
        normalized.train()
        normalized(x + 1)
        normalized.eval()
        for _ in range(2):
            agree(value(x), normalized(x).data)
    assert value.cache_info()[:2] == (5, 1)  # the running means are looked up

    model = network()
    first, *_, last = model.parameters()
    first.requires_grad = False
    step = tg.compile(lambda x: np.mean(model(x) ** 2), parameters=model)
    for wanted in (False, True, False):
        first.requires_grad = wanted
        first.grad = last.grad = None
        step(x)
        assert (first.grad is not None) == wanted
        assert last.grad is not None


def test_a_batch_in_blocks() -> None:
    rng = np.random.default_rng(0)

    def loss(p: Any, x: Any, y: Any) -> Any:
        h = nn.functional.relu(x @ p["w"] + p["b"])
        return np.sqrt(np.mean((h @ p["v"] - y) ** 2))

    n = 5_003  # which no block divides
    p = {"w": rng.normal(size=(20, 30)), "b": rng.normal(size=30), "v": rng.normal(size=30)}
    compiled = both(loss, p, rng.normal(size=(n, 20)), rng.normal(size=n))
    assert "rows at a time" in compiled.source(p, rng.normal(size=(n, 20)), rng.normal(size=n))
    x = rng.normal(size=100_003)
    both(lambda x: np.sum(np.tanh(x) * np.exp(-x * x) + x / (1 + x * x)), x)
    both(lambda x: np.sum((x - np.mean(x)) ** 2), x)  # which needs a sum over all rows before


def test_what_random_expressions_have_found() -> None:
    rng = np.random.default_rng(0)
    three, weights = rng.normal(size=(2, 2, 2)), rng.normal(size=(2, 2))
    both(lambda v: np.sum(tg.softmax(0.4 * (three @ v), axis=-1) * weights), rng.normal(size=2))  # a stack times a vector

    def squared(x: Any) -> Any:  # whose slope is computed as a product of equal numbers
        return np.sum(np.square(np.exp(np.tile(tg.logsumexp(x, axis=0, keepdims=True), (2,))) * 0.3) * 0.5 * weights[0])

    both(squared, rng.normal(size=4))


# --- its text ---------------------------------------------------------------------------------------------------------------


def quadratic(a: Any, b: Any, c: Any, x: Any, y: Any) -> Any:
    error = a * x**2 + b * x + c - y
    return np.sqrt(np.mean(error**2))


def test_the_source_runs_by_itself_and_says_what_it_is() -> None:
    args = (2.0, 3.0, 4.0, X, Y)
    source = tg.compile(quadratic, argnums=(0, 1, 2)).source(*args)
    names: dict[str, Any] = {}
    exec(str(source), names)
    expected = tg.value_and_grad(quadratic, (0, 1, 2))(*args)
    agree(names["quadratic_and_gradient"](*args), expected)
    agree(source.function()(*args), expected)
    assert "tinygrad" not in source
    for line in ("add(t0, c3, t0)", "# error, line", "# back through line", "rows.dot(rows_0, t1)"):
        assert line in source, source
    explained = tg.compile(quadratic, argnums=(0, 1, 2)).source(*args, explain=True)
    assert "sums: Sums are written as products" in explained


def test_each_pass_can_be_left_out() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30_000, 6)), rng.integers(0, 4, 30_000)

    def loss(w: Any, v: Any, u: Any, x: Any, y: Any) -> Any:
        h = nn.functional.relu(x @ w)
        scale = np.mean(h / (1 + h * h) + np.tanh(h) / (1 + h * h))
        return nn.cross_entropy(h @ v, y) + np.sqrt(np.mean((x @ u - 1) ** 2)) + scale + np.sum(w[1:] * w[:-1])

    def images(w: Any, v: Any, x: Any) -> Any:
        return np.sum(nn.functional.max_pool2d(nn.functional.relu(nn.functional.conv2d(x, w)), 2) * v)

    def short(a: Any, b: Any, c: Any, x: Any) -> Any:
        return np.sum((nn.functional.sigmoid(a * x + b) - c * x) ** 2) + np.std(a * x)

    rows = rng.normal(size=(6, 5)), rng.normal(size=(5, 4)), rng.normal(size=6), x, y
    pictures = rng.normal(size=(2, 1, 3, 3)), rng.normal(size=(2, 2)), rng.normal(size=(3, 1, 6, 6))
    numbers = 0.5, 0.1, -0.3, np.linspace(-1, 1, 50)
    for f, args, passes in (
        (loss, rows, [name for name in [*PASSES, "blocks"] if name not in ("images", "sigmoids", "spreads", "stacks")]),
        (images, pictures, ["images"]),
        (short, numbers, ["sigmoids", "spreads", "stacks"]),
    ):
        expected, whole = tg.value_and_grad(f, (0, 1, 2))(*args), tg.compile(f, argnums=(0, 1, 2)).source(*args)
        for name in passes:
            source = tg.compile(f, argnums=(0, 1, 2), without=(name,)).source(*args)
            agree(source.function()(*args), expected)
            assert str(source) != str(whole), f"without {name}"


def test_tuned() -> None:
    compiled = tg.compile(lambda x: np.sum(np.tanh(x) * x), tune=True)
    x = np.linspace(-1, 1, 60_000)
    agree(compiled(x), tg.value_and_grad(lambda x: np.sum(np.tanh(x) * x))(x))
