"""Mermaid text: the same boxes and arrows as in the picture, and nothing that Mermaid could take for something else."""

from __future__ import annotations

import html
import re
from typing import Any

import numpy as np
import pytest
from helpers import together

import tinygrad_lite as tg
from tinygrad_lite.views.drawing.dot import LOOKS
from tinygrad_lite.views.drawing.drawing import Drawing, draw
from tinygrad_lite.views.drawing.mermaid import escape

TEXT = r'"[^"#;<>&`\\]*(?:(?:#\d+;|</?b>|<br/>)[^"#;<>&`\\]*)*"'  # what may be between quotes
NAME = r"[a-z]+\d*"
LINES = [  # the part of Mermaid's grammar for flowcharts that we use
    r"%%\{init: .*\}%%",
    r"flowchart (LR|TB)",
    rf" *{NAME}(\[{TEXT}\]|\(\[{TEXT}\]\)|\[\[{TEXT}\]\]):::[a-z-]+",
    rf" *subgraph {NAME}\[{TEXT}\]",
    r" *end",
    rf" *{NAME} (-->|==>|-\.->|-\.-)(\|{TEXT}\|)? {NAME}",
    r" *linkStyle \d+(,\d+)* stroke:#[0-9A-F]+(,stroke-width:3px)?",
    rf" *style {NAME} fill:(none|#[0-9A-F]+),stroke:(white|#[0-9A-F]+),color:#[0-9A-F]+",
    r" *classDef [a-z-]+ fill:(none|#[0-9A-F]+),stroke:(none|#[0-9A-F]+),color:#[0-9A-F]+(,stroke-[a-z]+:[0-9a-z. ]+)*",
]


def twice(x: Any) -> Any:
    return x * np.sin(x)


def layer(h: Any, w: Any, b: Any) -> Any:
    return np.tanh(h @ w + b)


def loss(params: Any, x: Any) -> Any:
    for w, b in params:
        x = layer(x, w, b)
    return np.mean(x**2)


PARAMETERS = [(tg.Tensor(np.full((2, 2), 0.1)), tg.Tensor(np.ones(2))) for _ in range(12)]
DEEP = tg.trace(loss, backward=True)(PARAMETERS, np.ones((3, 2)))


def boxes(drawing: Drawing) -> dict[str, str]:
    """What a reader sees in each box."""
    found = dict(re.findall(r'^ *([a-z]+\d*)[(\[]+"(.*)"[)\]]+:::', drawing.mermaid, re.MULTILINE))
    return {key: html.unescape(re.sub(r"#(\d+);", r"&#\1;", text)).replace("\u200b", "") for key, text in found.items()}


def links(drawing: Drawing) -> list[tuple[str, str]]:
    return re.findall(r"^ *([a-z]+\d+) (?:-->|==>|-\.->|-\.-)(?:\|.*\|)? ([a-z]+\d+)$", drawing.mermaid, re.MULTILINE)


@together
@pytest.mark.parametrize(
    "drawing",
    [
        draw(tg.trace(twice)(2.0)),
        draw(tg.trace(twice)(2.0), wrt="x", direction="TB"),
        draw(tg.trace(twice, backward=True)(2.0), backward=True),
        draw(DEEP),
        draw(DEEP, wrt="params[3][1]", fold=True),
        draw(DEEP, depth=0, fold=False, backward=True),
        draw(DEEP, fold=True, backward=True),
        draw(tg.Tensor(3.0)),
    ],
)
def test_every_line_is_mermaid(drawing: Drawing):
    lines = drawing.mermaid.splitlines()
    wrong = [line for line in lines if not any(re.fullmatch(form, line) for form in LINES)]
    assert wrong == []
    depth = 0
    for line in lines:
        depth += line.strip().startswith("subgraph") - (line.strip() == "end")
        assert depth >= 0
    assert depth == 0
    known = boxes(drawing)
    assert all(start in known and end in known for start, end in links(drawing))
    classes = set(re.findall(r"classDef (\S+)", drawing.mermaid))
    assert set(re.findall(r":::(\S+)", drawing.mermaid)) <= classes


@pytest.mark.parametrize("options", [{}, {"fold": True}, {"depth": 0, "fold": False}, {"backward": True, "fold": True}])
def test_the_boxes_arrows_and_frames_are_those_of_the_picture(options: dict[str, Any]):
    drawing = draw(DEEP, **options)
    in_dot = re.findall(r"^\t+(\w+\d+) \[label", drawing.source, re.MULTILINE)
    assert sorted(boxes(drawing).keys() - {"caption"}) == sorted(in_dot)
    arrows = re.findall(r"^\t+([a-z]+\d+) -> ([a-z]+\d+)(.*)$", drawing.source, re.MULTILINE)
    turned = [(b, a) if "dir=back" in look and "tapered" not in look else (a, b) for a, b, look in arrows]
    assert links(drawing) == turned
    assert drawing.mermaid.count("subgraph") == drawing.source.count("subgraph cluster")


def test_boxes_have_the_numbers_and_arrows_the_words():
    drawing = draw(tg.trace(twice)(2.0), wrt="x")
    assert boxes(drawing)["value0"] == "<b>x</b> scalar<br/>value 2<br/>grad 0.0770038 = 0.909297 − 0.832294"
    assert '|"back: 0.909297<br/>slope: 0.909297"| call2' in drawing.mermaid
    assert "x → v₁ → twice   -0.416147 × 2 = -0.832294" in boxes(drawing)["caption"]
    assert "linkStyle 0,1,2,3,4 stroke:#D55E00,stroke-width:3px" in drawing.mermaid


def test_only_the_looks_that_occur_are_defined():
    defined = set(re.findall(r"classDef (\S+)", draw(tg.trace(twice)(2.0)).mermaid))
    assert defined == {"leaf", "function", "intermediate", "result", "faded", "note"}
    assert not any(" " in kind.replace(" ", "-") for kind in LOOKS)


@together
@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>", 'say "x"', "a`b", "a\\nb", "#35;", "&lt;b&gt;", "1. list", "- item", "$$x^2$$", "end",
        "x]]", "größe ∂ 日本 😀", "%%{init}%%", "a|b", "click x call y()", ":::leaf", "--> z", "*bold* _it_ ~~s~~",
    ],
)  # fmt: skip
def test_no_name_means_anything_to_mermaid(name: str):
    drawing = draw(np.sin(tg.Tensor(2.0, name=name)))
    wrong = [line for line in drawing.mermaid.splitlines() if not any(re.fullmatch(form, line) for form in LINES)]
    assert wrong == []
    shown = name if len(name) <= 20 else name[:19] + "…"
    assert boxes(drawing)["value0"].startswith(f"<b>{shown}</b> scalar")
    assert boxes(drawing)["call1"] == f"sin({shown})"


def test_letters_and_numbers_are_left_alone():
    assert escape("tanh(v₁)") == "tanh(v₁)"
    assert escape("-1.5 × a") == "-1.5 × a"
    assert escape("- x") == "#45; x"
    assert escape("") == ""


def test_it_is_saved_by_its_suffix(tmp_path):
    drawing = draw(tg.trace(twice)(2.0), tmp_path / "graph.mmd")
    assert (tmp_path / "graph.mmd").read_text(encoding="utf-8") == drawing.mermaid == drawing.render("mermaid").decode()
