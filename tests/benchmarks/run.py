"""How fast, compared with writing the gradient by hand and with other engines. It reports; it does not fail.

    python -m pip install -e '.[peers]'
    python tests/benchmarks/run.py [--rounds 31] [--only quadratic]

One thread. First all engines in one process, their steps in turn; then each alone in a fresh process beside the by-hand
version, which is what a user gets, and can take twice as long on large arrays: no other engine keeps the memory warm. Every
figure is the median of the rounds; the ratio is to the by-hand gradient of the same process. Values are compared first.
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


def in_fresh_process(name: str, engines: list[str], rounds: int) -> dict[str, list[float]]:
    arguments = [sys.executable, __file__, "--child", json.dumps([name, engines, rounds])]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def show(name: str, setting: str, seconds: dict[str, list[float]]) -> None:
    base = statistics.median(seconds["by hand"])
    parts = [f"{engine} {statistics.median(s) / base:.2f}" for engine, s in seconds.items() if engine != "by hand"]
    print(f"{name:30s} {setting:10s} by hand {base * 1e6:9.1f} µs;  " + "   ".join(parts), flush=True)


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
            show(name, "together", in_fresh_process(name, there, args.rounds))
            for engine in there[1:]:
                show(name, "alone", in_fresh_process(name, ["by hand", engine], args.rounds))
    print(f"import tinygrad_lite takes {import_ratio(args.rounds):.2f} times as long as import numpy")


if __name__ == "__main__":
    main()
