"""The ten steps to the engine: each runs, agrees with the package on what it can do, and is needed by its program."""

from __future__ import annotations

import importlib
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg

FOLDER = Path(__file__).parent.parent / "examples" / "build_it"
sys.path.insert(0, str(FOLDER))
from fails import FIRST, outcome  # noqa: E402

sys.path.remove(str(FOLDER))
STEPS = range(1, 11)


@pytest.fixture
def step(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that gives a step by its number."""
    monkeypatch.syspath_prepend(FOLDER)
    return lambda number: importlib.import_module(f"step{number:02}")


def close(found: Any, right: Any) -> bool:
    """Whether a program returned the right numbers, in the right shape."""
    found = getattr(found, "data", found) if not isinstance(found, (float, np.ndarray, np.generic)) else found
    return not isinstance(found, str) and np.shape(found) == np.shape(right) and np.allclose(found, right, rtol=1e-12, atol=0)


@pytest.mark.parametrize("number", STEPS)
def test_a_step_runs_and_has_one_idea(number: int, capsys: pytest.CaptureFixture[str], step: Any) -> None:
    path = FOLDER / f"step{number:02}.py"
    runpy.run_path(str(path), run_name="__main__")
    printed = capsys.readouterr().out
    if number == 1:
        assert printed == "y = 69; its slopes in a, b and c: 25, 5, 1\n"
    else:
        fitted = [float(text) for text in printed.removeprefix("a, b, c = ").split()]
        np.testing.assert_allclose(fitted, [5, -3, 3], atol=0.02)
    assert step(number).__doc__.startswith(f"Step {number}: ")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    assert len(lines) <= (20 if number == 1 else 150), f"step {number} has {len(lines)} lines that are not empty"


@pytest.mark.parametrize("number", FIRST)
def test_what_a_step_is_for_fails_before_it_and_works_ever_after(number: int, step: Any) -> None:
    program, right = FIRST[number]
    before = outcome(program, step(number - 1))
    assert not close(before, right), f"{program.__name__} works in step {number - 1} already"
    for later in STEPS[number - 1 :]:
        found = outcome(program, step(later))
        assert close(found, right), f"step {later}: {program.__name__} gives {found}, not {right}"


def test_the_package_gives_the_same() -> None:
    for program, right in list(FIRST.values())[:7]:  # its `gradients` and `walk` take other arguments
        assert close(program(tg), right), program.__name__


def numbers_alone(a: Any, b: Any, constant: Any) -> Any:
    """With plus and times only."""
    c = a * b + constant(0.5)
    d = c * c + a
    return d * c + d * constant(-1.5) + b * b


@pytest.mark.parametrize("number", STEPS[1:])
def test_plus_and_times_agree_with_the_package(number: int, step: Any) -> None:
    engine = step(number)
    for values in np.random.default_rng(0).normal(size=(5, 2)):
        ours, theirs = [engine.Tensor(v) for v in values], [tg.Tensor(v) for v in values]
        numbers_alone(*ours, engine.Tensor).backward()
        numbers_alone(*theirs, float).backward()
        np.testing.assert_allclose([t.grad for t in ours], [t.grad for t in theirs], rtol=1e-12)


def rules_agree(engine: ModuleType, values: Any) -> None:
    """Each rule for one or two arguments, called by the engine's `call`, against the package."""
    for function in engine.RULES:
        if isinstance(function, np.ufunc):
            given = values[: function.nin]
            ours, theirs = [engine.Tensor(v) for v in given], [tg.Tensor(v) for v in given]
            keywords = ({},) if "keywords" in engine.call.__code__.co_varnames else ()
            result = engine.call(function, tuple(ours), *keywords)
            weighted = result * engine.Tensor(values[2])
            total = engine.call(np.sum, (weighted,), *keywords) if np.sum in engine.RULES else weighted
            total.backward()
            np.sum(function(*theirs) * values[2]).backward()
            for mine, other in zip(ours, theirs):
                np.testing.assert_allclose(mine.grad, other.grad, rtol=1e-12, err_msg=function.__name__)
                assert np.shape(mine.grad) == np.shape(other.grad)


@pytest.mark.parametrize("number", STEPS[4:])
def test_the_table_agrees_with_the_package(number: int, step: Any) -> None:
    rng, engine = np.random.default_rng(1), step(number)
    shapes = [[(), (), ()]]
    shapes += [[(2, 3)] * 3] if number >= 6 else []
    shapes += [[(2, 1), (3,), (2, 3)], [(1, 3), (2, 3), (2, 3)], [(), (4, 1), (4, 1)]] if number >= 7 else []
    for three in shapes:
        rules_agree(engine, [rng.uniform(0.5, 2, size=shape) for shape in three])


def formula(a: Any, b: Any, c: Any) -> Any:
    """NumPy code that uses every rule, options and broadcasting; for Tensors of any engine."""
    table = np.linspace(0.5, 2, 6).reshape(2, 3)
    bent = np.tanh(table * a - b) / (1.0 + np.square(np.sin(c)))
    rows = np.mean(bent * np.exp(b / 2), axis=1, keepdims=True) + np.sum(np.cos(bent), axis=1, keepdims=True)
    return np.sum(np.sqrt(np.square(rows) + 1.0) * np.sum(bent, axis=0)) + np.mean(0.5 - c * c * a)


VALUES = [np.array(0.7), np.array([0.1, -0.4, 0.9]), np.array([[1.2], [-0.3]])]


@pytest.mark.parametrize("number", STEPS[7:])
def test_numpy_code_agrees_with_the_package(number: int, step: Any) -> None:
    engine = step(number)
    ours, theirs = [engine.Tensor(v) for v in VALUES], [tg.Tensor(v) for v in VALUES]
    for tensors in (ours, theirs):
        formula(*tensors).backward()
        formula(*tensors).backward()  # leaves accumulate
    for mine, other in zip(ours, theirs):
        np.testing.assert_allclose(mine.grad, other.grad, rtol=1e-12)
        assert np.shape(mine.grad) == np.shape(other.grad)


@pytest.mark.parametrize("number", STEPS[8:])
def test_second_and_third_derivatives_agree_with_the_package(number: int, step: Any) -> None:
    engine = step(number)

    def derivatives(kind: Any, gradients: Any) -> list[Any]:
        tensors, found = [kind(v) for v in VALUES], []
        value = formula(*tensors)
        for _ in range(3):
            slopes = gradients(value, tensors, create_graph=True)
            found += [np.asarray(slope.data) for slope in slopes]
            value = np.sum(slopes[0]) + np.sum(slopes[1] * slopes[1]) + np.sum(np.sin(slopes[2]))
        return found

    ours, theirs = derivatives(engine.Tensor, engine.gradients), derivatives(tg.Tensor, tg.gradients)
    for mine, other in zip(ours, theirs):
        np.testing.assert_allclose(mine, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("number", STEPS[8:])
def test_a_recorded_backward_pass_leaves_each_leaf_its_tensor(number: int, step: Any) -> None:
    engine = step(number)
    x = engine.Tensor(0.5)
    [slope] = engine.gradients(np.sin(x) * np.sin(x), [x], create_graph=True)
    slope.backward()
    np.testing.assert_allclose(x.grad, 2 * np.cos(1.0), rtol=1e-12)


def test_the_last_step_records_only_what_is_wanted(step: Any) -> None:
    engine = step(10)
    x = engine.Tensor(2.0)
    assert engine.Tensor(2.0, requires_grad=False).node is None
    with engine.no_grad():
        assert np.sin(x).node is None
    assert np.sin(x).node is not None
    total = (x + x) + x
    assert total.node.args[0].value is None, "no rule asks for it"


def test_the_names_of_the_last_step_are_those_of_the_package(step: Any) -> None:
    engine = step(10)
    parts = {
        "autograd": ["Node", "RULES", "record", "walk", "unbroadcast", "new_number"],
        "tensor": ["Tensor", "binary"],
        "registry": ["Rule", "derivative", "names_of"],
        "values": ["array_of", "tensor_of"],
        "functional": ["gradients"],
        "protocols.calling": ["call"],
        "recording": ["no_grad"],
    }
    for module, names in parts.items():
        for name in names:
            assert hasattr(engine, name), name
            assert hasattr(importlib.import_module(f"tinygrad_lite.{module}"), name), f"{module}.{name}"
    page = (FOLDER.parent.parent / "docs" / "learn" / "build_it.md").read_text(encoding="utf-8")
    for name in [name for names in parts.values() for name in names]:
        assert f"`{name}`" in page, f"The page does not say where {name} is in the package."
