"""Choose a learning rate for a parabola.

Chapter 7. A loss near its minimum looks like a parabola, h / 2 · (p - m)², where h is its
curvature and m is the place of the minimum. Its slope at p is h · (p - m). So a step of gradient
descent changes the distance from the minimum like this:

    new distance = (1 - rate · h) · old distance

Write two functions of h. The first returns the rate with which a single step arrives at the
minimum. The second returns the largest rate that is safe: with every rate above it, each step ends
further away than it began.

Check your answer:  python -m tinygrad_lite exercises check choose_a_rate
"""


def best_rate(h):
    """The learning rate with which one step arrives at the minimum."""
    return ...


def limit(h):
    """The largest learning rate with which no step ends further away from the minimum."""
    return ...
