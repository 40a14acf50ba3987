"""What the file check.py of an exercise is made of: calls of the learner's functions, numbers on paper, and known mistakes.

Flows in: the names that the learner's file defines. Flows out: a `Finding` about the smallest input on which the answer is
wrong, with a hint for the mistake that was made; or None if all is right.

A check knows what is right before the learner's file runs, so that nothing in this file can change it.
"""

from __future__ import annotations

import copy
import inspect
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from .comparing import alike, both, counted, has_gap, kind, mismatch, numbers, plain, shown, typed
from .errors import error_lines
from .finding import Finding
from .slips import Slip, hints_for
from .trials import Case, Trial, has_changed, size


@dataclass(frozen=True)
class Calls:
    """A function that the learner writes, called with many inputs.

    name:     of the function
    cases:    the inputs, each a tuple of arguments. The first ones, `shown` of them, are in the task; the others are hidden.
              If what is computed from them is not in the task, `shown` is 0
    expected: what is right for an input, a function of the same arguments; it may return a `Wanted`
    hints:    the first and the second, for mistakes that are not among the slips
    slips:    the mistakes that are known
    compute:  what is computed with the function and the arguments of a case, if it is not the plain call; and
    about:    what that is, in words: "the gradient of hill"
    tolerance: how far a result may be off, relative to the right one
    """

    name: str
    cases: Sequence[Case]
    expected: Callable[..., Any]
    hints: tuple[str, str]
    slips: Sequence[Slip] = ()
    compute: Callable[..., Any] | None = None
    about: str = ""
    tolerance: float = 1e-6
    shown: int = 1

    def prepared(self) -> Callable[[Mapping[str, Any], Path, Callable[[str], str]], Finding | None]:
        """Compute what is right, and return the check that uses it."""
        with np.errstate(all="ignore"):
            trials = [Trial(case, self.expected(*copy.deepcopy(case))) for case in self.cases]
        return lambda names, path, heading: self.judged(trials, names, path, heading)

    def judged(
        self, trials: Sequence[Trial], names: Mapping[str, Any], path: Path, heading: Callable[[str], str]
    ) -> Finding | None:
        """The finding about the smallest input that is wrong."""
        function = names.get(self.name)
        if not callable(function):
            is_there = (
                f"{self.name} is {kind(function)}, not a function" if self.name in names else f"there is no {self.name}"
            )
            said = f"In {path.name}, {is_there}. The task needs a function that begins with:"
            return Finding(said, lines=heading(self.name) or f"def {self.name}(...):")
        if self.compute is None and (said := does_not_take(function, self.cases[0])):
            line = heading(self.name)
            return Finding(f"{self.name} {said}. In the task it begins with:", lines=line)
        done = [self.tried(function, trial) for trial in trials]
        wrong = sorted((trial for trial in done if not trial.is_right(self.tolerance)), key=lambda trial: size(trial.case))
        if not wrong:
            return None
        found = self.finding(wrong[0], path, list(inspect.signature(self.expected).parameters))
        return replace(found, hints=hints_for(done, wrong, self.slips, self.hints, self.shown, self.tolerance))

    def tried(self, function: Callable[..., Any], trial: Trial) -> Trial:
        """Call the function with copies, and look whether it changed them."""
        case = copy.deepcopy(trial.case)
        try:
            if self.compute is None:
                found = function(*case)
            else:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of ours, about lines of ours; the report says it in other words
                    found = self.compute(function, *case)
        except (MemoryError, EOFError):  # which are told about the whole file
            raise
        except Exception as error:
            return replace(trial, found=error)
        changed = [i for i, (after, before) in enumerate(zip(case, trial.case)) if has_changed(after, before)]
        return replace(trial, found=found, changed=changed[0] if changed else None)

    def finding(self, trial: Trial, path: Path, parameters: Sequence[str]) -> Finding:
        """The report about one input, without hints."""
        rows = [(name, typed(value)) for name, value in zip(parameters, trial.case)]
        what = self.about or self.name
        if trial.meets_gap():
            return Finding(f"{self.name} still has its gap, the `...`. Write your answer in its place.")
        if isinstance(trial.found, BaseException):
            return Finding(f"For this input, {what} fails with an error:", rows, error_lines(trial.found, path))
        if trial.changed is not None:
            return Finding(f"For this input, {self.name} changes its argument {parameters[trial.changed]}:", rows)
        if said := mismatch(plain(trial.found), trial.expected):
            found = [] if trial.found is None or callable(trial.found) else [("found", shown(trial.found))]
            right = ("expected", shown(trial.expected))
            return Finding(f"For this input, the result of {what} {said}:", [*rows, right, *found])
        expected, text = both(trial.expected, trial.found)
        return Finding(f"For this input, {what} is wrong:", [*rows, ("expected", expected), ("found", text)])


@dataclass(frozen=True)
class Numbers:
    """Numbers that the learner computes on paper, and writes into the file as values of variables.

    expected: of each name, in the order in which they are computed, the right value
    slips:    known mistakes: the name, the value that comes out of the mistake, and the hint
    hints:    of each name, the first and the second hint
    """

    expected: Mapping[str, Any]
    hints: Mapping[str, tuple[str, str]]
    slips: Sequence[tuple[str, Any, str]] = ()
    tolerance: float = 1e-3

    def prepared(self) -> Callable[[Mapping[str, Any], Path, Callable[[str], str]], Finding | None]:
        """The check: nothing has to be computed for it."""
        return self.judged

    def judged(self, names: Mapping[str, Any], path: Path, heading: Callable[[str], str]) -> Finding | None:
        """The finding about the first number that is wrong."""
        for name, expected in self.expected.items():
            if name not in names:
                return Finding(f"In {path.name} there is no {name}. Add a line with it: {name} = …", hints=self.hints[name])
            found = plain(names[name])
            if alike(found, expected, self.tolerance):
                continue
            if said := mismatch(found, expected):
                if has_gap(found):
                    return Finding(f"{name} is not filled in yet: it still has its gap, the `...`.", hints=self.hints[name])
                return Finding(f"{name} {said}.", [("found", shown(found))], hints=self.hints[name])
            hint = next((hint for of, value, hint in self.slips if of == name and alike(found, value, self.tolerance)), None)
            first, second = self.hints[name]
            if hint is None and is_rounded(found, expected):
                hint = "That is nearly right. Write three digits, or let Python compute it: 1 / 3 instead of 0.33."
            rows = [("found", shown(found))]
            return Finding(f"{name} is not right.", rows, hints=(hint or first, second), late=shown(expected))
        return None


def is_rounded(found: Any, expected: Any) -> bool:
    """Whether it is right but for its digits."""
    return numbers(found) is not None and alike(found, expected, 0.02)


def does_not_take(function: Callable[..., Any], case: Case) -> str:
    """What is wrong with the parameters of a function, if it cannot be called with these arguments."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ""
    try:
        signature.bind(*case)
    except TypeError:
        return f"takes {counted(len(signature.parameters), 'argument')}, and the task calls it with {len(case)}"
    return ""
