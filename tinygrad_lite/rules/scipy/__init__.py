"""All rules for scipy.special. Importing it registers them; that waits until one of SciPy's functions meets a Tensor."""

from . import bessel, distributions, elliptic, integrals, orthogonal, special

__all__ = ["bessel", "distributions", "elliptic", "integrals", "orthogonal", "special"]
