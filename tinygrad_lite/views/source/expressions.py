"""Writes calls and their arguments as NumPy expressions.

Flows in: a call of the simplified program, and how its arguments are written. Flows out: its text, as a `Piece` of a formula:
``a * x_squared`` keeps its two factors until it is printed, so that a third factor is written beside them.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import messages
from ...graphs.nodes import Ref
from ...graphs.program import Op, Program, is_number
from ...graphs.simplify import transposes
from ...protocols.primitives import astype, put
from ...recompute import replayed
from ...rules.activations import relu, softplus
from ...rules.indexing import clip, scatter
from ...rules.linalg import contract
from ...rules.running import running_max, running_min, sum_pieces
from ...rules.shapes import join
from ..notation import ATOM, COMPARISON, POWER, PRODUCT, REMAINDER, Piece, Style, Term, atom, constant
from .functions import Definitions

LITERAL = 12  # an array of up to so many elements is written out

SYMBOLS: dict[Any, tuple[str, int]] = {
    np.multiply: ("*", PRODUCT), np.divide: ("/", PRODUCT), np.matmul: ("@", PRODUCT), np.floor_divide: ("//", REMAINDER),
    np.remainder: ("%", REMAINDER), np.greater: (">", COMPARISON), np.greater_equal: (">=", COMPARISON),
    np.less: ("<", COMPARISON), np.less_equal: ("<=", COMPARISON), np.equal: ("==", COMPARISON),
    np.not_equal: ("!=", COMPARISON),
}  # fmt: skip
TEMPLATES: dict[Any, tuple[str, int, int]] = {
    np.square: ("{}**2", ATOM, POWER),
    np.reciprocal: ("1 / {}", POWER, PRODUCT),
    relu: ("np.maximum({}, 0)", 0, ATOM),
    softplus: ("np.logaddexp({}, 0)", 0, ATOM),
}
RENAMED: dict[Any, str] = {
    np.absolute: "np.abs", np.fix: "np.trunc", np.round: "np.round", np.around: "np.round",
    running_max: "np.maximum.accumulate", running_min: "np.minimum.accumulate", sum_pieces: "np.add.reduceat",
}  # fmt: skip
BY_POSITION = {np.swapaxes, np.moveaxis, np.expand_dims, np.broadcast_to, np.reshape, np.tril, np.triu, scatter, put}


def power(base: str, exponent: Term) -> str:
    """A power binds more tightly than the sign before it, and less tightly than the sign in its exponent."""
    simple = exponent.strength >= POWER or re.fullmatch(r"-?[0-9.]+", exponent.text)
    return f"{base}**{exponent.text}" if simple else f"{base}**({exponent.text})"


def number(value: Any) -> str:
    """A Python number as source."""
    if isinstance(value, float) and not math.isfinite(value):
        return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def dtype_text(dtype: np.dtype[Any]) -> str:
    """A dtype as source. Before 2.0, NumPy has no bool under this name."""
    return "bool" if dtype == np.bool_ else f"np.{dtype.name}"


class Expressions:
    """Writes the calls of a program, in the names that its values have so far.

    pieces:      how each value is written: a variable, or the expression itself
    definitions: the functions that the program has to define
    constants:   the arrays that it gets as parameters, because they are too large to be written out
    """

    def __init__(self, program: Program) -> None:
        self.program, self.definitions = program, Definitions()
        self.pieces: dict[int, Piece] = {}
        self.constants: dict[str, Any] = {}
        self.taken = {"np", "scipy", "math"}
        self.forward = Style("*", "/", "-", SYMBOLS, TEMPLATES, self.function, number, power)
        self.backward = dataclasses.replace(self.forward, flat=True)

    def free(self, wanted: str) -> str:
        """The name, with a number if it is taken."""
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}_{count}" if len(wanted) > 1 else f"{wanted}{count}"
        self.taken.add(name)
        return name

    def function(self, function: Any) -> str:
        """What a function is called in source."""
        name = RENAMED.get(function) or messages.name_of(function)
        if name.startswith("np.") or function is operator.getitem:
            return name
        plain = getattr(function, "__name__", name)
        if getattr(np, plain, None) is function:
            return f"np.{plain}"
        if isinstance(function, type):
            return f"np.{plain}"
        if isinstance(function, np.ufunc):  # SciPy's
            self.definitions.modules["scipy.special"] = "import scipy.special"
            return f"scipy.special.{name}"
        if function is replayed:
            raise messages.computes_again()
        return plain if written(function) else self.definitions.name(function)

    def text(self, value: Any) -> str:
        return self.backward.term(self.argument(value)).text

    def argument(self, value: Any) -> Piece:
        """An argument of a call."""
        if isinstance(value, Ref):
            return self.pieces[value.id]
        return constant(value) if is_number(value) and math.isfinite(value) else atom(self.literal(value))

    def literal(self, value: Any, index: bool = False) -> str:
        """Anything that may be in a call, as source; with `index` as it is written between square brackets."""
        kind = next((kind for kind in LITERALS if isinstance(value, kind)), None)
        if kind is None or (kind in (list, tuple) and type(value) is not kind):
            raise messages.not_a_literal(value)
        return LITERALS[kind](self, value, index)

    def call(self, op: Op, style: Style) -> Piece:
        """A call as an expression."""
        function, args = op.function, op.args
        if function in WRITTEN:
            return Term(WRITTEN[function](self, op))
        if function is operator.getitem:
            return Term(f"{style.inside(self.argument(args[0]), ATOM)}[{self.literal(args[1], True)}]")
        if function is np.reshape and (index := new_axes(self.program.shape(args[0]), op.shape)):
            return Term(f"{style.inside(self.argument(args[0]), ATOM)}[{index}]")
        if transposes(op):
            return Term(f"{style.inside(self.argument(args[0]), ATOM)}.T")
        keywords = []
        for key, value in op.keywords.items():
            value = value[0] if key == "axis" and isinstance(value, tuple) and len(value) == 1 else value
            keywords.append(self.literal(value) if function in BY_POSITION else f"{key}={self.literal(value)}")
        return style.call(function, [self.argument(arg) for arg in args], keywords)


# --- arguments --------------------------------------------------------------------------------------------------------------


def slice_text(e: Expressions, value: slice, index: bool) -> str:
    if not index:
        return f"np.s_[{e.literal(value, True)}]"
    ends = ["" if end is None else e.literal(end) for end in (value.start, value.stop, value.step)]
    return ":".join(ends if ends[2] else ends[:2])


def tuple_text(e: Expressions, value: tuple[Any, ...], index: bool) -> str:
    if index:
        return ", ".join(e.literal(part, True) for part in value) or "()"
    if any(isinstance(part, slice) for part in value):
        return f"np.s_[{e.literal(value, True)}]"
    return f"({', '.join(map(e.literal, value))}{',' * (len(value) == 1)})"


def scalar_text(e: Expressions, value: Any, index: bool) -> str:
    text = number(value.item())
    return text if value.dtype in USUAL else f"np.{value.dtype.name}({text})"


def array_text(e: Expressions, value: np.ndarray, index: bool) -> str:
    name = short_array(value) or e.free("data")
    if not name.startswith("np."):
        e.constants[name] = value
    return name


def type_text(e: Expressions, value: type, index: bool) -> str:
    if not issubclass(value, np.generic):
        raise messages.not_a_literal(value)
    return dtype_text(np.dtype(value))


LITERALS: dict[type, Callable[[Expressions, Any, bool], str]] = {
    Ref: lambda e, value, index: e.text(value),
    slice: slice_text,
    tuple: tuple_text,
    list: lambda e, value, index: f"[{', '.join(map(e.literal, value))}]",
    type(Ellipsis): lambda e, value, index: "...",
    np.dtype: lambda e, value, index: dtype_text(value),
    type: type_text,
    np.generic: scalar_text,
    np.ndarray: array_text,
    **dict.fromkeys((type(None), bool, int, float, str, range), lambda e, value, index: number(value)),
}  # what may be an argument -> how it is written; the first that fits
USUAL = (np.float64, np.int64, np.bool_)  # the dtypes that NumPy makes of numbers of Python's


def short_array(value: np.ndarray) -> str | None:
    """An array as source, if it has a short form."""
    if value.dtype.kind not in "fiub":
        return None
    n, shape = value.size, value.shape if value.ndim != 1 else value.shape[0]
    kind = "" if value.dtype in (np.float64, np.int64, np.bool_) else f", dtype=np.{value.dtype.name}"
    if value.ndim == 1 and n > 1 and value.dtype == np.int64 and np.array_equal(value, np.arange(n)):
        return f"np.arange({n})"
    if value.dtype.kind == "f" and n and (value == value.flat[0]).all() and value.flat[0] in (0, 1):
        return f"np.{'ones' if value.flat[0] else 'zeros'}({shape}{kind})"
    if value.dtype.kind == "f" and n > 1 and shape == (len(value),) * 2 and np.array_equal(value, np.eye(len(value))):
        return f"np.eye({len(value)}{kind})"
    if n > LITERAL:
        return None
    if not n:
        return f"np.zeros({shape}, dtype={dtype_text(value.dtype)})"
    text = re.sub(r"\bnan\b", "np.nan", re.sub(r"\binf\b", "np.inf", repr(value.tolist())))
    return f"np.array({text}{kind})"


def new_axes(old: tuple[int, ...], new: tuple[int, ...]) -> str:
    """The index that makes one shape of another by inserting axes of length 1; empty if that is not it."""
    rest, parts = list(old), list[str]()
    for n in new:
        if rest and n == rest[0]:
            rest.pop(0)
            parts.append(":")
        elif n == 1:
            parts.append("None")
        else:
            return ""
    if rest or not old:
        return ""
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts)


# --- calls that are written in another way than by a name -------------------------------------------------------------------


def written(function: Any) -> bool:
    """Whether a call of this function is written in another way than by its name."""
    return function in SYMBOLS or function in TEMPLATES or function in WRITTEN


def joined(e: Expressions, op: Op) -> str:
    args = ", ".join(map(e.text, op.args))
    axis = op.keywords.get("axis", 0)
    return f"np.concatenate(({args}{',' * (len(op.args) == 1)})" + (f", axis={axis})" if axis != 0 else ")")


def converted(e: Expressions, op: Op) -> str:
    dtype = op.args[1] if len(op.args) > 1 else op.keywords["dtype"]
    value = e.backward.inside(e.argument(op.args[0]), ATOM)
    return f"np.{np.dtype(dtype).name}({value})" if not op.shape else f"{value}.astype(np.{np.dtype(dtype).name})"


def clipped(e: Expressions, op: Op) -> str:
    bounds = ["None" if is_number(b) and math.isinf(b) else e.text(b) for b in op.args[1:]]
    return f"np.clip({e.text(op.args[0])}, {', '.join(bounds)})"


def full(e: Expressions, op: Op) -> str:
    shape, value = op.args
    kind = "".join(f", dtype={e.literal(dtype)}" for dtype in op.keywords.values())
    return f"np.full({e.literal(shape[0] if len(shape) == 1 else shape)}, {e.text(value)}{kind})"


WRITTEN: dict[Any, Callable[[Expressions, Op], str]] = {
    join: joined,
    contract: lambda e, op: f'np.einsum("{op.keywords["subscripts"]}", {", ".join(map(e.text, op.args))})',
    astype: converted,
    clip: clipped,
    np.full: full,
}  # functions whose calls are written in another way than by their names
