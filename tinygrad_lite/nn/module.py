"""Module: what a network is made of. It finds the parameters among its attributes, however deep they are.

Flows in: a class of the user's, with Tensors and other modules as attributes (also in lists, tuples and dicts), and a method
``__call__`` (or ``forward``) that computes with them. Flows out: its parameters and their names for an optimizer, its numbers
as plain arrays to be saved, and a table of what is in it.

A *parameter* is a Tensor that wants a gradient. A *buffer* is a constant Tensor: numbers that belong to the module and are
saved with it, but that no optimizer changes, such as the running mean of a batch normalization. Nothing has to be registered,
and a class needs no ``super().__init__()``: the attributes themselves are the register.
"""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .. import messages
from ..autograd import Node
from ..containers import children
from ..frames import Part
from ..recording import recording
from ..tensor import Tensor

M = TypeVar("M", bound="Module")


class Loaded(NamedTuple):
    """What `load_state_dict(..., strict=False)` left out: the names without numbers, and the numbers without a name."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Found(NamedTuple):
    """A Tensor or module, and where it is: ``layers.0.weight`` as PyTorch writes it, ``.layers[0].weight`` in Python."""

    name: str
    path: str
    value: Any
    is_parameter: bool = False


class Module(Part):
    """A part of a network: a layer, or a network made of layers.

    A subclass makes its parameters in ``__init__`` and computes with them in ``__call__``. It may be named ``forward``
    instead, as in PyTorch. ``training`` is True until `eval` is called: Dropout and BatchNorm compute differently then.

    >>> import numpy as np
    >>> from tinygrad_lite import Tensor, nn
    >>> class Line(nn.Module):
    ...     def __init__(self):
    ...         self.slope, self.height = Tensor(2.0), Tensor(1.0)
    ...     def __call__(self, x):
    ...         return self.slope * x + self.height
    >>> line = Line()
    >>> line(np.array([0.0, 3.0])).tolist()
    [1.0, 7.0]
    >>> [name for name, parameter in line.named_parameters()]
    ['slope', 'height']
    >>> line
    name   kind    parameters           count
           Line()  slope (), height ()      2
    total                                   2
    """

    training: bool = True

    def __init_subclass__(cls, **keywords: Any) -> None:
        """A subclass that defines `forward` is called through it, also if the class it inherits from has a `__call__`."""
        super().__init_subclass__(**keywords)
        if "forward" in vars(cls) and "__call__" not in vars(cls):
            cls.__call__ = Module.__call__  # type: ignore[method-assign]

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        forward = getattr(type(self), "forward", None)
        if forward is None:
            raise messages.nothing_to_compute(self)
        return forward(self, *args, **keywords)

    # --- what is in it ------------------------------------------------------------------------------------------------

    def parts(self) -> Iterator[tuple[str, Any]]:
        """What this module is made of, each with how Python reaches it: ``(".weight", Tensor(...))``."""
        return ((f".{name}", value) for name, value in vars(self).items())

    def parameters(self) -> Iterator[Tensor]:
        """Each parameter once, in the order in which they were made: those of the module itself, then those of its parts.

        Raises TypeError for an attribute that was computed, as by ``self.w = 0.1 * Tensor(...)``: it is no parameter.
        """
        return (parameter for _, parameter in self.named_parameters())

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Each parameter once, with its name: ``("layers.0.weight", Tensor(...))``."""
        return ((found.name, found.value) for found in parameters_in(self))

    def buffers(self) -> Iterator[Tensor]:
        """The constant Tensors that belong to the module, each once."""
        return (buffer for _, buffer in self.named_buffers())

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Each buffer once, with its name."""
        return ((found.name, found.value) for found in once(tensors_in(self)) if not found.is_parameter)

    def modules(self) -> Iterator[Module]:
        """The module itself and all modules in it, each once."""
        return (module for _, module in self.named_modules())

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """The same with their names; that of the module itself is empty."""
        return ((found.name, found.value) for found in once(modules_in(self)))

    def children(self) -> Iterator[Module]:
        """The modules that are directly in this one, also those in its lists and dicts."""
        return (module for _, module in self.named_children())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The same with their names."""
        return ((found.name, found.value) for found in once(directly_in(self)) if isinstance(found.value, Module))

    # --- its numbers, to be saved and loaded --------------------------------------------------------------------------

    def state_dict(self) -> dict[str, np.ndarray]:
        """All parameters and buffers as plain arrays, by the names that PyTorch gives them.

        They are the numbers of this moment: an optimizer gives a parameter a new array, and leaves the old one as it is.
        A Tensor that is in two places is there under both names.
        """
        return {found.name: np.asarray(found.value.data) for found in tensors_in(self)}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> Loaded:
        """Give the parameters and buffers these numbers, by their names.

        state_dict: a dict of arrays (or Tensors), as `state_dict` gives it. They are converted to the dtypes of the module
        strict:     names that are missing or unexpected are errors; with False they are left out, and returned

        Raises ValueError, which lists every missing name, unexpected name and wrong shape. Then nothing has changed.
        """
        mine = {found.name: found for found in tensors_in(self)}
        given = {name: array_of(value) for name, value in state_dict.items()}
        there = {id(mine[name].value) for name in given if name in mine}  # a shared Tensor is named once at least
        missing = [name for name, found in mine.items() if id(found.value) not in there]
        unexpected = [name for name in given if name not in mine]
        misfits = {name: (mine[name].value.shape, array.shape) for name, array in given.items() if name in mine}
        misfits = {name: shapes for name, shapes in misfits.items() if shapes[0] != shapes[1]}
        if misfits or (strict and (missing or unexpected)):
            raise messages.not_this_state(self, missing if strict else [], unexpected if strict else [], misfits)
        new = {name: np.array(array, mine[name].value.dtype) for name, array in given.items() if name in mine}
        for name, array in new.items():
            mine[name].value.data = array
        return Loaded(missing, unexpected)

    # --- what is done to all of it ------------------------------------------------------------------------------------

    def train(self: M, mode: bool = True) -> M:
        """Set `training` here and in all modules in it: Dropout drops, BatchNorm uses the mean of the batch."""
        for module in list(self.modules()):
            module.training = mode
        return self

    def eval(self: M) -> M:
        """The same as ``train(False)``: the network is used, not trained."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Freeze all parameters (False): they stay parameters, but get no gradient. Or thaw them (True)."""
        for parameter in list(self.parameters()):
            parameter.requires_grad = requires_grad
        return self

    def to(self: M, dtype: Any) -> M:
        """Convert all parameters and buffers of floats to another dtype, such as ``np.float32``."""
        if np.dtype(dtype).kind != "f":
            raise messages.not_a_dtype_of_parameters(dtype)
        for found in once(tensors_in(self)):
            tensor = found.value
            if tensor.dtype.kind == "f" and tensor.dtype != dtype:
                tensor.data, tensor.grad = tensor.data.astype(dtype), tensor.grad and tensor.grad.astype(dtype)
        return self

    def apply(self: M, function: Callable[[Module], Any]) -> M:
        """Call ``function(module)`` for every module in it, and for itself at last: to initialise the weights, say."""
        for found in list(once(modules_in(self, inner_first=True))):
            function(found.value)
        return self

    # --- attributes ---------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute. A parameter that would become the result of a computation is refused: it would not be found."""
        if isinstance(value, Tensor):
            old = vars(self).get(name)
            if is_parameter(old) and old is not value and (not value.is_leaf or not (value.requires_grad or recording())):
                raise messages.parameter_rebound(self, name)
            if is_parameter(value):
                known_of(self).add(f".{name}")
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        raise messages.no_attribute_of_module(name, self)

    def __repr__(self) -> str:
        return table_of(self)

    # --- what views and messages ask (frames.py) ------------------------------------------------------------------------

    def _leaves(self) -> Iterator[tuple[str, Tensor]]:
        return ((found.path, found.value) for found in once(tensors_in(self)))

    def _parts(self) -> Iterator[tuple[str, Module]]:
        return ((found.path, found.value) for found in once(modules_in(self)))

    def _described(self) -> str:
        return kind_of(self)


