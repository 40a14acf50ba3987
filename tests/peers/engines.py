"""The engines that are compared: how each of them is spelled, and how it is asked for derivatives.

An engine is asked one thing: `measure`, which gives the value of a weighted sum of an expression's last array, its gradient,
its second derivative in a direction, and, if that last array is small, its Jacobian row by row. Each has a namespace with
NumPy's names: what the peer calls differently, or puts together from other functions of its own, is written out here.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from expressions import Expression, run, weights_for

import tinygrad_lite as tg

SMALL = 6  # elements of a last array whose Jacobian is compared


class Measured(NamedTuple):
    """What an engine says of an expression; each gradient is a list with an array for each input."""

    out: np.ndarray
    value: float
    gradient: list[np.ndarray]
    second: list[np.ndarray]
    jacobian: list[list[np.ndarray]]


# --- namespaces -------------------------------------------------------------------------------------------------------


class Names:
    """NumPy's names, looked up in several modules in turn; a subclass defines those that are spelled differently."""

    modules: tuple[Any, ...] = ()

    def __getattr__(self, name: str) -> Any:
        for module in self.modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(f"{type(self).__name__} has no {name}")

    def outer_of(self, name: str, x: Any, y: Any) -> Any:
        """``np.add.outer`` and the like."""
        return getattr(self, name)(self.reshape(x, (*x.shape, *(1,) * y.ndim)), y)

    def relu(self, x: Any) -> Any:
        return self.maximum(x, 0.0)

    def reduce_of(self, name: str, x: Any, axis: int) -> Any:
        """``np.subtract.reduce`` and the like: one call after another."""
        return functools.reduce(getattr(self, name), rows_of(x, axis))

    def accumulate_of(self, name: str, x: Any, axis: int) -> Any:
        return self.stack(list(itertools.accumulate(rows_of(x, axis), getattr(self, name))), axis)

    def reduceat_of(self, name: str, x: Any, indices: list[int], axis: int) -> Any:
        rows, stops = rows_of(x, axis), [*indices[1:], x.shape[axis]]
        pieces = [rows[i : max(i + 1, stop)] for i, stop in zip(indices, stops)]
        return self.stack([functools.reduce(getattr(self, name), piece) for piece in pieces], axis)

    def at_of(self, name: str, x: Any, index: list[int], *y: Any) -> Any:
        """``np.add.at`` and the like, on a copy: one index after another."""
        for i, *row in zip(index, *y):
            x = self.with_item(x, i, getattr(self, name)(x[i], *row))
        return x


def rows_of(x: Any, axis: int) -> list[Any]:
    return [x[(slice(None),) * (axis % x.ndim) + (i,)] for i in range(x.shape[axis])]


class Chain:
    """A module in which some names mean something else."""

    def __init__(self, names: dict[str, Any], module: Any) -> None:
        self.names, self.module = names, module

    def __getattr__(self, name: str) -> Any:
        return self.names[name] if name in self.names else getattr(self.module, name)


class OurNames(Names):
    """NumPy itself, for arrays and for Tensors; and the few functions that NumPy does not have."""

    modules = (np, tg)
    relu = staticmethod(tg.relu)

    @functools.cached_property
    def special(self) -> Any:
        """scipy.special, whose polygamma takes no Tensors."""
        from tinygrad_lite.rules.scipy.special import polygamma

        return Chain({"polygamma": polygamma}, importlib.import_module("scipy.special"))

    def outer_of(self, name: str, x: Any, y: Any) -> Any:
        return getattr(np, name).outer(x, y)

    def reduce_of(self, name: str, x: Any, axis: int) -> Any:
        return getattr(np, name).reduce(x, axis=axis)

    def accumulate_of(self, name: str, x: Any, axis: int) -> Any:
        return getattr(np, name).accumulate(x, axis=axis)

    def reduceat_of(self, name: str, x: Any, indices: list[int], axis: int) -> Any:
        return getattr(np, name).reduceat(x, indices, axis=axis)

    def at_of(self, name: str, x: Any, index: list[int], *y: Any) -> Any:
        x = np.copy(x)
        getattr(np, name).at(x, index, *y)
        return x

    def astype(self, x: Any, dtype: str) -> Any:
        return x.astype(dtype)

    def trapezoid(self, *args: Any, **keywords: Any) -> Any:
        return (getattr(np, "trapezoid", None) or vars(np)["trapz"])(*args, **keywords)

    def with_item(self, x: Any, index: Any, value: Any) -> Any:
        x = np.copy(x)
        x[index] = value
        return x

    def windows(self, x: Any, n: int, axis: int) -> Any:
        return np.lib.stride_tricks.sliding_window_view(x, n, axis)


