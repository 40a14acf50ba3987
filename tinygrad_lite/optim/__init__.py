"""Optimizers change parameters against their gradients. They have the names that PyTorch gives them.

    optimizer = tg.optim.Adam([w, b], lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        loss = np.mean((x @ w + b - y) ** 2)
        loss.backward()
        optimizer.step()

The files, in reading order:

optimizer.py (the base of all optimizers: parameters in groups, `step`, and what is saved), sgd.py (the plain method, and
momentum), adagrad.py, rmsprop.py, adam.py (a rate for each number, from the gradients that it has had), lbfgs.py (SciPy's
quasi-Newton method), clipping.py (makes gradients shorter that are too long), schedules.py (a learning rate that changes from
epoch to epoch), parameters.py (checks the parameters and options that users give).
"""

from __future__ import annotations

from typing import Any

from .. import messages
from .adagrad import Adagrad
from .adam import Adam, AdamW
from .clipping import clip_grad_norm_, clip_grad_value_
from .lbfgs import LBFGS
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .schedules import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from .sgd import SGD

__all__ = [
    "LBFGS", "SGD", "Adagrad", "Adam", "AdamW", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "ExponentialLR",
    "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "OneCycleLR", "Optimizer", "RMSprop", "ReduceLROnPlateau",
    "SequentialLR", "StepLR", "clip_grad_norm_", "clip_grad_value_",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    raise messages.no_optimizer_called(name, __all__)


def __dir__() -> list[str]:
    return __all__
