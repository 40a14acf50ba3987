"""The engine: what is recorded, how the backward pass adds up, what stays untouched."""

from __future__ import annotations

import asyncio
import copy
import gc
import inspect
import operator
import random
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import together
from hypothesis import given, settings
from hypothesis import strategies as st

import tinygrad_lite as tg
from tinygrad_lite import Tensor

# --- numbers that are known from elsewhere ----------------------------------------------------------------------------


def test_the_example_of_micrograds_readme() -> None:
    a, b = Tensor(-4.0), Tensor(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + tg.relu(b + a)
    d += 3 * d + tg.relu(b - a)
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


def test_backward_twice_doubles_the_leaf_and_resets_what_is_between() -> None:
    x = Tensor(2.0)
    y = x * x
    z = y * y
    for times in (1, 2):
        z.backward()
        assert x.grad == 32 * times
        assert y.grad == 8
        assert z.grad == 1


def test_a_value_used_several_times_gets_the_sum() -> None:
    a, b = Tensor(2.0), Tensor(3.0)
    c, d = a + b, a * b
    ((c + d) + c * d).backward()
    assert (a.grad, b.grad) == (25, 19)


# --- gradients --------------------------------------------------------------------------------------------------------


def test_leaves_accumulate_until_zero_grad() -> None:
    x = Tensor([1.0, 2.0])
    np.sum(x * 3).backward()
    np.sum(x * 4).backward()
    assert x.grad.tolist() == [7, 7]
    x.zero_grad()
    assert x.grad is None


def test_no_two_leaves_share_one_gradient_array_nor_the_seed() -> None:
    x, y, seed = Tensor(np.ones(3)), Tensor(np.ones(3)), np.ones(3)
    (x + y).backward(seed)
    x.grad[0] = 7
    assert y.grad.tolist() == [1, 1, 1]
    assert seed.tolist() == [1, 1, 1]


def test_an_earlier_gradient_that_somebody_holds_stays_as_it_is() -> None:
    x = Tensor([1.0, 2.0])
    np.sum(x * x).backward()
    held = x.grad
    np.sum(x * x).backward()
    assert held.tolist() == [2, 4]
    assert x.grad.tolist() == [4, 8]


@pytest.mark.parametrize("data", [2.0, np.float32(2), np.ones((2, 3)), np.ones((2, 0), np.float32), np.array(3.0)])
def test_a_gradient_has_kind_shape_and_dtype_of_the_data(data: Any) -> None:
    x = Tensor(data)
    middle = x * 2.0
    np.sum(middle).backward()
    for t in (x, middle):
        assert type(t.grad) is type(t.data)
        assert (t.grad.shape, t.grad.dtype) == (t.data.shape, t.data.dtype)


def test_nothing_a_user_can_see_is_changed_in_place() -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(3, 4)) for _ in range(3)]
    before = copy.deepcopy(arrays)
    for array in arrays:
        array.flags.writeable = False
    x, y = Tensor(arrays[0]), Tensor(arrays[1])
    total = x * y + x + x[1:2] + x[[0, 0, 2]] + y * arrays[2] + x
    total[1] = y[0]
    np.sum(total * total).backward()
    for array, old in zip(arrays, before):
        np.testing.assert_array_equal(array, old)


def test_an_error_on_the_way_back_changes_no_gradient() -> None:
    @tg.primitive
    def broken(x: Any) -> Any:
        return x * 1.0

    def fail(g: Any) -> Any:
        raise ZeroDivisionError

    tg.derivative(broken, x=fail)
    x = Tensor(2.0)
    with pytest.raises(ZeroDivisionError):
        (broken(x) * x).backward()
    assert x.grad is None


def test_old_graphs_keep_old_numbers_when_a_leaf_gets_new_data() -> None:
    w = Tensor(3.0)
    loss = w * w
    w.data = np.float64(100.0)
    loss.backward()
    assert w.grad == 6


def test_gradient_of_a_tensor_that_depends_on_itself_through_setitem() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    y = x * 2
    y[0] = y[1] * y[2]
    np.sum(y).backward()
    assert x.grad.tolist() == [0, 4 * 3 + 2, 4 * 2 + 2]


# --- the functional form ----------------------------------------------------------------------------------------------


def test_gradients_returns_and_stores_nothing() -> None:
    x, y = Tensor(2.0), Tensor(5.0)
    middle = x * y
    got = tg.gradients(middle * x, [x, y, middle])
    assert [float(g) for g in got] == [20, 4, 2]
    assert x.grad is y.grad is middle.grad is None


def test_gradients_to_fourth_order() -> None:
    x = Tensor(0.7)
    value, orders = np.sin(x), []
    for _ in range(4):
        value = tg.gradients(value, x, create_graph=True)
        orders.append(value.item())
    np.testing.assert_allclose(orders, [np.cos(0.7), -np.sin(0.7), -np.cos(0.7), np.sin(0.7)], rtol=1e-14)


