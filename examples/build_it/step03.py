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
