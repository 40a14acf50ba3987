"""The outcome of a check in words.

Flows in: an `Outcome`, and how often the exercise was tried. Flows out: a text, and the list of all exercises.
"""

from __future__ import annotations

import textwrap

from .alone import Outcome
from .catalogue import CHAPTERS, Exercise, exercises
from .progress import Notes

WIDTH = 100
LINES = 8  # of what the learner's file printed


def report(exercise: Exercise, outcome: Outcome, tries: int, notes: Notes, program: str) -> str:
    """What a check found. `tries` counts the wrong answers in a row, with this one; `program` is how the command begins."""
    parts = [printed(outcome.printed, outcome.printed_more)]
    if outcome.left_running:
        parts.append(filled("Your file started another process, which was still running at the end. It was stopped."))
    if outcome.finding is None:
        return "\n\n".join(filter(None, [*parts, right(exercise, notes, program)]))
    found, rows = outcome.finding, list(outcome.finding.rows)
    if found.late and tries > 2:
        rows.insert(0, ("expected", found.late))
    parts.append(filled(f"Not yet right. {found.said}"))
    width = max((len(name) for name, _ in rows), default=0)
    parts.append("\n".join(f"  {name:<{width}}  {text}" for name, text in rows))
    parts.append(textwrap.indent(filled(found.lines), "  "))
    first, second = found.hints
    parts.append(filled(f"Hint: {first}" if first else ""))
    parts.append(filled(f"Second hint: {second}" if second and tries > 1 else ""))
    if tries > 2:
        parts.append(f"Our answer:  {program} solution {exercise.name}")
    return "\n\n".join(filter(None, parts))


def printed(text: str, is_cut: bool = False) -> str:
    """What the learner's file printed, not too much of it. `is_cut`: whether this is only its beginning."""
    lines = text.rstrip().splitlines()
    if not lines:
        return ""
    count = len(lines) - LINES
    more = ["… and much more"] if is_cut else [f"… and {count} more line{'s' * (count != 1)}"] if count > 0 else []
    return "Your file printed:\n\n" + textwrap.indent("\n".join([*(line[:200] for line in lines[:LINES]), *more]), "  ")


def right(exercise: Exercise, notes: Notes, program: str) -> str:
    """The answer is right; and what to do next."""
    everything = list(exercises())
    here = everything.index(exercise)
    left = [one for one in everything[here + 1 :] + everything[:here] if not done(one, notes)]
    lines = ["Right.", f"\nCompare with our answer:  {program} solution {exercise.name}"]
    if left:
        lines.append(f"Next:  {program} start {left[0].name}")
    return "\n".join(lines)


def done(exercise: Exercise, notes: Notes) -> bool:
    """Whether an answer was right once."""
    return exercise.name in notes and notes[exercise.name]["done"]


def listed(notes: Notes) -> str:
    """All exercises by chapter, each with its title, and whether it is done."""
    everything = list(exercises())
    width = max(len(one.name) for one in everything)
    lines = []
    for chapter, (title, _) in CHAPTERS.items():
        lines.append(f"\n{chapter}  {title}")
        for one in everything:
            if one.chapter == chapter:
                lines.append(f"   {'done' if done(one, notes) else '':4}  {one.name:<{width}}  {one.title}")
    count = sum(done(one, notes) for one in everything)
    return "\n".join(lines).lstrip("\n") + f"\n\n{count} of {len(everything)} are done."


def filled(text: str) -> str:
    """A text in lines of a readable length. Lines that were short enough stay as they are."""
    return "\n".join(
        textwrap.fill(line, WIDTH, break_on_hyphens=False, break_long_words=False) if len(line) > WIDTH else line
        for line in text.splitlines()
    )
