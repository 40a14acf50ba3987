"""Checks arrays with one sample in each row, and makes a source of random numbers, for batches and splits.

Flows in: what a user gives. Flows out: arrays of equal length that can be indexed with an array; a Generator.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import messages

Seed = int | np.random.Generator | None


def as_samples(function: str, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arrays, checked: at least one, with a first axis that has the same length in all and is not empty."""
    if not arrays:
        raise messages.no_arrays_given(function)
    rows = tuple(as_rows(function, array) for array in arrays)
    if len({row.shape[0] for row in rows}) > 1:
        raise messages.unequal_lengths(function, rows)
    if rows[0].shape[0] == 0:
        raise messages.no_rows(function)
    return rows


def as_rows(function: str, value: Any) -> Any:
    """One of them. Tensors and arrays of other libraries stay what they are; lists and pandas columns become NumPy arrays."""
    if isinstance(value, (str, bytes, dict, set)):
        raise messages.no_samples(function, value)
    if isinstance(value, tuple) and any(getattr(part, "ndim", 0) for part in value):  # would be samples, if they are alike
        raise messages.samples_in_a_tuple(function, value)
    if not hasattr(value, "__array_function__"):
        try:
            array = np.asarray(value)
        except ValueError as error:  # rows of different lengths
            raise messages.ragged_samples(function, value, error) from error
    else:
        array = value
    if array.ndim == 0:  # a single number, a generator, a sparse matrix
        raise messages.no_samples(function, value)
    return array


def generator(seed: Seed) -> np.random.Generator:
    """The source of random numbers that `seed` asks for: a new one, or the Generator that was given."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:  # a text; a number below 0
        raise messages.not_a_seed_of_data(seed) from error


def is_count(value: Any, least: int = 1) -> bool:
    """Whether this is a whole number of at least `least`; True and False are not."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) >= least
