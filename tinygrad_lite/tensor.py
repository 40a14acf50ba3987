"""A Tensor is an array that remembers how it was made, and works with Python's operators and NumPy's functions.

Flows in: numbers and arrays, and every NumPy function, operator, method or index that users apply to them. Flows out:
calls to `record` in `autograd.py`, and the messages that people see first. Python asks a Tensor to compute ``t * u``, and
NumPy asks it (through ``__array_ufunc__`` and ``__array_function__``) to compute ``np.sin(t)`` or ``np.mean(t, axis=0)``.
That is why NumPy code runs on Tensors unchanged. Both end in one place, `call`, which finds the rule of the function.
The details are in `protocols/`, which you can skip on a first reading. `watcher()` and `leaves_the_graph(...)` tell
debug() and trace() what happens, if one of them is active.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import messages
from .autograd import (
    NO_KEYWORDS,
    RULES,
    Constant,
    Handle,
    Node,
    backward,
    in_kind_of,
    leaf_node,
    record,
    seed_for,
    wants_gradient,
)  # fmt: skip
from .containers import VALUES
from .operands import held, operand
from .protocols import copying, leaving
from .protocols.calling import GIVEN_AS, call, check_caller, has_derivative, import_chapters
from .protocols.compositions import READY, indices_of, without_tensors
from .protocols.leaving import leaves_the_graph
from .protocols.operators import binary, comparison, converted_to, in_place, method, power
from .protocols.primitives import astype
from .protocols.ufunc_options import on_axes, without_options
from .protocols.writing import is_own_part, on_its_own, put_into
from .watching import watcher


class Tensor(Handle):
    """An array that remembers how it was made, so that gradients can be computed.

    data:           a number, a nested list, a NumPy array (kept as it is, not copied), or an array of another library
                    that follows NumPy's protocols
    requires_grad:  True to get gradients (whole numbers then become float64); False for a constant
    name:           the name in drawings and messages
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
    __pandas_priority__ = property(leaving.priority_in_pandas)  # so that ``series * t``, too, calls a method of the Tensor

    def __init__(self, data: Any, requires_grad: bool = True, name: str | None = None, dtype: Any = None) -> None:
        if not isinstance(requires_grad, (bool, np.bool_)):
            raise messages.not_a_switch(requires_grad, data, requires_grad, name)
        if isinstance(data, Handle):
            if wants_gradient(data.node):
                raise messages.already_a_tensor(data)
            data = data._array
        self._array, self.grad, self.node = held(data, requires_grad, dtype), None, None  # `held` checks and converts
        if requires_grad:
            self.node = leaf_node(self, Node, name)
        elif name is not None:
            self.node = leaf_node(self, Constant, name)

    # --- what it is ---------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The array itself. To update a leaf, assign a new array; graphs that were made before keep the old numbers.

        Do not change the array in place, as in ``w.data[0] = 5`` or ``w.data -= 0.5``: older graphs would then compute
        with the new numbers. Write ``w.data = w.data - 0.5``, or ``w -= 0.5`` inside `no_grad`.
        """
        return watcher().opened(self)  # `self._array`, as a plain array; debug() and trace() are told

    @data.setter
    def data(self, new: Any) -> None:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "assign to .data")
        self._array = held(new, self.requires_grad)
        if self.grad is not None and np.shape(self.grad) != self.shape:
            self.grad = None  # it belonged to the array that was here
        if self.node is not None:
            old, self.node = self.node, leaf_node(self, type(self.node), self.node.name)
            watcher().updated(self, old)

    @property
    def name(self) -> str | None:
        """The name of this Tensor in drawings and messages."""
        return self.node.name if self.node is not None else None

    @name.setter
    def name(self, new: str | None) -> None:
        if self.node is None:
            self.node = leaf_node(self, Constant)
        self.node.name = new

    @property
    def requires_grad(self) -> bool:
        """Whether functions of this Tensor are recorded. You can change it on a leaf."""
        return wants_gradient(self.node)

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not self.is_leaf:
            raise messages.not_a_leaf(self, "switch requires_grad")
        if wanted != self.requires_grad:
            self._array = held(self._array, wanted)
            self.node = leaf_node(self, Node if wanted else Constant, self.name)

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
        """The transpose of every matrix in it: the last two axes are swapped."""
        if self.ndim < 2:
            raise messages.not_a_matrix(self)
        return call(np.swapaxes, (self, -1, -2), {})

    @property
    def real(self) -> Tensor:
        """The Tensor itself: its numbers are real."""
        return self

    @property
    def imag(self) -> Tensor:
        """Zeros: the imaginary part of real numbers."""
        return call(np.imag, (self,), {})

    # --- gradients ----------------------------------------------------------------------------------------------------

    def backward(self, gradient: Any = None, **others: Any) -> None:
        """Compute the gradient of this Tensor with respect to everything it was made from, into their ``.grad``.

        gradient: the gradient to start from, an array of this Tensor's shape; it can be left out for a single number: 1.

        Leaves accumulate: a second call adds to ``.grad`` (see `zero_grad`). Intermediate Tensors that still exist get
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
            seed = seed_for(self)
        else:
            gradient = operand(without_tensors(gradient))
            gradient = gradient if hasattr(gradient, "shape") else np.asarray(gradient, self.dtype)
            if gradient.shape != self.shape:
                raise messages.wrong_seed(gradient, self)
            seed = in_kind_of(self._array, gradient.astype(self.dtype, copy=False))
        backward(self, seed)

    def zero_grad(self) -> None:
        """Delete the gradient: ``grad`` is None again."""
        self.grad = None

    def detach(self) -> Tensor:
        """The same numbers as a constant: no gradient flows back through it."""
        leaves_the_graph("t.detach()", self)
        return Tensor(self._array, requires_grad=False)

    # --- what NumPy calls: for np.sin(t) the first, for np.mean(t) the second, for np.asarray(t) the third ------------

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **keywords: Any) -> Any:
        try:
            if ufunc is np.add:
                check_caller(args, sys._getframe(1))  # np.polynomial takes a Tensor for a number
            if not keywords and method == "__call__" and ufunc in RULES:
                return record(RULES[ufunc], args)  # the usual case
            if keywords and method == "__call__" and keywords.get("out") is None and has_derivative(ufunc):
                args, keywords = without_options(ufunc, args, keywords)  # dtype=, where=, casting= and others
                if keywords.keys() & {"axes", "axis", "keepdims"}:
                    return on_axes(ufunc, args, keywords)
            return call(ufunc if method == "__call__" else (ufunc, method), args, keywords)  # or np.add.reduce
        except messages.NotReal:  # an operand is a complex spectrum, say: NumPy asks that one next
            return NotImplemented

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if function is np.prod:
            check_caller(args, sys._getframe(1))
        return call(function, args, keywords)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        """NumPy asks here for a plain array, which would lose the gradient. So this raises if the Tensor wants a gradient."""
        asker = sys._getframe(1)  # the Python function that called np.asarray, which has no frame itself
        import_chapters()
        if give := GIVEN_AS.get(asker.f_code):  # this function of NumPy's is given something that stands for the Tensor
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
        return record(RULES[operator.getitem], (self, indices_of(index)), NO_KEYWORDS, True)

    def __setitem__(self, index: Any, value: Any) -> None:
        """``t[index] = value``: record a copy of the array with the value in it. This Tensor then is the result of that call.

        As in NumPy, its views get the value too, and so does the Tensor that it is a view of: see protocols/writing.py.
        """
        if not is_own_part(self, index, value):  # ``t[0] += 1`` ends with ``t[0] = ...``, and has been written already
            leaving.swapped_by_shuffle(self, value, sys._getframe(1))
            put_into(self, index, value)

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
        """Convert to another dtype. Whole numbers and truth values have no derivative, so they become a plain array."""
        if np.dtype(dtype).kind == "c":
            raise messages.not_a_real_dtype(dtype)
        if np.dtype(dtype).kind != "f":
            leaves_the_graph(f"t.astype({np.dtype(dtype).name})", self)
            return self.data.astype(dtype)
        return record(RULES[astype], (self, np.dtype(dtype)))

    # --- plain Python -------------------------------------------------------------------------------------------------

    def item(self, *index: Any) -> float:
        """The single number in it, as a Python float; or, if there are several, the one at an index, as in ``t.item(0)``."""
        leaves_the_graph("t.item()", self)
        return self._array.item(*index)

    def tolist(self) -> Any:
        leaves_the_graph("t.tolist()", self)
        return self._array.tolist()

    def to_numpy(self) -> np.ndarray:
        """The plain array, without the history. Matplotlib calls this when it plots a Tensor."""
        leaves_the_graph("t.to_numpy()", self)
        data = self.data
        return data if isinstance(data, np.ndarray) else np.asarray(data)

    def __bool__(self) -> bool:
        if self.size > 1:
            raise messages.truth_of_several(self)
        leaves_the_graph("bool(t)", self)
        return bool(self._array)

    __float__, __int__, __complex__ = converted_to(float), converted_to(int), converted_to(complex)

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
        parts = [np.array2string(np.asarray(self._array), separator=", ", prefix="Tensor(", threshold=1000)]
        if self.dtype != np.float64:
            parts.append(f"dtype={self.dtype}")
        if self.name is not None:
            parts.append(f"name={self.name!r}")
        if not self.requires_grad:
            parts.append("requires_grad=False")
        elif self.node is not None and self.node.rule is not None:
            parts.append(f"made by {self.node.rule.name}")
        return f"Tensor({', '.join(parts)})"

    __copy__ = copying.copy
    __deepcopy__ = copying.deepcopy
    __reduce__ = copying.reduced

    def __getattr__(self, name: str) -> Any:
        if name == "as_integer_ratio":  # the first thing that statistics.mean(t) asks for
            leaving.asked_by_statistics(self, sys._getframe(1))
        raise messages.no_attribute(name, type(self))


VALUES.add(Tensor)  # containers.py: what is one value, and not a list or dict of values
READY.add(Tensor)  # compositions.py: what a composed function takes as it is
