"""A learner's file, checked in a process of its own: it may crash, print, start processes, or never end.

Flows in: the name of an exercise, the path of the file, and a time limit. Flows out: an `Outcome`: the `Finding`, if there is
one; the beginning of what the file printed; and whether it left something running. The process writes its finding to a file,
as the learner's program may print anything.

This module is also what runs in the process: `main`.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import linecache
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from .catalogue import exercise as exercise_called
from .finding import Finding
from .judging import GIGABYTES, judged

SECONDS = 10.0  # that a check may take
GRACE = 20.0  # to start Python and import NumPy, on a busy machine
KEPT = 20_000  # bytes of what the file prints
ROOT = str(Path(__file__).parent.parent.parent)
CHILD = (
    "import sys; sys.path = [sys.argv[1], *filter(None, sys.path)]; from tinygrad_lite.exercises.alone import main; main()"
)
PLACE = re.compile(r'^  File "(.*)", line (\d+) in (.*)$', re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """How a check ended. `finding` is None if the answer is right. `printed_more`: `printed` is only the beginning."""

    finding: Finding | None
    printed: str = ""
    left_running: bool = False
    printed_more: bool = False


def checked(name: str, path: Path, seconds: float = SECONDS) -> Outcome:
    """Check the file in a process of its own, which is ended after so many seconds, with all that it started."""
    path = path.resolve()
    with tempfile.TemporaryDirectory(prefix="exercise-") as folder:
        report, places = Path(folder, "finding.json"), Path(folder, "places.txt")
        command = [sys.executable, "-c", CHILD, ROOT, name, str(path), str(report), str(places), str(seconds)]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8:replace", "MPLBACKEND": "agg"}
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=path.parent,
            env=environment,
            start_new_session=True,
        )
        assert process.stdout is not None
        printed = bytearray()
        reader = threading.Thread(target=keep_the_start, args=(process.stdout, printed), daemon=True)
        reader.start()
        try:
            code: int | None = process.wait(seconds + GRACE)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            left_running = end(process)
            reader.join(1.0)
        if report.exists():
            found = json.loads(report.read_text(encoding="utf-8"))
            finding = Finding(**found) if found else None
        else:
            where = places.read_text(encoding="utf-8", errors="replace") if places.exists() else ""
            finding = without_report(path, code, where, seconds)
    return Outcome(finding, printed.decode("utf-8", "replace"), left_running, len(printed) == KEPT)


def keep_the_start(stream: IO[bytes], kept: bytearray) -> None:
    """Read all that is printed, so that the program never has to wait, and keep the beginning."""
    with contextlib.suppress(ValueError, OSError), stream:
        while chunk := stream.read1(1 << 16):  # type: ignore[attr-defined]
            kept.extend(chunk[: KEPT - len(kept)])


def end(process: subprocess.Popen[bytes]) -> bool:
    """End the process and what it has started. Returns whether something was still running after it had ended."""
    was_over = process.poll() is not None
    if not hasattr(os, "killpg"):  # on Windows
        process.kill()
        process.wait()
        return False
    try:
        os.killpg(process.pid, signal.SIGKILL)
        found = was_over
    except (ProcessLookupError, PermissionError):
        found = False
    process.wait()
    return found


def without_report(path: Path, code: int | None, where: str, seconds: float) -> Finding:
    """The process ended without a finding: too late, or by itself, or it crashed."""
    lines = place(path, where)
    if code is None or where.startswith("Timeout"):
        said = f"{path.name} was not finished after {seconds:g} seconds, and was stopped."
        hint = "Is there a loop that never ends? Look at what has to become true so that it ends, and whether it ever does."
        return Finding(f"{said} It was here:" if lines else said, lines=lines, hints=(hint, ""))
    if code < 0:
        name = signal.Signals(-code).name if -code in [*signal.Signals] else f"signal {-code}"
        said = f"{path.name} made Python crash ({name})."
        return Finding(f"{said} It was here:" if lines else said, lines=lines)
    hint = "Leave out os._exit(), and everything else that ends the program."
    return Finding(f"{path.name} ended the program (exit code {code}) before it could be checked.", hints=(hint, ""))


def place(path: Path, where: str) -> str:
    """Of the lines that were running, the innermost that is the learner's."""
    for file, number, function in PLACE.findall(where):
        if file == str(path):
            linecache.checkcache(file)
            return f"line {number}, in {function}\n    {linecache.getline(file, int(number)).strip()}"
    return ""


# --- in the process ---------------------------------------------------------------------------------------------------


def main() -> None:
    """Check the file that the command names, and write down the finding."""
    name, file, report, places, seconds = sys.argv[2:]
    mine, exercise = os.getpid(), exercise_called(name)
    assert exercise is not None
    limit_memory()
    with open(places, "w", encoding="utf-8") as stream:
        faulthandler.enable(stream)
        faulthandler.dump_traceback_later(float(seconds), exit=True, file=stream)
        try:
            finding = judged(exercise, Path(file))
        except Exception:
            finding = Finding("The check itself failed. Please report this mistake of ours:", lines=traceback.format_exc())
        faulthandler.cancel_dump_traceback_later()
        if os.getpid() == mine:  # or else this is a process that the learner's file has forked
            written = Path(f"{report}.part")
            written.write_text(json.dumps(asdict(finding) if finding else None), encoding="utf-8")
            os.replace(written, report)
        with contextlib.suppress(Exception):  # the file may have closed them
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(0)  # without waiting for threads that the file has started


def limit_memory() -> None:
    """Let the system refuse more memory than a check can need, where it knows how to."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES << 30, hard))
