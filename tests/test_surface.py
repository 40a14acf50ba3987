"""All of NumPy's public functions: each is on a list that says what it does with a Tensor.

The names come from NumPy itself, so a function that is new in NumPy fails here until somebody decides about it. The lists
are in the code: `RULES` (it has a derivative), `COMPOSITIONS` (it is written with functions that have one), `PLAIN` and
`CONSTANT` (it gives plain arrays, or constants), `REFUSED` (no gradient can flow through it, with a reason and a remedy).
Only the functions that NumPy never asks a Tensor about are listed here, each with the reason why.
"""

from __future__ import annotations

import importlib
import io
import re
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite.autograd import RULES
from tinygrad_lite.messages import name_of
from tinygrad_lite.messages.hints import ATTRIBUTES
from tinygrad_lite.protocols.calling import CHAPTERS, CONSTANT, PLAIN, REFUSED
from tinygrad_lite.protocols.compositions import COMPOSITIONS

for package in ("numpy.fft", "numpy.polynomial"):
    importlib.import_module(CHAPTERS[package])

LISTS: dict[str, Any] = {
    "rule": RULES, "composition": COMPOSITIONS, "plain": PLAIN, "constant": CONSTANT, "refused": REFUSED,
}  # fmt: skip
MODULES: dict[str, ModuleType] = {
    "np": np,
    "np.linalg": np.linalg,
    "np.fft": np.fft,
    "np.emath": np.emath,
    "np.lib.stride_tricks": np.lib.stride_tricks,
    **{f"np.polynomial.{name}": getattr(np.polynomial, name) for name in (
        "polynomial", "chebyshev", "legendre", "hermite", "hermite_e", "laguerre",
    )},
}  # fmt: skip


def names_in(text: str) -> set[str]:
    return set(text.split())


TAKES_NO_ARRAY = {  # nothing that a gradient could belong to
    "makes an array from sizes or numbers": names_in("""
        arange bartlett blackman diag_indices empty eye hamming hanning identity indices kaiser mask_indices ones tri
        tril_indices triu_indices zeros fftfreq rfftfreq
    """),
    "is about shapes, dtypes or numbers": names_in("""
        base_repr binary_repr broadcast_shapes datetime_data format_float_positional format_float_scientific isdtype
        issubdtype mintypecode promote_types typename find_common_type issctype issubclass_ issubsctype maximum_sctype
        obj2sctype sctype2char safe_eval
    """),
    "is about NumPy itself": names_in("""
        add_docstring add_newdoc add_newdoc_ufunc deprecate deprecate_with_doc disp get_array_wrap get_include
        get_printoptions getbufsize geterr geterrcall geterrobj info lookfor printoptions set_numeric_ops set_printoptions
        array_function_dispatch normalize_axis_tuple set_module set_string_function
        setbufsize seterr seterrcall seterrobj show_config show_runtime source test who
    """),
    "reads from a file, a text or the memory of another object": names_in("""
        from_dlpack frombuffer fromfile fromregex fromstring genfromtxt load loadtxt recfromcsv recfromtxt
    """),
}
NOT_ASKED = {  # NumPy does not ask a Tensor about them
    "makes a plain array, which a Tensor that wants a gradient refuses, with a remedy: see leaving.py": names_in("""
        array asanyarray asarray asarray_chkfinite ascontiguousarray asfortranarray asmatrix bmat fromiter full mat require
        fastCopyAndTranspose
    """),
    "looks at how an array lies in memory": names_in("as_strided byte_bounds compare_chararrays isfortran nested_iters"),
    "calls a function of the caller's, which may have Tensors": names_in("fromfunction frompyfunc"),
    "calls another function, and NumPy asks about that": names_in("row_stack"),
    "gives a truth value about any Python object": names_in("iterable isscalar"),
}
EVALUATE = re.compile(r"^\w*val\w*$|^\w+grid\dd$")


