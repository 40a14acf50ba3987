"""What an array without a name is, in the words of the user's program: ``1 - labels``.

Flows in: an array that no recorded call made, and the frame whose line used it. Flows out: the part of that line which gives
this array, if there is one. To find it the parts are computed again, so only those count that can do no harm: arithmetic,
indices, and NumPy's functions, except random ones, of arrays and numbers.
"""

from __future__ import annotations

import ast
import functools
import linecache
from types import FrameType
from typing import Any

import numpy as np

HARMLESS = (
    ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Call, ast.Subscript, ast.Attribute, ast.Name, ast.Constant,
    ast.Tuple, ast.List, ast.Slice, ast.keyword, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.expr_context,
)  # fmt: skip
KINDS = ("bool", "float", "int")  # as in labels.astype(int)
LENGTH = 60  # a longer expression explains nothing


def expression_giving(array: np.ndarray, frame: FrameType) -> str | None:
    """The part of the line that a frame is at which gives this array."""
    names = {**frame.f_globals, **frame.f_locals}
    for part in parts_of_line(frame.f_code.co_filename, frame.f_lineno):
        used = [names.get(node.id) for node in ast.walk(part) if isinstance(node, ast.Name) and node.id not in KINDS]
        if not all(value is np or type(value) in (bool, int, float) or is_plain(value) for value in used):
            continue
        if not any(map(is_plain, used)):  # made of numbers alone, it is known by its values
            continue
        try:
            with np.errstate(all="ignore"):
                found = eval(compile(ast.Expression(part), "<part of a line>", "eval"), names)
        except Exception:  # with these values it cannot be what was computed
            continue
        if isinstance(found, np.ndarray) and found.dtype == array.dtype and np.array_equal(found, array):
            text = ast.unparse(part)
            return text if len(text) <= LENGTH else None
    return None


def is_plain(value: Any) -> bool:
    return type(value) is np.ndarray or isinstance(value, np.generic)


@functools.lru_cache(maxsize=256)
def parts_of_line(file: str, number: int) -> tuple[ast.expr, ...]:
    """The harmless expressions in the statement at a line, the outer ones first."""
    statements = [node for node in statements_of(file) if node.lineno <= number <= (node.end_lineno or node.lineno)]
    if not statements:
        return ()
    innermost = min(statements, key=lambda node: (node.end_lineno or node.lineno) - node.lineno)
    kinds = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Subscript, ast.Attribute)
    return tuple(node for node in ast.walk(innermost) if isinstance(node, kinds) and is_harmless(node))


@functools.lru_cache(maxsize=32)
def statements_of(file: str) -> tuple[ast.stmt | ast.expr, ...]:
    """The statements of a file; of one with others in it, as `if` and `for`, the expression that it begins with."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:  # the cell of a notebook may have commands that are not Python
        return ()
    found = list[ast.stmt | ast.expr]()
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.While):
            found.append(node.test)
        elif isinstance(node, ast.For):
            found.append(node.iter)
        elif isinstance(node, ast.stmt) and not hasattr(node, "body"):
            found.append(node)
    return tuple(found)


def is_harmless(part: ast.expr) -> bool:
    """Whether computing an expression again changes nothing, and gives the same again."""
    return all(
        isinstance(node, HARMLESS) and (not isinstance(node, ast.Call) or is_numpys(node.func)) for node in ast.walk(part)
    )


def is_numpys(function: ast.expr) -> bool:
    """Whether a function is one of NumPy's that computes something from its arguments: ``np.log``, or a method, ``y.sum``."""
    if not isinstance(function, ast.Attribute):
        return False
    module = isinstance(function.value, ast.Name) and function.value.id == "np"
    return function.attr in (COMPUTING if module else METHODS)


METHODS = {
    "argmax", "argmin", "argsort", "astype", "clip", "copy", "cumsum", "flatten", "max", "mean", "min", "prod", "ravel",
    "repeat", "reshape", "round", "squeeze", "std", "sum", "swapaxes", "take", "transpose", "var",
}  # fmt: skip
COMPUTING = METHODS | {name for name, value in vars(np).items() if isinstance(value, np.ufunc)}
COMPUTING |= {
    "arange", "array", "asarray", "broadcast_to", "concatenate", "diag", "diff", "eye", "full", "linspace", "median",
    "meshgrid", "ones", "ones_like", "outer", "sort", "stack", "tile", "tril", "triu", "where", "zeros", "zeros_like",
}  # fmt: skip
