"""The page that plays a training: what is in the file, and how it behaves in a real browser, where there is one."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browsing import PHONE, Reader, contrast

import tinygrad_lite as tg
from tinygrad_lite import History, data, nn, optim
from tinygrad_lite.fitting.scene import Scene, boundary
from tinygrad_lite.views.player.player import asset
from tinygrad_lite.views.training.charts import height_axis
from tinygrad_lite.views.training.film import film
from tinygrad_lite.views.training.plots import Axis, decades, steps

NASTY = """<script>alert(1)</script> & "double" 'single' $x </script>"""
VIEWS = "tinygrad_lite.views"


def share(outputs: np.ndarray, targets: np.ndarray) -> float:
    return float(np.mean((outputs[:, 0] > 0) == (targets[:, 0] > 0.5)))


def curve(epochs: int = 4, **options: Any) -> History:
    x = np.linspace(-2, 2, 20)[:, None]
    model = nn.Sequential(nn.Linear(1, 4, seed=0), np.tanh, nn.Linear(4, 1, seed=1))
    options = {"snapshot": True, "progress": False, "seed": 0} | options
    return tg.fit(model, (x, np.sin(x)), nn.mse_loss, optim.Adam(model.parameters(), lr=0.02), epochs=epochs, **options)


def moons(epochs: int = 4, **options: Any) -> History:
    x, classes = data.moons(60, seed=0)
    y = classes[:, None].astype(float)
    model = nn.Sequential(nn.Linear(2, 8, seed=0), np.tanh, nn.Linear(8, 1, seed=1))
    options = {"validation": (x, y), "metric": {"accuracy": share}, "snapshot": True, "progress": False, "seed": 0} | options
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    return tg.fit(model, (x, y), nn.binary_cross_entropy_with_logits, optimizer, epochs=epochs, **options)


@pytest.fixture(name="read")
def fixture_read(tmp_path: Path) -> Callable[..., Reader]:
    """Write a page, and read it."""

    def read(history: History, **options: Any) -> Reader:
        return Reader(history.page(tmp_path / "page.html", **options).read_text(encoding="utf-8"))

    return read


def unpacked(picture: dict[str, Any]) -> np.ndarray:
    """The states of a film, each in a row."""
    dtype = "<u2" if picture["kind"] == "curve" else np.uint8
    changes = np.frombuffer(zlib.decompress(base64.b64decode(picture["film"])), dtype)
    return np.cumsum(changes.reshape(max(picture["frames"]) + 1, -1), axis=0, dtype=dtype)


# --- what is in the file ----------------------------------------------------------------------------------------------


def test_the_curve_is_the_outputs_of_the_model_to_a_pixel(read: Callable[..., Reader]) -> None:
    history = curve()
    page = read(history)
    picture = page.data["picture"]
    codes = unpacked(picture)
    assert codes.shape == (5, 200)
    targets = history.scene.targets
    low, high = targets.min() - 0.1 * np.ptp(targets), targets.max() + 0.1 * np.ptp(targets)
    values = low + (codes / 65534 * 9 - 4) * (high - low)
    np.testing.assert_allclose(values, np.array(history.snapshots)[:, :, 0], atol=(high - low) / 2000)
    places = history.scene.given[0][:, 0]
    assert places[0] < -2 < 2 < places[-1]
    np.testing.assert_allclose(picture["x"], 1000 * (places - places[0]) / np.ptp(places), atol=0.1)
    assert page.data["numbers"] == [0, 1, 2, 3, 4]
    assert page.data["sentences"][0] == "before the training."
    assert page.data["sentences"][2] == f"loss {history['loss'][1]:.4g}."
    [line] = [attrs["d"] for _, attrs, _ in page.elements if str(attrs.get("class")).startswith("curve")]
    ends = [float(re.split("[ML,]", str(line))[i]) for i in (2, -1)]
    np.testing.assert_allclose(1 - np.array(ends) / 1000, (history.snapshots[-1][[0, -1], 0] - low) / (high - low), atol=1e-3)
    assert sum(tag == "use" for tag, *_ in page.elements) == 20 + 1  # one of them in the legend


def test_the_field_is_the_decision_of_the_model_and_how_sure_it_is(read: Callable[..., Reader]) -> None:
    history = moons()
    picture = read(history).data["picture"]
    codes = unpacked(picture)
    assert (codes.shape, picture["classes"], picture["levels"]) == ((5, 3600), 2, 127)
    for code, logits in zip(codes, history.snapshots):
        probability = 1 / (1 + np.exp(-logits[:, 0]))
        decided = np.abs(probability - 0.5) > 1e-4
        np.testing.assert_array_equal((code >= 127)[decided], (probability > 0.5)[decided])
        np.testing.assert_allclose((code % 127 / 126) ** 2, np.abs(2 * probability - 1), atol=0.01)
    corners = history.scene.given[0].reshape(60, 60, 2)  # rows upwards, columns to the right
    assert (corners[0, 1] > corners[0, 0]).tolist() == [True, False]
    assert (corners[1, 0] > corners[0, 0]).tolist() == [False, True]


def test_several_classes_values_and_infinities_in_a_field(read: Callable[..., Reader]) -> None:
    x, y = data.spirals(90, seed=0)
    w = tg.Tensor(np.random.default_rng(0).normal(size=(2, 3)), name="w")
    options: dict[str, Any] = {"epochs": 2, "snapshot": True, "progress": False}
    history = tg.fit(lambda x: x @ w, (x, y), nn.cross_entropy, optim.SGD([w], lr=0.1), **options)
    page = read(history)
    codes = unpacked(page.data["picture"])
    np.testing.assert_array_equal(codes[-1] // 85, history.snapshots[-1].argmax(axis=1))
    powers = np.exp(history.snapshots[-1])
    second, first = np.sort(powers / powers.sum(axis=1, keepdims=True), axis=1).T[1:]
    np.testing.assert_allclose((codes[-1] % 85 / 84) ** 2, first - second, atol=0.013)
    assert {f"data class{c}" for c in range(3)} <= {attrs.get("class") for _, attrs, _ in page.elements}

    history = tg.fit(lambda x: x @ w[:, :1], (x, x[:, :1] - x[:, 1:]), nn.mse_loss, optim.SGD([w], lr=0.1), **options)
    history.snapshots[1] = history.snapshots[1].copy()
    history.snapshots[1][:7] = [[np.nan]] * 3 + [[np.inf]] * 4
    history.snapshots[2] = None
    page = read(history)
    codes, targets = unpacked(page.data["picture"]), history.scene.targets
    expected = (history.snapshots[0][:, 0] - targets.min()) / np.ptp(targets)
    np.testing.assert_allclose(codes[0] / 254, expected.clip(0, 1), atol=1 / 250)
    assert set(codes[1][:7]) == {255}
    assert codes[1][7:].max() < 255
    assert page.data["picture"]["frames"] == [0, 1, -1]
    assert page.data["notes"][1].startswith("The output is nan in 3 and infinite in 4 of 3,600 places.")
    assert "nan in 3" in page.data["sentences"][1]
    assert page.data["notes"][2] == "There is no picture of this epoch."


def test_what_the_outputs_mean_follows_from_the_loss() -> None:
    one, target = np.zeros((1, 1)), np.zeros((1, 1))

    def of_probabilities(p: Any, y: Any) -> Any:
        return -np.mean(y * np.log(p + 1e-300) + (1 - y) * np.log(1 - p + 1e-300))

    assert boundary(nn.binary_cross_entropy_with_logits, one, target, 0) == 0.0
    assert boundary(lambda o, t: 3 * nn.binary_cross_entropy_with_logits(o[:, 0], t[:, 0]), one, target, 0) == 0.0
    assert boundary(nn.mse_loss, one, target, 0) == 0.5
    assert boundary(of_probabilities, one, target, 0) == 0.5
    assert boundary(nn.hinge_loss, one, target, -1) == 0.0
    assert boundary(lambda o, t: np.mean(o * 0 + 1), one, target, 0) is None
    assert boundary(lambda o, t: [][0], one, target, 0) is None
    x = np.random.default_rng(0).normal(size=(20, 2))

    def meaning(outputs: Any, targets: Any, loss: Any = nn.mse_loss) -> str | None:
        scene = Scene([x], targets)
        return scene.meaning if scene.suits(outputs, loss, targets[:1]) else None

    p, classes = np.full((3600, 3), 1 / 3), np.arange(20) % 3
    assert meaning(p, classes) == meaning(p, np.eye(3)[classes]) == "probabilities"
    assert meaning(p * 2, classes) == "logits"
    assert meaning(p, classes + 1) is None
    assert meaning(p, classes * 1.0) is None
    assert meaning(p[:, :1], (classes > 0) * 1.0) == "probability"
    assert meaning(p[:, :1], np.sign(classes - 0.5)) == "sign"
    assert meaning(p[:, :1], x[:, 0]) == meaning(p[:, 0], x[:, :1]) == "values"
    assert meaning(p[:9], classes) is meaning((p, p), classes) is meaning(p.astype(str), classes) is None


def test_models_of_other_inputs_have_the_charts_alone(read: Callable[..., Reader]) -> None:
    w = tg.Tensor(np.zeros((3, 1)))
    x = np.random.default_rng(0).normal(size=(10, 3))
    history = tg.fit(
        lambda x: x @ w, (x, x[:, :1]), nn.mse_loss, optim.SGD([w], lr=0.1), epochs=3, snapshot=True, progress=False
    )
    assert history.snapshots == []
    page = read(history)
    assert page.data["picture"] == {}
    assert page.data["numbers"] == [1, 2, 3]
    assert [attrs["id"] for tag, attrs, _ in page.elements if tag == "svg" and "id" in attrs] == ["chart0"]


@pytest.mark.parametrize("kind", ["two arguments", "whole numbers", "batches", "list", "float32", "two outputs"])
def test_the_model_is_asked_as_in_the_training(kind: str) -> None:
    a, b = tg.Tensor(1.0), tg.Tensor(0.0)
    x = np.linspace(0, 1, 12, dtype=np.float32 if kind == "float32" else float)
    seen = []

    def model(*args: Any) -> Any:
        seen.append([(type(arg), arg.dtype, arg.shape[1:]) for arg in args])
        line = a * args[-1] + b
        return np.stack([line, line], axis=1) if kind == "two outputs" else line

    given: Any = {
        "two arguments": (x, x**2, x),
        "whole numbers": (np.arange(12), x),
        "batches": data.batches(x, x, batch_size=5),
        "list": [(x[:6], x[:6]), (x[6:], x[6:])],
        "float32": (x, x),
        "two outputs": (x, np.stack([x, 2 * x], axis=1)),
    }[kind]
    history = tg.fit(model, given, nn.mse_loss, optim.SGD([a, b], lr=0.1), epochs=2, snapshot=True, progress=False)
    assert len(history.snapshots) == 3
    assert all(call == seen[0] for call in seen)
    if kind == "batches":
        assert given.epoch == 2  # looking at it is not an epoch
    if kind == "whole numbers":
        assert history.scene.axes[0].tolist() == list(range(12))
    if kind == "two outputs":
        assert len(history.scene.picture(history.snapshots).drawn().data["x"]) == 200


def test_a_long_training_is_thinned_and_says_so(read: Callable[..., Reader], tmp_path: Path) -> None:
    history = History({"epoch": list(range(1, 1001)), "loss": [1 / n for n in range(1, 1001)]})
    page = read(history)
    numbers = page.data["numbers"]
    assert (len(numbers), numbers[0], numbers[-1]) == (201, 1, 1000)
    assert set(np.diff(numbers)) == {4, 5, 6} - ({6} if 6 not in np.diff(numbers) else set())
    assert "The page has 201 of 1,000 states, evenly chosen." in page.texts("p")[0]
    assert page.data["sentences"][-1] == "loss 0.001."
    x = np.random.default_rng(0).normal(size=(1500, 2))
    history = History({"epoch": list(range(1, 301)), "loss": [1.0] * 300})
    history.scene = Scene([x], x[:, 0])
    history.snapshots = list(np.random.default_rng(0).normal(size=(301, 3600)))  # noise: the worst for a film
    page = read(history)
    assert 0.8e6 < (tmp_path / "page.html").stat().st_size < 1.1e6
    assert sum(tag == "use" for tag, *_ in page.elements) == 1000
    assert "(1,000 of 1,500 points)" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_names_stay_text(read: Callable[..., Reader]) -> None:
    history = moons(2, metric={NASTY: share})
    page = read(history, title=NASTY, note=NASTY)
    assert page.texts("h1") == page.texts("title") == page.texts("p")[:1] == [NASTY]
    assert any(NASTY in text for text in page.texts("h2"))
    assert NASTY in page.texts("dt")
    assert NASTY in page.texts("th")
    assert NASTY in page.data["sentences"][-1]
    assert [tag for tag, *_ in page.elements].count("script") == 2  # ours, and the data
    assert not [name for _, attrs, _ in page.elements for name in attrs if name.startswith("on") or name == "style"]


def test_the_file_is_complete_and_always_the_same(tmp_path: Path) -> None:
    history = moons(2)
    first, again = (history.page(tmp_path / name) for name in ("first.html", "again.htm"))
    assert first == tmp_path / "first.html"
    text = first.read_text(encoding="utf-8")
    assert text == again.read_text(encoding="utf-8")
    assert not re.search(r"(?:https?:)?//\w|@import|url\((?!#)", re.sub(r'// .*|"film": "[^"]*"', "", text))
    numbers = json.dumps(Reader(text).data, allow_nan=False)
    assert "NaN" not in numbers


def test_numbers_that_are_not_finite_and_those_that_are_missing(read: Callable[..., Reader]) -> None:
    history = History()
    for epoch, loss in enumerate([1.0, np.nan, np.nan, np.inf], 1):
        history.add(epoch=epoch, loss=loss)
    history.add(epoch=5, loss=0.5, share=0.25)
    page = read(history)
    assert page.texts("text", "odd-word") == ["nan", "inf"]
    assert page.data["sentences"][:3] == ["loss 1.", "loss nan.", "loss nan."]
    assert page.data["figures"][3] == ["inf", "–"]
    assert [height is None for height in page.data["charts"][0][0]] == [False, True, True, True, False]
    assert [height is None for height in page.data["charts"][1][0]] == [True] * 4 + [False]
    history = History({"epoch": [1], "loss": [np.nan]})
    history.scene, history.snapshots = Scene([np.array([2.0])], np.array([[3.0]])), [np.zeros(200), np.full(200, np.nan)]
    notes = read(history).data["notes"]
    assert notes == ["The curve leaves the picture: the outputs go from 0 to 0.", "The output is nan in 200 of 200 places."]


def test_a_training_that_ended_early_says_why(read: Callable[..., Reader]) -> None:
    u = tg.Tensor(1.0, name="u")
    x = np.linspace(1, 2, 10)
    with pytest.raises(FloatingPointError) as error:
        tg.fit(lambda x: u**2 * x, (x, 0 * x), nn.mse_loss, optim.SGD([u], lr=10.0), epochs=50, snapshot=True, progress=False)
    history = error.value.history  # type: ignore[attr-defined]
    page = read(history)
    assert f"Epoch {history.epochs + 1}, batch 1: the loss is" in page.texts("p")[0]
    assert page.data["notes"][-1].startswith("The curve leaves the picture: the outputs go from ")
    history.interrupted = True
    assert "Interrupted by Ctrl-C." in read(history).texts("p")[0]


def test_a_training_that_was_resumed(tmp_path: Path, read: Callable[..., Reader]) -> None:
    path = tmp_path / "model.safetensors"
    whole = moons(6)
    moons(3, checkpoint=path)
    resumed = moons(6, checkpoint=path, resume=True)
    assert [a.tobytes() for a in resumed.snapshots] == [a.tobytes() for a in whole.snapshots]
    assert unpacked(read(resumed).data["picture"]).shape == (7, 3600)
    moons(3, checkpoint=path, snapshot=None)
    late = moons(6, checkpoint=path, resume=True)
    assert [snapshot is None for snapshot in late.snapshots] == [True] * 3 + [False] * 4
    assert read(late).data["picture"]["frames"] == [-1] * 3 + [0, 1, 2, 3]


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    history = History({"epoch": [1], "loss": [1.0]})
    with pytest.raises(ValueError, match=r"History\.page\(\) writes a page.*must end with .html: page\.html"):
        history.page(tmp_path / "page.png")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        history.page(tmp_path / "pages" / "page.html")
    with pytest.raises(ValueError, match="this history has none"):
        History().page(tmp_path / "page.html")
    with pytest.raises(TypeError, match="snapshot=True"):
        curve(snapshot="curve")
    w = tg.Tensor(np.ones(10))
    with pytest.raises(ValueError, match=r"for snapshot=True: the model was given an array of shape \(200,\)"):
        tg.fit(lambda x: w * x, (np.ones(10), np.ones(10)), nn.mse_loss, optim.SGD([w]), snapshot=True, progress=False)
    assert not list(tmp_path.iterdir())


def test_ticks_and_scales() -> None:
    assert steps(-0.03, 0.031) == [-0.02, 0.0, 0.02]
    assert steps(0, 3, whole=True) == [0, 1, 2, 3]
    assert decades(1e-9, 1e9) == [1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9]
    assert decades(0.9, 30) == [1, 2, 5, 10, 20]
    assert Axis(0.01, 100, log=True).place(1.0) == 0.5
    assert Axis(-1e-5, 1e-5).ticks[0] == (-1e-5, "−1e−5")
    for column, low, high, log in [
        ([1.0, 0.06], 0.0, 1.0, False),
        ([1.0, 0.97], 0.9685, 1.0, False),
        ([100.0, 1.0], 0.83, 120.2, True),
        ([2.0, 2.0], 1.0, 3.0, False),
        ([0.0, np.nan], -1.0, 1.0, False),
        ([np.nan], -0.05, 1.05, False),
    ]:
        axis = height_axis([np.array(column)])
        assert (axis.low, axis.high, axis.log) == (pytest.approx(low, rel=0.01), pytest.approx(high, rel=0.01), log), column


def test_a_film_is_small() -> None:
    smooth = (127 + 120 * np.sin(np.linspace(0, 6, 3600) + np.linspace(0, 3, 201)[:, None])).astype(np.uint8)
    assert len(film(smooth)) < 0.25 * smooth.size


@pytest.mark.parametrize("dark", [False, True])
def test_words_and_lines_have_enough_contrast(dark: bool) -> None:
    colours: dict[str, str] = {}
    for name in ("player", "training"):
        for block in re.findall(r":root \{(.*?)\}", asset(f"{VIEWS}.{name}", f"{name}.css"), re.S)[: 1 + dark]:
            colours |= re.findall(r"--([\w-]+): (#\w{6})", block)
    for words in ("ink", "quiet", "forward-words"):
        for behind in ("paper", "now"):
            assert contrast(colours[words], colours[behind]) >= 4.5
    for c in range(8):
        assert contrast(colours[f"class{c}"], colours["paper"]) >= 3


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(name="visit")
def fixture_visit(open_page: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Write a page, open it, and wait for its film."""

    def visit(history: History, hash: str = "", **options: Any) -> Any:
        page = open_page(history.page(tmp_path / "page.html"), hash, **options)
        if history.snapshots and options.get("java_script_enabled", True):
            page.wait_for_function("() => states !== null")
        return page

    return visit


