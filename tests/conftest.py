"""The same run every time, with nothing left behind: Hypothesis draws from a fixed seed, and its folder goes at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

from tinygrad_lite.autograd import RULES

settings.register_profile("tests", database=None, derandomize=True, deadline=None)
settings.load_profile("tests")
FOLDER = tempfile.TemporaryDirectory(prefix="hypothesis-")
set_hypothesis_home_dir(FOLDER.name)


def pytest_unconfigure(config: pytest.Config) -> None:
    FOLDER.cleanup()


@pytest.fixture(autouse=True)
def rules_go_again() -> Iterator[None]:
    """The primitives that a test makes, or a program that it runs, are gone after it: others look at all rules there are."""
    before = set(RULES)
    yield
    for function in set(RULES) - before:
        if hasattr(function, "__wrapped__") and not str(function.__module__).startswith("tinygrad_lite"):
            del RULES[function]
