"""Teaching the engine a function: what a rule may ask for, and what it says to rules that cannot be right."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import Tensor
from tinygrad_lite.autograd import RULES


def test_a_rule_gets_what_it_asks_for_by_name() -> None:
    seen: dict[str, Any] = {}

    @tg.primitive
    def scaled(x: Any, y: Any, power: int = 2, label: str = "") -> Any:
        return x * y**power

    def for_x(y: Any, power: int, out: Any, shape: tuple[int, ...], g: Any) -> Any:
        seen.update(y=y, power=power, out=out, shape=shape)
        return g * y**power

    tg.derivative(scaled, x=for_x, y=lambda g, x, y, power: g * x * power * y ** (power - 1), ignore=["label"])
    x, y = Tensor([2.0, 3.0]), Tensor([4.0, 5.0])
    np.sum(scaled(x, y, label="any")).backward()
    assert (x.grad.tolist(), y.grad.tolist()) == ([16, 25], [16, 30])
    assert (seen["y"].tolist(), seen["power"], seen["out"].tolist(), seen["shape"]) == ([4, 5], 2, [32, 75], (2,))
    tg.check_gradients(lambda x, y: scaled(x, y, power=3), x.data, y.data, order=2)
    tg.check_gradients(lambda x, y: scaled(y=y, x=x), x.data, y.data)


def test_a_function_of_any_number_of_arrays() -> None:
    @tg.primitive
    def total(*arrays: Any) -> Any:
        return sum(arrays[1:], arrays[0]) * len(arrays)

    tg.derivative(total, arrays=lambda g, position, shapes: g * len(shapes) + 0 * position)
    parts = [Tensor(np.full(2, float(i))) for i in range(4)]
    np.sum(total(*parts[:3], np.ones(2), parts[3])).backward()
    assert all(part.grad.tolist() == [5, 5] for part in parts)


def test_a_function_that_broadcasts_is_summed_back() -> None:
    @tg.primitive
    def plus(x: Any, y: Any) -> Any:
        return x + y

    tg.derivative(plus, x=lambda g: g, y=lambda g: g, broadcasts=True)
    column = Tensor(np.ones((3, 1)))
    np.sum(plus(column, np.ones(4))).backward()
    assert column.grad.tolist() == [[4], [4], [4]]


def test_a_numpy_function_can_be_taught() -> None:
    taught = np.frompyfunc(abs, 1, 1)
    with pytest.raises(TypeError, match=r"has no derivative rule.*tg\.derivative"):
        taught(Tensor([0.0, 4.0]))
    tg.derivative(taught, run=np.abs, x=lambda g, x: g * np.sign(x))
    try:
        x = Tensor([-2.0, 4.0])
        np.sum(taught(x) * [1.0, 2.0]).backward()
        assert x.grad.tolist() == [-1, 2]
    finally:
        del RULES[taught]


def test_what_no_rule_asks_for_is_not_kept() -> None:
    @tg.primitive
    def shift(x: Any) -> Any:
        return x + 1.0

    @tg.primitive
    def shift_and_keep(x: Any) -> Any:
        return x + 1.0

    tg.derivative(shift, x=lambda g: g)
    tg.derivative(shift_and_keep, x=lambda g, x: g + 0 * x)
    for function, kept in ((shift, False), (shift_and_keep, True)):
        middle = Tensor(np.ones(5)) * 1.0
        watch, end = weakref.ref(middle.data), function(middle)
        del middle
        assert (watch() is not None) == kept
        assert end.requires_grad


def test_what_only_the_rule_of_a_constant_asks_for_is_not_kept() -> None:
    middle = Tensor(np.ones(5)) + 1.0
    watch, end = weakref.ref(middle.data), middle * np.ones(5)  # the slope in `middle` is the other factor
    del middle
    assert watch() is None
    assert end.requires_grad


@tg.primitive
def wrong(x: Any, scale: float = 1.0, *, mode: str = "") -> Any:
    return x[:2] * scale


def test_rules_that_cannot_be_right_are_refused_when_given() -> None:
    with pytest.raises(TypeError, match="has a rule for 'z', but the parameters of wrong are 'x', 'scale', 'mode'"):
        tg.derivative(wrong, z=lambda g: g)
    with pytest.raises(
        TypeError, match=r"asks for 'y', which wrong does not have. A rule may ask for 'g', 'out', 'shape', 'x'"
    ):
        tg.derivative(wrong, x=lambda g, y: g)


def test_a_gradient_of_the_wrong_shape_is_named() -> None:
    tg.derivative(wrong, x=lambda g: g)
    with pytest.raises(ValueError, match=r"rule of wrong for its argument 'x' gave shape \(2,\).*has shape \(3,\)"):
        np.sum(wrong(Tensor(np.ones(3)))).backward()


def test_keywords_and_arguments_that_no_rule_knows() -> None:
    tg.derivative(wrong, x=lambda g, shape, scale: np.concatenate([g * scale, np.zeros(shape[0] - 2)]))
    with pytest.raises(TypeError, match=r"mode='same'.*does not know the keyword"):
        wrong(Tensor(np.ones(3)), mode="same")
    with pytest.raises(TypeError, match=r"no derivative with respect to its argument 'scale'.*detach"):
        wrong(Tensor(np.ones(3)), Tensor(2.0))
    with pytest.raises(TypeError, match=r"wrong\(\) is missing its argument 'x'"):
        wrong(scale=Tensor(2.0))
    assert wrong(Tensor(np.ones(3)), Tensor(2.0, requires_grad=False)).data.tolist() == [2, 2]


def test_a_primitive_without_a_rule() -> None:
    @tg.primitive
    def untaught(x: Any) -> Any:
        """What it does."""
        return x * 2

    assert untaught(3) == 6
    assert (untaught.__name__, untaught.__doc__) == ("untaught", "What it does.")
    with pytest.raises(TypeError, match=r"untaught is a primitive without a derivative rule.*tg\.derivative\(untaught"):
        untaught(Tensor(3.0))


def test_every_rule_says_what_it_is() -> None:
    assert repr(RULES[np.multiply]) == "<rule of multiply(x, y)>"


def test_a_failed_call_names_the_function_the_tensors_and_their_shapes() -> None:
    a, b = Tensor(np.ones(3), name="a"), Tensor(np.ones(4), name="b")
    with pytest.raises(ValueError, match=r"could not be broadcast(?s:.*)np\.add with x: a, shape \(3,\); y: b, shape \(4,\)"):
        a + b
    with pytest.raises(IndexError, match=r"out of bounds(?s:.*)a, shape \(3,\)"):
        a[7]


def test_the_arguments_of_a_ufunc_by_names_of_your_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, np.hypot, RULES[np.hypot])  # which is put back afterwards
    tg.derivative(np.hypot, a=lambda g, a, out: g * a / out, signature="a, b")
    w = tg.Tensor([3.0, 5.0])
    np.sum(np.hypot(w, [4.0, 12.0])).backward()
    np.testing.assert_allclose(w.grad, [3 / 5, 5 / 13], rtol=1e-15)
    with pytest.raises(TypeError, match="the parameters of gcd are 'a', 'b'"):
        tg.derivative(np.gcd, x=lambda g: g, signature="a, b, /")
