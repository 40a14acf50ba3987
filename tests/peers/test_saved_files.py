"""Files: PyTorch opens what `save` writes and gets the same numbers, and `load` reads what PyTorch writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import nn, optim

torch = pytest.importorskip("torch", reason="PyTorch is what opens the files")
ml_dtypes = pytest.importorskip("ml_dtypes", reason="NumPy has no bfloat16 of its own")
safetensors = pytest.importorskip("safetensors", reason="PyTorch opens files with it")
torch_files = pytest.importorskip("safetensors.torch")
safe_open, load_file, save_file = safetensors.safe_open, torch_files.load_file, torch_files.save_file

X = np.random.default_rng(0).normal(size=(6, 3))


def ours() -> Any:
    return nn.Sequential(nn.Linear(3, 4, seed=0), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2, seed=1))


def theirs() -> Any:
    layers = [torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2)]
    return torch.nn.Sequential(*layers).double()


def test_pytorch_opens_our_model_and_computes_the_same(tmp_path: Path) -> None:
    path, mine, peer = tmp_path / "model.safetensors", ours(), theirs()
    optimizer = optim.Adam(mine.parameters())
    tg.fit(mine, (X, X[:, :2]), nn.mse_loss, optimizer, epochs=2, progress=False)
    tg.save(path, mine)
    state = load_file(path)
    assert set(state) == set(peer.state_dict())
    peer.load_state_dict(state)
    np.testing.assert_allclose(peer.eval()(torch.tensor(X)).detach().numpy(), mine.eval()(X).data, rtol=1e-14, atol=1e-15)
    tg.save(path, mine, optimizer, epoch=2, mean=X.mean(0))
    state = load_file(path)
    peer.load_state_dict({name: tensor for name, tensor in state.items() if "/" not in name})
    moments = optimizer.state_dict()["state"]
    np.testing.assert_array_equal(state["optimizer/state/0/exp_avg"].numpy(), moments[0]["exp_avg"])
    with safe_open(path, "pt") as file:
        assert '"epoch":2' in file.metadata()["tinygrad_lite"]


def test_we_open_a_model_of_pytorch_and_compute_the_same(tmp_path: Path) -> None:
    path, mine, peer = tmp_path / "model.safetensors", ours(), theirs()
    for _ in range(3):
        peer(torch.tensor(X))
    save_file(peer.state_dict(), path, {"format": "pt"})
    assert tg.load(path, mine) == {"format": "pt"}
    np.testing.assert_allclose(peer.eval()(torch.tensor(X)).detach().numpy(), mine.eval()(X).data, rtol=1e-14, atol=1e-15)
    assert mine[1].num_batches_tracked.item() == 3


@pytest.mark.parametrize("name", ["float16", "bfloat16", "float32", "float64", "int8", "int64", "uint8", "bool"])
def test_every_dtype_in_both_directions(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.safetensors"
    for shape in [(), (0, 3), (5,), (2, 3)]:
        tensor = (
            (torch.arange(int(np.prod(shape)), dtype=torch.float64) * 1.7 - 2).reshape(shape).abs().to(getattr(torch, name))
        )
        save_file({"x": tensor}, path)
        array = tg.load(path).arrays["x"]
        assert array.shape == shape
        assert array.dtype == ("float32" if name == "bfloat16" else name)
        assert array.tolist() == tensor.tolist()
        tg.save(path, {"x": array.astype(ml_dtypes.bfloat16) if name == "bfloat16" else array})
        back = load_file(path)["x"]
        assert back.dtype == tensor.dtype
        assert torch.equal(back, tensor)
