"""Find out whether an image is a 3 or a 7, in four ways, as in chapter 4 of the fast.ai book.

    python examples/three_or_seven.py --mnist FOLDER     the folder that has t10k-images-idx3-ubyte.gz, and the labels
    python examples/three_or_seven.py --download         or get these files, 1.7 MB, into the cache
    python examples/three_or_seven.py                    without MNIST: the same with the digits of scikit-learn

The first way learns nothing: is the image nearer to the mean 3, or to the mean 7? The second is a linear model, with its
update written out. The third is the same model again, as a module with an optimizer. The fourth is a network with one hidden
layer of 30 units. A quarter of the images is held out: none of the models learns from them, and all are tested on them.

Flows in: images. Flows out: the accuracy of each way, next to the one in the book; and pictures of what was learned.
(Jeremy Howard and Sylvain Gugger, Deep Learning for Coders with fastai and PyTorch, 2020.)
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="3 or 7? Mean images, a linear model by hand and with nn, a network.")
    option = parser.add_argument
    option("--mnist", type=Path, metavar="FOLDER", help="the folder with MNIST's test images (the cache, if they are there)")
    option("--download", action="store_true", help="if the cache does not have them, download them (1.7 MB)")
    option("--seed", type=int, default=0, help="for the split, the first weights and the batches (0)")
    option("--out", type=Path, default="output/three_or_seven", metavar="DIR", help="folder (output/three_or_seven)")
    option("--quick", action="store_true", help="a quarter of the epochs")
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

BOOK = {"mean images": 95.1, "linear, by hand": 96.9, "network of 30 units": 98.3}  # accuracy in percent, chapter 4

# --- The images -----------------------------------------------------------------------------------------------------------


class Parts(NamedTuple):
    """Images as rows of pixels, from 0 (paper) to 1 (ink), and a column of targets: 1 for a 3, and 0 for a 7."""

    x: np.ndarray
    x_valid: np.ndarray
    y: np.ndarray
    y_valid: np.ndarray


def threes_and_sevens(images: np.ndarray, labels: np.ndarray, seed: int) -> Parts:
    """The 3s and 7s among the images. A quarter of each is held out."""
    chosen = (labels == 3) | (labels == 7)
    x, y = images[chosen].reshape(sum(chosen), -1), np.where(labels[chosen] == 3, 1.0, 0.0)[:, None]
    return Parts(*data.train_test_split(x, y, test_size=0.25, seed=seed, stratify=labels[chosen]))


def load(folder: Path | None, download: bool) -> tuple[np.ndarray, np.ndarray]:
    """The 10,000 test images of MNIST and their labels; if they are not here, the digits of scikit-learn."""
    try:
        return data.mnist(folder, train=False, download=download)
    except (FileNotFoundError, ImportError):
        if folder or download:
            raise
    print("MNIST was not found: no --mnist FOLDER was given, and the cache does not have it. --download downloads it.")
    print("So this uses the digits of scikit-learn: smaller images, 8 × 8 pixels, and fewer of them.\n")
    return data.digits()


# --- Four answers. Each gives scores: above 0 it says 3, below 0 it says 7 ------------------------------------------------


def accuracy(scores: Any, targets: Any) -> float:
    """The part of the images for which the answer is right."""
    return float(np.mean((scores > 0) == (targets == 1)))


def by_mean_images(parts: Parts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mean 3, the mean 7, and for each held-out image how much nearer it is to the mean 3 than to the mean 7."""
    three, seven = (parts.x[parts.y[:, 0] == target].mean(axis=0) for target in (1, 0))
    from_three, from_seven = (np.abs(parts.x_valid - mean).mean(axis=1) for mean in (three, seven))
    return three, seven, (from_seven - from_three)[:, None]


def how_wrong(scores: Any, targets: Any) -> Any:
    """The loss of the book: how far p, the probability of a 3, is from 1 for a 3, and from 0 for a 7, on average."""
    p = tg.sigmoid(scores)
    return np.mean(np.where(targets == 1, 1 - p, p))


