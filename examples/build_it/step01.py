"""Step 1: a number that remembers how it was made.

Each result keeps the Tensors that it was made from, and its slope in each of them. `backward` multiplies these slopes.
"""


class Tensor:
    def __init__(self, data, made_from=()):
        self.data, self.made_from, self.grad = float(data), made_from, 0.0

    def __add__(self, other):
        return Tensor(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Tensor(self.data * other.data, [(self, other.data), (other, self.data)])

    def backward(self, g=1.0):
        self.grad = g
        for parent, slope in self.made_from:
            parent.backward(g * slope)  # the chain rule


if __name__ == "__main__":
    a, b, c, x = Tensor(2), Tensor(3), Tensor(4), 5.0
    y = a * Tensor(x * x) + b * Tensor(x) + c  # our guess of the quadratic, at one point
    y.backward()
    print(f"y = {y.data:g}; its slopes in a, b and c: {a.grad:g}, {b.grad:g}, {c.grad:g}")
