"""Modules: what is found in them, what is saved and loaded, and what their messages and tables say. Layers, losses, seeds.

That layers and losses have the numbers of PyTorch is tested in tests/peers/test_networks.py.
"""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import nn
from tinygrad_lite.messages import hints
from tinygrad_lite.nn import functional as F


class Branches(nn.Module):
    """Parameters in every place where they may be, a buffer, a shared layer, and a layer that knows its network."""

    def __init__(self, seed: int = 0) -> None:
        self.layers = [nn.Linear(2, 3, seed=seed), nn.Linear(3, 3, seed=seed + 1)]
        self.heads = {"left": nn.Linear(3, 1, seed=seed + 2), "right": (nn.ReLU(), nn.Linear(3, 1, seed=seed + 3))}
        self.scale = tg.Tensor(2.0)
        self.count = tg.Tensor(5, requires_grad=False)
        self.weights = [tg.Tensor([1.0, 2.0])]
        self.table = np.ones(3)  # an array is no parameter
        self.again = self.layers[1]
        self.layers[0].network = self

    def __call__(self, x: Any) -> Any:
        for layer in self.layers:
            x = np.tanh(layer(x))
        return self.scale * self.heads["left"](x) + self.heads["right"][1](x) * np.sum(self.weights[0])


PLACES = {
    "scale": "scale", "weights.0": "weights[0]", "count": "count",
    "layers.0.weight": "layers[0].weight", "layers.0.bias": "layers[0].bias",
    "layers.1.weight": "layers[1].weight", "layers.1.bias": "layers[1].bias",
    "heads.left.weight": "heads['left'].weight", "heads.left.bias": "heads['left'].bias",
    "heads.right.1.weight": "heads['right'][1].weight", "heads.right.1.bias": "heads['right'][1].bias",
}  # fmt: skip


def model() -> Any:
    return nn.Sequential(nn.Linear(2, 4, seed=0), np.tanh, nn.Dropout(0.5, seed=0), nn.Linear(4, 3, seed=1))


# --- what is found ----------------------------------------------------------------------------------------------------


def test_parameters_and_buffers_are_found_wherever_they_are_and_once() -> None:
    net = Branches()
    for name, tensor in [*net.named_parameters(), *net.named_buffers()]:
        assert eval(f"net.{PLACES[name]}") is tensor
    assert [name for name, _ in net.named_parameters()] == [name for name in PLACES if name != "count"]
    assert [name for name, _ in net.named_buffers()] == ["count"]
    assert len({id(p) for p in net.parameters()}) == len(list(net.parameters())) == 10
    assert [name for name, _ in net.named_modules()] == [
        "",
        "layers.0",
        "layers.1",
        "heads.left",
        "heads.right.0",
        "heads.right.1",
    ]
    assert [name for name, _ in net.named_children()] == [name for name, _ in net.named_modules()][1:]
    assert list(net.state_dict()) == [*PLACES, "again.weight", "again.bias"]  # as in PyTorch, under both names


def test_modules_that_point_to_each_other_do_not_hang() -> None:
    nodes = [nn.Module() for _ in range(20)]
    for node in nodes:
        node.others, node.w = nodes, tg.Tensor(1.0)
        node.inside = [nodes, {"itself": node}]
    nested: list[Any] = [tg.Tensor(2.0)]
    nested.append(nested)
    nodes[0].nested = nested
    assert len(list(nodes[0].parameters())) == 21
    assert len(list(nodes[0].modules())) == len(nodes)
    assert len(nodes[0].state_dict()) == 21
    assert repr(nodes[0]).endswith("21")
    assert nodes[0].eval().training is nodes[-1].training is False
    assert len(pickle.loads(pickle.dumps(nodes[0])).state_dict()) == 21


def test_a_frozen_parameter_stays_a_parameter_and_a_buffer_a_buffer() -> None:
    norm = nn.BatchNorm1d(3)
    assert [name for name, _ in norm.requires_grad_(False).named_parameters()] == ["weight", "bias"]
    assert not any(p.requires_grad for p in norm.parameters())
    assert "weight (3,) frozen" in repr(norm)
    norm(np.random.default_rng(0).normal(size=(4, 3)))
    assert [name for name, _ in norm.requires_grad_().named_buffers()] == [
        "running_mean",
        "running_var",
        "num_batches_tracked",
    ]
    assert all(p.requires_grad for p in norm.parameters())
    line = nn.Linear(2, 3)
    line.weight.requires_grad = False  # one by one, as in PyTorch, and before anybody asked for the parameters
    assert [name for name, _ in line.named_parameters()] == ["weight", "bias"]
    assert [name for name, _ in copy.deepcopy(line).named_parameters()] == ["weight", "bias"]


