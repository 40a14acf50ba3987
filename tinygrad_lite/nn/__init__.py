"""Networks: modules, layers, losses and initializers, with the names that PyTorch gives them.

Files, in reading order: module.py (the class of all parts of a network; finding.py finds the parameters in it, and table.py
prints it), layers.py, activations.py, losses.py, convolution.py, normalization.py, recurrent.py, attention.py, init.py (the
initial numbers of parameters), functional.py (what layers compute, as functions), inputs.py (checks the inputs of a layer).
"""

from typing import Any

from .. import messages
from . import functional, init
from .activations import (
    ELU,
    GELU,
    Identity,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from .attention import MultiheadAttention
from .convolution import AvgPool2d, Conv2d, ConvTranspose2d, MaxPool2d
from .layers import Dropout, Embedding, Flatten, Linear, Sequential
from .losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    nll_loss,
    rmse_loss,
)
from .module import Module
from .normalization import BatchNorm1d, BatchNorm2d, LayerNorm
from .recurrent import GRU, LSTM, RNN

__all__ = [
    "ELU", "GELU", "GRU", "LSTM", "RNN", "AvgPool2d", "BatchNorm1d", "BatchNorm2d", "Conv2d", "ConvTranspose2d", "Dropout",
    "Embedding", "Flatten", "Identity", "LayerNorm", "LeakyReLU", "Linear", "LogSoftmax", "MaxPool2d", "Module",
    "MultiheadAttention", "ReLU", "Sequential", "SiLU", "Sigmoid", "Softmax", "Softplus", "Tanh",
    "binary_cross_entropy_with_logits", "cross_entropy", "functional", "hinge_loss", "huber_loss", "init", "kl_div",
    "l1_loss", "mse_loss", "nll_loss", "rmse_loss",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    raise messages.no_name_in_nn(name, __all__)


def __dir__() -> list[str]:
    return __all__
