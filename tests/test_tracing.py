"""What a trace sees: everything that a program computes.

So a replay with other numbers is what the program would compute with them; or, where the trace could not follow, an error.
Never another number.
"""

from __future__ import annotations

import contextlib
import cProfile
import functools
import itertools
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from helpers import D1, D2, X1, X2, copies, program, programs, together

import tinygrad_lite as tg
from tinygrad_lite import Graph, Tensor, trace
from tinygrad_lite.graphs.nodes import same
from tinygrad_lite.recording import BEFORE, mode, recording


def number(value: Any) -> Any:
    return np.asarray(value.data if isinstance(value, Tensor) else value)


def replayed(graph: Graph, values: Any) -> Graph:
    return graph.replay(**{parameter: value for (parameter, _), value in zip(graph.arguments, values)})


def follows(f: Callable[..., Any], args: Any, others: Any) -> None:
    """The graph has the numbers that `f` computes, and replayed with other arguments, those that `f` computes of them.

    Of arrays that it takes from a file as well.
    """
    graph = trace(f)(*copies(args))
    variables = [graph[i].wants_gradient for i in graph.inputs]
    expected, other = (
        number(f(*[Tensor(number(v)) if wants else v for v, wants in zip(copies(values), variables)]))[()]
        for values in (args, others)
    )
    assert same(graph.output.value, expected)
    with_functions = {"replayed", "np.apply_along_axis"} & {node.function for node in graph}  # which are not for files
    graphs = [graph] if with_functions else [graph, Graph.from_json(graph.to_json())]
    for each in graphs:
        assert all(same(a.value, b.value) for a, b in zip(graph, each.replay()))
        assert same(replayed(each, others).output.value, other)


def follows_back(f: Callable[..., Any], args: Any, others: Any) -> None:
    """The same of the gradients."""
    graph = trace(f, backward=True)(*copies(args))
    assert graph.replay() == graph
    again = replayed(graph, others)
    variables = [graph[i].wants_gradient for i in graph.inputs]
    leaves = [Tensor(other) if wants else other for other, wants in zip(others, variables)]
    f(*leaves).backward()
    for leaf, i in zip(leaves, graph.inputs):
        if isinstance(leaf, Tensor):
            expected = np.zeros(leaf.shape) if leaf.grad is None else leaf.grad
            found = again[i].gradient
            found = np.zeros(leaf.shape) if found is None else found  # on arrays, the engine sums rows in another order
            np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-15)


# --- what depends on the variables ------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    "body",
    programs("""
    return np.sum(np.sort(x) * [1, 2, 3, 4])
    return np.sum(x[np.argsort(x)] * [1, 2, 3, 4])
    return np.median(x)
    return np.sum(np.partition(x, 1) * [1, 2, 3, 4])
    return np.sum(x * (np.arange(4) == np.argmax(x)))
    return x[np.argmax(x)] ** 2
    return np.max(x) ** 2
    return np.sum(tg.relu(x) ** 2)
    return np.sum(np.where(x > 0, x, x * x))
    return np.sum(x * (x > 0))
    return np.sum(np.select([x > 1, x > 0], [x, x * 2], x * 3))
    return np.sum(np.choose((x > 0).astype(int), [x, x * 2]))
    return np.sum(np.clip(x, -1, 1) * x)
    return np.sum(np.interp(x, [-2, 0, 1, 6], [1.0, 3, 2, 5]))
    return np.sum(np.interp([0.0, 2.0], np.sort(x), x))
    return np.sum(np.interp(x, [0.0, 1, 2.5, 4], [1.0, 3, 2, 5], period=5.0))
    return np.sum(x * np.digitize(x, [-1, 0, 1]))
    return np.sum(x * np.searchsorted([-1, 0, 1], x))
    return np.sum(x * np.floor(x) * np.sign(x))
    return np.sum(x * x.astype(int))
    return np.sum(x * tg.stop_gradient(x * 2))
    return np.sum(np.maximum(x, 0) * np.minimum(x, 1) * np.abs(x))
    return sum(v * v for v in x)
    y = x * 1
        y[0] = 5.0
        y[1:3] = y[2:4] * 2
        return np.sum(y * x)
    with tg.no_grad():
            m = x * 2 + 1
        return np.sum(x * m)
    with tg.no_grad():
            best = np.argmax(x)
        return x[best] * np.sum(x)
    return np.sum(x * np.linalg.slogdet(np.eye(4) + 0.1 * x * x[:, None])[0])
    return np.sum(tg.checkpoint(lambda z: np.sin(z) ** 2)(x) * x)
    return np.sum(np.abs(np.fft.rfft(x)))
    return np.sum(x * np.linalg.inv(np.eye(4) * 9 + x * x[:, None]))
    return np.sum(np.take(x, [3, 3, 0]) * np.take_along_axis(x, np.argsort(x)[:3], 0))
    return np.sum(np.prod(x) * np.cumprod(x) * np.std(x))
    """),
)
def test_masks_and_orders_are_computed_again(body: str) -> None:
    """Masks, indices and detached values belong to the computation; they are not baked in."""
    f = program(body, "x")
    follows(f, [X1], [X2])
    follows_back(f, [X1], [X2])


