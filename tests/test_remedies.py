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
    "no_rule": "np.strings.upper(t)",
    "where_of_ufunc": "np.sin(t, where=mask)",
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
    "no_attribute": "t.clamp(0, 1)",
    "no_public_name": "tg.Adam",
}
CONTEXT = {  # what only one of them needs
    "several_polynomials": "c = np.ones((3, 2))",
    "where_of_ufunc": "mask = np.array([True, False])",
    "sparse_operand": "import scipy.sparse; S = scipy.sparse.csr_array(X)",
    "asked_by_vectorize": "f = lambda x: x**2",
    "no_public_name": "loss = lambda w: np.sum(w**2); w = np.ones(3)",
    "not_an_index": "i = 1",
}
WITHOUT_CODE = """
    failed_call no_primitive_rule no_vjp missing_argument repeated_index unknown_keyword not_for_spectra
    rule_for_unknown rule_asks_unknown wrong_shape not_installed no_such_argument no_aux not_a_number not_a_parameter
    not_an_argument not_alike no_history no_result no_way_back without_walk other_shape other_size not_used
    unknown_function several_of_this_name another_way not_plain_data neither_text_nor_file other_format newer_version
    bad_data not_recorded not_a_scalar wrong_seed leaf_in_place not_a_leaf already_a_tensor not_differentiable
    writes_in_place argument_twice constant_loss gradient_of_another_shape into_a_plain_array into_whole_numbers
    looks_at_memory no_complex_step no_derivative_of no_pair no_vector not_a_direction not_a_real_dtype not_a_result
    not_a_sequence not_an_operand not_one_for_each not_the_form_of_x0 nothing_at nothing_to_check polynomial_at_an_array
    asked_by_masked read_only sparse_takes_matrices steps_in_q view_of_leaf
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
    assert name in TRIGGERS or name in WITHOUT_CODE.split(), (
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
    monkeypatch.setattr(messages, name, lambda *a, **k: made.append(function(*a, **k)) or made[-1])
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
