"""The page to step through: what is in the file, and how it behaves in a real browser, where there is one."""

import linecache
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import PHONE, Reader, contrast

import tinygrad_lite as tg
from tinygrad_lite.frames import Line
from tinygrad_lite.graphs.graph import Graph
from tinygrad_lite.messages import NoRenderer
from tinygrad_lite.views.drawing import render
from tinygrad_lite.views.page.boxes import Stage
from tinygrad_lite.views.page.excerpts import Excerpts
from tinygrad_lite.views.page.layout import layout
from tinygrad_lite.views.page.page import step_through
from tinygrad_lite.views.page.story import Story
from tinygrad_lite.views.player.player import asset
from tinygrad_lite.views.words import lines, number

NASTY = """<script>alert(1)</script> & "double" 'single' </script>"""


def x_sin_x(x: Any) -> Any:
    s = np.sin(x)
    return x * s


def fit(a: Any, b: Any, c: Any, x: Any, actual: Any) -> Any:
    guess = a * x**2 + b * x + c
    error = guess - actual
    return np.sqrt(np.mean(error**2))


def network(w1: Any, b1: Any, w2: Any, x: Any, target: Any) -> Any:
    hidden = np.tanh(x @ w1 + b1)
    return np.mean((hidden @ w2 - target) ** 2)


def cross_entropy(w: Any, b: Any, x: Any, labels: Any) -> Any:
    logits = x @ w + b
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])


def recurrent(w: Any, h: Any, turns: int) -> Any:
    for _ in range(turns):
        h = np.tanh(w * h)
    return np.sum(h)


def samples() -> dict[str, tuple[Callable[..., Any], tuple[Any, ...]]]:
    """Functions with arguments; gradients are taken with respect to the Tensors among them."""
    r = np.random.default_rng(0)
    x = np.linspace(-5, 5, 100)
    a, b, c = (tg.Tensor(value) for value in (2.0, 3.0, 4.0))
    weights = tg.Tensor(r.normal(size=(2, 4))), tg.Tensor(np.zeros(4)), tg.Tensor(r.normal(size=(4, 1)))
    labels = np.array([0, 3, 1, 2, 0])
    return {
        "x sin x": (x_sin_x, (tg.Tensor(2.0),)),
        "fit": (fit, (a, b, c, x, 5 * x**2 - 3 * x + 3)),
        "network": (network, (*weights, r.normal(size=(2, 2)), np.array([[1.0], [0.0]]))),
        "cross-entropy": (cross_entropy, (tg.Tensor(r.normal(size=(3, 4))), weights[1], r.normal(size=(5, 3)), labels)),
    }


def graph_of(name: str) -> Graph:
    function, args = samples()[name]
    return tg.trace(function, backward=True)(*args)


@pytest.fixture(name="read")
def fixture_read(tmp_path: Path) -> Callable[..., Reader]:
    """Write a page, and read it."""

    def read(what: Any, **options: Any) -> Reader:
        return Reader(step_through(what, tmp_path / "page.html", **options).read_text(encoding="utf-8"))

    return read


# --- what is in the file ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", samples())
def test_every_value_and_every_gradient_is_the_one_that_backward_gives(name: str, read: Callable[..., Reader]) -> None:
    function, args = samples()[name]
    loss = function(*args)
    loss.backward()
    graph = tg.trace(function, backward=True)(*args)
    page = read(graph)
    given = [(i, arg) for i, arg in zip(graph.inputs, args) if isinstance(arg, tg.Tensor)]
    assert given
    for i, tensor in given:
        _, done, gradients = page.data["boxes"][str(i)]
        step, shown, _ = gradients[-1]
        assert step == done > page.data["turn"]
        in_full = tensor.data.size <= 6
        if tensor.shape == ():
            assert shown == [number(tensor.grad)]
        elif in_full:
            assert shown == lines(tensor.grad)
        else:
            assert shown == [lines(tensor.grad)[0], number(tensor.grad.flat[0])]
    values = page.texts("text", "value")
    assert number(loss.data) in values
    assert all(line in values for i, tensor in given for line in lines(tensor.data) if not line.startswith("mean"))


