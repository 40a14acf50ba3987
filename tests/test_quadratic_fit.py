"""The first example: its gradients, its figures, its pictures, and what it says to options that make no sense."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

EXAMPLE = Path(__file__).parent.parent / "examples" / "quadratic_fit.py"
GUESS = np.array([2.0, 3.0, 4.0])
# The RMSE after each of 24 epochs, computed once by a separate program: with the true gradient, and with the slip.
# fmt: off
TRUE = [
    27.7914804165, 20.2495157066, 16.4255915872, 15.1038075758, 14.2341644119, 13.3861029394, 12.5387812229, 11.6918464840,
    10.8453804801, 9.9994952219, 9.1543418280, 8.3101292889, 7.4671551972, 6.6258583784, 5.7869140333, 4.9514174350,
    4.1212689946, 3.3000708934, 2.4955235998, 1.7271142095, 1.0564544636, 0.6795238331, 0.6195152933, 0.5746095271,
]
SLIP = [
    27.9956909721, 20.5797008426, 16.6581600142, 15.1951116561, 14.2892581523, 13.4377151129, 12.5923488964, 11.7482337369,
    10.9050123076, 10.0628729898, 9.2220955062, 8.3830634166, 7.5463198219, 6.7126589319, 5.8832889904, 5.0601382772,
    4.2464721094, 3.4482453291, 2.6773724333, 1.9604344823, 1.3617553875, 1.0068702630, 0.9102456088, 0.8735765358,
]
# fmt: on


@pytest.fixture(scope="module")
def fit() -> Any:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("quadratic_fit", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def off(got: np.ndarray, truth: np.ndarray) -> float:
    return float(np.linalg.norm(got - truth) / np.linalg.norm(truth))


def test_three_ways_to_the_gradient_agree_at_100_random_points(fit: Any) -> None:
    for point in np.random.default_rng(0).uniform(-10, 10, (100, 3)):
        truth = fit.by_hand(point)
        assert off(fit.by_autograd(point), truth) <= 1e-12
        assert off(fit.by_differences(point), truth) <= 1e-6


def test_the_gradients_at_the_guess(fit: Any) -> None:
    true = np.array([-10.10641705811326, 1.3504341379782694, -0.6487432116307489])
    slip = np.array([-9.88134470178355, 1.3504341379782696, -0.622269354272363])
    assert off(fit.by_autograd(GUESS), true) < 1e-12
    assert off(fit.by_the_post(GUESS), slip) < 1e-12
    assert off(slip, true) > 0.02  # not the gradient of the loss


def test_the_mse_has_the_gradient_of_the_rmse_times_twice_the_rmse(fit: Any) -> None:
    twice = 2 * fit.loss_at(GUESS)
    assert off(fit.by_autograd(GUESS, fit.mse), twice * fit.by_hand(GUESS)) < 1e-12


@pytest.mark.parametrize(("gradient", "expected"), [("by_autograd", TRUE), ("by_the_post", SLIP)])
def test_24_epochs(fit: Any, gradient: str, expected: list[float]) -> None:
    _, losses = fit.fit(fit.descent, getattr(fit, gradient), GUESS, 0.1, 24)
    np.testing.assert_allclose(losses, [37.773112790578644, *expected], rtol=1e-9)


def test_1000_epochs_end_worse_than_24_and_jump_for_ever(fit: Any) -> None:
    params, losses = fit.fit(fit.descent, fit.by_autograd, GUESS, 0.1, 1000)
    np.testing.assert_allclose(losses[-3:], [6.984554107998494, 6.079615668726727, 6.9845540903953545], rtol=1e-9)
    np.testing.assert_allclose(params, [5.609707395487673, -3, 3.040939739190214], rtol=1e-9)


@pytest.mark.parametrize("name", ["decay", "mse", "adam"])
def test_three_cures_find_the_curve_to_six_digits(fit: Any, name: str) -> None:
    optimizer, measure, rate, epochs = fit.OPTIMIZERS[name]
    params, losses = fit.fit(optimizer, lambda p: fit.by_autograd(p, measure), GUESS, rate, epochs)
    np.testing.assert_allclose(params, [5, -3, 3], rtol=0, atol=5e-7)
    assert losses[-1] < 1e-6


def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The example as a user starts it, without a display."""
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND")}
    clean |= {"PYTHONPATH": str(EXAMPLE.parent.parent), "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"} | environment
    command = [sys.executable, str(EXAMPLE), *options]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=clean, check=False)


