"""`compile`: the gradient as a program of NumPy's that an expert would write for speed. (draft)"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graphs.graph import Graph
from ..graphs.nodes import Ref
from ..graphs.program import Zero, is_number
from ..graphs.simplify import simplified
from .code import Code, Given
from .passes import improved
from .rows import cut
from .writing import Text, Writer

# a difference of a transposed softmax, for example, is worked on in place: the source keeps its readable form
KEPT = {"product_with_column"}


def code_of(graph: Graph, gradients: bool = True) -> tuple[Code, list[int], list[Any]]:
    """The program of a graph as `Code`; the variables; and what the program looked at."""
    program = simplified(graph, KEPT)
    wanted = [i for i in graph.inputs if graph[i].wants_gradient] if gradients else []
    ends = [program.whole(program.of[graph.output.id])]
    for i in wanted:
        node = graph[i]
        value = Zero(node.shape, node.dtype) if node.gradient_id is None else program.of[node.gradient_id]
        value = 0.0 if isinstance(value, Zero) and not node.shape else value
        ends.append(program.whole(program.broadcast(value, node)))
    given = {
        node.id: Given(tuple(node.shape), node.dtype, "constant" if node.kind == "constant" else "input", node.id in wanted)
        for node in graph
        if node.kind in ("input", "constant")
    }
    code = Code(given, max([len(graph), program.made]) + 1)
    code.constants = {node.id: node.value for node in graph if node.kind == "constant"}
    code.ops = dict(program.ops)
    code.ends = ends
    code.checks = [program.whole(program.of[look.id]) for look in graph.looks]
    return code, wanted, list(graph.looks)


def written(graph: Graph, without: Any = (), block: int | None = None, gradients: bool = True) -> Text:
    code, wanted, looks = code_of(graph, gradients)
    code = improved(code, without)
    rows = cut(code, block) if "rows" not in without else None
    pairs = [(ref, look) for ref, look in zip(code.checks, looks) if isinstance(ref, Ref)]
    writer = Writer(graph, code, rows, pairs, wanted)
    result = graph.output
    likes = [(result.dtype, False, result.shape)]
    likes += [(graph[i].dtype, isinstance(graph[i].value, np.ndarray), graph[i].shape) for i in wanted]
    about = ["(draft)"]
    if rows:
        about.append(f"{rows.count} rows, {rows.block} at a time.")
    return writer.program(likes, about, "step")
