"""The example about learning rates: how many steps each way down needs, and what is said to options that make no sense."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_lite import optim

EXAMPLE = Path(__file__).parent.parent / "examples" / "learning_rates.py"


@pytest.fixture(scope="module")
def example() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("learning_rates", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("right", "found after 120 steps"),
        ("momentum", "found after 38 steps"),
        ("Adam", "found after 268 steps"),
        ("too large", "diverged: 1e+06 away after 441 steps"),
    ],
)
def test_each_way_down_needs_the_steps_that_the_page_says(example: Any, name: str, says: str) -> None:
    assert example.outcome(example.descend(*example.WAYS[name])) == says


def test_plain_descent_shrinks_the_distance_by_a_factor_for_each_direction(example: Any) -> None:
    """A step multiplies the distance in a by 1 - lr · 2 mean(x⁴), and that in b by 1 - lr · 2 mean(x²)."""
    path = example.descend(optim.SGD, {"lr": 0.0005}, 50)
    factors = 1 - 0.0005 * 2 * np.mean([example.x**4, example.x**2], axis=1)
    expected = example.MINIMUM + (example.START - example.MINIMUM) * factors ** np.arange(51)[:, None]
    np.testing.assert_allclose(path, expected, rtol=1e-9)
    assert round(np.divide(*(1 - factors))) == 15  # times as steep, as its docstring says
    assert example.outcome(path) == "still 3.9 away after 50 steps"


@pytest.mark.parametrize("options", [["--lr", "0"], ["--lr", "nan"], ["--lr", "0.001", "--momentum", "1"], ["--steps", "0"]])
def test_options_that_make_no_sense(
    example: Any, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        example.main([*options, "--out", str(tmp_path / "out")])
    assert stop.value.code == 2
    assert "take a" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
