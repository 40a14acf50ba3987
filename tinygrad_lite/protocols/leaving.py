"""Decides what happens when something asks for the plain array of a Tensor: it gets the array, or an error.

Flows in: a Tensor that NumPy, Python or another library asks for an array or a number (``np.asarray(t)``, ``float(t)``).
Flows out: the array, if no gradient can be lost: the Tensor wants no gradient, nothing is recorded, or a picture is drawn.
Otherwise an error with a remedy for the function that asked. This function is found from the calling frames and from the text
of the user's line.
"""

from __future__ import annotations

import ast
import dis
import itertools
import linecache
import sys
from types import CodeType, FrameType
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..autograd import Handle
from ..containers import values_in
from ..frames import is_users
from ..memory import plain
from ..recording import recording
from ..watching import watcher
from .writing import changes_in_place, link_of

PICTURES = ("matplotlib", "mpl_toolkits")  # they draw the numbers, and nothing is computed with them
OPERATORS = {f"__{name}__" for name in ("matmul", "mul", "truediv", "eq", "ne", "lt", "le", "gt", "ge")}
VECTORIZE = {"_vectorize_call", "_vectorize_call_with_signature", "_call_as_normal", "_get_ufunc_and_otypes"}
BRANCHES = ("POP_JUMP", "JUMP_IF", "TO_BOOL", "UNARY_NOT")  # the byte codes that want to know whether something is true
OF_TABLES = {"dot", "add", "sub", "mul", "div", "truediv", "pow", "array_ufunc"}  # what of pandas computes with its operands
WRAPPERS = ("wrapper", "inner", "sanitize_array", "dict_to_mgr")  # functions that users do not call by name
STORES = {"STORE_SUBSCR", "STORE_SLICE"}  # what c[0] = ... and, since Python 3.12, c[0:2] = ... are in byte code
INTO_A_FILE = {np.save, np.savez, np.savez_compressed, np.savetxt}


def leaves_the_graph(by: str, *values: Any) -> None:
    """Tell debug() or trace(), if one looks on, that values go on as plain arrays."""
    watcher().left(values, by)


def wants_gradient(values: tuple[Any, ...]) -> bool:
    """Whether a Tensor that wants a gradient is among the values, or in lists, tuples and dicts among them."""
    return any(isinstance(value, Handle) and value.requires_grad for value in values_in(values))  # type: ignore[attr-defined]


def may_run_on_arrays(function: Any, values: tuple[Any, ...]) -> bool:
    """Whether a function without a rule can have the plain arrays: there is no gradient to lose, and it changes nothing."""
    lost = recording() and wants_gradient(values) and not asker().shows_only
    return not changes_in_place(function) and not lost


# --- who asks ---------------------------------------------------------------------------------------------------------


class Asker(NamedTuple):
    """Who asks: the modules and functions of a library, and of NumPy, innermost first; and the user's expression."""

    library: list[tuple[str, str]]  # empty if the user's program asks NumPy or Python itself
    numpy: list[tuple[str, str]]
    expression: str
    assigns: bool  # the expression is what is assigned to: c[0] = ...

    @property
    def package(self) -> str:
        return self.library[0][0].partition(".")[0] if self.library else ""

    @property
    def part(self) -> str:
        """The part of the library that asks: the innermost module that does not serve all parts, as scipy._lib does."""
        return next((module for module, _ in self.library if not module.partition(".")[2].startswith("_")), "")

    @property
    def shows_only(self) -> bool:
        """Whether nothing is computed with the numbers: a picture is drawn, or pytest reports a failed assertion."""
        return self.package in PICTURES or ("_pytest.assertion", "callbinrepr") in self.library

    @property
    def is_sparse(self) -> bool:
        return self.part.startswith("scipy.sparse")

    @property
    def decorated(self) -> str:
        """The name of a function that runs inside the wrapper of a decorator, from the call: of ``special.jn(t)`` the jn."""
        node = parsed(self.expression) if self.library[-1][1] == "wrapper" else None
        return ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""

    @property
    def called(self) -> tuple[str, str]:
        """The public module of the library, and its function, that the user's program called."""
        public = [(module, name) for module, name in self.library if not name.startswith(("_", "<")) and name not in WRAPPERS]
        module, name = public[-1] if public else (self.library[-1][0], self.decorated)
        return module.partition("._")[0].partition(".core")[0], name


def module_of(frame: FrameType) -> str:
    name: str = frame.f_globals.get("__name__", "")
    return name


