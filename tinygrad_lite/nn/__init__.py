"""Networks: modules, layers, losses and initialisers, with the names that PyTorch gives them.

Files, in reading order: module.py (what a network is made of), layers.py, activations.py, losses.py, functional.py.
"""

from . import functional
from .activations import ReLU, Sigmoid, Tanh
from .layers import Linear, Sequential
from .losses import cross_entropy, mse_loss
from .module import Module

__all__ = ["Linear", "Module", "ReLU", "Sequential", "Sigmoid", "Tanh", "cross_entropy", "functional", "mse_loss"]