@pytest.mark.parametrize("name", samples())
def test_the_boxes_show_what_the_steps_say(name: str) -> None:
    """What comes in at a step stands in the box that it comes from, what has added up in the box that it goes to."""
    story = Story(graph_of(name), None)
    boxes, nodes = Stage(story).states, story.graph.nodes
    compared = 0
    for i, step in enumerate(story.backward, story.turn + 1):
        _, done, there = boxes[step.user]
        assert done < i
        [here] = [shown for shown in boxes[step.parent][2] if shown.step == i]
        assert (here.uses == f"use {step.use} of {step.uses}") == (step.uses > 1)
        if nodes[step.user].shape == ():
            assert there[-1].lines == [step.upstream_value]
            compared += 1
        if nodes[step.parent].size > 6 or nodes[step.parent].shape == ():
            assert here.lines[-1] == step.total
            compared += 1
    assert compared >= len(story.backward) / 2


def test_a_step_back_in_all_its_parts() -> None:
    last = Story(graph_of("x sin x"), None).steps[-1]
    assert last.title == "∂x_sin_x/∂x += ∂x_sin_x/∂s × cos(x)"
    assert dict(last.rows) == {
        "comes in": ["∂x_sin_x/∂s = 2"],
        "local derivative": ["∂s/∂x = cos(x) = cos(2)"],
        "product": ["∂x_sin_x/∂s × cos(x)", "= 2 × cos(2)", "= -0.832294"],
        "sum": ["∂x_sin_x/∂x = 0.909297 + (-0.832294) = 0.0770038", "(use 2 of 2)"],
    }
    assert last.sentence == (
        "s sends -0.832294 back to x. It adds to what came before: 0.909297 + (-0.832294) = 0.0770038. "
        "That was the last of 2 uses of x: its gradient is complete."
    )


def test_another_element_is_followed(read: Callable[..., Reader]) -> None:
    page = read(graph_of("fit"), element=(-1,))
    assert ["x", ["5 at [99]", "(100,)  -5 … 5, mean ≈ 0"]] in page.data["steps"][0]["rows"]
    assert "[99]" in page.texts("text", "label value-1")


def test_names_stay_text(read: Callable[..., Reader]) -> None:
    x = tg.Tensor([1.0, 2.0], name=NASTY)
    page = read(np.sum(x * x), title=NASTY)
    assert page.texts("h1") == page.texts("title") == [NASTY]
    assert "<script>alert(1)</s…" in page.texts("text", "name")  # names are cut after 20 letters
    assert page.data["steps"][1]["title"] == "v₁ = <script>alert(1)</s… × <script>alert(1)</s…"
    assert [tag for tag, *_ in page.elements].count("script") == 2  # ours, and the data
    assert not [name for _, attrs, _ in page.elements for name in attrs if name.startswith("on") or name == "style"]


def test_the_file_is_complete_and_always_the_same(tmp_path: Path) -> None:
    graph = graph_of("cross-entropy")
    first, again = (step_through(graph, tmp_path / name) for name in ("first.html", "again.htm"))
    assert first == tmp_path / "first.html"
    text = first.read_text(encoding="utf-8")
    assert text == again.read_text(encoding="utf-8")
    assert not re.search(r"(?:https?:)?//\w|@import|url\((?!#)", re.sub(r"<pre>.*?</pre>|// .*", "", text, flags=re.S))
    assert "$" not in Reader(text).texts("p")[0]


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    step_through(graph_of("x sin x"), tmp_path / "page.html")
    assert capsys.readouterr() == ("", "")


def test_a_leaf_alone(read: Callable[..., Reader]) -> None:
    steps = read(tg.Tensor(3.0, name="x")).data["steps"]
    assert [step["title"] for step in steps] == ["What is given", "∂x/∂x = 1"]
    assert steps[1]["sentence"].endswith("It was computed from nothing else, so the backward pass ends here, too.")


