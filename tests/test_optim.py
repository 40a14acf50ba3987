"""Optimizers, schedules and clipping: formulas by hand, what stays as it was, what is saved. PyTorch is in tests/peers."""

from __future__ import annotations

import copy
import json
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg

STEPPING = ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"]
FULL: dict[str, dict[str, Any]] = {  # with every part of their state
    "SGD": {"lr": 0.01, "momentum": 0.9},
    "Adagrad": {},
    "RMSprop": {"momentum": 0.9, "centered": True},
    "Adam": {"amsgrad": True, "weight_decay": 0.1},
    "AdamW": {},
}


def parameters(dtype: Any = np.float64) -> list[tg.Tensor]:
    rng = np.random.default_rng(3)
    return [tg.Tensor(np.asarray(rng.normal(size=shape), dtype), name=name) for shape, name in [((3, 2), "w"), ((), "b")]]


def backward(params: list[tg.Tensor]) -> None:
    w, b = params
    np.sum((w + b) ** 2 + np.sin(w)).backward()


def a_step(optimizer: Any, params: list[tg.Tensor]) -> None:
    optimizer.zero_grad()
    backward(params)
    optimizer.step()


# --- formulas ---------------------------------------------------------------------------------------------------------


def test_momentum_is_a_velocity() -> None:
    w = tg.Tensor([1.0, -2.0])
    optimizer, p, v = tg.optim.SGD([w], lr=0.1, momentum=0.5), w.data, 0.0
    for _ in range(5):
        optimizer.zero_grad()
        np.sum(w**2).backward()
        optimizer.step()
        v = 0.5 * v + 2 * p
        p = p - 0.1 * v
        np.testing.assert_allclose(w.data, p, rtol=1e-14)


def test_adam_is_the_algorithm_of_the_paper() -> None:
    w = tg.Tensor([1.0, -2.0])
    optimizer, p, m, v = tg.optim.Adam([w], lr=0.1), w.data, 0.0, 0.0
    for t in range(1, 6):
        optimizer.zero_grad()
        np.sum(w**4).backward()
        optimizer.step()
        g = 4 * p**3
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        p = p - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        np.testing.assert_allclose(w.data, p, rtol=1e-14)


# --- what stays as it was ---------------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize("name", STEPPING)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_step_changes_no_array_that_can_be_seen(name: str, dtype: Any) -> None:
    params = [*parameters(dtype), tg.Tensor(np.ones(40_000, dtype), name="large")]
    optimizer = getattr(tg.optim, name)(params, **FULL[name])
    loss, seen = np.sum(params[0] ** 2) + params[1] * np.sum(params[2] ** 2), list[tuple[Any, Any]]()
    graph = tg.Graph.of(loss, backward=True)
    shown = str(tg.explain(graph))
    for _ in range(3):
        optimizer.zero_grad()
        (np.sum(params[0] ** 2) + params[1] * np.sum(params[2] ** 2)).backward()
        arrays = [p.data for p in params] + [p.grad for p in params]
        arrays += [array for items in optimizer.state.values() for array in items.values()]
        seen += [(array, copy.deepcopy(array)) for array in arrays]
        optimizer.step()
        assert [(p.dtype, type(p.data)) for p in params] == [(dtype, np.ndarray), (dtype, dtype), (dtype, np.ndarray)]
    for array, before in seen:
        np.testing.assert_array_equal(array, before)
    assert str(tg.explain(graph)) == shown


def test_dtype_stays_whatever_the_rate_is() -> None:
    w = tg.Tensor(np.ones(3, np.float32))
    optimizer = tg.optim.Adam([w], lr=np.float64(0.1))
    assert isinstance(optimizer.param_groups[0]["lr"], float)
    optimizer.param_groups[0]["lr"] = np.float64(0.2)  # as schedules of one's own do it
    w.grad = np.ones(3)
    optimizer.step()
    assert w.dtype == np.float32
    assert all(np.asarray(item).dtype != np.float64 for item in optimizer.state_dict()["state"][0].values())


def test_gradients_that_a_program_put_there() -> None:
    for given in (2, 2.0, np.full(3, 2.0, np.float32), [2.0, 2.0, 2.0], tg.Tensor(np.full(3, 2.0), requires_grad=False)):
        w = tg.Tensor(np.ones(3))
        w.grad = given
        tg.optim.SGD([w], lr=0.25).step()
        assert w.data.tolist() == [0.5, 0.5, 0.5]


def test_no_gradient_is_passed_by_and_nan_is_not() -> None:
    w, b = parameters()
    w.grad = np.full((3, 2), np.nan)
    tg.optim.SGD([w, b], lr=0.1).step()
    assert np.all(np.isnan(w.data))
    assert b.data == parameters()[1].data


