"""The pages that show errors: each cell that promises one raises one of ours, and the others run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_lite import messages
from tinygrad_lite.autograd import RULES

DOCS = Path(__file__).parent.parent / "docs"
RAISED = (TypeError, ValueError, RuntimeError, AttributeError, AssertionError, FloatingPointError)
CELL = re.compile(r"```\{code-cell\}\n(?::tags: \[(.*?)\]\n)?(.*?)```", re.DOTALL)


@pytest.mark.filterwarnings("ignore:The leaf:UserWarning")  # the page about them shows them
@pytest.mark.parametrize("page", ["errors", "own_rule", "nan_and_none"])
def test_the_cells_of_a_page_raise_what_they_promise(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    for name, function in vars(messages).items():
        if getattr(function, "__module__", "") == messages.__name__ and name not in ("describe", "name_of"):
            monkeypatch.setattr(messages, name, lambda *a, f=function, n=name: made.append(n) or f(*a))
    before, names, errors = dict(RULES), dict[str, Any](), np.geterr()
    try:
        for tags, code in CELL.findall((DOCS / f"{page}.md").read_text(encoding="utf-8")):
            code = "\n".join(line for line in code.splitlines() if not line.startswith("%"))
            if "raises-exception" in tags:
                with pytest.raises(RAISED) as error:
                    exec(code, names)
                assert len(str(error.value)) > 60, code
            else:
                exec(code, names)
    finally:
        RULES.clear()
        RULES.update(before)
        np.seterr(**errors)
    if page == "errors":
        shown = {
            "not_a_scalar",
            "not_recorded",
            "leaf_in_place",
            "not_a_float",
            "not_an_array",
            "already_a_tensor",
            "no_rule",
        }
        shown |= {"unknown_keyword", "writes_in_place", "failed_call", "wrong_seed", "not_differentiable", "not_a_leaf"}
        shown |= {"no_attribute", "no_primitive_rule", "rule_for_unknown", "rule_asks_unknown", "wrong_shape"}
        assert shown <= set(made)
