"""The gradient as NumPy source: a function that one could have written by hand.

Flows in: a function and its arguments, or a `Graph` with the walk back. Flows out: `Source`, the text of a function which
computes the result and its gradient with NumPy alone, for arguments of the same shapes.

The lines before the walk back are the user's own, value by value, as far as they have names. Each line of the walk back gives
the derivative of the result in one value, ``d_guess`` for ``guess``, and says which line it came through.
"""

from __future__ import annotations

import ast
import dataclasses
import keyword
import math
import operator
import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ... import messages
from ...autograd import Handle
from ...containers import children, flatten, with_paths
from ...graphs.graph import Graph, trace
from ...graphs.nodes import GraphNode, Ref, refs_in
from ...graphs.program import Op, Zero, is_number
from ...graphs.simplify import simplified, transposes
from ...recompute import replayed
from ...rules.elementwise import relu, softplus
from ...rules.indexing import clip, scatter
from ...rules.linalg import contract
from ...rules.running import running_max, running_min, sum_pieces
from ...rules.shapes import join
from ...tensor import astype, put
from ..notation import ATOM, COMPARISON, POWER, PRODUCT, REMAINDER, Piece, Style, Term, atom, constant
from .functions import Definitions, NoSource

WIDTH = 72  # an expression longer than this is cut in two by a variable
SHORT = 24  # one that is cheap to compute and shorter than this is written again rather than given a name
LITERAL = 12  # an array of up to so many elements is written out


class Source(str):
    """The text of a program; `print` shows it. ``source.function()`` is the function that it defines, ready to be called.

    name:       what the function is called
    parameters: the names of its parameters; those in `constants` are arrays that the traced function took from outside
    """

    name: str
    parameters: tuple[str, ...]
    constants: dict[str, Any]

    def __repr__(self) -> str:
        """What the prompt shows: the text itself, with its lines."""
        return str(self)

    def _repr_markdown_(self) -> str:
        """What a notebook shows."""
        return f"```python\n{self}```"

    def function(self) -> Callable[..., Any]:
        """The function, compiled. Arrays from outside are passed to it unless others are given by name."""
        names: dict[str, Any] = {}
        exec(compile(str(self), f"<source of {self.name}>", "exec"), names)
        compiled = names[self.name]

        def call(*args: Any, **keywords: Any) -> Any:
            return compiled(**{**self.constants, **dict(zip(self.parameters, args)), **keywords})

        call.__name__, call.__doc__ = self.name, compiled.__doc__
        return call


def source(f: Any, *args: Any, order: int = 1, argnums: int | tuple[int, ...] | None = None, **keywords: Any) -> Source:
    """The gradient of `f` as the source of a NumPy function: ``print(tg.source(f, *args))``.

    `f` is called once with `args` and traced. As in `trace`, Tensors among the arguments are what gradients are taken with
    respect to; if there are none, all floats and arrays of floats, or those that `argnums` says. The program is for arguments
    of these shapes, and for the branches that `f` took with them. `f` may also be a `Graph` with the walk back, or a Tensor
    that is a single number: then the program is that of the computation which led to it.

    order:  2 for second derivatives as well: of single numbers the Hessian; with arrays among the arguments the Hessian
            times a vector, whose parts are more arguments of the program, ``v_w`` for ``w``

    Raises TypeError or ValueError if there is no gradient, and ValueError where something cannot be written as source.

    >>> import numpy as np, tinygrad_lite as tg
    >>> def area(r):
    ...     return np.pi * r**2
    >>> print(tg.source(area, 2.0).partition("# forward")[2])
    <BLANKLINE>
        area = 3.141592653589793 * r**2
    <BLANKLINE>
        # backward: d_x is the derivative of area in x
        d_r = 6.283185307179586 * r  # through area
        return area, d_r
    <BLANKLINE>
    """
    if order not in (1, 2):
        raise ValueError(
            f"source(..., order={order}): first and second derivatives can be written, with order=1 and order=2."
        )
    if isinstance(f, Handle | Graph):
        if args or keywords or argnums is not None or order == 2:
            raise not_called(f)
        graph = Graph.of(f, backward=True) if isinstance(f, Handle) else f
        if not graph.backward:
            raise messages.without_walk("source()", graph)
        return Writer(graph).source()
    if not callable(f):
        raise TypeError(
            f"source() got {messages.describe(f)}. It writes the gradient of a function, tg.source(f, *args), of a Tensor "
            "that was computed, tg.source(loss), or of a Graph with the walk back in it."
        )
    return Writer(trace(f, backward=True, argnums=argnums, order=order)(*args, **keywords), order).source()


