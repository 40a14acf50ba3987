"""Learn to recognize club crests: a convolutional network learns twenty clubs, or the images in your own folders.

    python examples/crests.py                          twenty invented clubs
    python examples/crests.py --images my_crests       your own images, in one sub-folder for each club
    python examples/crests.py --classify photo.png     which club is it? (with the network that was saved before)

The twenty crests are drawn by `draw_crests.py`, which also takes photographs of them: rotated, near or far, partly outside,
on some background, in uneven light, blurred, with noise. The network learns from some photographs and is tested on others,
with other rotations, distances, backgrounds and light. The crests are the same in both, because the network should recognize
them. With the seeds 0, 1 and 2 it was right for 99.9, 99.6 and 99.4 % of 1000 such photographs. Each run took 80 seconds of
processor time.

Flows in: crests, or a folder with images. Flows out: the accuracy; a file with the network; a folder with pictures.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Tell club crests apart with a convolutional network.")
    option = parser.add_argument
    option("--images", type=Path, metavar="DIR", help="learn your own images: a folder with one sub-folder for each class")
    option("--classify", type=Path, nargs="+", metavar="FILE", help="say what these images show, and learn nothing")
    option("--save", type=Path, metavar="FILE", help="the file of the network (crests.safetensors in the folder of --out)")
    option("--epochs", type=int, default=12, help="the number of passes through all photographs (12)")
    option("--quick", action="store_true", help="ten clubs, fewer photographs, 6 epochs: seconds, with more mistakes")
    option("--seed", type=int, default=0, help="for the photographs and the first weights (0)")
    option("--out", type=Path, default="output/crests", metavar="DIR", help="folder for the pictures (output/crests)")
    return parser


try:
    import matplotlib.pyplot as plt
    import numpy as np
    from draw_crests import CLUBS, draw_crest, photograph
    from PIL import Image

    import tinygrad_lite as tg
    from tinygrad_lite import data, nn, optim
except ImportError as error:
    options().parse_known_args()  # answers --help
    missing = "Pillow" if error.name == "PIL" else error.name
    sys.exit(f"This example needs {missing}. In the project's folder, run: python -m pip install -e '.[examples]'")

SIZE = 32  # pixels of a photograph, in height and in width

# --- The network, and what it computes --------------------------------------------------------------------------------


def network(classes: int, seed: int = 0) -> nn.Sequential:
    """Three stages that look for patterns, each in a smaller image; then a score for each class."""
    rng = np.random.default_rng(seed)

    def stage(channels: int, kernels: int) -> list[nn.Module]:
        convolution = nn.Conv2d(channels, kernels, 3, padding="same", seed=rng)
        return [convolution, nn.MaxPool2d(2), nn.BatchNorm2d(kernels), nn.ReLU()]

    model = nn.Sequential(
        *stage(3, 16),  # 32 × 32 pixels become 16 × 16
        *stage(16, 32),  # 8 × 8
        *stage(32, 64),  # 4 × 4
        nn.Flatten(),
        nn.Linear(64 * 4 * 4, classes, seed=rng),
    )
    return model.to(np.float32)  # half the memory of float64, and nearly twice as fast


def probabilities(model: nn.Module, x: np.ndarray) -> np.ndarray:
    """How sure the network is of each class, for images (N, 3, 32, 32): shape (N, classes). Each row adds up to 1."""
    model.eval()  # batch normalization uses what it has learned, and not the mean of this batch
    with tg.no_grad():
        return np.concatenate([tg.softmax(model(batch), axis=1).to_numpy() for batch in data.batches(x, batch_size=250)])


def accuracy(scores: np.ndarray, labels: np.ndarray) -> float:
    """Which part of the images gets the highest score in the right class."""
    return float(np.mean(scores.argmax(axis=1) == labels))


def train(model: nn.Module, x: np.ndarray, y: np.ndarray, test: Any, epochs: int, seed: int) -> tg.History:
    """Adam; the learning rate rises and falls once in the training."""
    optimizer = optim.Adam(model.parameters())
    steps = len(data.batches(x, batch_size=32))
    schedule = optim.OneCycleLR(optimizer, max_lr=4e-3, epochs=epochs, steps_per_epoch=steps)
    return tg.fit(
        model, (x, y), nn.cross_entropy, optimizer, epochs, 32, validation=test, metric=accuracy, schedule=schedule, seed=seed
    )


def nearest_mean(x: np.ndarray, y: np.ndarray, test: np.ndarray) -> np.ndarray:
    """The baseline: minus the distance of each test image from the mean image of each class, as scores."""
    means = np.stack([x[y == label].mean(axis=0) for label in range(y.max() + 1)])
    return np.stack([-((test - mean) ** 2).sum(axis=(1, 2, 3)) for mean in means], axis=1)


# --- The images -------------------------------------------------------------------------------------------------------


def invented_clubs(count: int = len(CLUBS)) -> tuple[list[Any], np.ndarray, list[str]]:
    """The crests of the first clubs as images, their labels, and the names of the clubs."""
    return [draw_crest(club).reduce(2) for club in CLUBS[:count]], np.arange(count), [club.name for club in CLUBS[:count]]


def own_images(folder: Path) -> tuple[list[Any], np.ndarray, list[str]]:
    """The images in a folder, their labels, and the names of the classes, which are those of the sub-folders."""
    x, labels, names = data.image_folder(folder, size=2 * SIZE, mode="RGBA", dtype=np.float32)
    pixels = (255 * x.transpose(0, 2, 3, 1)).round().astype(np.uint8)
    return [Image.fromarray(image) for image in pixels], labels, names


def split(labels: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Which images to learn from, which to test with, and what that means. Of single crests, only photographs can differ."""
    everything = np.arange(len(labels))
    if np.bincount(labels).min() < 4:
        return everything, everything, "other photographs of the same images"
    learn, test = data.train_test_split(everything, test_size=0.25, seed=seed, stratify=labels)
    return learn, test, "photographs of other images: a quarter of all, which it did not learn from"


