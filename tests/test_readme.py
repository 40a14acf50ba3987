"""The README is true today: its Python runs as doctests, its commands in `.ci/run`; here the picture, and the links."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import numpy as np

import tinygrad_lite as tg

PROJECT = Path(__file__).parent.parent
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def words(svg: str) -> list[str]:
    """The texts in a picture, wherever they stand in it."""
    return sorted(html.unescape(text).strip() for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def test_the_picture_is_what_draw_makes_of_the_code_beside_it() -> None:
    x = tg.Tensor(2.0)
    s = np.sin(x)
    y = x * s
    y.backward()
    picture = (PROJECT / "docs/images/x_sin_x.svg").read_text(encoding="utf-8")
    assert words(picture) == words(tg.draw(y).render("svg").decode())
    assert "0.0770038 = 0.909297 − 0.832294" in words(picture)


def test_the_program_is_what_source_makes_of_the_code_beside_it() -> None:
    def fit(a: Any, b: Any, c: Any, x: Any, actual: Any) -> Any:
        guess = a * x**2 + b * x + c
        error = guess - actual
        loss = np.sqrt(np.mean(error**2))
        return loss  # noqa: RET504, so that it has a name

    x = np.linspace(-5, 5, 100)
    program = tg.source(fit, tg.Tensor(2.0), tg.Tensor(3.0), tg.Tensor(4.0), x, 5 * x**2 - 3 * x + 3)
    [shown] = re.findall(r"```python\n(def fit_and_gradient.*?)```", README, re.DOTALL)
    assert program.endswith("\n" + shown)


def test_what_it_links_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert len(targets) >= 5
    assert [target for target in targets if not (PROJECT / target).exists()] == []
