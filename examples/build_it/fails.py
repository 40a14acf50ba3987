"""One small program for each step of build_it. It fails in the step before, and works from this step on.

Each function gets an engine, which is one of the steps or tinygrad_lite itself, and returns the gradient that it found.
`FIRST` has, for each step, its program and the right result. Where the engine has no answer, the program raises an error.
"""

import sys

import numpy as np


def used_twice(engine):
    """The gradient of x · x + x at 3: 2x + 1."""
    x = engine.Tensor(3.0)
    y = x * x + x
    y.backward()
    return x.grad


def sixty_doublings(engine):
    """The gradient of a number that is doubled 60 times."""
    x = engine.Tensor(1.0)
    y = x
    for _ in range(60):
        y = y + y
    with at_most(10_000):
        y.backward()
    return x.grad


def a_long_chain(engine):
    """A sum in a loop of 2,000 rounds."""
    x = engine.Tensor(1.0)
    total = x
    for _ in range(2_000):
        total = total + x
    total.backward()
    return x.grad


def another_function(engine):
    """The gradient of tanh, for which no engine has a method."""
    x = engine.Tensor(0.5)
    apply(engine, np.tanh, x).backward()
    return x.grad


def an_array(engine):
    """The gradient of the sum of x², for three numbers."""
    x = engine.Tensor([1.0, 2.0, 3.0])
    apply(engine, np.sum, x * x).backward()
    return x.grad


def one_number_for_many(engine):
    """The gradient of a number that is multiplied by three numbers: it is their sum."""
    a = engine.Tensor(2.0)
    apply(engine, np.sum, a * engine.Tensor([1.0, 2.0, 3.0])).backward()
    return a.grad


def nested_functions(engine):
    """Functions inside each other, an array on the left, and a mean of each row."""
    a = engine.Tensor(2.0)
    table = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.sum(np.sqrt(np.mean(table * a, axis=1))).backward()
    return a.grad


def twice_differentiated(engine):
    """The second derivative of tanh."""
    x = engine.Tensor(0.5)
    y = np.tanh(x) * 1.0
    [slope] = engine.gradients(y, [x], create_graph=True)
    [second] = engine.gradients(slope, [x])
    return second


def only_what_is_wanted(engine):
    """How many numbers the backward pass computes for leaves. Only one is wanted."""
    a = engine.Tensor(2.0)
    y = np.sum(a * np.ones(1000))
    return sum(np.size(g) for node, g in engine.walk(y.node, np.ones(())) if node.rule is None)


FIRST = {  # step: its program, the right result
    2: (used_twice, 7.0),
    3: (sixty_doublings, 2.0**60),
    4: (a_long_chain, 2_001.0),
    5: (another_function, 1 - np.tanh(0.5) ** 2),
    6: (an_array, np.array([2.0, 4.0, 6.0])),
    7: (one_number_for_many, 6.0),
    8: (nested_functions, (np.sqrt(1.5) + np.sqrt(3.5)) / (2 * np.sqrt(2))),
    9: (twice_differentiated, -2 * np.tanh(0.5) * (1 - np.tanh(0.5) ** 2)),
    10: (only_what_is_wanted, 1),
}


def apply(engine, function, x):
    """Apply a NumPy function. Before step 8, NumPy does not know the Tensor, so we call the engine's `call` ourselves."""
    return engine.call(function, (x,)) if not hasattr(engine.Tensor, "__array_ufunc__") else function(x)


class at_most:
    """Inside `with at_most(n)`, a program that calls more than n Python functions gets a TimeoutError."""

    def __init__(self, calls):
        self.left = calls

    def count(self, frame, event, arg):
        self.left -= event == "call"
        if self.left < 0:
            sys.setprofile(None)
            raise TimeoutError("stopped after 10,000 calls")

    def __enter__(self):
        self.before = sys.getprofile()
        sys.setprofile(self.count)

    def __exit__(self, *error):
        sys.setprofile(self.before)


def outcome(program, engine):
    """What a program returns, or in words how it failed."""
    try:
        return program(engine)
    except (AttributeError, TypeError, ValueError, KeyError, RecursionError, TimeoutError) as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    from importlib import import_module

    for step, (program, right) in FIRST.items():
        print(f"\n{program.__name__}: {program.__doc__}")
        for number in (step - 1, step):
            print(f"  step {number:2}: {outcome(program, import_module(f'step{number:02}'))}")
        print(f"  right:   {right}")
