"""What several test modules share: the calls of `rule_samples.py` as functions of their arrays, short programs as texts, and
a reader of formulas.
"""

from __future__ import annotations

import functools
import inspect
import io
import math
import operator
import re
import sys
import textwrap
import tracemalloc
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from rule_samples import SAME_AS, SAMPLES, Call, program_of

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.autograd import RULES, in_kind_of
from tinygrad_lite.functional import pull_back
from tinygrad_lite.messages import name_of
from tinygrad_lite.protocols.compositions import COMPOSITIONS

# --- many checks in one test ----------------------------------------------------------------------------------------------


def all_hold(checks: dict[str, Callable[[], Any]]) -> None:
    """Makes all of the checks, and then fails with the name and the error of each that failed. For cheap ones, of which there
    are thousands: pytest takes longer to start and to report a test than one of these takes.
    """
    failed: dict[str, BaseException] = {}
    for name, check in checks.items():
        try:
            with warnings.catch_warnings():
                check()
        except (Exception, pytest.fail.Exception) as error:
            failed[name] = error
    if failed:
        texts = [f"{name}: {type(error).__name__}: {error}" for name, error in failed.items()]
        raise AssertionError("\n\n".join(texts)) from next(iter(failed.values()))


def one_test_of(
    cases: Iterable[Any], ids: Callable[[Any], str] = str
) -> Callable[[Callable[[Any], None]], Callable[[], None]]:
    """Makes one test of a check of one argument, for all of the cases: see `all_hold`."""
    named = {f"{i}: {ids(case)}": case for i, case in enumerate(cases)}
    assert named

    def of(check: Callable[[Any], None]) -> Callable[[], None]:
        def test() -> None:
            all_hold({name: functools.partial(check, case) for name, case in named.items()})

        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
        return test

    return of


def together(check: Callable[..., None]) -> Callable[..., None]:
    """Makes one test of all cases that the marks ``pytest.mark.parametrize`` below it give: see `all_hold`. What else the
    check asks for are fixtures, of which all cases get the same. No case may skip: the others would be skipped with it.
    """
    marks = [mark for mark in vars(check)["pytestmark"] if mark.name == "parametrize"]
    others = [mark for mark in vars(check)["pytestmark"] if mark not in marks]
    cases = {"": dict[str, Any]()}
    for mark in marks:
        names, rows = mark.args
        names = names.split(", ") if isinstance(names, str) else list(names)
        values = [row.values if isinstance(row, type(pytest.param())) else [row] if len(names) == 1 else row for row in rows]
        cases = {
            f"{i}, {', '.join(map(str, row))}"[:200] + before: case | dict(zip(names, row, strict=True))
            for before, case in cases.items()
            for i, row in enumerate(values)
        }
    assert cases

    def test(**fixtures: Any) -> None:
        all_hold({name: functools.partial(check, **case, **fixtures) for name, case in cases.items()})

    test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
    given = next(iter(cases.values()))
    parameters = [p for p in inspect.signature(check).parameters.values() if p.name not in given]
    vars(test).update(pytestmark=others, __signature__=inspect.Signature(parameters))
    return test


