"""Make up names, letter by letter, with four models that look at one letter, three letters, or all letters so far.

    python examples/names.py
    python examples/names.py --temperature 0.7               more ordinary names
    python examples/names.py --names towns.txt               learn from a list of your own, one name in each line

Every model answers the same question: given the letters so far, how probable is each letter as the next one? A name is made
up by drawing one letter after the other at random. The models are a table of counted pairs; the same table, found by gradient
descent; a network that sees three letters; and a small transformer, which sees all letters so far. A fifth of the names is
held out: no model learns from them. So the loss on these names says how well a model guesses the letters of names that are
new to it.

Flows in: the options. Flows out: the loss of each model and ten new names from it, and three pictures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make up names, letter by letter, with four models.")
    option = parser.add_argument
    option("--names", type=Path, metavar="FILE", help="a list to learn from, one name in each line (one that ships)")
    option("--temperature", type=float, default=1.0, metavar="T", help="below 1 for likelier names, above 1 for rarer (1)")
    option("--seed", type=int, default=0, help="for the split, the first weights and the letters that are drawn (0)")
    option("--out", type=Path, default="output/names", metavar="DIR", help="folder for the pictures (output/names)")
    option("--quick", action="store_true", help="a quarter of the epochs")
    return parser


try:
    import matplotlib.pyplot as plt
    import numpy as np

    import tinygrad_lite as tg
    from tinygrad_lite import data, nn, optim
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")

# --- Names as numbers -------------------------------------------------------------------------------------------------

END, IGNORED = 0, -100  # the symbol before and after each name; and what fills up the rows of short names


class Letters:
    """The symbols of a list of names, "·" for the beginning and the end among them, and names as rows of their numbers."""

    def __init__(self, names: Sequence[str]) -> None:
        self.symbols = ["·", *sorted(set("".join(names)))]
        self.longest = max(map(len, names))

    def rows(self, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The letters, shape (names, longest + 1), and in the same place of the second array the letter that follows each."""
        x = np.full((len(names), self.longest + 1), END)
        y = np.full(x.shape, IGNORED)
        for i, name in enumerate(names):
            numbers = [self.symbols.index(letter) for letter in name]
            x[i, 1 : len(name) + 1] = numbers
            y[i, : len(name) + 1] = [*numbers, END]
        return x, y


def loss(logits: Any, y: Any) -> Any:
    """The mean of -log p over all letters, where p is the probability that the model gave to the letter that did follow."""
    return nn.cross_entropy(np.reshape(logits, (-1, logits.shape[-1])), np.ravel(y), ignore_index=IGNORED)


# --- Four models: letters of shape (names, length) in, scores of each next letter (names, length, symbols) out ------------


def pairs(x: np.ndarray, y: np.ndarray, symbols: int) -> tuple[np.ndarray, np.ndarray]:
    """Each letter with the next one, and each pair that can be once more, so that none is impossible."""
    first, second = np.indices((symbols, symbols)).reshape(2, -1)
    return np.append(x[y != IGNORED], first), np.append(y[y != IGNORED], second)


def counted_bigram(x: np.ndarray, y: np.ndarray, symbols: int) -> nn.Embedding:
    """A table with the log of the share of each pair among the pairs with the same first letter."""
    counts = np.zeros((symbols, symbols))
    np.add.at(counts, pairs(x, y, symbols), 1)
    model = nn.Embedding(symbols, symbols)
    model.weight.data = np.log(counts / counts.sum(1, keepdims=True))
    return model


