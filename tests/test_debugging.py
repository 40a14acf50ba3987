"""debug(): each way in which a number goes wrong is named, with the line; what is right passes unnoticed."""

from __future__ import annotations

import inspect
import re
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor

HERE = r"test_debugging\.py, line \d+:  "


@pytest.fixture
def w() -> Tensor:
    return Tensor([1.0, 0.0, 4.0], name="w")


@pytest.fixture
def b() -> Tensor:
    return Tensor(0.5, name="b")


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with np.errstate(all="ignore"):
        yield


def says(*parts: str) -> str:
    return ".*".join(map(re.escape, parts)).replace(re.escape("HERE"), HERE)


# --- values -----------------------------------------------------------------------------------------------------------


def test_the_first_value_that_is_not_finite(w: Tensor) -> None:
    with tg.debug(), pytest.raises(FloatingPointError, match=r"(?s)" + says(
        "np.log made -inf of finite numbers, at element [1] (1 of 3). There x, the leaf 'w' of shape (3,), is 0.0.",
        "HERE", "np.log(w)",
    )):  # fmt: skip
        np.log(w)


def test_a_bad_number_that_came_in(w: Tensor) -> None:
    holes = np.array([1.0, np.nan, 2.0])
    with tg.debug(), pytest.raises(FloatingPointError, match=says(
        "np.multiply got nan from its argument y, the array `holes` of shape (3,), at element [1] (1 of 3)"
    )):  # fmt: skip
        w * holes
    bad = Tensor(np.inf, name="bad")
    with tg.debug(), pytest.raises(FloatingPointError, match=says("from its argument x, the leaf 'bad'", "its one number")):
        bad * 2


def test_infinite_values_can_be_let_pass(w: Tensor) -> None:
    with tg.debug(nan_only=True):
        masked = np.where(np.array([True, False, True]), w, -np.inf)
        np.sum(tg.softmax(masked) * w).backward()
        with pytest.raises(FloatingPointError, match="made nan"):
            masked - masked
    assert np.isfinite(w.grad).all()


# --- gradients --------------------------------------------------------------------------------------------------------


def test_the_first_gradient_that_is_not_finite(w: Tensor) -> None:
    with tg.debug(), pytest.raises(FloatingPointError, match=r"(?s)" + says(
        "the gradient becomes inf in np.sqrt, for its argument x, the leaf 'w' of shape (3,), at element [1] (1 of 3).",
        "There the gradient that comes in is 1.0 and x, the leaf 'w' of shape (3,), is 0.0", "HERE", "y = np.sqrt(w)",
    )):  # fmt: skip
        y = np.sqrt(w)
        np.sum(y).backward()
    assert w.grad is None


def test_the_branch_that_where_did_not_take() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    with (
        tg.debug(),
        pytest.raises(FloatingPointError, match=says("becomes nan in np.sqrt", "comes in is 0.0 and x, an argument")),
    ):
        tg.grad(f)(np.array([0.0, 1.0]))
    with tg.debug(), pytest.raises(FloatingPointError, match=r"(?s)np\.divide made nan.*back through np\.sqrt"):
        tg.gradients(f(x := Tensor([0.0, 1.0])), x, create_graph=True)


def test_a_bad_seed(w: Tensor) -> None:
    with tg.debug(), pytest.raises(FloatingPointError, match=r"that backward\(\) starts from.*is nan at element \[0\]"):
        (w * 2).backward(np.array([np.nan, 1, 1]))


def test_an_error_on_the_way_back_quotes_the_line() -> None:
    @tg.primitive
    def broken(x: Any) -> Any:
        return x * 2

    tg.derivative(broken, x=lambda g, x: np.linalg.inv(np.zeros((2, 2))))
    with (
        tg.debug(),
        pytest.raises(np.linalg.LinAlgError, match=r"(?s)Singular.*" + says("through broken:", "HERE", "= broken(")),
    ):
        y = broken(Tensor(2.0))
        y.backward()


# --- arrays that were changed -----------------------------------------------------------------------------------------


def test_an_array_that_was_changed(w: Tensor) -> None:
    x = np.array([1.0, 2.0, 3.0])
    with tg.debug(), pytest.raises(RuntimeError, match=r"(?s)" + says(
        "changed in place after np.multiply had used it", "y, the array `x` of shape (3,)", "HERE", "x = x + 1, not x += 1"
    )):  # fmt: skip
        loss = np.sum(w * x)
        x += 1
        loss.backward()


def test_a_result_or_a_leaf_that_was_changed(w: Tensor) -> None:
    with tg.debug(), pytest.raises(RuntimeError, match=says("after np.exp had used it", "its result, shape (3,)")):
        h = np.exp(w)
        h.data[0] = 3
        np.sum(h).backward()
    with tg.debug(), pytest.raises(RuntimeError, match=says("after np.sin had used it", "x, the leaf 'w'")):
        y = np.sum(np.sin(w))
        w.data[0] = 3
        y.backward()
    with tg.debug(), pytest.raises(RuntimeError, match="after contract had used it"):
        m = np.eye(3)
        y = np.einsum("ij,j->", m, w)
        m[0] = 7
        y.backward()


