"""source() writes the gradient as NumPy source: a function that you could have written by hand.

Flows in: a function and its arguments, or a `Graph` with the backward pass. Flows out: `Source`, the text of a function that
computes the result and its gradient with nothing but NumPy, for arguments of the same shapes.

The lines of the forward pass are those of the user's program: a line for each value that has a name. Each line of the
backward pass computes the derivative of the result in one value, ``d_guess`` for ``guess``, and says which line it came
through.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ... import messages
from ...autograd import Handle
from ...containers import flatten
from ...graphs.graph import Graph
from ...graphs.nodes import GraphNode, Ref, refs_in
from ...graphs.program import Op, Zero, is_number
from ...graphs.simplify import simplified
from ...graphs.tracing import trace
from ...protocols.primitives import astype
from ..asking import graph_of
from ..notation import Term
from .expressions import Expressions, written
from .layout import WIDTH, Source, assembled, in_form_of, listed, symmetric
from .names import SHORT, Names, identifier

CHEAP = {np.transpose, np.swapaxes, np.negative, np.reshape, np.zeros, np.ones}  # they move or scale numbers


def source(f: Any, *args: Any, order: int = 1, argnums: int | tuple[int, ...] | None = None, **keywords: Any) -> Source:
    """The gradient of `f` as the source of a NumPy function: ``print(tg.source(f, *args))``.

    `f` is called once with `args` and traced. As in `trace`, gradients are taken with respect to the Tensors among the
    arguments; if there are none, to all floats and arrays of floats, or to those that `argnums` names. The program is for
    arguments of these shapes, and for the branches that `f` took with them. `f` may also be a `Graph` with the backward pass,
    or a Tensor that is a single number: then the program is that of the computation which made it.

    order:  2 for second derivatives as well: the Hessian for single numbers; with arrays among the arguments the Hessian
            times a vector, whose parts are more arguments of the program, ``v_w`` for ``w``

    Raises TypeError or ValueError if there is no gradient, and ValueError if something cannot be written as source.

    >>> import numpy as np, tinygrad_lite as tg
    >>> def area(r):
    ...     return np.pi * r**2
    >>> print(tg.source(area, 2.0).partition("# forward")[2])
    <BLANKLINE>
        area = 3.141592653589793 * r**2
    <BLANKLINE>
        # backward: d_x is the derivative of area in x
        d_r = 6.283185307179586 * r  # through area
        return area, d_r
    <BLANKLINE>
    """
    if order not in (1, 2):
        raise messages.no_such_order(order)
    if isinstance(f, Handle | Graph):
        if args or keywords or argnums is not None or order == 2:
            raise messages.not_called(f)
        return Listing(graph_of(f, "source()")[0]).source()
    if not callable(f):
        raise messages.nothing_to_write(f)
    graph = trace(f, backward=True, argnums=argnums, order=order)(*args, **keywords)
    if order == 1 and len(graph.outputs) > 1:
        raise messages.several_results(f, len(graph.outputs))
    return Listing(graph, order).source()


def is_cheap(op: Op) -> bool:
    """Whether a call only moves or scales numbers."""
    scaled = op.function in (np.multiply, np.divide) and op.backward and len(list(refs_in(op.args))) < 2
    return scaled or op.function in CHEAP


class Listing:
    """The lines of the program for one graph."""

    def __init__(self, graph: Graph, order: int = 1) -> None:
        self.graph, self.program, self.order = graph, simplified(graph), order
        self.expressions = Expressions(self.program)
        self.names = Names(self.expressions)
        self.boundary = max((node.gradient_id or 0 for node in graph), default=0)  # from here on, second derivatives
        self.merged: dict[int, set[int]] = {}  # the calls in the expression of a value
        self.owners: dict[int, str] = {}  # the variable in whose line a call is
        self.sections: list[list[tuple[str, str]]] = [[], [], []]  # forward, backward, second derivatives

    def source(self) -> Source:
        """The program."""
        graph, program, e = self.graph, self.program, self.expressions
        wanted = [i for i in graph.inputs if graph[i].wants_gradient]
        gradients = {i: self.gradient(i) for i in wanted}
        second = [self.returnable(program.of[i], graph[i]) for i in graph.outputs[1:]] if self.order == 2 else []
        result = program.whole(program.of[graph.output.id])
        counts = program.used([result, *gradients.values(), *second])
        e.taken.update(  # a variable cannot be called like a function that the program defines
            e.function(program.ops[i].function).partition(".")[0]
            for i in counts
            if i in program.ops and not written(program.ops[i].function)
        )
        parameters = self.names.parameters()
        names = self.names.names(counts, gradients)
        self.names.name_second(names, wanted, second)
        self.write(counts, names, parameters, result)
        output = e.text(result)
        if not output.isidentifier():
            name = e.free(self.names.returned_name())
            self.sections[0].append((f"{name} = {output}", ""))
            output = name
        returned, variables = self.returned({i: e.text(value) for i, value in gradients.items()})
        texts = list(map(e.text, second))
        if second and self.names.scalars(wanted):
            returned += f", {symmetric(len(wanted), texts)}"
        elif second:
            returned += f", {self.returned(dict(zip(wanted, texts)))[0]}"
        parameters += [constant for constant in e.constants if constant not in parameters]
        name, about = self.head(parameters, variables, self.names.scalars(wanted))
        titles = ["forward", f"backward: d_x is the derivative of {output} in x", "backward through the derivatives"]
        sections = dict(zip(titles, self.sections))
        return assembled(
            name, parameters, [about, self.about()], sections, f"{output}, {returned}", e.definitions, e.constants
        )

    def write(self, counts: Mapping[int, int], names: Mapping[int, str], parameters: list[str], result: Any) -> None:
        """Write the values that are used, in order: with a line for each that has a name, is used again, or is long."""
        program, e, now = self.program, self.expressions, 0
        for i, count in counts.items():
            if i not in program.ops:
                self.names.constant(i, parameters, self.sections[0])
                continue
            op = program.ops[i]
            now = max(now, 0 if not op.backward else 2 if self.boundary < i < len(self.graph) else 1)
            style = e.backward if op.backward else e.forward
            piece = e.call(op, style)
            text = style.term(piece).text
            merged = {i}.union(*(self.merged.get(ref.id, set()) for ref in refs_in([op.args, op.keywords])))
            again = count > 1 and not (is_cheap(op) and len(text) <= SHORT) and not text.isidentifier()
            last = result == Ref(i)
            if i in names or again or last or len(text) > WIDTH:
                returned = last and not again
                name = names.get(i) or e.free(self.names.returned_name() if returned else self.names.guess(op, text))
                self.sections[now].append((f"{name} = {text}", self.comment(op, merged)))
                e.pieces[i] = Term(name)
                self.owners.update(dict.fromkeys(merged, name))
            else:
                e.pieces[i], self.merged[i] = piece, merged

    def comment(self, op: Op, merged: Iterable[int]) -> str:
        """The comment beside a line: the shape; in the backward pass, also the lines that the gradient came through."""
        shape = str(op.shape) if op.shape else ""
        if not op.backward:
            return shape
        through = []
        for i in sorted(merged):
            node = self.graph[i] if i < len(self.graph) else None
            if node is not None and node.through is not None:
                value = self.program.of[node.through]
                owner = self.owners.get(value.id) if isinstance(value, Ref) else None
                if owner and owner not in through:
                    through.append(owner)
        came = f"through {', '.join([*through[:3], '...'] if len(through) > 4 else through)}" if through else ""
        return ", ".join(filter(None, [shape, came]))

    # --- what is returned ---------------------------------------------------------------------------------------------------

    def gradient(self, i: int) -> Any:
        """The derivative in an input, as the program returns it."""
        node = self.graph[i]
        return self.returnable(
            Zero(node.shape, node.dtype) if node.gradient_id is None else self.program.of[node.gradient_id], node
        )

    def returnable(self, value: Any, node: GraphNode) -> Any:
        """A value in its full shape, in floating point."""
        plain = node.dtype in ("float64", "int64")
        value = 0 if isinstance(value, Zero) and not node.shape else value
        value = self.program.whole(self.program.broadcast(value, node))
        if is_number(value):
            return float(value) if plain else np.dtype(node.dtype).type(value)
        op = self.program.op(value)
        if op is not None and op.dtype != node.dtype and "float" in node.dtype:  # a gradient has the dtype of its variable
            return self.program.call(astype, (value, np.dtype(node.dtype)), node.shape, node.dtype)
        return value

    def returned(self, texts: Mapping[int, str]) -> tuple[str, str]:
        """Gradients in the form of the arguments; and what they are with respect to, in words."""
        found, names, inside = list[str](), list[str](), set[int]()
        for parameter, nest in self.graph.arguments:
            ids = {ref.id for ref in refs_in(flatten(nest)[0])}
            if ids & set(texts):
                found.append(in_form_of(nest, texts))
                names.append(identifier(parameter))
            inside |= ids
        for i in texts:
            if i not in inside:
                found.append(texts[i])
                names.append(self.expressions.text(Ref(i)))
        return found[0] if len(found) == 1 else f"({', '.join(found)})", listed(names)

    # --- the head -----------------------------------------------------------------------------------------------------------

    def head(self, parameters: list[str], variables: str, scalars: bool) -> tuple[str, str]:
        """The name of the program, and what it computes."""
        graph = self.graph
        of_a_tensor = graph.name is None and (graph.output.name or "").isidentifier()  # there was no function
        called = str(graph.output.name) if of_a_tensor else graph.name or ""
        name = identifier(called) if called.isidentifier() else "value"
        value = f"The value of {called if called.isidentifier() else 'the function'}"
        if self.order == 1:
            return self.expressions.free(f"{name}_and_gradient"), f"{value}, and its gradient with respect to {variables}."
        directions = listed([name for name in parameters if name.startswith("v_")])
        also = "its second derivatives" if scalars else f"the Hessian times the vector {directions}"
        more = "hessian" if scalars else "hessian_product"
        about = f"{value}, its gradient with respect to {variables}, and {also}."
        return self.expressions.free(f"{name}_gradient_and_{more}"), about

    def about(self) -> str:
        """What the program is for: shapes, and branches that were taken."""
        shapes = []
        for i in self.graph.inputs:
            if self.graph[i].shape:
                shapes.append(f"{self.expressions.text(Ref(i))} {self.graph[i].shape}")
        text = f"For arrays of these shapes: {', '.join(shapes)}." if shapes else "For single numbers."
        looks = dict.fromkeys((look.line.number if look.line else None, str(look.found)) for look in self.graph.looks)
        for line, found in looks:
            where = f" (line {line})" if line else ""
            text += f" The function looked at a value{where}. This program is for the case that it is {found}."
        return text
