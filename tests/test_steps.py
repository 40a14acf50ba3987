"""Steps: that every number in them is right, that rules read as in a textbook, and what is said of arrays."""

from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite.graphs.graph import Graph
from tinygrad_lite.graphs.names import labels
from tinygrad_lite.rules.nets.entropy import cross_entropy_of_classes
from tinygrad_lite.rules.nets.linear import linear
from tinygrad_lite.views import formulas
from tinygrad_lite.views.drawing.dot import boxes_in
from tinygrad_lite.views.drawing.folding import Folding
from tinygrad_lite.views.drawing.painting import paint
from tinygrad_lite.views.steps import backward_steps, forward_steps

# --- as in a textbook -----------------------------------------------------------------------------------------------------

U, V, W = np.array([1.5, -2.0, 0.5]), np.array([0.5, 3.0, 2.0]), np.array([[1.0, 2.0], [3.0, 5.0], [0.5, -1.0]])
RULES: dict[str, tuple[Any, list[Any], list[str]]] = {  # a function of x, or x and y; its arguments; the rule for each
    "product": (lambda x, y: x * y, [U, V], ["∂L/∂r × y", "∂L/∂r × x"]),
    "quotient": (lambda x, y: x / y, [U, V], ["∂L/∂r ÷ y", "−∂L/∂r × x ÷ y²"]),
    "power": (lambda x: x**3, [U], ["∂L/∂r × (3 × x²)"]),
    "general power": (lambda x, y: x**y, [V, U], ["∂L/∂r × (y × x ** (y − 1))", "∂L/∂r × (log(x) × r)"]),
    "square": (lambda x: x**2, [U], ["∂L/∂r × (2 × x)"]),
    "root": (np.sqrt, [V], ["∂L/∂r ÷ (2 × r)"]),
    "cube root": (np.cbrt, [V], ["∂L/∂r ÷ (3 × r²)"]),
    "tanh": (np.tanh, [U], ["∂L/∂r × (1 − r²)"]),
    "arctan": (np.arctan, [U], ["∂L/∂r ÷ (1 + x²)"]),
    "cos": (np.cos, [U], ["−∂L/∂r × sin(x)"]),
    "relu": (tg.relu, [U], ["∂L/∂r if r > 0, else 0"]),
    "sigmoid": (tg.sigmoid, [U], ["∂L/∂r × (sigmoid(x) × sigmoid(−x))"]),
    "sign": (np.sign, [U], ["0"]),
    "maximum": (np.maximum, [U, V], ["∂L/∂r if x > y, else 0", "∂L/∂r if y > x, else 0"]),
    "a tie": (np.minimum, [V, V], [f"∂L/∂r ÷ 2 if x == y, ∂L/∂r if {less}, else 0" for less in ("x < y", "y < x")]),
    "clip": (lambda x: np.clip(x, -1.0, 1.0), [U], ["∂L/∂r if x ≥ -1 and x ≤ 1, else 0"]),
    "where": (lambda x, y: np.where(y > 1, x, y), [U, V], ["∂L/∂r if v₁, else 0", "∂L/∂r if not v₁, else 0"]),
    "hypot": (np.hypot, [U, V], ["∂L/∂r × (x ÷ r)", "∂L/∂r × (y ÷ r)"]),
    "largest": (np.max, [U], ["∂L/∂r if x == r, else 0"]),
    "largest of each": (lambda x: np.max(x, axis=1), [W], ["∂L/∂r if x == r, else 0"]),
    "largest, shared": (np.max, [np.array([2.0, 2.0])], ["∂L/∂r ÷ count(x == r) if x == r, else 0"]),
    "mean": (np.mean, [U], ["∂L/∂r ÷ 3"]),
    "norm": (np.linalg.norm, [U], ["∂L/∂r ÷ r × x"]),
    "variance": (np.var, [U], ["∂L/∂r × 2 ÷ 3 × (x − mean(x))"]),
    "deviation": (np.std, [U], ["∂L/∂r ÷ (2 × r) × 2 ÷ 3 × (x − mean(x))"]),
    "product of all": (np.prod, [U], ["∂L/∂r × ∂r/∂x"]),
    "running sum": (np.cumsum, [U], ["flip(cumsum(flip(∂L/∂r, axis=0), axis=0), axis=0)"]),
    "running product": (np.cumprod, [U], ["sum(∂L/∂r × ∂r/∂x)"]),
    "softmax": (tg.softmax, [U], ["r × (∂L/∂r − sum(∂L/∂r × r, axis=-1))"]),
    "log softmax": (lambda x: tg.log_softmax(x, axis=1), [W], ["∂L/∂r − exp(r) × sum(∂L/∂r, axis=1)"]),
    "stretched": (lambda x, y: x * y, [np.array(2.0), V], ["sum(∂L/∂r × y)", "∂L/∂r × x"]),
    "stretched on one side": (lambda x, y: x + y, [U[:, None], W], ["sum(∂L/∂r, axis=1)", "∂L/∂r"]),
    "matrices": (lambda x, y: x @ y, [W, W.T], ["∂L/∂r @ yᵀ", "xᵀ @ ∂L/∂r"]),
    "linear layer": (lambda x, y: linear(x, y), [W, W], ["∂L/∂r @ y", "(∂L/∂r)ᵀ @ x"]),
    "bias": (lambda x, y: linear(W, x, y), [W, U], ["(∂L/∂r)ᵀ @ W", "sum(∂L/∂r, axis=0)"]),
    "cross-entropy": (
        lambda x: cross_entropy_of_classes(x, np.array([0, 1, 1])), [W],
        ["(softmax(x, axis=1) − (v₁ == array (2,))) × (∂L/∂r ÷ 3)"],
    ),
    "stacks of matrices": (
        lambda x, y: x @ y, [np.stack([W, W]), W.T],
        ["∂L/∂r @ yᵀ", "reshape(x, shape=(-1, 2))ᵀ @ reshape(∂L/∂r, shape=(-1, 3))"],
    ),
    "einsum": (
        lambda x, y: np.einsum("ij,kj->ik", x, y), [W, W],
        ['einsum("ik,kj->ij", ∂L/∂r, y)', 'einsum("ik,ij->kj", ∂L/∂r, x)'],
    ),
    "turned": (lambda x: x.T, [W], ["(∂L/∂r)ᵀ"]),
    "reshaped": (lambda x: x.reshape(6), [W], ["∂L/∂r"]),
    "slice": (lambda x: x[1:], [U], ["∂L/∂r at [1:], else 0"]),
    "picked twice": (lambda x: x[[0, 0, 2]], [U], ["∂L/∂r added up at [[0, 0, 2]], else 0"]),
    "joined": (lambda x, y: np.concatenate([x, y]), [U, V], ["(∂L/∂r)[0:3]", "(∂L/∂r)[3:6]"]),
    "inverse": (np.linalg.inv, [W[:2]], ["−rᵀ @ ∂L/∂r @ rᵀ"]),
    "determinant": (np.linalg.det, [W[:2]], ["∂L/∂r × cofactors(x)"]),
    "Gauss": (lambda x: np.exp(-x * x), [U], ["∂L/∂r × r"]),
}  # fmt: skip