@pytest.fixture(name="history", scope="module")
def fixture_history() -> History:
    return moons(12)


def test_buttons_keys_and_the_slider(visit: Callable[..., Any], history: History) -> None:
    page = visit(history)
    count = lambda: page.text_content("#count")  # noqa: E731
    press = lambda name: page.get_by_role("button", name=name, exact=True).click()  # noqa: E731
    assert count() == "Epoch 0 of 12"
    press("Next")
    press("Next")
    press("Back")
    assert count() == "Epoch 1 of 12"
    assert page.locator("#figures dd").all_text_contents()[0] == f"{history['loss'][0]:.4g}"
    press("End")
    assert (count(), page.url.partition("#")[2]) == ("Epoch 12 of 12", "12")
    for key, number in [("Home", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 12), ("ArrowRight", 12)]:
        page.keyboard.press(key)
        assert count() == f"Epoch {number} of 12"
    page.locator("#slider").fill("7")
    assert count() == "Epoch 7 of 12"
    page.focus("#slider")
    page.keyboard.press("ArrowLeft")
    assert count() == "Epoch 6 of 12"
    assert page.get_attribute("#slider", "aria-valuetext").startswith("Epoch 6 of 12: loss ")
    page.goto(page.url.partition("#")[0] + "#9")
    page.wait_for_function("() => now === 9")
    area = page.locator("#charts .inside").first.bounding_box()
    page.mouse.click(area["x"] + area["width"] * 0.26, area["y"] + 50)  # a click on a chart
    assert count() == "Epoch 3 of 12"
    page.get_by_text("The numbers as a table").click()
    page.get_by_role("link", name="11").click()
    page.wait_for_function("() => now === 11")
    assert page.locator("tr[aria-current] td").first.text_content() == "11"


