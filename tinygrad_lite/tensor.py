"""The Tensor: an array that remembers how it was made, and speaks NumPy.

Flows in: numbers and arrays, and every NumPy function, operator, method or index that users apply to them. Flows out:
calls to `record` in `autograd.py`, and the messages that people meet first. Python asks a Tensor for ``t * u``, NumPy asks
it (through ``__array_ufunc__`` and ``__array_function__``) for ``np.sin(t)`` or ``np.mean(t, axis=0)``: that is why NumPy
code runs on Tensors unchanged. Either way the question ends in one place, `call`.
"""

from __future__ import annotations

import copy
import functools
import importlib
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FrameType
from typing import Any

import numpy as np

from . import autograd, messages
from .autograd import NO_KEYWORDS, RULES, Constant, Handle, Node, leaf_node, record, recording, watcher
from .containers import VALUES
from .memory import plain, scratch
from .operands import FIT, REAL, array_of_numbers, is_sparse, operand
from .protocols import leaving
from .protocols.compositions import COMPOSITIONS, READY, without_tensors
from .protocols.leaving import leaves_the_graph
from .protocols.ufunc_options import on_axes, without_options
from .protocols.writing import is_own_part, move, on_its_own, put, write, write_result
from .registry import primitive

PLAIN: set[Any] = set()  # functions that give indices or truth values: plain arrays in, plain arrays out
CONSTANT: set[Any] = set()  # functions that give numbers which depend on no value: constant Tensors
REFUSED: dict[Any, str] = {}  # functions that no gradient can flow through: why, and what to write instead
GIVEN_AS: dict[CodeType, Callable[..., Any]] = {}  # functions of NumPy that take arrays only, and what to give them
CALLERS: dict[CodeType, Callable[..., None]] = {}  # functions of NumPy that take a Tensor for a number: what to check there
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
    if function in CONSTANT:
        out = on_arrays(function, *args, **keywords)
        return out if out.dtype.kind in "biu" else Tensor(out, requires_grad=False)
    import_chapters()
    if function in RULES or function in COMPOSITIONS:
        return call(function, args, keywords)
    if leaving.may_run_on_arrays(function, (*args, *keywords.values())):
        return on_arrays(function, *args, **keywords)
    raise messages.refused(function, REFUSED[function]) if function in REFUSED else messages.no_rule(function)


def import_chapters() -> None:
    """The rules for the packages that are there; imported only when needed: most programs need no other than NumPy."""
    for package, chapter in CHAPTERS.items():
        if package in sys.modules:
            importlib.import_module(chapter)


def caller_check(function: Any, frame: FrameType) -> Callable[..., None] | None:
    """What to check if a function of np.polynomial, which runs in this frame, takes a Tensor for a number."""
    if "numpy.polynomial" not in sys.modules or function not in (np.add, np.prod):
        return None
    import_chapters()
    return CALLERS.get(frame.f_code)


def has_derivative(function: Any) -> bool:
    """Whether a function has a rule, or is written with functions that have one."""
    return function in RULES or function in COMPOSITIONS


def on_arrays(function: Any, *args: Any, **keywords: Any) -> Any:
    """The result of a function that has no derivative, for the arrays of the Tensors; trace(), if it looks on, is told."""
    run = getattr(*function) if isinstance(function, tuple) else function  # np.logical_and.reduce is one of these
    out = run(*without_tensors(args), **without_tensors(keywords))
    return out if isinstance(recording(), bool) else recording().computed(function, args, keywords, out)


def as_array(data: Any, requires_grad: bool, dtype: Any) -> Any:
    """What a Tensor holds: floats as NumPy scalars, arrays as they are; whole numbers as float64 if they want gradients."""
    given = data
    if isinstance(data, np.ma.MaskedArray) or is_sparse(data):
        raise messages.not_differentiable(data)
    if isinstance(data, np.ndarray):
        data = np.asarray(data)
    elif not hasattr(data, "__array_function__") and not isinstance(data, np.generic):
        try:
            data = array_of_numbers(data)
        except ValueError as error:  # rows of different lengths
            raise messages.not_differentiable(given) from error
        data = data[()] if data.dtype.kind in REAL else data
    if data.dtype.kind not in REAL:
        raise messages.not_differentiable(given, data.dtype if data.ndim or hasattr(given, "dtype") else None)
    if dtype is not None:
        if np.dtype(dtype).kind not in REAL:
            raise messages.not_a_real_dtype(dtype)
        data = data.astype(dtype, copy=False)
    if data.dtype.kind in "biu" and requires_grad:
        data = data.astype(np.float64)
    return scratch(data)


