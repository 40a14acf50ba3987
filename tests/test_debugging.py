"""debug(): each way in which a number goes wrong is named, with the line; what is right passes unnoticed."""

from __future__ import annotations

import contextlib
import inspect
import re
import threading
import warnings
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import together

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
        "np.log made -inf from finite numbers, at element [1] (1 of 3): the leaf 'w' of shape (3,) is 0.0 there.",
        "HERE", "np.log(w)",
    )):  # fmt: skip
        np.log(w)


def test_a_bad_number_that_came_in(w: Tensor) -> None:
    holes = np.array([1.0, np.nan, 2.0])
    with tg.debug(), pytest.raises(FloatingPointError, match=says(
        "np.multiply got nan from the array `holes` of shape (3,), at element [1] (1 of 3).", "the argument y of np.multiply"
    )):  # fmt: skip
        w * holes
    bad = Tensor(np.inf, name="bad")
    with tg.debug(), pytest.raises(FloatingPointError, match=says("inf from the leaf 'bad'", "its one number")):
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
        "the gradient of the leaf 'w' of shape (3,) becomes inf in np.sqrt, at element [1] (1 of 3): the incoming "
        "gradient is 1.0 and the leaf 'w' of shape (3,) is 0.0 there. That is the argument x of np.sqrt.",
        "HERE", "y = np.sqrt(w)",
    )):  # fmt: skip
        y = np.sqrt(w)
        np.sum(y).backward()
    assert w.grad is None


def test_the_branch_that_where_did_not_take() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    with (
        tg.debug(),
        pytest.raises(FloatingPointError, match=says("the argument `x` of f", "nan in np.sqrt", "gradient is 0.0 and")),
    ):
        tg.grad(f)(np.array([0.0, 1.0]))
    with tg.debug(), pytest.raises(FloatingPointError, match=r"(?s)np\.divide made nan.*In the backward pass, at np\.sqrt"):
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
        pytest.raises(np.linalg.LinAlgError, match=r"(?s)Singular.*" + says("at broken:", "HERE", "= broken(")),
    ):
        y = broken(Tensor(2.0))
        y.backward()


# --- arrays that were changed -----------------------------------------------------------------------------------------


def test_an_array_that_was_changed(w: Tensor) -> None:
    x = np.array([1.0, 2.0, 3.0])
    with tg.debug(), pytest.raises(RuntimeError, match=r"(?s)" + says(
        "changed in place after np.multiply had used it", "the array `x` of shape (3,), the argument y of np.multiply.",
        "HERE", "x = x + 1, not x += 1",
    )):  # fmt: skip
        loss = np.sum(w * x)
        x += 1
        loss.backward()


def test_a_result_or_a_leaf_that_was_changed(w: Tensor) -> None:
    with tg.debug(), pytest.raises(RuntimeError, match=says("after np.exp had used it", "its result, shape (3,)")):
        h = np.exp(w)
        h.data[0] = 3
        np.sum(h).backward()
    with (
        tg.debug(),
        pytest.raises(RuntimeError, match=says("the leaf 'w' of shape (3,), the argument x of np.sin")),
    ):
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
    ("data", lambda w, b: b * np.sum((w * 2).data), says("t.data took the result of np.multiply out of the graph", "HERE")),
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


# --- arguments of functions that are differentiated -------------------------------------------------------------------


def scaled(params: Any, x: Any) -> Any:
    return np.sum(params["scale"] * x)


ARGUMENTS: list[tuple[str, Callable[[], Any], str]] = [
    (
        "flat",
        lambda: tg.grad(lambda w: np.sum(np.floor(w * 3)))(np.ones(2)),
        says("The argument `w` got a gradient of zeros only", "np.floor: it is flat", "HERE"),
    ),
    (
        "data",
        lambda: tg.grad(lambda w: np.sum(w.data**2))(np.ones(2)),
        says("The argument `w` got no gradient", "t.data took the argument `w` out of the graph", "HERE"),
    ),
    (
        "item",
        lambda: tg.value_and_grad(lambda a, b: a * (b * 2).item(), (0, 1))(1.0, 2.0),
        says("The argument `b` got no gradient", "t.item() took the result of np.multiply out of the graph", "HERE"),
    ),
    (
        "nest",
        lambda: tg.grad(scaled)({"scale": np.ones(2), "unused": 1.0}, np.ones(2)),
        says("The argument `params['unused']` of scaled got no gradient. Nothing that is recorded was computed from it."),
    ),
    (
        "second argument",
        lambda: tg.grad(scaled, -1)({"scale": np.zeros(2)}, np.ones(2)),
        says("The argument `x` of scaled got a gradient of zeros only", "the other factor is 0 everywhere"),
    ),
    (
        "elementwise",
        lambda: tg.elementwise_grad(lambda w: np.sign(w) + 1)(np.ones(2)),
        says("The argument `w` got a gradient of zeros only", "np.sign"),
    ),
    (
        "rows",
        lambda: tg.jacobian(np.floor)(np.ones(2)),
        says("The argument `x` of floor got a gradient of zeros only", "np.floor"),
    ),
]


