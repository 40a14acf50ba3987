"""Translate a training loop from PyTorch.

Chapter 12. This program trains a layer with one weight and one bias:

    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()

Write the same with tinygrad_lite. The model is there already, with a weight and a bias of 0. Most
names are the same; the loss is tg.nn.mse_loss, and the optimizers are in tg.optim.

Check your answer:  python -m tinygrad_lite exercises check from_pytorch
"""

import numpy as np

import tinygrad_lite as tg


def train(x, y, epochs):
    """The weight and the bias after the training. x and y have the shape (n, 1)."""
    model = tg.nn.Linear(1, 1)
    model.weight.data, model.bias.data = np.zeros((1, 1)), np.zeros(1)
    ...
    return model.weight.item(), model.bias.item()