def method(function: Callable[..., Any]) -> Callable[..., Any]:
    """A NumPy function as a method: its first argument is the Tensor."""

    @functools.wraps(function, assigned=("__name__",), updated=())
    def bound(self: Tensor, *args: Any, **keywords: Any) -> Any:
        return call(function, (self, *args), keywords)

    bound.__doc__ = f"{messages.name_of(function)} of this Tensor: same signature, same meaning."
    return bound


def in_place(symbol: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """``t += u`` and its relatives: the Tensor goes on with ``t + u``; a leaf that wants gradients only in `no_grad`."""

    def update(self: Tensor, other: Any) -> Any:
        if not self.is_leaf or not self.requires_grad:
            return write_result(self, function(self, other))
        if recording():
            raise messages.leaf_in_place(self, f"{self.name or 'w'} {symbol} ...")
        new = function(self._array if recording() is False else self.data, operand(without_tensors(other)))
        if new.shape != self.shape:
            raise messages.leaf_of_another_shape(self, symbol, new.shape)
        self.data = new.astype(self.dtype, copy=False)
        return self

    return update


def binary(function: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """``t * other``, and ``other * t`` for when only the right one is a Tensor."""

    def forward(self: Tensor, other: Any) -> Any:
        try:
            return record(RULES[function], (self, other))
        except messages.Declined:
            return NotImplemented

    def reflected(self: Tensor, other: Any) -> Any:
        return record(RULES[function], (other, self))

    return forward, reflected


def power(self: Tensor, other: Any, modulo: Any = None) -> Any:
    """``t ** other``, which Python's pow(t, other, modulo) asks for as well."""
    if modulo is not None:
        raise messages.power_modulo(self)
    try:
        return record(RULES[np.power], (self, other))
    except messages.Declined:
        return NotImplemented


def comparison(function: np.ufunc, compare: Callable[..., Any]) -> Callable[..., Any]:
    """``t < other``: a plain array of truth values. What is no array is compared as Python would compare it with one.

    Python's max(), min() and sorted() ask for ``<`` and ``>`` too, and ``if`` for one truth value: they are not for arrays,
    and a message says so.
    """

    def bound(self: Tensor, other: Any) -> Any:
        leaving.compared_by_python(self, sys._getframe(1))
        if isinstance(other, Handle) or other.__class__ in FIT:
            return call(function, (self, other), {})
        leaves_the_graph(messages.name_of(function), self)
        return compare(self.data, without_tensors(other))

    return bound


@primitive
def alias(x: Any) -> Any:
    """The same array under another name: a variable of its own."""
    return x


@primitive
def astype(x: Any, dtype: Any) -> Any:
    """Convert to another floating-point dtype."""
    return x.astype(dtype)


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
    __pandas_priority__ = 5000  # more than a DataFrame's: with a Series on the left, too, we are asked

    def __init__(self, data: Any, requires_grad: bool = True, name: str | None = None, dtype: Any = None) -> None:
        if not isinstance(requires_grad, (bool, np.bool_)):
            raise messages.not_a_switch(requires_grad, data, requires_grad, name)
        if isinstance(data, Handle):
            if data.node.__class__ is Node:
                raise messages.already_a_tensor(data)
            data = data._array
        self._array, self.grad, self.node = as_array(data, requires_grad, dtype), None, None
        if requires_grad:
            self.node = leaf_node(self, Node, name)
        elif name is not None:
            self.node = leaf_node(self, Constant, name)

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The array itself. Assigning to it is how a leaf is updated; graphs made before keep the old numbers.

        They cannot if the array itself is changed, as by ``w.data[0] = 5`` or ``w.data -= 0.5``: gradients may then be those
        at the new numbers. Write ``w.data = w.data - 0.5``, or ``w -= 0.5`` inside `no_grad`.
        """
        return plain(self._array) if isinstance(recording(), bool) else recording().opened(self)

    @data.setter
    def data(self, new: Any) -> None:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "assign to .data")
        self._array = as_array(new, self.requires_grad, None)
        if self.grad is not None and np.shape(self.grad) != self.shape:
            self.grad = None  # it belonged to the array that was here
        if self.node is not None:
            old, self.node = self.node, leaf_node(self, type(self.node), self.node.name)
            watcher().updated(self, old)

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
            self._array = as_array(self._array, wanted, None)
            self.node = leaf_node(self, Node if wanted else Constant, name)

    @property
    def is_leaf(self) -> bool:
        """True for a Tensor that no recorded function made."""
        return self.node is None or self.node.rule is None

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._array.dtype

    @property
    def ndim(self) -> int:
        return self._array.ndim

    @property
    def size(self) -> int:
        return self._array.size

    @property
    def T(self) -> Tensor:
        return call(np.transpose, (self,), {})

    @property
    def mT(self) -> Tensor:
        """Every matrix in it transposed: its last two axes swapped."""
        if self.ndim < 2:
            raise messages.not_a_matrix(self)
        return call(np.swapaxes, (self, -1, -2), {})

    @property
    def real(self) -> Tensor:
        """The Tensor itself, as it holds real numbers."""
        return self

    @property
    def imag(self) -> Tensor:
        """Zeros: the imaginary part of real numbers."""
        return call(np.imag, (self,), {})

    # --- gradients ----------------------------------------------------------------------------------------------------

    def backward(self, gradient: Any = None, **others: Any) -> None:
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
        if others:
            raise messages.not_of_backward(*others)
        if not self.requires_grad:
            raise messages.not_recorded(self)
        if gradient is None:
            seed = autograd.seed_for(self)
        else:
            gradient = operand(without_tensors(gradient))
            gradient = gradient if hasattr(gradient, "shape") else np.asarray(gradient, self.dtype)
            if gradient.shape != self.shape:
                raise messages.wrong_seed(gradient, self)
            seed = autograd.like(gradient.astype(self.dtype, copy=False), self._array)
        autograd.backward(self, seed)

    def zero_grad(self) -> None:
        """Forget the gradient: ``grad`` is None again."""
        self.grad = None

    def detach(self) -> Tensor:
        """The same numbers as a constant: no gradient flows back through it."""
        leaves_the_graph("t.detach()", self)
        return Tensor(self._array, requires_grad=False)

    # --- leaving NumPy's and Python's questions to NumPy --------------------------------------------------------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **keywords: Any) -> Any:
        try:
            if check := caller_check(ufunc, sys._getframe(1)):
                check(*args, sys._getframe(1))
            if keywords and method == "__call__" and keywords.get("out") is None and has_derivative(ufunc):
                args, keywords = without_options(ufunc, args, keywords)
                if keywords.keys() & {"axes", "axis", "keepdims"}:
                    return on_axes(ufunc, args, keywords)
            return call(ufunc if method == "__call__" else (ufunc, method), args, keywords)  # or np.add.reduce and the like
        except messages.NotReal:
            return NotImplemented

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if check := caller_check(function, sys._getframe(1)):
            check(*args, sys._getframe(1))
        return call(function, args, keywords)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        asker = sys._getframe(1)  # the Python function that called np.asarray, which has no frame itself
        import_chapters()
        if give := GIVEN_AS.get(asker.f_code):
            return give(self, asker.f_locals)
        return leaving.array_of(self, dtype, copy)

    # --- operators ----------------------------------------------------------------------------------------------------

    __add__, __radd__ = binary(np.add)
    __sub__, __rsub__ = binary(np.subtract)
    __mul__, __rmul__ = binary(np.multiply)
    __truediv__, __rtruediv__ = binary(np.divide)
    __pow__, __rpow__ = power, binary(np.power)[1]
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
    __eq__ = comparison(np.equal, operator.eq)
    __ne__ = comparison(np.not_equal, operator.ne)
    __lt__ = comparison(np.less, operator.lt)
    __le__ = comparison(np.less_equal, operator.le)
    __gt__ = comparison(np.greater, operator.gt)
    __ge__ = comparison(np.greater_equal, operator.ge)

    # --- indexing -----------------------------------------------------------------------------------------------------

    def __getitem__(self, index: Any) -> Tensor:
        return record(RULES[operator.getitem], (self, without_tensors(index)), NO_KEYWORDS, True)

    def __setitem__(self, index: Any, value: Any) -> None:
        """``t[index] = value``: a new array with the value in it, recorded, and this Tensor now stands for that.

        So do all views of it, and what it is a view of, as in NumPy: see protocols/writing.py.
        """
        if not is_own_part(self, index, value):
            index = without_tensors(index)
            value = value if isinstance(value, Handle) or value.__class__ in FIT else operand(value)
            write(self, record(RULES[put], (self, value, index), NO_KEYWORDS, True), f"{self.name or 'w'}[...] = ...")

    def __len__(self) -> int:
        return len(self._array)

    def __iter__(self) -> Iterator[Tensor]:
        if not self.ndim:
            raise messages.one_number()
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

    def flatten(self, order: str = "C") -> Tensor:
        """A copy with all elements in one row."""
        return on_its_own(call(np.ravel, (self, order), {}))

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
        if np.dtype(dtype).kind == "c":
            raise messages.not_a_real_dtype(dtype)
        if np.dtype(dtype).kind != "f":
            leaves_the_graph(f"t.astype({np.dtype(dtype).name})", self)
            return self.data.astype(dtype)
        return record(RULES[astype], (self, np.dtype(dtype)))

    # --- plain Python -------------------------------------------------------------------------------------------------

    def item(self, *index: Any) -> float:
        """The one number in it, as a Python float; or of several the one at this index, as in ``t.item(0)``."""
        leaves_the_graph("t.item()", self)
        return self._array.item(*index)

    def tolist(self) -> Any:
        leaves_the_graph("t.tolist()", self)
        return self._array.tolist()

    def to_numpy(self) -> np.ndarray:
        """The array, without the history: what matplotlib asks for when it plots a Tensor."""
        leaves_the_graph("t.to_numpy()", self)
        data = self.data
        return data if isinstance(data, np.ndarray) else np.asarray(data)

    def __bool__(self) -> bool:
        if self.size > 1:
            raise messages.truth_of_several(self)
        leaves_the_graph("bool(t)", self)
        return bool(self._array)

    def __float__(self) -> float:
        return float(leaving.number_of(self))

    def __int__(self) -> int:
        return int(leaving.number_of(self))

    def __complex__(self) -> complex:
        return complex(leaving.number_of(self))

    def __index__(self) -> int:
        if self.requires_grad or self.ndim or self.dtype.kind not in "iu":
            raise messages.not_an_index(self)
        return int(self._array)

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self)
        if self.size == 1:
            return format(self._array.item(), spec)
        formatter: Any = {"all": lambda element: format(element.item(), spec)}
        return np.array2string(np.asarray(self._array), separator=", ", formatter=formatter)

    def __repr__(self) -> str:
        text = np.array2string(np.asarray(self._array), separator=", ", prefix="Tensor(", threshold=1000)
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
        twin = rebuilt(type(self), self._array, False)
        twin.grad = self.grad
        if self.is_leaf:
            twin.node = self.node and leaf_node(twin, type(self.node), self.name)
        else:
            move(twin, record(RULES[np.copy], (self,)))
            twin.name = self.name
        return with_attributes(twin, attributes_of(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "copy.deepcopy")
        memo[id(self)] = twin = rebuilt(type(self), copy.deepcopy(self.data, memo), self.requires_grad, self.name)
        twin.grad = copy.deepcopy(self.grad, memo)
        return with_attributes(twin, copy.deepcopy(attributes_of(self), memo))

    def __reduce__(self) -> Any:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "pickle")
        state = {"grad": self.grad, **attributes_of(self)}
        return rebuilt, (type(self), self.data, self.requires_grad, self.name), (None, state)

    def __getattr__(self, name: str) -> Any:
        if name == "as_integer_ratio":
            leaving.asked_by_statistics(self, sys._getframe(1))
        raise messages.no_attribute(name, type(self))


def rebuilt(kind: type[Tensor], data: Any, requires_grad: bool, name: str | None = None) -> Any:
    """A Tensor of a subclass, for copies and pickles: without its ``__init__``, which may want other arguments."""
    twin = object.__new__(kind)
    Tensor.__init__(twin, data, requires_grad, name)
    return twin


def attributes_of(tensor: Tensor) -> dict[str, Any]:
    """What a subclass has beside what a Tensor has: in its ``__dict__`` and its ``__slots__``."""
    slots = [slot for kind in type(tensor).__mro__ if not issubclass(Tensor, kind) for slot in slots_of(kind)]
    found = {slot: getattr(tensor, slot) for slot in slots if hasattr(tensor, slot)}
    return found | vars(tensor) if hasattr(tensor, "__dict__") else found


def slots_of(kind: type) -> list[str]:
    slots = vars(kind).get("__slots__", ())
    return [slots] if isinstance(slots, str) else [slot for slot in slots if slot not in ("__dict__", "__weakref__")]


def with_attributes(tensor: Tensor, attributes: dict[str, Any]) -> Tensor:
    for name, value in attributes.items():
        setattr(tensor, name, value)
    return tensor


autograd.Tensor = Tensor
VALUES.add(Tensor)
READY.add(Tensor)
