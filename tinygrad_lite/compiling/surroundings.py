"""What a function finds outside of its arguments, and how to find it again in each call.

Flows in: a function, and the objects among its arguments. Flows out: all that it can reach by the names in its code, in the
functions that it calls, and in the attributes and containers that it finds there; each with an expression of Python's that
looks it up. An array that a program gets from outside is looked up in each call, so a variable may hold another one later. A
number, a text or a function is part of the program, so the program is for this one alone.
"""

from __future__ import annotations

import collections
import copy
import datetime
import decimal
import enum
import fractions
import functools
import inspect
import pathlib
import sys
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..frames import Part, is_installed, is_users_file
from ..graphs.nodes import same
from ..graphs.traced import buffer_of, equal, place
from ..tensor import Tensor

MOST = 20_000  # values that are looked at
LONGEST = 1_000  # items of a container that are looked at one by one
DEEPEST = 12  # attributes and containers, one inside the other
NUMBERS = (bool, int, float, complex, str, bytes, type(None), np.generic, np.dtype)
COMPARED = (  # values that are compared with a copy of what they were
    range, slice, set, frozenset, bytearray, collections.deque, fractions.Fraction, decimal.Decimal, datetime.date,
    datetime.timedelta, pathlib.PurePath,
)  # fmt: skip
MAPPINGS = (dict, collections.ChainMap, collections.UserDict, types.MappingProxyType)
UNCHANGED = "unchanged"  # in a condition on the numbers in an array
FUNCTIONS = (types.FunctionType, types.MethodType, functools.partial, property, classmethod, staticmethod)
LASTING = (*FUNCTIONS, types.BuiltinFunctionType, np.ufunc, type)  # compared by identity


class Found(NamedTuple):
    """A value outside: what the user calls it, the expression that looks it up, what it was, and its size: how many items it
    had, or which keys.
    """

    label: str
    text: str
    value: Any
    size: Any


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


