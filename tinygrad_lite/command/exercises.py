"""exercises: lists the exercises, starts one, checks it, or shows our solution.

Flows in: what to do, and the name of an exercise or of the learner's file. Flows out: a new file, or a text; and the exit
code: 0, or 1 if the answer is not right yet.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from ..exercises import progress
from ..exercises.alone import checked
from ..exercises.catalogue import Exercise, exercise, exercises
from ..exercises.report import done, listed, report
from ..exercises.starting import start
from .stopping import PROGRAM, Stop

COMMAND = " ".join([*PROGRAM, "exercises"])
ALL_HINTS = 2  # the try that both hints are shown at, also where nobody counts
ABOUT = {
    "start": "write the file with the task into this folder",
    "check": "say whether the answer in the file is right",
    "solution": "show our answer",
}


def run(action: str | None, name: str | None) -> int:
    """Do what the command says. Returns the exit code."""
    if action is None or name is None:
        notes, complaint = kept()
        print(listed(notes))
        if left := next((one for one in exercises() if not done(one, notes)), None):
            print(f"\nStart one:  {COMMAND} start {left.name}")
        if complaint:
            print(f"\n{complaint}")
        return 0
    one = found(name)
    if action == "solution":
        print(one.solution, end="")
        return 0
    if action == "start":
        return started(one)
    return judged(one, Path(name if name.endswith(".py") else f"{name}.py"))


def found(name: str) -> Exercise:
    """The exercise that is meant: by its name, or by the learner's file."""
    stem = Path(name).stem
    if one := exercise(stem):
        return one
    names = [one.name for one in exercises()]
    likely = difflib.get_close_matches(stem, names, 1)
    hint = f" Did you mean {likely[0]}?" if likely else ""
    if name.endswith(".py") and Path(name).is_file():
        hint = f" The name of a file says which exercise it is of, as {names[1]}.py does.{hint}"
    raise Stop(f"There is no exercise {stem!r}.{hint} The list of all:  {COMMAND}")


def started(one: Exercise) -> int:
    """Write the learner's file."""
    try:
        path = start(one, Path())
    except FileExistsError:
        raise Stop(
            f"{one.name}.py is in this folder already, and was not changed. To start again, first give it another name.\n"
            f"Check it:  {COMMAND} check {one.name}"
        ) from None
    except OSError as error:
        raise Stop(f"Cannot write {one.name}.py: {error.strerror}.") from None
    print(f"Wrote {path}. Do the task that is in it, and then:  {COMMAND} check {one.name}")
    return 0


def judged(one: Exercise, path: Path) -> int:
    """Check the learner's file, and print the report."""
    if not path.is_file():
        raise Stop(
            f"There is no {path} here. If you have begun the exercise, go to the folder of the file first (cd FOLDER).\n"
            f"Start the exercise:  {COMMAND} start {one.name}"
        )
    outcome = checked(one.name, path)
    right = outcome.finding is None
    notes, complaint = kept((one.name, right))
    tries = notes[one.name]["tries"] if one.name in notes else ALL_HINTS
    print(report(one, outcome, tries, notes, COMMAND))
    if complaint:
        print(f"\n{complaint}")
    return 0 if right else 1


def kept(check: tuple[str, bool] | None = None) -> tuple[progress.Notes, str]:
    """The notes of what is done, after one more check is written down; and what to say if they cannot be kept."""
    failed = f"Your progress could not be {'written down' if check else 'read'}:"
    try:
        return progress.add(*check) if check else progress.read(), ""
    except ImportError as error:
        return {}, f"Your progress is not kept. {error}"
    except OSError as error:
        return {}, f"{failed} {error.strerror}, {error.filename}."
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}, f"{failed} {progress.file()} is damaged. Delete it to begin a new one."
