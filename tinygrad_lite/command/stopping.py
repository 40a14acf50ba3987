"""Ends a command that cannot be done, with a text that says why, and with the command that would have worked.

Flows in: the words as they were typed, and what is wrong with them. Flows out: a `Stop`, which `main` prints.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple

PROGRAM = ["python", "-m", "tinygrad_lite"]


class Stop(Exception):
    """The command ends here, with this text and this exit code."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


class Again(NamedTuple):
    """The command as it was typed, to be shown once more with something in it mended."""

    typed: Sequence[str]
    file: str
    target: str

    def command(self, function: str, instead: Mapping[str, str] | None = None, more: Sequence[str] = ()) -> str:
        """The command for this function, with other values in the place of some, and with more of them."""
        change = {self.target: f"{self.file}:{function}", **(instead or {})}
        change |= {f"--arg={word}": f"--arg={new}" for word, new in change.items()}
        words = [change.get(word, word) for word in self.typed]
        return " ".join(map(quoted, [*PROGRAM, *words, *(word for text in more for word in ("--arg", text))]))


def quoted(word: str) -> str:
    """A word as it is typed into a shell: where it needs quotes, in double quotes if possible, which all shells know."""
    if re.fullmatch(r"[\w@%+=:,./-]+", word):
        return word
    return shlex.quote(word) if set(word) & set('"$`\\!') else f'"{word}"'