def linear_by_hand(parts: Parts, epochs: int, rate: float, seed: int, spread: float = 0.0) -> tuple[tg.Tensor, list[float]]:
    """A weight for each pixel, and a bias. Returns the weights, and the held-out accuracy after each epoch.

    spread: the standard deviation of the weights at the beginning; the book has 1, but 0 is better. In a network, 0 would be
        a mistake: all units would get the same gradient, and stay the same
    """
    rng = np.random.default_rng(seed)
    weights, bias = tg.Tensor(spread * rng.normal(size=(parts.x.shape[1], 1))), tg.Tensor(np.zeros(1))
    batches, accuracies = data.batches(parts.x, parts.y, batch_size=64, shuffle=True, seed=seed), []
    for _ in range(epochs):
        for x, y in batches:
            weights.zero_grad()
            bias.zero_grad()
            loss = how_wrong(x @ weights + bias, y)
            loss.backward()
            with tg.no_grad():
                weights -= rate * weights.grad
                bias -= rate * bias.grad
        accuracies.append(accuracy(parts.x_valid @ weights.data + bias.data, parts.y_valid))
    return weights, accuracies


def train(model: nn.Module, parts: Parts, epochs: int, rate: float, seed: int) -> tg.History:
    """The same loop for any model: `tg.fit` goes through the batches, and an optimizer moves the parameters."""
    optimizer, held_out = optim.SGD(model.parameters(), lr=rate), (parts.x_valid, parts.y_valid)
    return tg.fit(
        model, (parts.x, parts.y), how_wrong, optimizer, epochs, batch_size=64, validation=held_out, metric=accuracy,
        seed=seed, progress=False,
    )  # fmt: skip


def linear_with_modules(pixels: int) -> nn.Module:
    """The linear model again: a layer with one output, whose parameters begin at 0."""
    model = nn.Linear(pixels, 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    return model


def network(pixels: int, seed: int) -> nn.Sequential:
    """30 linear models, each with a relu, and a linear model of what they say."""
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(pixels, 30, seed=rng), nn.ReLU(), nn.Linear(30, 1, seed=rng))


# --- Pictures -------------------------------------------------------------------------------------------------------------

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#767676"
SIDES = LinearSegmentedColormap.from_list("7 or 3", [ORANGE, "white", BLUE])


def show(axes: Any, pixels: np.ndarray, title: str = "", most: float | None = None) -> None:
    """One image: ink on paper; or numbers of both signs up to `most`, orange below 0 and blue above."""
    image, look = pixels.reshape(math.isqrt(pixels.size), -1), {"cmap": "gray_r", "vmin": 0, "vmax": 1}
    axes.imshow(image, **(look if most is None else {"cmap": SIDES, "vmin": -most, "vmax": most}))
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=10)


def draw_means(parts: Parts, three: np.ndarray, seven: np.ndarray) -> Any:
    """The two mean images, and how far a held-out image is from each."""
    figure, axes = plt.subplots(1, 3, figsize=(7, 3.2), layout="constrained")
    image = parts.x_valid[0]
    far = [np.abs(image - mean).mean() for mean in (three, seven)]
    for one, pixels, title in zip(axes, (three, seven, image), ("the mean 3", "the mean 7", "a held-out image")):
        show(one, pixels, title)
    axes[2].set_xlabel(f"{far[0]:.3f} from the mean 3\n{far[1]:.3f} from the mean 7")
    return figure


def draw_weights(weights: np.ndarray, net: nn.Sequential) -> Any:
    """The weights of the linear model, and of the units of the network that count most, each as an image."""
    figure = plt.figure(figsize=(7, 3.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.5))
    show(left.subplots(), weights, "linear: ink on blue says 3, on orange 7", np.abs(weights).max())
    units, votes = net[0].weight.data, net[2].weight.data[0]
    order = np.argsort(-np.abs(votes) * np.linalg.norm(units, axis=1))[:8]
    for axes, unit in zip(right.subplots(2, 4).flat, sorted(order, key=lambda unit: -votes[unit])):
        show(axes, units[unit], f"says {3 if votes[unit] > 0 else 7}", np.abs(units[unit]).max())
    right.suptitle("8 of the 30 units: ink on blue switches a unit on", fontsize=10)
    return figure


