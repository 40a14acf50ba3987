"""Copies Tensors for ``copy.copy``, ``copy.deepcopy`` and pickle, also those of a subclass, with all its attributes.

Flows in: a Tensor. Flows out: another one of the same class, without calling its ``__init__``, which may need other
arguments.
"""

from __future__ import annotations

import copy as python
from typing import Any

import numpy as np

from .. import autograd, messages
from ..autograd import RULES, leaf_node, record
from .writing import move


def copy(tensor: Any) -> Any:
    """A leaf with the same array; the copy of any other Tensor has an array of its own, and stays connected to it."""
    twin = rebuilt(type(tensor), tensor._array, False)
    twin.grad = tensor.grad
    if tensor.is_leaf:
        twin.node = tensor.node and leaf_node(twin, type(tensor.node), tensor.name)
    else:
        move(twin, record(RULES[np.copy], (tensor,)))
        twin.name = tensor.name
    return with_attributes(twin, attributes_of(tensor))


def deepcopy(tensor: Any, memo: dict[int, Any]) -> Any:
    """A leaf with an array and a gradient of its own. RuntimeError for what was computed: its history cannot be copied."""
    if not tensor.is_leaf:
        raise messages.not_a_leaf(tensor, "copy.deepcopy")
    data = python.deepcopy(tensor.data, memo)
    memo[id(tensor)] = twin = rebuilt(type(tensor), data, tensor.requires_grad, tensor.name)
    twin.grad = python.deepcopy(tensor.grad, memo)
    return with_attributes(twin, python.deepcopy(attributes_of(tensor), memo))


def reduced(tensor: Any) -> Any:
    """What pickle asks for: the function that makes the Tensor again, its arguments, and all attributes."""
    if not tensor.is_leaf:
        raise messages.not_a_leaf(tensor, "pickle")
    state = {"grad": tensor.grad, **attributes_of(tensor)}
    return rebuilt, (type(tensor), tensor.data, tensor.requires_grad, tensor.name), (None, state)


def rebuilt(kind: Any, data: Any, requires_grad: bool, name: str | None = None) -> Any:
    """A Tensor of this class with what every Tensor has."""
    twin = object.__new__(kind)
    autograd.Tensor.__init__(twin, data, requires_grad, name)  # type: ignore[call-arg]
    return twin


def attributes_of(tensor: Any) -> dict[str, Any]:
    """What a subclass has beside what a Tensor has: in its ``__dict__`` and its ``__slots__``."""
    slots = [slot for kind in type(tensor).__mro__ if not issubclass(autograd.Tensor, kind) for slot in slots_of(kind)]
    found = {slot: getattr(tensor, slot) for slot in slots if hasattr(tensor, slot)}
    return found | vars(tensor) if hasattr(tensor, "__dict__") else found


def slots_of(kind: type) -> list[str]:
    """The names in the ``__slots__`` of a class, which may be one text."""
    slots = vars(kind).get("__slots__", ())
    return [slots] if isinstance(slots, str) else [slot for slot in slots if slot not in ("__dict__", "__weakref__")]


def with_attributes(tensor: Any, attributes: dict[str, Any]) -> Any:
    """The Tensor, after these attributes have been set."""
    for name, value in attributes.items():
        setattr(tensor, name, value)
    return tensor
