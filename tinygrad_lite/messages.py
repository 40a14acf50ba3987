"""What people read when something goes wrong: what happened, with names and shapes; why; what to write instead.

Flows in: the call, rule or Tensor in question. Flows out: an exception, ready to be raised. Kept apart so that the engine
reads as an engine, and so that all messages can be read, and improved, in one place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def describe(value: Any) -> str:
    """A value in the words of a message: the name of a Tensor, and the shape of whatever has one."""
    shape, name = getattr(value, "shape", None), getattr(value, "name", None)
    if shape is None or isinstance(value, type):
        text = repr(value)
        return text if len(text) <= 40 else f"a {type(value).__name__}"
    return f"{name}, shape {tuple(shape)}" if isinstance(name, str) else f"shape {tuple(shape)}"


def name_of(function: Any) -> str:
    """``np.mean`` for NumPy's functions, ``np.add.reduce`` for a method of a ufunc, the plain name otherwise."""
    if isinstance(function, tuple):
        return f"np.{function[0].__name__}.{function[1]}"
    if not getattr(function, "__module__", None):  # a ufunc, of NumPy or of another library
        name: str = function.__name__
        return f"np.{name}" if vars(np).get(name) is function else name
    module = function.__module__.replace("numpy", "np")
    return f"{module}.{function.__name__}" if module.startswith("np") else function.__name__


# --- calls ------------------------------------------------------------------------------------------------------------


