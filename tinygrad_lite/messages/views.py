"""Messages of the views: pictures, tables, pages, programs, and the models of ONNX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .options import IN_A_SHELL, asked, option
from .phrases import Message, at, called, describe, in_code, variable_or

# fmt: off


class NoRenderer(RuntimeError):
    """There is no Graphviz program on this machine that can write the picture."""


class NoSource(ValueError):
    """Something in a computation cannot be written as source."""


class NoCounterpart(ValueError):
    """A function that ONNX has no operators for."""


not_installed = Message(ImportError, lambda what, package, extra:
    f"{what} needs {package}, which is not installed. In the project's folder: python -m pip install -e '.[{extra}]'")

# --- draw -------------------------------------------------------------------------------------------------------------

no_direction = Message(ValueError, lambda direction:
    f"draw(direction={direction!r}): this must be 'LR', from left to right, or 'TB', from top to bottom.")
no_depth = Message(ValueError, lambda depth:
    f"draw(depth={depth}): this must be 0 to show each function as one box, 1 to open the outermost functions, and so on.")
too_large_to_draw = Message(ValueError, lambda count, max_nodes: f"""
    This graph has {count} values, too many to read in one picture ({option('max_nodes', max_nodes)}), so it was not
    drawn. Draw a part: a Tensor from an earlier step of the computation, one layer instead of the network, one round of a
    loop instead of all. Or fold it: with {option('fold', True)}, equal rounds are shown once; functions become single boxes
    {f"with {option('depth', 0)}" if IN_A_SHELL.get() else 'in draw(tg.trace(f)(*args), depth=0)'}. If you do want all of it,
    say how large it may be: {asked('draw(t)', 'max_nodes', 10 * max_nodes)}.
""")
unknown_format = Message(ValueError, lambda wanted, formats: f"""
    {wanted!r} is not a format of drawings. The suffix of the file name chooses the format: {' '.join(formats)}, as in
    draw(loss, 'loss.svg').
