"""Stand-ins for arrays: formulas that are written with them become nodes of an ONNX graph.

Flows in: arithmetic on `Value` objects, as in ``x.tanh() * (x.exp() + 1)``, and the names of ONNX's operators. Flows out: the
nodes, in a `Writer`, which also keeps the constants they use. All shapes are known while writing: a graph has numbers in it.
"""

from __future__ import annotations

import dataclasses
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import messages
from ...rules.reductions import axes_of

try:
    import onnx
except ImportError as error:
    raise messages.not_installed("graph.to_onnx()", "onnx", "onnx") from error

OPSET, IR_VERSION = 18, 9  # the oldest that have all that is used: they can be read by older programs, too
DOUBLE = np.dtype(np.float64)


class Writer:
    """Collects nodes and constants. `label` and `line` are those of the value that is being written."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[Any, onnx.TensorProto] = {}
        self.taken: set[str] = set()
        self.label, self.line = "", ""
        self.inside: list[Any] = []  # the functions that are being written with others

    def name(self, wanted: str) -> str:
        """A name that nothing else has: ASCII letters, digits and underscores, as ONNX asks for."""
        text = unicodedata.normalize("NFKC", wanted.replace("∂", "d_"))
        text = re.sub(r"[^A-Za-z0-9_/]+", "_", text).strip("_") or "value"
        name, count = text, 1
        while name in self.taken:
            count += 1
            name = f"{text}_{count}"
        self.taken.add(name)
        return name

    def constant(self, value: Any, dtype: Any = None, name: str | None = None) -> Value:
        """An array or number; the same one twice is written once."""
        array = np.asarray(value, dtype)
        array = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)
        key = name or (array.tobytes(), array.shape, array.dtype.str)
        if key not in self.initializers:
            self.initializers[key] = onnx.numpy_helper.from_array(array, name or self.name("constant"))
        return Value(self, self.initializers[key].name, array.dtype, array.shape)

    def node(
        self, kind: str, inputs: Sequence[Value], dtype: Any, shape: tuple[int, ...], output: int = 0, **attributes: Any
    ) -> Value:
        """Write a node; its value is its output number `output`."""
        names = [self.name(f"{self.label}/{kind}") for _ in range(output + 1)]
        node = onnx.helper.make_node(
            kind, [x.name for x in inputs], names, name=names[-1], doc_string=self.line, **attributes
        )
        self.nodes.append(node)
        return Value(self, names[-1], np.dtype(dtype), tuple(shape))

    def finish(self, value: Value, name: str) -> Value:
        """Call a value by its name in the graph. If it is the value of a node of its own, that node gets the name."""
        if not self.nodes or value.name not in self.nodes[-1].output or not value.name.startswith(f"{name}/"):
            value = self.node("Identity", [value], value.dtype, value.shape)
        return value.named(name)


def one(kind: str, dtype: Any = None) -> Callable[..., Value]:
    """A function that is one operator of ONNX's, which works element by element."""
    return lambda x, *others: x.each(kind, *others, dtype=dtype)


def both_ways(kind: str) -> tuple[Callable[..., Value], Callable[..., Value]]:
    """The methods for an operator of Python's, with the value on its left, and on its right."""
    return one(kind), lambda x, other: x.like(other).each(kind, x)


