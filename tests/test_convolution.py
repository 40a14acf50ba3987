"""Convolution and pooling: beside a naive loop, at the edges of what they take, and in single precision.

`rule_samples.py` has more calls, which `test_rules.py` compares with the same loops and with finite differences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import naive_images as naive
import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.rules.nets import convolution
from tinygrad_lite.rules.nets.convolution import conv2d, conv2d_weight, conv_transpose2d
from tinygrad_lite.rules.nets.pooling import avg_pool2d, max_pool2d

rng = np.random.default_rng(4)


def A(*shape: int) -> np.ndarray:
    return rng.normal(size=shape)


CALLS: list[tuple[Any, Any, list[np.ndarray], dict[str, Any]]] = [  # ours, the loop, arrays, keywords
    (conv2d, naive.conv2d, [A(2, 2, 4, 3), A(2, 2, 3, 2), A(2)], {}),
    (conv2d, naive.conv2d, [A(2, 4, 5, 4), A(6, 2, 2, 3), A(6)], {"groups": 2, "stride": 2, "padding": 1}),
    (conv2d, naive.conv2d, [A(1, 2, 7, 6), A(2, 1, 3, 2)], {"groups": 2, "stride": (2, 1), "padding": (0, 2), "dilation": 2}),
    (conv2d, naive.conv2d, [A(2, 4, 4), A(2, 2, 4, 2), A(2)], {"padding": "same"}),
    (conv2d, naive.conv2d, [A(3, 8, 1, 1), A(9, 8, 1, 1)], {"padding": "valid"}),  # more kernels than pixels
    (conv2d, naive.conv2d, [A(0, 2, 4, 3), A(2, 2, 3, 2), A(2)], {}),
    (conv2d, naive.conv2d, [A(2, 1, 6, 2), A(2, 1, 1, 1)], {"stride": (3, 1)}),  # windows as wide as a pixel
    (conv2d, naive.conv2d, [A(2, 2, 5, 1), A(2, 2, 2, 1)], {"stride": 2}),
    (conv_transpose2d, naive.conv_transpose2d, [A(2, 2, 3, 2), A(2, 2, 2, 3), A(2)], {}),
    (
        conv_transpose2d,
        naive.conv_transpose2d,
        [A(1, 4, 3, 2), A(4, 1, 2, 3), A(2)],
        {"groups": 2, "stride": (3, 2), "padding": 1, "output_padding": (2, 1)},
    ),
    (conv_transpose2d, naive.conv_transpose2d, [A(2, 3, 2), A(2, 1, 2, 2)], {"dilation": (2, 3), "output_padding": (0, 2)}),
    (conv_transpose2d, naive.conv_transpose2d, [A(0, 2, 3, 2), A(2, 2, 2, 3)], {}),
    (max_pool2d, naive.max_pool2d, [A(2, 2, 5, 4)], {"kernel_size": 2}),
    (max_pool2d, naive.max_pool2d, [A(2, 5, 6)], {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    (max_pool2d, naive.max_pool2d, [A(1, 1, 6, 6)], {"kernel_size": (2, 3), "stride": 1, "dilation": (3, 2)}),
    (max_pool2d, naive.max_pool2d, [A(0, 1, 6, 6)], {"kernel_size": 2}),
    (avg_pool2d, naive.avg_pool2d, [A(2, 2, 5, 4)], {"kernel_size": 2}),
    (avg_pool2d, naive.avg_pool2d, [A(2, 5, 6)], {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    (
        avg_pool2d,
        naive.avg_pool2d,
        [A(1, 1, 6, 5)],
        {"kernel_size": (3, 2), "stride": (2, 3), "padding": 1, "ceil_mode": True, "count_include_pad": False},
    ),
]


def derivatives(f: Callable[..., Any], arrays: list[np.ndarray]) -> list[Any]:
    """The value of a function; the gradients of a sum that bends; and their gradients, in a random direction."""
    directions = [np.random.default_rng(5).normal(size=a.shape) for a in arrays]

    def bent(*xs: Any) -> Any:
        return np.sum(np.tanh(0.1 * f(*xs)) ** 2)

    def slope(*xs: Any) -> Any:
        return sum(np.sum(g * d) for g, d in zip(tg.grad(bent, argnums=tuple(range(len(xs))))(*xs), directions))

    every = tuple(range(len(arrays)))
    return [f(*arrays), *tg.grad(bent, argnums=every)(*arrays), *tg.grad(slope, argnums=every)(*arrays)]


@pytest.mark.parametrize("ours", [conv2d, conv_transpose2d, max_pool2d, avg_pool2d], ids=lambda f: f.__name__)
def test_values_and_derivatives_are_those_of_a_loop(ours: Any) -> None:
    for function, loop, arrays, keywords in CALLS:
        if function is not ours:
            continue
        got = derivatives(lambda *xs, f=function, k=keywords: f(*xs, **k), arrays)
        expected = derivatives(lambda *xs, f=loop, k=keywords: f(*xs, **k), arrays)
        for a, b in zip(got, expected, strict=True):
            assert a.shape == b.shape, keywords
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10, err_msg=str(keywords))


def test_single_precision_and_arrays_with_gaps() -> None:
    for function, _, arrays, keywords in CALLS:
        run = lambda *xs, f=function, k=keywords: f(*xs, **k)  # noqa: E731
        exact, single = derivatives(run, arrays), derivatives(run, [a.astype(np.float32) for a in arrays])
        for a, b in zip(single, exact):
            assert a.dtype == np.float32, (function, keywords)
            np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
        gaps = [np.repeat(a, 2, axis=0)[::-2].swapaxes(0, -1).copy(order="F").swapaxes(0, -1)[::-1] for a in arrays]
        for a, b in zip(derivatives(run, gaps), exact):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def test_dtypes_meet_as_in_numpy() -> None:
    x, w = A(1, 1, 3, 3), A(1, 1, 2, 2)
    assert conv2d(x.astype(np.float32), w).dtype == np.float64
    assert conv2d(x.astype(np.float32), w.astype(np.float32), A(1)).dtype == np.float64
    np.testing.assert_array_equal(
        conv2d(np.full((1, 1, 2, 2), 200, np.uint8), np.full((1, 1, 2, 2), 2, np.uint8)), [[[[1600]]]]
    )
    assert max_pool2d(x.tolist(), 2).tolist() == max_pool2d(x, 2).tolist()


def test_nothing_that_users_can_see_is_changed() -> None:
    for function, _, arrays, keywords in CALLS:
        before = [a.copy() for a in arrays]
        tensors = [Tensor(a) for a in arrays]
        out = function(*tensors, **keywords)
        kept = out.data.copy()
        seed = np.ones_like(kept)
        np.sum(out * seed).backward()
        np.testing.assert_array_equal(out.data, kept)
        for a, b in zip(arrays, before):
            np.testing.assert_array_equal(a, b)


def test_images_that_are_constants_get_no_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first layer of a network sees data: the most expensive of its gradients is not computed."""
    monkeypatch.setattr(convolution, "summed_windows", None)  # what sends a gradient back to the images
    w = Tensor(A(2, 1, 3, 3))
    np.sum(conv2d(A(2, 1, 5, 5), w)).backward()
    assert w.grad.shape == w.shape


