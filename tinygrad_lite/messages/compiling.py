"""Messages of `compile`."""

from __future__ import annotations

from typing import Any

from .phrases import Message, called, in_code, listed

# fmt: off


class NotCompiled(ValueError):
    """A function that cannot be compiled."""


def with_fallback(f: Any) -> str:
    """The code that lets the engine compute what cannot be compiled."""
    return f"`tg.compile({in_code(f)}, fallback=True)`"


def as_sentence(error: Exception) -> str:
    """What an error says, with a full stop."""
    text = str(error).strip() or type(error).__name__
    return text if text.endswith((".", "!", "?")) else f"{type(error).__name__}: {text}."


not_compiled = Message(NotCompiled, lambda f, error: f"""
    {called(f)} could not be compiled for these arguments. The reason: {as_sentence(error)} To let the engine compute it
    instead, write {with_fallback(f)}.
""")
unsteady = Message(NotCompiled, lambda f: f"""
    {called(f)} cannot be compiled. It makes an array that is different in each call, and that was not computed from its
    arguments by functions that are recorded: it is random, or comes from np.asarray, or from a function that hides its
    computation. A compiled program would use the array of the first call for ever. Make the array outside {called(f)},
    and give it as one more argument. If it is a derivative, made by tg.grad inside {called(f)}, `tg.compile` has the
    option order=2 for it. To let the engine compute it instead, write {with_fallback(f)}.
""")
too_many_variants = Message(NotCompiled, lambda f, count: f"""
    {called(f)} looks at values, perhaps with `if`, and has computed in {count} different ways for arguments of the
    same shapes. Each way needs a program of its own, so no more are made. Compute both cases and choose with np.where, so
    that there is only one way. To let the engine compute further ways, write {with_fallback(f)}.
""")
disagrees = Message(NotCompiled, lambda f: f"""
    The compiled program of {called(f)} gives other numbers than the engine, so it is not used. This is a bug in
    tinygrad_lite; please report it, with the function. Until it is fixed, let the engine compute the function: write
    {with_fallback(f)}.
""")
no_such_pass = Message(ValueError, lambda name, names: f"""
    without={name!r}: there is no pass of this name. The passes are {listed(names)}.
""")
falls_back = Message(UserWarning, lambda f, error: f"""
    {called(f)} is computed by the engine and not by a compiled program, because you wrote fallback=True. This warning is
    shown once. Without fallback=True there would be this error: {error}
""")
changes_in_training = Message(NotCompiled, lambda f, module: f"""
    {called(f)} cannot be compiled while its {type(module).__name__} is in training: in each call, it draws random numbers or
    changes its running mean, and a compiled program would not. After `model.eval()` it can be compiled. To let the engine
    compute it in training, write {with_fallback(f)}.
""")
