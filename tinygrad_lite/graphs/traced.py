"""Plain arrays that report what is computed with them while a function is traced.

A `TracedArray` behaves like any NumPy array. NumPy calls it for ``np.sin(data)`` and ``np.mean(data, axis=0)``, through
``__array_ufunc__`` and ``__array_function__``, and Python calls it for ``data[0]`` and ``data += 1``. It computes what any
array computes, and tells the `Listener` of the thread. Flows in: calls on such arrays. Flows out: the calls, which
`tracer.py` records.
"""

from __future__ import annotations

import functools
import inspect
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import messages
from ..autograd import NO_KEYWORDS, RULES, Handle, Node
from ..containers import mapped, values_in
from ..memory import OURS
from ..protocols.primitives import astype, put
from ..protocols.writing import changes_in_place
from ..recording import mode
from ..watching import Watcher


def place(value: Any) -> Any:
    """What tells one array from another, also if it is seen through another view: where it lies in memory, and how."""
    if isinstance(value, np.ndarray):
        return value.__array_interface__["data"][0], value.shape, value.strides, value.dtype.str
    return id(value)


def buffer_of(value: np.ndarray) -> int:
    """Where the memory starts that an array lies in: the same for all views of it."""
    while isinstance(value.base, np.ndarray):
        value = value.base
    return int(value.__array_interface__["data"][0])


def equal(a: Any, b: Any) -> bool:
    """Whether two arrays are equal, where nan equals nan."""
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    # To look for nan takes ten times as long.
    return np.array_equal(a, b) or (a.dtype.kind in "fc" and np.array_equal(a, b, equal_nan=True))


class Unruled:
    """A function without a derivative, in the place where a node has its rule.

    One that changes its first argument in place is taken as the function that returns it changed.
    """

    variadic, vjps, arguments, parameters = True, dict[str, Any](), ("args",), ("args",)

    def __init__(self, function: Any) -> None:
        self.function, self.name = function, messages.name_of(function).rpartition(".")[2]
        self.run: Callable[..., Any] = getattr(*function) if isinstance(function, tuple) else function
        self.broadcasts = isinstance(function, np.ufunc) and function.signature is None and function.nout == 1
        if changes_in_place(function):
            self.run = functools.partial(changed, self.run)
        elif isinstance(function, np.ufunc) and function in RULES:
            self.run = functools.partial(as_operator, function)

    @functools.cached_property
    def defaults(self) -> dict[str, Any]:
        """Every parameter's default."""
        try:
            return {p.name: p.default for p in inspect.signature(self.run).parameters.values()}
        except (TypeError, ValueError):  # a C function that cannot tell
            return {}


def as_operator(ufunc: np.ufunc, *args: Any, **keywords: Any) -> Any:
    """A ufunc as the engine runs it. Of two numbers, an operator may round the power in another way."""
    return ufunc(*args, **keywords) if keywords else RULES[ufunc].run(*args)


def changed(function: Callable[..., Any], target: Any, *args: Any, **keywords: Any) -> Any:
    """A copy of an array, as a function leaves it that changes it in place."""
    target = np.array(target)
    function(target, *args, **keywords)
    return target


class Listener(Watcher):
    """What a `TracedArray` array tells, besides what is computed with it."""

    def node_of(self, value: Any) -> Node | None:
        """The node that made an array, if that is known."""

    def looked(self, node: Node, by: str, found: Any) -> None:
        """The program looks at a value: what it does next may depend on it."""

    def viewed(self, part: Any, whole: np.ndarray, index: Any) -> None:
        """A part of an array was taken, which may lie in the same memory."""

    def overwritten(self, target: Any, result: Any) -> None:
        """An array is about to get the numbers of a result that has been told."""

    def lost(self, target: Any, values: Any) -> None:
        """A call is about to change an array in a way that cannot be followed."""


def untraced(value: Any) -> Any:
    """The same arguments as plain arrays, and numbers as numbers."""
    return mapped(lambda item: plain_value(item) if isinstance(item, TracedArray) else item, value)


def plain_value(array: TracedArray) -> Any:
    value = array.view(np.ndarray)[()]
    return float(value) if array.stands_for_float else value


def as_arrays(value: Any) -> Any:
    """The same, for a call that writes into one of them: all are arrays."""
    return mapped(lambda item: item.view(np.ndarray) if isinstance(item, TracedArray) else item, value)


def holds(value: Any, kinds: Any) -> bool:
    """Whether one of these kinds of object is in the arguments of a call."""
    return any(isinstance(item, kinds) for item in values_in(value))


def listener_at_work() -> Listener | None:
    return seen if isinstance(seen := mode().watcher, Listener) else None