def test_it_plays_to_the_end_and_pauses(visit: Callable[..., Any], history: History) -> None:
    page = visit(history, "#10", reduced_motion="no-preference")
    page.locator("body").press(" ")
    assert page.text_content("#play") == "Pause"
    page.wait_for_function("() => now === 12 && timer === null")
    assert page.text_content("#play") == "Play"
    assert page.text_content("#said").startswith("Epoch 12 of 12: ")
    page.keyboard.press(" ")  # again from the start
    page.wait_for_function("() => now === 1")
    page.keyboard.press(" ")
    page.wait_for_function("() => timer === null")


def test_the_lines_and_the_picture_follow(visit: Callable[..., Any], history: History) -> None:
    page = visit(history, "#3")
    dot = page.locator("#chart0 .dot").first
    assert dot.get_attribute("cx") == "25%"
    assert page.get_attribute("#chart0 .here", "x1") == "25%"
    pixels = "$('field').toDataURL()"
    early, border = page.evaluate(pixels), page.get_attribute(".border", "d")
    page.keyboard.press("End")
    assert page.evaluate(pixels) != early
    assert page.get_attribute(".border", "d") != border
    points = np.array(re.findall(r"([\d.]+),([\d.]+)", page.get_attribute(".border", "d")), float) / 1000
    model = history.snapshots[-1].reshape(60, 60)  # the boundary is where the logit is 0
    columns, rows = points[:, 0] * 59, (1 - points[:, 1]) * 59
    i, j = rows.astype(int).clip(0, 58), columns.astype(int).clip(0, 58)
    u, v = columns - j, rows - i
    lower, upper = (model[k, j] * (1 - u) + model[k, j + 1] * u for k in (i, i + 1))
    logits = lower * (1 - v) + upper * v
    assert len(points) > 50
    assert np.max(np.abs(logits)) < 0.15 * np.max(np.abs(np.diff(model)))
    page.keyboard.press("Home")
    assert not dot.is_visible()  # there is no loss before the training


