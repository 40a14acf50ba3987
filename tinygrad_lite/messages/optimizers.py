"""Messages of optimizers, of gradient clipping, and of schedules for the learning rate."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .phrases import Message, a_kind_of, as_user_says, listed, variable_or
from .tensors import closest

# fmt: off


def in_a_call(by: str, parameters: str, rest: str = "") -> str:
    """A call of an optimizer, or of a function that clips gradients, to be pasted."""
    needs = {"clip_grad_norm_": ", 1.0", "clip_grad_value_": ", 1.0", "LBFGS": ""}
    return f"tg.optim.{by}({parameters}{rest or needs.get(by, ', lr=0.1')})"


A_GROUP, TWO_GROUPS = '[{"params": [w], "lr": 0.1}]', '[{"params": [w], "lr": 0.1}, {"params": [u]}]'

# --- parameters -------------------------------------------------------------------------------------------------------

one_parameter = Message(TypeError, lambda p, by: f"""
    {by} takes a list of parameters, and was given a single Tensor ({as_user_says(p)}). Put it into a list: write
    `{in_a_call(by, f"[{variable_or(p, 'w')}]")}`.
""")


def no_list_of_parameters(given: Any, by: str) -> TypeError:
    """A method that was not called, or the model itself."""
    method = callable(given) and getattr(given, "__name__", "") in ("parameters", "named_parameters")
    owner = getattr(given, "__self__", None) if method else given
    what = "the method model.parameters itself, which is not called" if method else a_kind_of(given)
    if not method and not callable(getattr(owner, "parameters", None)):
        return TypeError(
            f"{by} takes a list of parameters, and was given {what}. Give it the Tensors that should change: write "
            f"`{in_a_call(by, '[w]')}`."
        )
    return TypeError(
        f"{by} takes a list of parameters, and was given {what}. Call the method, with parentheses: write "
        f"`{in_a_call(by, variable_or(owner, 'model') + '.parameters()')}`."
    )


def not_parameters(given: Any, by: str) -> TypeError:
    if isinstance(given, dict) and "params" in given:
        return TypeError(
            f"{by} takes a list of groups, and was given one group. Put it into a list: write "
            f"`tg.optim.{by}({A_GROUP})`."
        )
    if isinstance(given, dict):
        d = variable_or(given, "params")
        return TypeError(
            f"{by} takes a list of parameters, and was given a dict with the keys {listed(list(given)[:4])}. Give it the "
            f"Tensors in it: write `{in_a_call(by, f'list({d}.values())')}`."
        )
    return TypeError(
        f"{by} takes a list of parameters, which are Tensors, and was given {a_kind_of(given)}. Give it the Tensors that "
        f"should change: write `{in_a_call(by, '[w]')}`."
    )


no_parameters = Message(ValueError, lambda given, by: f"""
    {by} was given {'an empty list' if hasattr(given, '__len__') else 'an empty generator'}, so there is nothing to
    change. {'' if hasattr(given, '__len__') else '''If it was used before, by a loop or by another optimizer, it is empty: a
    generator gives its items only once. Call model.parameters() again, or keep a list: params = list(model.parameters()). '''
    }Give it the Tensors that the loss is computed from: write `{in_a_call(by, '[w]')}`.
""")
not_a_parameter_tensor = Message(TypeError, lambda p, by: f"""
    {by} changes Tensors, but one of its parameters is {a_kind_of(p)}.
    {'It looks like an item of model.named_parameters(): give it model.parameters(). ' if isinstance(p, tuple) else ''}Make
    a Tensor first, and compute the loss from it: write `w = tg.Tensor(np.zeros(3))`, and then `{in_a_call(by, '[w]')}`.
""")
computed_parameter = Message(ValueError, lambda p, by: f"""
    {by} changes leaves, but this Tensor ({as_user_says(p)}) was made by {p.node.rule.name}: it is the result of a computation
    with other Tensors. Give the optimizer those other Tensors. Or make a leaf with the same numbers, and compute the loss
    from the leaf: write `{variable_or(p, 'w')} = tg.Tensor({variable_or(p, 'w')}.data)`.
