"""Messages about a Tensor and about `backward()`: what a Tensor cannot hold, when there is no gradient, forbidden writing."""

from __future__ import annotations

import functools
import linecache
import re
from typing import Any

import numpy as np

from ..frames import name_of_variable, users_frame, variables_in
from .operands import what_and_remedy
from .phrases import Message, describe, name_of, variable_or

# fmt: off

# --- making one -------------------------------------------------------------------------------------------------------


def not_differentiable(data: Any, dtype: Any = None) -> TypeError:
    return TypeError(f"A Tensor cannot hold {what_and_remedy(data, dtype, ': it holds real numbers.')}")


already_a_tensor = Message(TypeError, lambda tensor: f"""
    Tensor(...) of a Tensor that wants a gradient ({describe(tensor)}): a new leaf would cut the graph here. Use the Tensor as
    it is. If you do want to cut the graph, write `t.detach()` for a constant, or `tg.Tensor(t.data)` for a new leaf.
""")
not_a_switch = Message(TypeError, lambda given, *numbers: f"""
    tg.Tensor(..., {given!r}): the second argument is requires_grad, True or False. Give several numbers as a list: write
    `tg.Tensor({[number for number in numbers if isinstance(number, (int, float))]})`. Give a name by its keyword: write
    `tg.Tensor(1.0, name="w")`.
""")
not_a_leaf = Message(RuntimeError, lambda tensor, what: f"""
    {what}: this Tensor ({describe(tensor)}) was made by {tensor.node.rule.name}, and its graph would be lost. For a constant
    with the same numbers write `t.detach()`, for a new leaf write `tg.Tensor(t.data)`.
""")

# --- backward() -------------------------------------------------------------------------------------------------------


def without_graph(value: Any) -> str:
    if not hasattr(value, "node"):
        return f"This {type(value).__name__} has no graph: only a Tensor remembers how it was made."
    text = (
        f"This Tensor ({describe(value)}) has no graph for a backward pass: it was made from constants only, under no_grad(),"
        " or by detach()."
    )
    frame = users_frame()
    program = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals)) if frame else ""
    for each, name in variables_in(frame) if frame else ():
        line = re.search(rf"\b{re.escape(name)} *= *{re.escape(name)}\b.*", program)
        if line and hasattr(each, "node") and not each.requires_grad and each is not value:
            return (
                f"{text} Your line `{line[0]}` bound the name {name} to a new Tensor, which is a constant. To change the "
                f"parameter itself, write `with tg.no_grad(): {name} -= 0.1 * {name}.grad`."
            )
    return text


not_recorded = Message(TypeError, lambda value: f"""
    {without_graph(value)} Make a Tensor of each array that should get a gradient, before you compute with it: write
    `w = tg.Tensor(w)`. Or trace the function that computes it: write `tg.trace(f)(w)`.
""")
not_a_scalar = Message(ValueError, lambda output: f"""
    backward() starts from a single number, but this Tensor ({describe(output)}) has {output.size} elements, each with a
    gradient of its own. Make one number of it first: write `t.sum().backward()`, or `t.mean().backward()`. Or say how much
    each element counts: write `t.backward(np.ones({output.shape}))`, with your weights in the place of the ones.
""")
not_of_backward = Message(TypeError, lambda keyword, *_: f"""
    backward() has no option {keyword!r}. The graph is kept as long as its Tensors exist, and backward() can be called again:
    write `t.backward()`. For a gradient that can be differentiated once more write
    `tg.gradients(t, [w], create_graph=True)`.
""")
wrong_seed = Message(ValueError, lambda gradient, output: f"""
    backward() got a gradient of {describe(gradient)} for a Tensor of {describe(output)}. It is the gradient of some later
    loss with respect to this Tensor, so it has the shape of this Tensor: write `t.backward(np.ones({output.shape}))`, with
    your numbers in the place of the ones.
""")
gradient_of_another_shape = Message(ValueError, lambda leaf: f"""
    The leaf {leaf.name or 'w'!r} has shape {leaf.shape}, and its .grad has shape {np.shape(leaf.grad)}, so the new
    gradient cannot be added to it. Delete the old one first: write `{leaf.name or 'w'}.zero_grad()`.
""")
no_parentheses = Message(TypeError, lambda:
    "no_grad has to be called, with parentheses: write `with tg.no_grad(): ...`; above a function, `@tg.no_grad()`.")
