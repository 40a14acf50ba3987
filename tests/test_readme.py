"""The README is true today: its Python runs as doctests, its commands in `.ci/run`; here the picture, and the links."""

from __future__ import annotations

import html
import re
from pathlib import Path

import numpy as np

import tinygrad_lite as tg

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def words(svg: str) -> list[str]:
    """The texts in a picture, wherever they stand in it."""
    return sorted(html.unescape(text).strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def test_the_picture_is_what_draw_makes_of_the_code_beside_it() -> None:
    x = tg.Tensor(2.0, name="x")
    s = np.sin(x)
    y = x * s
    s.name, y.name = "s", "y"
    y.backward()
    picture = (PROJECT / "docs/images/x_sin_x.svg").read_text(encoding="utf-8")
    assert words(picture) == words(tg.draw(y).render("svg").decode())
    assert "0.0770038" in words(picture)


def test_what_it_links_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) >= 5
    assert [target for target in targets if not (PROJECT / target).exists()] == []
