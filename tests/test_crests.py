"""The crests and their photographs, and what the example that learns them does besides training."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg

Image = pytest.importorskip("PIL.Image")
EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture(scope="module")
def crests() -> Any:
    """The example as a module; it imports the one that draws from its own folder."""
    spec = importlib.util.spec_from_file_location("crests", EXAMPLES / "crests.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLES))
        spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def draw(crests: Any) -> Any:
    return sys.modules["draw_crests"]


def test_the_twenty_crests_are_all_different_and_transparent_outside(crests: Any, draw: Any) -> None:
    images, labels, names = crests.invented_clubs()
    pixels = np.stack([np.asarray(image) for image in images]).astype(int)
    assert pixels.shape == (20, 64, 64, 4)
    assert len(set(names)) == 20
    assert labels.tolist() == list(range(20))
    assert not pixels[:, [0, 0, -1, -1], [0, -1, 0, -1], 3].any()  # the corners
    assert (pixels[:, 32, 32, 3] == 255).all()
    apart = np.abs(pixels[:, None, ..., :3] - pixels[None, ..., :3]).mean(axis=(2, 3, 4)) + 255 * np.eye(20)
    assert apart.min() > 10  # of 255, on average over all pixels
    used = {(club.shape, club.pattern, club.emblem) for club in draw.CLUBS}
    assert {shape for shape, _, _ in used} == set(draw.SHAPES)
    assert {pattern for _, pattern, _ in used} == set(draw.PATTERNS)
    assert {emblem for _, _, emblem in used} == set(draw.EMBLEMS)


def test_a_photograph_follows_from_its_seed_and_no_two_are_the_same(crests: Any, draw: Any) -> None:
    images, labels, _ = crests.invented_clubs(3)
    x, y = crests.photographs(images, labels, 15, [0, 0])
    again, _ = crests.photographs(images, labels, 15, [0, 0])
    others, _ = crests.photographs(images, labels, 15, [0, 1])
    assert x.shape == (15, 3, 32, 32)
    assert x.dtype == np.float32
    assert 0 <= x.min() < 0.2 < 0.8 < x.max() <= 1
    assert y.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    np.testing.assert_array_equal(x, again)
    everything = np.concatenate([x, others]).reshape(30, -1)
    distances = np.abs(everything[:, None] - everything[None]).mean(axis=2) + np.eye(30)
    assert distances.min() > 0.03


def test_the_parts_to_learn_from_and_to_test_with_share_no_image_if_there_are_enough(crests: Any) -> None:
    labels = np.repeat([0, 1], [8, 4])
    learn, test, what = crests.split(labels, 0)
    assert sorted([*learn, *test]) == list(range(12))
    assert labels[test].tolist().count(1) == 1
    assert "other images" in what
    learn, test, what = crests.split(np.repeat([0, 1], [8, 3]), 0)
    assert learn.tolist() == test.tolist() == list(range(11))
    assert "same images" in what


def test_the_baseline_takes_the_class_with_the_nearest_mean(crests: Any) -> None:
    x = np.zeros((4, 3, 2, 2), np.float32)
    x[:2] += np.array([0.0, 0.2], np.float32)[:, None, None, None]  # the mean of class 0 is 0.1, that of class 1 is 0.8
    x[2:] += np.array([0.7, 0.9], np.float32)[:, None, None, None]
    scores = crests.nearest_mean(x, np.array([0, 0, 1, 1]), np.stack([x[0] + 0.44, x[0] + 0.46]))
    np.testing.assert_allclose(scores[0], [-12 * 0.34**2, -12 * 0.36**2], rtol=1e-4)
    assert scores.argmax(axis=1).tolist() == [0, 1]
    assert crests.accuracy(scores, np.array([0, 0])) == 0.5


def test_images_of_your_own_are_read_and_a_saved_network_classifies_them(
    crests: Any, draw: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert draw.main(["--out", str(tmp_path), "--photos", "1", "--size", "16"]) == 0
    images, labels, names = crests.own_images(tmp_path / "photos")
    assert names == [club.name for club in draw.CLUBS]
    assert [image.size for image in images] == [(64, 64)] * 20
    assert labels.tolist() == list(range(20))
    clear = tmp_path / "clear" / "Bellmoor"
    clear.mkdir(parents=True)
    (tmp_path / "crests" / "Bellmoor.png").rename(clear / "0.png")
    [[image], _, _] = crests.own_images(tmp_path / "clear")
    assert np.asarray(image)[0, 0, 3] == 0  # what is transparent stays so
    saved, photo = tmp_path / "some.safetensors", tmp_path / "photos" / "Norwell" / "000.png"
    model = crests.network(20, seed=1)
    tg.save(saved, model, names=names, size=crests.SIZE)
    capsys.readouterr()
    assert crests.main(["--classify", str(photo), "--save", str(saved)]) == 0
    text = capsys.readouterr().out
    x = tg.data.read_image(photo, size=32, mode="RGB", dtype=np.float32)
    [sure] = crests.probabilities(model, x[None])
    assert text == f"{photo}: " + ", ".join(f"{names[i]} {sure[i]:.1%}" for i in np.argsort(-sure)[:3]) + "\n"
    assert abs(sure.sum() - 1) < 1e-5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--epochs", "0"], "--epochs"),
        (["--images", "no_such_folder"], "no_such_folder"),
        (["--classify", "x.png", "--save", "no_such_file.safetensors"], "no_such_file.safetensors"),
    ],
)
def test_what_cannot_be_done_is_said(
    crests: Any, options: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit:
        crests.main([*options, "--out", str(tmp_path)])
    assert exit.value.code == 2
    assert said in capsys.readouterr().err


def test_sixteen_images_become_four_rows_of_four(crests: Any) -> None:
    whole = crests.tiles(np.arange(16.0)[:, None, None] * np.ones((2, 3)), -1.0)
    assert whole.shape == (4 * 3 - 1, 4 * 4 - 1)
    assert whole[::3, ::4].tolist() == np.arange(16.0).reshape(4, 4).tolist()
    assert (whole[2] == -1).all()
