"""Writes calls as formulas, with operators where they exist, and with parentheses only where they are needed.

Flows in: a function, and its arguments as they are written. Flows out: the call, as mathematics (``2 × error``) or as NumPy
source (``2 * error``). In source, products and quotients are kept as such until they are printed, so that
``1 / (2 * loss) / 100 * (2 * error)`` becomes what a person would write: ``error / (100 * loss)``.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..protocols.primitives import alias

# What binds more tightly is larger. −a // b is not −(a // b), so a remainder is no product.
CASES, CHOICE, EITHER, BOTH, COMPARISON, SUM, REMAINDER, PRODUCT, SIGN, POWER, ATOM = range(11)
Number = int | float


@dataclasses.dataclass(frozen=True)
class Term:
    """A piece of a formula, and how tightly it holds together; and, if it is a product that begins with a sign, how it is
    written to the right of a plus: ``(-2) × 3``.
    """

    text: str
    strength: int = ATOM
    right: str = ""


@dataclasses.dataclass(frozen=True)
class Product:
    """Factors above and below the line, and a plain number above and below it."""

    over: tuple[Piece, ...] = ()
    under: tuple[Piece, ...] = ()
    top: Number = 1
    bottom: Number = 1


Piece = Term | Product


def atom(text: str) -> Term:
    """A name, a number or a call. A derivative looks like a quotient, and gets parentheses where a quotient would."""
    return Term(text, SIGN if text[:1] in "-−∂" else ATOM)


def constant(value: Number) -> Product:
    """A number, ready to be multiplied with others."""
    return Product(top=value)


def product_of(piece: Piece) -> Product:
    return piece if isinstance(piece, Product) else Product((piece,))


def times(a: Piece, b: Piece) -> Product:
    x, y = product_of(a), product_of(b)
    return reduced(Product(x.over + y.over, x.under + y.under, x.top * y.top, x.bottom * y.bottom))


def divided(a: Piece, b: Piece) -> Product:
    x, y = product_of(a), product_of(b)
    return reduced(Product(x.over + y.under, x.under + y.over, x.top * y.bottom, x.bottom * y.top))


def reduced(p: Product) -> Product:
    """What whole numbers above and below have in common is taken out, and a sign goes to the top."""
    top, bottom = p.top, p.bottom
    if bottom < 0:
        top, bottom = -top, -bottom
    if isinstance(top, int) and isinstance(bottom, int) and bottom:
        common = math.gcd(top, bottom)
        top, bottom = top // common, bottom // common
    elif bottom not in (0, 1) and p.over == p.under == ():
        top, bottom = top / bottom, 1
    return dataclasses.replace(p, top=top, bottom=bottom)


def negative(piece: Piece) -> Piece:
    p = product_of(piece)
    return dataclasses.replace(p, top=-p.top)


@dataclasses.dataclass(frozen=True)
class Style:
    """How formulas look: as mathematics, or as source code."""

    times: str
    over: str
    minus: str
    symbols: Mapping[Any, tuple[str, int]]  # operators between two arguments, and how tightly they bind
    templates: Mapping[Any, tuple[str, int, int]]  # around one argument: how tightly it has to hold, and how the whole does
    name: Callable[[Any], str]  # of a function that is called
    number: Callable[[Any], str]
    power: Callable[[str, Term], str | None]
    flat: bool = False  # collect the factors of products of products
    forms: Mapping[Any, Callable[[Style, Sequence[Piece]], Piece]] = dataclasses.field(
        default_factory=dict
    )  # written otherwise

    def term(self, piece: Piece) -> Term:
        """A piece as text."""
        if isinstance(piece, Term):
            return piece
        top, sign = abs(piece.top), self.minus if str(piece.top).startswith("-") else ""
        if not (piece.over or piece.under) and piece.bottom == 1:  # a number, whose sign is its own
            sign = "-" if sign else ""
        above, factors = [self.number(top)] if top != 1 or not piece.over else [], self.powers(piece.over)
        above += [self.inside(part, SIGN if above or i else PRODUCT) for i, part in enumerate(factors)]
        below = [self.number(piece.bottom)] if piece.bottom != 1 else []
        below += [self.inside(part, SIGN) for part in self.powers(piece.under)]
        text = f" {self.times} ".join(above)
        if below:
            line = f" {self.times} ".join(below)
            text += f" {self.over} " + (f"({line})" if len(below) > 1 else line)
        single = len(above) == 1 and not below
        if single and factors and not sign:
            return self.term(factors[0])
        if sign and text[:1] in "-−":
            text = f"({text})"
        return Term(sign + text, SIGN if sign and single else PRODUCT if sign or not single else ATOM)

    def powers(self, factors: Sequence[Piece]) -> list[Piece]:
        """Equal factors as one, with an exponent."""
        found: list[Piece] = []
        for factor in dict.fromkeys(factors):
            count = factors.count(factor)
            text = self.power(self.inside(factor, ATOM), Term(str(count))) if count > 1 else None
            found += [Term(text, POWER)] if text else [factor] * count
        return found

    def inside(self, piece: Piece, strength: int, right: bool = False) -> str:
        """A piece as text, in parentheses unless it holds together as tightly as `strength`, or has a sign on the right."""
        term = self.term(piece)
        signed = right and term.text[:1] in "-−"
        if signed and term.right and term.strength >= strength:
            return term.right
        return term.text if term.strength >= strength and not signed else f"({term.text})"

    def call(self, function: Any, args: Sequence[Piece], keywords: Sequence[str] = ()) -> Piece:
        """A call with these arguments."""
        if function in (np.multiply, np.divide) and self.flat:
            return times(*args) if function is np.multiply else divided(*args)
        if function is np.multiply:
            for one, other in (args, args[::-1]):
                if one in (constant(1), constant(-1)):
                    return other if one == constant(1) else negative(other)
        if function is np.negative:
            return negative(args[0])
        if function in self.forms and not keywords:
            return self.forms[function](self, args)
        if function in (np.add, np.subtract):
            return self.sum(args[0], args[1] if function is np.add else negative(args[1]))
        if function in (np.positive, alias):
            return args[0]
        if function in (np.power, np.float_power) and (text := self.power(self.inside(args[0], ATOM), self.term(args[1]))):
            return Term(text, POWER)
        if function in self.symbols and len(args) == 2 and not keywords:
            symbol, strength = self.symbols[function]
            left, right = (ATOM, POWER) if strength == POWER else (strength, strength + 1)
            rest = f" {symbol} {self.inside(args[1], right, strength > COMPARISON)}"
            after = self.inside(args[0], left, True) + rest if strength == PRODUCT else ""
            return Term(self.inside(args[0], left) + rest, strength, after)
        if function in self.templates and not keywords:
            template, needed, strength = self.templates[function]
            return Term(template.format(*(self.inside(arg, needed) for arg in args)), strength)
        if function is operator.getitem:
            return Term(f"{self.inside(args[0], ATOM)}[{self.term(args[1]).text}]")
        needed = EITHER if len(args) + len(keywords) > 1 else CASES  # between commas, cases need parentheses
        inside = ", ".join([*(self.inside(arg, needed) for arg in args), *keywords])
        return Term(f"{self.name(function)}({inside})")

    def sum(self, a: Piece, b: Piece) -> Piece:
        """A sum, with a minus where the second is negative; in source, of twice the same, twice that."""
        if a == b and self.flat:
            return self.call(np.multiply, [constant(2), a])
        left = self.inside(a, SUM)
        if isinstance(b, Product) and str(b.top).startswith("-"):
            return Term(f"{left} {self.minus} {self.inside(negative(b), REMAINDER, True)}", SUM)
        return Term(f"{left} + {self.inside(b, REMAINDER, True)}", SUM)


# --- as mathematics ------------------------------------------------------------------------------------------------------

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
EMPTY: Mapping[Any, Any] = {}
COMPARISONS: dict[Any, tuple[str, int]] = {
    np.greater: (">", COMPARISON), np.greater_equal: ("≥", COMPARISON), np.less: ("<", COMPARISON),
    np.less_equal: ("≤", COMPARISON), np.equal: ("==", COMPARISON), np.not_equal: ("≠", COMPARISON),
}  # fmt: skip


def superscript(base: str, exponent: Term) -> str | None:
    """Whole numbers are written high."""
    return base + exponent.text.translate(SUPERSCRIPT) if re.fullmatch(r"-?\d+", exponent.text) else None


def cases(style: Style, args: Sequence[Piece]) -> Piece:
    """np.where as in a book: ``a if x > 0, b if y > 0, else c``."""
    condition, chosen, other = args
    last = style.term(other)
    rest = last.text if last.strength == CASES else f"else {style.inside(last, EITHER)}"
    return Term(f"{style.inside(chosen, EITHER)} if {style.inside(condition, EITHER)}, {rest}", CASES)


def math_style(
    name: Callable[[Any], str], number: Callable[[Any], str], templates: Mapping[Any, tuple[str, int, int]] = EMPTY
) -> Style:
    """Formulas as in a book. `name` says what a function is called, `number` how a number is written."""
    symbols = {
        np.multiply: ("×", PRODUCT), np.divide: ("÷", PRODUCT), np.matmul: ("@", PRODUCT),
        np.floor_divide: ("//", REMAINDER), np.remainder: ("%", REMAINDER),
        np.power: ("**", POWER), np.float_power: ("**", POWER),
        np.logical_and: ("and", BOTH), np.logical_or: ("or", EITHER),
    }  # fmt: skip
    return Style(
        times="×",
        over="÷",
        minus="−",
        symbols=symbols | COMPARISONS,
        templates={
            np.square: ("{}²", ATOM, POWER),
            np.sqrt: ("√{}", ATOM, POWER),
            np.absolute: ("|{}|", CASES, ATOM),
            np.reciprocal: ("1 ÷ {}", POWER, PRODUCT),
            np.logical_not: ("not {}", SUM, COMPARISON),
            **templates,
        },
        forms={np.where: cases},
        name=name,
        number=number,
        power=superscript,
    )
