"""Functions of single numbers in ONNX: each is an operator or a formula.

onnxruntime has some ONNX operators only for single precision. In double precision these are written with others: formulas
that lose no digits (Kahan's for log(1 + x); Abramowitz and Stegun, chapters 4 and 7, for the others). Angles are first
computed in single precision, and then made exact by one step of Newton's method.

Flows in: a `Value` for each argument, all of the dtype of the result. Flows out: the `Value` of the result.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...protocols.primitives import alias
from ...rules.activations import relu, sigmoid, softplus
from ...rules.elementwise import DEGREE, LOG_2, LOG_10
from .values import DOUBLE, Value, one


def in_double(kind: str, formula: Callable[..., Value]) -> Callable[..., Value]:
    """An operator, but a formula in double precision."""
    return lambda x: formula(x) if x.dtype == DOUBLE else x.each(kind)


def log1p(x: Value) -> Value:
    """Kahan: with u = 1 + x as it is rounded, log(u) x / (u - 1); what is lost in u is lost in u - 1 as well."""
    u = 1 + x
    return (u.equals(1) | u.equals(math.inf)).where(x, u.log() * (x / (u - 1)))


def cosh(x: Value) -> Value:
    return (x.exp() + (-x).exp()) * 0.5


def asinh(x: Value) -> Value:
    size = abs(x)
    usual = log1p(size + size / ((size * size + 1).sqrt() + 1) * size)
    return with_sign_of((size > 1e16).where(size.log() + LOG_2, usual), x)


def acosh(x: Value) -> Value:
    t = x - 1
    return (x > 1e16).where(x.log() + LOG_2, log1p(t + t.sqrt() * (t + 2).sqrt()))


def softplus_of(x: Value) -> Value:
    return x.maximum(0) + log1p((-abs(x)).exp())


def with_sign_of(size: Value, x: Value) -> Value:
    return x.is_negative().where(-size, size)


def in_single(kind: str, x: Value) -> Value:
    return x.cast(np.float32).each(kind).cast(DOUBLE)


def angle(sine: Value, cosine: Value, start: Value) -> Value:
    """The angle that has this sine and cosine, or multiples of them. tan(start - angle) is the step: its error is cubic."""
    s, c = start.sin(), start.cos()
    return start - (cosine * s - sine * c) / (cosine * c + sine * s)


def arctan(x: Value) -> Value:
    x = x.maximum(-1e300).minimum(1e300)
    return angle(x, x.like(1), in_single("Atan", x))


def arctan2(y: Value, x: Value) -> Value:
    """In the first quadrant first; infinite numbers count as 1 then, and all others as 0 beside them."""
    dtype = x.dtype
    y, x = y.cast(DOUBLE), x.cast(DOUBLE)
    largest = abs(y).maximum(abs(x))
    none = largest.equals(0)
    scale = none.where(1.0, largest)
    a, b = (abs(v).equals(math.inf).where(1.0, abs(v) / scale) for v in (y, x))
    first = none.where(0.0, angle(a, b, in_single("Atan", a / b)))
    half = x.is_negative().where(math.pi - first, first)
    return with_sign_of(half, y).cast(dtype)


def sign(x: Value) -> Value:
    return x.is_nan().where(x, x.each("Sign")) if x.dtype.kind == "f" else x.each("Sign")


def trunc(x: Value) -> Value:
    return with_sign_of(abs(x).floor(), x)


def fmod(x: Value, y: Value) -> Value:
    return x.each("Mod", y, fmod=1)


def remainder(x: Value, y: Value) -> Value:
    """With the sign of the divisor. ONNX's own is that for whole numbers."""
    if x.dtype.kind != "f":
        return x.each("Mod", y)
    rest = fmod(x, y)
    return (rest.equals(0) | rest.is_negative().equals(y.is_negative())).where(rest, rest + y)


def floor_divide(x: Value, y: Value) -> Value:
    """As NumPy does it: what is left after the remainder divides without one, but for rounding."""
    quotient = (x - remainder(x, y)) / y
    return y.equals(0).where(x / y, quotient.each("Round")) if x.dtype.kind == "f" else quotient


def hypot(x: Value, y: Value) -> Value:
    large, small = abs(x).maximum(abs(y)), abs(x).minimum(abs(y))
    ratio = small / (large.equals(0) | large.equals(math.inf)).where(1.0, large)
    return large * (ratio * ratio + 1).sqrt()


def logaddexp(x: Value, y: Value, unit: float = 1.0) -> Value:
    """The larger, and what the other adds to it. `unit` is 1 for powers of e, log(2) for powers of 2."""
    gap = x.equals(y).where(0.0, abs(x - y)) * unit
    return x.maximum(y) + log1p((-gap).exp()) * (1 / unit)


def erf(x: Value) -> Value:
    """2/√π x exp(-x²) Σ 2ⁿ x²ⁿ / (1·3·5⋯(2n+1)), all terms positive (Abramowitz and Stegun 7.1.6). Beyond 6 it is 1."""
    x = x.maximum(-6).minimum(6)
    coefficients = np.cumprod([2 / math.sqrt(math.pi), *(2 / (2 * n + 1) for n in range(1, 130))])
    powers = square(x).reshape((*x.shape, 1)) ** x.writer.constant(np.arange(130.0))
    return x * (-square(x)).exp() * (powers * coefficients).reduce("ReduceSum", -1)