no_grad_of_generator = Message(TypeError, lambda function: f"""
    no_grad() cannot decorate {function.__name__}, which is {'a class' if isinstance(function, type) else 'a generator'}: its
    body runs later, outside the call. Inside it, write `with tg.no_grad(): ...` around the steps that should not be recorded.
""")


def newer_than(output: Any, tensor: Any) -> str:
    """For a warning: the gradient with respect to something that was made after the output."""
    return (
        f"The gradient with respect to a Tensor ({describe(tensor)}) that is newer than the output ({describe(output)}) is "
        "all zeros, because the output was not computed from it. If it was used for the output, something was written into "
        "it later (t[0] = ..., t += ...), or its name was given to another Tensor. Ask for the gradient before that, or "
        "change a copy instead of the Tensor: write `new = np.copy(t)`."
    )


# --- writing into it --------------------------------------------------------------------------------------------------

view_of_leaf = Message(RuntimeError, lambda leaf, view, wrote: f"""
    `{wrote}` would write into a view ({describe(view)}) of the leaf {leaf.name or 'w'!r} ({describe(leaf)}), and so change
    the leaf in the middle of a computation that is being recorded. To compute something new, make a copy and change the copy:
    write `t = np.copy({variable_or(view, variable_or(leaf, leaf.name or 'w'))})`. To update a parameter, do it inside
    `with tg.no_grad():`.
""")
stretched = Message(ValueError, lambda base, new: f"""
    np.broadcast_to shows the {base.size} elements of an array of shape {tuple(base.shape)} several times, as shape
    {tuple(new.shape)}, so you cannot write into it. Make a copy and change the copy: write `t = np.copy(t)`.
""")
read_only = Message(ValueError, lambda function, base, new: f"""
    {name_of(function)} shows some elements of an array of shape {tuple(base.shape)}, as shape {tuple(new.shape)}, and is
    read-only, as in NumPy. Make a copy and change the copy: write `t = np.copy(t)`. To change the array itself, write into
    the array with an index.
""")
into_whole_numbers = Message(TypeError, lambda x, dtype: f"""
    t[...] = value: the Tensor ({describe(x)}) has dtype {x.dtype} and the value has dtype {dtype}, so the value would be
    rounded, and its gradient would be lost. Start with a Tensor of floats: write
    `tg.Tensor(np.zeros({tuple(x.shape)}), requires_grad=False)`.
""")
shuffled = Message(TypeError, lambda tensor, name: f"""
    {name} swaps the rows of its argument, and each row of a Tensor ({describe(tensor)}) is a view that would change during
    the swap: some rows would be there twice, and others would be lost. Draw a random order instead: write
    `{variable_or(tensor, 'y')} = {variable_or(tensor, 'y')}[rng.permutation(len({variable_or(tensor, 'y')}))]`.
""")
leaf_of_another_shape = Message(ValueError, lambda leaf, symbol, shape:
    f"{leaf.name or 'w'} {symbol} ...: the result has shape {shape}, the leaf {leaf.shape}.")


def leaf_in_place(leaf: Any, wrote: str) -> RuntimeError:
    variable = name_of_variable(leaf)
    name = variable or leaf.name or "t"
    the_leaf = f"the leaf {leaf.name!r}" if leaf.name else f"the leaf `{variable}`" if variable else "this leaf"
    change = wrote.removeprefix(leaf.name or "w")  # " -= ...", or "[...] = ..."
    operator = change.partition("=")[0].strip()
    new = f"np.copy({name})" if "[" in operator else f"{name} {operator} 1.0"
    return RuntimeError(
        f"`{name}{change}` would change {the_leaf} in the middle of a computation that is being recorded. What was computed "
        "with the old value would then get a gradient computed with the new value. To update a parameter, write "
        f"`with tg.no_grad(): {name}{change.replace('= ...', '= 1.0')}`, with your value in the place of 1.0. To compute "
        f"something new, write `new = {new}`, which leaves {the_leaf} as it is."
    )


