"""The parts that come back along different arrows add up: `+=` in the place of `=`."""


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
                parent.grad += value.grad * slope


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