def not_called(what: Any) -> TypeError:
    """A computation that has been done already is not called again, and has no second derivatives on record."""
    kind = "Graph" if isinstance(what, Graph) else "Tensor"
    return TypeError(
        f"source({kind}) writes the computation that the {kind} is the record of, so it takes no arguments, no argnums and "
        "no order=2. For those give it the function: tg.source(f, *args, order=2)."
    )


# --- how calls are written in source ---------------------------------------------------------------------------------------

SYMBOLS: dict[Any, tuple[str, int]] = {
    np.multiply: ("*", PRODUCT), np.divide: ("/", PRODUCT), np.matmul: ("@", PRODUCT), np.floor_divide: ("//", REMAINDER),
    np.remainder: ("%", REMAINDER), np.greater: (">", COMPARISON), np.greater_equal: (">=", COMPARISON),
    np.less: ("<", COMPARISON), np.less_equal: ("<=", COMPARISON), np.equal: ("==", COMPARISON),
    np.not_equal: ("!=", COMPARISON),
}  # fmt: skip
TEMPLATES: dict[Any, tuple[str, int, int]] = {
    np.square: ("{}**2", ATOM, POWER),
    np.reciprocal: ("1 / {}", POWER, PRODUCT),
    relu: ("np.maximum({}, 0)", 0, ATOM),
    softplus: ("np.logaddexp({}, 0)", 0, ATOM),
}
RENAMED: dict[Any, str] = {
    np.absolute: "np.abs", np.fix: "np.trunc", np.round: "np.round", np.around: "np.round",
    running_max: "np.maximum.accumulate", running_min: "np.minimum.accumulate", sum_pieces: "np.add.reduceat",
}  # fmt: skip
CHEAP = {np.transpose, np.swapaxes, np.negative, np.reshape, np.zeros, np.ones}
CANNOT: dict[Any, str] = {
    replayed: "tg.checkpoint computes its function again when walking back, as one call, which has no lines. Trace the "
    "function without it: in source there is nothing to save."
}
BY_POSITION = {np.swapaxes, np.moveaxis, np.expand_dims, np.broadcast_to, np.reshape, np.tril, np.triu, scatter, put}
NAMES = {
    operator.getitem: "{}_part",
    np.square: "{}_squared",
    np.sqrt: "root_{}",
    np.reciprocal: "one_over_{}",
    np.negative: "minus_{}",
    running_max: "running_max_{}",
    running_min: "running_min_{}",
    sum_pieces: "sums_of_{}",
}


def power(base: str, exponent: Term) -> str:
    """A power binds more tightly than the sign before it, and less tightly than the sign in its exponent."""
    simple = exponent.strength >= POWER or re.fullmatch(r"-?[0-9.]+", exponent.text)
    return f"{base}**{exponent.text}" if simple else f"{base}**({exponent.text})"


def number(value: Any) -> str:
    """A Python number as source."""
    if isinstance(value, float) and not math.isfinite(value):
        return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def dtype_text(dtype: np.dtype[Any]) -> str:
    """A dtype as source. Before 2.0, NumPy has no bool of its own under this name."""
    return "bool" if dtype == np.bool_ else f"np.{dtype.name}"


def identifier(text: str) -> str:
    """A name as one that Python takes."""
    name = re.sub(r"\W+", "_", unicodedata.normalize("NFKC", text)).strip("_") or "v"
    name = name if name.isidentifier() else f"v_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def written(function: Any) -> bool:
    """Whether a function is written in a way of its own, not by its name."""
    return function in SYMBOLS or function in TEMPLATES or function in WRITTEN


def is_cheap(op: Op) -> bool:
    """Whether a call moves or scales numbers, no more."""
    scaled = op.function in (np.multiply, np.divide) and op.backward and len(list(refs_in(op.args))) < 2
    return scaled or op.function in CHEAP


