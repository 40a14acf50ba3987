"""The derivative table. Importing it registers every rule; each file is one chapter.

The chapter about SciPy waits until SciPy is there and one of its functions meets a Tensor.
"""

from ..tensor import CHAPTERS
from . import decompositions, elementwise, fft, indexing, linalg, reductions, shapes

__all__ = ["decompositions", "elementwise", "fft", "indexing", "linalg", "reductions", "shapes"]

CHAPTERS["scipy.special"] = f"{__name__}.special"
