"""Messages of `compile`."""

from __future__ import annotations

from typing import Any

from .phrases import Message, called, in_code

# fmt: off


class NotCompiled(ValueError):
    """A function that cannot be compiled."""



def with_fallback(f: Any) -> str:
    """How to let the engine compute what cannot be compiled."""
    return in_code(f"tg.compile({called(f)}, fallback=True)")


not_compiled = Message(NotCompiled, lambda f, error: f"""
    {called(f)} could not be compiled for these arguments. The reason: {error} To let the engine compute what cannot be
    compiled, write {with_fallback(f)}.
""")
unsteady = Message(NotCompiled, lambda f: f"""
    {called(f)} computes with an array that is another one for other calls, and that was not computed from its arguments as
    far as could be seen: it is random, or made by np.asarray or by a function that hides what it does. A program would keep
    the array of the first call. Make the array outside and pass it, as in {in_code('step(params, x, mask)')}. For second
    derivatives, write {in_code('tg.compile(f, order=2)')}. Or write {with_fallback(f)}, and the engine computes it.
""")
too_many_variants = Message(NotCompiled, lambda f, count: f"""
    {called(f)} has looked at values, in an `if` perhaps, and went on in {count} different ways, with a program for each. It
    seems to go on in another way nearly each time, so no more are made. Compute without looking (np.where instead of `if`),
    or write {with_fallback(f)}.
""")
disagrees = Message(NotCompiled, lambda f: f"""
    The program for {called(f)} does not give the numbers of the engine. This is a fault in tinygrad_lite; please report it.
    With {with_fallback(f)} the engine computes what it did before.
""")
falls_back = Message(UserWarning, lambda f, error:
    f"{called(f)} is computed by the engine, and not by a compiled program. {error}")
