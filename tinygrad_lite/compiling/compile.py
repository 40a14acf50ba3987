"""`compile`: the gradient of a function as the program that an expert would write for speed.

Flows in: a function. Flows out: a `Compiled`, which is called like the function and returns its value and gradient. The first
call with arguments of certain shapes and dtypes calls the function, makes a program of what it computed, and keeps it.
Later calls run that program. What the program relies on is tested in every call; where something is different, the
function is compiled for that as well, and where the program would not be right, the engine computes the gradient as
always.
"""

from __future__ import annotations

import collections
import functools
import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from .. import messages
from ..containers import flatten
from ..differentiation import Derived, positions
from ..frames import Part
from ..recording import mode
from ..tensor import Tensor
from ..transforms import hessian, hvp, value_and_grad
from ..views.source.layout import Source
from .guards import Foreign, conditions_of, in_floats, is_object_itself, signature, unwrapped, wanted_keys
from .measuring import agrees, explained, tuned
from .passes import PASSES
from .programs import (
    OTHER_SHAPE,
    Program,
    assembled,
    called,
    data_of,
    is_changed,
    names_of_extras,
    place_of_vector,
    trusting,
    what_changed,
)
from .steady import Unsteady
from .storage import NOT_FINITE
from .tracing import Constant, plan
from .writing import Text

VARIANTS = 16  # programs for arguments of one signature, which differ in what the function decided by looking at a value


class CacheInfo(NamedTuple):
    """How often a kept program was used (`hits`), how often one was compiled (`misses`), and how many are kept."""

    hits: int
    misses: int
    maxsize: int
    currsize: int