@pytest.mark.parametrize(
    "body",
    programs("""
    return np.sum(x * (x.data * 2))
    return np.sum(x * np.exp(x.detach().data))
    return np.sum(x * np.exp(x.to_numpy()))
    m = x.data > 0
        return np.sum(x * m + x.data.max())
    """),
)
def test_the_arrays_of_tensors_are_followed(body: str) -> None:
    f = program(body, "x")
    graph = trace(f, backward=True)(Tensor(X1))
    assert graph.replay() == graph
    again, leaf = graph.replay(x=X2), Tensor(X2)
    f(leaf).backward()
    assert same(again.output.value, f(Tensor(X2)).data)
    assert same(again["x"].gradient, leaf.grad)


@pytest.mark.parametrize(
    "body",
    programs("""
    return tg.grad(lambda z: np.sum(z**3) * x[0])(x)
    return tg.hvp(lambda z: np.sum(z**3))(x, np.ones(4))
    return tg.jacobian(lambda z: np.sin(z) * z[::-1])(x)
    return tg.hessian(lambda z: np.prod(z))(x)
    return tg.jvp(np.tanh, [x], [np.ones(4)])[1]
    value, g = tg.value_and_grad(lambda z: np.sum(z**2))(x)
        return g * value
    return tg.grad(lambda z: np.sum(tg.grad(lambda y: np.sum(np.sin(y)))(z) ** 2))(x)
    """),
)
def test_derivatives_inside_are_followed(body: str) -> None:
    follows(program(body, "x"), [X1], [X2])


def test_an_update_inside() -> None:
    """One step of gradient descent, as a program would take it."""

    def step(w: Any, d: Any) -> Any:
        w = tg.stop_gradient(w) if isinstance(w, Tensor) and not w.requires_grad else w
        g = tg.grad(lambda w: np.sum((w * d - 1) ** 2))(w)
        with tg.no_grad():
            w -= 0.1 * g
        return w * 2

    graph = trace(step)(Tensor(1.0), X1)
    for w, d in ((1.0, X1), (3.0, X2)):
        assert same(graph.replay(w=w, d=d).output.value, step(Tensor(w), d).data)


# --- data -------------------------------------------------------------------------------------------------------------


