"""Several backward passes at once give what single ones give: for every rule, to second order."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers import REGISTERED, agree, all_hold, arrays_of, describe, few, of_arrays, results_of
from rule_samples import SAMPLES, Call

import tinygrad_lite as tg
from tinygrad_lite import Tensor, rows
from tinygrad_lite.autograd import RULES, walk
from tinygrad_lite.functional import pull_back
from tinygrad_lite.messages import name_of
from tinygrad_lite.rows import Rows, each

ALIKE = {"rtol": 1e-9, "atol": 1e-11}  # sums are rounded in another order


def check_rows(function: Any, exhaustive: bool) -> None:
    """The gradients of each result for three seeds, and those of a gradient."""
    for call in SAMPLES[function] if exhaustive else few(SAMPLES[function]):
        check_call(function, call)


def check_call(function: Any, call: Call) -> None:
    arrays, rng = [Tensor(a) for a in arrays_of(call)], np.random.default_rng(3)
    for y in results_of(of_arrays(function, call)(*arrays)):
        if isinstance(y, Tensor) and y.requires_grad:
            compare(y, arrays, rng, describe(call))
            seed = Tensor(np.asarray(rng.uniform(0.5, 1, y.shape)[()], y.dtype))
            for g in pull_back(y, seed, arrays, create_graph=True):
                if g is not None and g.requires_grad:
                    compare(g, [*arrays, seed], rng, f"the gradient of {describe(call)}")


def compare(y: Any, inputs: list[Any], rng: np.random.Generator, text: str) -> None:
    seeds = rng.uniform(-1, 1, (3, *y.shape)).astype(y.dtype)
    single = [pull_back(y, seed[()], inputs) for seed in seeds]
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if y.dtype.itemsize < 8 else ALIKE
    for got, *expected in zip(pull_back(y, Rows(seeds), inputs), *single):
        assert (got is None) == (expected[0] is None), text
        if got is not None:
            assert got.dtype == expected[0].dtype, text
            agree(got.array, np.stack([g.full() if hasattr(g, "full") else g for g in expected]), **tolerance, text=text)


GROUPS = [REGISTERED[i::8] for i in range(8)]


@pytest.mark.parametrize("functions", GROUPS, ids=range(8))
@pytest.mark.filterwarnings("ignore")
def test_rows_are_single_backward_passes(functions: list[Any], exhaustive: bool) -> None:
    chosen = [f for f in functions if exhaustive or f in RULES]  # a composition is recorded as calls of others
    all_hold({name_of(f): functools.partial(check_rows, f, exhaustive) for f in chosen})


def test_a_hessian_walks_back_once_through_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once for each of its 20 rows."""
    walks: list[Any] = []
    monkeypatch.setattr(
        "tinygrad_lite.functional.walk", lambda *args, **keywords: walks.append(args) or walk(*args, **keywords)
    )
    x = np.linspace(-1, 1, 20)
    np.testing.assert_allclose(tg.hessian(lambda x: np.sum(np.sin(x) * x[::-1]))(x), by_hand(x), rtol=1e-12, atol=1e-12)
    assert len(walks) == 2  # the gradient, and all rows of the Hessian


def by_hand(x: np.ndarray) -> np.ndarray:
    turned = np.eye(len(x))[::-1]
    return np.diag(-np.sin(x) * x[::-1]) + np.cos(x)[:, None] * turned + (np.cos(x)[:, None] * turned).T


@tg.primitive
def cube(x: Any) -> Any:
    return x**3


def test_a_rule_of_the_users_is_given_one_gradient_at_a_time() -> None:
    """It may do with an array what `Rows` would not notice."""
    seen: list[Any] = []
    tg.derivative(cube, x=lambda g, x: seen.append((type(g), g.shape)) or g * 3 * x**2)
    jacobian = tg.jacobian(cube)(np.array([1.0, 2.0, 3.0, 4.0]))
    assert jacobian.tolist() == np.diag([3.0, 12.0, 27.0, 48.0]).tolist()
    assert seen == [(np.ndarray, (4,))] * 4


def test_large_arrays_are_walked_through_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    a = np.linspace(0, 1, 5 * 20_000).reshape(5, 20_000)
    assert rows.how_many([(), (5,), (20_000,)]) == 3
    assert rows.how_many([(3, 100_000)]) == 1
    seen: list[int] = []
    real = Rows.__init__
    monkeypatch.setattr(Rows, "__init__", lambda self, array: seen.append(array.size) or real(self, array))
    jacobian = tg.jacobian(lambda x: np.sum(np.sin(x @ a).reshape(5, -1), axis=1))(np.arange(5.0))
    slopes = np.cos(np.arange(5.0) @ a) * a
    np.testing.assert_allclose(jacobian, slopes.reshape(5, 5, -1).sum(axis=2).T, rtol=1e-11)
    assert 0 < max(seen) <= rows.MOST


def test_what_rows_cannot_do_raises_and_is_done_row_by_row() -> None:
    """A rule that looks into its gradient gets an error, and not the answer of another row."""
    g = Rows(np.arange(6.0).reshape(3, 2))
    looks: list[Callable[[], Any]] = [
        lambda: bool(g), lambda: float(g), lambda: np.asarray(g), lambda: np.add.reduce(g), lambda: g + object(),
        lambda: np.add(g, 1, out=np.zeros(2)), lambda: g[[0, 1], [0, 1]], lambda: each(np.modf, [g], {}),
    ]  # fmt: skip
    for look in looks:
        with pytest.raises(TypeError):
            look()
    assert each(np.cumsum, [g], {}).array.tolist() == [[0, 1], [2, 5], [4, 9]]
    assert len(g) == 2
    assert (g.T.shape, g.size, g.ndim) == ((2,), 2, 1)
