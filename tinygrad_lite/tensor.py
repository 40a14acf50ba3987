"""The Tensor: an array that remembers how it was made, and speaks NumPy.

Flows in: numbers and arrays, and every NumPy function, operator, method or index that users apply to them. Flows out:
calls to `record` in `autograd.py`, and the messages that people meet first. Python asks a Tensor for ``t * u``, NumPy asks
it (through ``__array_ufunc__`` and ``__array_function__``) for ``np.sin(t)`` or ``np.mean(t, axis=0)``: that is why NumPy
code runs on Tensors unchanged. Either way the question ends in one place, `call`.
"""

from __future__ import annotations

import copy
import dis
import functools
import importlib
import inspect
import operator
import sys
import weakref
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import Any

import numpy as np

from . import autograd, messages
from .autograd import RULES, Constant, Handle, Node, leaf_node, record, state
from .memory import plain, scratch
from .registry import primitive

Array = Any  # in the signature of a composition: an array, a Tensor, or what NumPy makes an array of
Arrays = Any  # several of them, in a list or tuple
COMPOSITIONS: dict[Any, Callable[..., Any]] = {}  # functions written with other functions that have rules
PLAIN: set[Callable[..., Any]] = set()  # functions that give indices or truth values: plain arrays in, plain arrays out
GIVEN_AS: dict[CodeType, Callable[..., Any]] = {}  # functions of NumPy that take arrays only, and what to give them
CHAPTERS: dict[str, str] = {}  # an optional package, and the module with the rules for its functions


