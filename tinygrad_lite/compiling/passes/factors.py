"""A factor that several terms of a sum have in common is multiplied once.

    u * x + v * x                  ->   (u + v) * x
    a * x**2 + b * x               ->   (a * x + b) * x          (Horner)
    e * (1 - t**2) - 2 * x * t * e ->   e * (1 - t * (t + 2 * x))

A sum in the backward pass is taken for a sum of products, each with a number before it: products are taken apart, but a sum
inside a product is not multiplied out. Then the factor that most of the terms share is taken outside, and again, until no two
terms share one.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from ...graphs.nodes import Ref
from ...graphs.program import Op, is_number
from ..code import Code

Term = tuple[Any, dict[Any, int]]  # a number, and the factors with their powers


def apply(code: Code) -> Code:
    counts = code.counts()
    sums = {op.id for op in code.needed() if is_sum(op)}
    inside = {  # the sums that are nothing but terms of another
        ref.id
        for op in code.needed() if op.id in sums
        for ref in op.args if isinstance(ref, Ref) and ref.id in sums and counts[ref.id] == 1 and code.shape(ref) == op.shape
    }  # fmt: skip

    def change(c: Code, op: Op) -> Any:
        if op.id not in sums or op.id in inside:
            return None
        seen: Counter[Any] = Counter()
        found = opened(c, op, merged(terms(c, op, op.shape, seen)), seen)
        return written(c, op, found) if found and (len(found) < 2 or most_shared(c, found) is not None) else None

    return code.rebuilt(change) if sums else code


def merged(found: list[Term]) -> list[Term]:
    """Terms of the same factors as one: the numbers before them are added up."""
    numbers: dict[Any, Any] = {}
    for number, powers in found:
        key = frozenset(powers.items())
        numbers[key] = numbers.get(key, 0) + number
    return [(number, dict(key)) for key, number in numbers.items()]


def is_sum(op: Op) -> bool:
    return op.function in (np.add, np.subtract) and bool(op.shape) and op.dtype in ("float32", "float64")


def terms(c: Code, op: Op, shape: tuple[int, ...], seen: Counter[Any]) -> list[Term]:
    """A sum as terms. Those of the forward pass stay as they were written, but for a polynomial."""
    x, y = op.args
    sign = -1 if op.function is np.subtract else 1
    return [*terms_of(c, x, shape, 1, op, seen), *terms_of(c, y, shape, sign, op, seen)]


def terms_of(c: Code, value: Any, shape: tuple[int, ...], sign: int, user: Op, seen: Counter[Any]) -> list[Term]:
    op = c.op(value)
    alone = op is not None and is_sum(op) and op.shape == shape and c.uses.get(op.id, 0) < 2 and user.backward == op.backward
    if op is not None and alone and (user.backward or sign == 1):
        x, y = op.args
        other = -sign if op.function is np.subtract else sign
        return [*terms_of(c, x, shape, sign, op, seen), *terms_of(c, y, shape, other, op, seen)]
    number, powers = factors_of(c, value, user, seen)
    return [(sign * number, powers)]


def opened(c: Code, op: Op, found: list[Term], seen: Counter[Any]) -> list[Term]:
    """The terms with the products taken apart that are used more than once, but all in one term, as that of 2 * v * x in
    v * x + x * v. A product that several terms share stays a factor: it is there already.
    """
    terms_with = Counter(f for _, powers in found for f in powers)
    while inside := [f for f, k in seen.items() if 1 < k == c.uses.get(f.id, 0) and terms_with[f] == 1 and is_product(c, f)]:
        for f in inside:
            i = next(i for i, (_, powers) in enumerate(found) if f in powers)
            number, powers = found[i]
            power = powers.pop(f)
            more, inner = factors_of(c, f, op, seen, alone=True)
            for g, p in inner.items():
                terms_with[g] += g not in powers
                powers[g] = powers.get(g, 0) + p * power
            found[i], terms_with[f] = (number * more**power, powers), 0
    return merged(found)


def is_product(c: Code, value: Any) -> bool:
    op = c.op(value)
    return op is not None and op.function in (np.multiply, np.square, np.negative)


def factors_of(c: Code, value: Any, user: Op, seen: Counter[Any], alone: bool = False) -> Term:
    """A value as a number, and factors with their powers. `seen` counts how often it came to a product that is used more than
    once: in the backward pass, this is a factor of its own, unless it is to be taken apart alone.
    """
    if is_number(value):
        return value, {}
    op = c.op(value)
    found: dict[Any, int] = {}
    number: Any = 1
    shared = op is not None and op.backward and c.uses.get(op.id, 0) > 1 and not alone
    if shared:
        seen[value] += 1
    elif op is not None and op.dtype == user.dtype and op.shape:
        parts: list[tuple[Any, int]] = []
        if op.function is np.multiply and all(c.dtype(arg) in (None, op.dtype) for arg in op.args):
            parts = [(arg, 1) for arg in op.args]
        elif op.function is np.square:
            parts = [(op.args[0], 2)]
        elif op.function is np.negative:
            parts, number = [(op.args[0], 1)], -1
        for part, power in parts:
            inner, powers = factors_of(c, part, user, seen)
            number = number * inner**power
            for f, p in powers.items():
                found[f] = found.get(f, 0) + p * power
        if parts:
            return number, found
    return 1, {value: 1}


def written(c: Code, op: Op, found: list[Term]) -> Any:
    """A sum of terms as calls: again and again, the factor that most of the terms share is taken outside."""
    parts: list[tuple[int, Any]] = []
    while (best := most_shared(c, found)) is not None:
        sharing = [(number, less_one(powers, best)) for number, powers in found if best in powers]
        found = [term for term in found if best not in term[1]]
        same = {number for number, _ in sharing}
        negative = all(is_number(number) and number < 0 for number in same)
        scale = same.pop() if len(same) == 1 and 0 not in same else -1 if negative else 1
        inner = written(c, op, merged([each for term in sharing for each in within(c, op, term, scale)]))
        outer = best if is_number(inner) and inner == 1 else made(c, op, np.multiply, inner, best)
        outer = outer if abs(scale) == 1 else made(c, op, np.multiply, abs(scale), outer)
        parts.append((1 if scale > 0 else -1, outer))
    return total(c, op, [*parts, *(product(c, op, term) for term in in_order(found))])


def within(c: Code, op: Op, term: Term, scale: Any) -> list[Term]:
    """What is left of a term without its factor: the terms of a sum, if it is a sum that nothing else needs."""
    number, powers = term[0] / scale, term[1]
    alone = c.op(next(iter(powers))) if list(powers.values()) == [1] else None
    if alone is None or not is_sum(alone) or alone.shape != op.shape or not alone.backward or c.uses.get(alone.id, 0) > 1:
        return [(number, powers)]
    return [(number * k, inner) for k, inner in terms(c, alone, op.shape, Counter())]


def most_shared(c: Code, found: list[Term]) -> Any:
    """The array that most of the terms have as a factor, the first if several are shared as often; None if none is."""
    counts: dict[Any, int] = {}
    for _, powers in found:
        for f in filter(c.shape, powers):
            counts[f] = counts.get(f, 0) + 1
    best = max(counts, key=lambda f: counts[f], default=None)
    return best if best is not None and counts[best] > 1 else None


def in_order(found: list[Term]) -> list[Term]:
    """Terms with a plus before those with a minus, so that a sum starts with one."""
    return sorted(found, key=lambda term: is_number(term[0]) and term[0] < 0)


def less_one(powers: dict[Any, int], factor: Any) -> dict[Any, int]:
    return {f: p - (f == factor) for f, p in powers.items() if p - (f == factor)}


def product(c: Code, op: Op, term: Term) -> tuple[int, Any]:
    """A term as a value, and the sign before it."""
    number, powers = term
    sign, number = (-1, -number) if number < 0 else (1, number)
    value: Any = None
    for f, p in sorted(powers.items(), key=lambda item: (bool(c.shape(item[0])), repr(item[0]))):
        for _ in range(p % 2):
            value = f if value is None else made(c, op, np.multiply, value, f)
        for _ in range(p // 2):
            squared = c.add(np.square, (f,), c.shape(f), op, unsafe=True)
            value = squared if value is None else made(c, op, np.multiply, value, squared)
    if value is None:
        return sign, number
    return sign, value if number == 1 else made(c, op, np.multiply, number, value)


def total(c: Code, op: Op, parts: list[tuple[int, Any]]) -> Any:
    """The sum of values with signs."""
    parts = sorted(parts, key=lambda part: part[0] < 0)
    (sign, value), *others = parts
    if sign < 0:
        value = -value if is_number(value) else c.add(np.negative, (value,), c.shape(value), op)
    for sign, part in others:
        if is_number(value) and is_number(part):
            value = value + sign * part
        else:
            value = made(c, op, np.add if sign > 0 else np.subtract, value, part)
    return value


def made(c: Code, op: Op, function: Any, x: Any, y: Any) -> Any:
    shape = np.broadcast_shapes(c.shape(x), c.shape(y))
    return c.add(function, (x, y), shape, op, unsafe=True)
