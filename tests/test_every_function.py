"""What is done with every function alike: the graph of a call, the steps of it in words and numbers, and its source.

One trace of each call serves all checks of it. Which calls these are, `of_each_form` in `helpers.py` says, and with the
option `--exhaustive`, `few`.
"""

from __future__ import annotations

import dataclasses
import functools
import pickle
import re
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from helpers import (
    FIRST,
    all_hold,
    arrays_in,
    covering,
    describe,
    eight_at_a_time,
    few,
    gradients_of,
    is_typical,
    of_a_call,
    of_each_form,
    read,
    total_of,
    value_of,
    with_gradients,
)
from rule_samples import SAMPLES, SHOWN, Call, special

import tinygrad_lite as tg
from tinygrad_lite import Graph, Tensor, rules, trace
from tinygrad_lite.autograd import RULES
from tinygrad_lite.graphs.names import clean, labels
from tinygrad_lite.graphs.nodes import GraphNode, same
from tinygrad_lite.recompute import replayed
from tinygrad_lite.views import formulas, steps, words
from tinygrad_lite.views.drawing.dot import boxes_in
from tinygrad_lite.views.drawing.folding import Folding
from tinygrad_lite.views.drawing.painting import LONGEST, paint
from tinygrad_lite.views.steps import BackwardStep, ForwardStep, backward_steps, forward_steps


class Traced(NamedTuple):
    """A call of a function, and the graph of the weighted sum of its results, with the backward pass."""

    function: Any
    call: Call
    arrays: list[Any]
    total: Callable[..., Any]
    graph: Graph

    @property
    def gradients(self) -> list[Any]:
        """Those in the graph, for the arrays."""
        found = (self.graph[i].gradient for i in self.graph.inputs)
        return [np.zeros_like(array) if g is None else g for array, g in zip(self.arrays, found)]


@eight_at_a_time(SHOWN)
def test_each_function(function: Any, exhaustive: bool) -> None:
    """A composition is recorded as calls of others, which have samples of their own. So without `--exhaustive` it is left to
    those; graphs and pictures are looked at for typical functions; and second derivatives are written as source for the first
    function in each file of rules.
    """
    if function not in RULES and not exhaustive:
        return
    traces = traces_of(function, few if exhaustive else of_each_form)
    checks = OF_ALL + (OF_TYPICAL if exhaustive or is_typical(function) else ())
    checks += OF_FIRST if function in RULES and (exhaustive or function in FIRST) else ()
    all_hold({check.__name__: functools.partial(check, traces) for check in checks})


def traces_of(function: Any, chosen: Callable[[list[Call]], list[Call]]) -> list[Traced]:
    """Some calls of one function: those `chosen`, and of those as few as have in their graphs every function that is in any
    of them, with its keywords, of numbers, of arrays, and of no elements. A composition is recorded as calls of others, which
    have samples of their own: of it, one call. Of numbers: before 2.0, NumPy's 0-d arrays have other last digits.
    """
    found = list[Traced]()
    calls = with_gradients(function, chosen(SAMPLES[function]))
    for call in calls if function in RULES else [max(calls, key=lambda call: len(of_a_call(call)))]:
        arrays, total = [a[()] for a in arrays_in([*call.args, call.keywords])], total_of(function, call)
        found.append(Traced(function, call, arrays, total, trace(total, backward=True)(*map(Tensor, arrays))))
    return covering(found, lambda each: set(map(of_a_node, each.graph)))


def of_a_node(node: GraphNode) -> Any:
    return node.function, tuple(node.keywords), tuple(map(type, node.args)), node.shape == (), 0 in node.shape


# --- the graph --------------------------------------------------------------------------------------------------------


def check_the_graph(traces: list[Traced]) -> None:
    check_gradients_of_the_graph(traces)
    function, call, arrays, total, _ = traces[len(traces) // 2]
    graph = trace(total)(*map(Tensor, arrays))
    check_gradients_without_the_backward_pass(graph, gradients_of(function, call, arrays))
    if function is not replayed:  # which has a function as an argument
        check_the_function_is_found_again_by_its_name(graph)


def check_gradients_of_the_graph(traces: list[Traced]) -> None:
    """The gradients of the graph are the engine's, its replay gives the same graph, and sending each gradient back through
    each call by itself, summed, gives them once more.
    """
    for each in traces:
        graph, text = each.graph, describe(each.call)
        for found, expected in zip(each.gradients, gradients_of(each.function, each.call, each.arrays)):
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12, err_msg=text)
        assert graph.replay() == graph, text
        sums = summed(graph)
        for node in graph.forward:
            if node.gradient is not None and node.wants_gradient and node is not graph.output:
                assert (sums[node.id].shape, str(sums[node.id].dtype)) == (node.shape, node.dtype), text
                np.testing.assert_allclose(sums[node.id], node.gradient, rtol=1e-12, atol=1e-12, err_msg=text)


