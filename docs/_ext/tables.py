"""The table of derivatives, made from the registry, so that it grows with it.

Flows in: the rules that are registered, and the text of the files they were written in. Flows out: HTML tables.
"""

from __future__ import annotations

import ast
import html
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from IPython.display import HTML

import tinygrad_lite as tg
import tinygrad_lite.rules
from tinygrad_lite.autograd import RULES
from tinygrad_lite.messages import name_of
from tinygrad_lite.protocols.calling import CONSTANT, PLAIN, REFUSED
from tinygrad_lite.protocols.compositions import COMPOSITIONS

ALL = tinygrad_lite.rules.__name__ + "."
for found in pkgutil.walk_packages(tinygrad_lite.rules.__path__, ALL):
    importlib.import_module(found.name)  # also those that wait until one of their functions meets a Tensor
SHOWN: set[Any] = set()  # the functions whose rules are on the page so far
NOT_ARGUMENTS = {"signature", "run", "ignore", "broadcasts", "summed"}


def code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>"


def name(function: Any) -> str:
    """``np.sin``, ``tg.relu``, or the plain name of a helper."""
    plain = getattr(function, "__name__", "")
    return f"tg.{plain}" if getattr(tg, plain, None) is function else name_of(function)


def table(heads: list[str], rows: Iterator[list[str]] | list[list[str]]) -> str:
    head = "".join(f"<th>{h}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table class="derivatives"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def written(module: ModuleType) -> dict[Any, dict[str, str]]:
    """For each function that has its rule in this file, the text of each vjp."""
    source = inspect.getsource(module)
    found: dict[Any, dict[str, str]] = {}
    for node in ast.parse(source).body:
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Call)
            and getattr(node.value.func, "id", "") == "derivative"
        ):
            function = eval(ast.unparse(node.value.args[0]), vars(module))
            found[function] = {str(k.arg): ast.unparse(k.value) for k in node.value.keywords if k.arg not in NOT_ARGUMENTS}
    return found


def derived(module: ModuleType, text: str) -> str:
    """If the vjp is a named function of the file, the first sentence of what its docstring says."""
    called = text.split(":", 1)[-1].split("(")[0].strip()
    helper = vars(module).get(called)
    doc = inspect.getdoc(helper) if inspect.isfunction(helper) and helper.__module__ == module.__name__ else None
    return "" if not doc else "<small>" + html.escape(" ".join(doc.split("\n\n")[0].split())).replace("`", "") + "</small>"


def chapter(name_of_file: str) -> HTML:
    """One file of rules as a table: the function, the argument, the derivative."""
    module = importlib.import_module(ALL + name_of_file)
    SHOWN.update(written(module))
    rows = [
        [code(name(function)), code(argument), code(text.split(": ", 1)[-1]) + derived(module, text)]
        for function, vjps in written(module).items()
        for argument, text in vjps.items()
    ]
    return HTML(table(["function", "argument", "its vector-Jacobian product"], iter(rows)))


def check_complete() -> None:
    """Every rule that is registered was shown above."""
    left_out = ", ".join(sorted(map(name, set(RULES) - SHOWN)))
    assert not left_out, f'{left_out}: not in the table of derivatives. Add tables.chapter("FILE") to docs/derivatives.md.'


def names(functions: Any) -> HTML:
    """A list of functions, in alphabetical order."""
    return HTML("<p>" + ", ".join(code(n) for n in sorted({name(f) for f in functions})) + "</p>")


def composed() -> HTML:
    return names(COMPOSITIONS)


def of_numpy(functions: Any) -> HTML:
    """Those of a list that are NumPy's; the methods of ufuncs have a table of their own."""
    return names(f for f in functions if name_of(f).startswith("np.") and not isinstance(f, tuple))


def ruled() -> HTML:
    return of_numpy(RULES)


def written_with_others() -> HTML:
    return of_numpy(COMPOSITIONS)


def plain() -> HTML:
    return of_numpy(PLAIN)


def constant() -> HTML:
    return of_numpy(CONSTANT)


def methods() -> HTML:
    """For each method of ufuncs, the ufuncs for which it has a gradient, gives plain arrays, or is refused."""
    lists = (COMPOSITIONS, PLAIN, REFUSED)
    rows = []
    for method in ("reduce", "accumulate", "reduceat", "outer", "at"):
        found = [sorted(f[0].__name__ for f in members if isinstance(f, tuple) and f[1] == method) for members in lists]
        rows.append([code(f".{method}"), *(" ".join(map(code, ufuncs)) for ufuncs in found)])
    return HTML(table(["method", "has a gradient", "plain array", "refused"], rows))


def refused() -> HTML:
    """Each refused function, why, and what to write."""
    rows = [[code(name(f)), in_code(reason)] for f, reason in REFUSED.items() if not isinstance(f, tuple)]
    return HTML(table(["function", "why, and what to write"], rows))


def in_code(reason: str) -> str:
    """A reason as a sentence, with its code set as code."""
    text = "".join(code(part) if i % 2 else html.escape(part) for i, part in enumerate(reason.split("`")))
    return text[:1].upper() + text[1:]
