"""Writes a page that plays something, one step at a time, as a single HTML file that needs nothing but a browser.

Flows in: the parts of the page that differ, each already HTML, and the data of its script. Flows out: the file. A page
contains these, and its own versions of the last two::

    player.html   the controls     player.css   how they look     player.js   what the buttons do

`document.html` is the outermost part, with the headline and the block of data. It is the same for every page of this kind,
also for one that has other controls.
"""

from __future__ import annotations

import base64
import hashlib
import html
import importlib.resources
import json
import os
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from ... import messages


def page_path(path: str | os.PathLike[str], caller: str) -> Path:
    """Where a page is to be written. It is looked at first, as the rest of the work may take a while."""
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise messages.not_a_page(path, caller)
    if not path.parent.is_dir():
        raise messages.no_folder(path, str(path.parent))
    return path


def page_text(
    view: str, main: str, title: str, about: str, unit: str, last: int, pace: int, data: Mapping[str, Any]
) -> str:  # fmt: skip
    """The text of a page.

    view:         the package that the style and the script of this page are in, as ``page/page.css`` and ``page/page.js``
    main:         the page below its controls, as HTML
    title, about: the headline, and a line beside it, as plain text
    unit:         what the controls count, "Step" or "Epoch", from 0 to `last`; a step takes `pace` milliseconds
    data:         what the script finds as `story`
    """
    name = view.rpartition(".")[2]
    style = f"{asset(__package__, 'player.css')}\n\n{asset(view, f'{name}.css')}"
    script = f"{asset(__package__, 'player.js')}\n\n{asset(view, f'{name}.js')}"
    body = Template(asset(__package__, "player.html")).substitute(unit=unit, last=last, main=main)
    return document(title, about, style, script, body, {"unit": unit, "pace": pace, **data})


def document(title: str, about: str, style: str, script: str, body: str, data: Mapping[str, Any]) -> str:
    """A whole page of these parts. `body` is HTML, `title` and `about` are plain text; the script finds `data` as JSON."""
    story = json.dumps(data, ensure_ascii=False, allow_nan=False)
    return Template(asset(__package__, "document.html")).substitute(
        title=html.escape(title),
        about=html.escape(about),
        style=style,
        style_hash=fingerprint(style),
        script=script,
        script_hash=fingerprint(script),
        body=body,
        data=story.replace("<", "\\u003c"),
    )


def asset(package: str | None, name: str) -> str:
    """A file that lies beside the program."""
    return (importlib.resources.files(package or "") / name).read_text(encoding="utf-8").strip()


def fingerprint(text: str) -> str:
    """By this a browser knows the one script, and the one style, that it may use. It stands between two line ends there."""
    return "sha256-" + base64.b64encode(hashlib.sha256(f"\n{text}\n".encode()).digest()).decode()
