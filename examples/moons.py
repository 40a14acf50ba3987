"""Watch a small network learn to separate two moons: the border between the classes bends, epoch by epoch.

    python examples/moons.py
    python examples/moons.py --loss hinge --noise 0.3

The data are points on two half circles that reach into each other. No straight line separates them. A network with two hidden
layers of 16 units gives each point of the plane a number: above 0 means lower moon, below 0 means upper moon. The points with
the number 0 are the border, which is called the decision boundary. A quarter of the points is kept for testing; the network
never learns from them.

Flows in: the options. Flows out: the loss and the accuracy by epoch; pictures of the boundary as it forms; and a page
that plays the training.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Two moons: how a network bends the border between two classes.")
    option = parser.add_argument
    option("--loss", choices=["logistic", "hinge"], default="logistic", help="the loss (logistic)")
    option("--noise", type=float, default=0.15, metavar="S", help="how far points are from the half circles (0.15)")
    option("--epochs", type=int, default=60, metavar="N", help="the number of passes through all points (60)")
    option("--seed", type=int, default=0, help="for the points, the first weights and the batches (0)")
    option("--out", type=Path, default="output/moons", metavar="DIR", help="folder for the pictures (output/moons)")
    option("--quick", action="store_true", help="20 epochs")
    return parser


try:
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    import tinygrad_lite as tg
    from tinygrad_lite import data, nn, optim
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")


def network(seed: int) -> nn.Sequential:
    """Two coordinates in, one score out."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Linear(2, 16, seed=rng), np.tanh,
        nn.Linear(16, 16, seed=rng), np.tanh,
        nn.Linear(16, 1, seed=rng),
    )  # fmt: skip


# --- Losses and accuracy: a target is 1 for the lower moon, and 0 for the upper one -----------------------------------------


def logistic(scores: Any, targets: Any) -> Any:
    """The surprise −log p at the right class, if p = sigmoid(score) is the probability of the lower moon."""
    return nn.binary_cross_entropy_with_logits(scores, targets)


def hinge(scores: Any, targets: Any) -> Any:
    """0 for a point that is at least 1 on the right side; otherwise how much is missing."""
    return nn.hinge_loss(scores, 2 * targets - 1)


def accuracy(scores: Any, targets: Any) -> Any:
    """The part of the points that are on the right side."""
    return np.mean((scores > 0) == targets)


def train(
    parts: Sequence[np.ndarray], loss: Any, epochs: int, seed: int, progress: bool | None = None
) -> tuple[Any, tg.History]:
    """The network, and its history, which keeps the scores of the plane before the training and after each epoch."""
    x_train, x_test, y_train, y_test = parts
    model = network(seed)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    history = tg.fit(
        model, (x_train, y_train), loss, optimizer, epochs, batch_size=32, validation=(x_test, y_test), metric=accuracy,
        seed=seed, snapshot=True, progress=progress,
    )  # fmt: skip
    return model, history


# --- The picture ----------------------------------------------------------------------------------------------------------

BLUE, ORANGE = "#0072B2", "#D55E00"
BLUE_TO_ORANGE = LinearSegmentedColormap.from_list("answers", ["#8EC3E2", "#FFFFFF", "#F4B183"])


def draw_boundary(axes: Any, history: tg.History, epoch: int, points: np.ndarray, classes: np.ndarray) -> None:
    """The points, the plane in the colours of what the network says of it, and the border between them."""
    x, y = history.scene.axes  # where the scores of the snapshots were computed
    scores = history.snapshots[epoch].reshape(len(y), len(x))
    axes.contourf(x, y, np.tanh(scores / 2), levels=np.linspace(-1, 1, 21), cmap=BLUE_TO_ORANGE)
    if scores.min() < 0 < scores.max():
        axes.contour(x, y, scores, levels=[0], colors="black", linewidths=1.5)
    for number, colour, marker in ((0, BLUE, "o"), (1, ORANGE, "^")):
        axes.scatter(*points[classes == number].T, s=14, color=colour, marker=marker, edgecolor="white", linewidth=0.4)
    axes.set(xticks=[], yticks=[], aspect="equal")
    axes.set_title(f"after {epoch} epochs" if epoch else "before the training", fontsize=10)


def draw_panels(file: Path, history: tg.History, points: np.ndarray, classes: np.ndarray) -> None:
    """The boundary before the training, after a few epochs, after more, and at the end."""
    epochs = [0, 2, max(3, history.epochs // 4), history.epochs]
    figure, panels = plt.subplots(2, 2, figsize=(8, 5.6), layout="constrained")
    for axes, epoch in zip(panels.flat, epochs):
        draw_boundary(axes, history, epoch, points, classes)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def main(argv: Sequence[str] | None = None) -> int:
    """Make the moons, train, tell the figures, and draw the boundaries."""
    parser = options()
    args = parser.parse_args(argv)
    if args.epochs < 4:
        parser.error("--epochs: take at least 4, one for each picture; better 60")
    if not 0 <= args.noise < np.inf:
        parser.error("--noise: take a number from 0 on, such as 0.15")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--out: cannot write into {args.out}: {error.strerror}")
    points, classes = data.moons(400, args.noise, args.seed)
    parts = data.train_test_split(points, classes[:, None].astype(float), seed=args.seed)
    model, history = train(
        parts, {"logistic": logistic, "hinge": hinge}[args.loss], 20 if args.quick else args.epochs, args.seed
    )
    x_train, x_test, y_train, y_test = parts
    print(f"\n{sum(p.size for p in model.parameters())} parameters, {sum(history['seconds']):.1f} seconds.")
    for what, x, y in (("it learned from", x_train, y_train), ("it never saw", x_test, y_test)):
        right = int(((model(x).to_numpy() > 0) == y).sum())
        print(f"Of the {len(x)} points that {what}, {right} are on the right side: {right / len(x):.1%}.")
    draw_panels(args.out / "boundary.png", history, points, classes)
    history.plot(args.out / "loss.png")
    page = history.page(args.out / "training.html", title="Two moons")
    print(f"Pictures are in {args.out}: boundary.png, loss.png. The training is in {page}: open it in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
