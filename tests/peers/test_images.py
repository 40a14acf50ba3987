"""Convolution and pooling beside PyTorch: values and gradients, and the gradients of those, over the options."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.rules.nets import convolution, pooling

torch = pytest.importorskip("torch", reason="PyTorch is what it is compared with")
F = torch.nn.functional
rng = np.random.default_rng(3)


def same(name: str, arrays: list[np.ndarray], **options: Any) -> None:
    """Ours and PyTorch's function of this name give the same numbers."""
    ours = getattr(convolution, name, None) or getattr(pooling, name)
    tensors, theirs = [Tensor(a) for a in arrays], [torch.tensor(a, requires_grad=True) for a in arrays]
    out, expected = ours(*tensors, **options), getattr(F, name)(*theirs, **options)
    near(out.data, expected, (name, options))
    g = rng.normal(size=out.shape).astype(arrays[0].dtype)
    first = tg.gradients(np.sum(np.sin(out) * g), tensors, create_graph=True)
    theirs_first = torch.autograd.grad((torch.sin(expected) * torch.tensor(g)).sum(), theirs, create_graph=True)
    for a, b in zip(first, theirs_first):
        near(a.data, b, (name, options))
    second = tg.gradients(sum(np.sum(np.sin(a)) for a in first), tensors)
    for a, b in zip(second, torch.autograd.grad(sum(torch.sin(b).sum() for b in theirs_first), theirs)):
        near(np.asarray(a), b, (name, options))


def near(a: Any, b: Any, what: Any) -> None:
    b = b.detach().numpy()
    assert (a.shape, a.dtype) == (b.shape, b.dtype), what
    rtol = 2e-3 if a.dtype == np.float32 else 1e-10
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol, err_msg=str(what))


def A(*shape: int) -> np.ndarray:
    return rng.normal(size=shape)


KERNELS = list(itertools.product((1, 2, (2, 3)), (0, 1, (2, 0)), (1, 2), (1, 2), ((3, 3), (2, 1))))


@pytest.mark.filterwarnings("ignore:Using padding='same'")  # of PyTorch, about memory
def test_conv2d() -> None:
    for stride, padding, dilation, groups, kernel in KERNELS:
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        same("conv2d", [A(2, 4, 7, 6), A(6, 4 // groups, *kernel), A(6)], **options)
    for padding, kernel in itertools.product(("same", "valid"), ((3, 3), (2, 4))):
        same("conv2d", [A(3, 7, 8), A(2, 3, *kernel), A(2)], padding=padding)
    same("conv2d", [A(2, 4, 7, 6).astype(np.float32), A(6, 4, 3, 3).astype(np.float32)])
    same("conv2d", [A(0, 4, 7, 6), A(6, 4, 3, 3), A(6)])


def test_conv_transpose2d() -> None:
    for stride, padding, dilation, groups, kernel in KERNELS:
        for extra in (0, 1, (0, 1)):
            options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
            if extra != 0 and stride == dilation == 1:
                continue  # an error in both
            same("conv_transpose2d", [A(2, 4, 4, 3), A(4, 3, *kernel), A(3 * groups)], output_padding=extra, **options)


def test_pools() -> None:
    for kernel, stride, padding, ceil_mode in itertools.product((2, 3, (3, 2)), (None, 1, 2, 3), (0, 1), (False, True)):
        options = {"kernel_size": kernel, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}
        x = A(2, 3, 7, 8)
        for dilation in (1, 2):
            same("max_pool2d", [x], dilation=dilation, **options)
            same("max_pool2d", [np.round(x)], dilation=dilation, **options)  # with equal ones, of which the first counts
        for count_include_pad in (True, False):
            same("avg_pool2d", [x], count_include_pad=count_include_pad, **options)
    same("max_pool2d", [A(3, 7, 8)], kernel_size=2)
    same("avg_pool2d", [A(3, 7, 8).astype(np.float32)], kernel_size=2)


REFUSED: list[Callable[[Any], Any]] = [  # what PyTorch refuses, we refuse
    lambda f: f.conv2d(f.a(1, 3, 5, 5), f.a(4, 2, 2, 2)),
    lambda f: f.conv2d(f.a(1, 4, 5, 5), f.a(3, 2, 2, 2), groups=2),
    lambda f: f.conv2d(f.a(1, 1, 3, 3), f.a(1, 1, 4, 4)),
    lambda f: f.conv2d(f.a(1, 1, 3, 3), f.a(1, 1, 2, 2), f.a(2)),
    lambda f: f.conv2d(f.a(1, 1, 3, 3), f.a(1, 1, 2, 2), stride=2, padding="same"),
    lambda f: f.conv_transpose2d(f.a(1, 1, 3, 3), f.a(1, 1, 2, 2), output_padding=1),
    lambda f: f.max_pool2d(f.a(1, 1, 3, 3), 4),
    lambda f: f.max_pool2d(f.a(1, 1, 5, 5), 2, padding=2),
    lambda f: f.avg_pool2d(f.a(1, 1, 5, 5), 2, padding=2),
]


class Ours:
    """Our functions, and their arrays."""

    conv2d, conv_transpose2d = staticmethod(convolution.conv2d), staticmethod(convolution.conv_transpose2d)
    max_pool2d, avg_pool2d = staticmethod(pooling.max_pool2d), staticmethod(pooling.avg_pool2d)
    a = staticmethod(A)


class Theirs:
    """PyTorch's."""

    conv2d, conv_transpose2d = staticmethod(F.conv2d), staticmethod(F.conv_transpose2d)
    max_pool2d, avg_pool2d = staticmethod(F.max_pool2d), staticmethod(F.avg_pool2d)
    a = staticmethod(lambda *shape: torch.tensor(A(*shape)))


def test_the_same_calls_are_refused() -> None:
    for call in REFUSED:
        with pytest.raises(RuntimeError):
            call(Theirs)
        with pytest.raises(ValueError, match=r"conv|pool|padding"):
            call(Ours)
