"""The example on several processes: the sum of the gradients of the parts of a batch is the gradient of the batch."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tinygrad_lite import data, optim

EXAMPLE = Path(__file__).parent.parent / "examples" / "data_parallel.py"


class Group:
    """A group of processes that take their turns: each adds its numbers to those of the ones before it."""

    def __init__(self, size: int) -> None:
        self.size, self.rank, self.sums = size, 0, list[Any]()

    def Allreduce(self, in_place: Any, numbers: np.ndarray, op: Any) -> None:
        self.sums.append(numbers.copy())
        numbers[...] = sum(self.sums)

    def allreduce(self, number: float) -> float:
        return number


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example as a module, which needs MPI only for the names of two constants here."""
    monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=SimpleNamespace(IN_PLACE=None, SUM=None)))
    spec = importlib.util.spec_from_file_location("data_parallel", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("samples", "processes"), [(12, 2), (11, 3), (2, 3)])  # without and with a rest; an empty part
def test_the_gradients_of_the_parts_add_up_to_that_of_the_batch(example: Any, samples: int, processes: int) -> None:
    x, y = data.spirals(max(samples, 3), seed=0)
    x, y = x[:samples], y[:samples]
    one, group = Group(1), Group(processes)
    whole = example.network(0)
    loss = example.step(whole, optim.SGD(whole.parameters(), lr=0.5), x, y, one)
    losses = []
    for group.rank in range(processes):
        model = example.network(0)
        before = [p.data for p in model.parameters()]
        losses.append(example.step(model, optim.SGD(model.parameters(), lr=0.5), x, y, group))
    assert sum(losses) == pytest.approx(loss, rel=1e-12)
    assert example.largest_difference(model, whole) < 1e-14  # the last process has the sum of all
    assert max(np.abs(p.data - old).max() for p, old in zip(model.parameters(), before)) > 1e-3
    for p, q in zip(model.parameters(), whole.parameters()):
        np.testing.assert_allclose(p.grad, q.grad, rtol=1e-10, atol=1e-15)


def test_the_same_seed_gives_the_same_training(example: Any) -> None:
    x, y = data.spirals(30, seed=0)
    (one, loss), (two, again) = (example.train(x, y, 10, 2, 3, Group(1)) for _ in range(2))
    assert example.largest_difference(one, two) == 0
    assert loss == again
