"""Messages of `debug()`: the call where a value or a gradient is no longer finite, and an array that was changed."""

from __future__ import annotations

from .phrases import Message, at

# fmt: off

got_bad = Message(FloatingPointError, lambda name, what, of, where, argument, line:
    f"{name} got {what} from {of}, at {where}. That is the {argument}.{at(line)}")
made_bad = Message(FloatingPointError, lambda name, what, where, values, line:
    f"{name} made {what} from finite numbers, at {where}{f': {values} there' if values else ''}.{at(line)}")
became_bad = Message(FloatingPointError, lambda of, what, name, where, values, argument, line: f"""
    In the backward pass, the gradient of {of} becomes {what} in {name}, at {where}:
    {' and '.join(values) or 'the slope is not finite'} there. That is the {argument}.{at(line)}
""")
started_bad = Message(FloatingPointError, lambda what, where:
    f"The gradient that backward() starts from, or the sum of several, is {what} at {where}.")
changed_in_place = Message(RuntimeError, lambda name, used, line: f"""
    An array was changed in place after {name} had used it, so the gradient would be computed with the new numbers:
    {used}.{at(line)}{at('Make a new array instead of writing into this one (x = x + 1, not x += 1), or pass a copy.')}
""")