def test_gradients_of_an_unused_input_are_zeros_and_an_input_may_come_twice_or_be_the_output() -> None:
    x, unused = Tensor(3.0), Tensor(np.ones(2))
    y = x * x
    assert tg.gradients(y, unused).tolist() == [0, 0]
    assert [float(g) for g in tg.gradients(y, (x, x, y))] == [6, 6, 1]
    assert tg.gradients(y, unused, create_graph=True).shape == (2,)


def test_second_derivative_of_a_product_over_broadcast_axes() -> None:
    a, b = Tensor(np.arange(3.0)), Tensor(np.arange(2.0)[:, None] + 1)
    [g] = tg.gradients(np.sum((a * b) ** 3), [a], create_graph=True)
    np.testing.assert_allclose(g.data, 3 * np.arange(3.0) ** 2 * 9)
    np.testing.assert_allclose(tg.gradients(np.sum(g), a), 6 * np.arange(3.0) * 9)


def test_what_has_no_graph_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match=r"no graph.*tg\.Tensor\(w\)"):
        tg.gradients(Tensor(1.0) * 2, Tensor(1.0, requires_grad=False, name="w"))
    with pytest.raises(TypeError, match="This float has no graph"):
        tg.gradients(3.0, Tensor(1.0))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="6 elements"):
        tg.gradients(Tensor(np.ones((2, 3))) * 2, Tensor(1.0))


# --- no_grad ----------------------------------------------------------------------------------------------------------


def test_no_grad_nests_survives_errors_and_decorates() -> None:
    x = Tensor(1.0)
    switch = tg.no_grad()
    with switch:
        with tg.no_grad():
            assert not (x * 2).requires_grad
        assert not (x * 2).requires_grad
    with pytest.raises(KeyError), tg.no_grad():
        raise KeyError
    assert (x * 2).requires_grad

    @tg.no_grad()
    def double(t: Tensor) -> Tensor:
        """Twice."""
        return t * 2 if t.item() > 10 else double(t * 2)

    assert (double.__name__, double.__doc__) == ("double", "Twice.")
    assert not double(x).requires_grad
    assert (x * 2).requires_grad


def test_one_no_grad_entered_twice() -> None:
    x, switch = Tensor(1.0), tg.no_grad()
    with switch, switch:
        assert not (x * 2).requires_grad
    assert (x * 2).requires_grad


def test_no_grad_does_not_decorate_generators() -> None:
    with pytest.raises(TypeError, match="body runs later"):

        @tg.no_grad()
        def numbers() -> Any:
            yield 1


def test_no_grad_does_not_decorate_async_generators_nor_classes() -> None:
    async def steps() -> Any:
        yield 1

    class Model:
        def loss(self) -> None: ...

    for function, what in [(steps, "steps, which is a generator"), (Model, "Model, which is a class")]:
        with pytest.raises(TypeError, match=f"cannot decorate {what}"):
            tg.no_grad()(function)


def test_no_grad_decorates_a_coroutine_function() -> None:
    w = Tensor(2.0)

    @tg.no_grad()
    async def evaluate(factor: float) -> Any:
        await asyncio.sleep(0)
        return w * factor

    async def both() -> Any:
        task = asyncio.ensure_future(evaluate(3.0))
        await asyncio.sleep(0)
        return await task, w * 3.0

    assert inspect.iscoroutinefunction(evaluate)
    unrecorded, recorded = asyncio.run(both())
    assert (float(unrecorded), unrecorded.requires_grad, recorded.requires_grad) == (6.0, False, True)


def test_a_generator_that_stops_inside_no_grad_does_not_keep_recording_off() -> None:
    w = Tensor(2.0)

    def steps() -> Any:
        with tg.no_grad():
            yield w * w

    inside, between = steps(), steps()
    with tg.no_grad():
        next(inside)
    assert (w * w).requires_grad
    inside.close()
    assert (w * w).requires_grad
    next(between)
    with tg.no_grad():
        between.close()
    assert (w * w).requires_grad


def test_each_thread_has_its_own_switch_and_right_numbers() -> None:
    errors: list[BaseException] = []
    barrier = threading.Barrier(4)

    def work(seed: int) -> None:
        try:
            x = Tensor(np.full(100, seed + 1.0))
            barrier.wait(timeout=20)
            for _ in range(100):
                if seed % 2:
                    with tg.no_grad():
                        assert not (x * 2).requires_grad
                x.zero_grad()
                np.sum(x * x * x + x[3]).backward()
                expected = np.full(100, 3 * (seed + 1.0) ** 2)
                expected[3] += 100
                np.testing.assert_array_equal(x.grad, expected)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


# --- memory -----------------------------------------------------------------------------------------------------------


