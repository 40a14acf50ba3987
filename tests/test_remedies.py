"""The remedy of a message can be pasted and runs.

In a message, code that the reader is told to write stands in backticks after the word "write" (or "or", in a list of ways).
This test finds all messages in `messages.py`. One with such code has an entry in `TRIGGERS`: a program that raises it. The
test pastes each piece of code into the same program, and runs it. One without such code is in `WITHOUT_CODE`.
"""

import copy
import inspect
import io
import re
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import messages

CODE = re.compile(r"\b(?:[Ww]rite|or|and|Did you mean) `([^`]+)`")

SETUP = """
x, X, rng, f = np.ones(3), np.eye(2), np.random.default_rng(0), io.BytesIO()
t, w, u = tg.Tensor([0.5, 1.0], name="t"), tg.Tensor(np.ones(3), name="w"), tg.Tensor(2.0, name="u")
low, high, mu, sigma = tg.Tensor(0.0), tg.Tensor(1.0), tg.Tensor(0.0), tg.Tensor(1.0)
y = t * t
c = np.zeros(2)
"""
TRIGGERS = {
    "no_rule": "np.char.upper(t)",
    "where_of_ufunc": "np.sin(t, where=mask)",
    "unknown_keyword": 'np.sin(t, signature="d->d")',
    "writes_in_place": "np.multiply(t, t, out=c)",
    "into_whole_numbers": "k[0] = t[0]",
    "leaf_in_place": "w -= 0.1",
    "view_of_leaf": "w[:2][0] = 5.0",
    "read_only": "np.broadcast_to(y, (2, 2))[0] = 1.0",
    "gradient_of_another_shape": "np.sum(w).backward()",
    "not_a_scalar": "y.backward()",
    "not_recorded": "t.detach().backward()",
    "not_a_number": "tg.grad(f)(x)",
    "into_a_plain_array": "np.put(array, [0], t[0])",
    "no_history": "tg.Graph.of(w)",
    "not_a_leaf": "y.data = x",
    "already_a_tensor": "tg.Tensor(t)",
    "steps_in_q": "np.quantile(t, q, method='lower').backward()",
    "polynomial_at_an_array": "np.polynomial.polynomial.polyval(x, c)",
    "looks_at_memory": "np.lib.stride_tricks.as_strided(t)",
    "no_vjp": "np.sum(w, initial=t)",
    "not_a_sequence": "tg.jvp(f, x, v)",
    "no_vector": "tg.hvp(f)(x)",
    "not_an_argument": "tg.checkpoint(lambda x: x * t)(u)",
    "without_walk": "tg.source(tg.trace(f)(x))",
    "nothing_to_check": "tg.check_gradients(f, 2)",
    "not_an_array": "np.asarray(t)",
    "asked_by_list": "np.mean([u, u])",
    "asked_by_full": "np.full(3, u)",
    "asked_by_library": "np.testing.assert_array_equal(t, [0.5, 1.0])",
    "asked_by_vectorize": "np.vectorize(lambda x: x)(t)",
    "asked_by_index_trick": "np.c_[t, t]",
    "asked_by_assignment": "c[:] = t",
    "asked_by_index": "X[t]",
    "asked_by_random": "rng.normal(u, 1.0)",
    "asked_by_method": "X.dot(t)",
    "sparse_operand": "S.multiply(t)",
    "refused": "np.savez(f, t=t)",
    "several_polynomials": "np.polynomial.polynomial.polyval(t, c)",
    "not_a_float": "math.hypot(u, 3.0)",
    "not_an_index": "[1, 2, 3][u]",
    "truth_of_several": "bool(t)",
    "compared_by_max": "max(0, t)",
    "compared_by_sorted": "sorted([t, y])",
    "equal_values": "np.sum(np.linalg.eigh(a)[1]).backward()",
    "zero_singular_value": "np.sum(np.linalg.svd(a, full_matrices=False)[0]).backward()",
    "too_few_vectors": "np.max(np.linalg.eigvals(a)).backward()",
    "no_attribute": "t.clamp(0, 1)",
    "no_public_name": "tg.Adam",
}
CONTEXT = {  # what only one of them needs
    "into_whole_numbers": "k = tg.Tensor([1, 2], requires_grad=False)",
    "gradient_of_another_shape": "w.grad = np.ones(5)",
    "not_recorded": "w = np.ones(3)",
    "no_history": "w = np.ones(3); f = np.sum",
    "not_a_number": "def f(x): return 2 * x",
    "into_a_plain_array": "array = np.zeros(2)",
    "steps_in_q": "q = tg.Tensor(0.3)",
    "polynomial_at_an_array": "c = tg.Tensor([1.0, 2.0])",
    "no_vjp": "t = u",
    "not_a_sequence": "f, v = np.sum, x",
    "no_vector": "f, v = np.sum, x",
    "without_walk": "f, loss = np.sum, np.sum(w)",
    "nothing_to_check": "f = np.sin",
    "several_polynomials": "c = np.ones((3, 2))",
    "where_of_ufunc": "mask = np.array([True, False])",
    "sparse_operand": "import scipy.sparse; S = scipy.sparse.csr_array(X)",
    "asked_by_vectorize": "f = lambda x: x**2",
    "no_public_name": "loss = lambda w: np.sum(w**2); w = np.ones(3)",
    "not_an_index": "i = 1",
    "equal_values": "a = tg.Tensor(np.eye(2))",
    "zero_singular_value": "a = tg.Tensor([[3.0, 0.0], [0.0, 0.0], [0.0, 0.0]])",
    "too_few_vectors": "a = tg.Tensor([[1.0, 1.0], [0.0, 1.0]])",
}
OPERANDS = {  # not_an_operand: what a Tensor cannot be computed with, by the key of its remedy in REMEDIES or OF_DTYPE
    "matrix": "np.matrix(X)",
    "MaskedArray": "np.ma.masked_array([1.0, 2.0], [False, True])",
    "sparse": "scipy.sparse.csr_array(X)",
    "labels": "pandas.Series([1.0, 2.0], index=['a', 'b'])",
    "missing": "pandas.Series([1.0, 2.0, None])",
    "pandas": "pandas.DataFrame({'a': [1.0, 2.0], 'b': [3.0, 4.0]})",
    "xarray": "xarray.DataArray([1.0, 2.0])",
    "memoryview": "np.ones(2).data",
    "str": "'2.5'",
    "bytes": "b'2.5'",
    "O": "np.array([1.0, 2.0], dtype=object)",
    "U": "np.array(['1.0', '2.0'])",
    "S": "np.array([b'1.0', b'2.0'])",
    "V": "np.zeros(2, dtype=[('height', float)])",
    "M": "np.array(['2026-01-01', '2026-01-03'], dtype='datetime64[D]')",
    "m": "np.array([1, 2], dtype='timedelta64[D]')",
}
ADVICE = {"list", "torch", "Quantity", "c"}  # words alone; or for packages that are not needed for the tests
WITHOUT_CODE = """
    failed_call no_primitive_rule missing_argument repeated_index not_for_spectra rule_for_unknown rule_asks_unknown
    wrong_shape not_installed no_such_argument no_aux not_a_parameter not_alike no_result no_way_back other_shape
    other_size not_used unknown_function several_of_this_name another_way not_plain_data neither_text_nor_file
    other_format newer_version bad_data wrong_seed not_differentiable argument_twice constant_loss
    no_complex_step no_derivative_of no_pair not_a_direction not_a_real_dtype not_a_result
    not_one_for_each not_the_form_of_x0 nothing_at asked_by_masked sparse_takes_matrices
"""


