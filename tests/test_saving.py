"""save and load: every number comes back, the old file survives, and a file that was made to do harm does none."""

from __future__ import annotations

import json
import math
import os
import signal
import stat
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from helpers import all_hold

import tinygrad_lite as tg
from tinygrad_lite.containers import flatten
from tinygrad_lite.nn import Module
from tinygrad_lite.saving import file_format
from tinygrad_lite.saving.values import DEEPEST, decoded, encoded

RNG = np.random.default_rng(0)
ARRAYS: dict[str, np.ndarray] = {
    **{str(np.dtype(kind)): RNG.normal(size=(2, 3)).astype(kind) for kind in ("f2", "f4", "f8")},
    **{str(np.dtype(kind)): RNG.integers(0, 99, (3, 1)).astype(kind) for kind in ("i1", "i2", "i4", "i8", "u1", "u4", "u8")},
    "bool": np.array([True, False, True]),
    "no axes": np.array(2.5),
    "no axes, f2": np.array(2.5, np.float16),
    "empty": np.zeros((0, 4), np.float32),
    "also empty": np.zeros((3, 0, 2)),
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "Fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "strided": np.arange(20, dtype=np.int16)[::-3],
    "broadcast": np.broadcast_to(np.float32(3.0), (2, 2)),
    "read only": np.frombuffer(b"\x01\x02\x03", np.uint8),
    "other end": np.arange(3, dtype=">f8"),
    "not finite": np.array([np.nan, np.inf, -np.inf, -0.0]),
    "ünïcode \" \\ \n": np.ones(1),
    "": np.ones(1),
}  # fmt: skip


class Line(Module):
    """Two parameters and a buffer."""

    def __init__(self, size: int = 2) -> None:
        self.layers = [tg.Tensor(np.arange(size, dtype=float)), {"b": tg.Tensor(np.float32(0.5))}]
        self.mean = tg.Tensor(np.ones(size), requires_grad=False)


class Optimizer:
    """Some state, as an optimizer has it."""

    def __init__(self, state: Any = None) -> None:
        self.state = state

    def state_dict(self) -> Any:
        return self.state

    def load_state_dict(self, state: Any) -> None:
        if state == "refused":
            raise ValueError
        self.state = state


def same(a: np.ndarray, b: np.ndarray) -> None:
    assert a.shape == b.shape
    assert a.dtype == b.dtype.newbyteorder("=")
    assert a.tobytes() == b.astype(a.dtype).tobytes()


def test_every_array_comes_back(tmp_path: Path) -> None:
    tg.save(tmp_path / "a.safetensors", ARRAYS)
    found = tg.load(tmp_path / "a.safetensors").arrays
    assert list(found) == list(ARRAYS)
    all_hold({name: lambda name=name: same(found[name], ARRAYS[name]) for name in ARRAYS})  # type: ignore[misc]
    assert all(array.flags.writeable for array in found.values())


def test_without_the_package_an_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors.numpy", None)
    for call in (lambda: tg.save(tmp_path / "a", {"a": np.ones(1)}), lambda: tg.load(tmp_path / "a")):
        with pytest.raises(ImportError, match=r"safetensors.*pip install -e '\.\[saving\]'"):
            call()
    assert list(tmp_path.iterdir()) == []


def test_the_package_reads_what_we_write_and_we_read_what_it_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    tg.save(path, ARRAYS, epoch=3)
    found = safetensors.numpy.load_file(path)
    all_hold({name: lambda name=name: same(found[name], ARRAYS[name]) for name in ARRAYS})  # type: ignore[misc]
    plain = {name: np.array(array, array.dtype.newbyteorder("="), order="C") for name, array in ARRAYS.items()}
    safetensors.numpy.save_file(plain, path, {"format": "pt"})
    saved = tg.load(path)
    assert saved.metadata == {"format": "pt"}
    assert saved.optimizer is None
    all_hold({name: lambda name=name: same(saved.arrays[name], plain[name]) for name in ARRAYS})  # type: ignore[misc]