@pytest.mark.parametrize(
    ("f", "written"),
    [
        (lambda x, y: np.sum(np.where(x > 1, x, y)), ["x > 1", "x if v₁, else y", "sum(v₂)"]),
        (lambda x, y: np.sum(1 * np.reciprocal(x) - (-2) * y), ["1 ÷ x", "1 × v₁", "-2 × y", "v₂ − v₃", "sum(v₄)"]),
        (lambda x, y: np.sum((x + y)[None].T * 1), ["x + y", "v₁[None]", "v₂ᵀ", "v₃ × 1", "sum(v₄)"]),
    ],
)
def test_words_of_calls(f: Any, written: list[str]) -> None:
    assert [step.formula for step in forward_steps(tg.trace(f)(U, V)) if step.formula] == written


def test_words_of_calls_in_the_backward_pass() -> None:
    """A picture leaves nothing out: each call there has a box, also one that only moves numbers about."""
    graph = tg.trace(lambda x: np.mean(np.maximum(x, 1) @ W), backward=True)(U)
    picture = paint(Folding(graph, backward=True), labels(graph))
    assert [box.title for box in boxes_in(picture.frame) if box.kind == "back function"] == [
        "∂v₃/∂v₃ ÷ 2", "broadcast_to(w₁, shape=(2,))", "(∂v₃/∂v₂)[..., None]", "W @ w₂", "w₃[..., 0]", "x > 1", "x == 1",
        "∂v₃/∂v₁ ÷ 2", "∂v₃/∂v₁ if w₄, else 0", "w₆ if w₅, else w₇",
    ]  # fmt: skip


def graph_of(f: Any, arguments: list[Any]) -> Graph:
    """The graph of ``L = sum(r × weights)`` with ``r = f(x, y)``."""

    def total(x: Any, y: Any = None) -> Any:
        r = f(x) if y is None else f(x, y)
        L = np.sum(r * np.linspace(1.0, 2.0, r.size).reshape(r.shape))
        return L  # noqa: RET504 (its name is shown)

    return tg.trace(total, backward=True)(*arguments)