def learned_bigram(x: np.ndarray, y: np.ndarray, symbols: int, steps: int = 400) -> nn.Embedding:
    """The same table by gradient descent, from scores that are all 0."""
    model = nn.Embedding(symbols, symbols)
    nn.init.zeros_(model.weight)
    first, second = pairs(x, y, symbols)
    optimizer = optim.Adam(model.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        nn.cross_entropy(model(first), second).backward()
        optimizer.step()
    return model


class ThreeLetters(nn.Module):
    """tanh(W e + b), and from that the scores: e are the vectors of the last three letters, side by side (Bengio 2003)."""

    def __init__(self, symbols: int, size: int = 8, hidden: int = 32, seed: Any = None) -> None:
        rng = np.random.default_rng(seed)
        self.embedding = nn.Embedding(symbols, size)
        nn.init.normal_(self.embedding.weight, std=0.1, seed=rng)  # near 0, so that what is seen later was learned
        self.hidden = nn.Linear(3 * size, hidden, seed=rng)
        self.output = nn.Linear(hidden, symbols, seed=rng)

    def __call__(self, letters: np.ndarray) -> Any:
        before = np.pad(letters, ((0, 0), (2, 0)), constant_values=END)
        last_three = np.stack([before[:, i : i + letters.shape[1]] for i in range(3)], axis=2)
        e = nn.functional.flatten(self.embedding(last_three), 2)
        return self.output(np.tanh(self.hidden(e)))


class Block(nn.Module):
    """Each letter takes from the letters before it what fits; then a small network changes each (Vaswani et al. 2017)."""

    def __init__(self, size: int, heads: int, rng: Any) -> None:
        self.norm1, self.norm2 = nn.LayerNorm(size), nn.LayerNorm(size)
        self.attention = nn.MultiheadAttention(size, heads, batch_first=True, seed=rng)
        self.wide, self.narrow = nn.Linear(size, 4 * size, seed=rng), nn.Linear(4 * size, size, seed=rng)
        self.dropout = nn.Dropout(0.1, seed=rng)

    def __call__(self, x: Any) -> Any:
        h = self.norm1(x)
        taken, _ = self.attention(h, h, h, need_weights=False, is_causal=True)  # nobody looks at letters to come
        x = x + self.dropout(taken)
        return x + self.dropout(self.narrow(tg.relu(self.wide(self.norm2(x)))))


class Transformer(nn.Module):
    """A vector for each letter plus one for its place, two blocks, and from the result the scores."""

    def __init__(self, symbols: int, longest: int, size: int = 32, heads: int = 4, seed: Any = None) -> None:
        rng = np.random.default_rng(seed)
        self.embedding = nn.Embedding(symbols, size, seed=rng)
        self.places = nn.Embedding(longest + 1, size, seed=rng)
        self.blocks = nn.Sequential(Block(size, heads, rng), Block(size, heads, rng))
        self.norm, self.output = nn.LayerNorm(size), nn.Linear(size, symbols, seed=rng)

    def __call__(self, letters: np.ndarray) -> Any:
        x = self.embedding(letters) + self.places(np.arange(letters.shape[1]))
        return self.output(self.norm(self.blocks(x)))


def train(model: Any, learn: Any, held_out: Any, epochs: int, lr: float, seed: int, progress: Any = None) -> tg.History:
    """AdamW, in batches of 64 names, with steps that become smaller and smaller."""
    optimizer = optim.AdamW(model.parameters(), lr=lr, weight_decay=0.1)
    schedule = optim.CosineAnnealingLR(optimizer, epochs)
    return tg.fit(
        model, learn, loss, optimizer, epochs, 64, validation=[held_out], schedule=schedule, seed=seed, progress=progress
    )


def loss_of(model: nn.Module, x: np.ndarray, y: np.ndarray) -> float:
    """The loss on some names, without dropout and without gradients."""
    with tg.no_grad():
        return loss(model.eval()(x), y).item()


# --- Made-up names --------------------------------------------------------------------------------------------------------


def next_letter(model: Any, letters: list[int], temperature: float, rng: np.random.Generator) -> int:
    """A letter drawn with the probabilities softmax(scores / temperature) of the model."""
    with tg.no_grad():
        p = tg.softmax(model.eval()(np.array([letters]))[0, -1] / temperature)
    return int(rng.choice(p.size, p=p.to_numpy()))


def made_up(
    model: Any, alphabet: Letters, known: set[str], count: int, temperature: float, rng: Any
) -> tuple[list[str], int]:
    """New names, and how many were drawn on the way that are in the list."""
    new: list[str] = []
    in_list = 0
    for _ in range(100 * count):  # a model that has learned its names by heart would go on for ever
        letters = [END]
        while len(letters) <= alphabet.longest and (letter := next_letter(model, letters, temperature, rng)) != END:
            letters.append(letter)
        name = "".join(alphabet.symbols[letter] for letter in letters[1:])
        in_list += name in known
        if name and name not in known and name not in new:
            new.append(name)
        if len(new) == count:
            break
    return new, in_list


# --- Pictures -------------------------------------------------------------------------------------------------------------

COLOURS = {"three letters": "#0072B2", "transformer": "#D55E00"}  # for colour-blind readers too


def draw_pairs(table: np.ndarray, symbols: Sequence[str]) -> Any:
    """The probability of each letter after each letter, as a heat map."""
    figure, axes = plt.subplots(figsize=(7, 5.8))
    image = axes.imshow(np.exp(table), cmap="viridis", vmin=0)
    axes.set_xticks(range(len(symbols)), symbols)
    axes.set_yticks(range(len(symbols)), symbols)
    axes.tick_params(length=0)
    axes.set(xlabel="next letter (· is the end)", ylabel="letter (· is the beginning)")
    figure.colorbar(image, label="probability", shrink=0.8)
    return figure


def draw_letters(vectors: np.ndarray, symbols: Sequence[str]) -> Any:
    """The vectors of the letters along the two directions in which they differ most, their first principal axes."""
    centred = vectors - vectors.mean(0)
    across, up = (centred @ np.linalg.svd(centred)[2][:2].T).T
    figure, axes = plt.subplots(figsize=(7, 5))
    axes.plot(across, up, alpha=0)  # sets the limits
    for letter, x, y in zip(symbols, across, up):
        vowel = letter in "aeiouy"
        colour, weight = ("#D55E00", "bold") if vowel else ("#0072B2", "normal")
        axes.text(
            x, y, {"·": "begin/end"}.get(letter, letter), color=colour, weight=weight, fontsize=14, ha="center", va="center"
        )
    axes.set(xlabel="first principal axis", ylabel="second principal axis")
    axes.set_title("vowels bold and orange, other letters blue", fontsize=10)
    return figure


def draw_losses(histories: dict[str, tg.History], bigram: float) -> Any:
    """The loss by epoch, on the names that were learned from and on those held out."""
    figure, axes = plt.subplots(figsize=(7, 4.4))
    axes.axhline(bigram, color="#777777", linestyle=":", label="bigram, held out")
    for name, history in histories.items():
        axes.plot(history["epoch"], history["validation_loss"], color=COLOURS[name], label=f"{name}, held out")
        axes.plot(history["epoch"], history["loss"], "--", color=COLOURS[name], label=f"{name}, in training")
    axes.set(xlabel="epoch", ylabel="loss (nats per letter)")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False, handlelength=3)
    return figure