def draw_accuracy(baseline: float, linear: Sequence[float], net: Sequence[float]) -> Any:
    """The accuracy on the held-out images, after each epoch."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.axhline(100 * baseline, color=GREY, linestyle=":", label="mean images")
    for accuracies, colour, dashes, label in ((linear, ORANGE, "--", "linear"), (net, BLUE, "-", "network of 30 units")):
        axes.plot(range(1, len(accuracies) + 1), 100 * np.array(accuracies), dashes, color=colour, label=label)
    axes.set(xlabel="epoch", ylabel="held-out images that are right, %")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def draw_worst(parts: Parts, scores: np.ndarray) -> Any:
    """The ten held-out images whose right answer got the lowest probability."""
    p = tg.sigmoid(scores)[:, 0]
    right = np.where(parts.y_valid[:, 0] == 1, p, 1 - p)
    figure, grid = plt.subplots(2, 5, figsize=(7, 3.4), layout="constrained")
    for axes, i in zip(grid.flat, np.argsort(right)):
        wrong, sure = right[i] < 0.5, math.floor(1000 * max(p[i], 1 - p[i])) / 10  # rounded down
        show(axes, parts.x_valid[i], f"{'✗' if wrong else '✓'} {3 if p[i] > 0.5 else 7}, {sure} % sure")
        axes.spines[:].set(color=ORANGE if wrong else GREY, linewidth=2 if wrong else 0.8)
    return figure


# --- The command line -----------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Give the four answers, tell how good they are, and draw what was learned."""
    parser, began = options(), time.perf_counter()
    args = parser.parse_args(argv)
    plt.switch_backend("agg")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        images, labels = load(args.mnist, args.download)
    except (OSError, ValueError, ImportError) as error:
        parser.error(str(error))
    parts, faster = threes_and_sevens(images, labels, args.seed), 4 if args.quick else 1
    samples, pixels = parts.x.shape
    side, held_out = math.isqrt(pixels), len(parts.x_valid)
    print(f"{samples:,} images of {side} × {side} pixels to learn from, {held_out} held out. Training takes some seconds.")

    three, seven, scores = by_mean_images(parts)
    baseline = accuracy(scores, parts.y_valid)
    _, as_the_book = linear_by_hand(parts, 20 // faster, 1.0, args.seed, spread=1.0)
    weights, by_hand = linear_by_hand(parts, 20 // faster, 1.0, args.seed)
    linear = linear_with_modules(pixels)
    with_modules = train(linear, parts, 20 // faster, 1.0, args.seed)["accuracy"]
    net = network(pixels, args.seed)
    history = train(net, parts, 40 // faster, 0.5, args.seed)

    print(f"\n{'held-out images that are right':34}{'here':>8}{'book':>8}")
    answers = (
        ("mean images", baseline), ("linear, by hand", as_the_book[-1]), ("linear, by hand, from 0", by_hand[-1]),
        ("linear, with nn and optim, from 0", with_modules[-1]),
        ("network of 30 units", history["accuracy"][-1]),
    )  # fmt: skip
    for name, right in answers:
        print(f"{name:34}{100 * right:6.1f} %" + (f"{BOOK[name]:6.1f} %" if name in BOOK else ""))
    apart = np.abs(weights.data[:, 0] - linear.weight.data[0]).max()
    print(
        "\nThe linear model of the book begins with random weights, normal with variance 1. Many scores are then far from 0,"
    )
    print("where the sigmoid is flat and gradients are small. It is better to begin at 0. The last two linear models are the")
    print(f"same, by hand and with nn: the largest difference between their weights is {apart:.1g}.\n")
    print("The book has other data: 12,396 images of MNIST to learn from, and all 2,038 of its test images to judge by.")
    print(f"Here one image is {100 / held_out:.1f} points, so differences of a point may be chance. ", end="")
    print(f"{time.perf_counter() - began:.0f} seconds.")

    pictures = {
        "mean_images.png": draw_means(parts, three, seven), "weights.png": draw_weights(weights.data, net),
        "accuracy.png": draw_accuracy(baseline, by_hand, history["accuracy"]),
        "most_wrong.png": draw_worst(parts, net(parts.x_valid).to_numpy()),
    }  # fmt: skip
    for name, figure in pictures.items():
        figure.savefig(args.out / name, dpi=110)
    plt.close("all")
    print(f"Pictures, in {args.out}: {', '.join(pictures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
