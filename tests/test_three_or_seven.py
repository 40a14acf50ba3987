"""The example of 3 and 7: its answers on images that can be checked by hand, and the two linear models that are one."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "three_or_seven.py"


@pytest.fixture(scope="module")
def example() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("three_or_seven", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def parts(example: Any) -> Any:
    """The digits of scikit-learn, as the example splits them."""
    return example.threes_and_sevens(*example.data.digits(), seed=0)


def test_the_parts_have_each_3_and_7_once(example: Any, parts: Any) -> None:
    images, labels = example.data.digits()
    assert parts.x.shape[1] == parts.x_valid.shape[1] == 64
    assert len(parts.x_valid) == np.ceil((len(parts.x) + len(parts.x_valid)) / 4)
    for digit, target in ((3, 1), (7, 0)):
        mine = np.concatenate([x[y[:, 0] == target] for x, y in ((parts.x, parts.y), (parts.x_valid, parts.y_valid))])
        np.testing.assert_array_equal(np.sort(mine, axis=0), np.sort(images[labels == digit].reshape(-1, 64), axis=0))


def test_mean_images_loss_and_accuracy_by_hand(example: Any) -> None:
    x = np.array([[1.0, 0.0], [0.6, 0.0], [0.0, 1.0]])
    valid = np.array([[0.9, 0.1], [0.2, 0.9]])
    three, seven, scores = example.by_mean_images(example.Parts(x, valid, np.array([[1.0], [1.0], [0.0]]), np.ones((2, 1))))
    np.testing.assert_allclose([three, seven], [[0.8, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(scores[:, 0], [(1.8 - 0.2) / 2, (0.3 - 1.5) / 2])
    assert example.accuracy(scores, np.ones((2, 1))) == 0.5
    p = 1 / (1 + np.exp(-scores))
    assert float(example.how_wrong(scores, np.array([[1.0], [0.0]]))) == pytest.approx((1 - p[0, 0] + p[1, 0]) / 2)


def test_the_linear_model_by_hand_is_the_one_with_modules(example: Any, parts: Any) -> None:
    weights, by_hand = example.linear_by_hand(parts, 3, 1.0, seed=0)
    linear = example.linear_with_modules(64)
    history = example.train(linear, parts, 3, 1.0, seed=0)
    np.testing.assert_allclose(weights.data[:, 0], linear.weight.data[0], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(by_hand, history["accuracy"])
    assert by_hand[-1] > 0.9


def test_files_that_are_not_there(example: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        example.main(["--mnist", str(tmp_path), "--out", str(tmp_path / "pictures")])
    assert stop.value.code == 2
    assert "t10k-images-idx3-ubyte" in capsys.readouterr().err


def test_without_mnist_it_says_so_and_takes_the_digits(
    example: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(folder: Any, train: bool, download: bool) -> Any:
        assert (folder, train, download) == (None, False, False)  # nothing is downloaded without being asked
        raise FileNotFoundError

    monkeypatch.setattr(example.data, "mnist", missing)
    images, _ = example.load(None, download=False)
    assert images.shape == (1797, 1, 8, 8)
    assert "MNIST was not found" in capsys.readouterr().out
