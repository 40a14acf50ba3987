"""Messages about a call that NumPy refuses, that has no derivative rule, or whose rule does not fit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..frames import line_of, name_of_variable, users_frame
from .phrases import Message, as_user_says, describe, listed, name_of

# fmt: off

# --- NumPy refuses it -------------------------------------------------------------------------------------------------


def refused_call(error: Exception, function: Any, args: Any, keywords: Mapping[str, Any], names: Any) -> Exception:
    """NumPy's own words, and what the function was called with, by the names that the user gave."""
    names = [*names, *map(str, range(len(names), len(args)))]
    parts = [f"{name}: {as_user_says(arg)}" for name, arg in zip(names, args)]
    parts += [f"{name}={describe(value)}" for name, value in keywords.items()]
    text = f"{error}\n  This was {name_of(function)} with {'; '.join(parts)}."
    if any(keywords.get(name) is True for name in ("dtype", "out")):  # w.sum(0, True), as in PyTorch
        text += " If it is keepdims, give it by name: write `keepdims=True`."
    try:
        return type(error)(text)
    except TypeError:  # some of NumPy's own kinds are not made from a text
        kind: Any = next(kind for kind in type(error).__mro__ if kind.__module__ == "builtins")
        return kind(text)


def failed_call(error: Exception, rule: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Exception:
    """The same for a call with a rule, which knows what the arguments are called."""
    names = rule.arguments if len(rule.arguments) == len(args) else ()
    return refused_call(error, rule.function, args, keywords, names)


# --- no derivative rule -----------------------------------------------------------------------------------------------

IN_PARTS = ", as its real and its imaginary part, because a Tensor holds real numbers only:"
SAME = {  # of functions without a rule, and of SciPy's functions that take no Tensors: the same, written with others
    "multigammaln": "np.sum(scipy.special.gammaln(np.expand_dims(t, -1) - np.arange(d) / 2), axis=-1) "
    "+ d * (d - 1) / 4 * np.log(np.pi)",
    "bdtr": "scipy.special.betaincc(k + 1, n - k, t)",
    "bdtrc": "scipy.special.betainc(k + 1, n - k, t)",
    "bdtri": "scipy.special.betainccinv(k + 1, n - k, t)",
    "agm": "np.pi / 4 * (s + t) / scipy.special.ellipk(((s - t) / (s + t)) ** 2)",
    **{f"spherical_{k}n": f"np.sqrt(np.pi / (2 * t)) * scipy.special.{k}v(n + 0.5, t)" for k in "jyik"},
}
FORMULAS = {
    "wofz": f"{IN_PARTS} `np.exp(-t * t)` and `2 / np.sqrt(np.pi) * scipy.special.dawsn(t)`",
    "hankel1": f"{IN_PARTS} `scipy.special.jv(n, t)` and `scipy.special.yv(n, t)`",
    "hankel2": f"{IN_PARTS} `scipy.special.jv(n, t)` and `-scipy.special.yv(n, t)`",
    **{name: f": `{code}`" for name, code in SAME.items()},
}


def no_rule(function: Any) -> TypeError:
    name = name_of(function)
    start = f"{name} has no derivative rule, so it cannot be applied to a Tensor that wants a gradient"
    if formula := FORMULAS.get(name):
        return TypeError(
            f"{start}. The same, with functions that have rules{formula}. If no gradient should flow through it, write "
            "`t.detach()`."
        )
    return TypeError(
        f"{start}: the gradient would be lost. If no gradient should flow through it, give it a constant with the same "
        "numbers: write `t.detach()`. If one should, write it with functions that have a rule, or add a rule with "
        "tg.derivative(...), see the page 'Add your own rule' of the docs. With the plain array, t.data, the gradient would "
        "be lost without an error."
    )


def refused(function: Any, reason: str) -> TypeError:
    """A function that no gradient can flow through, for a reason of its own; see rules/refused.py."""
    return TypeError(f"{name_of(function)} has no derivative rule: {reason}")


INSTEAD = {  # arguments of reductions for which there is another way
    "initial": " If one should, combine the two results: write `np.sum(x) + t`, or `np.prod(x) * t`, or "
    "`np.maximum(np.max(x), t)`.",
}


def spread_around(name: str, keywords: Mapping[str, Any]) -> str:
    """The formula of np.var, np.std and their relatives around a mean that is given, over the same axes."""
    given = [(key, keywords.get(key)) for key in ("axis", "keepdims")]
    options = "".join(f", {key}={value!r}" for key, value in given if isinstance(value, (int, tuple)) and value is not False)
    where = keywords.get("where")
    options += "" if where is None or where is True or where is np._NoValue else ", where=where"
    nan = "nan" if "nan" in name else ""
    formula = f"np.{nan}mean((x - t) ** 2{options})"
    if ddof := keywords.get("ddof") or keywords.get("correction"):
        formula = f"np.{nan}sum((x - t) ** 2{options}) / (np.sum(np.ones(x.shape){options}) - {ddof})"
    return f"np.sqrt({formula})" if name.endswith("std") else formula


def no_vjp(rule: Any, argument: str, keywords: Mapping[str, Any] | None = None) -> TypeError:
    name, instead = name_of(rule.function), INSTEAD.get(argument, "")
    if argument == "mean":
        formula = spread_around(name, keywords or {})
        instead = f" If one should, write `{formula}`; where t is the mean of x itself, leave `mean` out."
    if scipys := names_of_scipy(rule):
        argument, others = scipys[argument], " and ".join(repr(scipys[a]) for a in rule.vjps)
        instead = f" The rule is only for {others}: SciPy has no function for the derivative in such a parameter."
    return TypeError(
        f"{name} has no derivative with respect to its argument {argument!r}, and that argument is a "
        f"Tensor that wants a gradient. If no gradient should flow through it, write `t.detach()`.{instead}"
    )


def names_of_scipy(rule: Any) -> dict[str, str]:
    """What SciPy's documentation calls the arguments of a ufunc, which our rules call x, y, z and w."""
    ufunc = rule.function
    if not isinstance(ufunc, np.ufunc) or vars(np).get(ufunc.__name__) is ufunc:
        return {}
    found = re.search(rf"^ *{ufunc.__name__}\((?!x1)(.*?)(?:, out.*)?\)$", ufunc.__doc__ or "", re.MULTILINE)
    names = [name.strip() for name in found[1].split(",")] if found else []
    return dict(zip(rule.arguments, names if len(names) == len(rule.arguments) else rule.arguments))


# --- what a rule does not take ----------------------------------------------------------------------------------------


def unknown_keyword(function: Any, keyword: str, given: Any) -> TypeError:
    from .hints import KEYWORDS  # when it is needed, which keeps `import tinygrad_lite` short

    name = name_of(function)
    if same := KEYWORDS.get(keyword):
        return TypeError(f"{name}(..., {keyword}={given!r}) on a Tensor: in NumPy, write `{same.format(given)}`.")
    remedy = "Leave it out. Or, if no gradient should flow through it, write `t.detach()` instead of t."
    if getattr(function, "__module__", None) and not name.startswith("np."):  # a primitive
        remedy = (
            f"If it changes the derivative, let the rule ask for it by name: tg.derivative({name}, x=lambda g, {keyword}: "
            f"...). If it does not, say so: tg.derivative({name}, ..., ignore=[{keyword!r}])."
        )
    return TypeError(
        f"{name}(..., {keyword}={given!r}) on a Tensor: the derivative rule of {name} does not know the keyword "
        f"{keyword!r}, and ignoring it could make the gradient wrong. {remedy}"
    )


def in_variables(function: Any) -> str:
    """A call of a function that can be pasted, ``np.add(t, u)``."""
    return f"{name_of(function)}({', '.join('tu'[: getattr(function, 'nin', 1)])})"


where_of_ufunc = Message(TypeError, lambda ufunc: f"""
    {name_of(ufunc)}(..., where=mask) on a Tensor: where the mask is false, NumPy computes nothing, and the result has
    whatever was in memory. (NumPy can also take these elements from an array `out`, but a Tensor cannot be one.) Say what
    should be there: write `np.where(mask, {in_variables(ufunc)}, 0)`.
""")


def writes_in_place(function: Any) -> TypeError:
    """A result was to be written into an array: by ``out=``, or by ``total += t``, for which NumPy does the same."""
    if found := re.search(r"([\w.]+(?:\[[^]]*\])*) *(\*\*|//|[-+*/@%])= *([^;#]+)", line_of(users_frame()).code):
        target, symbol, value = map(str.strip, found.groups())
        other = value if symbol == "+" or value.isidentifier() else f"({value})"
        return TypeError(
            f"`{target} {symbol}= {value}` would write a Tensor into {target}, which holds plain numbers and cannot "
            f"remember where they come from. Make a new value: write `{target} = {target} {symbol} {other}`."
        )
    return TypeError(
        f"{name_of(function)}(..., out=...) writes its result into an array, and the graph may still need what was in it. "
        f"Remove `out`, and give the result a name: write `result = {in_variables(function)}`."
    )


into_a_plain_array = Message(TypeError, lambda function, target, values: f"""
    {name_of(function)} would write a Tensor ({describe(values)}) into a plain array of {describe(target)}, which cannot
    remember where its numbers come from: the gradient would be lost. Make the array a constant Tensor first: write
    `array = tg.Tensor(array, requires_grad=False)`; then {name_of(function)}(array, ...) is recorded.
""")
missing_argument = Message(TypeError, lambda rule, argument:
    f"{name_of(rule.function)}() is missing its argument {argument!r}.")
not_a_real_dtype = Message(TypeError, lambda dtype: f"""
    dtype={np.dtype(dtype).name!r} on a Tensor: a Tensor holds real numbers, in floating point. Leave dtype out, or write
    `dtype=np.float64`.
""")

# --- teaching a rule --------------------------------------------------------------------------------------------------

no_primitive_rule = Message(TypeError, lambda name: f"""
    {name} is a primitive without a derivative rule, so it cannot be applied to a Tensor that wants a gradient. Give it one:
    write `tg.derivative({name}, x=lambda g, x: ...)`, see the page 'Add your own rule' of the docs.
""")
rule_for_unknown = Message(TypeError, lambda function, unknown, parameters: f"""
    derivative({function}, ...) has a rule for {listed(unknown)}, but the parameters of {function} are {listed(parameters)}.
    Name the argument as the function does.
""")
rule_asks_unknown = Message(TypeError, lambda function, argument, unknown, known: f"""
    derivative({function}, {argument}=...): the rule asks for {listed(unknown)}, which {function} does not have. A rule may
    ask for {listed(known)}.
""")


def wrong_shape(node: Any, parent: Any, got: Any) -> ValueError:
    position = next(i for i, arg in enumerate(node.args) if arg is parent)
    argument = node.rule.arguments[min(position, len(node.rule.arguments) - 1)]
    handle = parent.tensor()
    variable = name_of_variable(handle) if handle is not None else None
    own = f"that argument, `{variable}`," if variable else "the argument"
    return ValueError(
        f"The derivative rule of {name_of(node.rule.function)} for its argument {argument!r} gave {describe(got)}, but "
        f"{own} has shape {parent.shape}. A gradient has the same shape as its argument. In the rule, sum over axes along "
        "which the function repeats numbers, and repeat along axes over which it sums."
    )
