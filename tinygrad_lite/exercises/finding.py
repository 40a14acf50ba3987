"""What a check found: the sentence, the numbers, the learner's lines and the hints of a report.

Flows in: what is wrong, in pieces. Flows out: a `Finding`, which the process of a check writes down, and of which report.py
makes a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
