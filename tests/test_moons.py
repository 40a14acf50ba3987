"""The example of the two moons: its losses, its accuracy, and a short training."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_lite import data

EXAMPLE = Path(__file__).parent.parent / "examples" / "moons.py"


@pytest.fixture(scope="module")
def example() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("moons", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_losses_and_accuracy_of_scores_that_can_be_checked_by_hand(example: Any) -> None:
    scores, targets = np.array([[0.0], [2.0], [-0.5]]), np.array([[1.0], [1.0], [0.0]])
    assert example.accuracy(scores, targets) == pytest.approx(2 / 3)
    assert float(example.hinge(scores, targets)) == pytest.approx((1 + 0 + 0.5) / 3)
    surprise = math.log(2) + math.log1p(math.exp(-2)) + math.log1p(math.exp(-0.5))
    assert float(example.logistic(scores, targets)) == pytest.approx(surprise / 3)


def test_a_few_epochs_find_most_points_and_every_epoch_has_its_picture(example: Any) -> None:
    points, classes = data.moons(120, 0.1, 0)
    parts = data.train_test_split(points, classes[:, None].astype(float), seed=0)
    model, history = example.train(parts, example.hinge, 8, seed=0, progress=False)
    assert len(history.snapshots) == 9
    x, y = history.scene.axes
    corner = history.snapshots[-1].reshape(len(y), len(x))[-1, 0]
    assert corner == pytest.approx(model(np.array([[x[0], y[-1]]])).item(), rel=1e-12)
    assert history["accuracy"][-1] >= 0.75
    assert sum(p.size for p in model.parameters()) == 2 * 16 + 16 + 16 * 16 + 16 + 16 + 1


@pytest.mark.parametrize("options", [["--epochs", "3"], ["--noise", "-1"]])
def test_options_that_make_no_sense(example: Any, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        example.main(options)
    assert stop.value.code == 2
    assert "take a" in capsys.readouterr().err