class TracedArray(np.ndarray):
    """A plain array that wants no gradient, and tells the listener of the thread what is computed from it.

    A program may do with it what it does with any array. Where no protocol of NumPy's catches what, it gets a plain one.

    One that stands for a float of Python's takes on the dtype of what it is computed with, as that does: with an array of
    float32, the result is float32.
    """

    stands_for_float = False

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **keywords: Any) -> Any:
        if holds((args, keywords), Handle):
            return NotImplemented
        function = ufunc if method == "__call__" else (ufunc, method)
        if method == "at" or keywords.get("out") is not None:
            return self.writes(function, args, keywords, getattr(ufunc, method))
        return self.tell(function, args, keywords, Unruled(function).run(*untraced(args), **untraced(keywords)))

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if any(issubclass(kind, Handle) for kind in types):
            return NotImplemented
        if changes_in_place(function) or keywords.get("out") is not None:
            return self.writes(function, args, keywords, function)
        if function is np.empty_like:  # which may hold anything, so also zeros: a replay finds those again
            function = np.zeros_like
        return self.tell(function, args, keywords, function(*untraced(args), **untraced(keywords)))

    def tell(self, function: Any, args: Any, keywords: Any, result: Any) -> Any:
        """Have a call on these arrays written down."""
        listener = listener_at_work()
        return result if listener is None else listener.computed(function, tuple(args), keywords, result)

    def writes(self, function: Any, args: Any, keywords: Any, call: Callable[..., Any]) -> Any:
        """Run a call that writes into an array. The record has a call that makes a new array instead."""
        listener, rest = listener_at_work(), {key: value for key, value in keywords.items() if key != "out"}
        target = args[0] if changes_in_place(function) else keywords["out"]
        if isinstance(target, tuple) and len(target) == 1:
            [target] = target
        if listener is None or not isinstance(target, TracedArray) or "where" in rest:
            if listener is not None:
                listener.lost(target, (args, rest))
            call(*as_arrays(args), **as_arrays(keywords))
        else:
            result = Unruled(function).run(*untraced(args), **untraced(rest))
            if not np.can_cast(result.dtype, target.dtype, rest.get("casting", "same_kind")):
                call(*as_arrays(args), **as_arrays(keywords))  # which raises NumPy's error
            result = self.tell(function, args, rest, result)
            if isinstance(result, TracedArray) and (result.shape, result.dtype) == (target.shape, target.dtype):
                listener.overwritten(target, result)
            else:
                target[...] = result
        return None if changes_in_place(function) else target

    def looked(self, by: str, found: Any) -> Any:
        """The program looks at the value: what it does next may depend on it."""
        listener = listener_at_work()
        node = None if listener is None else listener.node_of(self)
        if listener is not None and node is not None:
            listener.looked(node, by, self.view(np.ndarray))
        return found

    def __getattr__(self, name: str) -> Any:
        """What a number has, and an array has not, such as `is_integer`. The program looks at the value by it."""
        return self.looked("t.item()", getattr(plain_value(self), name))

    def __hash__(self) -> int:  # type: ignore[override]
        return int(self.looked("t.item()", hash(plain_value(self))))

    def __trunc__(self) -> int:
        return int(self.looked("t.item()", math.trunc(plain_value(self))))

    def __floor__(self) -> int:
        return int(self.looked("t.item()", math.floor(plain_value(self))))

    def __ceil__(self) -> int:
        return int(self.looked("t.item()", math.ceil(plain_value(self))))

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.item()) if digits is None else np.round(self, digits)

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))

    def __str__(self) -> str:
        return str(self.view(np.ndarray))

    def __format__(self, spec: str) -> str:
        return format(self.view(np.ndarray)[()], spec)

    @property
    def flat(self) -> Any:
        return self.looked("t.flat", self.view(np.ndarray).flat)

    def __getitem__(self, index: Any) -> Any:
        whole = self.view(np.ndarray)
        part = whole[untraced(index)]
        told = self.tell(operator.getitem, (self, index), {}, part)
        listener = listener_at_work()
        if listener is not None:
            listener.viewed(part, whole, index)
        return told

    def __setitem__(self, index: Any, value: Any) -> None:
        whole, listener, at = self.view(np.ndarray), listener_at_work(), untraced(index)
        if listener is None:
            whole[at] = untraced(value)
        elif not (isinstance(value, TracedArray) and place(whole[at]) == place(value)):  # x[0] += 1 ends with x[0] = x[0]
            new = changed(operator.setitem, whole, at, untraced(value))
            listener.overwritten(self, self.tell(put, (self, value, index), NO_KEYWORDS, new))

    def fill(self, value: Any) -> None:
        self[...] = value

    def sort(self, *args: Any, **keywords: Any) -> None:
        self[...] = np.sort(self, *args, **keywords)

    def partition(self, *args: Any, **keywords: Any) -> None:
        self[...] = np.partition(self, *args, **keywords)

    def put(self, *args: Any, **keywords: Any) -> None:
        np.put(self, *args, **keywords)

    def astype(self, dtype: Any, **keywords: Any) -> Any:  # type: ignore[override]
        return self.tell(astype, (self, np.dtype(dtype)), {}, self.view(np.ndarray).astype(dtype, **keywords))

    def compress(self, condition: Any, *args: Any, **keywords: Any) -> Any:
        return np.compress(condition, self, *args, **keywords)

    def flatten(self, *args: Any, **keywords: Any) -> Any:
        return self.tell(np.ravel, (self, *args), keywords, self.view(np.ndarray).flatten(*args, **keywords))

    def reshape(self, *shape: Any, **keywords: Any) -> Any:
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, **keywords)

    def transpose(self, *axes: Any) -> Any:
        return np.transpose(self, axes[0] if len(axes) == 1 else axes or None)

    @property
    def T(self) -> Any:
        return np.transpose(self)

    @property
    def mT(self) -> Any:
        return np.swapaxes(self, -1, -2)