@together
@pytest.mark.parametrize(
    "body",
    programs("""
    return np.sum(w * d.mean(axis=0) / d.std(0) + d.T[:, 0].max())
    return np.sum(w * (abs(-d) - d**2 + 2**d // 1 % 3) * divmod(d, 2)[1])
    return np.sum(w * ((d > 3) & (d < 9) | ~(d > 11)))
    return np.sum(w * np.asarray(d))
    return np.sum(w * np.stack([d[0], d[1]]))
    return np.sum(w * np.linalg.solve(d[:, :3] + np.eye(3), d[:, 3]))
    return np.sum(w * np.linalg.svd(d)[1])
    q, r = np.linalg.qr(d[:, :3] + np.eye(3))
        return np.sum(w * r)
    x, left, rank, s = np.linalg.lstsq(d[:, :2], d[:, 2], rcond=None)
        return np.sum(w * x)
    return np.sum(w * np.einsum("ij,kj->ik", d, d))
    return np.sum(w * np.meshgrid(d[0], d[1])[1])
    u, counts = np.unique(d, return_counts=True)
        return np.sum(w * u * counts)
    return np.sum(w * np.histogram(d, bins=3)[0])
    a, b = np.split(d, 2, axis=1)
        return np.sum(w * (a - b))
    a, b = np.modf(d * 1.3)
        return np.sum(w * a * b)
    return np.sum(w * np.add.reduce(d) * np.add.accumulate(d) * np.add.outer(d[0], d[0])[:3])
    return np.sum(w * np.select([d > 3, d > 2], [d, d * 2], 0) + np.pad(d, 1)[1:4, 1:5])
    return np.sum(w * np.apply_along_axis(np.cumsum, 0, d))
    return np.sum(w * np.interp(d[0], [1, 5, 9], d[:, 0]))
    return np.sum(w * np.percentile(d, 30) * np.cov(d) * np.linalg.norm(d))
    return np.sum(w * d.astype(np.float32) * d.astype(int))
    return np.sum(w * np.r_[d[0], d[1]])
    return np.sum(w * np.random.default_rng(0).normal(size=3)[:, None] * d)
    return np.sum(w * tg.softmax(d) * tg.relu(d) * tg.sigmoid(x=d))
    return np.sum(w * tg.Tensor(d))
    return np.sum(w * tg.Tensor(d, requires_grad=False) * tg.Tensor(d[0], name="row", requires_grad=False))
    return np.sum(w * d.conj().real * d.squeeze() * d.copy() * d.clip(2, 9).round(1))
    return np.sum(w * d.argsort(0) * d.argmax() * d.cumsum(1) * d.swapaxes(0, 1).T * d.reshape(4, 3).transpose(1, 0))
    return np.sum(w * d.compress([True, False, True], 0)) + w * d.trace()
    return np.sum(w * d.take([0, 1]) * d.ravel()[:2] * d.flatten()[:2] * d.diagonal()[:2] * d.dot(d.T)[0, :2])
    return w * d.sum(where=d > 3)
    return sum(np.sum(w * a * b) for a, b in zip(d, d[::-1]))
    return np.sum(w * np.stack(list(d)))
    return np.sum(w * sum(d[0]))
    return np.sum(w * np.empty_like(d).shape[0] * np.ones_like(d) * d)
    return np.sum(w * np.block([[d, d], [d, d]]))
    return np.sum(w * trapezoid(d) * np.diff(d)[:, 0] * np.gradient(d)[0][:, 0])
    print(d, repr(d), f"{d[0, 0]:.2f} {d[0, 0]}", file=io.StringIO())
        return np.sum(w * d)
    with tg.no_grad():
            scale = d.max()
        return np.sum(w * d / scale)
    """),
)
def test_data_is_followed(body: str) -> None:
    """Arrays that want no gradient, through NumPy's functions, operators, methods, and loops."""
    follows(program(body), [Tensor(2.0), D1], [3.0, D2])


@together
@pytest.mark.parametrize(
    ("body", "labels"),
    [
        *itertools.product(
            [
                "return np.sum(w[np.arange(3), k] * [1, 2, 3])",
                "return np.sum(np.take(w, k, axis=1) * [1, 2, 3])",
                "return np.sum(np.take_along_axis(w, k[:, None], 1)[:, 0] * [1, 2, 3])",
                "return np.sum(w * (k[:, None] == np.arange(4)))",
                "return sum(w[i, j] * (i + 1) for i, j in enumerate(k))",
                "return sum(w[i, k[i]] * (i + 1) for i in range(len(k)))",
                "return np.sum(w[:, k[0]] + w[k.argmax(), k[2] % 4])",
            ],
            [np.array([0, 2, 1]), np.array([0, 2, 1], np.int32), np.array([0, 2, 1], np.uint8)],
        )
    ],
)
def test_labels_are_followed(body: str, labels: np.ndarray) -> None:
    others = np.array([3, 3, 0], labels.dtype)
    follows(program(body, "w, k"), [Tensor(D1), labels], [D2, others])


@pytest.mark.parametrize("body", ["return np.sum(w[m])", "return np.sum(np.where(m, w, 0))", "return np.sum(w * m + ~m)"])
def test_masks_are_followed(body: str) -> None:
    f, masks = program(body, "w, m"), [np.array([True, False, True, False]), np.array([False, True, True, False])]
    follows(f, [Tensor(X1), masks[0]], [X2, masks[1]])


def test_an_array_of_text_is_data() -> None:
    f = program("return w * (d == 'a').sum()")
    follows(f, [Tensor(1.0), np.array(["a", "b"])], [2.0, np.array(["a", "a"])])


@pytest.mark.parametrize("kind", [float, np.float32, np.float64, np.array])
def test_numbers_are_data(kind: Any) -> None:
    f = program("return np.sum(w * k ** 0.3 / (1 + k) + np.exp(k) * np.round(k, 1) + abs(k))", "w, k")
    follows(f, [Tensor(X1), kind(2.5)], [X2, kind(3.7)])


