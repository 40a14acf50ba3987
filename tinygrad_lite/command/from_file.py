"""A function in the user's file, and what it is called with: from the words of a command to a call that is ready to be made.

Flows in: ``fit.py:loss`` and texts such as ``a=2.0``. Flows out: the function, with a value for each of its parameters. Where
a word is missing or wrong, a `Stop` says so, with the command that would be understood.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import inspect
import io
import os
import re
import shlex
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..containers import flatten
from ..frames import is_installed, is_users_file
from ..graphs.tracing import trace
from ..tensor import Tensor

PROGRAM = ["python", "-m", "tinygrad_lite"]


class Stop(Exception):
    """The command ends here, with this text and this exit code."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code


class Call(NamedTuple):
    """A function, under the name that it has in the file, and what it is called with, in the order of its parameters."""

    name: str
    function: Callable[..., Any]
    bound: inspect.BoundArguments
    module: types.ModuleType

    @property
    def args(self) -> tuple[Any, ...]:
        return self.bound.args

    @property
    def keywords(self) -> dict[str, Any]:
        return self.bound.kwargs


# --- the user's file ------------------------------------------------------------------------------------------------------


def load(path: Path) -> types.ModuleType:
    """Run a file as a module: its folder is on the path, its `__name__` is not "__main__"."""
    path = shipped(path)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise Stop(f"Cannot read {path}: {error.strerror}.") from None
    path = path.resolve()
    module = types.ModuleType(path.stem)
    module.__file__ = str(path)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.parent))
    with users_program():
        exec(compile(text, str(path), "exec", dont_inherit=True), vars(module))
    return module


def examples_folder() -> Path:
    """Where our examples are: beside the package, or in it where it was installed."""
    here = Path(__file__).parent.parent
    return next(path for path in (here / "examples", here.parent / "examples") if path.is_dir())


def shipped(path: Path) -> Path:
    """The file; or that of our examples which goes by this path, where the reader has no such folder."""
    ours = len(path.parts) == 2 and path.parts[0] == "examples" and not path.exists()
    return examples_folder() / path.name if ours and (examples_folder() / path.name).exists() else path


@contextlib.contextmanager
def users_program() -> Iterator[None]:
    """What goes wrong in here is shown with the lines of the user's program, and without ours."""
    try:
        yield
    except SystemExit as end:
        raise Stop(
            f"The file ended the program, with sys.exit({end.code!r}), before there was anything to show. What it should do "
            'only when it is run by itself goes under `if __name__ == "__main__":`.',
            1,
        ) from None
    except Stop:
        raise
    except Exception as error:
        found = traceback.TracebackException.from_exception(error)
        inside = keep_users_lines(found)
        raise Stop("".join(found.format() if inside else found.format_exception_only()).rstrip(), 1) from None


def keep_users_lines(found: traceback.TracebackException) -> bool:
    """Drop all lines that are not the user's; and errors that led to this one, if they happened elsewhere."""
    lines = [line for line in found.stack if is_users_file(line.filename)]
    own = [line for line in lines if not is_installed(line.filename)]
    found.stack = traceback.StackSummary.from_list(own or lines)
    for name in ("__cause__", "__context__"):
        before = getattr(found, name)
        if before is not None and not keep_users_lines(before):
            setattr(found, name, None)
    return bool(found.stack)


def call_in(target: str, args: Sequence[Given], typed: Sequence[str], wrt: str | None = None) -> Call:
    """The call that a command asks for: of the function at ``FILE.py:FUNCTION``, with these arguments.

    What `wrt` names is a variable, wherever its value comes from.
    """
    file, _, name = (target, "", "") if target.endswith(".py") else target.rpartition(":")
    if not file:
        raise Stop(f"{target!r} is not FILE.py:FUNCTION, such as fit.py:loss. Say which file the function is in.")
    again = Again(typed, file, target)
    module = load(Path(file))
    name, function = function_in(module, name, again)
    return Call(name, function, arguments(name, function, args, module, again, wrt), module)


def function_in(module: types.ModuleType, name: str, again: Again) -> tuple[str, Callable[..., Any]]:
    """The function that is asked for; if none is named, the only one."""
    public = {
        key: value
        for key, value in vars(module).items()
        if inspect.isroutine(value) and value.__module__ == module.__name__ and value.__name__ == key and key[0] != "_"
    }
    file = os.path.basename(str(module.__file__))
    if not name and len(public) == 1:
        return next(iter(public.items()))
    function = vars(module).get(name)
    if callable(function):
        return name, function
    if name in vars(module):
        start = f"{name} in {file} is not a function, but of type {type(function).__name__}."
    else:
        start = f"There is no {name} in {file}." if name else f"It is not said which function of {file} to show."
    if not public:
        raise Stop(f"{start} It has no functions of its own. Write what is to be shown as one: def loss(a, b): ...")
    listed = "".join(f"\n  {key}{signature(value)}" for key, value in public.items())
    [likely] = difflib.get_close_matches(name, public, 1) or [*public][-1:]
    raise Stop(f"{start} It has these functions:\n{listed}\n\nChoose one:\n  {again.command(likely)}")