@pytest.mark.parametrize(("call", "why"), [case[1:] for case in ARGUMENTS], ids=[case[0] for case in ARGUMENTS])
def test_an_argument_that_gets_nothing(call: Callable[[], Any], why: str) -> None:
    with tg.debug(), pytest.warns(UserWarning, match="(?s)" + why) as caught:
        call()
    assert len(caught) == 1
    assert caught[0].filename == __file__
    with tg.debug(), tg.no_grad(), pytest.warns(UserWarning, match="(?s)" + why):
        call()


def test_zeros_of_a_second_derivative_or_in_a_row_are_nothing_special() -> None:
    with tg.debug():
        assert tg.hessian(lambda w: np.sum(w * 2))(np.ones(2)).tolist() == [[0, 0], [0, 0]]
        assert tg.grad(tg.grad(lambda w: w * 2))(1.0) == 0
        assert tg.hvp(lambda w: np.sum(w * 2))(np.ones(2), np.ones(2)).tolist() == [0, 0]
        assert tg.jacobian(lambda w: w**2)(np.array([1.0, 2.0])).tolist() == [[2, 0], [0, 4]]
        assert tg.vjp(np.sin, np.ones(2))[1](np.zeros(2))[0].tolist() == [0, 0]
        assert tg.jvp(lambda w: w * 2, [np.ones(2)], [np.zeros(2)])[1].tolist() == [0, 0]


# --- a graph that grows -----------------------------------------------------------------------------------------------

X = np.linspace(-1, 1, 9)


def fit(ps: Any) -> Any:
    return np.mean((ps[0] * X + ps[1] - 3 * X) ** 2)


def one_block() -> Any:
    w = Tensor(0.0)
    with tg.debug():
        for _ in range(6):
            np.mean((w * X - 3 * X) ** 2).backward()
            w = w - 0.1 * w.grad
    return None


def a_block_for_each_round() -> Any:
    w = Tensor(0.0)
    for _ in range(6):
        with tg.debug():
            np.mean((w * X - 3 * X) ** 2).backward()
        w = w - 0.1 * w.grad
    return None


def in_a_list() -> Any:
    ps = [Tensor(0.0), Tensor(1.0)]
    with tg.debug():
        for _ in range(6):
            fit(ps).backward()
            for i in range(2):
                ps[i] = ps[i] - 0.1 * ps[i].grad


def by_gradients() -> Any:
    w = Tensor(0.0)
    with tg.debug():
        for _ in range(6):
            w = w - 0.1 * tg.gradients(np.mean((w * X - 3 * X) ** 2), w)


def carried_over() -> Any:
    w, h = Tensor(np.eye(3) * 0.5), np.ones(3)
    for _ in range(6):
        with tg.debug():
            h = np.tanh(h @ w)
            np.mean(h**2).backward()
        with tg.no_grad():
            w -= 0.1 * w.grad


class Cell:
    """A network with a state."""

    def __init__(self) -> None:
        self.w, self.h = Tensor(np.eye(3) * 0.5), np.ones(3)

    def step(self) -> Any:
        self.h = np.tanh(self.h @ self.w)
        return np.mean(self.h**2)


def in_an_object() -> Any:
    cell = Cell()
    with tg.debug():
        for _ in range(6):
            cell.step().backward()


def losses() -> Any:
    w, total = Tensor(np.ones(3)), 0
    with tg.debug():
        for i in range(6):
            total = total + np.sum((w + i) ** 2)
            total.backward()


