"""Formulas: that they say what was computed, with parentheses where they are needed and nowhere else."""

import dataclasses
import functools
from typing import Any

import numpy as np
import pytest
from helpers import read, together, value_of
from hypothesis import given
from hypothesis import strategies as st

import tinygrad_lite as tg
from tinygrad_lite.views.notation import Piece, Style, atom, constant, math_style

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


@together
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


def test_a_product_of_equal_factors_is_their_power():
    """Also when it is the whole product: not only the factor."""
    flat = dataclasses.replace(MATH, flat=True)
    for factors, text in (([A, A], "a²"), ([A, A, A], "a³"), ([A, A, B], "a² × b"), ([constant(-1), A, A], "−a²")):
        assert flat.term(functools.reduce(lambda x, y: flat.call(np.multiply, [x, y]), factors)).text == text