# --- what it is not ---------------------------------------------------------------------------------------------------

not_an_index = Message(TypeError, lambda tensor: f"""
    A Tensor is an index or a count only if it is a constant whole number; this one ({describe(tensor)})
    {'wants a gradient' if tensor.requires_grad else f'has dtype {tensor.dtype} and shape {tensor.shape}'}. For the number
    alone write `int({variable_or(tensor, 't')}.item())`.
""")
truth_of_several = Message(ValueError, lambda tensor, condition='': f"""
    Whether a Tensor of shape {tensor.shape} is true is ambiguous: it has {tensor.size} elements. To choose for each element
    write `np.where({condition or above_0(tensor)}, {variable_or(tensor, 't')}, 0.0)`; to ask about all of them write
    `np.any({condition or above_0(tensor)})` or `np.all({condition or above_0(tensor)})`.
""")
one_number = Message(TypeError, lambda: "iteration over a 0-d Tensor: it is a single number.")


def above_0(tensor: Any) -> str:
    """A condition on a Tensor, to be pasted."""
    return f"{variable_or(tensor, 't')} > 0"


not_a_matrix = Message(ValueError, lambda tensor:
    f"t.mT transposes matrices, and this Tensor ({describe(tensor)}) has fewer than 2 axes.")
needs_a_copy = Message(ValueError, lambda array, dtype:
    f"An array of {np.dtype(dtype)} cannot be made of one of {array.dtype} without a copy.")


# --- names it does not have -------------------------------------------------------------------------------------------


def no_attribute(name: str, kind: type) -> AttributeError:
    start = f"Tensor has no attribute {name!r}."
    if name.startswith("__"):  # Python and NumPy ask for these all the time
        return AttributeError(start, name=name)
    from .hints import ATTRIBUTES, written  # when it is needed, which keeps `import tinygrad_lite` short

    hint = ATTRIBUTES.get(name) or (f"t.data.{name}" if callable(getattr(np.ndarray, name, None)) else None)
    if hint is not None:
        return AttributeError(f"{start} {written(hint)}", name=name)
    close = closest(name, tuple(each for each in dir(kind) if not each.startswith("__")))
    near = f"Did you mean `t.{close}`?" if close else "dir(t) lists the attributes; the array itself is t.data."
    return AttributeError(f"{start} {near}", name=name)


def no_public_name(name: str, known: list[str]) -> AttributeError:
    """The package was asked for a name that it does not have."""
    start = f"tinygrad_lite has no attribute {name!r}"
    if name.startswith("__"):
        return AttributeError(f"{start}.", name=name)
    from .hints import ATTRIBUTES, NAMES, written

    if hint := NAMES.get(name):
        return AttributeError(f"{start}. {written(hint)}", name=name)
    for path, package in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
        if callable(getattr(package, name, None)) and not name.startswith("_"):
            what = "function" if not isinstance(getattr(package, name), type) else "name"
            text = f"{start}: use NumPy's {what}, which works on Tensors too. Write `{path}.{name}`."
            return AttributeError(text, name=name)
    if hint := ATTRIBUTES.get(name):  # torch.clamp(t) is t.clamp() as well
        return AttributeError(f"{start}. {written(hint)}", name=name)
    close = closest(name, tuple(known))
    near = f"Did you mean `tg.{close}`?" if close else "dir(tg) lists the names that it has."
    return AttributeError(f"{start}. {near}", name=name)


@functools.lru_cache(256)
def closest(name: str, known: tuple[str, ...]) -> str | None:
    """The known name that is most like another; kept, because libraries ask again and again whether a Tensor has it."""
    import difflib

    return next(iter(difflib.get_close_matches(name, known, 1, 0.7)), None)