# --- The command line -----------------------------------------------------------------------------------------------------


def read(file: Path) -> list[str]:
    """The names in a file, each once, in small letters. Raises ValueError for what is no list of names."""
    names = sorted({line.strip().lower() for line in file.read_text(encoding="utf-8-sig").splitlines()} - {""})
    if len(names) < 20:
        raise ValueError(f"{file} has {len(names)} different names, one in each line. Give at least 20; better 500.")
    if longest := [name for name in names if len(name) > 40 or "·" in name]:
        raise ValueError(f"{longest[0][:50]!r} in {file} has more than 40 letters, or a · in it. Take it out.")
    return names


def main(argv: Sequence[str] | None = None) -> int:
    """Train the four models, tell how good they are, and show what they make up."""
    parser = options()
    args = parser.parse_args(argv)
    plt.switch_backend("agg")  # draws into files, and needs no display
    plt.rcParams.update({"axes.spines.top": False, "axes.spines.right": False, "figure.constrained_layout.use": True})
    if not 0 < args.temperature < np.inf:
        parser.error("--temperature: take a number above 0, such as 0.7")
    try:
        names = read(args.names) if args.names else data.names()
        args.out.mkdir(parents=True, exist_ok=True)
    except UnicodeDecodeError:
        parser.error(f"--names: {args.names} is not a text in UTF-8")
    except OSError as error:
        parser.error(f"cannot open {error.filename}: {error.strerror}")
    except ValueError as error:
        parser.error(f"--names: {error}")
    alphabet = Letters(names)
    symbols, share = len(alphabet.symbols), 4 if args.quick else 1
    learn, held_out = map(alphabet.rows, data.train_test_split(np.array(names), test_size=0.2, seed=args.seed))
    print(f"\n{len(learn[0])} names to learn from, {len(held_out[0])} held out, {symbols - 1} letters.\n")

    models: dict[str, Any] = {
        "bigram, counted": counted_bigram(*learn, symbols),
        "bigram, learned": learned_bigram(*learn, symbols, 400 // share),
        "three letters": ThreeLetters(symbols, seed=args.seed),
        "transformer": Transformer(symbols, alphabet.longest, seed=args.seed),
    }
    histories = {
        name: train(models[name], learn, held_out, epochs // share, lr, args.seed)
        for name, epochs, lr in (("three letters", 40, 0.01), ("transformer", 20, 0.003))
    }
    print("\nThe loss in nats per letter. The perplexity is e to the power of the loss on the names held out.\n")
    print(f"{'':17}{'parameters':>10}{'learned from':>14}{'held out':>10}{'perplexity':>12}")
    for name, model in models.items():
        size, losses = sum(p.size for p in model.parameters()), [loss_of(model, *part) for part in (learn, held_out)]
        print(f"{name:17}{size:10}{losses[0]:14.4f}{losses[1]:10.4f}{np.exp(losses[1]):12.2f}")
    print(f"{'by chance':17}{0:10}{np.log(symbols):14.4f}{np.log(symbols):10.4f}{symbols:12.2f}\n")

    for name, model in models.items():
        new, in_list = made_up(model, alphabet, set(names), 10, args.temperature, np.random.default_rng(args.seed))
        print(f"{name}: {', '.join(new)}")
        print(f"    left out, as they are in the list: {in_list}")
    pictures = {
        "pairs.png": draw_pairs(models["bigram, counted"].weight.data, alphabet.symbols),
        "letters.png": draw_letters(models["three letters"].embedding.weight.data, alphabet.symbols),
        "losses.png": draw_losses(histories, loss_of(models["bigram, counted"], *held_out)),
    }
    for file, figure in pictures.items():
        figure.savefig(args.out / file, dpi=110)
    print(f"\nThe table of pairs, the letters as points, and the losses are in {args.out}: {', '.join(pictures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