""")
constant_parameter = Message(ValueError, lambda p, by: f"""
    {by} was given a Tensor ({as_user_says(p)}) that wants no gradient, so it would never change. To train it, write
    `{variable_or(p, 'w')}.requires_grad = True`. To keep it as it is, leave it out of the list.
""")
parameter_twice = Message(ValueError, lambda p, by: f"""
    {by} was given the parameter {as_user_says(p)} twice, so each step would change it twice. A Tensor may be in one group
    only, and only once. If two layers share it, remove the second one with a dict: write
    `{in_a_call(by, f'list(dict.fromkeys([{variable_or(p, "w")}, {variable_or(p, "w")}]))')}`.
""")
not_a_group = Message(TypeError, lambda given, by: f"""
    A group of parameters must be a dict with the key "params" and the options of this group, but this is
    {a_kind_of(given)}{f' with the keys {listed(given)}' if isinstance(given, dict) else ''}. Write
    `tg.optim.{by}({TWO_GROUPS})`.
""")

# --- options ----------------------------------------------------------------------------------------------------------

GOOD = {"momentum": 0.9, "weight_decay": 1e-4, "alpha": 0.99, "eps": 1e-8, "initial_accumulator_value": 0.1, "lr_decay": 0.01}


def not_a_setting(name: str, value: Any, by: str) -> Exception:
    """A learning rate, or another option, that is no number or out of range."""
    number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    what = f"{name}={value!r}" if number or isinstance(value, (str, bool)) else f"{name} is {a_kind_of(value)}, and that"
    why = "is not a number" if not number else "is negative" if value < 0 else "is not finite"
    uphill = " To make the loss larger instead, add maximize=True." if name == "lr" and number and value < 0 else ""
    return (ValueError if number else TypeError)(
        f"{by}: {what} {why}. {'A learning rate' if name == 'lr' else 'This option'} is a number that is 0 or more: write "
        f"`{in_a_call(by, '[w]', f', {name}={GOOD.get(name, 0.1)}')}`.{uphill}"
    )


not_betas = Message(ValueError, lambda value, by: f"""
    {by}: betas={value!r} is not a pair of numbers that are 0 or more and below 1. Each step keeps this part of the mean of
    the gradients, and of the mean of their squares: write `{in_a_call(by, '[w]', ', betas=(0.9, 0.999)')}`.
""")
nesterov_needs_momentum = Message(ValueError, lambda momentum, dampening: f"""
    SGD: nesterov=True needs a momentum above 0 and a dampening of 0, but here momentum={momentum} and
    dampening={dampening}. Write `tg.optim.SGD([w], lr=0.1, momentum=0.9, nesterov=True)`.
""")


def misspelt(options: Iterable[str], known: Iterable[str]) -> tuple[str, str] | None:
    """An option that is not known but nearly is, and the known one. Others are the user's own, as PyTorch allows them."""
    names = tuple(known)
    ours = {*names, "initial_lr", "maximize"}
    return next(((name, close) for name in options if name not in ours and (close := closest(name, names))), None)


misspelt_option = Message(TypeError, lambda name, close, by: f"""
    A group of {by} has the option {name!r}, which is unknown, so it would change nothing. Did you mean {close!r}?
""")

# --- steps ------------------------------------------------------------------------------------------------------------



def counted_parameters(groups: list[dict[str, Any]]) -> str:
    count = sum(len(group["params"]) for group in groups)
    return "is 1 parameter" if count == 1 else f"are {count} parameters"