def test_zero_grad_forgets_or_fills_with_zeros() -> None:
    params = parameters()
    optimizer = tg.optim.SGD(params, lr=0.1)
    backward(params)
    params[1].grad, params[0].data = None, np.full((3, 2), np.inf)
    optimizer.zero_grad(set_to_none=False)
    assert params[1].grad is None
    assert params[0].grad.tolist() == np.zeros((3, 2)).tolist()
    optimizer.zero_grad()
    assert params[0].grad is None


def test_step_with_a_closure_returns_its_loss_also_inside_no_grad() -> None:
    w = tg.Tensor([3.0])
    optimizer = tg.optim.SGD([w], lr=0.25)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = np.sum(w**2)
        loss.backward()
        return loss

    with tg.no_grad():
        assert optimizer.step(closure).item() == 9.0
    assert w.data.tolist() == [1.5]


def test_debug_tells_of_a_forgotten_zero_grad() -> None:
    params = parameters()
    optimizer = tg.optim.Adam(params, lr=0.1)
    with tg.debug():
        for _ in range(2):
            a_step(optimizer, params)
        backward(params)
        with pytest.warns(UserWarning, match=r"an earlier update has used already.*round: optimizer\.zero_grad\(\)"):
            optimizer.step()


# --- what is given ----------------------------------------------------------------------------------------------------


def test_a_generator_is_enough_and_groups_may_hold_one_tensor() -> None:
    params = parameters()
    assert tg.optim.SGD((p for p in params), lr=0.1).parameters() == params
    optimizer = tg.optim.Adam([{"params": params[0], "lr": 1, "mine": "yes"}, {"params": iter(params[1:])}], lr=0.5)
    assert [(group["lr"], group.get("mine")) for group in optimizer.param_groups] == [(1, "yes"), (0.5, None)]
    assert repr(optimizer).count("\n") == 3
    assert repr(tg.optim.SGD([params[0]], lr=0.1)).startswith("SGD(1 parameter, 6 numbers: lr=0.1, momentum=0")