def photographs(images: list[Any], labels: np.ndarray, count: int, seed: Any) -> tuple[np.ndarray, np.ndarray]:
    """About `count` new photographs, equally many of each image, at least one; and their labels."""
    rng, each = np.random.default_rng(seed), max(1, round(count / len(images)))
    return np.stack([photograph(image, SIZE, rng) for image in images for _ in range(each)]), np.repeat(labels, each)


# --- The pictures -----------------------------------------------------------------------------------------------------


def gallery(path: Path, images: Sequence[Any], titles: Sequence[str], columns: int) -> None:
    """Images in rows, each with a title."""
    rows = -(-len(images) // columns)
    room = 0.1 + 0.16 * (1 + titles[0].count("\n")) if titles[0] else 0.03  # inches
    figure, grid = plt.subplots(rows, columns, figsize=(1.1 * columns, rows * (1.05 + room)), layout="constrained")
    for axes in np.ravel(grid):
        axes.axis("off")
    for axes, image, title in zip(np.ravel(grid), images, titles):
        axes.imshow(image)
        axes.set_title(title, fontsize=8)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def tiles(images: np.ndarray, fill: float) -> np.ndarray:
    """Sixteen small images, shape (16, height, width, ...), as one: four rows of four, with a gap between them."""
    gaps = [(0, 0), (0, 1), (0, 1), *[(0, 0)] * (images.ndim - 3)]
    padded = np.pad(images, gaps, constant_values=fill)
    return np.concatenate([np.concatenate(list(row), axis=1) for row in padded.reshape(4, 4, *padded.shape[1:])])[:-1, :-1]


def show_kernels(path: Path, model: nn.Sequential, photo: np.ndarray) -> None:
    """The kernels of the first convolution as small colour images, and where in a photograph each of them fits."""
    kernels = model[0].weight.to_numpy().transpose(0, 2, 3, 1)
    strongest = np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
    with tg.no_grad():
        fits = np.maximum(model[0](photo[None]).to_numpy()[0], 0)
    fits = fits / np.maximum(fits.max(axis=(1, 2), keepdims=True), 1e-9)
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9, 3.3), layout="constrained")
    left.imshow(photo.transpose(1, 2, 0))
    left.set_title("A photograph")
    middle.imshow(tiles(0.5 + 0.5 * kernels / strongest, 1.0))
    middle.set_title("The 16 kernels, 3 × 3 pixels each")
    right.imshow(tiles(fits, np.nan), cmap="viridis")
    right.set_title("Where each of them fits (yellow)")
    for axes in (left, middle, right):
        axes.axis("off")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def show_confusion(path: Path, counts: np.ndarray, names: list[str]) -> None:
    """How often each class (a row) was taken for each other one (a column)."""
    side = 2.2 + 0.28 * len(names)
    figure, axes = plt.subplots(figsize=(side, side), layout="constrained")
    wrong = counts - np.diag(np.diag(counts))
    axes.imshow(wrong, cmap="Oranges", vmax=max(4, wrong.max()))
    for row, column in zip(*counts.nonzero()):
        weak = row == column
        axes.text(column, row, counts[row, column], ha="center", va="center", fontsize=8, color="0.6" if weak else "black")
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="what the network says", ylabel="what it is")
    figure.savefig(path, dpi=100)
    plt.close(figure)


# --- The command line -------------------------------------------------------------------------------------------------