def test_a_number_is_rounded_as_by_python() -> None:
    follows(program("return w * round(k, 1)", "w, k"), [Tensor(1.0), 2.77], [2.0, 3.14])


def test_dtypes_are_kept() -> None:
    f = program("return np.sum(w * d) * d.mean()")
    graph = trace(f)(Tensor(X1.astype(np.float32)), X2.astype(np.float32))
    assert {node.dtype for node in graph} == {"float32"}
    assert graph.replay(w=[1, 2, 3, 4]).output.value.dtype == np.float32


# --- arrays that are written into ---------------------------------------------------------------------------------------

IN_PLACE = programs("""
    d += 1
    d[0] += 1
    d[0][1] += 1
    d[:, 1] *= 2
    d[0, 0] += 1
    d[0] = d[1] * 2
    r = d[0]
        r[:] = 5
    r = d[0]
        r += d[1]
    x = d[0:2]
        y = x[1:]
        y += 5
    x = d[...]
        x += 1
    x = d[None][0]
        x += 1
    for row in d:
            row *= 2
    for i in range(1, 3):
            d[i] += d[i - 1]
    d[d > 3] = 0
    d[[0, 1]] = d[[1, 0]]
    d[0], d[1] = d[1].copy(), d[0].copy()
    e = d
        e += 1
    e = d.copy()
        e += 1
    e = d.flatten()
        e[0] = 100
    k = d[0, 0]
        k += 1
    d -= d.mean(axis=0)
        d /= d.std(axis=0)
    d.fill(2)
    d.sort(axis=0)
    d.partition(1, axis=0)
    d.put([0, 1], [5, 6])
    np.put(d, [0, 1], d[1, :2])
    np.copyto(d, d[::-1].copy())
    np.putmask(d, d > 4, [1.0, 2.0])
    np.place(d, d > 4, [1.0, 2.0])
    np.fill_diagonal(d, 9)
    np.put_along_axis(d, np.argmax(d, 1)[:, None], 0, 1)
    np.add.at(d, [0, 0], d[1])
    np.negative.at(d, 0)
    np.add(d, 1, out=d)
    np.add(np.ones((3, 4)), 1, out=d)
    d = np.zeros_like(d) + np.add(d, 1, out=np.zeros_like(d))
    z = np.empty_like(d)
        z[:] = 0
        z[0] = d[1]
        d = z
    z = np.zeros_like(d[0])
        np.sum(d, axis=0, out=z)
        d = z
    z = np.zeros_like(d, dtype=np.float32)
        z += d
        d = z
    z = np.zeros_like(d)
        z += d[0]
        d = z
    d = np.where(d > 3, d, 0)
        d[0] = 1
    m = d > 3
        m[0] = True
        m |= d < 2
        d = d * m
    i = np.argsort(d[:, 0])
        i[0] = 0
        d = d[i, 1]
    """)


@together
@pytest.mark.parametrize("body", IN_PLACE)
def test_data_that_is_changed_in_place(body: str) -> None:
    """Each value keeps on record what it was when it was used."""
    f = program(f"before = np.sum(w * d)\n{textwrap.dedent(body)}\nreturn before * np.sum(w * d)")
    follows(f, [Tensor(2.0), D1], [3.0, D2])


@pytest.mark.parametrize(
    "body",
    programs("""
    z = np.zeros(4)
        a = w * z
        z[0] = 2
        return np.sum(a + w * z)
    z = np.ones(4)
        a = w * z
        z *= 2
        return np.sum(a * (w * z))
    z = np.arange(4.0)
        a = w * z
        z.sort()
        z[z > 2] = np.nan
        return np.nansum(a + w * z)
    """),
)
def test_arrays_of_the_programs_own_that_are_changed(body: str) -> None:
    follows(program(body, "w"), [X1], [X2])


# --- what cannot be followed is never silently another number -----------------------------------------------------------

