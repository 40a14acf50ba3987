"""fit() is a training loop that you can use, read and copy.

Flows in: a model, data, a loss, an optimizer. Flows out: the trained model, and a `History`. Without checks, progress and
checkpoints, the loop is::

    for epoch in range(epochs):
        for x, y in batches:
            optimizer.zero_grad()
            loss = cost(model(x), y)
            loss.backward()
            optimizer.step()
        schedule.step()
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import messages
from ..data.batching import batches as in_batches
from ..optim import OneCycleLR, Optimizer, ReduceLROnPlateau
from ..tensor import Tensor
from .failing import Broken, Interrupt, diagnosis, noticing_ctrl_c
from .history import History
from .reporting import Silent, reporter
from .scene import scene_of
from .training import Training


def fit(
    model: Callable[..., Any], data: Any, loss: Callable[..., Any], optimizer: Optimizer, epochs: int = 10,
    batch_size: int = 32, validation: Any = None, metric: Any = None, schedule: Any = None, seed: Any = None,
    checkpoint: str | os.PathLike[str] | None = None, resume: bool = False,
    callback: Callable[[History], Any] | None = None, snapshot: Callable[[Any], Any] | bool | None = None,
    progress: bool | None = None,
) -> History:  # fmt: skip
    """Train a model, and return the history of the training.

    model:       a Module; or any function of Tensors, such as ``lambda x: a * x**2 + b * x + c``
    data:        the arrays ``(x, y)``, with a sample in each row, which are shuffled in each epoch; or batches, such as
                 ``data.batches(x, y, shuffle=True)`` or a list of pairs. With more than two arrays, the last are the targets
                 and the others the arguments of the model
    loss:        a function of outputs and targets that returns one number, such as ``nn.mse_loss``
    optimizer:   changes the parameters, such as ``optim.Adam(model.parameters())``
    epochs:      the number of passes through the data, including those that are already in a checkpoint
    batch_size:  how many samples a step uses, if `data` is arrays
    validation:  arrays or batches that the model does not learn from. After each epoch the loss on all of them is computed,
                 in eval mode and without gradients
    metric:      a function of outputs and targets, as plain arrays, that returns one number; or a dict of such functions by
                 their names. It is computed on the validation data
    schedule:    changes the learning rate after each epoch; a `OneCycleLR` after each batch. `ReduceLROnPlateau` looks at
                 the validation loss, or at the loss if there is no validation data
    seed:        for the order of the samples: None, a whole number, or a Generator
    checkpoint:  the name of a file to which everything is saved after each epoch
    resume:      continue from this file, if it exists. The result is exactly the same as without the break
    callback:    a function of the history, called after each epoch. If it returns True, the training ends
    snapshot:    True to keep the outputs of the model over the range of the data, so that ``history.page`` can play how they
                 change: with one input at 200 places, with two at 60 × 60, for other models nothing. Or a function of the
                 model that returns an array. Either is computed before the training and after each epoch, in eval mode and
                 without gradients. All results are kept, in ``history.snapshots``, in memory and in the checkpoint:
                 100 epochs of 60 × 60 numbers are 3 MB
    progress:    False to print nothing. Otherwise there is a bar on a terminal (with the package `rich`), and a line for each
                 epoch elsewhere

    Ctrl-C ends the training after the batch that is being computed: the model keeps what it has learned, and
    ``history.interrupted`` is True. The first loss or gradient that is nan or infinite raises FloatingPointError, with what
    `debug` says about it. The model is then as it was before this batch. The error has the attributes ``history``, ``epoch``,
    ``batch``, and ``arrays`` with the arrays of the batch.

    Raises ValueError or TypeError for what cannot be trained, ValueError for a checkpoint of another model or optimizer.

    >>> import numpy as np, tinygrad_lite as tg
    >>> from tinygrad_lite import nn, optim
    >>> a, b = tg.Tensor(0.0), tg.Tensor(0.0)
    >>> x = np.linspace(-1, 1, 64)
    >>> optimizer = optim.SGD([a, b], lr=0.2)
    >>> history = tg.fit(lambda x: a * x + b, (x, 2 * x + 1), nn.mse_loss, optimizer, epochs=30, seed=0, progress=False)
    >>> round(a.item(), 3), round(b.item(), 3)
    (2.0, 1.0)
    >>> history["loss"][0] > 100 * history["loss"][-1]
    True
    """
    training = Training(model, loss, optimizer)
    if isinstance(epochs, bool) or not isinstance(epochs, (int, np.integer)) or epochs < 1:
        raise messages.no_epochs(epochs)
    if schedule is not None and getattr(schedule, "optimizer", None) is not optimizer:
        raise messages.schedule_of_another(schedule, optimizer)
    if resume and checkpoint is None:
        raise messages.nothing_to_resume()
    metrics = named(metric)
    if metrics and validation is None:
        raise messages.metric_without_validation(metrics)
    batches = as_batches(data, batch_size, True, seed)
    held_out = None if validation is None else as_batches(validation, batch_size, False, None)
    history = History()
    if checkpoint is not None and resume and os.path.exists(checkpoint):
        history = training.resume(checkpoint, batches, schedule)
    if snapshot is True:
        with training.evaluating():
            history.scene = scene_of(batches, loss, model)  # None, if there is nothing to be drawn
        snapshot = history.scene.outputs if history.scene else None
    elif snapshot is not None and snapshot is not False and not callable(snapshot):
        raise messages.no_snapshot(snapshot)
    take_snapshot(training, snapshot or None, history)
    try:
        with noticing_ctrl_c() as ctrl_c, reporter(progress, epochs) as report:
            for epoch in range(history.epochs + 1, epochs + 1):
                start, rate = time.perf_counter(), float(optimizer.param_groups[0]["lr"])
                mean_loss = one_epoch(training, batches, schedule, history, ctrl_c, report)
                row: dict[str, Any] = {"epoch": epoch, "loss": mean_loss}
                if held_out is not None:
                    row.update(training.evaluate(pairs_in(held_out), metrics))
                if isinstance(schedule, ReduceLROnPlateau):
                    schedule.step(row.get("validation_loss", row["loss"]))
                elif schedule is not None and not isinstance(schedule, OneCycleLR):
                    schedule.step()
                history.add(**row, learning_rate=rate, seconds=time.perf_counter() - start)
                take_snapshot(training, snapshot or None, history)
                report.epoch({name: column[-1] for name, column in history.items()}, history.seconds_left(epochs))
                if checkpoint is not None:
                    training.save(checkpoint, history, batches, schedule)
                if callback is not None and callback(history) in (True,):  # of NumPy's truth values, too
                    break
    except KeyboardInterrupt:
        history.interrupted = True
    return history


def one_epoch(
    training: Training, batches: Any, schedule: Any, history: History, ctrl_c: Interrupt, report: Silent
) -> float:  # fmt: skip
    """Go through all batches once, a step for each, and return the mean of their losses."""
    losses, sizes = list[float](), list[int]()
    for number, batch in enumerate(pairs_in(batches), 1):
        losses.append(guarded_step(training, batch, history, number))
        sizes.append(len(batch[-1]) if np.ndim(batch[-1]) else 1)
        if isinstance(schedule, OneCycleLR):
            schedule.step()
        report.batch(history.epochs + 1, number / len(batches) if hasattr(batches, "__len__") else None)
        if ctrl_c.pressed:
            raise KeyboardInterrupt
    return float(np.average(losses, weights=sizes))


def guarded_step(training: Training, batch: tuple[Any, ...], history: History, number: int) -> float:
    """A step that is either done or not done: after an error, everything is as it was before.

    NumPy's warnings are off, as every number that is not finite is looked for, and raises with more to say.
    """
    put_back, epoch = training.kept(), history.epochs + 1
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return training.step(*batch)
    except Broken as broken:
        put_back()
        reports = diagnosis(lambda: training.loss_and_gradients(*batch))
        put_back()
        error = messages.not_finite(broken.parameter, broken.numbers, epoch, number, reports, training.model)
        history.broken = str(error).partition(". ")[0]
        error.history, error.epoch, error.batch, error.arrays = history, epoch, number, batch
        raise error from None
    except Exception as error:
        put_back()
        if error.args and isinstance(error.args[0], str):
            error.args = (f"{error.args[0]}\n  {messages.in_batch(epoch, number, batch)}", *error.args[1:])
        raise
    except KeyboardInterrupt:
        put_back()
        raise


def as_batches(data: Any, batch_size: int, shuffle: bool, seed: Any) -> Any:
    """What a loop goes through in each epoch."""
    if isinstance(data, tuple):
        if len(data) < 2:
            raise messages.no_targets(data)
        return in_batches(*data, batch_size=batch_size, shuffle=shuffle, seed=seed)
    if isinstance(data, (np.ndarray, Tensor, str)) or not hasattr(data, "__iter__"):
        raise messages.no_pairs(data)
    if hasattr(data, "__next__"):
        raise messages.used_up_batches(data)
    return data


def pairs_in(batches: Any) -> Iterator[tuple[Any, ...]]:
    """The batches, each with inputs and targets."""
    empty = True
    for batch in batches:
        if not isinstance(batch, (tuple, list)) or len(batch) < 2:
            raise messages.no_pairs(batch)
        empty = False
        yield tuple(batch)
    if empty:
        raise messages.no_batches(batches)


def named(metric: Any) -> dict[str, Callable[..., Any]]:
    """The metrics with their names, which are those of columns."""
    if metric is None:
        return {}
    name = getattr(metric, "__name__", "metric").replace("<lambda>", "metric")
    metrics = metric if isinstance(metric, dict) else {name: metric}
    for name, function in metrics.items():
        if not callable(function) or name in ("epoch", "loss", "validation_loss", "learning_rate", "seconds"):
            raise messages.no_metric(name, function)
    return metrics


def take_snapshot(training: Training, snapshot: Callable[[Any], Any] | None, history: History) -> None:
    """Keep what the function `snapshot` makes of the model now, if there is one, and it was not kept before.

    The place in the list is the number of the epoch, also if epochs before a checkpoint had no snapshots.
    """
    if snapshot is not None and len(history.snapshots) <= history.epochs:
        with training.evaluating():
            made = snapshot(training.model)
        history.snapshots += [None] * (history.epochs - len(history.snapshots))
        history.snapshots.append(np.array(made.to_numpy() if isinstance(made, Tensor) else made))
