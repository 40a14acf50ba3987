"""The same run every time, with nothing left behind: Hypothesis draws from a fixed seed, and its folder goes at the end.

The linear algebra of each process keeps to one thread. Tests run side by side, and threads that wait for each other's cores
take more time than they save.
"""

from __future__ import annotations

import gc
import os
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule
from browsing import fixture_browser, fixture_open_page  # noqa: F401 - by their names, all tests can ask for them
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.conjecture import providers

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # NumPy reads them when it is imported
# Containers set this one. Each of the many processes that tests start would compile all of the package anew, and pytest would
# rewrite the assertions of all tests again in each run, which takes it five seconds.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

from tinygrad_lite.autograd import RULES  # noqa: E402

settings.register_profile("tests", database=None, derandomize=True, deadline=None)
settings.load_profile("tests")
FOLDER = tempfile.TemporaryDirectory(prefix="hypothesis-")
set_hypothesis_home_dir(FOLDER.name)
# Hypothesis also tries constants that it finds in our modules: those that this process has imported, so that the tests before
# would make a difference. To look for them takes seconds in each process.
if hasattr(providers, "_get_local_constants"):
    providers._get_local_constants = lambda none=providers._local_constants: none


def pytest_unconfigure(config: pytest.Config) -> None:
    FOLDER.cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """The docstrings of the tests have no examples; pytest would look for them for seconds."""
    return [found for found in (yield) if not isinstance(found, DoctestModule)]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end. The garbage collector would look through it again and again."""
    gc.collect()
    gc.freeze()


# --- `--skipped`: when more packages are there, only what the last run skipped for want of them -----------------------------

SKIPPED = set[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--skipped", action="store_true", help="run only the tests and files that the last run skipped")
    parser.addoption("--exhaustive", action="store_true", help="check each function with all samples, in every way")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    SKIPPED.update([report.nodeid] if report.skipped else [])


def pytest_collectreport(report: pytest.CollectReport) -> None:
    SKIPPED.update([report.nodeid] if report.skipped else [])


def pytest_sessionfinish(session: pytest.Session) -> None:
    cache = getattr(session.config, "cache", None)  # there is none with `-p no:cacheprovider`
    if cache is not None and not hasattr(session.config, "workerinput"):
        cache.set("tests/skipped", sorted(SKIPPED))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.skipped:
        assert config.cache is not None
        before = set(config.cache.get("tests/skipped", []))
        assert before, "The last run skipped nothing, or there was none. Run `python -m pytest` first."
        again = [item for item in items if not before.isdisjoint((item.nodeid, item.nodeid.split("::")[0]))]
        config.hook.pytest_deselected(items=list(set(items).difference(again)))
        items[:] = again


@pytest.fixture
def exhaustive(request: pytest.FixtureRequest) -> bool:
    """Whether all samples of a function are asked for; otherwise those in which something occurs that no other has."""
    return bool(request.config.option.exhaustive)


@pytest.fixture(autouse=True)
def rules_go_again() -> Iterator[None]:
    """The primitives that a test makes, or a program that it runs, are gone after it: others look at all rules there are."""
    before = list(RULES)
    yield
    for function in set(RULES).difference(before) if list(RULES) != before else ():
        if hasattr(function, "__wrapped__") and not str(function.__module__).startswith("tinygrad_lite"):
            del RULES[function]
