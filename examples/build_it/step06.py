"""Step 6: arrays.

A node now has an array instead of a single number. NumPy's functions and the rules work on arrays already. One rule is new:
`np.sum` makes one number of many, and its gradient goes back to each of them.
"""

import itertools
from heapq import heappop, heappush
from weakref import ref

import numpy as np

RULES = {}  # function -> its Rule
new_number = itertools.count(1).__next__


class Node:
    """One function call on record; or a leaf, which is a value from outside and has no rule."""

    def __init__(self, rule, args, value):
        self.rule, self.args, self.value, self.number = rule, args, value, new_number()
        self.shape = np.shape(value)


class Tensor:
    """What users hold: an array, its gradient, and the node that says how it was made."""

    def __init__(self, data, node=None):
        self.data, self.grad = np.asarray(data, dtype=float), None
        self.node = node or Node(None, (), self.data)
        self.node.tensor = ref(self)  # weak: a node does not keep its Tensor alive

    def backward(self):
        for node, g in walk(self.node, np.ones_like(self.data)):
            if (tensor := node.tensor()) is not None:  # a leaf adds its gradients up
                tensor.grad = g if tensor.grad is None or node.rule else tensor.grad + g

    def __add__(self, other):
        return call(np.add, (self, other))

    def __sub__(self, other):
        return call(np.subtract, (self, other))

    def __mul__(self, other):
        return call(np.multiply, (self, other))

    def __truediv__(self, other):
        return call(np.divide, (self, other))


def call(function, args):
    """Apply a function that has a rule."""
    return record(RULES[function], args)


def record(rule, args):
    """Call the rule's function on plain arrays, and write the call down."""
    tensors = [arg if isinstance(arg, Tensor) else Tensor(arg) for arg in args]
    out = rule.function(*(t.data for t in tensors))
    return Tensor(out, Node(rule, [t.node for t in tensors], out))


def walk(output, seed):
    """Visit `output` and all that it was made from, newest first; yield each node with its gradient."""
    queue = [-output.number]  # a heap gives the smallest, so numbers go in negative
    waiting = {-output.number: (output, seed)}
    while queue:
        node, g = waiting.pop(heappop(queue))
        yield node, g
        for i, parent in enumerate(node.args):
            part = node.rule.vjp(i, g, node)  # the chain rule
            key = -parent.number
            if key in waiting:  # used more than once: the gradients of all uses add up
                waiting[key] = (parent, waiting[key][1] + part)
            else:
                waiting[key] = (parent, part)
                heappush(queue, key)


class Rule:
    """How to differentiate one function: a vector-Jacobian product (vjp) for each argument."""

    def __init__(self, function, vjps):
        self.function, self.vjps = function, vjps

    def vjp(self, i, g, node):
        """The gradient of argument i. The names of the parameters say what the vjp needs."""
        vjp = list(self.vjps.values())[i]
        given = {"g": g, "out": node.value, "shape": node.args[i].shape}
        given |= {name: arg.value for name, arg in zip(self.vjps, node.args)}
        return vjp(*(given[name] for name in names_of(vjp)))


def names_of(vjp):
    return vjp.__code__.co_varnames[: vjp.__code__.co_argcount]


def derivative(function, **vjps):
    """Teach the engine how to differentiate a function."""
    RULES[function] = Rule(function, vjps)


# fmt: off
derivative(np.add,      x=lambda g: g,         y=lambda g: g)
derivative(np.subtract, x=lambda g: g,         y=lambda g: -g)
derivative(np.multiply, x=lambda g, y: g * y,  y=lambda g, x: g * x)
derivative(np.divide,   x=lambda g, y: g / y,  y=lambda g, x, y: -g * x / y / y)
derivative(np.square,   x=lambda g, x: g * (2 * x))
derivative(np.sqrt,     x=lambda g, out: g / (2 * out))
derivative(np.exp,      x=lambda g, out: g * out)
derivative(np.sin,      x=lambda g, x: g * np.cos(x))
derivative(np.cos,      x=lambda g, x: -g * np.sin(x))
derivative(np.tanh,     x=lambda g, out: g * (1 - out * out))
derivative(np.sum,      a=lambda g, shape: g * np.ones(shape))
# fmt: on


if __name__ == "__main__":  # fit the quadratic: the root of the mean squared error (RMSE) at 11 points of 5x² - 3x + 3
    x = np.linspace(-5, 5, 11)
    actual = 5 * x * x - 3 * x + 3
    params = [Tensor(np.full(11, p)) for p in (2, 3, 4)]  # each parameter once for each point
    for epoch in range(1000):
        a, b, c = params
        error = a * (x * x) + b * x + c - actual
        call(np.sqrt, (call(np.sum, (call(np.square, (error,)),)) / 11,)).backward()
        params = [Tensor(p.data - 0.1 * 0.993**epoch * p.grad.sum()) for p in params]  # the sum over all points
    print("a, b, c =", *(round(p.data[0], 3) for p in params))
