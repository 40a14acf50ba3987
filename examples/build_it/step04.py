"""Step 4: newest first, without recursion.

Each Tensor gets a number when it is made, so a result is newer than everything that it was made from. The gradient of the
newest waiting Tensor is therefore complete, and `walk` needs no `visit`. A heap finds the newest quickly.
"""

import itertools
from heapq import heappop, heappush

new_number = itertools.count(1).__next__


class Tensor:
    def __init__(self, data, made_from=()):
        self.data, self.made_from, self.grad = float(data), made_from, 0.0
        self.number = new_number()

    def __add__(self, other):
        return Tensor(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Tensor(self.data * other.data, [(self, other.data), (other, self.data)])

    def backward(self):
        for tensor, g in walk(self, 1.0):
            tensor.grad += g


def walk(output, seed):
    """Visit `output` and all that it was made from, newest first; yield each with its gradient."""
    queue = [-output.number]  # a heap gives the smallest, so numbers go in negative
    waiting = {-output.number: (output, seed)}
    while queue:
        tensor, g = waiting.pop(heappop(queue))
        yield tensor, g
        for parent, slope in tensor.made_from:
            part = g * slope  # the chain rule
            key = -parent.number
            if key in waiting:  # used more than once: the gradients of all uses add up
                waiting[key] = (parent, waiting[key][1] + part)
            else:
                waiting[key] = (parent, part)
                heappush(queue, key)


if __name__ == "__main__":  # fit the quadratic: the mean squared error (MSE) at 11 points of 5x² - 3x + 3
    params = [Tensor(2), Tensor(3), Tensor(4)]
    for _ in range(1000):
        a, b, c = params
        loss = Tensor(0)
        for x in range(-5, 6):
            error = a * Tensor(x * x) + b * Tensor(x) + c + Tensor(-(5 * x * x - 3 * x + 3))
            loss = loss + error * error * Tensor(1 / 11)
        loss.backward()
        params = [Tensor(p.data - 0.005 * p.grad) for p in params]
    print("a, b, c =", *(round(p.data, 3) for p in params))
