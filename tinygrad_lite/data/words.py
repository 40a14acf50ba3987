"""names() returns first names, for a model that makes up new ones letter by letter.

Flows in: the file names.txt in this folder. Flows out: a list of texts.
"""

from __future__ import annotations

from pathlib import Path


def names() -> list[str]:
    """Common first names of many languages, in the letters a to z and in alphabetical order.

    Accents are left out, as in bjorn, so that a model needs only 26 letters. The list is part of the package.

    >>> len(names()), names()[:4]
    (537, ['ada', 'adam', 'adele', 'adriana'])
    """
    return Path(__file__).with_name("names.txt").read_text(encoding="ascii").split()