def program(names: dict[str, Any], code: str, place: str) -> None:
    """Run code that has a source, as a file has it: the messages read the user's line."""
    import linecache

    linecache.cache[place] = (len(code), None, [line + "\n" for line in code.splitlines()], place)
    exec(compile(code, place, "exec"), names)


def start(name: str) -> dict[str, Any]:
    names: dict[str, Any] = {"np": np, "tg": tg, "io": io, "copy": copy}
    exec("import math\n" + SETUP + CONTEXT.get(name, ""), names)
    return names


def all_messages() -> list[str]:
    functions = [f for f in vars(messages).values() if inspect.isfunction(f) and f.__module__ == messages.__name__]
    return sorted(f.__name__ for f in functions if "Error" in str(f.__annotations__.get("return", "")))


@pytest.mark.parametrize("name", all_messages())
def test_every_message_is_known_here(name: str) -> None:
    source = inspect.getsource(getattr(messages, name))
    assert name in TRIGGERS or name in WITHOUT_CODE.split() or name == "not_an_operand", (
        f"messages.{name} is new. If it tells the reader what to write, put that code in backticks after the word 'write', "
        f"and give TRIGGERS[{name!r}] in {__file__} a program that raises it. If it has no such code, add it to WITHOUT_CODE."
    )
    if name in WITHOUT_CODE.split():
        written = re.findall(r"\b[Ww]rite `([^`{]+)`", source)
        assert not written, f"messages.{name} has code to paste: {written}. Move it to TRIGGERS."


