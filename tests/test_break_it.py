"""The lab of mistakes: each gives just the wrong number that is promised, and its check sees it; with none, all is right."""

from __future__ import annotations

import importlib.util
import re
import runpy
import sys
import warnings
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg

EXAMPLE = Path(__file__).parent.parent / "examples" / "break_it.py"
PAGE = EXAMPLE.parent.parent / "docs" / "learn" / "break_it.md"
MISTAKES = ["assign", "broadcast", "order", "zero_grad", "stale", "shape", "no_grad", "rebind"]


@pytest.fixture(scope="module")
def lab() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("break_it", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def equal(got: Any, expected: Any) -> bool:
    """The same shape, and the same numbers to the last digit."""
    return np.shape(got) == np.shape(expected) and np.array_equal(got, expected)


# --- without a mistake ------------------------------------------------------------------------------------------------

rng = np.random.default_rng(5)
m, v = rng.normal(size=(3, 4)), rng.normal(size=4)


def network(w: Any) -> Any:
    hidden = np.tanh(m @ w + v[:3])
    return np.mean((hidden - hidden.max()) ** 2) + np.sum(w[1:] * w[:-1])


def stretched(w: Any) -> Any:
    return np.sum(np.exp(m * w) / (1 + w[:, None] ** 2)[:3]) + np.sum(np.stack([w, w * w]) @ np.concatenate([w[2:], w[:2]]))


def loop(w: Any) -> Any:
    for _ in range(20):
        w = w + 0.1 * np.sin(w) * w.sum()
    return np.sqrt(np.sum(w**2))


@pytest.mark.parametrize("program", [network, stretched, loop])
def test_with_no_mistake_the_walk_is_that_of_the_engine(lab: Any, program: Any) -> None:
    leaf = tg.Tensor(v)
    program(leaf).backward()
    assert equal(lab.gradient(program, v), leaf.grad)


def random_program(seed: int) -> Any:
    """A function of four arguments that combines them, and what it made of them, at random; the same with every call."""

    def program(*values: Any) -> Any:
        draw, known = np.random.default_rng(seed), list(values)
        functions = [np.add, np.multiply, np.subtract, np.sin, np.tanh, np.maximum]
        for _ in range(12):
            function = functions[draw.integers(len(functions))]
            known.append(function(*(known[draw.integers(len(known))] for _ in range(function.nin))))
        return sum(np.sum(value) for value in known[-4:])

    return program


@together
@pytest.mark.parametrize("seed", range(20))
def test_also_in_random_graphs_and_for_each_part_of_a_gradient(lab: Any, seed: int) -> None:
    program = random_program(seed)
    leaves = [tg.Tensor(np.random.default_rng(seed).normal(size=shape)) for shape in ((), (3,), (2, 1), (2, 3))]
    graph = tg.trace(program)(*leaves)
    program(*leaves).backward()
    gradients, parts = lab.walk_back(graph)
    for i, leaf in zip(graph.inputs, leaves):
        assert leaf.grad is None or equal(gradients[i], leaf.grad)
        assert (leaf.grad is None) == (i not in gradients)
    for node in graph:
        for part in node.contributions:
            np.testing.assert_allclose(parts.pop((part.user, part.position)), part.value, rtol=1e-12)
    assert not parts


# --- with one ---------------------------------------------------------------------------------------------------------


def test_assign(lab: Any) -> None:
    assert lab.gradient(lab.twice, 3.0) == 7
    assert lab.gradient(lab.twice, 3.0, "assign") == 3
    graph = lab.walked(tg.trace(lab.twice)(3.0), "assign")
    assert [part.value for part in graph["x"].contributions] == [4, 3]  # both came, and one is left
    assert lab.gradient(lab.diamond, 1.5, "assign") == 6  # 2 · 3
    assert lab.gradient(lab.cube, 2.0, "assign") == 4  # what comes last is one of the two uses in w · w: 2 · 2


def test_broadcast(lab: Any) -> None:
    b = np.ones(2)
    assert equal(lab.gradient(lab.batch, b), [12, 16])
    assert equal(lab.gradient(lab.batch, b, "broadcast"), [[4, 6], [8, 10]])
    assert lab.descend(lab.batch, b, 0.25, 3, "") == [54, 4, 4, 4]
    assert lab.descend(lab.batch, b, 0.25, 3, "broadcast") == [54, 13.5, 3.375, 0.84375]
    assert lab.descend(lab.batch, b, 0.25, 20, "broadcast")[-1] < 1e-10
    assert lab.gradient(lab.batch, np.array([-2.0, -3.0])).tolist() == [0, 0]  # with one b for both rows, 4 is the least
    assert lab.batch(np.array([-2.0, -3.0])) == 4


def test_order(lab: Any) -> None:
    assert lab.gradient(lab.diamond, 1.5) == 14
    assert lab.gradient(lab.diamond, 1.5, "order") == 8
    graph = lab.walked(tg.trace(lab.diamond)(1.5), "order")
    assert (graph["u"].gradient, graph["x"].contributions[0].value) == (7, 8)  # u is right, what it handed on is not


def test_zero_grad(lab: Any) -> None:
    def run(mistake: str) -> tuple[list[float], list[float]]:
        epochs = [(w.item(), float(w.grad)) for _, [w] in lab.train(lab.square, [1.0], 0.5, 7, mistake)]
        return [w for w, _ in epochs], [g for _, g in epochs]

    assert run("") == ([1, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0])
    assert run("zero_grad") == ([1, 0, -1, -1, 0, 1, 1], [2, 2, 0, -2, -2, 0, 2])


def test_zero_grad_in_the_fit_of_the_other_example(lab: Any) -> None:
    right, wrong = lab.descents(25).values()
    np.testing.assert_allclose([right[0], right[1], right[24]], [37.773112790578644, 27.7914804165, 0.5746095271], rtol=1e-9)
    assert right[:2] == wrong[:2]  # nothing is left over before the first step
    assert min(wrong[2:]) > 8  # and it climbs again and again
    assert max(wrong[12:]) > 30


def test_stale(lab: Any) -> None:
    assert lab.gradient(lab.cube, 2.0) == 12
    assert lab.gradient(lab.cube, 3.0) == 27
    graph = lab.walked(lab.overwritten(tg.trace(lab.cube)(2.0), 3.0))
    assert (graph["w"].gradient, graph["s"].gradient, graph["s"].value) == (22, 3, 4)
    assert lab.change_between("stale") == 22
    assert lab.change_between() == 12


def test_shape(lab: Any) -> None:
    assert np.isclose(lab.gradient(lab.column, 1.0), 4 / 3)  # up, where the minimum is above
    assert np.isclose(lab.gradient(lab.flat, 1.0), -4 / 3)
    assert abs(lab.descended(lab.column, 1.0, 0.25, 40)) < 1e-6
    assert np.isclose(lab.descended(lab.flat, 1.0, 0.25, 40), 2)
    assert tg.trace(lab.column)(1.0)["error"].shape == (3, 3)
    assert tg.trace(lab.flat)(1.0)["error"].shape == (3,)


def test_no_grad(lab: Any) -> None:
    assert lab.graph_sizes(lab.square, [1.0], 4) == [2, 2, 2, 2]
    assert lab.graph_sizes(lab.square, [1.0], 4, "no_grad") == [2, 3, 4, 5]
    right, recorded = (
        [(w.item(), float(w.grad)) for _, [w] in lab.train(lab.square, [1.0], 0.25, 4, mistake)]
        for mistake in ("", "no_grad")
    )
    assert right == recorded == [(1, 2), (0.5, 1), (0.25, 0.5), (0.125, 0.25)]  # every number is right


def test_rebind(lab: Any) -> None:
    def run(mistake: str) -> list[float]:
        return [w.item() for _, [w] in lab.train(lab.square, [1.0], 0.25, 3, mistake)]

    assert run("") == [1, 0.5, 0.25]
    assert run("rebind") == [1, 1, 1]


@together
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("assign", "3 (0.4286 times the differences)"),
        ("broadcast", "for its argument 'b' gave shape (2, 2), but the argument has shape (2,)"),
        ("order", "8 (0.5714 times the differences)"),
        (
            "zero_grad",
            "w.grad is 2, but the gradient of square at w = 0 is 0. The other 2 was left over from an earlier backward().",
        ),
        ("stale", "the leaf 'w' of shape ()"),
        ("shape", "broadcasts their difference to (3, 3). Write predictions[:, 0] - targets."),
        ("no_grad", "has 2 values in epoch 1 and 4 in epoch 3"),
        ("rebind", "w is 1 before the step and 1 after it, although its gradient is 2."),
    ],
)
def test_the_check_complains_of_the_mistake_and_of_nothing_else(lab: Any, name: str, says: str) -> None:
    check = lab.LESSONS[name]().check
    assert lab.complaint(check, "") == ""
    assert says in lab.complaint(check, name)