def test_inputs_without_a_use_and_results_of_one_element(read: Callable[..., Reader]) -> None:
    def f(used: Any, unused: Any) -> Any:
        return np.sum(used, keepdims=True)

    page = read(tg.trace(f, backward=True)(np.ones((2, 3)), 1.0))
    assert page.data["boxes"]["1"] == [0, -1, []]
    assert page.data["boxes"]["2"][2] == [[2, ["1"], ""]]


def test_values_inside_tuples_and_data_have_arrows_but_send_nothing_back() -> None:
    def f(x: Any, mask: Any) -> Any:
        return np.sum(np.concatenate([x, x]) * mask)

    turns = Stage(Story(tg.trace(f, backward=True)(tg.Tensor([1.0]), np.array([True, False])), None)).turns
    assert len(turns) == 5
    assert sum(back < 0 for _, back in turns) == 1


def test_odd_numbers_are_named(read: Callable[..., Reader]) -> None:
    x = tg.Tensor(np.arange(8.0), name="x")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        page = read(np.sum(np.log(x)))
    assert "1 × inf" in page.texts("text", "value")
    assert "1 × inf" in page.texts("text", "gradient")


# --- the user's lines -------------------------------------------------------------------------------------------------


def test_the_lines_of_the_traced_functions(read: Callable[..., Reader]) -> None:
    page = read(graph_of("fit"))
    ids = [attrs["id"] for _, attrs, _ in page.elements if attrs.get("class") == "line"]
    first = fit.__code__.co_firstlineno
    assert ids == [f"line0-{first + i}" for i in range(4)]
    assert page.data["steps"][1]["line"] == f"line0-{first + 1}"
    assert page.texts("h3") == ["test_page.py"]