CANNOT_FOLLOW = programs("""
    return np.sum(w * (np.asarray(d) * 2))
    return np.sum(w * np.array(d))
    return np.sum(w * np.array([d[0, 0], d[0, 1]]))
    return np.sum(w * np.arange(99)[d.astype(int)])
    return np.sum(w * np.float64(d[0, 0]))
    return w * float(d.max()) * int(d[0, 0])
    return w * round(d[1, 1] * 1.3)
    return w * d[0, 0].item()
    return np.sum(w * np.array(d.tolist()))
    return np.sum(w * d.flat[3])
    return np.sum(w * np.frombuffer(d.tobytes()))
    return np.sum(w * d.view(np.int64))
    return w * [10, 20, 30][int(d[0, 0]) % 3]
    return w * complex(d[0, 0]).real
    return np.sum(w * np.vectorize(lambda t: t * 2)(d))
    return np.sum(w * np.ma.masked_array(d, d > 3).filled(0))
    return np.sum(w * np.where(d > 3)[0])
    return np.sum(w * d[d > 3])
    return w * np.allclose(d, d[0]) + w * np.array_equal(d, np.arange(12.0).reshape(3, 4) + 1)
    z = np.zeros(d.shape)
        np.add(d, 1, out=z)
        return np.sum(w * z)
    z = np.zeros(4)
        z += d[0]
        return np.sum(w * z)
    z = np.zeros(4)
        np.add.at(z, d[0].astype(int) % 4, 1.0)
        return np.sum(w * z * [1, 2, 3, 4])
    np.add(d, 1, out=d, where=d > 4)
        return np.sum(w * d)
    np.copyto(d, 3.0, where=d > 4)
        return np.sum(w * d)
    a, b = np.zeros_like(d), np.zeros_like(d)
        np.divmod(d, 2, out=(a, b))
        return np.sum(w * b)
    r = d[0]
        d[0, 1] = 7
        return np.sum(w * r)
    r, s = d[0], d[1]
        r += 1
        return np.sum(w * s)
    t = d.T
        t[0] = 3
        return np.sum(w * d)
    t = d.T
        d[0] = 3
        return np.sum(w * t)
    e = d.ravel()
        e[0] = 100
        return np.sum(w * d[0])
    return np.sum(w * tg.grad(lambda z: np.sum(z**3))(d))
    x = tg.Tensor(d)
        np.sum(x**3).backward()
        return np.sum(w * x.grad)
    return w * (2 in d)
    return w * 2 if d[0, 0] > 5 else w * 3
    """)


@together
@pytest.mark.parametrize("body", CANNOT_FOLLOW)
def test_what_cannot_be_followed_raises_on_a_replay(body: str) -> None:
    """The graph itself is right; with other data, replay says that it does not know."""
    f = program(body)
    graph = trace(f)(Tensor(2.0), np.array(D1))
    assert same(graph.output.value, number(f(Tensor(2.0), np.array(D1)))[()])
    assert all(same(a.value, b.value) for a, b in zip(graph, graph.replay(w=2.0, d=D1)))
    with pytest.raises(ValueError, match=r"Trace the function again|or trace the function again"):
        graph.replay(d=D2)


def test_data_that_was_changed_unseen_cannot_be_replayed() -> None:
    """Through ``np.asarray(d)`` a program writes into the memory of `d`, and nobody tells."""
    f = program("a = np.asarray(d)\na += 1\nreturn np.sum(w * d)")
    graph = trace(f)(Tensor(2.0), D1)
    assert same(graph["d"].value, D1)
    assert float(graph.output.value) == 2 * np.sum(D1 + 1)
    for data in (D1, D2):
        with pytest.raises(ValueError, match="Trace the function again"):
            graph.replay(d=data)


@pytest.mark.parametrize(
    "body",
    programs("""
    return w * tg.gradients(np.sum(w**3), w)
    (w**3).backward()
        return w * w.grad
    return w * (w * 2).item()
    return w * np.array((w * 2).tolist())
    with tg.no_grad():
            g = tg.grad(lambda z: np.sum(z**3))(w)
        return w * g
    return w * (2 if w > 1 else 3)
    return w * (2 if np.isclose(w, 2) else 3)
    """),
)
def test_looks_at_variables_raise_on_a_replay(body: str) -> None:
    graph = trace(program(body, "w"))(Tensor(2.0))
    assert graph.looks
    assert same(graph.replay().output.value, graph.output.value)
    with pytest.raises(ValueError, match="The program looked at a value"):
        graph.replay(w=-5.0)


