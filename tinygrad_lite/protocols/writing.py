"""Writes into a Tensor, ``t[index] = value``. All Tensors that share its memory get the value, as with NumPy's arrays.

No array is ever changed in place: a write makes a new array (`put`), and the Tensor then stands for the new array. But
NumPy's slices, reshapes and transposes are *views*: after ``row = y[0]``, writing to `row` also writes to `y`, and writing to
`y` also writes to `row`. So each Tensor that is a view remembers what it is a view of, and each that has views has weak
references to them.

Flows in: a Tensor and its new value. Flows out: the same Tensors, with new nodes. For ``y[0][1] = v``::

    y ──[0]── row          row′ = put(row, v, 1)      the write itself
    y′ ──[0]── row         y′ = put(y, row′, 0)       upwards: what `row` is a view of, to the outermost
                           row = y′[0]                downwards: all views of that are made again

``t += u`` writes, too: the Tensor itself then stands for the sum, under all its names. If there is no view, it costs no more
than ``t = t + u``.

A leaf that wants gradients must not be written into while calls are recorded. Under `no_grad` it may be. Tensors that were
computed from it before, including its views, keep their old numbers, because these are needed for the gradient.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any
from weakref import ref

import numpy as np

from .. import messages
from ..autograd import NO_KEYWORDS, RULES, Handle, record, wants_gradient
from ..memory import OURS, plain, scratch
from ..operands import FIT, operand
from ..protocols.primitives import put
from ..recording import recording
from ..registry import VIEWS, Rule, names_of
from .compositions import indices_of

IN_PLACE: set[Any] = {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}


def changes_in_place(function: Any) -> bool:
    """Whether a function of NumPy writes into its first argument, as np.put and np.add.at do."""
    return function in IN_PLACE or (isinstance(function, tuple) and function[1] == "at")


# --- the functions that give views, and how to put a changed view back into what it is a view of ----------------------


def moved_back(function: Callable[..., Any]) -> Callable[..., Any]:
    """Of a function that only moves all elements: the derivative rule moves those of a gradient back, and so any others."""

    def put_back(base: Any, new: Any, *rest: Any, **keywords: Any) -> Any:
        rule: Rule = RULES[function]
        [vjp] = rule.vjps.values()
        args, options = rule.bind((base, *rest), keywords)
        given = {**rule.defaults, **dict(zip(rule.arguments, args)), **options, "g": new, "shape": base.shape}
        return vjp.function(*(given[name] for name in names_of(vjp.function)))

    return put_back


PUT_BACK: dict[Callable[..., Any], Callable[..., Any]] = {
    operator.getitem: lambda base, new, index: record(RULES[put], (base, new, index), NO_KEYWORDS, True),
}
for function in (
    np.reshape, np.squeeze, np.expand_dims, np.transpose, np.swapaxes, np.moveaxis, np.flip, np.real_if_close,
):  # fmt: skip
    PUT_BACK[function] = moved_back(function)
READ_ONLY: set[Callable[..., Any]] = {np.broadcast_to}  # functions that give views which NumPy does not let us write into


def view_made(rule: Rule, view: Handle, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
    """Remember of the result of such a function what it is a view of; `record` calls this for `Rule.views`."""
    base = args[0]
    if not isinstance(base, Handle) or not is_array(view._array) or not is_array(base._array):  # a number has no views
        return
    if overlap(view, base._array):  # else it is a copy
        remember(view, base, rule.function, args[1:], keywords)


def remember(
    view: Handle, base: Handle, function: Callable[..., Any], rest: tuple[Any, ...], keywords: Mapping[str, Any]
) -> None:
    """`view` is what `function` shows of `base`; and `base`, unless it is a leaf, knows that it has this view."""
    view.base = base, function, rest, keywords
    if not wants_gradient(base.node) or base.node.rule is not None:
        views = views_of(base)
        if not views:
            base.views = views = []
        views.append(ref(view))
        if len(views) >= 32 and not len(views) & (len(views) - 1):  # now and then, forget those that are gone
            views[:] = [seen for seen in views if seen() is not None]


def views_of(tensor: Handle) -> list[Any]:
    try:
        return HAS_VIEWS(tensor)
    except AttributeError:
        return []


HAS_VIEWS, IS_VIEW_OF = (vars(Handle)[slot].__get__ for slot in ("views", "base"))  # these do not ask __getattr__


def protected(view: Any, function: Callable[..., Any], base: Any, *rest: Any) -> Any:
    """The result of a composition, which is a copy, as the read-only view that NumPy's function gives of the same array."""
    if isinstance(base, Handle) and isinstance(view, Handle) and is_array(base._array):
        view._array = scratch(function(plain(base._array), *rest))
        remember(view, base, function, rest, NO_KEYWORDS)
    return view