def functions_of(module: ModuleType) -> dict[str, Any]:
    """What a module offers: its public functions, without classes, and without modules."""
    found = {name: getattr(module, name) for name in dir(module) if not name.startswith("_")}
    return {name: f for name, f in found.items() if callable(f) and not isinstance(f, (type, ModuleType))}


def is_asked(function: Any) -> bool:
    """Whether NumPy asks a Tensor what to do, by one of its protocols."""
    return isinstance(function, np.ufunc) or hasattr(function, "_implementation")


def list_of(name: str, function: Any) -> str | None:
    """The list that a function is on."""
    for found, members in LISTS.items():
        if function in members:
            return found
    reasons = [reason for table in (TAKES_NO_ARRAY, NOT_ASKED) for reason, names in table.items() if name in names]
    return reasons[0] if reasons and not is_asked(function) else None


WHAT_TO_DO = (
    "{}: NumPy has it, and nothing says what it does with a Tensor. Give it a rule (derivative) or a composition in "
    "tinygrad_lite/rules; or, if its result has no derivative, add it to PLAIN (plain arrays), to CONSTANT (constants), or, "
    "with a reason and a remedy, to REFUSED in rules/refused.py. If NumPy does not ask a Tensor about it, add its name to "
    "the tables in this file."
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("where", [where for where in MODULES if not where.startswith("np.polynomial")])
def test_every_function_is_on_a_list(where: str) -> None:
    unknown = [f"{where}.{name}" for name, f in functions_of(MODULES[where]).items() if list_of(name, f) is None]
    assert unknown == [], WHAT_TO_DO.format(", ".join(unknown))


def test_a_function_that_is_new_in_numpy_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "of_tomorrow", lambda x: x, raising=False)
    with pytest.raises(AssertionError, match=r"np\.of_tomorrow: NumPy has it, and nothing says what it does"):
        test_every_function_is_on_a_list("np")


# --- the evaluation of np.polynomial ----------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [where for where in MODULES if where.startswith("np.polynomial")])
def test_polynomials_of_one_variable_are_evaluated_at_a_tensor(where: str) -> None:
    """Those of several variables, too; on a grid, either NumPy asks us, or a message says what to write."""
    c, x = np.array([0.5, -1.0, 2.0]), np.array([0.3, 0.7])
    for name, function in functions_of(MODULES[where]).items():
        if not EVALUATE.match(name):
            continue
        several = re.search(r"(\d)d$", name)
        if name == "polyvalfromroots":
            with pytest.raises(TypeError, match=r"Write `.*r\.reshape"):
                function(tg.Tensor(x), x)
            np.testing.assert_allclose(function(tg.Tensor(x), c[:, None], tensor=False).data, function(x, c), rtol=1e-15)
        elif name.endswith("nd"):  # since NumPy 2.5: the points of any number of variables, in a list or as rows
            points, grid = np.stack([x, x * 2, x - 1]), np.arange(8.0).reshape(2, 2, 2)
            np.testing.assert_allclose(function(tg.Tensor(points), grid).data, function(points, grid), rtol=1e-15)
            tg.check_gradients(lambda t, f=function, c=grid: f(t, c), points, limit=0)
            tg.check_gradients(lambda *ts, f=function, c=grid: f(ts, c), *points, limit=0)
        elif several is None:
            with pytest.raises(TypeError, match=r"Write `.*c\.reshape"):
                function(tg.Tensor(x), np.ones((3, 2)))
            two = function(tg.Tensor(x), np.stack([c, c])[..., None], tensor=False)
            np.testing.assert_allclose(two.data, function(x, np.stack([c, c])), rtol=1e-15)
            tg.check_gradients(lambda t, f=function: f(t, c), x, limit=0)
            np.testing.assert_allclose(function(tg.Tensor(x), c).data, function(x, c), rtol=1e-15)
        else:
            points = [tg.Tensor(x)] * int(several[1])
            grid = np.arange(2.0 ** int(several[1])).reshape((2,) * int(several[1]))
            if "val" in name or function in COMPOSITIONS:
                plain_result = function(*[x] * int(several[1]), grid)
                np.testing.assert_allclose(function(*points, grid).data, plain_result, rtol=1e-15)
                tg.check_gradients(lambda *xs, f=function, c=grid: f(*xs, c), *[x] * int(several[1]), limit=0)
            else:
                with pytest.raises(TypeError, match=r"On a grid, reshape the result"):
                    function(*points, grid)