class Writer:
    """Writes the program for one graph."""

    def __init__(self, graph: Graph, order: int = 1) -> None:
        self.graph, self.program, self.definitions, self.order = graph, simplified(graph), Definitions(), order
        self.boundary = max((node.gradient_id or 0 for node in graph), default=0)  # from here on, second derivatives
        self.pieces: dict[int, Piece] = {}  # how each value is written: a variable, or the expression itself
        self.merged: dict[int, set[int]] = {}  # the calls in the expression of a value
        self.owners: dict[int, str] = {}  # the variable in whose line a call was made
        self.constants: dict[str, Any] = {}
        self.made_before: dict[str, str] = {}  # what the user's program writes for an array that is a parameter here
        self.forward = Style("*", "/", "-", SYMBOLS, TEMPLATES, self.function, number, power)
        self.backward = dataclasses.replace(self.forward, flat=True)
        self.taken = {"np", "scipy", "math"}

    def source(self) -> Source:
        graph, program = self.graph, self.program
        wanted = [i for i in graph.inputs if graph[i].wants_gradient]
        gradients = {i: self.gradient(i) for i in wanted}
        second = [self.returnable(program.of[i], graph[i]) for i in graph.outputs[1:]] if self.order == 2 else []
        result = program.whole(program.of[graph.output.id])
        counts = program.used([result, *gradients.values(), *second])
        for i in counts:  # a variable cannot be called like a function that is defined
            if i in program.ops and not written(program.ops[i].function):
                self.taken.add(self.function(program.ops[i].function).partition(".")[0])
        parameters = self.parameters()
        names = self.names(counts, gradients)
        self.name_second(names, wanted, second)
        sections: list[list[tuple[str, str]]] = [[], [], []]
        now = 0
        for i, count in counts.items():
            if i not in program.ops:
                self.constant(i, parameters, sections[0])
                continue
            op = program.ops[i]
            now = max(now, 0 if not op.backward else 2 if self.boundary < i < len(graph) else 1)
            style = self.backward if op.backward else self.forward
            piece = self.call(op, style)
            text = style.term(piece).text
            merged = {i}.union(*(self.merged[ref.id] for ref in refs_in([op.args, op.keywords]) if ref.id in self.merged))
            again = count > 1 and not (is_cheap(op) and len(text) <= SHORT) and not text.isidentifier()
            last = result == Ref(i)
            if i in names or again or last or len(text) > WIDTH:
                name = names.get(i) or self.free(self.returned_name() if last and not again else self.guess(op, text))
                sections[now].append((f"{name} = {text}", self.comment(op, merged)))
                self.pieces[i] = Term(name)
                self.owners.update(dict.fromkeys(merged, name))
            else:
                self.pieces[i], self.merged[i] = piece, merged
        output = self.text(result)
        if not output.isidentifier():
            name = self.free(self.returned_name())
            sections[0].append((f"{name} = {output}", ""))
            output = name
        returned, of = self.returned({i: self.text(value) for i, value in gradients.items()})
        returned = f"{output}, {returned}"
        if second:
            returned += f", {self.returned_second(wanted, second)}"
        return self.program_text(parameters, of, output, returned, sections)

    # --- names --------------------------------------------------------------------------------------------------------------

    def free(self, wanted: str) -> str:
        """The name, with a number if it is taken."""
        name, count = wanted, 1
        while name in self.taken:
            count += 1
            name = f"{wanted}_{count}" if len(wanted) > 1 else f"{wanted}{count}"
        self.taken.add(name)
        return name

    def returned_name(self) -> str:
        """What the result is called if it has no name: as the function is."""
        return identifier(str(self.graph.name)) if (self.graph.name or "").isidentifier() else "result"

    def parameters(self) -> list[str]:
        """The parameters, and how each input is written: ``x``, ``params["w"]``."""
        found = []
        inside: set[int] = set()
        for parameter, nest in self.graph.arguments:
            if not list(refs_in(flatten(nest)[0])):
                continue  # an option; the graph is of the computation with it
            name = self.free(identifier(parameter))
            found.append(name)
            for path, value in with_paths(nest):
                if isinstance(value, Ref):
                    self.pieces[value.id] = Term(name + path)
                    inside.add(value.id)
        for i in self.graph.inputs:
            if i not in inside:
                found.append(self.free(identifier(self.graph[i].name or "w")))
                self.pieces[i] = Term(found[-1])
                if self.graph[i].wants_gradient:  # a Tensor from outside; otherwise it is a direction
                    self.constants[found[-1]] = self.graph[i].value
        return found

    def constant(self, i: int, parameters: list[str], lines: list[tuple[str, str]]) -> None:
        """An array that was there before: written out if it is small, otherwise a parameter."""
        if i in self.pieces:
            return
        node = self.graph[i]
        text = self.array(node.value)
        if text is None or len(text) > SHORT:
            expression = (node.name or "").startswith("(")
            name = self.free("data" if expression else identifier(node.name or "data"))
            if text is None:
                parameters.append(name)
                if expression:
                    self.made_before[name] = str(node.name)[1:-1]
                self.constants[name] = node.value
            else:
                lines.append((f"{name} = {text}", ""))
            text = name
        self.pieces[i] = Term(text)

    def names(self, counts: Mapping[int, int], gradients: Mapping[int, Any]) -> dict[int, str]:
        """The variables that have a name: what the user gave one, and its derivatives."""
        found: dict[int, str] = {}
        program = self.program
        forward = [node for node in self.graph.forward if node.kind == "call" and node.name]
        for node in forward:
            value = program.of[node.id]
            if isinstance(value, Ref) and value.id in program.ops and value.id in counts and value.id not in found:
                found[value.id] = self.free(identifier(str(node.name)))
        inputs = [self.graph[i] for i in gradients]
        for node in [*reversed(forward), *inputs]:
            value = gradients[node.id] if node.id in gradients else program.of.get(node.gradient_id or -1)
            op = program.ops.get(value.id) if isinstance(value, Ref) and value.id in counts else None
            if op is not None and op.backward and op.id not in found:
                own = program.of[node.id]
                name = found.get(own.id) if isinstance(own, Ref) else None
                found[op.id] = self.free("d_" + (name or identifier(self.short(node))))
        return found

    def name_second(self, names: dict[int, str], wanted: list[int], second: list[Any]) -> None:
        """The variables of second derivatives: d_a_b; or of the Hessian times a vector: hv_w."""
        short = [identifier(self.short(self.graph[i])) for i in wanted]
        words = [f"hv_{w}" for w in short]
        if self.scalars(wanted):
            words = [f"d_{a}_{b}" for i, a in enumerate(short) for b in short[i:]]
        for word, value in zip(words, second):
            op = self.program.ops.get(value.id) if isinstance(value, Ref) else None
            if op is not None and op.backward and op.id not in names:
                names[op.id] = self.free(word)

    def scalars(self, wanted: list[int]) -> bool:
        return all(self.graph[i].shape == () for i in wanted)

    def short(self, node: GraphNode) -> str:
        """A name without the way to it: w for params["w"]."""
        piece = self.pieces.get(node.id)
        text = piece.text if isinstance(piece, Term) else str(node.name)
        last = re.search(r"""\[['"](\w+)['"]\]$""", text)
        return last[1] if last else text

    def guess(self, op: Op, text: str) -> str:
        """A name for a value that has none: x_squared, exp_scores; but what an operator makes has no short one."""
        args = [self.text(arg) for arg in op.args if isinstance(arg, Ref)]
        short = self.function(op.function).rpartition(".")[2]
        operator_like = op.function in SYMBOLS or op.function in (np.add, np.subtract)
        if len(args) == 1 and args[0].isidentifier() and len(args[0]) <= 12 and not operator_like:
            return NAMES.get(op.function, f"{short}_{{}}").format(args[0])
        return "g" if op.backward else "v"

    # --- expressions --------------------------------------------------------------------------------------------------------

    def function(self, function: Any) -> str:
        """What a function is called in source."""
        name = RENAMED.get(function) or messages.name_of(function)
        if name.startswith("np.") or function is operator.getitem:
            return name
        plain = getattr(function, "__name__", name)
        if getattr(np, plain, None) is function:
            return f"np.{plain}"
        if isinstance(function, type):
            return f"np.{plain}"
        if isinstance(function, np.ufunc):  # SciPy's
            self.definitions.modules["scipy.special"] = "import scipy.special"
            return f"scipy.special.{name}"
        if function in CANNOT:
            raise NoSource(CANNOT[function])
        return plain if written(function) else self.definitions.name(function)

    def text(self, value: Any) -> str:
        return self.backward.term(self.argument(value)).text

    def argument(self, value: Any) -> Piece:
        """An argument of a call."""
        if isinstance(value, Ref):
            return self.pieces[value.id]
        return constant(value) if is_number(value) and math.isfinite(value) else atom(self.literal(value))

    def literal(self, value: Any, index: bool = False) -> str:
        """Anything that may stand in a call, as source."""
        if isinstance(value, Ref):
            return self.text(value)
        if isinstance(value, slice):
            ends = ["" if end is None else self.literal(end) for end in (value.start, value.stop, value.step)]
            return ":".join(ends if ends[2] else ends[:2]) if index else f"np.s_[{self.literal(value, True)}]"
        if type(value) is tuple and index:
            return ", ".join(self.literal(part, True) for part in value) or "()"
        if type(value) is tuple and any(isinstance(part, slice) for part in value):
            return f"np.s_[{self.literal(value, True)}]"
        if type(value) is tuple:
            return f"({', '.join(map(self.literal, value))}{',' * (len(value) == 1)})"
        if type(value) is list:
            return f"[{', '.join(map(self.literal, value))}]"
        if value is Ellipsis:
            return "..."
        if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
            return dtype_text(np.dtype(value))
        if isinstance(value, np.generic):
            text = number(value.item())
            return text if value.dtype in (np.float64, np.int64, np.bool_) else f"np.{value.dtype.name}({text})"
        if isinstance(value, np.ndarray):
            name = self.array(value) or self.free("data")
            if not name.startswith("np."):
                self.constants[name] = value
            return name
        if value is None or isinstance(value, (bool, int, float, str, range)):
            return number(value)
        raise NoSource(f"A {type(value).__name__}, {value!r}, is an argument of a call, and cannot be written as source.")

    def array(self, value: np.ndarray) -> str | None:
        """An array as source, if it has a short form."""
        if value.dtype.kind not in "fiub":
            return None
        n, shape = value.size, value.shape if value.ndim != 1 else value.shape[0]
        kind = "" if value.dtype in (np.float64, np.int64, np.bool_) else f", dtype=np.{value.dtype.name}"
        if value.ndim == 1 and n > 1 and value.dtype == np.int64 and np.array_equal(value, np.arange(n)):
            return f"np.arange({n})"
        if value.dtype.kind == "f" and n and (value == value.flat[0]).all() and value.flat[0] in (0, 1):
            return f"np.{'ones' if value.flat[0] else 'zeros'}({shape}{kind})"
        if value.dtype.kind == "f" and n > 1 and shape == (len(value),) * 2 and np.array_equal(value, np.eye(len(value))):
            return f"np.eye({len(value)}{kind})"
        if n > LITERAL:
            return None
        if not n:
            return f"np.zeros({shape}, dtype={dtype_text(value.dtype)})"
        text = re.sub(r"\bnan\b", "np.nan", re.sub(r"\binf\b", "np.inf", repr(value.tolist())))
        return f"np.array({text}{kind})"

    def call(self, op: Op, style: Style) -> Piece:
        """A call as an expression."""
        function, args = op.function, op.args
        if function in WRITTEN:
            return Term(*WRITTEN[function](self, op))
        if function is operator.getitem:
            return Term(f"{style.inside(self.argument(args[0]), ATOM)}[{self.literal(args[1], True)}]")
        if function is np.reshape and (index := new_axes(self.program.shape(args[0]), op.shape)):
            return Term(f"{style.inside(self.argument(args[0]), ATOM)}[{index}]")
        if transposes(op):
            return Term(f"{style.inside(self.argument(args[0]), ATOM)}.T")
        keywords = []
        for key, value in op.keywords.items():
            value = value[0] if key == "axis" and isinstance(value, tuple) and len(value) == 1 else value
            keywords.append(self.literal(value) if function in BY_POSITION else f"{key}={self.literal(value)}")
        return style.call(function, [self.argument(arg) for arg in args], keywords)

    # --- putting it together ------------------------------------------------------------------------------------------------

    def gradient(self, i: int) -> Any:
        """The derivative in an input, as the program returns it."""
        node = self.graph[i]
        return self.returnable(
            Zero(node.shape, node.dtype) if node.gradient_id is None else self.program.of[node.gradient_id], node
        )

    def returnable(self, value: Any, node: GraphNode) -> Any:
        """A value in its full shape, in floating point."""
        plain = node.dtype in ("float64", "int64")
        value = 0 if isinstance(value, Zero) and not node.shape else value
        value = self.program.whole(self.program.stretched(value, node))
        if is_number(value):
            return float(value) if plain else np.dtype(node.dtype).type(value)
        op = self.program.op(value)
        if op is not None and op.dtype != node.dtype and "float" in node.dtype:  # a gradient has the dtype of its variable
            return self.program.call(astype, (value, np.dtype(node.dtype)), node.shape, node.dtype)
        return value

    def comment(self, op: Op, merged: Iterable[int]) -> str:
        """What stands beside a line: the shape; on the way back, the lines that the gradient came through."""
        shape = str(op.shape) if op.shape else ""
        if not op.backward:
            return shape
        through = []
        for i in sorted(merged):
            node = self.graph[i] if i < len(self.graph) else None
            if node is not None and node.through is not None:
                value = self.program.of[node.through]
                owner = self.owners.get(value.id) if isinstance(value, Ref) else None
                if owner and owner not in through:
                    through.append(owner)
        came = f"through {', '.join([*through[:3], '...'] if len(through) > 4 else through)}" if through else ""
        return ", ".join(filter(None, [shape, came]))

    def program_text(
        self, parameters: list[str], of: str, output: str, returned: str, sections: list[list[tuple[str, str]]]
    ) -> Source:
        """The whole text."""
        graph = self.graph
        of_a_tensor = graph.name is None and (graph.output.name or "").isidentifier()  # there was no function
        called = str(graph.output.name) if of_a_tensor else graph.name or ""
        name = identifier(called) if called.isidentifier() else "value"
        whole = self.scalars([i for i in graph.inputs if graph[i].wants_gradient])
        more = "" if self.order == 1 else "_and_hessian" if whole else "_and_hessian_product"
        name = self.free(f"{name}_gradient{more}" if more else f"{name}_and_gradient")
        parameters += [constant for constant in self.constants if constant not in parameters]
        function = called if called.isidentifier() else "the function"
        directions = listed([name for name in parameters if name.startswith("v_")])
        also = "its second derivatives" if whole else f"the Hessian times the vector {directions}"
        about = f"The value of {function}, its gradient with respect to {of}, and {also}."
        if not more:
            about = f"The value of {function}, and its gradient with respect to {of}."
        lines = [*textwrap.wrap('"""' + about, 100), "", *textwrap.wrap(self.about(), 100), '"""']
        titles = ["forward", f"backward: d_x is the derivative of {output} in x", "backward through the derivatives"]
        for title, section in zip(titles, sections):
            lines += [f"# {title}", *aligned(section), ""] if section else []
        body = textwrap.indent("\n".join([*(lines[:-1] if not lines[-1] else lines), f"return {returned}"]), "    ")
        definitions = [text for text in self.definitions.texts.values() if text]
        imports = "\n".join(sorted(self.definitions.modules.values()))
        text = "\n\n\n".join([imports, *definitions, f"def {name}({', '.join(parameters)}):\n{body}"])
        text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
        ast.parse(text)
        made = Source(text)
        made.name, made.parameters, made.constants = name, tuple(parameters), dict(self.constants)
        return made

    def about(self) -> str:
        """For what the program is."""
        shapes = []
        for i in self.graph.inputs:
            if self.graph[i].shape:
                shapes.append(f"{self.text(Ref(i))} {self.graph[i].shape}")
        text = f"For arrays of these shapes: {', '.join(shapes)}." if shapes else "For single numbers."
        for name, expression in self.made_before.items():
            text += f" {name} is {expression}, computed before."
        looks = dict.fromkeys((look.line.number if look.line else None, str(look.found)) for look in self.graph.looks)
        for line, found in looks:
            where = f" (line {line})" if line else ""
            text += f" The program looked at a value{where} and went on as it does when it finds {found}."
        return text

    def returned_second(self, wanted: list[int], second: list[Any]) -> str:
        """The second derivatives: a matrix of single numbers, or the form of the gradient."""
        texts = list(map(self.text, second))
        if not self.scalars(wanted):
            return self.returned(dict(zip(wanted, texts)))[0]
        n, upper = len(wanted), iter(texts)
        entries = {(i, j): next(upper) for i in range(n) for j in range(i, n)}
        rows = [", ".join(entries[min(i, j), max(i, j)] for j in range(n)) for i in range(n)]
        return texts[0] if n == 1 else "[" + ", ".join(f"[{row}]" for row in rows) + "]"

    def returned(self, texts: Mapping[int, str]) -> tuple[str, str]:
        """Gradients in the form of the arguments; and what they are with respect to, in words."""
        found, names = list[str](), list[str]()

        def form(nest: Any) -> str:
            inside = children(nest)
            if isinstance(nest, Ref):
                return texts.get(nest.id, "None")
            if inside is None or nest is None:
                return "None"
            items = [form(item) for _, item in inside]
            if isinstance(nest, dict):
                return "{" + ", ".join(f"{key!r}: {item}" for key, item in zip(nest, items)) + "}"
            return f"[{', '.join(items)}]" if isinstance(nest, list) else f"({', '.join(items)}{',' * (len(items) == 1)})"

        inside: set[int] = set()
        for parameter, nest in self.graph.arguments:
            ids = {ref.id for ref in refs_in(flatten(nest)[0])}
            if ids & set(texts):
                found.append(form(nest))
                names.append(identifier(parameter))
            inside |= ids
        for i in texts:
            if i not in inside:
                found.append(texts[i])
                names.append(self.text(Ref(i)))
        return found[0] if len(found) == 1 else f"({', '.join(found)})", listed(names)


