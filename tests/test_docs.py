"""The pages: each cell that promises an error raises one of ours, the others run; and what the pages list is complete."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_remedies import all_messages

import tinygrad_lite as tg
from tinygrad_lite import messages
from tinygrad_lite.autograd import RULES
from tinygrad_lite.protocols.calling import CHAPTERS

DOCS = Path(__file__).parent.parent / "docs"
REFERENCE = DOCS / "reference"
RAISED = (TypeError, ValueError, RuntimeError, AttributeError, AssertionError, FloatingPointError)
CELL = re.compile(r"```\{code-cell\}\n((?::[^\n]*\n)*)(.*?)```", re.DOTALL)  # its options, its code


def pages() -> list[Path]:
    """All pages of the site."""
    return [path for path in DOCS.rglob("*.md") if "_build" not in path.parts]


@pytest.mark.filterwarnings(  # the page about them shows them
    "ignore:The leaf:UserWarning", "ignore:The argument:UserWarning", "ignore:This backward pass:UserWarning",
    "ignore:np.subtract of:UserWarning",
)  # fmt: skip
@pytest.mark.parametrize("page", ["learn/read_it", "reference/errors", "use/own_rule", "use/nan_and_none", "use/beside"])
def test_the_cells_of_a_page_raise_what_they_promise(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Exception] = []
    for name in all_messages():
        function = getattr(messages, name)
        monkeypatch.setattr(messages, name, lambda *a, f=function, **k: made.append(f(*a, **k)) or made[-1])
    for chapter in CHAPTERS.values():  # which the pages may be the first to need, and which are imported only once
        importlib.import_module(chapter)
    before, names, errors = dict(RULES), dict[str, Any](), np.geterr()
    try:
        for options, code in CELL.findall((DOCS / f"{page}.md").read_text(encoding="utf-8")):
            code = "\n".join(line for line in code.splitlines() if not line.startswith("%"))
            if "raises-exception" in options:
                with pytest.raises(RAISED) as error:
                    exec(code, names)
                ours = error.value in made or isinstance(error.value, AssertionError)  # which `check_gradients` writes
                assert ours, f"This is not a message of tinygrad_lite/messages:\n{code}"
            else:
                exec(code, names)
    finally:
        RULES.clear()
        RULES.update(before)
        np.seterr(**errors)


HEART = {"autograd.py": 300, "tensor.py": 430, "rules/elementwise.py": 220}  # lines; the README says: fewer than 950


@pytest.mark.parametrize("name", HEART)
def test_the_heart_stays_small(name: str) -> None:
    lines = (Path(tg.__file__).parent / name).read_text(encoding="utf-8").count("\n")
    assert lines <= HEART[name], f"tinygrad_lite/{name} has {lines} lines. Move what a first reader can skip to another file."


def test_the_reference_has_every_public_name_once_and_its_index_too() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (REFERENCE / "api").glob("*.md"))
    described = re.findall(r"^\.\. (?:auto(?:function|class|module)|py:module):: tinygrad_lite\.(\w+)$", pages, re.MULTILINE)
    listed = re.findall(r"\{py:obj\}`~tinygrad_lite\.(\w+)`", (REFERENCE / "api.md").read_text(encoding="utf-8"))
    for name in tg.__all__:
        assert name in listed, f"Add {{py:obj}}`~tinygrad_lite.{name}` to docs/reference/api.md, in the line of its page."
        assert name in described, (
            f"Add `.. autofunction:: tinygrad_lite.{name}` to the page in docs/reference/api/ that it belongs to."
        )
    assert sorted(described) == sorted(listed) == sorted(tg.__all__), "A name is there twice, or is not public."


@pytest.mark.parametrize("folder", ["data", "optim"])
def test_the_reference_has_every_name_of_a_public_folder(folder: str) -> None:
    page = (REFERENCE / "api" / f"{folder}.md").read_text(encoding="utf-8")
    described = re.findall(rf"^\.\. auto(?:function|class):: tinygrad_lite\.{folder}\.(\w+)$", page, re.MULTILINE)
    for name in getattr(tg, folder).__all__:
        assert name in described, f"Add `.. autofunction:: tinygrad_lite.{folder}.{name}`, or autoclass, to {folder}.md."
    assert sorted(described) == sorted(getattr(tg, folder).__all__), "A name is there twice, or is not public."


def test_the_page_of_networks_has_every_name() -> None:
    page = (REFERENCE / "api" / "networks.md").read_text(encoding="utf-8")
    described = re.findall(r"^\.\. (?:autofunction|autoclass|py:module):: tinygrad_lite\.nn\.([\w.]+)$", page, re.MULTILINE)
    functions = set(tg.nn.functional.__all__) - set(tg.nn.__all__) - {"relu", "sigmoid", "tanh"}  # these are tg's and np's
    names = [*tg.nn.__all__, *(f"init.{name}" for name in tg.nn.init.__all__), *(f"functional.{name}" for name in functions)]
    for name in names:
        assert name in described, (
            f"Add `.. autofunction:: tinygrad_lite.nn.{name}`, or autoclass, to docs/reference/api/networks.md."
        )
    assert sorted(described) == sorted(names), "A name is there twice, or is not public."


def test_the_table_of_derivatives_has_every_file_of_rules() -> None:
    """The build compares the table with the rules themselves; this needs no Sphinx."""
    rules, page = Path(tg.__file__).parent / "rules", (REFERENCE / "derivatives.md").read_text(encoding="utf-8")
    shown = re.findall(r'^tables\.chapter\("([\w.]+)"\)$', page, re.MULTILINE)
    for path in rules.rglob("*.py"):
        if re.search(r"^derivative\(", path.read_text(encoding="utf-8"), re.MULTILINE):
            name = ".".join(path.relative_to(rules).with_suffix("").parts)
            assert name in shown, (
                f"The rules of {path} are not on the page docs/reference/derivatives.md. Give them a heading there, and a "
                f'cell with tables.chapter("{name}"), like the others.'
            )


@pytest.mark.parametrize("part", ["learn", "use", "reference"])
def test_each_part_of_the_site_says_what_its_pages_are(part: str) -> None:
    index = (DOCS / part / "index.md").read_text(encoding="utf-8")
    introduced = re.findall(r"^\[[^\]]+\]\((\w+)\.md\)\n: \S", index, re.MULTILINE)
    there = {page.stem for page in (DOCS / part).glob("*.md")} - {"index"}
    for page in there - set(introduced):
        raise AssertionError(
            f"{part}/{page}.md is new. Say in docs/{part}/index.md what it is, and add it to the toctree there."
        )
    assert sorted(introduced) == sorted(there)
    trees = re.findall(r"```\{toctree\}\n(?::[^\n]*\n)*\n(.*?)```", index, re.DOTALL)
    assert re.findall(r"(\w+)>?$", "\n".join(trees), re.MULTILINE) == introduced  # in the same order


CHAPTERS_OF_THE_COURSE = sorted(
    path.stem for path in (DOCS / "learn").glob("*.md") if "```{chapter}" in path.read_text("utf-8")
)


@pytest.mark.parametrize("chapter", CHAPTERS_OF_THE_COURSE)
def test_a_chapter_has_all_its_parts(chapter: str) -> None:
    text = (DOCS / "learn" / f"{chapter}.md").read_text(encoding="utf-8")
    assert re.search(r"^# .+\n\n```\{chapter\} \d\d\n", text, re.MULTILINE), (
        "Below the title: how long it takes, and what comes before."
    )
    assert re.search(r'alt: ".{40,}"', text), "A chapter has a picture."
    names = re.findall(r"^```\{exercise\} ([a-z_]+)\n", text, re.MULTILINE)
    assert len(set(names)) >= 3, "A chapter has three exercises, or more."
    [known] = re.findall(r"^```\{known\}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^- ", known, re.MULTILINE)) == 3, "What the reader knows now is in three lines."
    assert "\n**Next:** [" in text


def test_the_exercises_of_a_chapter_are_those_that_the_command_knows() -> None:
    catalogue = pytest.importorskip("tinygrad_lite.exercises.catalogue")
    order = re.findall(r"^(\d+)\. (.+) <(\w+)>$", (DOCS / "learn" / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
    for number, title, page in order:
        known_title, names = catalogue.CHAPTERS[int(number)]
        on_page = re.findall(r"^```\{exercise\} (\w+)$", (DOCS / "learn" / f"{page}.md").read_text("utf-8"), re.MULTILINE)
        assert (known_title, sorted(names.split())) == (title, sorted(on_page))


def test_words_of_the_glossary_are_found_in_all_their_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sphinx", reason="the pages are built with it")
    monkeypatch.syspath_prepend(DOCS / "_ext")
    terms = importlib.import_module("terms")
    text = "Leaves of batches: an adam of Adam, rules; ∂loss; the chain\nrule. A vjp, unruly. Batching; the RMSE."
    words = [
        "leaf",
        "batch",
        "Adam",
        "rule",
        "chain rule",
        "loss",
        "vector-Jacobian product (vjp)",
        "root mean squared error (RMSE)",
    ]
    found = [match[0] for match in terms.pattern(words).finditer(text)]
    assert found == ["Leaves", "batches", "Adam", "rules", "chain\nrule", "vjp", "RMSE"]
    assert [terms.word_of(match, words) for match in found[:3]] == ["leaf", "batch", "Adam"]


def test_the_picture_that_moves_shows_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser ignores an animation whose times do not begin at 0, do not grow, or, if it is smooth, do not end at 1."""
    pytest.importorskip("IPython", reason="the pages are built with it")
    monkeypatch.syspath_prepend(DOCS / "_ext")
    moving = importlib.import_module("moving")
    svg = ElementTree.fromstring(re.search(r"<svg.*</svg>", moving.picture().data, re.DOTALL)[0])
    animations = [part for part in svg.iter() if part.tag.startswith("animate")]
    assert len(animations) == 1 + 8 + 2 * 8  # the curve; eight numbers; eight dots, which move and are seen
    for animation in animations:
        times = [float(time) for time in animation.get("keyTimes", "").split(";")]
        values = animation.get("keyPoints") or animation.get("values", "")
        assert len(times) == len(values.split(";"))
        assert times == sorted(times)
        assert times[0] == 0
        assert times[-1] == 1 or (animation.get("calcMode") == "discrete" and times[-1] < 1)
    states = moving.states()
    assert [f"{states[i].loss:.4f}" for i in (0, 1, 24)] == ["37.7731", "27.7915", "0.5746"]


