"""Read handwritten digits by comparing with mean images, with a network of linear layers, and with convolutions.

    python examples/digits.py
    python examples/digits.py --seed 1       another split, other first weights

The data are the 1,797 digits that come with scikit-learn, images of 8 × 8 pixels. A quarter of them is held out: the networks
do not learn from these images, and all figures are for them. With other seeds, the figures differ by up to one percent.

Flows in: images. Flows out: how many of the held-out images each model reads correctly, and pictures: which digits are
confused with which, the worst mistakes, and the filters that were learned.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Read handwritten digits: mean images, a network, and convolutions.")
    option = parser.add_argument
    option("--seed", type=int, default=0, help="for the split, the first weights and the batches (0)")
    option("--out", type=Path, default="output/digits", metavar="DIR", help="folder for the pictures (output/digits)")
    option("--quick", action="store_true", help="fewer epochs: the figures are lower")
    return parser


try:
    import matplotlib.pyplot as plt
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    import tinygrad_lite as tg
    from tinygrad_lite import data, nn, optim
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples,data]'")

# --- The images -----------------------------------------------------------------------------------------------------------


class Parts(NamedTuple):
    """Images of shape (n, 1, 8, 8), from 0 (paper) to 1 (ink), and their labels, whole numbers of shape (n,)."""

    x: np.ndarray
    x_test: np.ndarray
    y: np.ndarray
    y_test: np.ndarray


def split_digits(seed: int) -> Parts:
    """The digits in two parts: three quarters to learn from, and a quarter to judge by."""
    images, labels = data.digits(dtype=np.float32)
    return Parts(*data.train_test_split(images, labels, test_size=0.25, seed=seed, stratify=labels))


class Shifted:
    """Batches in random order. Each image is moved by up to one pixel in each direction: it stays the digit that it is.

    A `for` loop over it is one epoch, with other shifts each time.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, batch_size: int, seed: int) -> None:
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        self.places = np.lib.stride_tricks.sliding_window_view(padded, (8, 8), axis=(2, 3))  # (n, 1, 3, 3, 8, 8), no copy
        self.y, self.rng = y, np.random.default_rng(seed)
        self.rows = data.batches(np.arange(len(x)), batch_size=batch_size, shuffle=True, seed=seed)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Any:
        for rows in self.rows:
            down, right = self.rng.integers(3, size=(2, len(rows)))
            yield self.places[rows, :, down, right], self.y[rows]


# --- Three models ---------------------------------------------------------------------------------------------------------


def by_mean_images(parts: Parts) -> np.ndarray:
    """Scores (n, 10): the nearer an image is to the mean image of a digit, the higher the score of this digit."""
    means = np.stack([parts.x[parts.y == digit].mean(axis=0) for digit in range(10)])
    return -np.square(parts.x_test[:, None] - means).sum(axis=(2, 3, 4))


def linear_layers(seed: int) -> nn.Sequential:
    """A multilayer perceptron (MLP): linear layers with relus between them. It does not know which pixels are neighbours."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 256, seed=rng), nn.ReLU(), nn.Dropout(0.4, seed=rng),
        nn.Linear(256, 256, seed=rng), nn.ReLU(), nn.Dropout(0.4, seed=rng),
        nn.Linear(256, 10, seed=rng),
    )  # fmt: skip


def convolutions(seed: int) -> nn.Sequential:
    """A convolutional network (CNN): the same small filters look at every place of the image."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1, seed=rng), nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1, seed=rng), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.2, seed=rng),
        nn.Linear(32 * 4 * 4, 64, seed=rng), nn.ReLU(), nn.Dropout(0.2, seed=rng),
        nn.Linear(64, 10, seed=rng),
    )  # fmt: skip


def accuracy(scores: Any, labels: Any) -> float:
    """The part of the images for which the right digit has the highest score."""
    return float(np.mean(np.argmax(scores, axis=1) == labels))


def train_linear_layers(parts: Parts, epochs: int, seed: int) -> tuple[nn.Module, tg.History]:
    """Train the MLP. With label smoothing, a tenth of each target is spread over all digits: no score has to grow forever."""
    batches = data.batches(parts.x, parts.y, batch_size=32, shuffle=True, seed=seed)
    return train(linear_layers(seed), batches, parts, partial(nn.cross_entropy, label_smoothing=0.1), epochs, 0.003)


def train_convolutions(parts: Parts, epochs: int, seed: int) -> tuple[nn.Module, tg.History]:
    """Train the CNN, on shifted images. The MLP is trained without: each of its weights belongs to one pixel."""
    batches = Shifted(parts.x, parts.y, 32, seed)
    return train(convolutions(seed), batches, parts, nn.cross_entropy, epochs, 0.005)


def train(model: nn.Module, batches: Any, parts: Parts, loss: Any, epochs: int, rate: float) -> tuple[nn.Module, tg.History]:
    """Train with a learning rate that rises to `rate`, and then falls to nearly 0."""
    optimizer = optim.AdamW(model.to(np.float32).parameters(), weight_decay=0.01)
    schedule = optim.OneCycleLR(optimizer, max_lr=rate, total_steps=epochs * len(batches))
    held_out = (parts.x_test, parts.y_test)
    return model, tg.fit(model, batches, loss, optimizer, epochs, validation=held_out, metric=accuracy, schedule=schedule)


