"""Writes named arrays and some text into one file, completely or not at all, and reads files safely.

Flows in: a dict of arrays. Flows out: a file that PyTorch and others can open; reading does the opposite. The format is
safetensors, and the package of that name writes and checks it::

    8 bytes     n, the length of the header, as a little-endian whole number
    n bytes     the header, a JSON object: {"weight": {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48]}, …}
    the rest    the numbers of all arrays, in C order, little-endian; the offsets count from here

Besides the arrays, the header may have ``"__metadata__"``, an object whose values are texts. This file adds to the package:
the order of the arrays, limits for a header, bfloat16 without further packages, and a write that may be interrupted.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from .. import messages

DTYPES = {  # what the format calls a dtype of NumPy
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1",
    "BOOL": "|u1",  # a byte that is neither 0 nor 1 would be a truth value that is neither True nor False
    "BF16": "<u2",  # which NumPy does not have: the upper half of a float32
}  # fmt: skip
LONGEST_HEADER = 5_000_000  # bytes, for some 50,000 arrays. Python needs up to 25 times as much memory to read them
DEEPEST_HEADER = 3


def package(what: str) -> Any:
    """The package safetensors, which is imported when the first file is written or read."""
    try:
        import safetensors.numpy
    except ImportError as error:
        raise messages.not_installed(what, "safetensors", "saving") from error
    return safetensors


# --- writing ----------------------------------------------------------------------------------------------------------


def write(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> None:
    """Write a file that is either complete or not there. Raises TypeError for a dtype that the format does not have.

    The package sorts the arrays, so that each begins where its dtype may begin in memory. The header that it writes is put
    into the order of the dict again.
    """
    library = package("save")
    for name, array in arrays.items():
        if array.dtype.name != "bfloat16" and array.dtype.newbyteorder("<").str not in {*DTYPES.values(), "|b1"}:
            raise messages.not_a_saved_dtype(name, array)
    in_c_order = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    content = memoryview(library.numpy.save(in_c_order, dict(metadata) or None))
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(bytes(content[8:start]))
    first = ["__metadata__"] if metadata else []
    text = json.dumps({name: header[name] for name in [*first, *arrays]}, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    if len(text) > LONGEST_HEADER:
        raise messages.header_too_long(len(text), LONGEST_HEADER)
    with replacing(path) as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.write(content[start:])


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

    While it is read, this needs twice as much memory as the file is large; if most of it is bfloat16, which comes as float32,
    three times as much.
    """
    library = package("load")
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise messages.unreadable(path, "special")
        header = read_header(file, status.st_size, path)
        try:
            with library.safe_open(os.fspath(path), "np"):
                pass  # it has compared dtypes, shapes and offsets with the size of the file, and has read no array
            file.seek(0)
            found = dict(library.deserialize(file.read(status.st_size)))
        except library.SafetensorError as error:
            raise messages.unreadable(path, "damaged", error) from error
    metadata = header.pop("__metadata__", None) or {}
    return {name: array_of(name, header[name], found.pop(name), path) for name in header}, metadata


def read_header(file: BinaryIO, size: int, path: Any) -> dict[str, Any]:
    """The header of a file of this size as strict JSON, before anything in it has been checked."""
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
    return header


def array_of(name: str, about: Mapping[str, Any], found: Mapping[str, Any], path: Any) -> np.ndarray:
    """An array from its entry in the header and the bytes that the package found there."""
    dtype, shape = found["dtype"], found["shape"]
    if dtype not in DTYPES:
        raise messages.unreadable(path, "dtype", name, dtype, DTYPES)
    if about.keys() != {"dtype", "shape", "data_offsets"}:
        raise messages.unreadable(path, "fields", name)
    numbers = np.frombuffer(found["data"], DTYPES[dtype])
    if dtype == "BF16":
        wide = numbers.astype(np.uint32)
        wide <<= 16
        numbers = wide.view(np.float32)
    elif dtype == "BOOL":
        numbers = numbers != 0
    try:
        return numbers.astype(numbers.dtype.newbyteorder("="), copy=False).reshape(shape)
    except ValueError as error:  # of more axes than NumPy has, or one too long, beside one of length 0
        raise messages.unreadable(path, "too_large", name, shape) from error


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