def test_a_look_that_finds_the_same_passes() -> None:
    """An `if` holds for all values that go the same way; a number taken out, for this number only."""
    graph = trace(program("return w * 2 if w > 1 else w * 3", "w"))(2.0)
    assert float(graph.replay(w=7.0).output.value) == 14.0
    with pytest.raises(ValueError, match=r"it found True, and would now find False.*\n  <string>, line 2"):
        graph.replay(w=0.5)
    [look] = graph.looks
    assert (look.by, bool(look.found), graph[look.id].function) == ("bool(t)", True, "np.greater")
    assert look.id not in [node.id for node in graph.forward]


def test_a_value_only_looked_at_is_in_the_graph() -> None:
    def f(w: Any) -> Any:
        total = np.sum(w * w)
        return w * 2 if total > 1 else w * 3

    graph = trace(f)(X1)
    assert graph["total"].id not in [node.id for node in graph.forward]
    assert [node.function for node in graph.forward] == [None, "np.multiply"]


# --- names ------------------------------------------------------------------------------------------------------------


def helper(z: Any) -> Any:
    inside = z * 2
    return inside + 1


def names_of(f: Callable[..., Any], *args: Any) -> list[str | None]:
    return [node.name for node in trace(f)(*args)]


def test_names_of_variables_and_of_items() -> None:
    def f(a: Any, b: Any) -> Any:
        p = helper(a)
        q = [p * b, p + b]
        d = {"k": q[0] * q[1]}
        (r, s) = d["k"] - 1, 5
        total = r * s
        return total  # noqa: RET504

    assert names_of(f, 2.0, 3.0) == ["a", "b", "inside", "p", "q[0]", "q[1]", 'd["k"]', "r", "total"]


def test_a_name_is_learnt_however_a_function_ends() -> None:
    assert names_of(lambda x: np.sin(x) * 2, 0.5) == ["x", None, None]
    assert names_of(lambda x: [y := np.sin(x), y * 2][1], 0.5)[1] == "y"
    assert names_of(program("y = np.sin(x)\ntry:\n    return y * 2\nfinally:\n    y = None", "x"), 0.5)[1] == "y"


def test_a_name_used_again_is_kept_by_each() -> None:
    def f(x: Any) -> Any:
        h = x
        for _ in range(3):
            h = np.tanh(h)
        return h

    assert names_of(f, 0.5) == ["x", "h", "h", "h"]


def test_the_name_further_out_wins() -> None:
    def f(x: Any) -> Any:
        mine = helper(x)
        return mine * 1

    assert names_of(f, 2.0) == ["x", "inside", "mine", None]


def test_an_explicit_name_wins() -> None:
    def f(w: Any) -> Any:
        a = w * 2
        a.name = "alpha"
        b = a * 3
        return b  # noqa: RET504

    assert names_of(f, Tensor(1.0, name="omega")) == ["omega", "alpha", "b"]


def test_names_of_parameters() -> None:
    def f(params: Any, *rest: Any, scale: Any = 1.0, **more: Any) -> Any:
        return np.sum(params["l"][0][0] * rest[0] * scale * more["last"])

    graph = trace(f)({"l": [(X1, 2.0)], "none": None}, X2, 3.0, scale=4.0, last=5.0)
    assert [graph[i].name for i in graph.inputs] == [
        'params["l"][0][0]', 'params["l"][0][1]', "rest1", "rest2", "scale", "last",
    ]  # fmt: skip
    assert [name for name, _ in graph.arguments] == ["params", "rest1", "rest2", "scale", "last"]
    assert [node.name for node in trace(np.add)(1.0, X1)][:2] == ["x", "y"]
    assert trace(np.tanh)(1.0)[0].name == "x"


def test_names_of_constants() -> None:
    table = np.arange(4.0)

    def f(w: Any) -> Any:
        weights = np.array([1.0, 2.0, 3.0, 4.0])
        return np.sum(w * weights * table * np.ones(4))

    graph = trace(f)(X1)
    assert [graph[i].name for i in graph.constants] == ["weights", "table", None]


def test_names_of_the_callers_variables() -> None:
    w, data = Tensor(2.0), np.array([1.0, 2.0])
    nest = {"p": w * data}
    total = np.sum(nest["p"])
    assert [node.name for node in Graph.of(total)] == ["w", "data", 'nest["p"]', "total"]


def test_memory_used_again_does_not_pass_on_a_name() -> None:
    """An array that is gone may have lain where another lies now."""

    def f(w: Any) -> Any:
        total = w
        for _ in range(50):
            gone = np.ones(1000)
            del gone
            total = total + np.sum(np.ones(1000)) * w
        return total

    assert "gone" not in names_of(f, 2.0)