def test_the_whole_story(
    fit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert fit.main(["--out", str(tmp_path / "my pictures")]) == 0
    result = capsys.readouterr()
    assert result.err == ""
    figures = ["-10.106417", "1.350434", "-0.648743", "-9.881345", "0.5746", "0.8736", "6.08", "6.98", "5.000000", "5.609707"]
    assert [figure for figure in figures if figure not in result.out] == []
    assert max(len(line) for line in result.out.splitlines()) <= 80
    for name in ("fit.png", "loss.png"):
        data = (tmp_path / "my pictures" / name).read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) > 10_000
    picture = ElementTree.parse(tmp_path / "my pictures" / "graph.svg")
    words = " ".join(text.strip() for text in picture.getroot().itertext())
    for word in ("a", "b", "c", "x", "actual", "guess", "loss", "-10.1064", "1.35043", "-0.648743", "37.7731", "(100,)"):
        assert word in words.split()


@pytest.fixture
def sketches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are drawn, but without a layout, and into no file, which takes most of the time: for runs of words."""

    def sketch(figure: Figure, path: Path, dpi: int) -> None:
        figure.set_layout_engine("none")
        figure.draw_without_rendering()
        path.touch()

    monkeypatch.setattr(Figure, "savefig", sketch)


@pytest.mark.usefixtures("sketches")
def test_a_run_of_your_own(fit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit.main(["--optimizer", "adam", "--guess", "0", "0", "0", "--out", str(tmp_path)]) == 0
    assert "Found, to 6 digits: 5x² − 3x + 3." in capsys.readouterr().out


def test_a_loss_that_jumps_is_drawn_between_its_edges(fit: Any) -> None:
    losses = [37.0] + [200.0, 1100.0] * 100
    assert fit.jumps(losses)
    assert not fit.jumps(losses[:50])  # few enough to be shown one by one
    assert not fit.jumps(list(np.exp(-np.arange(200.0))))
    low, high = fit.edges(np.array(losses))
    assert (low[0], low[10], high[10]) == (37, 200, 1100)
    assert len(low) == len(high) == len(losses)


@pytest.mark.usefixtures("sketches")
def test_quiet_prints_nothing(fit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fit.main(["--quiet", "--epochs", "2", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", "")
    assert {path.name for path in tmp_path.iterdir()} == {"fit.png", "graph.svg", "loss.png"}


@pytest.mark.usefixtures("sketches")
@pytest.mark.parametrize(
    ("options", "verdict"),
    [
        (["--learning-rate", "10", "--epochs", "200"], "It jumps to and fro"),
        (["--optimizer", "mse", "--learning-rate", "1", "--epochs", "500"], "It diverged"),
        (["--optimizer", "mse", "--epochs", "20"], "Not there yet"),
        (["--guess", "5", "-3", "3"], "Found, to 6 digits"),  # the minimum, where the slope of the root is infinite
        (["--guess", "1e90", "0", "0", "--epochs", "3"], "Not there yet"),
    ],
)
def test_what_it_makes_of_odd_runs(
    fit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], verdict: str
) -> None:
    assert fit.main([*options, "--out", str(tmp_path)]) == 0
    assert verdict in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--epochs", "0"], "take at least 1 step"),
        (["--epochs", "-1"], "take at least 1 step"),
        (["--learning-rate", "0"], "take a number above 0"),
        (["--learning-rate", "nan"], "take a number above 0"),
        (["--guess", "nan", "0", "0"], "take three numbers"),
        (["--guess", "1e300", "0", "0"], "take three numbers"),
        (["--optimizer", "newton"], "invalid choice"),
    ],
)
def test_options_that_make_no_sense(
    fit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        fit.main([*options, "--out", str(tmp_path)])
    assert stop.value.code == 2
    assert sentence in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be(fit: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SystemExit):
        fit.main(["--epochs", "1", "--out", str(tmp_path / "taken")])
    assert "cannot write into" in capsys.readouterr().err


def test_show_without_a_display_says_so_or_goes_on(tmp_path: Path) -> None:
    result = run("--show", "--epochs", "1", "--out", str(tmp_path))
    assert result.returncode == 0, result.stderr