def test_arrays_begin_where_their_dtype_may_begin(tmp_path: Path) -> None:
    tg.save(
        tmp_path / "a", {"b": np.ones(3, bool), "d": np.ones(3), "h": np.ones(3, np.float16), "f": np.ones(3, np.float32)}
    )
    data = (tmp_path / "a").read_bytes()
    length = int.from_bytes(data[:8], "little")
    assert length % 8 == 0
    for about in json.loads(data[8 : 8 + length]).values():
        assert about["data_offsets"][0] % {"F64": 8, "F32": 4, "F16": 2, "BOOL": 1}[about["dtype"]] == 0


def test_bfloat16_comes_as_float32_and_a_byte_that_is_no_truth_value_as_true(tmp_path: Path) -> None:
    values = np.array([1.0, -2.5, np.inf, 2.0**-133], np.float32)
    numbers = (values.view(np.uint32) >> 16).astype("<u2").tobytes() + bytes([0, 1, 2, 255])
    header = {"x": entry("BF16", [4], 0, 8), "b": entry("BOOL", [4], 8, 12)}
    write(tmp_path / "a", header, numbers)
    found = tg.load(tmp_path / "a").arrays
    same(found["x"], values)
    same(found["b"], np.array([False, True, True, True]))


# --- models, optimizers, notes ----------------------------------------------------------------------------------------


def test_a_model_is_saved_by_its_names_and_loaded_again(tmp_path: Path) -> None:
    path, line = tmp_path / "line.safetensors", Line()
    tg.save(path, line)
    assert list(tg.load(path).arrays) == ["layers.0", "layers.1.b", "mean"] == list(line.state_dict())
    other = Line()
    kept = other.layers[0].data
    for tensor in (*other.parameters(), *other.buffers()):
        tensor.data = (tensor.data * 100).astype(tensor.dtype)
    assert tg.load(path, other) == {}
    for name, array in line.state_dict().items():
        same(other.state_dict()[name], array)
    assert kept.tolist() == [0.0, 1.0]  # no array is changed in place
    assert repr(tg.load(path)).splitlines()[:2] == ["Saved: 3 arrays", "  layers.0  (2,)  float64"]