def floors() -> dict[str, int]:
    """The files and folders of the package, with their lines in the map of CONTRIBUTING.md."""
    page = (DOCS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    lines = page.split("```\ntinygrad_lite/\n")[1].split("```")[0].splitlines()
    return {name: i for i, line in enumerate(lines) for name in re.split(r" {2,}", line.strip())[0].split()}


def test_imports_point_one_way_and_the_map_has_every_file() -> None:
    package, known = Path(tg.__file__).parent, floors()
    there = {
        path.name + "/" * path.is_dir()
        for path in package.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    for name in there - set(known):
        raise AssertionError(f"tinygrad_lite/{name} is not on the map in CONTRIBUTING.md. Add it below what it imports.")
    assert set(known) <= there, f"There is no {set(known) - there}: take it off the map in CONTRIBUTING.md."
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).parts
        for statement in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.ImportFrom) and statement.level:
                start = [*parts[1 : len(parts) - statement.level], *(statement.module or "").split(".")]
                for name in [start[0]] if start[0] else [alias.name for alias in statement.names]:
                    above = known[f"{name}.py" if (package / f"{name}.py").exists() else f"{name}/"]
                    here = known[parts[1] if len(parts) == 2 else f"{parts[1]}/"]
                    assert above <= here, f"{path} imports {name}, which is below it on the map in CONTRIBUTING.md."