@pytest.mark.parametrize("name", sorted(TRIGGERS))
def test_a_remedy_runs_where_it_is_pasted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "sparse_operand":
        pytest.importorskip("scipy.sparse")
    made, function = [], getattr(messages, name)

    def noted(*arguments: Any, **keywords: Any) -> Exception:
        made.append(function(*arguments, **keywords))
        return made[-1]

    noted.__code__ = noted.__code__.replace(co_filename=messages.__file__)  # its variables are not those of a user
    monkeypatch.setattr(messages, name, noted)
    with pytest.raises(Exception):  # noqa: B017, PT011 - NumPy may put an error of its own around ours
        program(start(name), TRIGGERS[name], f"<trigger {name}>")
    text = str(made[-1])
    remedies = CODE.findall(text)
    assert remedies, text
    for remedy in remedies:
        names = start(name)
        if ".item()" in remedy:  # "for a single one", the message says
            names["t"] = names["u"]
        try:
            program(names, remedy, f"<remedy of {name}>")
        except Exception as error:
            raise AssertionError(f"{remedy!r}, the remedy of messages.{name}, does not run: {error!r}\n{text}") from error


def test_every_remedy_for_an_operand_is_known_here() -> None:
    assert {*messages.REMEDIES, *messages.OF_DTYPE} == {*OPERANDS, *ADVICE}


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("key", OPERANDS)
def test_a_remedy_for_an_operand_makes_one_that_a_tensor_takes(key: str) -> None:
    names = start("")
    for package in ("scipy.sparse", "pandas", "xarray"):
        if package.split(".")[0] in OPERANDS[key]:
            names[package.split(".")[0]] = pytest.importorskip(package) and __import__(package)
    exec(f"x = {OPERANDS[key]}", names)
    with pytest.raises(TypeError) as error:
        exec("t * x" if key != "sparse" else "t + x", names)
    remedy = next(
        code for code in re.findall(r"`([^`]+)`", str(error.value)) if code.startswith("x = ") or key == "MaskedArray"
    )
    exec(remedy if remedy.startswith("x = ") else f"x = {remedy}", names)
    assert isinstance(eval("t * x", names), tg.Tensor)


def test_complex_numbers_can_be_kept_in_two_parts() -> None:
    names = start("")
    with pytest.raises(TypeError) as error:
        exec("t * 1j", names)
    parts, length = re.findall(r"write `([^`]+)`", str(error.value))
    exec(f"x = t; {parts}; z = {length}", names)
    assert names["z"].requires_grad
