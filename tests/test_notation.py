"""Formulas: that they say what was computed, with parentheses where they are needed and nowhere else."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tg
from tinygrad_lite.views.notation import Piece, Style, atom, constant, math_style

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


# --- random formulas ------------------------------------------------------------------------------------------------------

MATH: Style = math_style(lambda f: f.__name__, str)
NAMES = {"a": 0.75, "b": -1.5, "c": 2.0}
TWO = [np.add, np.subtract, np.multiply, np.divide, np.power, np.floor_divide, np.remainder, np.maximum]
ONE = [np.negative, np.square, np.sqrt, np.absolute, np.reciprocal, np.tanh]
FUNCTIONS = {"maximum": np.maximum, "tanh": np.tanh}
Written = tuple[Piece, float]  # a formula, and what it comes to


def applied(function: Any, *parts: Written) -> Written:
    with np.errstate(all="ignore"):
        return MATH.call(function, [piece for piece, _ in parts]), function(*(np.float64(value) for _, value in parts))


leaves = st.one_of(
    st.sampled_from([(atom(name), value) for name, value in NAMES.items()]),
    st.sampled_from([-3, -1, 1, 2]).map(lambda n: (constant(n), float(n))),
    st.sampled_from([-2.5, 0.5]).map(lambda x: (constant(x), x)),
    st.sampled_from([-0.25, 1.25]).map(lambda x: (atom(str(x)), x)),
)
comparisons = st.sampled_from([np.greater, np.less_equal, np.equal])


def larger(smaller: Any) -> Any:
    conditions = st.builds(applied, comparisons, smaller, smaller)
    conditions = conditions | st.builds(applied, st.sampled_from([np.logical_and, np.logical_or]), conditions, conditions)
    conditions = conditions | st.builds(applied, st.just(np.logical_not), conditions)
    two = st.builds(applied, st.sampled_from(TWO), smaller, smaller)
    return (
        two
        | st.builds(applied, st.sampled_from(ONE), smaller)
        | st.builds(applied, st.just(np.where), conditions, smaller, smaller)
    )


formulas = st.recursive(leaves, larger, max_leaves=8)


@given(formulas)
def test_a_formula_says_what_was_computed(written: Written):
    piece, value = written
    text = MATH.term(piece).text
    with np.errstate(all="ignore"):
        found = value_of(read(text), NAMES | FUNCTIONS)
    assert found == pytest.approx(value, rel=1e-12, nan_ok=True), text


@given(formulas)
def test_no_parentheses_without_need(written: Written):
    """Without any pair of them the text would say something else; but for those around a sign, or before ``**``."""
    text = MATH.term(written[0]).text
    tree = read(text)
    stack = []
    for end, letter in enumerate(text):
        if letter == "(":
            stack.append(end)
        elif letter == ")":
            start = stack.pop()
            called = start and (text[start - 1].isalnum() or text[start - 1] == "√")
            if called or text[start + 1] in "-−" or text[start - 1 : start] == "−" or text[end + 1 : end + 4] == " **":
                continue
            without = text[:start] + text[start + 1 : end] + text[end + 1 :]
            try:
                same = read(without) == tree
            except (AssertionError, ValueError):
                same = False
            assert not same, f"{text} is {without}"


# --- one by one -----------------------------------------------------------------------------------------------------------

A, B, MINUS_TWO = atom("a"), atom("b"), atom("-2")
PRODUCTS = MATH.call(np.multiply, [MINUS_TWO, A])


@pytest.mark.parametrize(
    ("function", "parts", "text"),
    [
        (np.power, [A, constant(3)], "a³"),
        (np.power, [A, constant(-1)], "a⁻¹"),
        (np.power, [A, constant(12)], "a¹²"),
        (np.power, [A, constant(0.5)], "a ** 0.5"),
        (np.power, [A, B], "a ** b"),
        (np.power, [MINUS_TWO, constant(2)], "(-2)²"),
        (np.square, [MATH.call(np.square, [A])], "(a²)²"),
        (np.power, [MATH.call(np.power, [A, B]), B], "(a ** b) ** b"),
        (np.power, [A, MATH.call(np.power, [A, B])], "a ** a ** b"),
        (np.add, [A, MINUS_TWO], "a + (-2)"),
        (np.subtract, [A, MINUS_TWO], "a − (-2)"),
        (np.add, [A, constant(-2)], "a − 2"),
        (np.add, [A, PRODUCTS], "a + (-2) × a"),
        (np.add, [PRODUCTS, A], "-2 × a + a"),
        (np.add, [A, A], "a + a"),
        (np.subtract, [A, MATH.call(np.add, [A, B])], "a − (a + b)"),
        (np.negative, [A], "−a"),
        (np.negative, [MINUS_TWO], "−(-2)"),
        (np.negative, [constant(2)], "-2"),
        (np.negative, [MATH.call(np.remainder, [A, B])], "−(a % b)"),
        (np.multiply, [constant(-1), A], "−a"),
        (np.multiply, [A, constant(1)], "a"),
        (np.multiply, [A, MATH.call(np.multiply, [A, B])], "a × (a × b)"),
        (np.divide, [A, MATH.call(np.multiply, [A, B])], "a ÷ (a × b)"),
        (np.divide, [MATH.call(np.divide, [A, B]), B], "a ÷ b ÷ b"),
        (np.absolute, [MATH.call(np.add, [A, B])], "|a + b|"),
        (np.sqrt, [MATH.call(np.add, [A, B])], "√(a + b)"),
        (np.greater, [A, MINUS_TWO], "a > -2"),
        (np.where, [MATH.call(np.greater, [A, B]), A, MATH.call(np.where, [B, B, A])], "a if a > b, b if b, else a"),
        (np.tanh, [MATH.call(np.where, [A, A, B])], "tanh(a if a, else b)"),
        (np.arctan2, [MATH.call(np.where, [A, A, B]), B], "arctan2((a if a, else b), b)"),
    ],
)
def test_how_it_is_written(function: Any, parts: list[Piece], text: str):
    assert MATH.term(MATH.call(function, parts)).text == text


def test_in_source_a_remainder_keeps_its_sign():
    """``-x // y`` is ``(-x) // y``, and -7 // 2 is not -(7 // 2)."""

    def f(x: Any, y: Any) -> Any:
        return x % y

    _, (_, slope) = tg.source(f, 7.5, 2.0).function()(7.5, 2.0)
    assert slope == tg.grad(f, argnums=1)(7.5, 2.0) == -3
