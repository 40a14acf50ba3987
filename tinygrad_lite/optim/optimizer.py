"""The base of all optimizers: parameters in groups, a `step` that changes each of them, and the state that is saved.

Flows in: Tensors, and their gradients. Flows out: new numbers in the Tensors. Each optimizer has a method `update` with the
formula for one parameter, in a few lines; `step` calls it for each parameter that has a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np

from .. import messages
from ..autograd import Handle, in_kind_of
from ..memory import LARGE, scratch
from ..operands import operand
from ..recording import in_mode, switched_on
from ..tensor import Tensor
from .parameters import checked_option, checked_parameter, items_of

Parameters = Iterable[Tensor] | Iterable[dict[str, Any]]
State = dict[str, Any]  # what an optimizer remembers of one parameter


class Optimizer:
    """The base of all optimizers. One of your own needs an `__init__` with its options, and `update`.

    params:    Tensors that want gradients; or groups of them, dicts with the key "params" and options of their own
    defaults:  the options of groups that do not say otherwise

    ``param_groups`` is the list of groups, and ``state[p]`` what the optimizer remembers about a parameter. Raises ValueError
    if there are no parameters, if one is given twice, and for options out of range; TypeError for what is not a parameter.

    >>> import numpy as np, tinygrad_lite as tg
    >>> class SignDescent(tg.optim.Optimizer):
    ...     def __init__(self, params, lr=0.1):
    ...         super().__init__(params, {"lr": lr})
    ...
    ...     def update(self, p, g, state, group):
    ...         return p - group["lr"] * np.sign(g)
    >>> w = tg.Tensor([3.0, -2.0])
    >>> np.sum(w**2).backward()
    >>> SignDescent([w]).step()
    >>> w
    Tensor([ 2.9, -1.9])
    """

    settings: ClassVar[frozenset[str]] = frozenset({"step", "n_iter", "func_evals"})  # of the state: numbers, not arrays

    def __init__(self, params: Parameters, defaults: dict[str, Any]) -> None:
        by = type(self).__name__
        self.defaults = {name: checked_option(name, value, by) for name, value in defaults.items()}
        self.param_groups: list[dict[str, Any]] = []
        self.state: dict[Tensor, State] = {}
        self.steps = 0  # how often `step` was called
        items = items_of(params, by)
        for group in items if isinstance(items[0], dict) else [{"params": items}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters: a dict with the key "params", and options that differ from the defaults.

        >>> import tinygrad_lite as tg
        >>> w, b = tg.Tensor([1.0, 2.0]), tg.Tensor(0.0)
        >>> optimizer = tg.optim.SGD([w], lr=0.1)
        >>> optimizer.add_param_group({"params": [b], "lr": 0.01})
        >>> [group["lr"] for group in optimizer.param_groups]
        [0.1, 0.01]
        """
        by = type(self).__name__
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise messages.not_a_group(param_group, by)
        given = param_group["params"]
        params = [checked_parameter(p, by) for p in ([given] if isinstance(given, Tensor) else items_of(given, by))]
        seen = {p for group in self.param_groups for p in group["params"]}
        for p in params:
            if p in seen:
                raise messages.parameter_twice(p, by)
            seen.add(p)
        options = {name: value for name, value in param_group.items() if name != "params"}
        if close := messages.misspelt(options, self.defaults):
            raise messages.misspelt_option(*close, by)
        options = {name: checked_option(name, value, by) for name, value in options.items()}
        self.param_groups.append({"params": params, **self.defaults, **options})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Delete the gradients of all parameters: ``p.grad`` is None again; or zeros, with ``set_to_none=False``."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None if set_to_none or p.grad is None else in_kind_of(p.data, np.zeros_like(p.data))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change each parameter that has a gradient: ``p.data`` is a new array, and the old one does not change.

        closure:  a function that computes the loss again, calls ``backward()``, and returns the loss. Then `step` returns it

        Raises ValueError if no parameter has a gradient, because there was no ``loss.backward()`` before.
        """
        loss, moved = None if closure is None else evaluated(closure), False
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    moved = True
                    if (state := self.state.get(p)) is None:
                        state = self.state[p] = {}
                    g = gradient_of(p)
                    new = self.update(p._array, -g if group.get("maximize") else g, state, group)
                    p.data = new if new.dtype is p.dtype else self.in_dtype_of(p, new)
        if not moved:
            raise messages.no_gradients(self.param_groups)
        self.steps += 1
        return loss

    def update(self, p: Any, g: Any, state: State, group: dict[str, Any]) -> Any:
        """The new numbers of one parameter. Each optimizer has its own formula here.

        p, g:   the numbers of the parameter, and its gradient: arrays that are not changed
        state:  what the method put in here in earlier steps; empty in the first step
        group:  the options, by name
        """
        raise NotImplementedError

    def in_dtype_of(self, p: Tensor, new: Any) -> Any:
        """The new numbers in the dtype of the parameter, and its state too.

        They have another if somebody made the rate a number of NumPy's; and in NumPy 1 if p is a single float32.
        """
        items = self.state[p].items()
        self.state[p] = {k: v if k in self.settings else np.asarray(v).astype(p.dtype)[()] for k, v in items}
        return new.astype(p.dtype)

    # --- saving -------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The state that is needed to continue later, in plain dicts, lists, numbers and arrays; parameters have numbers.

        >>> import tinygrad_lite as tg
        >>> w = tg.Tensor([1.0, 2.0])
        >>> optimizer = tg.optim.SGD([w], lr=0.1, momentum=0.9)
        >>> np.sum(w**2).backward()
        >>> optimizer.step()
        >>> optimizer.state_dict()["state"]
        {0: {'momentum_buffer': array([2., 4.])}}
        """
        numbers = {p: i for i, p in enumerate(self.parameters())}
        state = {}
        for p, i in numbers.items():
            if p in self.state:
                items = self.state[p].items()
                state[i] = {k: v if k in self.settings else np.array(v, p.dtype) for k, v in items}
        return {
            "state": state,
            "param_groups": [{**group, "params": [numbers[p] for p in group["params"]]} for group in self.param_groups],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned. The numbers of parameters may be texts, as JSON writes them.

        Raises ValueError, and changes nothing, if the state belongs to an optimizer of another kind or to other parameters.
        The error lists everything that does not fit.
        """
        by, params = type(self).__name__, self.parameters()
        if not isinstance(state_dict, dict) or not {"state", "param_groups"} <= state_dict.keys():
            raise messages.not_a_state(state_dict, by)
        saved, state = state_dict["param_groups"], {int(i): items for i, items in state_dict["state"].items()}
        problems = misfits_of_groups(self.param_groups, saved, self.defaults)
        problems += [f"a state for parameter {i}, and there are {len(params)}" for i in state if not 0 <= i < len(params)]
        for p, i in zip(params, range(len(params))):
            for key, value in state.get(i, {}).items():
                if key not in self.settings and np.shape(value) != p.shape:
                    problems.append(f"{key} of parameter {i} has shape {np.shape(value)}, and the parameter {p.shape}")
        if problems:
            raise messages.other_state(by, problems)
        options = [{k: checked_option(k, v, by) for k, v in group.items() if k != "params"} for group in saved]
        for group, new in zip(self.param_groups, options):
            group.update(new)
        self.state = {params[i]: self.loaded(params[i], items) for i, items in state.items()}

    def loaded(self, p: Tensor, items: State) -> State:
        """What is remembered of a parameter, in arrays of its own, of the dtype of the parameter."""
        copies = {k: int(v) if k in self.settings else np.array(v, p.dtype) for k, v in items.items()}
        return {k: v if k in self.settings else in_kind_of(p._array, v) for k, v in copies.items()}

    def parameters(self) -> list[Tensor]:
        """The parameters of all groups, in their order."""
        return [p for group in self.param_groups for p in group["params"]]

    def __repr__(self) -> str:
        lines = []
        for group in self.param_groups:
            options = [f"{name}={value}" for name, value in group.items() if name != "params"]
            count, size = len(group["params"]), sum(p.size for p in group["params"])
            lines.append(f"{count} parameter{'s' * (count != 1)}, {size:,} number{'s' * (size != 1)}: {', '.join(options)}")
        return (
            f"{type(self).__name__}({lines[0]})"
            if len(lines) == 1
            else "\n  ".join([f"{type(self).__name__}(", *lines]) + "\n)"
        )


def evaluated(closure: Callable[[], Any]) -> Any:
    """The loss that a closure computes; it is recorded, also if `step` was called inside `no_grad`."""
    if not callable(closure):
        raise messages.not_a_closure(closure)
    with in_mode(switched_on()):
        return closure()


def gradient_of(p: Tensor) -> Any:
    """The gradient of a parameter, as an array of its shape and dtype. Programs put other things there, as ``w.grad = 0``."""
    g = p.grad
    if g.__class__ is not np.ndarray or g.dtype is not p.dtype or g.shape != p.shape:
        g = g._array if isinstance(g, Handle) else operand(g)
        if not np.shape(g):
            g = np.full(p.shape, g)[()]
        if g.shape != p.shape:
            raise messages.gradient_does_not_fit(p, g)
        g = g.astype(p.dtype, copy=False)
    return scratch(g) if g.nbytes >= LARGE else g


def misfits_of_groups(groups: list[dict[str, Any]], saved: list[dict[str, Any]], defaults: dict[str, Any]) -> list[str]:
    """What is wrong with saved groups, in words: their count, their sizes, and options that are missing."""
    if len(groups) != len(saved):
        return [f"{len(saved)} group{'s' * (len(saved) != 1)} of parameters, and here {len(groups)}"]
    problems = []
    for i, (here, there) in enumerate(zip(groups, saved)):
        if len(here["params"]) != len(there["params"]):
            problems.append(f"group {i} has {len(there['params'])} parameters, and here {len(here['params'])}")
        if missing := sorted(defaults.keys() - there.keys()):
            problems.append(f"group {i} has no {', '.join(missing)}")
    return problems
