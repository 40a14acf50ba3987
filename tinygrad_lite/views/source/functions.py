"""Functions that NumPy does not have, as source: a primitive, and what it calls, without what only this package needs.

Flows in: a function of ours or of the user's. Flows out: its definition as text that runs with NumPy (and SciPy, where it
needs that itself), and the modules it uses.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from ... import messages
from ...protocols.primitives import put
from ...rules.decompositions import all_independent, equal_values, zero_values
from ...rules.indexing import scatter

TEXTS: dict[Callable[..., Any], str] = {  # functions whose own text is also about other libraries' arrays, or has checks
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
    equal_values: '''\
def equal_values(function, shape, values, error, g_values, *g_vectors):
    """At i, j: is λⱼ = λᵢ, within `error`?"""
    equal = np.abs(values[..., None, :] - values[..., :, None]) <= error[..., None]
    used = np.any([g_values != 0, *(np.any(g != 0, axis=-2) for g in g_vectors)], axis=0)
    if np.any(equal & (used[..., None, :] | used[..., :, None]) & ~np.eye(shape[-1], dtype=bool)):
        raise np.linalg.LinAlgError(f"np.linalg.{function}: vectors of equal values have no derivative")
    return equal''',
    zero_values: '''\
def zero_values(shape, values, error, g_values, *g_vectors):
    """Which singular values are 0, within `error`?"""
    zero = values <= error
    if np.any(zero & np.any([g_values != 0, *(np.any(g != 0, axis=-2) for g in g_vectors)], axis=0)):
        raise np.linalg.LinAlgError("np.linalg.svd: this vector of the singular value 0 has no derivative")
    return zero''',
    all_independent: '''\
def all_independent(function, v, g):
    """Does each matrix have as many independent vectors as rows?"""
    s = np.linalg.svd(v, compute_uv=False)
    defective = np.any(s <= 10 * s.shape[-1] ** 0.5 * np.finfo(s.dtype).eps * s[..., :1], axis=-1)
    if np.any(defective & np.any(g != 0, axis=-1)):
        raise np.linalg.LinAlgError(f"np.linalg.{function}: values with too few independent vectors have no derivative")
    return ~defective''',
}


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
            self.texts[name] = TEXTS.get(function) or self.definition(plain)
            self.texts[name] = self.texts.pop(name)  # after what it calls
        return name

    def definition(self, function: Callable[..., Any]) -> str:
        """The text of a function, without decorators and type hints; what it refers to is defined or imported as well."""
        try:
            tree: ast.stmt | None = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
        except (OSError, TypeError, SyntaxError):
            tree = None
        if not isinstance(tree, ast.FunctionDef):
            raise messages.no_source_of(function)
        tree.decorator_list, tree.returns = [], None
        if (doc := ast.get_docstring(tree)) is not None:  # the first sentence of it
            tree.body[0] = ast.Expr(ast.Constant(" ".join(doc.split("\n\n")[0].split())))
        for part in ast.walk(tree):
            if isinstance(part, ast.arg):
                part.annotation = None
            elif isinstance(part, ast.FunctionDef):
                part.returns = None
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