# --- ufuncs and their methods -----------------------------------------------------------------------------------------

UFUNCS = {name: f for name, f in functions_of(np).items() if isinstance(f, np.ufunc)}
METHODS = ("reduce", "accumulate", "reduceat", "outer", "at")


def numpy_has(ufunc: np.ufunc, method: str) -> bool:
    """Whether NumPy itself has this method for this ufunc, as its documentation says."""
    if ufunc.signature is not None:
        return False
    if method == "at":
        return ufunc.nin <= 2 and ufunc.nout == 1
    if method == "outer":
        return ufunc.nin == 2
    if ufunc is np.ldexp:  # whose two arguments are of different kinds
        return False
    return ufunc.nin == 2 and ufunc.nout == 1


@pytest.mark.parametrize("method", METHODS)
def test_every_method_of_a_ufunc_is_on_a_list(method: str) -> None:
    """Those that NumPy does not have it refuses itself, before it asks a Tensor or when we ask it."""
    unknown = []
    for ufunc in UFUNCS.values():
        if not numpy_has(ufunc, method):
            t = tg.Tensor(np.ones((2, 2)))
            args = {"reduceat": [t, [0]], "outer": [t, t], "at": [t, [0], *[t] * (ufunc.nin - 1)]}.get(method, [t])
            with pytest.raises((TypeError, ValueError, RuntimeError)):
                getattr(ufunc, method)(*args)
        elif not any((ufunc, method) in members for members in LISTS.values()):
            unknown.append(name_of((ufunc, method)))
    assert unknown == [], WHAT_TO_DO.format(", ".join(unknown))


# --- the methods of an array ------------------------------------------------------------------------------------------

NOT_OURS = {  # names of ndarray that are no methods of a program
    "what the memory of an array looks like, for other libraries": names_in("""
        __array_finalize__ __array_interface__ __array_priority__ __array_struct__ __array_wrap__ __dlpack__
        __dlpack_device__ __setstate__ __array_prepare__ __buffer__
    """),
    "NumPy's own way to change an array, since arrays of programs shall keep their shape and dtype": names_in("""
        _set_dtype _set_shape
    """),
    "operators of whole numbers and truth values: Python refuses them, as NumPy does for floats": names_in("""
        __and__ __iand__ __rand__ __or__ __ior__ __ror__ __xor__ __ixor__ __rxor__ __invert__
        __lshift__ __ilshift__ __rlshift__ __rshift__ __irshift__ __rrshift__
    """),
    "about the class": names_in("__array_namespace__ __class_getitem__"),
    "elements cannot be deleted, also not those of an array": names_in("__delitem__"),
}


def test_every_method_of_an_array_is_one_of_a_tensor_or_has_a_hint() -> None:
    known = set().union(*NOT_OURS.values(), ATTRIBUTES, dir(tg.Tensor))
    unknown = [name for name in dir(np.ndarray) if name not in known]
    assert unknown == [], (
        f"{', '.join(unknown)}: an array has it, and a Tensor has neither that nor a hint. Add `name = method(np.name)` to "
        "Tensor, or a line to ATTRIBUTES in messages/hints.py."
    )


def test_a_tensor_does_not_become_truth_values_by_an_operator() -> None:
    with pytest.raises(TypeError):
        eval("t & u", {"t": tg.Tensor([0.5]), "u": tg.Tensor([0.5])})


