"""Fit any curve with a small network: one hidden layer, whose units are bumps that are added up.

    python examples/any_function.py                                   the curve sin(x) + x/3
    python examples/any_function.py "abs(x) - cos(3*x)" --units 32    an expression in x
    python examples/any_function.py 3 1 4 1 5 9 2 6                   numbers, at x = 0, 1, 2, …
    python examples/any_function.py --csv weather.csv --x day --y temperature

A straight line cannot bend, but tanh can. A bump v · tanh(w x + b) is a step with rounded corners: b says where it is, w how
steep it is, and v how high it is. The network is a sum of bumps, and training finds the numbers w, b and v of each bump.

Flows in: a curve. Flows out: the error before and after; a picture of the curve, the fit and its bumps; and a page
that plays the training.
"""

from __future__ import annotations

import argparse
import ast
import csv
import operator
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fit any curve with a network of one hidden layer, and draw its bumps.")
    option = parser.add_argument
    option("curve", nargs="*", default=["sin(x) + x/3"], help='an expression such as "sin(x) + x/3", or numbers')
    option("--csv", type=Path, metavar="FILE", help="take the curve from two columns of this file")
    option("--x", metavar="NAME", help="with --csv: the name of the column with x")
    option("--y", metavar="NAME", help="with --csv: the name of the column with y")
    option("--between", type=float, nargs=2, default=(-5, 5), metavar=("A", "B"), help="for an expression: its ends (-5 5)")
    option("--units", type=int, default=16, metavar="N", help="how many bumps (16)")
    option("--epochs", type=int, default=200, metavar="N", help="the number of passes through all points (200)")
    option("--seed", type=int, default=0, help="for the first weights and the batches (0)")
    option("--out", type=Path, default="output/any_function", metavar="DIR", help="folder (output/any_function)")
    option("--quick", action="store_true", help="60 epochs")
    return parser


try:
    import matplotlib.pyplot as plt
    import numpy as np

    import tinygrad_lite as tg
    from tinygrad_lite import nn, optim
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")

# --- The curve: from an expression, from numbers, or from a file ----------------------------------------------------------

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "arctan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign, "floor": np.floor,
}  # fmt: skip
OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Mod: operator.mod, ast.Pow: operator.pow, ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
LONGEST = 200  # characters of an expression; it cannot be nested deeper than it is long


def evaluate(text: str, x: np.ndarray) -> np.ndarray:
    """The values of an expression such as "sin(x) + x/3". Only arithmetic, x, numbers and the functions above are computed.

    All numbers are floats of NumPy. So 9**9**9 is infinite at once, where whole numbers would need hundreds of megabytes.
    """
    if len(text) > LONGEST:
        raise ValueError(f"The expression has {len(text)} characters. Write one with at most {LONGEST}.")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(f"{text!r} is not an expression. Write it as in Python, such as 2*x + sin(x).") from None

    def value(node: Any) -> Any:
        match node:
            case ast.Name(id="x"):
                return x
            case ast.Name(id="pi" | "e"):
                return np.float64(getattr(np, node.id))
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                return np.float64(node.value)
            case ast.UnaryOp() if type(node.op) in OPERATORS:
                return OPERATORS[type(node.op)](value(node.operand))
            case ast.BinOp() if type(node.op) in OPERATORS:
                return OPERATORS[type(node.op)](value(node.left), value(node.right))
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
                return FUNCTIONS[name](value(argument))
            case ast.BinOp(op=ast.BitXor()):
                raise ValueError("^ is not a power in Python. Write ** in its place, such as x**2.")
        known = ", ".join(FUNCTIONS)
        raise ValueError(f"{ast.unparse(node)!r} is not known here. There are x, pi, e, numbers, + - * / % **, and {known}.")

    with np.errstate(all="ignore"):
        y = np.broadcast_to(value(tree), x.shape)
    if not np.isfinite(y).all():
        where = x[~np.isfinite(y)][0]
        raise ValueError(f"{text} is not a finite number at x = {where:.3g}. Choose other ends, such as --between 1 5.")
    return y


