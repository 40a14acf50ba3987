"""The command: show the function in a file as a picture, a table, a page or a program, without writing any code for that.

    python -m tinygrad_lite draw fit.py:loss --arg a=2.0

Flows in: a Python file, the name of a function in it, values for its parameters. Flows out: a file or a text, and an exit
code: 0, or 1 where the user's own program fails, or 2 where the command is not understood.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import textwrap
import traceback
import webbrowser
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import tinygrad_lite as tg

from .. import testing
from ..graphs.names import split_index
from ..views.wording import in_a_shell
from .checking import checked
from .from_file import PROGRAM, Stop, call_in, examples_folder, given, quoted, users_program

ABOUT = """Show what a function computes, and how its gradient comes about.

  python -m tinygrad_lite draw fit.py:loss --arg a=2.0         the graph, as a picture
  python -m tinygrad_lite explain fit.py:loss --arg a=2.0      a table: each step forward, each step back
  python -m tinygrad_lite step fit.py:loss --arg a=2.0 --open  a page to step through it
  python -m tinygrad_lite source fit.py:loss --arg a=2.0       the gradient as a NumPy program
  python -m tinygrad_lite check fit.py:loss --arg a=2.0        whether the gradient is right
  python -m tinygrad_lite examples                             what there is to run and read
"""
ARGUMENTS = """What the function is called with:

  --arg a=2.0 says what a is; to the right is Python, in which the names of the file and np are known:
  --arg "w=[0.5, -1.0]" is an array, as lists of numbers are; --arg "x=np.linspace(-5, 5, 100)" is another.
  What is not given is taken from a variable of that name in the file, or else is the parameter's default.

  The gradient is taken with respect to what is given, if it is a float, or an array or a dict of floats; all else is
  data. --arg w, without a value, is for a parameter that has one already. What --wrt names counts as given. With no
  --arg at all, all floats count, or the Tensors, if there are any.