def test_a_change_that_no_rule_would_see_passes(w: Tensor) -> None:
    x = np.array([1.0, 2.0, 3.0])
    with tg.debug():
        loss = np.sum(w + x)  # the slope of a sum does not depend on what is added
        x += 1
        loss.backward()
    assert w.grad.tolist() == [1, 1, 1]


# --- gradients that do not arrive -------------------------------------------------------------------------------------

LOST: list[tuple[str, Callable[[Any, Any], Any], str]] = [
    ("detach", lambda w, b: np.sum((w * 2).detach() * b), says("t.detach() took the result of np.multiply out of", "HERE")),
    ("argmax", lambda w, b: b * np.argmax(w), says("np.argmax took the leaf 'w' out of the graph", "HERE")),
    ("comparison", lambda w, b: b * np.sum(w > 1), says("np.greater took the leaf 'w' out of the graph", "HERE")),
    ("integer", lambda w, b: np.sum(b * (w * 2).astype(int)), says("t.astype(int64) took the result of np.multiply", "HERE")),
    ("item", lambda w, b: b * np.sum(w).item(), says("t.item() took the result of np.sum out of the graph", "HERE")),
    ("data", lambda w, b: b * np.sum((w * 2).data), says("nothing that is recorded uses the result of np.multiply:", "HERE")),
]
ZERO: list[tuple[str, Callable[[Any, Any], Any], str]] = [
    ("floor", lambda w, b: np.sum(np.floor(w) * b), says("np.floor: it is flat between its steps", "HERE")),
    (
        "dead relu",
        lambda w, b: np.sum(tg.relu(w - 10) + b),
        says("relu: all its inputs are 0 or less", "a dead unit", "HERE"),
    ),
    ("zero factor", lambda w, b: np.sum(w * 0 + b), says("np.multiply: the other factor is 0 everywhere", "HERE")),
    ("clip", lambda w, b: np.sum(np.clip(w, 5, 6) + b), says("clip: all its inputs are outside the bounds", "HERE")),
    ("cancelled", lambda w, b: np.sum(w - w + b), "several gradients cancel out"),
]


@pytest.mark.parametrize(("f", "why"), [case[1:] for case in LOST], ids=[case[0] for case in LOST])
def test_no_gradient(w: Tensor, b: Tensor, f: Callable[[Any, Any], Any], why: str) -> None:
    with tg.debug(), pytest.warns(UserWarning, match=r"(?s)The leaf 'w' got no gradient.*" + why) as caught:
        f(w, b).backward()
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert (w.grad, b.grad is None) == (None, False)


@pytest.mark.parametrize(("f", "why"), [case[1:] for case in ZERO], ids=[case[0] for case in ZERO])
def test_a_gradient_of_zeros(w: Tensor, b: Tensor, f: Callable[[Any, Any], Any], why: str) -> None:
    with tg.debug(), pytest.warns(UserWarning, match=r"(?s)The leaf 'w' got a gradient of zeros only.*" + why):
        f(w, b).backward()
    assert w.grad.tolist() == [0, 0, 0]


# --- what is right passes ---------------------------------------------------------------------------------------------


def test_a_right_computation_is_the_same_inside() -> None:
    x, w = np.linspace(-1, 1, 7), Tensor(np.ones((7, 3)), name="w")

    def loss() -> Any:
        return np.mean(np.tanh(x @ w) ** 2) + tg.logsumexp(w[2:]) + np.sum(np.concatenate([w[0], w[1] * 2]))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with tg.debug():
            for _ in range(2):
                inside = tg.gradients(loss(), w)
                loss().backward()
            second = tg.hessian(lambda w: np.sum(w**3))(np.ones(2))
    assert np.array_equal(inside, tg.gradients(loss(), w))
    assert second.tolist() == [[6, 0], [0, 6]]


def test_it_is_a_decorator_nests_and_ends(w: Tensor) -> None:
    @tg.debug()
    def f() -> Any:
        return np.log(w)

    with pytest.raises(FloatingPointError):
        f()
    with tg.debug():
        with tg.debug(nan_only=True):
            np.log(w)
        with tg.no_grad():
            np.log(w)
        with pytest.raises(FloatingPointError):
            np.log(w)
    assert np.isinf(np.log(w).data[1])
    assert not hasattr(np.exp(w).node, "note")


def test_other_threads_are_not_watched(w: Tensor) -> None:
    seen: list[Any] = []
    with tg.debug():
        thread = threading.Thread(target=lambda: seen.append(w + np.inf))
        thread.start()
        thread.join()
    assert len(seen) == 1


def test_the_line_is_the_users(w: Tensor) -> None:
    with tg.debug():
        y = np.mean(w, axis=0)
        number = inspect.currentframe().f_lineno - 1  # type: ignore[union-attr]
    assert (y.node.note.line.file, y.node.note.line.number) == (__file__, number)
