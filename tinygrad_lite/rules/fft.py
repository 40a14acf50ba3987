"""Derivatives of the discrete Fourier transforms, for real signals.

A Tensor holds real numbers, but a transform returns complex numbers. So np.fft's functions return a `Spectrum` here: a pair
of Tensors, the real and the imaginary part. It can be added, multiplied, summed, indexed and transformed back, and has
np.abs, np.angle, np.real, np.imag and np.conj: enough for power spectra, filters and convolutions. Other operations raise an
error.

All transforms use one function: `dft`, over given axes, with a sign and no scale. It is linear, so its gradient is its
transpose: the same transform with the other sign. The others also cut or fill up with zeros, mirror, and scale.
Source: Oppenheim and Schafer, Discrete-Time Signal Processing, 3rd ed. 2010, chapter 8.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .. import messages
from ..autograd import Handle
from ..operands import in_floats, option
from ..protocols.calling import call
from ..protocols.compositions import Array, composition
from ..registry import derivative, primitive
from .shapes import along


@primitive
def dft(parts: Any, axes: Any, sign: int) -> Any:
    """Σₙ zₙ exp(± 2πi k n / N) over `axes`, of z = parts[0] + i parts[1]; the result in two parts as well."""
    transform = np.fft.fftn if sign < 0 else np.fft.ifftn
    z = transform(parts[0] + 1j * parts[1], axes=axes, norm="backward" if sign < 0 else "forward")
    return np.stack([z.real, z.imag]).astype(parts.dtype, copy=False)


derivative(dft, parts=lambda g, axes, sign: dft(g, axes, -sign))


def of_each_part(function: Any) -> Any:
    """A function that is linear, and so works on the real and the imaginary part alike; or a method, by its name."""

    def on_both(z: Any, *args: Any, **keywords: Any) -> Any:
        of_one = operator.methodcaller(function, *args, **keywords) if isinstance(function, str) else None
        return Spectrum(*(of_one(part) if of_one else function(part, *args, **keywords) for part in (z.real, z.imag)))

    return on_both


class Spectrum(np.lib.mixins.NDArrayOperatorsMixin, Handle):
    """Complex numbers as two Tensors, `real` and `imag`."""

    def __init__(self, real: Any, imag: Any) -> None:
        self.real, self.imag = real, imag

    @property
    def _array(self) -> Any:  # what the engine would take
        raise messages.not_for_spectra("This function")

    shape = property(lambda self: self.real.shape)
    ndim = property(lambda self: self.real.ndim)
    size = property(lambda self: self.real.size)
    T = property(of_each_part(np.transpose))

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.result_type(self.real.dtype, 1j)

    def conj(self) -> Spectrum:
        return Spectrum(np.copy(self.real), -self.imag)

    conjugate = conj

    def __len__(self) -> int:
        return len(self.real)

    def __bool__(self) -> bool:
        return bool(self.real) or bool(self.imag)

    def __setitem__(self, index: Any, value: Any) -> None:
        """``z[index] = value``: written into both parts, so that all who share their memory see it."""
        self.real[index], self.imag[index] = parts_of(value)

    __getitem__ = of_each_part(operator.getitem)
    sum, mean, reshape, ravel, squeeze, transpose = map(
        of_each_part, ("sum", "mean", "reshape", "ravel", "squeeze", "transpose")
    )

    def __getattr__(self, name: str) -> Any:
        raise messages.no_attribute_of_spectrum(name)

    def __repr__(self) -> str:
        return f"Spectrum(real={self.real!r}, imag={self.imag!r})"

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *args: Any, **keywords: Any) -> Any:
        (into,) = keywords.pop("out", (None,))  # z *= 2
        if ufunc not in ON_SPECTRA or method != "__call__" or keywords or not isinstance(into, Spectrum | None):
            raise messages.not_for_spectra(messages.name_of(ufunc))
        result = ON_SPECTRA[ufunc](*args)
        if into is None or not into.ndim:  # a number is a new one, as in NumPy
            return result
        into[...] = result
        return into

    def __array_function__(self, function: Any, types: Any, args: Any, keywords: Any) -> Any:
        if function in ON_SPECTRA:
            return ON_SPECTRA[function](*args, **keywords)
        if getattr(function, "__module__", "") == "numpy.fft":
            return call(function, args, keywords)
        raise messages.not_for_spectra(messages.name_of(function))

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise messages.not_for_spectra("np.asarray")


# --- what a spectrum can do -------------------------------------------------------------------------------------------


def parts_of(z: Any) -> tuple[Any, Any]:
    """The real and the imaginary part of a spectrum, a Tensor or an array."""
    if isinstance(z, Spectrum):
        return z.real, z.imag
    if isinstance(z, Handle):
        z = in_floats(z)
        return z, np.zeros_like(z._array)
    z = np.asarray(option(z))
    return in_floats(z.real), in_floats(z.imag)


def product(z: Any, w: Any) -> Spectrum:
    (a, b), (c, d) = parts_of(z), parts_of(w)
    return Spectrum(a * c - b * d, a * d + b * c)


def quotient(z: Any, w: Any) -> Spectrum:
    c, d = parts_of(w)
    scaled = product(z, Spectrum(c, -d))
    return Spectrum(scaled.real / (c * c + d * d), scaled.imag / (c * c + d * d))


def power(z: Any, n: Any) -> Spectrum:
    if not isinstance(n, int) or n < 1:
        raise messages.not_for_spectra(f"A power of {n!r}")
    return +z if n == 1 else product(z, power(z, n - 1))


ON_SPECTRA: dict[Any, Any] = {
    np.add: lambda z, w: Spectrum(*(a + b for a, b in zip(parts_of(z), parts_of(w)))),
    np.subtract: lambda z, w: Spectrum(*(a - b for a, b in zip(parts_of(z), parts_of(w)))),
    np.multiply: product,
    np.divide: quotient,
    np.negative: lambda z: Spectrum(-z.real, -z.imag),
    np.positive: of_each_part(np.copy),
    np.square: lambda z: product(z, z),
    np.power: power,
    np.conjugate: lambda z: z.conj(),
    np.absolute: lambda z: np.hypot(z.real, z.imag),
    np.real: lambda val: val.real,
    np.imag: lambda val: val.imag,
    np.angle: lambda z, deg=False: np.arctan2(z.imag, z.real) * (180 / math.pi if deg else 1),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.iscomplexobj: lambda x: True,
}
for function in (
    np.sum, np.mean, np.reshape, np.ravel, np.transpose, np.moveaxis, np.roll, np.flip, np.squeeze, np.expand_dims,
):  # fmt: skip
    ON_SPECTRA[function] = of_each_part(function)

# --- the transforms ---------------------------------------------------------------------------------------------------

FORWARD, INVERSE = -1, 1


def scale(norm: Any, sign: int, n: int) -> float:
    """What NumPy multiplies a transform of `n` points with, for each of its norms."""
    if norm not in (None, "backward", "ortho", "forward"):
        raise messages.no_norm(norm)
    if norm == "ortho":
        return 1 / math.sqrt(n)
    return 1 / n if (norm == "forward") == (sign == FORWARD) else 1.0


def resized(x: Any, n: int, axis: int) -> Any:
    """The first `n` elements along an axis, filled up with zeros if there are fewer."""
    if n < 1:
        raise messages.no_points(n)
    missing = n - x.shape[axis]
    if missing <= 0:
        return along(x, axis, None, n) if missing else x
    return np.pad(x, [(0, missing if i == axis else 0) for i in range(x.ndim)])


def axes_and_sizes(x: Any, s: Any, axes: Any) -> tuple[list[int], list[int]]:
    """The axes to transform and the number of points along each, by NumPy's defaults."""
    if not x.ndim:
        raise messages.no_axis()
    if axes is None:
        axes = range(x.ndim) if s is None else range(x.ndim - len(s), x.ndim)
    axes = [i % x.ndim for i in axes]
    sizes = [x.shape[i] for i in axes] if s is None else [x.shape[i] if n in (None, -1) else n for n, i in zip(s, axes)]
    return axes, sizes


