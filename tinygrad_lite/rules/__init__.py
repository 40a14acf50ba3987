"""The derivative table. Importing it registers every rule; each file is one chapter.

The chapters about Fourier transforms, np.polynomial and SciPy wait until one of those functions meets a Tensor, and the one
about networks waits for `tinygrad_lite.nn`: to import them takes time.
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