@dataclasses.dataclass(frozen=True, eq=False)
class Value:
    """The name of a value in the ONNX graph, and what is known of it."""

    writer: Writer
    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    __array_ufunc__ = None  # an array on the left of an operator leaves it to us

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def named(self, name: str) -> Value:
        """The same value; the node that makes it, the last one, says its name."""
        last = self.writer.nodes[-1]
        last.output[list(last.output).index(self.name)] = name
        last.name = name
        return dataclasses.replace(self, name=name)

    # --- calling operators ------------------------------------------------------------------------------------------------

    def like(self, other: Any) -> Value:
        """Another operand: a number becomes a constant of this dtype."""
        return other if isinstance(other, Value) else self.writer.constant(np.asarray(other, self.dtype))

    def each(self, kind: str, *others: Any, dtype: Any = None, **attributes: Any) -> Value:
        """An operator that works element by element; operands are broadcast as in NumPy."""
        operands = [self, *map(self.like, others)]
        shape = np.broadcast_shapes(*(x.shape for x in operands))
        return self.writer.node(kind, operands, dtype or self.dtype, shape, **attributes)

    def moved(self, kind: str, shape: Sequence[int], *settings: Any, dtype: Any = None, **attributes: Any) -> Value:
        """An operator with settings that are whole numbers, like axes; `shape` is that of its result."""
        numbers = [x if isinstance(x, Value) else self.writer.constant(np.asarray(x, np.int64)) for x in settings]
        return self.writer.node(kind, [self, *numbers], dtype or self.dtype, tuple(shape), **attributes)

    def cast(self, dtype: Any) -> Value:
        dtype = np.dtype(dtype)
        if dtype == self.dtype:
            return self
        return self.each("Cast", dtype=dtype, to=onnx.helper.np_dtype_to_tensor_dtype(dtype))

    # --- arithmetic -------------------------------------------------------------------------------------------------------

    __add__, __radd__ = both_ways("Add")
    __sub__, __rsub__ = both_ways("Sub")
    __mul__, __rmul__ = both_ways("Mul")
    __truediv__, __rtruediv__ = both_ways("Div")
    __pow__, __rpow__ = both_ways("Pow")
    __neg__, __abs__, __invert__ = one("Neg"), one("Abs"), one("Not")
    __and__, __or__ = one("And"), one("Or")
    __lt__, __le__ = one("Less", bool), one("LessOrEqual", bool)
    __gt__, __ge__ = one("Greater", bool), one("GreaterOrEqual", bool)
    equals, maximum, minimum = one("Equal", bool), one("Max"), one("Min")

    def where(self, chosen: Any, other: Any) -> Value:
        """`chosen` where this, a truth value, is true. onnxruntime has no choice among truth values, but among numbers."""
        first = chosen if isinstance(chosen, Value) else other.like(chosen)
        if first.dtype == bool:
            return self.where(first.cast(np.int64), first.like(other).cast(np.int64)).cast(bool)
        return self.each("Where", first, first.like(other), dtype=first.dtype)

    # --- functions --------------------------------------------------------------------------------------------------------

    exp, log, sqrt, sin, tanh, floor = map(one, ("Exp", "Log", "Sqrt", "Sin", "Tanh", "Floor"))

    def cos(self) -> Value:
        """In double precision by the sine, 1 - 2 sin²(x/2): most versions of onnxruntime have no other."""
        half = (self * 0.5).sin() if self.dtype == DOUBLE else None
        return self.each("Cos") if half is None else 1 - 2 * half * half

    def is_nan(self) -> Value:
        return self.each("IsNaN", dtype=bool) if self.dtype.kind == "f" else self.writer.constant(np.zeros(self.shape, bool))

    def is_negative(self) -> Value:
        """Whether the sign is minus, also that of 0: 1/-0 is -inf."""
        return (self < 0) | (self.each("Reciprocal") < 0) if self.dtype.kind == "f" else self < 0

    # --- shapes -----------------------------------------------------------------------------------------------------------

    def reshape(self, shape: Sequence[int]) -> Value:
        return self if tuple(shape) == self.shape else self.moved("Reshape", shape, list(shape), allowzero=1)

    def flat(self) -> Value:
        """All elements in one row."""
        return self.reshape((math.prod(self.shape),))

    def along(self, axis: int | None) -> tuple[Value, int]:
        """The value and an axis of it, for functions that take all elements as one row if the axis is None."""
        return (self.flat(), 0) if axis is None else (self, axis % max(self.ndim, 1))

    def transpose(self, axes: Sequence[int]) -> Value:
        return self.moved("Transpose", [self.shape[i] for i in axes], perm=[int(i) for i in axes]) if len(axes) else self

    def expand(self, shape: Sequence[int]) -> Value:
        if 0 in shape:
            return self.writer.constant(np.zeros(shape, self.dtype))
        return self if tuple(shape) == self.shape else self.moved("Expand", shape, list(shape))

    def take(self, indices: Any, axis: int = 0) -> Value:
        """Elements, or slices along an axis, by an array of whole numbers."""
        shape = indices.shape if isinstance(indices, Value) else np.shape(indices)
        return self.moved("Gather", self.shape[:axis] + tuple(shape) + self.shape[axis + 1 :], indices, axis=axis)

    def reduce(self, kind: str, axis: Any = None, keepdims: Any = False) -> Value:
        """Make one number of many over some axes, given as in NumPy. Of a single number there is nothing to reduce."""
        axes = axes_of(axis, self.ndim)
        kept = keepdims is not np._NoValue and bool(keepdims)
        shape = [1 if i in axes else n for i, n in enumerate(self.shape) if kept or i not in axes]
        return self.moved(kind, shape, list(axes), keepdims=int(kept)) if axes else self
