"""Which exercises are done, and how often each was tried: a JSON file in the user's data folder.

Flows in: the name of an exercise, and whether the answer was right. Flows out: the notes of all exercises. Where no file can
be kept, an error says why; an exercise can be checked all the same.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TypedDict

from .. import messages


class Note(TypedDict):
    """What is kept of an exercise: the answer was right once; and the wrong answers in a row."""

    done: bool
    tries: int


Notes = dict[str, Note]


def file() -> Path:
    """Where the notes are. Raises ImportError without platformdirs."""
    try:
        import platformdirs
    except ImportError as error:
        raise messages.not_installed("Progress", "platformdirs", "exercises") from error
    return Path(platformdirs.user_data_dir("tinygrad_lite", appauthor=False)) / "exercises.json"


def read() -> Notes:
    """The notes so far. Raises ImportError without platformdirs; OSError or ValueError if the file cannot be read."""
    try:
        found = json.loads(file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {name: {"done": bool(note["done"]), "tries": int(note["tries"])} for name, note in dict(found).items()}


def add(name: str, right: bool) -> Notes:
    """Write down one more check, and return the notes. Raises as `read` does."""
    notes = read()
    before = notes.get(name, {"done": False, "tries": 0})
    notes[name] = {"done": before["done"] or right, "tries": 0 if right else before["tries"] + 1}
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f"{path.name}.{os.getpid()}")
    written.write_text(json.dumps(notes, indent=1) + "\n", encoding="utf-8")
    os.replace(written, path)  # so that the file is never half written
    return notes
