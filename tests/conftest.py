"""The same run every time, with nothing left behind: Hypothesis draws from a fixed seed, and its folder goes at the end.

The linear algebra of each process keeps to one thread. Tests run side by side, and threads that wait for each other's cores
take more time than they save.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator

import pytest
from browsing import fixture_browser, fixture_open_page  # noqa: F401 - by their names, all tests can ask for them
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # NumPy reads them when it is imported

from tinygrad_lite.autograd import RULES  # noqa: E402

settings.register_profile("tests", database=None, derandomize=True, deadline=None)
settings.load_profile("tests")
FOLDER = tempfile.TemporaryDirectory(prefix="hypothesis-")
set_hypothesis_home_dir(FOLDER.name)


def pytest_unconfigure(config: pytest.Config) -> None:
    FOLDER.cleanup()


@pytest.fixture(autouse=True)
def rules_go_again() -> Iterator[None]:
    """The primitives that a test makes, or a program that it runs, are gone after it: others look at all rules there are."""
    before = list(RULES)
    yield
    for function in set(RULES).difference(before) if list(RULES) != before else ():
        if hasattr(function, "__wrapped__") and not str(function.__module__).startswith("tinygrad_lite"):
            del RULES[function]
