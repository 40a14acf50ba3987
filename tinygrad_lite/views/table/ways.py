"""Shows why a gradient has its value: all paths from one value to the result, and what each path contributes.

Flows in: a `Graph` with the backward pass, and one of its values. Flows out: blocks of text, for `explain(loss, wrt=a)`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from ...graphs.elements import Index
from ...graphs.graph import Graph
from ...graphs.names import labels
from ...graphs.paths import Path, Step, can_follow, chain, paths
from ..formulas import MATH, element_in, text_at
from ..notation import SIGN
from ..steps import Use, described
from ..words import amount, index_text, joined, number
from .blocks import Block, Entry, Equation, Listing, Paragraph

WRITTEN = 6  # sums of so many numbers are written out
LENGTH = 30  # paths of so many steps are written out
ARROWS = 40  # so many arrows are described one by one


class Ways:
    """The paths from one value to the result, in words."""

    def __init__(self, graph: Graph, start: int, at: Index, limit: int) -> None:
        self.graph, self.found, self.names = graph, paths(graph, start, limit), labels(graph)
        self.start, self.at = graph.nodes[start], at
        self.name, self.output = self.names[start], self.names[graph.output.id]
        self.target = f"∂{self.output}/∂{self.name}"
        self.numbers = all(factor is not None for path in self.found.paths for factor in path.factors)
        arrays = [path for path in self.found.paths if not self.numbers and can_follow(graph, start, path)]
        self.chains = {path.steps: chain(graph, start, path, at) for path in arrays}
        self.ends: dict[Step, tuple[Index, Index]] = {}  # the elements that the first chain through an arrow goes from and to
        for steps, along in reversed(self.chains.items()):
            self.ends |= dict(zip(steps, itertools.pairwise(along.elements)))
        self.uses = {
            (part.user, part.position): Use(graph, part, node, self.names, self.shown((part.user, part.position)))
            for node in graph.forward
            for part in node.contributions
            if any((part.user, part.position) in path.steps for path in self.found.paths)
        }

    def shown(self, step: Step) -> Index | None:
        """The element of the result that is shown of a call, if one is."""
        return self.ends[step][1] if step in self.ends else None

    def blocks(self) -> Iterator[Block]:
        count, shown = self.found.count, len(self.found.paths)
        yield Paragraph(self.opening())
        title = "The path" if count == 1 else f"The {count} paths" if count == shown else f"{shown} of {amount(count)} paths"
        yield Listing(title, [self.path(i, path) for i, path in enumerate(self.found.paths, 1)])
        if not self.numbers:
            arrows = list(self.uses.values())
            yield Listing("The arrows", [self.arrow(use) for use in arrows[:ARROWS]])
            if len(arrows) > ARROWS:
                yield Paragraph(f"and {len(arrows) - ARROWS} more.")
        yield Listing("So the gradient is" if count == 1 else "Together", self.total())
        if closing := self.closing():
            yield Paragraph(closing)

    def opening(self) -> str:
        count, name, output = self.found.count, self.name, self.output
        text = f"{self.target} says how much {output} would change per unit that {name} changes. "
        if not self.found.paths[0].steps:
            return text + f"{output} is {name} itself, so that is 1."
        text += f"{name} reaches {output} along {'one path' if count == 1 else f'{amount(count)} paths'}. "
        text += "Along a path, a change is multiplied by the slope of every call that it goes through"
        text += ": a factor for each arrow." if self.numbers else ", each element of an array by slopes of its own."
        text += " The contributions of all paths add up." if count > 1 else ""
        if self.start.size > 1:
            text += f" {name} has shape {self.start.shape}: the numbers are those of its element {index_text(self.at)}."
        return text

    def path(self, i: int, path: Path) -> Entry:
        """One path: through which values it leads, and what it contributes."""
        words = " → ".join(shortened([self.name, *(self.names[user] for user, _ in path.steps)]))
        value, about = text_at(path.contribution, self.at), described(self.start, self.at, path.contribution)
        if not self.numbers or not path.steps:
            return Entry(i, [Equation(["contributes", value], about), *self.along(path, value)], words)
        slopes = [slope for step in path.steps if (slope := self.uses[step].slope) is not None]
        rule = MATH.term(slopes[0]).text
        if len(slopes) > 1:
            rule = " × ".join(shortened([MATH.inside(slope, SIGN, k > 0) for k, slope in enumerate(slopes)]))
        factors = [number(factor + 0.0) for factor in path.factors if factor is not None]
        product = joined(" × ", shortened(factors))
        return Entry(i, [Equation(list(dict.fromkeys([rule, product, value])))], words)

    def along(self, path: Path, value: str) -> Iterator[Equation]:
        """One element of each array on the path: the slopes from each to the next, and what they multiply to."""
        found = self.chains.get(path.steps)
        if found is None:
            return
        stops = [self.name, *(self.names[user] for user, _ in path.steps)]
        where = [f"{name}{index_text(at)}" for name, at in zip(stops, found.elements)]
        given = [number(slope + 0.0) for slope in found.slopes]
        product = joined(" × ", shortened(given))
        parts = [" → ".join(shortened(where)), product, number(found.product + 0.0)]
        many = f"all {amount(found.many)}" if found.many else "all of them"
        alone = found.many == 1 or number(found.product + 0.0) == value
        yield Equation(list(dict.fromkeys(parts)), "" if alone else f"one chain of elements; {many} sum to {value}")

    def arrow(self, use: Use) -> Entry:
        """What happens on the way from a value to the call that uses it."""
        parent, user = use.parent, use.user
        name = f"{self.names[parent.id]} → {self.names[user.id]}"
        step = (use.part.user, use.part.position)
        at, to = self.ends.get(step, (element_in(parent.shape, self.at), ()))
        if use.slope is None:
            rule = MATH.term(use.rule).text
            about = f"sends back {rule}; an element may go into several of {self.names[user.id]}, and the parts add up"
            if step not in self.ends:
                return Entry(None, [Equation([name], about)])
            slope = f"∂{self.names[user.id]}{index_text(to)}/∂{self.names[parent.id]}{index_text(at)}"
            return Entry(None, [Equation([name], about), Equation([slope, number(use.slope_of(to, at) + 0.0)])])
        parts = dict.fromkeys(filter(None, [MATH.term(use.slope).text, use.slope_at(at), use.slope_value(at)]))
        notes = [index_text(at)]
        if parent.size < user.size:
            which = self.names[parent.id] if parent.size == 1 else "each element"
            notes.append(f"{which} is used {user.size // max(parent.size, 1)} times, and the parts add up")
        elif parent.size > user.size:
            notes.append(f"one of {parent.size} elements that {self.names[user.id]} is made of")
        return Entry(None, [Equation([f"{name}: slope", *parts], "; ".join(filter(None, notes)))])

    def total(self) -> list[Entry]:
        """The sum over the paths."""
        found, at = self.found, self.at
        value = text_at(found.total, at)
        parts = [text_at(path.contribution, at) for path in found.paths]
        entries = []
        if found.count > len(found.paths):
            listed = text_at(found.total - found.rest, at)
            entries.append(Entry(None, [Equation([f"the {len(parts)} paths above", listed])]))
            others = amount(found.count - len(parts))
            entries.append(Entry(None, [Equation([f"the other {others}", text_at(found.rest, at)])]))
            parts = [listed, text_at(found.rest, at)]
        written = joined(" + ", parts) if 1 < len(parts) <= WRITTEN else value
        about = described(self.start, at, found.total)
        if self.start.kind == "input" and self.start.name:
            about += ("; " if about else "") + f"what backward() puts into {self.name}.grad"
        return [*entries, Entry(None, [Equation(list(dict.fromkeys([self.target, written, value])), about)])]

    def closing(self) -> str:
        """What backpropagation does instead; the numbers are those of this graph."""
        ways, lengths = {self.start.id: 1}, {self.start.id: 0}  # how many paths lead to a value, and their arrows together
        arrows, left = 0, set[int]()
        for node in self.graph.forward:
            entered = [i for _, i in self.graph.wanting(node.id) if i in ways]
            if entered and node.id != self.start.id:
                ways[node.id] = sum(ways[i] for i in entered)
                lengths[node.id] = sum(lengths[i] + ways[i] for i in entered)
                arrows += len(entered)
                left.update(entered)
        factors, sums = lengths[self.graph.output.id], self.found.count - 1
        if factors <= arrows:
            return ""
        return (
            f"Backpropagation finds the same without listing the paths. It goes back through each of their {amount(arrows)} "
            f"arrows once: {amount(arrows)} multiplications and {additions(arrows - len(left))}. Path by path it would be "
            f"{amount(factors)} and {additions(sums)}."
        )


def additions(n: int) -> str:
    return f"{amount(n)} {'addition' if n == 1 else 'additions'}"


def shortened(parts: list[str]) -> list[str]:
    """The beginning and the end of a long list."""
    return parts if len(parts) <= LENGTH else [*parts[: LENGTH - 4], f"… ({len(parts) - LENGTH + 1} more) …", *parts[-3:]]
