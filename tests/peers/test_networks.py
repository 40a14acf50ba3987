"""Layers, losses and initializers against PyTorch's: the same weights give the same outputs, gradients, and next weights.

Each case makes a layer of ours and one of PyTorch's with the same arguments, and gives it the numbers of ours, by their
names. Compared are the outputs, the gradients of the inputs and parameters, the buffers, all of it after `eval()` too, and
the parameters after three steps of two optimizers. The tests find the layers and losses themselves: one without a case
fails.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import nn

torch = pytest.importorskip("torch", reason="torch is not installed: nothing to compare with")
F = torch.nn.functional

rng = np.random.default_rng(0)


def x(*shape: int) -> np.ndarray:
    """Random numbers."""
    return rng.normal(size=shape)


def some(count: int, *shape: int) -> np.ndarray:
    """Random indices below `count`."""
    return rng.integers(0, count, shape)


def chances(*shape: int) -> np.ndarray:
    """Random probabilities, whose sum along axis 1, or along the only axis, is 1."""
    p = rng.uniform(size=shape)
    return p / p.sum(axis=min(1, p.ndim - 1), keepdims=True)


class Case(NamedTuple):
    """The arguments of a layer, or none for a function; what it is called with; and the options of this call."""

    args: tuple[Any, ...]
    options: dict[str, Any]
    inputs: tuple[Any, ...]
    keywords: dict[str, Any]
    training: bool = True


def layer(*args: Any, on: Any, call: dict[str, Any] | None = None, training: bool = True, **options: Any) -> Case:
    return Case(args, options, on if isinstance(on, tuple) else (on,), call or {}, training)


def of(*inputs: Any, **keywords: Any) -> Case:
    return Case((), {}, inputs, keywords)


causal = np.triu(np.ones((5, 5), bool), 1)
late = np.arange(6) >= np.array([[6], [4], [3]])  # padding at the end of two of three sentences
images = x(3, 4, 7, 6)
LAYERS: dict[str, list[Case]] = {
    "Identity": [layer(on=x(3, 2))],
    "ReLU": [layer(on=x(3, 4))],
    "LeakyReLU": [layer(on=x(3, 4)), layer(0.3, on=x(3, 4))],
    "ELU": [layer(on=x(3, 4)), layer(0.3, on=50 * x(3, 4))],
    "SiLU": [layer(on=5 * x(3, 4))],
    "GELU": [layer(on=3 * x(3, 4)), layer(approximate="tanh", on=3 * x(3, 4))],
    "Sigmoid": [layer(on=5 * x(3, 4))],
    "Tanh": [layer(on=x(3, 4))],
    "Softplus": [layer(on=x(3, 4)), layer(beta=2.5, on=x(3, 4))],
    "Softmax": [layer(dim=-1, on=x(3, 4)), layer(1, on=x(3, 4, 2)), layer(dim=0, on=x(3))],
    "LogSoftmax": [layer(dim=-1, on=x(3, 4)), layer(1, on=x(3, 4, 2))],
    "Flatten": [layer(on=x(3, 4, 2)), layer(0, -1, on=x(3, 2)), layer(-2, on=x(2, 3, 2, 2)), layer(1, 2, on=x(2, 3, 2, 2))],
    "Dropout": [layer(0.0, on=x(3, 4)), layer(1.0, on=x(3, 4)), layer(0.4, on=x(3, 4), training=False)],
    "Embedding": [
        layer(7, 3, on=some(7, 5)),
        layer(7, 3, padding_idx=2, on=np.array([[2, 1, 2], [6, 6, 0]])),
        layer(7, 3, padding_idx=-1, on=some(7, 2, 3, 2)),
    ],
    "Linear": [
        layer(4, 3, on=x(5, 4)),
        layer(4, 3, bias=False, on=x(2, 5, 4)),
        layer(4, 1, on=x(4)),
        layer(1, 3, on=x(6, 1)),
    ],
    "Conv2d": [
        layer(4, 3, 3, on=images),
        layer(4, 6, (3, 2), stride=2, padding=(2, 1), dilation=(1, 2), groups=2, on=images),
        layer(4, 4, 3, padding="same", groups=4, bias=False, on=images),
        layer(4, 2, 2, padding="valid", on=x(4, 5, 5)),
        layer(4, 2, (2, 4), padding="same", dilation=2, on=images),
    ],
    "ConvTranspose2d": [
        layer(4, 3, 3, on=images),
        layer(4, 6, (3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2, on=images),
        layer(4, 2, 3, 2, 1, 1, 1, False, 2, on=images),
        layer(4, 2, 2, on=x(4, 3, 3)),
    ],
    "MaxPool2d": [
        layer(2, on=images),
        layer((3, 2), stride=(1, 2), padding=1, on=images),
        layer(3, 2, 1, dilation=2, ceil_mode=True, on=images),
        layer(2, on=x(4, 5, 5)),
    ],
    "AvgPool2d": [
        layer(2, on=images),
        layer((3, 2), stride=(1, 2), padding=1, on=images),
        layer(3, 2, 1, ceil_mode=True, count_include_pad=False, on=images),
        layer(2, on=x(4, 5, 5)),
    ],
    "BatchNorm1d": [
        layer(4, on=x(6, 4)),
        layer(4, eps=0.1, momentum=0.3, affine=False, on=x(3, 4, 5)),
        layer(4, momentum=None, on=x(6, 4)),
        layer(4, track_running_stats=False, on=x(6, 4)),
    ],
    "BatchNorm2d": [
        layer(4, on=images),
        layer(4, 0.01, 0.5, False, on=images),
        layer(4, track_running_stats=False, on=images),
    ],
    "LayerNorm": [
        layer(4, on=x(5, 4)),
        layer((3, 4), eps=0.1, bias=False, on=x(2, 3, 4)),
        layer([4], elementwise_affine=False, on=x(2, 3, 4)),
    ],
    "RNN": [
        layer(3, 4, on=x(5, 2, 3)),
        layer(3, 4, 2, "relu", bidirectional=True, batch_first=True, on=(x(2, 5, 3), x(4, 2, 4))),
        layer(3, 4, num_layers=3, bias=False, on=(x(5, 3), x(3, 4))),
        layer(3, 4, 2, dropout=0.5, on=x(5, 2, 3), training=False),
    ],
    "GRU": [
        layer(3, 4, on=x(5, 2, 3)),
        layer(3, 4, 2, bidirectional=True, batch_first=True, on=(x(2, 5, 3), x(4, 2, 4))),
        layer(3, 4, num_layers=2, bias=False, on=(x(5, 3), x(2, 4))),
        layer(3, 4, 2, dropout=1.0, on=x(5, 2, 3)),
    ],
    "LSTM": [
        layer(3, 4, on=x(5, 2, 3)),
        layer(3, 4, 2, bidirectional=True, batch_first=True, on=(x(2, 5, 3), (x(4, 2, 4), x(4, 2, 4)))),
        layer(3, 4, num_layers=2, bias=False, bidirectional=True, on=(x(5, 3), (x(4, 4), x(4, 4)))),
    ],
    "MultiheadAttention": [
        layer(8, 2, on=(x(5, 3, 8), x(6, 3, 8), x(6, 3, 8))),
        layer(8, 4, bias=False, batch_first=True, on=(x(3, 5, 8), x(3, 6, 8), x(3, 6, 8)), call={"key_padding_mask": late}),
        layer(8, 2, on=(x(5, 3, 8),) * 3, call={"attn_mask": causal, "average_attn_weights": False}),
        layer(8, 2, on=(x(5, 3, 8),) * 3, call={"attn_mask": causal, "is_causal": True, "need_weights": False}),
        layer(8, 2, on=(x(5, 3, 8), x(6, 3, 8), x(6, 3, 8)), call={"attn_mask": x(6, 5, 6)}),
        layer(8, 2, on=(x(5, 3, 8), x(6, 3, 8), x(6, 3, 8)), call={"attn_mask": x(5, 6), "key_padding_mask": 0.3 * x(3, 6)}),
        layer(8, 2, on=(x(5, 8), x(6, 8), x(6, 8)), call={"key_padding_mask": late[1]}),
        layer(8, 2, dropout=0.5, on=(x(5, 8), x(6, 8), x(6, 8)), training=False),
    ],
}
yes = rng.integers(0, 2, (5, 3)).astype(float)
LOSSES: dict[str, list[Case]] = {
    "mse_loss": [of(x(5, 3), x(5, 3)), of(x(), x())],
    "rmse_loss": [of(x(5, 3), x(5, 3))],
    "l1_loss": [of(x(5, 3), x(5, 3)), of(np.array([0.0, 1.0]), np.array([0.0, 3.0]))],
    "huber_loss": [of(x(5, 3), x(5, 3)), of(3 * x(9), x(9), delta=0.4), of(np.array([1.0, -1.0]), np.zeros(2))],
    "cross_entropy": [
        of(x(5, 3), some(3, 5)),
        of(x(3), np.array(1)),
        of(x(5, 3, 2, 2), some(3, 5, 2, 2), weight=np.array([0.3, 2.0, 1.0])),
        of(x(5, 3), np.array([0, 2, -100, 1, 1]), label_smoothing=0.2),
        of(x(5, 3), some(3, 5), ignore_index=1, weight=np.array([0.3, 2.0, 1.0]), label_smoothing=0.1),
        of(x(5, 3), chances(5, 3)),
        of(x(3), chances(3)),
        of(x(5, 3, 4), chances(5, 3, 4), weight=np.array([0.3, 2.0, 1.0]), label_smoothing=0.3),
    ],
    "nll_loss": [
        of(np.log(chances(5, 3)), some(3, 5)),
        of(np.log(chances(3)), np.array(2)),
        of(np.log(chances(5, 3, 2)), some(3, 5, 2), weight=np.array([0.3, 2.0, 1.0]), ignore_index=0),
    ],
    "binary_cross_entropy_with_logits": [
        of(5 * x(5, 3), yes),
        of(x(5, 3), rng.uniform(size=(5, 3)), weight=rng.uniform(size=3)),
        of(5 * x(5, 3), yes, pos_weight=np.array([0.5, 2.0, 3.0])),
    ],
    "hinge_loss": [of(x(5, 3), 2 * yes - 1)],
    "kl_div": [
        of(np.log(chances(5, 3)), chances(5, 3)),
        of(np.log(chances(5, 3)), np.log(chances(5, 3)), log_target=True),
        of(np.log(chances(2, 3)), np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])),
    ],
}
SINGLE = {"rmse_loss"}  # losses that are one number always


def reduced(losses: Any, reduction: str) -> Any:
    return losses if reduction == "none" else getattr(losses, reduction)()


THEIRS: dict[str, Callable[..., Any]] = {  # what PyTorch does not have
    "rmse_loss": lambda a, b: ((a - b) ** 2).mean() ** 0.5,
    "hinge_loss": lambda a, b, reduction="mean": reduced(F.relu(1 - a * b), reduction),
}
FUNCTIONS: dict[str, list[Case]] = {  # those of nn.functional that are no losses
    "avg_pool2d": [of(images, 3, 2, padding=1, count_include_pad=False)],
    "batch_norm": [of(images, None, None, x(4), x(4), training=True, eps=0.1), of(images, x(4), x(4) ** 2)],
    "conv2d": [of(images, x(2, 4, 3, 3), x(2), stride=2)],
    "conv_transpose2d": [of(images, x(4, 2, 3, 3), x(2), stride=2)],
    "dropout": [of(x(3), 0.3, training=False), of(x(3), 1.0)],
    "elu": [of(x(5), 0.3)],
    "embedding": [of(some(7, 5), x(7, 2)), of(some(7, 5), x(7, 2), padding_idx=1)],
    "flatten": [of(x(2, 3, 2)), of(x(2, 3, 2), 1)],
    "gelu": [of(x(5)), of(x(5), approximate="tanh")],
    "layer_norm": [of(x(3, 4), (4,), x(4), x(4))],
    "leaky_relu": [of(x(5), 0.3)],
    "linear": [of(x(3, 4), x(2, 4), x(2))],
    "log_softmax": [of(x(3, 4), dim=0)],
    "max_pool2d": [of(images, 3, 2, padding=1)],
    "one_hot": [of(some(4, 3)), of(some(4, 3), 5)],
    "relu": [of(x(5))],
    "scaled_dot_product_attention": [
        of(x(2, 5, 4), x(2, 6, 4), x(2, 6, 3)),
        of(x(2, 5, 4), x(2, 5, 4), x(2, 5, 3), is_causal=True, scale=0.3),
        of(x(2, 5, 4), x(2, 5, 4), x(2, 5, 3), attn_mask=~causal),
        of(x(2, 5, 4), x(2, 6, 4), x(2, 6, 3), attn_mask=x(5, 6)),
    ],
    "sigmoid": [of(x(5))],
    "silu": [of(x(5))],
    "softmax": [of(x(3, 4), dim=0)],
    "softplus": [of(x(5), 2.0)],
    "tanh": [of(x(5))],
}


# --- how they are compared --------------------------------------------------------------------------------------------


def mapped(change: Callable[[Any], Any], value: Any) -> Any:
    """The same with every array, also in pairs, changed."""
    if isinstance(value, tuple) and any(isinstance(part, np.ndarray) for part in value):
        return tuple(mapped(change, part) for part in value)
    return change(value) if isinstance(value, np.ndarray) else value


def our(value: Any) -> Any:
    return mapped(lambda a: tg.Tensor(a) if a.dtype.kind == "f" else a, value)


def their(value: Any) -> Any:
    return mapped(lambda a: torch.tensor(a, requires_grad=a.dtype.kind == "f"), value)


def flat(value: Any) -> list[Any]:
    """The parts of nested pairs, without None."""
    if isinstance(value, (tuple, list)):
        return [part for each in value for part in flat(each)]
    return [] if value is None else [value]


def with_tensors(keywords: dict[str, Any]) -> dict[str, Any]:
    """The same keywords for PyTorch: masks and weights as constants."""
    return {key: torch.tensor(value) if isinstance(value, np.ndarray) else value for key, value in keywords.items()}


def numbers(value: Any) -> np.ndarray:
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(getattr(value, "data", value))


def same(ours: Any, theirs: Any, tolerance: float = 1e-12) -> None:
    """Equal shapes and numbers."""
    a, b = numbers(ours), numbers(theirs)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def losses_of(ours: Any, theirs: Any) -> tuple[Any, Any]:
    """One number of each: the mean of the outputs, times the same random numbers, and added up."""
    weights = np.random.default_rng(1)
    pairs = [(a, b, weights.normal(size=a.shape)) for a, b in zip(flat(ours), flat(theirs), strict=True)]
    return sum(np.mean(a * w) for a, _, w in pairs), sum((b * torch.tensor(w)).mean() for _, b, w in pairs)


def compare(ours: Any, theirs: Any, inputs: tuple[list[Any], list[Any]]) -> None:
    """Outputs, and the gradients of the inputs."""
    for a, b in zip(flat(ours), flat(theirs), strict=True):
        same(a, b)
    a, b = losses_of(ours, theirs)
    if not isinstance(a, tg.Tensor):
        return
    a.backward()
    b.backward()
    for a, b in zip(*map(flat, inputs), strict=True):
        if isinstance(a, tg.Tensor) and (a.grad is not None or b.grad is not None):
            same(a.grad if a.grad is not None else np.zeros(a.shape), b.grad if b.grad is not None else torch.zeros(b.shape))


def made(name: str, case: Case) -> tuple[Any, Any]:
    """A layer of ours, and PyTorch's with the same numbers. The weights of norms begin with 1: here they are random, too."""
    ours = getattr(nn, name)(*case.args, **case.options)
    theirs = getattr(torch.nn, name)(
        *case.args, **case.options, **({} if name not in WITH_DTYPE else {"dtype": torch.float64})
    )
    draw = np.random.default_rng(2)
    for parameter in ours.parameters():
        parameter.data = parameter.data + 0.1 * draw.normal(size=parameter.shape)
    state = ours.state_dict()
    assert [(key, array.shape) for key, array in state.items()] == [
        (k, tuple(t.shape)) for k, t in theirs.state_dict().items()
    ]
    theirs.load_state_dict({key: torch.tensor(array) for key, array in state.items()})
    return ours.train(case.training), theirs.train(case.training)