def listed(names: list[str]) -> str:
    """Names in a sentence: a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])) or "nothing"


def new_axes(old: tuple[int, ...], new: tuple[int, ...]) -> str:
    """The index that makes one shape of another by inserting axes of length 1; empty if that is not it."""
    rest, parts = list(old), list[str]()
    for n in new:
        if rest and n == rest[0]:
            rest.pop(0)
            parts.append(":")
        elif n == 1:
            parts.append("None")
        else:
            return ""
    if rest or not old:
        return ""
    while len(parts) > 1 and parts[-1] == ":":
        parts.pop()
    return ", ".join(parts)


def aligned(lines: list[tuple[str, str]]) -> list[str]:
    """Lines with their comments below each other."""
    width = max((len(line) for line, comment in lines if comment and len(line) <= WIDTH), default=0)
    return [f"{line:<{width}}  # {comment}" if comment else line for line, comment in lines]


def joined(writer: Writer, op: Op) -> tuple[str]:
    args = ", ".join(map(writer.text, op.args))
    axis = op.keywords.get("axis", 0)
    return (f"np.concatenate(({args}{',' * (len(op.args) == 1)})" + (f", axis={axis})" if axis != 0 else ")"),)


def contracted(writer: Writer, op: Op) -> tuple[str]:
    return (f"np.einsum({op.keywords['subscripts']!r}, {', '.join(map(writer.text, op.args))})".replace("'", '"'),)


def converted(writer: Writer, op: Op) -> tuple[str]:
    dtype = op.args[1] if len(op.args) > 1 else op.keywords["dtype"]
    value = writer.backward.inside(writer.argument(op.args[0]), ATOM)
    return (f"np.{np.dtype(dtype).name}({value})" if not op.shape else f"{value}.astype(np.{np.dtype(dtype).name})",)


def clipped(writer: Writer, op: Op) -> tuple[str]:
    bounds = ["None" if is_number(b) and math.isinf(b) else writer.text(b) for b in op.args[1:]]
    return (f"np.clip({writer.text(op.args[0])}, {', '.join(bounds)})",)


def full(writer: Writer, op: Op) -> tuple[str]:
    shape, value = op.args
    kind = "".join(f", dtype={writer.literal(dtype)}" for dtype in op.keywords.values())
    return (f"np.full({writer.literal(shape[0] if len(shape) == 1 else shape)}, {writer.text(value)}{kind})",)


WRITTEN: dict[Any, Callable[[Writer, Op], tuple[str]]] = {
    join: joined,
    contract: contracted,
    astype: converted,
    clip: clipped,
    np.full: full,
}  # functions that are written in a way of their own
