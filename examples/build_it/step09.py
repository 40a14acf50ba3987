"""Step 9: derivatives of derivatives.

The rules are NumPy code, and NumPy code runs on Tensors. With `create_graph`, `walk` gives the rules Tensors, not arrays. So
the backward pass is itself recorded, and can be differentiated. `gradients` returns the gradients that it finds.
"""

import itertools
from heapq import heappop, heappush
from weakref import ref

import numpy as np

RULES = {}  # function -> its Rule
new_number = itertools.count(1).__next__


class Node:
    """One function call on record; or a leaf, which is a value from outside and has no rule."""

    def __init__(self, rule, args, keywords, value):
        self.rule, self.args, self.keywords = rule, args, keywords
        self.value, self.number = value, new_number()
        self.shape = np.shape(value)


def binary(function):
    """The two methods of an operator: for ``t * u``, and for ``2 * t``, where Python asks t."""
    return lambda t, u: call(function, (t, u), {}), lambda t, u: call(function, (u, t), {})


class Tensor:
    """What users hold: an array, its gradient, and the node that says how it was made."""

    def __init__(self, data, node=None):
        self.data, self.grad = np.asarray(data, dtype=float), None
        self.node = node or Node(None, (), {}, self.data)
        self.node.tensor = ref(self)  # weak: a node does not keep its Tensor alive

    shape = property(lambda self: self.data.shape)
    size = property(lambda self: self.data.size)

    def __neg__(self):
        return call(np.negative, (self,), {})

    def backward(self):
        for node, g in walk(self.node, np.ones_like(self.data)):
            if (tensor := node.tensor()) is not None:  # a leaf adds its gradients up
                tensor.grad = g if tensor.grad is None or node.rule else tensor.grad + g

    def __array_ufunc__(self, ufunc, method, *args, **keywords):
        return call(ufunc, args, keywords) if method == "__call__" else NotImplemented

    def __array_function__(self, function, types, args, keywords):
        return call(function, args, keywords)

    __add__, __radd__ = binary(np.add)
    __sub__, __rsub__ = binary(np.subtract)
    __mul__, __rmul__ = binary(np.multiply)
    __truediv__, __rtruediv__ = binary(np.divide)


def call(function, args, keywords):
    """Apply a function that has a rule."""
    return record(RULES[function], args, keywords)


def record(rule, args, keywords):
    """Call the rule's function on plain arrays, and write the call down."""
    tensors = [arg if isinstance(arg, Tensor) else Tensor(arg) for arg in args]
    out = rule.function(*(t.data for t in tensors), **keywords)
    return Tensor(out, Node(rule, [t.node for t in tensors], keywords, out))


def array_of(node):
    """The value of a node as an array."""
    return node.value


def tensor_of(node):
    """The value of a node as a Tensor of this node, so that what a rule computes from it is recorded."""
    return node.tensor() or Tensor(node.value, node)


def gradients(output, inputs, create_graph=False):
    """The gradient of `output` with respect to each of `inputs`; with `create_graph` as Tensors."""
    seed = np.ones_like(output.data)
    found = dict(walk(output.node, Tensor(seed) if create_graph else seed, create_graph))
    return [found[t.node] if t.node in found else np.zeros_like(t.data) for t in inputs]


def walk(output, seed, create_graph=False):
    """Visit `output` and all that it was made from, newest first; yield each node with its gradient."""
    value = tensor_of if create_graph else array_of
    queue = [-output.number]  # a heap gives the smallest, so numbers go in negative
    waiting = {-output.number: (output, seed)}
    while queue:
        node, g = waiting.pop(heappop(queue))
        yield node, g
        for i, parent in enumerate(node.args):
            part = unbroadcast(node.rule.vjp(i, g, node, value), parent.shape)  # the chain rule
            key = -parent.number
            if key in waiting:  # used more than once: the gradients of all uses add up
                waiting[key] = (parent, waiting[key][1] + part)
            else:
                waiting[key] = (parent, part)
                heappush(queue, key)


def unbroadcast(g, shape):
    """Sum `g` over the axes along which an argument of this shape was repeated."""
    g = np.sum(g, axis=tuple(range(len(g.shape) - len(shape))))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1)
    return np.sum(g, axis=stretched, keepdims=True)


class Rule:
    """How to differentiate one function: a vector-Jacobian product (vjp) for each argument."""

    def __init__(self, function, vjps):
        self.function, self.vjps = function, vjps

    def vjp(self, i, g, node, value):
        """The gradient of argument i. The names of the parameters say what the vjp needs."""
        vjp = list(self.vjps.values())[i]
        given = {"g": g, "out": value(node), "shape": node.args[i].shape, **node.keywords}
        given |= {name: value(arg) for name, arg in zip(self.vjps, node.args)}
        return vjp(*(given.get(name) for name in names_of(vjp)))  # None: not given


def names_of(vjp):
    return vjp.__code__.co_varnames[: vjp.__code__.co_argcount]


def derivative(function, **vjps):
    """Teach the engine how to differentiate a function."""
    RULES[function] = Rule(function, vjps)


def spread(g, shape, axis, keepdims):
    """The gradient of a sum, sent back to each of its terms."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis=axis)
    return g * np.ones(shape)


# fmt: off
derivative(np.add,      x=lambda g: g,         y=lambda g: g)
derivative(np.subtract, x=lambda g: g,         y=lambda g: -g)
derivative(np.multiply, x=lambda g, y: g * y,  y=lambda g, x: g * x)
derivative(np.divide,   x=lambda g, y: g / y,  y=lambda g, x, y: -g * x / y / y)
derivative(np.negative, x=lambda g: -g)
derivative(np.square,   x=lambda g, x: g * (2 * x))
derivative(np.sqrt,     x=lambda g, out: g / (2 * out))
derivative(np.exp,      x=lambda g, out: g * out)
derivative(np.sin,      x=lambda g, x: g * np.cos(x))
derivative(np.cos,      x=lambda g, x: -g * np.sin(x))
derivative(np.tanh,     x=lambda g, out: g * (1 - out * out))
derivative(np.sum,      a=spread)
derivative(np.mean,     a=lambda g, shape, out, axis, keepdims:
                          spread(g, shape, axis, keepdims) * (out.size / np.prod(shape)))
derivative(np.expand_dims, a=lambda g, axis: np.sum(g, axis=axis))
# fmt: on


if __name__ == "__main__":  # fit the quadratic: one step of Newton's method, to where the gradient of the MSE is zero
    x = np.linspace(-5, 5, 11)
    a, b, c = params = [Tensor(2), Tensor(3), Tensor(4)]
    loss = np.mean(np.square(a * (x * x) + b * x + c - (5 * x * x - 3 * x + 3)))
    slopes = gradients(loss, params, create_graph=True)
    hessian = [gradients(slope, params) for slope in slopes]
    step = np.linalg.solve(hessian, [slope.data for slope in slopes])
    print("a, b, c =", *(round(float(p.data - s), 3) for p, s in zip(params, step)))