def failed_call(error: Exception, rule: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Exception:
    """NumPy refused the call: its own words, and the names and shapes that it was called with."""
    names = rule.arguments if len(rule.arguments) == len(args) else [str(i) for i in range(len(args))]
    parts = [f"{name}: {describe(arg)}" for name, arg in zip(names, args)]
    parts += [f"{name}={describe(value)}" for name, value in keywords.items()]
    return type(error)(f"{error}\n  This was {name_of(rule.function)} with " + "; ".join(parts) + ".")


def refused_call(error: Exception, function: Any, args: Any, keywords: Mapping[str, Any], names: Any) -> Exception:
    """NumPy refuses what a composition was called with: its own words, and the names and shapes."""
    parts = [f"{name}: {describe(arg)}" for name, arg in zip([*names, *map(str, range(len(names), len(args)))], args)]
    parts += [f"{name}={describe(value)}" for name, value in keywords.items()]
    text = f"{error}\n  This was {name_of(function)} with " + "; ".join(parts) + "."
    try:
        return type(error)(text)
    except TypeError:  # some of NumPy's own kinds are not made from a text
        kind: Any = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
        return kind(text)


def no_rule(function: Any) -> TypeError:
    name = name_of(function)
    return TypeError(
        f"{name} has no derivative rule, so it cannot be applied to a Tensor: a gradient would be lost on the way. "
        "If no gradient should flow through it, give it the plain array, t.data. If one should, write it with functions "
        "that have a rule, or teach the rule: tg.derivative(...), see the page 'Add your own rule' of the docs."
    )


def no_primitive_rule(name: str) -> TypeError:
    return TypeError(
        f"{name} is a primitive without a derivative rule, so it cannot be applied to a Tensor that wants a gradient. "
        f"Give it one: tg.derivative({name}, x=lambda g, x: ...), see the page 'Add your own rule' of the docs."
    )


def no_vjp(rule: Any, argument: str) -> TypeError:
    return TypeError(
        f"{name_of(rule.function)} has no derivative with respect to its argument {argument!r}, and that argument is a "
        "Tensor that wants a gradient. If no gradient should flow through it, pass t.detach()."
    )


def missing_argument(rule: Any, argument: str) -> TypeError:
    return TypeError(f"{name_of(rule.function)}() is missing its argument {argument!r}.")


def repeated_index(kind: type) -> TypeError:
    return TypeError(
        f"An index names an element twice, so their gradients have to be added up in one place, and {kind.__module__} has no "
        "function for that (np.add.at). Write it with slices, or with each index once."
    )


def unknown_keyword(rule: Any, keyword: str, given: Any) -> TypeError:
    name = name_of(rule.function)
    return TypeError(
        f"{name}(..., {keyword}={given!r}) on a Tensor: the derivative rule of {name} does not know the keyword "
        f"{keyword!r}, and to ignore it could make the gradient wrong. Leave it out, or use the plain array, t.data."
    )


class NotReal(TypeError):
    """A pair of Tensors that stands for complex numbers was taken for a Tensor."""


def not_for_spectra(what: str) -> NotReal:
    return NotReal(
        f"{what} has no derivative rule for complex numbers. A Tensor holds real ones; the transforms of np.fft "
        "give a Spectrum, which can be added, multiplied, divided, summed, indexed and transformed back. For everything else "
        "take it apart: z.real and z.imag, or np.abs(z) and np.angle(z), are Tensors."
    )


def writes_in_place(function: Any) -> TypeError:
    name = name_of(function)
    return TypeError(
        f"{name}(..., out=...) writes its result into an array, and the graph may still need what was in it. "
        f"Write `result = {name}(...)` instead."
    )


def into_a_plain_array(function: Any, target: Any, values: Any) -> TypeError:
    name = name_of(function)
    return TypeError(
        f"{name} would write a Tensor ({describe(values)}) into a plain array of {describe(target)}, which cannot remember "
        "where its numbers come from: the gradient would be lost. Make the array a constant Tensor first, as in "
        f"`array = tg.Tensor(array, requires_grad=False)`; then {name}(array, ...) is recorded."
    )


def polynomial_at_an_array(c: Any, x: Any) -> TypeError:
    return TypeError(
        f"The functions of np.polynomial do not ask a Tensor of coefficients ({describe(c)}) how to compute with it, and at "
        f"a plain array ({describe(x)}) they would give an array of objects. Make the points a constant Tensor, "
        "`x = tg.Tensor(x, requires_grad=False)`; or use np.polyval(c[::-1], x), which takes the highest power first."
    )


def looks_at_memory(tensor: Any) -> TypeError:
    return TypeError(
        f"np.lib.stride_tricks.as_strided looks at the memory of an array, and the history of a Tensor ({describe(tensor)}) "
        "is not in there. For windows write np.lib.stride_tricks.sliding_window_view(t, n), for other patterns t[indices]."
    )


# --- rules ------------------------------------------------------------------------------------------------------------


def rule_for_unknown(function: str, unknown: list[str], parameters: Any) -> TypeError:
    return TypeError(
        f"derivative({function}, ...) has a rule for {', '.join(map(repr, unknown))}, but the parameters of {function} "
        f"are {', '.join(map(repr, parameters))}. Name the argument as the function does."
    )


def rule_asks_unknown(function: str, argument: str, unknown: list[str], known: list[str]) -> TypeError:
    return TypeError(
        f"derivative({function}, {argument}=...): the rule asks for {', '.join(map(repr, unknown))}, which {function} "
        f"does not have. A rule may ask for {', '.join(map(repr, known))}."
    )


def wrong_shape(node: Any, parent: Any, got: Any) -> ValueError:
    position = next(i for i, arg in enumerate(node.args) if arg is parent)
    argument = node.rule.arguments[min(position, len(node.rule.arguments) - 1)]
    return ValueError(
        f"The derivative rule of {name_of(node.rule.function)} for its argument {argument!r} gave {describe(got)}, but the "
        f"argument has shape {parent.shape}. A gradient has one number for each element of what it is the gradient of: "
        "sum over what the function repeated, repeat over what it summed."
    )


# --- packages that are not there --------------------------------------------------------------------------------------


def not_installed(what: str, package: str, extra: str) -> ImportError:
    return ImportError(
        f"{what} needs {package}, which is not installed. In the project's folder: python -m pip install -e '.[{extra}]'"
    )


# --- transforms -------------------------------------------------------------------------------------------------------


def called(function: Any) -> str:
    return getattr(function, "__name__", None) or repr(function)


def no_such_argument(f: Any, number: int, count: int) -> TypeError:
    return TypeError(
        f"argnums={number}, but {called(f)} was called with {count} positional arguments. Arguments are counted from 0, and "
        "one to be differentiated is passed by position, not by keyword."
    )


def no_aux(f: Any, value: Any) -> TypeError:
    return TypeError(
        f"has_aux=True means that {called(f)} returns a pair (result, anything else); it returned {describe(value)}."
    )


def not_a_number(f: Any, name: str, value: Any) -> ValueError:
    return ValueError(
        f"{name}({called(f)}): {called(f)} returned {describe(value)}, and only a single number has a gradient. Make it one "
        f"with np.sum or np.mean; or use tg.jacobian({called(f)}) for the derivatives of all results, or "
        f"tg.elementwise_grad({called(f)}) if each result depends on one element only."
    )


def not_a_parameter(f: Any, number: int, path: str, value: Any) -> TypeError:
    return TypeError(
        f"{called(f)} is to be differentiated with respect to its argument {number}, and "
        f"{f'{path} in it' if path else 'that'} is {describe(value)}, a {type(value).__name__}, which has no derivative. "
        "Parameters are floats and arrays, in dicts, lists and tuples; pass options as arguments of their own."
    )


def not_an_argument(f: Any) -> TypeError:
    return TypeError(
        f"checkpoint({called(f)}): {called(f)} uses a Tensor that wants a gradient and is not among its arguments, so that "
        "gradient would be lost. Pass it as an argument; or, if no gradient should flow through it, use t.detach()."
    )


def not_alike(path: str, a: Any, other_path: str, b: Any) -> ValueError:
    return ValueError(
        f"The vector has to have the form of what it is multiplied with: {describe(a)} at {path or 'the top'} there, and "
        f"{describe(b)} at {other_path or 'the top'} in the vector."
    )


# --- graphs -----------------------------------------------------------------------------------------------------------


def no_history(value: Any) -> TypeError:
    return TypeError(
        f"This shows how a Tensor was made, and a {type(value).__name__} does not remember that. Wrap what you want "
        "gradients for, w = tg.Tensor(w), compute with it, and give the result; or trace the function: tg.trace(f)(*args)."
    )


def no_result(f: Any, result: Any) -> TypeError:
    return TypeError(
        f"trace({called(f)}): {called(f)} returned {describe(result)}. A graph is of Tensors, arrays and numbers: of one, or "
        "of several in lists, tuples and dicts, but of nothing else."
    )


def no_way_back(f: Any, variables: list[str]) -> TypeError:
    of = f"It was called with the variables {', '.join(variables)}" if variables else "None of its arguments is a variable"
    return TypeError(
        f"What {called(f)} returned does not depend on a variable in a way that has a derivative, so there is no way back. "
        f"{of}. Variables are the Tensors among the arguments; without any, the floats (2.0, not 2) and arrays of floats."
    )


def without_walk(what: str, graph: Any) -> ValueError:
    return ValueError(
        f"{what} is about the walk back, and {graph!r} does not have it. Record it with that: "
        f"tg.trace({graph.name or 'f'}, backward=True)(...), or tg.Graph.of(loss, backward=True)."
    )


def other_shape(name: Any, shape: Any, got: Any) -> ValueError:
    return ValueError(
        f"replay({name}=...): the graph was recorded with {name} of shape {shape}, and this has shape {got}. Sizes are built "
        "into a graph, as in the mean of 100 numbers. For other sizes, trace the function again."
    )


def other_size(function: Any, line: Any, shape: Any, got: Any) -> ValueError:
    where = f"\n  {line}" if line else ""
    return ValueError(
        f"With these numbers {function} gives shape {got}, and the graph was recorded with shape {shape}. Sizes are built "
        f"into a graph, as in the mean of 100 numbers. Trace the function again.{where}"
    )


def not_used(name: Any) -> ValueError:
    return ValueError(
        f"replay({name}=...): no call of this graph uses {name}, so nothing would change. If the program does use it, then "
        f"where NumPy does not tell: np.asarray({name}) makes a plain array of it, and in table[{name}] a plain `table` is "
        "asked for elements. Leave np.asarray out, or make the table an argument of the function too; or trace it again with "
        "the other numbers."
    )


def unknown_function(name: Any) -> LookupError:
    return LookupError(
        f"This graph calls {name}, and no function of this name is known here. If it is a primitive of your own, import the "
        "module that defines it before you replay the graph."
    )


def several_of_this_name(name: Any) -> LookupError:
    return LookupError(
        f"This graph calls {name}, and there are several functions of this name, in different modules, so it is not clear "
        "which is meant. Rename your own."
    )


def another_way(line: Any, found: Any, finds: Any) -> ValueError:
    small = getattr(found, "size", 1) <= 6
    what = (
        f"{found}, and would find {finds} now"
        if small
        else f"an array of shape {found.shape}, and would find other numbers now"
    )
    where = f"\n  {line}" if line else ""
    return ValueError(
        f"The program looked at a value and went on according to it: it found {what}. So with these numbers it might compute "
        f"something else than what this graph has. Trace the function again.{where}"
    )


def not_plain_data(value: Any, where: str) -> TypeError:
    kind = f"dtype {value}" if isinstance(value, np.dtype) else f"a {type(value).__module__}.{type(value).__name__}"
    return TypeError(
        f"{where}: {kind.replace('builtins.', '')} cannot be written as plain data. Numbers, text, NumPy arrays of them, "
        "dtypes, slices, and lists, tuples and dicts of these can. Compute it from such (float64 instead of longdouble, "
        "t.data.compute() for a dask array), and trace again; or keep the graph with pickle, which takes more."
    )


def neither_text_nor_file(text: str, error: Exception) -> FileNotFoundError:
    return FileNotFoundError(
        f"Graph.from_json takes the text that graph.to_json() gave, or the path of a file with it. {text[:60]!r} is neither: "
        f"{error}."
    )


def other_format(where: str, data: Any, wanted: str) -> ValueError:
    found = data.get("format") if isinstance(data, dict) else data
    return ValueError(
        f'{where} is not a graph of this package: its "format" would be {wanted!r}, and is {str(found)[:60]!r}.'
    )


def newer_version(where: str, version: Any, known: int) -> ValueError:
    return ValueError(
        f"{where} is of version {version!r} of the format, and this package reads version {known}. If it was written by a "
        "newer tinygrad_lite, install that one."
    )


def bad_data(where: str, what: str) -> ValueError:
    return ValueError(f"{where} cannot be read: {what}.")


# --- Tensors ----------------------------------------------------------------------------------------------------------


def not_recorded(value: Any) -> TypeError:
    what = f"This Tensor ({describe(value)})" if hasattr(value, "node") else f"This {type(value).__name__}"
    return TypeError(
        f"{what} has no graph to walk back through: it was made from constants only, under no_grad(), or by detach(). "
        "Wrap what you want gradients for before you compute with it: w = tg.Tensor(w)."
    )


def not_a_scalar(output: Any) -> ValueError:
    return ValueError(
        f"The gradient of a Tensor of {describe(output)} is not one array: each of its {output.size} elements has its own. "
        "Make it one number first, with .sum() or .mean(); or say how much each element counts: "
        f"t.backward(weights), with weights of shape {output.shape}."
    )


def wrong_seed(gradient: Any, output: Any) -> ValueError:
    return ValueError(
        f"backward() got a gradient of {describe(gradient)} for a Tensor of {describe(output)}. It is the gradient of some "
        "later loss with respect to this Tensor, so it has this Tensor's shape."
    )


def leaf_in_place(leaf: Any, wrote: str) -> RuntimeError:
    name = leaf.name or "w"
    return RuntimeError(
        f"`{wrote}` would change the leaf {name!r} in the middle of a computation that is being recorded, and what was "
        f"computed with its old value would get a gradient at the new one. To update a parameter, do it inside "
        f"`with tg.no_grad():`. To compute something new, write `new = {name} ...`, which leaves {name!r} as it is."
    )


def not_a_leaf(tensor: Any, what: str) -> RuntimeError:
    return RuntimeError(
        f"{what}: this Tensor ({describe(tensor)}) was made by {tensor.node.rule.name}, and its graph would be lost. "
        "Use t.detach() for a constant with the same numbers, or tg.Tensor(t.data) for a new leaf."
    )


def already_a_tensor(tensor: Any) -> TypeError:
    return TypeError(
        f"Tensor(...) of a Tensor that wants a gradient ({describe(tensor)}): a new leaf would cut the graph here. Use the "
        "Tensor as it is; or say that you want to cut: t.detach() for a constant, tg.Tensor(t.data) for a new leaf."
    )


def not_differentiable(data: Any) -> TypeError:
    what = "a masked array" if hasattr(data, "mask") else f"data of dtype {data.dtype}"
    return TypeError(
        f"A Tensor cannot hold {what}: derivatives here are of real numbers, in floating point. Complex numbers can be "
        "written as two Tensors, for the real and the imaginary part; for a masked array, fill it or use np.where; a list "
        "of unequal rows cannot be an array."
    )


def not_an_array(tensor: Any) -> TypeError:
    return TypeError(
        f"A Tensor ({describe(tensor)}) was about to be turned into a plain array, by np.array, np.asarray or a function "
        "that calls them, and its history would be lost. To join Tensors use np.stack([t, u]) or np.concatenate; for the "
        "numbers alone use t.data or t.detach(). For SciPy's logsumexp, softmax, log_softmax and polygamma, which are such "
        "functions, there are tg.logsumexp and so on."
    )


def not_a_float(tensor: Any) -> TypeError:
    return TypeError(
        f"float() of a Tensor that wants a gradient ({describe(tensor)}), perhaps through a function of the math module: "
        "its history would be lost. Use NumPy's function (np.sin(t), not math.sin(t)); for the number alone use t.item()."
    )


RENAMED = {
    "numpy": "t.data, or t.to_numpy()",
    "sort": "np.sort(t), which returns a new Tensor",
    "partition": "np.partition(t, ...), which returns a new Tensor",
    "copy": "t itself: nothing ever changes it in place; or copy.copy(t)",
    "view": "t.reshape(...)",
    "permute": "t.transpose(...)",
    "unsqueeze": "np.expand_dims(t, axis)",
    "requires_grad_": "t.requires_grad = True",
    "abs": "np.abs(t)",
}


def no_attribute(name: str) -> AttributeError:
    hint = RENAMED.get(name) or f"np.{name}(t) if NumPy has that function, or t.data.{name} for the plain array's"
    return AttributeError(f"Tensor has no attribute {name!r}. Try {hint}.")