class Engine:
    """Where the parts that all engines have in common are."""

    module = ""
    names: Any

    def measure(self, expression: Expression) -> Measured:
        raise NotImplementedError

    def constant(self, array: np.ndarray) -> Any:
        return array

    def run(self, expression: Expression, arrays: Any, nudge: Any = None) -> Any:
        return run(expression, self.names, arrays, self.constant, nudge)


class Ours(Engine):
    """The engine under test."""

    def __init__(self) -> None:
        self.names = OurNames()

    def measure(self, expression: Expression, nudge: Any = None) -> Measured:
        inputs = [x.array() for x in expression.inputs]
        leaves = [tg.Tensor(x) for x in inputs]
        out = self.run(expression, leaves, nudge)
        weights, direction = weights_for(expression, inputs, out.data)
        loss = np.sum(weights * out)
        gradient = tg.gradients(loss, leaves, create_graph=True)
        slope = sum(np.sum(g * v) for g, v in zip(gradient, direction))
        second = tg.gradients(slope, leaves) if slope.requires_grad else [np.zeros_like(x) for x in inputs]
        flat = np.reshape(out, -1)
        jacobian = [tg.gradients(flat[i], leaves) for i in range(out.size)] if out.size <= SMALL else []
        return Measured(out.data, loss.item(), [g.data for g in gradient], second, jacobian)


# --- PyTorch ----------------------------------------------------------------------------------------------------------