def test_the_curve_that_is_drawn(visit: Callable[..., Any]) -> None:
    history = curve()
    history.snapshots[2] = np.where(np.arange(200) < 100, history.snapshots[2][:, 0], np.nan)[:, None]
    page = visit(history)
    d = page.get_attribute("#model .curve", "d")
    page.keyboard.press("End")
    last = page.get_attribute("#model .curve", "d")
    assert d.count("L") == last.count("L") == 199
    assert d != last
    page.goto(page.url.partition("#")[0] + "#2")
    page.wait_for_function("() => now === 2")
    assert page.get_attribute("#model .curve", "d").count("L") == 99
    assert page.text_content("#odd") == "The output is nan in 100 of 200 places."


@pytest.mark.parametrize("make", [moons, curve])
def test_light_and_dark(visit: Callable[..., Any], make: Callable[..., History]) -> None:
    made = make(2)
    shots = {}
    for scheme in ("light", "dark"):
        page = visit(made, "#2", color_scheme=scheme)
        sum_of = "(e, name) => getComputedStyle(e)[name].match(/\\d+/g).reduce((a, b) => a + Number(b), 0)"
        assert (page.locator("body").evaluate(sum_of, "backgroundColor") > 600) == (scheme == "light")
        assert (page.locator(".tick").first.evaluate(sum_of, "fill") < 400) == (scheme == "light")
        shots[scheme] = page.locator("#picture").screenshot()
    assert shots["light"] != shots["dark"]


