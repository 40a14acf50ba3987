"""Networks: modules, layers, losses and initialisers, with the names that PyTorch gives them."""
