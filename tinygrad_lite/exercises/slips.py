"""The mistakes that learners often make, and which of them explains what came out.

Flows in: the trials of a function, and the mistakes that are known. Flows out: the two hints for the mistake that was made.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .comparing import Wanted, alike, plain
from .errors import NONE, hints_of
from .trials import Case, Trial

THE_SAME = (
    "The result is the same for every input, so your function does not use its arguments. Compute the result from them.",
    "Write the formula with the names of the parameters, and without numbers of the example.",
)
ONLY_SHOWN = (
    "The result is right for the example in the task, and wrong for other inputs. Something in it fits this example alone.",
    "Look for numbers in your function that come from the example, and for what is special in the example.",
)
CHANGED = (
    "What is passed to a function belongs to the caller. `x += 1`, `x[0] = 1` and `x.pop()` change the array or list itself; "
    "`x = x + 1` makes a new array.",
    "Begin with a copy: `x = x.copy()`.",
)


@dataclass(frozen=True)
class Slip:
    """A mistake that learners often make, with the hint for it.

    computes: what a function with this mistake returns; or
    when:     a test of what was found, and of the input: ``lambda found, x: found < 0``. What was found can be an
              error
    """

    hint: str
    computes: Callable[..., Any] | None = None
    when: Callable[..., bool] | None = None
    second: str = ""

    def fits(self, found: Any, case: Case, tolerance: float) -> bool:
        """Whether this mistake explains what was found."""
        try:
            with np.errstate(all="ignore"):
                if self.when is not None:
                    return bool(self.when(plain(found), *copy.deepcopy(case)))
                assert self.computes is not None
                return alike(found, self.computes(*copy.deepcopy(case)), tolerance)
        except Exception:  # the mistaken computation does not get to an end with this input
            return False


def hints_for(
    done: Sequence[Trial],
    wrong: Sequence[Trial],
    slips: Sequence[Slip],
    otherwise: tuple[str, str],
    shown: int,
    tolerance: float,
) -> tuple[str, str]:
    """The hints for the mistake that explains everything that is wrong; or the general ones."""
    if wrong[0].changed is not None:
        return CHANGED
    if wrong[0].meets_gap() or wrong[0].found is None:
        return otherwise
    if slip := slip_in(done, slips, otherwise, tolerance):  # a mistake that also explains what is right is the surer one
        return slip
    if is_constant(done):
        return THE_SAME
    if slip := slip_in(wrong, slips, otherwise, tolerance):
        return slip
    if isinstance(wrong[0].found, BaseException) and (hints := hints_of(wrong[0].found)) != NONE:
        return hints
    hidden = len(done) - shown
    if shown and len(wrong) > hidden // 2 and all(trial.is_right(tolerance) for trial in done[:shown]):
        return ONLY_SHOWN
    return otherwise


def slip_in(
    trials: Sequence[Trial], slips: Sequence[Slip], otherwise: tuple[str, str], tolerance: float
) -> tuple[str, str] | None:
    """The hints for the first known mistake that explains the results of all these trials."""
    for slip in slips:
        if all(slip.fits(trial.found, trial.case, tolerance) for trial in trials if trial.changed is None):
            return slip.hint, slip.second or otherwise[1]
    return None


def is_constant(trials: Sequence[Trial]) -> bool:
    """Whether the results are all the same, where they should differ."""
    first, *others = trials
    if any(isinstance(trial.found, BaseException) or isinstance(trial.expected, Wanted) for trial in trials):
        return False
    differ = any(not alike(trial.expected, first.expected, 1e-12) for trial in others)
    return differ and all(alike(trial.found, plain(first.found), 1e-12) for trial in others)
