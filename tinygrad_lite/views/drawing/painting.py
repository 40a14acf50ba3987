"""Makes a picture of a computation: a box for every value, a rounded box for every call, and arrows between them.

Flows in: a `Folding`, which says which parts of a graph are shown. Flows out: a `Picture`.

Readers should see at a glance that the gradient of a broadcast value is a sum; that a value with several uses gets a part of
its gradient from each use; and along which paths a parameter affects the result.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...graphs.graph import Graph
from ...graphs.lookup import rule_of
from ...graphs.names import clean
from ...graphs.nodes import GraphNode, is_numpy
from ...graphs.paths import Chain, Paths, Step
from ..formulas import formula
from ..words import IN_FULL, amount, brief, index_text, joined, lines, number, shape_text, signed
from .folding import Block, Folding
from .picture import Arrow, Box, Frame, Picture

ADDENDS = 4  # a gradient is written out as a sum of up to so many numbers
LABELLED = 300  # arrows say what came back by them in pictures of up to so many values; more would take Graphviz minutes
STOPS = 8  # on a path that is written out
LONGEST = 72  # letters of a call
Use = tuple[int, int, int]  # a call, as which of its arguments it uses a value, and the id of the value
Steps = tuple[Step, ...]
NO_CHAINS: Mapping[Steps, Chain] = {}
Place = tuple[str, str, int]  # of an arrow: the boxes it goes from and to, and as which argument


def paint(
    folding: Folding, names: Mapping[int, str], ways: Paths | None = None, chains: Mapping[Steps, Chain] = NO_CHAINS
) -> Picture:
    """What `folding` shows of its graph, with names for all values.

    With `ways`, these paths are lit, everything else is faded, and the caption says what each contributes. Along paths
    through arrays, `chains` follow one element, whose slopes stand on the arrows.
    """
    return Painter(folding, names, ways, chains).picture()


class Painter:
    """Makes a `Picture`."""

    def __init__(self, folding: Folding, names: Mapping[int, str], ways: Paths | None, chains: Mapping[Steps, Chain]) -> None:
        self.folding, self.names, self.ways, self.chains = folding, names, ways, chains
        graph = self.graph = folding.graph
        self.shown = set(folding.shown)
        self.times_called = Counter(name for name, _ in {place for node in graph for place in node.scope})
        self.lit_nodes, self.lit_links = between(graph, ways.start) if ways else (set(), set())
        self.slopes = self.slopes_on_arrows()
        self.uses = self.uses_by_arrow()
        arrow_of = {use: place for place, uses in self.uses.items() for use in uses}
        self.sent: dict[int, dict[Place | None, list[Any]]] = {}  # to each value, by each arrow: what came back
        for i in self.shown:
            self.sent[i] = defaultdict(list)
            for part in graph.nodes[i].contributions:
                self.sent[i][arrow_of.get((part.user, part.position, i))].append(part.value)

    def slopes_on_arrows(self) -> dict[Step, str]:
        """What stands on an arrow as its slope: a number; through arrays that at the element which a chain follows."""
        found = dict[Step, str]()
        for path in self.ways.paths if self.ways else ():
            along = self.chains.get(path.steps)
            for i, (step, factor) in enumerate(zip(path.steps, path.factors)):
                if factor is not None:
                    found.setdefault(step, f"slope: {number(factor)}")
                elif along is not None:
                    where = along.elements[i + 1] or along.elements[i]
                    found.setdefault(step, f"slope at {index_text(where)}: {number(along.slopes[i] + 0.0)}")
        return found

    def picture(self) -> Picture:
        folding = self.folding
        frames = {block: self.frame(block) for root in (folding.forward, folding.back) for block in root.blocks()}
        for block, frame in frames.items():
            if block.parent is not None and not block.closed:
                frames[block.parent].frames.append(frame)
        for node in folding.nodes:
            if folding.seen_as(node.id) != node.id:
                continue
            closed = folding.closed_around(node.id)
            if closed is not None and closed.parent is not None and node.id == closed.first_call():
                frames[closed.parent].boxes.append(self.function(closed))
            elif closed is None and node.kind == "call":
                frames[folding.block_of[node.id]].boxes.append(self.call(node))
            if node.id in self.shown:
                frames[folding.home(node.id)].boxes.append(self.value(node))
        root, walk = frames[folding.forward], frames[folding.back]
        if walk.boxes or walk.frames:
            root.title, root.kind = "the computation", "forward"
            root = Frame(frames=[root, walk])
        return Picture(root, self.arrows(), self.levels(), self.paths(), self.notes(root))

    def frame(self, block: Block) -> Frame:
        title = self.title(block)
        if block.module and not block.closed and not block.back:
            title += f" · {self.parameters(block)}"
        if block.times > 1 and not block.closed:
            title += f", the {'first' if block.back else 'last'} one shown"
        return Frame(title, "loop" if block.times > 1 else "back" if block.back else "function")

    def title(self, block: Block) -> str:
        """What a block is called: the function, and which of its calls, or how many of them."""
        if block.parent is None:
            return "the backward pass" if block.back else ""
        name = "back through " * (block.back and bool(block.name)) + clean(block.name, 60 if block.module else 24)
        if block.times > 1:
            return f"{name} × {block.times:,}".lstrip()
        return f"{name} · call {block.call}" if self.times_called[block.name] > 1 and not block.in_loop() else name

    def faded(self, *ids: int) -> bool:
        return self.ways is not None and self.lit_nodes.isdisjoint(ids)

    # --- boxes --------------------------------------------------------------------------------------------------------------

    def box(self, call: int) -> str:
        """The box of a call: its own, or that of the function it is folded into."""
        closed = self.folding.closed_around(call)
        return f"call{call}" if closed is None else f"folded{closed.first_call()}"

    def source(self, i: int) -> str | None:
        """The box from which the arrows of a value start, if it can be seen."""
        if i in self.shown:
            return f"value{i}"
        return self.box(i) if self.graph.nodes[i].kind == "call" else None

    def call(self, node: GraphNode) -> Box:
        kind = "back function" if self.folding.is_back(node.id) else "function"
        return Box(self.box(node.id), kind, clean(formula(self.graph, node, self.names), LONGEST), faded=self.faded(node.id))

    def function(self, block: Block) -> Box:
        """A function whose inside is not shown: what goes in, what comes out, how many calls there are."""
        calls = block.calls()
        name, kind = self.box(calls[0]), "back folded" if block.back else "folded"
        into = {use[2]: None for (_, end, _), uses in self.uses.items() if end == name for use in uses[-1:]}
        out = [self.names[i] for i in calls if i in self.shown]
        if block.module and not block.back:
            shapes = [", ".join(shape_text(self.graph.nodes[i].shape) for i in ids) for ids in (into, self.shown & {*calls})]
            flow = f"{shapes[0]} → {shapes[1]}"
            return Box(name, kind, self.title(block), self.parameters(block), (("", (flow,)),), self.faded(*calls))
        flow = clean(", ".join(self.names[i] for i in into), 36)
        if out:
            flow += f" → {clean(', '.join(out), 24)}"
        inside = f"{len(calls)} call{'s' * (len(calls) > 1)}" + " each" * (block.times > 1)
        return Box(name, kind, self.title(block), inside, (("", (flow,)),), self.faded(*calls))

    def parameters(self, block: Block) -> str:
        """How many numbers a module learns."""
        used = {i for call in block.calls() for i in self.graph.nodes[call].uses}
        own = [self.graph.nodes[i] for i in used if self.graph.nodes[i].kind == "input"]
        count = sum(node.size for node in own if block.owns(node) and node.wants_gradient)
        return f"{count:,} parameter{'s' * (count != 1)}" if count else "no parameters"

    def value(self, node: GraphNode) -> Box:
        """The box of a value: name and shape, below them the numbers."""
        alike = [node.id, *self.folding.others[node.id]]
        rows = [] if node.value is None else [("value", tuple(lines(node.value)))]
        if self.folding.is_back(node.id):
            kind = "back value"
        else:
            rows += self.gradient(node)
            kind = ("leaf" if node.kind == "input" else "intermediate") if node.wants_gradient else "data"
            if any(i in self.graph.outputs for i in alike):
                kind = "result"
        if len(alike) > 1 and node.kind != "call" and not self.folding.home(node.id).in_loop():
            rows.append(("", (f"and {len(alike) - 1} like it",)))
        about = shape_text(node.shape) + (f" {node.dtype}" if node.dtype != "float64" else "")
        return Box(f"value{node.id}", kind, self.names[node.id], about, tuple(rows), self.faded(*alike))

    def gradient(self, node: GraphNode) -> list[tuple[str, tuple[str, ...]]]:
        """The gradient; as a sum, if several uses sent back a part each. Before there is one it is –, and not 0.

        If the parts that came back do not add up to it, as where an earlier backward() left something in it, both are shown.
        """
        if not node.wants_gradient:
            return []
        if node.gradient is None:
            return [("grad", ("–",))]
        whole, parts = node.gradient, [part.value for part in node.contributions]
        if not parts or not all(map(is_numpy, [whole, *parts])):
            return [("grad", tuple(lines(whole)))]
        written = self.as_sum(node, total_of(parts))
        if is_sum(whole, parts):
            return [("grad", written)]
        return [("grad", tuple(lines(whole))), ("back", written)]

    def as_sum(self, node: GraphNode, total: Any) -> tuple[str, ...]:
        """A gradient, and the parts of it that came back by each arrow."""
        parts = [total_of(values) for values in self.sent[node.id].values()]
        text = lines(total)
        if len(parts) < 2:
            return tuple(text)
        if total.shape == () and len(parts) <= ADDENDS:
            return (f"{text[0]} = {signed(parts)}",)
        addends = " + ".join(map(brief, parts))
        if total.shape != () and total.size <= IN_FULL and len(addends) <= 36:
            return (*text, f"= {addends}")
        return (*text, f"= sum over {len(node.contributions)} uses")

    # --- arrows -------------------------------------------------------------------------------------------------------------

    def uses_by_arrow(self) -> dict[Place, list[Use]]:
        """All uses of values, by the arrow that shows them: those in turns of a loop that are not shown, too."""
        folding, found = self.folding, defaultdict[Place, list[Use]](list)
        for node in folding.nodes:
            call = folding.seen_as(node.id)
            for position, i in node.links if node.kind == "call" else ():
                value = folding.seen_as(i)
                start, closed = self.source(value), folding.closed_around(call)
                inside = closed is not None and folding.closed_around(value) is closed
                if start and (not inside or (i != value and folding.lags(node.id, i))):
                    found[start, self.box(call), position if closed is None else 0].append((node.id, position, i))
        places = defaultdict[tuple[str, str], list[Place]](list)
        for place in sorted(found, key=lambda place: not any(map(self.is_shown, found[place]))):
            places[place[:2]].append(place)
        for first, *rest in places.values():  # what no turn that is shown does goes with what one does
            for place in rest:
                if not any(map(self.is_shown, found[place])):
                    found[first] += found.pop(place)
        return found

    def is_shown(self, use: Use) -> bool:
        """Whether a use is one of a call that is shown, and not one in another turn."""
        return self.folding.seen_as(use[0]) == use[0] and self.folding.seen_as(use[2]) == use[2]

    def arrows(self) -> list[Arrow]:
        """All arrows: those into a box, then those from there to what was computed."""
        found = {box: list[Arrow]() for _, box, _ in self.uses}
        for place, uses in self.uses.items():
            arrow = self.arrow(place, uses)
            if arrow.kind != "needs" or any(map(self.is_shown, uses)):
                found[place[1]].append(arrow)
        for i in self.folding.shown:
            node = self.graph.nodes[i]
            if node.kind == "call":
                kind = "back" if self.folding.is_back(i) else "flow" if node.wants_gradient else "data"
                made = Arrow(self.box(i), f"value{i}", kind, (), i in self.lit_nodes, self.faded(i))
                found.setdefault(self.box(i), []).append(made)
        return [arrow for arrows in found.values() for arrow in arrows]

    def arrow(self, place: Place, uses: list[Use]) -> Arrow:
        """The arrow for some uses, with what there is to say about them."""
        start, end, _ = place
        shown = [use for use in uses if self.is_shown(use)]
        call, position, i = (shown or uses)[0]
        node, value = self.graph.nodes[call], self.graph.nodes[i]
        lit = any(use in self.lit_links for use in uses)
        faded = self.ways is not None and not lit
        if self.folding.is_back(call):
            kind, turn = ("", "") if shown else self.unseen(uses)
            kind = f"back {kind}".strip() if self.folding.is_back(i) else "needs"
            return Arrow(start, end, kind, (turn,) if turn else (), lit, faded)
        opened = end == f"call{self.folding.seen_as(call)}"
        stretched = opened and value.shape != node.shape and rule_of(node).broadcasts
        kind = "stretched" if stretched else "flow" if value.wants_gradient else "data"
        words = [f"{shape_text(value.shape)} → {shape_text(node.shape)}"] * stretched
        if value.wants_gradient and node.wants_gradient:
            words.append(self.back_words(place, i, stretched and value.size != node.size))
        if not shown:
            kind, turn = self.unseen(uses)
            words.append(turn)
        elif opened and len(uses) > 1 and not self.folding.block_of[self.folding.seen_as(call)].in_loop():
            words.append(f"× {len(uses):,}")
        if lit and shown and (slope := self.slopes.get((call, position))) is not None:
            words.append(slope)  # of this use alone
        return Arrow(start, end, kind, () if faded else tuple(filter(None, words)), lit, faded)

    def back_words(self, place: Place, i: int, summed: bool) -> str:
        """What came back to a value by an arrow, if something did by others, too; summed, if it is of a stretched value."""
        back, words = self.sent.get(i, {}), ["Σ"] * summed
        if len(back) > 1 and len(self.shown) <= LABELLED and place in back and all(map(is_numpy, back[place])):
            words.append(brief(total_of(back[place])))
        return f"back: {' = '.join(words)}" if words else ""

    def unseen(self, uses: Sequence[Use]) -> tuple[str, str]:
        """An arrow for what happens only in turns that are not shown: from each to the next, into the first, or from one."""
        folding = self.folding
        lags = {lag for call, _, i in uses for lag in folding.lags(call, i).values()}
        if lags:
            return "again", "to the next" if lags == {1} else f"to the one {max(lags)} further on"
        entered = [folding.turns(call).items() - folding.turns(i).items() for call, _, i in uses]
        left = [folding.turns(i).items() - folding.turns(call).items() for call, _, i in uses]
        if any(entered) and all(k == 0 for loops in entered for _, k in loops):
            return "once", "to the first"
        if any(left) and all(k == block.times - 1 for loops in left for block, k in loops):
            return "once", "from the last"
        return "once", f"× {len(uses):,}" if len(uses) > 1 else "one of them"

    def levels(self) -> list[tuple[str, str]]:
        """Each value and its gradient in the backward pass. If several have the same gradient, the last of them."""
        pairs = {self.graph.nodes[i].gradient_id: i for i in self.folding.shown}
        return [(f"value{i}", f"value{g}") for g, i in pairs.items() if g is not None and g in self.shown]

    # --- caption ------------------------------------------------------------------------------------------------------------

    def paths(self) -> list[tuple[str, ...]]:
        """The paths that are lit, each with the product along it and what it contributes to the gradient."""
        if self.ways is None:
            return []
        ways, names = self.ways, self.names
        target = f"∂{names[self.graph.output.id]}/∂{names[ways.start]} = {' '.join(lines(ways.total))}"
        if 1 < ways.count == len(ways.paths) and ways.total.shape == ():
            target += f" = {signed([path.contribution for path in ways.paths])}"
        first = next(iter(self.chains.values()), None)
        if first is not None and first.elements[0]:
            at = first.elements[0]
            target += f",  at {index_text(at)}: {number(ways.total[at] + 0)}"
        rows: list[tuple[str, ...]] = [(f"{target},  from {amount(ways.count)} path{'s' * (ways.count > 1)}:",)]
        for path in ways.paths:
            stops = [names[ways.start], *(names[call] for call, _ in path.steps)]
            if len(stops) > STOPS:
                stops = [*stops[: STOPS - 3], "…", *stops[-2:]]
            factors = [number(factor) for factor in path.factors if factor is not None]
            product = joined(" × ", factors) + " = " if 1 < len(factors) == len(path.factors) <= STOPS else ""
            rows.append((" → ".join(stops), product + brief(path.contribution)))
            if along := self.chains.get(path.steps):
                rows.append(self.along(path.steps, along))
        if ways.count > len(ways.paths):
            rows.append((f"{amount(ways.count - len(ways.paths))} more", brief(ways.rest)))
        return rows

    def along(self, steps: Steps, chain: Chain) -> tuple[str, ...]:
        """The element that is followed along a path, with the slopes that multiply to what it contributes."""
        stops = zip((self.names[call] for call, _ in steps), chain.elements[1:])
        where = [name + index_text(at) for name, at in stops if at]
        given = [number(slope + 0.0) for slope in chain.slopes]
        product = joined(" × ", given)
        text = f"{product} = " if len(given) <= 2 * STOPS else ""
        many = f"one of {amount(chain.many)} chains" if chain.many and chain.many > 1 else "one chain"
        return f"    {many}, by way of {where[0]}" if where else f"    {many}", text + number(chain.product + 0.0)

    def notes(self, frame: Frame) -> list[str]:
        """What a reader may wonder about."""
        boxes = [self.graph.nodes[i] for i in self.folding.shown]
        found = list[str]()
        if any(self.names[node.id].startswith("v") and not node.name for node in boxes):
            found.append("v₁, v₂, …: no name given")
        if any(node.wants_gradient and node.gradient is None for node in boxes):
            found.append("grad –: none yet")
        if (count := len(self.folding.nodes)) > len(boxes):
            found.append(f"{len(boxes):,} of {count:,} values shown")
        return found


# --- sums -------------------------------------------------------------------------------------------------------------------


def total_of(parts: Sequence[Any]) -> Any:
    with np.errstate(all="ignore"):
        return sum(parts[1:], parts[0])


def is_sum(whole: Any, parts: Sequence[Any]) -> bool:
    """Whether a gradient is the sum of these, but for rounding."""
    total = total_of(parts)
    with np.errstate(all="ignore"):
        close = 4 * len(parts) * np.finfo(np.result_type(total.dtype, np.float16)).eps * sum(map(np.abs, parts))
        if whole.shape != total.shape:
            return False
        same = (whole == total) | (np.isnan(whole) & np.isnan(total))  # np.isclose of NumPy 1 takes one tolerance
        return bool(np.all(same | (np.abs(whole - total) <= close)))


def between(graph: Graph, start: int) -> tuple[set[int], set[Use]]:
    """The nodes and the uses on any path from a value to the output along which a gradient flows back."""
    reached, leading = {start}, {graph.output.id}
    for node in graph.forward:
        if any(i in reached for _, i in graph.wanting(node.id)):
            reached.add(node.id)
    for node in reversed(graph.forward):
        if node.id in leading:
            leading.update(i for _, i in graph.wanting(node.id))
    on = reached & leading
    return on, {(call, position, i) for call in on for position, i in graph.wanting(call) if i in on}
