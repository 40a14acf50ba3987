"""Train one network on several processes at once, with the same numbers as on one process.

    python examples/data_parallel.py                          one process
    mpiexec -n 2 python examples/data_parallel.py             two: each computes the gradient of half of every batch

Each process has the whole model, and takes its own part of every batch. The gradient of the loss of a batch is a sum over its
samples, so it is the sum of the gradients of all processes. MPI adds them up: `Allreduce` gives the sum to each process. Then
all processes take the same step, and their models stay the same.

Flows in: the options. Flows out: the loss and the accuracy; and with several processes, how far their weights are from those
of the same training on one.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="The same training on several processes and on one. Start it with: "
        "mpiexec -n 2 python examples/data_parallel.py"
    )
    option = parser.add_argument
    option("--points", type=int, default=3000, metavar="N", help="how many points to learn from (3000)")
    option("--batch-size", type=int, default=250, metavar="N", help="how many of them a step uses in all (250)")
    option("--epochs", type=int, default=60, metavar="N", help="the number of passes through all points (60)")
    option("--seed", type=int, default=0, help="for the points, the first weights and the batches (0)")
    option("--quick", action="store_true", help="10 epochs")
    return parser


try:
    import numpy as np
    from mpi4py import MPI

    from tinygrad_lite import data, nn, optim
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[mpi]'")


def network(seed: Any = None) -> nn.Sequential:
    """From the two coordinates of a point to a score for each of three spirals."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Linear(2, 64, seed=rng), np.tanh, nn.Linear(64, 64, seed=rng), np.tanh, nn.Linear(64, 3, seed=rng)
    )


def own_part(array: np.ndarray, comm: Any) -> np.ndarray:
    """The rows of a batch that this process computes. Some processes have one more, if the rows cannot be divided."""
    return np.array_split(array, comm.size)[comm.rank]


def add_up_gradients(model: nn.Module, comm: Any) -> None:
    """Put the sum over all processes into `.grad` of each parameter. All gradients travel in one message."""
    parameters = list(model.parameters())
    together = np.concatenate([np.ravel(p.grad) for p in parameters])
    comm.Allreduce(MPI.IN_PLACE, together, op=MPI.SUM)
    ends = np.cumsum([p.size for p in parameters])
    for p, summed in zip(parameters, np.split(together, ends[:-1])):
        p.grad = summed.reshape(p.shape)


def step(model: nn.Module, optimizer: optim.Optimizer, x: np.ndarray, y: np.ndarray, comm: Any) -> float:
    """One step with a batch, of which each process computes its part. Returns the loss of the whole batch."""
    part = nn.cross_entropy(model(own_part(x, comm)), own_part(y, comm), reduction="sum") / len(x)
    optimizer.zero_grad()
    part.backward()
    add_up_gradients(model, comm)
    optimizer.step()
    return comm.allreduce(part.item())


def train(x: np.ndarray, y: np.ndarray, batch_size: int, epochs: int, seed: int, comm: Any) -> tuple[nn.Sequential, float]:
    """The trained model and its last loss. The same seed gives all processes the same weights and the same batches."""
    model = network(seed)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    batches = data.batches(x, y, batch_size=batch_size, shuffle=True, seed=seed)
    for _ in range(epochs):
        losses = [step(model, optimizer, *batch, comm) for batch in batches]
    return model, float(np.mean(losses))


def largest_difference(one: nn.Module, other: nn.Module) -> float:
    """How far the weights of two models are apart, at most."""
    pairs = zip(one.parameters(), other.parameters())
    return float(max(np.abs(p.data - q.data).max() for p, q in pairs))


def timed(*args: Any) -> tuple[nn.Sequential, float, float]:
    """What `train` returns, and its seconds."""
    start = time.perf_counter()
    model, loss = train(*args)
    return model, loss, time.perf_counter() - start


def main(argv: Sequence[str] | None = None) -> int:
    """Train on all processes that were started, and if there are several, once more on one, to compare."""
    parser, world = options(), MPI.COMM_WORLD
    args = parser.parse_args(argv)
    if min(args.points // 3, args.batch_size, args.epochs) < 1:
        parser.error("--points: take at least 3; --batch-size and --epochs: at least 1. Good are 3000, 250 and 60")
    epochs = 10 if args.quick else args.epochs
    x, y = data.spirals(args.points, noise=0.05, seed=args.seed)
    task = (x, y, args.batch_size, epochs, args.seed)
    model, loss, seconds = timed(*task, world)
    difference = 0.0
    if world.rank == 0:  # only one of the processes prints
        accuracy = np.mean(np.argmax(model(x).data, axis=1) == y)
        print(f"{world.size} process{'es' * (world.size > 1)}: {epochs} epochs in {seconds:.2f} seconds, loss {loss:.6f}.")
        print(f"Of the {len(x)} points, {accuracy:.1%} are on the right spiral.")
        if world.size == 1:
            print("To train on two processes: mpiexec -n 2 python examples/data_parallel.py")
        else:
            alone, loss, seconds = timed(*task, MPI.COMM_SELF)  # a group that consists of this process
            difference = largest_difference(model, alone)
            print(f"1 process: {epochs} epochs in {seconds:.2f} seconds, loss {loss:.6f}.")
            print(f"The weights differ by at most {difference:.1e}{'.' if difference < 1e-10 else ', which is too much!'}")
    return int(world.bcast(difference) > 1e-10)


if __name__ == "__main__":
    sys.exit(main())