no_gradients = Message(ValueError, lambda groups: f"""
    optimizer.step(): no parameter has a gradient (there {counted_parameters(groups)}), so nothing would change. Gradients are
    computed by the backward pass: write `loss.backward()` before the step. Call zero_grad() before loss.backward(), not after
    it. If you did all this, the loss was not computed from these Tensors, but perhaps from copies of them.
""")
not_a_closure = Message(TypeError, lambda given: f"""
    optimizer.step() takes a closure, a function that computes the loss, and was given {a_kind_of(given)}. If you have called
    loss.backward() already, it needs nothing: write `optimizer.step()`.
""")
gradient_does_not_fit = Message(ValueError, lambda p, g: f"""
    The parameter {as_user_says(p)} has a .grad of shape {tuple(np.shape(g))}. A gradient must have the shape of its
    parameter. Delete it, and compute it again: write `{variable_or(p, 'w')}.zero_grad()`.
""")
needs_a_closure = Message(TypeError, lambda: """
    LBFGS computes the loss several times in one step, so it needs a function that computes the loss and the gradients: write
    `def closure(): optimizer.zero_grad(); loss = np.sum((w - 1) ** 2); loss.backward(); return loss`, with your loss; and
    give it to the step, as in optimizer.step(closure).
""")
only_with_line_search = Message(ValueError, lambda lr, line_search: f"""
    LBFGS was given lr={lr!r} and line_search_fn={line_search!r}. Here SciPy does the work. Its line search finds the length
    of each step, by the strong Wolfe conditions. Leave both options out: write `tg.optim.LBFGS([w])`.
""")
one_group_only = Message(ValueError, lambda: """
    LBFGS changes all parameters together, with one estimate of the curvature of the loss, so they must be in one group with
    the same options. Write `tg.optim.LBFGS([w, u])`.
""")

# --- clipping ---------------------------------------------------------------------------------------------------------

not_a_limit = Message(ValueError, lambda name, value, by: f"""
    {by}: {name}={value!r} is not a number that is 0 or more. Write `tg.optim.{by}([w], {name}=1.0)`.
""")
norm_not_finite = Message(FloatingPointError, lambda total, params: f"""
    clip_grad_norm_: the norm of the gradients is {total}, because of the gradient of
    {'; '.join([as_user_says(p) for p in params if not np.all(np.isfinite(p.grad))][:3]) or 'several parameters together'}.
    To find the call that made the first such number, compute the loss and its backward pass inside `with tg.debug():`.
""")

# --- saving -----------------------------------------------------------------------------------------------------------

not_a_state = Message(TypeError, lambda given, by: f"""
    {by}.load_state_dict takes what state_dict() returned, a dict with the keys 'state' and 'param_groups', and was given
    {f'a dict with the keys {listed(list(given)[:4])}' if isinstance(given, dict) else a_kind_of(given)}. Write
    `saved = optimizer.state_dict()`, and later `optimizer.load_state_dict(saved)`.
""")


def other_state(by: str, problems: Sequence[str]) -> ValueError:
    return ValueError(
        f"This state does not fit {by} and its parameters, so nothing was changed. What was saved:\n  - "
        + "\n  - ".join([*problems[:20], *([f"and {len(problems) - 20} more"] if len(problems) > 20 else [])])
        + "\n  Make the optimizer in the same way as the saved one: with the same class, groups, and order of parameters."
    )


other_schedule = Message(ValueError, lambda by, given, mine: f"""
    This state does not fit {by}, so nothing was changed:
    {f'it has the keys {listed(sorted(given))}' if isinstance(given, dict) else f'it is {a_kind_of(given)}'}, but {by} has
    {listed(sorted(mine))}. Make the schedule in the same way as the saved one.
""")

# --- schedules --------------------------------------------------------------------------------------------------------

not_an_optimizer = Message(TypeError, lambda given, by: f"""
    {by} changes the learning rates of an optimizer, and was given {a_kind_of(given)}. Make the optimizer first: write
    `optimizer = tg.optim.SGD([w], lr=0.1)`, and give it to {by}.
""")
no_initial_rate = Message(ValueError, lambda i, last_epoch, by: f"""
    {by} with last_epoch={last_epoch} continues an earlier training, but group {i} of the optimizer does not know the rate
    that it started from. Load the optimizer's state first: write `optimizer.load_state_dict(saved)`. For a new training leave
    last_epoch out.
""")
not_a_count = Message(ValueError, lambda name, value, by: f"""
    {by}: {name}={value!r} is not a whole number that is 1 or more. It is a number of epochs, or of batches if you call
    schedule.step() after each batch.
""")
RANGES = {"factor": "below 1, because the rate should fall", "pct_start": "from 0 to 1"}
not_a_factor = Message(ValueError, lambda name, value, by: f"""
    {by}: {name}={value!r} is out of range. It must be a number {RANGES.get(name, 'that is 0 or more')}.
""")
not_one_of = Message(ValueError, lambda name, value, known, by:
    f"{by}: {name}={value!r} is unknown. It must be one of {listed(known)}.")
