"""Finds the Tensors and modules in a module, among its attributes, and gives each of them a name.

Flows in: a module. Flows out: a `Found` for each Tensor or module in it, with its two names. Modules may share Tensors and
other modules, and may refer to each other, for example if a layer has the network that it is in as an attribute.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from .. import messages
from ..autograd import Node
from ..containers import children
from ..frames import Part
from ..tensor import Tensor


class HasParts(Part):
    """What a module is to this file: its class `Module` is in module.py, which imports this one."""

    def parts(self) -> Iterator[tuple[str, Any]]:
        """What this module is made of, each with how Python reaches it: ``(".weight", Tensor(...))``."""
        return ((f".{name}", value) for name, value in vars(self).items())

    def _leaves(self) -> Iterator[tuple[str, Tensor]]:
        return ((found.path, found.value) for found in once(tensors_in(self)))

    def _parts(self) -> Iterator[tuple[str, HasParts]]:
        return ((found.path, found.value) for found in once(modules_in(self)))


class Found(NamedTuple):
    """A Tensor or module, and where it is: ``layers.0.weight`` as PyTorch writes it, ``.layers[0].weight`` in Python."""

    name: str
    path: str
    value: Any
    is_parameter: bool = False


def is_parameter(value: Any) -> bool:
    """Whether this is a leaf that wants a gradient."""
    return isinstance(value, Tensor) and value.is_leaf and value.requires_grad


def known_of(module: HasParts) -> set[str]:
    """The paths where this module has had a parameter: one that is frozen is still a parameter, and no buffer."""
    return vars(module).setdefault("_known", set())


def directly_in(module: HasParts) -> Iterator[Found]:
    """The Tensors and modules that this module has as attributes, and then those in its lists, tuples and dicts."""
    parts = list(module.parts())
    nests = [part for part in parts if isinstance(part[1], (list, tuple, dict, HasParts))]
    for path, value in [part for part in parts if isinstance(part[1], Tensor)] + nests:
        for inner_path, inner in values_in(value, path):
            if is_parameter(inner):
                known_of(module).add(inner_path)
            if isinstance(inner, (Tensor, HasParts)):
                yield Found(name_of_path(inner_path), inner_path, inner, inner_path in known_of(module))


def values_in(value: Any, path: str, around: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """A value; or if it is a list, tuple or dict, what is in it. One that contains itself is not followed."""
    if not isinstance(value, (list, tuple, dict)):
        yield path, value
    elif not any(value is other for other in around):
        for step, inner in children(value) or []:
            yield from values_in(inner, path + step, (*around, value))


@functools.lru_cache(4096)
def name_of_path(path: str) -> str:
    """The name that PyTorch gives to what Python reaches by this path: ``layers.0`` for ``.layers[0]``."""
    return re.sub(r"\[(['\"]?)(.*?)\1\]", r".\2", path).removeprefix(".")


def joined(name: str, inner: str) -> str:
    """``layers.0.weight`` of ``layers.0`` and ``weight``; the name of a whole network is empty."""
    return f"{name}.{inner}" if name else inner


def modules_in(
    module: HasParts,
    at: Found | None = None,
    around: tuple[HasParts, ...] = (),
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
    ids = list(map(id, around))
    for found in directly_in(module):
        inner = found.value
        if id(inner) in ids:
            rings.update(dict.fromkeys(ids[ids.index(id(inner)) :], True))
        elif isinstance(inner, HasParts) and not rings.get(id(inner)):
            place = Found(joined(at.name, found.name), at.path + found.path, inner)
            yield from modules_in(inner, place, around, rings, inner_first)
    if inner_first:
        yield at


def leaves_of(module: HasParts) -> Iterator[Tensor]:
    """The same leaves as `tensors_in`, each once, in no order and without their names: that is much faster."""
    to_visit: list[Any] = [module]
    seen = {id(module)}
    while to_visit:
        value = to_visit.pop()
        if isinstance(value, Tensor):
            if value.is_leaf:
                yield value
            continue
        inside: Any = value
        if isinstance(value, HasParts):
            inside = [part for _, part in value.parts()]
        elif isinstance(value, dict):
            inside = value.values()
        for part in inside:
            if isinstance(part, (Tensor, list, tuple, dict, HasParts)) and id(part) not in seen:
                seen.add(id(part))
                to_visit.append(part)


def tensors_in(module: HasParts) -> Iterator[Found]:
    """All leaves in a module: for each module in it its parameters, then its buffers."""
    return (found for found in all_tensors_in(module) if found.value.is_leaf)


def all_tensors_in(module: HasParts) -> Iterator[Found]:
    """The same, and also the Tensors that were computed."""
    for place in modules_in(module):
        tensors = [found for found in directly_in(place.value) if isinstance(found.value, Tensor)]
        for found in sorted(tensors, key=lambda found: not found.is_parameter):
            yield found._replace(name=joined(place.name, found.name), path=place.path + found.path)


def parameters_in(module: HasParts) -> list[Found]:
    """The parameters, each once. Raises for a Tensor that should be one and was computed."""
    found = list(once(all_tensors_in(module)))
    parameters = [each for each in found if each.is_parameter and each.value.is_leaf]
    for each in found:
        if not each.value.is_leaf and (each.is_parameter or not comes_from(each.value, parameters)):
            raise messages.parameter_computed(module, each.path, each.value)
    return parameters


def comes_from(tensor: Any, parameters: list[Found]) -> bool:
    """Whether a Tensor was computed with one of these parameters: then it is a result, which the module keeps."""
    ids = {id(found.value) for found in parameters}
    to_visit, seen = [tensor.node], set()
    while to_visit:
        node = to_visit.pop()
        if node.rule is None and id(node.tensor()) in ids:  # a leaf that got new numbers since has another node
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
