"""The functions of neural networks that are computed in one step, with their derivatives: a chapter of several files.

It is imported with `tinygrad_lite.nn`. The text of each function is its formula, in NumPy: the views read it, and generated
programs contain it. Where other code computes the same faster, the table of derivatives names it as `run`.
"""

from . import convolution, entropy, linear, normalization, pooling

__all__ = ["convolution", "entropy", "linear", "normalization", "pooling"]