no_total_steps = Message(TypeError, lambda: """
    OneCycleLR has to know how long the training is: write `tg.optim.OneCycleLR(optimizer, max_lr=0.1, total_steps=1000)`, or
    `tg.optim.OneCycleLR(optimizer, max_lr=0.1, epochs=10, steps_per_epoch=100)`.
""")
no_momentum_to_cycle = Message(ValueError, lambda optimizer: f"""
    OneCycleLR changes the momentum together with the rate, but {optimizer} has no momentum. Write
    `tg.optim.OneCycleLR(optimizer, max_lr=0.1, total_steps=1000, cycle_momentum=False)`.
""")
a_step_too_many = Message(ValueError, lambda total: f"""
    OneCycleLR was made for {total} steps, and this is one more. Its total_steps is the number of calls of schedule.step():
    the number of epochs times the number of batches in each, if it is called after each batch.
""")
not_one_rate_each = Message(ValueError, lambda name, count, groups, by: f"""
    {by}: {name} has {count} value{'s' * (count != 1)}, but the optimizer has {groups} group{'s' * (groups != 1)} of
    parameters. Give one number for all groups, or a list with one number for each group.
""")
not_a_function_for_each = Message(ValueError, lambda given, groups: f"""
    LambdaLR takes a function of the epoch, or a list with one for each group of parameters. The optimizer has {groups}
    group{'s' * (groups != 1)}, and LambdaLR was given
    {f'{len(given)} functions' if all(map(callable, given)) else a_kind_of(next(f for f in given if not callable(f)))}. Write
    `tg.optim.LambdaLR(optimizer, lambda epoch: 0.95**epoch)`.
""")


def what_is_wrong_with(schedule: Any) -> str:
    if not hasattr(schedule, "optimizer"):
        return "not a schedule"
    return "which depends on figures and not on epochs" if hasattr(schedule, "best") else "of another optimizer"


not_a_schedule_of_it = Message(TypeError, lambda i, given, optimizer: f"""
    SequentialLR: number {i} of its schedules is {a_kind_of(given)}, {what_is_wrong_with(given)}.
    All of them must change the rates of the optimizer that SequentialLR is given: write
    `tg.optim.SequentialLR(optimizer, [tg.optim.LinearLR(optimizer), tg.optim.StepLR(optimizer, 10)], milestones=[5])`.
""")
not_between_schedules = Message(ValueError, lambda count, milestones: f"""
    SequentialLR has {count} schedule{'s' * (count != 1)} and the milestones {milestones}. A milestone is the epoch at which
    the next schedule begins, so there must be one fewer milestone than schedules.
""")
no_figure = Message(TypeError, lambda: """
    ReduceLROnPlateau looks at a figure that should improve, such as the loss on validation data: write `schedule.step(loss)`.
""")
no_rates_before = Message(TypeError, lambda: """
    The learning rates of ReduceLROnPlateau depend on the figures that step() is given, so future rates are not known.
    get_last_lr() returns the present rates.
""")


def warn_of_schedule_first(schedule: Any) -> None:
    warnings.warn(
        f"{type(schedule).__name__}.step() was called before optimizer.step(), so the first learning rate is never used. In "
        "each round call optimizer.step() first, and schedule.step() after it.",
        stacklevel=3,
    )


def no_optimizer_called(name: str, known: list[str]) -> AttributeError:
    """tg.optim was asked for a name that it does not have."""
    start = f"tg.optim has no attribute {name!r}."
    if name.startswith("__"):
        return AttributeError(start, name=name)
    if name in ("lr_scheduler", "schedules"):
        return AttributeError(f"{start} The schedules are in tg.optim itself: write `tg.optim.StepLR`.", name=name)
    if close := closest(name, tuple(known)):
        return AttributeError(f"{start} Did you mean `tg.optim.{close}`?", name=name)
    return AttributeError(f"{start} It has {', '.join(known)}.", name=name)
