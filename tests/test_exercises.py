"""The exercises: every solution is right, every task fails helpfully, and typical wrong answers get the hint that fits.

The wrong answers are in tests/wrong_answers, one file for each exercise. Each begins with a line `# ===` and words of its
hint; what follows replaces functions of our solution. They are checked in this process. Files that crash, or never end, are
checked in processes of their own.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinygrad_lite.command.main import main
from tinygrad_lite.exercises import alone, progress
from tinygrad_lite.exercises.alone import Outcome, checked
from tinygrad_lite.exercises.catalogue import CHAPTERS, TASKS, Exercise, exercise, exercises
from tinygrad_lite.exercises.checks import Calls, Numbers
from tinygrad_lite.exercises.comparing import Wanted
from tinygrad_lite.exercises.finding import Finding
from tinygrad_lite.exercises.judging import judged
from tinygrad_lite.exercises.report import report

ROOT = Path(__file__).parent.parent
ALL = list(exercises())
NAMES = [one.name for one in ALL]


def wrong_answers(one: Exercise) -> Iterator[tuple[str, str]]:
    """Words of the hint that each deserves, and the file."""
    text = (ROOT / "tests" / "wrong_answers" / f"{one.name}.py").read_text(encoding="utf-8")
    for part in re.split(r"^# === ", text, flags=re.MULTILINE)[1:]:
        words, _, code = part.partition("\n")
        yield words, f"{one.solution}\n\n{code}"


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exercise, str], Finding | None]:
    """Check an answer in this process."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def judge(one: Exercise, text: str) -> Finding | None:
        path = tmp_path / f"{one.name}.py"
        path.write_text(text, encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as in a process of its own, where a warning is no error
            return judged(one, path.resolve())

    return judge


# --- the exercises ----------------------------------------------------------------------------------------------------


def test_the_catalogue_has_every_folder_and_each_has_its_files() -> None:
    assert sorted(NAMES) == sorted(path.name for path in TASKS.iterdir() if path.name != "__pycache__"), (
        "The folders in tinygrad_lite/exercises/tasks and the names in catalogue.py differ."
    )
    for chapter in CHAPTERS:
        assert sum(one.chapter == chapter for one in ALL) >= 3
    for one in ALL:
        for file in ("start", "solution", "check"):
            assert (one.folder / f"{file}.py").exists(), f"{one.name} has no {file}.py"
        assert f"\nChapter {one.chapter}. " in one.start
        assert f"  python -m tinygrad_lite exercises check {one.name}\n" in one.start
        assert 10 < len(one.title) < 70
        assert max(map(len, one.start.splitlines())) <= 100, f"{one.name}/start.py has a line too long for a small terminal"


@pytest.mark.parametrize("name", NAMES)
def test_the_answers_to(name: str, judge: Any) -> None:
    one = exercise(name)
    assert one is not None
    assert judge(one, one.solution) is None, f"The solution of {name} fails."
    unchanged = judge(one, one.start)
    assert unchanged is not None, f"The task of {name} passes as it is."
    assert unchanged.hints[0], unchanged
    hints = {unchanged.hints[0]}
    count = 0
    for count, (words, text) in enumerate(wrong_answers(one), 1):  # noqa: B007
        found = judge(one, text)
        assert found is not None, f"{name}: this passes:\n{text}"
        assert words in found.hints[0], f"{name}: wanted {words!r}, got\n{report(one, Outcome(found), 2, {}, '')}"
        assert found.rows or found.lines
        hints.add(found.hints[0])
    assert count >= 3, f"{name} has {count} wrong answers"
    assert len(hints) >= 3, f"{name} gives the same hint to different mistakes"


def direct(check: Calls) -> Callable[[Callable[..., Any]], Finding | None]:
    """The finding about a function that computes the result of a check itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared = dataclasses.replace(check, compute=None).prepared()

    def find(function: Callable[..., Any]) -> Finding | None:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return prepared({check.name: function}, Path("answer.py"), lambda name: "")

    return find


@pytest.mark.parametrize("name", NAMES)
def test_each_known_mistake_gets_its_own_hint(name: str) -> None:
    """No known mistake is right, or explained by the hint of another."""
    one = exercise(name)
    assert one is not None
    for check in one.checks:
        if isinstance(check, Numbers):
            for key, value, hint in check.slips:
                found = check.prepared()({**check.expected, key: value}, Path("answer.py"), lambda name: "")
                assert found is not None, (key, hint)
                assert found.hints[0] == hint
            continue
        find = direct(check)
        for slip in check.slips:
            if slip.computes is not None:
                found = find(slip.computes)
                assert found is not None, slip.hint
                assert found.hints[0] == slip.hint


def altered(value: Any) -> Any:
    """A wrong result of the same form."""
    if isinstance(value, bool | str):
        return not value
    if isinstance(value, tuple | list):
        return type(value)(map(altered, value))
    return value * 1.7 + 123


def test_an_answer_that_fits_the_example_of_the_task_alone_is_found() -> None:
    for one in ALL:
        for check in one.checks:
            if isinstance(check, Calls) and check.shown:
                known = [repr(case) for case in check.cases[: check.shown]]

                def by_heart(*case: Any, known: Any = known, right: Any = check.expected) -> Any:
                    return right(*case) if repr(case) in known else altered(right(*case))

                if not isinstance(check.expected(*check.cases[0]), Wanted):  # of which many are right
                    found = direct(check)(by_heart)
                    assert found is not None
                    assert found.hints[0].startswith("The result is right for the example in the task"), (one.name, found)


# --- what a check says ------------------------------------------------------------------------------------------------

RMSE = exercise("rmse")
assert RMSE is not None
RIGHT = "def rmse(actual, guess): return np.sqrt(np.mean((guess - actual) ** 2))\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("return None", "is None, because a `return` is missing"),
        ("return [1.0, 2.0]", "is a list of 2 numbers, and should be a single number"),
        ("return 'text'", "is a text, not a number"),
        ("return rmse", "is a function, not a number"),
        ("return {}", "is a dict, not a number"),
        ("return [[1.0], [1.0, 2.0]]", "has parts of different shapes"),
        ("return [1.0, rmse]", "has a function in it, and should have numbers alone"),
        ("return object()", "is an object, not a number"),
        ("return 1j * actual", "is an array of shape (1,), not a number"),
        ("return Odd()", "is an Odd, not a number"),
        ("return actual[99]", "IndexError: index 99 is out of bounds"),
        ("return actual.nothing", "line 6, in rmse"),
        ("raise OddError", "OddError"),
        ("return rmse(actual, guess)", "line 6, in rmse return rmse(actual, guess) RecursionError: maximum"),
        ("return rmse(actual, guess)", "Hint: The function calls itself again and again"),
        ("return gues - actual", "Hint: Nothing is called `gues` in this line. Did you mean `guess`?"),
        ("return tg.grad(rmse)", "Hint: Begin the file with `import tinygrad_lite as tg`."),
        ("return np.squrt(guess)", "Hint: numpy has nothing called `squrt`. Did you mean `sqrt`?"),
        ("x = x + 1; return x", "Hint: A variable is used in this line before it has a value."),
        ("actual[:] = 0; return 0.0", "changes its argument actual"),
        ("print('so', 'what'); return 1.0", "is wrong"),
        ("import sys; sys.exit('over')", "sys.exit('over')"),
        ("return input()", "asks for input"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return np.nan", "found     nan"),
        ("return ...", "still has its gap"),
    ],
)
def test_what_a_function_returns_or_raises_is_told(
    body: str, words: str, judge: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", raise_eof)
    odd = "class Odd:\n    __array__ = __repr__ = __eq__ = __len__ = __float__ = lambda *a, **k: 1 / 0\n"
    error = "class OddError(Exception): __str__ = lambda self: 1 / 0\n"
    found = judge(RMSE, f"import numpy as np\n{odd}{error}def rmse(actual, guess):\n    {body}\n")
    assert " ".join(words.split()) in " ".join(report(RMSE, Outcome(found), 1, {}, "").split())


def raise_eof(*_: Any) -> Any:
    """What `input()` does in the process of a check, where nobody types."""
    raise EOFError("EOF when reading a line")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no rmse. The task needs a function that begins with:\n\n  def rmse(actual, guess):"),
        ("rmse = 3.0", "rmse is a number, not a function"),
        ("def rmse(actual): return 0.0", "rmse takes 1 argument, and the task calls it with 2"),
        ("def rmse(actual, guess:\n    return 0.0", "Python cannot read line 1 of rmse.py"),
        ("def rmse(actual, guess):\nreturn 0.0", "Python cannot read line 2 of rmse.py: expected an indented block"),
        ("\0", "Python cannot read rmse.py"),
        ("# coding: nonsense", "Python cannot read"),
        ("import nothing_of_this_name", "line 1, in <module>\n      import nothing_of_this_name\n  ModuleNotFoundError"),
        ("import nothing_of_this_name", "Hint: There is no package 'nothing_of_this_name'."),
        ("def rmse(actual, guess):\n\treturn 0.0\n        return 1.0", "Use no tabs."),
        ("raise SystemExit", "sys.exit(None)"),
    ],
)
def test_a_file_without_the_function_is_told(text: str, words: str, judge: Any) -> None:
    assert words in report(RMSE, Outcome(judge(RMSE, text)), 1, {}, "")


def test_what_is_right_is_known_before_the_file_runs(judge: Any) -> None:
    mean = np.mean
    try:
        found = judge(RMSE, "import numpy as np\nnp.mean = np.sum\n" + RIGHT)
    finally:
        np.mean = mean
    assert "in the place of np.sum" in found.hints[0]


def test_the_smallest_input_is_shown_whatever_the_order(judge: Any) -> None:
    found = judge(RMSE, "def rmse(actual, guess): return 99.0 if len(actual) > 1 else abs(actual - guess)[0]")
    assert dict(found.rows) == {
        "actual": "np.array([1.0, 2.0])",
        "guess": "np.array([0.0, 3.0])",
        "expected": "1",
        "found": "99",
    }


def test_inputs_have_the_names_of_the_task() -> None:
    for one in ALL:
        functions = {node.name: node for node in ast.walk(ast.parse(one.start)) if isinstance(node, ast.FunctionDef)}
        for check in one.checks:
            if isinstance(check, Calls) and check.compute is None:
                named_in_task = [argument.arg for argument in functions[check.name].args.args]
                assert list(inspect.signature(check.expected).parameters) == named_in_task, one.name


def test_a_list_that_is_changed_is_told(judge: Any) -> None:
    one = exercise("early_stopping")
    assert one is not None
    found = judge(one, "def best_epoch(losses, patience):\n    losses.pop()\n    return 0")
    assert "best_epoch changes its argument losses" in found.said
    assert "x.copy()" in found.hints[1]


def test_a_number_on_paper_is_shown_at_the_third_try(judge: Any) -> None:
    one = exercise("chain_on_paper")
    assert one is not None
    outcome = Outcome(judge(one, one.solution.replace("L_per_x = 3 * 8 / 2", "L_per_x = 11.5")))
    texts = [report(one, outcome, tries, {}, "P") for tries in (1, 2, 3)]
    assert ["expected  12" in text for text in texts] == [False, False, True]
    assert ["Second hint" in text for text in texts] == [False, True, True]
    assert "Along one path slopes are multiplied" in texts[0]


def test_what_is_printed_is_shown_in_part() -> None:
    text = report(RMSE, Outcome(None, "so\n" * 20), 1, {}, "P")
    assert text.startswith("Your file printed:\n\n  so\n")
    assert "… and 12 more lines" in text
    assert "… and 1 more line\n" in report(RMSE, Outcome(None, "so\n" * 9), 1, {}, "P")
    assert "… and much more\n" in report(RMSE, Outcome(None, "so\n" * 9, printed_more=True), 1, {}, "P")


# --- a process of its own ---------------------------------------------------------------------------------------------

HOSTILE = {  # the file, words of the report, and how many seconds it gets
    "never ends": ("def rmse(actual, guess):\n    while True:\n        pass", "was stopped. It was here:\n\n  line", 1.5),
    "leaves": ("import os\nos._exit(3)", "rmse.py ended the program (exit code 3) before it could be checked", 10),
    "crashes": ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "made Python crash (SIGSEGV)", 10),
    "reads": ("input('Your name? ')", "asks for input, and during a check nobody can type", 10),
    "fills memory": ("import sys\nsys.stdout.close()\nx = bytearray(9 << 30)", "more than 4 GB of memory", 10),
}


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is that of Linux")
def test_hostile_files_are_told_in_plain_words(tmp_path: Path) -> None:
    def run(name: str) -> str:
        text, _, seconds = HOSTILE[name]
        folder = tmp_path / name
        folder.mkdir()
        (folder / "numpy.py").write_text("1 / 0")  # what is beside the file is not taken for a library of ours
        (folder / "rmse.py").write_text(text)
        told = report(RMSE, checked("rmse", folder / "rmse.py", seconds), 1, {}, "")
        assert (folder / "rmse.py").read_text() == text
        return told

    with ThreadPoolExecutor(2) as pool:
        for (_, words, _), text in zip(HOSTILE.values(), pool.map(run, HOSTILE)):
            assert words in text
            assert "Traceback" not in text
            assert "tinygrad_lite/" not in text


FORKS = f"""
import os, sys, threading, time
import numpy as np
if not os.fork():
    time.sleep(0.3)
    if not os.fork():
        time.sleep(60)
threading.Thread(target=time.sleep, args=(60,)).start()
print("printed" * 10_000)
{RIGHT}
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_what_a_file_starts_ends_with_the_check(tmp_path: Path) -> None:
    path = tmp_path / "rmse.py"
    path.write_text(FORKS)
    outcome = checked("rmse", path)
    assert outcome.finding is None
    assert outcome.left_running
    assert outcome.printed.startswith("printedprinted")
    assert len(outcome.printed) == alone.KEPT
    assert outcome.printed_more
    assert "It was stopped." in report(RMSE, outcome, 1, {}, "")


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run `exercises …` in an empty folder, with the checks in this process: the exit code, and what was printed."""
    platformdirs = pytest.importorskip("platformdirs")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda *_, **__: str(tmp_path / "data"))
    monkeypatch.setattr(
        "tinygrad_lite.command.exercises.checked", lambda name, path: Outcome(judged(exercise(name), path.resolve()))
    )

    def run(*words: str) -> tuple[int, str, str]:
        try:
            code = main(["exercises", *words])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        return code, *capsys.readouterr()

    return run


def test_from_start_to_done(run: Any) -> None:
    assert run("start", "rmse")[0] == 0
    assert Path("rmse.py").read_text(encoding="utf-8") == RMSE.start
    code, out, err = run("check", "rmse")
    assert (code, err) == (1, "")
    assert out.startswith("Not yet right. rmse still has its gap")
    assert "Hint:" in out
    assert "Second hint:" not in out
    assert "Second hint:" in run("check", "rmse.py")[1]
    assert "Our answer:  python -m tinygrad_lite exercises solution rmse" in run("check", "rmse")[1]
    assert "   done" not in run()[1]
    code, out, err = run("solution", "rmse")
    assert (code, out, err) == (0, RMSE.solution, "")
    Path("rmse.py").write_text(out, encoding="utf-8")
    code, out, err = run("check", "rmse")
    assert (code, err) == (0, "")
    assert out.startswith("Right.")
    assert f"Next:  python -m tinygrad_lite exercises start {NAMES[NAMES.index('rmse') + 1]}" in out
    Path("rmse.py").write_text(RMSE.start, encoding="utf-8")
    assert "Second hint:" not in run("check", "rmse")[1]  # a right answer begins a new count
    code, out, err = run()
    assert (code, err) == (0, "")
    assert re.findall(r"^   done  (\w+)", out, re.MULTILINE) == ["rmse"]
    assert f"1 of {len(ALL)} are done.\n\nStart one:  python -m tinygrad_lite exercises start error_on_paper" in out
    for one in ALL:
        assert one.title in out


def test_a_file_that_is_there_is_never_overwritten(run: Any) -> None:
    Path("rmse.py").write_text("mine")
    code, out, err = run("start", "rmse")
    assert (code, out) == (2, "")
    assert err.startswith("rmse.py is in this folder already, and was not changed.")
    assert Path("rmse.py").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["check", "rmse"], "There is no rmse.py here. If you have begun the exercise, go to the folder of the file first"),
        (["start", "rsme"], "There is no exercise 'rsme'. Did you mean rmse?"),
        (["solution", "x"], "There is no exercise 'x'. The list of all:"),
        (["start"], "the following arguments are required: NAME"),
        (["do", "rmse"], "invalid choice"),
    ],
)
def test_wrong_commands(words: list[str], sentence: str, run: Any) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert sentence in err


def test_a_file_with_another_name_is_told(run: Any) -> None:
    Path("my answer.py").write_text(RMSE.solution)
    assert "'my answer'. The name of a file says which exercise it is of, as rmse.py does." in run("check", "my answer.py")[2]


def test_progress_is_kept_as_json_and_a_damaged_file_is_told(run: Any) -> None:
    Path("rmse.py").write_text(RMSE.solution)
    run("check", "rmse")
    assert json.loads(progress.file().read_text()) == {"rmse": {"done": True, "tries": 0}}
    for damage in ("{", "[1]", '{"rmse": 1}', '{"rmse": {}}'):
        progress.file().write_text(damage)
        code, out, _ = run("check", "rmse")
        assert code == 0
        assert f"could not be written down: {progress.file()} is damaged. Delete it to begin a new one." in out
        assert progress.file().read_text() == damage
        assert f"could not be read: {progress.file()} is damaged" in run()[1]


def test_without_platformdirs_a_check_works_and_says_what_to_install(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    Path("rmse.py").write_text(RMSE.start)
    code, out, _ = run("check", "rmse")
    assert code == 1
    assert "Hint:" in out
    assert (
        "needs platformdirs, which is not installed. In the project's folder: python -m pip install -e '.[exercises]'" in out
    )


def test_from_the_shell(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "XDG_DATA_HOME": str(tmp_path)}
    (tmp_path / "rmse.py").write_text("import numpy as np\nprint('hello')\n" + RIGHT.replace("np.sqrt", ""))
    command = [sys.executable, "-m", "tinygrad_lite", "exercises", "check", "rmse"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(
        "Your file printed:\n\n  hello\n\nNot yet right. For this input, rmse is wrong:\n\n  actual "
    )
    assert "The root of it is missing" in done.stdout


def test_tasks_and_checks_use_public_names_of_numpy_and_ours() -> None:
    """A learner who reads them meets what the pages explain."""
    for path in TASKS.glob("*/s*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert ast.unparse(node) in ("import numpy as np", "import tinygrad_lite as tg", "import math"), path
