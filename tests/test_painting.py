"""What a drawing says: sums of gradients, stretched values, paths, the backward pass; that machinery is not on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite.graphs.names import labels
from tinygrad_lite.graphs.paths import paths
from tinygrad_lite.views.drawing.folding import Folding
from tinygrad_lite.views.drawing.painting import paint
from tinygrad_lite.views.drawing.picture import Arrow, Box, Frame, Picture
from tinygrad_lite.views.drawing.tidying import tidied


def painted(graph: tg.Graph, wrt: str | int | None = None, limit: int = 6, **options: Any) -> Picture:
    """The picture of a graph."""
    tidy = tidied(graph)
    return paint(Folding(tidy, **options), labels(tidy), None if wrt is None else paths(tidy, wrt, limit))


def inside(frame: Frame) -> list[Box]:
    return [*frame.boxes, *(box for inner in frame.frames for box in inside(inner))]


def boxes(picture: Picture) -> dict[str, Box]:
    """All boxes, by what is written on them."""
    return {box.title: box for box in inside(picture.frame)}


def arrows(picture: Picture) -> dict[tuple[str, str], list[Arrow]]:
    """All arrows, by what is written on the boxes at their ends."""
    titles = {box.id: box.title for box in inside(picture.frame)}
    found: dict[tuple[str, str], list[Arrow]] = {}
    for arrow in picture.arrows:
        found.setdefault((titles[arrow.start], titles[arrow.end]), []).append(arrow)
    return found


def grad(picture: Picture, title: str, row: str = "grad") -> tuple[str, ...]:
    return dict(boxes(picture)[title].rows)[row]


def twice(x: Any) -> Any:
    s = np.sin(x)
    return x * s


# --- several uses ------------------------------------------------------------------------------------------------------


def test_the_gradients_of_several_uses_are_on_their_arrows_and_add_up_in_the_box():
    picture = painted(tg.trace(twice)(2.0))
    assert grad(picture, "x") == ("0.0770038 = 0.909297 − 0.832294",)
    assert grad(picture, "s") == ("2",)  # one use: no sum
    words = {ends: [arrow.words for arrow in several] for ends, several in arrows(picture).items()}
    assert words == {
        ("x", "sin(x)"): [("back: -0.832294",)],
        ("sin(x)", "s"): [()],
        ("x", "x × s"): [("back: 0.909297",)],
        ("s", "x × s"): [()],
        ("x × s", "twice"): [()],
    }


def test_both_uses_in_a_square_send_back_a_part():
    picture = painted(tg.trace(lambda x: x * x)(3.0))
    assert grad(picture, "x") == ("6 = 3 + 3",)
    assert [arrow.words for arrow in arrows(picture)["x", "x × x"]] == [("back: 3",), ("back: 3",)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ([1.0, 2.0], ("[9, 9]", "= [2, 2] + [7, 7]")),
        (np.arange(6.0).reshape(2, 3), ("[[9, 9, 9],", " [9, 9, 9]]", "= sum over 2 uses")),
        (np.arange(50.0), ("9 everywhere", "= sum over 2 uses")),
    ],
)
def test_sums_of_arrays_are_short(value: Any, shown: tuple[str, ...]):
    picture = painted(tg.trace(lambda x: np.sum(x * 7) + np.sum(x * 2))(tg.Tensor(value, name="x")))
    assert grad(picture, "x") == shown


def test_many_uses_are_counted():
    picture = painted(tg.trace(lambda x: x * x * x * x * x * x)(2.0))
    assert grad(picture, "x") == ("192", "= sum over 6 uses")


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_what_only_rounding_separates_is_a_sum(dtype: Any):
    x = tg.Tensor(dtype(0.1), name="x")
    y = x * dtype(0.3) + x * dtype(0.7) + np.sin(x)
    y.backward()
    assert " = " in grad(painted(tg.Graph.of(y)), "x")[0]


def test_a_leaf_that_was_used_before_says_how_much_came_back_here():
    x = tg.Tensor(2.0, name="x")
    for _ in range(2):
        y = x * np.sin(x)
        y.backward()
    picture = painted(tg.Graph.of(y))
    assert grad(picture, "x") == ("0.154008",)
    assert grad(picture, "x", "back") == ("0.0770038 = 0.909297 − 0.832294",)
    assert "back" not in dict(boxes(picture)["y"].rows)
    assert grad(picture, "y") == ("1",)
    w = tg.Tensor(3.0, name="w", requires_grad=True)
    (w * 5).backward()
    z = w * 2
    z.backward()
    assert (grad(painted(tg.Graph.of(z)), "w"), grad(painted(tg.Graph.of(z)), "w", "back")) == (("7",), ("2",))


def test_nan_and_infinity_are_sums_too():
    with np.errstate(all="ignore"):
        x = tg.Tensor(0.0, name="x")
        y = np.log(x) * 0 + np.sqrt(x)
        y.backward()
    assert grad(painted(tg.Graph.of(y)), "x") == ("nan = inf + nan",)


def test_before_backward_there_are_no_sums():
    x = tg.Tensor(2.0, name="x")
    picture = painted(tg.Graph.of(x * x))
    assert grad(picture, "x") == ("–",)
    assert {arrow.words for arrow in picture.arrows} == {()}
    assert "grad –: none yet" in picture.notes


# --- stretched ---------------------------------------------------------------------------------------------------------


def test_what_is_stretched_says_so_on_its_arrow_and_what_that_means_for_the_way_back():
    def f(b: Any, c: Any, data: Any) -> Any:
        return np.sum(b * data + c)

    picture = painted(tg.trace(f)(tg.Tensor([1.0, 2.0, 3.0], name="b"), tg.Tensor(1.0, name="c"), np.ones((2, 3))))
    [stretched] = arrows(picture)["b", "b × data"]
    assert (stretched.kind, stretched.words) == ("stretched", ("(3,) → (2, 3)", "back: Σ"))
    [from_scalar] = arrows(picture)["c", "v₁ + c"]
    assert (from_scalar.kind, from_scalar.words) == ("stretched", ("scalar → (2, 3)", "back: Σ"))
    [data] = arrows(picture)["data", "b × data"]
    assert (data.kind, data.words) == ("data", ())
    assert [arrow.kind for arrow in arrows(picture)["v₂", "sum(v₂)"]] == ["flow"]  # a sum stretches nothing


def test_data_is_stretched_without_a_way_back_and_a_new_axis_of_one_without_a_sum():
    def f(w: Any, data: Any) -> Any:
        return np.sum(w + data)

    picture = painted(tg.trace(f)(tg.Tensor(np.ones((1, 3)), name="w"), np.ones(3)))
    [arrow] = arrows(picture)["data", "w + data"]
    assert (arrow.kind, arrow.words) == ("stretched", ("(3,) → (1, 3)",))
    picture = painted(tg.trace(f)(tg.Tensor(np.ones(3), name="w"), np.ones((1, 3))))
    assert arrows(picture)["w", "w + data"][0].words == ("(3,) → (1, 3)",)


def test_functions_that_do_not_broadcast_stretch_nothing():
    picture = painted(tg.trace(lambda x, w: np.sum(x @ w))(np.ones((2, 3)), tg.Tensor(np.ones((3, 4)), name="w")))
    assert {arrow.kind for arrow in picture.arrows} == {"flow", "data"}


def test_stretched_and_used_twice():
    picture = painted(tg.trace(lambda b: np.sum(b * np.ones(4)) + b)(tg.Tensor(2.0, name="b")))
    assert grad(picture, "b") == ("5 = 1 + 4",)
    assert [several[0].words for (start, _), several in arrows(picture).items() if start == "b"] == [
        ("scalar → (4,)", "back: Σ = 4"),
        ("back: 1",),
    ]


# --- paths -------------------------------------------------------------------------------------------------------------


def test_paths_are_lit_and_their_contributions_add_up_to_the_gradient():
    picture = painted(tg.trace(twice)(2.0), wrt="x")
    assert picture.caption == [
        ("∂twice/∂x = 0.0770038 = 0.909297 − 0.832294,  from 2 paths:",),
        ("x → twice", "0.909297"),
        ("x → s → twice", "-0.416147 × 2 = -0.832294"),
    ]
    assert all(arrow.lit and not arrow.faded for arrow in picture.arrows)
    assert arrows(picture)["x", "sin(x)"][0].words == ("back: -0.832294", "slope: -0.416147")
    assert arrows(picture)["s", "x × s"][0].words == ("slope: 2",)


def test_what_is_not_on_a_path_is_faded_and_says_nothing():
    def f(a: Any, b: Any, data: Any) -> Any:
        left = a * data
        right = np.exp(b) * np.exp(b)
        return np.sum(left) * right

    picture = painted(tg.trace(f)(tg.Tensor(1.0, name="a"), tg.Tensor(0.5, name="b"), np.ones(3)), wrt="a")
    found = boxes(picture)
    assert {title for title, box in found.items() if not box.faded} >= {"a", "a × data", "left", "sum(left)"}
    assert {title for title, box in found.items() if box.faded} >= {"b", "data", "exp(b)", "right"}
    for arrow in picture.arrows:
        assert arrow.lit != arrow.faded
        assert arrow.lit or not arrow.words
    assert arrows(picture)["a", "a × data"][0].words == ("scalar → (3,)", "back: Σ")  # its slope is no number


def test_of_many_paths_some_are_listed_and_the_rest_is_added_up():
    def f(x: Any) -> Any:
        for _ in range(5):
            x = x + x
        return x

    heading, *rows = painted(tg.trace(f)(1.0), wrt="x").caption
    assert heading[0].endswith("= 32,  from 32 paths:")
    assert len(rows) == 7
    assert rows[-1] == ("26 more", "26")


def test_paths_without_number():
    def f(x: Any) -> Any:
        for _ in range(100):
            x = 0.5 * (x + x)
        return x

    heading, *rows = painted(tg.trace(f)(1.0), wrt=0, repeats=True).caption
    assert heading[0].endswith("= 1,  from about 10³⁰ paths:")
    assert rows[-1] == ("about 10³⁰ more", "1")


def test_paths_to_arrays_and_long_ones_are_short():
    def f(x: Any) -> Any:
        for _ in range(12):
            x = np.tanh(x)
        return np.mean(x)

    _, [way, contribution] = painted(tg.trace(f)(tg.Tensor(np.linspace(-1, 1, 20), name="x")), wrt="x").caption
    assert way.count("→") == 7
    assert "…" in way
    assert " … " in contribution


# --- the backward pass --------------------------------------------------------------------------------------------------


def test_the_walk_back_has_a_frame_of_its_own_and_values_stand_beside_their_gradients():
    picture = painted(tg.trace(twice, backward=True)(2.0), backward=True)
    assert [frame.title for frame in picture.frame.frames] == ["the computation", "the backward pass"]
    computation, walk = picture.frame.frames
    assert {box.kind for box in computation.boxes} == {"leaf", "function", "intermediate", "result"}
    assert {box.kind for box in walk.boxes} == {"back value", "back function"}
    titles = {box.id: box.title for box in boxes(picture).values()}
    assert [(titles[a], titles[b]) for a, b in picture.levels] == [
        ("x", "∂twice/∂x"),
        ("s", "∂twice/∂s"),
        ("twice", "∂twice/∂twice"),
    ]
    kinds = {ends: several[0].kind for ends, several in arrows(picture).items()}
    assert kinds["∂twice/∂twice", "∂twice/∂twice × s"] == kinds["∂twice/∂twice × x", "∂twice/∂s"] == "back"
    assert kinds["x", "cos(x)"] == "needs"
    assert dict(boxes(picture)["∂twice/∂x"].rows) == {"value": ("0.0770038",)}


def test_without_being_asked_for_the_walk_back_is_not_drawn():
    picture = painted(tg.trace(twice, backward=True)(2.0))
    assert len(boxes(picture)) == 5
    assert picture.levels == []


def test_values_that_share_a_gradient_stand_beside_it_once():
    def f(x: Any) -> Any:
        y = x + 1
        return y + 2

    picture = painted(tg.trace(f, backward=True)(2.0), backward=True)
    titles = {box.id: box.title for box in boxes(picture).values()}
    assert [titles[a] for a, _ in picture.levels] == ["f"]


# --- machinery ---------------------------------------------------------------------------------------------------------


def test_the_third_derivative_of_tanh_is_a_graph_without_machinery():
    third = tg.grad(tg.grad(tg.grad(lambda x: np.tanh(x))))
    graph = tg.trace(third)(1.0)
    picture = painted(graph)
    calls = {title for title, box in boxes(picture).items() if box.kind == "function"}
    assert "tanh(x)" in calls
    assert not any("alias" in call or "zeros" in call or "detach" in call for call in calls)
    [result] = [box for box in boxes(picture).values() if box.kind == "result"]
    assert dict(result.rows)["value"] == (f"{third(1.0):.6g}",)
    tanh, slope = np.tanh(1.0), 1 - np.tanh(1.0) ** 2
    assert np.isclose(third(1.0), (6 * tanh**2 - 2) * slope)


def test_the_gradient_of_what_machinery_renames_still_is_a_sum():
    def f(x: Any) -> Any:
        return tg.grad(lambda u: u * u * u)(x) + x

    picture = painted(tg.trace(f)(2.0))
    parts = [arrow.words[0] for (start, _), several in arrows(picture).items() if start == "x" for arrow in several]
    assert len(parts) > 2
    assert grad(picture, "x")[0].startswith("13")
    assert sum(float(part.removeprefix("back: ")) for part in parts) == 13


def test_a_detached_value_and_zeros_of_the_users_keep_their_boxes():
    def f(x: Any) -> Any:
        return np.sum(x * x.data + np.zeros_like(x.data))

    picture = painted(tg.trace(f)(tg.Tensor([1.0, 2.0], name="x")))
    assert any(title.startswith("detach") for title in boxes(picture))
    assert [box.rows for box in boxes(picture).values() if box.kind == "data" and "[0, 0]" in dict(box.rows)["value"]]


def test_nothing_is_changed_where_there_is_no_machinery():
    graph = tg.trace(twice, backward=True)(2.0)
    assert tidied(graph) is graph
