"""The example that fits any curve: what it reads as a curve, and that its bumps add up to its network."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "any_function.py"
x = np.linspace(-5, 5, 11)


@pytest.fixture(scope="module")
def example() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("any_function", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("text", "y"),
    [
        ("sin(x) + x/3", np.sin(x) + x / 3),
        (" -x**2 % 3 - +2.5e-1", -(x**2) % 3 - 0.25),
        ("2", np.full(11, 2.0)),
        ("exp(-abs(x)) * cos(pi*x) ** 2", np.exp(-np.abs(x)) * np.cos(np.pi * x) ** 2),
        ("sign(x) * sqrt(abs(x)) + floor(x) + log(e)", np.sign(x) * np.sqrt(np.abs(x)) + np.floor(x) + 1),
    ],
)
def test_expressions(example: Any, text: str, y: np.ndarray) -> None:
    np.testing.assert_array_equal(example.evaluate(text, x), y)


def test_expressions_that_are_refused_say_what_to_write(example: Any) -> None:
    start = time.perf_counter()
    for text, says in {
        "2x": "Write it as in Python",
        "sin(x": "Write it as in Python",
        "": "Write it as in Python",
        "x^2": r"Write \*\*",
        "9**9**9": "not a finite number",
        "-9**9**9**9**9": "not a finite number",
        "log(x)": r"at x = -5.*--between 1 5",
        "1/x": r"not a finite number at x = 0",
        "gamma(x)": r"'gamma\(x\)' is not known here",
        "y + 1": "'y' is not known here",
        "sin(x, x)": "is not known here",
        "sin(x=x)": "is not known here",
        "x.__class__": "is not known here",
        "().__class__.__bases__[0].__subclasses__()": "is not known here",
        "__import__('os').system('echo')": "is not known here",
        "(lambda: x)()": "is not known here",
        "[x for x in x]": "is not known here",
        "x if x else x": "is not known here",
        "'x' * 9": "is not known here",
        "True + 1": "is not known here",
        "1j * x": "is not known here",
        "x < 1": "is not known here",
        "x << 1": "is not known here",
        "x; x": "Write it as in Python",
        "x" * 201: "at most 200",
    }.items():
        with pytest.raises(ValueError, match=says):
            example.evaluate(text, x)
    for deep, there in (("(" * 99 + "x" + ")" * 99, x), ("-" * 198 + "x", x), ("abs(" * 39 + "x" + ")" * 39, np.abs(x))):
        np.testing.assert_array_equal(example.evaluate(deep, x), there)
    assert time.perf_counter() - start < 5  # 9**9**9 in whole numbers takes minutes


def test_columns_of_a_file(example: Any, tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    file.write_text("\ufeffday,note,degrees\n2,b,20.5\n1,a,19\n\n3,c,-1e1\n", encoding="utf-8")
    days, degrees = example.columns(file, "day", "degrees")
    assert (days.tolist(), degrees.tolist()) == ([1, 2, 3], [19, 20.5, -10])
    with pytest.raises(ValueError, match=r"--y has to be the name of a column\. .* has: day, note, degrees"):
        example.columns(file, "day", "temperature")
    with pytest.raises(ValueError, match=r"data.csv, line 2: could not convert string to float: 'b'"):
        example.columns(file, "day", "note")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["1", "2"], "at least 3 points"),
        (["1", "nan", "2"], "finite numbers"),
        (["x", "+", "1"], "needs quotes"),
        (["--csv", "nowhere.csv", "--x", "a", "--y", "b"], "No such file"),
        (["-x**0.5"], "not a finite number at x = -5"),  # it begins with a minus, and is no option
        (["--between", "2", "2"], "at different x"),
        (["--units", "0"], "whole numbers from 1 on"),
    ],
)
def test_what_is_no_curve_is_said(
    example: Any, options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        example.main([*options, "--out", str(tmp_path / "out")])
    assert stop.value.code == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_bumps_add_up_and_are_trained(example: Any) -> None:
    bumps = example.Bumps(8, seed=0)
    grid = np.linspace(-1, 1, 30)[:, None]
    total = bumps.apart(grid).sum(axis=1) + bumps.output.bias.data
    np.testing.assert_allclose(total, bumps(grid).data[:, 0], rtol=1e-12, atol=1e-12)
    scale = example.Scale(x)
    np.testing.assert_allclose(scale.up(scale.down(x)), x, rtol=1e-15)
    assert np.abs(scale.down(x)).max() == 1
    for y in (1e9 + 1e6 * np.sin(x / 3), 1e-9 * np.sin(x / 3), np.zeros(11)):
        model = example.network(x, y, 8, seed=0)
        example.train(model, x, y, 30, progress=False)
        assert np.sqrt(np.mean((example.values(model, x) - y) ** 2)) < 0.1 * (np.std(y) or 1.0)