@together
@pytest.mark.parametrize("case", RULES)
def test_rules_read_as_in_a_textbook(case: str):
    f, arguments, expected = RULES[case]
    graph = graph_of(f, arguments)
    r = graph["r"].id
    assert [step.rule for step in backward_steps(graph) if step.user == r] == expected


# --- slopes ---------------------------------------------------------------------------------------------------------------


def slopes(f: Any, *arguments: Any) -> dict[str, tuple[str, str]]:
    """The slope of r in each argument, and its value."""
    graph = graph_of(f, list(arguments))
    return {
        graph.nodes[step.parent].name or "": (step.local, step.local_value)
        for step in backward_steps(graph)
        if step.user == graph["r"].id
    }


def test_there_is_a_slope_where_each_element_goes_its_own_way():
    assert slopes(lambda x, y: x / y, U, V) == {"x": ("1 ÷ y", "1 ÷ 0.5"), "y": ("−x ÷ y²", "−1.5 ÷ 0.5²")}
    assert slopes(np.tanh, U) == {"x": ("1 − r²", "1 − 0.905148²")}
    assert slopes(np.mean, U) == {"x": ("1 ÷ 3", "")} or slopes(np.mean, U) == {"x": ("1 ÷ 3", "1 ÷ 3")}
    assert slopes(lambda x, y: x * y, np.array(2.0), V) == {"x": ("y", "0.5"), "y": ("x", "2")}
    assert slopes(lambda x: x.T, W) == {"x": ("1", "1")}
    assert slopes(np.prod, U) == {"x": ("∂r/∂x", "-1")}
    assert slopes(lambda x: np.sinc(x), U)["x"][0] == "∂r/∂x"


def test_there_is_none_where_an_element_goes_into_several():
    for f in (tg.softmax, lambda x: tg.log_softmax(x, axis=0), np.cumsum, np.cumprod):
        assert slopes(f, U) == {"x": ("", "")}
    assert slopes(lambda x, y: x @ y, W, W.T) == {"x": ("", ""), "y": ("", "")}
    assert slopes(lambda x: x[1:], U) == {"x": ("", "")}


def test_what_comes_in_is_the_element_that_is_used():
    graph = graph_of(lambda x: x.T[::-1], [W])
    for element in np.ndindex(3, 2):
        step = next(step for step in backward_steps(graph, element) if graph.nodes[step.parent].name == "x")
        assert step.upstream_value == step.value


# --- which steps, and what of them ----------------------------------------------------------------------------------------


def test_a_value_that_is_used_more_than_once():
    found = backward_steps(tg.trace(lambda x: x * x + x, backward=True)(3.0))
    parts = [(step.value, step.running, step.total, step.complete) for step in found if step.target == "∂v₂/∂x"]
    assert parts == [("1", "", "1", False), ("3", "1 + 3 = 4", "4", False), ("3", "4 + 3 = 7", "7", True)]


def test_some_of_the_steps():
    graph = graph_of(lambda x, y: (x * y + x) / y, [U, V])
    chosen = {node.id for node in graph.forward if node.function in ("np.multiply", "np.add")}
    everything, some = backward_steps(graph), backward_steps(graph, only=chosen)
    assert some == [step for step in everything if step.user in chosen]
    assert forward_steps(graph, only=chosen) == [step for step in forward_steps(graph) if step.id in chosen]
    assert 0 < len(some) < len(everything)


def test_elements():
    assert formulas.element_in((5, 3), (2,)) == (0, 2)
    assert formulas.element_in((3,), (7, 1)) == (1,)
    assert formulas.element_in((1, 3), (4, -1)) == (0, 2)
    assert formulas.element_in((2,), (5,)) == (0,), "there is none, so the first"
    assert formulas.element_in((), (1,)) == ()


def test_slices_of_a_large_array():
    """What each sends back is kept small, and written out only where it is shown."""
    x = tg.Tensor(np.arange(3000.0))
    total = x[0] * 2
    for i in range(1, 200):
        total = total + x[i] * 2
    found = backward_steps(Graph.of(total, backward=True), (7,))
    assert [step.total for step in found if step.complete and step.target == "∂total/∂x"] == ["2"]


def test_a_rule_that_gives_a_plain_number():
    @tg.primitive
    def step_up(x: Any) -> Any:
        return np.heaviside(x, 0.5)

    tg.derivative(step_up, x=lambda g: np.float64(0))
    [_, last] = backward_steps(tg.trace(lambda x: step_up(x) + 1, backward=True)(2.0))
    assert (last.rule, last.numbers, last.value) == ("∂v₂/∂v₁ × ∂v₁/∂x", "1 × 0", "0")
