"""The derivative table. Importing it registers every rule; each file is one chapter."""

from . import elementwise, indexing, linalg, reductions, shapes

__all__ = ["elementwise", "indexing", "linalg", "reductions", "shapes"]