def test_what_a_module_keeps_to_look_at_it_is_no_parameter() -> None:
    class Keeps(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Linear(2, 2, seed=0)

        def __call__(self, x: Any) -> Any:
            self.last = self.inner(x)
            return self.last

    net = Keeps()
    net(np.ones((1, 2))).sum().backward()
    net.inner.weight.data = net.inner.weight.data - 0.1  # as an optimizer does it
    net.inner.bias.data = net.inner.bias.data - 0.1
    assert [name for name, _ in net.named_parameters()] == ["inner.weight", "inner.bias"]
    assert list(net.state_dict()) == ["inner.weight", "inner.bias"]


def test_a_parameter_in_a_list_that_becomes_a_result_is_noticed() -> None:
    net = nn.Module()
    net.weights = [tg.Tensor(1.0), tg.Tensor(2.0)]
    assert len(list(net.parameters())) == 2
    net.weights[0] = net.weights[0] - 0.1 * net.weights[1]
    with pytest.raises(TypeError, match=r"Module\.weights\[0\], shape \(\), was computed by subtract"):
        net.parameters()
    line = nn.Linear(1, 1)
    with tg.no_grad(), pytest.raises(TypeError, match=r"is a parameter, and here it would become"):
        line.weight = line.weight - 0.1
    with tg.no_grad():
        line.weight -= 0.1
    assert len(list(line.parameters())) == 2


def test_apply_goes_from_the_inside_out() -> None:
    seen: list[str] = []
    net = nn.Sequential(nn.Sequential(nn.ReLU(), nn.Tanh()), nn.Linear(1, 1))
    assert net.apply(lambda module: seen.append(type(module).__name__)) is net
    assert seen == ["ReLU", "Tanh", "Sequential", "Linear", "Sequential"]


# --- calling ----------------------------------------------------------------------------------------------------------


def test_forward_is_called_too_also_in_a_class_that_inherits_a_call() -> None:
    class Doubled(nn.Linear):
        def forward(self, x: Any, times: int = 2) -> Any:
            return times * x

    assert Doubled(1, 1)(3.0) == 6.0
    assert Doubled(1, 1)(3.0, times=3) == 9.0
    assert isinstance(nn.Linear(1, 1)(np.ones((1, 1))), tg.Tensor)


def test_help_shows_the_arguments_of_a_layer() -> None:
    assert list(inspect.signature(nn.Linear).parameters) == ["in_features", "out_features", "bias", "seed", "dtype"]
    assert list(inspect.signature(Branches).parameters) == ["seed"]
    assert list(inspect.signature(nn.LSTM).parameters)[:3] == ["input_size", "hidden_size", "num_layers"]
    assert list(inspect.signature(nn.Linear(1, 1)).parameters) == ["x"]  # that of the layer itself, which `trace` asks for
    assert "x" in [node.name for node in tg.trace(nn.Linear(1, 1))(np.ones((1, 1)))]


def test_train_and_eval_reach_every_module_and_training_needs_no_init() -> None:
    net = model()
    x = np.ones((2, 2))
    assert net.training
    assert net.eval() is net
    assert [m.training for m in net.modules()] == [False] * 4
    assert np.array_equal(net(x).data, net(x).data)
    net.train()
    assert not np.array_equal(net(x).data, net(x).data)


def test_zero_grad_and_to() -> None:
    net = model()
    net(np.ones((2, 2))).sum().backward()
    assert net.to(np.float32) is net
    assert {p.dtype for p in net.parameters()} == {p.grad.dtype for p in net.parameters()} == {np.dtype(np.float32)}
    assert net.eval()(np.ones((2, 2), np.float32)).dtype == np.float32
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    shared = tg.Tensor(1.0)
    nested = nn.Sequential(nn.Linear(1, 1, seed=0))
    nested.more, nested.again = {"a": [shared, (shared,)], "b": nested}, shared  # and it contains itself
    (nested(np.ones((1, 1))).sum() * shared).backward()
    nested.zero_grad()
    assert shared.grad is nested[0].weight.grad is nested[0].bias.grad is None
    norm = nn.BatchNorm1d(2).to("float32")
    assert [b.dtype.name for b in norm.buffers()] == ["float32", "float32", "int64"]


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_state_goes_into_another_module_and_both_stay_apart() -> None:
    first, second = Branches(0), Branches(9)
    state = first.state_dict()
    assert all(type(array) is np.ndarray for array in state.values())
    assert second.load_state_dict({name: tg.Tensor(array) for name, array in state.items()}) == ([], [])
    x = np.random.default_rng(0).normal(size=(4, 2))
    assert np.array_equal(first(x).data, second(x).data)
    assert not any(np.shares_memory(a, b) for a, b in zip(state.values(), second.state_dict().values()))
    tied = {name: array for name, array in state.items() if not name.startswith("again")}
    assert second.load_state_dict(tied) == ([], [])  # a shared layer is named once at least
    for name in state:
        state[name][...] = 7.0
    assert not np.array_equal(first(x).data, second(x).data)


def test_a_state_that_does_not_fit_changes_nothing_and_everything_is_listed() -> None:
    net = model()
    before = net.state_dict()
    wrong = {"0.weight": np.ones((2, 4)), "0.bias": np.ones(4), "9.bias": np.ones(1), "3.bias": np.ones(3)}
    with pytest.raises(ValueError, match="nothing was loaded") as error:
        net.load_state_dict(wrong)
    for line in ("Missing:\n  3.weight", "Unexpected:\n  9.bias", "0.weight: (4, 2) in the module, (2, 4) in what is loaded"):
        assert line in str(error.value)
    with pytest.raises(ValueError, match="Of another shape"):
        net.load_state_dict(wrong, strict=False)
    assert all(np.array_equal(a, b) for a, b in zip(before.values(), net.state_dict().values()))
    del wrong["0.weight"]
    assert net.load_state_dict(wrong, strict=False) == (["0.weight", "3.weight"], ["9.bias"])
    assert net[0].bias.data.tolist() == [1.0] * 4
    with pytest.raises(TypeError):
        net.load_state_dict({**before, "0.bias": np.array(["a"] * 4)})


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copies_are_independent(twin: Any) -> None:
    net = Branches()
    other = twin(net)
    assert list(other.state_dict()) == list(net.state_dict())
    assert other.again is other.layers[1]
    assert other.layers[0].network is other
    x = np.ones((1, 2))
    assert np.array_equal(net(x).data, other(x).data)
    other.scale.data = other.scale.data + 1
    assert not np.array_equal(net(x).data, other(x).data)
    drops = nn.Dropout(seed=0)
    assert np.array_equal(twin(drops)(np.ones(20)), drops(np.ones(20)))  # the Generator, too


# --- tables -----------------------------------------------------------------------------------------------------------


def kinds(module: nn.Module) -> list[str]:
    """The second column of the table of a module, without its head and the total."""
    lines = repr(module).splitlines()
    start = lines[0].index("kind")
    return [re.split(r" {2,}", line[start:])[0] for line in lines[1:-1]]


def test_the_table_of_a_module() -> None:
    assert repr(model()).splitlines() == [
        "name   kind          parameters                count",
        "[0]    Linear(2, 4)  weight (4, 2), bias (4,)     12",
        "[1]    np.tanh",
        "[2]    Dropout()",
        "[3]    Linear(4, 3)  weight (3, 4), bias (3,)     15",
        "total                                             27",
    ]
    net = Branches()
    lines = repr(net).splitlines()
    assert lines[1].split("  ")[0] == ""
    assert "heads['right'][1]  Linear(3, 1)  weight (1, 3), bias (1,)" in repr(net)
    assert lines[-1].split() == ["total", str(sum(p.size for p in net.parameters()))]
    assert kinds(nn.Sequential()) == ["Sequential()"]
    assert kinds(nn.Module()) == ["Module()"]

    class Odd(nn.Module):
        def __init__(self, width: int, layers: Any, *names: str, scale: Any = 1.0, **others: Any) -> None:
            self.width, self.layers, self.names, self.scale, self.others = width, layers, list(names), np.ones(3), others
            self.w = tg.Tensor(1.0)

    assert kinds(Odd(3, [nn.ReLU()], "a", b=1)) == ["Odd(3)", "ReLU()"]
    tied = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    tied[1].weight = tied[0].weight
    assert repr(tied).splitlines()[2].endswith("weight (1, 1) shared, bias (1,)      1")
    assert repr(tied).splitlines()[-1].split() == ["total", "3"]
    assert max(map(len, repr(nn.LSTM(20, 30, num_layers=3, bidirectional=True)).splitlines())) < 126
    assert (
        repr(nn.Conv2d(1, 8, 3, padding="same", bias=False, seed=3))
        .splitlines()[1]
        .strip()
        .startswith("Conv2d(1, 8, 3, padding='same', bias=False)  weight (8, 1, 3, 3)")
    )


# --- seeds, and arrays in place ---------------------------------------------------------------------------------------

SEEDED = {
    nn.Linear: (3, 2), nn.Conv2d: (3, 2, 3), nn.ConvTranspose2d: (3, 2, 3), nn.Embedding: (3, 2), nn.RNN: (3, 2),
    nn.GRU: (3, 2), nn.LSTM: (3, 2), nn.MultiheadAttention: (4, 2),
}  # fmt: skip


def test_a_seed_decides_everything_and_the_state_of_numpy_is_left_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for kind, args in SEEDED.items():
        states = [kind(*args, seed=seed).state_dict() for seed in (1, 1, np.random.default_rng(1), 2, None, None)]
        first = list(states[0].values())
        same = [all(np.array_equal(a, b) for a, b in zip(first, state.values())) for state in states]
        assert same == [True, True, True, False, False, False], kind
        single = kind(*args, seed=1, dtype=np.float32).state_dict()
        assert {array.dtype for array in single.values()} == {np.dtype(np.float32)}
    for name in nn.init.__all__:
        if "seed" in getattr(nn.init, name).__code__.co_varnames:
            fill = getattr(nn.init, name)
            options = {"sparsity": 0.5} if name == "sparse_" else {}
            w = tg.Tensor(np.zeros((4, 3), np.float32))
            old = w.data
            assert fill(w, seed=3, **options) is w
            assert not old.any(), "It has written into the array."
            again = fill(tg.Tensor(np.zeros((4, 3), np.float32)), seed=np.random.default_rng(3), **options)
            assert np.array_equal(w.data, again.data)
            assert w.dtype == np.float32
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_a_batch_norm_gives_its_buffers_new_arrays() -> None:
    norm = nn.BatchNorm2d(2)
    before = norm.state_dict()
    norm(np.random.default_rng(0).normal(size=(3, 2, 4, 4)))
    assert before["running_mean"].tolist() == [0, 0]
    assert before["num_batches_tracked"] == 0
    assert norm.num_batches_tracked.data == 1


# --- gradients of what is written with other functions ----------------------------------------------------------------


def test_layers_have_second_derivatives() -> None:
    x = np.random.default_rng(0).normal(size=(4, 3))
    norm, gru, attention = nn.BatchNorm1d(3), nn.GRU(3, 2, seed=0), nn.MultiheadAttention(3, 1, seed=0)
    tg.check_gradients(lambda x: norm(x) ** 2, x, order=2, limit=0)
    tg.check_gradients(lambda x: gru(x)[0], x[:2], order=2, limit=0)
    tg.check_gradients(lambda x: attention(x, x, x)[0], x[:2], order=2, limit=0)
    for name, activation in vars(nn).items():
        if isinstance(activation, type) and activation.__module__.endswith("activations"):
            if name == "GELU":
                pytest.importorskip("scipy")
            tg.check_gradients(activation(), x[:1], order=2, limit=0)


def test_single_precision_stays_single() -> None:
    rng, single = np.random.default_rng(0), np.float32
    x, images = rng.normal(size=(3, 4)).astype(single), rng.normal(size=(2, 1, 6, 6)).astype(single)
    for name in set(nn.__all__) - {"GELU"}:
        layer = getattr(nn, name)
        if isinstance(layer, type) and layer.__module__.endswith("activations"):
            assert layer()(tg.Tensor(x)).dtype == single, name
    parts = nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2), nn.Flatten(), nn.LayerNorm(8), nn.Dropout()
    net = nn.Sequential(*parts, nn.Linear(8, 3)).to(single)
    out = net(images)
    assert out.dtype == single
    assert {b.dtype.name for b in net.buffers()} == {"float32", "int64"}
    for output, state in (nn.GRU(4, 2, dtype=single)(x), nn.MultiheadAttention(4, 2, dtype=single)(x, x, x)):
        assert output.dtype == state.dtype == single
    (output, (h, c)) = nn.LSTM(4, 2, dtype=single)(x)
    assert output.dtype == h.dtype == c.dtype == single
    numbers, ones = tg.Tensor(x), np.ones((3, 4), single)
    elementwise = "mse_loss rmse_loss l1_loss huber_loss binary_cross_entropy_with_logits hinge_loss kl_div"
    for name in elementwise.split():
        assert getattr(nn, name)(numbers, ones).dtype == single, name
    assert nn.kl_div(numbers, ones, reduction="batchmean").dtype == single
    for reduction in ("mean", "sum", "none"):
        assert nn.cross_entropy(numbers, np.array([0, 1, 2]), reduction=reduction).dtype == single
    assert nn.nll_loss(numbers, np.array([0, 1, 2])).dtype == single