def summed(graph: Graph) -> dict[int, Any]:
    """The gradients by sending back along every edge."""
    sums: dict[int, Any] = {}
    for node in graph.forward:
        if node.kind == "call" and node.gradient is not None:
            for position, parent in graph.wanting(node.id):
                part = graph.send_back(node.id, position, node.gradient)
                sums[parent] = sums[parent] + part if parent in sums else part
    return sums


def check_gradients_without_the_backward_pass(graph: Graph, expected: list[Any]) -> None:
    """Bit for bit the engine's, as they come from the same walk."""
    for i, of_the_engine in zip(graph.inputs, expected):
        if graph[i].gradient is not None:
            assert same(graph[i].gradient, of_the_engine)
            np.testing.assert_allclose(sum(part.value for part in graph[i].contributions), of_the_engine, rtol=1e-12)


def check_the_function_is_found_again_by_its_name(graph: Graph) -> None:
    """Read from JSON, and unpickled, it is the same graph, and can be replayed."""
    read = Graph.from_json(graph.to_json())
    assert read == pickle.loads(pickle.dumps(graph)) == graph
    assert all(same(ours.value, node.value) for ours, node in zip(read.replay(), graph))


# --- steps ------------------------------------------------------------------------------------------------------------


PLACES = [np, np.linalg, tg]  # that functions in formulas are from
if special is not None:
    PLACES += [*(getattr(rules.scipy, name) for name in rules.scipy.__all__), special]


class Known(dict[str, Any]):
    """Functions by the names that formulas call them by."""

    def __missing__(self, name: str) -> Any:
        if name in ("round", "around"):
            return lambda x, decimals=0: np.round(x, int(decimals))
        if name == "ones_like":  # whose other arguments are for the form of the array, and this is about a number
            return lambda x, *_: 1.0
        if name in ("eval_hermite", "eval_hermitenorm"):  # SciPy takes whole numbers as their degree, no others
            return lambda n, x: getattr(special, name)(int(n), x)
        if name == "jacobi":  # which of them is a whole number as well
            return lambda u, m, which: rules.scipy.elliptic.jacobi(u, m, int(which))
        for place in PLACES:
            if hasattr(place, name.removeprefix("_")):
                return getattr(place, name.removeprefix("_"))
        raise AssertionError(
            f"A formula calls {name}(...), and this test does not know that function. Make it public in "
            "tinygrad_lite/__init__.py; or write in tinygrad_lite/views/formulas.py how it is read with functions that "
            "readers know; or add the module that it is in to PLACES."
        )


def check_formulas(traces: list[Traced]) -> None:
    """With all digits."""

    def number(x: Any, digits: int = 17) -> str:
        return repr(x.item() if isinstance(x, np.generic) else x)

    with pytest.MonkeyPatch.context() as patch:
        for module in (formulas, steps, words):
            patch.setattr(module, "number", number)
        for module in (formulas, steps):
            patch.setattr(module, "MATH", dataclasses.replace(formulas.MATH, number=number))
        check_formulas_come_to_the_value(traces)


def check_formulas_come_to_the_value(traces: list[Traced]) -> None:
    """What the formulas in numbers come to is the value beside them; of single numbers also what the rule, and the slope
    times what came in, come to with the values of the names in them.
    """
    compared = 0
    for i, each in enumerate(traces):
        element = [(), (-1,), (1, 1)][i % 3]
        forward, backward = forward_steps(each.graph, element), backward_steps(each.graph, element)
        names = Known({step.label: number_in(step.value) for step in forward})
        names |= {step.upstream: number_in(step.upstream_value) for step in backward}
        for step in [*forward, *backward]:
            for text in texts_of(step, each.graph, names):
                node = each.graph.nodes[step.parent if isinstance(step, BackwardStep) else step.id]
                with np.errstate(all="ignore"):
                    found = value_of(read(text), names)
                rel = 1e-6 if node.dtype == "float32" else 1e-9
                assert found == pytest.approx(number_in(step.value), rel=rel, abs=1e-12, nan_ok=True), (text, step)
                compared += 1
    assert compared > 0