def signature(function: Callable[..., Any]) -> inspect.Signature:
    """The parameters of a function, without their types, which are not needed here."""
    try:
        found = inspect.signature(function)
    except (TypeError, ValueError):
        raise Stop("Python cannot tell the parameters of this function. Write one of your own that calls it.") from None
    plain = [parameter.replace(annotation=parameter.empty) for parameter in found.parameters.values()]
    return found.replace(parameters=plain, return_annotation=found.empty)


# --- what it is called with -----------------------------------------------------------------------------------------------


class Given(NamedTuple):
    """One --arg, as it was typed. Without a value it says that the parameter is a variable, with the value that it has."""

    name: str
    value: str
    word: str


def given(text: str) -> Given:
    """Take ``a=2.0`` apart."""
    name, sign, value = text.partition("=")
    if not name.strip().isidentifier() or (sign and not value.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} does not read name=value, as a=2.0 does")
    return Given(name.strip(), value.strip(), text)


class Again(NamedTuple):
    """The command as it was typed, to be shown with something in it mended."""

    typed: Sequence[str]
    file: str
    target: str

    def command(self, function: str, instead: Mapping[str, str] | None = None, more: Sequence[str] = ()) -> str:
        """The command for this function; with other values in the place of some, and with more of them."""
        change = {self.target: f"{self.file}:{function}", **(instead or {})}
        change |= {f"--arg={word}": f"--arg={new}" for word, new in change.items()}
        words = [*PROGRAM, *(change.get(word, word) for word in self.typed)]
        for text in more:
            words += ["--arg", text]
        return " ".join(map(quoted, words))


def quoted(word: str) -> str:
    """A word as it is typed into a shell: in double quotes, if it needs any, which all shells know."""
    if re.fullmatch(r"[\w@%+=:,./-]+", word):
        return word
    return shlex.quote(word) if set(word) & set('"$`\\!') else f'"{word}"'


SPOKEN = {  # what values are printed with: so what was printed can be typed
    "np": np, "array": np.array, "nan": np.nan, "inf": np.inf, "Tensor": Tensor, "float32": np.float32,
    "float64": np.float64, "int64": np.int64, "int32": np.int32,
}  # fmt: skip


def value_of(arg: Given, names: dict[str, Any], file: str) -> Any:
    """What is written behind the sign of equality."""
    try:
        return with_arrays(eval(arg.value, {**SPOKEN, **names}))
    except Exception as error:
        words = "".join(traceback.format_exception_only(type(error), error)[-1:]).strip()
        raise Stop(
            f"--arg {arg.word} cannot be evaluated: {words}.\n"
            f"To the right is Python, in which np and the names of {file} are known. Numbers: {arg.name}=2.0. "
            f"Arrays: '{arg.name}=[1.0, 2.0]'. Text, in quotes of its own: \"{arg.name}='text'\"."
        ) from None


def with_arrays(value: Any) -> Any:
    """Lists of numbers as arrays: that is how one types an array."""
    if type(value) is dict:
        return {key: with_arrays(item) for key, item in value.items()}
    if type(value) is tuple:
        return tuple(map(with_arrays, value))
    if type(value) is not list:
        return value
    items = list(map(with_arrays, value))
    numbers = all(type(item) in (bool, int, float, list) for item in value) and list not in map(type, items)
    return np.array(items) if numbers and len(set(map(np.shape, items))) == 1 else items


def variables(nest: Any) -> Any:
    """Floats and arrays of floats as Tensors, wherever they are."""
    values, rebuild = flatten(nest)
    return rebuild([Tensor(value) if kind(value) == "f" and not is_variable(value) else value for value in values])


def kind(value: Any) -> str:
    """Whether this is a float or an array of them, "f"; of whole numbers, "i" or "u"; or something else."""
    value = value.data if isinstance(value, Tensor) else value
    return str(np.asarray(value).dtype.kind) if isinstance(value, (int, float, np.ndarray, np.generic)) else ""