def sinc(x: Value) -> Value:
    z = x.equals(0).where(1.0, x * math.pi)
    return x.equals(0).where(1.0, z.sin() / z)


def square(x: Value) -> Value:
    return x * x


FORMULAS: dict[Any, Callable[..., Value]] = {
    # arithmetic
    np.add: one("Add"), np.subtract: one("Sub"), np.multiply: one("Mul"), np.divide: one("Div"), np.power: one("Pow"),
    np.float_power: one("Pow"), np.negative: one("Neg"), np.positive: lambda x: x, np.conjugate: lambda x: x,
    np.reciprocal: one("Reciprocal"), np.square: square, np.sqrt: one("Sqrt"),
    np.cbrt: lambda x: with_sign_of(abs(x) ** (1 / 3), x), np.hypot: hypot, np.floor_divide: floor_divide,
    np.remainder: remainder, np.fmod: fmod,
    # exponentials and logarithms
    np.exp: one("Exp"), np.exp2: lambda x: 2**x, np.expm1: lambda x: (x * 0.5).tanh() * (x.exp() + 1),
    np.log: one("Log"), np.log2: lambda x: x.log() / LOG_2, np.log10: lambda x: x.log() / LOG_10, np.log1p: log1p,
    np.logaddexp: logaddexp,
    np.logaddexp2: lambda x, y: logaddexp(x, y, LOG_2), sigmoid: one("Sigmoid"), softplus: softplus_of,
    # angles
    np.sin: one("Sin"), np.cos: lambda x: x.cos(), np.tan: in_double("Tan", lambda x: x.sin() / x.cos()),
    np.arcsin: in_double("Asin", lambda x: angle(x, ((1 - x) * (1 + x)).sqrt(), in_single("Asin", x))),
    np.arccos: in_double("Acos", lambda x: angle(((1 - x) * (1 + x)).sqrt(), x, in_single("Acos", x))),
    np.arctan: in_double("Atan", arctan), np.arctan2: arctan2, np.sinc: sinc,
    np.deg2rad: lambda x: x * DEGREE, np.radians: lambda x: x * DEGREE, np.rad2deg: lambda x: x / DEGREE,
    np.degrees: lambda x: x / DEGREE,
    # hyperbolic functions
    np.sinh: in_double("Sinh", lambda x: x.tanh() * cosh(x)), np.cosh: in_double("Cosh", cosh), np.tanh: one("Tanh"),
    np.arcsinh: in_double("Asinh", asinh), np.arccosh: in_double("Acosh", acosh),
    np.arctanh: in_double("Atanh", lambda x: log1p(2 * x / (1 - x)) * 0.5),
    # corners and steps
    np.absolute: one("Abs"), np.fabs: one("Abs"), relu: one("Relu"), np.maximum: one("Max"), np.minimum: one("Min"),
    np.fmax: lambda x, y: x.is_nan().where(y, y.is_nan().where(x, x.maximum(y))),
    np.fmin: lambda x, y: x.is_nan().where(y, y.is_nan().where(x, x.minimum(y))),
    np.copysign: lambda x, y: with_sign_of(abs(x), y), np.sign: sign, np.floor: one("Floor"), np.ceil: one("Ceil"),
    np.rint: one("Round"), np.trunc: trunc, np.fix: trunc,
    np.heaviside: lambda x, y: x.is_nan().where(x, (x < 0).where(0.0, (x > 0).where(1.0, y))),
    # the same numbers
    alias: lambda x: x, np.copy: lambda x: x, np.real_if_close: lambda x: x,
    # SciPy's
    "erf": in_double("Erf", erf), "expit": one("Sigmoid"), "logit": lambda x: x.log() - log1p(-x),
    "log_expit": lambda x: -softplus_of(-x),
    "xlogy": lambda x, y: (x.equals(0) & ~y.is_nan()).where(0.0, x * y.log()),
    "xlog1py": lambda x, y: (x.equals(0) & ~y.is_nan()).where(0.0, x * log1p(y)),
    "entr": lambda x: (x > 0).where(-x * x.log(), x.equals(0).where(0.0, x.is_nan().where(x, x.like(-math.inf)))),
    "rel_entr": lambda x, y: entropy(x, y, x.like(0), x * (x / y).log()),
    "kl_div": lambda x, y: entropy(x, y, y, x * (x / y).log() - x + y),
}  # fmt: skip


def entropy(x: Value, y: Value, at_zero: Value, inside: Value) -> Value:
    """A relative entropy: its formula where both are positive, a limit where x is 0, and infinite elsewhere."""
    outside = (x.is_nan() | y.is_nan()).where(x + y, x.like(math.inf))
    return ((x > 0) & (y > 0)).where(inside, (x.equals(0) & (y >= 0)).where(at_zero, outside))
