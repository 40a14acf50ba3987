"""tinygrad_lite: reverse-mode automatic differentiation on NumPy, small enough to read in an evening."""

from .autograd import gradients, no_grad
from .registry import derivative, primitive
from .rules.elementwise import relu, sigmoid, softplus
from .rules.reductions import log_softmax, logsumexp, softmax
from .tensor import Tensor

__all__ = [
    "Tensor", "derivative", "gradients", "log_softmax", "logsumexp", "no_grad", "primitive",
    "relu", "sigmoid", "softmax", "softplus",
]  # fmt: skip
__version__ = "0.1.0"
