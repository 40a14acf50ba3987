"""Chooses which parts of a large graph are shown: functions as frames or closed boxes, and one round of each loop.

Flows in: a `Graph`, how deep functions are opened, and whether repeats are folded. Flows out: a `Folding`: the calls as a
tree of blocks, and for each node that is not shown, the node that is shown instead.

A graph does not know that there was a loop. It only has the rounds. They are found as a run in which the same calls, with the
same shapes, are repeated::

    multiply sin  multiply sin  multiply sin  sum      ->      [multiply sin] × 3  sum

The longest run is folded first, then the rest and the inside, so that loops inside loops are found as well.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np

from ...graphs.graph import Graph
from ...graphs.nodes import GraphNode

READABLE = 60  # with more values than this, repeats are folded without being asked
FEWEST_TURNS = 3  # twice the same is not a loop
LEAST_SAVED = 5  # calls; a + b + c + d is not a loop either
LONGEST_TURN = 1000  # calls in one turn
DEEPEST = 20  # frames inside frames


@dataclasses.dataclass(eq=False)
class Block:
    """Calls that belong together: those of one call of a function of the user's or a module, or those of one turn of a loop.

    module:  of which module of a network they are: ``model.layers[0]``; otherwise empty
    items:   the ids of calls, and blocks, in order
    call:    which call of the function it is
    times:   how many equal ones in a row it stands for
    closed:  whether it is shown as one box
    back:    whether it is part of the backward pass
    """

    name: str = ""
    call: int = 1
    module: str = ""
    items: list[int | Block] = dataclasses.field(default_factory=list)
    parent: Block | None = None
    times: int = 1
    closed: bool = False
    back: bool = False

    def owns(self, node: GraphNode) -> bool:
        """Whether a value is a parameter of the module that this is."""
        return bool(self.module) and (node.name or "").startswith((self.module + ".", self.module + "["))

    def calls(self) -> list[int]:
        """The calls in it, also in the blocks inside."""
        return flat(self.items)

    def first_call(self) -> int:
        item = self.items[0]
        return item if isinstance(item, int) else item.first_call()

    def outwards(self) -> Iterator[Block]:
        """The block itself, the one around it, and so on."""
        block: Block | None = self
        while block is not None:
            yield block
            block = block.parent

    def in_loop(self) -> bool:
        """Whether it is shown once for several times."""
        return any(block.times > 1 for block in self.outwards())

    def blocks(self) -> Iterator[Block]:
        """The block itself and all those inside."""
        yield self
        for item in self.items:
            if isinstance(item, Block):
                yield from item.blocks()


def levels_of_modules(scope: Sequence[tuple[str, int]]) -> list[int]:
    """Where in a scope modules are: each as the length of the scope that ends with it."""
    return [level for level, (name, _) in enumerate(scope, 1) if ": " in name]


def flat(items: Sequence[int | Block]) -> list[int]:
    return [call for item in items for call in ([item] if isinstance(item, int) else item.calls())]


class Folding:
    """Which nodes of a graph are shown, and in which block.

    forward, back: the calls of the computation and of the backward pass, as blocks in blocks
    shown:         the nodes that get a box of their own
    """

    def __init__(
        self,
        graph: Graph,
        depth: int | None = None,
        repeats: bool = False,
        backward: bool = False,
        keep: Collection[int] = (),
    ) -> None:
        self.graph, self.keep = graph, keep
        self.nodes = list(dict.fromkeys(graph.forward + (graph.backward if backward else [])))
        known = {node.id for node in self.nodes}
        self.users = {i: [use for use in uses if use[0] in known] for i, uses in graph.users().items()}
        self.stand_in: dict[int, int] = {}
        self.turn_of = defaultdict[int, dict[Block, int]](dict)  # in which turn of which loops a call is
        self.codes: dict[Any, int] = {}
        self.code_of: dict[int | Block, int] = {}
        self.forward = self.tree(graph.forward, depth, back=False)
        self.back = self.tree(graph.backward if backward else [], depth, back=True)
        if repeats:
            self.fold(self.forward)
            self.fold(self.back)
        self.block_of = {
            call: block
            for root in (self.forward, self.back)
            for block in root.blocks()
            for call in block.items
            if isinstance(call, int)
        }
        self.others = defaultdict[int, list[int]](list)  # of which others a node is the picture
        for node in self.nodes:
            if (i := self.seen_as(node.id)) != node.id:
                self.others[i].append(node.id)
        self.shown = [node.id for node in self.nodes if self.seen_as(node.id) == node.id and self.comes_out(node.id)]

    # --- blocks -------------------------------------------------------------------------------------------------------------

    def tree(self, nodes: Sequence[GraphNode], depth: int | None, back: bool) -> Block:
        """The calls, in the functions that made them. Those of the backward pass are beside what they go through."""
        root = Block(back=back)
        blocks: dict[Any, Block] = {(): root}
        scopes = {node.id: (node if node.through is None else self.graph.nodes[node.through]).scope for node in nodes}
        networks = {scope[: modules[0]] for scope in scopes.values() if len(modules := levels_of_modules(scope)) > 1}
        for node in nodes:
            if node.kind != "call":
                continue
            scope = scopes[node.id]
            closed = min(DEEPEST if depth is None else depth, DEEPEST) + 1
            if depth is None:  # a network is opened, and the modules in it are not
                closed = min([closed, *(n for n in levels_of_modules(scope) if scope[:n] not in networks)])
            scope = scope[:closed]
            for level in range(1, len(scope) + 1):
                if scope[:level] not in blocks:
                    parent, (name, call) = blocks[scope[: level - 1]], scope[level - 1]
                    module, colon, _ = name.partition(": ")
                    block = Block(name, call, module * bool(colon), parent=parent, closed=level >= closed, back=back)
                    blocks[scope[:level]] = block
                    parent.items.append(block)
            blocks[scope].items.append(node.id)
        return root

    def code(self, item: int | Block) -> int:
        """A number that is the same for calls of the same function with the same shapes, and for blocks of such calls."""
        if item not in self.code_of:
            if isinstance(item, Block):
                key: Any = (item.name, *map(self.code, item.items))
            else:
                node = self.graph.nodes[item]
                key = (node.function, node.dtype, node.shape, *(self.graph.nodes[i].shape for _, i in node.links))
            self.code_of[item] = self.codes.setdefault(key, len(self.codes))
        return self.code_of[item]

    def fold(self, block: Block) -> None:
        """Fold repeats in a block, and in the blocks in it."""
        done: list[int | Block] = []
        todo: list[Any] = [block.items]
        while todo:
            part = todo.pop()
            if isinstance(part, Block):
                done.append(part)
            elif found := self.loop_in(part):
                start, turns = found
                todo += [part[:start], self.folded(turns, block), part[start + len(turns) * len(turns[0]) :]]
            else:
                done.extend(reversed(part))
        block.items = done[::-1]
        for item in done:
            if isinstance(item, Block) and not item.closed:
                self.fold(item)

    def loop_in(self, items: Sequence[int | Block]) -> tuple[int, list[list[int | Block]]] | None:
        """Equal turns in a row: where they start, and the turns.

        ``a b a b a`` may be (a b) twice or (b a) twice; it is the one in which more turns end with a value that has a name.
        """
        codes = [self.code(item) for item in items]
        run = longest_run(codes, lambda *run: self.alike(turns_of(items, *run)))
        if run is None:
            return None
        start, turn, times = run
        more = zip(codes[start : start + turn - 1], codes[start + turn * times :])
        room = len(list(itertools.takewhile(lambda pair: pair[0] == pair[1], more)))
        choices = [(start + shift, turns_of(items, start + shift, turn, times)) for shift in range(room + 1)]
        return max(choices, key=lambda choice: sum(self.graph.nodes[flat(t)[-1]].name is not None for t in choice[1]))

    def alike(self, turns: Sequence[list[int | Block]]) -> tuple[int, int]:
        """The longest stretch of turns in which calls get their arguments from the same places: its start and its length.

        A place is a call in the same turn, one in the turn before, and so on, or outside. In the first turn what comes from
        the turn before comes from outside.
        """
        calls = [flat(turn) for turn in turns]
        place_of = {call: (k, j) for k, turn in enumerate(calls) for j, call in enumerate(turn)}
        best, start, before = (0, 1), 0, list[Any]()
        for k, turn in enumerate(calls):
            places = list[Any]()
            for call in turn:
                for _, i in self.graph.nodes[call].links:
                    from_turn, j = place_of.get(i, (None, 0))
                    places.append(None if from_turn is None else (k - from_turn, j))
            outside_once = [a == b or (a is None and b is not None and b[0] >= k - start) for a, b in zip(before, places)]
            if not all(outside_once):
                start = k
            best = max(best, (start, k - start + 1), key=lambda stretch: stretch[1])
            before = places
        return best

    def folded(self, turns: Sequence[list[int | Block]], parent: Block) -> Block:
        """One block for equal turns. It shows the last, from which the computation goes on; backward, it shows the first."""
        chosen = 0 if parent.back else len(turns) - 1
        calls = [flat(turn) for turn in turns]
        self.fold_leaves(calls, chosen, parent.back)
        for turn in calls:
            self.stand_in.update((a, b) for a, b in zip(turn, calls[chosen]) if a != b)
        body = turns[chosen]
        block = body[0] if len(body) == 1 else None
        if not isinstance(block, Block):
            block = Block(items=body, parent=parent, back=parent.back)
            for item in body:
                if isinstance(item, Block):
                    item.parent = block
        block.times = len(turns)
        for k, turn in enumerate(calls):
            for call in turn:
                self.turn_of[call][block] = k
        return block

    def fold_leaves(self, turns: Sequence[list[int]], chosen: int, back: bool) -> None:
        """Leaves and constants that only one turn uses, as its weights: those of the turn that is shown stand for them."""
        place_of = {call: (k, j) for k, turn in enumerate(turns) for j, call in enumerate(turn)}
        leaves = {i for call in place_of for _, i in self.graph.nodes[call].links if self.graph.nodes[i].kind != "call"}
        places: list[dict[tuple[int, int], int]] = [{} for _ in turns]  # of each turn: which call uses it, and as what
        for leaf in sorted(leaves.difference(self.keep)):
            if self.is_back(leaf) == back:
                users = [place_of.get(user) or place_of.get(self.seen_as(user)) for user, _ in self.uses(leaf)]
                k, j = users[0] or (-1, -1)
                if all(user is not None and user[0] == k for user in users):
                    places[k][j, self.uses(leaf)[0][1]] = leaf
        for turn in places:
            same = turn.keys() & places[chosen].keys()
            self.stand_in.update((turn[place], places[chosen][place]) for place in same if turn is not places[chosen])

    def turns(self, i: int) -> dict[Block, int]:
        """In which turn of which loops a call is."""
        found: dict[Block, int] = {}
        for call in self.on_the_way(i):
            for block, k in self.turn_of.get(call, {}).items():
                found.setdefault(block, k)
        return found

    def lags(self, user: int, i: int) -> dict[Block, int]:
        """The loops in which a call uses what an earlier turn made, with how many turns earlier."""
        made, used = self.turns(i), self.turns(user)
        return {block: used[block] - k for block, k in made.items() if block in used and used[block] != k}

    # --- what is shown --------------------------------------------------------------------------------------------------

    def too_large(self, limit: int) -> bool:
        """Whether more than so many values are shown, or more than four times as many arrows."""
        return len(self.shown) > limit or sum(len(self.graph.nodes[i].links) for i in self.shown) > 4 * limit

    def is_back(self, i: int) -> bool:
        """Whether a node is part of the backward pass."""
        return self.graph.nodes[i].through is not None or self.graph.nodes[i].kind == "seed"

    def uses(self, i: int) -> list[tuple[int, int]]:
        """The calls that use a value, and as which argument; without those of the backward pass, if it is not part of it."""
        return [use for use in self.users[i] if self.is_back(use[0]) == self.is_back(i)]

    def seen_as(self, i: int) -> int:
        """The node that stands for this one; itself, if it is not folded away."""
        *_, last = self.on_the_way(i)
        return last

    def on_the_way(self, i: int) -> Iterator[int]:
        """A node, the one that stands for it in the outermost loop around it, and so on inwards."""
        yield i
        while i in self.stand_in:
            i = self.stand_in[i]
            yield i

    def closed_around(self, i: int) -> Block | None:
        """The closed block that a shown call is in, if it is in one."""
        block = self.block_of.get(i)
        return block if block is not None and block.closed else None

    def comes_out(self, i: int) -> bool:
        """Whether a value is seen from outside of closed blocks: something there uses it, or it is a result."""
        closed, alike, node = self.closed_around(i), [i, *self.others[i]], self.graph.nodes[i]
        uses = [(user, one) for one in alike for user, _ in self.uses(one)]
        around = {self.closed_around(self.seen_as(user)) for user, _ in uses}
        if closed is None:  # constants without a name were made inside; and a module has its own parameters
            block = around.pop() if len(around) == 1 else None
            own = block is not None and block.owns(node)
            return block is None or not (own or (node.kind == "constant" and node.name is None)) or i in self.keep
        return bool(around - {closed} or set(alike).intersection(self.graph.outputs)) or any(self.lags(*use) for use in uses)

    def home(self, i: int) -> Block:
        """The block that the box of a value is in. Inputs are outside of all, except where each turn has its own."""
        block = self.block_of.get(i)
        if block is not None:
            return block.parent if block.closed and block.parent else block
        node, root = self.graph.nodes[i], self.back if self.is_back(i) else self.forward
        users = [user for user, _ in self.uses(i)]
        if not users or (node.kind == "input" and not self.others[i]):
            return root
        around = [block for block in self.block_of[self.seen_as(users[0])].outwards() if not block.closed]
        for user in users[1:]:
            outwards = set(self.block_of[self.seen_as(user)].outwards())
            around = [block for block in around if block in outwards]
        if not self.others[i] and any(self.seen_as(user) != user for user in users):  # several turns use the same
            loops = [k for k, block in enumerate(around) if block.times > 1]
            around = around[loops[-1] + 1 :] if loops else around
        return around[0]


def turns_of(items: Sequence[Any], start: int, turn: int, times: int) -> list[list[Any]]:
    return [list(items[i : i + turn]) for i in range(start, start + turn * times, turn)]


def longest_run(codes: Sequence[int], alike: Callable[[int, int, int], tuple[int, int]]) -> tuple[int, int, int] | None:
    """The stretch of equal turns that saves most, as (start, length of a turn, number of turns); None if there is none.

    `alike` is asked which of the turns, that begin alike, are: from which one on, and how many.

    >>> longest_run([9, 1, 2, 1, 2, 1, 2, 1, 2, 5], lambda start, turn, times: (0, times))
    (1, 2, 4)
    """
    array = np.asarray(codes)
    best, saved = None, LEAST_SAVED - 1
    for turn in range(1, min(len(array) // FEWEST_TURNS, LONGEST_TURN) + 1):
        same = array[turn:] == array[:-turn]
        if np.count_nonzero(same) <= saved:
            continue
        ends = np.concatenate([[-1], np.flatnonzero(~same), [len(same)]])
        lengths = np.diff(ends) - 1
        longest = int(lengths.argmax())
        start, times = int(ends[longest]) + 1, int(lengths[longest]) // turn + 1
        if times >= FEWEST_TURNS and (times - 1) * turn > saved:
            skipped, times = alike(start, turn, times)
            if times >= FEWEST_TURNS and (times - 1) * turn > saved:
                best, saved = (start + skipped * turn, turn, times), (times - 1) * turn
    return best
