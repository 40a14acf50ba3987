"""tinygrad_lite: reverse-mode automatic differentiation on NumPy, with a heart that can be read in an evening."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import messages
from .functional import gradients
from .graphs import WRITERS
from .recording import no_grad
from .registry import derivative, primitive
from .rules.activations import relu, sigmoid, softplus
from .rules.reductions import log_softmax, softmax
from .rules.statistics import logsumexp
from .tensor import Tensor
from .transforms import elementwise_grad, ggnvp, grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp

if TYPE_CHECKING:
    from . import data, nn, optim
    from .compiling.compile import compile
    from .debugging import debug
    from .fitting.fitting import fit
    from .fitting.history import History
    from .graphs.graph import Graph
    from .graphs.tracing import trace
    from .minimizer import minimize
    from .recompute import checkpoint
    from .rules.scipy.special import polygamma
    from .saving.saving import load, save
    from .testing import check_gradients
    from .views.drawing.drawing import draw
    from .views.page.page import step_through
    from .views.playground.playground import playground
    from .views.source.source import source
    from .views.table.table import explain

__all__ = [
    "Graph", "History", "Tensor", "check_gradients", "checkpoint", "compile", "data", "debug", "derivative", "draw",
    "elementwise_grad", "explain", "fit", "ggnvp", "grad", "gradients", "hessian", "hvp", "jacobian", "jvp", "load",
    "log_softmax", "logsumexp", "minimize", "nn", "no_grad", "optim", "playground", "polygamma", "primitive", "relu",
    "save", "sigmoid", "softmax", "softplus", "source", "step_through", "stop_gradient", "trace", "value_and_grad", "vjp",
]  # fmt: skip
__version__ = "0.1.0"

FOLDERS = {"data", "nn", "optim"}  # public names that are modules; these too are imported on first use
LATER = {  # imported on first use, which keeps `import tinygrad_lite` short
    "Graph": ".graphs.graph", "History": ".fitting.history", "check_gradients": ".testing", "checkpoint": ".recompute",
    "compile": ".compiling.compile", "debug": ".debugging", "draw": ".views.drawing.drawing", "explain": ".views.table.table",
    "fit": ".fitting.fitting", "load": ".saving.saving", "minimize": ".minimizer",
    "playground": ".views.playground.playground", "polygamma": ".rules.scipy.special", "save": ".saving.saving",
    "source": ".views.source.source", "step_through": ".views.page.page", "trace": ".graphs.tracing",
}  # fmt: skip
WRITERS["onnx"] = f"{__name__}.views.onnx.model"


def __getattr__(name: str) -> Any:
    if name in FOLDERS:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in LATER:
        raise messages.no_public_name(name, __all__)
    return getattr(importlib.import_module(LATER[name], __name__), name)


def __dir__() -> list[str]:
    return __all__
