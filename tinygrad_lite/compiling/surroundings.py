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
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..frames import Part
from ..graphs.traced import TracedArray
from ..tensor import Tensor
from .conditions import (
    CONTAINERS,
    FUNCTIONS,
    MAPPINGS,
    NUMBERS,
    SETS,
    VALUES,
    is_plain,
    items_of,
    same_as,
    same_items,
    unchanged,
)
from .running import Ran, is_users_own

MOST = 20_000  # values that are looked at
ALL = {"getattr", "vars", "__dict__"}  # names in code that may ask for any attribute


class Found(NamedTuple):
    """A value outside: what the user calls it, the expression that looks it up, what it was, and what is compared with what
    it has: its items, or just their number, or its keys.
    """

    label: str
    text: str
    value: Any
    items: Any = None


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
        items: Any = None
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
        self.tests[f"{text}.__code__ is {self.root(f.__code__)}"] = f"the code of {f.__name__}"
        for name in ("__defaults__", "__kwdefaults__"):
            self.add(f"a default of {f.__name__}", f"{text}.{name}", getattr(f, name))
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ()):
            try:
                self.add(name, f"{self.root(cell)}.cell_contents", cell.cell_contents)
            except ValueError:  # one that is empty
                continue


def is_of_trace(value: Any) -> bool:
    """Whether a value was computed while the function was traced, and is kept by it, as in a list of losses."""
    if isinstance(value, Tensor):
        return (value.node is not None and value.node.rule is not None) or isinstance(value._array, TracedArray)
    return isinstance(value, TracedArray)


def classes_of(value: Any) -> Sequence[type]:
    """The classes of the user's that an object is of, or that a class is made of."""
    kind = value if isinstance(value, type) else type(value)
    others = (each for each in kind.__mro__ if each.__module__ not in sys.stdlib_module_names)
    return [each for each in others if is_users_own(getattr(sys.modules.get(each.__module__), "__file__", None))]
