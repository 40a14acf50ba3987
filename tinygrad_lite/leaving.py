"""Who asks for the plain array of a Tensor, and what they get.

Flows in: a Tensor that NumPy, Python or another library asks for an array or a number (``np.asarray(t)``, ``float(t)``).
Flows out: the array, where no gradient can be lost: the Tensor wants none, nothing is recorded, or a picture is drawn.
Otherwise an error whose remedy fits who asked. The calling frames tell that, and the words of the user's own line.
"""

from __future__ import annotations

import ast
import dis
import itertools
import linecache
import sys
from collections.abc import Iterable
from types import FrameType
from typing import Any, NamedTuple

import numpy as np

from . import messages
from .autograd import Handle, state
from .frames import is_users
from .memory import plain

PICTURES = ("matplotlib", "mpl_toolkits")  # they draw the numbers, and nothing is computed with them
OPERATORS = {f"__{name}__" for name in ("matmul", "mul", "truediv", "eq", "ne", "lt", "le", "gt", "ge")}
VECTORIZE = {"_vectorize_call", "_vectorize_call_with_signature", "_call_as_normal", "_get_ufunc_and_otypes"}
INTO_A_FILE = {np.save, np.savez, np.savez_compressed, np.savetxt}
IN_PLACE = {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}


def leaves_the_graph(by: str, *values: Any) -> None:
    """Tell debug() or trace(), if one looks on, that values go on as plain arrays."""
    if not isinstance(state.recording, bool):
        state.recording.left(values, by)


def wants_gradient(values: Iterable[Any]) -> bool:
    """Whether a Tensor that wants a gradient is among the values, or in lists, tuples and dicts among them."""
    for value in values:
        if isinstance(value, Handle):
            if value.requires_grad:  # type: ignore[attr-defined]
                return True
        elif isinstance(value, dict):
            if wants_gradient(value.values()):
                return True
        elif type(value) in (list, tuple) and wants_gradient(value):
            return True
    return False


def may_run_on_arrays(function: Any, values: Iterable[Any]) -> bool:
    """Whether a function without a rule can have the plain arrays: there is no gradient to lose, and it changes nothing."""
    changes = function in IN_PLACE or (isinstance(function, tuple) and function[1] == "at")
    return not changes and (state.recording is False or not wants_gradient(values))


# --- who asks ---------------------------------------------------------------------------------------------------------


class Asker(NamedTuple):
    """Who asks: the library and its functions (innermost first), and the expression in the user's program."""

    module: str  # "" if the user's program asks NumPy or Python itself
    functions: list[str]
    numpy_functions: list[str]
    expression: str
    assigns: bool  # the expression is what is assigned to: c[0] = ...

    @property
    def library(self) -> str:
        return self.module.partition(".")[0]


