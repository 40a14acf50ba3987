"""The registry turns a line of the derivative table into a `Rule` that the engine can use.

Flows in: ``derivative(np.multiply, x=lambda g, y: g * y, ...)``, one line for each function, from `rules/` and from users.
Flows out: a `Rule` in `RULES`. It knows what each vjp asks for, which values therefore have to be kept when the function is
called, and how to call each vjp in the backward pass.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import messages
from .autograd import RULES, Handle, Node, record, wants_gradient
from .memory import plain
from .operands import FIT, SPARSE, is_sparse, misfit, operand, option
from .rows import row_by_row
from .values import array_of, as_array, as_tensor, tensor_of
from .watching import watcher

ON_ARRAYS: dict[Callable[..., Any], Callable[..., Any]] = {}  # a primitive -> what computes it when no Tensor is there
TABLES = f"{__package__}.rules."  # where our own tables are
VIEWS: dict[Callable[..., Any], Callable[..., None]] = {}  # for functions that give views, a call of protocols/writing.py


class Vjp:
    """The derivative of one argument (a vector-Jacobian product), and what it asks for by its parameter names.

    `g` is the gradient of the result, `out` the result of the call, and `shape` the shape of the argument that the vjp is
    for. Any other name is the value of an argument or keyword. The backward pass calls each vjp with (g, node, parent). So
    ``lambda g, y: g * y``, the vjp of the x of np.multiply, becomes ``lambda g, node, parent: vjp(g, value(node.args[1]))``.
    This line is written as text, and compiled once. That is faster than looking up the names in each call.
    """

    def __init__(self, rule: Rule, argument: str, function: Callable[..., Any]) -> None:
        self.argument, self.function = argument, function
        asked = names_of(function)
        texts = {"g": "g", "out": "value(node)", "shape": "parent.shape"}  # for each name, the code that gives its value
        if rule.variadic:  # a function of any number of arrays; its vjp may ask for `position`: which of them it is for
            texts[argument] = "[value(a, node.dtype) for a in node.args]"
            texts["shapes"] = "[a.shape if isinstance(a, Node) else np.shape(a) for a in node.args]"
            texts["position"] = "position"
        else:
            entries = {name: f"node.args[{i}]" for i, name in enumerate(rule.arguments) if name not in texts}
            texts |= {name: f"value({entry})" for name, entry in entries.items()}
            for name in entries.keys() & rule.numeric:  # a constant there may be a whole number, and becomes a float
                texts[name] = f"value({entries[name]}, node.dtype)"
        for name in rule.defaults:
            texts.setdefault(name, f"node.keywords.get({name!r}, defaults[{name!r}])")
        if unknown := [name for name in asked if name not in texts]:
            raise messages.rule_asks_unknown(rule.name, argument, unknown, list(texts))
        self.asks = frozenset(asked)
        self.given = ", ".join(texts[name] for name in asked)
        self.names = {"vjp": function, "summed": rule.summed, "defaults": rule.defaults, "Node": Node, "np": np}

    def caller(
        self, value: Callable[[Any], Any], position: int = 0, in_rows: bool = False
    ) -> Callable[[Any, Node, Node], Any]:
        """The call, written out. `value` gets the array, or the Tensor, of an entry of ``node.args``.

        With `in_rows` it takes the gradients of several backward passes, as `Rows`.
        """
        # `summed`, if there is one, for an argument that is a single number and was stretched: its gradient is a sum
        choice = f"summed({self.given}) if parent.shape == () != node.shape else " if self.names["summed"] else ""
        source = f"{choice if value is array_of else ''}vjp({self.given})"
        if value is tensor_of or not is_ours(self.function):
            source = f"returned({source})"
        names = {"value": value, "position": position, "returned": as_tensor if value is tensor_of else as_array}
        call = eval(compile(f"lambda g, node, parent: {source}", "<vjp>", "eval"), self.names | names)
        return row_by_row(call, is_ours(self.function)) if in_rows else call


class Rule:
    """A rule says how to differentiate one function: it has a `Vjp` for each argument that has a derivative.

    arguments:  the positional arguments, up to the last differentiable one
    defaults:   every parameter's default
    run:        computes the function on raw arrays. For numbers an operator is faster than a ufunc: ``operator.mul``
                multiplies two NumPy scalars in a tenth of the time of ``np.multiply``.
    broadcasts: the function stretches its arguments to one shape, so the engine sums their gradients back
    understood: the keywords that the rule asks for or may ignore; any other raises an error
    repeatable: whether it is known to give the same result if it is called again. Functions of users may use random numbers,
                so their results are always kept.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        vjps: Mapping[str, Callable[..., Any]],
        signature: str | None = None,
        run: Callable[..., Any] | None = None,
        ignore: Sequence[str] = (),
        broadcasts: bool = False,
        summed: Callable[..., Any] | None = None,
    ) -> None:
        self.function, self.name, self.summed = function, function.__name__, summed
        self.run = run or ON_ARRAYS.get(function, function)
        parameters = parameters_of(function, signature)
        self.variadic = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        self.parameters = tuple(p.name for p in parameters)
        if unknown := [name for name in vjps if name not in self.parameters]:
            raise messages.rule_for_unknown(self.name, unknown, self.parameters)
        count = 1 + max(i for i, p in enumerate(parameters) if p.name in vjps or p.kind is p.POSITIONAL_ONLY)
        self.arguments = self.parameters[:count]
        self.arity = None if self.variadic else count
        self.defaults = {p.name: None if p.default is np._NoValue else p.default for p in parameters}
        self.numeric = vjps.keys()
        self.vjps = {name: Vjp(self, name, vjp) for name, vjp in vjps.items()}
        self.understood = {*ignore, *self.arguments}.union(*(vjp.asks for vjp in self.vjps.values()))
        self.broadcasts = broadcasts or (isinstance(function, np.ufunc) and function.signature is None)
        self.plans = Plans(self)
        package = (getattr(function, "__module__", None) or "numpy").partition(".")[0]
        self.repeatable = package in ("numpy", "scipy", __name__.partition(".")[0])
        self.views = VIEWS.get(function)

    @functools.cached_property
    def on_arrays(self) -> Iterable[Any]:
        """For each position the vjp, ready to call on arrays. Written out when first needed, which keeps import short."""
        return self.callers(array_of)

    @functools.cached_property
    def on_tensors(self) -> Iterable[Any]:
        """The same on Tensors, so that what the vjps compute is recorded."""
        return self.callers(tensor_of)

    @functools.cached_property
    def on_rows(self) -> Iterable[Any]:
        """The same on the gradients of several backward passes at once."""
        return self.callers(array_of, in_rows=True)

    def callers(self, value: Callable[[Any], Any], in_rows: bool = False) -> Iterable[Any]:
        if self.variadic:
            return AnyNumber(next(iter(self.vjps.values())), value, in_rows)
        callers = {name: vjp.caller(value, in_rows=in_rows) for name, vjp in self.vjps.items()}
        return tuple(map(callers.get, self.arguments))

    def __repr__(self) -> str:
        return f"<rule of {self.name}({', '.join(self.arguments)})>"

    def bind(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """The call in its one normal form: `arguments` by position, every other parameter by keyword."""
        if self.variadic:
            return args, keywords
        keywords = {**dict(zip(self.parameters[self.arity :], args[self.arity :])), **keywords}
        args = args[: self.arity]
        for name in self.arguments[len(args) :]:
            if name not in keywords and self.defaults[name] is inspect.Parameter.empty:
                raise messages.missing_argument(self, name)
            args += (keywords.pop(name, self.defaults[name]),)
        for name, given in list(keywords.items()):
            if name == "order" and given in ("A", "a"):  # as the array lies in memory, where its gradient may lie otherwise
                flags = getattr(getattr(args[0], "_array", args[0]), "flags", None)
                keywords[name] = "F" if flags is not None and flags.fnc else "C"
            elif isinstance(given, Handle):
                if wants_gradient(given.node):
                    raise messages.no_vjp(self, name, keywords)
                keywords[name] = given._array
            elif name not in self.understood and given is not self.defaults.get(name) and given is not np._NoValue:
                raise messages.unknown_keyword(self.function, name, given)
            elif name == "where" and given is None:
                keywords[name] = False  # what NumPy takes it for
            elif given.__class__ not in FIT:
                keywords[name] = option(given)
        return args, keywords

    def meet(self, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Record a call with an argument that is not a plain array or number: operands.py converts it, or raises an error."""
        if self.function in SPARSE and any(map(is_sparse, args)):
            return SPARSE[self.function](*args)
        every = self.variadic or self.broadcasts
        names = self.arguments * len(args) if self.variadic else self.arguments
        try:
            args = tuple(
                arg if isinstance(arg, Handle) else operand(arg) if every or name in self.vjps else option(arg)
                for name, arg in zip(names, args)
            )
        except TypeError as error:
            raise messages.failed_call(error, self, args, keywords) from None
        return record(self, args, keywords, fit=True)

    def result(self, out: Any, args: tuple[Any, ...]) -> Any:
        """A result that is not an array of real numbers: a Python number becomes a NumPy one, anything else is an error."""
        if isinstance(out, (int, float)):
            return np.float64(out)
        raise misfit(args) or messages.not_a_result(self.function, out)

    def plan(self, wanting: int) -> tuple[bool, tuple[int, ...]]:
        """Which values of a call to keep: its result? which arguments? It depends on which of them want gradients (bits)."""
        if self.variadic:
            asks = next(iter(self.vjps.values())).asks
            everything = range(wanting.bit_length()) if asks & set(self.arguments) else ()
            return "out" in asks or not self.repeatable, tuple(i for i in everything if wanting >> i & 1)
        wanted = [name for i, name in enumerate(self.arguments) if wanting >> i & 1]
        for name in wanted:
            if name not in self.vjps:
                raise messages.no_vjp(self, name)
        asked = frozenset().union(*(self.vjps[name].asks for name in wanted)) - {"g", "shape"}
        keep = tuple(i for i, name in enumerate(self.arguments) if name in asked and name in wanted)
        return "out" in asked or not self.repeatable, keep


class Unread(Rule):
    """A line of our own tables that no program has needed yet. It becomes a `Rule` when it is first used.

    Reading all lines takes a third of the time of the import, and a program needs only a few of them. Our own lines are
    correct, because the tests read all of them. A line of a user is read at once, so that an error appears where the line is.
    """

    def __init__(self, *given: Any) -> None:
        self.given = given

    def __getattr__(self, name: str) -> Any:
        vars(self).update(vars(Rule(*vars(self)["given"])))  # first all of it, as another thread may ask meanwhile
        self.__class__ = Rule  # type: ignore[assignment]
        return getattr(self, name)


class Plans(dict[int, tuple[bool, tuple[int, ...]]]):
    """The plans of a rule, each made when it is first needed."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule

    def __missing__(self, wanting: int) -> tuple[bool, tuple[int, ...]]:
        plan = self.rule.plan(wanting)
        if not self.rule.variadic:  # there would be too many
            self[wanting] = plan
        return plan


class AnyNumber:
    """The vjps of a function of any number of arrays, made when they are needed: one rule, which gets the position."""

    def __init__(self, vjp: Vjp, value: Callable[[Any], Any], in_rows: bool) -> None:
        self.vjp, self.value, self.in_rows = vjp, value, in_rows
        self.made: list[Callable[..., Any]] = []

    def __iter__(self) -> Iterator[Callable[..., Any]]:
        for position in itertools.count():
            if position == len(self.made):
                self.made.append(self.vjp.caller(self.value, position, self.in_rows))
            yield self.made[position]


def parameters_of(function: Callable[..., Any], signature: str | None) -> list[inspect.Parameter]:
    """The parameters of a function; C functions that cannot tell get them from `signature`, ufuncs are (x) or (x, y)."""
    if isinstance(function, np.ufunc):
        signature = (signature or ", ".join("xyzw"[: function.nin])).removesuffix(", /") + ", /"
    return parameters_from(signature) if signature else list(inspect.signature(function).parameters.values())


@functools.cache
def parameters_from(signature: str) -> list[inspect.Parameter]:
    """The parameters in a text like "x, axis=None"."""
    return list(inspect.signature(eval(f"lambda {signature}: 0")).parameters.values())


def is_ours(vjp: Callable[..., Any]) -> bool:
    """Whether a vjp is from our own tables."""
    return (getattr(vjp, "__module__", None) or "").startswith(TABLES)


def names_of(function: Callable[..., Any]) -> list[str]:
    """The parameter names of a vjp. A plain function tells them faster than `inspect` does."""
    code = getattr(function, "__code__", None)
    return list(code.co_varnames[: code.co_argcount]) if code else list(inspect.signature(function).parameters)


def derivative(
    function: Callable[..., Any],
    /,
    *,
    signature: str | None = None,
    run: Callable[..., Any] | None = None,
    ignore: Sequence[str] = (),
    broadcasts: bool = False,
    summed: Callable[..., Any] | None = None,
    **vjps: Callable[..., Any],
) -> None:
    """Add a derivative rule for `function`: one vector-Jacobian product for each argument, by name.

    A vjp takes the gradient `g` of the result and returns the gradient of its argument, in the argument's shape
    (functions that broadcast are summed back by the engine). Its parameters say what else it needs: an argument or a
    keyword by name, `out` for the result, `shape` for the argument's shape. What no rule asks for is not kept in memory.

    signature:  the parameters, as in ``"x, y, axis=None"``, for a C function whose parameters Python cannot find
    run:        what computes the function on plain arrays, if not the function itself
    ignore:     keywords that do not change the derivative; any other keyword that no vjp asks for raises an error
    broadcasts: True for a function that stretches its arguments to one shape, like every ufunc
    summed:     computes the sum over all elements of what the vjps return, where that is cheaper than summing them

    Raises TypeError if a rule is for, or asks for, something the function does not have.

    >>> import numpy as np, tinygrad_lite as tg
    >>> @tg.primitive
    ... def cube(x):
    ...     return x * x * x
    >>> tg.derivative(cube, x=lambda g, x: g * 3 * x**2)
    >>> x = tg.Tensor(2.0)
    >>> cube(x).backward()
    >>> float(x.grad)
    12.0
    """
    RULES[function] = (Unread if all(map(is_ours, vjps.values())) else Rule)(
        function, vjps, signature, run, ignore, broadcasts, summed
    )


def primitive(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of arrays accept Tensors: it is recorded as one node, with the rule given by `derivative`.

    Inside, `function` gets plain arrays. It may do anything with them, and may call libraries that do not know Tensors.
    It is called once: its result is kept as long as the graph exists, because a second call might give another result.
    Raises TypeError when called with a Tensor before it has a rule.
    """

    @functools.wraps(function)
    def on_tensors(*args: Any, **keywords: Any) -> Any:
        for arg in (*args, *keywords.values()) if keywords else args:
            if isinstance(arg, Handle):
                break
        else:
            return watcher().computed(on_tensors, args, keywords, on_arrays(*args, **keywords))
        if on_tensors not in RULES:
            raise messages.no_primitive_rule(function.__name__)
        return record(RULES[on_tensors], args, keywords)

    def on_arrays(*args: Any, **keywords: Any) -> Any:
        return function(*map(plain, args), **{key: plain(value) for key, value in keywords.items()})

    ON_ARRAYS[on_tensors] = on_arrays
    return on_tensors
