"""The passes of compile, one by one: the program before and after, as plain data. Each is the example of its docstring."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite.compiling import blocks
from tinygrad_lite.compiling.blocks import cut
from tinygrad_lite.compiling.code import Code, Given
from tinygrad_lite.compiling.kernels import dot
from tinygrad_lite.compiling.passes import PASSES, improved
from tinygrad_lite.compiling.tracing import plan
from tinygrad_lite.containers import flatten
from tinygrad_lite.graphs.nodes import Ref
from tinygrad_lite.graphs.program import Op
from tinygrad_lite.nn import functional as F
from tinygrad_lite.rules.indexing import scatter
from tinygrad_lite.rules.nets.normalization import standardize

X, Y, U, V, MASK, TABLE, K = map(Ref, range(7))  # what is given in `written`
NAMES = dict(zip(range(7), ("x", "y", "u", "v", "mask", "table", "k")))
MADE = 100  # the id of the first call


def written(*calls: tuple[Any, ...], backward: bool = True) -> Code:
    """A program, written call by call: ``(function, arguments, shape)``, and keywords if there are any. What the last one
    computes is its result. An argument ``"#2"`` is the result of call 2.
    """
    row = Given((8,), "float64", "input")
    given = dict.fromkeys((0, 1, 2, 3), row)
    given |= {4: Given((8,), "bool", "input"), 5: Given((8, 3), "float64", "input"), 6: Given((), "float64", "input")}
    code = Code(given, MADE)
    for function, args, shape, *keywords in calls:
        refs = tuple(Ref(MADE + int(arg[1:])) if isinstance(arg, str) else arg for arg in args)
        dtype = "bool" if function is np.greater else "float64"
        like = Op(-1, None, (), {}, shape, dtype, backward)
        made = code.add(function, refs, shape, like, *keywords)
        assert made.id == MADE + len(code.ops) - 1, "this call is there already"
    code.ends = [made]
    return code


def traced(f: Callable[..., Any], *args: Any) -> Code:
    """The program of the gradient of a function, before any pass."""
    return plan(f, args, {}, tuple(range(len(args))), False, 1, False, None).code


def lines(code: Code) -> list[str]:
    """A program as text: a line for each call, and what it returns. Values are called by what is given, or a, b, c."""
    names = {i: NAMES.get(i, f"x{i}") for i in code.given}

    def text(value: Any) -> str:
        return names[value.id] if isinstance(value, Ref) else f"{value:g}" if isinstance(value, float) else str(value)

    found = []
    for op in code.needed():
        names[op.id] = "abcdefghijklmnop"[len(found)]
        args = [*map(text, op.args), *(f"{key}={text(value)}" for key, value in op.keywords.items())]
        found.append(f"{names[op.id]} = {op.function.__name__}({', '.join(args)})")
    return [*found, ", ".join(map(text, code.ends))]


def close(found: Any, expected: Any, **tolerances: float) -> None:
    """The same nest of numbers and arrays, in dtype and shape, and nearly in value."""
    for a, b in zip(flatten(found)[0], flatten(expected)[0], strict=True):
        assert (a.dtype, a.shape) == (b.dtype, b.shape)
        np.testing.assert_allclose(a, b, **tolerances)


class Example(NamedTuple):
    """One pass, and a program before and after it."""

    name: str
    before: Code
    after: list[str]


EXAMPLES = [
    Example("elementary", written((np.power, (X, 2), (8,))), ["a = square(x)", "a"]),
    Example("elementary", written((np.mean, (X,), ())), ["a = sum(x)", "b = divide(a, 8)", "b"]),
    Example("elementary", written((np.divide, (X, 4), (8,))), ["a = multiply(x, 0.25)", "a"]),
    Example("elementary", written((F.relu, (X,), (8,))), ["a = maximum(x, 0)", "a"]),
    Example("elementary", written((np.where, (MASK, 2.0, 0.0), (8,))), ["a = multiply(mask, 2)", "a"]),
    Example(
        "spreads",
        written((np.std, (X,), (), {"ddof": 1})),
        ["a = mean(x, keepdims=True)", "b = subtract(x, a)", "c = square(b)", "d = sum(c)", "e = divide(d, 7)", "f = sqrt(e)",
         "f"],
    ),
    Example(
        "spreads",
        written((np.var, (TABLE,), (3,), {"axis": 0})),
        ["a = mean(table, axis=0, keepdims=True)", "b = subtract(table, a)", "c = square(b)", "d = mean(c, axis=0)", "d"],
    ),
    Example(
        "spreads",
        written((standardize, (TABLE,), (8, 3), {"axis": 1, "eps": 0.1})),
        ["a = mean(table, axis=1, keepdims=True)", "b = subtract(table, a)", "c = square(b)",
         "d = mean(c, axis=1, keepdims=True)", "e = add(d, 0.1)", "f = sqrt(e)", "g = divide(b, f)", "g"],
    ),
    Example(
        "sigmoids",
        written((F.sigmoid, (X,), (8,))),
        ["a = absolute(x)", "b = negative(a)", "c = exp(b)", "d = add(c, 1)", "e = copysign(1, x)", "f = maximum(c, e)",
         "g = divide(f, d)", "g"],
    ),
    Example(
        "sigmoids",
        written(
            (np.negative, (X,), (8,)), (F.sigmoid, (X,), (8,)), (F.sigmoid, ("#0",), (8,)), (np.multiply, ("#1", "#2"), (8,)),
        ),
        ["a = absolute(x)", "b = negative(a)", "c = exp(b)", "d = add(c, 1)", "e = square(d)", "f = divide(c, e)", "f"],
    ),
    Example(
        "sigmoids",
        written((np.logaddexp, (0.0, X), (8,)), (F.sigmoid, (X,), (8,)), (np.add, ("#0", "#1"), (8,))),
        ["a = absolute(x)", "b = negative(a)", "c = exp(b)", "d = add(c, 1)", "e = log1p(c)", "f = maximum(x, 0)",
         "g = add(e, f)", "h = copysign(1, x)", "i = maximum(c, h)", "j = divide(i, d)", "k = add(g, j)", "k"],
    ),
    Example(
        "quotients",
        written((np.divide, (U, X), (8,)), (np.divide, (V, X), (8,)), (np.add, ("#0", "#1"), (8,))),
        ["a = reciprocal(x)", "b = multiply(u, a)", "c = multiply(v, a)", "d = add(b, c)", "d"],
    ),
    Example(
        "scales",
        written((np.exp, (K,), ()), (np.multiply, ("#0", X), (8,)), (np.multiply, ("#1", Y), (8,)), (np.sum, ("#2",), ())),
        ["a = exp(k)", "b = multiply(x, y)", "c = sum(b)", "d = multiply(a, c)", "d"],
    ),
    Example("sums", written((np.multiply, (X, Y), (8,)), (np.sum, ("#0",), ())), ["a = dot(x, y)", "a"]),
    Example("sums", written((np.square, (X,), (8,)), (np.sum, ("#0",), ())), ["a = dot(x, x)", "a"]),
    Example("sums", written((np.sum, (X,), ())), ["a = ones(8)", "b = dot(x, a)", "b"]),
    Example("sums", written((np.sum, (TABLE,), (3,), {"axis": 0})), ["a = ones(8)", "b = matmul(a, table)", "b"]),
    Example(
        "sums",
        written((np.multiply, (U, V), (8,)), (np.add, (X, "#0"), (8,)), (np.sum, ("#1",), ())),
        ["a = ones(8)", "b = dot(x, a)", "c = dot(u, v)", "d = add(b, c)", "d"],
    ),
    Example(
        "numbers",
        written(
            (np.exp, (K,), ()),
            (np.multiply, (2, "#0"), ()),
            (np.divide, (1, "#1"), ()),
            (np.divide, ("#2", 100), ()),
            (np.multiply, (2, "#3"), ()),
        ),
        ["a = exp(k)", "b = divide(0.01, a)", "b"],
    ),
    Example(
        "factors",
        written((np.multiply, (U, X), (8,)), (np.multiply, (V, X), (8,)), (np.add, ("#0", "#1"), (8,))),
        ["a = add(u, v)", "b = multiply(a, x)", "b"],
    ),
    Example(
        "factors",
        written(
            (np.square, (X,), (8,)),
            (np.multiply, (U, "#0"), (8,)),
            (np.multiply, (V, X), (8,)),
            (np.add, ("#1", "#2"), (8,)),
            backward=False,
        ),
        ["a = multiply(x, u)", "b = add(a, v)", "c = multiply(b, x)", "c"],
    ),
    Example(
        "places",
        written(
            (scatter, (K,), (8,), {"index": np.s_[1:], "shape": (8,)}),
            (scatter, (K,), (8,), {"index": np.s_[:-1], "shape": (8,)}),
            (np.add, ("#0", "#1"), (8,)),
        ),
        [
            "a = placed_at(k, index=slice(1, None, None), shape=(8,))",
            "b = added_at(a, k, index=slice(None, -1, None))",
            "b",
        ],
    ),
    Example("masks", written((np.where, (MASK, X, 0.0), (8,))), ["a = masked(x, mask)", "a"]),
    Example(
        "masks",
        written((np.tile, (X, 200), (1600,)), (np.greater, ("#0", 0), (1600,)), (np.where, ("#1", "#0", "#0"), (1600,))),
        ["a = tile(x, 200)", "b = greater(a, 0)", "c = chosen(b, a, a)", "c"],
    ),
    Example(
        "masks",
        written((np.tile, (X, 200), (1600,)), (np.sign, ("#0",), (1600,))),
        ["a = tile(x, 200)", "b = signs(a)", "b"],
    ),
    Example(
        "columns",
        written((np.exp, (TABLE,), (8, 3)), (np.max, ("#0",), (8,), {"axis": 1})),
        ["a = transpose(table)", "b = exp(a)", "c = max(b, axis=0)", "c"],
    ),
    Example(
        "stacks",
        written(
            (np.exp, (X,), (8,)),
            (dot, ("#0", "#0"), ()),
            (np.sqrt, ("#1",), ()),
            (np.sin, (Y,), (8,)),
            (dot, ("#3", "#0"), ()),
            (np.add, ("#2", "#4"), ()),
        ),
        [
            "a = exp(x)",
            "b = sin(y)",
            "c = products(a, a, b)",
            "d = getitem(c, 0)",
            "e = sqrt(d)",
            "f = getitem(c, 1)",
            "g = add(e, f)",
            "g",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_a_program_before_and_after(example: Example) -> None:
    assert lines(PASSES[example.name](example.before)) == example.after


def test_convolutions_and_poolings() -> None:
    """`images`: a convolution is one product of matrices, and the largest of four pixels is three maxima, before relu."""
    rng = np.random.default_rng(0)
    image, kernel = rng.normal(size=(2, 1, 6, 6)), rng.normal(size=(3, 1, 3, 3))
    before = traced(lambda x, w: np.sum(F.max_pool2d(F.relu(F.conv2d(x, w)), 2)), image, kernel)
    names = [op.function.__name__ for op in PASSES["images"](before).needed()]
    forward = [name for name in names[: names.index("sum")] if name not in ("reshape", "transpose", "getitem")]
    assert forward == ["in_order", "windows", "matmul", "maximum", "maximum", "maximum", "relu"]
    assert {"to_largest", "overlapped"} <= set(names)
    assert not {"conv2d", "conv2d_weight", "conv_transpose2d", "max_pool2d", "largest", "spread"} & set(names)


def test_a_product_that_is_shared_is_not_computed_again() -> None:
    """`factors` does not take apart what other terms need as well: the program of a loop grows with its turns."""

    def loop(x: Any, turns: int) -> Any:
        for _ in range(turns):
            x = 1.01 * np.sin(x) + 0.1 * x
        return np.sum(x)

    sizes = [len(list(improved(traced(lambda x, n=n: loop(x, n), np.ones(3))).needed())) for n in (10, 20, 40)]
    assert sizes[2] - sizes[1] == 2 * (sizes[1] - sizes[0])


@pytest.mark.parametrize(
    "calls",
    [
        [(np.exp, (X,), (8,)), (dot, ("#0", "#0"), ()), (dot, ("#0", Y), ()), (np.add, ("#1", "#2"), ())],
        [(dot, (X, X), ()), (np.multiply, ("#0", X), (8,)), (dot, (X, "#1"), ()), (np.add, ("#0", "#2"), ())],
    ],
    ids=["an argument would have to be copied", "one is needed for the other"],
)
def test_products_that_stay_apart(calls: Any) -> None:
    code = written(*calls)
    assert lines(PASSES["stacks"](code)) == lines(code)


def test_products_in_one_matrix() -> None:
    """Values that are results as well, of two axes, or in two matrices."""
    x = np.linspace(-1, 1, 12)

    def f(a: Any, b: Any, x: Any, y: Any) -> Any:
        e, s = np.sin(a * x + b) - y, np.cos(a * x - b) * y
        return np.sum(e * e) + np.sum(e * s) * np.sum(e) + np.sum(s) * np.sum(s * s) + np.sum(e * x)

    for shape in ((12,), (3, 4)):
        args = (0.3, -0.7, x.reshape(shape), np.cos(x).reshape(shape))
        for numbers in ((0, 1), (0, 1, 2, 3), (2,)):
            compiled, engine = tg.compile(f, argnums=numbers), tg.value_and_grad(f, numbers)
            assert ".dot(rows" in compiled.source(*args)
            for _ in range(2):
                close(compiled(*args), engine(*args), rtol=1e-12)
                args = (1.1, *args[1:])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_exponential(dtype: str) -> None:
    """Sigmoids and their relatives of both zeros, of inf and nan, and of numbers whose powers of e would overflow."""
    x = np.array([0.0, -0.0, 0.3, -2.5, 40.0, -40.0, -745.5, 1e30, -1e30, np.inf, -np.inf, np.nan], dtype)

    def relatives(x: Any) -> list[Any]:
        one = F.sigmoid(x)
        return [one, 1 / (one + 1), F.silu(x), F.softplus(x), np.logaddexp(0.0, -x), np.logaddexp(2 * x, 0.0) * F.sigmoid(-x)]

    with np.errstate(all="ignore"):
        for i in range(6):
            for numbers in (x, x[:9], x[2:3], x[4]):
                compiled, engine = (make(lambda x, i=i: np.sum(relatives(x)[i])) for make in (tg.compile, tg.value_and_grad))
                close(compiled(numbers), engine(numbers), rtol=1e-14 if dtype == "float64" else 2e-6)


def test_variances() -> None:
    """Of all elements and along axes, with each option, and where all elements are equal."""
    x = np.random.default_rng(0).normal(size=(4, 5))
    for f in (
        lambda x: np.var(x), lambda x: np.std(x, ddof=2), lambda x: np.sum(np.var(x, axis=(0, 1), keepdims=True)),
        lambda x: np.sum(np.std(x, 0) * np.var(x, -2, ddof=1)), lambda x: np.sum(np.std(x, axis=1, ddof=-1) ** 3),
        lambda x: np.sum(F.layer_norm(x, (5,)) ** 3), lambda x: np.sum(F.layer_norm(x, (4, 5), eps=0.1) ** 3),
        lambda x: np.sum(np.std(0 * x, axis=1)), lambda x: np.sum(x[0] * np.var(x, axis=1, keepdims=True)),
    ):  # fmt: skip
        for point in (x, x.astype(np.float32)):
            compiled, engine = tg.compile(f), tg.value_and_grad(f)
            value, slopes = engine(point)
            largest = max(abs(float(value)), float(np.max(np.abs(slopes))))
            close(compiled(point), (value, slopes), rtol=0, atol=largest * (1e-12 if point is x else 1e-5))


@pytest.mark.parametrize("n", [1024, 100_003])
def test_signs(n: int) -> None:
    """Of many numbers, also of both zeros, of inf, and of nan, which has none."""
    x = np.linspace(-1, 1, n)
    x[:6] = 0.0, -0.0, np.inf, -np.inf, 5e-324, -5e-324

    y = np.cos(np.arange(n))

    def f(x: Any, y: Any) -> Any:
        return np.sum(np.abs(x)[2:] * y[2:]) + np.sum(np.where(np.isnan(x), 0.0, np.abs(x - y)))

    compiled, engine = tg.compile(f), tg.value_and_grad(f)
    with np.errstate(invalid="ignore"):
        assert "less(" in compiled.source(x, y)
        for first in (1.0, 0.0, np.inf, np.nan):
            x[2:4] = first
            close(compiled(x, y), engine(x, y), rtol=1e-12)


def test_blocks() -> None:
    """A sum of what is computed row by row can be cut; what needs a mean of all rows cannot."""
    x = np.linspace(-1, 1, 100_000)
    found = cut(improved(traced(lambda x: np.sum(np.tanh(x)), x)))
    assert found is not None
    assert (found.total, len(found.summed)) == (100_000, 1)
    assert found.block * x.itemsize <= blocks.BYTES
    assert cut(improved(traced(lambda x: np.sum((x - np.mean(x)) ** 2), x))) is None
    assert cut(improved(traced(lambda x: np.sum(np.tanh(x)), x[:100]))) is None


@pytest.mark.parametrize("name", [*PASSES, "blocks"])
def test_each_says_in_a_sentence_what_it_does(name: str) -> None:
    doc = str(sys.modules[PASSES[name].__module__ if name in PASSES else blocks.__name__].__doc__)
    first, rest = doc.split("\n", 1)
    assert first.endswith(".")
    assert name == "blocks" or "->" in rest
    assert name in {"blocks", "images", *(example.name for example in EXAMPLES)}