def module_of(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name


def is_library(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return "site-packages" in file or "dist-packages" in file


def expression_of(frame: FrameType) -> str:
    """The source of what a frame evaluates now. Python before 3.11 knows only its line."""
    code, number = frame.f_code, frame.f_lineno
    if sys.version_info < (3, 11):
        return linecache.getline(code.co_filename, number, frame.f_globals).strip()
    first, last, start, end = next(itertools.islice(code.co_positions(), frame.f_lasti // 2, None))
    if first is None or last is None or start is None or end is None:
        return ""
    lines = [linecache.getline(code.co_filename, n, frame.f_globals).encode() for n in range(first, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b"".join(lines).decode(errors="replace").strip()


def instruction(frame: FrameType) -> str:
    """The name of the byte code that a frame executes now."""
    return dis.opname[frame.f_code.co_code[frame.f_lasti]]


def asker() -> Asker:
    """Read the stack: first come our own frames and NumPy's, then those of a library, then the user's."""
    module, functions, numpy_functions = "", [], []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame):
        if module_of(frame).startswith("numpy"):
            numpy_functions.append(frame.f_code.co_name)
        frame = frame.f_back
    if frame is not None and is_library(frame):
        module = module_of(frame)
        library = module.partition(".")[0]
        while frame is not None and (is_library(frame) or not is_users(frame)):
            if module_of(frame).partition(".")[0] == library:
                functions.append(frame.f_code.co_name)
            frame = frame.f_back
    if frame is None:
        return Asker(module, functions, numpy_functions, "", False)
    return Asker(module, functions, numpy_functions, expression_of(frame), instruction(frame) == "STORE_SUBSCR")


def parsed(expression: str) -> ast.AST | None:
    """The expression as a tree: a call if there is one in it, for where only the line is known."""
    try:
        tree = ast.parse(expression)
    except (SyntaxError, ValueError):
        return None
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    return next((node for node in nodes if isinstance(node, (ast.Call, ast.Subscript))), nodes[0] if nodes else None)


# --- what they get ----------------------------------------------------------------------------------------------------


def array_of(tensor: Any, dtype: Any, copy: bool | None) -> Any:
    """What ``np.asarray(t)`` and its relatives get, by NumPy's protocol ``__array__(dtype, copy)``."""
    if tensor.requires_grad and state.recording is not False:
        who = asker()
        if who.library in PICTURES:
            leaves_the_graph("t.to_numpy()", tensor)
            copy = True  # nobody can write into the Tensor through it
        elif who.module.startswith("scipy.sparse"):
            return for_sparse(tensor, who)
        else:
            raise refusal(tensor, who)
    elif "scipy.sparse" in sys.modules and (who := asker()).module.startswith("scipy.sparse"):
        return for_sparse(tensor, who)
    data = tensor.data
    array = data if isinstance(data, np.ndarray) else np.asarray(data)
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise ValueError(f"A Tensor of dtype {array.dtype} cannot be seen as an array of {dtype} without a copy.")
        return array.astype(dtype)
    return array.copy() if copy else array


def for_sparse(tensor: Any, who: Asker) -> Any:
    """For ``S @ t``: the Tensor itself, in an array of objects. SciPy then answers NotImplemented, and Python asks ``t``."""
    if OPERATORS.isdisjoint(who.functions):
        raise messages.sparse_operand(tensor, who.functions[-1])
    wrapped = np.empty((), object)
    wrapped[()] = tensor
    return wrapped


def number_of(tensor: Any, asked: str) -> Any:
    """What ``float(t)``, ``int(t)`` and ``complex(t)`` get."""
    if tensor.requires_grad and state.recording is not False:
        who = asker()
        if who.library not in PICTURES:
            raise refusal_of_number(tensor, who, asked)
        leaves_the_graph("t.item()", tensor)
    return plain(tensor._data)


def refusal(tensor: Any, who: Asker) -> TypeError:
    """The error for somebody who may not have the array."""
    node = parsed(who.expression)
    call = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    if who.module:
        return messages.asked_by_library(tensor, who.module, who.functions[-1], wanted(who))
    if not VECTORIZE.isdisjoint(who.numpy_functions):
        return messages.asked_by_vectorize(tensor)
    if "__getitem__" in who.numpy_functions and isinstance(node, ast.Subscript):
        return messages.asked_by_index_trick(tensor, ast.unparse(node.value))
    if who.assigns:
        return messages.asked_by_assignment(tensor, who.expression)
    if who.numpy_functions and callable(getattr(np, who.numpy_functions[-1], None)):
        return messages.asked_by_numpy(tensor, f"np.{who.numpy_functions[-1]}", argument(node))
    if isinstance(node, ast.Subscript):
        return messages.asked_by_index(tensor, ast.unparse(node.value))
    if call:
        owner, _, name = call.rpartition(".")
        if "random" in owner or (hasattr(np.random.Generator, name) and not hasattr(np.ndarray, name)):
            return messages.asked_by_random(tensor, call)
        if owner not in ("np", "numpy") and hasattr(np.ndarray, name) and callable(getattr(np, name, None)):
            return messages.asked_by_method(tensor, owner, name, argument(node))
        kind = getattr(np, name, None)
        if isinstance(kind, type) and issubclass(kind, np.generic):
            return messages.not_a_float(tensor, call)
        if name == "Tensor":
            return messages.asked_by_numpy(tensor, call, argument(node))
    return messages.not_an_array(tensor)


def refusal_of_number(tensor: Any, who: Asker, asked: str) -> TypeError:
    """The error for somebody who may not have the number."""
    node = parsed(who.expression)
    if who.assigns:
        return messages.asked_by_assignment(tensor, who.expression)
    if isinstance(node, ast.Call):
        call = ast.unparse(node.func)
        owner, _, name = call.rpartition(".")
        if "random" in owner or (owner and hasattr(np.random.Generator, name) and not hasattr(np.ndarray, name)):
            return messages.asked_by_random(tensor, call)
        return messages.not_a_float(tensor, call)
    return messages.not_a_float(tensor, asked)


def argument(node: Any) -> str:
    """The text of the first argument of a call."""
    return ast.unparse(node.args[0]) if isinstance(node, ast.Call) and node.args else "t"


def wanted(who: Asker) -> str | None:
    """A function of ours, or of NumPy, of the name that a library was asked for."""
    name = next((name for name in reversed(who.functions) if not name.startswith("_")), "")
    if who.module.startswith("scipy.special") and name in getattr(sys.modules[__package__], "__all__", ()):
        return f"tg.{name}"
    for package in (np, np.linalg, np.fft):
        if who.library == "scipy" and callable(getattr(package, name, None)):
            return f"np.{name}" if package is np else f"{package.__name__.replace('numpy', 'np')}.{name}"
    return None


# --- the truth of several elements ------------------------------------------------------------------------------------


def compared_by_python(tensor: Any, frame: FrameType) -> None:
    """Refuse max(0, t), min(t, u) and sorted(ts) of arrays: they would ask for the truth value of several elements."""
    if tensor.size > 1 and instruction(frame).startswith("CALL"):
        node = parsed(expression_of(frame))
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name in ("max", "min"):
            raise messages.compared_by_max(tensor, name, node)
        if name == "sorted" or name.endswith(".sort"):
            raise messages.compared_by_sorted(tensor, name)
