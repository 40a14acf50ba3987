"""What `snapshot=True` keeps of a training, so that `History.page` can play it: what the model computes over the range of its
data.

Flows in: the data, the loss, and the model before the training. Flows out: a `Scene`: the inputs at which the model is
computed after each epoch; and what its outputs mean, as a `Curve` or a `Field` of plain numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .. import messages
from ..data.batching import Batches
from ..recording import no_grad
from ..tensor import Tensor
from ..views.training.pictures import Curve, Field

PLACES = 200  # at which a model of one input is computed
SIDE = 60  # a model of two inputs is computed at 60 × 60 places
MARGIN = 0.08  # how far the places go beyond the data, as a part of its range


class Scene:
    """A model of one or two inputs, at places over the range of the data that it learns from.

    inputs:  the inputs of the data, shape (n, 1) or (n, 2)
    targets: the targets, shape (n, k)
    axes:    the places along each input
    given:   the arrays that the model is given, as many and of the same kinds as in the training
    meaning: what its outputs are: "values", "probability", "logit", "probabilities", "logits" or "sign"
    """

    def __init__(self, inputs: Sequence[np.ndarray], targets: np.ndarray) -> None:
        self.inputs = np.concatenate([array.reshape(len(array), -1) for array in inputs], axis=1)
        self.targets = targets.reshape(len(targets), -1)
        count = SIDE if self.inputs.shape[1] == 2 else PLACES
        self.axes = [places_over(column, count) for column in self.inputs.T]
        rows = np.stack([axis.ravel() for axis in np.meshgrid(*self.axes)], axis=1)
        self.given, start = list[np.ndarray](), 0
        for array in inputs:
            width = array[0].size
            part = rows[:, start : start + width].reshape(len(rows), *array.shape[1:])
            self.given.append(part.astype(array.dtype))
            start += width
        self.meaning = "values"

    def outputs(self, model: Callable[..., Any]) -> Any:
        """What the model makes of the places: the function `snapshot` of this training."""
        try:
            with np.errstate(all="ignore"):
                return model(*self.given)
        except Exception as error:
            if error.args and isinstance(error.args[0], str):
                error.args = (f"{error.args[0]}\n  {messages.in_scene(self.given)}", *error.args[1:])
            raise

    # --- what the outputs are -----------------------------------------------------------------------------------------

    def suits(self, outputs: Any, loss: Callable[..., Any], one_target: np.ndarray) -> bool:
        """Whether there is a picture of such outputs; if so, find out what they mean. `one_target`: a batch of one."""
        outputs = outputs.to_numpy() if isinstance(outputs, Tensor) else outputs
        if (
            not isinstance(outputs, np.ndarray)
            or outputs.shape[:1] != self.given[0].shape[:1]
            or outputs.dtype.kind not in "fiu"
        ):
            return False
        table, labels = outputs.reshape(len(outputs), -1), self.labels
        count, width = table.shape[1], self.targets.shape[1]
        if count > 1 and len(self.axes) == 2:
            self.meaning = "probabilities" if is_distribution(table) else "logits"
            numbered = width == 1 and self.targets.dtype.kind in "iub" and labels <= set(range(count))
            return numbered or (width == count and is_distribution(self.targets))
        if count == 1 and labels in ({0, 1}, {-1, 1}):
            equal_at = boundary(loss, outputs[:1], one_target, min(labels))
            within = np.isfinite(table).all() and table.min() >= 0 and table.max() <= 1
            of_zero_and_one = "probability" if equal_at == 0.5 or (equal_at is None and within) else "logit"
            self.meaning = of_zero_and_one if min(labels) == 0 else "sign"
        return count == width

    @property
    def labels(self) -> set[float]:
        """The different targets."""
        return set(np.unique(self.targets[np.isfinite(self.targets)]).tolist())

    # --- as a picture -------------------------------------------------------------------------------------------------

    def picture(self, snapshots: Sequence[Any]) -> Curve | Field:
        """All snapshots as a picture of plain numbers; None in the place of those that were not taken here."""
        size = len(self.given[0])
        states = [
            self.read(s.reshape(size, -1)) if isinstance(s, np.ndarray) and s.shape[:1] == (size,) and s.size else None
            for s in snapshots
        ]
        if len(self.axes) == 1:
            kind = "probability of class 1" if self.meaning in ("probability", "logit") else "output"
            return Curve(self.axes[0], states, (self.inputs[:, 0], self.targets.astype(float)), kind)
        folded = [None if s is None else s.reshape(len(self.axes[1]), len(self.axes[0]), -1) for s in states]
        x, y = self.axes
        if self.meaning == "values":
            flat = [None if s is None else s[..., 0] for s in folded]
            return Field(x, y, flat, self.inputs, self.targets[:, 0].astype(float))
        if self.meaning in ("probability", "logit", "sign"):
            pairs = [None if s is None else np.concatenate([1 - s, s], axis=-1) for s in folded]
            low = "−1" if self.meaning == "sign" else "0"
            return Field(x, y, pairs, self.inputs, (self.targets[:, 0] > 0).astype(int), [f"class {low}", "class 1"])
        width = next((s.shape[-1] for s in folded if s is not None), 2)
        single = self.targets.shape[1] == 1
        numbers = self.targets[:, 0].astype(int) if single else self.targets.argmax(axis=1)
        return Field(x, y, folded, self.inputs, numbers, [f"class {c}" for c in range(width)])

    def read(self, outputs: np.ndarray) -> np.ndarray:
        """Outputs as what they mean: values as they are, and all else as probabilities."""
        with np.errstate(all="ignore"):
            if self.meaning == "logit":
                return np.exp(-np.logaddexp(0.0, -outputs.astype(float)))
            if self.meaning == "logits":
                shifted = np.exp(outputs - outputs.max(axis=1, keepdims=True))
                return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))
            if self.meaning == "sign" and len(self.axes) == 2:
                return (outputs.astype(float) / 2 + 0.5).clip(0, 1)
            if self.meaning == "probability" and len(self.axes) == 2:
                return outputs.astype(float).clip(0, 1)
        return outputs


def scene_of(batches: Any, loss: Callable[..., Any], model: Callable[..., Any]) -> Scene | None:
    """The scene of a training; None if there is none: more than two inputs, or outputs that are no numbers to be drawn.

    Raises TypeError if the data is not at hand as arrays.
    """
    *inputs, targets = arrays_in(batches)
    numeric = all(array.dtype.kind in "fiub" for array in (*inputs, targets)) and len(targets) > 0
    if not numeric or any(array.ndim > 2 for array in (*inputs, targets)):
        return None
    if not 1 <= sum(int(np.prod(array.shape[1:])) for array in inputs) <= 2:
        return None
    scene = Scene(inputs, targets)
    return scene if scene.suits(scene.outputs(model), loss, targets[:1]) else None


def arrays_in(batches: Any) -> list[np.ndarray]:
    """The whole data as arrays, inputs first."""
    if isinstance(batches, Batches):
        return [plain(array) for array in batches.arrays]
    if not isinstance(batches, (list, tuple)):  # going through it might change what the training is given
        raise messages.nothing_to_look_at(batches)
    parts = [[np.atleast_1d(plain(array)) for array in batch] for batch in batches]
    return [np.concatenate(arrays) for arrays in zip(*parts)]


def plain(array: Any) -> np.ndarray:
    return array.to_numpy() if isinstance(array, Tensor) else np.asarray(array)


def places_over(column: np.ndarray, count: int) -> np.ndarray:
    """Places over the range of a column, evenly spaced, and a little beyond it; of whole numbers, those between."""
    finite = column[np.isfinite(column)].astype(float)
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if column.dtype.kind in "iub" and high > low:
        return np.unique(np.linspace(low, high, count).round())
    room = MARGIN * (high - low) if high > low else 1.0
    return np.linspace(low - room, high + room, count)


def is_distribution(rows: np.ndarray) -> bool:
    """Whether each row has numbers that are not negative and add up to 1."""
    return bool((rows >= 0).all() and np.allclose(rows.sum(axis=1), 1, atol=1e-5))


def boundary(loss: Callable[..., Any], output: np.ndarray, target: np.ndarray, low: float) -> float | None:
    """The output at which both classes, `low` and 1, cost the same: where a model changes its decision. 0, 0.5 or None.

    So cross-entropy of logits is told from that of probabilities and from a squared error, whatever function wraps it.
    `output` and `target` are a batch of one, of which the shapes and dtypes count.
    """

    def cost(number: float, label: float) -> float:
        outputs = Tensor(np.full_like(output, number, dtype=float), requires_grad=False)
        return float(np.squeeze(plain(loss(outputs, np.full_like(target, label)))))

    try:
        with no_grad(), np.errstate(all="ignore"):
            for number in (0.0, 0.5):
                rises = cost(number + 0.25, low) > cost(number + 0.25, 1.0)
                if rises and np.isclose(cost(number, low), cost(number, 1.0), rtol=1e-9):
                    return number
    except Exception:  # the loss is the user's, and is asked here what it may not be made for
        return None
    return None