def is_variable(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


def arguments(
    name: str,
    function: Callable[..., Any],
    args: Sequence[Given],
    module: types.ModuleType,
    again: Again,
    wrt: str | None = None,
) -> inspect.BoundArguments:
    """A value for each parameter of the function."""
    names, file = vars(module), os.path.basename(str(module.__file__))
    parameters = signature(function)
    typed = {arg.name: arg for arg in args}
    if unknown := [key for key in typed if key not in parameters.parameters]:
        listed = ", ".join(parameters.parameters) or "none"
        raise Stop(f"{name} has no parameter {unknown[0]!r}. Its parameters: {listed}.")
    values, missing = dict[str, Any](), list[str]()
    for key, parameter in parameters.parameters.items():
        if key in typed and typed[key].value:
            values[key] = value_of(typed[key], names, file)
        elif key in names:
            values[key] = names[key]
        elif parameter.default is not parameter.empty:
            values[key] = parameter.default
        elif parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            missing.append(key)
    if missing:
        instead = {typed[key].word: f"{key}=1.0" for key in missing if key in typed}
        command = again.command(name, instead, more=[f"{key}=1.0" for key in missing if key not in typed])
        raise Stop(
            f"{name}{parameters} needs a value for {' and '.join(filter(None, [', '.join(missing[:-1]), missing[-1]]))}. "
            f"Give it here, or to a variable of that name in {file}:\n  {command}"
        )
    data, wanted = dict(values), parameter_of(wrt, values)
    chosen = [*typed, *([wanted] if wanted and (typed or any(map(is_variable, flatten(values)[0]))) else [])]
    for key in chosen:
        values[key] = variables(values[key])
    if chosen and not any(map(is_variable, flatten(values)[0])):
        raise Stop(no_variable(Attempt(name, function, parameters, data, typed, wanted), again))
    return inspect.BoundArguments(parameters, values)


def parameter_of(wrt: str | None, values: Mapping[str, Any]) -> str | None:
    """The parameter that --wrt speaks of: by its name, or as ``w[0, 3]`` or ``params["w"]``."""
    name = re.split(r"\W", wrt or "", maxsplit=1)[0]
    return name if name in values else None


class Attempt(NamedTuple):
    """A call that has nothing to take a gradient with respect to, and from which remedies are tried."""

    name: str
    function: Callable[..., Any]
    parameters: inspect.Signature
    values: Mapping[str, Any]
    typed: Mapping[str, Given]
    wanted: str | None

    @property
    def bound(self) -> inspect.BoundArguments:
        return inspect.BoundArguments(self.parameters, {**self.values})

    def works(self, instead: Mapping[str, Any]) -> bool:
        """Whether the function has a gradient if it is called with these values in the place of some, as variables."""
        values = {**self.values, **{key: variables(value) for key, value in instead.items()}}
        bound = inspect.BoundArguments(self.parameters, values)
        nowhere = io.StringIO()
        with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere), np.errstate(all="ignore"):
            try:
                return trace(self.function)(*bound.args, **bound.kwargs).output.wants_gradient
            except Exception:  # whatever it is, it is no remedy
                return False


def no_variable(attempt: Attempt, again: Again) -> str:
    """There is nothing to take the gradient with respect to: say so, and what to type. What is proposed was tried before."""
    name, values, typed, wanted = attempt.name, attempt.values, attempt.typed, attempt.wanted
    whole = dict[str, str]()
    for key in dict.fromkeys([*filter(None, [wanted]), *typed]):
        if kind(values[key]) in ("i", "u"):
            numbers = np.asarray(plain_value(values[key]), float)
            shown = numbers.size <= 12
            text = repr(numbers.tolist()) if shown else f"1.0 * ({typed[key].value or key})" if key in typed else ""
            if text and attempt.works({key: numbers[()]}):
                whole[key] = text
    rest = [key for key, value in values.items() if key not in typed and any(kind(v) == "f" for v in flatten(value)[0])]
    lines = [f"There is nothing that a gradient of {name} could be taken with respect to."]
    if whole:
        first = next(iter(whole))
        text = typed[first].word if first in typed else f"{first}={plain_value(values[first])!r}"
        instead = {typed[key].word: f"{key}={value}" for key, value in whole.items() if key in typed}
        command = again.command(name, instead, [f"{key}={value}" for key, value in whole.items() if key not in typed])
        lines += [f"Whole numbers stay whole, like {text}; with a point it is a variable:", f"  {command}"]
    for key in rest:
        if attempt.works({key: values[key]}):
            command = again.command(name, more=[key])
            lines += [f"What is not given here is data; to take the gradient in {key}, name it all the same:", f"  {command}"]
            break
    if len(lines) == 1:
        with users_program():  # which may fail with whatever values: then that is what is wrong
            attempt.function(*attempt.bound.args, **attempt.bound.kwargs)
        lines += ["None of its arguments is a float, such as 2.0, or an array of floats, that its result depends on."]
    return "\n".join(lines)


def plain_value(value: Any) -> Any:
    return value.data if isinstance(value, Tensor) else value
