"""One call of a function is traced, and becomes a program that also computes the gradient.

Flows in: a function, arguments, and the options. Flows out: a `Plan`: the program before any pass, as `Code`, the form of
the results, and where to find the arrays that are not arguments, because they are read again in each call.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..autograd import RULES, Handle, Node
from ..containers import children, flatten
from ..differentiation import is_recorded
from ..frames import Part
from ..graphs.building import Builder
from ..graphs.graph import Graph
from ..graphs.lookup import rule_of
from ..graphs.nodes import GraphNode, Look, Ref, same
from ..graphs.program import Op, Program, Zero, is_mixed
from ..graphs.simplify import simplified
from ..graphs.tracer import Tracer, place
from ..graphs.tracing import named_by, parameter_names, traced_call
from ..recording import mode
from ..rules.nets.entropy import class_axis, class_targets, cross_entropy_of_classes
from ..rules.running import sum_pieces
from ..tensor import Tensor
from .code import Code, Given
from .conditions import NUMBERS
from .lookups import Lookups
from .running import Ran, noted
from .steady import (
    Unsteady,
    changed,
    line_of_difference,
    line_that_draws,
    numbers_in,
    random_generators,
    same_call,
    same_constants,
    state_of,
)

INEXACT = {"factor_outside", "sum_of_equals"}  # left out where what is rounded to single precision decides over more digits
KEPT = {"times_zero"}  # a rewrite for readers: it would hide nan, which is 0 times nan


SHAPED_BY_VALUES = {
    "nonzero",
    "flatnonzero",
    "argwhere",
    "compress",
    "extract",
    "trim_zeros",
    "unique",
    "unique_values",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "union1d",
    "intersect1d",
    "setdiff1d",
    "setxor1d",
    "repeat",
    "arange",
    "bincount",
    "delete",
    "roots",
    "poly",
    "polydiv",
    "histogram_bin_edges",
}  # functions whose result may have another shape for other values


class Constant(Exception):
    """The engine is as good as any program: the result does not depend on what is differentiated, or there is no array in it,
    or it is a Hessian of numbers of several dtypes.
    """


GIVE_NUMBERS = (np.sum, np.mean, np.prod, np.max, np.min, np.dot, np.vdot, np.inner, np.trace)  # if no axis is left


class Like(NamedTuple):
    """What a result looks like."""

    dtype: str
    shape: tuple[int, ...]
    is_array: bool  # also without axes
    is_float: bool = False  # a float of Python's


class Plan(NamedTuple):
    """A program before any pass.

    wanted:  the variables, by the ids of their nodes
    likes:   the results of the function in a row, and the gradients
    rebuild: puts results, or auxiliary results, back into their nest; None if there is just one
    outside: for each node that is an array from outside: the array, or the Tensor that holds it
    positional: how many arguments came by position
    modes:      the modules that the function computes with, and whether they are in training
    conditions: what has to be as it was around the function: what the user calls it, and an expression
    roots:      the names in these
    """

    graph: Graph
    code: Code
    wanted: list[int]
    likes: list[Like]
    rebuild: Callable[[Sequence[Any]], Any] | None
    outside: dict[int, Any]
    positional: int
    modes: list[tuple[Any, bool]]
    conditions: Sequence[tuple[str, str]] = ()
    roots: Mapping[str, Any] = MappingProxyType({})


def plan(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    keywords: dict[str, Any],
    argnums: Any,
    has_aux: bool,
    order: int,
    value_only: bool,
    parameters: Sequence[Tensor] | None,
) -> Plan:
    """Call `f`, and make the program of it. A second call shows whether it computes the same each time.

    With `order` 2, the second derivatives follow the result: those of single numbers, or along directions that are further
    inputs.
    """
    modes, of_module = modes_of(f, args, keywords), parameters
    parameters = None if parameters is None else [p for p in parameters if p.requires_grad]
    objects = objects_in(f, args, keywords)
    ran = Ran()
    nests: list[Any] = [None]
    floats: list[bool] = []

    @functools.wraps(f, updated=())
    def unnested(*args: Any, **keywords: Any) -> Any:
        tracer = mode().watcher
        for module in (module for module, _ in modes if isinstance(tracer, Tracer)):
            for buffer in (t for _, t in module._leaves() if not t.requires_grad and t.dtype.kind == "f"):
                tracer.buffer(buffer)
        with noted(ran):
            result = f(*args, **keywords)
        look_at_shapes(tracer)
        if not value_only and not is_recorded(result[0] if has_aux else result):
            raise Constant
        if not has_aux and not value_only:
            return result
        values, nests[0] = computed_in(result[1] if has_aux and not value_only else result)
        floats[:] = [getattr(value, "stands_for_float", False) for value in values]
        if value_only and not values:
            raise Constant
        return values if value_only else [result[0], *values]

    numbers = () if parameters is not None or value_only else argnums

    def traced(args: Any, keywords: Any) -> tuple[Graph, Builder]:
        return traced_call(unnested, args, keywords, not value_only, numbers, order, every_look=True)

    graph, builder = traced(args, keywords)
    before = Lookups(f, ran, objects)
    generators = random_generators(before)
    states = list(map(state_of, generators))
    outside = from_outside(graph, builder)
    other = graph
    with warnings.catch_warnings(), np.errstate(all="ignore"):  # the first call has warned already
        warnings.simplefilter("ignore")
        again, other_builder = traced(args, keywords)
        if not same(states, list(map(state_of, generators))):
            raise Unsteady(line_that_draws(lambda: f(*args, **keywords), generators), True)
        if (drawn := builder.tracer.drawn or other_builder.tracer.drawn) is not None:
            raise Unsteady(drawn, True)
        if not same_call(graph, again):
            raise Unsteady(line_of_difference(graph, again))
        with contextlib.suppress(Exception):  # other numbers may not be what the function is for
            other = traced(changed(args), changed(keywords))[0]
    if not same_constants(graph, other) or (not graph.looks and not same_call(graph, other, of_one_way=True)):
        raise Unsteady(line_of_difference(graph, other))
    if value_only:
        wanted = []
    elif parameters is None:
        inside = {ref.id for _, nest in graph.arguments for ref in flatten(nest)[0] if isinstance(ref, Ref)}
        wanted = [i for i in graph.inputs if graph[i].wants_gradient and i in inside]
    else:
        found = {id(holder): i for i, holder in outside.items()}
        wanted = [found[id(p)] for p in parameters if id(p) in found]
    around = Lookups(f, ran, objects).settled(before)
    holders, conditions = around.held(outside, is_doubtful(graph, outside, around), {id(p) for p in parameters or ()})
    conditions += before.conditions(around)
    conditions += [("requires_grad", f"{around.root(p)}.requires_grad is {p.requires_grad}") for p in of_module or ()]
    outside |= holders
    leaves = [value for nest in (*args, *keywords.values()) for value in flatten(nest)[0]]
    refs = [ref for _, nest in graph.arguments for ref in flatten(nest)[0]]
    arrays = {ref.id for ref, value in zip(refs, leaves) if isinstance(ref, Ref) and isinstance(value, np.ndarray)}
    given = {ref.id for ref, value in zip(refs, leaves) if isinstance(ref, Ref) and type(value) is float} - {*wanted}
    made = planned(graph, wanted, nests[0], outside, arrays, len(args), given)
    if order == 2:  # a second derivative that is always 0 has no dtype of its own
        gradients = made.likes[len(graph.outputs) :]
        alike = len({(like.dtype, like.is_array) for like in gradients}) == 1
        if len(gradients) != len(graph.outputs) - 1 and len({like.dtype for like in gradients}) > 1:
            raise Constant  # half of a Hessian is computed, and would have to be rounded to each of the dtypes
        for i in range(1, len(graph.outputs)):
            like = gradients[0] if alike else gradients[i - 1] if len(gradients) == len(graph.outputs) - 1 else made.likes[i]
            made.likes[i] = made.likes[i]._replace(dtype=like.dtype, is_array=like.is_array)
    first = len(graph.outputs) - len(floats)
    for i, is_float in enumerate(floats, first):
        made.likes[i] = made.likes[i]._replace(is_float=is_float)
    return made._replace(modes=modes, conditions=conditions, roots={**before.roots, **around.roots})


def objects_in(f: Any, args: Any, keywords: Any) -> list[tuple[str, Any]]:
    """The arguments that are neither numbers nor arrays, and what they are called: functions, objects with attributes, and
    the classes of containers, which may have methods and attributes of their own.
    """
    named = [*zip(parameter_names(f, len(args)), args), *keywords.items()]
    values = [(name, value) for name, nest in named for value in (*flatten(nest)[0], *classes_in(nest))]
    return [(name, value) for name, value in values if not isinstance(value, (*NUMBERS, np.ndarray, Tensor))]


def classes_in(nest: Any) -> set[type]:
    """The classes of the containers in a nest: of dataclasses and named tuples, for example."""
    inside = children(nest)
    return set() if inside is None else {type(nest)}.union(*(classes_in(item) for _, item in inside))


def is_doubtful(graph: Graph, outside: Mapping[int, Any], around: Lookups) -> bool:
    """Whether the function computes with arrays that it has made itself, or with numbers of NumPy's: they may have been
    computed from an array outside, which nobody has seen.
    """
    made = (i for i, value in outside.items() if graph[i].through is None and not around.knows(value))
    return any(True for _ in made) or any(
        isinstance(value, np.generic) for node in graph.forward for value in numbers_in([node.args, node.keywords])
    )


def shaped_by_values(function: Any, args: Sequence[Any]) -> bool:
    """Whether the shape of a result depends on the values of the arguments: of a call with a mask, for example."""
    if function is operator.getitem:
        return any(getattr(part, "dtype", None) == "bool" for index in args[1:] for part in flatten(index)[0])
    return getattr(function, "__name__", "") in SHAPED_BY_VALUES


def look_at_shapes(tracer: Any) -> None:
    """Note each shape that depends on values, as of ``x[x > 0]``: the function may have asked for it, as with `len`."""
    if not isinstance(tracer, Tracer):
        return
    shaped: set[Node] = set()
    for node in tracer.nodes:
        if node not in tracer.details or node.rule is None:
            continue
        args, line = tracer.details[node].args, tracer.details[node].line
        part = node.rule.function is operator.getitem and args[0] in shaped  # of several results, as of np.nonzero
        if part or shaped_by_values(node.rule.function, args):
            shaped.add(node)
            if node.shape:  # the node of several results has none
                tracer.looks.append((node, "shape", node.shape, line))


def modes_of(f: Any, args: Any, keywords: Any) -> list[tuple[Any, bool]]:
    """The modules that a function computes with, and whether they are in training. What a module does to itself in training,
    or draws at random, no program would do.
    """
    found: dict[int, tuple[Any, bool]] = {}
    for part in (value for value in named_by(f, args, keywords) if isinstance(value, Part)):
        for module in (part, *(inner for _, inner in part._parts())) if hasattr(part, "_parts") else (part,):
            found[id(module)] = module, bool(getattr(module, "training", False))
    for module, training in found.values():
        drops = getattr(module, "dropout", None) or ("Dropout" in type(module).__name__ and getattr(module, "p", None))
        changes = drops or getattr(module, "running_mean", None) is not None
        if training and changes:
            raise messages.changes_in_training(f, module)
    return list(found.values())


def computed_in(nest: Any) -> tuple[list[Any], Callable[[Sequence[Any]], Any]]:
    """The arrays in a nest, and what puts others in their places; anything else in it stays as it is."""
    values, rebuild = flatten(nest)
    computed = [isinstance(value, Handle) or hasattr(value, "dtype") for value in values]

    def put_back(new: Sequence[Any]) -> Any:
        rest = iter(new)
        return rebuild([next(rest) if is_new else value for value, is_new in zip(values, computed)])

    return [value for value, is_new in zip(values, computed) if is_new], put_back


def planned(
    graph: Graph,
    wanted: list[int],
    rebuild: Any = None,
    outside: dict[int, Any] | None = None,
    arrays: Collection[int] = (),
    positional: int = 0,
    floats: Set[int] = frozenset(),
) -> Plan:
    """The program of a graph. `arrays` are the inputs that came as arrays, also those without axes; `floats` those that came
    as floats of Python's.
    """
    program, outside = simplified(graph, KEPT | INEXACT if is_mixed(graph) else KEPT), outside or {}
    graph.looks += tuple(Look(i, "unseen", graph[i].value, None) for i in used_unseen(graph))
    given = {
        node.id: Given(tuple(node.shape), node.dtype, kind_of(node, outside), node.id in wanted, node.id in floats)
        for node in graph
        if node.kind in ("input", "constant")
    }
    code = Code(given, max(len(graph), program.made) + 1)
    code.constants = {node.id: node.value for node in graph if node.kind == "constant"}
    likes = []
    for i in graph.outputs:
        code.ends.append(program.whole(program.of[i]))
        likes.append(Like(graph[i].dtype, graph[i].shape, is_array(graph[i])))
    for i in wanted:
        node = graph[i]
        value = Zero(node.shape, node.dtype) if node.gradient_id is None else program.of[node.gradient_id]
        code.ends.append(whole(program, value, node))
        likes.append(Like(node.dtype, node.shape, i in arrays))
    code.checks = [program.whole(program.of[look.id]) for look in graph.looks]
    code.ops = {i: with_keywords(op) for i, op in program.ops.items()}
    # A gradient that cancels is left out: where exponentials overflow, the engine finds nan instead.
    code.unsafe = {op.id for op in program.ops.values() if program.cancelling or may_refuse(op.function)}
    for op in program.ops.values():
        if op.function is cross_entropy_of_classes:  # whoever called these has looked at the classes before
            code.below.append((op.args[1], code.shape(op.args[0])[1], None))
        elif op.function is class_targets:
            shape, keywords = op.args[1], dict(zip(("weight", "ignore_index"), op.args[3:])) | dict(op.keywords)
            code.below.append((op.args[0], shape[class_axis(len(shape))], keywords.get("ignore_index", -100)))
    return Plan(graph, code, wanted, likes, rebuild, outside, positional, [])


def used_unseen(graph: Graph) -> list[int]:
    """The arguments of whole numbers that the function has used without a trace, or whose numbers a rule has: the counts of
    `np.repeat`, for example. A program is for these numbers.
    """
    used = {i for node in graph for i in node.uses}
    by_rules = {i for node in graph if node.function == messages.name_of(sum_pieces) for i in node.uses[1:]}
    whole = [i for i in graph.inputs if graph[i].dtype.startswith(("int", "uint", "bool"))]
    return [i for i in whole if i not in used or i in by_rules]


def with_keywords(op: Op) -> Op:
    """A call with its options as keywords: those on data are recorded as they were written, like ``np.sum(x, 0)``."""
    rule = RULES.get(op.function)
    if rule is None or rule.variadic or len(op.args) <= rule.arity:
        return op
    options = zip(rule.parameters[rule.arity :], op.args[rule.arity :])
    return op._replace(args=op.args[: rule.arity], keywords={k: v for k, v in options if v is not None} | dict(op.keywords))


def may_refuse(function: Any) -> bool:
    """Whether a function of linear algebra may refuse a matrix, by an error, in its rule: the engine has to see what is not
    finite.
    """
    module = getattr(function, "__module__", None) or ""
    return module.startswith("numpy.linalg") or module.endswith(("rules.decompositions", "rules.linalg"))


def whole(program: Program, value: Any, node: GraphNode) -> Any:
    """A value in the full shape of a node."""
    value = 0.0 if isinstance(value, Zero) and not node.shape else value
    return program.whole(program.broadcast(value, node))


def is_array(node: GraphNode) -> bool:
    """Whether a result is an array and not a number. A trace also has arrays without axes where NumPy gives numbers."""
    if node.kind != "call" or node.shape or not isinstance(node.value, np.ndarray):
        return isinstance(node.value, np.ndarray)
    function = getattr(rule_of(node), "function", None)
    return not (isinstance(function, np.ufunc) or function in GIVE_NUMBERS)


def kind_of(node: GraphNode, outside: dict[int, Any]) -> str:
    return "constant" if node.id in outside or node.kind == "constant" else "input"


def from_outside(graph: Graph, builder: Builder) -> dict[int, Any]:
    """For each array that is no argument: the array itself, or the Tensor that it is in."""
    arguments = {ref.id for _, nest in graph.arguments for ref in flatten(nest)[0] if isinstance(ref, Ref)}
    found: dict[int, Any] = {}
    for key, i in builder.ids.items():
        if i >= len(graph) or graph[i].kind not in ("input", "constant") or i in arguments:
            continue
        if isinstance(key, Node):
            holder = key.tensor()
            if key.rule is None and isinstance(holder, Tensor) and holder.node is key:
                found[i] = holder
                continue
        original = builder.tracer.originals.get(place(graph_value(key)) if isinstance(key, Node) else key[1])
        if original is not None:
            found[i] = original
        elif graph[i].kind == "constant":
            found[i] = graph[i].value
    return found


def graph_value(node: Node) -> Any:
    value = node.value
    return value if isinstance(value, np.ndarray) else np.asarray(value)