def test_no_names_of_ours() -> None:
    """Our own frames, and those of named tuples, are not the user's."""

    def f(w: Any, d: Any) -> Any:
        if np.sum(w * d) > 0:
            return np.sum(np.linalg.svd(d * w.data)[1]) * w
        return w

    own = {"found", "node", "args", "keywords", "value", "entry", "out", "S", "U", "Vh"}
    assert not own & set(names_of(f, Tensor(2.0), D1))


# --- lines and scopes -------------------------------------------------------------------------------------------------


def test_lines() -> None:
    def f(x: Any) -> Any:
        a = x * 2
        return helper(a)

    first = f.__code__.co_firstlineno
    lines = [node.line for node in trace(f)(1.0)]
    assert lines[0] is None
    assert [line.number for line in lines[1:]] == [first + 1, *(helper.__code__.co_firstlineno + i for i in (1, 2))]
    assert lines[1].code == "a = x * 2"
    assert all(line.file == __file__ for line in lines[1:])


def test_scopes_count_the_calls_of_each_function() -> None:
    def f(x: Any) -> Any:
        def twice(y: Any) -> Any:
            return helper(helper(y))

        return twice(x) + sum(helper(x) for _ in range(1))

    scopes = [node.scope for node in trace(f)(1.0)]
    assert scopes == [
        (), *[(("twice", 1), ("helper", 1))] * 2, *[(("twice", 1), ("helper", 2))] * 2, *[(("helper", 3),)] * 2, (), (),
    ]  # fmt: skip


def test_lines_and_scopes_of_data_too() -> None:
    graph = trace(lambda w, d: w * helper(d))(Tensor(1.0), X1)
    assert [node.scope for node in graph if node.function] == [(("helper", 1),), (("helper", 1),), ()]


# --- what can be traced -------------------------------------------------------------------------------------------------


class Model:
    def __init__(self) -> None:
        self.scale = 2.0

    def __call__(self, x: Any) -> Any:
        return np.sin(x) * self.scale


def numbers_of(x: Any) -> Iterator[Any]:
    for i in range(1, 3):
        yield x * i


CALLABLES: dict[str, Any] = {
    "lambda": lambda x: np.sin(x) * 2,
    "ufunc": np.tanh,
    "function of NumPy's": np.linalg.norm,
    "primitive": tg.softplus,
    "object": Model(),
    "method": Model().__call__,
    "partial": functools.partial(lambda a, x: np.sin(x) * a, 2.0),
    "generator inside": lambda x: sum(numbers_of(x)),
    "decorated": functools.wraps(helper)(lambda x: x * 3),
    "gradient": tg.grad(np.tanh),
    "another trace": lambda x: x * float(trace(np.sin)(1.0).output.value),
}


@together
@pytest.mark.parametrize("kind", CALLABLES)
def test_all_kinds_of_callables(kind: str) -> None:
    f = CALLABLES[kind]
    graph = trace(f)(0.5)
    assert same(graph.output.value, number(f(Tensor(0.5)))[()])
    assert same(graph.replay(**{graph[0].name: 0.7}).output.value, number(f(Tensor(0.7)))[()])


def test_options_are_what_they_are() -> None:
    seen: list[Any] = []

    def f(x: Any, n: int, kind: str, maybe: Any, flags: Any, *, on: bool) -> Any:
        seen.extend([n, kind, maybe, flags, on])
        return x**n

    graph = trace(f)(2.0, 3, "relu", None, [1, True, "a"], on=False)
    assert seen == [3, "relu", None, [1, True, "a"], False]
    assert len(graph) == 2
    assert graph.arguments[1:] == (("n", 3), ("kind", "relu"), ("maybe", None), ("flags", [1, True, "a"]), ("on", False))


def test_which_arguments_are_variables() -> None:
    def wanting(graph: Graph) -> list[bool]:
        return [graph[i].wants_gradient for i in graph.inputs]

    f = program("return np.sum(x * y)", "x, y")
    assert wanting(trace(f)(2.0, X1)) == [True, True]
    assert wanting(trace(f)(Tensor(2.0), X1)) == [True, False]
    assert wanting(trace(f)(Tensor(2.0, requires_grad=False), X1)) == [False, True]
    assert wanting(trace(f)(2.0, np.arange(3))) == [True, False]
    assert wanting(trace(f, argnums=1)(2.0, np.arange(3))) == [False, True]
    assert wanting(trace(f, argnums=(0, -1))(Tensor(2.0), X1)) == [True, True]
    with pytest.raises(TypeError, match="argnums=2"):
        trace(f, argnums=2)(2.0, X1)


