"""Messages about a Graph: recording it, finding a value in it, computing with it again, and reading it from a file."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .phrases import Message, at, describe, in_code

# fmt: off

# --- recording --------------------------------------------------------------------------------------------------------

no_result = Message(TypeError, lambda f, result: f"""
    trace({in_code(f)}): {in_code(f)} returned {describe(result)}. A traced function must return a Tensor, an array or a
    number, or several of them in lists, tuples and dicts, but nothing else.
""")
no_way_back = Message(TypeError, lambda f, variables: f"""
    What {in_code(f)} returned does not depend on a variable in a way that has a derivative, so there is no backward pass.
    {f'It was called with the variables {", ".join(variables)}' if variables else 'None of its arguments is a variable'}.
    Variables are the Tensors among the arguments; without any, the floats (2.0, not 2) and arrays of floats.
""")
without_walk = Message(ValueError, lambda what, graph: f"""
    {what} needs the backward pass, and {graph!r} was recorded without it. Record it again with the backward pass: write
    `tg.trace({graph.name or 'f'}, backward=True)(x)`, or `tg.Graph.of(loss, backward=True)`.
""")

# --- finding a value --------------------------------------------------------------------------------------------------


def known(names: Iterable[Any]) -> str:
    """The first of the names that there are."""
    shown = list(map(str, names))
    return f"{', '.join(shown[:20])}{', …' if len(shown) > 20 else ''}" or "(none)"


no_value_called = Message(KeyError, lambda name, names:
    f"No value of this computation is called {name!r}. Its values are: {known(names)}.")
no_input_called = Message(KeyError, lambda name, names:
    f"No input of this graph is called {name!r}. Its inputs are: {known(names)}.")
several_inputs_called = Message(KeyError, lambda name, count:
    f"{count} inputs of this graph are called {name!r}. Give them different names, and trace again.")
not_in_graph = Message(KeyError, lambda tensor, names:
    f"This Tensor ({describe(tensor)}) is no value of this computation. Its values are: {known(names)}.")
not_a_name = Message(TypeError, lambda wrt, names:
    f"wrt must be a Tensor, or the name of a value, but it is {describe(wrt)}. The values are: {known(names)}.")
no_element = Message(IndexError, lambda wrt, name, shape: f"""
    There is no {wrt}: {name} {f'has shape {shape}' if shape else 'is a single number'}. An element is named by one number for
    each axis.
""")
many_outputs = Message(ValueError, lambda output:
    f"Paths are shown only to a single number, and {output.name or 'the output'} has shape {output.shape}.")
no_path = Message(ValueError, lambda output, start: f"""
    {output.name or 'The output'} does not depend on {start!r}, or not in a way that has a derivative: no path leads from
    {start!r} to it.
""")

# --- computing with it again ------------------------------------------------------------------------------------------

SIZES = "Sizes are built into a graph, as in the mean of 100 numbers."

other_shape = Message(ValueError, lambda name, shape, got: f"""
    replay({name}=...): the graph was recorded with {name} of shape {shape}, and this has shape {got}. {SIZES} For other
    sizes, trace the function again.
""")
other_size = Message(ValueError, lambda function, line, shape, got: f"""
    With these numbers {function} gives shape {got}, but the graph was recorded with shape {shape}. {SIZES} Trace the function
    again.{at(line)}
""")
not_used = Message(ValueError, lambda name: f"""
    replay({name}=...): no call of this graph uses {name}, so nothing would change. If your program does use it, that was not
    recorded: np.asarray({name}) makes a plain array, and table[{name}] only uses the plain array `table`. Leave np.asarray
    out, or make the table an argument of the function too; or trace the function again with the other numbers.
""")
unknown_function = Message(LookupError, lambda name: f"""
    This graph calls {name}, but no function of this name is known here. If it is a primitive of your own, import the module
    that defines it before you replay the graph.
""")
several_of_this_name = Message(LookupError, lambda name: f"""
    This graph calls {name}, but there are several functions of this name, in different modules, so it is not clear which one
    is meant. Rename your own.
""")
another_way = Message(ValueError, lambda line, found, finds: f"""
    The program looked at a value, and what it did next depended on it: it found {changed(found, finds)}. So with these
    numbers it might compute something different from this graph. Trace the function again.{at(line)}
""")


def changed(found: Any, finds: Any) -> str:
    if getattr(found, "size", 1) <= 6:
        return f"{found}, and would now find {finds}"
    return f"an array of shape {found.shape}, and would now find other numbers"


# --- plain data -------------------------------------------------------------------------------------------------------


def not_plain_data(value: Any, where: str) -> TypeError:
    kind = f"dtype {value}" if isinstance(value, np.dtype) else f"a {type(value).__module__}.{type(value).__name__}"
    return TypeError(
        f"{where}: {kind.replace('builtins.', '')} cannot be written as plain data. Numbers, text, NumPy arrays of them, "
        "dtypes, slices, and lists, tuples and dicts of these can. Use such a value (float64 instead of longdouble, "
        "t.data.compute() for a dask array), and trace again; or save the graph with pickle, which can save more."
    )


neither_text_nor_file = Message(FileNotFoundError, lambda text, error: f"""
    Graph.from_json takes the text that graph.to_json() returned, or the path of a file with this text. {text[:60]!r} is
    neither: {error}.
""")
other_format = Message(ValueError, lambda where, data, wanted: f"""
    {where} is not a graph of this package: its "format" should be {wanted!r}, and is
    {str(data.get("format") if isinstance(data, dict) else data)[:60]!r}.
""")
newer_version = Message(ValueError, lambda where, version, known: f"""
    {where} has version {version!r} of the format, and this package reads version {known}. If it was written by a newer
    tinygrad_lite, install the newer one.
""")
bad_data = Message(ValueError, lambda where, error: f"{where} cannot be read: it is not JSON: {error}.")
unknown_kind = Message(ValueError, lambda where, data:
    f"{where} cannot be read: no kind of value is written with {' and '.join(map(repr, data)) or '{}'}.")
not_of_kind = Message(ValueError, lambda where, data, kind, error:
    f"{where} cannot be read: {data} is not one of {kind!r}: {error}.")
wrong_id = Message(ValueError, lambda where, i:
    f"{where} cannot be read: its id is {i}, and ids count the nodes from 0.")
wrong_kind = Message(ValueError, lambda where, kind, kinds:
    f"{where} cannot be read: its kind is {kind!r}, but the kinds are {', '.join(kinds)}.")
wrong_numbers = Message(ValueError, lambda where, error:
    f"{where} cannot be read: its numbers are not what its dtype and shape say: {error}.")
no_such_node = Message(ValueError, lambda where, i, before:
    f"{where} cannot be read: it refers to node {i!r}, but a node may refer only to the {before} nodes before it.")
wrong_field = Message(ValueError, lambda where, name, kind, found:
    f"{where} cannot be read: its {name!r}, a {kind.__name__}, {found}.")
not_json = Message(ValueError, lambda constant: f"{constant} is not JSON")
not_the_elements = Message(ValueError, lambda shape, dtype:
    f"they are not the elements of an array of shape {shape}, {dtype}")
not_a_read_dtype = Message(ValueError, lambda dtype: f"arrays of dtype {dtype} are not read")