class Compiled(Derived):
    """What `compile` makes of a function."""

    def __init__(self, f: Callable[..., Any], options: dict[str, Any]) -> None:
        super().__init__(run, "compile", f, **{key: options[key] for key in ("argnums", "has_aux", "order", "value_only")})
        self.__name__ = f"compile({messages.called(f)})"
        self.settings = options
        if options["order"] == 1 and not options["value_only"] and options["parameters"] is None:
            self.differentiable = f  # what a transform of this is a transform of
        self.clear()

    def clear(self) -> None:
        """Forget all programs."""
        self.programs: collections.OrderedDict[Any, list[Program]] = collections.OrderedDict()
        self.hits = self.misses = 0
        self.refused: set[Any] = set()  # the signatures of arguments for which there can be no program
        self.constant: set[Any] = set()  # and those for which there is nothing to compute
        self.lock, self.warned = threading.RLock(), False
        self.fast: Callable[..., Any] = no_program

    def cache_clear(self) -> None:
        """Forget all programs, as `functools.lru_cache` does."""
        self.clear()

    def cache_info(self) -> CacheInfo:
        """How often a kept program was used, how often one was compiled, and how many there are."""
        kept = sum(map(len, self.programs.values()))
        return CacheInfo(self.hits, self.misses, self.settings["maxsize"], kept)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if mode().watcher is not None:  # debug(), or a trace
            return self.engine(args, keywords)
        try:
            result = self.fast(*args, **keywords)
        except Exception:  # other arguments, or an error, which comes again
            return self.slow(args, keywords)
        self.hits += 1
        return result

    def __getstate__(self) -> dict[str, Any]:
        """Programs are not pickled: they are compiled again where they are needed."""
        left_out = ("programs", "lock", "fast", "refused", "constant")
        return {key: value for key, value in vars(self).items() if key not in left_out}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.clear()

    # --- a call ---------------------------------------------------------------------------------------------------------

    def slow(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """A call of any arguments: find the program for them, or make it."""
        wanted = self.wanted(args)
        if 0 in wanted and is_object_itself(self.f, args[0]):
            raise messages.differentiates_self(self.f, args[0])
        args = tuple(in_floats(arg) if i in wanted else arg for i, arg in enumerate(args))
        try:
            key = self.key(args, keywords)
        except Foreign:
            return self.engine(args, keywords)
        args, keywords = unwrapped(args), unwrapped(keywords)
        programs = self.programs.get(key, [])
        tried = len(programs)
        for program in programs[:tried]:
            try:
                result = called(program, args, keywords)
            except Exception as error:
                if is_changed(program, error) and error.args[0] != NOT_FINITE:
                    continue
                return self.engine(args, keywords)  # which raises an error if there is a reason for one
            if result is not OTHER_SHAPE:
                self.hits += 1
                return result
        return self.compiled(key, args, keywords, tried)

    def wanted(self, args: Any) -> Collection[int]:
        """The positions of the arguments that gradients are wanted of."""
        options = self.settings
        if options["parameters"] is not None or options["value_only"]:
            return ()
        return wanted_keys(options["argnums"], len(args) - (place_of_vector(self.f, args, options) is not None))

    def key(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What tells the arguments of one program from those of another."""
        wanted = {*self.wanted(args), place_of_vector(self.f, args, self.settings)}
        given = tuple(signature(arg, i in wanted) for i, arg in enumerate(args))
        return given, tuple((name, signature(value, False)) for name, value in keywords.items())

    def compiled(self, key: Any, args: tuple[Any, ...], keywords: dict[str, Any], tried: int) -> Any:
        """The first call of its kind: make a program, and keep it."""
        with self.lock:
            if len(self.programs.get(key, ())) > tried:  # another thread has made one in the meantime
                return self.slow(args, keywords)
            if key in self.constant or (key in self.refused and self.settings["fallback"]):
                return self.engine(args, keywords)
            if len(self.programs.get(key, ())) >= VARIANTS:
                outside = what_changed(self.programs[key][-1])
                error = messages.changes_outside(self.f, outside[0][0], VARIANTS) if outside else None
                return self.failed(error or messages.too_many_variants(self.f, VARIANTS), args, keywords)
            self.refused.add(key)
            try:
                program = self.made(args, keywords)
            except Constant:
                self.constant.add(key)
                return self.engine(args, keywords)
            except Unsteady as error:
                return self.failed(error.message(self.f), args, keywords)
            except messages.NotCompiled as error:
                return self.failed(error, args, keywords)
            except Exception as error:
                return self.failed(messages.not_compiled(self.f, error), args, keywords, error)
            self.misses += 1
            try:
                right = agrees(self.f, program, args, keywords, self.settings)
                result = called(program, args, keywords) if right else None
            except messages.NotCompiled as error:
                return self.failed(error, args, keywords)
            except Exception as error:
                if not is_changed(program, error) or error.args[0] != NOT_FINITE:
                    return self.failed(messages.not_compiled(self.f, error), args, keywords, error)
                result = self.engine(args, keywords)
            else:
                if not right:
                    return self.failed(messages.disagrees(self.f), args, keywords)
                if result is OTHER_SHAPE:  # the vector has another form than the argument
                    return self.engine(args, keywords)
            self.refused.discard(key)
            kept = self.programs.setdefault(key, [])
            for old in [*kept]:
                if (free := trusting(program, old)) is not None:
                    kept.remove(old)
                    program = free
            kept.append(program)
            self.programs.move_to_end(key)
            while sum(map(len, self.programs.values())) > self.settings["maxsize"]:
                self.programs.popitem(last=False)
            self.speed_up(program, args, keywords)
            return result

    def failed(self, error: Exception, args: Any, keywords: Any, cause: Exception | None = None) -> Any:
        """No program can be made. Where the function itself raises an error, that is the one to see."""
        result = self.engine(args, keywords)
        if not self.settings["fallback"]:
            raise error from cause
        if not self.warned:
            self.warned = True
            messages.warn(str(messages.falls_back(self.f, error)))
        return result

    def engine(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The same from the engine."""
        options = self.settings
        if options["parameters"] is not None:
            return from_backward(self.f, args, keywords, options)
        if options["value_only"]:
            return self.f(*args, **keywords)
        if options["order"] == 1:
            return value_and_grad(self.f, options["argnums"], options["has_aux"])(*args, **keywords)
        return second_order(self.f, options["argnums"], *args, **keywords)

    def speed_up(self, program: Program, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        """From now on, try this program first, if its arguments can be told by a few comparisons."""
        self.fast = no_program
        if keywords:
            return
        wanted = self.wanted(args)
        if program.at is not None:
            args = args[: program.at] + args[program.at + 1 :]
        names: dict[str, Any] = dict(program.run.__globals__)
        names |= {"_ndarray": np.ndarray, "_Other": Other}
        parameters = program.run.__code__.co_varnames
        conditions = [text for _, text in program.plan.conditions]
        names |= program.plan.roots
        for i, (name, arg) in enumerate(zip(parameters, args)):
            found = conditions_of(name, arg, i in wanted, names)
            if found is None:
                return
            conditions += found
        exec(with_guard(program.text, conditions), names)
        self.fast = names[program.text.name]
        if program.extras or program.rebuild or program.modes:
            self.fast = functools.partial(with_extras, self.fast, program._replace(is_as_before=None))

    # --- making a program -----------------------------------------------------------------------------------------------

    def made(self, args: tuple[Any, ...], keywords: dict[str, Any], without: Collection[str] = ()) -> Program:
        """The program for some arguments."""
        options = self.settings
        kept = options["parameters"]
        point = args[:at] + args[at + 1 :] if (at := place_of_vector(self.f, args, options)) is not None else args
        found = plan(
            self.f, point, keywords, options["argnums"], options["has_aux"], options["order"], options["value_only"], kept
        )
        program = assembled(found, self.f, options, (*options["without"], *without), at=at)
        return tuned(program, found, self.f, options, args, keywords) if options["tune"] else program

    def source(self, *args: Any, explain: bool = False, **keywords: Any) -> Source:
        """The program for these arguments as text, which runs with NumPy alone: ``print(compiled.source(*args))``.

        With `explain`, its docstring lists what was done to make it fast, and how much longer it takes without each of these,
        measured here and now with these arguments.
        """
        wanted = self.wanted(args)
        args = tuple(unwrapped(in_floats(arg) if i in wanted else arg) for i, arg in enumerate(args))
        keywords = unwrapped(keywords)
        try:
            program = self.made(args, keywords)
        except Unsteady as error:
            raise error.message(self.f) from None
        text = program.text.text
        if explain:
            text = explained(self, program, args, keywords)
        made, code = Source(text), program.run.__code__
        made.name, made.parameters = program.text.name, code.co_varnames[: code.co_argcount]
        made.constants = {name: data_of(extra[0]) for name, extra in zip(names_of_extras(program.text), program.extras)}
        return made


class Other(Exception):
    """The arguments are not those that the program is for."""


def no_program(*args: Any, **keywords: Any) -> Any:
    """In the place of a program, before there is one."""
    raise Other


def with_guard(text: Text, conditions: Sequence[str]) -> str:
    """The function in a text, with a first line that looks at the arguments."""
    function = text.text[text.text.rindex(f"def {text.name}(") :]
    end = function.index('"""', function.index('"""') + 3) + 3
    guard = f"\n    if not ({' and '.join(conditions)}): raise _Other" if conditions else ""
    return function[:end] + guard + function[end:]


def with_extras(fast: Callable[..., Any], program: Program, *args: Any) -> Any:
    """A call that also gets the arrays from outside."""
    v = None
    if program.at is not None:
        v, args = args[program.at], args[: program.at] + args[program.at + 1 :]
    extras = program.outside(v)
    if extras is None:
        raise Other
    result = fast(*args, *extras)
    return program.rebuild(result) if program.rebuild else result


def run(f: Any, args: Any, keywords: Any, **options: Any) -> Any:
    """What `Derived` is given; `Compiled` has its own `__call__`."""
    raise NotImplementedError


def from_backward(f: Any, args: Any, keywords: Any, options: dict[str, Any]) -> Any:
    """The value of `f`; gradients of the parameters go into ``.grad``."""
    loss = f(*args, **keywords)
    if not isinstance(loss, Tensor):
        raise messages.no_way_back(f, [])
    loss.backward()
    return loss.data


def second_order(f: Any, argnums: Any, /, *args: Any, **keywords: Any) -> Any:
    """The value of `f`, its gradient, and: of single numbers the Hessian; otherwise the Hessian times the vector that follows
    the last of the arguments `argnums`, as in `hvp`.
    """
    count = len(args)
    try:
        chosen = [args[i] for i in positions(f, argnums, count)]
        numbers = all(np.shape(value) == () for value in flatten(chosen)[0])
    except Exception:
        numbers = False
    if numbers:
        value, g = value_and_grad(f, argnums)(*args, **keywords)
        return value, g, hessian(f, argnums)(*args, **keywords)
    at = max(positions(f, argnums, count - 1)) + 1
    value, g = value_and_grad(f, argnums)(*args[:at], *args[at + 1 :], **keywords)
    return value, g, hvp(f, argnums)(*args, **keywords)


def compile(
    f: Callable[..., Any] | None = None,
    *,
    argnums: int | tuple[int, ...] = 0,
    has_aux: bool = False,
    order: int = 1,
    value_only: bool = False,
    parameters: Any = None,
    fallback: bool = False,
    tune: bool = False,
    maxsize: int = 128,
    without: Collection[str] = (),
) -> Any:
    """The function that computes the value and the gradient of `f`, like `value_and_grad`, but with a program made for speed.

    It takes the arguments of `f`. The first call with arguments of certain shapes and dtypes calls `f` at least twice. It
    writes a NumPy program that computes the same value and gradient in fewer passes over memory, and keeps this program.
    Later calls run it. Arguments of other shapes or dtypes get another program. The numbers are those of `value_and_grad`, up
    to rounding.

    >>> import numpy as np, tinygrad_lite as tg
    >>> f = tg.compile(lambda a, x: np.sum((a * x - 1) ** 2))
    >>> x = np.array([0.5, 1.0, 2.0])
    >>> value, slope = f(1.0, x)
    >>> float(value), float(slope)
    (1.25, 3.5)
    >>> value, slope = f(2.0, x)  # runs the same program
    >>> f.cache_info()
    CacheInfo(hits=1, misses=1, maxsize=128, currsize=1)

    Without arguments other than options it is a decorator: ``@tg.compile``, or ``@tg.compile(argnums=(0, 1))``.

    argnums:    the positions of the arguments to differentiate, as in `grad`. Such an argument is a float, an array of
                floats, or a nest of them; its gradient has the same nest, shapes and dtypes
    has_aux:    `f` returns a pair, the value and anything else: the result is ``((value, aux), gradient)``
    order:      2 for second derivatives as well. If all arguments at `argnums` are single numbers, the result is
                ``(value, gradient, hessian)``. Otherwise a vector follows the last of them, in their form, and the result is
                ``(value, gradient, Hessian times vector)``, as in `hvp`
    value_only: compute only what `f` returns, in any nest
    parameters: a module, or a list of Tensors. Then the result is the value alone, and gradients are added to ``.grad`` of
                the parameters, as `backward` does, so that an optimizer can take a step
    fallback:   the engine computes what cannot be compiled; a warning says so once
    tune:       try several numbers of rows for a block in the first call, and keep the fastest
    maxsize:    how many programs are kept; when there are more, the oldest are deleted
    without:    names of passes to leave out (`source` with ``explain=True`` lists them), to see what difference each makes

    `f` may use values that are not arguments: variables, attributes and the items of containers. They are looked up in each
    call, so another array there, or other numbers in it, are used. Another number, text or function there compiles `f`
    again, and so do other numbers in an array from which `f` computes something that is not recorded, such as ``w.max()``.
    Arrays that leave NumPy's functions, as by ``np.asarray(x)`` or ``memoryview(x)`` of an argument, are not followed, and
    neither are attributes whose names are not in the code of `f`, as those of ``operator.attrgetter``.
    What `f` prints or appends to a list happens while it is compiled, and not in later calls. If `f` looks at a value, for
    example with ``if``, the program compares it with the value in the first call; if it is different, `f` is compiled for
    this case as well. The engine computes again what another order of operations has made infinite, nan or 0. Results belong
    to the caller: no later call changes them.

    The compiled function has these methods:

    - ``source(*args, explain=False)``: its program for these arguments, as text that runs with NumPy alone. With ``explain``,
      the text lists what was done, and how many times as long a call takes without it
    - ``cache_info()``: how often a kept program was used, how often one was compiled, and how many are kept
    - ``cache_clear()``: deletes all programs

    A call raises ``NotCompiled``, a ValueError, if `f` cannot be compiled for the arguments: it uses random numbers, or a
    function that cannot be written as text, or its ``if`` gives a new result each time. Errors that `f` itself raises are not
    changed. ValueError if `order` is neither 1 nor 2, or if `without` names a pass that does not exist.
    """
    if order not in (1, 2):
        raise messages.no_such_order(order)
    for name in without:
        if name not in PASSES and name != "blocks":
            raise messages.no_such_pass(name, [*PASSES, "blocks"])
    options: dict[str, Any] = {
        "argnums": argnums, "has_aux": has_aux, "order": order, "value_only": value_only, "fallback": fallback, "tune": tune,
        "maxsize": maxsize, "without": tuple(without),
        "parameters": None if parameters is None else list(
            [t for _, t in parameters._leaves()] if isinstance(parameters, Part) else parameters),
    }  # fmt: skip
    return (lambda f: Compiled(f, options)) if f is None else Compiled(f, options)
