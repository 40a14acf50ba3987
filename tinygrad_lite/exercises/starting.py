"""The learner's own copy of a task.

Flows in: an `Exercise`, and the folder that the learner is in. Flows out: a new file NAME.py. A file that is there is kept.
"""

from __future__ import annotations

from pathlib import Path

from .catalogue import Exercise


def start(exercise: Exercise, folder: Path) -> Path:
    """Write the task into the folder. Raises FileExistsError if a file of this name is there."""
    path = folder / f"{exercise.name}.py"
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(exercise.start)
    return path