def test_corners_of_the_losses() -> None:
    same = tg.Tensor([1.0, 2.0])
    loss = nn.rmse_loss(same, np.array([1.0, 2.0]))
    loss.backward()
    assert loss.data == 0
    assert same.grad.tolist() == [0, 0]
    far = tg.Tensor([1000.0, -1000.0])
    for yes in (0.0, 1.0):
        assert np.isfinite(nn.binary_cross_entropy_with_logits(far, np.full(2, yes)).data)
        assert np.isfinite(nn.binary_cross_entropy_with_logits(far, np.full(2, yes), pos_weight=2.0).data)
    assert np.isfinite(nn.cross_entropy(far, np.array(1)).data)
    p, q = tg.Tensor(np.log([0.5, 0.5])), tg.Tensor([0.0, 1.0])
    nn.kl_div(p, q, reduction="sum").backward()
    assert np.isfinite(p.grad).all()
    assert nn.nll_loss(np.array([[-np.inf, 0.0]]), np.array([1])) == 0
    assert nn.mse_loss(3.0, 1) == 4.0


def test_logits_that_come_out_of_a_softmax_are_warned_about_and_only_those() -> None:
    x, classes = tg.Tensor(np.random.default_rng(0).normal(size=(4, 3))), np.array([0, 1, 2, 0])
    for call in (
        lambda: nn.cross_entropy(F.softmax(x), classes),
        lambda: nn.binary_cross_entropy_with_logits(tg.sigmoid(x), np.ones((4, 3))),
        lambda: nn.nll_loss(tg.softmax(x), classes),
        lambda: nn.kl_div(tg.softmax(x), np.ones((4, 3)) / 3),
    ):
        with pytest.warns(UserWarning, match="softmax|sigmoid") as caught:
            call()
        assert [w.filename for w in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nn.cross_entropy(2 * F.softmax(x), classes)
        nn.cross_entropy(F.softmax(x).data, classes)


# --- names ------------------------------------------------------------------------------------------------------------

CODE = re.compile(r"`([^`]+)`")


def run(code: str) -> None:
    names: dict[str, Any] = {"np": np, "tg": tg, "nn": nn, "model": nn.Sequential(nn.Linear(2, 2)), "data": [1.0]}
    names |= {"x": np.ones((1, 2)), "logits": np.eye(3), "classes": np.array([0, 1, 2])}
    names |= {"output": tg.Tensor(np.ones(3)), "target": np.ones(3), "yes": np.ones(3)}
    exec(code, names)


def test_names_of_other_libraries_have_a_hint_that_runs() -> None:
    for name in hints.NETWORKS:
        with pytest.raises(AttributeError, match="has no attribute") as error:
            getattr(nn, name)
        run(CODE.findall(str(error.value))[0])
    for name in hints.OF_MODULES:
        with pytest.raises(AttributeError, match="has no attribute") as error:
            getattr(nn.Sequential(), name)
        if CODE.findall(str(error.value))[0] not in ("tg.fit", "tg.save", "tg.load"):
            run(CODE.findall(str(error.value))[0])
    with pytest.raises(AttributeError, match=r"Did you mean `nn\.Linear`"):
        _ = nn.Liner
    with pytest.raises(AttributeError, match="Did you mean `weight`"):
        _ = nn.Linear(1, 1).wieght
    assert dir(nn) == sorted(nn.__all__)
    assert not hasattr(nn, "__wrapped__")
    assert not hasattr(nn.Linear(1, 1), "__len__")


def test_the_package_does_not_import_networks_until_they_are_used() -> None:
    there = "'tinygrad_lite.nn' in sys.modules"
    code = f"import sys, tinygrad_lite as tg; before = {there}; tg.nn; print(before, {there})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]


# --- messages that depend on shapes -----------------------------------------------------------------------------------


def test_a_wrong_width_is_explained_by_its_shape() -> None:
    line = nn.Linear(64, 10)
    for shape, remedy in {
        (32, 28, 28): "write `nn.Sequential(nn.Flatten(), nn.Linear(784, 10))(x)`",
        (32, 8, 8): "write `nn.Sequential(nn.Flatten(), line)(x)`",
        (64, 32): "write `x = x.T`",
        (5, 3): "write `nn.Linear(3, 10)`",
        (): "a single number",
    }.items():
        x = np.ones(shape)
        with pytest.raises(ValueError, match=r"Linear\(64, 10\) was given") as error:
            line(tg.Tensor(x) if shape == () else x)
        assert remedy in str(error.value)
    with pytest.raises(ValueError, match=r"write `x = x\[:, None\]`"):
        nn.Linear(1, 3)(x := np.ones(7))


def test_targets_are_explained_by_their_shapes() -> None:
    logits = np.random.default_rng(0).normal(size=(4, 3))
    target = np.eye(3, dtype=int)[[0, 1, 2, 0]]
    for given, remedy in [
        (target, "`target = np.argmax(target, axis=1)` or, for probabilities, `target = target.astype(float)`"),
        (np.zeros((4, 1), int), r"need shape \(4,\): write `.*\.reshape\(\(4,\)\)`"),
        (np.zeros(5, int), r"need shape \(4,\), one for each sample"),
    ]:
        with pytest.raises(ValueError, match=remedy if "reshape" in remedy or "each" in remedy else re.escape(remedy)):
            nn.cross_entropy(logits, given)
    with pytest.raises(ValueError, match="an axis for the classes"):
        nn.cross_entropy(tg.Tensor(1.0), np.array(0))
    output, target = tg.Tensor(np.ones((100, 1))), np.ones(100)
    with pytest.raises(ValueError, match=r"shape \(100, 100\).*write `target = target.reshape\(output.shape\)`"):
        nn.mse_loss(output, target)
    with pytest.raises(ValueError, match="as many targets as outputs"):
        nn.mse_loss(output, np.ones(1))


def test_names_of_classes_are_counted() -> None:
    animals = np.array(["cat", "dog"])
    with pytest.raises(TypeError, match=r"np\.unique\(animals, return_inverse=True\)\[1\]"):
        nn.cross_entropy(tg.Tensor(np.eye(2)), animals)


def test_whole_numbers_are_no_mask() -> None:
    attention, x = nn.MultiheadAttention(4, 2, seed=0), np.ones((3, 4))
    with pytest.raises(TypeError, match=r"astype\(bool\)"):
        attention(x, x, x, key_padding_mask=np.array([0, 0, 1]))
    hidden = attention(x, x, x, key_padding_mask=[False, False, True])[1]
    np.testing.assert_allclose(hidden.data, [[0.5, 0.5, 0]] * 3)


def test_masks_of_both_kinds_keep_float32() -> None:
    attention, x = nn.MultiheadAttention(4, 2, seed=0, dtype=np.float32), np.ones((3, 4), np.float32)
    output, weights = attention(x, x, x, key_padding_mask=np.array([False, False, True]), attn_mask=np.zeros((3, 3)))
    assert output.dtype == weights.dtype == np.float32


@pytest.mark.parametrize("loss", [nn.mse_loss, nn.l1_loss, nn.huber_loss])
def test_losses_of_whole_numbers_do_not_wrap(loss: Any) -> None:
    small = np.array([0], np.uint8), np.array([255], np.uint8)
    assert float(loss(*small)) == float(loss(*[x.astype(float) for x in small]))


def test_a_batch_that_is_ignored_moves_nothing() -> None:
    logits = tg.Tensor(np.ones((4, 3)))
    loss = nn.cross_entropy(logits, np.full(4, -100))
    loss.backward()
    assert np.isnan(loss.data)
    np.testing.assert_array_equal(logits.grad, np.zeros((4, 3)))


@pytest.mark.parametrize(("start", "end", "shape"), [(2, 1, (2, 3, 4)), (1, -1, (3,)), (5, -1, (2, 3))])
def test_axes_that_are_not_there_are_not_flattened(start: int, end: int, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="numbered from 0"):
        nn.Flatten(start, end)(np.ones(shape))


def test_an_array_does_not_take_the_place_of_a_parameter() -> None:
    layer = nn.Linear(4, 2, seed=0)
    with pytest.raises(TypeError, match=r"layer\.weight\.data = array"):
        layer.weight = np.ones((2, 4))
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    layer.bias = None  # a layer without it