def columns(file: Path, x: str | None, y: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Two columns of a CSV file whose first line has their names."""
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = csv.DictReader(lines, restval="")
        names = rows.fieldnames or []
        for name, option in ((x, "--x"), (y, "--y")):
            if name not in names:
                raise ValueError(f"{option} has to be the name of a column. {file} has: {', '.join(names)}")
        numbers = []
        for row in rows:
            try:
                numbers.append([float(row[name]) for name in (x, y)])
            except ValueError as error:
                raise ValueError(f"{file}, line {rows.line_num}: {error}. Both columns have to be numbers.") from None
    return tuple(np.array(sorted(numbers)).reshape(-1, 2).T)


def points(args: Any) -> tuple[np.ndarray, np.ndarray]:
    """The curve that was asked for, as arrays x and y."""
    if args.csv:
        x, y = columns(args.csv, args.x, args.y)
    elif len(args.curve) == 1:
        x = np.linspace(*args.between, 200)
        y = evaluate(args.curve[0], x)
    else:
        try:
            y = np.array([float(number.strip(",")) for number in args.curve])
        except ValueError as error:
            raise ValueError(f'{error}. An expression needs quotes around it, such as "sin(x) + x/3".') from None
        x = np.arange(len(y), dtype=float)
    if len(x) < 3 or np.ptp(x) == 0 or not np.isfinite([x, y]).all():
        raise ValueError("A curve needs at least 3 points, at different x, with finite numbers.")
    return x, y


# --- The network, and its training ----------------------------------------------------------------------------------------


class Bumps(nn.Module):
    """c + v₁ tanh(w₁ x + b₁) + v₂ tanh(w₂ x + b₂) + …, for x from −1 to 1, of shape (n, 1)."""

    def __init__(self, units: int, seed: Any = None) -> None:
        rng = np.random.default_rng(seed)
        self.hidden = nn.Linear(1, units, seed=rng)  # all w and b
        self.output = nn.Linear(units, 1, seed=rng)  # all v, and c
        # Spread the bumps over the curve, each as steep as its share is narrow (Nguyen and Widrow 1990).
        steepness, places = 0.7 * units, np.linspace(-1, 1, units)
        self.hidden.weight.data = np.full((units, 1), steepness)
        self.hidden.bias.data = -steepness * places

    def __call__(self, x: Any) -> Any:
        return self.output(np.tanh(self.hidden(x)))

    def apart(self, x: np.ndarray) -> np.ndarray:
        """Each bump by itself: an array of shape (n, units)."""
        with tg.no_grad():
            return (self.output.weight * np.tanh(self.hidden(x))).to_numpy()


class Scale:
    """Numbers from −1 to 1 in the place of those of the curve, so that every curve is as easy to learn as any other."""

    def __init__(self, values: np.ndarray) -> None:
        self.middle, self.half = (values.max() + values.min()) / 2, np.ptp(values) / 2 or 1.0

    def down(self, values: Any) -> Any:
        return (values - self.middle) / self.half

    def up(self, values: Any) -> Any:
        return values * self.half + self.middle


def network(x: np.ndarray, y: np.ndarray, units: int, seed: Any = None) -> nn.Sequential:
    """From the x of the curve to its y, both of shape (n, 1)."""
    return nn.Sequential(Scale(x).down, Bumps(units, seed), Scale(y).up)


def train(model: Any, x: np.ndarray, y: np.ndarray, epochs: int, seed: int = 0, progress: bool | None = None) -> tg.History:
    """Fit the network to the points, in about ten batches per epoch. The history keeps the curve of each epoch."""
    down = Scale(y).down  # the loss is that of the scaled curves, so that its gradients are neither huge nor tiny
    optimizer = optim.Adam(model.parameters(), lr=0.03)
    schedule = optim.CosineAnnealingLR(optimizer, epochs)  # smaller and smaller steps, down to 0
    return tg.fit(
        model, (x[:, None], y[:, None]), lambda fit, y: nn.mse_loss(down(fit), down(y)), optimizer, epochs,
        batch_size=max(1, len(x) // 10), schedule=schedule, seed=seed, snapshot=True, progress=progress,
    )  # fmt: skip


def values(model: Any, x: np.ndarray) -> np.ndarray:
    """What the network says at each x, as a plain array."""
    return model(x[:, None]).to_numpy()[:, 0]


# --- The picture ----------------------------------------------------------------------------------------------------------

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#BBBBBB"


def draw_curves(axes: Any, x: np.ndarray, y: np.ndarray, grid: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    """The points, and the curve of the network before and after the training."""
    few = len(x) <= 50  # points that can be seen one by one
    axes.plot(x, y, "o", color="black" if few else GREY, markersize=5, zorder=3 if few else 1, label="the points")
    axes.plot(grid, before, "--", color=ORANGE, label="before the training")
    axes.plot(grid, after, color=BLUE, linewidth=2, label="after it")
    axes.set(ylabel="y")


def draw_bumps(axes: Any, grid: np.ndarray, bumps: np.ndarray) -> None:
    """Each bump by itself, from the dark ones on the left to the light ones on the right."""
    for bump, colour in zip(bumps.T, plt.get_cmap("viridis")(np.linspace(0, 0.9, bumps.shape[1]))):
        axes.plot(grid, bump, color=colour, linewidth=1.2)
    axes.set(xlabel="x", ylabel="v · tanh(w x + b)")


def draw(file: Path, x: np.ndarray, y: np.ndarray, start: Any, model: Any) -> None:
    """The curves before and after, and below them the bumps that the last one is the sum of."""
    figure, (upper, lower) = plt.subplots(2, 1, figsize=(7, 6.4), sharex=True, layout="constrained")
    grid = np.linspace(x.min(), x.max(), 400)
    draw_curves(upper, x, y, grid, values(start, grid), values(model, grid))
    upper.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
    bumps = model[1].apart(Scale(x).down(grid)[:, None]) * Scale(y).half
    draw_bumps(lower, grid, bumps)
    lower.set_title(f"the {bumps.shape[1]} bumps: their sum, and a constant, is the curve", fontsize=10)
    for axes in (upper, lower):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def main(argv: Sequence[str] | None = None) -> int:
    """Fit the curve that was asked for, tell how well, and draw it."""
    parser = options()
    words = sys.argv[1:] if argv is None else argv
    words = [f" {word}" if word[:1] == "-" and word[1:2] not in "-h" else word for word in words]  # -x**2 is no option
    args = parser.parse_args(words)
    if args.units < 1 or args.epochs < 1:
        parser.error("--units and --epochs: take whole numbers from 1 on, such as 16 and 200")
    try:
        x, y = points(args)
        args.out.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    start, model = network(x, y, args.units, args.seed), network(x, y, args.units, args.seed)
    history = train(model, x, y, 60 if args.quick else args.epochs, args.seed)
    before, after = (np.mean((values(each, x) - y) ** 2) for each in (start, model))
    parameters = sum(p.size for p in model.parameters())
    print(f"\n{args.units} bumps, {parameters} parameters, {sum(history['seconds']):.1f} seconds of training.")
    print(f"The mean squared error was {before:.3g} before the training, and is {after:.3g} after it.")
    print(f"Its root, the RMSE, is {after**0.5:.3g}, where y goes from {y.min():.3g} to {y.max():.3g}.")
    draw(args.out / "curve.png", x, y, start, model)
    page = history.page(args.out / "training.html", title=args.csv.name if args.csv else " ".join(args.curve).strip())
    print(f"The curve and its bumps are in {args.out / 'curve.png'}, the training in {page}: open it in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
