"""What an array without a name is called: by the part of the line that makes it. And whose lines are quoted."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite.frames import is_installed, shows_only, users_frame
from tinygrad_lite.graphs.expressions import expression_giving

LABELS = np.array([0.0, 1.0, 1.0, 0.0] * 5)
COUNTED: list[int] = []


def counted() -> np.ndarray:
    COUNTED.append(1)
    return np.arange(20.0)


def names(f: Any, *args: Any) -> list[str]:
    return [str(node.name) for node in tg.trace(f)(*args) if node.kind == "constant"]


def test_the_part_of_the_line_that_makes_an_array() -> None:
    assert names(lambda w: np.sum(w * (1 - LABELS)), 2.0) == ["(1 - LABELS)"]
    assert names(lambda w: np.sum(w * np.eye(3)[LABELS.astype(int)]), 2.0) == ["(np.eye(3)[LABELS.astype(int)])"]
    assert names(lambda w: np.sum(w * -LABELS) + np.sum(w * LABELS[1:]), 2.0) == ["(-LABELS)", "(LABELS[1:])"]
    assert names(lambda w: np.sum(w * LABELS), 2.0) == ["LABELS"]


def test_what_may_do_something_is_not_computed_again() -> None:
    COUNTED.clear()
    assert names(lambda w: np.sum(w * counted()), 2.0) == ["None"]
    assert names(lambda w: np.sum(w * np.random.default_rng(0).normal(size=20)), 2.0) == ["None"]
    assert COUNTED == [1]


def test_an_expression_that_gives_another_array_by_now_is_not_meant() -> None:
    def f(w: Any) -> Any:
        labels = LABELS.copy()
        return np.sum(w * (labels + changed(labels)))

    def changed(labels: np.ndarray) -> Any:
        labels[:] = 7.0
        return 0.0

    assert names(f, 2.0) == ["None"]


def test_without_source_there_is_no_expression() -> None:
    namespace: dict[str, Any] = {"np": np, "LABELS": LABELS}
    exec("def f(w): return np.sum(w * (1 - LABELS))", namespace)
    assert names(namespace["f"], 2.0) == ["None"]
    assert expression_giving(LABELS, sys._getframe()) is None


def test_a_program_says_what_such_an_array_is() -> None:
    def loss(w: Any) -> Any:
        p = tg.sigmoid(w)
        return -np.mean(LABELS * np.log(p) + (1 - LABELS) * np.log(1 - p))

    program = tg.source(loss, np.full(20, 0.3))
    assert "data is 1 - LABELS, computed before." in " ".join(program.split())
    assert program.parameters == ("w", "LABELS", "data")


# --- whose lines ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A library, as if it were installed: it looks at each number that it gets."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    text = "def look(values):\n    return [float(v) for v in values]\n\ndef doubled(x):\n    y = x * 2\n    return y\n"
    monkeypatch.syspath_prepend(str(folder))

    def install(name: str) -> Any:
        (folder / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
        linecache.clearcache()
        return __import__(name)

    return install


def test_what_a_library_does_to_show_an_array_is_no_part_of_the_program(library: Any) -> None:
    plot = library("plotly")

    def f(a: Any, x: Any) -> Any:
        y = a * x
        plot.look(x)
        plot.look(y.data)
        return np.sum(y)

    graph = tg.trace(f)(tg.Tensor(2.0), np.arange(4.0))
    assert graph.looks == ()
    assert len(graph) == 4
    assert "looked" not in tg.source(f, tg.Tensor(2.0), np.arange(4.0))


def test_another_library_may_look_but_the_line_is_the_users(library: Any) -> None:
    other = library("some_library")

    def f(a: Any, x: Any) -> Any:
        if other.look(x)[0] > 1:
            return a * 2
        return np.sum(a * x)

    graph = tg.trace(f)(tg.Tensor(2.0), np.arange(4.0))
    assert {look.line.file for look in graph.looks if look.line} == {__file__}
    program = " ".join(tg.source(f, tg.Tensor(2.0), np.arange(4.0)).split())
    assert f"(line {f.__code__.co_firstlineno + 1})" in program


def test_calls_in_a_library_have_the_line_that_called_it(library: Any) -> None:
    other = library("another_library")

    def f(a: Any) -> Any:
        return other.doubled(a) + 1

    [product] = [node for node in tg.trace(f)(3.0) if node.function == "np.multiply"]
    assert product.line is not None
    assert (product.line.file, product.line.number) == (__file__, f.__code__.co_firstlineno + 1)


def test_a_function_of_a_library_itself_has_its_own_lines_and_names(library: Any) -> None:
    graph = tg.trace(library("third_library").doubled)(3.0)
    assert graph["y"].line is not None
    assert graph["y"].line.code == "y = x * 2"


def test_installed_files() -> None:
    assert is_installed("/usr/lib/python3/dist-packages/pandas/frame.py")
    assert not is_installed(__file__)
    assert not shows_only([sys._getframe()])
    assert users_frame() is sys._getframe()
