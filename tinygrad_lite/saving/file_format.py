"""The safetensors format: named arrays and some text in one file, with nothing in it that could run.

Flows in: a dict of arrays. Flows out: a file that PyTorch and others open; and the same the other way round. The format
is small enough to be written here::

    8 bytes     n, the length of the header, as a little-endian whole number
    n bytes     the header, a JSON object: {"weight": {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48]}, …}
    the rest    the numbers of all arrays, in C order, little-endian; the offsets count from here

Beside the arrays, the header may have ``"__metadata__"``, an object whose values are texts.

A file may come from a stranger, so nothing in it is believed. What the header says is compared with the size of the file
before memory is taken for any array, and the header itself is limited in length and in depth.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from .. import messages

DTYPES = {  # what the format calls a dtype of NumPy
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
BFLOAT16 = "BF16"  # which NumPy does not have: the upper half of a float32
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}
LONGEST_HEADER = 5_000_000  # bytes, for some 50,000 arrays. Python needs up to 25 times as much memory to read them
DEEPEST_HEADER, MOST_AXES = 3, 32  # 32 axes are what NumPy 1 can do


class Entry(NamedTuple):
    """What the header says of one array, once it has been checked."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


# --- writing ----------------------------------------------------------------------------------------------------------


def write(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write a file that is either complete or not there. Raises TypeError for a dtype that the format does not have.

    The arrays are in the file by the size of their numbers, the largest first, so that each begins where its dtype may
    begin in memory. The header keeps the order of the dict.
    """
    names = {name: name_of_dtype(name, array) for name, array in arrays.items()}
    order = sorted(arrays, key=lambda name: -arrays[name].dtype.itemsize)
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    header.update({name: {"dtype": names[name], "shape": list(arrays[name].shape)} for name in arrays})
    end = 0
    for name in order:
        start, end = end, end + arrays[name].size * arrays[name].dtype.itemsize
        header[name]["data_offsets"] = [start, end]
    text = json.dumps(header, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > LONGEST_HEADER:
        raise messages.header_too_long(len(text), LONGEST_HEADER)
    with replacing(path) as file:
        file.write(len(text).to_bytes(8, "little"))
        file.write(text)
        for name in order:
            array = np.asarray(arrays[name], order="C")
            if names[name] != BFLOAT16:
                array = array.astype(DTYPES[names[name]], copy=False)
            file.write(array.reshape(-1).view(np.uint8).data)


def name_of_dtype(name: str, array: np.ndarray) -> str:
    """What the format calls the dtype of an array."""
    if array.dtype.name == "bfloat16":  # of the package ml_dtypes
        return BFLOAT16
    known = NAMES.get(array.dtype.newbyteorder("<"))
    if known is None:
        raise messages.not_a_saved_dtype(name, array)
    return known


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of the one at `path` when it is complete and on the disk.

    Until then it has another name in the same folder. So whatever happens in between, an error, a full disk or a lost
    process, leaves the old file as it was. Of a link, what it points to is replaced. The new file gets the permissions of
    the old one.
    """
    place = os.path.realpath(path)
    folder, name = os.path.split(place)
    if not os.path.isdir(folder):
        raise messages.no_folder(path, folder)
    beside = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(place):
            shutil.copymode(place, beside)
        os.replace(beside, place)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    if hasattr(os, "O_DIRECTORY"):  # so that the new name, too, survives a loss of power
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError:  # some file systems of networks refuse
            pass
        finally:
            os.close(descriptor)


# --- reading ----------------------------------------------------------------------------------------------------------


def read(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays and the metadata of a file, in the order of its header. Raises ValueError if anything in it is wrong.

    The arrays need as much memory as the file is large; those of bfloat16 twice that, as they come as float32, which has
    the same values and more.
    """
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise messages.unreadable(path, "special")
        entries, metadata, start = read_header(file, status.st_size, path)
        arrays = {}
        for entry in entries:
            file.seek(start + entry.start)
            arrays[entry.name] = read_array(file, entry, path)
    return arrays, metadata


def read_header(file: BinaryIO, size: int, path: Any) -> tuple[list[Entry], dict[str, str], int]:
    """What is in a file of this size: a line for each array, the metadata, and where the numbers begin."""
    first = file.read(8)
    length = int.from_bytes(first, "little")
    if len(first) < 8 or length > size - 8:
        raise messages.unreadable(path, "no_header", size, 8 + length)
    if length > LONGEST_HEADER:
        raise messages.unreadable(path, "long_header", length, LONGEST_HEADER)
    try:
        header = strict_json(file.read(length).decode(), DEEPEST_HEADER)
    except ValueError as error:
        raise messages.unreadable(path, "bad_header", error) from error
    if not isinstance(header, dict):
        raise messages.unreadable(path, "no_object")
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise messages.unreadable(path, "metadata")
    entries = [checked(name, about, path) for name, about in header.items()]
    end = 0
    for entry in sorted(entries, key=lambda entry: (entry.start, entry.end)):
        if entry.start != end:
            raise messages.unreadable(path, "offsets", entry.name, entry.start, end)
        end = entry.end
    if end != size - 8 - length:
        raise messages.unreadable(path, "size", end, size - 8 - length)
    return entries, metadata, 8 + length


def checked(name: str, about: Any, path: Any) -> Entry:
    """One line of the header, if it makes sense: Python's whole numbers have no largest one, so no product overflows."""
    if not isinstance(about, dict) or about.keys() != {"dtype", "shape", "data_offsets"}:
        raise messages.unreadable(path, "fields", name)
    dtype, shape, offsets = about["dtype"], about["shape"], about["data_offsets"]
    if dtype != BFLOAT16 and not (isinstance(dtype, str) and dtype in DTYPES):
        raise messages.unreadable(path, "dtype", name, dtype, [*DTYPES, BFLOAT16])
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or not all(type(n) is int and 0 <= n <= sys.maxsize for n in numbers):
            raise messages.unreadable(path, "lengths", name)
    if len(shape) > MOST_AXES or len(offsets) != 2:
        raise messages.unreadable(path, "axes", name, len(shape), len(offsets))
    itemsize = 2 if dtype == BFLOAT16 else np.dtype(DTYPES[dtype]).itemsize
    needed = math.prod(shape) * itemsize
    if needed != offsets[1] - offsets[0]:
        raise messages.unreadable(path, "bytes", name, tuple(shape), needed, offsets[1] - offsets[0])
    if math.prod(n for n in shape if n) * itemsize > sys.maxsize:  # it may have no elements, but NumPy multiplies its axes
        raise messages.unreadable(path, "too_large", name, tuple(shape))
    return Entry(name, dtype, tuple(shape), *offsets)


def read_array(file: BinaryIO, entry: Entry, path: Any) -> np.ndarray:
    """The numbers of one array, which begin where the file is now."""
    numbers = np.empty(entry.end - entry.start, np.uint8)
    if file.readinto(numbers.data) != numbers.size:  # type: ignore[attr-defined]
        raise messages.unreadable(path, "shrunk")
    if entry.dtype == BFLOAT16:
        numbers = (numbers.view("<u2").astype(np.uint32) << 16).view(np.float32)
    elif entry.dtype == "BOOL":
        numbers = numbers != 0  # a byte that is neither 0 nor 1 would be a truth value that is neither True nor False
    else:
        numbers = numbers.view(DTYPES[entry.dtype])
        numbers = numbers.astype(numbers.dtype.newbyteorder("="), copy=False)
    return numbers.reshape(entry.shape)


def strict_json(text: str, deepest: int) -> Any:
    """JSON as its standard has it: no key twice, no NaN or Infinity; and nested no deeper than that. Otherwise ValueError."""
    depth = 0
    for bracket in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(bracket[0], 0)
        if depth > deepest:
            raise messages.bad_json("deep", deepest)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise messages.bad_json("twice")
        return found

    def no_constant(name: str) -> Any:
        raise messages.bad_json("constant", name)

    return json.loads(text, object_pairs_hook=once, parse_constant=no_constant)
