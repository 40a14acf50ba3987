"""Fit the quadratic to more points than fit in memory, on the cores of this machine or of a cluster.

    python -m pip install -e '.[dask]'
    python examples/beyond_memory.py --points 1e6 --epochs 8   # a first look: seconds; as it is, minutes
    python examples/beyond_memory.py --points 1e9
    python examples/beyond_memory.py --cluster local           # processes instead of threads
    python examples/beyond_memory.py --cluster tcp://scheduler:8786

The loss is exactly that of quadratic_fit.py. But the points are a dask array: many blocks, each of which exists only while it
is used. A Tensor with this array makes a plan of the computation, and so does the backward pass; nothing is computed until
the program asks for the numbers. The result is small: a loss and three slopes.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any


def options() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=float, default=2e7, help="how many (default 2e7, which is 160 MB for each column)")
    parser.add_argument("--block", type=float, default=2e6, help="points in one block (default 2e6)")
    parser.add_argument("--epochs", type=int, default=24, help="steps of gradient descent (default 24)")
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--cluster", help="'local' for processes on this machine, or the address of a dask scheduler")
    return parser


try:
    import dask
    import dask.array as da
    import numpy as np
    from dask.callbacks import Callback
    from dask.highlevelgraph import HighLevelGraph, MaterializedLayer
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    import tinygrad_lite as tg
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[dask]'")

TRUE, GUESS = (5.0, -3.0, 3.0), (2.0, 3.0, 4.0)


def quad(a: Any, b: Any, c: Any, x: Any) -> Any:
    return a * x**2 + b * x + c


def rmse(actual: Any, guess: Any) -> Any:
    return np.sqrt(np.mean((guess - actual) ** 2))


def loss_and_gradient(params: list[float], x: Any, actual: Any, compute: Any) -> tuple[float, np.ndarray]:
    """Write it all down, then compute: first the loss, then the slopes."""
    leaves = [tg.Tensor(p) for p in params]
    loss = rmse(actual, quad(*leaves, x))
    loss.backward()
    [value] = compute("loss", loss.data)
    slopes = compute("gradient", *(known(leaf.grad, loss.data, value) for leaf in leaves))
    return float(value), np.array(slopes)


def known(array: Any, part: Any, value: Any) -> Any:
    """`array`, with a part of its computation replaced by its value.

    The slopes need the loss, and the loss needs all points. Asked for both at once, dask would keep every block from the one
    pass for the other. With the loss known there are two passes, and each block is made, used and dropped in each.
    """
    layers, dependencies = dict(array.dask.layers), dict(array.dask.dependencies)
    layers[part.name], dependencies[part.name] = MaterializedLayer({(part.name,): value}), set()
    return da.Array(HighLevelGraph(layers, dependencies), array.name, array.chunks, meta=array._meta)


# --- how the work is shown, and who does it ---------------------------------------------------------------------------


class Blocks(Callback):
    """Moves a progress bar by one for each task that is done."""

    def __init__(self, bar: Progress, task: Any) -> None:
        super().__init__(
            start_state=lambda graph, state: bar.update(task, total=sum(map(len, (state["ready"], state["waiting"])))),
            posttask=lambda *_: bar.advance(task),
        )


@contextlib.contextmanager
def workers(cluster: str | None, console: Console) -> Iterator[Any]:
    """What computes: this machine's threads, processes of its own ("local"), or a cluster at an address."""
    if cluster is None:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console, transient=True
        ) as bar:  # fmt: skip
            task = bar.add_task("")

            def with_bar(what: str, *arrays: Any) -> Any:
                bar.reset(task, description=what)
                with Blocks(bar, task):
                    return dask.compute(*arrays, scheduler="threads")

            yield with_bar
        return
    from distributed import Client

    options = {"processes": True, "dashboard_address": None} if cluster == "local" else {"address": cluster}
    with Client(**options) as client:
        console.print(f"workers: {len(client.scheduler_info()['workers'])} at {client.scheduler.address}")
        yield lambda what, *arrays: client.gather(client.compute(list(arrays)))


def in_words(seconds: float) -> str:
    """How long somebody has to wait."""
    return f"{seconds:.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"


def main() -> None:
    parser = options()
    args = parser.parse_args()
    points, block = int(args.points), int(min(args.block, args.points))
    if points < 1 or block < 1 or args.epochs < 0:
        parser.error("--points and --block are at least 1, --epochs at least 0")

    console = Console()
    table = Table("epoch", "loss", "a", "b", "c", "seconds", title=f"{points:,} points in {-(-points // block):,} blocks")
    for column in table.columns:
        column.justify = "right"
    with dask.config.set({"array.chunk-size": 8 * block}), workers(args.cluster, console) as compute:
        x = da.linspace(-5, 5, points, chunks=block)
        actual = quad(*TRUE, x)  # in earnest: da.from_zarr, da.from_npy_stack, a column of a dask dataframe, ...
        params, start = np.array(GUESS), time.perf_counter()
        if points * (args.epochs + 1) > 1e8:
            console.print(
                f"{points:,} points, {args.epochs} epochs: that takes minutes. For a first look, in seconds:\n"
                "  python examples/beyond_memory.py --points 1e6 --epochs 8"
            )
        for epoch in range(args.epochs + 1):
            value, slopes = loss_and_gradient(list(params), x, actual, compute)
            if epoch in (0, args.epochs) or (epoch & (epoch - 1)) == 0:
                numbers = [f"{number:.4f}" for number in (value, *params)]
                table.add_row(str(epoch), *numbers, f"{time.perf_counter() - start:.1f}")
            params = params - args.learning_rate * slopes
            if epoch == 0 and args.epochs:
                took = time.perf_counter() - start
                console.print(
                    f"The first pass took {took:.1f} s, so the others will take about {in_words(took * args.epochs)}."
                )
    console.print(table)
    console.print(f"Each column alone takes {points * 8 / 1e9:.2f} GB. Never more than a few blocks of it existed at a time.")


if __name__ == "__main__":
    main()