def test_infinite_gradients_stay_where_they_belong() -> None:
    """A pixel that is not the largest gets 0, not 0 · inf, in small arrays and in large ones."""
    for n in (1, 1000):
        x = np.tile([[1.0, 2.0], [0.0, -1.0]], (n, 1, 1, 1))
        g = tg.vjp(lambda x: max_pool2d(x, 2), x)[1](np.full((n, 1, 1, 1), np.inf))
        g = g[0] if isinstance(g, tuple) else g
        np.testing.assert_array_equal(g, np.tile([[0, np.inf], [0, 0]], (n, 1, 1, 1)))


def test_the_three_functions_are_parts_of_one_sum() -> None:
    """<conv2d(x, w), g> = <x, conv_transpose2d(g, w)> = <w, conv2d_weight(x, g)>."""
    x, w, options = A(2, 4, 7, 6), A(6, 2, 3, 2), {"stride": 2, "padding": 1, "groups": 2}
    g = A(*conv2d(x, w, **options).shape)
    total = np.sum(conv2d(x, w, **options) * g)
    back = conv_transpose2d(g, w, output_padding=(0, 0), **options)
    np.testing.assert_allclose(np.sum(x[:, :, :7, :6] * back), total)
    np.testing.assert_allclose(np.sum(w * conv2d_weight(x, g, (3, 2), **options)), total)


