"""Schedules change the learning rate from epoch to epoch.

Flows in: an optimizer. Flows out: a new ``group["lr"]`` in each of its groups, at each ``schedule.step()``. A schedule is a
formula for the rate at an epoch, the method `rate`. What is called an epoch here is one call of ``schedule.step()``: some
schedules are made to be called after each batch.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from .. import messages
from .optimizer import Optimizer
from .parameters import is_number


class LRScheduler:
    """The base of all schedules. One of your own needs a `rate`, or `rates` if it differs from group to group.

    optimizer:   whose learning rates change; their values now are those that the schedule starts from
    last_epoch:  -1 for a new training; or the number of steps already done, if the groups know their "initial_lr"

    If you change ``group["lr"]`` by hand, or use two schedules together, these changes are kept: a schedule multiplies the
    rate by the factor by which its own rate changes. Raises TypeError for what is not an optimizer.

    >>> import tinygrad_lite as tg
    >>> class Halving(tg.optim.LRScheduler):
    ...     def rate(self, base, epoch):
    ...         return base / 2**epoch
    >>> schedule = Halving(tg.optim.SGD([tg.Tensor(1.0)], lr=0.8))
    >>> [schedule.rates(epoch) for epoch in range(4)]
    [[0.8], [0.4], [0.2], [0.1]]
    """

    relative: ClassVar[bool] = True  # False: it sets the rate to what its formula says, whatever it was
    functions: ClassVar[tuple[str, ...]] = ("optimizer",)  # attributes that are not saved

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked_optimizer(optimizer, self)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise messages.no_initial_rate(i, last_epoch, type(self).__name__)
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.go_to(last_epoch + 1)

    def rate(self, base: float, epoch: Any) -> float:
        """The learning rate at an epoch, of a group that starts from `base`."""
        raise NotImplementedError

    def rates(self, epoch: int) -> list[float]:
        """The learning rate of each group at an epoch. You can plot with it what a schedule will do."""
        return [self.rate(base, epoch) for base in self.base_lrs]

    def step(self) -> None:
        """Go on to the next epoch. Call it after ``optimizer.step()``."""
        if self.last_epoch == 0 and self.optimizer.steps == 0:
            messages.warn_of_schedule_first(self)
        self.go_to(self.last_epoch + 1)

    def go_to(self, epoch: Any) -> None:
        """Set the learning rates of an epoch that follows the last one."""
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:  # they were added since
            self.base_lrs.append(group.setdefault("initial_lr", group["lr"]))
        before = self.rates(epoch - 1) if epoch else self.base_lrs
        for group, old, new in zip(self.optimizer.param_groups, before, self.rates(epoch)):
            changed = self.relative and group["lr"] != old and old
            group["lr"] = group["lr"] * (new / old) if changed else new
        self.last_epoch = epoch

    def get_last_lr(self) -> list[float]:
        """The learning rate of each group now."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """The state that is needed to continue later, in numbers, texts and lists. Functions are not in it.

        The learning rates themselves are in the `state_dict` of the optimizer.
        """
        kept = {name: value for name, value in vars(self).items() if name not in self.functions}
        return {name: list(value) if isinstance(value, (list, tuple)) else value for name, value in kept.items()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned. Raises ValueError, and changes nothing, for another kind of schedule."""
        mine = self.state_dict().keys()
        if not isinstance(state_dict, dict) or state_dict.keys() != mine:
            raise messages.other_schedule(type(self).__name__, state_dict, mine)
        vars(self).update(
            {name: list(value) if isinstance(value, (list, tuple)) else value for name, value in state_dict.items()}
        )

    def __repr__(self) -> str:
        options = [f"{name}={value}" for name, value in self.state_dict().items()]
        return f"{type(self).__name__}({', '.join(options)})"