def test_tensors_in_dicts_lists_and_tuples(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    nests: list[tuple[Any, list[str]]] = [
        ({"w": tg.Tensor([1.0, 2.0]), "b": tg.Tensor(3.0)}, ["w", "b"]),
        ([tg.Tensor([1.0, 2.0]), tg.Tensor([4], requires_grad=False)], ["0", "1"]),
        ((tg.Tensor(1.0), {"a": [tg.Tensor(2.0, dtype=np.float32)], 7: tg.Tensor(3.0)}), ["0", "1.a.0", "1.7"]),
    ]
    for nest, names in nests:
        tg.save(path, nest, epoch=1)
        assert list(tg.load(path).arrays) == names
        tensors = flatten(nest)[0]
        before = [tensor.data for tensor in tensors]
        for tensor in tensors:
            tensor.data = tensor.data - 50
        assert tg.load(path, nest) == {"epoch": 1}
        assert [tensor.data.tolist() for tensor in tensors] == [array.tolist() for array in before]
    computed = tg.Tensor([1.0, 2.0]) * 3
    tg.save(path, {"grid": np.arange(3), "layer": {"y": computed, "scale": 2.0}})
    saved = tg.load(path).arrays
    assert {name: array.tolist() for name, array in saved.items()} == {"grid": [0, 1, 2], "layer.y": [3, 6], "layer.scale": 2}


def test_all_that_does_not_fit_is_in_one_error_and_nothing_has_changed(tmp_path: Path) -> None:
    path, line = tmp_path / "a.safetensors", Line(3)
    tg.save(path, {"layers.0": np.ones(4), "mean": np.ones(3), "other": np.ones(1)})
    with pytest.raises(ValueError, match=r"other") as error:
        tg.load(path, line)
    for part in ("layers.1.b", "layers.0", "(4,)", "(3,)", "other"):
        assert part in str(error.value)
    with pytest.raises(ValueError, match=r"numbers of this dict, so nothing was loaded\.\nMissing:\n  b\nUnexpected:\n"):
        tg.load(path, {"b": tg.Tensor(1.0), "layers": [tg.Tensor(np.ones(4))]})
    assert line.layers[0].data.tolist() == [0, 1, 2]
    tg.save(path, line, Optimizer("refused"))
    line.mean.data = np.zeros(3)
    with pytest.raises(ValueError):  # noqa: PT011 - the optimizer's own
        tg.load(path, line, Optimizer())
    assert line.mean.data.tolist() == [0, 0, 0]


def test_the_state_of_an_optimizer_comes_back_as_it_was(tmp_path: Path) -> None:
    path, moment = tmp_path / "a.safetensors", np.array([0.1, 0.2])
    state = {
        "state": {0: {"step": 3, "exp_avg": moment}},
        "param_groups": [{"lr": 0.1, "betas": (0.9, 0.999), "params": [0]}],
    }
    tg.save(path, Line(), Optimizer(state), note="x")
    saved, optimizer = tg.load(path), Optimizer()
    assert list(saved.arrays) == list(Line().state_dict())  # of the model alone
    assert tg.load(path, Line(), optimizer) == {"note": "x"}
    assert repr(optimizer.state) == repr(saved.optimizer) == repr(state)
    names = set(tg.load(path).arrays)
    assert set(file_format.read(path)[0]) - names == {"optimizer/state/0/exp_avg"}


def equal(a: Any, b: Any) -> bool:
    """Equal, of the same type, in the same order; nan equals nan, and 0.0 is not -0.0."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(equal, a, b))
    if isinstance(a, dict):
        return equal(list(a.items()), list(b.items()))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a == b or a != a if not isinstance(a, float) else math.copysign(1, a) == math.copysign(1, b) and (a == b or a != a)


def test_notes_come_back_equal_and_of_the_same_type(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    floats = RNG.integers(0, 2**64, 300, np.uint64).view(np.float64).tolist()
    notes: dict[str, Any] = {
        "floats": [*floats, 0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan],
        "whole": [0, -1, 2**200], "truth": [True, False, None], "text": ["", "NaN", "ü \" \\ \n\x00 😀"],
        "tuples": ((), (1, (2.5,)), [(), []]), "keys": {0: "a", "0": "b", None: 1, 1.5: 2, "$float": "nan", "$$x": 1, "": {}},
        "escaped": {"$float": "nan"}, "also": {"$array": "x"}, "arrays": {"a/b": np.ones(2), "a": {"b": np.arange(3)}},
    }  # fmt: skip
    tg.save(path, {"x": np.ones(1)}, **notes)
    found = tg.load(path).metadata
    assert list(found) == list(notes)
    all_hold({name: lambda name=name: equal(found[name], notes[name]) or pytest.fail(name) for name in notes})  # type: ignore[misc]
    scalars = {"f": np.float32(0.1), "i": np.int8(-3), "b": np.True_, "z": np.float64(np.nan), "t": tg.Tensor([1.0])}
    tg.save(path, {"x": np.ones(1)}, **scalars)
    found = tg.load(path).metadata
    assert equal({**found, "t": 0}, {"f": float(np.float32(0.1)), "i": -3, "b": True, "z": math.nan, "t": 0})
    assert found["t"].tolist() == [1.0]
    json.loads(file_format.read(path)[1]["tinygrad_lite"], parse_constant=pytest.fail)  # it is strict JSON


def test_what_cannot_be_saved_is_refused_and_the_old_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    tg.save(path, {"x": np.ones(2)})
    before = path.read_bytes()
    ring: list[Any] = []
    ring.append(ring)
    for model, notes in [
        ({"z": np.ones(2, complex)}, {}), ({"t": np.array(["a"])}, {}), ({"x": np.ones(1)}, {"f": print}), ("text", {}),
        ({"x": np.ones(1)}, {"ring": ring}), ({"x": np.ones(1)}, {"s": {1, 2}}), ({"x": np.ones(1)}, {"c": 1j}), (1.0, {}),
        ({"x": {"y": "text"}}, {}), ({"optimizer/x": np.ones(1)}, {}), ({"a.b": 1.0, "a": {"b": 2.0}}, {}),
        ({"x": np.ones(1)}, {"l": "x" * file_format.LONGEST_HEADER}), ({"x": np.longdouble(1)}, {}),
    ]:  # fmt: skip
        with pytest.raises((TypeError, ValueError)):
            tg.save(path, model, **notes)
    with pytest.raises(TypeError):
        tg.save(path, {"x": np.ones(1)}, 0.1)
    with pytest.raises(TypeError):
        tg.load(path, {"x": np.ones(2)})
    with pytest.raises(ValueError, match="without"):
        tg.load(path, {"x": tg.Tensor(np.ones(2))}, Optimizer())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.safetensors"]


# --- a write that is cut off ------------------------------------------------------------------------------------------

KILLED = """
import contextlib, os, signal, sys
import numpy as np
from tinygrad_lite.saving import file_format

class Dying:
    def __init__(self, file): self.file = file
    def write(self, data):
        if len(data) > 100_000:
            self.file.write(bytes(data)[:100_000])
            self.file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        self.file.write(data)

real = file_format.replacing

@contextlib.contextmanager
def dying(path):
    with real(path) as file:
        yield Dying(file)

if sys.argv[2] == "in the middle":
    file_format.replacing = dying
else:
    file_format.os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
file_format.write(sys.argv[1], {"a": np.ones(1000), "b": np.ones(100_000)}, {})
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
@pytest.mark.parametrize("when", ["in the middle", "before it gets its name"])
def test_a_killed_write_leaves_the_old_file_whole(tmp_path: Path, when: str) -> None:
    path = tmp_path / "a.safetensors"
    tg.save(path, {"a": np.arange(5)}, epoch=1)
    before = path.read_bytes()
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), when], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert path.read_bytes() == before
    (rest,) = (file for file in tmp_path.iterdir() if file != path)
    assert rest.name.startswith(".a.safetensors.")
    if when == "in the middle":
        assert 100_000 < rest.stat().st_size < 800_000
        with pytest.raises(ValueError, match="cut off"):
            tg.load(rest)
    tg.save(path, {"a": np.arange(6)})  # and the next one is not disturbed by it
    assert tg.load(path).arrays["a"].size == 6


