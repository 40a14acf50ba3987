"""How fast, compared with writing the gradient by hand and with other engines. It reports; it does not fail.

    python -m pip install -e '.[peers]'
    python tests/benchmarks/run.py [--rounds 31] [--only quadratic] [--engines compiled,jax.jit] [--clock cpu]
    python tests/benchmarks/run.py --page                writes docs/use/benchmarks.md as well

One thread. First all engines in one process, their steps in turn; then each alone, the by-hand gradient too, in three fresh
processes: that is what a user gets, and can take twice as long on large arrays, since no other engine keeps the memory warm.
Every figure is a ratio to the expert's gradient by hand, or to the textbook's where there is no expert's. Together it is the
median of the rounds' ratios, with the quartiles behind it; alone it is the ratio of the medians of the three processes, with
the least and the greatest behind it. Values and gradients are compared before the first setting. A compiler works in the
first step, which is timed on its own. On a machine that does other things too, `--clock cpu` counts this process alone.
"""

from __future__ import annotations

import argparse
import datetime
import gc
import importlib.metadata
import importlib.util
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ROUND = 0.006  # seconds of work in one sample, at least
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
OTHERS = (
    "No expert has written these, so the ratios are to the textbook's gradient. Nothing in `compile` was tuned for ten of "
    "them. Logistic regression, Huber's loss, the mixture and attention were slow at first: passes were written because "
    "of them."
)
PAGE = Path(__file__).parents[2] / "docs" / "use" / "benchmarks.md"


