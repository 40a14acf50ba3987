"""What a function finds outside of its arguments, and how to find it again in each call.

Flows in: a function, the code that ran when it was called, and the objects among its arguments. Flows out: all that this code
can reach by the names in it: variables, attributes, and the items of containers; each with an expression of Python's that
looks it up. An array that a program gets from outside is looked up in each call, so a variable may hold another one later. A
number, a text or a function is part of the program, so the program is for this one alone. Of a function that did not run,
nothing matters but that it is the same one.
"""

from __future__ import annotations

import collections
import functools
import inspect
import sys
import types
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..frames import Part
from ..graphs.traced import TracedArray, buffer_of, place
from ..tensor import Tensor
from .conditions import (
    CONTAINERS,
    FUNCTIONS,
    LASTING,
    MAPPINGS,
    NUMBERS,
    SETS,
    VALUES,
    all_hold,
    is_plain,
    items_of,
    same_as,
    same_items,
    unchanged,
)
from .running import Ran, is_users_own

MOST = 20_000  # values that are looked at
ALL = {"getattr", "vars", "__dict__"}  # names in code that may ask for any attribute
UNCHANGED = "unchanged"  # in a condition on the numbers in an array


class Found(NamedTuple):
    """A value outside: what the user calls it, the expression that looks it up, what it was, and what is compared with what
    it has: its items, or just their number, or its keys.
    """

    label: str
    text: str
    value: Any
    items: Any = None


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
    """All that a function can reach. `found` has the values by their expressions, `roots` what these start from, and `tests`
    what else has to hold.
    """

    def __init__(self, f: Any, ran: Ran, arguments: Iterable[tuple[str, Any]] = ()) -> None:
        self.f, self.ran, self.names = f, ran, ran.names()
        self.roots: dict[str, Any] = {"same_as": same_as, "same_items": same_items, "unchanged": unchanged}
        self.found: dict[str, Found] = {}
        self.tests: dict[str, str] = {}
        self.places: dict[int, tuple[str, Any]] = {}  # where each object was found first
        self.kept: dict[str, list[tuple[Collection[Any], list[Any]]]] = {}  # containers, and what is in them
        self.of_modules: set[str] = set()
        self.waiting = collections.deque[tuple[str, str, Any]]()
        for module, names in ran.modules():
            outside = self.root(module)
            self.has_none(f"a variable of {module.get('__name__')}", f"{outside}.keys()", names - module.keys())
            for name in sorted(names & module.keys()):
                self.add(name, f"{outside}[{name!r}]", module[name])
            for name in sorted(names & sys.modules.keys()):  # what is imported inside a function
                self.waiting.append((name, self.root(sys.modules[name]), sys.modules[name]))
        for name, value in (("self", f), *arguments):
            self.waiting.append((name, self.root(value), value))
        self.look_around()
        for hidden in ran.others(value for _, value in self.places.values()):  # in a table of a library, for example
            self.waiting.append((hidden.__name__, self.root(hidden), hidden))
        self.look_around()

    def look_around(self) -> None:
        """Look into all that has been found, and into what is found there."""
        while self.waiting:
            self.look_into(*self.waiting.popleft())

    def root(self, value: Any) -> str:
        """A name for something that expressions start from."""
        name = f"_{id(value):x}"
        self.roots[name] = value
        return name

    def has_none(self, label: str, keys: str, names: set[str]) -> None:
        """A test for names that the code has, and that may come later: a variable that hides a function of Python's, or an
        attribute that hides one of the class.
        """
        if names:
            key = f"_names{len(self.tests)}"
            self.roots[key] = frozenset(names)
            self.tests[f"{keys}.isdisjoint({key})"] = label

    def add(self, label: str, text: str, value: Any) -> None:
        """A value, and all that is inside it later on."""
        if isinstance(value, types.ModuleType):
            self.waiting.append((label, text, value))
            return
        if is_of_trace(value):
            return
        if len(self.found) >= MOST:
            raise messages.too_much_outside(self.f, label, MOST)
        items = None
        if isinstance(value, CONTAINERS):
            items = [*items_of(value)]
            if not isinstance(value, SETS) and not all(map(is_plain, items)):
                items = len(items)
        self.found[text] = Found(label, text, value, items)
        if not isinstance(value, (*NUMBERS, *VALUES, np.ndarray, Tensor)):
            self.waiting.append((label, text, value))

    def look_into(self, label: str, text: str, value: Any) -> None:
        """What is inside a value."""
        if id(value) in self.places:
            first = self.places[id(value)][0]
            if first != text and text in self.found and not is_plain(value):
                self.tests[f"{text} is {first}"] = label
            return
        self.places[id(value)] = text, value
        found = self.found.get(text)
        if found is not None and isinstance(found.items, list):  # compared as a whole
            self.later_all(label, found.items)
        elif isinstance(value, CONTAINERS):
            self.items(label, text, value)
        if isinstance(value, FUNCTIONS):
            self.function(text, value)
        if isinstance(value, Part):
            for step, leaf in value._leaves():
                self.of_modules.add(text + step)
                self.add(label + step, text + step, leaf)
            for step, part in value._parts():
                self.waiting.append((label + step, text + step, part))
        if not isinstance(value, types.ModuleType) or is_users_own(getattr(value, "__file__", None)):
            self.attributes(label, text, value)

    def later(self, label: str, value: Any) -> None:
        """What is inside a value in a container that is compared as a whole, so that it is known to be the same one."""
        if not isinstance(value, CONTAINERS):
            self.waiting.append((label, self.root(value), value))
        elif id(value) not in self.places:
            self.places[id(value)] = "", value
            items = [*items_of(value)]
            if not isinstance(value, (tuple, frozenset)):
                self.kept.setdefault(label, []).append((items_of(value), items))
                if isinstance(value, MAPPINGS) and items:
                    self.kept[label].append((value.keys(), [*value]))
            self.later_all(label, items)

    def later_all(self, label: str, items: Iterable[Any]) -> None:
        """The same for the items of a container."""
        for item in items:
            if not isinstance(item, (*NUMBERS, *VALUES)):
                self.later(label, item)

    def items(self, label: str, text: str, value: Any) -> None:
        """The items of a container."""
        if isinstance(value, MAPPINGS):
            for key, item in [*value.items()]:
                step = f"[{key!r}]"
                self.add(label + step, text + (step if type(key) in (str, int, bool) else f"[{self.root(key)}]"), item)
        else:
            for i, item in enumerate(value):
                self.add(f"{label}[{i}]", f"{text}[{i}]", item)

    def attributes(self, label: str, text: str, value: Any) -> None:
        """The attributes that the code names."""
        kinds = classes_of(value)
        for kind in kinds:
            self.of_class(kind)
        for name in self.names & {name for kind in kinds for name in vars(kind)}:
            item = inspect.getattr_static(value, name, None)
            item = getattr(value, name, None) if inspect.ismemberdescriptor(item) else item
            if not isinstance(item, FUNCTIONS) and not hasattr(item, "__get__"):
                self.add(f"{label}.{name}", f"{text}.{name}", item)
        own: Any = getattr(value, "__dict__", None)
        if own is None or isinstance(value, type):
            return
        chosen = self.names & own.keys()
        if kinds and not self.names.isdisjoint(ALL):
            chosen = {name for name in own if isinstance(name, str) and name.isidentifier()}
            self.found[f"[*{text}.__dict__]"] = Found(f"the attributes of {label}", f"[*{text}.__dict__]", [*own], [*own])
        if isinstance(value, Part):  # our own modules name their options in code that is not looked into
            options = (name for name in own if name != "training" and isinstance(own[name], (*NUMBERS, tuple)))
            chosen |= {*filter(str.isidentifier, options)}
        if kinds or isinstance(value, types.ModuleType):
            self.has_none(f"an attribute of {label}", f"{text}.__dict__.keys()", self.names - own.keys())
        for name in sorted(chosen):
            self.add(f"{label}.{name}", f"{text}.{name}", own[name])
        if callable(value) and not kinds and not isinstance(value, FUNCTIONS):  # one that calls a function of the user's
            for item in own.values():
                if isinstance(item, FUNCTIONS):
                    self.waiting.append((label, self.root(item), item))

    def of_class(self, kind: type) -> None:
        """The methods of a class of the user's that ran, or that are named."""
        if id(kind) in self.places and self.places[id(kind)][0] == "class":
            return
        text, own = self.root(kind), vars(kind)
        self.places[id(kind)] = "class", kind
        self.has_none(f"an attribute of {kind.__name__}", f"{text}.__dict__.keys()", self.names - own.keys())
        for name, item in [*own.items()]:
            if isinstance(item, FUNCTIONS) and (name in self.names or (name[:2] == "__" and self.has_run(item))):
                place = f"{text}.__dict__[{name!r}]"
                self.found[place] = Found(f"{kind.__name__}.{name}", place, item)
                self.waiting.append((name, place, item))

    def has_run(self, f: Any) -> bool:
        """Whether the code of a function is among the code that ran."""
        return id(getattr(f, "__code__", None)) in self.ran

    def function(self, text: str, f: Any) -> None:
        """What a function has besides the variables of its module: those of the functions around it, and defaults."""
        if isinstance(f, functools.partial):
            self.add("an argument of a partial", f"{text}.args", f.args)
            self.add("an argument of a partial", f"{text}.keywords", f.keywords)
        parts = ("func", "__func__", "__self__", "fget", "__wrapped__")
        for name, part in ((name, getattr(f, name, None)) for name in parts):
            if part is not None:
                self.waiting.append(("self" if name == "__self__" else name, self.root(part), part))
        if not isinstance(f, types.FunctionType) or not self.has_run(f):
            return
        self.add(f"the code of {f.__name__}", f"{text}.__code__", f.__code__)
        self.add(f"a default of {f.__name__}", f"{text}.__defaults__", f.__defaults__)
        self.add(f"a default of {f.__name__}", f"{text}.__kwdefaults__", f.__kwdefaults__)
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ()):
            try:
                self.add(name, f"{self.root(cell)}.cell_contents", cell.cell_contents)
            except ValueError:  # one that is empty
                continue

    # --- what a program needs of it ---------------------------------------------------------------------------------------

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
        arrays = self.arrays
        if isinstance(value, Tensor):
            return True
        return place(value) in arrays or any(shares(each.value, value) for found in arrays.values() for each in found)

    def conditions(self, later: Surroundings) -> list[tuple[str, str]]:
        """What has to be as it was, as expressions: numbers, texts, functions, sizes of containers, and classes of objects.
        What the function itself has changed until `later` is left out.
        """
        found = [(label, text) for text, label in self.tests.items()]
        for label, pairs in self.kept.items():
            alike = [pair for pair in pairs if same_items(*pair)]
            found.append((label, f"all(map(same_items, {self.root([a for a, _ in alike])}, {self.root([b for _, b in alike])}))"))
        for label, text, value, items in self.found.values():
            if text not in later.found or isinstance(value, (np.ndarray, Tensor)):
                continue
            if isinstance(value, (*NUMBERS, *VALUES)) or (isinstance(value, tuple) and is_plain(value)):
                was = self.root(value)
                found.append((label, f"({text} is {was} or same_as({text}, {was}))"))
            elif isinstance(value, (*LASTING, types.CodeType)):
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


def is_of_trace(value: Any) -> bool:
    """Whether a value was computed while the function was traced, and is kept by it, as in a list of losses."""
    if isinstance(value, Tensor):
        return (value.node is not None and value.node.rule is not None) or isinstance(value._array, TracedArray)
    return isinstance(value, TracedArray)


def shares(whole: Any, part: np.ndarray) -> bool:
    """Whether an array is a part of another one, or of that in a Tensor."""
    array = whole.data if isinstance(whole, Tensor) else whole
    return isinstance(array, np.ndarray) and buffer_of(array) == buffer_of(part)


def classes_of(value: Any) -> Sequence[type]:
    """The classes of the user's that an object is of, or that a class is made of."""
    kind = value if isinstance(value, type) else type(value)
    others = (each for each in kind.__mro__ if each.__module__ not in sys.stdlib_module_names)
    return [each for each in others if is_users_own(getattr(sys.modules.get(each.__module__), "__file__", None))]
