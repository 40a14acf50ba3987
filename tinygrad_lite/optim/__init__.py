"""Optimizers: how parameters move against their gradients, with the names that PyTorch gives them."""