def test_an_error_in_the_middle_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_format.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        tg.save(tmp_path / "a", {"a": np.ones(3)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions and links as in Unix")
def test_permissions_and_links_stay(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    tg.save(tmp_path / "a", {"a": np.ones(3)})
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "link").symlink_to("a")
    tg.save(tmp_path / "link", {"a": np.ones(4)})
    assert (tmp_path / "link").is_symlink()
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640
    assert tg.load(tmp_path / "a").arrays["a"].size == 4
    with pytest.raises(FileNotFoundError, match="makedirs"):
        tg.save(tmp_path / "no" / "a", {"a": np.ones(3)})


# --- files of strangers -----------------------------------------------------------------------------------------------


def entry(dtype: str, shape: Any, *offsets: Any) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)}


def write(path: Path, header: Any, numbers: bytes = b"", length: int | None = None) -> None:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes((len(text) if length is None else length).to_bytes(8, "little") + text + numbers)


def notes(text: str) -> dict[str, Any]:
    return {"__metadata__": {"tinygrad_lite": text}}


ONE = entry("F64", [1], 0, 8)
HOSTILE: dict[str, tuple[Any, ...]] = {  # what is wrong, and a word of what is said of it: header, numbers, length
    "no header: header": (b"", b""),
    "huge header: cut off": (b"{}", b"", 2**63),
    "longest header: cut off": (b"{}", b"", 2**64 - 1),
    "long header: no more than": (b"{}" + b" " * 5_000_001, b""),
    "header without a file: cut off": (b"{}", b"", 3),
    "no JSON: header": (b"\x80\x04pickle", b""),
    "no UTF-8: header": (b'{"\xff": 1}', b""),
    "a list: object": (b"[]", b""),
    "a number: object": (b"1", b""),
    "deep: nested": (b"[" * 100_000, b""),
    "deep in an entry: nested": (b'{"a": {"shape": [[[[]]]]}}', b""),
    "same name twice: twice": (b'{"a": %b, "a": %b}' % ((json.dumps(ONE).encode(),) * 2), b"\0" * 8),
    "same field twice: twice": (b'{"a": {"dtype": "F64", "dtype": "F32", "shape": [], "data_offsets": [0, 8]}}', b"\0" * 8),
    "NaN: NaN is not": (b'{"a": NaN}', b""),
    "long number: header": (b'{"a": {"dtype": "F64", "shape": [%b], "data_offsets": [0, 0]}}' % (b"9" * 5000), b""),
    "metadata of numbers: safetensors says": ({"__metadata__": {"a": 1}}, b""),
    "metadata in a list: safetensors says": ({"__metadata__": []}, b""),
    "unknown dtype: safetensors says": ({"a": entry("F128", [1], 0, 16)}, b"\0" * 16),
    "dtype of Python: safetensors says": ({"a": entry("O", [1], 0, 8)}, b"\0" * 8),
    "dtype in a list: safetensors says": ({"a": {**ONE, "dtype": ["F64"]}}, b"\0" * 8),
    "no fields: safetensors says": ({"a": {}}, b""),
    "more fields: does not give": ({"a": {**ONE, "strides": [0]}}, b"\0" * 8),
    "no entry: safetensors says": ({"a": 1}, b""),
    "negative axis: safetensors says": ({"a": entry("F64", [-1], 0, 8)}, b"\0" * 8),
    "two negative axes: safetensors says": ({"a": entry("F64", [-1, -1], 0, 8)}, b"\0" * 8),
    "fractions: safetensors says": ({"a": entry("F64", [1.0], 0, 8)}, b"\0" * 8),
    "truth values: safetensors says": ({"a": entry("F64", [True], 0, 8)}, b"\0" * 8),
    "shape is a text: safetensors says": ({"a": entry("F64", "1", 0, 8)}, b"\0" * 8),
    "product of 2**64 is 0: safetensors says": ({"a": entry("F64", [2**32, 2**32], 0, 0)}, b""),
    "product of 2**64 + 8: safetensors says": ({"a": entry("U8", [2**63 - 1, 2, 2], 0, 8)}, b"\0" * 8),
    "larger than an index: safetensors says": ({"a": entry("U8", [2**64], 0, 8)}, b"\0" * 8),
    "no elements, and huge: cannot have": ({"a": entry("F64", [0, 2**40, 2**40], 0, 0)}, b""),
    "a petabyte: safetensors says": ({"a": entry("F64", [2**47], 0, 8)}, b"\0" * 8),
    "a petabyte of offsets: safetensors says": ({"a": entry("F64", [2**47], 0, 2**50)}, b"\0" * 8),
    "unknown to NumPy: that can be loaded": ({"a": entry("F8_E5M2", [1], 0, 1)}, b"\0"),
    "many axes: cannot have": ({"a": entry("F64", [1] * 65, 0, 8)}, b"\0" * 8),
    "three offsets: safetensors says": ({"a": entry("F64", [1], 0, 8, 8)}, b"\0" * 8),
    "negative offset: safetensors says": ({"a": entry("F64", [1], -8, 0)}, b"\0" * 8),
    "backward: safetensors says": ({"a": entry("F64", [1], 8, 0)}, b"\0" * 8),
    "overlap: safetensors says": ({"a": ONE, "b": ONE}, b"\0" * 8),
    "half an overlap: safetensors says": ({"a": ONE, "b": entry("F64", [1], 4, 12)}, b"\0" * 12),
    "a hole: safetensors says": ({"a": ONE, "b": entry("F64", [1], 16, 24)}, b"\0" * 24),
    "not from the start: safetensors says": ({"a": entry("F64", [1], 8, 16)}, b"\0" * 16),
    "truncated: safetensors says": ({"a": ONE}, b"\0" * 7),
    "more than arrays: safetensors says": ({"a": ONE}, b"\0" * 9),
    "wrong size: safetensors says": ({"a": entry("F64", [2], 0, 8)}, b"\0" * 8),
    "deep notes: nested": (notes('{"metadata": ' + "[" * 5000 + "]" * 5000 + "}"), b""),
    "notes that are no JSON: notes": (notes("{"), b""),
    "notes in a list: notes": (notes("[]"), b""),
    "notes twice: twice": (notes('{"version": 1, "version": 1}'), b""),
    "notes with nan: NaN": (notes('{"version": 1, "metadata": {"a": NaN}}'), b""),
    "notes of an array that is not there: array": (notes('{"version": 1, "metadata": {"a": {"$array": "x"}}}'), b""),
    "notes with an unknown mark: eval": (notes('{"version": 1, "metadata": {"a": {"$eval": "1"}}}'), b""),
    "notes with a list as a key: items": (notes('{"version": 1, "metadata": {"a": {"$items": [[[], 1]]}}}'), b""),
    "metadata that are no dict: object": (notes('{"version": 1, "metadata": [1]}'), b""),
    "newer notes: newer": (notes('{"version": 2}'), b""),
}


