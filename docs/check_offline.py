"""Do the built pages load anything from the network? Prints what does, and exits with 1.

    python docs/check_offline.py docs/_build/html

Links that a reader may follow are fine; scripts, styles, fonts and pictures from elsewhere are not.
"""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

ELSEWHERE = re.compile(r"\s*(?:https?:)?//", re.IGNORECASE)
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "embed": "src", "object": "data", "image": "href"}
RELATIONS = {"stylesheet", "preload", "modulepreload", "icon", "manifest", "preconnect", "dns-prefetch", "prefetch"}


class Page(HTMLParser):
    """Collects what a page loads from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        if tag == "link" and RELATIONS & set(values.get("rel", "").split()):
            self.add(values.get("href", ""))
        self.add(values.get(LOADS.get(tag, ""), ""))

    def add(self, address: str) -> None:
        if ELSEWHERE.match(address):
            self.found.append(address)


def loads(path: Path) -> list[str]:
    """The addresses elsewhere that this page or style sheet loads from."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".css":
        found = re.findall(r"""(?:@import\s+|url\()\s*['"]?([^'")\s;]+)""", text)
        return [address for address in found if ELSEWHERE.match(address)]
    page = Page()
    page.feed(text)
    return page.found


def main(folder: Path) -> int:
    files = [*folder.rglob("*.html"), *folder.rglob("*.css")]
    if not files:
        print(f"No pages in {folder}")
        return 1
    bad = [(path, address) for path in files for address in loads(path)]
    for path, address in bad:
        print(f"{path} loads {address}")
    print(f"{len(files)} files, {len(bad)} loads from the network")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