def on_its_own(result: Any, by_rows: Callable[[], Any] | None = None) -> Any:
    """The result of a composition, which may be a view, as the copy that NumPy's function gives.

    `by_rows` computes it, where NumPy's lies in memory by rows and a result may not: that is much faster than to move it.
    """
    if isinstance(result, Handle) and is_array(result._array):
        if link_of(result) is not None:
            result._array = scratch(np.array(result._array))
            del result.base
        if by_rows is not None and not result._array.flags.c_contiguous:
            result._array = scratch(by_rows())
    return result


def is_array(data: Any) -> bool:
    return data.__class__ is np.ndarray or data.__class__ in OURS


def overlap(view: Handle, data: Any) -> bool:
    """Whether a Tensor's array lies in the memory of another array."""
    mine = view._array
    return mine is data or owner(mine) is owner(data) or np.may_share_memory(mine, data)


def owner(data: Any) -> Any:
    """The object whose memory an array shows."""
    base = getattr(data, "base", None)
    return data if base is None else base


def link_of(tensor: Handle) -> Any:
    """What a Tensor is a view of, and how; None if it is not, or no more."""
    try:
        link = IS_VIEW_OF(tensor)
    except AttributeError:
        return None
    return link if is_array(tensor._array) and overlap(tensor, link[0]._array) else None


def is_shared(tensor: Handle) -> bool:
    """Whether another Tensor can see what is written into this one."""
    if link_of(tensor) is not None:
        return True
    return any((view := seen()) is not None and overlap(view, tensor._array) for seen in views_of(tensor))


def is_own_part(tensor: Handle, index: Any, value: Any) -> bool:
    """Whether ``tensor[index] = value`` ends ``tensor[index] += 1``, where the view has written through already."""
    link = link_of(value) if isinstance(value, Handle) else None
    return link is not None and link[0] is tensor and link[1] is operator.getitem and same(link[2][0], index)


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


def put_into(tensor: Any, index: Any, value: Any) -> None:
    """``tensor[index] = value``."""
    value = value if isinstance(value, Handle) or value.__class__ in FIT else operand(value)
    new = record(RULES[put], (tensor, value, indices_of(index)), NO_KEYWORDS, True)
    write(tensor, new, f"{tensor.name or 'w'}[...] = ...")


def write(tensor: Handle, new: Any, wrote: str) -> None:
    """Let `tensor`, and all Tensors that share its memory, go on with its new value. `wrote` is for the error message.

    Raises RuntimeError if that would change a leaf that wants gradients while recording, ValueError for a read-only view.
    """
    root, value = outermost(tensor), new
    leaf = wants_gradient(root.node) and root.node.rule is None
    at = tensor
    while (link := link_of(at)) is not None:
        if link[1] in READ_ONLY:
            if link[1] is np.broadcast_to:
                raise messages.stretched(link[0], at)
            raise messages.read_only(link[1], link[0], at)
        at = link[0]
    if leaf and recording():
        if root is tensor:
            raise messages.leaf_in_place(root, wrote)
        raise messages.view_of_leaf(root, tensor, wrote)
    at = tensor
    while (link := link_of(at)) is not None:
        at, function, rest, keywords = link
        value = PUT_BACK[function](at, value, *rest, **keywords)
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
        for seen in list(views_of(base)):
            view = seen()
            if view is not None and overlap(view, before) and view.base[0] is base:
                waiting.append((view, view._array))
                _, function, rest, keywords = view.base
                move(view, again(function, base, rest, keywords))


def again(function: Callable[..., Any], base: Handle, rest: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """The view taken anew."""
    rule = RULES.get(function)
    return function(base, *rest, **keywords) if rule is None else record(rule, (base, *rest), keywords, True)


def write_result(tensor: Handle, new: Any) -> Any:
    """What ``tensor += other`` leaves in the variable, if `new` is the sum: the Tensor itself, gone on, where NumPy's array
    would be itself. A number is not, nor is one whose result has another shape, or a kind of numbers that has no room in it.
    """
    if not is_array(tensor._array) or not isinstance(new, Handle):
        return new
    if is_shared(tensor):
        tensor[...] = new  # type: ignore[index]
        return tensor
    old, now = tensor._array, new._array
    if now.shape != old.shape:
        return new
    if now.dtype is not old.dtype and now.dtype != old.dtype:
        if not np.can_cast(now.dtype, old.dtype, "same_kind"):
            return new
        new = new.astype(old.dtype)  # type: ignore[attr-defined]
    move(tensor, new)
    return tensor


def move(tensor: Any, new: Any) -> None:
    """The Tensor stands for another value from now on; its name goes with it."""
    name = tensor.name
    tensor._array, tensor.node = new._array, new.node
    if tensor.node is not None:
        tensor.node.tensor = ref(tensor)
    if name is not None:
        tensor.name = name


VIEWS.update(dict.fromkeys((*PUT_BACK, *READ_ONLY), view_made))  # before rules/ makes the rules
