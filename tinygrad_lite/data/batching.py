"""batches() divides arrays into batches of a few samples, in order or shuffled, for any number of epochs.

Flows in: arrays of equal length, one sample in each row. Flows out: a `Batches`, which a `for` loop goes through.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .. import messages
from .samples import Seed, as_samples, generator, is_count


class Batches:
    """Arrays in batches, as `batches` makes them. A `for` loop over it is one epoch, and `len` is the number of batches.

    arrays: the arrays
    batch_size: how many samples are in a batch
    shuffle: whether each epoch has another order
    drop_last: whether a last batch with fewer samples is left out
    seed: the number that determines the order of every epoch
    epoch: how many epochs have begun. This number determines the order of the next one; assign to it to choose another
    """

    def __init__(self, arrays: tuple[Any, ...], batch_size: int, shuffle: bool, seed: int, drop_last: bool) -> None:
        self.arrays, self.batch_size, self.shuffle = arrays, batch_size, shuffle
        self.seed, self.drop_last, self.epoch = seed, drop_last, 0

    @property
    def samples(self) -> int:
        """The number of samples, which is the length of each array."""
        return int(self.arrays[0].shape[0])

    def __len__(self) -> int:
        full, rest = divmod(self.samples, self.batch_size)
        return full if self.drop_last else full + (rest > 0)

    def __iter__(self) -> Iterator[Any]:
        epoch, self.epoch = self.epoch, self.epoch + 1  # from its first batch on; two loops at a time are two epochs
        order = self.order(epoch)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            yield self.batch(slice(start, start + self.batch_size), order)

    def order(self, epoch: int) -> np.ndarray | None:
        """The samples as they follow in an epoch, by their numbers; None if they are not shuffled."""
        return np.random.default_rng([self.seed, epoch]).permutation(self.samples) if self.shuffle else None

    def batch(self, part: slice, order: np.ndarray | None) -> Any:
        """One batch: of a single array a part of it, of several arrays a tuple."""
        rows = part if order is None else order[part]
        parts = tuple(array[rows] for array in self.arrays)
        return parts[0] if len(parts) == 1 else parts

    def state_dict(self) -> dict[str, int]:
        """The state that is needed to continue with the same orders: the seed and the number of the next epoch, for JSON."""
        return {"seed": self.seed, "epoch": self.epoch}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue like the batches whose `state_dict` this is. Raises ValueError, and changes nothing, if it is not one."""
        if not isinstance(state, dict) or sorted(state, key=str) != ["epoch", "seed"]:
            raise messages.no_state_of_batches(state)
        if not all(is_count(number, 0) for number in state.values()):
            raise messages.no_state_of_batches(state)
        self.seed, self.epoch = int(state["seed"]), int(state["epoch"])

    def __repr__(self) -> str:
        what = f"{len(self.arrays)} array{'s' * (len(self.arrays) > 1)} of {self.samples} samples"
        options = f"batch_size={self.batch_size}, shuffle={self.shuffle}, seed={self.seed}, drop_last={self.drop_last}"
        return f"<{len(self)} batches of {what}, {options}>"


def batches(
    *arrays: Any, batch_size: int = 32, shuffle: bool = False, seed: Seed = None, drop_last: bool = False
) -> Batches:  # fmt: skip
    """Divide arrays into batches of `batch_size` samples, in order or shuffled, for a loop over one epoch.

    arrays: one or more, with one sample in each row, so the first axis has the same length in all. Lists and pandas columns
        become NumPy arrays. Tensors stay Tensors
    shuffle: each epoch has another order, the same for all arrays. The order of epoch k depends only on `seed` and k
    seed: None, a whole number, or a Generator, from which one number is drawn. The number in use is the attribute ``seed``
    drop_last: leave out the last batch if it has fewer samples

    Each batch is a tuple with a part of each array; for a single array it is the part itself. A batch in the given order is a
    view of the arrays, a shuffled one is a copy. You can leave a loop at any time: the next one starts a new epoch. For a
    checkpoint, ``state_dict()`` returns the seed and the number of the next epoch, and ``load_state_dict`` sets them.

    Raises TypeError for what is not an array; ValueError for arrays of different lengths, for arrays without samples, for a
    `batch_size` below 1, and if `drop_last` would leave no batch.

    >>> import numpy as np
    >>> x, y = np.arange(5.0), np.arange(5) % 2
    >>> for xs, ys in batches(x, y, batch_size=2):
    ...     print(xs, ys)
    [0. 1.] [0 1]
    [2. 3.] [0 1]
    [4.] [0]
    >>> shuffled = batches(x, batch_size=5, shuffle=True, seed=0)
    >>> [batch.tolist() for epoch in range(2) for batch in shuffled]
    [[2.0, 4.0, 3.0, 0.0, 1.0], [1.0, 4.0, 3.0, 0.0, 2.0]]
    >>> shuffled.state_dict()
    {'seed': 0, 'epoch': 2}
    """
    rows = as_samples("batches", arrays)
    if not is_count(batch_size):
        raise messages.no_batch_size(batch_size)
    if drop_last and batch_size > rows[0].shape[0]:
        raise messages.no_full_batch(batch_size, rows[0].shape[0])
    rng = generator(seed)
    number = int(seed) if isinstance(seed, (int, np.integer)) else int(rng.integers(2**53))  # which any JSON can hold
    return Batches(rows, int(batch_size), bool(shuffle), number, bool(drop_last))