class Figure(NamedTuple):
    """A ratio, and between which two it was for half of the rounds, or for all processes."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f} to {self.high:.2f})"


class Result(NamedTuple):
    """One workload in both settings: the seconds of `base`, and how many times as long each engine takes."""

    name: str
    base: str
    seconds: dict[str, float]
    together: dict[str, Figure]
    alone: dict[str, Figure]
    first: dict[str, float]


def sample(step: Any, times: int, clock: str) -> float:
    """Seconds for one step, on average over `times` in a row."""
    now = CLOCKS[clock]
    start = now()
    for _ in range(times):
        step()
    return (now() - start) / times


def measure(name: str, engines: list[str], rounds: int, clock: str) -> dict[str, dict[str, Any]]:
    """Seconds of each round of each engine, in a new random order every round; and of the first step of each."""
    import numpy as np

    workloads = all_workloads()
    steps = {engine: workloads[name][engine]() for engine in engines}
    first = {engine: sample(step, 1, clock) for engine, step in steps.items()}
    if "by hand" in steps and len(steps) > 1:
        _, expected = steps["by hand"]()
        for engine, step in steps.items():
            for got, want in zip(step()[1], expected):
                got = np.asarray(getattr(got, "data", got) if engine == "mygrad" else got)
                np.testing.assert_allclose(got, want, rtol=2e-3, atol=1e-4 * float(np.max(np.abs(want))), err_msg=engine)
    times = {engine: max(1, int(ROUND / sample(step, 1, "wall"))) for engine, step in steps.items()}
    gc.collect()
    seconds: dict[str, list[float]] = {engine: [] for engine in engines}
    order, rng = list(engines), random.Random(0)
    for _ in range(rounds):
        rng.shuffle(order)
        for engine in order:
            seconds[engine].append(sample(steps[engine], times[engine], clock))
    return {"seconds": seconds, "first": first}


def all_workloads() -> dict[str, dict[str, Any]]:
    """All workloads, each with its engines."""
    import fast  # noqa: F401 - adds engines
    import further  # noqa: F401 - adds workloads
    from workloads import WORKLOADS

    return WORKLOADS


def in_fresh_process(name: str, engines: list[str], rounds: int, clock: str) -> dict[str, dict[str, Any]]:
    """What `measure` returns, from a process of its own."""
    arguments = [sys.executable, __file__, "--child", json.dumps([name, engines, rounds, clock])]
    printed = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(printed.splitlines()[-1])  # type: ignore[no-any-return]


def compare(name: str, engines: list[str], rounds: int, processes: int, clock: str) -> Result:
    """Both settings of one workload; prints a line for each."""
    base = "expert" if "expert" in engines else "by hand"
    rows = in_fresh_process(name, engines, rounds, clock)["seconds"]
    together = {
        engine: Figure(*ratios(row, rows[base])) for engine, row in rows.items()
    }  # each round of an engine with the same round of the base: what slows the machine down slows both
    seconds = {"together": statistics.median(rows[base])}
    show(name, "together", base, seconds["together"], together)

    medians: dict[str, list[float]] = {engine: [] for engine in engines}
    starts: dict[str, list[float]] = {engine: [] for engine in engines}
    for _ in range(processes):
        for engine in engines:
            found = in_fresh_process(name, [engine], rounds, clock)
            medians[engine].append(statistics.median(found["seconds"][engine]))
            starts[engine].append(found["first"][engine])
    seconds["alone"] = by = statistics.median(medians[base])
    alone = {e: Figure(statistics.median(row) / by, min(row) / by, max(row) / by) for e, row in medians.items()}
    show(name, "alone", base, by, alone)
    first = {engine: statistics.median(starts[engine]) for engine in engines}
    compilers = "   ".join(f"{e} {first[e]:.2f} s" for e in ("compiled", "jax.jit") if e in first)
    if compilers:
        print(f"{name:32s} first step, in which it is compiled:  {compilers}", flush=True)
    return Result(name, base, seconds, together, alone, first)


def ratios(row: Sequence[float], base: Sequence[float]) -> tuple[float, float, float]:
    """The median and the quartiles of the ratios of two rows."""
    found = [a / b for a, b in zip(row, base)]
    low, middle, high = statistics.quantiles(found, n=4, method="inclusive") if len(found) > 1 else found * 3
    return middle, low, high


def show(name: str, setting: str, base: str, seconds: float, figures: dict[str, Figure]) -> None:
    """One line of the report."""
    spread = f"({figures[base].low:.2f} to {figures[base].high:.2f})" if setting == "alone" else ""
    others = "   ".join(f"{engine} {figure}" for engine, figure in figures.items() if engine != base)
    print(f"{name:32s} {setting:9s}  {base} {seconds * 1e6:9.1f} µs {spread};  {others}", flush=True)


# --- the page -------------------------------------------------------------------------------------------------------------


def page(results: Sequence[Result], clock: str, rounds: int, processes: int) -> str:
    """The report as a page of the documentation."""
    today = datetime.date.today()
    kind = {"wall": "by the clock", "cpu": "as the time that the processor worked for it"}[clock]
    lines = [
        "<!-- Written by tests/benchmarks/run.py --page. Do not edit. -->",
        "# How fast it is",
        "",
        "A program wrote this page. It measured one forward and backward pass of each computation, by each engine. To "
        "measure on your machine, and write this page again, run in the project's folder:",
        "",
        "```",
        "python -m pip install -e '.[peers]'",
        "python tests/benchmarks/run.py --page",
        "```",
        "",
        f"Measured on {today.day} {today:%B %Y}, on {machine()}, with one thread, {kind}. Versions: {versions()}." + busy(),
        "",
        "Each number says how many times as long as the gradient by hand it takes: less than 1 is faster.",
        "",
        "- **expert**: by hand, for speed, as [the page about compile](compile.md) develops it. Its results are overwritten "
        "by its next call; those of the others are not.",
        "- **by hand**: by hand, as a textbook writes it.",
        "- **tinygrad_lite**: the engine, with Tensors and `backward()`.",
        "- **compiled**: {py:obj}`tg.compile <tinygrad_lite.compile>`.",
        "- The others are what their names say.",
        "",
    ]
    with_expert = [result for result in results if result.base == "expert"]
    rest = [result for result in results if result.base != "expert"]
    for title, words, rows in (
        ("Beside an expert", "`compile` was made with these computations in view.", with_expert),
        ("Beside a textbook", OTHERS, rest),
    ):  # fmt: skip
        if not rows:
            continue
        lines += [f"## {title}", "", words, ""]
        lines += [f"**Together**: all in one process, in turn, {rounds} rounds. The median, and the quartiles.", ""]
        lines += table(rows, "together")
        often = "once" if processes == 1 else f"{processes} times"
        lines += [
            f"**Alone**: each in a fresh process, {often}."
            + (" The median, the least and the greatest." if processes > 1 else ""),
            "",
        ]
        lines += table(rows, "alone")
    compilers = [engine for engine in ("compiled", "jax.jit") if any(engine in result.first for result in results)]
    if compilers:
        lines += [
            "## The first call",
            "",
            "In its first call, a compiler works. The seconds of that call, in a fresh process:",
            "",
        ]
        lines += [row_of(["", *compilers]), row_of(["---", *["---:"] * len(compilers)])]
        for result in results:
            if "compiled" in result.first:
                lines.append(
                    row_of([result.name, *(f"{result.first[e]:.2f}" if e in result.first else "" for e in compilers)])
                )
        lines.append("")
    return "\n".join(lines)


def table(rows: Sequence[Result], setting: str) -> list[str]:
    """A table with a line for each workload."""
    base = rows[0].base
    engines = [e for e in order_of_engines() if e != base and any(e in getattr(result, setting) for result in rows)]
    lines = [row_of(["", f"{base}, µs", *engines]), row_of(["---", *["---:"] * (len(engines) + 1)])]
    for result in rows:
        figures = getattr(result, setting)
        cells = [cell(figures[e]) if e in figures else "" for e in engines]
        lines.append(row_of([result.name, f"{result.seconds[setting] * 1e6:,.1f}", *cells]))
    return [*lines, ""]


def cell(figure: Figure) -> str:
    """A ratio and its spread; without a spread if there was a single process."""
    digits = 1 if figure.middle >= 10 else 2
    middle, low, high = (f"{number:.{digits}f}" for number in figure)
    single = figure.low == figure.high
    return f"**{middle}** {low}–{high}" if not single else f"**{middle}**"


def row_of(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def order_of_engines() -> list[str]:
    from workloads import ENGINES

    return ENGINES


def busy() -> str:
    """What else the machine did, if that could make the figures worse."""
    load = os.getloadavg()[1] if hasattr(os, "getloadavg") else 1.0
    if load < 1.5:
        return ""
    return f" The machine was busy with other programs, too (load {load:.0f}), so the figures are rough."


def machine() -> str:
    """The processor, its caches, and the system."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            name = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), name)
    except OSError:
        pass
    return f"{name} with {os.cpu_count()} cores, {platform.system()}"


