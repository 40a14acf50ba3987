"""The derivative table, with one chapter in each file. Importing it registers every rule.

The chapters about Fourier transforms, np.polynomial and SciPy are imported when one of their functions is first called with a
Tensor, and the chapter about networks with `tinygrad_lite.nn`, because importing them takes time.
"""

from ..protocols.calling import CHAPTERS
from . import (
    activations,
    counting,
    decompositions,
    differences,
    elementwise,
    in_place,
    indexing,
    linalg,
    making,
    parts,
    polynomials,
    quantiles,
    reductions,
    refused,
    running,
    shapes,
    sparse,
    statistics,
)

__all__ = [
    "activations", "counting", "decompositions", "differences", "elementwise", "in_place", "indexing", "linalg",
    "making", "parts", "polynomials",
    "quantiles", "reductions", "refused", "running", "shapes", "sparse", "statistics",
]  # fmt: skip

CHAPTERS["numpy.fft"] = f"{__name__}.fft"
CHAPTERS["numpy.polynomial"] = f"{__name__}.series"
CHAPTERS["scipy.special"] = f"{__name__}.scipy"
CHAPTERS["tinygrad_lite.nn"] = f"{__name__}.nets"