def operation(function: Callable[..., Any], ufunc: np.ufunc, otherwise: Callable[..., Any], turned: bool) -> Any:
    """An operator. Of two floats of Python's it makes another one."""

    def compute(self: TracedArray, *others: Any) -> Any:
        floats = self.stands_for_float and all(type(x) in (int, float) or getattr(x, "stands_for_float", 0) for x in others)
        if not floats:
            return otherwise(self, *others)
        args = (self, *others)[::-1] if turned else (self, *others)
        if ufunc in (np.divide, np.floor_divide, np.remainder) and isinstance(args[1], TracedArray):
            bool(args[1])  # a division by 0 is an error
        result = function(*untraced(args))
        return as_float(self.tell(ufunc, args, {}, np.float64(result))) if type(result) is float else otherwise(self, *others)

    return compute


def as_float(array: Any) -> Any:
    """The same array, which from now on stands for a float of Python's."""
    if isinstance(array, TracedArray):
        array.stands_for_float = True
    return array


BINARY: dict[str, np.ufunc] = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide, "floordiv": np.floor_divide,
    "mod": np.remainder, "pow": np.power,
}  # fmt: skip
UNARY: dict[str, np.ufunc] = {"neg": np.negative, "pos": np.positive, "abs": np.absolute}
for name, ufunc in BINARY.items():
    function = getattr(operator, name)
    for before in ("", "r"):
        attribute = f"__{before}{name}__"
        setattr(TracedArray, attribute, operation(function, ufunc, getattr(np.ndarray, attribute), turned=before == "r"))
    inplace, out_of_place = getattr(np.ndarray, f"__i{name}__"), getattr(TracedArray, f"__{name}__")
    setattr(
        TracedArray,
        f"__i{name}__",
        lambda self, other, a=inplace, b=out_of_place: (b if self.stands_for_float else a)(self, other),
    )
for name, ufunc in UNARY.items():
    attribute = f"__{name}__"
    setattr(TracedArray, attribute, operation(getattr(operator, name), ufunc, getattr(np.ndarray, attribute), False))


def method(name: str) -> Callable[..., Any]:
    """An array's method as the function of the same name, which tells."""
    return lambda self, *args, **keywords: getattr(np, name)(self, *args, **keywords)


def looking(name: str) -> Callable[..., Any]:
    """An array's method that takes the numbers elsewhere."""
    return lambda self, *args, **keywords: self.looked(f"t.{name}()", getattr(self.view(np.ndarray), name)(*args, **keywords))


def number_as(kind: Callable[..., Any], by: str) -> Callable[..., Any]:
    """What Python calls for a number of its own."""
    return lambda self: self.looked(by, kind(self.view(np.ndarray)))


for kind, by in (
    (bool, "bool(t)"), (int, "t.item()"), (operator.index, "t.item()"), (float, "t.item()"), (complex, "t.item()"),
):  # fmt: skip
    setattr(TracedArray, f"__{kind.__name__}__", number_as(kind, by))
for name in [
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "choose", "clip", "conj", "conjugate", "copy", "cumprod",
    "cumsum", "diagonal", "dot", "max", "mean", "min", "nonzero", "prod", "ptp", "ravel", "repeat", "round", "searchsorted",
    "squeeze", "std", "sum", "swapaxes", "take", "trace", "var",
]:  # fmt: skip
    setattr(TracedArray, name, method(name))
for name in ["item", "tolist", "tobytes", "tofile", "dump", "dumps", "byteswap", "getfield"]:
    setattr(TracedArray, name, looking(name))
OURS.add(TracedArray)