class StepLR(LRScheduler):
    """Multiply by `gamma` every `step_size` epochs: ``base * gamma ** (epoch // step_size)``.

    >>> import tinygrad_lite as tg
    >>> schedule = tg.optim.StepLR(tg.optim.SGD([tg.Tensor(1.0)], lr=1.0), step_size=2, gamma=0.5)
    >>> [schedule.rates(epoch)[0] for epoch in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = counted(self, "step_size", step_size), factor(self, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, epoch: int) -> float:
        return base * self.gamma ** (epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """Multiply by `gamma` at each epoch in `milestones`.

    >>> import tinygrad_lite as tg
    >>> schedule = tg.optim.MultiStepLR(tg.optim.SGD([tg.Tensor(1.0)], lr=1.0), milestones=[2, 3], gamma=0.5)
    >>> [schedule.rates(epoch)[0] for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.milestones, self.gamma = sorted(milestones), factor(self, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, epoch: int) -> float:
        return base * self.gamma ** bisect_right(self.milestones, epoch)


class ExponentialLR(LRScheduler):
    """Multiply by `gamma` at each epoch: ``base * gamma ** epoch``.

    >>> import tinygrad_lite as tg
    >>> schedule = tg.optim.ExponentialLR(tg.optim.SGD([tg.Tensor(1.0)], lr=1.0), gamma=0.5)
    >>> [schedule.rates(epoch)[0] for epoch in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = factor(self, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, epoch: int) -> float:
        return base * self.gamma**epoch


class LinearLR(LRScheduler):
    """Warm-up: from ``base * start_factor`` along a line to ``base * end_factor``, in `total_iters` epochs.

    At the start the gradients of a network change quickly, so small steps are safer (Goyal et al., 2017).

    >>> import tinygrad_lite as tg
    >>> schedule = tg.optim.LinearLR(tg.optim.SGD([tg.Tensor(1.0)], lr=1.0), start_factor=0.2, total_iters=4)
    >>> [round(schedule.rates(epoch)[0], 3) for epoch in range(6)]
    [0.2, 0.4, 0.6, 0.8, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        self.start_factor, self.end_factor = (
            factor(self, "start_factor", start_factor),
            factor(self, "end_factor", end_factor),
        )
        self.total_iters = counted(self, "total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, epoch: int) -> float:
        done = min(epoch, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * done)


class LambdaLR(LRScheduler):
    """Multiply the first rate by a function of the epoch: ``base * lr_lambda(epoch)``.

    lr_lambda:  a function, or a list of functions, one for each group. They are not in the `state_dict`

    >>> import tinygrad_lite as tg
    >>> schedule = tg.optim.LambdaLR(tg.optim.SGD([tg.Tensor(1.0)], lr=1.0), lambda epoch: 1 / (1 + epoch))
    >>> [schedule.rates(epoch)[0] for epoch in range(4)]
    [1.0, 0.5, 0.3333333333333333, 0.25]
    """

    relative = False
    functions = ("optimizer", "lr_lambdas")

    def __init__(
        self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]], last_epoch: int = -1
    ) -> None:
        groups = len(checked_optimizer(optimizer, self).param_groups)
        self.lr_lambdas: list[Any] = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups or not all(map(callable, self.lr_lambdas)):
            raise messages.not_a_function_for_each(self.lr_lambdas, groups)
        super().__init__(optimizer, last_epoch)

    def rates(self, epoch: int) -> list[float]:
        return [float(base * f(epoch)) for base, f in zip(self.base_lrs, self.lr_lambdas)]


class CosineAnnealingLR(LRScheduler):
    """Fall along half a cosine to `eta_min`, in `T_max` epochs (Loshchilov and Hutter, 2017). After that it rises again.

    >>> import tinygrad_lite as tg
    >>> schedule = tg.optim.CosineAnnealingLR(tg.optim.SGD([tg.Tensor(1.0)], lr=1.0), T_max=4)
    >>> [round(schedule.rates(epoch)[0], 3) for epoch in range(5)]
    [1.0, 0.854, 0.5, 0.146, 0.0]
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max, self.eta_min = counted(self, "T_max", T_max), factor(self, "eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, epoch: int) -> float:
        return along_a_cosine(base, self.eta_min, epoch / self.T_max)


class CosineAnnealingWarmRestarts(LRScheduler):
    """Fall along half a cosine, and start again from the top (Loshchilov and Hutter, 2017).

    T_0:      the length of the first fall, in epochs
    T_mult:   each fall is this many times as long as the one before
    eta_min:  where each fall ends

    >>> import tinygrad_lite as tg
    >>> schedule = tg.optim.CosineAnnealingWarmRestarts(tg.optim.SGD([tg.Tensor(1.0)], lr=1.0), T_0=2, T_mult=2)
    >>> [round(schedule.rates(epoch)[0], 3) for epoch in range(7)]
    [1.0, 0.5, 1.0, 0.854, 0.5, 0.146, 1.0]
    """

    relative = False

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_0, self.T_mult = counted(self, "T_0", T_0), counted(self, "T_mult", T_mult)
        self.eta_min = factor(self, "eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def rate(self, base: float, epoch: float) -> float:
        length = self.T_0
        while epoch >= length and self.T_mult > 1:
            epoch, length = epoch - length, length * self.T_mult
        return along_a_cosine(base, self.eta_min, epoch % length / length)

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next epoch; or, in the middle of one, to a part of it: ``schedule.step(epoch + i / batches)``."""
        if epoch is None:
            super().step()
        else:
            self.go_to(epoch)
            self.last_epoch = math.floor(epoch)


class OneCycleLR(LRScheduler):
    """Rise to `max_lr`, and fall to almost 0, once in a training; call `step` after each batch (Smith, 2018).

    max_lr:           the highest rate; or a list, one for each group
    total_steps:      how many steps there are; or give `epochs` and `steps_per_epoch`, whose product it is
    pct_start:        the part of the steps in which the rate rises
    anneal_strategy:  "cos" or "linear"
    cycle_momentum:   lower the momentum (of Adam, the first beta) as the rate rises, from `max_momentum` to `base_momentum`
    div_factor:       it starts at ``max_lr / div_factor``
    final_div_factor: it ends at the start divided by this
    three_phase:      first fall back to the start, in as many steps as it rose, and only then to the end

    Raises ValueError for a step too many.

    >>> import tinygrad_lite as tg
    >>> optimizer = tg.optim.SGD([tg.Tensor(1.0)], momentum=0.9)
    >>> schedule = tg.optim.OneCycleLR(optimizer, max_lr=1.0, total_steps=10, anneal_strategy="linear")
    >>> [round(schedule.rates(epoch)[0], 3) for epoch in range(10)]
    [0.04, 0.52, 1.0, 0.857, 0.714, 0.571, 0.429, 0.286, 0.143, 0.0]
    """

    relative = False

    def __init__(
        self, optimizer: Optimizer, max_lr: float | Sequence[float], total_steps: int | None = None,
        epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
        anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
        three_phase: bool = False, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        groups = checked_optimizer(optimizer, self).param_groups
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise messages.no_total_steps()
        if total_steps is None:
            total_steps = counted(self, "epochs", epochs) * counted(self, "steps_per_epoch", steps_per_epoch)
        if anneal_strategy not in ("cos", "linear"):
            raise messages.not_one_of("anneal_strategy", anneal_strategy, ("cos", "linear"), type(self).__name__)
        if not is_number(pct_start) or not 0 <= pct_start <= 1:
            raise messages.not_a_factor("pct_start", pct_start, type(self).__name__)
        if cycle_momentum and not {"momentum", "betas"} & optimizer.defaults.keys():
            raise messages.no_momentum_to_cycle(type(optimizer).__name__)
        self.total_steps, self.pct_start = counted(self, "total_steps", total_steps), float(pct_start)
        self.anneal_strategy, self.cycle_momentum, self.three_phase = anneal_strategy, cycle_momentum, three_phase
        self.max_lrs, self.base_momentums, self.max_momentums = (
            [factor(self, name, each) for each in one_each(self, name, value, len(groups))]
            for name, value in [("max_lr", max_lr), ("base_momentum", base_momentum), ("max_momentum", max_momentum)]
        )
        self.final_div_factor = final_div_factor
        if last_epoch == -1:
            for group, highest in zip(groups, self.max_lrs):
                group["initial_lr"] = highest / div_factor
        super().__init__(optimizer, last_epoch)

    def rates(self, epoch: int) -> list[float]:
        ends = [(base, top, base / self.final_div_factor) for base, top in zip(self.base_lrs, self.max_lrs)]
        return [self.along(epoch, *each) for each in ends]

    def momentums(self, epoch: int) -> list[float]:
        """The momentum of each group at a step: low while the rate is high."""
        return [self.along(epoch, high, low, high) for low, high in zip(self.base_momentums, self.max_momentums)]

    def along(self, step: int, start: float, top: float, end: float) -> float:
        """From `start` to `top` and on to `end`, at a step; with three phases, back to `start` before that."""
        up = self.pct_start * self.total_steps
        legs = [(up - 1, start, top), (self.total_steps - 1, top, end)]
        if self.three_phase:
            legs[1:] = [(2 * up - 2, top, start), (self.total_steps - 1, start, end)]
        before = 0.0
        while len(legs) > 1 and step > legs[0][0]:
            before = legs.pop(0)[0]
        last, low, high = legs[0]
        done = (step - before) / (last - before) if last != before else 1.0
        return along_a_cosine(low, high, done) if self.anneal_strategy == "cos" else low + (high - low) * done

    def go_to(self, epoch: int) -> None:
        if epoch > self.total_steps:
            raise messages.a_step_too_many(self.total_steps)
        if len(self.optimizer.param_groups) != len(self.max_lrs):
            raise messages.not_one_rate_each("max_lr", len(self.max_lrs), len(self.optimizer.param_groups), "OneCycleLR")
        super().go_to(epoch)
        if self.cycle_momentum:
            for group, momentum in zip(self.optimizer.param_groups, self.momentums(epoch)):
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum


class SequentialLR(LRScheduler):
    """One schedule after the other: the next one begins at each epoch in `milestones`, and counts its epochs from 0.

    >>> import tinygrad_lite as tg
    >>> optimizer = tg.optim.SGD([tg.Tensor(1.0)], lr=1.0)
    >>> warm_up = tg.optim.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> decay = tg.optim.ExponentialLR(optimizer, gamma=0.5)
    >>> schedule = tg.optim.SequentialLR(optimizer, [warm_up, decay], milestones=[2])
    >>> [schedule.rates(epoch)[0] for epoch in range(5)]
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    functions = ("optimizer", "schedulers")

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        for i, each in enumerate(schedulers):
            plain = isinstance(each, LRScheduler) and not isinstance(each, ReduceLROnPlateau)
            if not plain or each.optimizer is not optimizer:
                raise messages.not_a_schedule_of_it(i, each, optimizer)
        if not schedulers or len(milestones) != len(schedulers) - 1:
            raise messages.not_between_schedules(len(schedulers), list(milestones))
        self.schedulers, self.milestones = list(schedulers), list(milestones)
        super().__init__(optimizer, last_epoch)

    def at(self, epoch: int) -> tuple[LRScheduler, int]:
        """The schedule that an epoch belongs to, and the epoch as that one counts."""
        i = bisect_right(self.milestones, epoch)
        return self.schedulers[i], epoch - (self.milestones[i - 1] if i else 0)

    def rates(self, epoch: int) -> list[float]:
        schedule, own = self.at(epoch)
        return schedule.rates(own)

    def go_to(self, epoch: int) -> None:
        schedule, own = self.at(epoch)
        if own == 0:
            for group, base in zip(self.optimizer.param_groups, schedule.base_lrs):
                group["lr"] = base
        schedule.go_to(own)
        self.last_epoch = epoch

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "schedulers": [each.state_dict() for each in self.schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        mine = self.state_dict()
        inner = state_dict.get("schedulers", []) if isinstance(state_dict, dict) else []
        if not isinstance(state_dict, dict) or state_dict.keys() != mine.keys() or len(inner) != len(self.schedulers):
            raise messages.other_schedule(type(self).__name__, state_dict, mine.keys())
        for each, state in zip(self.schedulers, inner):
            if state.keys() != each.state_dict().keys():
                raise messages.other_schedule(type(each).__name__, state, each.state_dict().keys())
        for each, state in zip(self.schedulers, inner):
            each.load_state_dict(state)
        self.milestones, self.base_lrs = list(state_dict["milestones"]), list(state_dict["base_lrs"])
        self.last_epoch = state_dict["last_epoch"]


class ReduceLROnPlateau(LRScheduler):
    """Multiply by `factor` when a figure, such as the loss on held-out data, has not improved for `patience` epochs.

    mode:            "min" if the figure should fall, "max" if it should rise
    factor:          below 1
    patience:        how many epochs without improvement to wait for; in the next one the rate falls
    threshold:       the smallest change that counts as an improvement
    threshold_mode:  "rel", a part of the best; "abs", a difference
    cooldown:        how many epochs after a fall do not count
    min_lr:          the smallest rate; or a list, one for each group
    eps:             a fall that would be smaller than this is skipped

    >>> import tinygrad_lite as tg
    >>> optimizer = tg.optim.SGD([tg.Tensor(1.0)], lr=1.0)
    >>> schedule = tg.optim.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [3.0, 2.0, 2.0, 2.0]:
    ...     schedule.step(loss)
    >>> schedule.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
        threshold_mode: str = "rel", cooldown: int = 0, min_lr: float | Sequence[float] = 0.0, eps: float = 1e-8,
    ) -> None:  # fmt: skip
        self.optimizer, by = checked_optimizer(optimizer, self), type(self).__name__
        if mode not in ("min", "max"):
            raise messages.not_one_of("mode", mode, ("min", "max"), by)
        if threshold_mode not in ("rel", "abs"):
            raise messages.not_one_of("threshold_mode", threshold_mode, ("rel", "abs"), by)
        if not is_number(factor) or not 0 <= factor < 1:
            raise messages.not_a_factor("factor", factor, by)
        self.mode, self.factor, self.patience, self.cooldown, self.eps = mode, float(factor), patience, cooldown, eps
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.min_lrs = one_each(self, "min_lr", min_lr, len(optimizer.param_groups))
        self.best: float | None = None
        self.last_epoch = self.num_bad_epochs = self.cooldown_counter = 0

    def step(self, metrics: Any = None) -> None:
        """Go on to the next epoch, with the figure of this one."""
        if metrics is None:
            raise messages.no_figure()
        current = float(getattr(metrics, "data", metrics))
        self.last_epoch += 1
        if self.is_better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter, self.num_bad_epochs = self.cooldown_counter - 1, 0
        if self.num_bad_epochs > self.patience:
            lowest = [*self.min_lrs, *self.min_lrs[-1:] * len(self.optimizer.param_groups)]  # also of groups that were added
            for group, least in zip(self.optimizer.param_groups, lowest):
                new = max(group["lr"] * self.factor, least)
                group["lr"] = new if group["lr"] - new > self.eps else group["lr"]
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0

    def rates(self, epoch: int) -> list[float]:
        """Not known before: they depend on the figures."""
        raise messages.no_rates_before()

    def is_better(self, current: float) -> bool:
        """Whether a figure is better than the best by more than the threshold. A nan is not."""
        sign = 1 if self.mode == "min" else -1
        if self.best is None:
            return current * sign < math.inf
        margin = self.threshold * (sign * self.best if self.threshold_mode == "rel" else 1)
        return sign * current < sign * self.best - margin


def along_a_cosine(start: float, end: float, done: float) -> float:
    """From `start` to `end` as `done` goes from 0 to 1: slowly at first, fast in the middle, slowly at the end."""
    return end + (start - end) * (1 + math.cos(math.pi * done)) / 2


# --- what users give, checked -----------------------------------------------------------------------------------------


def checked_optimizer(optimizer: Any, schedule: LRScheduler) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise messages.not_an_optimizer(optimizer, type(schedule).__name__)
    return optimizer


def counted(schedule: LRScheduler, name: str, value: Any) -> int:
    """A number of epochs or steps: whole, and at least 1."""
    if not is_number(value) or value != int(value) or value < 1:
        raise messages.not_a_count(name, value, type(schedule).__name__)
    return int(value)


def factor(schedule: LRScheduler, name: str, value: Any) -> float:
    """A number that rates are multiplied with, or a rate."""
    if not is_number(value) or not 0 <= value < math.inf:
        raise messages.not_a_factor(name, value, type(schedule).__name__)
    return float(value)


def one_each(schedule: LRScheduler, name: str, value: Any, groups: int) -> list[Any]:
    """An option that may be a list, with one for each group."""
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise messages.not_one_rate_each(name, len(value), groups, type(schedule).__name__)
    return list(value)
