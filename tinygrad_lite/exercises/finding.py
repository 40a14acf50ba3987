"""What a check found: the sentence, the numbers, the learner's lines and the hints of a report.

Flows in: what is wrong, in pieces. Flows out: a `Finding`, which the process of a check writes down, and of which report.py
makes a text.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """What is wrong: a sentence, rows such as ("expected", "2.0"), lines of the learner's program, and two hints.

    late: the row that is shown from the third try on, because it is the answer
    """

    said: str
    rows: Sequence[tuple[str, str]] = ()
    lines: str = ""
    hints: tuple[str, str] = ("", "")
    late: str = ""


def error_lines(error: BaseException, path: Path) -> str:
    """An error with the lines of the learner's file that led to it."""
    found = traceback.TracebackException.from_exception(error)
    found.stack = traceback.StackSummary.from_list([line for line in found.stack if line.filename == str(path)][-6:])
    found.__cause__, found.__context__ = None, None
    places = "".join(f"line {line.lineno}, in {line.name}\n    {line.line}\n" for line in found.stack)
    return (places + "".join(found.format_exception_only())).rstrip()