def is_library(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return "site-packages" in file or "dist-packages" in file


def evaluated_code(frame: FrameType) -> str:
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


def byte_code(code: CodeType) -> bytes:
    """The byte code of a function, kept: Python makes it anew each time that it is asked for, slowly for long functions."""
    known = BYTE_CODES.get(id(code))
    if known is None or known[0] is not code:
        if len(BYTE_CODES) > 1000:
            BYTE_CODES.clear()
        known = BYTE_CODES[id(code)] = code, code.co_code
    return known[1]


BYTE_CODES: dict[int, tuple[CodeType, bytes]] = {}


def instructions(frame: FrameType) -> tuple[str, str]:
    """The name of the byte code that a frame executes now, and of the next."""
    code, at = byte_code(frame.f_code), frame.f_lasti
    then = at + 2
    while dis.opname[code[then]] in ("CACHE", "EXTENDED_ARG", "COPY"):
        then += 2
    return dis.opname[code[at]], dis.opname[code[then]]


def asker() -> Asker:
    """Read the stack: first come our own frames and NumPy's, then those of a library, then the user's."""
    library: list[tuple[str, str]] = []
    numpy: list[tuple[str, str]] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame):
        if module_of(frame).startswith("numpy"):
            numpy.append((module_of(frame), frame.f_code.co_name))
        frame = frame.f_back
    package = module_of(frame).partition(".")[0] if frame is not None else ""
    while frame is not None and (is_library(frame) or not is_users(frame)):
        if module_of(frame).partition(".")[0] == package:
            library.append((module_of(frame), frame.f_code.co_name))
        frame = frame.f_back
    if frame is None:
        return Asker(library, numpy, "", False)
    return Asker(library, numpy, evaluated_code(frame), instructions(frame)[0] in STORES)


def parsed(expression: str) -> ast.AST | None:
    """The expression as a tree; where only the line is known, before Python 3.11, the first call in it."""
    try:
        tree = ast.parse(expression)
    except (SyntaxError, ValueError):
        return None
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.expr)]
    calls = [] if sys.version_info >= (3, 11) else [node for node in nodes if isinstance(node, (ast.Call, ast.Subscript))]
    return next(iter([*calls, *nodes]), None)


# --- what they get ----------------------------------------------------------------------------------------------------


def array_of(tensor: Any, dtype: Any, copy: bool | None) -> Any:
    """What ``np.asarray(t)`` and its relatives get, by NumPy's protocol ``__array__(dtype, copy)``."""
    if tensor.requires_grad and recording():
        who = asker()
        if who.shows_only:
            leaves_the_graph("t.to_numpy()", tensor)
            copy = True  # nobody can write into the Tensor through it
        elif who.is_sparse:
            return for_sparse(tensor, who)
        else:
            raise refusal(tensor, who)
    elif "scipy.sparse" in sys.modules and (who := asker()).is_sparse:
        return for_sparse(tensor, who)
    data = tensor.data
    array = data if isinstance(data, np.ndarray) else np.asarray(data)
    if dtype is not None and array.dtype != dtype:
        if copy is False:
            raise messages.needs_a_copy(array, dtype)
        return array.astype(dtype)
    return array.copy() if copy else array


def for_sparse(tensor: Any, who: Asker) -> Any:
    """For ``S @ t``: the Tensor itself, in an array of objects. SciPy then answers NotImplemented, and Python asks ``t``."""
    names = [name for _, name in who.library]
    if OPERATORS.isdisjoint(names) or who.part.startswith("scipy.sparse.linalg"):
        raise messages.sparse_operand(tensor, "The constructor" if names[-1] == "__init__" else names[-1])
    wrapped = np.empty((), object)
    wrapped[()] = tensor
    return wrapped


def number_of(tensor: Any) -> Any:
    """What ``float(t)``, ``int(t)`` and ``complex(t)`` get."""
    if tensor.requires_grad and recording():
        who = asker()
        if not who.shows_only:
            raise refusal(tensor, who._replace(numpy=[]), number=True)
        leaves_the_graph("t.item()", tensor)
    return plain(tensor._array)


def refusal(tensor: Any, who: Asker, number: bool = False) -> TypeError:
    """The error for somebody who may not have the array, or its one number."""
    node = parsed(who.expression)
    argument = first_argument(node)
    numpy_module, numpy_function = who.numpy[-1] if who.numpy else ("", "")
    of_table = isinstance(node, ast.BinOp) or (who.library and who.called[1] in OF_TABLES)
    if who.package in ("pandas", "xarray") and of_table:
        return messages.asked_by_table(tensor, who.package)
    if who.library:
        return messages.asked_by_library(tensor, *who.called, None if number else ours_instead(*who.called))
    if numpy_module.startswith("numpy.polynomial."):
        return messages.asked_by_polynomial(tensor, numpy_module, numpy_function)
    if any(module.startswith("numpy.ma.") for module, _ in who.numpy):
        return messages.asked_by_masked(tensor)
    if not VECTORIZE.isdisjoint(name for _, name in who.numpy):
        return messages.asked_by_vectorize(tensor)
    if numpy_function == "__getitem__" and isinstance(node, ast.Subscript):
        return messages.asked_by_index_trick(tensor, ast.unparse(node.value))
    if who.assigns:
        return messages.asked_by_assignment(tensor, target(who.expression))
    if numpy_module.startswith("numpy.testing"):
        return messages.asked_by_library(tensor, "np.testing", numpy_function, None)
    if isinstance(node, ast.Subscript) and not who.numpy and not number:
        return messages.asked_by_index(tensor, ast.unparse(node.value))
    if isinstance(node, ast.Call):
        call = ast.unparse(node.func)
        owner, _, name = call.rpartition(".")
        if is_random(owner, name):
            return messages.asked_by_random(tensor, call)
        of_numpy, is_numpys = getattr(np, name, None), owner in ("np", "numpy")
        if not is_numpys and not who.numpy and not number and hasattr(np.ndarray, name) and callable(of_numpy):
            return messages.asked_by_method(tensor, owner, name, argument)
        if isinstance(of_numpy, type) and issubclass(of_numpy, np.generic):
            return messages.not_a_float(tensor, node)
        if name == "full" and len(node.args) > 1 and not number:
            return messages.asked_by_full(tensor, argument, ast.unparse(node.args[1]))
        if isinstance(node.args[0] if node.args else None, (ast.List, ast.Tuple, ast.ListComp)):
            return messages.asked_by_list(tensor, call, argument)
    return messages.not_a_float(tensor, node) if number else messages.not_an_array(tensor)