def transform(z: Any, s: Any, axes: Any, norm: Any, sign: int = FORWARD) -> Spectrum:
    """The general transform, from which all others are made: fft, or with the other sign ifft."""
    axes, sizes = axes_and_sizes(z, s, axes)
    real, imag = parts_of(z)
    for axis, n in zip(axes, sizes):
        real, imag = resized(real, n, axis), resized(imag, n, axis)
    parts = dft(np.stack([real, imag]), axes, sign) * scale(norm, sign, math.prod(sizes))
    return Spectrum(parts[0], parts[1])


def inverse(z: Any, s: Any, axes: Any, norm: Any) -> Spectrum:
    return transform(z, s, axes, norm, INVERSE)


def halved(a: Any, s: Any, axes: Any, norm: Any) -> Spectrum:
    """The transform of a real signal, without the half that mirrors the other half: rfft."""
    axes, sizes = axes_and_sizes(a, s, axes)
    z = transform(a, sizes, axes, norm)
    half = sizes[-1] // 2 + 1
    return Spectrum(along(z.real, axes[-1], None, half), along(z.imag, axes[-1], None, half))


def unhalved(a: Any, s: Any, axes: Any, norm: Any) -> Any:
    """The real signal of which `a` is the halved transform: irfft. Its last axis stands for 2 (m - 1) points, or as `s` says.

    All axes but the last are transformed as they are. Along the last, the half that is not there is the mirror image of the
    one that is, with the other sign in the imaginary part; element 0, and n / 2 of an even number, have none.
    """
    axes, sizes = axes_and_sizes(a, s, axes)
    if s is None or s[-1] in (None, -1):
        sizes[-1] = 2 * (a.shape[axes[-1]] - 1)
    if axes[:-1]:
        a = inverse(a, sizes[:-1], axes[:-1], norm)
    axis, n = axes[-1], sizes[-1]
    real, imag = (resized(part, n // 2 + 1, axis) for part in parts_of(a))
    middle = (n - 1) // 2 + 1
    at = [-1 if i == axis else 1 for i in range(real.ndim)]
    own = np.reshape(np.array([0.0 if k == 0 or 2 * k == n else 1.0 for k in range(n // 2 + 1)], real.dtype), at)
    imag = imag * own
    real, imag = (
        np.concatenate([part, sign * np.flip(along(part, axis, 1, middle), axis)], axis=axis)
        for part, sign in ((real, 1), (imag, -1))
    )
    return inverse(Spectrum(real, imag), [n], [axis], norm).real


def teach(compute: Any, one: Any, two: Any, several: Any) -> None:
    """The three functions of NumPy's that are one transform: along one axis, along two, and along several."""
    composition(one)(lambda a, n=None, axis=-1, norm=None, out=None: compute(a, None if n is None else [n], [axis], norm))
    composition(two)(lambda a, s=None, axes=(-2, -1), norm=None, out=None: compute(a, s, axes, norm))
    composition(several)(lambda a, s=None, axes=None, norm=None, out=None: compute(a, s, axes, norm))


teach(transform, np.fft.fft, np.fft.fft2, np.fft.fftn)
teach(inverse, np.fft.ifft, np.fft.ifft2, np.fft.ifftn)
teach(halved, np.fft.rfft, np.fft.rfft2, np.fft.rfftn)
teach(unhalved, np.fft.irfft, np.fft.irfft2, np.fft.irfftn)

SWAPPED: dict[Any, Any] = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


@composition(np.fft.hfft)
def hfft(a: Array, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
    """The real spectrum of a signal that mirrors itself: the inverse of its conjugate, scaled the other way."""
    real, imag = parts_of(a)
    return np.fft.irfft(Spectrum(real, -imag), n, axis, SWAPPED[norm])


def shifted(x: Any, axes: Any, forward: bool) -> Any:
    """Frequency 0 to the middle, or back."""
    axes = list(range(x.ndim)) if axes is None else [axes] if isinstance(axes, int) else list(axes)
    return np.roll(x, [x.shape[i] // 2 if forward else -(x.shape[i] // 2) for i in axes], axes)


composition(np.fft.ihfft)(lambda a, n=None, axis=-1, norm=None, out=None: np.fft.rfft(a, n, axis, SWAPPED[norm]).conj())
composition(np.fft.fftshift)(lambda x, axes=None: shifted(x, axes, True))
composition(np.fft.ifftshift)(lambda x, axes=None: shifted(x, axes, False))