def test_every_picture_of_a_page_has_a_text() -> None:
    """The build checks all of them; this finds the usual ones without Sphinx."""
    pictures = re.compile(r"^(tg\.draw\(|drawn\(|recorded_step\(|unmoved\(|Image\()|plt\.show\(", re.MULTILINE)
    for page in pages():
        for options, code in CELL.findall(page.read_text(encoding="utf-8")):
            if pictures.search(code) and "raises-exception" not in options:
                assert re.search(r'alt: ".{40,}"', options), (page.name, code)


def test_the_glossary_is_in_order_and_has_the_words_of_the_pages() -> None:
    glossary = (REFERENCE / "glossary.md").read_text(encoding="utf-8").split("```{glossary}\n")[1]
    words = re.findall(r"^(\S.*)\n  \S", glossary, re.MULTILINE)
    assert words == sorted(words, key=str.lower)
    for word in ("leaf", "node", "rule", "gradient", "parameter", "loss", "epoch", "batch", "broadcasting", "backward pass"):
        assert word in words
    for word in ("autograd", "learning rate", "Adam", "trace", "primitive", "Hessian", "vector-Jacobian product (vjp)"):
        assert word in words


EXAMPLES = sorted({path.stem for path in (DOCS.parent / "examples").glob("*.py")} - {"fit", "see_it"})  # which need no more


ENDS = """
import contextlib, io, json, runpy, sys
ends = []
for path in sys.argv[1:]:
    for options in [], ["--help"]:
        sys.argv = [path, *options]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            try:
                runpy.run_path(path, run_name="__main__")
            except SystemExit as stop:
                ends.append((stop.code, printed.getvalue()))
print(json.dumps(ends))
"""


def test_an_example_answers_help_without_its_packages_and_names_them() -> None:
    paths = [str(DOCS.parent / "examples" / f"{example}.py") for example in EXAMPLES]
    bare = [sys.executable, "-S", "-E", "-c", ENDS, *paths]  # without what pip has installed; one process for all
    ends = json.loads(subprocess.run(bare, capture_output=True, text=True, check=True).stdout)
    for example, (code, _), (code_of_help, printed) in zip(EXAMPLES, ends[::2], ends[1::2], strict=True):
        words = r"This example needs \w+\. In the project's folder, run: python -m pip install -e '\.\["
        assert isinstance(code, str), example  # which Python prints, and ends with 1
        assert re.match(words, code), example
        assert code_of_help == 0, example
        assert "--out" in printed or "--points" in printed, example
