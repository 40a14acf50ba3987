"""Optimizers, clipping and schedules against PyTorch's, step by step, and what is saved of them in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
schedulers = torch.optim.lr_scheduler

SHAPES = [(4, 3), (3,), (), (2, 1, 2)]  # and one more parameter, which never has a gradient
OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"lr": 0.03, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.03, "momentum": 0.9}),
    ("SGD", {"lr": 0.03, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.03, "momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.001, "momentum": 0.8, "maximize": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.02, "weight_decay": 0.01, "initial_accumulator_value": 0.5, "eps": 1e-6}),
    ("Adagrad", {"lr": 0.01, "maximize": True}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "weight_decay": 0.01, "eps": 1e-4}),
    ("RMSprop", {"lr": 0.02, "momentum": 0.7, "centered": True, "eps": 1e-3, "alpha": 0.8}),
    ("RMSprop", {"lr": 0.002, "momentum": 0.7, "maximize": True}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-5, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.05, "betas": (0.5, 0.9), "amsgrad": True}),
    ("Adam", {"lr": 0.01, "maximize": True}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-5, "weight_decay": 0.3}),
    ("AdamW", {"lr": 0.05, "amsgrad": True, "maximize": True, "weight_decay": 0.3}),
]


class Pair:
    """The same parameters in both libraries, moved by the same losses."""

    def __init__(self, dtype: Any = np.float64) -> None:
        self.rng = np.random.default_rng(0)
        starts = [np.asarray(self.rng.normal(size=shape), dtype) for shape in [*SHAPES, (2,)]]
        self.ours = [tg.Tensor(start) for start in starts]
        self.theirs = [torch.tensor(start, requires_grad=True) for start in starts]

    def optimizers(self, name: str, **options: Any) -> tuple[Any, Any]:
        return getattr(tg.optim, name)(self.ours, **options), getattr(torch.optim, name)(self.theirs, **options)

    def backward(self, *optimizers: Any) -> None:
        """New gradients, of the loss Σ (curvature · (p - goal)²) + Σ cos p, with goals that are drawn anew."""
        for each in optimizers:
            each.zero_grad()
        goals = [self.rng.normal(size=shape).astype(self.ours[0].dtype) for shape in SHAPES]
        ours = sum(np.sum((i + 0.5) * (p - goal) ** 2 + np.cos(p)) for i, (p, goal) in enumerate(zip(self.ours, goals)))
        theirs: Any = 0.0
        for i, (p, goal) in enumerate(zip(self.theirs, goals)):
            theirs = theirs + ((i + 0.5) * (p - torch.tensor(goal)) ** 2 + torch.cos(p)).sum()
        ours.backward()
        theirs.backward()

    def compare(self, rtol: float = 1e-12, atol: float = 1e-12) -> None:
        for mine, other in zip(self.ours, self.theirs):
            assert str(mine.dtype) == str(other.dtype).removeprefix("torch.")
            np.testing.assert_allclose(mine.data, other.detach().numpy(), rtol=rtol, atol=atol)


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_a_hundred_steps_are_those_of_pytorch(name: str, options: dict[str, Any]) -> None:
    pair = Pair()
    optimizers = pair.optimizers(name, **options)
    for _ in range(100):
        pair.backward(*optimizers)
        for each in optimizers:
            each.step()
        pair.compare()
    assert pair.ours[-1].grad is None
    assert pair.ours[-1] not in optimizers[0].state


@pytest.mark.parametrize(("name", "options"), [OPTIONS[4], OPTIONS[7], OPTIONS[11], OPTIONS[15], OPTIONS[18]])
def test_in_single_precision_too(name: str, options: dict[str, Any]) -> None:
    pair = Pair(np.float32)
    optimizers = pair.optimizers(name, **options)
    for _ in range(100):
        pair.backward(*optimizers)
        for each in optimizers:
            each.step()
    pair.compare(rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"])
def test_defaults_and_signatures_are_the_same(name: str) -> None:
    """Options that PyTorch has for its devices and its compiler are left out."""
    pair = Pair()
    ours, theirs = pair.optimizers(name)
    others = {"foreach", "capturable", "differentiable", "fused", "decoupled_weight_decay"}
    assert ours.defaults == {key: value for key, value in theirs.defaults.items() if key not in others}


def test_groups_have_options_of_their_own_and_parameters_without_a_gradient_wait() -> None:
    pair, optimizers = Pair(), list[Any]()
    for module, params in ((tg.optim, pair.ours), (torch.optim, pair.theirs)):
        optimizer = module.Adam([{"params": params[:1], "lr": 0.1}, {"params": params[1:2], "betas": (0.5, 0.9)}], lr=0.02)
        optimizer.add_param_group({"params": params[2], "weight_decay": 0.3})
        optimizer.add_param_group({"params": params[3:]})
        optimizers.append(optimizer)
    for step in range(30):
        pair.backward(*optimizers)
        if step % 3 == 1:  # no gradient in this round: it is passed by, and its moments do not change
            pair.ours[0].grad = pair.theirs[0].grad = None
        for each in optimizers:
            each.step()
        pair.compare()


@pytest.mark.parametrize(("name", "options"), [OPTIONS[4], OPTIONS[7], OPTIONS[11], OPTIONS[15], OPTIONS[18]])
def test_a_state_goes_to_pytorch_and_back(name: str, options: dict[str, Any]) -> None:
    pair = Pair()
    ours, theirs = pair.optimizers(name, **options)
    for _ in range(5):
        pair.backward(ours, theirs)
        ours.step(), theirs.step()
    saved, other = ours.state_dict(), theirs.state_dict()
    assert saved["param_groups"][0]["params"] == other["param_groups"][0]["params"]
    for i, items in saved["state"].items():
        assert items.keys() <= other["state"][i].keys()
        for key, value in items.items():
            np.testing.assert_allclose(value, np.asarray(other["state"][i][key]), rtol=1e-12, atol=1e-14)
    ours_again, theirs_again = pair.optimizers(name)
    theirs_again.load_state_dict(
        {
            "state": {i: {k: torch.tensor(v) for k, v in items.items()} for i, items in saved["state"].items()},
            "param_groups": [{**other["param_groups"][0], **saved["param_groups"][0]}],
        }
    )
    ours_again.load_state_dict(
        {
            "state": {
                i: {k: np.asarray(v) for k, v in items.items() if v is not None} for i, items in other["state"].items()
            },
            "param_groups": other["param_groups"],
        }
    )
    for _ in range(5):
        pair.backward(ours_again, theirs_again)
        ours_again.step(), theirs_again.step()
        pair.compare()


# --- clipping ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("norm_type", [2.0, 1.0, np.inf, 3.0, 0.5])
@pytest.mark.parametrize("limit", [0.0, 0.7, 1e9])
def test_clipping_is_that_of_pytorch(norm_type: float, limit: float) -> None:
    pair = Pair()
    pair.backward()
    mine = tg.optim.clip_grad_norm_(pair.ours, limit, norm_type)
    theirs = torch.nn.utils.clip_grad_norm_(pair.theirs, limit, norm_type)
    np.testing.assert_allclose(mine, theirs.item(), rtol=1e-12)
    for p, other in zip(pair.ours[:-1], pair.theirs):
        np.testing.assert_allclose(p.grad, other.grad.numpy(), rtol=1e-12)
    tg.optim.clip_grad_value_(pair.ours, 0.1)
    torch.nn.utils.clip_grad_value_(pair.theirs, 0.1)
    for p, other in zip(pair.ours[:-1], pair.theirs):
        np.testing.assert_allclose(p.grad, other.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_clipping_of_what_is_not_finite_is_that_of_pytorch(bad: float) -> None:
    p, other = tg.Tensor(np.ones(3)), torch.ones(3, dtype=torch.float64, requires_grad=True)
    p.grad, other.grad = np.array([1.0, bad, 2.0]), torch.tensor([1.0, bad, 2.0], dtype=torch.float64)
    with np.errstate(invalid="ignore"):
        tg.optim.clip_grad_norm_([p], 1.0)
    torch.nn.utils.clip_grad_norm_([other], 1.0)
    np.testing.assert_array_equal(p.grad, other.grad.numpy())


# --- schedules --------------------------------------------------------------------------------------------------------

Make = Callable[[Any, Any], Any]
SCHEDULES: dict[str, Make] = {
    "StepLR": lambda s, o: s.StepLR(o, 7, gamma=0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 20, 20, 41], gamma=0.3),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.93),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "LinearLR to 0": lambda s, o: s.LinearLR(o, 1.0, 0.0, total_iters=37),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda epoch: 1 / (1 + epoch) ** 0.5),
    "LambdaLR of groups": lambda s, o: s.LambdaLR(o, [lambda epoch: 0.9**epoch, lambda epoch: 1 + epoch]),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 25, eta_min=0.001),
    "CosineAnnealingLR to 0": lambda s, o: s.CosineAnnealingLR(o, 60),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 13, eta_min=0.001),
    "CosineAnnealingWarmRestarts, longer": lambda s, o: s.CosineAnnealingWarmRestarts(o, 4, T_mult=2),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.5, total_steps=60),
    "OneCycleLR, linear": lambda s, o: s.OneCycleLR(
        o, [0.5, 0.1], epochs=6, steps_per_epoch=10, pct_start=0.45, anneal_strategy="linear", div_factor=10.0
    ),
    "OneCycleLR in three phases": lambda s, o: s.OneCycleLR(o, 0.5, 60, three_phase=True, pct_start=0.4, base_momentum=0.7),
    "OneCycleLR without momentum": lambda s, o: s.OneCycleLR(o, 0.5, 60, cycle_momentum=False, final_div_factor=10.0),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=5), s.StepLR(o, 3, 0.5), s.CosineAnnealingLR(o, 30)], milestones=[5, 20]
    ),
    "two at a time": lambda s, o: Both(s.LinearLR(o, 0.25, total_iters=10), s.ExponentialLR(o, 0.9)),
}


class Both:
    """Two schedules for one optimizer: each multiplies by its own part."""

    def __init__(self, *schedules: Any) -> None:
        self.schedules = schedules

    def step(self) -> None:
        for each in self.schedules:
            each.step()


def pairs() -> Iterator[tuple[Any, Any]]:
    """Optimizers of both libraries, with two groups: first one with momentum, then one with betas."""
    p, other = tg.Tensor(np.ones(2)), torch.ones(2, dtype=torch.float64, requires_grad=True)
    q, another = tg.Tensor(np.ones(3)), torch.ones(3, dtype=torch.float64, requires_grad=True)
    for kind, options in [("SGD", {"momentum": 0.9}), ("AdamW", {})]:
        ours = getattr(tg.optim, kind)([{"params": [p]}, {"params": [q], "lr": 0.02}], lr=0.1, **options)
        theirs = getattr(torch.optim, kind)([{"params": [other]}, {"params": [another], "lr": 0.02}], lr=0.1, **options)
        yield ours, theirs


@pytest.mark.parametrize("name", SCHEDULES)
def test_sixty_epochs_of_a_schedule_are_those_of_pytorch(name: str) -> None:
    for ours, theirs in pairs():
        mine, other = SCHEDULES[name](tg.optim, ours), SCHEDULES[name](schedulers, theirs)
        for _ in range(60):
            for a, b in zip(ours.param_groups, theirs.param_groups):
                np.testing.assert_allclose(a["lr"], b["lr"], rtol=1e-12, atol=1e-13)
                for key in {"momentum", "betas"} & a.keys():
                    np.testing.assert_allclose(a[key], b[key], rtol=1e-12)
            for group in ours.param_groups:
                group["params"][0].grad = np.ones(group["params"][0].shape)
            ours.step()
            theirs.step()
            mine.step()
            other.step()


@pytest.mark.parametrize("longer", [1, 3])
def test_warm_restarts_in_the_middle_of_epochs(longer: int) -> None:
    ours, theirs = next(pairs())
    mine = tg.optim.CosineAnnealingWarmRestarts(ours, 4, longer, 0.01)
    other = schedulers.CosineAnnealingWarmRestarts(theirs, 4, longer, 0.01)
    for epoch in np.arange(0, 60, 0.25):
        mine.step(float(epoch))
        other.step(float(epoch))
        np.testing.assert_allclose(mine.get_last_lr(), other.get_last_lr(), rtol=1e-10)
        assert mine.last_epoch == other.last_epoch


@pytest.mark.parametrize("name", ["StepLR", "ExponentialLR", "LinearLR", "LambdaLR", "CosineAnnealingLR to 0"])
def test_a_rate_that_is_changed_by_hand_stays_changed_as_in_pytorch(name: str) -> None:
    ours, theirs = next(pairs())
    mine, other = SCHEDULES[name](tg.optim, ours), SCHEDULES[name](schedulers, theirs)
    ours.steps = 1
    theirs.step()
    for epoch in range(30):
        if epoch == 2:
            ours.param_groups[0]["lr"] *= 0.25
            theirs.param_groups[0]["lr"] *= 0.25
        mine.step()
        other.step()
        np.testing.assert_allclose(mine.get_last_lr(), other.get_last_lr(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"mode": "max", "factor": 0.5, "patience": 1, "cooldown": 2},
        {"threshold": 0.3, "threshold_mode": "abs", "patience": 2, "min_lr": [0.05, 0.001]},
        {"mode": "max", "threshold": 0.3, "threshold_mode": "abs", "patience": 0, "eps": 0.01},
        {"factor": 0.0, "patience": 3},
    ],
)
def test_a_plateau_is_found_where_pytorch_finds_it(options: dict[str, Any]) -> None:
    ours, theirs = next(pairs())
    mine, other = tg.optim.ReduceLROnPlateau(ours, **options), schedulers.ReduceLROnPlateau(theirs, **options)
    rng = np.random.default_rng(1)
    for epoch in range(60):
        figure = np.nan if epoch == 7 else 2 / (1 + epoch) + 0.1 * rng.normal()
        mine.step(figure)
        other.step(figure)
        np.testing.assert_allclose(mine.get_last_lr(), other.get_last_lr(), rtol=1e-12)