GROWS: list[tuple[Callable[[], Any], str]] = [
    (
        one_block,
        says("`w` is computed from what an earlier round", "HERE", "w = w - 0.1 * w.grad", "no_grad(): w -= rate * w.grad"),
    ),
    (a_block_for_each_round, says("`w` is computed", "made outside debug()", "with tg.no_grad(): w -= rate * w.grad")),
    (in_a_list, says("`ps[0]` is computed", "ps[0] -= rate * ps[0].grad")),
    (by_gradients, says("`w` is computed", "HERE", "w -= rate")),
    (carried_over, says("`h` is computed", "HERE", "h = np.tanh(h @ w)", "h = h.detach()")),
    (in_an_object, says("`self.h` is computed", "HERE", "self.h = self.h.detach()")),
    (losses, says("`total` is computed", "HERE", "total = total + loss.item()")),
]


@pytest.mark.parametrize(("loop", "why"), GROWS, ids=lambda case: getattr(case, "__name__", ""))
def test_a_graph_that_grows(loop: Callable[[], Any], why: str) -> None:
    with pytest.warns(UserWarning, match=r"(?s)goes through \d+ calls? that an earlier.*" + why) as caught:
        loop()
    assert len(caught) == 1  # and not once more with every round
    assert caught[0].filename == __file__


def test_what_looks_like_it_and_does_not_grow() -> None:
    with tg.debug():
        w = Tensor(np.ones(3), name="w")
        loss = np.sum(w**2)
        for _ in range(4):  # the same once more, which adds up
            loss.backward()
        for _ in range(4):
            shared = np.tanh(w * 2)
            for k in range(4):  # several losses of one part
                np.sum(shared + shared**k).backward()
            with tg.no_grad():
                w -= 0.1 * w.grad
            w.zero_grad()
        for _ in range(2):
            v = w
            for _ in range(4):  # a step that is itself differentiated
                v = v - 0.01 * tg.gradients(np.sum(v**4), v, create_graph=True)
            np.sum(v).backward()


def test_notes_do_not_keep_a_graph() -> None:
    with tg.debug():
        w = Tensor(np.ones(3))
        y = w * 2
        np.sum(y).backward()
        gone = weakref.ref(y)
        del y
        assert gone() is None


# --- parameters that never change -------------------------------------------------------------------------------------


def plain(ps: Any) -> None:
    for p in ps:
        p = p - 0.1 * p.grad


def under_no_grad(ps: Any) -> None:
    with tg.no_grad():
        for p in ps:
            p = p - 0.1 * p.grad


def of_data(ps: Any) -> None:
    for p in ps:
        p = p.data - 0.1 * p.grad


def in_two_steps(ps: Any) -> None:
    for p in ps:
        step = -0.1 * np.sign(p.grad)
        p = p + step


def with_decay(ps: Any) -> None:
    for p in ps:
        p = p - 0.1 * (p.grad + 0.01 * p) - 0.001


def by_comprehension(ps: Any) -> None:
    ps = [p - 0.1 * p.grad for p in ps]


@together
@pytest.mark.parametrize("update", [plain, under_no_grad, of_data, in_two_steps, with_decay, by_comprehension])
@pytest.mark.parametrize("shape", [(), (9,)])
def test_an_update_that_changes_nothing(update: Callable[[Any], None], shape: tuple[int, ...]) -> None:
    ps = [Tensor(np.zeros(shape), name="a"), Tensor(np.ones(shape), name="b")]

    @tg.debug()
    def one_round() -> None:
        fit(ps).backward()
        update(ps)

    one_round()
    with pytest.warns(UserWarning, match=r"(?s)leaf '[ab]' has the same value.*no_grad\(\): p -= rate \* p\.grad") as caught:
        one_round()
    assert len(caught) == 2
    assert "test_debugging.py, line" in str(caught[0].message)
    assert "`p = ...` only rebinds the name p" in str(caught[0].message)


def test_updates_that_work_and_values_that_are_only_tried() -> None:
    w = Tensor(np.ones(3), name="w")

    def f(w: Any) -> Any:
        return np.sum(w**4)

    def shifted(w: Any) -> Any:
        w = w + np.ones(3)
        return w.data

    with tg.debug():
        for _ in range(3):
            w.zero_grad()
            f(w).backward()
            f(w - 0.1 * w.grad)
            print_it = np.sum((w - 0.1 * w.grad) ** 2) + 1
            assert print_it.item() > 0
            assert shifted(w).size == 3
            trial = w - 0.2 * w.grad
            f(trial).item()
            with tg.no_grad():
                w -= 0.1 * w.grad
        for _ in range(3):
            f(w).backward()
            with tg.no_grad():
                new = w - 0.1 * w.grad
            w.data = new.data


