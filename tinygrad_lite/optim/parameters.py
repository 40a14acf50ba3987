"""Checks what users give to an optimizer: parameters, and options such as the learning rate.

Flows in: a list of Tensors, or whatever the user gave instead; numbers. Flows out: a list of leaves that want gradients;
Python floats, with which an array of float32 stays in float32.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import messages
from ..tensor import Tensor

NOT_NEGATIVE = {"lr", "momentum", "weight_decay", "lr_decay", "alpha", "eps", "initial_accumulator_value"}


def items_of(given: Any, by: str) -> list[Any]:
    """What is in a list or generator of parameters, or of groups of them; never empty. `by` is whom they were given to."""
    if isinstance(given, Tensor):
        raise messages.one_parameter(given, by)
    if callable(given) or callable(getattr(given, "parameters", None)):
        raise messages.no_list_of_parameters(given, by)
    if isinstance(given, dict) or not isinstance(given, Iterable) or isinstance(given, (str, bytes, set, np.ndarray)):
        raise messages.not_parameters(given, by)
    items = list(given)
    if not items:
        raise messages.no_parameters(given, by)
    return items


def checked_parameter(p: Any, by: str) -> Tensor:
    """A parameter: a Tensor that wants a gradient and that no function made."""
    if not isinstance(p, Tensor):
        raise messages.not_a_parameter_tensor(p, by)
    if not p.is_leaf:
        raise messages.computed_parameter(p, by)
    if not p.requires_grad:
        raise messages.constant_parameter(p, by)
    return p


def checked_option(name: str, value: Any, by: str) -> Any:
    """An option of an optimizer: numbers as Python's, and within the range that makes sense."""
    if name == "betas":
        if isinstance(value, (tuple, list)) and len(value) == 2 and all(is_number(beta) and 0 <= beta < 1 for beta in value):
            return tuple(map(float, value))
        raise messages.not_betas(value, by)
    if name in NOT_NEGATIVE and not (is_number(value) and 0 <= value < math.inf):
        raise messages.not_a_setting(name, value, by)
    return float(value) if name in NOT_NEGATIVE and not isinstance(value, int) else value


def is_number(value: Any) -> bool:
    """Whether it is one real number, Python's or NumPy's."""
    return isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_))
