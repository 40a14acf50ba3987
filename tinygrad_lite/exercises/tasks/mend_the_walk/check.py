"""Checks of mend_the_walk: the gradients of small programs, which our engine computes as well."""

import tinygrad_lite as tg

from ...checks import Calls, Slip
from ...comparing import Written
from .solution import Value, in_order


def by_theirs(Value, program, x):
    leaf = Value(x)
    program.function(leaf).backward()
    return leaf.grad


class Replacing(Value):
    def backward(self):
        self.grad = 1.0
        for value in in_order(self):
            for parent, slope in value.made_from:
                parent.grad = value.grad * slope


class SendingTwice(Value):
    def backward(self, gradient=1.0):
        self.grad += gradient
        for parent, slope in self.made_from:
            SendingTwice.backward(parent, self.grad * slope)


class Multiplying(Value):
    def backward(self):
        self.grad = 1.0
        for value in in_order(self):
            for parent, slope in value.made_from:
                parent.grad *= value.grad * slope


def with_mistake(kind):
    def gradient(program, x):
        leaf = Value(x)
        kind.backward(program.function(leaf))
        return leaf.grad

    return gradient


CASES = [
    (Written("lambda x: x * x"), 3.0),
    (Written("lambda x: x + x"), 5.0),
    (Written("lambda x: (x * x) * (x * x) + x * x"), 2.0),
    (Written("lambda x: (lambda s: s * s + s)(x * x)"), 2.0),
    (Written("lambda x: (lambda s: (lambda u: u * s + u)(s * s))(x + x)"), 1.0),
]
CHECKS = [
    Calls(
        "Value",
        CASES,
        lambda program, x: tg.grad(program.function)(x),
        compute=by_theirs,
        about="the gradient of x",
        hints=(
            "How many arrows lead to x in x * x? Each brings back a part of the gradient. What happens to the first part?",
            "Only the line with parent.grad has to change.",
        ),
        slips=[
            Slip(
                "The part that comes back last replaces the others. Parts that come back along different arrows add up.",
                with_mistake(Replacing),
            ),
            Slip(
                "The gradient of a value that is used twice is sent on twice: once before it is complete, and again after. "
                "Wait until all its parts have arrived, then send it on once: use in_order as it was.",
                with_mistake(SendingTwice),
            ),
            Slip(
                "The parts are multiplied by each other. Along one path slopes multiply; where paths meet, their products "
                "add up.",
                with_mistake(Multiplying),
            ),
        ],
    )
]
