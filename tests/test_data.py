"""data: batches and splits, images in folders, files that are broken, and downloads from servers that misbehave.

Everything happens in a temporary folder and on this computer: the servers are threads of the test.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import tracemalloc
import warnings
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import data, messages
from tinygrad_lite.data import downloading, handwriting
from tinygrad_lite.data.downloading import Pinned, download
from tinygrad_lite.data.idx import read_idx
from tinygrad_lite.messages.hints import NAMES_OF_DATA

# --- batches ----------------------------------------------------------------------------------------------------------


def test_batches_have_every_sample_once_in_batches_of_that_size() -> None:
    for samples, size, shuffle, drop in itertools.product(range(1, 9), range(1, 10), (False, True), (False, True)):
        if drop and size > samples:
            continue
        x, y = np.arange(samples), np.arange(samples) * 10.0
        batches = data.batches(x, y, batch_size=size, shuffle=shuffle, seed=1, drop_last=drop)
        parts = list(batches)
        assert len(parts) == len(batches)
        assert all(len(part[0]) == size for part in parts[:-1])
        seen = np.concatenate([part[0] for part in parts])
        assert len(seen) == (samples // size * size if drop else samples)
        assert len(set(seen)) == len(seen)
        assert np.array_equal(seen * 10.0, np.concatenate([part[1] for part in parts]))
        assert shuffle or np.array_equal(seen, x[: len(seen)])


def test_the_order_of_an_epoch_follows_from_the_seed_and_its_number_alone() -> None:
    x = np.arange(20)

    def orders(batches: Any, epochs: int) -> list[list[int]]:
        return [np.concatenate(list(batches)).tolist() for _ in range(epochs)]

    first = orders(data.batches(x, batch_size=6, shuffle=True, seed=3), 4)
    assert len(set(map(tuple, first))) == 4  # another order each time
    assert orders(data.batches(x, batch_size=6, shuffle=True, seed=3), 4) == first
    assert orders(data.batches(x, batch_size=6, shuffle=True, seed=4), 4) != first

    resumed = data.batches(x, batch_size=6, shuffle=True)  # a new program, with a seed of its own
    stopped = data.batches(x, batch_size=6, shuffle=True, seed=3)
    orders(stopped, 2)
    resumed.load_state_dict(json.loads(json.dumps(stopped.state_dict(), allow_nan=False)))
    assert orders(resumed, 2) == first[2:]

    stopped.epoch = 0
    next(iter(stopped))  # a loop that is left after one batch
    assert orders(stopped, 1) == first[1:2]
    stopped.epoch = 0
    iter(stopped)  # a loop that has not begun
    pairs = list(zip(stopped, stopped))  # two loops at a time are two epochs
    assert [np.concatenate(side).tolist() for side in zip(*pairs)] == first[:2]


def test_a_seed_is_none_or_a_number_or_a_generator_and_numpys_own_state_is_left_alone() -> None:
    x, before = np.arange(50), np.random.get_state()[1].tolist()  # noqa: NPY002
    drawn = [data.batches(x, shuffle=True, seed=np.random.default_rng(5)) for _ in range(2)]
    assert drawn[0].seed == drawn[1].seed
    assert data.batches(x).seed != data.batches(x).seed
    assert data.batches(x, shuffle=True, seed=np.int64(7)).state_dict() == {"seed": 7, "epoch": 0}
    data.train_test_split(x), data.moons(), data.spirals()
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_batches_of_tensors_lists_and_tables() -> None:
    x = tg.Tensor(np.arange(6.0).reshape(3, 2), requires_grad=False)
    for shuffle in (False, True):
        for part in data.batches(x, batch_size=2, shuffle=shuffle):
            assert isinstance(part, tg.Tensor)
            assert not part.requires_grad
    w = tg.Tensor(np.arange(3.0))
    sum(np.sum(part) for part in data.batches(w, batch_size=2, shuffle=True, seed=0)).backward()  # type: ignore[union-attr]
    assert w.grad.tolist() == [1.0, 1.0, 1.0]
    [(numbers, texts)] = data.batches([1, 2], ["a", "b"])
    assert numbers.tolist() == [1, 2]
    assert texts.tolist() == ["a", "b"]
    x = np.arange(4.0)
    [part] = data.batches(x)
    assert np.shares_memory(part, x)  # in order, nothing is copied
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "b": [4.0, 5.0, 6.0]}, index=[7, 8, 9])
    [(columns, column)] = data.batches(table, table["b"])
    assert columns.tolist() == [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]
    assert column.tolist() == [4.0, 5.0, 6.0]


def test_what_batches_refuse() -> None:
    pixels, labels = np.ones((784, 100)), np.ones(100)
    with pytest.raises(ValueError, match=r"pixels, shape \(784, 100\) and labels, shape \(100,\).*pixels\.T has 100 rows"):
        data.batches(pixels, labels)
    for wrong in (0, -1, 2.0, True, "32", None):
        with pytest.raises(ValueError, match="batch_size="):
            data.batches(labels, batch_size=wrong)  # type: ignore[arg-type]
    for wrong in ("text", {"a": 1}, (i for i in range(3)), 3.0, np.float64(1.0), tg.Tensor(1.0)):
        with pytest.raises(TypeError, match="a sample in each row"):
            data.batches(wrong)
    for wrong in (-1, "0", 0.5):
        with pytest.raises(TypeError, match="seed="):
            data.batches(labels, seed=wrong)  # type: ignore[arg-type]
    batches = data.batches(labels, seed=1)
    for state in (
        None,
        {},
        {"seed": 1},
        {"seed": 1, "epoch": 1.5},
        {"seed": True, "epoch": 1},
        {"seed": 1, "epoch": 1, 2: 3},
    ):
        with pytest.raises(ValueError, match="no state of batches"):
            batches.load_state_dict(state)  # type: ignore[arg-type]
        assert batches.state_dict() == {"seed": 1, "epoch": 0}


def test_the_names_of_other_libraries_lead_to_ours() -> None:
    for name, hint in NAMES_OF_DATA.items():
        with pytest.raises(AttributeError, match=rf"has no attribute '{name}'\. Write `"):
            getattr(data, name)
        if "digits" not in hint:  # which needs scikit-learn
            exec(hint, {"tg": tg, "x": np.ones(4)})
    with pytest.raises(AttributeError, match=r"Did you mean `tg\.data\.spirals`\?"):
        _ = data.spiral
    assert not hasattr(data, "__wrapped__")
    assert dir(data) == sorted(data.__all__)


# --- train_test_split -------------------------------------------------------------------------------------------------


def test_a_split_has_every_sample_once_and_rounds_as_scikit_learn_does() -> None:
    for samples, size, shuffle in itertools.product(range(2, 12), (1, 0.1, 0.25, 0.5, 0.9), (True, False)):
        x = np.arange(samples)
        tests = size if size == 1 else int(np.ceil(size * samples))
        if tests == samples:
            with pytest.raises(ValueError, match="test_size="):
                data.train_test_split(x, test_size=size, shuffle=shuffle)
            continue
        train, test, train_10, test_10 = data.train_test_split(x, x * 10.0, test_size=size, shuffle=shuffle, seed=2)
        assert len(test) == tests
        assert sorted([*train, *test]) == x.tolist()
        assert np.array_equal(train * 10.0, train_10)
        assert np.array_equal(test * 10.0, test_10)
        assert shuffle or np.array_equal(np.concatenate([train, test]), x)
    for wrong in (0, 12, 0.0, 1.0, -0.5, True, "0.25", np.nan, None):
        with pytest.raises(ValueError, match="test_size="):
            data.train_test_split(np.arange(12), test_size=wrong)  # type: ignore[arg-type]
    parts = [data.train_test_split(np.arange(100), seed=seed)[1].tolist() for seed in (0, 0, 1)]
    assert parts[0] == parts[1] != parts[2]


def test_a_stratified_split_keeps_the_proportions() -> None:
    rng = np.random.default_rng(0)
    for tests in (7, 10, 23):
        labels = rng.permutation(np.repeat(["a", "b", "c"], [40, 13, 5]))
        train, test = data.train_test_split(np.arange(58), test_size=tests, stratify=labels, seed=0)
        assert sorted([*train, *test]) == list(range(58))
        for name in "abc":
            share = tests / 58 * np.sum(labels == name)
            assert abs(np.sum(labels[test] == name) - share) < 1
    constants = tg.Tensor([0, 0, 1, 1], requires_grad=False)
    _, test = data.train_test_split(constants, test_size=0.5, stratify=constants, seed=0)
    assert sorted(test.data.tolist()) == [0, 1]
    with pytest.raises(ValueError, match="the training side gets 1 samples, fewer than the 2 classes"):
        data.train_test_split([1, 2, 3, 4], test_size=3, stratify=[0, 0, 1, 1])


# --- data that is made, or ships --------------------------------------------------------------------------------------


def test_made_data_is_on_its_curves_and_repeats_with_the_seed() -> None:
    x, y = data.quadratic()
    assert np.array_equal(x, np.linspace(-5, 5, 100))
    np.testing.assert_allclose(y, 5 * x**2 - 3 * x + 3)
    assert 0.9 < np.std(data.quadratic(5000, noise=1.0, seed=0)[1] - data.quadratic(5000)[1]) < 1.1

    points, classes = data.moons(101, noise=0.0, seed=0)
    assert np.bincount(classes).tolist() == [51, 50]
    upper, lower = points[classes == 0], points[classes == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1)
    np.testing.assert_allclose(np.hypot(*(lower - [1, 0.5]).T), 1)
    assert upper[:, 1].min() > -1e-12
    assert lower[:, 1].max() < 0.5 + 1e-12

    points, classes = data.spirals(90, noise=0.0, seed=0, classes=4)
    assert np.bincount(classes).tolist() == [23, 23, 22, 22]
    turns = np.arctan2(points[:, 1], points[:, 0]) / (2 * np.pi) - classes / 4 - (np.hypot(*points.T) - 0.1) / 0.9
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-12)

    for made in (data.moons, data.spirals, lambda seed: data.quadratic(9, 1.0, seed)):
        assert np.array_equal(made(seed=3)[0], made(seed=3)[0])
        assert np.array_equal(made(seed=3)[1], made(seed=3)[1])
        assert not np.array_equal(made(seed=3)[1], made(seed=4)[1])
    for wrong in (lambda: data.moons(1), lambda: data.quadratic(noise=np.nan), lambda: data.spirals(classes=0)):
        with pytest.raises(ValueError, match="this must be "):
            wrong()


def test_names_are_sorted_and_in_26_letters() -> None:
    names = data.names()
    assert names == sorted(set(names))
    assert len(names) > 300
    assert set("".join(names)) <= set("abcdefghijklmnopqrstuvwxyz")


def test_digits_are_those_of_scikit_learn() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    images, labels = data.digits()
    theirs = datasets.load_digits()
    assert images.shape == (1797, 1, 8, 8)
    assert images.dtype == np.float64
    assert np.array_equal(images.reshape(1797, 64) * 16, theirs.data)
    assert np.array_equal(labels, theirs.target)
    assert labels.dtype == np.int64
    assert np.array_equal(data.digits(np.float32)[0], images)


@pytest.mark.parametrize(
    ("package", "call", "extra"),
    [("PIL", lambda: data.read_image("x.png"), "images"), ("sklearn.datasets", data.digits, "data"),
     ("platformdirs", data.mnist, "data")],
)  # fmt: skip
def test_a_package_that_is_missing_is_named(
    package: str, call: Callable[[], Any], extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=rf"-e '\.\[{extra}\]'"):
        call()


# --- images in folders ------------------------------------------------------------------------------------------------


@pytest.fixture
def pillow() -> Any:
    return pytest.importorskip("PIL.Image", reason="Pillow is not installed")


def saved(pillow: Any, pixels: Any, path: Path, **options: Any) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    pillow.fromarray(np.array(pixels, dtype=np.uint8)).save(path, **options)


def test_a_folder_of_images(pillow: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    red, grey = rng.integers(0, 256, (3, 4, 3)), rng.integers(0, 256, (3, 4))
    saved(pillow, red, tmp_path / "dog" / "b.png")
    saved(pillow, grey, tmp_path / "dog" / "a.BMP")
    saved(pillow, red[::-1], tmp_path / "cat" / "further" / "down.png")
    for hidden in (tmp_path / ".git" / "x.png", tmp_path / "dog" / ".DS_Store"):
        hidden.parent.mkdir(exist_ok=True)
        hidden.write_bytes(b"no image")
    (tmp_path / "at the top.txt").write_text("no class")
    (tmp_path / "dog" / "circle").symlink_to(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        images, labels, names = data.image_folder(tmp_path)
    assert names == ["cat", "dog"]
    assert labels.tolist() == [0, 1, 1]
    assert images.shape == (3, 3, 3, 4)
    assert images.dtype == np.float64
    assert np.array_equal(images[0], np.moveaxis(red[::-1], 2, 0) / 255)
    assert np.array_equal(images[1], np.stack([grey] * 3) / 255)
    assert np.array_equal(images[2], np.moveaxis(red, 2, 0) / 255)
    assert data.image_folder(str(tmp_path), mode="L", dtype=np.float32)[0].shape == (3, 1, 3, 4)
    assert data.image_folder(tmp_path, size=(6, 2))[0].shape == (3, 3, 6, 2)
    assert data.image_folder(tmp_path, size=5)[0].shape == (3, 3, 5, 5)
    for name in ("notes.txt", "script.eps"):
        (tmp_path / "cat" / name).write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
    with pytest.warns(UserWarning, match=r"not images: 'cat/notes\.txt', 'cat/script\.eps'"):
        data.image_folder(tmp_path)


def test_images_of_other_kinds_have_the_numbers_that_people_see(pillow: Any, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    pillow.fromarray(np.array([[0, 256 * 77, 65535]], dtype=np.uint16)).save(path)
    np.testing.assert_array_equal(data.read_image(path), np.array([[[0, 77, 255]]]) / 255)  # not clipped
    clear = np.array([[[255, 0, 0, 255], [0, 0, 0, 0]]], dtype=np.uint8)
    saved(pillow, clear, path)
    np.testing.assert_array_equal(data.read_image(path)[:, 0].T, [[1, 0, 0], [1, 1, 1]])
    assert data.read_image(path, mode="RGBA").shape == (4, 1, 2)
    pillow.fromarray(np.array([[[9, 255], [0, 0]]], dtype=np.uint8), "LA").save(path)
    np.testing.assert_array_equal(data.read_image(path), np.array([[[9, 255]]]) / 255)  # grey stays grey
    exif = pillow.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    saved(pillow, [[0, 50, 100]], path, exif=exif)
    np.testing.assert_array_equal(data.read_image(path), np.array([[[0], [50], [100]]]) / 255)
    frames = [pillow.new("P", (2, 2), number) for number in (0, 1)]
    for frame in frames:
        frame.putpalette([10, 20, 30, 40, 50, 60])
    frames[0].save(tmp_path / "moves.gif", save_all=True, append_images=frames[1:])
    np.testing.assert_array_equal(data.read_image(tmp_path / "moves.gif")[:, 0, 0] * 255, [10, 20, 30])


def test_images_that_cannot_be_read_are_named(pillow: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "class" / "whole.png"
    saved(pillow, rng.integers(0, 256, (30, 30, 3)), path)
    whole = path.read_bytes()
    for length in (0, 4, 20, 40, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"whole\.png' cannot be read") as error:
            data.image_folder(tmp_path)
        assert error.value.__cause__ is not None
    path.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")  # a program with the name of an image
    with pytest.raises(ValueError, match="its format is not the one that its name says"):
        data.image_folder(tmp_path)
    size = struct.pack(">II5B", 30_000, 30_000, 8, 2, 0, 0, 0)  # 2.7 GB when unpacked
    chunk = b"IHDR" + size
    path.write_bytes(whole[:8] + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + whole[33:])
    with pytest.raises(ValueError, match=r"whole\.png' was not opened, because it claims to be huge"):
        data.image_folder(tmp_path)
    monkeypatch.setattr(pillow, "MAX_IMAGE_PIXELS", 500)  # where Pillow alone would only warn
    path.write_bytes(whole)
    with pytest.raises(ValueError, match="claims to be huge"):
        data.read_image(path)
    monkeypatch.undo()
    pillow.fromarray(np.ones((2, 2), dtype=np.float32)).save(tmp_path / "floats.tiff")
    with pytest.raises(ValueError, match=r"floats\.tiff' are floats"):
        data.read_image(tmp_path / "floats.tiff")


def test_folders_that_are_not_as_they_have_to_be(pillow: Any, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no such folder.*has: nothing"):
        data.image_folder(tmp_path / "animals" / "cats")
    (tmp_path / "photo.png").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="this is a file"):
        data.image_folder(tmp_path / "photo.png")
    with pytest.raises(ValueError, match=r"no sub-folders here\. What is here: 'photo\.png'"):
        data.image_folder(tmp_path)
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "notes.txt").write_text("")
    with pytest.raises(ValueError, match=r"no images in the sub-folder '.*cat'\. What is there: 'notes\.txt'"):
        data.image_folder(tmp_path)
    (tmp_path / "cat" / "notes.txt").unlink()
    saved(pillow, np.ones((4, 6)), tmp_path / "cat" / "1.png")
    saved(pillow, np.ones((8, 3)), tmp_path / "cat" / "2.png")
    with pytest.raises(ValueError, match=r"2 different sizes.*8 × 3 \(2\.png\).*4 × 6 \(1\.png\)|size=\(h, w\)"):
        data.image_folder(tmp_path)
    for options in ({"size": (0, 3)}, {"size": "big"}, {"size": (1, 2, 3)}, {"mode": "CMYK"}, {"mode": 3}):
        with pytest.raises(ValueError, match=r"(size|mode)="):
            data.image_folder(tmp_path, **options)  # type: ignore[arg-type]
    for dtype in (np.uint8, complex, "text", object):
        with pytest.raises(TypeError, match="numbers of an image are from 0 to 1"):
            data.image_folder(tmp_path, dtype=dtype)


# --- the files of MNIST -----------------------------------------------------------------------------------------------

PIXELS = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
LABELS = np.array([7, 0, 9, 3, 3], dtype=np.uint8)


def as_idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def test_mnist_from_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handwriting, "cached", None)  # neither the cache nor the network is asked
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(as_idx(PIXELS)))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(as_idx(LABELS))
    images, labels = data.mnist(tmp_path, train=False)
    assert images.shape == (5, 1, 28, 28)
    assert (images.dtype, labels.dtype) == (np.float64, np.int64)
    assert np.array_equal(images[:, 0], PIXELS / 255)
    assert labels.tolist() == LABELS.tolist()
    assert data.mnist(tmp_path, train=False, dtype=np.float32)[0].dtype == np.float32
    images[0], labels[0] = 0, 0  # they can be written to
    with pytest.raises(FileNotFoundError, match=r"has neither train-images-idx3-ubyte\.gz.*'t10k-images-idx3-ubyte\.gz'"):
        data.mnist(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").rename(tmp_path / "t10k-labels.idx1-ubyte")  # as some programs unpack it
    assert len(data.mnist(tmp_path, train=False)[1]) == 5
    (tmp_path / "t10k-labels.idx1-ubyte").write_bytes(as_idx(LABELS[:4]))
    with pytest.raises(ValueError, match=r"has 5 images, and .* has 4 labels"):
        data.mnist(tmp_path, train=False)


WHOLE = as_idx(PIXELS)
BROKEN = {
    "empty": b"", "cut in the header": WHOLE[:9], "cut": WHOLE[:-1], "longer": WHOLE + b"0",
    "a wrong magic number": b"\0\0\x0d\x03" + WHOLE[4:], "the labels": as_idx(LABELS), "a page": b"<!DOCTYPE html><title>404",
    "10^9 images": b"\0\0\x08\x03" + struct.pack(">3I", 10**9, 28, 28) + b"0" * 784,
    "the largest numbers": b"\0\0\x08\x03" + b"\xff" * 12,
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_not_whole_is_refused(packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    for name, content in BROKEN.items():
        path.write_bytes(gzip.compress(content) if packed else content)
        with pytest.raises(ValueError, match=r"t10k-images-idx3-ubyte\.gz' (is|was) not"):
            print(name, read_idx(path, 3))
    path.write_bytes(gzip.compress(WHOLE) if packed else WHOLE)
    assert np.array_equal(read_idx(path, 3), PIXELS)


def test_a_packed_file_that_is_damaged_or_a_bomb(tmp_path: Path) -> None:
    path, whole = tmp_path / "images.gz", gzip.compress(WHOLE, mtime=0)
    for content in (whole[:-1], whole[:-4] + b"0000", whole[:200], whole[:9], whole[:300] + b"\xff" * 99 + whole[399:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"images\.gz' is (broken|not)"):
            read_idx(path, 3)
    packer = zlib.compressobj(1, wbits=31)  # WHOLE, and then 40 MB of zeros
    path.write_bytes(packer.compress(WHOLE) + b"".join(packer.compress(bytes(10**7)) for _ in range(4)) + packer.flush())
    tracemalloc.start()
    with pytest.raises(ValueError, match="promises 3,920 numbers, but more follow"):
        read_idx(path, 3)
    assert tracemalloc.get_traced_memory()[1] < 10**6  # it was not unpacked
    tracemalloc.stop()
    header = b"\0\0\x08\x03" + struct.pack(">3I", 2**12, 2**10, 2**10)
    path.write_bytes(gzip.compress(header + bytes(10**6)))
    with pytest.raises(ValueError, match="promises 4,294,967,296 numbers"):
        read_idx(path, 3)


# --- downloads --------------------------------------------------------------------------------------------------------

CONTENT = np.random.default_rng(1).bytes(200_000)
FILE = Pinned(len(CONTENT), hashlib.sha256(CONTENT).hexdigest())


class Server(ThreadingHTTPServer):
    """Answers as the first part of the path says; notes what was asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.content, self.asked, self.until = CONTENT, list[tuple[str, str | None]](), threading.Event()

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what is tested here."""


class Answers(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        kind, asked = self.path.split("/")[1], self.headers["Range"]
        self.server.asked.append((kind, asked))
        getattr(self, f"answer_{kind}")(self.server.content, int(asked[6:-1]) if asked else 0)

    def start(self, status: int, **headers: Any) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()

    def answer_good(self, content: bytes, start: int) -> None:
        if start:
            part = {"Content_Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
            self.start(206, Content_Length=len(content) - start, **part)
        else:
            self.start(200, Content_Length=len(content))
        self.wfile.write(content[start:])

    def answer_norange(self, content: bytes, start: int) -> None:
        self.start(200)
        self.wfile.write(content)

    def answer_wrongrange(self, content: bytes, start: int) -> None:
        self.start(206, Content_Range=f"bytes 7-{len(content) - 1}/{len(content)}")
        self.wfile.write(content[7:])

    def answer_cut(self, content: bytes, start: int) -> None:
        self.start(200, Content_Length=len(content))
        self.wfile.write(content[:70_000])

    def answer_silentcut(self, content: bytes, start: int) -> None:
        self.start(200)
        self.wfile.write(content[:70_000])

    def answer_changed(self, content: bytes, start: int) -> None:
        self.start(200)
        self.wfile.write(content[:-1] + bytes([content[-1] ^ 1]))

    def answer_endless(self, content: bytes, start: int) -> None:
        self.start(200)
        for _ in range(10_000):  # 10 GB, if nobody stops it
            self.wfile.write(bytes(10**6))

    def answer_long(self, content: bytes, start: int) -> None:
        self.start(200, Content_Length=10**12)
        self.wfile.write(content)

    def answer_short(self, content: bytes, start: int) -> None:
        self.start(200, Content_Length=10)
        self.wfile.write(content)

    def answer_nolength(self, content: bytes, start: int) -> None:
        self.start(200, Content_Length="many")

    def answer_missing(self, content: bytes, start: int) -> None:
        self.start(404)
        for _ in range(10_000):
            self.wfile.write(bytes(10**6))

    def answer_rude(self, content: bytes, start: int) -> None:
        self.wfile.write(b"HTTP/1.1 500 \x1b[31mred\x07" + b"!" * 3000 + b"\r\n\r\n")

    def answer_nothttp(self, content: bytes, start: int) -> None:
        self.wfile.write(b"\0\1\2\3 hello\r\n\r\n")

    def answer_loop(self, content: bytes, start: int) -> None:
        self.start(302, Location="/loop/x")

    def answer_farloop(self, content: bytes, start: int) -> None:
        self.start(302, Location=f"/farloop/{len(self.server.asked)}")

    def answer_file(self, content: bytes, start: int) -> None:
        self.start(302, Location=Path(__file__).as_uri())

    def answer_data(self, content: bytes, start: int) -> None:
        self.start(307, Location="data:text/plain,hello")

    def answer_elsewhere(self, content: bytes, start: int) -> None:
        self.start(302, Location="http://example.invalid/good/x")

    def answer_moved(self, content: bytes, start: int) -> None:
        self.start(301, Location=f"http://localhost:{self.server.server_port}/good/x")

    def answer_endlessredirect(self, content: bytes, start: int) -> None:
        self.start(302, Location="/good/x")
        for _ in range(10_000):
            self.wfile.write(bytes(10**6))

    def answer_stalls(self, content: bytes, start: int) -> None:
        self.start(200, Content_Length=len(content))
        self.wfile.write(content[:70_000])
        self.wfile.flush()
        self.server.until.wait(10)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.until.set()
        made.shutdown()
        thread.join()


def got(server: Server, path: Path, *kinds: str) -> bytes:
    return download([server.at(f"{kind}/x") for kind in kinds], path, FILE, local_http=True).read_bytes()


def test_a_download_is_whole_silent_and_goes_on_where_it_stopped(
    server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, part = tmp_path / "file", tmp_path / "file.part"
    assert got(server, path, "good") == CONTENT
    assert not part.exists()
    for before, kind, asked in [
        (CONTENT[:70_000], "good", ["bytes=70000-"]),
        (CONTENT[:70_000], "norange", ["bytes=70000-"]),  # sends all of it: also good
        (b"0" * 70_000, "good", ["bytes=70000-", None]),  # of another file: once more from the start
        (CONTENT, "good", []),  # only the last step was missing
        (CONTENT + b"0", "good", [None]),
        (b"", "moved", [None, None]),  # another host, and whole
        (b"", "endlessredirect", [None, None]),
    ]:
        path.unlink()
        part.write_bytes(before)
        server.asked.clear()
        assert got(server, path, kind) == CONTENT
        assert [asked for _, asked in server.asked] == asked
        assert not part.exists()
    assert capfd.readouterr() == ("", "")


def test_servers_that_misbehave_are_named_with_what_they_did(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloading, "TIMEOUT", 0.2)
    path, reasons = tmp_path / "file", {
        "cut": "stopped after 70000 of 200000", "silentcut": "stopped after 70000 of 200000", "changed": "checksum is wrong",
        "endless": "sends more than the 200000 bytes", "long": "offers 1000000000000 bytes", "short": "offers 10 bytes",
        "nolength": "offers many bytes", "missing": "404", "rude": "500", "nothttp": ".", "loop": "redirect",
        "farloop": "redirect", "file": "file:///.* is not allowed", "data": "data:.* is not allowed",
        "elsewhere": "http://example.invalid/.* does not start with", "stalls": "timed out",
    }  # fmt: skip
    for kind, reason in reasons.items():
        (tmp_path / "file.part").unlink(missing_ok=True)
        server.asked.clear()
        with pytest.raises(messages.DownloadError, match=f"(?s)/{kind}/x: [^\n]*{reason}.*put the file.*{tmp_path}") as error:
            got(server, path, kind)
        assert "\x1b" not in str(error.value)  # it would colour the reader's terminal
        assert len(str(error.value)) < 1000
        assert len(server.asked) <= 5
        assert not path.exists()
        part = tmp_path / "file.part"
        assert not part.exists() or part.stat().st_size <= FILE.size
    (tmp_path / "file.part").write_bytes(CONTENT[:100])
    with pytest.raises(messages.DownloadError, match="asked for the bytes from 100 on, it sent bytes 7-"):
        got(server, path, "wrongrange")
    assert got(server, path, *reasons, "good") == CONTENT  # the first that has it


def test_only_https_is_taken_from_elsewhere(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for address in (server.at("good/x"), Path(__file__).as_uri(), "ftp://example.invalid/x", "HTTP://example.invalid/x", "x"):
        with pytest.raises(messages.DownloadError, match="does not start with https://"):
            download([address], path, FILE)
    for address in ("http://example.invalid/x", "http://127.0.0.1.example.invalid/x", "http://localhost@example.invalid/x"):
        with pytest.raises(messages.DownloadError, match="does not start with https://"):
            download([address], path, FILE, local_http=True)
    assert not server.asked
    downloading.check_address("https://example.org/x", local_http=False)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/x"
        with pytest.raises(messages.DownloadError, match=r"(?i)refused"):
            download([address], path, FILE, local_http=True)


def test_a_server_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=30.0)
    monkeypatch.setattr(downloading.time, "monotonic", lambda: next(clock))
    drips = type("Drips", (), {"read1": lambda self, size: b"."})()
    with pytest.raises(ValueError, match="too slow"):
        downloading.copy(drips, io.BytesIO(), 10**6, lambda received: None)


def test_the_progress_is_shown_on_a_terminal(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rich")
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    got(server, tmp_path / "file", "good")
    assert "200.0" in terminal.getvalue()


def test_a_download_that_is_killed_leaves_no_file_that_looks_whole(server: Server, tmp_path: Path) -> None:
    path, part = tmp_path / "file", tmp_path / "file.part"
    code = (
        "import sys, pathlib; from tinygrad_lite.data.downloading import *\n"
        "download([sys.argv[1]], pathlib.Path(sys.argv[2]), Pinned(200_000, '0'), local_http=True)"
    )
    with subprocess.Popen([sys.executable, "-c", code, server.at("stalls/x"), str(path)]) as process:
        for _ in range(2000):
            if server.asked or server.until.wait(0.01):
                break
        server.until.wait(0.1)
        os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    assert not path.exists()
    assert part.exists()
    assert got(server, path, "good") == CONTENT


def test_mnist_is_downloaded_once_and_checked_each_time(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platformdirs = pytest.importorskip("platformdirs")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))
    monkeypatch.setattr(handwriting, "download", lambda *args: download(*args, local_http=True))
    files = {
        "t10k-images-idx3-ubyte.gz": gzip.compress(as_idx(PIXELS)),
        "t10k-labels-idx1-ubyte.gz": gzip.compress(as_idx(LABELS)),
    }
    pinned = {name: Pinned(len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}
    monkeypatch.setattr(handwriting, "PINNED", pinned)

    def answer(self: Answers, content: bytes, start: int) -> None:
        self.answer_good(files[self.path.split("/")[-1]], start)

    monkeypatch.setattr(Answers, "answer_mnist", answer, raising=False)
    with pytest.raises(FileNotFoundError, match=r"t10k-images-idx3-ubyte\.gz is not in the cache"):
        data.mnist(train=False, download=False)
    mirrors = [server.at("missing"), server.at("mnist/")]
    images, labels = data.mnist(train=False, mirrors=mirrors)
    assert np.array_equal(images[:, 0], PIXELS / 255)
    assert labels.tolist() == LABELS.tolist()
    server.asked.clear()
    data.mnist(train=False, mirrors=mirrors)
    data.mnist(train=False, download=False)
    assert not server.asked
    cached = tmp_path / "cache" / "mnist" / "t10k-labels-idx1-ubyte.gz"
    cached.write_bytes(cached.read_bytes()[:-1] + b"0")
    assert data.mnist(train=False, mirrors=mirrors)[1].tolist() == LABELS.tolist()
    assert len(server.asked) == 2
    cached.unlink()
    for wrong in ([], "https://example.invalid", [3]):
        with pytest.raises(ValueError, match="mirrors="):
            data.mnist(train=False, mirrors=wrong)  # type: ignore[arg-type]
    with pytest.raises(messages.DownloadError, match=r"(?s)missing/t10k-labels-idx1-ubyte\.gz: .*404.*cache.mnist"):
        data.mnist(train=False, mirrors=mirrors[:1])
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path / "file"))
    with pytest.raises(OSError, match="folder for downloads"):
        data.mnist(train=False, mirrors=mirrors)


def test_the_pinned_files_are_those_of_mnist() -> None:
    """Sizes and checksums are of the right form, and the addresses are https."""
    assert sorted(handwriting.PINNED) == sorted(itertools.chain(*handwriting.FILES.values()))
    assert all(len(bytes.fromhex(pinned.sha256)) == 32 for pinned in handwriting.PINNED.values())
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in handwriting.MIRRORS)
