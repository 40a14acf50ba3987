"""Messages tell people what went wrong: what happened, with names and shapes; why; and what to write instead.

`messages.not_a_scalar(output)` makes an error that is ready to be raised. All texts are in this folder. So the code of the
engine stays short, and the texts can be read and improved in one place. The files, in reading order:

phrases.py (how a text becomes an error, and how values and functions are named in it), options.py (how a keyword or
an option is asked for), tensors.py (what a Tensor refuses), calls.py (a function without a derivative rule, a rule that
does not fit), operands.py (complex numbers, text, objects of other libraries), leaving.py (a Tensor that would leave its
graph), rules.py (what single functions refuse), transforms.py (`grad` and its relatives, `minimize`, `check_gradients`),
graphs.py, views.py (drawings, tables, pages, programs), compiling.py, networks.py, modules.py, optimizers.py, data.py
(batches, images, downloads), training.py (`save`, `load`, `fit`), debugging.py, hints.py (names from other libraries, and
what to write here instead).
"""
# ruff: noqa: F403

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .phrases import *

if TYPE_CHECKING:
    from .calls import *
    from .compiling import *
    from .data import *
    from .debugging import *
    from .graphs import *
    from .leaving import *
    from .modules import *
    from .networks import *
    from .operands import *
    from .optimizers import *
    from .rules import *
    from .tensors import *
    from .training import *
    from .transforms import *
    from .views import *

FILES = (
    "calls", "compiling", "data", "debugging", "graphs", "leaving", "modules", "networks", "operands", "optimizers",
    "rules", "tensors", "training", "transforms", "views",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in __dir__():
        return globals()[name]
    raise AttributeError(f"There is no message {name}.")


def __dir__() -> list[str]:
    """All names. The files are read when the first message is needed, which keeps `import tinygrad_lite` short."""
    for file in FILES:
        texts = vars(importlib.import_module(f"{__name__}.{file}"))
        globals().update({key: texts[key] for key in texts if not key.startswith("_")})
    return list(globals())
