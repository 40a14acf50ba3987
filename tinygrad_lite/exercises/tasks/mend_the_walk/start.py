"""Mend a backward pass.

Chapter 4. This is a small engine for numbers. A Value remembers which Values it was made from, and
the slope in each of them. `backward` sends gradients back along these arrows.

It has a mistake: for y = x * x at x = 3 the gradient of x is 6, but the engine says 3. Mend it.
Also test it with a value that is used in two steps, such as s in s = x * x; y = s * s + s.

Check your answer:  python -m tinygrad_lite exercises check mend_the_walk
"""


class Value:
    """A number that remembers how it was made: pairs of a Value and the slope in it."""

    def __init__(self, data, made_from=()):
        self.data, self.made_from, self.grad = data, made_from, 0.0

    def __add__(self, other):
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])

    def backward(self):
        """Compute the gradient of each Value that this one was made from."""
        self.grad = 1.0
        for value in in_order(self):
            for parent, slope in value.made_from:
                parent.grad = value.grad * slope


def in_order(end):
    """All Values that `end` was made from, each after all those that were made from it."""
    found = []

    def visit(value):
        if value not in found:
            for parent, _ in value.made_from:
                visit(parent)
            found.append(value)

    visit(end)
    return found[::-1]