def target(expression: str) -> str:
    """What an assignment writes into: ``c[0]``. Where only the line is known, that is ``c[0] = t``."""
    try:
        statement = ast.parse(expression).body[0]
    except (SyntaxError, ValueError, IndexError):
        return "c[0]"
    targets = getattr(statement, "targets", [getattr(statement, "target", statement)])  # the latter of c[0] += t
    return ast.unparse(targets[0])


def is_random(owner: str, name: str) -> bool:
    """Whether a call draws random numbers: np.random.normal, or a method that only a generator has."""
    return "random" in owner or (bool(owner) and hasattr(np.random.Generator, name) and not hasattr(np.ndarray, name))


def first_argument(node: Any) -> str:
    return ast.unparse(node.args[0]) if isinstance(node, ast.Call) and node.args else "t"


def ours_instead(module: str, name: str) -> str | None:
    """A function of ours, or of NumPy, of the name of a SciPy function."""
    if module.startswith("scipy.special") and name in getattr(sys.modules[__name__.partition(".")[0]], "__all__", ()):
        return f"tg.{name}"
    for path, package in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
        if module.startswith("scipy") and callable(getattr(package, name, None)):
            return f"{path}.{name}"
    return None


def asked_by_statistics(tensor: Any, frame: FrameType | None) -> None:
    """Refuse statistics.mean(t) and its relatives: they take each number apart, as a ratio of two whole numbers."""
    name = ""
    while frame is not None and module_of(frame) == "statistics":
        name, frame = frame.f_code.co_name, frame.f_back
    if name:
        raise messages.asked_by_statistics(tensor, name)


def priority_in_pandas(tensor: Any) -> int:
    """More than a DataFrame's, so that pandas leaves ``series + t`` to the Tensor. In ``series += t`` it cannot leave it."""
    caller = sys._getframe(1).f_back
    if caller is not None and caller.f_code.co_name == "_inplace_method":
        raise messages.writes_in_place(np.add)
    return 5000


# --- the truth of several elements ------------------------------------------------------------------------------------


def compared_by_python(tensor: Any, frame: FrameType) -> None:
    """Refuse max(0, t), sorted(ts), and ``if t > 0`` of arrays: they would ask for the truth value of several elements."""
    if tensor.size <= 1:
        return
    now, then = instructions(frame)
    if module_of(frame).startswith("numpy.testing"):
        raise messages.compared_by_testing(tensor, frame.f_code.co_name)
    if now == "COMPARE_OP" and then.startswith(BRANCHES):
        node = parsed(evaluated_code(frame))
        compares = (part for part in (ast.walk(node) if node else ()) if isinstance(part, ast.Compare))
        raise messages.truth_of_several(tensor, "".join(map(ast.unparse, itertools.islice(compares, 1))))
    if now.startswith("CALL"):
        node = parsed(evaluated_code(frame))
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name in ("max", "min"):
            raise messages.compared_by_max(tensor, name, node)
        if name == "sorted" or name.endswith(".sort"):
            raise messages.compared_by_sorted(tensor, name)


def swapped_by_shuffle(tensor: Any, value: Any, frame: FrameType) -> None:
    """Refuse rng.shuffle(y) and random.shuffle(y) of rows: ``y[i], y[j] = y[j], y[i]``, where each row is a view of `y`."""
    link = link_of(value) if isinstance(value, Handle) else None
    if link is None or link[0] is not tensor or (tensor.is_leaf and tensor.requires_grad and not recording()):
        return
    name = "random.shuffle" if module_of(frame) == "random" and frame.f_code.co_name == "shuffle" else ""
    if instructions(frame)[0].startswith("CALL"):  # and not STORE_SUBSCR: the generators of NumPy have no frames
        node = parsed(evaluated_code(frame))
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else "shuffle"
    if name.endswith("shuffle"):
        raise messages.shuffled(tensor, name)
