"""The functions of neural networks that are computed in one step, with their derivatives: a chapter of several files.

It is imported with `tinygrad_lite.nn`. Each function is written twice: its text is the formula, in NumPy, which the views read
and generated programs contain; `run` in its line of the table computes the same faster, if that takes other code.
"""

from . import entropy, linear, normalization

__all__ = ["entropy", "linear", "normalization"]
