"""Large graphs and many slices: no recursion, no quadratic work, nothing left over."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from helpers import bytes_in, calls_in

import tinygrad_lite as tg
from tinygrad_lite import Tensor

MILLION = 1_000_000


@pytest.fixture
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def chain(x: Tensor, length: int) -> Tensor:
    for _ in range(length):
        x = x + 1.0
    return x


@pytest.mark.usefixtures("without_collector")
def test_a_hundred_thousand_operations_in_a_row() -> None:
    limit, x = sys.getrecursionlimit(), Tensor(0.0)
    end = chain(x, 100_000)
    assert end.item() == 100_000
    end.backward()
    assert x.grad == 1
    with pytest.raises(ValueError, match="more than 40,000 values"):
        tg.draw(end)
    last = weakref.ref(end)
    del end  # frees all nodes, without recursion
    assert last() is None
    assert sys.getrecursionlimit() == limit


@pytest.mark.usefixtures("without_collector")
def test_memory_is_linear_in_the_length_and_all_of_it_comes_back() -> None:
    def peak(length: int) -> tuple[int, int]:
        tracemalloc.start()
        x = Tensor(0.0)
        chain(x, length).backward()
        del x
        left, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return left, most

    peak(100)
    (left, once), (left_twice, twice) = peak(5_000), peak(10_000)
    assert 1.8 < twice / once < 2.2
    assert twice / 10_000 < 1000  # bytes for each operation
    assert left_twice < left + 10_000  # what is left are Python's own free lists


def test_many_slices_of_one_vector_take_linear_work() -> None:
    """The work of each does not grow with their number, nor with the length of the vector."""
    x = Tensor(np.ones(MILLION))

    def add_up(count: int) -> None:
        total = x[0]
        for i in range(1, count):
            total = total + x[i]
        total.backward()

    add_up(100)
    x.zero_grad()
    assert calls_in(lambda: add_up(2000)) < 5 * calls_in(lambda: add_up(500))
    assert bytes_in(lambda: add_up(500)) < 5 * x.data.nbytes  # not an array for each slice
    assert x.grad[:500].tolist() == [3] * 500
    assert not x.grad[2000:].any()


def test_many_slices_each_of_many_elements() -> None:
    x = Tensor(np.arange(10_000.0))
    parts = [np.sum(x[i : i + 10] * i) for i in range(0, 10_000, 10)]
    np.sum(np.stack(parts)).backward()
    np.testing.assert_array_equal(x.grad, np.repeat(np.arange(0.0, 10_000, 10), 10))


@pytest.mark.parametrize("join", [np.stack, np.concatenate])
def test_joining_thousands(join: Any) -> None:
    pieces = [Tensor([float(i)]) for i in range(5000)]
    np.sum(join(pieces) * 2.0).backward()
    assert {float(p.grad[0]) for p in pieces} == {2.0}


def test_one_value_used_twenty_thousand_times() -> None:
    x = Tensor(np.ones(3))
    total = x * 1.0
    for _ in range(20_000):
        total = total + x
    np.sum(total).backward()
    assert x.grad.tolist() == [20_001] * 3


def test_a_deep_graph_is_differentiated_twice() -> None:
    x = Tensor(1.0)
    y = x
    for _ in range(1500):
        y = y * 1.0 + x * x * 1e-3
    slope = tg.gradients(y, x, create_graph=True)
    assert slope.item() == pytest.approx(1 + 2 * 1.5)
    assert float(tg.gradients(slope, x)) == pytest.approx(3)
