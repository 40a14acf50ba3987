"""The derivative table. Importing it registers every rule; each file is one chapter.

The chapters about Fourier transforms and SciPy wait until one of those functions meets a Tensor: to import them takes time.
"""

from ..tensor import CHAPTERS
from . import counting, decompositions, elementwise, indexing, linalg, quantiles, reductions, running, shapes, statistics

__all__ = [
    "counting",
    "decompositions",
    "elementwise",
    "indexing",
    "linalg",
    "quantiles",
    "reductions",
    "running",
    "shapes",
    "statistics",
]

CHAPTERS["numpy.fft"] = f"{__name__}.fft"
CHAPTERS["scipy.special"] = f"{__name__}.special"
