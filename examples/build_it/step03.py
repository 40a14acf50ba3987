"""Step 3: each Tensor once, when its gradient is complete.

`visit` puts the Tensors in order: each after all that it was made from. Backward goes through this order from its end.
"""


class Tensor:
    def __init__(self, data, made_from=()):
        self.data, self.made_from, self.grad = float(data), made_from, 0.0

    def __add__(self, other):
        return Tensor(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return Tensor(self.data * other.data, [(self, other.data), (other, self.data)])

    def backward(self):
        order, seen = [], set()

        def visit(tensor):
            if tensor not in seen:
                seen.add(tensor)
                for parent, _ in tensor.made_from:
                    visit(parent)
                order.append(tensor)

        visit(self)
        waiting = {self: 1.0}  # the gradient so far of each Tensor whose turn has not come
        for tensor in reversed(order):
            g = waiting.pop(tensor)
            tensor.grad += g
            for parent, slope in tensor.made_from:
                waiting[parent] = waiting.get(parent, 0.0) + g * slope  # the chain rule


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
