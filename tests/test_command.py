"""The command: what it calls the function with, what it writes, and what it says to a wrong command."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite.command.main import main
from tinygrad_lite.command.stopping import quoted
from tinygrad_lite.command.values import with_arrays

ROOT = Path(__file__).parent.parent
FIT = """
import numpy as np

x = np.linspace(-5, 5, 100)
actual = 5 * x**2 - 3 * x + 3

def quad(a, b, c, x):
    return a * x**2 + b * x + c

def loss(a, b=3.0, c=4.0):
    return np.sqrt(np.mean((quad(a, b, c, x) - actual) ** 2))
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Write f.py into the folder that we are in. Nothing stays of what it imports."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    return lambda text: (tmp_path / "f.py").write_text(text) and None


@pytest.fixture
def run(write: Any, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command: its exit code, and what it printed."""

    def run(*words: str) -> tuple[int, str, str]:
        try:
            code = main(words)
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return run


def variables(run: Any, *args: str) -> str:
    """What the gradient is taken with respect to, if f is called with these arguments: its program says so."""
    code, out, err = run("source", "f.py:f", *(word for arg in args for word in ("--arg", arg)))
    assert (code, err) == (0, "")
    return " ".join(out.split()).partition("with respect to ")[2].partition(".")[0]


def commands(text: str) -> list[list[str]]:
    """The commands that a message proposes."""
    return [shlex.split(line)[3:] for line in text.splitlines() if line.startswith("  python -m tinygrad_lite")]


# --- what is written --------------------------------------------------------------------------------------------------


def test_draw_writes_a_picture_with_names_values_and_gradients(write: Any, run: Any) -> None:
    write(FIT)
    assert run("draw", "f.py:loss", "--arg", "a=2.0") == (0, "Wrote loss.svg\n", "")
    picture = Path("loss.svg").read_text(encoding="utf-8").replace("&#45;", "-")
    for text in (">a<", ">2<", ">-10.1064<", ">quad<"):
        assert text in picture
    run("draw", "f.py:loss", "--arg", "a=2.0", "--out", "g.dot", "--backward", "--depth", "0")
    picture = Path("g.dot").read_text(encoding="utf-8")
    assert "the backward pass" in picture
    assert "a × " not in picture  # inside quad, which is closed


def test_draw_the_paths_from_a_parameter(write: Any, run: Any) -> None:
    write(FIT)
    run("draw", "f.py:loss", "--arg", "a=2.0", "--wrt", "a", "--out", "paths.dot")
    run("draw", "f.py:loss", "--arg", "a=2.0", "--out", "graph.dot")
    assert Path("paths.dot").read_text(encoding="utf-8") != Path("graph.dot").read_text(encoding="utf-8")


def test_explain_prints_a_table_or_writes_it(write: Any, run: Any) -> None:
    write(FIT)
    code, out, _ = run("explain", "f.py:loss", "--arg", "a=2.0")
    assert code == 0
    assert "-10.1064" in out
    for suffix, start in {"txt": out[:20], "md": "", "html": "<!DOCTYPE html>"}.items():
        assert run("explain", "f.py:loss", "--arg", "a=2.0", "--out", f"t.{suffix}") == (0, f"Wrote t.{suffix}\n", "")
        text = Path(f"t.{suffix}").read_text(encoding="utf-8")
        assert text.startswith(start)
        assert "-10.1064" in text
    code, out, _ = run("explain", "f.py:loss", "--arg", "a=2.0", "--arg", "b=3.0", "--wrt", "b")
    assert "1.35043" in out
    assert "-10.1064" not in out
    assert "[3] of (100,)" in run("explain", "f.py:loss", "--arg", "a=2.0", "--element", "3")[1]


def test_source_prints_a_program_that_runs_or_writes_it(write: Any, run: Any) -> None:
    write("def f(a, b):\n    return a**2 * b")
    _, out, _ = run("source", "f.py", "--arg", "a=3.0", "--arg", "b=5.0")
    assert run("source", "f.py", "--arg", "a=3.0", "--arg", "b=5.0", "--out", "g.py") == (0, "Wrote g.py\n", "")
    assert Path("g.py").read_text() == out
    names: dict[str, Any] = {}
    exec(out, names)
    assert names["f_and_gradient"](3.0, 5.0) == (45.0, (30.0, 9.0))
    _, out, _ = run("source", "f.py", "--arg", "a=3.0", "--arg", "b=5.0", "--order", "2")
    exec(out, names)
    assert names["f_gradient_and_hessian"](3.0, 5.0) == (45.0, (30.0, 9.0), [[10.0, 6.0], [6.0, 0.0]])


def test_step_writes_a_page(write: Any, run: Any) -> None:
    write(FIT)
    assert run("step", "f.py:loss", "--arg", "a=2.0", "--element", "7") == (0, "Wrote loss.html\n", "")
    page = Path("loss.html").read_text(encoding="utf-8")
    assert "-10.1064" in page
    assert "[7]" in page
    assert "return np.sqrt(np.mean(" in page  # the lines of the file


def test_playground_writes_a_page(write: Any, run: Any) -> None:
    write(FIT)
    assert run("playground", "f.py:loss", "--arg", "a=2.0", "--out", "p.html") == (0, "Wrote p.html\n", "")
    assert "function predict([a]" in Path("p.html").read_text(encoding="utf-8")
    assert run("playground", "f.py:loss", "--arg", "a=2.0") == (0, "Wrote loss_playground.html\n", "")


@pytest.mark.parametrize("command", ["draw", "explain", "step"])
def test_open_opens_what_was_written(command: str, write: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    write("def f(a): return a * a")
    code, out, _ = run(command, "f.py", "--arg", "a=3.0", "--open")
    assert code == 0
    assert opened == [Path(out.removeprefix("Wrote ").strip()).resolve().as_uri()]


# --- what the function is called with ---------------------------------------------------------------------------------


def test_what_is_given_is_a_variable_and_the_rest_is_data(write: Any, run: Any) -> None:
    write("a = 7.0\ndef f(a, b=3.0, n=2): return (a * b) ** n")
    assert variables(run) == "a and b"  # nothing is given, so all floats are
    assert variables(run, "a=2.0") == "a"
    assert variables(run, "b=a") == "b"
    assert variables(run, "b=2.0", "n=3") == "b"


def test_values_come_from_the_command_then_from_the_file_then_from_the_defaults(write: Any, run: Any) -> None:
    write("a = 7.0\ndef f(a=1.0, b=3.0): return a + 10 * b")
    run("draw", "f.py", "--out", "g.dot")
    assert "37" in Path("g.dot").read_text(encoding="utf-8")  # 7 + 30
    run("draw", "f.py", "--arg", "a=2.0", "--out", "g.dot")
    assert "32" in Path("g.dot").read_text(encoding="utf-8")


def test_a_tensor_in_the_file_is_a_variable(write: Any, run: Any) -> None:
    write("import tinygrad_lite as tg\nw = tg.Tensor([1.0, 2.0])\ndef f(w, x=3.0): return (w * x).sum()")
    assert variables(run) == "w"
    assert variables(run, "x=2.0") == "w and x"


def test_nested_parameters(write: Any, run: Any) -> None:
    write("params = {'w': [1.0, 2.0], 'b': 0.5}\ndef f(params, x=2.0): return (params['w'] * x).sum() + params['b']")
    assert variables(run, "params=params") == "params"
    assert variables(run, "params=params", "x=2.0") == "params and x"
    _, out, _ = run("source", "f.py", "--arg", "params={'w': [[1.0], [2.0]], 'b': 1}")
    assert "params['w'] (2, 1)" in out
    assert out.rstrip().endswith("'b': None}")  # a whole number


def test_all_kinds_of_parameters(write: Any, run: Any) -> None:
    write("def f(a, /, *rest, b, order=2, **more): return a * b**order * more['c'] + sum(rest)")
    assert variables(run, "a=2.0", "b=3.0", "more={'c': 4.0}") == "a, b and c"
    assert variables(run, "a=2.0", "b=3", "more={'c': 4}", "rest=(1.0, 5)") == "a and rest1"


def test_text_and_names_of_the_file(write: Any, run: Any) -> None:
    write("import math\nhalf = 0.5\ndef f(a, kind): return a**2 if kind == 'square' else a")
    assert variables(run, "a=half * math.pi", "kind='square'") == "a"
    assert run("source", "f.py", "--arg", "a=half", "--arg", "kind='none'")[1].endswith("    return a, 1.0\n")


@together
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1.0, 2.0], np.array([1.0, 2.0])),
        ([[1, 2], [3, 4]], np.array([[1, 2], [3, 4]])),
        ([[1.0], [2.0, 3.0]], [np.array([1.0]), np.array([2.0, 3.0])]),
        ({"w": [1.0], "n": 3}, {"w": np.array([1.0]), "n": 3}),
        ((2, [True, False]), (2, np.array([True, False]))),
        (["a", "b"], ["a", "b"]),
        ([np.ones(2), np.ones(2)], [np.ones(2), np.ones(2)]),  # layers, not an array
        ([], []),
    ],
)
def test_lists_of_numbers_are_arrays(value: Any, expected: Any) -> None:
    got = with_arrays(value)
    assert repr(got) == repr(expected)


# --- what is said when that does not work -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", ["--arg a=2 --arg b=3", "--arg a=2", "--arg=a=2", "--arg 'b = 3'", "--arg 'a=[1, 2]'", "--arg a=np.arange(50)"]
)
def test_whole_numbers_are_no_variables_and_the_commands_that_are_proposed_work(words: str, write: Any, run: Any) -> None:
    write("import numpy as np\na = 1\ndef f(a, b=2.5, n=2): return np.sum(a * b)")
    code, _, err = run("draw", "f.py", *shlex.split(words))
    assert code == 2
    assert "f has no argument that a gradient could be taken with respect to" in err
    assert commands(err)
    for command in commands(err):
        assert run(*command)[0] == 0


def test_no_variable_at_all(write: Any, run: Any) -> None:
    write("def f(a): return a")
    code, _, err = run("draw", "f.py", "--arg", "a='text'")
    assert code == 2
    assert "None of its arguments is a float" in err


def test_a_missing_value(write: Any, run: Any) -> None:
    write("def f(a, b, c): return a * b * c")
    code, _, err = run("source", "f.py", "--arg", "b=2.0")
    assert code == 2
    assert err.startswith("f(a, b, c) needs a value for a and c.")
    [command] = commands(err)
    assert command == ["source", "f.py:f", "--arg", "b=2.0", "--arg", "a=1.0", "--arg", "c=1.0"]
    assert run(*command)[0] == 0


def test_which_function(write: Any, run: Any) -> None:
    write(FIT + "\ndef _hidden(a): pass\nfrom math import sin\nalias = loss\n")
    code, _, err = run("draw", "f.py", "--arg", "a=2.0")
    assert code == 2
    assert "\n\n  quad(a, b, c, x)\n  loss(a, b=3.0, c=4.0)\n\n" in err
    code, _, err = run("draw", "f.py:los", "--arg", "a=2.0")
    assert code == 2
    assert err.startswith("There is no los in f.py.")
    assert commands(err) == [["draw", "f.py:loss", "--arg", "a=2.0"]]
    assert run("draw", "f.py:x")[2].startswith("x in f.py is not a function, but of type ndarray.")
    write("x = 2.0")
    assert "It has no functions of its own" in run("draw", "f.py")[2]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["draw", "f.py:loss", "--arg", "d=2.0"], "loss has no parameter 'd'. Its parameters: a, b, c."),
        (["draw", "f.py:loss", "--arg", "a=foo"], "NameError: name 'foo' is not defined"),
        (["draw", "f.py:loss", "--arg", "a=[1,"], "SyntaxError"),
        (["draw", "f.py:loss", "--arg", "a"], "needs a value for a. Give it here"),
        (["draw", "f.py:loss", "--arg", "a b"], "is not of the form name=value"),
        (["draw", "f.py:loss", "--arg", "a="], "is not of the form name=value"),
        (["draw", "f.py:loss", "--arg", "2=a"], "is not of the form name=value"),
        (["draw", "f.py:loss", "--arg", "a=2.0", "--wrt", "z"], "No value of this computation is called 'z'"),
        (["draw", "f.py:loss", "--arg", "a=2.0", "--out", "g.gif"], "'.gif' is not a format"),
        (["draw", "f.py:loss", "--arg", "a=2.0", "--out", "no/g.svg"], "Cannot write no/g.svg"),
        (["explain", "f.py:loss", "--arg", "a=2.0", "--element", "100"], "100"),
        (["explain", "f.py:loss", "--arg", "a=2.0", "--element", "x"], "is not the index of an element"),
        (["explain", "f.py:loss", "--arg", "a=2.0", "--out", "t.pdf"], "may be .txt, .md, .html"),
        (["source", "f.py:loss", "--arg", "a=2.0", "--out", "t"], "may be .py"),
        (["source", "f.py:loss", "--arg", "a=2.0", "--order", "3"], "invalid choice"),
        (["step", "f.py:loss", "--arg", "a=2.0", "--out", "t.svg"], "t.html"),
        (["draw", "fit.py:loss"], "Cannot read fit.py"),
        (["draw", "."], "is not FILE.py:FUNCTION"),
        (["draw", "loss"], "is not FILE.py:FUNCTION"),
        (["draw", "f.py:loss", "--arg", "a=2.0", "b=3.0"], "each value has an --arg before it, --arg b=3.0"),
        (["draw", "f.py:loss", "--arg", "a=2.0", "--dept", "2", "--colour"], "--colour is not understood. To see all"),
        (["--colour"], "To see all options: python -m tinygrad_lite --help"),
        (["paint", "f.py:loss"], "invalid choice"),
        (["examples", "nope"], "There is no example 'nope'"),
        ([], "usage: python -m tinygrad_lite"),
    ],
)
def test_wrong_commands(words: list[str], sentence: str, write: Any, run: Any) -> None:
    write(FIT)
    code, out, err = run(*words)
    assert code == 2
    assert out == ""
    assert sentence in err
    assert "Traceback" not in err


BATCH = """
import numpy as np

rng = np.random.default_rng(0)

def mlp(w1=rng.normal(size=(3, 4)), w2=rng.normal(size=4), X=rng.normal(size=(8, 3)), y=rng.normal(size=8)):
    hidden = np.tanh(X @ w1)
    out = hidden @ w2
    return np.mean((out - y) ** 2)

def loop(n, x=2.0):
    y = x
    for i in range(n):
        y = y * x
    return y

def wrong(w2):
    return w2 * 2

def right(X, w2, w1, y):
    hidden = np.tanh(X @ w1)
    return 2 * hidden.T @ (hidden @ w2 - y) / len(y)

def of_another(v):
    return v
"""


def test_what_wrt_names_is_a_variable(write: Any, run: Any) -> None:
    write(BATCH)
    code, out, err = run("explain", "f.py:loop", "--arg", "n=2", "--wrt", "x")
    assert (code, err) == (0, "")
    assert "∂y₂/∂x = 4 + 4 + 4 = 12" in out
    code, out, err = run("explain", "f.py:mlp", "--arg", "w2=w2", "--wrt", "w1[0, 3]")
    assert "cannot be evaluated: NameError" in err  # of this name there is no variable, but a default
    code, out, err = run("explain", "f.py:mlp", "--arg", "w2", "--wrt", "w1[0,3]")
    assert (code, err) == (0, "")
    assert "w1[0, 3] → v₁[0, 3]" in out


def test_a_parameter_without_a_value_behind_it_is_a_variable_with_the_value_that_it_has(write: Any, run: Any) -> None:
    write("a = 7.0\ndef f(a, b=3.0, n=2): return (a * b) ** n")
    assert variables(run, "a") == "a"
    assert variables(run, "b") == "b"
    assert variables(run, "a", "b=2.0") == "a and b"


def test_values_can_be_typed_as_they_are_printed(write: Any, run: Any) -> None:
    write("import numpy\ndef f(w, x=2.0): return (w * x).sum()")
    for text in ("array([1., 2.])", "np.array([1., 2.])", "array([1, 2], dtype=float32)", "Tensor([1., 2.])", "[1.0, inf]"):
        assert variables(run, f"w={text}") == "w"


@pytest.mark.parametrize(
    ("words", "proposed"),
    [
        (["f.py:loop", "--arg", "n=2"], ["--arg x"]),  # with n=2.0, range() fails
        (["f.py:mlp", "--arg", "w2=[1,2,3,4]"], ["w2=[1.0, 2.0, 3.0, 4.0]", "--arg w1"]),
    ],
)
def test_remedies_are_such_as_work(words: list[str], proposed: list[str], write: Any, run: Any) -> None:
    write(BATCH)
    code, out, err = run("explain", *words)
    assert (code, out) == (2, "")
    found = commands(err)
    assert len(found) == len(proposed)
    for command, words_of_it in zip(found, proposed):
        assert words_of_it in " ".join(command)
        assert run(*command)[0] == 0


def test_where_the_function_itself_fails_that_is_said(write: Any, run: Any) -> None:
    write(BATCH)
    code, _, err = run("draw", "f.py:mlp", "--arg", "w2=[1,2]")
    assert code == 1
    assert "line 8, in mlp" in err
    assert "mismatch" in err


def test_messages_speak_of_options(write: Any, run: Any) -> None:
    write(BATCH)
    _, out, _ = run("explain", "f.py:mlp", "--arg", "w1", "--element", "5,2")
    assert "To follow another, say --element 7,3." in " ".join(out.split())
    _, out, _ = run("explain", "f.py:mlp", "--arg", "w1", "--element", "out[3]", "--limit", "4")
    assert "say --element 7." in " ".join(out.split())
    assert "6 of 10 rows left out; --limit 10 shows all" in out
    assert "--element 9 is in no array" in run("explain", "f.py:mlp", "--arg", "w1", "--element", "9")[2]
    assert "There is no out[9]: out has shape (8,)" in run("step", "f.py:mlp", "--arg", "w1", "--element", "out[9]")[2]
    assert "--limit 0: this is the number of rows" in run("explain", "f.py:mlp", "--arg", "w1", "--limit", "0")[2]
    err = run("draw", "f.py:mlp", "--arg", "w1", "--max-nodes", "3")[2]
    assert "--max-nodes 30" in err
    assert "--depth 0" in err
    assert "=" not in err


def test_examples_can_be_shown_from_anywhere(write: Any, run: Any) -> None:
    """The commands on the page of the tour, in a folder without examples."""
    page = (ROOT / "docs" / "learn" / "see_it.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("python -m tinygrad_lite")]
    assert len(lines) > 3
    for line in lines:
        code, out, err = run(*shlex.split(line)[3:])
        assert (code, err) == (0, "")
        assert out
    assert "-10.1064" in Path("fit.svg").read_text(encoding="utf-8").replace("&#45;", "-")


# --- checks -----------------------------------------------------------------------------------------------------------


def test_check_says_what_was_checked_and_how_far_it_agrees(write: Any, run: Any) -> None:
    write(BATCH)
    code, out, err = run("check", "f.py:mlp", "--arg", "w1", "--arg", "w2", "--order", "2")
    assert (code, err) == (0, "")
    first, _, *rows = out.splitlines()
    assert first.startswith("The gradient of mlp, and its second derivatives: autograd and the differences agree.")
    assert first.endswith("The distance of autograd, relative to the gradient:")
    assert all("from the differences" in row for row in rows)
    assert [row.split()[0] for row in rows] == ["w1", "w2"]
    for row in rows:
        assert float(row.split()[-1]) < 1e-8
    code, out, _ = run("check", "f.py:loop", "--arg", "n=2", "--arg", "x")
    assert (code, out.splitlines()[2].split()[:2]) == (0, ["x", "12"])


def test_check_of_several_results_says_whose_gradient_it_shows(write: Any, run: Any) -> None:
    write("import numpy as np\ndef one(x): return x * 3.0\ndef two(x): return x, x * np.array([1.0, 2.0])\n")
    assert "random weight" not in run("check", "f.py:one", "--arg", "x=2.0")[1]
    code, out, _ = run("check", "f.py:two", "--arg", "x=2.0")
    assert out.startswith("two returns 3 numbers. The check is for their sum, each times a random weight.\n\nThe grad")
    assert code == 0


def test_check_finds_what_is_wrong(write: Any, run: Any) -> None:
    write(
        "import numpy as np, tinygrad_lite as tg\n@tg.primitive\ndef cube(x): return x**3\n"
        "tg.derivative(cube, x=lambda g, x: g * 2 * x**2)\n"
        "def f(w): return np.sum(cube(w))\ndef g(a): assert a < 1\ndef h(n=3): return n\n"
    )
    code, out, err = run("check", "f.py:f", "--arg", "w=[1.0, 2.0]")
    assert (code, out) == (1, "")
    assert "worst at      element [1], which is 2" in err
    code, _, err = run("check", "f.py:g", "--arg", "a=2.0")
    assert code == 1
    assert "line 6, in g" in err
    code, _, err = run("check", "f.py:h")
    assert code == 2
    assert "nothing to check" in err


def test_check_nested_parameters(write: Any, run: Any) -> None:
    write("import numpy as np\ndef f(p, x=2.0): return np.sum(p['w'] * x) + p['b']**2")
    code, out, err = run("check", "f.py", "--arg", "p={'w': [1.0, 2.0], 'b': 3.0}")
    assert (code, err) == (0, "")
    assert [row.split()[0] for row in out.splitlines()[2:]] == ["p['w']", "p['b']"]


def test_check_a_gradient_by_hand(write: Any, run: Any) -> None:
    write(BATCH)
    for name in ("right", "f.py:right"):
        code, out, err = run("check", "f.py:mlp", "--arg", "w2", "--gradient", name)
        assert (code, err) == (0, "")
        assert "right, autograd and the differences agree" in out
    code, out, err = run("check", "f.py:mlp", "--arg", "w2", "--gradient", "wrong")
    assert (code, out) == (1, "")
    assert "worst at" in err
    assert "your gradient" in err.lower()


def test_check_a_gradient_that_is_not_there(write: Any, run: Any) -> None:
    write(BATCH)
    code, _, err = run("check", "f.py:mlp", "--arg", "w2", "--gradient", "nope")
    assert code == 2
    assert err.startswith("--gradient nope: there is no function 'nope' in f.py.")
    code, _, err = run("check", "f.py:mlp", "--arg", "w2", "--gradient", "of_another")
    assert code == 2
    assert "its parameter 'v' is not a parameter of mlp (w1, w2, X, y)" in err


# --- the user's program fails -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("def f(a):\n    return g(a)\ndef g(a):\n    return a @ a[0, :1]", ["line 2, in f", "line 4, in g", "np.matmul"]),
        ("def f(a):\n    return a.nothing", ["line 2, in f", "Tensor has no attribute 'nothing'"]),
        ("import math\ndef f(a):\n    return math.sin(a)", ["line 3, in f", "`np.sin(a)`, not math.sin(a)"]),
        ("def f(a):\n    return 1 / 0\n", ["line 2, in f", "ZeroDivisionError"]),
        ("import nothing_of_this_name\ndef f(a): return a", ["line 1, in <module>", "ModuleNotFoundError"]),
        ("def f(a:\n", ["line 1", "SyntaxError"]),
        ("def f(a):\n    try: {}['x']\n    except KeyError as e: raise ValueError from e", ["KeyError", "line 3, in f"]),
        ("import sys\ndef f(a): return a\nsys.exit(3)", ["sys.exit(3)", '__name__ == "__main__"']),
    ],
)
def test_its_own_lines_are_shown_and_no_others(text: str, sentences: list[str], write: Any, run: Any) -> None:
    write(text)
    code, out, err = run("draw", "f.py:f", "--arg", "a=[[1.0, 2.0]]")
    assert (code, out) == (1, "")
    for sentence in sentences:
        assert sentence in err
    assert os.path.dirname(tg.__file__) not in err
    assert "numpy" + os.sep not in err


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("None", "f returned None"),
        ("np.sign(a.data)", "does not depend on a variable in a way that has a derivative"),
        ("a * np.ones(3)", "starts from a single number"),
    ],
)
def test_functions_without_a_gradient(body: str, sentence: str, write: Any, run: Any) -> None:
    write(f"import numpy as np\ndef f(a): return {body}")
    code, out, err = run("source", "f.py", "--arg", "a=2.0")
    assert (code, out) == (1, "")
    assert sentence in err
    assert "Traceback" not in err


def test_the_file_runs_as_a_module_in_its_own_folder(tmp_path: Path, write: Any, run: Any) -> None:
    folder = tmp_path / "else where"
    folder.mkdir()
    (folder / "neighbour_of_g.py").write_text("two = 2.0")
    (folder / "g.py").write_text(
        "from neighbour_of_g import two\nimport dataclasses\n"
        "if __name__ == '__main__':\n    raise SystemExit('run as a script')\n"
        "def f(a: float = two): return a * a\n"
        "assert f.__annotations__ == {'a': float}\n"  # no __future__ of ours
        "@dataclasses.dataclass\nclass Point:\n    x: float = 0.0\n"
    )
    assert run("draw", str(folder / "g.py")) == (0, "Wrote f.svg\n", "")


# --- our examples -----------------------------------------------------------------------------------------------------


def test_examples_are_listed_with_what_they_say_of_themselves(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    code, out, err = run("examples")
    assert (code, err) == (0, "")
    for path in (ROOT / "examples").glob("*.py"):
        first = path.read_text(encoding="utf-8").split("\n")[0].strip('"')
        assert f"{path.stem} " in out
        assert first in out


def test_an_example_runs_with_its_options(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["examples", "see_it", "--no-open", "--out", str(tmp_path / "see")]) == 0
    assert "index.html" in capfd.readouterr().out
    assert (tmp_path / "see" / "index.html").exists()
    assert main(["examples", "see_it.py", "--guess", "5", "-3", "3"]) == 2
    assert "there is no gradient here" in capfd.readouterr().err


# --- as it is typed ---------------------------------------------------------------------------------------------------


def test_help_and_what_is_missing(run: Any, write: Any) -> None:
    write(FIT)
    code, out, err = run("--help")
    assert (code, err) == (0, "")
    assert "python -m tinygrad_lite draw fit.py:loss" in out
    code, out, err = run("draw", "f.py:loss")
    assert (code, out) == (2, "")
    assert "loss(a, b=3.0, c=4.0) needs a value for a." in err


@pytest.mark.parametrize(
    ("words", "code", "out", "err"),
    [
        (["source", "f.py:loss", "--arg", "a=2.0"], 0, "return v2, d_a", ""),
        (["draw", "f.py:loss", "--arg", "a='text'"], 1, "", 'line 8, in quad\n    return a * x**2 + b * x + c'),
    ],
)  # fmt: skip
def test_from_the_shell(words: list[str], code: int, out: str, err: str, write: Any) -> None:
    write(FIT)
    if words[-1] == "a='text'":
        words = [*words, "--arg", "b=1.0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "tinygrad_lite", *words]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == code
    assert out in done.stdout
    assert err in done.stderr
    assert bool(done.stdout) == bool(out)
    assert bool(done.stderr) == bool(err)


def test_words_are_quoted_so_that_a_shell_takes_them_apart_again() -> None:
    for word in ("a=2.0", "x=[1.0, 2.0]", "kind='a b'", 'p["w"]=$HOME', "back`tick\\", "f.py:loss", 'p={"a": "b"}', "é=1"):
        assert shlex.split(quoted(word)) == [word]
    assert quoted("a=2.0") == "a=2.0"
    assert quoted("x=[1.0, 2.0]") == '"x=[1.0, 2.0]"'