def in_place(w: Any) -> None:
    with tg.no_grad():
        w -= 0.1 * w.grad


def by_assignment(w: Any) -> None:
    w.data = w.data - 0.1 * w.grad


@together
@pytest.mark.parametrize("update", [in_place, by_assignment])
@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("around", ["each round", "all rounds"])
def test_a_forgotten_zero_grad(update: Callable[[Any], None], shape: tuple[int, ...], around: str) -> None:
    w = Tensor(np.ones(shape), name="w")

    def one_round() -> None:
        np.sum(w**2).backward()
        update(w)

    with tg.debug() if around == "all rounds" else contextlib.nullcontext():
        rounds = one_round if around == "all rounds" else tg.debug()(one_round)
        rounds()
        with pytest.warns(UserWarning, match=r"leaf 'w' is updated with a gradient that an earlier update.*w\.zero_grad\(\)"):
            rounds()
        w.zero_grad()
        rounds()


@pytest.mark.parametrize("clear", [lambda w: w.zero_grad(), lambda w: setattr(w, "grad", np.zeros(3))])
def test_gradients_that_add_up_on_purpose(clear: Callable[[Any], None]) -> None:
    w, other = Tensor(np.ones(3), name="w"), Tensor(np.ones(3), name="other")
    with tg.debug():
        for _ in range(3):  # over the batches of a round
            clear(w)
            for _ in range(3):
                np.sum(w**2).backward()
            in_place(w)
            w.data = np.clip(w.data, 0.0, 1.0)
            np.sum(w * other).backward()  # for somebody else, and cleared before the next update
            in_place(other)
            clear(other)
        clear(w)
        for _ in range(3):  # a decaying sum, as of momentum
            np.sum(w**2).backward()
            in_place(w)
            w.grad = 0.9 * w.grad


# --- shapes that broadcast by accident --------------------------------------------------------------------------------


def test_a_column_minus_a_row() -> None:
    weights, targets = Tensor(np.ones((3, 1))), np.arange(8.0)
    predictions = np.ones((8, 3)) @ weights
    with tg.debug(), pytest.warns(UserWarning, match=r"(?s)" + says(
        "np.subtract of `predictions`, shape (8, 1), and `targets`, shape (8,), gives shape (8, 8)", "HERE",
        "targets[:, None]", "np.squeeze(predictions, axis=-1)", "targets[None, :]"
    )) as caught:  # fmt: skip
        predictions - targets
    assert len(caught) == 1
    constant = Tensor(np.arange(8.0), requires_grad=False)
    with tg.debug(), pytest.warns(UserWarning, match="`constant`, shape"):
        np.square(constant - predictions)
    with tg.debug(), pytest.warns(UserWarning, match=r"gives shape \(4, 4, 4\).*"):
        Tensor(np.ones((4, 4, 1))) * np.ones((4, 4))


def test_pairs_on_purpose() -> None:
    x, y, z = Tensor(np.arange(5.0)), np.arange(4.0), np.arange(5.0)
    with tg.debug():
        assert (x[:, None] - x[None, :]).shape == (5, 5)
        assert (x[:, None] - z).shape == (5, 5)
        column = x[:, None]
        assert (column - x).shape == (5, 5)
        assert (column - y).shape == (5, 4)
        assert (column - z.reshape(5, 1)).shape == (5, 1)
        assert (column * np.ones((5, 5))).shape == (5, 5)
        assert (column[:1] - z[:1]).shape == (1, 1)
        assert (column / np.sum(column, axis=0)).shape == (5, 1)


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


def test_a_constant_that_is_nan_is_not_called_finite() -> None:
    x = Tensor([1.0, -2.0], name="x")
    for constant in (np.nan, np.float64(np.nan), np.array([0.0, np.nan])):
        with pytest.raises(FloatingPointError, match=r"np\.where got nan from .*argument y"), tg.debug():
            np.where(np.array([True, False]), x, constant)