def test_the_arguments_themselves_are_left_alone() -> None:
    w, d = Tensor(X1, name="w"), np.array(X2)
    trace(program("d += 1\nreturn np.sum(w * d)"), backward=True)(w, d)
    assert w.grad is None
    assert same(d, X2)
    assert type(d) is np.ndarray


def test_an_argument_is_not_a_constant_of_the_same_array() -> None:
    """The program also has the array that it is called with from elsewhere. That one stays what it is."""
    number = np.float64(3.0)
    graph = trace(lambda w: np.sum(w * X1))(X1)
    assert float(graph.replay(w=X2).output.value) == np.sum(X2 * X1)
    graph = trace(lambda w: w * number)(number)
    assert float(graph.replay(w=2.0).output.value) == 6.0
    graph = trace(lambda a, b: np.sum(a * 2 + b.data))(X1, X1)
    assert float(graph.replay(a=X2).output.value) == np.sum(X2 * 2 + X1)


def test_empty_and_0d_arrays() -> None:
    for shape in ((0,), (2, 0), ()):
        f = program("return np.sum(x * d + d[..., None].sum())", "x, d")
        follows(f, [np.ones(shape), np.full(shape, 2)], [np.zeros(shape), np.full(shape, 3)])


# --- what it leaves behind ----------------------------------------------------------------------------------------------


def fails(x: Any) -> Any:
    return 1 / 0


def test_state_is_restored() -> None:
    def hook(*_: Any) -> None:
        pass

    for f in (np.sin, fails, program("with tg.no_grad():\n    1 / 0", "x"), program("with tg.debug():\n    1 / 0", "x")):
        sys.setprofile(hook)
        try:
            with contextlib.nullcontext() if f is np.sin else pytest.raises(ZeroDivisionError):
                trace(f)(1.0)
            assert sys.getprofile() is hook
        finally:
            sys.setprofile(None)
        assert recording() is True
        assert BEFORE.get() is None


def test_inside_no_grad_and_debug() -> None:
    with tg.no_grad():
        assert trace(np.sin)(1.0).output.wants_gradient
        assert recording() is False
    with tg.debug():
        debugger = mode()
        assert len(trace(np.sin)(1.0)) == 2
        assert mode() is debugger
    graph = trace(program("with tg.debug():\n    y = np.log(x)\nreturn y * 2", "x"))(1.0)
    assert [node.function for node in graph] == [None, "np.log", "np.multiply"]


def test_under_a_profiler() -> None:
    profiler = cProfile.Profile()
    profiler.enable()
    try:
        graph = trace(program("y = np.sin(x)\nreturn y * 2", "x"))(1.0)
        helper(1.0)
    finally:
        profiler.disable()
    assert len(graph) == 3
    assert any(getattr(entry.code, "co_name", "") == "helper" for entry in profiler.getstats())


def test_threads() -> None:
    """Each thread has its own tracer; names and calls do not mix."""
    graphs: dict[int, Graph] = {}

    def work(i: int) -> None:
        def f(x: Any) -> Any:
            for _ in range(50):
                x = np.sin(x) * i
            return x

        graphs[i] = trace(f, backward=True)(0.1 * i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, graph in graphs.items():
        assert len(graph.forward) == 101
        assert {node.args[1] for node in graph.forward if node.function == "np.multiply"} == {i}
        assert graph.replay() == graph


def test_no_array_that_tells_gets_out() -> None:
    """What a program keeps for itself behaves as an array after the trace, and tells nobody."""
    kept: list[Any] = []
    trace(lambda w, d: [kept.extend([d, d * 2, d[0]]), w * d][1])(Tensor(1.0), X1)
    for array in kept:
        array += 1
        assert np.sin(array * 2).shape == array.shape
    assert [float(array.sum()) for array in kept] == [6.5, 9.0, 2.0]


def test_a_trace_inside_a_trace() -> None:
    graphs: list[Graph] = []

    def outer(x: Any) -> Any:
        y = x * 2
        graphs.append(trace(lambda z: z * z + 1)(3.0))
        return np.sin(y)

    graph = trace(outer)(2.0)
    assert [node.name for node in graph] == ["x", "y", None]
    assert [node.function for node in graphs[0]] == [None, "np.multiply", "np.add"]
