"""The chapters and their exercises, in order; and what belongs to an exercise.

Flows in: the name of an exercise, which is also that of its folder in tasks/. Flows out: an `Exercise`: the task as the
learner gets it, our solution, and the checks.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TASKS = Path(__file__).parent / "tasks"
CHAPTERS = {
    1: ("A curve and a guess", "error_on_paper rmse best_guess"),
    2: ("Which way is down", "slope_on_paper line_gradient central_differences"),
    3: ("The chain rule on a graph", "chain_on_paper sum_over_paths find_the_slip"),
    4: ("Build the engine", "mend_the_walk unbroadcast write_a_rule"),
    5: ("See it", "fill_the_boxes parts_of_a_gradient like_source"),
    6: ("Break it", "shapes_in_a_loss loop_that_learns value_that_left"),
    7: ("Descend", "choose_a_rate momentum newton"),
    8: ("Any function", "one_unit two_layers_are_one count_parameters"),
    9: ("Which class", "softmax cross_entropy gradient_of_scores"),
    10: ("Images", "output_size convolve pool_backward"),
    11: ("When it goes wrong", "safe_root dead_network check_a_gradient early_stopping"),
    12: ("What the big ones do differently", "from_pytorch in_pieces needed_lines"),
}


@dataclass(frozen=True)
class Exercise:
    """One exercise: its name, its chapter, and the folder with its three files."""

    name: str
    chapter: int
    folder: Path

    @property
    def start(self) -> str:
        """The file that the learner gets: the task in its docstring, and a gap."""
        return (self.folder / "start.py").read_text(encoding="utf-8")

    @property
    def solution(self) -> str:
        """Our answer, as a file of the same kind."""
        return (self.folder / "solution.py").read_text(encoding="utf-8")

    @property
    def title(self) -> str:
        """The first line of the task."""
        return (ast.get_docstring(ast.parse(self.start)) or "").partition("\n")[0].rstrip(".")

    @property
    def checks(self) -> list[Any]:
        """What is checked, one after the other. See checks.py."""
        found: list[Any] = importlib.import_module(f"{__package__}.tasks.{self.name}.check").CHECKS
        return found

    def heading(self, function: str) -> str:
        """The line that begins a function in the task: ``def rmse(actual, guess):``."""
        lines = self.start.splitlines()
        return next((line for line in lines if line.startswith((f"def {function}(", f"class {function}"))), "")


def exercises() -> Iterator[Exercise]:
    """All of them, in the order of the course."""
    for chapter, (_, names) in CHAPTERS.items():
        yield from (Exercise(name, chapter, TASKS / name) for name in names.split())


def exercise(name: str) -> Exercise | None:
    """The one of this name, if there is one."""
    return next((one for one in exercises() if one.name == name), None)
