"""Messages of modules, layers, losses and initialisers, as in `tinygrad_lite.nn`."""

from __future__ import annotations

from typing import Any

import numpy as np

from .phrases import Message, a_kind_of, as_user_says, variable_or

# fmt: off

# --- modules ----------------------------------------------------------------------------------------------------------

nothing_to_compute = Message(TypeError, lambda module: f"""
    {kind(module)} has no `__call__` and no `forward`, so it cannot be called: nothing says what it computes. Give the class a
    method `def __call__(self, x):` that returns the output.
""")
parameter_rebound = Message(TypeError, lambda module, name: f"""
    {kind(module)}.{name} is a parameter, and would become the result of a computation here: no leaf, so no optimizer would
    find it. To change the numbers of a parameter, give it a new array: write `self.{name}.data = self.{name}.data - 0.1`.
""")
parameter_computed = Message(TypeError, lambda module, path, tensor: f"""
    {kind(module)}{path}, shape {tensor.shape}, was computed by {tensor.node.rule.name}, from a Tensor that is no parameter
    here. A parameter is a Tensor that nothing has computed, as an optimizer gives it new numbers. Do the arithmetic before
    you wrap the result: `Tensor(0.1 * x)`, not `0.1 * Tensor(x)`. If it is a result that you keep to look at, keep its
    array: `self.out = out.data`.
""")
not_a_dtype_of_parameters = Message(TypeError, lambda dtype: f"""
    Parameters are floats, so they cannot become {np.dtype(dtype).name}: write `model.to(np.float32)`.
""")


def not_this_state(module: Any, missing: list[str], unexpected: list[str], misfits: dict[str, Any]) -> ValueError:
    """Numbers that are not those of this module: all of what does not fit."""
    shapes = [f"{name}: {mine} in the module, {given} in what is loaded" for name, (mine, given) in misfits.items()]
    parts = [("Missing", missing), ("Unexpected", unexpected), ("Of another shape", shapes)]
    lists = [f"\n  {title}:" + "".join(f"\n    {name}" for name in names) for title, names in parts if names]
    remedy = "" if misfits else " To load only what fits, write `model.load_state_dict(state, strict=False)`."
    return ValueError(f"These are not the numbers of {kind(module)}, so nothing was loaded.{remedy}{''.join(lists)}")


def no_attribute_of_module(name: str, module: Any) -> AttributeError:
    """A module was asked for an attribute that it does not have."""
    return AttributeError(f"{kind(module)} has no attribute {name!r}", name=name, obj=module)


def kind(module: Any) -> str:
    return type(module).__name__


# --- layers -----------------------------------------------------------------------------------------------------------

not_a_layer = Message(TypeError, lambda layer: f"""
    Sequential is made of layers and functions, and was given
    {f'the class {layer.__name__}: make a layer of it, as in `{layer.__name__}()`' if isinstance(layer, type)
     else a_kind_of(layer)}.
""")

# --- losses -----------------------------------------------------------------------------------------------------------

no_such_reduction = Message(ValueError, lambda reduction: f"""
    reduction={reduction!r}: write `reduction="mean"`, `reduction="sum"` or `reduction="none"`.
""")
loss_of_different_shapes = Message(ValueError, lambda loss, outputs, targets: f"""
    {loss} compares each output with its own target, and the shapes differ: {as_user_says(outputs)}, and
    {as_user_says(targets)}. NumPy would stretch them to shape {stretched(outputs, targets)}, and compare each output with
    each target. Write `{variable_or(targets, 'target')}.reshape({variable_or(outputs, 'output')}.shape)`.
""")


def stretched(a: Any, b: Any) -> Any:
    try:
        return np.broadcast_shapes(np.shape(a), np.shape(b))
    except ValueError:
        return None