# --- what the lists promise -------------------------------------------------------------------------------------------


def example_of(reason: str) -> str:
    """The code that a reason tells the reader to write."""
    found = re.search(r"[Ww]rite `([^`]+)`", reason)
    assert found, f"{reason!r} does not say what to write: put code in backticks after the word 'write'."
    return found[1]


def refused_call(function: Any) -> Any:
    """Call a refused function with a Tensor that wants a gradient, in one of the ways that it can be called."""
    t = tg.Tensor([0.5, 1.0])
    called = getattr(*function) if isinstance(function, tuple) else function
    if isinstance(function, tuple) and function[1] == "at":
        return called(t, [0, 1], *[1.0] * (function[0].nin - 1))
    if name_of(function).startswith("np.save"):
        file = io.BytesIO()
        return called(file, t)
    two = isinstance(function, tuple) and function[1] in ("reduceat", "outer")
    for args in ((t, [0, 1]),) if two else ((t,), (t, (2, 3)), (2, t)):
        try:
            return called(*args)
        except TypeError as error:
            if "has no derivative rule" in str(error):
                raise
    raise AssertionError(f"{name_of(function)} was not called")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("function", sorted(REFUSED, key=name_of), ids=name_of)
def test_a_refused_function_says_why_and_what_to_write(function: Any) -> None:
    with pytest.raises(TypeError) as error:
        refused_call(function)
    assert str(error.value) == f"{name_of(function)} has no derivative rule: {REFUSED[function]}"
    if "scipy" in (example := example_of(REFUSED[function])):
        pytest.importorskip("scipy.special")
    names: dict[str, Any] = {"np": np, "t": tg.Tensor([0.5, 1.0]), "f": io.BytesIO(), "scipy": sys.modules.get("scipy")}
    with np.errstate(divide="ignore"):
        exec(example, names)


def test_a_zero_of_a_polynomial_gets_its_gradient_by_a_step_of_newtons_method() -> None:
    """The remedy for np.roots: of p(x) = x² - c, the zero √c has the slope 1 / (2√c)."""
    names: dict[str, Any] = {"np": np, "t": tg.Tensor([1.0, 0.0, -2.0])}
    exec(example_of(REFUSED[np.roots]), names)
    names["r"].backward()
    np.testing.assert_allclose(names["t"].grad[2], -1 / (2 * names["r"].data), rtol=1e-12)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def is_ours(function: Any) -> bool:
    """Whether it is one that the rules of networks call, which are only there if a test before has imported them."""
    return getattr(function, "__module__", "").startswith("tinygrad_lite.rules.nets")


@together
@pytest.mark.parametrize("function", sorted((f for f in PLAIN if not is_ours(f)), key=name_of), ids=name_of)
def test_what_gives_plain_arrays_does(function: Any) -> None:
    """With arguments for which NumPy gives an answer; comparisons of more than two need arrays of truth values."""
    t, called = tg.Tensor([0.5, 1.0]), getattr(*function) if isinstance(function, tuple) else function
    square = tg.Tensor(np.ones((2, 2)))
    given = [(t,), (t, t), (square,), (t, 1), (t, float), (t, [0, 1]), ("i,i->", t, t)]
    results = []
    for args in given:
        try:
            results.append(called(*args))
        except (TypeError, ValueError, AttributeError, IndexError):
            continue
    if isinstance(function, tuple) and function[0] not in (np.logical_and, np.logical_or, np.logical_xor):
        assert results or function[1] != "outer"
    else:
        assert results
    for result in results:
        parts = result if isinstance(result, tuple) else (result,)
        assert not any(isinstance(part, tg.Tensor) for part in parts)


@pytest.mark.parametrize("function", sorted(CONSTANT, key=name_of), ids=name_of)
def test_what_gives_constants_does(function: Any) -> None:
    assert not function(tg.Tensor([0.5, 1.0])).requires_grad
