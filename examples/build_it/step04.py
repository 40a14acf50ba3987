"""Step 4: newest first, without recursion.

Each Tensor gets a number when it is made. It is newer than all that it was made from. So the newest of those that wait is
always complete, and `walk` needs no `visit`. A heap gives the newest quickly.
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


def loss(a, b, c):
    """The mean squared error of the quadratic, at 11 points of 5x² - 3x + 3."""
    total = Tensor(0)
    for i in range(11):
        x = i - 5
        error = a * Tensor(x * x) + b * Tensor(x) + c + Tensor(-(5 * x * x - 3 * x + 3))
        total = total + error * error
    return total * Tensor(1 / 11)


def fit(epochs):
    params = [Tensor(2), Tensor(3), Tensor(4)]
    for _ in range(epochs):
        loss(*params).backward()
        params = [Tensor(p.data - 0.005 * p.grad) for p in params]
    return [p.data for p in params]


if __name__ == "__main__":
    print("a, b, c =", *(round(p, 3) for p in fit(1000)))
