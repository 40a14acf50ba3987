"""The functions of neural networks that are computed in one step, with their derivatives: a chapter of several files."""

from . import convolution, pooling

__all__ = ["convolution", "pooling"]
