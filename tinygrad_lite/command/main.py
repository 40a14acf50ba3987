"""The command: show the function in a file as a picture, a table, a page or a program, without writing code for it.

    python -m tinygrad_lite draw fit.py:loss --arg a=2.0

Flows in: a Python file, the name of a function in it, values for its parameters. Flows out: a file or a text, and an exit
code: 0; or 1 if the reader's own program fails, or its gradient is wrong; or 2 if the command is not understood.
"""

from __future__ import annotations

import argparse
import sys
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..graphs.names import split_index
from ..messages.options import in_a_shell
from . import exercises
from .checking import check
from .examples import examples
from .showing import draw, explain, playground, source, step
from .stopping import PROGRAM, Stop, quoted
from .values import call_in, given

ABOUT = """Show what a function computes, and how its gradient comes about.

  python -m tinygrad_lite draw fit.py:loss --arg a=2.0         the graph, as a picture
  python -m tinygrad_lite explain fit.py:loss --arg a=2.0      a table: each step forward, each step back
  python -m tinygrad_lite step fit.py:loss --arg a=2.0 --open  a page to step through it
  python -m tinygrad_lite playground fit.py:loss --arg a=2.0   a page to drag a, and to descend
  python -m tinygrad_lite source fit.py:loss --arg a=2.0       the gradient as a NumPy program
  python -m tinygrad_lite check fit.py:loss --arg a=2.0        whether the gradient is right
  python -m tinygrad_lite examples                             the list of our examples
  python -m tinygrad_lite exercises                            the list of exercises, which check themselves
"""
ARGUMENTS = """What the function is called with:

  --arg a=2.0 gives a value to the parameter a. To the right of = is Python, which knows np and the names of the file.
  --arg "w=[0.5, -1.0]" gives an array: lists of numbers become arrays. --arg "x=np.linspace(-5, 5, 100)" gives another.
  A parameter that is not given gets the value of a variable of that name in the file, or else its default.

  The gradient is taken with respect to what is given, if it is a float, or an array or a dict of floats. All else is
  data. --arg w, without a value, is for a parameter that has one already. What --wrt names counts as given. Without any
  --arg, the gradient is taken with respect to all floats, or to the Tensors, if there are any.
"""


def element(text: str) -> tuple[int, ...] | str:
    """An index, ``0,3``; or with the name of the array, ``out[0,3]``."""
    if split_index(text):
        return text
    try:
        return tuple(int(part) for part in text.strip("()[], ").split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not the index of an element, such as 0,3 or out[0,3]") from None


class Command(NamedTuple):
    """What a command does with a call, what its help says, and its options besides --arg."""

    run: Callable[..., Path | None]
    about: str
    options: str
    out: str = ""


PICTURE, TABLE = "a file: .svg .png .pdf .dot .mmd (FUNCTION.svg)", "a file: .txt .md .html (printed)"
COMMANDS = {
    "draw": Command(draw, "draw the graph", "wrt depth backward fold max-nodes open", PICTURE),
    "explain": Command(explain, "show each step as a table", "wrt element limit open", TABLE),
    "source": Command(source, "write the gradient as a NumPy program", "order", "a file: .py (printed)"),
    "step": Command(step, "make a page to step through it", "element open", "a file: .html (FUNCTION.html)"),
    "playground": Command(
        playground, "make a page with sliders for the parameters", "open", "a file: .html (FUNCTION_playground.html)"
    ),
    "check": Command(check, "check a gradient against differences of the values", "gradient order"),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "wrt": {"metavar": "NAME", "help": "follow the gradient with respect to this value, or to an element of it: w[0,3]"},
    "element": {"metavar": "I,J", "type": element, "help": "follow this element of the arrays, such as 0,3 or out[0,3]"},
    "depth": {"metavar": "N", "type": int, "help": "open functions down to this depth; 0 shows each as one box"},
    "backward": {"action": "store_true", "help": "draw the backward pass as well"},
    "fold": {"action": "store_true", "help": "show only one of the equal rounds of a loop"},
    "max-nodes": {"metavar": "N", "type": int, "help": "the largest number of values to draw (2000)"},
    "limit": {"metavar": "N", "type": int, "help": "the largest number of rows (200), or of paths (12)"},
    "order": {"type": int, "choices": (1, 2), "default": 1, "help": "2: second derivatives as well"},
    "gradient": {"metavar": "NAME", "help": "a gradient derived by hand: a function in the same file, or FILE.py:FUNCTION"},
    "open": {"action": "store_true", "help": "open the result in the browser"},
}


def command_line() -> argparse.ArgumentParser:
    """What can be typed."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog=" ".join(PROGRAM), description=ABOUT, formatter_class=raw)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, command in COMMANDS.items():
        title = f"{command.about[0].upper()}{command.about[1:]}."
        sub = commands.add_parser(name, help=command.about, description=title, epilog=ARGUMENTS, formatter_class=raw)
        sub.add_argument("target", metavar="FILE.py:FUNCTION", help="without :FUNCTION if the file has only one function")
        sub.add_argument(
            "--arg", metavar="NAME=VALUE", type=given, action="append", default=[], help="a value for a parameter"
        )
        if command.out:
            sub.add_argument("--out", metavar="FILE", type=Path, help=command.out)
        for option in command.options.split():
            sub.add_argument(f"--{option}", **OPTIONS[option])
    sub = commands.add_parser("examples", help="list our examples, or run one", description="List our examples, or run one.")
    sub.add_argument("name", metavar="NAME", nargs="?", help="the example to run")
    sub.add_argument("options", metavar="...", nargs=argparse.REMAINDER, help="its options")
    about = "Exercises that check themselves. With no further words, this lists them, and says which are done."
    sub = commands.add_parser("exercises", help="list our exercises; start one, check it", description=about)
    actions = sub.add_subparsers(dest="action", metavar="ACTION", title="actions")
    for name, help_text in exercises.ABOUT.items():
        action = actions.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
        action.add_argument("name", metavar="NAME", help="the name of the exercise, or of its file")
    return parser


def run(args: argparse.Namespace, argv: Sequence[str]) -> None:
    """Call the function, and do with it what the command says."""
    call = call_in(args.target, args.arg, argv, getattr(args, "wrt", None))
    try:
        with in_a_shell():
            out = COMMANDS[args.command].run(call, args)
    except OSError as error:
        raise Stop(f"Cannot write {args.out}: {error.strerror}.") from None
    except (KeyError, ValueError, IndexError, TypeError, RuntimeError) as error:  # what was asked for is not there
        raise Stop(str(error.args[0])) from None
    if out is not None:
        print(f"Wrote {out}")
        if getattr(args, "open", False):
            webbrowser.open(out.resolve().as_uri())


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command says. Returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    parser = command_line()
    args, rest = parser.parse_known_args(argv)
    try:
        if rest:
            hint = f": each value has an --arg before it, --arg {quoted(rest[0])}" if "=" in rest[0].lstrip("-") else ""
            ask = " ".join([*PROGRAM, *filter(None, [args.command]), "--help"])
            raise Stop(f"{' '.join(rest)} is not understood{hint}. To see all options: {ask}")
        if args.command == "examples":
            return examples(args.name, args.options)
        if args.command == "exercises":
            return exercises.run(args.action, getattr(args, "name", None))
        if args.command:
            run(args, argv)
            return 0
    except Stop as stop:
        print(stop, file=sys.stderr)
        return stop.code
    parser.print_help(sys.stderr)
    return 2
