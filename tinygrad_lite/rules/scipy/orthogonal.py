"""Derivatives of orthogonal polynomials, and of the hypergeometric functions, of which they are cases: of scipy.special.

The slope of a polynomial of degree n is one of degree n - 1, of the same family or of another. Degrees and parameters are
constants. Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), chapters 13, 15 and 22 (22.5, 22.8).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...registry import derivative
from .special import special

# fmt: off
# the degree n is the argument x
derivative(special.eval_legendre,    y=lambda g, x, y: g * special.eval_gegenbauer(x - 1, 1.5, y))
derivative(special.eval_chebyt,      y=lambda g, x, y: g * (x * special.eval_chebyu(x - 1, y)))
derivative(special.eval_chebyu,      y=lambda g, x, y: g * (2 * special.eval_gegenbauer(x - 1, 2.0, y)))
derivative(special.eval_chebyc,      y=lambda g, x, y: g * (x * special.eval_chebys(x - 1, y)))
derivative(special.eval_chebys,      y=lambda g, x, y: g * special.eval_gegenbauer(x - 1, 2.0, y / 2))
derivative(special.eval_gegenbauer,  z=lambda g, x, y, z: g * (2 * y * special.eval_gegenbauer(x - 1, y + 1, z)))
derivative(special.eval_jacobi,      w=lambda g, x, y, z, w: g * (
                                         (x + y + z + 1) / 2 * lower(special.eval_jacobi, x, y + 1, z + 1, w)))
derivative(special.eval_laguerre,    y=lambda g, x, y: -g * special.eval_genlaguerre(x - 1, 1.0, y))
derivative(special.eval_genlaguerre, z=lambda g, x, y, z: -g * special.eval_genlaguerre(x - 1, y + 1, z))
derivative(special.eval_hermite,     y=lambda g, x, y: g * (2 * x * lower(special.eval_hermite, x, y)))
derivative(special.eval_hermitenorm, y=lambda g, x, y: g * (x * lower(special.eval_hermitenorm, x, y)))

# the same on [0, 1]
derivative(special.eval_sh_legendre, y=lambda g, x, y: g * (2 * special.eval_gegenbauer(x - 1, 1.5, 2 * y - 1)))
derivative(special.eval_sh_chebyt,   y=lambda g, x, y: g * (2 * x * special.eval_chebyu(x - 1, 2 * y - 1)))
derivative(special.eval_sh_chebyu,   y=lambda g, x, y: g * (4 * special.eval_gegenbauer(x - 1, 2.0, 2 * y - 1)))
derivative(special.eval_sh_jacobi,   w=lambda g, x, y, z, w: g * (x * lower(special.eval_sh_jacobi, x, y + 2, z + 1, w)))

# hypergeometric functions: a series whose derivative is the same series with all parameters one larger
derivative(special.hyp0f1, y=lambda g, x, y: g * (special.hyp0f1(x + 1, y) / x))
derivative(special.hyp1f1, z=lambda g, x, y, z: g * (x / y * special.hyp1f1(x + 1, y + 1, z)))
derivative(special.hyp2f1, w=lambda g, x, y, z, w: g * (x * y / z * special.hyp2f1(x + 1, y + 1, z + 1, w)))
derivative(special.hyperu, z=lambda g, x, y, z: -g * (x * special.hyperu(x + 1, y + 1, z)))
# fmt: on


def lower(polynomial: Any, degree: Any, *args: Any) -> Any:
    """A polynomial of the next lower degree; of degree 0 there is none, and 0 takes its place."""
    some = np.where(np.equal(degree, 0), 0.0, 1.0)
    return some * polynomial(np.maximum(degree, 1) - 1, *args)