class Surroundings:
    """All that a function can reach. `found` has the values by their expressions, `roots` what these start from."""

    def __init__(self, f: Any, arguments: Iterable[tuple[str, Any]] = ()) -> None:
        self.roots: dict[str, Any] = {"same_as": same_as, "unchanged": unchanged}
        self.names = {"forward"}  # which attributes are asked for
        self.asked: set[str] = set()  # and which as texts, as by `hasattr`
        known = 0
        while known != len(self.names):  # a function that is found later may name more
            known = len(self.names)
            self.found: dict[str, Found] = {}
            self.seen: set[int] = set()
            self.of_modules: set[str] = set()
            if isinstance(f, FUNCTIONS):
                self.look_into(f, 0)
            else:  # an object that is called
                self.inside("self", self.root(f), f, 0)
            for name, value in arguments:
                self.inside(name, self.root(value), value, 0)

    def root(self, value: Any) -> str:
        """A name for something that expressions start from."""
        name = f"_{id(value):x}"
        self.roots[name] = value
        return name

    def add(self, label: str, text: str, value: Any, depth: int) -> None:
        """A value, and all that is inside it."""
        if is_fixed(value):
            if len(self.found) < MOST and depth < DEEPEST:
                self.found[text] = Found(label, text, value, None)
            for item in functions_in(value):
                if id(item) not in self.seen:
                    self.seen.add(id(item))
                    self.look_into(item, depth + 1)
            return
        if len(self.found) < MOST and depth < DEEPEST and not isinstance(value, types.ModuleType):
            sized = isinstance(value, (list, tuple, *MAPPINGS))
            keys = isinstance(value, MAPPINGS) and len(value) <= LONGEST
            self.found[text] = Found(label, text, value, [*value] if keys else len(value) if sized else None)
        self.inside(label, text, value, depth)

    def inside(self, label: str, text: str, value: Any, depth: int) -> None:
        """What is inside a value."""
        if isinstance(value, (*NUMBERS, np.ndarray, Tensor)) or id(value) in self.seen or depth >= DEEPEST:
            return
        self.seen.add(id(value))
        for shown, step, item in self.steps(value):
            self.add(label + shown, text + step, item, depth + 1)
        if classes_of(value) and hasattr(value, "__dict__") and not hasattr(type(value), "__getattr__"):
            for name in self.asked:
                if inspect.getattr_static(value, name, self) is self:  # it may come later
                    test = f"hasattr({text}, {name!r})"
                    self.found[test] = Found(f"hasattr({label}, {name!r})", test, False, None)
        if isinstance(value, Part):
            for step, leaf in value._leaves():
                self.of_modules.add(text + step)
                self.add(label + step, text + step, leaf, depth + 1)
            for step, part in value._parts():
                self.inside(label + step, text + step, part, depth + 1)
        self.look_into(value, depth)

    def steps(self, value: Any) -> Iterator[tuple[str, str, Any]]:
        """The items of a container, and the attributes that the function names, each with what the user writes to get there,
        and what an expression has.
        """
        if isinstance(value, (list, tuple, *MAPPINGS)) and len(value) > LONGEST:
            return  # it is compared as a whole
        if isinstance(value, MAPPINGS):
            for key, item in [*value.items()]:
                plain = type(key) in (str, int, bool)
                yield f"[{key!r}]", f"[{key!r}]" if plain else f"[{self.root(key)}]", item
        elif isinstance(value, (list, tuple)):
            yield from ((f"[{i}]", f"[{i}]", item) for i, item in enumerate(value))
        if isinstance(value, types.ModuleType) and not is_users_own(getattr(value, "__file__", None)):
            return
        attributes = {name: item for kind in reversed(classes_of(value)) for name, item in vars(kind).items()}
        for name in self.names & attributes.keys():  # functions are found by `look_into`
            item = getattr(value, name, None) if inspect.ismemberdescriptor(attributes[name]) else attributes[name]
            if not isinstance(item, FUNCTIONS) and not hasattr(item, "__get__"):
                yield f".{name}", f".{name}", item
        if not isinstance(value, type):
            own: dict[str, Any] = getattr(value, "__dict__", None) or {}
            every = not self.names.isdisjoint(("getattr", "vars", "__dict__")) and classes_of(value)
            chosen = [name for name in own if name.isidentifier()] if every else self.names & own.keys()
            if isinstance(value, Part):  # our own modules name their options in code that is not looked into
                options = (name for name in own if name != "training" and isinstance(own[name], (*NUMBERS, tuple)))
                chosen = {*chosen, *filter(str.isidentifier, options)}
            if every:
                yield " attributes", ".__dict__.__len__()", len(own)
            yield from ((f".{name}", f".{name}", own[name]) for name in chosen)

    def look_into(self, value: Any, depth: int) -> None:
        """The code of a function, or of the methods of an object: what it names, and what is there."""
        if isinstance(value, functools.partial):
            parts = (value.func, *value.args, *value.keywords.values())
            for part in parts:
                self.inside("an argument of a partial", self.root(part), part, depth + 1)
        elif isinstance(value, types.MethodType):
            self.look_into(value.__func__, depth)
            self.inside("self", self.root(value.__self__), value.__self__, depth)
        elif isinstance(value, types.FunctionType):
            self.code(value, depth)
        elif isinstance(value, property):
            self.look_into(value.fget, depth)
        elif isinstance(value, (classmethod, staticmethod)):
            self.look_into(value.__func__, depth)
        else:
            wrapped = getattr(value, "__wrapped__", None) if callable(value) else None
            for part in (wrapped, getattr(value, "f", None) if callable(value) else None):
                if isinstance(part, FUNCTIONS):
                    self.look_into(part, depth)
            for kind in classes_of(value):
                for name, item in vars(kind).items():
                    asked = name in self.names or (name[:2] == "__" and name not in ("__init__", "__new__"))
                    if asked and isinstance(item, FUNCTIONS) and id(item) not in self.seen:
                        text = f"{self.root(kind)}.__dict__[{name!r}]"
                        self.found[text] = Found(f"{kind.__name__}.{name}", text, item, None)
                        self.seen.add(id(item))
                        self.look_into(item, depth)

    def code(self, f: types.FunctionType, depth: int) -> None:
        """What a function of the user's names: variables of its module, and of the functions around it."""
        if hasattr(f, "__wrapped__"):
            self.look_into(f.__wrapped__, depth)
        if not is_users_own(f.__code__.co_filename) or depth >= DEEPEST:
            return
        self.seen.add(id(f))
        names, outside = names_in(f.__code__), self.root(f.__globals__)
        self.names |= names
        if not names.isdisjoint(("hasattr", "getattr")):
            self.asked |= texts_in(f.__code__)
        for name in sorted(names & f.__globals__.keys()):
            self.add(name, f"{outside}[{name!r}]", f.__globals__[name], depth)
        for name in sorted(names & sys.modules.keys()):  # what is imported inside a function
            if is_users_own(getattr(sys.modules[name], "__file__", "")):
                self.inside(name, self.root(sys.modules[name]), sys.modules[name], depth)
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ()):
            try:
                self.add(name, f"{self.root(cell)}.cell_contents", cell.cell_contents, depth)
            except ValueError:  # one that is empty
                continue
        for value in (*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values()):
            self.inside("a default", self.root(value), value, depth)

    # --- what a program needs of it ---------------------------------------------------------------------------------------

    def variable(self, found: Found) -> Variable:
        """The array at a place, as it is in each call."""
        return Variable(eval(f"lambda: {found.text}", self.roots), type(found.value))

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
        arrays, holders, conditions = self.arrays(), dict[Any, Any](), list[Any]()
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

    def settled(self, before: Surroundings) -> Surroundings:
        """Without the places where the function itself has put another array in the meantime."""
        for text, each in [*self.found.items()]:
            if isinstance(each.value, np.ndarray | Tensor) and (
                text not in before.found or before.found[text].value is not each.value
            ):
                del self.found[text]
        return self

    def knows(self, value: Any) -> bool:
        """Whether an array or a Tensor, or the array that it is a part of, has a place."""
        arrays = self.arrays()
        if isinstance(value, Tensor):
            return True
        return place(value) in arrays or any(shares(each.value, value) for found in arrays.values() for each in found)

    def conditions(self, later: Surroundings) -> list[tuple[str, str]]:
        """What has to be as it was, as expressions: numbers, texts, functions, sizes of containers, and classes of objects.
        What the function itself has changed until `later` is left out.
        """
        found = []
        for label, text, value, size in self.found.values():
            if (
                text not in later.found
                or not same_as(later.found[text].value, value)
                or isinstance(value, np.ndarray | Tensor)
            ):
                continue
            if isinstance(value, NUMBERS) or is_fixed(value):
                found.append((label, f"({text} is {self.root(value)} or same_as({text}, {self.root(value)}))"))
            elif isinstance(value, (*LASTING, enum.Enum)):
                found.append((label, f"{text} is {self.root(value)}"))
            else:
                found.append((label, f"{text}.__class__ is {self.root(type(value))}"))
                if isinstance(size, list) and size == later.found[text].size:
                    found.append((f"the keys of {label}", f"[*{text}] == {self.root(size)}"))
                elif isinstance(size, int) and size == later.found[text].size:
                    found.append((f"len({label})", f"len({text}) == {size}"))
                if isinstance(value, COMPARED) or (isinstance(size, int) and size > LONGEST):
                    found.append((label, f"{text} == {self.root(copy.copy(value))}"))
        return found if self.all_hold(found) else [each for each in found if self.all_hold([each])]

    def all_hold(self, conditions: Sequence[tuple[str, str]]) -> bool:
        """Whether conditions hold now. One that does not, on a place that answers differently each time, is of no use."""
        try:
            return bool(eval(" and ".join(text for _, text in conditions) or "True", self.roots))
        except Exception:
            return False


