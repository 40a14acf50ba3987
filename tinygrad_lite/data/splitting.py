"""train_test_split() divides arrays into samples to train with, and others to test with.

Flows in: arrays of equal length, one sample in each row. Flows out: two parts of each array.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor
from .samples import Seed, as_rows, as_samples, generator, is_count


def train_test_split(
    *arrays: Any, test_size: float = 0.25, shuffle: bool = True, seed: Seed = None, stratify: Any = None
) -> list[Any]:  # fmt: skip
    """Divide each array into two parts, to train and to test with: ``x_train, x_test, y_train, y_test``, as in scikit-learn.

    arrays: one or more, with one sample in each row, so the first axis has the same length in all. Lists and pandas columns
        become NumPy arrays. Tensors stay Tensors
    test_size: the part to test with, between 0 and 1, rounded up to whole samples; or a number of samples
    shuffle: choose the samples at random; otherwise the last samples are those to test with
    seed: None, a whole number, or a Generator
    stratify: a label for each sample. Then both parts have the labels in nearly the same proportions as the whole

    Raises TypeError for what is not an array; ValueError for arrays of different lengths, for a part without samples, and for
    classes that are too small to be in both parts.

    >>> import numpy as np
    >>> x = np.arange(8)
    >>> x_train, x_test, y_train, y_test = train_test_split(x, x % 2, seed=0, stratify=x % 2)
    >>> x_train, x_test, y_test
    (array([3, 1, 2, 6, 0, 5]), array([4, 7]), array([0, 1]))
    """
    rows = as_samples("train_test_split", arrays)
    samples = rows[0].shape[0]
    tests = test_count(test_size, samples)
    rng = generator(seed)
    if stratify is not None:
        if not shuffle:
            raise messages.no_order_to_stratify()
        train, test = of_each_class(stratify, samples, tests, rng)
    elif shuffle:
        order = rng.permutation(samples)
        train, test = order[tests:], order[:tests]
    else:
        train, test = np.arange(samples - tests), np.arange(samples - tests, samples)
    return [row[part] for row in rows for part in (train, test)]


def test_count(test_size: Any, samples: int) -> int:
    """How many samples are to test with."""
    if is_count(test_size):
        tests = int(test_size)
    elif isinstance(test_size, (float, np.floating)) and 0 < test_size < 1:
        tests = math.ceil(test_size * samples)
    else:
        raise messages.no_test_size(test_size, samples)
    if not 0 < tests < samples:
        raise messages.no_test_size(test_size, samples)
    return tests


def of_each_class(stratify: Any, samples: int, tests: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The samples to train and to test with, by their numbers: of each class its share."""
    labels = as_rows("train_test_split", stratify.data if isinstance(stratify, Tensor) else stratify)
    if labels.shape != (samples,):
        raise messages.other_classes(labels, samples)
    names, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if counts.min() == 1:
        raise messages.class_of_one(names[counts.argmin()].item())
    for side, size in (("test", tests), ("training", samples - tests)):
        if size < len(names):
            raise messages.too_few_for_classes(side, size, len(names))
    shares = by_largest_remainder(counts, tests, rng)
    chosen = [rng.permutation(np.flatnonzero(classes == number)) for number in range(len(names))]
    train = np.concatenate([each[share:] for each, share in zip(chosen, shares)])
    test = np.concatenate([each[:share] for each, share in zip(chosen, shares)])
    return rng.permutation(train), rng.permutation(test)


def by_largest_remainder(counts: np.ndarray, tests: int, rng: np.random.Generator) -> np.ndarray:
    """How many of each class are to test with, `tests` in all.

    The shares are rounded down, and one more is taken where most was cut off (Hamilton's method of apportionment, 1792).
    """
    shares, cut_off = np.divmod(counts * tests, counts.sum())
    ties = rng.permutation(len(shares))  # so that of equal remainders not the first classes win
    most = ties[np.argsort(-cut_off[ties], kind="stable")]
    shares[most[: tests - shares.sum()]] += 1
    return shares