"""


# --- what is shown --------------------------------------------------------------------------------------------------------


def show(args: argparse.Namespace, argv: Sequence[str]) -> None:
    """Call the function, and show what it computed."""
    call = call_in(args.target, args.arg, argv, getattr(args, "wrt", None))
    made: Any
    with users_program():
        if args.command == "source" and args.order == 2:
            made = tg.source(call.function, *call.args, order=2, **call.keywords)
        else:
            made = tg.trace(call.function, backward=args.backward)(*call.args, **call.keywords)
            made = tg.source(made) if args.command == "source" else made
    try:
        with in_a_shell():
            out = args.show(made, call.name, args)
    except OSError as error:
        raise Stop(f"Cannot write {args.out}: {error.strerror}.") from None
    except (KeyError, ValueError, IndexError, TypeError, RuntimeError) as error:  # what was asked for is not there
        raise Stop(str(error.args[0])) from None
    if out is not None:
        print(f"Wrote {out}")
        if getattr(args, "open", False):
            webbrowser.open(out.resolve().as_uri())


def draw(graph: tg.Graph, name: str, args: argparse.Namespace) -> Path:
    """The picture."""
    limit = {} if args.max_nodes is None else {"max_nodes": args.max_nodes}
    drawing = tg.draw(graph, wrt=args.wrt, depth=args.depth, fold=args.fold or None, backward=args.backward, **limit)
    return drawing.save(args.out or Path(f"{name}.svg"))


def step(graph: tg.Graph, name: str, args: argparse.Namespace) -> Path:
    """The page."""
    return tg.step_through(graph, args.out or Path(f"{name}.html"), element=args.element)


def explain(graph: tg.Graph, name: str, args: argparse.Namespace) -> Path | None:
    """The table."""
    table = tg.explain(graph, args.wrt, element=args.element, limit=args.limit)
    out = args.out or (Path(f"{name}_explained.html") if args.open else None)
    if out is None and sys.stdout.isatty():
        table.print()  # with colours
        return None
    return written(out, {".txt": table.text, ".md": table.markdown, ".html": table.html})


def source(program: str, name: str, args: argparse.Namespace) -> Path | None:
    """The program."""
    return written(args.out, {".py": program.strip})


def written(out: Path | None, forms: Mapping[str, Callable[[], str]]) -> Path | None:
    """Write a text in the form that the suffix asks for; print it, in the first, if no file is given."""
    if out is None:
        print(next(iter(forms.values()))())
    elif out.suffix not in forms:
        raise Stop(f"--out {out}: the suffix chooses what is written, and may be {', '.join(forms)}.")
    else:
        out.write_text(forms[out.suffix]().rstrip() + "\n", encoding="utf-8")
    return out


# --- what is checked ------------------------------------------------------------------------------------------------------


def check(args: argparse.Namespace, argv: Sequence[str]) -> None:
    """Check the gradient of the function, and say how far it agrees."""
    call = call_in(args.target, args.arg, argv)
    with users_program():
        try:
            lines = checked(call, args.gradient, args.order)
        except AssertionError as error:
            if traceback.extract_tb(error.__traceback__)[-1].filename != testing.__file__:
                raise  # an assert of the user's program
            raise Stop(str(error), 1) from None
        except TypeError as error:
            if traceback.extract_tb(error.__traceback__)[-1].filename != testing.__file__:
                raise
            raise Stop(str(error)) from None
    print("\n".join(lines))


# --- our examples ---------------------------------------------------------------------------------------------------------


def examples(name: str | None, options: Sequence[str]) -> int:
    """List the examples, or run one."""
    package, folder = Path(tg.__file__).parent, examples_folder()
    files = {path.stem: path for path in sorted(folder.glob("*.py"))}
    name = name and name.removesuffix(".py")
    if name in files:
        paths = [str(package.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        return subprocess.run([sys.executable, str(files[name]), *options], env=environment, check=False).returncode
    width, room = max(map(len, files)), shutil.get_terminal_size().columns
    indent = " " * (width + 4)
    listed = "\n".join(
        textwrap.fill(f"  {key:<{width}}  {first_line(path)}", room, subsequent_indent=indent) for key, path in files.items()
    )
    if name:
        raise Stop(f"There is no example {name!r}. There are:\n\n{listed}")
    print(f"{listed}\n\nRun one:  {' '.join(PROGRAM)} examples quadratic_fit\nThey are in {folder}")
    return 0


def first_line(path: Path) -> str:
    """What a program says of itself."""
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


# --- the command line -----------------------------------------------------------------------------------------------------


def element(text: str) -> tuple[int, ...] | str:
    """An index, ``0,3``; or with the name of the array, ``out[0,3]``."""
    if split_index(text):
        return text
    try:
        return tuple(int(part) for part in text.strip("()[], ").split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not the index of an element, as 0,3 or out[0,3] is") from None


def command_line() -> argparse.ArgumentParser:
    """What can be typed."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog=" ".join(PROGRAM), description=ABOUT, formatter_class=raw)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")

    def command(name: str, show: Callable[..., Any], about: str, out: str) -> Callable[..., Any]:
        title = f"{about[0].upper()}{about[1:]}."
        sub = commands.add_parser(name, help=about, description=title, epilog=ARGUMENTS, formatter_class=raw)
        sub.set_defaults(show=show, backward=True)
        option = sub.add_argument
        option("target", metavar="FILE.py:FUNCTION", help="the function may be left out if the file has only one")
        option("--arg", metavar="NAME=VALUE", type=given, action="append", default=[], help="a value for a parameter")
        if out:
            option("--out", metavar="FILE", type=Path, help=out)
        return option

    wrt = {"metavar": "NAME", "help": "follow the gradient with respect to this value, or to an element of it: w[0,3]"}
    at = {"metavar": "I,J", "type": element, "help": "follow this element of the arrays, such as 0,3 or out[0,3]"}
    look = {"action": "store_true", "help": "open the result in the browser"}
    option = command("draw", draw, "draw the graph", "the picture: .svg .png .pdf .dot .mmd (FUNCTION.svg)")
    option("--wrt", **wrt)
    option("--depth", metavar="N", type=int, help="open functions inside functions so far; 0 shows each as a box")
    option("--backward", action="store_true", default=False, help="draw the walk back as well")
    option("--fold", action="store_true", help="show one of several equal turns of a loop")
    option("--max-nodes", metavar="N", type=int, help="draw up to so many values (2000)")
    option("--open", **look)
    option = command("explain", explain, "tell each step, forward and back, as a table", "a file: .txt .md .html (printed)")
    option("--wrt", **wrt)
    option("--element", **at)
    option("--limit", metavar="N", type=int, help="show at most so many rows (200), or paths (12)")
    option("--open", **look)
    option = command("source", source, "write the gradient as a NumPy program", "a file: .py (printed)")
    option("--order", type=int, choices=(1, 2), default=1, help="2: second derivatives as well")
    option = command("step", step, "make a page to step through it", "the page: .html (FUNCTION.html)")
    option("--element", **at)
    option("--open", **look)
    about = "check a gradient against differences of the values"
    option = command("check", check, about, "")
    option("--gradient", metavar="NAME", help="a gradient derived by hand: a function in the same file, or FILE.py:FUNCTION")
    option("--order", type=int, choices=(1, 2), default=1, help="2: second derivatives as well")
    sub = commands.add_parser("examples", help="list our examples, or run one", description="List our examples, or run one.")
    sub.add_argument("name", metavar="NAME", nargs="?", help="the example to run")
    sub.add_argument("options", metavar="...", nargs=argparse.REMAINDER, help="its options")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command says. Returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    parser = command_line()
    args, rest = parser.parse_known_args(argv)
    try:
        if rest:
            hint = f": each value has an --arg before it, --arg {quoted(rest[0])}" if "=" in rest[0].lstrip("-") else ""
            ask = " ".join([*PROGRAM, *filter(None, [args.command]), "--help"])
            raise Stop(f"{' '.join(rest)} is not understood{hint}. What there is: {ask}")
        if args.command == "examples":
            return examples(args.name, args.options)
        if args.command == "check":
            check(args, argv)
            return 0
        if args.command:
            show(args, argv)
            return 0
    except Stop as stop:
        print(stop, file=sys.stderr)
        return stop.code
    parser.print_help(sys.stderr)
    return 2
