"""Shows a function as a picture, a table, a page or a program.

Flows in: a `Call`, and the options. Flows out: the file that was written; or None, after something was printed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import tinygrad_lite as tg

from .from_file import users_program
from .stopping import Stop
from .values import Call


def draw(call: Call, args: argparse.Namespace) -> Path:
    """The picture."""
    graph = traced(call, backward=args.backward)
    limit = {} if args.max_nodes is None else {"max_nodes": args.max_nodes}
    drawing = tg.draw(graph, wrt=args.wrt, depth=args.depth, fold=args.fold or None, backward=args.backward, **limit)
    return drawing.save(args.out or Path(f"{call.name}.svg"))


def explain(call: Call, args: argparse.Namespace) -> Path | None:
    """The table."""
    table = tg.explain(traced(call), args.wrt, element=args.element, limit=args.limit)
    out = args.out or (Path(f"{call.name}_explained.html") if args.open else None)
    if out is None and sys.stdout.isatty():
        table.print()  # with colours
        return None
    return written(out, {".txt": table.text, ".md": table.markdown, ".html": table.html})


def step(call: Call, args: argparse.Namespace) -> Path:
    """The page."""
    return tg.step_through(traced(call), args.out or Path(f"{call.name}.html"), element=args.element)


def playground(call: Call, args: argparse.Namespace) -> Path:
    """The page in which the parameters can be dragged."""
    with users_program():
        page = tg.playground(call.function, *call.bound.args, **call.bound.kwargs)
    return page.save(args.out or Path(f"{call.name}_playground.html"))


def source(call: Call, args: argparse.Namespace) -> Path | None:
    """The program."""
    with users_program():
        if args.order == 2:
            program = tg.source(call.function, *call.bound.args, order=2, **call.bound.kwargs)
        else:
            program = tg.source(traced(call))
    return written(args.out, {".py": program.strip})


def traced(call: Call, backward: bool = True) -> tg.Graph:
    """The graph of the call."""
    with users_program():
        return tg.trace(call.function, backward=backward)(*call.bound.args, **call.bound.kwargs)


def written(out: Path | None, forms: Mapping[str, Callable[[], str]]) -> Path | None:
    """Write a text in the form that the suffix asks for; print it, in the first, if no file is given."""
    if out is None:
        print(next(iter(forms.values()))())
    elif out.suffix not in forms:
        raise Stop(f"--out {out}: the suffix chooses the format, and may be {', '.join(forms)}.")
    else:
        out.write_text(forms[out.suffix]().rstrip() + "\n", encoding="utf-8")
    return out