def versions() -> str:
    """What was compared."""
    found = [f"Python {platform.python_version()}"]
    for package in ("numpy", "torch", "jax", "autograd", "mygrad"):
        if importlib.util.find_spec(package):
            found.append(f"{package} {importlib.metadata.version(package)}")
    return ", ".join(found)


def package_of(engine: str) -> str:
    """The package that an engine needs."""
    return {"by hand": "numpy", "expert": "numpy", "compiled": "tinygrad_lite"}.get(engine, engine.split(".")[0])


def import_ratio(rounds: int) -> float:
    """How long `import tinygrad_lite` takes, NumPy included, compared with NumPy alone; from compiled files."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    seconds: dict[str, list[float]] = {"numpy": [], "tinygrad_lite": []}
    for _ in range(rounds + 1):
        for module, rows in seconds.items():
            code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
            rows.append(float(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True).stdout))
    return statistics.median(seconds["tinygrad_lite"][1:]) / statistics.median(seconds["numpy"][1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--processes", type=int, default=3, help="how many fresh processes for each engine alone (3)")
    parser.add_argument("--only", default="", help="part of a workload's name")
    parser.add_argument("--engines", default="", help="some of the engines, with commas between them")
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="cpu: the time of this process alone (wall)")
    parser.add_argument("--page", nargs="?", type=Path, const=PAGE, help=f"write the report into a page ({PAGE.name})")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    for variable in THREADS:
        os.environ[variable] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    os.environ["JAX_PLATFORMS"] = "cpu"
    for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(variable, None)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if args.child:
        print(json.dumps(measure(*json.loads(args.child))))
        return
    workloads, engines = all_workloads(), order_of_engines()
    if args.engines:
        engines = [engine for engine in engines if engine in (*args.engines.split(","), "by hand")]
    there = [engine for engine in engines if importlib.util.find_spec(package_of(engine))]
    for missing in sorted(set(engines) - set(there)):
        print(f"not installed, so not compared: {missing}")
    results = []
    for name, builders in workloads.items():
        if args.only in name:
            chosen = [engine for engine in there if engine in builders]
            results.append(compare(name, chosen, args.rounds, args.processes, args.clock))
            if args.page:
                args.page.write_text(page(results, args.clock, args.rounds, args.processes), encoding="utf-8")
    print(f"import tinygrad_lite takes {import_ratio(args.rounds):.2f} times as long as import numpy")


if __name__ == "__main__":
    main()
