"""Returns gradients as results, instead of storing them in ``.grad`` as `backward` does.

Flows in: a Tensor, and the Tensors that its gradient is wanted for. Flows out: arrays; or Tensors, which can be
differentiated again. `grad` and all other transforms in transforms.py use `pull_back`.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from . import messages
from .autograd import Handle, Node, holder, in_kind_of, new_tensor, seed_for, walk, wants_gradient
from .recording import Mode, in_mode, switched_on
from .watching import watcher


def gradients(output: Handle, inputs: Any, create_graph: bool = False) -> Any:
    """The gradient of `output` with respect to `inputs`, returned instead of stored: no `.grad` changes.

    `inputs` is a Tensor, or a list or tuple of Tensors; the result is an array or a list of arrays of the same shapes.
    With ``create_graph=True`` they are Tensors that remember how they were made, so they can be differentiated again.
    An input that `output` does not depend on gets zeros, its true derivative. One that is newer than `output`, as after
    ``y[0] = ...``, gets zeros and a warning.

    Raises TypeError for an `output` or input without a graph, ValueError for an `output` that is not a single number.

    >>> import tinygrad_lite as tg
    >>> x = tg.Tensor(2.0)
    >>> slope = tg.gradients(x**3, x, create_graph=True)
    >>> float(slope.data), float(tg.gradients(slope, x))      # 3x², 6x
    (12.0, 12.0)
    """
    wanted = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
    for handle in (*wanted, output):
        if not isinstance(handle, Handle) or not wants_gradient(handle.node):
            raise messages.not_recorded(handle)
    results = []
    for handle, g in zip(wanted, pull_back(output, seed_for(output), wanted, create_graph)):
        if g is None and handle.node.number > output.node.number:  # type: ignore[union-attr]
            warnings.warn(messages.newer_than(output, handle), stacklevel=2)
        g = np.zeros_like(handle._array) if g is None else g
        if create_graph:
            results.append(g if isinstance(g, Handle) else new_tensor(g))
        else:
            results.append(in_kind_of(handle._array, g, copy=True))
    return results if isinstance(inputs, (list, tuple)) else results[0]


def leading_to(inputs: list[Any], output: Handle, oldest: int) -> set[Node]:
    """The nodes between `inputs` and `output`, if it is known that none of them is older than `oldest`.

    `jvp` and `jacobian` differentiate a recorded backward pass, and need only these nodes of it: see `pull_back`.
    """
    assert output.node is not None
    seen, stack = {output.node}, [output.node]
    while stack:
        new = {arg for arg in stack.pop().args if wants_gradient(arg) and arg.number >= oldest} - seen
        seen |= new
        stack += new
    found = {handle.node for handle in inputs}
    for node in sorted(seen, key=lambda node: node.number):
        if any(wants_gradient(arg) and arg in found for arg in node.args):
            found.add(node)
    return found


def pull_back(
    output: Handle, seed: Any, inputs: list[Any], create_graph: bool = False, oldest: int = 0, through: Any = None
) -> list[Any]:
    """What a gradient `seed` of `output` becomes at each of `inputs`; None where `output` does not depend on it.

    The walk may end at nodes older than `oldest`, if it is known that no input was made from them; and it may leave out all
    nodes but those in `through`, if it is known that all others lead to no input.
    """
    assert output.node is not None
    found: dict[int, Any] = dict.fromkeys(map(id, inputs))
    seed = new_tensor(seed) if create_graph and not isinstance(seed, Handle) else seed
    steps = watcher().watch(walk(output.node, seed, create_graph, through=through), None)
    with in_mode(switched_on() if create_graph else Mode(False)):
        for node, g in steps:
            if node.number < oldest:
                break
            if (key := id(node.tensor())) in found and holder(node) is not None:
                found[key] = g if found[key] is None else found[key] + g
    return [found[id(handle)] for handle in inputs]
