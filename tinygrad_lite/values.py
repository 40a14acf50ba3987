"""Finds the values that a rule needs in the backward pass, as arrays or as Tensors, and converts what the rule returns.

Flows in: an entry of ``node.args``, which is a `Node` or a constant. Flows out: its value. `record` keeps each value that a
rule will ask for. Other values may be needed as well: for a drawing, or for a second `backward`, because the first one freed
the values. They are computed again, by repeating the recorded calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .autograd import Handle, Node, new_tensor
from .memory import scratch


def array_of(entry: Any, dtype: np.dtype[Any] | None = None) -> Any:
    """The array behind an entry of `node.args`.

    `dtype` is that of the result. A constant of whole numbers becomes one of floats then: a rule may negate it, and -x of
    uint8 wraps around.
    """
    if entry.__class__ is Node:
        return entry.value if entry.value is not None else computed_again(entry)
    if isinstance(entry, Node):  # a Constant
        entry = entry.value if entry.value is not None else computed_again(entry)
    if dtype is None or getattr(entry, "dtype", dtype) is dtype:  # the usual case
        return entry
    return entry.astype(dtype) if dtype.kind == "f" and entry.dtype.kind in "biu" else entry


def tensor_of(entry: Any, dtype: np.dtype[Any] | None = None) -> Any:
    """The value of an entry as a Tensor of this node, so that what a rule computes from it is recorded."""
    if not isinstance(entry, Node) or not entry.wants_gradient:
        return array_of(entry, dtype)
    handle = entry.tensor()
    return handle if handle is not None and handle.node is entry else new_tensor(array_of(entry), entry)


def as_array(part: Any) -> Any:
    """What a rule returned: a number of Python's, as a rule that uses the math module gives, becomes one of NumPy's."""
    return np.float64(part) if part.__class__ is float else part


def as_tensor(part: Any) -> Any:
    """The same as a Tensor: also a slope that is constant, like the 0 of a step."""
    return part if isinstance(part, Handle) else new_tensor(as_array(part))


def computed_again(wanted: Node) -> Any:
    """A value that was let go of: from its Tensor, if somebody still holds that, or by running the call once more.

    What the call needs may have to be computed again first, and so on; without recursion, however long the chain is.
    """
    stack = [wanted]
    while stack:
        node = stack[-1]
        handle = node.tensor()
        if handle is not None and handle.node is node:
            node.value = handle._array
        elif missing := [arg for arg in node.args if isinstance(arg, Node) and arg.value is None]:
            stack += missing
            continue
        elif node.value is None:
            node.value = scratch(node.rule.run(*map(array_of, node.args), **node.keywords))
        stack.pop()
    return wanted.value