def eight_at_a_time(functions: Sequence[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes of a check of one function a test of eight, with their names as its id: see `all_hold`. What else the check asks
    for are fixtures.
    """
    count = -(-len(functions) // 8)
    groups = [functions[i::count] for i in range(count)]

    def of(check: Callable[..., None]) -> Callable[..., None]:
        def test(functions: Sequence[Any], **fixtures: Any) -> None:
            all_hold({name_of(f): functools.partial(check, f, **fixtures) for f in functions})

        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
        [group, _], [_, *others] = (inspect.signature(f).parameters.values() for f in (test, check))
        vars(test)["__signature__"] = inspect.Signature([group, *others])
        return pytest.mark.parametrize("functions", groups, ids=lambda group: ", ".join(map(name_of, group)))(test)

    return of


def agree(got: Any, expected: Any, rtol: float = 0.0, atol: float = 0.0, text: str = "") -> None:
    """`np.testing.assert_allclose`, for many thousands of small arrays: where the numbers agree, it is not called."""
    if np.shape(got) == np.shape(expected):
        with np.errstate(all="ignore"):
            if np.equal(got, expected).all():
                return
            if is_float(expected) and (np.abs(got - expected) - rtol * np.abs(expected) <= atol).all():
                return  # nan and inf do not get here
    np.testing.assert_allclose(got, expected, rtol=rtol, atol=atol, err_msg=text)


# --- every function that has a derivative ---------------------------------------------------------------------------------


def registered() -> list[Any]:
    """Every function that has a derivative, but not what the tests have registered for their own purposes."""
    return [f for f in {**RULES, **COMPOSITIONS} if not getattr(f, "__module__", "").startswith("test")]


REGISTERED = registered()
every_function = pytest.mark.parametrize("function", REGISTERED, ids=name_of)


def is_typical(function: Any) -> bool:
    """Whether a function is NumPy's, or the first in its file of rules: SciPy's functions are hundreds that are alike, with
    long programs as their rules. What can be wrong of many functions at once is looked for in these.
    """
    return name_of(function).startswith("np.") or function in FIRST


def file_of(function: Any) -> str:
    """Where its rule is written."""
    code: str = next(iter(RULES[function].vjps.values())).function.__code__.co_filename
    return code


FIRST = {file_of(f): f for f in reversed(REGISTERED) if f in RULES and RULES[f].vjps}.values()  # in its file of rules


def is_float(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def arrays_in(value: Any) -> list[np.ndarray]:
    """The arrays to differentiate in the arguments of a call, wherever they are."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [a for part in value for a in arrays_in(part)]
    return [value] if is_float(value) else []


@functools.cache
def arrays_of(call: Call) -> tuple[np.ndarray, ...]:
    """The arrays to differentiate in a call."""
    return tuple(arrays_in([*call.args, call.keywords]))


def filled(value: Any, new: list[Any]) -> Any:
    """The same arguments with the arrays replaced, in the order of `arrays_in`. Takes from `new` what it uses."""
    if isinstance(value, dict):
        return {key: filled(part, new) for key, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)([filled(part, new) for part in value])
    return new.pop(0) if is_float(value) else value


def plain(function: Any) -> Callable[..., Any]:
    """What NumPy itself would compute."""
    function = SAME_AS.get(function, function)
    return getattr(*function) if isinstance(function, tuple) else function


def of_arrays(function: Any, call: Call) -> Callable[..., Any]:
    """The call as a function of its arrays alone."""
    called = program_of(function)

    def f(*arrays: Any) -> Any:
        new = list(arrays)
        args = filled(call.args, new)
        result = called(*args, **filled(call.keywords, new))
        is_complex = getattr(result, "dtype", np.dtype(float)).kind == "c"
        return [result.real, result.imag] if is_complex else result

    f.__name__ = f"{name_of(function)}({describe(call)})"
    return f


@functools.cache
def describe(call: Call) -> str:
    """A call in a message: shapes for arrays."""

    def text(value: Any) -> str:
        if type(value) in (list, tuple):
            return f"[{', '.join(map(text, value))}]"
        return f"{value.dtype.name}{value.shape}" if isinstance(value, np.ndarray) else repr(value)

    return ", ".join([*map(text, call.args), *(f"{k}={text(v)}" for k, v in call.keywords.items())])


def results_of(result: Any) -> list[Any]:
    return list(result) if isinstance(result, (list, tuple)) else [result]


def data(result: Any) -> Any:
    return result.data if isinstance(result, Tensor) else result


def with_gradients(function: Any, calls: list[Call] | None = None) -> list[Call]:
    """The samples in which the result depends on an array: of no elements, or of a step, it may not."""

    def depends(call: Call) -> bool:
        arrays = map(Tensor, arrays_of(call))
        return any(isinstance(y, Tensor) and y.requires_grad for y in results_of(of_arrays(function, call)(*arrays)))

    found = [call for call in (SAMPLES[function] if calls is None else calls) if depends(call)]
    assert found, f"no sample of {name_of(function)} has a gradient, so nothing of it would be tested"
    return found


def kind_of(value: Any) -> Any:
    """What a rule, or a writer of formulas, may treat in a way of its own: the form of a value, but not its numbers."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind, min(value.ndim, 2)
    return type(value), isinstance(value, (list, tuple)) and any(isinstance(part, np.ndarray) for part in value)


def few(calls: list[Call]) -> list[Call]:
    """As few of the calls as have every number of arguments, every keyword, and every kind of value in each place, once, and
    one without elements.

    For what is done with all functions alike: the dtype and the memory of gradients, and with `--exhaustive`, recording,
    graphs, formulas and source.
    """
    return covering(calls, of_a_call)


def telling(calls: list[Call]) -> list[Call]:
    """As few of the calls as have, beside what `few` asks for, in each place every shape, every constant with arrays of 0, 1,
    2 and 3 axes, and an array that is stretched. In these, `test_rules.py` looks at differences.
    """

    def features(call: Call) -> set[Any]:
        if any(a.size == 0 for a in arrays_of(call)):
            return of_a_call(call)  # without elements, a constant makes no difference
        places = [*enumerate(call.args), *call.keywords.items()]
        axes = min(max((a.ndim for a in arrays_of(call)), default=0), 3)
        constants = {(place, repr(value), axes) for place, value in places if not isinstance(value, np.ndarray)}
        shapes = {(place, value.shape) for place, value in places if is_float(value)}
        largest = max((shape for _, shape in shapes), key=lambda shape: (len(shape), shape), default=())
        stretched = {(place, "stretched") for place, shape in shapes if shape != largest}
        return of_a_call(call) | constants | shapes | stretched

    return covering(calls, features)


def of_each_form(calls: list[Call]) -> list[Call]:
    """As few of the calls as have every number of arguments and every keyword, of numbers, of arrays, and of both."""

    def features(call: Call) -> set[Any]:
        arrays = arrays_of(call)
        return {len(call.args), *call.keywords, any(a.ndim for a in arrays), all(a.ndim for a in arrays)}

    return covering([call for call in calls if all(a.size for a in arrays_of(call))] or calls, features)


def of_a_call(call: Call) -> set[Any]:
    places = [*enumerate(call.args), *call.keywords.items()]
    empty = any(a.size == 0 for a in arrays_of(call))
    return {len(call.args), ("empty", empty), *((place, kind_of(value)) for place, value in places)}


def covering(things: list[Any], features: Callable[[Any], set[Any]]) -> list[Any]:
    """As few of the things as have all their features: again and again the one that has most of those still missing."""
    of_each = [features(thing) for thing in things]
    missing, chosen = set[Any]().union(*of_each), list[int]()
    while missing:
        chosen.append(max(range(len(things)), key=lambda i: len(of_each[i] & missing)))
        missing -= of_each[chosen[-1]]
    return [things[i] for i in sorted(chosen)]


def gradients_of(function: Any, call: Call, arrays: Sequence[Any], tracked: list[int] | None = None) -> list[Any]:
    """The gradients of the results' weighted sum: for the arrays as they are, all of them or some."""
    return results_and_gradients(function, call, arrays, tracked)[1]


def results_and_gradients(
    function: Any, call: Call, arrays: Sequence[Any], tracked: list[int] | None = None
) -> tuple[list[Any], list[Any]]:
    """The results of a call, and the gradients of their weighted sum."""
    tracked = list(range(len(arrays))) if tracked is None else tracked
    inputs = [Tensor(a) if i in tracked else a for i, a in enumerate(arrays)]
    leaves = [inputs[i] for i in tracked]
    results = results_of(of_arrays(function, call)(*inputs))
    found = pulled_back(results, weights_of(*map(np.shape, results)), leaves)
    return results, [
        np.zeros_like(leaf.data) if g is None else in_kind_of(leaf.data, g, copy=True) for leaf, g in zip(leaves, found)
    ]


@functools.cache
def weights_of(*shapes: tuple[int, ...]) -> list[Any]:
    """Numbers from 1 to 2, one for each element of each result."""
    rng = np.random.default_rng(1)
    return [rng.uniform(1, 2, shape) for shape in shapes]


def pulled_back(results: list[Any], weights: Sequence[Any], leaves: list[Any], create_graph: bool = False) -> list[Any]:
    """What the weights become at each of the leaves, sent back through the calls that made the results; None where no
    result depends on the leaf. The gradient of the weighted sum, without the sum, which would be more calls than most
    functions are.
    """
    pairs = [(y, w) for y, w in zip(results, weights) if isinstance(y, Tensor) and y.requires_grad]
    if not pairs:
        return [None for _ in leaves]
    if len(pairs) == 1:
        [(output, seed)] = pairs
        if not isinstance(seed, Tensor):
            seed = np.asarray(seed, output.dtype)[()]
    else:
        output, seed = functools.reduce(operator.add, [np.sum(w * y) for y, w in pairs]), np.float64(1.0)
        seed = seed.astype(output.dtype)
    return pull_back(output, seed, leaves, create_graph)


def total_of(function: Any, call: Call) -> Callable[..., Any]:
    """The weighted sum of all results, as a function of the arrays: the one that `gradients_of` differentiates."""
    f = of_arrays(function, call)

    def total(*arrays: Any) -> Any:
        results = results_of(f(*arrays))
        weighted = [
            np.sum(w * y) if y.shape else w * y
            for y, w in zip(results, weights_of(*map(np.shape, results)))
            if isinstance(y, Tensor) and y.requires_grad
        ]
        return functools.reduce(operator.add, weighted)

    return total


# --- programs ---------------------------------------------------------------------------------------------------------

X1, X2 = np.array([1.0, -2.0, 3.0, 0.5]), np.array([-1.0, 5.0, 2.0, -0.3])
D1 = np.arange(12.0).reshape(3, 4) + 1
D2 = D1[::-1] * 1.5
trapezoid = getattr(np, "trapezoid", None) or getattr(np, "trapz")  # noqa: B009


def copies(values: Any) -> list[Any]:
    """Arrays of our own, as programs may write into them."""
    return [np.array(value) if isinstance(value, np.ndarray) else value for value in values]


def program(body: str, parameters: str = "w, d") -> Callable[..., Any]:
    """A function from the text of its body."""
    names: dict[str, Any] = {"np": np, "tg": tg, "io": io, "trapezoid": trapezoid}
    exec(f"def f({parameters}):\n" + textwrap.indent(textwrap.dedent(body).strip(), "    "), names)
    f: Callable[..., Any] = names["f"]
    return f


def programs(text: str) -> list[Any]:
    """Short programs, one a line, or several lines that are indented."""
    found: list[str] = []
    for line in textwrap.dedent(text).strip().splitlines():
        found.append(line) if not line.startswith("    ") else found.append(found.pop() + "\n" + line[4:])
    return [pytest.param(each, id=each.replace("\n", "; ")[:70]) for each in found]


# --- work -------------------------------------------------------------------------------------------------------------


def calls_in(run: Callable[[], Any]) -> int:
    """How many functions run calls: a measure of its work that is the same on every machine, however busy that is."""
    calls = 0

    def profile(frame: Any, event: str, _: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return calls


def bytes_in(run: Callable[[], Any]) -> int:
    """How much memory `run` takes for large arrays, all of them together, whether or not they are freed again."""
    new = before = 0

    def profile(frame: Any, event: str, _: Any) -> None:
        nonlocal new, before
        now = tracemalloc.get_traced_memory()[0]
        new += now - before if now - before > 100_000 else 0
        before = now

    tracemalloc.start()
    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
        tracemalloc.stop()
    return new


# --- a reader of formulas, written apart from the writer ----------------------------------------------------------------

HIGH = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
TOKEN = re.compile(
    rf"\s*(?P<number>[0-9]+(?:\.[0-9]+)?(?:e[+-][0-9]+)?)|\s*(?P<high>[{HIGH}]+)|\s*(?P<word>(?:∂?(?:(?![{HIGH}])\w)+/?)+)"
    r"|\s*(?P<sign>\*\*|//|==|[-−+×÷%@|√()>≥<≤≠,=])"
)
BINARY = {
    "or": 1, "and": 2, ">": 3, "≥": 3, "<": 3, "≤": 3, "==": 3, "≠": 3, "+": 4, "−": 4, "-": 4, "//": 5, "%": 5, "×": 6,
    "÷": 6, "@": 6, "**": 8,
}  # fmt: skip
COMPUTED: dict[str, Any] = {
    "or": np.logical_or, "and": np.logical_and, ">": np.greater, "≥": np.greater_equal, "<": np.less, "≤": np.less_equal,
    "==": np.equal, "≠": np.not_equal, "+": np.add, "−": np.subtract, "-": np.subtract, "//": np.floor_divide,
    "%": np.remainder, "×": np.multiply, "÷": np.divide, "**": np.power, "√": np.sqrt, "|": np.absolute,
    "minus": np.negative, "not": np.logical_not, "if": np.where, "max": np.maximum, "min": np.minimum,
}  # fmt: skip
PLAIN = str.maketrans(HIGH, "-0123456789")
WORDS = {"True": True, "False": False, "inf": math.inf, "nan": math.nan}


class Reader:
    """Reads a formula: into a tree of tuples, an operator and what it is applied to."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        end = 0
        while end < len(text.rstrip()):
            found = TOKEN.match(text, end)
            assert found is not None, f"What is this? {text[end:]}"
            kind = found.lastgroup
            assert kind is not None
            self.tokens.append((kind, found.group(kind)))
            end = found.end()

    @property
    def next(self) -> str:
        return self.tokens[0][1] if self.tokens else ""

    def take(self, expected: str | None = None) -> str:
        text = self.tokens.pop(0)[1]
        assert expected in (None, text), f"{text} instead of {expected}"
        return text

    def cases(self) -> Any:
        return self.rest_of_cases(self.infix(1))

    def rest_of_cases(self, chosen: Any) -> Any:
        if self.next != "if":
            return chosen
        self.take("if")
        condition = self.infix(1)
        self.take(",")
        if self.next == "else":
            self.take("else")
            return ("if", condition, chosen, self.infix(1))
        return ("if", condition, chosen, self.cases())

    def infix(self, least: int) -> Any:
        left = self.prefix()
        while (strength := BINARY.get(self.next, 0)) >= least:
            sign = self.take()
            left = (sign, left, self.infix(strength + (sign != "**")))  # powers are read from the right, as in Python
        return left

    def prefix(self) -> Any:
        if self.next in ("-", "−"):
            self.take()
            return ("minus", self.infix(7))
        if self.next == "not":
            self.take()
            return ("not", self.infix(4))
        if self.next == "√":
            self.take()
            return ("√", self.prefix())
        return self.postfix(self.single())

    def postfix(self, value: Any) -> Any:
        while self.tokens and self.tokens[0][0] == "high":
            value = ("**", value, float(self.take().translate(PLAIN)))
        return value

    def single(self) -> Any:
        kind, text = self.tokens.pop(0)
        if text in ("(", "|"):
            value = self.cases()
            self.take(")" if text == "(" else "|")
            return value if text == "(" else ("|", value)
        if text in WORDS:
            return WORDS[text]
        if kind == "number":
            return float(text)
        assert kind == "word", text
        if self.next != "(":
            return text
        self.take("(")
        arguments = [self.infix(1)]
        if self.next == "if":  # cases have commas themselves, so they are the only argument
            arguments = [self.rest_of_cases(arguments[0])]
        else:
            while self.next == ",":
                self.take(",")
                if len(self.tokens) > 1 and self.tokens[1][1] == "=":  # a keyword, in its place
                    self.take(), self.take("=")
                arguments.append(self.infix(1))
        self.take(")")
        return (text, *arguments)


def read(text: str) -> Any:
    """The tree of a formula."""
    reader = Reader(text)
    tree = reader.cases()
    assert not reader.tokens, f"{text}: what about {reader.tokens}?"
    return tree


def value_of(tree: Any, names: Any) -> Any:
    """What a formula comes to; `names` has the values of its names, and functions by their names."""
    if isinstance(tree, str):
        return names[tree]
    if not isinstance(tree, tuple):
        return tree
    first, *rest = (value_of(part, names) for part in tree[1:])
    function = COMPUTED.get(tree[0]) or names[tree[0]]
    if tree[0] in ("max", "min"):
        for other in rest:
            first = function(first, other)
        return first
    return function(first, *rest)