def test_lines_outside_of_functions(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("a = 1\n\n\ndef f():\n    return '<b>'\n\n\n%magic\nb = 2\n", encoding="utf-8")
    text = Excerpts([Line(str(program), 1), None, Line(str(program), 9)]).html
    assert [int(n) for n in re.findall(r'id="line0-(\d)"', text)] == [1, 9]
    assert text.count("⋮") == 1
    program.write_text("a = 1\n\n\ndef f():\n    return '<b>'\n", encoding="utf-8")
    linecache.checkcache()
    text = Excerpts([Line(str(program), 5)]).html
    assert [int(n) for n in re.findall(r'id="line0-(\d)"', text)] == [4, 5]
    assert "&lt;b&gt;" in text


def test_without_lines_it_says_how_to_get_them(read: Callable[..., Reader]) -> None:
    x = tg.Tensor(2.0)
    page = read(x * x)
    assert "To see its lines here, show a traced function: " in page.texts("p")
    assert page.data["steps"][1]["line"] is None


# --- where it cannot be shown -----------------------------------------------------------------------------------------


def test_errors_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    x = tg.Tensor([1.0, 2.0], name="x")
    with pytest.raises(TypeError, match=r"This float has no graph.*tg.trace"):
        step_through(1.0, path)
    with pytest.raises(ValueError, match=r"this Tensor \(x, shape \(2,\)\) has 2 elements.*\.sum\(\)"):
        step_through(x, path)
    with pytest.raises(TypeError, match="no graph for a backward pass"):
        step_through(tg.Tensor(1.0, requires_grad=False), path)
    with pytest.raises(ValueError, match=r"Graph of x_sin_x: 3 nodes.*tg.trace\(x_sin_x, backward=True\)"):
        step_through(tg.trace(x_sin_x)(2.0), path)
    with pytest.raises(ValueError, match=r"has 403 values, and more than 400.*small case"):
        step_through(tg.trace(recurrent, backward=True)(1.0, 1.0, 200), path)
    with pytest.raises(ValueError, match=r"element=\(2,\) is in no array.*x \(2,\)"):
        step_through(np.sum(x), path, element=2)
    with pytest.raises(ValueError, match=r"must end with .html: page\.html"):
        step_through(x[0], tmp_path / "page.svg")
    monkeypatch.setattr(render, "programs", list)
    with pytest.raises(NoRenderer, match="graphviz-pure"):
        step_through(x[0], path)
    assert not list(tmp_path.iterdir())


def test_a_loop_of_fifty_turns_is_laid_out() -> None:
    story = Story(tg.trace(recurrent, backward=True)(0.9, 1.0, 50), None)  # without a limit to the rounds: minutes
    boxes = layout({step.id: (90.0 + step.id, 80) for step in story.forward}, [(0, i) for i in range(1, 100)]).boxes
    assert len(boxes) == 103
    Stage(story)


def test_boxes_do_not_overlap() -> None:
    boxes = list(
        layout({i: (40 + 10 * i, 30) for i in range(8)}, [(i, j) for j in range(8) for i in range(j)]).boxes.values()
    )
    for i, a in enumerate(boxes):
        for b in boxes[:i]:
            assert a.x + a.width < b.x or b.x + b.width < a.x or a.y + a.height < b.y or b.y + b.height < a.y


# --- how it looks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_all_words_have_enough_contrast(dark: bool) -> None:
    colours: dict[str, str] = {}
    for block in re.findall(r":root \{(.*?)\}", asset("tinygrad_lite.views.player", "player.css"), re.S)[: 1 + dark]:
        colours |= re.findall(r"--([\w-]+): (#\w{6})", block)
    for words in ("ink", "quiet", "forward-words", "back-words"):
        for behind in ("paper", "received"):
            assert contrast(colours[words], colours[behind]) >= 4.5
    for words in ("ink", "quiet"):
        for behind in ("shade", "now"):
            assert contrast(colours[words], colours[behind]) >= 4.5
    assert contrast(colours["paper"], colours["forward"]) >= 4.5  # the button
    for line in ("forward", "back"):
        assert contrast(colours[line], colours["paper"]) >= 3


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(name="visit")
def fixture_visit(open_page: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Write a page, and open it."""

    def visit(what: Any, hash: str = "", **options: Any) -> Any:
        return open_page(step_through(what, tmp_path / "page.html"), hash, **options)

    return visit


def arrive(page: Any, title: str) -> None:
    """The page comes to the step of this headline. A change of the address takes a moment."""
    page.wait_for_function("title => document.getElementById('headline').textContent === title", arg=title)


def box(page: Any, name: str) -> Any:
    return page.locator(".box", has=page.locator(".name", has_text=re.compile(f"^{name}$")))


def seen(page: Any, name: str) -> list[str]:
    """The words in a box that are to be seen."""
    texts = box(page, name).locator("text").all()
    return [text.text_content() for text in texts if text.text_content() and text.is_visible()]


def test_buttons(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    press = lambda name: page.get_by_role("button", name=name, exact=True).click()  # noqa: E731
    arrive(page, "What is given")
    press("Next")
    arrive(page, "s = sin(x)")
    press("Next")
    press("Back")
    arrive(page, "s = sin(x)")
    press("End")
    arrive(page, "∂x_sin_x/∂x += ∂x_sin_x/∂s × cos(x)")
    assert page.text_content("#count") == "Step 6 of 6"
    assert page.get_by_role("button", name="Next").is_disabled()
    page.keyboard.press("ArrowRight")  # there is nothing more
    assert page.url.endswith("#6")
    press("Start")
    assert page.get_by_role("button", name="Back").is_disabled()
    page.keyboard.press("ArrowLeft")
    assert page.url.endswith("#0")


def test_values_appear_as_they_are_computed_and_gradients_as_they_add_up(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    assert seen(page, "x") == ["x", "leaf", "value", "2", "grad", "–"]
    assert seen(page, "s") == ["s", "sin(x)"]
    page.keyboard.press("ArrowRight")
    assert seen(page, "s") == ["s", "sin(x)", "value", "0.909297", "grad", "–"]
    page.goto(page.url.partition("#")[0] + "#4")
    arrive(page, "∂x_sin_x/∂x = ∂x_sin_x/∂x_sin_x × s")
    assert seen(page, "x")[-3:] == ["grad", "0.909297", "use 1 of 2"]
    assert "receiving" in box(page, "x").get_attribute("class")
    page.keyboard.press("End")
    assert seen(page, "x")[-3:] == ["grad", "0.0770038", "use 2 of 2"]
    assert "received" in box(page, "x").get_attribute("class")
    page.keyboard.press("Home")
    assert seen(page, "x") == ["x", "leaf", "value", "2", "grad", "–"]


def test_arrows_back_are_dashed_and_have_their_head_at_the_other_end(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"), "#5")
    style = "e => [getComputedStyle(e).strokeDasharray, getComputedStyle(e).markerStart, getComputedStyle(e).markerEnd]"
    arrows = page.locator(".arrow").all()
    forward, back, now = (arrow.evaluate(style) for arrow in arrows)
    assert forward == ["none", "none", 'url("#forward-tip")']
    assert back == now == ["5px, 3px", 'url("#back-tip")', "none"]
    assert [arrow.get_attribute("class") for arrow in arrows] == ["arrow", "arrow returned", "arrow returned now"]


def test_keys(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    for key, title in [
        ("ArrowRight", "s = sin(x)"),
        ("ArrowRight", "x_sin_x = x × s"),
        ("ArrowLeft", "s = sin(x)"),
        ("End", "∂x_sin_x/∂x += ∂x_sin_x/∂s × cos(x)"),
        ("Home", "What is given"),
        ("Control+ArrowRight", "What is given"),
    ]:
        page.keyboard.press(key)
        arrive(page, title)
    page.focus("#slider")
    page.keyboard.press("ArrowRight")  # one step, not one by the slider and one by the page
    arrive(page, "s = sin(x)")
    page.focus("#next")
    page.keyboard.press(" ")  # presses the button, and does not play
    arrive(page, "x_sin_x = x × s")
    assert page.text_content("#play") == "Play"


def test_the_slider(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    slider = page.get_by_role("slider", name="Step")
    slider.fill("3")
    arrive(page, "∂x_sin_x/∂x_sin_x = 1")
    assert slider.get_attribute("aria-valuetext") == "Step 3 of 6: ∂x_sin_x/∂x_sin_x = 1"


def test_play_goes_on_to_the_end(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    page.clock.install()
    page.keyboard.press(" ")
    assert page.text_content("#play") == "Pause"
    page.clock.run_for(3100)
    arrive(page, "x_sin_x = x × s")
    page.keyboard.press(" ")
    page.clock.run_for(5000)
    arrive(page, "x_sin_x = x × s")
    page.click("#play")
    page.clock.run_for(20000)
    arrive(page, "∂x_sin_x/∂x += ∂x_sin_x/∂s × cos(x)")
    assert page.text_content("#play") == "Play"
    page.click("#play")  # from the end it starts again
    page.clock.run_for(1600)
    arrive(page, "s = sin(x)")


def test_a_click_on_a_box_or_on_an_item_of_the_list(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    box(page, "x_sin_x").click()
    arrive(page, "x_sin_x = x × s")
    box(page, "x").click()
    arrive(page, "What is given")
    page.get_by_role("link", name="∂x_sin_x/∂x_sin_x = 1").click()
    arrive(page, "∂x_sin_x/∂x_sin_x = 1")
    box(page, "x").click()  # in the backward pass: where its gradient is complete
    arrive(page, "∂x_sin_x/∂x += ∂x_sin_x/∂s × cos(x)")
    page.go_back()
    arrive(page, "∂x_sin_x/∂x_sin_x = 1")
    box(page, "s").focus()
    page.keyboard.press("Enter")
    arrive(page, "∂x_sin_x/∂s = ∂x_sin_x/∂x_sin_x × x")


@pytest.mark.parametrize(("hash", "step"), [("#4", 4), ("#400", 6), ("#-1", 0), ("#x", 0)])
def test_the_address_says_the_step(visit: Callable[..., Any], hash: str, step: int) -> None:
    page = visit(graph_of("x sin x"), hash)
    assert page.text_content("#count") == f"Step {step} of 6"
    assert page.url.endswith(f"#{step}")


def test_the_box_the_item_and_the_line_of_a_step_are_marked_and_in_view(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("cross-entropy"))
    marked = page.evaluate("""() => steps.map((step, i) => {
        show(i);
        return [...document.querySelectorAll("[aria-current=step], .box.now")].map((place) => {
            const here = place.getBoundingClientRect();
            const frame = place.closest("#canvas, section").getBoundingClientRect();
            const across = here.right > frame.left && here.left < frame.right;
            return [place.id, across && here.top >= frame.top && here.bottom <= frame.bottom];
        });
    })""")
    story, first = Story(graph_of("cross-entropy"), None), cross_entropy.__code__.co_firstlineno
    assert len(marked) == len(story.steps)
    for i, (step, places) in enumerate(zip(story.steps, marked)):
        line = [f"line0-{step.line.number}"] if step.line else []
        boxes = [] if step.node is None else [f"box{step.node}"]
        assert places == [[name, True] for name in [*boxes, f"step{i}", *line]]
    assert marked[4][-1] == [f"line0-{first + 2}", True]


def test_names_do_nothing(visit: Callable[..., Any]) -> None:
    x = tg.Tensor([1.0, 2.0], name=NASTY)
    page = visit(np.sum(x * x))
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    assert "<script>alert(1)</s…" in page.text_content("#headline")
    assert page.locator("script").count() == 2
    assert page.locator("#panel script, #list script, svg script").count() == 0


def test_the_page_may_not_ask_for_anything_or_run_anything_else(browser: Any, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(step_through(graph_of("x sin x"), tmp_path / "page.html").as_uri())
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    assert page.evaluate("fetch('data:,x').then(() => 'came', () => 'refused')") == "refused"
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))")
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in text for text in complaints)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(visit: Callable[..., Any], scheme: str) -> None:
    page = visit(graph_of("x sin x"), "#6", color_scheme=scheme)
    colour = "(e, name) => getComputedStyle(e)[name].match(/\\d+/g).reduce((a, b) => a + Number(b), 0)"
    paper = page.locator("body").evaluate(colour, "backgroundColor")
    words = [
        box(page, "x").locator(".value").evaluate(colour, "fill"),
        page.locator("#rows dd").first.evaluate(colour, "color"),
    ]
    filled = box(page, "x").locator("rect").evaluate(colour, "fill")
    assert (paper > 600, min(words) > 600, filled > 500) == (scheme == "light", scheme == "dark", scheme == "light")


def test_the_counts_agree_and_say_what_step_0_is(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    assert page.text_content("header p").startswith("Step 0 shows what is given; steps 1 and 2 forward, steps 3 to 6 back.")
    assert page.text_content("#count") == "Step 0 of 6"
    assert [page.locator("#list ol").nth(i).locator("li").count() for i in (0, 1)] == [1 + 2, 4]


def test_a_page_in_a_page_says_that_keys_need_a_click(browser: Any, tmp_path: Path) -> None:
    step_through(graph_of("x sin x"), tmp_path / "page.html")
    (tmp_path / "outer.html").write_text('<p>Above</p><iframe src="page.html" width="900" height="600"></iframe>')
    page = browser.new_page()
    page.goto((tmp_path / "outer.html").as_uri())
    inner = page.frames[1]
    keys = inner.locator("#keys")
    assert keys.text_content() == "Click in here, then ← and → step"
    inner.locator("#headline").click()
    inner.wait_for_function("document.getElementById('keys').textContent.startsWith('Keys: ')")
    page.keyboard.press("ArrowRight")
    inner.wait_for_function("now === 1")
    page.close()


def test_on_a_phone(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("cross-entropy"), viewport=PHONE, has_touch=True, is_mobile=True)
    widths = page.evaluate("steps.map((step, i) => (show(i), document.documentElement.scrollWidth))")
    assert widths == [390] * 27
    for button in page.get_by_role("button").all():
        size = button.bounding_box()
        assert size["x"] >= 0
        assert size["x"] + size["width"] <= 390
    page.get_by_role("button", name="Start").tap()
    page.get_by_role("button", name="Next").tap()
    arrive(page, "v₁ = x @ w")
    scrolls = "[...document.querySelectorAll('#list, #code')].map((e) => getComputedStyle(e).overflowY)"
    assert page.evaluate(scrolls) == ["visible", "visible"]  # nothing scrolls inside what scrolls
    picture, panel = page.locator("#picture").bounding_box(), page.locator("#panel").bounding_box()
    assert picture["y"] + picture["height"] <= panel["y"]
    assert page.locator("nav").bounding_box()["y"] >= 0


def test_a_wide_graph_is_zoomed_and_dragged(visit: Callable[..., Any]) -> None:
    page = visit(tg.trace(recurrent, backward=True)(0.9, np.array([1.0, 2.0]), 12))
    width = lambda: page.locator("#graph").bounding_box()["width"]  # noqa: E731
    canvas, before = page.locator("#canvas").bounding_box(), width()
    assert before > 2 * canvas["width"]
    page.get_by_role("button", name="Zoom in").click()
    assert width() == pytest.approx(1.25 * before, abs=1)
    page.keyboard.press("-")
    assert width() == pytest.approx(before, abs=1)
    page.mouse.move(canvas["x"] + 100, canvas["y"] + 100)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_function(f"graph.getBoundingClientRect().width > {before + 100}")
    page.get_by_role("button", name="Show the whole graph").click()
    assert width() <= canvas["width"]
    for _ in range(9):
        page.keyboard.press("+")
    page.goto(page.url.partition("#")[0] + "#30")
    page.wait_for_function("now === 30")
    place, left = page.locator(".box.now").bounding_box(), page.evaluate("canvas.scrollLeft")
    x, y = place["x"] + 20, place["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y, steps=4)
    page.mouse.up()
    assert page.evaluate("canvas.scrollLeft") == left + 60
    assert page.url.endswith("#30")  # it was dragged, not clicked


def test_for_a_reader_who_listens(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    page.keyboard.press("ArrowRight")
    said = lambda: [line for line in page.get_by_role("status").inner_text().split("\n") if line]  # noqa: E731
    assert said() == ["Forward", "s = sin(x)", "That is 0.909297."]
    page.keyboard.press("End")
    assert said()[:2] == ["The backward pass", "∂x_sin_x/∂x += ∂x_sin_x/∂s × cos(x)"]
    assert said()[2].startswith("s sends -0.832294 back to x.")
    assert page.get_by_role("link", name="x leaf value 2 grad 0.0770038 use 2 of 2").count() == 1
    for role, name in [("main", None), ("navigation", "Steps"), ("region", "This step"), ("region", "All steps")]:
        assert page.get_by_role(role, name=name).count() == 1
    assert page.locator("html").get_attribute("lang") == "en"


def test_everything_can_be_reached_by_the_tab_key_and_is_seen_to_be(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"))
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached[:6] == ["start", "back", "play", "next", "end", "slider"]
    assert reached[6:] == [
        *(f"box{i}" for i in range(3)),
        "smaller",
        "whole",
        "larger",
        *(f"step{i}" for i in range(7)),
        "code",
    ]


def test_without_motion_and_with_it(visit: Callable[..., Any]) -> None:
    moves = "getComputedStyle(document.querySelector('.box rect')).transitionDuration"
    graph = tg.trace(recurrent, backward=True)(0.9, 1.0, 6)
    assert visit(graph).evaluate(moves) == "0s"
    page = visit(graph, reduced_motion="no-preference")
    assert page.evaluate(moves) != "0s"
    page.keyboard.press("End")
    page.wait_for_function("canvas.scrollLeft === 0")


def test_without_the_script_everything_is_there_to_read(visit: Callable[..., Any]) -> None:
    page = visit(graph_of("x sin x"), java_script_enabled=False)
    assert page.get_by_text("0.0770038").first.is_visible()
    assert page.get_by_text("∂x_sin_x/∂x += ∂x_sin_x/∂s × cos(x)").first.is_visible()