def texts_of(step: ForwardStep | BackwardStep, graph: Graph, names: Known) -> list[str]:
    """The formulas of a step that come to its value; a slope that is not written out is one more name."""
    if step.value in ("empty", "(several results)"):
        return []
    if isinstance(step, BackwardStep) and not graph.nodes[step.parent].dtype.startswith("float"):
        return []  # of whole numbers, which want none
    texts = [step.numbers]
    if (
        isinstance(step, BackwardStep)
        and '"' not in step.local
        and all(graph.nodes[i].shape == () for i in (step.user, step.parent))
    ):
        if step.local.startswith("∂"):
            names[step.local] = number_in(step.local_value)
        texts += [step.rule, f"({step.local}) × ({step.upstream})", f"({step.local_value}) × ({step.upstream_value})"]
    return [text for text in texts if text and not re.search(r'[…["]|=\(', text)]


def number_in(text: str) -> Any:
    return None if text in ("empty", "(several results)") else value_of(read(text), {})


def check_a_picture_and_a_table_write_a_call_in_the_same_words(traces: list[Traced]) -> None:
    for each in traces:
        picture = paint(Folding(each.graph), labels(each.graph))
        boxes = {box.id: box.title for box in boxes_in(picture.frame) if box.kind == "function"}
        calls = [step for step in forward_steps(each.graph) if step.formula]
        assert boxes == {f"call{step.id}": clean(step.formula, LONGEST) for step in calls}, describe(each.call)


# --- source -----------------------------------------------------------------------------------------------------------


def check_the_source(traces: list[Traced]) -> None:
    """Written as source, run, and compared with the engine: value, gradients, shapes and dtypes."""
    if traces[0].function is replayed:
        return  # a checkpoint cannot be written as source, and says so: test_what_cannot_be_written
    warnings.simplefilter("ignore", RuntimeWarning)  # of what a `where` does not take
    for each in traces:
        source, text = tg.source(each.graph), describe(each.call)
        assert "tinygrad_lite" not in source, text  # it runs with NumPy alone
        value, gradients = source.function()(*each.arrays)
        rtol = 1e-6 if each.call.keywords.get("dtype") is np.float32 else 1e-12  # both round, once each
        np.testing.assert_allclose(value, each.graph.output.value, rtol=rtol, atol=1e-12, err_msg=text)
        for got, array, g in zip([gradients] if len(each.arrays) == 1 else gradients, each.arrays, each.gradients):
            assert np.shape(got) == array.shape, text
            assert np.asarray(got).dtype == array.dtype, text
            np.testing.assert_allclose(got, g, rtol=1e-12, atol=1e-12, err_msg=text)


def check_source_to_second_order(traces: list[Traced]) -> None:
    """The Hessian, or the Hessian times a vector, of one call."""
    if traces[0].function is replayed:
        return
    warnings.simplefilter("ignore", RuntimeWarning)
    _, call, arrays, total, _ = min(traces, key=lambda each: (not all(a.size for a in each.arrays), len(each.graph)))
    argnums, rng = tuple(range(len(arrays))), np.random.default_rng(2)
    squared = lambda *arrays: total(*arrays) ** 2  # noqa: E731, so that also what is linear has one
    v = tuple(rng.uniform(-1, 1, a.shape) for a in arrays)
    source, text = tg.source(squared, *arrays, argnums=argnums, order=2), describe(call)
    assert "tinygrad_lite" not in source, text
    run = source.function()
    expected = tg.hvp(squared, argnums)(*arrays, v)
    if all(a.shape == () for a in arrays):
        got: Any = np.reshape(run(*arrays)[2], (len(arrays), len(arrays))) @ np.array(v)
    else:
        got = run(*arrays, *v)[2]
        got = (got,) if len(arrays) == 1 else got
    for ours, g in zip(got, expected):
        np.testing.assert_allclose(ours, g, rtol=1e-9, atol=1e-9 * max(1, np.abs(g).max()), err_msg=text)


OF_ALL: tuple[Callable[[list[Traced]], None], ...] = (check_formulas, check_the_source)
OF_TYPICAL = (check_the_graph, check_a_picture_and_a_table_write_a_call_in_the_same_words)
OF_FIRST = (check_source_to_second_order,)
