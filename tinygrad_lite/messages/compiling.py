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


def at(line: Any) -> str:
    """The start of a sentence that says where something is."""
    return f"In {line.where}{f' (`{line.code}`)' if line.code else ''}," if line else "In a place that was not found,"


not_compiled = Message(NotCompiled, lambda f, error: f"""
    {called(f)} could not be compiled for these arguments. The reason: {as_sentence(error)} To let the engine compute it
    instead, write {with_fallback(f)}.
""")
unsteady = Message(NotCompiled, lambda f, line: f"""
    {called(f)} cannot be compiled. {at(line)} it computes with numbers that are different in each call, and that were not
    computed from its arguments by functions that are recorded: they come from np.asarray, for example, or from a function
    that hides its computation. A compiled program would use those of the first call for ever. Make them outside
    {called(f)}, and give them as one more argument. If they are a derivative, made by tg.grad inside {called(f)},
    `tg.compile` has the option order=2 for it. To let the engine compute it instead, write {with_fallback(f)}.
""")
random_numbers = Message(NotCompiled, lambda f, line: f"""
    {called(f)} cannot be compiled. {at(line)} it draws random numbers, and a compiled program would use those of the first
    call for ever. Draw them outside {called(f)}, and give them as one more argument; or draw the same numbers in each call,
    from np.random.default_rng(0). To let the engine compute it instead, write {with_fallback(f)}.
""")
changes_outside = Message(NotCompiled, lambda f, name, count: f"""
    {called(f)} uses {name}, which is not an argument of it, and which was different in {count} calls. A compiled program is
    for one value of it, so no more are made. Give it to {called(f)} as one more argument: a float or an array may be
    different in each call. To let the engine compute further calls, write {with_fallback(f)}.
""")
too_much_outside = Message(NotCompiled, lambda f, name, count: f"""
    {called(f)} can reach more than {count:,} values that are not arguments of it, for example in {name}. All of these would
    have to be compared in each call. Put numbers into one NumPy array, or give them to {called(f)} as one more argument. To
    let the engine compute it instead, write {with_fallback(f)}.
""")
differentiates_self = Message(TypeError, lambda f, instance: f"""
    {called(f)} is a method, and its argument 0 is the object itself, a {type(instance).__name__}, of which there is no
    derivative. With `@tg.compile(argnums=1)` before {called(f)}, the gradient is that of the first argument after it.
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
asks_for_kinds = Message(NotCompiled, lambda f: f"""
    {called(f)} cannot be compiled: while it is recorded, it gives other numbers than the engine. The arrays and numbers that
    it gets then are of another class, and it asks for that, for example by `isinstance(a, float)`, `type(a)` or `hasattr`.
    Ask for np.ndim(a) instead, or give one more argument that says which case it is, as a bool or a text. To let the engine
    compute it instead, write {with_fallback(f)}.
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