def classify(files: Sequence[Path], saved: Path) -> None:
    """Say of each image which class it is, and how sure the network is: the three most likely ones."""
    notes = tg.load(saved).metadata
    model = network(len(notes["names"]))
    tg.load(saved, model)
    for file in files:
        image = data.read_image(file, size=notes["size"], mode="RGB", dtype=np.float32)
        [sure] = probabilities(model, image[None])
        best = sure.argsort()[::-1][:3]
        print(f"{file}: " + ", ".join(f"{notes['names'][i]} {sure[i]:.1%}" for i in best))


def tell_mistakes(counts: np.ndarray, names: list[str]) -> None:
    """The classes that were most often taken for another one."""
    wrong = counts - np.diag(np.diag(counts))
    for place in wrong.ravel().argsort()[::-1][: min(3, np.count_nonzero(wrong))]:
        it_is, it_says = divmod(int(place), len(names))
        print(f"  {names[it_is]} was taken for {names[it_says]}: {wrong[it_is, it_says]} of {counts[it_is].sum()}.")


def draw_all(out: Path, model: nn.Sequential, x: np.ndarray, y: np.ndarray, sure: np.ndarray, names: list[str]) -> None:
    """The pictures of a test: photographs, what the kernels see, what was confused with what, and the hardest ones."""
    photos = x.transpose(0, 2, 3, 1)
    gallery(out / "photographs.png", photos[np.random.default_rng(0).permutation(len(x))[:60]], [""] * 60, 10)
    show_kernels(out / "kernels.png", model, x[sure.max(axis=1).argmax()])  # of the one where it is surest
    hardest = sure[range(len(sure)), y].argsort()[:10]  # the right class has the lowest probability here
    verdicts = ["right" if sure[i].argmax() == y[i] else f"no, {names[y[i]]}" for i in hardest]
    titles = [f"{names[sure[i].argmax()]} {sure[i].max():.0%}?\n{verdict}" for i, verdict in zip(hardest, verdicts)]
    gallery(out / "hardest.png", photos[hardest], titles, 5)


def learn(args: argparse.Namespace, saved: Path, images: list[Any], labels: np.ndarray, names: list[str]) -> None:
    """Train, tell the figures, save the network, and draw."""
    count, tests, epochs = (400, 200, 6) if args.quick else (3000, 1000, args.epochs)
    chosen, others, what = split(labels, args.seed)
    start = time.perf_counter()
    x, y = photographs([images[i] for i in chosen], labels[chosen], count, [args.seed, 0])
    test_x, test_y = photographs([images[i] for i in others], labels[others], tests, [args.seed, 1])
    print(f"{len(names)} classes. It learns from {len(x)} photographs, {SIZE} × {SIZE} pixels each.")
    print(f"It is tested on {len(test_x)} that it never saw: {what}.\n")
    baseline = accuracy(nearest_mean(x, y, test_x), test_y)
    print(f"Baseline: the class whose mean photograph is nearest is right for {baseline:.1%}.")
    model = network(len(names), args.seed)
    history = train(model, x, y, (test_x, test_y), epochs, args.seed)
    sure = probabilities(model, test_x)
    print(f"\nThe network is right for {accuracy(sure, test_y):.1%}, after {time.perf_counter() - start:.0f} seconds in all.")
    if args.quick:
        print("This was the quick run. Without --quick it sees more photographs, for longer, and makes fewer mistakes.")
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (test_y, sure.argmax(axis=1)), 1)
    tell_mistakes(counts, names)
    tg.save(saved, model, names=names, size=SIZE)
    print(f"\nThe network is saved. To classify an image:  python {sys.argv[0]} --save {saved} --classify FILE")
    gallery(args.out / "crests.png", [images[int(np.argmax(labels == i))] for i in range(len(names))], names, 5)
    show_confusion(args.out / "confusion.png", counts, names)
    draw_all(args.out, model, test_x, test_y, sure, names)
    history.plot(args.out / "training.png")
    print(f"Pictures, in {args.out}: crests, photographs, kernels, confusion, hardest and training, each with .png")


def main(argv: Sequence[str] | None = None) -> int:
    """Classify, or learn."""
    parser = options()
    args = parser.parse_args(argv)
    if args.epochs < 1:
        parser.error("--epochs: take at least 1; better 12")
    saved = args.save or args.out / "crests.safetensors"
    try:
        if args.classify:
            classify(args.classify, saved)
            return 0
        args.out.mkdir(parents=True, exist_ok=True)
        saved.parent.mkdir(parents=True, exist_ok=True)
        images, labels, names = own_images(args.images) if args.images else invented_clubs(10 if args.quick else len(CLUBS))
    except (OSError, ValueError) as error:
        parser.error(str(error))
    learn(args, saved, images, labels, names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
