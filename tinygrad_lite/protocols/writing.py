"""Writing into a Tensor, ``t[index] = value``, so that all who share its memory see it, as with NumPy's arrays.

No array is ever changed in place: a write makes a new array (`put`), and the Tensor moves on to that. NumPy's slices,
reshapes and transposes are *views*, though: after ``row = y[0]``, a write to `row` is one to `y`, and the other way round. So
each Tensor that is a view remembers what it is a view of, and each that has views remembers them, weakly.

Flows in: a Tensor and its new value. Flows out: the same Tensors, moved on. For ``y[0][1] = v``::

    y ──[0]── row          row′ = put(row, v, 1)      the write itself
    y′ ──[0]── row         y′ = put(y, row′, 0)       upwards: what `row` is a view of, to the outermost
                           row = y′[0]                downwards: all views of that are taken anew

A leaf that wants gradients is not written into while recording. Under `no_grad` it may be; Tensors that were computed from it
before, its views among them, keep the numbers that they were made with, as they are needed for the gradient.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any
from weakref import ref

import numpy as np

from .. import messages
from ..autograd import NO_KEYWORDS, RULES, Handle, record, wants_gradient
from ..memory import OURS
from ..recording import recording
from ..registry import VIEWS, Rule
from .primitives import put

# --- the functions that give views, and how to put a changed view back into what it is a view of ----------------------


def inverse(axes: Any) -> Any:
    """The permutation of axes that undoes this one."""
    return None if axes is None else np.argsort(np.mod(axes, len(axes))).tolist()


def read_only(base: Any, new: Any, **_: Any) -> Any:
    """np.broadcast_to repeats elements without room for different ones."""
    raise messages.read_only(base, new)


def unfolded(base: Any, new: Any, **keywords: Any) -> Any:
    """The elements in their old shape."""
    return np.reshape(new, base.shape, order=keywords.get("order", "C"))


PUT_BACK: dict[Callable[..., Any], Callable[..., Any]] = {
    operator.getitem: lambda base, new, index: record(RULES[put], (base, new, index), NO_KEYWORDS, True),
    np.reshape: unfolded,
    np.squeeze: unfolded,
    np.expand_dims: unfolded,
    np.transpose: lambda base, new, axes=None: np.transpose(new, inverse(axes)),
    np.swapaxes: lambda base, new, axis1, axis2: np.swapaxes(new, axis1, axis2),
    np.moveaxis: lambda base, new, source, destination: np.moveaxis(new, destination, source),
    np.flip: lambda base, new, axis=None: np.flip(new, axis),
    np.broadcast_to: read_only,
}


def view_made(rule: Rule, view: Handle, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
    """Remember of the result of such a function what it is a view of; `record` calls this for `Rule.views`."""
    base = args[0]
    if (
        not isinstance(base, Handle)
        or not is_array(view._array)
        or view._array.base is None
        or not overlap(view, base._array)
    ):
        return  # an element, or a copy, as an index array makes one
    view.base = base, rule, args[1:], keywords
    if not wants_gradient(base.node) or base.node.rule is not None:
        views = base.views = getattr(base, "views", [])
        views.append(ref(view))
        if len(views) >= 32 and not len(views) & (len(views) - 1):  # now and then, forget those that are gone
            views[:] = [seen for seen in views if seen() is not None]


def is_array(data: Any) -> bool:
    return data.__class__ is np.ndarray or data.__class__ in OURS


def overlap(view: Handle, data: Any) -> bool:
    """Whether a Tensor's array lies in the memory of another array."""
    mine = view._array.base
    return (
        mine is data or (mine is not None and mine is getattr(data, "base", None)) or np.may_share_memory(view._array, data)
    )


def link_of(tensor: Handle) -> Any:
    """What a Tensor is a view of, and how; None if it is not, or no more."""
    link = getattr(tensor, "base", None)
    return link if link is not None and is_array(tensor._array) and overlap(tensor, link[0]._array) else None


def is_shared(tensor: Handle) -> bool:
    """Whether another Tensor can see what is written into this one."""
    if link_of(tensor) is not None:
        return True
    return any((view := seen()) is not None and overlap(view, tensor._array) for seen in getattr(tensor, "views", ()))


def is_own_part(tensor: Handle, index: Any, value: Any) -> bool:
    """Whether ``tensor[index] = value`` ends ``tensor[index] += 1``, where the view has written through already."""
    link = link_of(value) if isinstance(value, Handle) else None
    return link is not None and link[0] is tensor and link[1].function is operator.getitem and same(link[2][0], index)


def same(index: Any, other: Any) -> bool:
    """Whether two indices without arrays in them are equal."""
    return type(index) is type(other) and (
        all(map(same, index, other)) and len(index) == len(other) if isinstance(index, tuple) else index == other
    )


# --- writing ----------------------------------------------------------------------------------------------------------


def outermost(tensor: Handle) -> Handle:
    """The Tensor whose array all the views are views of."""
    while (link := link_of(tensor)) is not None:
        tensor = link[0]
    return tensor


def write(tensor: Handle, new: Any, wrote: str) -> None:
    """Let `tensor`, and all Tensors that share its memory, go on with its new value. `wrote` is for the error message.

    Raises RuntimeError if that would change a leaf that wants gradients while recording.
    """
    root, value = outermost(tensor), new
    leaf = wants_gradient(root.node) and root.node.rule is None
    if leaf and recording():
        raise messages.leaf_in_place(root, wrote) if root is tensor else messages.view_of_leaf(root, tensor, wrote)
    at = tensor
    while (link := link_of(at)) is not None:
        at, rule, rest, keywords = link
        value = PUT_BACK[rule.function](at, value, *rest, **keywords)
    if leaf:
        root.data = value._array if isinstance(value, Handle) else value  # type: ignore[attr-defined]
        if root is not tensor:
            move(tensor, new)
        return
    waiting = [(root, root._array)]
    if is_array(root._array) and value._array.strides != root._array.strides:  # else a reshape of it might become a copy
        value._array, data = np.empty_like(root._array, dtype=value.dtype), value._array
        value._array[...] = data
    move(root, value)
    while waiting:
        base, before = waiting.pop()
        for seen in list(getattr(base, "views", ())):
            view = seen()
            if view is not None and view.base[0] is base and overlap(view, before):
                waiting.append((view, view._array))
                _, rule, rest, keywords = view.base
                move(view, record(rule, (base, *rest), keywords, True))


def move(tensor: Any, new: Any) -> None:
    """The Tensor stands for another value from now on; its name goes with it."""
    name = tensor.name
    tensor._array, tensor.node = new._array, new.node
    if tensor.node is not None:
        tensor.node.tensor = ref(tensor)
    if name is not None:
        tensor.name = name


VIEWS.update(dict.fromkeys(PUT_BACK, view_made))  # before rules/ makes the rules
