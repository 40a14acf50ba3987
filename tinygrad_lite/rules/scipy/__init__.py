"""All rules for scipy.special. It is imported when one of SciPy's functions is first called with a Tensor."""

from . import bessel, distributions, elliptic, integrals, orthogonal, special

__all__ = ["bessel", "distributions", "elliptic", "integrals", "orthogonal", "special"]
