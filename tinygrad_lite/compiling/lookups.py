"""Which arrays a program looks up outside of its arguments, and what has to be as it was around the function.

Flows in: the surroundings of a function before and after a call, and the arrays that it has used. Flows out: a `Variable` for
each of these arrays, and conditions: what the user calls something, and an expression of Python's that is true as long as it
has not changed.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from ..graphs.traced import buffer_of, place
from ..tensor import Tensor
from .conditions import LASTING, MAPPINGS, NUMBERS, VALUES, all_hold, is_plain, same_items
from .surroundings import Found, Surroundings

UNCHANGED = "unchanged"  # in a condition on the numbers in an array


class Variable:
    """An array that is looked up in each call, as its place may hold another one then."""

    __slots__ = ("kind", "read")

    def __init__(self, read: Callable[[], Any], kind: type) -> None:
        self.read, self.kind = read, kind

    @property
    def data(self) -> np.ndarray:
        """The array that is there now. Raises LookupError if it is something else."""
        value = self.read()
        if type(value) is not self.kind:
            raise LookupError
        return value.data if isinstance(value, Tensor) else value  # type: ignore[return-value]


class Lookups(Surroundings):
    """All that a function can reach, and what a program needs of it."""

    def variable(self, found: Found) -> Variable:
        """The array at a place, as it is in each call."""
        return Variable(eval(f"lambda: {found.text}", self.roots), type(found.value))

    @functools.cached_property
    def arrays(self) -> dict[Any, list[Found]]:
        """The arrays that can be reached, also those in Tensors, by where they lie; Tensors by themselves as well."""
        found: dict[Any, list[Found]] = {}
        for each in self.found.values():
            array = each.value.data if isinstance(each.value, Tensor) else each.value
            if isinstance(array, np.ndarray):
                found.setdefault(place(array), []).append(each)
            if isinstance(each.value, Tensor):
                found.setdefault(id(each.value), []).append(each)
        return found

    def held(self, used: dict[Any, Any], doubtful: bool, parameters: Collection[int]) -> tuple[dict[Any, Any], list[Any]]:
        """For each array from outside, by the id of its node: what looks it up. And what else has to be so.

        used:     the arrays and Tensors themselves, by the ids of their nodes
        doubtful: whether the function computes with numbers that may come from an array unseen, as from ``w.max()``
        """
        arrays, holders, conditions = self.arrays, dict[Any, Any](), list[Any]()
        taken = set[str]()
        for i, value in used.items():
            places = arrays.get(id(value) if isinstance(value, Tensor) else place(value), [])
            taken.update(each.text for each in places)
            if id(value) in parameters:
                conditions += [(each.label, f"{each.text} is {self.root(each.value)}") for each in places]
                continue
            if places:
                first, *others = places
                holders[i] = self.variable(first)
                if any(each.value is not first.value for each in others):
                    conditions += [(each.label, f"{each.text} is {self.root(each.value)}") for each in places]
                else:
                    conditions += [(each.label, f"{each.text} is {first.text}") for each in others]
            elif isinstance(value, np.ndarray):  # a part of an array: as long as that is the same one
                whole = [each for found in arrays.values() for each in found if shares(each.value, value)]
                taken.update(each.text for each in whole)
                for label, text, whole_value, _ in whole:
                    conditions.append((label, f"{text} is {self.root(whole_value)}"))
                    if isinstance(whole_value, Tensor):
                        conditions.append((label, f"{text}._array is {self.root(whole_value._array)}"))
        for label, text, value, _ in self.found.values():
            plain = isinstance(value, np.ndarray) or (isinstance(value, Tensor) and not value.requires_grad)
            seen = text in self.of_modules and not (doubtful and text not in taken)
            if plain and not seen and (text not in taken or (doubtful and isinstance(value, np.ndarray))):
                copy = self.root(np.array(value.data if isinstance(value, Tensor) else value))
                conditions.append((label, f"{UNCHANGED}({text}, {copy})"))
        return holders, conditions

    def settled(self, before: Lookups) -> Lookups:
        """Without the places where the function itself has put another array in the meantime."""
        for text, each in [*self.found.items()]:
            if isinstance(each.value, np.ndarray | Tensor) and (
                text not in before.found or before.found[text].value is not each.value
            ):
                del self.found[text]
        return self

    def knows(self, value: Any) -> bool:
        """Whether an array or a Tensor, or the array that it is a part of, has a place."""
        arrays = self.arrays
        if isinstance(value, Tensor):
            return True
        return place(value) in arrays or any(shares(each.value, value) for found in arrays.values() for each in found)

    def conditions(self, later: Lookups) -> list[tuple[str, str]]:
        """What has to be as it was, as expressions: numbers, texts, functions, sizes of containers, and classes of objects.
        What the function itself has changed until `later` is left out.
        """
        found = [(label, text) for text, label in self.tests.items()]
        for label, pairs in self.kept.items():
            alike = [pair for pair in pairs if same_items(*pair)]
            now, was = self.root([a for a, _ in alike]), self.root([b for _, b in alike])
            found.append((label, f"all(map(same_items, {now}, {was}))"))
        for label, text, value, items in self.found.values():
            if text not in later.found or isinstance(value, (np.ndarray, Tensor)):
                continue
            if isinstance(value, (*NUMBERS, *VALUES)) or (isinstance(value, tuple) and is_plain(value)):
                was = self.root(value)
                found.append((label, f"({text} is {was} or same_as({text}, {was}))"))
            elif isinstance(value, LASTING):
                found.append((label, f"{text} is {self.root(value)}"))
            else:
                found.append((label, f"{text}.__class__ is {self.root(type(value))}"))
                if isinstance(value, MAPPINGS):
                    found.append((f"the keys of {label}", f"same_items({text}, {self.root([*value])})"))
                if isinstance(items, list):
                    now = f"{text}.values()" if isinstance(value, MAPPINGS) else text
                    found.append((label, f"same_items({now}, {self.root(items)})"))
                elif isinstance(items, int) and not isinstance(value, MAPPINGS):
                    found.append((f"len({label})", f"len({text}) == {items}"))
        return found if all_hold(found, self.roots) else [each for each in found if all_hold([each], self.roots)]


def shares(whole: Any, part: np.ndarray) -> bool:
    """Whether an array is a part of another one, or of that in a Tensor."""
    array = whole.data if isinstance(whole, Tensor) else whole
    return isinstance(array, np.ndarray) and buffer_of(array) == buffer_of(part)
