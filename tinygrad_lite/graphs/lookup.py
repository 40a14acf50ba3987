"""Finds the function that a name in a graph means, for graphs that come from a file or from another program.

Flows in: a node. Flows out: the rule of its function; or a stand-in, for NumPy functions without a rule. Nothing is imported
or run for a name that is not known here.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import messages
from ..autograd import RULES
from ..protocols.calling import CHAPTERS
from ..protocols.leaving import INTO_A_FILE
from ..rules.decompositions import all_independent, equal_values, rounding, rounding_of_eig, zero_values
from ..rules.nets.entropy import class_targets, counted
from ..rules.refused import METHODS
from ..rules.statistics import largest_with_weight
from .nodes import GraphNode
from .tracer import Unruled


def rule_of(node: GraphNode) -> Any:
    """The rule of a call, or what stands for one. In a graph that was read it is found by the name of the function."""
    return node.rule or found_rule(node)


def given_keywords(node: GraphNode) -> dict[str, Any]:
    """The keywords of a call that differ from their defaults."""
    defaults = rule_of(node).defaults
    return {
        name: value
        for name, value in node.keywords.items()
        if value is not np._NoValue and not (name in defaults and value is defaults[name])
    }


def found_rule(node: GraphNode, named: Callable[[str | None], Any] | None = None) -> Any:
    """The rule with the name of the function, if the call has the form in which rules are called; data may be passed as in
    ``np.sum(x, 0)``.
    """
    rule = (named or rule_of_name)(node.function)
    fits = rule.variadic or (len(node.args) == rule.arity and {*node.keywords} <= {*rule.parameters[rule.arity :]})
    return rule if fits else Unruled(rule.function)


def rules_called(name: str | None) -> dict[Any, Any]:
    """The rules of all functions with this name."""
    return {f: RULES[f] for f in by_name(tuple(RULES)).get(name, ())}


@functools.lru_cache(maxsize=1)
def by_name(functions: tuple[Any, ...]) -> dict[str | None, list[Any]]:
    """Functions by their names: every call of a graph asks, and new rules are rare."""
    found: dict[str | None, list[Any]] = {}
    for function in functions:
        found.setdefault(messages.name_of(function), []).append(function)
    return found


def rule_of_name(name: str | None) -> Any:
    """The rule of a function with this name, or what stands for one: for NumPy's functions that only compute, no others."""
    if name == "detach":
        return DETACH
    rules = rules_called(name)
    if not rules:
        for chapter in CHAPTERS.values():
            with contextlib.suppress(ImportError):  # a package that is not installed has no part in the graph
                importlib.import_module(chapter)
        rules = rules_called(name)
    if len({getattr(f, "__module__", None) for f in rules}) > 1:
        raise messages.several_of_this_name(name)
    if rules:
        return list(rules.values())[-1]  # one that was defined again
    if name in OF_RULES:
        return Unruled(OF_RULES[name])
    package, *path = str(name).split(".")
    found: list[Any] = [np]
    for part in path:
        found.append(getattr(found[-1], part, None))
    if package == "np" and len(found) > 2 and isinstance(found[-2], np.ufunc) and path[-1] in METHODS:
        return Unruled((found[-2], path[-1]))
    if package == "np" and isinstance(found[-1], (np.ufunc, type(np.sum))) and found[-1] not in INTO_A_FILE:
        return Unruled(found[-1])
    raise messages.unknown_function(name)


OF_RULES = {  # functions without a derivative, of which rules need the result
    f.__name__: f
    for f in (
        rounding, rounding_of_eig, equal_values, zero_values, all_independent, largest_with_weight, class_targets, counted,
    )
}  # fmt: skip


def detach(x: Any) -> Any:
    """The function of a node that stands for the array of another: the same numbers, and no gradient flows back."""
    return x


DETACH = Unruled(detach)
