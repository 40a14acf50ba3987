"""Whose lines are quoted: the user's, not those of a library that is installed."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite.frames import is_installed, shows_only, users_frame


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
