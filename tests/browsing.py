"""What the tests of pages share: a reader of HTML, contrasts of colours, and a browser, where there is one."""

from __future__ import annotations

import html.parser
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


class Reader(html.parser.HTMLParser):
    """The elements of a page, each with its attributes and its own text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))

    def handle_data(self, data: str) -> None:
        if self.elements:
            self.elements[-1][2].append(data)

    def texts(self, tag: str, kind: str | None = None) -> list[str]:
        return [
            "".join(text).strip("\n")
            for name, attrs, text in self.elements
            if name == tag and attrs.get("class") in (kind, None)
        ]

    @property
    def data(self) -> Any:
        [data] = ["".join(text) for tag, attrs, text in self.elements if attrs.get("type") == "application/json"]
        return json.loads(data)


def luminance(colour: str) -> float:
    """How bright a colour is, by the Web Content Accessibility Guidelines."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture(name="browser", scope="session")
def fixture_browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="needs Playwright: python -m pip install -e '.[browser]'")
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    if not any(found):
        pytest.skip("needs the program chromium, which is not on this machine")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(filter(None, found)), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(name="open_page")
def fixture_open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open a file; as the test ends, look whether it complained of anything, or asked for anything."""
    contexts, complaints, requests, expected = [], [], [], []

    def open_page(path: Path, hash: str = "", **options: Any) -> Any:
        options = {"viewport": WIDE, "reduced_motion": "reduce"} | options
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: requests.append(request.url.partition("#")[0]))
        expected.append(path.as_uri())
        page.goto(path.as_uri() + hash)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert requests == expected