""")
no_graphviz = Message(NoRenderer, lambda: """
    No Graphviz program was found, which is needed to make a picture: pip install graphviz-pure (or install Graphviz from
    https://graphviz.org/download).
""")
no_pdf = Message(NoRenderer, lambda: """
    graphviz-pure writes SVG and PNG, but not PDF. Choose .svg, which any browser can print as PDF, or install Graphviz itself
    from https://graphviz.org/download.
""")
graphviz_failed = Message(RuntimeError, lambda complaint:
    f"Graphviz could not draw this graph. Its message was:{at(complaint)}")

# --- explain ----------------------------------------------------------------------------------------------------------

nothing_shown = Message(ValueError, lambda limit:
    f"{asked('explain(...)', 'limit', limit)}: this is the number of rows or paths to show, so it must be at least 1.")
not_whole_numbers = Message(TypeError, lambda element: f"""
    {option('element', element)}: name an element by whole numbers, as in {option('element', (3,))}, or also by the name of
    its array, as in {option('element', 'x[3]')}.
""")
no_arrays = Message(ValueError, lambda element:
    f"{option('element', element)} chooses one element of the arrays, and this computation has single numbers only.")
in_no_array = Message(ValueError, lambda element, shapes: f"""
    {option('element', element)} is in no array of this computation. An element is named by one number for each axis, counted
    from 0. The arrays and their shapes: {', '.join(f'{name} {shape}' for name, shape in list(shapes.items())[:8])}.
""")

# --- step_through -----------------------------------------------------------------------------------------------------

not_a_page = Message(ValueError, lambda path, caller:
    f"{caller} writes a page for a browser, so the name of the file must end with .html: {path.stem}.html.")
too_large_to_step = Message(ValueError, lambda count, largest: f"""
    This graph has {count} values, and more than {largest} are too many to step through, so no page was written. Show a small
    case of the same: one layer instead of the network, two rounds of a loop instead of all. Arrays need not be smaller,
    because the page follows only one number of each.
""")

# --- source and ONNX --------------------------------------------------------------------------------------------------

no_such_order = Message(ValueError, lambda order:
    f"order={order} is not possible. Use order=1 for first derivatives, or order=2 for second derivatives.")
nothing_to_write = Message(TypeError, lambda f: f"""
    source() was given {describe(f)}. It writes the gradient of a function, tg.source(f, *args), of a Tensor that was
    computed, tg.source(loss), or of a Graph that contains the backward pass.
""")
not_called = Message(TypeError, lambda what: f"""
    source({kind_of(what)}) writes a computation that was already recorded, so it takes no arguments, no argnums and no
    order=2. To use these, give it the function: tg.source(f, *args, order=2).
""")
several_results = Message(ValueError, lambda f, count: f"""
    source({in_code(f)}): {in_code(f)} returned {count} values, but only a single number has a gradient. Choose one by its
    place or its key: write `tg.source(lambda x: {in_code(f) if called(f).isidentifier() else 'f'}(x)[0], x)`.
""")
computes_again = Message(NoSource, lambda: """
    tg.checkpoint computes its function again in the backward pass, as one call, so there are no lines to write. Trace the
    function without tg.checkpoint: it would save no memory in a source program.
""")
no_source_of = Message(NoSource, lambda function: f"""
    {function.__name__} is a primitive whose own source is not available (it was typed at a prompt, or is not a plain
    function), so what it computes cannot be written into the program. Define it with `def` in a file.
""")
uses_a_value = Message(NoSource, lambda function, name, value: f"""
    {function.__name__} uses {name!r}, a {type(value).__name__}, which cannot be written as source. Make it an argument of the
    function, or a number.
""")
not_a_literal = Message(NoSource, lambda value:
    f"A {type(value).__name__}, {value!r}, is an argument of a call, and cannot be written as source.")
no_counterpart = Message(NoCounterpart, lambda node, label: f"""
    {node.function}, as it was called for the value {label}, has no counterpart among the operators of ONNX, so this graph
    cannot become a model. Use functions that have one, or make the value an argument.{at(node.line)}
""")

# --- playground -------------------------------------------------------------------------------------------------------

not_in_a_playground = Message(NoSource, lambda function, through, line: f"""
    A playground computes in the browser, where there is no {function}{
    needed_by(through) or step_of(function, line)}. Write this line with functions that are there: arithmetic, powers, exp,
    log, trigonometric functions, tanh, relu, sigmoid, maximum, where, comparisons, sum, mean, max, softmax, logsumexp,
    matmul, reshape, slices.{at(line)}
""")
which_to_play = Message(TypeError, lambda f, args, keywords, names, chosen: f"""
    playground({called(f)}): {in_a_row(chosen)} are arrays, and nothing says which of them are parameters, and which are data.
    {f"Name each parameter with --arg, as in --arg {chosen[0]}; all else is data then." if IN_A_SHELL.get() else
     f"Make a Tensor of each parameter; all else is data then. If {chosen[0]} is the only parameter, write "
     f"`{again(f, args, keywords, names, [chosen[0]])}`."}
""")
whole_to_play = Message(TypeError, lambda f, args, keywords, names, chosen, whole, error: f"""
    playground({called(f)}): each number among the arguments is a parameter, and gets a slider. But {in_a_row(whole)}
    {"can only be whole in this function" if error else
     "is an exponent here, and a power of a negative number has no derivative in its exponent"}. Say which numbers are
    parameters: {f"name them with --arg, as in --arg {without(chosen, whole)[0]}." if IN_A_SHELL.get() else
    f"make Tensors of them, and all else stays as it is. Write `{again(f, args, keywords, names, without(chosen, whole))}`."}
""")
lists_to_play = Message(TypeError, lambda f, args, keywords, names, lists: f"""
    playground({called(f)}): {in_a_row(lists)} {"is a list" if len(lists) == 1 else "are lists"} of numbers, and each number
    among the arguments is a parameter, which gets a slider. Data are arrays: write
    `{again(f, args, keywords, names, lists, "np.array")}`.
""")
no_optimizer_to_play = Message(ValueError, lambda name, names:
    f"playground(..., optimizer={name!r}): this must be one of {', '.join(map(repr, names))}.")
no_rate_to_play = Message(ValueError, lambda rate:
    f"playground(..., learning_rate={rate!r}): this must be a number above 0, such as 0.1. With 0, nothing changes.")
several_to_play = Message(TypeError, lambda f, count: f"""
    playground({in_code(f)}): {in_code(f)} returned {count} values, but only a single number can be made small. Give it a
    function that returns only the loss.
""")
no_parameter_to_play = Message(ValueError, lambda name, names: f"""
    The playground has no parameter {name!r}. It has {', '.join(list(names)[:12])}{', …' if len(names) > 12 else ''}.
""")
not_two_to_play = Message(ValueError, lambda contours:
    f"playground(..., contours={contours!r}): name two different parameters, as contours=('a', 'b').")
no_range_to_play = Message(ValueError, lambda name, given:
    f"playground(..., ranges={{{name!r}: {given!r}}}): a range is two numbers, the smaller one first, as (0, 8).")
too_large_to_play = Message(ValueError, lambda count, most: f"""
    The parameters have {count:,} numbers together, but a page can have at most {most:,}, so no page was made. Show a small
    case of the same, with fewer units in each layer.
""")


def in_a_row(names: Sequence[str]) -> str:
    """Names in a sentence: "w, x and y"."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def without(names: Sequence[str], some: Sequence[str]) -> list[str]:
    return [name for name in names if name not in some]


def again(
    f: Any, args: Sequence[Any], keywords: Mapping[str, Any], names: Sequence[str], chosen: Sequence[str],
    kind: str = "tg.Tensor",
) -> str:
    """The call of a playground once more, with Tensors of some arguments: ``tg.playground(f, a=tg.Tensor(2.0), x=x)``."""

    def written(name: str, value: Any) -> str:
        text = repr(value) if isinstance(value, (bool, int, float, str)) or value is None else variable_or(value, name)
        return f"{kind}({text})" if name in chosen else text

    given = [written(name, value) for name, value in zip(names, args)]
    given += [f"{name}={written(name, value)}" for name, value in keywords.items()]
    name = variable_or(f, called(f))
    return f"tg.playground({', '.join([name if name.isidentifier() else 'f', *given])})"


def kind_of(what: Any) -> str:
    return "Tensor" if hasattr(what, "node") else "Graph"


def step_of(function: str, line: Any) -> str:
    """For a function that the line does not name: ``np.sort(w)`` calls np.argsort."""
    return "" if not line or function.split(".")[-1] in str(line) else ", which is a step of this line"


def needed_by(function: str | None) -> str:
    return f", which the derivative of {function} needs" if function else ""