WITH_DTYPE = {
    name for name in LAYERS if list(getattr(nn, name)(*LAYERS[name][0].args, **LAYERS[name][0].options).parameters())
}


# With this eps, a gradient that is 0 but for rounding (of the key's bias in attention) moves nothing in either library.
STEPS = [("SGD", {"lr": 0.1, "momentum": 0.9}), ("Adam", {"lr": 0.05, "eps": 1e-3})]


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer(name: str) -> None:
    for case in LAYERS[name]:
        ours, theirs = made(name, case)
        for _ in range(2):  # the second time after eval()
            a, b = [our(value) for value in case.inputs], [their(value) for value in case.inputs]
            masks = {
                key: their(np.copy(mask)) if isinstance(mask, np.ndarray) else mask for key, mask in case.keywords.items()
            }
            compare(ours(*a, **case.keywords), theirs(*b, **masks), (a, b))
            for (key, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
                assert (p.grad is None) == (q.grad is None), key
                if p.grad is not None:
                    same(p.grad, q.grad)
            for (key, array), other in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
                assert array.dtype == numbers(other).dtype, key
                same(array, other)
            ours.eval()
            theirs.eval()


@pytest.mark.parametrize("name", [name for name in LAYERS if name in WITH_DTYPE])
@pytest.mark.parametrize(("kind", "options"), STEPS)
def test_the_weights_of_a_layer_after_three_steps(name: str, kind: str, options: dict[str, float]) -> None:
    for case in LAYERS[name]:
        ours, theirs = made(name, case)
        if not list(ours.parameters()):
            continue
        step = getattr(tg.optim, kind)(ours.parameters(), **options)
        their_step = getattr(torch.optim, kind)(theirs.parameters(), **options)
        before = ours.state_dict()
        for _ in range(3):
            a, b = [our(value) for value in case.inputs], [their(value) for value in case.inputs]
            masks = {
                key: their(np.copy(mask)) if isinstance(mask, np.ndarray) else mask for key, mask in case.keywords.items()
            }
            outputs = [ours(*a, **case.keywords), theirs(*b, **masks)]
            loss, their_loss = losses_of(*outputs)
            step.zero_grad()
            their_step.zero_grad()
            (loss**2).backward()
            (their_loss**2).backward()
            step.step()
            their_step.step()
        for array, other in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
            same(array, other)
        assert any(not np.array_equal(array, before[key]) for key, array in ours.state_dict().items())


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss(name: str) -> None:
    theirs = THEIRS.get(name) or getattr(F, name)
    for case in LOSSES[name]:
        for reduction in [None] if name in SINGLE else ["mean", "sum", "none", *["batchmean"] * (name == "kl_div")]:
            options = case.keywords | ({"reduction": reduction} if reduction else {})
            a, b = [our(value) for value in case.inputs], [their(value) for value in case.inputs]
            if name == "kl_div" and np.any(case.inputs[1] == 0):  # its gradient would be -∞; PyTorch says nan, and we 0
                a[1], b[1] = a[1].detach(), b[1].detach()
            their_options = with_tensors(options)
            with pytest.warns(UserWarning, match="batchmean") if quarrels(name, reduction) else contextlib.nullcontext():
                compare(getattr(nn, name)(*a, **options), theirs(*b, **their_options), (a, b))


def quarrels(name: str, reduction: str | None) -> bool:
    """Whether PyTorch warns: it calls the mean of kl_div a mistake of its own."""
    return name == "kl_div" and reduction == "mean"


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(("kind", "options"), STEPS)
def test_the_weights_after_three_steps_down_a_loss(name: str, kind: str, options: dict[str, float]) -> None:
    their_loss = THEIRS.get(name) or getattr(F, name)
    for case in LOSSES[name]:
        start, *rest = case.inputs
        ours, theirs = our(start), their(start)
        step, their_step = getattr(tg.optim, kind)([ours], **options), getattr(torch.optim, kind)([theirs], **options)
        keywords = with_tensors(case.keywords)
        if name == "kl_div":
            keywords["reduction"] = case.keywords["reduction"] = "batchmean"
        for _ in range(3):
            ours.zero_grad()
            their_step.zero_grad()
            getattr(nn, name)(ours, *rest, **case.keywords).backward()
            their_loss(theirs, *map(torch.tensor, rest), **keywords).backward()
            step.step()
            their_step.step()
        same(ours, theirs)
        assert not np.array_equal(ours.data, start)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function(name: str) -> None:
    for case in FUNCTIONS[name]:
        a, b = [our(value) for value in case.inputs], [their(value) for value in case.inputs]
        if name == "batch_norm" and case.inputs[1] is not None:  # the running mean and variance are constants
            a[1:3] = [tg.Tensor(value.data, requires_grad=False) for value in a[1:3]]
            b[1:3] = [value.detach() for value in b[1:3]]
        keywords = with_tensors(case.keywords)
        theirs: Any = torch.flatten if name == "flatten" else getattr(F, name)
        compare(getattr(nn.functional, name)(*a, **case.keywords), theirs(*b, **keywords), (a, b))


def test_everything_is_compared() -> None:
    classes = {name for name in nn.__all__ if isinstance(getattr(nn, name), type)}
    losses = {name for name in nn.__all__ if name not in classes and callable(getattr(nn, name))}
    for name in classes - {"Module", "Sequential"} - set(LAYERS):
        raise AssertionError(f"nn.{name} is not compared with PyTorch. Give it cases in LAYERS, in {__file__}.")
    for name in losses - set(LOSSES):
        raise AssertionError(f"nn.{name} is not compared with PyTorch. Give it cases in LOSSES, in {__file__}.")
    for name in set(nn.functional.__all__) - losses - set(FUNCTIONS):
        raise AssertionError(f"nn.functional.{name} is not compared with PyTorch. Give it cases in FUNCTIONS, in {__file__}.")
    assert {*LAYERS, *LOSSES, *FUNCTIONS} <= classes | losses | set(nn.functional.__all__)


def test_dropout_in_training_hands_back_the_gradient_of_what_it_kept() -> None:
    a = tg.Tensor(np.ones(1000))
    out = nn.Dropout(0.3, seed=0)(a)
    out.sum().backward()
    assert set(np.unique(out.data)) == {0.0, 1 / 0.7}
    assert 0.25 < np.mean(out.data == 0) < 0.35
    np.testing.assert_array_equal(a.grad, out.data)


# --- what parameters begin with ---------------------------------------------------------------------------------------

BEGIN = {
    "Linear": (150, 140), "Conv2d": (40, 50, 3), "ConvTranspose2d": (40, 50, 3), "Embedding": (150, 140), "RNN": (100, 90),
    "GRU": (60, 50), "LSTM": (60, 50), "MultiheadAttention": (60, 4),
}  # fmt: skip
INITS: dict[str, list[dict[str, Any]]] = {
    "uniform_": [{}, {"a": -3.0, "b": 5.0}],
    "normal_": [{}, {"mean": 2.0, "std": 0.3}],
    "trunc_normal_": [{}, {"mean": 1.0, "std": 2.0, "a": -1.0, "b": 2.0}],
    "constant_": [{"val": 3.0}],
    "zeros_": [{}],
    "ones_": [{}],
    "eye_": [{}],
    "xavier_uniform_": [{}, {"gain": 2.0}],
    "xavier_normal_": [{}, {"gain": 2.0}],
    "kaiming_uniform_": [{}, {"mode": "fan_out", "nonlinearity": "relu"}, {"a": 0.3}],
    "kaiming_normal_": [{}, {"mode": "fan_out", "nonlinearity": "relu"}, {"a": 0.3}],
    "orthogonal_": [{}, {"gain": 2.0}],
    "sparse_": [{"sparsity": 0.3}, {"sparsity": 0.9, "std": 2.0}],
}


def alike(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Two arrays of random numbers from the same distribution: Kolmogorov and Smirnov's test, at one in 100,000."""
    ks_2samp = pytest.importorskip("scipy.stats").ks_2samp
    assert ours.shape == theirs.shape
    assert ks_2samp(ours.ravel(), theirs.ravel(), method="asymp").pvalue > 1e-5


@pytest.mark.parametrize("name", BEGIN)
def test_a_layer_begins_with_the_same_distribution(name: str) -> None:
    torch.manual_seed(0)
    ours, theirs = getattr(nn, name)(*BEGIN[name], seed=0), getattr(torch.nn, name)(*BEGIN[name])
    for (key, a), b in zip(ours.state_dict().items(), theirs.state_dict().values(), strict=True):
        alike(a, b.numpy())
        largest = float(b.abs().max())  # the bounds of a uniform distribution show in it
        assert name == "Embedding" or abs(np.abs(a).max() - largest) <= 0.1 * largest, key


def test_an_initialiser_gives_the_same_distribution() -> None:
    torch.manual_seed(0)
    assert set(INITS) == set(nn.init.__all__) - {"calculate_gain"}
    for name, options in INITS.items():
        for keywords in options:
            for shape in [(120, 90)] if name in ("eye_", "sparse_") else [(120, 90), (30, 40, 3, 2)]:
                seed = {} if name in ("constant_", "zeros_", "ones_", "eye_") else {"seed": 0}
                ours = getattr(nn.init, name)(tg.Tensor(np.zeros(shape)), **keywords, **seed)
                theirs = getattr(torch.nn.init, name)(torch.zeros(shape, dtype=torch.float64), **keywords)
                alike(numbers(ours), numbers(theirs))
                if name == "orthogonal_":
                    flat_ours = numbers(ours).reshape(shape[0], -1)
                    gain = keywords.get("gain", 1.0)
                    tall = flat_ours if flat_ours.shape[0] > flat_ours.shape[1] else flat_ours.T
                    smaller = tall.T @ tall
                    np.testing.assert_allclose(smaller, gain**2 * np.eye(len(smaller)), atol=1e-12)
                if name == "sparse_":
                    zeros = (numbers(ours) == 0).sum(axis=0)
                    assert (
                        set(zeros) == {math.ceil(keywords["sparsity"] * shape[0])} == set((numbers(theirs) == 0).sum(axis=0))
                    )
    for nonlinearity in ("linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert nn.init.calculate_gain(nonlinearity) == pytest.approx(torch.nn.init.calculate_gain(nonlinearity))
    assert nn.init.calculate_gain("leaky_relu", 0.3) == pytest.approx(torch.nn.init.calculate_gain("leaky_relu", 0.3))