def shares(whole: Any, part: np.ndarray) -> bool:
    """Whether an array is a part of another one, or of that in a Tensor."""
    array = whole.data if isinstance(whole, Tensor) else whole
    return isinstance(array, np.ndarray) and buffer_of(array) == buffer_of(part)


def same_as(a: Any, b: Any) -> bool:
    """Whether two values that are no arrays are the same; nan is itself, and 0.0 is not -0.0."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, (*NUMBERS, tuple)):
        return False
    if isinstance(a, tuple):
        return is_fixed(a) and len(a) == len(b) and all(map(same_as, a, b))
    return same(a, b) and repr(a) == repr(b)


def is_fixed(value: Any) -> bool:
    """Whether a value is a tuple in which nothing can change: it is compared as a whole."""
    return (
        isinstance(value, tuple)
        and not hasattr(value, "__dict__")
        and all(isinstance(item, (*NUMBERS, *LASTING)) or is_fixed(item) for item in value)
    )


def functions_in(value: tuple[Any, ...]) -> Iterator[Any]:
    """The functions in such a tuple."""
    for item in value:
        if isinstance(item, tuple):
            yield from functions_in(item)
        elif isinstance(item, FUNCTIONS):
            yield item


def unchanged(value: Any, before: np.ndarray) -> bool:
    """Whether an array, or what a Tensor holds, still has the numbers that it had."""
    array = value.data if isinstance(value, Tensor) else value
    return isinstance(array, (np.ndarray, np.generic)) and equal(np.asarray(array), before)


def names_in(code: types.CodeType) -> set[str]:
    """The names in a function, also in the functions inside it."""
    inner = (part for part in code.co_consts if isinstance(part, types.CodeType))
    return {*code.co_names}.union(texts_in(code), *map(names_in, inner))


def texts_in(code: types.CodeType) -> set[str]:
    """The texts in a function that are names, as in ``getattr(model, "w")``."""
    inner = (part for part in code.co_consts if isinstance(part, types.CodeType))
    found = {text for text in code.co_consts if isinstance(text, str) and text.isidentifier()}
    return found.union(*map(texts_in, inner))


def classes_of(value: Any) -> Sequence[type]:
    """The classes of the user's that an object is of, or that a class is made of."""
    kind = value if isinstance(value, type) else type(value)
    others = (each for each in kind.__mro__ if each.__module__ not in sys.stdlib_module_names)
    return [each for each in others if is_users_own(getattr(sys.modules.get(each.__module__), "__file__", None))]


@functools.cache
def is_users_own(file: str | None) -> bool:
    """Whether a file is the user's, and not that of a library. What has no file is typed in, or in a notebook."""
    return file is None or (is_users_file(file) and not is_installed(file))
