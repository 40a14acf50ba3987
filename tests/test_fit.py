"""fit and History: the loop does what a loop by hand does, ends well or says why, and goes on to the same bits."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import History, data, nn, optim
from tinygrad_lite.fitting import reporting

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 2))
Y = (X[:, :1] ** 2 - X[:, 1:]).round(2)
QUIET: dict[str, Any] = {"progress": False}


def network(seed: int = 0) -> nn.Sequential:
    """A network with all that a training changes: parameters, buffers, and a generator."""
    return nn.Sequential(
        nn.Linear(2, 8, seed=seed), nn.BatchNorm1d(8), np.tanh, nn.Dropout(0.2, seed=seed), nn.Linear(8, 1, seed=seed + 1)
    )


def largest_error(outputs: np.ndarray, targets: np.ndarray) -> float:
    assert type(outputs) is type(targets) is np.ndarray
    return float(np.max(np.abs(outputs - targets)))


def state(model: Any, optimizer: Any) -> dict[str, bytes]:
    """Every bit of a training."""
    arrays = {name: array.tobytes() for name, array in model.state_dict().items()}
    for i, items in optimizer.state_dict()["state"].items():
        arrays.update({f"{i} {key}": np.asarray(value).tobytes() for key, value in items.items()})
    return {**arrays, "groups": repr(optimizer.state_dict()["param_groups"]).encode()}


def without_time(history: History) -> dict[str, list[Any]]:
    return {name: column for name, column in history.items() if name != "seconds"}


# --- the loop ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("given", ["arrays", "batches"])
def test_the_same_numbers_as_a_loop_by_hand(given: str) -> None:
    model, other = network(), network()
    optimizer, by_hand = optim.Adam(model.parameters(), lr=0.01), optim.Adam(other.parameters(), lr=0.01)
    schedule, schedule_by_hand = optim.ExponentialLR(optimizer, 0.9), optim.ExponentialLR(by_hand, 0.9)
    held_out = X[:20], Y[:20]
    pairs = data.batches(X, Y, batch_size=16, shuffle=True, seed=7) if given == "batches" else (X, Y)
    history = tg.fit(
        model, pairs, nn.mse_loss, optimizer, epochs=3, batch_size=16, seed=7, validation=held_out, metric=largest_error,
        schedule=schedule, **QUIET,
    )  # fmt: skip
    batches, losses, rates, validation, errors = data.batches(X, Y, batch_size=16, shuffle=True, seed=7), [], [], [], []
    for _ in range(3):
        rates.append(by_hand.param_groups[0]["lr"])
        total = 0.0
        for x, y in batches:
            by_hand.zero_grad()
            loss = nn.mse_loss(other(x), y)
            loss.backward()
            by_hand.step()
            total += loss.item() * len(x)
        schedule_by_hand.step()
        losses.append(total / 50)
        other.eval()
        with tg.no_grad():
            outputs = other(held_out[0])
            validation.append(nn.mse_loss(outputs, held_out[1]).item())
            errors.append(np.max(np.abs(outputs.data - held_out[1])))
        other.train()
    assert state(model, optimizer) == state(other, by_hand)
    assert history["epoch"] == [1, 2, 3]
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-14)
    np.testing.assert_allclose(history["validation_loss"], validation, rtol=1e-14)
    np.testing.assert_allclose(history["largest_error"], errors, rtol=1e-14)
    assert history["learning_rate"] == rates == pytest.approx([0.01, 0.009, 0.0081])
    assert all(seconds > 0 for seconds in history["seconds"])
    assert list(history) == ["epoch", "loss", "validation_loss", "largest_error", "learning_rate", "seconds"]


def test_any_function_of_tensors_and_any_batches() -> None:
    a, b, c = (tg.Tensor(0.0, name=name) for name in "abc")
    x = np.linspace(-2, 2, 40)
    y = 3 * x**2 - 2 * x + 1
    pairs = [(x[i::4], y[i::4]) for i in range(4)]
    optimizer = optim.LBFGS([a, b, c], max_iter=50)
    history = tg.fit(lambda x: a * x**2 + b * x + c, [(x, y)], nn.mse_loss, optimizer, epochs=1, **QUIET)
    assert [a.item(), b.item(), c.item()] == pytest.approx([3, -2, 1], abs=1e-4)
    a.data = b.data = c.data = np.array(0.0)
    optimizer = optim.Adam([a, b, c], lr=0.1)
    schedule = optim.OneCycleLR(optimizer, max_lr=0.2, total_steps=400)
    history = tg.fit(lambda x: a * x**2 + b * x + c, pairs, nn.mse_loss, optimizer, epochs=100, schedule=schedule, **QUIET)
    assert [a.item(), b.item(), c.item()] == pytest.approx([3, -2, 1], abs=0.05)
    assert schedule.last_epoch == 400
    assert history.epochs == 100

    def of_two(x: Any, weight: Any) -> Any:
        return (a * x + b) * weight

    tg.fit(of_two, (x, np.ones(40), y), nn.mse_loss, optim.SGD([a, b], lr=0.01), epochs=1, **QUIET)
    plateau = optim.ReduceLROnPlateau(optimizer := optim.SGD([a], lr=1e-9), patience=0, threshold=0.5, eps=0.0)
    history = tg.fit(lambda x: a * x, (x, y), nn.mse_loss, optimizer, epochs=3, schedule=plateau, **QUIET)
    assert history["learning_rate"] == pytest.approx([1e-9, 1e-9, 1e-10])  # the second epoch was no better


def test_evaluation_gives_back_the_modes_that_it_found() -> None:
    model = network()
    model[1].eval()  # a frozen BatchNorm
    seen = []

    def snapshot(m: Any) -> Any:
        seen.append([part.training for part in m.modules()])
        return m(X[:3])

    history = tg.fit(
        model, (X, Y), nn.mse_loss, optim.SGD(model.parameters(), lr=0.01), epochs=2, validation=(X, Y), snapshot=snapshot,
        metric={"a": lambda o, t: 1.0, "b": largest_error}, **QUIET,
    )  # fmt: skip
    assert not any(map(any, seen))
    assert [model.training, model[1].training, model[3].training] == [True, False, True]
    assert [array.shape for array in history.snapshots] == [(3, 1)] * 3
    assert type(history.snapshots[0]) is np.ndarray
    assert not np.array_equal(history.snapshots[0], history.snapshots[1])
    model.eval()
    with tg.no_grad():
        np.testing.assert_array_equal(history.snapshots[2], model(X[:3]).data)
    assert history["a"] == [1.0, 1.0]


def test_a_callback_can_end_the_training() -> None:
    model, seen = network(), []

    def callback(history: History) -> Any:
        seen.append(history.epochs)
        return np.bool_(history.epochs == 2)

    history = tg.fit(model, (X, Y), nn.mse_loss, optim.SGD(model.parameters(), lr=0.01), epochs=9, callback=callback, **QUIET)
    assert seen == [1, 2] == history["epoch"]
    assert not history.interrupted


# --- checkpoints ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["arrays", "batches", "function"])
def test_three_and_three_epochs_are_six_bit_by_bit(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "checkpoint.safetensors"

    def train(epochs: int, **options: Any) -> Any:
        model: Any = network()
        if kind == "function":
            model = tg.Tensor(np.zeros((2, 1)), name="w")
        optimizer = optim.Adam(model.parameters() if kind != "function" else [model], lr=0.02)
        schedule = optim.OneCycleLR(optimizer, 0.05, total_steps=24) if kind == "batches" else optim.StepLR(optimizer, 2, 0.5)
        given = data.batches(X, Y, batch_size=16, shuffle=True, seed=3) if kind == "batches" else (X, Y)
        history = tg.fit(
            (lambda x: x @ model) if kind == "function" else model, given, nn.mse_loss, optimizer, epochs=epochs,
            batch_size=16, seed=5, validation=(X, Y), schedule=schedule, snapshot=lambda m: m(X[:2]), **QUIET, **options,
        )  # fmt: skip
        arrays = state(model, optimizer) if kind != "function" else {"w": model.data.tobytes()}
        return history, arrays, schedule.state_dict(), [array.tobytes() for array in history.snapshots]

    whole = train(6)
    first = train(3, checkpoint=path)
    assert first[0]["loss"] == whole[0]["loss"][:3]
    second = train(6, checkpoint=path, resume=True)
    assert without_time(second[0]) == without_time(whole[0])
    assert second[1:] == whole[1:]
    again = train(6, checkpoint=path, resume=True)  # it is there already
    assert (without_time(again[0]), again[1]) == (without_time(whole[0]), whole[1])
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_checkpoint_of_another_training_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    model = network()
    tg.fit(model, (X, Y), nn.mse_loss, optim.Adam(model.parameters()), epochs=1, checkpoint=path, resume=True, **QUIET)
    other = nn.Sequential(nn.Linear(2, 4, seed=0), np.tanh, nn.Linear(4, 1, seed=0))
    for candidate, make in [(other, optim.Adam), (network(), lambda p: optim.SGD(p, lr=0.1, momentum=0.9))]:
        optimizer = make(candidate.parameters())
        before = state(candidate, optimizer)
        with pytest.raises(ValueError, match="of another training"):
            tg.fit(candidate, (X, Y), nn.mse_loss, optimizer, epochs=2, checkpoint=path, resume=True, **QUIET)
        assert state(candidate, optimizer) == before
    tg.save(path, model)
    with pytest.raises(ValueError, match="not a checkpoint"):
        tg.fit(model, (X, Y), nn.mse_loss, optim.Adam(model.parameters()), checkpoint=path, resume=True, **QUIET)


# --- ends -------------------------------------------------------------------------------------------------------------


def test_the_first_nan_ends_it_with_what_debug_says_and_nothing_is_lost() -> None:
    x = X.copy()
    x[33, 0] = -4.0  # of which the square root of x + 3 is nan
    model = network()
    first = model[0]
    calls = []

    def rooted(x: Any) -> Any:
        calls.append({name: array.copy() for name, array in model.state_dict().items()})
        return np.sqrt(x + 3.0) if len(x) else x

    inner = model.layers
    model.layers = [rooted, *inner]
    pairs = [(x[i : i + 10], Y[i : i + 10]) for i in range(0, 50, 10)]
    w = first.weight
    model.layers.insert(0, lambda x: x * np.ones(2) + 0 * w[0])  # so that debug sees it: it looks at what is recorded
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    with pytest.raises(FloatingPointError) as error:
        tg.fit(model, pairs, nn.mse_loss, optimizer, epochs=3, **QUIET)
    text = str(error.value)
    assert text.startswith("Epoch 1, batch 4: the loss is nan.")
    assert "np.sqrt made nan from finite numbers, at element [3, 0]" in text
    stopped: Any = error.value
    assert (stopped.epoch, stopped.batch, stopped.history.epochs) == (1, 4, 0)
    assert stopped.arrays[0] is pairs[3][0]
    before = calls[-2]  # when the batch was computed for the first time; debug computed it again, from the same state
    assert all(np.array_equal(before[name], array) for name, array in model.state_dict().items())
    assert all(np.array_equal(before[name], calls[-1][name]) for name in before)
    assert all(np.isfinite(array).all() for array in model.state_dict().values())


def test_a_gradient_that_is_not_finite_and_a_loss_that_explodes() -> None:
    w = tg.Tensor([0.0, 1.0], name="w")
    with pytest.raises(FloatingPointError, match=r"the gradient of w, shape \(2,\), is -inf[\s\S]*np\.sqrt") as error:
        tg.fit(lambda x: np.sqrt(w) * x, [(np.ones(2), np.ones(2) * 5)], nn.l1_loss, optim.SGD([w], lr=0.1), **QUIET)
    assert w.data.tolist() == [0.0, 1.0]
    u = tg.Tensor(1.0, name="u")
    with pytest.raises(FloatingPointError, match=r"is (inf|nan|-inf)") as error:
        tg.fit(lambda x: u**2 * x, [(np.ones(2), np.zeros(2))], nn.mse_loss, optim.SGD([u], lr=10.0), epochs=50, **QUIET)
    history = error.value.history  # type: ignore[attr-defined]
    assert 2 <= history.epochs < 50
    assert np.isfinite(history["loss"]).all()
    assert np.isfinite(u.data)
    mask = np.array([0.0, -np.inf])
    v = tg.Tensor([1.0, -1.0], name="v")
    optimizer = optim.SGD([v], lr=1.0)
    with pytest.raises(FloatingPointError, match=r"np\.log made nan"):  # the mask is reported, too, and before it
        tg.fit(lambda x: np.exp(v * x + mask) + np.log(v), [(np.ones(2), np.ones(2))], nn.mse_loss, optimizer, **QUIET)


def test_dropout_draws_the_same_when_a_batch_is_computed_again() -> None:
    model = nn.Sequential(nn.Linear(2, 50, seed=0), nn.Dropout(0.5, seed=0), np.log)
    states = []

    def loss(outputs: Any, targets: Any) -> Any:
        states.append(outputs.data)
        return np.mean(outputs - targets)

    before = model[1].rng.bit_generator.state
    with pytest.raises(FloatingPointError, match=r"np\.log"):
        tg.fit(model, [(X, Y)], loss, optim.SGD(model.parameters(), lr=0.1), **QUIET)
    assert model[1].rng.bit_generator.state == before


@pytest.mark.parametrize("how", ["signal", "raised"])
def test_ctrl_c_keeps_what_was_reached(how: str) -> None:
    model, steps = network(), []
    handler = signal.getsignal(signal.SIGINT)

    def loss(outputs: Any, targets: Any) -> Any:
        steps.append({name: array.tobytes() for name, array in model.state_dict().items() if "running" not in name})
        if len(steps) == 7 and how == "signal":
            signal.raise_signal(signal.SIGINT)
        if len(steps) == 7 and how == "raised":
            raise KeyboardInterrupt
        return nn.mse_loss(outputs, targets)

    history = tg.fit(model, (X, Y), loss, optim.Adam(model.parameters()), batch_size=10, epochs=9, **QUIET)
    assert history.interrupted
    assert history.epochs == 1
    assert len(steps) == 7
    assert "interrupted" in repr(history)
    assert signal.getsignal(signal.SIGINT) is handler
    same = all(model.state_dict()[name].tobytes() == array for name, array in steps[-1].items() if "batches" not in name)
    assert same is (how == "raised")  # after a signal, the step is done to its end


def test_in_a_thread() -> None:
    w, found = tg.Tensor(0.0), []

    def run() -> None:
        found.append(tg.fit(lambda x: w * x, (X, X), nn.mse_loss, optim.SGD([w], lr=0.1), epochs=2, **QUIET))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found[0].epochs == 2


# --- what it refuses --------------------------------------------------------------------------------------------------


def test_what_cannot_be_trained_is_refused_with_a_reason() -> None:
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    other = optim.SGD(network().parameters(), lr=0.01)
    good: dict[str, Any] = {"model": model, "data": (X, Y), "loss": nn.mse_loss, "optimizer": optimizer, "epochs": 1}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"data": (X, Y[:40])}, "different numbers of samples"),
        ({"data": (X, Y[:, 0])}, r"in epoch 1, batch 1: the model was given an array of shape \(32, 2\)"),
        ({"optimizer": other}, "none of the parameters of this Sequential"),
        ({"epochs": 0}, "epochs=0"), ({"epochs": 1.5}, "epochs=1.5"), ({"epochs": True}, "epochs=True"),
        ({"loss": lambda o, t: (o - t) ** 2}, r"several numbers, shape \(32, 1\)"),
        ({"loss": lambda o, t: None}, "returned None"), ({"loss": 0.5}, "loss"),
        ({"loss": lambda o, t: float(np.mean((o.data - t) ** 2))}, "one number, a Tensor"),
        ({"metric": largest_error}, "largest_error"), ({"metric": {"loss": largest_error}, "validation": (X, Y)}, "'loss'"),
        ({"resume": True}, "no file is given"), ({"model": 1.0}, "a function of Tensors"), ({"optimizer": 0.1}, "optimizer"),
        ({"schedule": optim.StepLR(other, 1)}, "another optimizer"), ({"data": (X,)}, "tuple of 1"), ({"data": X}, "pairs"),
        ({"data": iter([(X, Y)])}, "only once"), ({"data": []}, "no batch"), ({"data": [X, Y]}, "pairs"),
        ({"data": 3}, "pairs"), ({"model": nn.Sequential(model, lambda x: x.data)}, "batch 1"),
    ]  # fmt: skip
    for change, words in cases:
        before = state(model, optimizer)
        with pytest.raises((TypeError, ValueError), match=words):
            tg.fit(**{**good, **change}, **QUIET)
        assert state(model, optimizer) == before
    model.eval()
    with pytest.raises(ValueError, match=r"`model\.train\(\)`"):
        tg.fit(**good, **QUIET)
    model.train()
    lstm, sequences = nn.LSTM(2, 3, batch_first=True, seed=0), RNG.normal(size=(5, 4, 2))
    several = {"model": lstm, "loss": lambda o, t: np.mean(o[0] ** 2), "optimizer": optim.SGD(lstm.parameters(), lr=0.1)}
    with pytest.raises(TypeError, match=r"model_of_one"):
        tg.fit(**several, data=(sequences, sequences), validation=(sequences, sequences), **QUIET)


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_progress_is_a_line_an_epoch_or_silence(capsys: pytest.CaptureFixture[str]) -> None:
    w = tg.Tensor(0.0)
    for progress in (None, True, False):
        tg.fit(
            lambda x: w * x, (X, X), nn.mse_loss, optim.SGD([w], lr=0.1), epochs=2, validation=(X, X), metric=largest_error,
            progress=progress,
        )  # fmt: skip
        lines = capsys.readouterr().out.splitlines()
        assert len(lines) == (0 if progress is False else 2)
        if lines:
            words = r"epoch 1/2  loss [\d.]+  validation loss [\d.]+  largest error [\d.]+  [\d.]+ s  "
            assert re.fullmatch(words + r"[\d.]+ s left", lines[0])
            assert "left" not in lines[1]


def test_the_bar_of_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("rich")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert isinstance(reporting.reporter(None, 3), reporting.Bar)
    monkeypatch.setattr(reporting.importlib.util, "find_spec", lambda name: None)
    assert type(reporting.reporter(None, 3)) is reporting.Lines
    monkeypatch.undo()
    monkeypatch.setattr(reporting.sys.stdout, "isatty", lambda: True, raising=False)
    w = tg.Tensor(0.0)
    tg.fit(lambda x: w * x, (X, X), nn.mse_loss, optim.SGD([w], lr=0.1), epochs=2)
    assert "epoch 2/2  loss" in capsys.readouterr().out


def made(epochs: int = 3) -> History:
    history = History()
    for epoch in range(1, epochs + 1):
        row = {"loss": 1.0 / 3**epoch, "validation_loss": 1.1 / 3**epoch, "<b>accuracy</b>": 1 - 1 / (epoch + 1)}
        history.add(epoch=epoch, **row, learning_rate=0.1, seconds=0.25)
    return history


def test_a_history_is_a_table_for_people_and_programs(tmp_path: Path) -> None:
    history = made()
    assert dict(history)["epoch"] == [1, 2, 3]
    assert repr(history).splitlines()[1].split() == ["1", "0.3333", "0.3667", "0.5", "0.1", "0.25"]
    assert len({len(line) for line in repr(history).splitlines()}) == 1
    assert "<b>" not in history._repr_html_()
    assert history._repr_html_().count("<tr>") == 4
    rows = list(csv.reader(io.StringIO(history.to_csv())))
    assert rows[0] == list(history)
    assert [float(row[1]) for row in rows[1:]] == history["loss"]  # to the last bit
    assert json.loads(history.to_json() or "") == dict(history)
    history.to_csv(tmp_path / "h.csv")
    history.to_json(tmp_path / "h.json")
    assert (tmp_path / "h.csv").read_bytes() == (history.to_csv() or "").encode()
    assert json.loads((tmp_path / "h.json").read_text())["loss"] == history["loss"]
    long = made(100)
    assert len(repr(long).splitlines()) == 14
    assert "…" in repr(long)
    assert repr(History()) == "(no epoch yet)"
    history.add(epoch=4, loss=math.nan, extra=1.0)
    assert history["extra"] == [None, None, None, 1.0]
    assert history["seconds"][-1] is None
    assert json.loads(history.to_json() or "", parse_constant=pytest.fail)["loss"][-1] is None


def test_a_history_plots_itself(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from matplotlib import pyplot

    history = made(8)
    history.plot(tmp_path / "loss.png")
    assert (tmp_path / "loss.png").stat().st_size > 10_000
    assert not pyplot.get_fignums()  # nothing is left open
    loss, metric = history.plot()
    assert loss.get_yscale() == "log"
    assert [line.get_label() for line in loss.lines] == ["training", "validation"]
    assert loss.lines[0].get_ydata().tolist() == history["loss"]
    assert loss.lines[0].get_linestyle() != loss.lines[1].get_linestyle()
    assert (metric.get_ylabel(), metric.get_xlabel()) == ("<b>accuracy</b>, validation", "epoch")
    only = History({"epoch": [1, 2], "loss": [0.5, 0.4]})
    (axes,) = only.plot()
    assert axes.get_yscale() == "linear"
    assert len(History().plot()) == 1
    pyplot.close("all")
