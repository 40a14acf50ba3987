"""The example about speed: all ways find the same curve, and what is said to options that make no sense."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "faster.py"


@pytest.fixture(scope="module")
def example() -> Any:
    """The example as a module."""
    pytest.importorskip("matplotlib").use("agg")
    spec = importlib.util.spec_from_file_location("faster", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_all_ways_take_the_same_steps(example: Any) -> None:
    """Also where the number of points is no multiple of the number of rows that a compiled program works on at a time."""
    x, y = example.points(40_001)
    expected = example.fit(example.by_hand, x, y, 5)
    for way in (example.engine, example.compiled):
        found = example.fit(way, x, y, 5)
        np.testing.assert_allclose(found.params, expected.params, rtol=1e-12)
        np.testing.assert_allclose(found.losses, expected.losses, rtol=1e-12)
        assert len(found.seconds) == 5


def test_the_steps_lead_to_the_curve(example: Any) -> None:
    x, y = example.points(2000)
    found = example.fit(example.compiled, x, y, 25)
    np.testing.assert_allclose(found.params, np.polyfit(x, y, 2), atol=0.02)
    assert found.losses[-1] < 0.31 < 3 < found.losses[0]  # 0.3 is the noise


def test_the_picture(
    example: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(example.importlib.util, "find_spec", lambda name: None)
    assert example.main(["--points", "1000", "--steps", "3", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert (tmp_path / "faster.png").read_bytes()[1:4] == b"PNG"
    assert [line.split("  ")[0].strip() for line in said.splitlines()[3:6]] == ["by hand", "engine", "compiled"]
    assert "PyTorch   is not installed" in said


@pytest.mark.parametrize("options", [["--points", "2"], ["--steps", "0"]])
def test_options_that_make_no_sense(
    example: Any, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        example.main([*options, "--out", str(tmp_path / "out")])
    assert stop.value.code == 2
    assert "take at least" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