# --- errors -----------------------------------------------------------------------------------------------------------

ERRORS: dict[str, tuple[Callable[[], Any], str]] = {
    "channels last": (lambda: conv2d(A(2, 5, 6, 3), A(4, 3, 2, 2)), r"np\.moveaxis\(x, -1, 1\)"),
    "channels last, one image": (lambda: conv2d(Tensor(A(5, 6, 3)), A(4, 3, 2, 2)), r"np\.moveaxis\(x, -1, 0\)"),
    "no axis of channels": (lambda: conv2d(A(9, 5, 5), A(4, 1, 2, 2)), r"9 images with one channel[^`]*`x = x\[:, None\]`"),
    "no channels, one image": (lambda: conv2d(A(5, 5), A(4, 1, 2, 2)), r"shape \(5, 5\)[^`]*`x = x\[None\]`"),
    "other channels": (lambda: conv2d(A(1, 3, 5, 5), A(4, 2, 2, 2)), "have 3 channels.*is for 2"),
    "other channels, transposed": (lambda: conv_transpose2d(A(1, 3, 5, 5), A(4, 2, 2, 2)), "have 3 channels.*is for 4"),
    "groups": (lambda: conv2d(A(1, 4, 5, 5), A(3, 2, 2, 2), groups=2), "3 channels do not divide into groups=2"),
    "no groups": (lambda: conv2d(A(1, 4, 5, 5), A(3, 4, 2, 2), groups=0), "into groups=0"),
    "no pixels": (lambda: conv_transpose2d(A(1, 4, 0, 5), A(4, 2, 2, 2)), r"shape \(1, 4, 0, 5\) have no pixels"),
    "weight of three axes": (lambda: conv2d(A(1, 4, 5, 5), A(3, 2, 2)), r"four axes.*\(3, 2, 2\)"),
    "bias": (lambda: conv2d(A(1, 4, 5, 5), A(3, 4, 2, 2), A(4)), r"shape \(4,\).*\(3,\)"),
    "kernel": (lambda: conv2d(A(1, 1, 3, 3), A(1, 1, 5, 5)), "5 × 5 pixels.*3 × 3"),
    "dilated kernel": (lambda: conv2d(A(1, 1, 3, 3), A(1, 1, 2, 2), dilation=3), "4 × 4 pixels.*3 × 3"),
    "window": (lambda: max_pool2d(A(1, 1, 3, 3), 4), "4 × 4 pixels.*3 × 3"),
    "stride of 0": (lambda: conv2d(A(1, 1, 3, 3), A(1, 1, 2, 2), stride=0), "stride=0.*at least 1"),
    "padding of half a pixel": (lambda: conv2d(A(1, 1, 3, 3), A(1, 1, 2, 2), padding=0.5), "padding=0.5.*whole number"),
    "same with a stride": (lambda: conv2d(A(1, 1, 3, 3), A(1, 1, 2, 2), stride=2, padding="same"), "`stride=1`"),
    "output_padding": (
        lambda: conv_transpose2d(A(1, 1, 3, 3), A(1, 1, 2, 2), output_padding=1),
        "output_padding=1 has to be",
    ),
    "padding of a pool": (lambda: max_pool2d(A(1, 1, 3, 3), 2, padding=2), "`padding=1`"),
    "a gradient of another shape": (
        lambda: conv2d_weight(A(1, 1, 3, 3), A(1, 1, 4, 4), 2),
        r"\(1, 1, 2, 2\).*\(1, 1, 4, 4\)",
    ),
}


@together
@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_to_write(name: str) -> None:
    call, text = ERRORS[name]
    with pytest.raises(ValueError, match=f"(?s){text}"):
        call()
