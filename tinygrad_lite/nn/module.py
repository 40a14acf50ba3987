"""A Module is a part of a network. It finds the parameters among its attributes, at any depth.

Flows in: a class of the user, with Tensors and other modules as attributes (also in lists, tuples and dicts), and a method
``__call__`` (or ``forward``) that computes with them. Flows out: its parameters and their names for an optimizer, its numbers
as plain arrays for saving, and a table of its contents.

A *parameter* is a Tensor that wants a gradient. A *buffer* is a constant Tensor: numbers that belong to the module and are
saved with it, but are not changed by an optimizer, such as the running mean of a batch normalization. Nothing has to be
registered, and a class needs no ``super().__init__()``: attributes are found when they are needed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .. import messages
from ..recording import recording
from ..tensor import Tensor
from .finding import HasParts, directly_in, is_parameter, known_of, leaves_of, modules_in, once, parameters_in, tensors_in
from .table import kind_of, table_of

M = TypeVar("M", bound="Module")


class Loaded(NamedTuple):
    """What `load_state_dict(..., strict=False)` left out: the names without numbers, and the numbers without a name."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class OfTheClass:
    """The signature of a class that its instances do not have: to call one is to call the layer, with other arguments."""

    def __init__(self, signature: inspect.Signature) -> None:
        self.signature = signature

    def __get__(self, instance: Any, owner: Any = None) -> inspect.Signature:
        if instance is not None:
            raise AttributeError
        return self.signature


class Module(HasParts):
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
    __signature__: OfTheClass

    def __init_subclass__(cls, **keywords: Any) -> None:
        """A subclass that defines `forward` is called through it, also if the class it inherits from has a `__call__`."""
        super().__init_subclass__(**keywords)
        if "forward" in vars(cls) and "__call__" not in vars(cls):
            cls.__call__ = Module.__call__  # type: ignore[method-assign]
        _, *others = inspect.signature(cls.__init__).parameters.values()
        cls.__signature__ = OfTheClass(inspect.Signature(others))  # which `help` and editors show, not that of `__new__`

    def __new__(cls, *args: Any, **keywords: Any) -> Any:
        """A layer of ours that is given data in the place of options has been called as if it were the layer itself."""
        if args and isinstance(args[0], (Tensor, np.ndarray)) and cls.__module__.startswith(__package__ or "?"):
            raise messages.instead_of_a_layer(cls, args[0])
        return super().__new__(cls)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        forward = getattr(type(self), "forward", None)
        if forward is None:
            raise messages.nothing_to_compute(self)
        return forward(self, *args, **keywords)

    # --- what is in it ------------------------------------------------------------------------------------------------

    def parameters(self) -> Iterator[Tensor]:
        """Each parameter once, in the order in which they were made: those of the module itself, then those of its parts.

        Raises TypeError for an attribute that was computed, as by ``self.w = 0.1 * Tensor(...)``: it is not a parameter.
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

        Later training does not change them: an optimizer gives a parameter a new array, and does not change the old one.
        A Tensor that is in two places is there under both names.
        """
        return {found.name: np.asarray(found.value.data) for found in tensors_in(self)}

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> Loaded:
        """Give the parameters and buffers these numbers, by their names.

        state_dict: a dict of arrays (or Tensors), as `state_dict` gives it. They are converted to the dtypes of the module
        strict:     names that are missing or unexpected are errors; with False they are left out, and returned

        Raises ValueError with a list of all missing names, unexpected names and wrong shapes. Then nothing has changed.
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
        """Delete the gradients of all parameters."""
        for tensor in leaves_of(self):
            tensor.zero_grad()

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Freeze all parameters (False): they stay parameters, but get no gradient. With True, unfreeze them."""
        for parameter in list(self.parameters()):
            parameter.requires_grad = requires_grad
        return self

    def to(self: M, dtype: Any) -> M:
        """Convert all parameters and buffers of floats to another dtype, such as ``np.float32``."""
        if (isinstance(dtype, str) and not hasattr(np, dtype)) or np.dtype(dtype).kind != "f":
            raise messages.not_a_dtype_of_parameters(self, dtype)
        for found in once(tensors_in(self)):
            tensor = found.value
            if tensor.dtype.kind == "f" and tensor.dtype != dtype:
                tensor.data = tensor.data.astype(dtype)
                tensor.grad = None if tensor.grad is None else tensor.grad.astype(dtype)
        return self

    def apply(self: M, function: Callable[[Module], Any]) -> M:
        """Call ``function(module)`` for every module in it, and last for itself, for example to initialize the weights."""
        for found in list(once(modules_in(self, inner_first=True))):
            function(found.value)
        return self

    # --- attributes ---------------------------------------------------------------------------------------------------

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute. A parameter may not become the result of a computation, or an array: it would not be found."""
        if isinstance(value, Tensor):
            old = vars(self).get(name)
            if is_parameter(old) and old is not value and (not value.is_leaf or not (value.requires_grad or recording())):
                raise messages.parameter_rebound(self, name)
            if is_parameter(value):
                known_of(self).add(f".{name}")
        elif isinstance(value, (np.ndarray, np.generic, float)) and is_parameter(vars(self).get(name)):
            raise messages.parameter_replaced(self, name)
        object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        raise messages.no_attribute_of_module(name, self)

    def __repr__(self) -> str:
        return table_of(self)

    def _described(self) -> str:
        return kind_of(self)


def array_of(value: Any) -> Any:
    """The plain array of what `load_state_dict` is given. Raises TypeError for text and objects."""
    return np.asarray((value if isinstance(value, Tensor) else Tensor(value, requires_grad=False)).data)