def test_the_checks_see_no_mistake_where_every_value_is_used_once(lab: Any) -> None:
    """Which is why a chain of calls is no test of an engine."""

    def chain(x: Any) -> Any:
        return np.exp(np.sin(x))

    for mistake in ("assign", "broadcast", "order"):
        tg.check_gradients(lab.by_our_walk(chain, mistake), 0.5)


CELL = re.compile(r"```\{code-cell\}\n((?::[^\n]*\n)*)(.*?)```", re.DOTALL)  # its options, its code


def test_the_page_has_the_numbers_that_it_promises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells run, also the hidden ones with the assertions, and those that show an error raise it."""
    monkeypatch.chdir(PAGE.parent)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "break_it", None)  # taken away again at the end
    del sys.modules["break_it"]
    monkeypatch.setattr(plt, "show", lambda: None)
    names: dict[str, Any] = {}
    raised = []
    with plt.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of debug(), about the mistakes
        for options, code in CELL.findall(PAGE.read_text(encoding="utf-8")):
            code = "\n".join(line for line in code.splitlines() if not line.startswith("%"))
            if "raises-exception" in options:
                with pytest.raises((AssertionError, ValueError, RuntimeError)) as error:
                    exec(code, names)
                raised.append(type(error.value))
            else:
                exec(code, names)
    plt.close("all")
    assert raised == [AssertionError, ValueError, AssertionError, AssertionError, RuntimeError, AssertionError]


# --- the command line -------------------------------------------------------------------------------------------------


def words_in(picture: Path) -> list[str]:
    return " ".join(ElementTree.parse(picture).getroot().itertext()).split()


def test_all_of_them(lab: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert lab.main(["--out", str(tmp_path / "my pictures")]) == 0
    result = capsys.readouterr()
    assert result.err == ""
    text = " ".join(result.out.split())
    for words in (
        "4 + 3 = 7 ✗ 3",
        "[12 16] ✗ [[4 6] [8 10]]",
        "14 ✗ 8",
        "2 0 0 0 0 ✗ 2",
        "12 3 27 ✗ 3 ✗ 22",
        "54 13.5 3.38",
        "101",
    ):
        assert words in text
    for words in ("0.666667 ✗ 3.33333", "−1.33333 ✗ 1.33333", "2 ✗ 3 ✗ 4 ✗ 11 ✗ 101", "1 0.5 0.25 0.125", "1 ✗ 1 ✗ 1 ✗ 1"):
        assert words in text
    assert max(len(line) for line in result.out.splitlines()) <= 80
    assert "…" not in result.out  # nothing was cut to fit
    pictures = {path.name: words_in(path) for path in (tmp_path / "my pictures").iterdir()}
    assert set(pictures) == {f"{name}.svg" for name in [*MISTAKES, "zero_grad_loss"]}
    for name, words in {
        "assign": "✗ not 3 but 4 + 3 = 7",
        "broadcast": "✗ no sum: should be [12, 16]",
        "order": "✗ not 8 but 14",
        "zero_grad": "✗ 0 came back: the 2 is from epoch 1",
        "stale": "✗ was 2 when s was computed",
        "shape": "✗ 9 numbers: should be 3",
        "no_grad": "✗ should not be part of the loss",
        "rebind": "✗ epoch 2: should be 0.5",
    }.items():
        assert words in " ".join(pictures[f"{name}.svg"])
    assert "(2, 2)" in " ".join(pictures["broadcast.svg"])
    assert {"w", "s", "22"} <= set(pictures["stale.svg"])


def test_some_of_them_with_the_numbers_that_they_have(lab: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.main(["stale", "order", "--out", str(tmp_path)]) == 0
    heads = re.findall(r"^(\d)  .*\((\w+)\)", capsys.readouterr().out, re.MULTILINE)
    assert heads == [("3", "order"), ("5", "stale")]
    assert {path.name for path in tmp_path.iterdir()} == {"order.svg", "stale.svg"}


def test_list(lab: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.main(["--list", "--out", str(tmp_path / "nothing")]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == MISTAKES
    assert not (tmp_path / "nothing").exists()


def test_quiet_prints_nothing(lab: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lab.main(["assign", "--quiet", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["assign.svg"]


def test_a_mistake_that_nobody_makes(lab: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        lab.main(["typo", "--out", str(tmp_path)])
    assert stop.value.code == 2
    assert ", ".join(MISTAKES) in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be(lab: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SystemExit):
        lab.main(["assign", "--out", str(tmp_path / "taken")])
    assert "cannot write into" in capsys.readouterr().err


def test_without_the_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setattr(sys, "argv", [str(EXAMPLE)])
    with pytest.raises(SystemExit, match=r"needs rich.*pip install -e '\.\[examples\]'"):
        runpy.run_path(str(EXAMPLE))