def probabilities(model: nn.Module, images: np.ndarray) -> np.ndarray:
    """How sure the model is of each digit, for each image: an array of shape (n, 10)."""
    with tg.no_grad():
        return tg.softmax(model.eval()(images)).to_numpy()


def confusion(guesses: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How often each digit (row) was taken for each digit (column)."""
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, guesses), 1)
    return counts


# --- Pictures -------------------------------------------------------------------------------------------------------------

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#767676"
SIGNS = LinearSegmentedColormap.from_list("signs", [ORANGE, "white", BLUE])


def bare(axes: Any, pixels: np.ndarray, title: str = "", **look: Any) -> None:
    """One small image without scales."""
    axes.imshow(pixels, **look)
    axes.spines[:].set_visible(True)
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=10)


def draw_confusion(counts: np.ndarray) -> Any:
    """The table as a picture: right answers on the diagonal, in grey; mistakes in orange."""
    figure, axes = plt.subplots(figsize=(5.4, 5.2), layout="constrained")
    mistakes = counts * (1 - np.eye(10, dtype=int))
    axes.imshow(
        mistakes, cmap=LinearSegmentedColormap.from_list("mistakes", ["white", ORANGE]), vmin=0, vmax=max(mistakes.max(), 3)
    )
    for (digit, guess), count in np.ndenumerate(counts):
        if count:
            axes.text(guess, digit, count, ha="center", va="center", color=GREY if digit == guess else "black")
    axes.set(xticks=range(10), yticks=range(10), xlabel="the network says", ylabel="it is")
    axes.set_xticks(np.arange(9) + 0.5, minor=True)
    axes.set_yticks(np.arange(9) + 0.5, minor=True)
    axes.grid(which="minor", color="0.9")
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(True)
    return figure


def draw_worst(images: np.ndarray, labels: np.ndarray, sure: np.ndarray) -> Any:
    """The ten images whose right digit got the lowest probability: what they are, what was guessed, and how sure."""
    worst, guesses = np.argsort(sure[np.arange(len(labels)), labels])[:10], sure.argmax(axis=1)
    figure, grid = plt.subplots(2, 5, figsize=(7, 3.7), layout="constrained")
    for axes, i in zip(grid.flat, worst):
        wrong, percent = guesses[i] != labels[i], math.floor(1000 * sure[i].max()) / 10  # rounded down
        title = f"a {labels[i]}\n{'✗' if wrong else '✓'} {guesses[i]}, {percent} % sure"
        bare(axes, images[i, 0], title, cmap="gray_r", vmin=0, vmax=1)
        axes.spines[:].set(color=ORANGE if wrong else GREY, linewidth=2 if wrong else 0.8)
    return figure


def draw_filters(layer: nn.Conv2d, image: np.ndarray) -> Any:
    """The 16 filters of the first convolution, and what each makes of one image."""
    weights = layer.weight.data[:, 0]
    with tg.no_grad():
        maps = np.maximum(layer(image[None]).to_numpy()[0], 0)
    figure = plt.figure(figsize=(7, 3.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 4))
    bare(left.subplots(), image[0], "the image", cmap="gray_r", vmin=0, vmax=1)
    right.suptitle("16 filters: ink on blue adds, on orange subtracts. Below each, what it finds", fontsize=10)
    grid = right.subplots(4, 8)
    for i, (weight, found) in enumerate(zip(weights, maps)):
        row, column, most = 2 * (i // 8), i % 8, np.abs(weights).max()
        bare(grid[row, column], weight, cmap=SIGNS, vmin=-most, vmax=most)
        bare(grid[row + 1, column], found, cmap="gray_r", vmin=0, vmax=maps.max())
    return figure


# --- The command line -----------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Train, tell how well each model reads, and draw."""
    parser = options()
    args = parser.parse_args(argv)
    plt.switch_backend("agg")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        parts = split_digits(args.seed)
    except (OSError, ImportError) as error:
        parser.error(str(error))
    print(f"{len(parts.x):,} images to learn from, {len(parts.x_test)} held out")
    rows = [("mean images", "", accuracy(by_mean_images(parts), parts.y_test), "")]
    for name, training, epochs in (
        ("linear layers (MLP)", train_linear_layers, 8 if args.quick else 40),
        ("convolutions (CNN)", train_convolutions, 4 if args.quick else 25),
    ):
        network, history = training(parts, epochs, args.seed)
        count = sum(p.size for p in network.parameters())
        rows.append((name, f"{count:,}", history["accuracy"][-1], f"{sum(history['seconds']):.0f} s"))
        print(f"\n{network}\n")
    print(f"\n{'held-out images':20}{'parameters':>11}{'right':>9}{'wrong':>7}{'training':>10}")
    for name, count, right, seconds in rows:
        print(f"{name:20}{count:>11}{100 * right:7.1f} %{round((1 - right) * len(parts.y_test)):7}{seconds:>10}")

    sure = probabilities(network, parts.x_test)
    pictures = {
        "confusion.png": draw_confusion(confusion(sure.argmax(axis=1), parts.y_test)),
        "worst.png": draw_worst(parts.x_test, parts.y_test, sure),
        "filters.png": draw_filters(network[0], parts.x_test[0]),
    }
    for name, figure in pictures.items():
        figure.savefig(args.out / name, dpi=110)
    plt.close("all")
    print(f"Pictures of the CNN, in {args.out}: {', '.join(pictures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
