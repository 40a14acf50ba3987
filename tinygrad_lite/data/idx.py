"""read_idx() reads the file format of MNIST, an array of bytes after a short header.

The header is big-endian: two zero bytes, 0x08 for bytes, the number of axes, and the length of each axis in four bytes. The
numbers follow, row by row. (Y. LeCun, C. Cortes and C. Burges, The MNIST database, 1998)

Flows in: a file, plain or compressed by gzip. Flows out: the array. A file whose header promises more than it has is an
error.
"""

from __future__ import annotations

import gzip
import math
import os
import struct
import zlib
from pathlib import Path

import numpy as np

from .. import messages

MOST_BYTES = 2**30  # of one array; MNIST's training images take 47 million
MOST_EXPANDED = 1032  # how many bytes one byte of gzip can stand for, at most


def read_idx(path: Path, axes: int) -> np.ndarray:
    """The array of bytes in a file, with that many axes, read-only. Raises ValueError if the file is broken."""
    size = os.path.getsize(path)
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        try:
            with gzip.GzipFile(fileobj=plain) if packed else plain as file:
                header = file.read(4 + 4 * axes)
                if len(header) < 4 + 4 * axes or header[:4] != bytes([0, 0, 8, axes]):
                    raise messages.not_idx(path, header[:4], axes)
                shape = struct.unpack(f">{axes}I", header[4:])
                promised = math.prod(shape)
                possible = size * MOST_EXPANDED if packed else size
                if promised > min(possible, MOST_BYTES):
                    raise messages.promises_too_much(path, promised, size)
                numbers = file.read(promised + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise messages.broken_idx(path, error) from error
    if len(numbers) != promised:
        raise messages.other_than_promised(path, promised, len(numbers))
    return np.frombuffer(numbers, np.uint8).reshape(shape)