def call(function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    """Apply any NumPy function to arguments among which there is a Tensor."""
    if keywords and keywords.get("out") is not None:
        raise messages.writes_in_place(function)
    if rule := RULES.get(function):
        return record(rule, args, keywords)
    if composed := COMPOSITIONS.get(function):
        return composed(*args, **keywords)
    if function in PLAIN:
        leaves_the_graph(messages.name_of(function), *args, *keywords.values())
        return on_arrays(function, *args, **keywords)
    for package, chapter in CHAPTERS.items():  # imported only now: most programs need no other package than NumPy
        if package in sys.modules:
            importlib.import_module(chapter)
    if function in RULES or function in COMPOSITIONS:
        return call(function, args, keywords)
    raise messages.no_rule(function)


def on_arrays(function: Any, *args: Any, **keywords: Any) -> Any:
    """The result of a function that has no derivative, for the arrays of the Tensors; trace(), if it looks on, is told."""
    out = function(*without_tensors(args), **without_tensors(keywords))
    return out if isinstance(state.recording, bool) else state.recording.computed(function, args, keywords, out)


def leaves_the_graph(by: str, *values: Any) -> None:
    """Tell debug() or trace(), if one looks on, that values go on as plain arrays."""
    if not isinstance(state.recording, bool):
        state.recording.left(values, by)


def as_array(data: Any, requires_grad: bool, dtype: Any) -> Any:
    """What a Tensor holds: floats as NumPy scalars, arrays as they are; whole numbers as float64 if they want gradients."""
    if isinstance(data, np.ma.MaskedArray):
        raise messages.not_differentiable(data)
    if isinstance(data, np.ndarray):
        data = np.asarray(data)
    elif not hasattr(data, "__array_function__") and not isinstance(data, np.generic):
        data = np.asarray(data)
        data = data[()] if data.dtype.kind in "fbiu" else data
    if dtype is not None and data.dtype.kind in "fbiu":
        data = data.astype(dtype, copy=False)
    if data.dtype.kind in "biu" and requires_grad:
        data = data.astype(np.float64)
    if data.dtype.kind not in "fbiu":
        raise messages.not_differentiable(data)
    return scratch(data)


def without_tensors(value: Any) -> Any:
    """The same arguments with every Tensor, also inside lists and tuples, replaced by its array."""
    if isinstance(value, Handle):
        return plain(value._data)
    if isinstance(value, dict):
        return {key: without_tensors(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(without_tensors(item) for item in value)
    return plain(value)


def composition(*functions: Any, ask: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say how to compute NumPy functions on Tensors by means of others; the chain rule does the rest.

    A parameter annotated `Array` gets an array or a Tensor, also if the caller gave a number or a list; one annotated
    `Arrays` gets several. NumPy is asked first, with the plain arrays, whether it takes the arguments at all: what it
    refuses is refused here, with the same kind of error. ``ask=False`` is for what it must not be asked: functions that
    call a function of the caller's, or that write into an array.
    """

    def register(composed: Callable[..., Any]) -> Callable[..., Any]:
        for function in functions:
            COMPOSITIONS[function] = checked(function, composed, ask)
        return composed

    return register


def checked(function: Any, composed: Callable[..., Any], ask: bool) -> Callable[..., Any]:
    """A composition that sees arrays where it wants arrays, and only arguments that NumPy's function would take."""
    converters, rest = {}, None
    for parameter in inspect.signature(composed).parameters.values():
        converters[parameter.name] = CONVERTERS.get(parameter.annotation)
        rest = converters[parameter.name] if parameter.kind is parameter.VAR_POSITIONAL else rest
    by_position = [*converters.values(), *[None] * 64]

    @functools.wraps(composed)
    def on_tensors(*args: Any, **keywords: Any) -> Any:
        given, named = args, keywords
        if rest is not None:
            given = tuple(map(rest, args))
        elif any(arg.__class__ in LISTED for arg in args):
            given = tuple(change(arg) if change else arg for change, arg in zip(by_position, args))
        if keywords:
            named = {key: change(arg) if (change := converters.get(key)) else arg for key, arg in keywords.items()}
        if ask and (error := refused(function, given, named)):
            own_words(composed, given, named)
            raise messages.refused_call(error, function, given, named, converters) from error
        return composed(*given, **named)

    return on_tensors


def array_of(value: Any) -> Any:
    """A number or a list as an array; Tensors in it are stacked, and stay connected. Anything else as it is."""
    if isinstance(value, (list, tuple)):
        return np.stack([array_of(v) for v in value]) if holds_tensor(value) else np.asarray(value)
    return np.asarray(value) if isinstance(value, (bool, int, float, complex)) else value


def arrays_of(values: Any) -> Any:
    """Several arrays: each item of a list as an array."""
    return [array_of(v) for v in values] if isinstance(values, (list, tuple)) else values


def holds_tensor(value: Any) -> bool:
    """Whether there is a Tensor in a list, at any depth."""
    return isinstance(value, Handle) or (isinstance(value, (list, tuple)) and any(map(holds_tensor, value)))


LISTED = {list, tuple, int, float, bool, complex}  # what a converter may change
CONVERTERS = {"Array": array_of, "Arrays": arrays_of}
REFUSALS = TypeError, ValueError, ArithmeticError, LookupError
ACCEPTED: set[Any] = set()  # the calls that NumPy has taken, by function, shapes and options: it is asked once for each


def refused(function: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Exception | None:
    """The error that NumPy's own function raises for the plain arrays, if it does."""
    try:
        key = (function, *map(outline, args), outline(keywords) if keywords else None)
    except Unknown:  # an array of another library, or an object: whoever computes with it will tell
        return None
    if key in ACCEPTED:
        return None
    run = getattr(*function) if isinstance(function, tuple) else function
    try:
        with np.errstate(all="ignore"):
            run(*without_tensors(args), **without_tensors(keywords))
    except REFUSALS as error:
        return error
    if len(ACCEPTED) > 4096:
        ACCEPTED.clear()
    ACCEPTED.add(key)
    return None


def own_words(composed: Callable[..., Any], args: Any, keywords: Any) -> None:
    """Raise what the composition itself has to say about a call that NumPy refuses, if anything."""
    try:
        with np.errstate(all="ignore"):
            composed(*args, **keywords)
    except (TypeError, ValueError) as error:
        if is_ours(error):
            raise
    except REFUSALS:
        pass


def is_ours(error: Exception) -> bool:
    """Whether an error comes from a `raise` in this package, and not from what Python or NumPy found there."""
    at: Any = error.__traceback__
    while at.tb_next is not None:
        at = at.tb_next
    frame = at.tb_frame
    raised = dis.opname[frame.f_code.co_code[at.tb_lasti]] == "RAISE_VARARGS"
    return raised and error.__cause__ is None and frame.f_globals.get("__name__", "").startswith(__package__ or "")


class Unknown(Exception):
    """NumPy cannot be asked about this argument."""


def outline(value: Any) -> Any:
    """What NumPy's verdict on an argument depends on: its shape and dtype, and the values of options and indices."""
    kind = value.__class__
    if kind is int or kind is str or value is None:
        return value
    if kind is Tensor:
        value = value._data
    if isinstance(value, (np.ndarray, np.generic)):
        if value.dtype.kind in "biu" and value.size <= 64:
            return value.shape, value.dtype, plain(value).tobytes()
        return value.shape, value.dtype
    if isinstance(value, (list, tuple)):
        return (type(value), *map(outline, value))
    if isinstance(value, Mapping):
        return tuple((key, outline(item)) for key, item in value.items())
    if isinstance(value, float):
        return float
    if value is None or isinstance(value, (bool, int, str, type, np.dtype)) or value is np._NoValue or value is Ellipsis:
        return type(value), value
    raise Unknown


def method(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function as a method: its first argument is the Tensor."""

    @functools.wraps(function, assigned=("__name__",), updated=())
    def bound(self: Tensor, *args: Any, **keywords: Any) -> Any:
        return call(function, (self, *args), keywords)

    bound.__doc__ = f"{messages.name_of(function)} of this Tensor: same signature, same meaning."
    return bound


def in_place(symbol: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """``t += u`` and its relatives: ``t = t + u``, or under `no_grad` the update of a leaf."""

    def update(self: Tensor, other: Any) -> Any:
        if not self.is_leaf or not self.requires_grad:
            return function(self, other)
        if state.recording:
            raise messages.leaf_in_place(self, f"{self.name or 'w'} {symbol} ...")
        new = function(self._data if state.recording is False else self.data, without_tensors(other))
        if new.shape != self.shape:
            raise ValueError(f"{self.name or 'w'} {symbol} ...: the result has shape {new.shape}, the leaf {self.shape}.")
        self.data = new.astype(self.dtype, copy=False)
        return self

    return update


def binary(function: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``t * other``, and ``other * t`` for when only the right one is a Tensor."""

    def forward(self: Tensor, other: Any) -> Any:
        try:
            return record(RULES[function], (self, other))
        except messages.NotReal:
            return NotImplemented

    def reflected(self: Tensor, other: Any) -> Any:
        return record(RULES[function], (other, self))

    return forward, reflected


@primitive
def alias(x: Any) -> Any:
    """The same array under another name: a variable of its own."""
    return x


@primitive
def astype(x: Any, dtype: Any) -> Any:
    """Convert to another floating-point dtype."""
    return x.astype(dtype)


@primitive
def put(x: Any, value: Any, index: Any) -> Any:
    """A copy of `x` with `value` at `index`: what ``x[index] = value`` makes of `x`."""
    new = np.array(x) if isinstance(x, (np.ndarray, np.generic)) else x.copy()
    new[index] = value
    return new


class Tensor(Handle):
    """An array that remembers how it was made, so that gradients can be computed.

    data:           a number, a nested list, a NumPy array (kept as it is, not copied), or an array of another library
                    that speaks NumPy's protocols
    requires_grad:  True to get gradients (whole numbers then become float64); False for a constant
    name:           what drawings and messages call it
    dtype:          convert to this NumPy dtype

    ``data``, ``grad`` (None before the first backward), ``shape``, ``dtype`` are as in NumPy and PyTorch.
    Raises TypeError for complex numbers, text and objects, which have no derivative here.

    >>> from tinygrad_lite import Tensor
    >>> import numpy as np
    >>> a = Tensor(3.0, name="a")
    >>> loss = np.mean((a * np.array([1.0, 2.0]) - 5) ** 2)
    >>> loss.backward()
    >>> float(a.grad)
    0.0
    """

    __slots__ = ()
    __hash__ = object.__hash__

    def __init__(self, data: Any, requires_grad: bool = True, name: str | None = None, dtype: Any = None) -> None:
        if isinstance(data, Handle):
            if data.node.__class__ is Node:
                raise messages.already_a_tensor(data)
            data = data._data
        self._data, self.grad, self.node = as_array(data, requires_grad, dtype), None, None
        if requires_grad:
            self.node = leaf_node(self, Node, name)
        elif name is not None:
            self.node = leaf_node(self, Constant, name)

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The array itself. Assigning to it is how a leaf is updated; graphs made before keep the old numbers."""
        return plain(self._data) if isinstance(state.recording, bool) else state.recording.opened(self)

    @data.setter
    def data(self, new: Any) -> None:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "assign to .data")
        self._data = as_array(new, self.requires_grad, None)
        if self.node is not None:
            self.node = leaf_node(self, type(self.node), self.node.name)

    @property
    def name(self) -> str | None:
        """What drawings and messages call this Tensor."""
        return self.node.name if self.node is not None else None

    @name.setter
    def name(self, new: str | None) -> None:
        if self.node is None:
            self.node = leaf_node(self, Constant)
        self.node.name = new

    @property
    def requires_grad(self) -> bool:
        """Whether functions of this Tensor are recorded. On a leaf it can be switched."""
        return self.node.__class__ is Node

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "switch requires_grad")
        if wanted != self.requires_grad:
            name = self.name
            self._data = as_array(self._data, wanted, None)
            self.node = leaf_node(self, Node if wanted else Constant, name)

    @property
    def is_leaf(self) -> bool:
        """True for a Tensor that no recorded function made."""
        return self.node is None or self.node.rule is None

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._data.dtype

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def size(self) -> int:
        return self._data.size

    @property
    def T(self) -> Tensor:
        return call(np.transpose, (self,), {})

    # --- gradients ----------------------------------------------------------------------------------------------------

    def backward(self, gradient: Any = None) -> None:
        """Compute the gradient of this Tensor with respect to everything it was made from, into their ``.grad``.

        gradient: what flows in, an array of this Tensor's shape. It may be left out for a single number, where it is 1.

        Leaves accumulate: a second call adds to ``.grad`` (see `zero_grad`). Intermediate Tensors that are still held get
        the gradient of this call. Raises TypeError without a graph, ValueError for a gradient of another shape.

        >>> from tinygrad_lite import Tensor
        >>> x = Tensor(2.0)
        >>> y = x * x
        >>> (y * y).backward()
        >>> float(x.grad), float(y.grad)      # d x⁴/dx = 4x³,  d y²/dy = 2y
        (32.0, 8.0)
        """
        if not self.requires_grad:
            raise messages.not_recorded(self)
        if gradient is None:
            seed = autograd.seed_for(self)
        else:
            gradient = np.asarray(gradient, self.dtype) if not hasattr(gradient, "shape") else without_tensors(gradient)
            if gradient.shape != self.shape:
                raise messages.wrong_seed(gradient, self)
            seed = autograd.like(gradient.astype(self.dtype, copy=False), self._data)
        autograd.backward(self, seed)

    def zero_grad(self) -> None:
        """Forget the gradient: ``grad`` is None again."""
        self.grad = None

    def detach(self) -> Tensor:
        """The same numbers as a constant: no gradient flows back through it."""
        leaves_the_graph("t.detach()", self)
        return Tensor(self._data, requires_grad=False)

    # --- leaving NumPy's and Python's questions to NumPy --------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **keywords: Any) -> Any:
        try:
            return call(ufunc if method == "__call__" else (ufunc, method), args, keywords)  # or np.add.reduce and the like
        except messages.NotReal:
            return NotImplemented

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        return call(function, args, keywords)

    def __array__(self, *_: Any, **__: Any) -> Any:
        asker = sys._getframe(1)  # the Python function that called np.asarray, which has no frame itself
        if give := GIVEN_AS.get(asker.f_code):
            return give(self, asker.f_locals)
        raise messages.not_an_array(self)

    # --- operators ----------------------------------------------------------------------------------------------------

    __add__, __radd__ = binary(np.add)
    __sub__, __rsub__ = binary(np.subtract)
    __mul__, __rmul__ = binary(np.multiply)
    __truediv__, __rtruediv__ = binary(np.divide)
    __pow__, __rpow__ = binary(np.power)
    __matmul__, __rmatmul__ = binary(np.matmul)
    __floordiv__, __rfloordiv__ = binary(np.floor_divide)
    __mod__, __rmod__ = binary(np.remainder)

    __neg__ = method(np.negative)
    __pos__ = method(np.positive)
    __abs__ = method(np.absolute)
    __round__ = method(np.round)

    def __divmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Tensor, Tensor]:
        return other // self, other % self

    __iadd__ = in_place("+=", operator.add)
    __isub__ = in_place("-=", operator.sub)
    __imul__ = in_place("*=", operator.mul)
    __itruediv__ = in_place("/=", operator.truediv)
    __ipow__ = in_place("**=", operator.pow)
    __imatmul__ = in_place("@=", operator.matmul)
    __ifloordiv__ = in_place("//=", operator.floordiv)
    __imod__ = in_place("%=", operator.mod)

    # Comparisons have no derivative: they give plain arrays of truth values.
    __eq__ = method(np.equal)
    __ne__ = method(np.not_equal)
    __lt__ = method(np.less)
    __le__ = method(np.less_equal)
    __gt__ = method(np.greater)
    __ge__ = method(np.greater_equal)

    # --- indexing -----------------------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        return record(RULES[operator.getitem], (self, without_tensors(index)))

    def __setitem__(self, index: Any, value: Any) -> None:
        """``t[index] = value``: a new array with the value in it, recorded, and this Tensor now stands for that."""
        if self.is_leaf and self.requires_grad:
            if state.recording:
                raise messages.leaf_in_place(self, f"{self.name or 'w'}[...] = ...")
            self.data = put(self._data, without_tensors(value), without_tensors(index))
        else:
            name, moved = self.name, record(RULES[put], (self, value, without_tensors(index)))
            self._data, self.node = moved._data, moved.node
            if self.node is not None:
                self.node.tensor = weakref.ref(self)
            if name is not None:
                self.name = name

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d Tensor: it is a single number.")
        return (self[i] for i in range(len(self)))

    def __contains__(self, value: Any) -> bool:
        return bool(np.any(self == value))

    # --- methods: NumPy's functions with the Tensor as first argument -------------------------------------------------

    sum = method(np.sum)
    mean = method(np.mean)
    prod = method(np.prod)
    max = method(np.max)
    min = method(np.min)
    ptp = method(np.ptp)
    var = method(np.var)
    std = method(np.std)
    cumsum = method(np.cumsum)
    cumprod = method(np.cumprod)
    clip = method(np.clip)
    round = method(np.round)
    dot = method(np.dot)
    trace = method(np.trace)
    diagonal = method(np.diagonal)
    ravel = method(np.ravel)
    flatten = method(np.ravel)
    squeeze = method(np.squeeze)
    swapaxes = method(np.swapaxes)
    repeat = method(np.repeat)
    take = method(np.take)
    choose = method(np.choose)
    any = method(np.any)
    all = method(np.all)
    argmax = method(np.argmax)
    argmin = method(np.argmin)
    argsort = method(np.argsort)
    argpartition = method(np.argpartition)
    searchsorted = method(np.searchsorted)
    nonzero = method(np.nonzero)
    put = method(np.put)

    def fill(self, value: Any) -> None:
        """Write one value into every element, as ``t[...] = value`` does."""
        self[...] = value

    def compress(self, condition: Any, axis: int | None = None) -> Tensor:
        """The slices along `axis` for which `condition` holds."""
        return call(np.compress, (condition, self), {"axis": axis})

    def reshape(self, *shape: Any, order: str = "C") -> Tensor:
        """``t.reshape(2, 3)`` or ``t.reshape((2, 3))``."""
        return call(np.reshape, (self, shape[0] if len(shape) == 1 else shape), {"order": order})

    def transpose(self, *axes: Any) -> Tensor:
        """``t.transpose()``, ``t.transpose(1, 0)`` or ``t.transpose((1, 0))``."""
        return call(np.transpose, (self, axes[0] if len(axes) == 1 else axes or None), {})

    def astype(self, dtype: Any) -> Any:
        """Convert to another dtype. Whole numbers and truth values have no derivative, so those come as a plain array."""
        if np.dtype(dtype).kind != "f":
            leaves_the_graph(f"t.astype({np.dtype(dtype).name})", self)
            return self.data.astype(dtype)
        return record(RULES[astype], (self, np.dtype(dtype)))

    # --- plain Python -------------------------------------------------------------------------------------------------

    def item(self) -> float:
        """The one number in it, as a Python float."""
        leaves_the_graph("t.item()", self)
        return self._data.item()

    def tolist(self) -> Any:
        leaves_the_graph("t.tolist()", self)
        return self._data.tolist()

    def to_numpy(self) -> np.ndarray:
        """The array, without the history: what matplotlib asks for when it plots a Tensor."""
        leaves_the_graph("t.to_numpy()", self)
        data = self.data
        return data if isinstance(data, np.ndarray) else np.asarray(data)

    def __bool__(self) -> bool:
        leaves_the_graph("bool(t)", self)
        return bool(self._data)

    def __float__(self) -> float:
        if self.requires_grad:
            raise messages.not_a_float(self)
        return float(self._data)

    def __int__(self) -> int:
        if self.requires_grad:
            raise messages.not_a_float(self)
        return int(self._data)

    def __format__(self, spec: str) -> str:
        return format(self._data.item(), spec) if spec and self.size == 1 else format(str(self), spec)

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self._data), separator=", ", prefix="Tensor(", threshold=1000)
        parts = [text]
        if self.dtype != np.float64:
            parts.append(f"dtype={self.dtype}")
        if self.name is not None:
            parts.append(f"name={self.name!r}")
        if not self.requires_grad:
            parts.append("requires_grad=False")
        elif self.node is not None and self.node.rule is not None:
            parts.append(f"made by {self.node.rule.name}")
        return f"Tensor({', '.join(parts)})"

    def __copy__(self) -> Tensor:
        twin = type(self)(self._data, False)
        twin.grad, twin.node = self.grad, self.node
        if self.node is not None and self.is_leaf:
            twin.node = leaf_node(twin, type(self.node), self.name)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "copy.deepcopy")
        twin = type(self)(copy.deepcopy(self.data, memo), self.requires_grad, self.name)
        twin.grad = copy.deepcopy(self.grad, memo)
        return twin

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "pickle")
        return type(self), (self.data, self.requires_grad, self.name), (None, {"grad": self.grad})

    def __getattr__(self, name: str) -> Any:
        raise messages.no_attribute(name)


autograd.Tensor = Tensor
