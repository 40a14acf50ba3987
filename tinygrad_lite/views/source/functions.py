"""Writes functions that NumPy does not have as source: a primitive, and the functions it calls.

Parts that only this package needs are left out. Flows in: a function of ours or of the user. Flows out: its definition as
text that runs with NumPy (and SciPy, if the function itself needs it), and the modules it uses.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from ... import messages
from ...protocols.primitives import put
from ...rules.indexing import scatter

TEXTS: dict[Callable[..., Any], str] = {  # functions whose own text is also about other libraries' arrays
    scatter: '''\
def scatter(value, index, shape):
    """Zeros of `shape` with `value` added at `index`."""
    result = np.zeros(shape, np.result_type(value))
    np.add.at(result, index, value)
    return result''',
    put: '''\
def put(x, value, index):
    """A copy of `x` with `value` at `index`."""
    result = np.array(x)
    result[index] = value
    return result''',
}


class Plain(ast.NodeTransformer):
    """A function without decorators and type hints, and without our messages: an error says the name of its message."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.decorator_list, node.returns = [], None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        called = getattr(node.exc, "func", None)
        if not isinstance(called, ast.Attribute) or ast.unparse(called.value) != "messages":
            return node
        kind = getattr(getattr(messages, called.attr), "kind", ValueError)
        name = f"np.linalg.{kind.__name__}" if kind is np.linalg.LinAlgError else kind.__name__
        return ast.parse(f"raise {name}({called.attr.replace('_', ' ')!r})").body[0]


class Definitions:
    """The functions that a program needs defined, each after what it calls, and the modules to import."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.modules: dict[str, str] = {"np": "import numpy as np"}

    def name(self, function: Callable[..., Any]) -> str:
        """What the function is called in the program; its definition is added if it is not there."""
        plain = inspect.unwrap(function)
        name = plain.__name__
        if name not in self.texts:
            self.texts[name] = ""  # so that a function may call itself
            try:
                text = TEXTS.get(function) or self.definition(plain)
            finally:
                del self.texts[name]
            self.texts[name] = text  # after what it calls
        return name

    def definition(self, function: Callable[..., Any]) -> str:
        """The text of a function, without decorators and type hints; what it refers to is defined or imported as well."""
        try:
            tree: ast.stmt | None = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        except (OSError, TypeError, SyntaxError):
            tree = None
        if not isinstance(tree, ast.FunctionDef):
            raise messages.no_source_of(function)
        Plain().visit(tree)  # which changes it
        if (doc := ast.get_docstring(tree)) is not None:  # the first sentence of it
            tree.body[0] = ast.Expr(ast.Constant(" ".join(doc.split("\n\n")[0].split())))
        inside = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        inside |= {argument.arg for argument in ast.walk(tree) if isinstance(argument, ast.arg)}
        known = {**function.__globals__, **inspect.getclosurevars(function).nonlocals}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in inside:
                self.refer(node, known, function)
        return ast.unparse(tree)

    def refer(self, node: ast.Name, known: dict[str, Any], function: Callable[..., Any]) -> None:
        """A name that a function uses and does not make."""
        if node.id not in known:
            return  # a builtin
        value = known[node.id]
        if isinstance(value, ModuleType):
            self.modules[node.id] = f"import {value.__name__}" + (f" as {node.id}" if node.id != value.__name__ else "")
        elif isinstance(value, SimpleNamespace):  # how the rules name scipy.special
            self.modules["scipy.special"] = "import scipy.special"
            node.id = "scipy.special"
        elif isinstance(value, (int, float, str, tuple)):
            self.texts[node.id] = f"{node.id} = {value!r}"
        elif inspect.isfunction(value):
            node.id = self.name(value)
        else:
            raise messages.uses_a_value(function, node.id, value)
