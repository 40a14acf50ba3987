"""The pages about PyTorch: what they say about it is run, with the file that the cells of the chapter write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tinygrad_lite as tg
from tinygrad_lite import nn

torch = pytest.importorskip("torch", reason="PyTorch is what the page compares with")
F = torch.nn.functional

DOCS = Path(__file__).parents[2] / "docs"
CHAPTER = (DOCS / "learn" / "the_big_ones.md").read_text(encoding="utf-8")
PAGE = (DOCS / "use" / "pytorch.md").read_text(encoding="utf-8")
X, Y = np.random.default_rng(0).normal(size=(2, 2, 3))


def test_the_programs_of_the_page_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ours: dict[str, Any] = {"np": np, "tg": tg}
    for code in re.findall(r"```\{code-cell\}\n(?!:)(.*?)```", CHAPTER.split("## One model")[1], re.DOTALL):
        exec(code, ours)
    blocks = re.findall(r"```python\n(import torch.*?)```", CHAPTER, re.DOTALL)
    assert len(blocks) == 2
    theirs: dict[str, Any] = {}
    for code in blocks:
        exec(code, theirs)
    assert theirs["outputs"].shape == ours["outputs"].shape == (450, 10)
    np.testing.assert_allclose(theirs["losses"].numpy(), ours["losses"], rtol=0, atol=1e-12)
    assert set(theirs["model"].state_dict()) == set(ours["before"])
    assert np.abs(ours["after"]["output.weight"] - ours["before"]["output.weight"]).max() > 1e-3  # it did train


def test_both_columns_of_the_table_give_the_same_numbers() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| `([^`]+)`", PAGE.split("In each line")[1].split("\n\n")[1], re.MULTILINE)
    assert len(rows) == 12
    for left, right in rows:
        mine = eval(left, {"np": np, "tg": tg, "nn": nn, "x": tg.Tensor(X), "y": tg.Tensor(Y)})
        x, y = (torch.tensor(array, requires_grad=True) for array in (X, Y))
        peer = eval(right, {"torch": torch, "F": F, "x": x, "y": y})
        mine, peer = (value.detach() if hasattr(value, "detach") else value for value in (mine, peer))
        np.testing.assert_allclose(np.asarray(peer), np.asarray(mine), rtol=1e-12, atol=1e-15, err_msg=left)
        assert str(np.asarray(mine).dtype) == str(np.asarray(peer).dtype), left


def test_what_is_said_to_have_the_same_name_does() -> None:
    for name in ("nn.Linear", "nn.Conv2d", "nn.MultiheadAttention", "nn.functional.softplus", "nn.init.kaiming_normal_"):
        assert name in PAGE
        for package in (tg, torch):
            value: Any = package
            for part in name.split("."):
                value = getattr(value, part)
    assert tg.optim.AdamW
    assert torch.optim.AdamW
    assert tg.optim.CosineAnnealingLR
    assert torch.optim.lr_scheduler.CosineAnnealingLR
    assert tg.optim.clip_grad_norm_
    assert torch.nn.utils.clip_grad_norm_
    for method in ("parameters", "named_parameters", "state_dict", "load_state_dict", "train", "eval", "zero_grad"):
        assert hasattr(nn.Module, method)
        assert hasattr(torch.nn.Module, method)
    for method in ("backward", "detach", "item", "grad"):
        assert hasattr(tg.Tensor, method)
        assert hasattr(torch.Tensor, method)


def test_what_is_said_to_differ_does() -> None:
    mine, peer = tg.Tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])
    assert (mine.requires_grad, peer.requires_grad) == (True, False)
    assert (str(mine.dtype), peer.dtype) == ("float64", torch.float32)
    assert (str(tg.Tensor([1, 2]).dtype), torch.tensor([1, 2]).dtype) == ("float64", torch.int64)
    peer.requires_grad_()
    ours, theirs = mine.data, peer.detach()
    between, there = mine * 2, peer * 2
    for intermediate in (between, there):
        (intermediate * intermediate).sum().backward()
    assert between.grad.tolist() == [4.0, 8.0]
    with pytest.warns(UserWarning, match="not a leaf"):
        assert there.grad is None
    with tg.no_grad():
        mine -= 0.5 * mine.grad
    with torch.no_grad():
        peer -= 0.5 * peer.grad
    assert ours.tolist() == [1.0, 2.0] != mine.data.tolist()
    assert theirs.tolist() == peer.tolist() == [-3.0, -6.0]
    loss = (mine**2).sum()
    loss.backward()
    loss.backward()
    loss = (peer**2).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="retain_graph"):
        loss.backward()
