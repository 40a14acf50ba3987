"""All views of one loss: every number in them is that of .grad, and the page shows them all without a network."""

from __future__ import annotations

import html
import importlib.util
import json
import re
import runpy
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tinygrad_lite as tg

ROOT = Path(__file__).parent.parent
FILES = {
    "graph.svg", "graph_backward.svg", "paths_a.svg", "explain.html", "explain_a.html", "step.html", "loss_and_gradient.py",
    "graph.json", "index.html",
}  # fmt: skip
EPSILON = 2.0**-52  # BLAS rounds sums of products as the machine allows, and the engine and the graph call it in two ways
GUESSES = {"2 3 4": (2.0, 3.0, 4.0), "1.5 -200 0.001": (1.5, -200.0, 0.001)}


def module(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


see = module(ROOT / "examples" / "see_it.py")


@pytest.fixture(scope="module", params=GUESSES)
def views(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[float, ...]]:
    """A folder with all views, and the guess that they are of."""
    folder = tmp_path_factory.mktemp("see it")
    assert see.main(["--guess", *request.param.split(), "--out", str(folder), "--no-open", "--quiet"]) == 0
    return folder, GUESSES[request.param]


def truth(guess: tuple[float, ...]) -> tuple[float, dict[str, float]]:
    """The loss and its gradient, by backward()."""
    a, b, c = (tg.Tensor(value) for value in guess)
    loss = see.loss(a, b, c, see.x, see.actual)
    loss.backward()
    return loss.item(), {"a": a.grad.item(), "b": b.grad.item(), "c": c.grad.item()}


def words_of(path: Path) -> str:
    """What a reader sees of a file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".svg":
        return " ".join(part for part in ElementTree.fromstring(text).itertext() if part.strip())
    return html.unescape(re.sub(r"<style>.*?</style>|<script>.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL))


def close_to(value: float, words: str) -> list[str]:
    """All numbers in a text that look as if they should be this one."""
    found = re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.])", words)
    return [text for text in found if "." in text and abs(float(text) - value) < 1e-4 * abs(value)]


@pytest.mark.parametrize("name", sorted(FILES - {"loss_and_gradient.py"}))
def test_the_numbers_in_each_view_are_those_of_grad_to_every_digit(name: str, views: Any) -> None:
    folder, guess = views
    value, gradient = truth(guess)
    words = words_of(folder / name)
    expected = {"a": gradient["a"]} if name == "explain_a.html" else {"loss": value, **gradient}
    for number in expected.values():
        printed = close_to(number, words)
        assert printed
        for text in printed:
            digits = len(re.sub(r"e.*|[-.]", "", text).lstrip("0"))
            if digits > 12:
                assert float(text) == pytest.approx(number, rel=4 * EPSILON)
            else:
                assert float(text) == float(f"{number:.{digits}g}")


def test_each_box_of_the_picture_has_its_gradient(views: Any) -> None:
    folder, guess = views
    _, gradient = truth(guess)
    words = words_of(folder / "graph.svg")
    for name, start in zip("abc", guess):
        assert re.search(rf"\b{name} +scalar value {start:g} grad {re.escape(f'{gradient[name]:.6g}')} ", words)


def test_the_program_computes_the_loss_and_the_gradient(views: Any) -> None:
    folder, guess = views
    value, gradient = truth(guess)
    program = runpy.run_path(str(folder / "loss_and_gradient.py"))  # an import would leave a __pycache__ in the folder
    got = program["loss_and_gradient"](*guess, see.x, see.actual)
    assert got == (pytest.approx(value, rel=1e-12), pytest.approx(tuple(gradient.values()), rel=1e-12))


def test_the_data_are_the_graph(views: Any) -> None:
    folder, guess = views
    _, gradient = truth(guess)
    graph = tg.Graph.from_json(folder / "graph.json")
    assert {name: pytest.approx(graph[name].gradient, rel=4 * EPSILON) for name in "abc"} == gradient
    assert graph == tg.trace(see.loss, backward=True)(*map(tg.Tensor, guess), see.x, see.actual)


def test_the_number_is_marked_in_every_view(views: Any) -> None:
    folder, guess = views
    _, gradient = truth(guess)
    page = (folder / "index.html").read_text(encoding="utf-8")
    sections = re.findall(r'<section id="(\w+)">(.*?)</section>', page, re.DOTALL)
    assert [name for name, _ in sections] == ["graph", "paths", "walk", "table", "why", "steps", "program", "data"]
    for name, text in sections:
        marked = re.findall(r'<(mark|tspan) class="number">(.*?)</\1>', text)
        [number] = {number for _, number in marked}
        if name == "data":  # all digits of the graph's own: sums of products may be rounded otherwise there
            assert float(number) == pytest.approx(gradient["a"], rel=4 * EPSILON)
        else:
            assert number == f"{gradient['a']:.6g}"
        assert {tag for tag, _ in marked} == {"tspan" if "<svg" in text else "mark"}


def test_the_step_that_is_shown_is_the_one_at_which_the_number_arrives(views: Any) -> None:
    folder, guess = views
    _, gradient = truth(guess)
    page = (folder / "index.html").read_text(encoding="utf-8")
    [number] = set(re.findall(r'(?:src|href)="step\.html#(\d+)"', page))
    story = re.search(r'<script type="application/json" id="story">(.*?)</script>', (folder / "step.html").read_text("utf-8"))
    assert story is not None
    step = json.loads(story[1])["steps"][int(number)]
    assert step["title"].startswith("∂loss/∂a = ")
    assert f"{gradient['a']:.6g}" in json.dumps(step)


def test_there_is_all_that_the_page_refers_to_and_nothing_comes_from_elsewhere(views: Any) -> None:
    folder, _ = views
    assert {path.name for path in folder.iterdir()} - {"__pycache__"} == FILES  # there once a program in it has been imported
    page = (folder / "index.html").read_text(encoding="utf-8")
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for address in re.findall(r' (?:href|src)="([^"]*)"', page):
        path, _, part = address.partition("#")
        assert address == "data:," or (path in FILES if path else part in ids)
    assert "<script" not in page
    loads = module(ROOT / "docs" / "check_offline.py").loads
    for path in folder.glob("*.html"):
        assert loads(path) == []
        assert not re.search(r"""@import|url\(\s*['"]?(?:https?:)?//""", path.read_text(encoding="utf-8"))


def test_text_is_escaped_and_marked_where_it_is_text() -> None:
    assert see.code("a < b & c") == '<pre tabindex="0"><code>a &lt; b &amp; c</code></pre>'
    marked = '<p title="-1.5">x <mark class="number">-1.5</mark>, -1.55, 0-1.5</p>'
    assert see.mark('<p title="-1.5">x -1.5, -1.55, 0-1.5</p>', "-1.5") == marked


# --- the command line -------------------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Run the example with the views left out; what it opened."""
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr(see, "write_views", lambda *_: [see.Section("one", "One", "A view.", "<p>It</p>", "graph.svg")] * 2)
    monkeypatch.delenv("CI", raising=False)

    def run(*options: str) -> list[str]:
        assert see.main(options) == 0
        return opened

    return run


def test_it_says_where_the_page_is_and_opens_it(small: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "my views"
    assert small("--out", str(folder)) == [(folder / "index.html").as_uri()]
    assert capsys.readouterr() == (f"Why is ∂loss/∂a -10.1064? 2 answers are in {folder / 'index.html'}\n", "")


def test_when_it_does_not_open_the_page(small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert small("--out", str(tmp_path), "--no-open", "--quiet") == []
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("CI", "true")
    assert small("--out", str(tmp_path)) == []


@pytest.mark.parametrize("guess", ["5 -3 3", "nan 0 0", "1e200 0 0", "inf 0 0"])
def test_guesses_without_a_gradient(guess: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        see.main(["--guess", *guess.split(), "--out", str(tmp_path / "views")])
    assert stop.value.code == 2
    assert "there is no gradient here" in capsys.readouterr().err
    assert not (tmp_path / "views").exists()


def test_a_folder_that_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SystemExit):
        see.main(["--out", str(tmp_path / "taken")])
    assert "cannot write into" in capsys.readouterr().err


def test_without_a_program_that_makes_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinygrad_lite.views.drawing.render.programs", list)
    with pytest.raises(SystemExit) as stop:
        see.main(["--out", str(tmp_path), "--no-open"])
    assert "pip install" in str(stop.value.code)