def test_values_that_no_rule_asks_for_are_not_kept() -> None:
    x = Tensor(np.ones(10))
    middle = x + 1  # add asks for nothing, so does the sum
    watch = weakref.ref(middle.data)
    total = np.sum(middle)
    del middle
    assert watch() is None
    total.backward()
    assert x.grad.tolist() == [1] * 10


def test_values_that_a_rule_asks_for_are_kept_until_the_graph_goes() -> None:
    x = Tensor(np.ones(10))
    middle = x + 1
    watch = weakref.ref(middle.data)
    total = np.sum(middle * middle)
    del middle
    assert watch() is not None
    del total
    assert watch() is None


def test_a_graph_is_freed_without_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        x = Tensor(np.ones(3), name="x")
        y = np.sum(np.exp(x) * x[1:2] + tg.softmax(x))
        y.backward()
        second = tg.gradients(y, x, create_graph=True)
        watches = [weakref.ref(t) for t in (x, y, second)]
        del x, y, second
        assert [watch() for watch in watches] == [None] * 3
    finally:
        gc.enable()


# --- sums of many gradients -------------------------------------------------------------------------------------------

USES: list[Callable[[Any], Any]] = [
    lambda x: np.sum(x[1:3]),
    lambda x: 3 * x[2],
    lambda x: np.sum(x[[0, 0, 3]] * np.array([1.0, 2.0, 4.0])),
    lambda x: np.sum(x[np.array([True, False, True, False])]),
    lambda x: np.sum(x * x),
    lambda x: np.sum(x),
    lambda x: np.sum(np.sin(x)),
]


@together
@pytest.mark.parametrize("seed", range(30))
def test_slices_indices_masks_and_whole_arrays_add_up_in_any_order(seed: int) -> None:
    shuffled = random.Random(seed).sample(USES * 2, 2 + seed % 9)
    x = Tensor([0.5, -1.0, 2.0, 0.1])
    total = added(use(x) for use in shuffled)
    total.backward()
    expected = np.zeros(4)
    for use in shuffled:
        expected += tg.gradients(use(x), x)
    np.testing.assert_allclose(x.grad, expected, rtol=1e-14)
    tg.check_gradients(lambda x: added(use(x) for use in shuffled), x.data, order=2, limit=0)


def added(terms: Any) -> Any:
    """The terms added from left to right, without a 0 in front."""
    total = next(terms)
    for term in terms:
        total = total + term
    return total


# --- against an independent way to differentiate ------------------------------------------------------------------------


class Dual:
    """A number and its derivative along one direction (Clifford 1873): forward mode, which shares nothing with the engine."""

    def __init__(self, value: float, slope: float) -> None:
        self.value, self.slope = value, slope

    def __add__(self, other: Dual) -> Dual:
        return Dual(self.value + other.value, self.slope + other.slope)

    def __sub__(self, other: Dual) -> Dual:
        return Dual(self.value - other.value, self.slope - other.slope)

    def __mul__(self, other: Dual) -> Dual:
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __truediv__(self, other: Dual) -> Dual:
        slope = (self.slope * other.value - self.value * other.slope) / other.value**2
        return Dual(self.value / other.value, slope)

    def tanh(self) -> Dual:
        return Dual(np.tanh(self.value), self.slope / np.cosh(self.value) ** 2)

    def sin(self) -> Dual:
        return Dual(np.sin(self.value), self.slope * np.cos(self.value))


OPERATIONS = [operator.add, operator.sub, operator.mul, operator.truediv, "tanh", "sin"]
STEP = st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 1000), st.integers(0, 1000))
NUMBER = st.floats(0.5, 2)


def run(program: list[Any], values: list[Any]) -> Any:
    """Each step takes two of the values so far, so that values are shared in every way a graph can share them."""
    values = list(values)
    for operation, i, j in program:
        left, right = values[i % len(values)], values[j % len(values)]
        if isinstance(operation, str):
            values.append(left.tanh() if isinstance(left, Dual) else getattr(np, operation)(left))
            if isinstance(left, Dual) and operation == "sin":
                values[-1] = left.sin()
        elif operation is not operator.truediv or abs(right.value if isinstance(right, Dual) else right.item()) > 0.1:
            values.append(operation(left, right))
    return values[-1]


@settings(max_examples=200)
@given(st.lists(STEP, min_size=1, max_size=12), st.lists(NUMBER, min_size=1, max_size=3))
def test_random_graphs_agree_with_forward_mode(program: list[Any], numbers: list[float]) -> None:
    leaves = [Tensor(n) for n in numbers]
    output = run(program, leaves)
    got = tg.gradients(output, leaves)
    for i, g in enumerate(got):
        dual = run(program, [Dual(n, float(i == j)) for j, n in enumerate(numbers)])
        assert output.item() == pytest.approx(dual.value, rel=1e-12, abs=1e-12)
        assert float(g) == pytest.approx(dual.slope, rel=1e-9, abs=1e-9 * (1 + abs(dual.value)))
