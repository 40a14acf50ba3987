"""All rules for scipy.special. Importing it registers them; that waits until one of SciPy's functions meets a Tensor."""

from . import bessel, integrals, orthogonal, special

__all__ = ["bessel", "integrals", "orthogonal", "special"]