@together
@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"lr": "0.1"}, "lr='0.1' is not a number"),
        ({"lr": -0.1}, "lr=-0.1 is negative.*maximize=True"),
        ({"lr": np.inf}, "not finite"),
        ({"lr": True}, "not a number"),
        ({"lr": None}, "lr is None, and that is not a number"),
        ({"lr": tg.Tensor(0.1)}, "lr is a Tensor"),
        ({"lr": 0.1, "momentum": -1}, "momentum=-1 is negative"),
        ({"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "nesterov": True}, "nesterov"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], error: str) -> None:
    with pytest.raises((TypeError, ValueError), match=error):
        tg.optim.SGD(parameters(), **options)


class Model:
    def __init__(self) -> None:
        self.params = parameters()

    def parameters(self) -> Any:
        yield from self.params


def test_parameters_that_are_none() -> None:
    model, array = Model(), np.ones(3)
    for given, error in [
        (model, r"given a test_optim.Model.*`tg.optim.SGD\(model.parameters\(\), lr=0.1\)`"),
        (model.parameters, r"not called.*`tg.optim.SGD\(model.parameters\(\), lr=0.1\)`"),
        (np.sin, r"`tg.optim.SGD\(\[w\], lr=0.1\)`"),
        ([], "an empty list"),
        (array, "an array of shape"),
        ([array], "one of its parameters is an array"),
        ([("w", model.params[0])], "named_parameters"),
        ({"params": model.params}, r"Put it into a list: write `tg.optim.SGD\(\[\{"),
        ({model.params[0]}, "given a set"),
        (3, "given an int"),
    ]:
        with pytest.raises((TypeError, ValueError), match=error):
            tg.optim.SGD(given, lr=0.1)
    used_up = model.parameters()
    list(used_up)
    with pytest.raises(ValueError, match="gives its items only once"):
        tg.optim.SGD(used_up, lr=0.1)
    with pytest.raises(ValueError, match="twice"):
        tg.optim.SGD(model.params, lr=0.1).add_param_group({"params": model.params[:1]})


# --- saving -----------------------------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize("name", STEPPING)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_state_goes_through_json_and_training_goes_on_to_the_same_bits(name: str, dtype: Any) -> None:
    params = parameters(dtype)
    optimizer = getattr(tg.optim, name)([{"params": params[:1]}, {"params": params[1:], "lr": 0.03}], **FULL[name])
    schedule = tg.optim.ExponentialLR(optimizer, 0.9)
    for _ in range(3):
        a_step(optimizer, params)
        schedule.step()
    state, arrays = optimizer.state_dict(), {}
    for i, items in state["state"].items():
        arrays.update({(i, key): value for key, value in items.items() if isinstance(value, np.ndarray)})
        state["state"][i] = {key: value for key, value in items.items() if not isinstance(value, np.ndarray)}
    assert all(array.dtype == dtype and array.shape == params[i].shape for (i, _), array in arrays.items())
    text = json.dumps([state, schedule.state_dict()], allow_nan=False)

    again = [tg.Tensor(p.data, name=p.name) for p in params]
    resumed = getattr(tg.optim, name)([{"params": again[:1]}, {"params": again[1:]}])
    rates = tg.optim.ExponentialLR(resumed, 0.5)
    loaded, of_schedule = json.loads(text)
    for (i, key), array in arrays.items():
        loaded["state"][str(i)][key] = array
    resumed.load_state_dict(loaded)
    rates.load_state_dict(of_schedule)
    for array in arrays.values():
        array[...] = np.nan  # what was loaded is a copy
    for _ in range(3):
        a_step(optimizer, params)
        schedule.step()
        a_step(resumed, again)
        rates.step()
        for p, q in zip(params, again):
            np.testing.assert_array_equal(p.data, q.data)
            assert p.dtype == q.dtype
    assert resumed.param_groups[0].keys() == optimizer.param_groups[0].keys()


def test_a_state_that_does_not_fit_is_refused_in_one_error_and_changes_nothing() -> None:
    params = parameters()
    optimizer = tg.optim.SGD(params, lr=0.1, momentum=0.9)
    a_step(optimizer, params)
    before, other = optimizer.state_dict(), optimizer.state_dict()
    other["state"][0]["momentum_buffer"] = np.ones((2, 3))
    other["state"][7] = {}
    del other["param_groups"][0]["nesterov"]
    other["param_groups"][0]["params"] = [0]
    with pytest.raises(ValueError, match="does not fit SGD") as error:
        optimizer.load_state_dict(other)
    for words in ("parameter 7", r"shape (2, 3)", "no nesterov", "1 parameters, and here 2"):
        assert words in str(error.value)
    assert repr(optimizer.state_dict()) == repr(before)


@pytest.mark.parametrize("kind", ["SequentialLR", "OneCycleLR", "ReduceLROnPlateau", "MultiStepLR", "LambdaLR"])
def test_a_schedule_goes_on_where_it_was(kind: str) -> None:
    def make() -> tuple[Any, Any]:
        w = tg.Tensor(np.ones(2))
        w.grad = np.ones(2)
        o, s = tg.optim.SGD([w], lr=0.1, momentum=0.9), tg.optim
        o.step()
        schedules: dict[str, Any] = {
            "SequentialLR": lambda: s.SequentialLR(o, [s.LinearLR(o), s.CosineAnnealingLR(o, 20)], [5]),
            "OneCycleLR": lambda: s.OneCycleLR(o, 1.0, 40),
            "ReduceLROnPlateau": lambda: s.ReduceLROnPlateau(o, patience=1),
            "MultiStepLR": lambda: s.MultiStepLR(o, [4, 9]),
            "LambdaLR": lambda: s.LambdaLR(o, lambda epoch: 0.9**epoch),
        }
        return o, schedules[kind]()

    argument = [1.0] if kind == "ReduceLROnPlateau" else []
    for stop in (0, 3, 5, 12):
        (o, schedule), (p, resumed) = make(), make()
        for _ in range(stop):
            schedule.step(*argument)
        states = json.loads(json.dumps([schedule.state_dict(), o.state_dict()["param_groups"]], allow_nan=False))
        resumed.load_state_dict(states[0])
        p.load_state_dict({"state": {}, "param_groups": states[1]})
        for _ in range(10):
            schedule.step(*argument)
            resumed.step(*argument)
            assert (o.param_groups[0]["lr"], o.param_groups[0]["momentum"]) == (
                p.param_groups[0]["lr"],
                p.param_groups[0]["momentum"],
            )
    with pytest.raises(ValueError, match=f"does not fit {kind}"):
        resumed.load_state_dict({})


# --- schedules --------------------------------------------------------------------------------------------------------


def test_rates_are_known_before_and_a_group_may_come_later() -> None:
    optimizer = tg.optim.SGD(parameters()[:1], lr=1.0)
    optimizer.steps = 1
    schedule = tg.optim.StepLR(optimizer, 2, gamma=0.5)
    expected = [schedule.rates(epoch)[0] for epoch in range(6)]
    for rate in expected:
        assert schedule.get_last_lr() == [rate]
        schedule.step()
    optimizer.add_param_group({"params": parameters()[1:], "lr": 0.8})
    schedule.step()
    schedule.step()
    assert schedule.get_last_lr() == [0.0625, 0.4]


def test_a_schedule_before_the_optimizer_is_said() -> None:
    optimizer = tg.optim.SGD(parameters(), lr=1.0)
    with pytest.warns(UserWarning, match="optimizer.step.. first") as caught:
        tg.optim.StepLR(optimizer, 2).step()
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule = tg.optim.StepLR(optimizer, 2)
        optimizer.parameters()[0].grad = np.ones((3, 2))
        optimizer.step()
        schedule.step()


# --- clipping ---------------------------------------------------------------------------------------------------------


def test_clipping_makes_new_arrays_of_the_same_direction() -> None:
    params = [tg.Tensor(np.ones(2, np.float32)), tg.Tensor(1.0), tg.Tensor(np.ones(3))]
    params[0].grad, params[1].grad = np.array([3.0, 0.0], np.float32), np.float64(4.0)
    before = params[0].grad
    assert tg.optim.clip_grad_norm_(iter(params), 10.0) == 5.0
    assert params[0].grad is before  # short enough
    assert tg.optim.clip_grad_norm_(params, 1.0) == 5.0
    assert before.tolist() == [3.0, 0.0]
    np.testing.assert_allclose([*params[0].grad, params[1].grad], [0.6, 0.0, 0.8], rtol=1e-5)
    assert (params[0].grad.dtype, type(params[1].grad), params[2].grad) == (np.float32, np.float64, None)
    tg.optim.clip_grad_value_(params[0], 0.5)
    assert params[0].grad.tolist() == [0.5, 0.0]
    params[1].grad = np.float64(np.nan)
    with pytest.raises(FloatingPointError, match="is nan"):
        tg.optim.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    with pytest.raises(ValueError, match="empty list"):
        tg.optim.clip_grad_norm_([], 1.0)


# --- L-BFGS -----------------------------------------------------------------------------------------------------------


def closure_of(optimizer: Any, loss_of: Any, losses: list[float] | None = None) -> Any:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = loss_of()
        loss.backward()
        if losses is not None:
            losses.append(loss.item())
        return loss

    return closure


def test_lbfgs_reaches_the_minimum_of_rosenbrock_and_of_a_quadratic() -> None:
    pytest.importorskip("scipy.optimize")
    x, y = tg.Tensor(-1.2), tg.Tensor(1.0)
    optimizer, losses = tg.optim.LBFGS([x, y], max_iter=200, tolerance_grad=1e-10, tolerance_change=0), list[float]()
    first = optimizer.step(closure_of(optimizer, lambda: (1 - x) ** 2 + 100 * (y - x**2) ** 2, losses))
    np.testing.assert_allclose([x.data, y.data], [1, 1], rtol=1e-9)
    assert first.item() == losses[0]
    assert optimizer.state[x]["func_evals"] == len(losses) < 60

    rng = np.random.default_rng(0)
    A, target = rng.normal(size=(20, 3)), rng.normal(size=20)
    w = tg.Tensor(np.zeros(3, np.float64))
    optimizer = tg.optim.LBFGS([w], lr=1, max_iter=100, tolerance_grad=1e-12, tolerance_change=0)
    optimizer.step(closure_of(optimizer, lambda: np.mean((A @ w - target) ** 2)))
    np.testing.assert_allclose(w.data, np.linalg.lstsq(A, target, rcond=None)[0], rtol=1e-9)


def test_lbfgs_keeps_dtypes_passes_by_what_has_no_gradient_and_keeps_the_best() -> None:
    pytest.importorskip("scipy.optimize")
    w, unused = tg.Tensor(np.array([4.0, 2.0], np.float32)), tg.Tensor(5.0)
    optimizer = tg.optim.LBFGS([w, unused])
    optimizer.step(closure_of(optimizer, lambda: np.sum((w - 1) ** 2)))
    assert (w.dtype, unused.data) == (np.float32, 5.0)
    np.testing.assert_allclose(w.data, 1, rtol=1e-5)
    w.data, losses = np.array([4.0, 2.0]), list[float]()

    def stops() -> Any:
        if len(losses) == 3:
            raise KeyboardInterrupt
        return np.sum((w - 1) ** 4)

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure_of(optimizer, stops, losses))
    assert np.sum((w.data - 1) ** 4) == min(losses)


def test_without_scipy_lbfgs_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    optimizer = tg.optim.LBFGS(parameters())
    with pytest.raises(ImportError, match="SciPy"):
        optimizer.step(lambda: 1.0)


def test_names_that_are_not_there() -> None:
    with pytest.raises(AttributeError, match=r"Did you mean `tg.optim.CosineAnnealingLR`"):
        tg.optim.CosineAnealingLR  # noqa: B018
    with pytest.raises(AttributeError, match="It has LBFGS, SGD"):
        tg.optim.Muon  # noqa: B018
    assert set(tg.optim.__all__) == set(dir(tg.optim))
