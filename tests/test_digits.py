"""The example of the digits: its helpers on small data that can be checked by hand, and a short training."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "digits.py"


@pytest.fixture(scope="module")
def example() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("digits", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def parts(example: Any) -> Any:
    """The digits, as the example splits them."""
    return example.split_digits(0)


def test_each_digit_is_on_one_side_and_a_quarter_is_held_out(example: Any, parts: Any) -> None:
    images, labels = example.data.digits(dtype=np.float32)
    assert (parts.x.shape, parts.x_test.shape) == ((1347, 1, 8, 8), (450, 1, 8, 8))
    together = np.concatenate([parts.x, parts.x_test]).reshape(1797, -1)
    np.testing.assert_array_equal(np.unique(together, axis=0), np.unique(images.reshape(1797, -1), axis=0))
    np.testing.assert_array_equal(np.bincount(np.concatenate([parts.y, parts.y_test])), np.bincount(labels))


def test_shifted_images_are_the_images_moved_by_a_pixel_at_most(example: Any) -> None:
    x = np.zeros((400, 1, 8, 8))
    x[:, 0, 3, 4] = np.arange(1, 401)  # one dot in each image, which says which image it is
    batches, seen, places = example.Shifted(x, np.arange(1, 401), 160, seed=0), [], set()
    assert len(batches) == 3
    for images, labels in batches:
        assert images.shape[1:] == (1, 8, 8)
        np.testing.assert_array_equal(images.sum(axis=(1, 2, 3)), labels)
        places |= set(zip(*(axis.tolist() for axis in images.nonzero()[2:])))
        seen += labels.tolist()
    assert sorted(seen) == list(range(1, 401))
    assert places == {(row, column) for row in (2, 3, 4) for column in (3, 4, 5)}


def test_mean_images_accuracy_and_confusion(example: Any, parts: Any) -> None:
    scores = example.by_mean_images(parts)
    nearest = [
        min(range(10), key=lambda digit: np.linalg.norm(image - parts.x[parts.y == digit].mean(axis=0)))
        for image in parts.x_test[:20]
    ]
    assert scores[:20].argmax(axis=1).tolist() == nearest
    counts = example.confusion(scores.argmax(axis=1), parts.y_test)
    assert counts.sum(axis=1).tolist() == np.bincount(parts.y_test).tolist()
    assert np.trace(counts) / 450 == pytest.approx(example.accuracy(scores, parts.y_test))
    assert example.confusion(np.array([3, 3]), np.array([5, 5]))[5, 3] == 2


def test_a_short_training_learns_and_both_networks_take_the_images(
    example: Any, parts: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    few = example.Parts(parts.x[:640], parts.x_test[:100], parts.y[:640], parts.y_test[:100])
    model, history = example.train_linear_layers(few, 5, seed=0)
    assert capsys.readouterr().out.count("accuracy") == 5
    assert history["accuracy"][-1] > 0.5
    for network in (model, example.convolutions(0)):
        sure = example.probabilities(network, few.x_test[:3])
        assert sure.shape == (3, 10)
        np.testing.assert_allclose(sure.sum(axis=1), 1, rtol=1e-5)