# --- finding ----------------------------------------------------------------------------------------------------------


def is_parameter(value: Any) -> bool:
    """Whether this is a leaf that wants a gradient."""
    return isinstance(value, Tensor) and value.is_leaf and value.requires_grad


def known_of(module: Module) -> set[str]:
    """The paths where this module has had a parameter: one that is frozen is still a parameter, and no buffer."""
    return vars(module).setdefault("_known", set())


def directly_in(module: Module) -> Iterator[Found]:
    """The Tensors and modules that this module has as attributes, and then those in its lists, tuples and dicts."""
    parts = list(module.parts())
    nests = [part for part in parts if isinstance(part[1], (list, tuple, dict, Module))]
    for path, value in [part for part in parts if isinstance(part[1], Tensor)] + nests:
        for inner_path, inner in values_in(value, path):
            if is_parameter(inner):
                known_of(module).add(inner_path)
            if isinstance(inner, (Tensor, Module)):
                yield Found(name_of_path(inner_path), inner_path, inner, inner_path in known_of(module))


def values_in(value: Any, path: str, around: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """A value; or if it is a list, tuple or dict, what is in it. One that contains itself is not followed."""
    if not isinstance(value, (list, tuple, dict)):
        yield path, value
    elif not any(value is other for other in around):
        for step, inner in children(value) or []:
            yield from values_in(inner, path + step, (*around, value))


def name_of_path(path: str) -> str:
    """The name that PyTorch gives to what Python reaches by this path: ``layers.0`` for ``.layers[0]``."""
    return re.sub(r"\[(['\"]?)(.*?)\1\]", r".\2", path).removeprefix(".")


def joined(name: str, inner: str) -> str:
    """``layers.0.weight`` of ``layers.0`` and ``weight``; the name of a whole network is empty."""
    return f"{name}.{inner}" if name else inner


def modules_in(
    module: Module,
    at: Found | None = None,
    around: tuple[Module, ...] = (),
    rings: dict[int, bool] | None = None,
    inner_first: bool = False,
) -> Iterator[Found]:
    """A module and all modules in it. One that is in two places comes twice, unless it leads back to a module around it.

    `rings` has the modules that were met, by their ids, and whether they lead back like this: a tree that was walked through
    again from each of its nodes would take forever.
    """
    rings = {} if rings is None else rings
    rings[id(module)], around = False, (*around, module)
    at = at or Found("", "", module)
    if not inner_first:
        yield at
    for found in directly_in(module):
        inner = found.value
        if id(inner) in (ids := list(map(id, around))):
            rings.update(dict.fromkeys(ids[ids.index(id(inner)) :], True))
        elif isinstance(inner, Module) and not rings.get(id(inner)):
            place = Found(joined(at.name, found.name), at.path + found.path, inner)
            yield from modules_in(inner, place, around, rings, inner_first)
    if inner_first:
        yield at


def tensors_in(module: Module) -> Iterator[Found]:
    """All leaves in a module: for each module in it its parameters, then its buffers."""
    for place in modules_in(module):
        tensors = [found for found in directly_in(place.value) if isinstance(found.value, Tensor) and found.value.is_leaf]
        for found in sorted(tensors, key=lambda found: not found.is_parameter):
            yield found._replace(name=joined(place.name, found.name), path=place.path + found.path)


def parameters_in(module: Module) -> list[Found]:
    """The parameters, each once. Raises for an attribute that should be one and was computed."""
    parameters = [found for found in once(tensors_in(module)) if found.is_parameter]
    for place in once(modules_in(module)):
        for found in directly_in(place.value):
            value = found.value
            if isinstance(value, Tensor) and not value.is_leaf and not comes_from(value, parameters):
                raise messages.parameter_computed(module, place.path + found.path, value)
    return parameters


def comes_from(tensor: Any, parameters: list[Found]) -> bool:
    """Whether a Tensor was computed with one of these parameters: then it is a result that the module keeps."""
    nodes = {id(found.value.node) for found in parameters}
    to_visit, seen = [tensor.node], set()
    while to_visit:
        node = to_visit.pop()
        if id(node) in nodes:
            return True
        if id(node) not in seen:
            seen.add(id(node))
            to_visit += [arg for arg in node.args if isinstance(arg, Node)]
    return False


def once(places: Iterator[Found]) -> Iterator[Found]:
    """Each thing that is found in several places only there where it comes first."""
    seen = set()
    for found in places:
        if id(found.value) not in seen:
            seen.add(id(found.value))
            yield found


def array_of(value: Any) -> Any:
    """The plain array of what `load_state_dict` is given."""
    return np.asarray(value.data if isinstance(value, Tensor) else value)


# --- the table --------------------------------------------------------------------------------------------------------


def table_of(module: Module) -> str:
    """The text of `repr`: a line for each module that has parameters of its own, or no modules in it."""
    rows, seen = [("name", "kind", "parameters", "count")], set[int]()
    for place in once(modules_in(module)):
        own = [found for found in directly_in(place.value) if found.is_parameter]
        new = [found for found in own if id(found.value) not in seen]
        seen.update(id(found.value) for found in own)
        if own or not any(isinstance(found.value, Module) for found in directly_in(place.value)):
            shapes = ", ".join(described(found, found not in new) for found in own)
            count = sum(found.value.size for found in new)
            rows.append((place.path.removeprefix("."), kind_of(place.value), shapes, f"{count:,}" if own else ""))
    total = sum(found.value.size for found in once(tensors_in(module)) if found.is_parameter)
    rows.append(("total", "", "", f"{total:,}"))
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join([*map(str.ljust, row[:3], widths), row[3].rjust(widths[3])]).rstrip() for row in rows]
    return "\n".join(lines)


def described(found: Found, shared: bool) -> str:
    """A parameter in the table: ``weight (3, 2)``."""
    notes = ["shared"] * shared + ["frozen"] * (not found.value.requires_grad)
    return " ".join([found.path.removeprefix("."), str(found.value.shape), *notes])


def kind_of(module: Module) -> str:
    """The class with its options, as it would be made: ``Linear(2, 3, bias=False)``. They are read from the attributes."""
    options = []
    for name, parameter in itertools.islice(inspect.signature(type(module).__init__).parameters.items(), 1, None):
        value = vars(module).get(name, parameter)
        value = bool(value is not None) if isinstance(value, Tensor) or parameter.default is True else value
        if value is parameter or name in ("seed", "dtype") or isinstance(value, np.ndarray):
            continue
        if any(isinstance(inner, Module) for _, inner in values_in(value, "")):
            continue
        if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            options.append(repr(value))
        elif value != parameter.default:
            options.append(f"{name}={value!r}")
    return f"{type(module).__name__}({', '.join(options)})"