def test_a_hostile_file_is_refused_and_says_why(tmp_path: Path) -> None:
    def refused(name: str) -> None:
        path = tmp_path / "a.safetensors"
        write(path, *HOSTILE[name])
        with pytest.raises(ValueError, match=r"a\.safetensors") as error:
            tg.load(path)
        assert name.partition(": ")[2] in str(error.value), str(error.value)
        assert len(str(error.value)) < 500

    tracemalloc.start()
    all_hold({name: lambda name=name: refused(name) for name in HOSTILE})  # type: ignore[misc]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40_000_000  # of which this test needs 15 to write the longest header
    with (tmp_path / "sparse").open("wb") as file:  # 64 GB that take no room on the disk
        file.write((2).to_bytes(8, "little") + b"{}")
        file.truncate(2**36)
    with pytest.raises(ValueError, match="cut off"):
        tg.load(tmp_path / "sparse")
    (tmp_path / "empty").touch()
    with pytest.raises(ValueError, match="cut off"):
        tg.load(tmp_path / "empty")
    with pytest.raises((ValueError, OSError)):
        tg.load(tmp_path)


def test_a_file_that_is_cut_off_or_changed_anywhere_is_refused_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    tg.save(
        path, {"a": np.arange(3.0), "b": np.ones((2, 2), np.float32)}, Optimizer({"s": {0: np.ones(2)}}), epoch=(1, {2: 3})
    )
    whole = path.read_bytes()
    for end in range(0, len(whole), 13):
        path.write_bytes(whole[:end])
        with pytest.raises(ValueError):  # noqa: PT011 - at each byte another reason
            tg.load(path)
    header = 8 + int.from_bytes(whole[:8], "little")
    for i in RNG.integers(0, header, 100):
        path.write_bytes(whole[:i] + bytes([RNG.integers(256)]) + whole[i + 1 :])
        try:
            tg.load(path)
        except ValueError:
            pass
    path.write_bytes(whole)
    assert tg.load(path).metadata == {"epoch": (1, {2: 3})}


def test_the_limit_of_depth_is_that_of_what_can_be_saved() -> None:
    nest: Any = 1.0
    for i in range(DEEPEST):
        nest = ({i: nest},) if i % 2 else nest
    arrays: dict[str, np.ndarray] = {}
    text = json.dumps(encoded(nest, "metadata", arrays))
    assert equal(decoded(file_format.strict_json(text, 3 * DEEPEST), arrays), nest)
