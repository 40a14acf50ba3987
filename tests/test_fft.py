"""Transforms of real signals: the identities of the textbook, and what a pair of Tensors does instead of a complex array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite.rules.fft import Spectrum

rng = np.random.default_rng(8)
X, H = rng.normal(size=8), rng.normal(size=8)


def test_parseval() -> None:
    """The power of the spectrum is n times that of the signal, so its gradient is 2 n x."""
    g = tg.grad(lambda x: np.sum(np.abs(np.fft.fft(x)) ** 2))(X)
    np.testing.assert_allclose(g, 2 * 8 * X, rtol=1e-12)


def test_a_product_of_spectra_is_a_circular_convolution() -> None:
    def filtered(x: Any, h: Any) -> Any:
        return np.sum(np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(h)) ** 3)

    def by_definition(x: Any, h: Any) -> Any:
        return np.sum(sum(np.roll(x, k) * h[k] for k in range(8)) ** 3)

    for ours, expected in zip(tg.grad(filtered, (0, 1))(X, H), tg.grad(by_definition, (0, 1))(X, H)):
        np.testing.assert_allclose(ours, expected, rtol=1e-12)
    tg.check_gradients(filtered, X, H, order=2, limit=0)


@pytest.mark.parametrize("n", [7, 8])
def test_there_and_back(n: int) -> None:
    x = rng.normal(size=(3, n))
    for back in (
        lambda x: np.fft.irfft(np.fft.rfft(x), n),
        lambda x: np.fft.ifft(np.fft.fft(x)).real,
        lambda x: np.fft.irfftn(np.fft.rfftn(x), (3, n), (0, 1)),
        lambda x: np.fft.ifft2(np.fft.fft2(x)).real,
        lambda x: np.fft.hfft(np.fft.ihfft(x), n),
        lambda x: np.fft.ifftshift(np.fft.fftshift(x)),
        lambda x: np.fft.ifft(np.fft.ifftshift(np.fft.fftshift(np.fft.fft(x)))).real,
    ):
        np.testing.assert_allclose(back(tg.Tensor(x)).data, x, atol=1e-14)
        np.testing.assert_allclose(tg.elementwise_grad(back)(x), np.ones_like(x), rtol=1e-12)


@together
@pytest.mark.parametrize(
    "f",
    [
        lambda z, t: t * z, lambda z, t: z * t, lambda z, t: np.multiply(t, z), lambda z, t: z / t, lambda z, t: t / z,
        lambda z, t: t - z, lambda z, t: z + t, lambda z, t: 2 * z - z, lambda z, t: (1 + 2j) * z, lambda z, t: z / 1j,
        lambda z, t: np.arange(5.0) * z, lambda z, t: z**3, lambda z, t: z * z.conj(), lambda z, t: np.conj(z) * np.real(z),
        lambda z, t: np.square(z) * np.imag(z), lambda z, t: z[1:3] * np.abs(z[:2]),
        lambda z, t: np.flip(+z) - np.roll(-z, 1),
        lambda z, t: np.sum(z), lambda z, t: np.reshape(np.angle(z, deg=True) * z, (5, 1)).T,
    ],
)  # fmt: skip
def test_a_spectrum_computes_as_complex_numbers_do(f: Callable[[Any, Any], Any]) -> None:
    t = np.linspace(1.0, 2.0, 5)
    got, expected = f(np.fft.rfft(tg.Tensor(X)), tg.Tensor(t)), f(np.fft.rfft(X), t)
    assert isinstance(got, Spectrum)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got.real.data + 1j * got.imag.data, expected, rtol=1e-12, atol=1e-12)

    def parts(x: Any, t: Any) -> Any:
        z = f(np.fft.rfft(x), t)
        return [z.real, z.imag]

    tg.check_gradients(parts, X, t, order=2, limit=0)


def test_everything_else_is_refused() -> None:
    z = np.fft.rfft(tg.Tensor(X))
    for f in (
        np.exp,
        np.sort,
        np.array,
        lambda z: z > 0,
        lambda z: np.matmul(z, z),
        lambda z: z**0.5,
        tg.relu,
        np.add.reduce,
    ):
        with pytest.raises(TypeError, match="no derivative rule for complex numbers"):
            f(z)
    with pytest.raises(AttributeError, match=r"Spectrum\.cumsum has no derivative rule for complex numbers"):
        z.cumsum()
    with pytest.raises(ValueError, match="no norm 'other'"):
        np.fft.fft(tg.Tensor(X), norm="other")
    with pytest.raises(ValueError, match="the number of points is 0"):
        np.fft.fft(tg.Tensor(X), 0)
    with pytest.raises(ValueError, match="no axis to transform along"):
        np.fft.fft(tg.Tensor(1.0))
    assert repr(z).startswith("Spectrum(real=Tensor(")
    assert len(z) == z.size == 5
    assert z.dtype == np.complex128


@together
@pytest.mark.parametrize(
    "change",
    ["z *= 2", "z -= z0", "z /= z0", "z **= 2", "y = z; y += 1", "row = z[1:]; row *= 3", "z[0] = 0", "z[z.real > 0] = z0[1]",
     "z[0] *= 5", "number = z[0]; number *= 2", "other = z.conj(); other *= 2", "other = z**1; other += 1", "z[:2] = 1 + 2j"],
)  # fmt: skip
def test_a_spectrum_is_written_into_as_an_array_is(change: str) -> None:
    def power(x: Any) -> Any:
        names = {"z": np.fft.fft(x), "z0": np.fft.fft(x * x)}
        exec(change, names)
        return np.sum(np.abs(names["z"]) ** 2 * np.arange(1.0, 5.0))

    x = np.array([1.0, -2.5, 4.0, 3.0])
    assert float(power(tg.Tensor(x)).data) == pytest.approx(float(power(x)), rel=1e-12)
    tg.check_gradients(power, x)


def test_a_number_of_a_spectrum_is_true_as_one_of_an_array_is() -> None:
    z = np.fft.fft(tg.Tensor([1.0, -1.0]))
    assert (bool(z[0]), bool(z[1])) == (False, True)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(z)
