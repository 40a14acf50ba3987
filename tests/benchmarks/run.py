"""How fast, compared with writing the gradient by hand and with other engines. It reports; it does not fail.

    python -m pip install -e '.[peers]'
    python tests/benchmarks/run.py [--rounds 31] [--only quadratic]

One thread. First all engines in one process, their steps in turn; then each alone, the by-hand gradient too, in three fresh
processes: that is what a user gets, and can take twice as long on large arrays, since no other engine keeps the memory warm.
Every figure is the median of the rounds, as a ratio to the by-hand gradient in the same setting; alone it is the median of
the three processes, with the least and the greatest behind it. Values and gradients are compared before the first setting.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import os
import random
import statistics
import subprocess
import sys
import time
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
ROUND = 0.006  # seconds of work in one sample, at least


def sample(step: Any, times: int) -> float:
    """Seconds for one step, on average over `times` in a row."""
    start = time.perf_counter()
    for _ in range(times):
        step()
    return (time.perf_counter() - start) / times


def measure(name: str, engines: list[str], rounds: int) -> dict[str, list[float]]:
    """Seconds of each round of each engine, the engines in a new random order every round."""
    import numpy as np
    from workloads import WORKLOADS

    steps = {engine: WORKLOADS[name][engine]() for engine in engines}
    if "by hand" in steps and len(steps) > 1:
        _, expected = steps["by hand"]()
        for engine, step in steps.items():
            for got, want in zip(step()[1], expected):
                got = np.asarray(getattr(got, "data", got) if engine == "mygrad" else got)
                np.testing.assert_allclose(got, want, rtol=2e-3, atol=1e-4 * float(np.max(np.abs(want))), err_msg=engine)
    times = {engine: max(1, int(ROUND / sample(step, 1))) for engine, step in steps.items()}
    gc.collect()
    seconds: dict[str, list[float]] = {engine: [] for engine in engines}
    order, rng = list(engines), random.Random(0)
    for _ in range(rounds):
        rng.shuffle(order)
        for engine in order:
            seconds[engine].append(sample(steps[engine], times[engine]))
    return seconds


def in_fresh_process(name: str, engines: list[str], rounds: int) -> dict[str, float]:
    """The median seconds of each engine, measured by this file in a process of its own."""
    arguments = [sys.executable, __file__, "--child", json.dumps([name, engines, rounds])]
    printed = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True).stdout
    return {engine: statistics.median(row) for engine, row in json.loads(printed.splitlines()[-1]).items()}


def compare(name: str, engines: list[str], rounds: int) -> None:
    """Both settings of one workload: a line each."""
    together = in_fresh_process(name, engines, rounds)
    base = together.pop("by hand")
    ratios = [f"{engine} {seconds / base:.2f}" for engine, seconds in together.items()]
    print(f"{name:30s} together   by hand {base * 1e6:9.1f} µs;  " + "   ".join(ratios), flush=True)
    alone: dict[str, list[float]] = {engine: [] for engine in engines}
    for _ in range(3):
        for engine, row in alone.items():
            row += in_fresh_process(name, [engine], rounds).values()
    by_hand = sorted(alone.pop("by hand"))
    base = by_hand[1]
    ratios = [
        f"{engine} {middle / base:.2f} ({low / base:.2f} to {high / base:.2f})"
        for engine, (low, middle, high) in ((engine, sorted(row)) for engine, row in alone.items())
    ]
    spread = f"({by_hand[0] / base:.2f} to {by_hand[2] / base:.2f})"
    print(f"{name:30s} alone      by hand {base * 1e6:9.1f} µs {spread};  " + "   ".join(ratios), flush=True)


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
    parser.add_argument("--only", default="", help="part of a workload's name")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    args = parser.parse_args()
    for variable in THREADS:
        os.environ[variable] = "1"
    for variable in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(variable, None)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if args.child:
        print(json.dumps(measure(*json.loads(args.child))))
        return
    from workloads import ENGINES, WORKLOADS

    there = [e for e in ENGINES if e == "by hand" or importlib.util.find_spec(e)]
    for missing in sorted(set(ENGINES) - set(there)):
        print(f"not installed, so not compared: {missing}")
    for name in WORKLOADS:
        if args.only in name:
            compare(name, [e for e in there if e in WORKLOADS[name]], args.rounds)
    print(f"import tinygrad_lite takes {import_ratio(args.rounds):.2f} times as long as import numpy")


if __name__ == "__main__":
    main()