def torch_names() -> Any:
    """PyTorch with NumPy's names and signatures."""
    import torch
    from torch.nn import functional as nn

    def axes_of(x: Any, axis: Any) -> tuple[int, ...]:
        axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        return tuple(a % x.ndim for a in axes) if x.ndim else ()

    def merged(x: Any, axis: Any) -> Any:
        """The reduced axes as one, at the end."""
        axes = axes_of(x, axis)
        kept = [a for a in range(x.ndim) if a not in axes]
        return x.permute((*kept, *axes)).reshape([*(x.shape[a] for a in kept), -1])

    def kept_in(x: Any, axis: Any, out: Any) -> Any:
        axes = axes_of(x, axis)
        return out.reshape([1 if a in axes else n for a, n in enumerate(x.shape)])

    def over_one(reduce: Callable[..., Any]) -> Callable[..., Any]:
        """A reduction that PyTorch has over one axis only."""

        def reduced(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
            out = reduce(merged(x, axis))
            return kept_in(x, axis, out) if keepdims else out

        return reduced

    def over_several(reduce: Callable[..., Any]) -> Callable[..., Any]:
        """A reduction that takes a tuple of axes, but not None."""
        return lambda x, axis=None, keepdims=False: (
            reduce(x, dim=axes_of(x, axis), keepdim=keepdims) if x.ndim else reduce(x, dim=())
        )

    def joined(arrays: Any) -> list[Any]:
        kind = next(a.dtype for a in sorted(arrays, key=lambda a: -a.element_size()))
        return [a.to(kind) for a in arrays]

    class TorchNames(Names):
        modules = (torch,)
        conjugate, rint, degrees, radians, fabs = torch.conj, torch.round, torch.rad2deg, torch.deg2rad, torch.abs
        copy, around = torch.clone, torch.round
        prod = staticmethod(over_one(lambda rows: torch.prod(rows, -1)))
        max = amax = staticmethod(over_several(torch.amax))
        min = amin = staticmethod(over_several(torch.amin))
        logsumexp = staticmethod(over_several(torch.logsumexp))
        median = staticmethod(over_one(lambda rows: torch.quantile(rows, 0.5, -1)))
        nanmean = staticmethod(over_one(lambda rows: torch.nanmean(rows, -1)))
        nansum = staticmethod(over_one(lambda rows: torch.nansum(rows, -1)))
        sum = staticmethod(over_several(torch.sum))
        mean = staticmethod(over_several(torch.mean))
        sigmoid, relu, power = torch.sigmoid, torch.relu, torch.pow
        softplus = staticmethod(nn.softplus)

        def cbrt(self, x: Any) -> Any:
            return torch.pow(x, 1 / 3)

        def round(self, x: Any, decimals: int = 0) -> Any:
            return torch.round(x, decimals=decimals)

        def astype(self, x: Any, dtype: str) -> Any:
            return x.to(getattr(torch, dtype))

        def maximum(self, x: Any, y: Any) -> Any:
            return torch.maximum(x, torch.as_tensor(y, dtype=x.dtype) if isinstance(y, float) else y)

        def where(self, mask: Any, x: Any, y: Any) -> Any:
            return torch.where(mask, x, y)

        def clip(self, x: Any, low: Any, high: Any) -> Any:
            return torch.clamp(x, low, high)

        def select(self, conditions: Any, choices: Any, default: Any) -> Any:
            for condition, choice in reversed(list(zip(conditions, choices))):
                default = torch.where(condition, choice, default)
            return default

        def choose(self, which: Any, choices: Any) -> Any:
            stacked = torch.stack(joined(torch.broadcast_tensors(*choices)))
            return torch.gather(stacked, 0, which.expand(stacked.shape[1:])[None])[0]

        def ptp(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
            return self.max(x, axis, keepdims) - self.min(x, axis, keepdims)

        def var(self, x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
            return torch.var(x, dim=axes_of(x, axis) or None, correction=ddof, keepdim=keepdims)

        def std(self, x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
            return torch.std(x, dim=axes_of(x, axis) or None, correction=ddof, keepdim=keepdims)

        def average(self, x: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
            if weights is None:
                return torch.mean(x, dim=axes_of(x, axis), keepdim=keepdims) if x.ndim else x
            if weights.shape != x.shape:
                weights = kept_in(x, tuple(a for a in range(x.ndim) if a != axis % x.ndim), weights)
                weights = weights.expand(x.shape)
            return torch.sum(x * weights, dim=axes_of(x, axis)) / torch.sum(weights, dim=axes_of(x, axis))

        def cumsum(self, x: Any, axis: Any = None) -> Any:
            return torch.cumsum(x.reshape(-1) if axis is None else x, axis or 0)

        def cumprod(self, x: Any, axis: Any = None) -> Any:
            return torch.cumprod(x.reshape(-1) if axis is None else x, axis or 0)

        def reduce_of(self, name: str, x: Any, axis: int) -> Any:
            own = {"add": self.sum, "multiply": self.prod, "maximum": self.max, "minimum": self.min}
            return own[name](x, axis) if name in own else super().reduce_of(name, x, axis)

        def accumulate_of(self, name: str, x: Any, axis: int) -> Any:
            if name in ("maximum", "minimum"):
                return {"maximum": torch.cummax, "minimum": torch.cummin}[name](x, axis).values
            own = {"add": self.cumsum, "multiply": self.cumprod}
            return own[name](x, axis) if name in own else super().accumulate_of(name, x, axis)

        def reshape(self, x: Any, shape: Any, order: str = "C") -> Any:
            if order == "C":
                return torch.reshape(x, shape if isinstance(shape, tuple) else (shape,))
            shape = shape if isinstance(shape, tuple) else (shape,)
            backwards = x.permute(tuple(range(x.ndim))[::-1]).reshape(shape[::-1])
            return backwards.permute(tuple(range(len(shape)))[::-1])

        def ravel(self, x: Any, order: str = "C") -> Any:
            return self.reshape(x, (-1,), order)

        def transpose(self, x: Any, axes: Any = None) -> Any:
            return x.permute(tuple(range(x.ndim))[::-1]) if axes is None else x.permute(tuple(axes))

        def rollaxis(self, x: Any, axis: int, start: int) -> Any:
            order = [a for a in range(x.ndim) if a != axis % x.ndim]
            start = start % x.ndim if start < 0 else start
            order.insert(start - 1 if axis % x.ndim < start else start, axis % x.ndim)
            return x.permute(*order)

        def expand_dims(self, x: Any, axis: int) -> Any:
            return torch.unsqueeze(x, axis)

        def broadcast_arrays(self, *arrays: Any) -> Any:
            return torch.broadcast_tensors(*arrays)

        def flip(self, x: Any, axis: Any = None) -> Any:
            return torch.flip(x, axes_of(x, axis))

        def roll(self, x: Any, shift: Any, axis: Any = None) -> Any:
            return torch.roll(x, shift, axis)

        def trace(self, x: Any, offset: int) -> Any:
            return torch.sum(torch.diagonal(x, offset), -1)

        def concatenate(self, arrays: Any, axis: int) -> Any:
            return torch.cat(list(arrays), axis)

        def append(self, x: Any, y: Any, axis: Any = None) -> Any:
            return torch.cat([x.reshape(-1), y.reshape(-1)]) if axis is None else torch.cat([x, y], axis)

        def split(self, x: Any, sections: Any, axis: int) -> Any:
            return torch.tensor_split(x, sections, axis)

        def array_split(self, x: Any, sections: Any, axis: int) -> Any:
            return torch.tensor_split(x, sections, axis)

        def tile(self, x: Any, reps: Any) -> Any:
            return torch.tile(x, reps if isinstance(reps, tuple) else (reps,))

        def repeat(self, x: Any, repeats: Any, axis: Any) -> Any:
            return torch.repeat_interleave(x, repeats, axis)

        def pad(self, x: Any, pad_width: Any, mode: str) -> Any:
            if mode == "constant":
                return nn.pad(x, list(itertools.chain(*reversed(pad_width))))
            for axis, widths in enumerate(pad_width):
                if mode == "symmetric":
                    index = torch.as_tensor(np.pad(np.arange(x.shape[axis]), widths, mode))
                    x = torch.index_select(x, axis, index)
                elif any(widths):
                    rows = torch.movedim(x, axis, -1)
                    flat = rows.reshape(1, -1, x.shape[axis])
                    out = nn.pad(flat, list(widths), {"edge": "replicate", "wrap": "circular"}.get(mode, mode))
                    x = torch.movedim(out.reshape(*rows.shape[:-1], -1), -1, axis)
            return x

        def with_item(self, x: Any, index: Any, value: Any) -> Any:
            x = x.clone()
            x[index] = value.to(x.dtype)
            return x

        def take(self, x: Any, indices: Any, axis: Any = None) -> Any:
            indices = torch.as_tensor(indices)
            x, axis = (x.reshape(-1), 0) if axis is None else (x, axis % x.ndim)
            out = torch.index_select(x, axis, indices.reshape(-1))
            return out.reshape((*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))

        def take_along_axis(self, x: Any, indices: Any, axis: int) -> Any:
            return torch.take_along_dim(x, indices, axis)

        def compress(self, condition: Any, x: Any, axis: int) -> Any:
            return torch.index_select(x, axis, torch.nonzero(condition)[:, 0])

        def extract(self, index: Any, x: Any) -> Any:
            return torch.masked_select(x, index)

        def sort(self, x: Any, axis: Any = -1) -> Any:
            return torch.sort(x.reshape(-1) if axis is None else x, dim=-1 if axis is None else axis).values

        def partition(self, x: Any, kth: int, axis: int) -> Any:
            return self.sort(x, axis)

        def matmul(self, x: Any, y: Any) -> Any:
            return torch.matmul(*joined([x, y]))

        def dot(self, x: Any, y: Any) -> Any:
            return torch.tensordot(*joined([x, y]), dims=([-1], [max(y.ndim - 2, 0)]))

        def inner(self, x: Any, y: Any) -> Any:
            return torch.inner(*joined([x, y]))

        def vdot(self, x: Any, y: Any) -> Any:
            return torch.vdot(*joined([x.reshape(-1), y.reshape(-1)]))

        def kron(self, x: Any, y: Any) -> Any:
            return torch.kron(x.contiguous(), y.contiguous())

        def outer(self, x: Any, y: Any) -> Any:
            return torch.outer(x.reshape(-1), y.reshape(-1))

        def tensordot(self, x: Any, y: Any, axes: Any) -> Any:
            return torch.tensordot(*joined([x, y]), dims=axes)

        def einsum(self, subscripts: str, *arrays: Any) -> Any:
            return torch.einsum(subscripts, *joined(arrays))

        def convolve(self, x: Any, y: Any, mode: str) -> Any:
            x, y = joined([x, y])
            n, m = len(x), len(y)
            full = nn.conv1d(x[None, None], y.flip(0)[None, None], padding=m - 1)[0, 0]
            start = {"full": 0, "same": (min(n, m) - 1) // 2, "valid": min(n, m) - 1}[mode]
            length = {"full": n + m - 1, "same": max(n, m), "valid": max(n, m) - min(n, m) + 1}[mode]
            return full[start : start + length]

        def correlate(self, x: Any, y: Any, mode: str) -> Any:
            if len(x) < len(y) and mode != "full":
                return self.convolve(y, x.flip(0), mode).flip(0)
            return self.convolve(x, y.flip(0), mode)

        def cross(self, x: Any, y: Any) -> Any:
            x, y = torch.broadcast_tensors(*joined([x, y]))
            return torch.linalg.cross(x, y)

        def diff(self, x: Any, n: int, axis: int) -> Any:
            return torch.diff(x, n, axis)

        def trapezoid(self, y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
            return torch.trapezoid(y, dx=dx, dim=axis) if x is None else torch.trapezoid(y, x, dim=axis)

        def gradient(self, x: Any, spacing: Any = 1.0, axis: Any = None, edge_order: int = 1) -> Any:
            axes = tuple(range(x.ndim)) if axis is None else (axis % x.ndim,)
            spacing = (spacing,) if isinstance(spacing, torch.Tensor) else spacing
            out = torch.gradient(x, spacing=spacing, dim=axes, edge_order=edge_order)
            return out[0] if len(out) == 1 else out

        def heaviside(self, x: Any, y: Any) -> Any:
            return torch.heaviside(*joined(torch.broadcast_tensors(x, y)))

        def real(self, z: Any) -> Any:
            return torch.real(z)

        def quantile(self, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
            return over_one(lambda rows: torch.quantile(rows, q, -1, interpolation=method))(x, axis, keepdims)

        def nanquantile(self, x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False) -> Any:
            return over_one(lambda rows: torch.nanquantile(rows, q, -1, interpolation=method))(x, axis, keepdims)

        def percentile(self, x: Any, q: float, **keywords: Any) -> Any:
            return self.quantile(x, q / 100, **keywords)

        def nanpercentile(self, x: Any, q: float, **keywords: Any) -> Any:
            return self.nanquantile(x, q / 100, **keywords)

        def nanmedian(self, x: Any, **keywords: Any) -> Any:
            return self.nanquantile(x, 0.5, **keywords)

        def nanmax(self, x: Any, **keywords: Any) -> Any:
            return self.max(torch.where(torch.isnan(x), -torch.inf, x), **keywords)

        def nanmin(self, x: Any, **keywords: Any) -> Any:
            return self.min(torch.where(torch.isnan(x), torch.inf, x), **keywords)

        def nanprod(self, x: Any, **keywords: Any) -> Any:
            return self.prod(torch.where(torch.isnan(x), 1, x), **keywords)

        def nanvar(self, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
            off = torch.where(torch.isnan(x), 0, x - self.nanmean(x, axis, True))
            return self.sum(off * off, axis, keepdims) / self.sum((~torch.isnan(x)).to(x.dtype), axis, keepdims)

        def nanstd(self, x: Any, **keywords: Any) -> Any:
            return torch.sqrt(self.nanvar(x, **keywords))

        def nancumsum(self, x: Any, axis: Any = None) -> Any:
            return self.cumsum(torch.nan_to_num(x), axis)

        def nancumprod(self, x: Any, axis: Any = None) -> Any:
            return self.cumprod(torch.nan_to_num(x, 1.0), axis)

        def cumulative_sum(self, x: Any, axis: int, include_initial: bool) -> Any:
            zero = torch.zeros_like(x.narrow(axis, 0, 1))
            return torch.cumsum(torch.cat([zero, x], axis) if include_initial else x, axis)

        def cumulative_prod(self, x: Any, axis: int, include_initial: bool) -> Any:
            one = torch.ones_like(x.narrow(axis, 0, 1))
            return torch.cumprod(torch.cat([one, x], axis) if include_initial else x, axis)

        def cov(self, x: Any, ddof: int) -> Any:
            return torch.cov(x, correction=ddof)

        def bincount(self, places: Any, weights: Any) -> Any:
            return torch.zeros(int(places.max()) + 1, dtype=torch.float64).index_add(0, places, weights.to(torch.float64))

        def unique(self, x: Any) -> Any:
            return self.sort(x, None)

        def delete(self, x: Any, where: int, axis: int) -> Any:
            return torch.index_select(x, axis, torch.as_tensor(np.delete(np.arange(x.shape[axis]), where)))

        def insert(self, x: Any, where: int, value: Any, axis: int) -> Any:
            value = value.to(x.dtype).unsqueeze(axis)
            return torch.cat([x.narrow(axis, 0, where), value, x.narrow(axis, where, x.shape[axis] - where)], axis)

        def resize(self, x: Any, shape: tuple[int, ...]) -> Any:
            return torch.take(x, torch.as_tensor(np.arange(np.prod(shape)).reshape(shape) % x.numel()))

        def block(self, rows: Any) -> Any:
            return torch.cat([torch.cat(joined(row), -1) for row in rows], -2)

        def ediff1d(self, x: Any, to_end: Any) -> Any:
            return torch.cat([torch.diff(x.reshape(-1)), to_end.to(x.dtype).reshape(-1)])

        def vander(self, x: Any, n: int, increasing: bool) -> Any:
            """torch.vander has no second derivative: it multiplies in place."""
            return torch.stack([x**i for i in (range(n) if increasing else reversed(range(n)))], -1)

        def linspace(self, x: Any, y: Any, n: int, endpoint: bool = True) -> Any:
            x, y = torch.broadcast_tensors(*joined([x, y]))
            return torch.stack([x + (y - x) * i / (n - 1 if endpoint else n) for i in range(n)])

        def logspace(self, x: Any, y: Any, n: int) -> Any:
            return torch.pow(10.0, self.linspace(x, y, n))

        def geomspace(self, x: Any, y: Any, n: int) -> Any:
            return torch.exp(self.linspace(torch.log(x), torch.log(y), n))

        def full_like(self, x: Any, value: Any) -> Any:
            return value.to(x.dtype).expand(x.shape)

        def diagflat(self, x: Any, k: int) -> Any:
            return torch.diagflat(x, k)

        def meshgrid(self, *arrays: Any, indexing: str) -> Any:
            return torch.meshgrid(*joined(arrays), indexing=indexing)

        def unstack(self, x: Any, axis: int) -> Any:
            return torch.unbind(x, axis)

        def matvec(self, x: Any, y: Any) -> Any:
            return torch.einsum("...ij,...j->...i", *joined([x, y]))

        def vecmat(self, x: Any, y: Any) -> Any:
            return torch.einsum("...i,...ij->...j", *joined([x, y]))

        def windows(self, x: Any, n: int, axis: int) -> Any:
            return x.unfold(axis, n, 1)

        def polyval(self, p: Any, x: Any) -> Any:
            return functools.reduce(lambda out, c: out * x + c, p, torch.zeros_like(x))

        def aligned(self, p: Any, q: Any) -> list[Any]:
            n = max(len(p), len(q))
            return [nn.pad(a, (n - len(a), 0)) for a in joined([p, q])]

        def polyadd(self, p: Any, q: Any) -> Any:
            return torch.add(*self.aligned(p, q))

        def polysub(self, p: Any, q: Any) -> Any:
            return torch.sub(*self.aligned(p, q))

        def polymul(self, p: Any, q: Any) -> Any:
            return self.convolve(p, q, "full")

        def polyder(self, p: Any) -> Any:
            return p[:-1] * torch.arange(len(p) - 1, 0, -1).to(p.dtype)

        def polyint(self, p: Any) -> Any:
            return nn.pad(p / torch.arange(len(p), 0, -1).to(p.dtype), (0, 1))

        def poly(self, roots: Any) -> Any:
            factors = [torch.stack([torch.ones_like(root), -root]) for root in roots]
            return functools.reduce(lambda p, q: self.convolve(p, q, "full"), factors)

        def polyfit(self, x: Any, y: Any, degree: int) -> Any:
            matrix = self.vander(x, degree + 1, False)
            return torch.linalg.solve(matrix.T @ matrix, matrix.T @ y)

    names = TorchNames()

    def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
        if isinstance(axis, tuple):
            return torch.linalg.matrix_norm(x, ord, axis, keepdims)
        return torch.linalg.vector_norm(x, 2 if ord is None else ord, axis, keepdims)

    def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
        return torch.linalg.svd(x, full_matrices=full_matrices) if compute_uv else torch.linalg.svdvals(x)

    def lstsq(x: Any, y: Any, rcond: None) -> Any:
        x, y = joined([x, y])
        return (torch.linalg.lstsq(x, y).solution if y.ndim > 1 else torch.linalg.lstsq(x, y[:, None]).solution[:, 0],)

    def real(f: Callable[..., Any]) -> Callable[..., Any]:
        """Eigenvalues are complex here, also where all are real."""
        return lambda x: torch.real(f(x)) if f is torch.linalg.eigvals else tuple(map(torch.real, f(x)))

    names.linalg = Chain(
        {
            "norm": norm, "svd": svd, "lstsq": lstsq, "eig": real(torch.linalg.eig), "eigvals": real(torch.linalg.eigvals),
            "multi_dot": lambda arrays: torch.linalg.multi_dot(joined(arrays)), "vector_norm": norm,
            "matrix_transpose": lambda x: x.mT,
            "vecdot": lambda x, y, axis: torch.linalg.vecdot(*joined([x, y]), dim=axis),
        },
        torch.linalg,
    )  # fmt: skip
    names.matrix_transpose, names.vecdot = names.linalg.matrix_transpose, names.linalg.vecdot
    names.special = Chain({"log_expit": nn.logsigmoid}, torch.special)
    return names


class Torch(Engine):
    """PyTorch, eager, on one thread: the arrays are small."""

    module = "torch"

    def __init__(self) -> None:
        self.torch = importlib.import_module("torch")
        self.torch.set_num_threads(1)
        self.names = torch_names()

    def constant(self, array: np.ndarray) -> Any:
        return self.torch.from_numpy(np.array(array))

    def measure(self, expression: Expression) -> Measured:
        torch = self.torch
        inputs = [x.array() for x in expression.inputs]
        leaves = [torch.from_numpy(x).requires_grad_() for x in inputs]

        def slopes(y: Any, **keywords: Any) -> list[Any]:
            if not y.requires_grad:  # constant in every input
                return [torch.zeros_like(x) for x in leaves]
            found = torch.autograd.grad(y, leaves, allow_unused=True, **keywords)
            return [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, found)]

        out = self.run(expression, leaves)
        weights, direction = weights_for(expression, inputs, out.numpy(force=True))
        loss = torch.sum(torch.from_numpy(weights) * out)
        gradient = slopes(loss, create_graph=True)
        slope = sum(torch.sum(g * torch.from_numpy(v)) for g, v in zip(gradient, direction))
        second = slopes(slope, retain_graph=True)
        flat = out.reshape(-1)
        jacobian = [slopes(flat[i], retain_graph=True) for i in range(len(flat))] if len(flat) <= SMALL else []

        def plain(arrays: list[Any]) -> list[np.ndarray]:
            return [a.detach().clone().numpy(force=True) for a in arrays]  # of zeros that are not stored, clone makes some

        return Measured(out.numpy(force=True), loss.item(), plain(gradient), plain(second), [plain(row) for row in jacobian])


# --- JAX --------------------------------------------------------------------------------------------------------------


def jax_names() -> Any:
    """JAX with the names that its NumPy does not have."""
    import jax
    from jax import numpy as jnp

    class JaxNames(Names):
        modules = (jnp, jax.nn)
        relu = staticmethod(jax.nn.relu)
        logsumexp = staticmethod(jax.nn.logsumexp)
        fix, amax, amin = map(staticmethod, (jnp.trunc, jnp.max, jnp.min))

        def reduce_of(self, name: str, x: Any, axis: int) -> Any:
            own = name in ("add", "multiply", "maximum", "minimum")
            return getattr(jnp, name).reduce(x, axis=axis) if own else super().reduce_of(name, x, axis)

        def accumulate_of(self, name: str, x: Any, axis: int) -> Any:
            own = name in ("add", "multiply")
            return getattr(jnp, name).accumulate(x, axis=axis) if own else super().accumulate_of(name, x, axis)

        def with_item(self, x: Any, index: Any, value: Any) -> Any:
            return x.at[index].set(value.astype(x.dtype))

        def eig(self, x: Any) -> Any:
            """Derivatives of eigenvectors have to be asked for."""
            pair = jax.lax.linalg.eig(x, compute_left_eigenvectors=False, enable_eigvec_derivs=True)
            return tuple(map(jnp.real, pair))

    names = JaxNames()
    names.linalg = Chain({"eig": names.eig, "eigvals": lambda x: names.eig(x)[0]}, jnp.linalg)
    names.special = Chain({"log_expit": jax.nn.log_sigmoid}, importlib.import_module("jax.scipy.special"))
    return names


class Jax(Engine):
    """JAX in double precision. All that is measured is one program: each operation alone takes three times as long."""

    module = "jax"

    def __init__(self) -> None:
        # Each program runs once, so it is not worth while to optimize it.
        os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")
        self.jax = importlib.import_module("jax")
        self.jax.config.update("jax_enable_x64", True)
        self.names = jax_names()

    def measure(self, expression: Expression) -> Measured:
        jax, inputs = self.jax, [x.array() for x in expression.inputs]
        jnp = jax.numpy

        def f(*arrays: Any) -> Any:
            return jnp.asarray(self.run(expression, arrays))

        like = jax.eval_shape(f, *map(jnp.asarray, inputs))  # shape and dtype of the result, without computing it
        weights, direction = weights_for(expression, inputs, np.empty(like.shape))

        def slopes(*arrays: Any) -> Any:
            return jax.vjp(f, *arrays)[1](jnp.asarray(weights, like.dtype))

        def everything(*arrays: Any) -> Any:
            out, pull = jax.vjp(f, *arrays)
            gradient, pull_second = jax.vjp(slopes, *arrays)
            units = jnp.eye(out.size, dtype=out.dtype).reshape(out.size, *out.shape)
            jacobian = jax.vmap(pull)(units) if 0 < out.size <= SMALL else []
            return out, gradient, pull_second(tuple(map(jnp.asarray, direction))), jacobian

        out, gradient, second, jacobian = jax.tree.map(np.asarray, jax.jit(everything)(*map(jnp.asarray, inputs)))
        return Measured(out, float(np.sum(weights * out)), list(gradient), list(second), list(map(list, zip(*jacobian))))


# --- HIPS autograd ----------------------------------------------------------------------------------------------------


def autograd_names() -> Any:
    """HIPS autograd with the names that its NumPy does not have."""
    from autograd import numpy as anp
    from autograd.scipy import special

    class AutogradNames(Names):
        modules = (anp,)
        sigmoid = staticmethod(special.expit)
        logsumexp = staticmethod(special.logsumexp)

        def softplus(self, x: Any) -> Any:
            return anp.logaddexp(x, 0.0)

        def softmax(self, x: Any, axis: int) -> Any:
            return anp.exp(self.log_softmax(x, axis))

        def log_softmax(self, x: Any, axis: int) -> Any:
            return x - special.logsumexp(x, axis=axis, keepdims=True)

        def astype(self, x: Any, dtype: str) -> Any:
            return x.astype(dtype)

        def rot90(self, x: Any, k: int, axes: Any) -> Any:
            return anp.rot90(x, k)

    names = AutogradNames()
    names.special = Chain({"jv": special.jn, "yv": special.yn}, special)
    return names


class Autograd(Engine):
    """HIPS autograd."""

    module = "autograd"

    def __init__(self) -> None:
        self.autograd = importlib.import_module("autograd")
        self.names = autograd_names()

    def measure(self, expression: Expression) -> Measured:
        inputs, anp = [x.array() for x in expression.inputs], self.autograd.numpy
        every = tuple(range(len(inputs)))
        out = self.run(expression, inputs)
        weights, direction = weights_for(expression, inputs, out)

        def loss(*arrays: Any) -> Any:
            return anp.sum(weights * self.run(expression, arrays))

        def slope(*arrays: Any) -> Any:
            return sum(anp.sum(g * v) for g, v in zip(gradient_of(*arrays), direction))

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Output seems independent of input", UserWarning)
            gradient_of = self.autograd.grad(loss, every)
            gradient, second = gradient_of(*inputs), self.autograd.grad(slope, every)(*inputs)
            jacobian = []
            for i in range(np.size(out) if np.size(out) <= SMALL else 0):
                row = self.autograd.grad(lambda *arrays, i=i: anp.reshape(self.run(expression, arrays), (-1,))[i], every)
                jacobian.append(list(row(*inputs)))
        return Measured(out, float(loss(*inputs)), list(gradient), list(second), jacobian)


ENGINES: dict[str, Callable[[], Engine]] = {"torch": Torch, "jax": Jax, "autograd": Autograd}

# --- comparing --------------------------------------------------------------------------------------------------------


class Disagreement(AssertionError):
    """Two engines differ by more than rounding explains."""


def compare(ours: Measured, peer: Measured, rtol: float, atol: float, again: Callable[[], list[Measured]] = list) -> None:
    """Value, gradient, second derivative, Jacobian, in this order: the first that differs is the simplest to look at.

    rtol, atol: relative to the largest element of the arrays that belong together, and absolute
    again:      makes variants of ours that are rounded otherwise. Called if the two differ by more than this. Where a result
                loses digits, by cancellation or near a singularity, the variants differ as well, and no engine is right to
                more digits than they agree in; ten times their spread is allowed. (Vignes, "A stochastic arithmetic for
                reliable scientific computation", 1993, estimates rounding errors in this way.)
    """
    pairs = zip(parts_of(ours), parts_of(peer))
    if all(fault is None for fault in (disagreement(mine, theirs, rtol, atol, []) for mine, theirs in pairs)):
        return
    variants = [parts_of(variant) for variant in again()]
    for i, (mine, theirs) in enumerate(zip(parts_of(ours), parts_of(peer))):
        if fault := disagreement(mine, theirs, rtol, atol, [variant[i][1] for variant in variants]):
            raise Disagreement(fault)


def parts_of(measured: Measured) -> list[tuple[str, list[np.ndarray]]]:
    """What is compared, with its name: arrays that belong together in one list."""
    jacobian = [(f"row {i} of the Jacobian", row) for i, row in enumerate(measured.jacobian)]
    value = ("the value", [np.asarray(measured.value)])
    first = [("the last array", [measured.out]), value, ("the gradient", measured.gradient)]
    return [*first, ("the second derivative", measured.second), *jacobian]


def disagreement(
    ours: tuple[str, list[Any]], peer: tuple[str, list[Any]], rtol: float, atol: float, variants: list[list[Any]]
) -> str | None:
    """Where they differ, in words; None if they do not."""
    (what, mine), (_, theirs) = ours, peer
    shapes = [np.shape(a) for a in mine], [np.shape(a) for a in theirs]
    if shapes[0] != shapes[1]:
        return f"{what}: our shapes are {shapes[0]}, the peer's {shapes[1]}"
    largest = max(float(np.max(np.abs(a))) for a in theirs)
    for i, (a, b) in enumerate(zip(mine, theirs)):
        off = np.max(np.abs(np.asarray(a, float) - np.asarray(b, float)))
        spread = max((float(np.max(np.abs(np.asarray(v[i], float) - a))) for v in variants), default=0.0)
        if not off <= max(rtol * largest, atol, 10 * spread) or np.isnan(largest):
            return f"{what}, array {i}: off by {off:.3g} where the largest is {largest:.3g}\nours {a}\npeer {b}"
    return None
