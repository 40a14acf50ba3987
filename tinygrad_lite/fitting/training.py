"""A Training has a model, a loss and an optimizer, and does a step, an evaluation or a checkpoint with them.

Flows in: batches. Flows out: losses; and the state of everything that a training changes, to go back to or to save.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import messages
from ..nn.finding import tensors_in
from ..nn.module import Module
from ..optim.optimizer import Optimizer
from ..recording import no_grad
from ..saving.saving import Saved, load, put_into, save
from ..tensor import Tensor
from .failing import Broken
from .history import History

Path = str | os.PathLike[str]


class Training:
    """What is trained, and with what. The model is a Module, or any function of Tensors that the optimizer moves."""

    def __init__(self, model: Callable[..., Any], loss: Callable[..., Any], optimizer: Optimizer) -> None:
        if not callable(model):
            raise messages.no_model(model)
        if not callable(loss):
            raise messages.no_loss(loss)
        if not isinstance(optimizer, Optimizer):
            raise messages.no_optimizer(optimizer)
        self.model, self.loss, self.optimizer = model, loss, optimizer
        self.parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self.modules = list(model.modules()) if isinstance(model, Module) else []
        inside = [found.value for found in tensors_in(model)] if isinstance(model, Module) else []
        self.tensors = list(dict.fromkeys([*inside, *self.parameters]))  # with buffers, and with what is frozen
        if isinstance(model, Module):
            if not {id(p) for p in model.parameters()} & {id(p) for p in self.parameters}:
                raise messages.optimizer_of_another_model(model, optimizer)
            if not model.training:
                raise messages.trained_in_eval_mode(model)

    # --- one step, one evaluation -------------------------------------------------------------------------------------

    def step(self, *batch: Any) -> float:
        """Move the parameters against the gradient of the loss of one batch, and return this loss."""
        return float(np.squeeze(self.optimizer.step(lambda: self.loss_and_gradients(*batch)).data))

    def loss_and_gradients(self, *batch: Any) -> Tensor:
        """The loss of one batch, and its gradients in the parameters. Raises `Broken` if one of them is not finite."""
        self.optimizer.zero_grad()
        *inputs, targets = batch
        loss = self.loss(self.model(*inputs), targets)
        check_loss(self.loss, loss)
        if not isinstance(loss, Tensor):
            raise messages.no_number_for_loss(self.loss, loss)
        if not all_finite(loss._array):
            raise Broken(None, loss.data)
        loss.backward()
        for p in self.parameters:
            if p.grad is not None and not all_finite(p.grad):
                raise Broken(p, p.grad)
        return loss

    def evaluate(self, batches: Any, metrics: dict[str, Callable[..., Any]]) -> dict[str, float]:
        """The loss and the metrics of all these batches together, of the model as it is used and not as it is trained."""
        with self.evaluating():
            pairs = [(plain(self.model(*inputs)), plain(targets)) for *inputs, targets in batches]
            outputs, targets = map(joined, zip(*pairs))
            loss = self.loss(Tensor(outputs, requires_grad=False), targets)
            check_loss(self.loss, loss)
            return {
                "validation_loss": float(np.squeeze(plain(loss))),
                **{name: float(metric(outputs, targets)) for name, metric in metrics.items()},
            }

    @contextlib.contextmanager
    def evaluating(self) -> Iterator[None]:
        """In here nothing is recorded, and all modules are in eval mode. After it each has the mode that it had before."""
        before = [module.training for module in self.modules]
        try:
            for module in self.modules:
                module.training = False
            with no_grad():
                yield
        finally:
            for module, mode in zip(self.modules, before):
                module.training = mode

    # --- its state ----------------------------------------------------------------------------------------------------

    @property
    def generators(self) -> list[np.random.Generator]:
        """The random generators in the modules, each once: those that Dropout draws from."""
        kind = np.random.Generator
        found = [value for module in self.modules for value in vars(module).values() if isinstance(value, kind)]
        return list(dict.fromkeys(found))

    def kept(self) -> Callable[[], None]:
        """Keep what a step changes, and return a function that puts it back: all Tensors, and the random generators.

        Nothing is copied, as no array is ever changed in place.
        """
        arrays = [(tensor, tensor._array) for tensor in self.tensors]
        states = [(generator, generator.bit_generator.state) for generator in self.generators]

        def put_back() -> None:
            for tensor, array in arrays:
                if tensor._array is not array:
                    tensor.data = array
                tensor.grad = None
            for generator, state in states:
                generator.bit_generator.state = state

        return put_back

    def save(self, path: Path, history: History, batches: Any, schedule: Any) -> None:
        """Write a checkpoint: all that is needed to go on as if nothing had happened."""
        fit = {
            "history": history.columns,
            "snapshots": history.snapshots,
            "generators": [generator.bit_generator.state for generator in self.generators],
            "batches": batches.state_dict() if hasattr(batches, "state_dict") else None,
            "schedule": None if schedule is None else schedule.state_dict(),
        }
        save(path, self.model if isinstance(self.model, Module) else self.parameters, self.optimizer, fit=fit)

    def resume(self, path: Path, batches: Any, schedule: Any) -> History:
        """Go on from a checkpoint: put everything back as it was, and return the history so far."""
        saved: Saved = load(path)
        fit = saved.metadata.get("fit")
        if not isinstance(fit, dict) or not {"history", "snapshots", "generators", "batches", "schedule"} <= fit.keys():
            raise messages.no_checkpoint(path)
        if len(fit["generators"]) != len(self.generators) or (fit["schedule"] is None) != (schedule is None):
            raise messages.other_checkpoint(path, "")
        try:
            put_into(saved, path, self.model if isinstance(self.model, Module) else self.parameters, self.optimizer)
            if schedule is not None:
                schedule.load_state_dict(fit["schedule"])
        except ValueError as error:
            raise messages.other_checkpoint(path, error) from error
        for generator, state in zip(self.generators, fit["generators"]):
            generator.bit_generator.state = state
        if hasattr(batches, "load_state_dict") and fit["batches"] is not None:
            batches.load_state_dict(fit["batches"])
        history = History(fit["history"])
        history.snapshots = list(fit["snapshots"])
        return history


def all_finite(numbers: Any) -> bool:
    """Whether no number is nan or infinite. The sum tells it fast; but that of finite numbers may be too large."""
    return math.isfinite(np.add.reduce(numbers, axis=None)) or bool(np.isfinite(numbers).all())


def check_loss(function: Callable[..., Any], loss: Any) -> None:
    """A loss is one number, so that there is one gradient."""
    value = loss._array if isinstance(loss, Tensor) else loss
    if not hasattr(value, "dtype") and not isinstance(value, float):
        raise messages.no_number_for_loss(function, loss)
    if np.size(value) != 1:
        raise messages.several_losses(function, loss)


def plain(value: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return value.to_numpy() if isinstance(value, Tensor) else value


def joined(parts: Any) -> Any:
    """The batches of an array, one after the other."""
    if not all(isinstance(part, np.ndarray) for part in parts):
        raise messages.several_outputs(parts[0])
    return np.concatenate(parts)