def test_on_a_phone(visit: Callable[..., Any], history: History) -> None:
    page = visit(history, viewport=PHONE, has_touch=True, is_mobile=True)
    widths = page.evaluate("numbers.map((_, i) => (show(i), document.documentElement.scrollWidth))")
    assert set(widths) == {390}
    for button in page.get_by_role("button").all():
        size = button.bounding_box()
        assert 0 <= size["x"] <= size["x"] + size["width"] <= 390
    page.get_by_role("button", name="Start").tap()
    page.get_by_role("button", name="Next").tap()
    assert page.text_content("#count") == "Epoch 1 of 12"
    picture, charts = page.locator("#picture").bounding_box(), page.locator("#charts").bounding_box()
    assert picture["y"] + picture["height"] <= charts["y"]
    for text in page.locator("svg .tick").all():
        size = text.bounding_box()
        assert 0 <= size["x"] <= size["x"] + size["width"] <= 390
    page.get_by_text("The numbers as a table").tap()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_for_a_reader_who_listens(visit: Callable[..., Any], history: History) -> None:
    page = visit(history, "#12")
    last = {name: f"{column[-1]:.4g}" for name, column in history.items()}
    said = f"Epoch 12 of 12: loss {last['loss']}, validation loss {last['validation_loss']}, accuracy {last['accuracy']}."
    assert page.get_by_role("status").text_content() == said
    for role, name in [
        ("main", None), ("navigation", "Epochs"), ("slider", "Epoch"), ("region", "This epoch"), ("region", "The model"),
        ("region", "Loss and metrics"), ("img", "Loss over the epochs: training, validation"),
    ]:  # fmt: skip
        assert page.get_by_role(role, name=name).count() == 1
    assert page.locator("html").get_attribute("lang") == "en"
    reached = []
    for _ in range(7):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert reached == ["start", "back", "play", "next", "end", "slider", "SUMMARY"]


def test_without_the_script_its_end_is_there_to_read(visit: Callable[..., Any], history: History) -> None:
    page = visit(history, java_script_enabled=False)
    assert page.locator("#figures").get_by_text(f"{history['loss'][-1]:.4g}").is_visible()
    assert page.get_by_text("The colours need JavaScript.").is_visible()
    assert page.locator("#chart0 .dot").first.is_visible()


def test_names_do_nothing(open_page: Callable[..., Any], tmp_path: Path) -> None:
    path = moons(2, metric={NASTY: share}).page(tmp_path / "page.html", title=NASTY, note=NASTY)
    page = open_page(path)
    page.keyboard.press("End")
    assert NASTY in page.text_content("#said")
    assert page.text_content("h1") == NASTY
    assert page.locator("script").count() == 2
