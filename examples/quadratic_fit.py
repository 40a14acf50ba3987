"""Fit a quadratic by gradient descent. The gradient is computed by a Tensor, not derived on paper.

Somebody drew the curve 5x² − 3x + 3. We see its points but not its numbers. We guess 2x² + 3x + 4, measure how wrong the
guess is (the loss), and step against the gradient of the loss, again and again, until the guess fits.

    python examples/quadratic_fit.py                                   the whole story
    python examples/quadratic_fit.py --optimizer adam --guess 0 0 0    a run of your own

Flows in: the options. Flows out: a page on the terminal, and in a folder two plots and the computation graph of the loss.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Fit a quadratic by gradient descent, and tell the story of it. With any of the first four options: one "
        "run of your own instead. The optimizers: descent at a fixed rate, or decay of it, down the RMSE; mse, descent "
        "down the MSE; adam, down the MSE too."
    )
    option = parser.add_argument
    option("--optimizer", choices=["descent", "decay", "mse", "adam"], help="how to step (descent)")
    option("--learning-rate", type=float, metavar="R", help="how far to step: R times the gradient (the optimizer's own)")
    option("--epochs", type=int, metavar="N", help="how many steps (the optimizer's own)")
    option("--guess", type=float, nargs=3, metavar=("A", "B", "C"), help="where to start (2 3 4)")
    option("--out", type=Path, default="output", metavar="DIR", help="folder for the pictures (output)")
    option("--quiet", action="store_true", help="write the pictures, and print nothing but errors")
    option("--show", action="store_true", help="also open the plots in windows")
    return parser


try:
    import matplotlib.pyplot as plt
    import numpy as np
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import track
    from rich.table import Table

    import tinygrad_lite as tg
except ImportError as error:
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")

# --- The curve, the guess and the loss: plain NumPy -------------------------------------------------------------------


def quad(a: Any, b: Any, c: Any, x: Any) -> Any:
    """The model: a quadratic with three parameters."""
    return a * x**2 + b * x + c


def mse(actual: Any, guess: Any) -> Any:
    """The mean squared error."""
    return np.mean((guess - actual) ** 2)


def rmse(actual: Any, guess: Any) -> Any:
    """Its root: the loss of this story."""
    return np.sqrt(mse(actual, guess))


CURVE, GUESS = np.array([5.0, -3.0, 3.0]), np.array([2.0, 3.0, 4.0])
x = np.linspace(-5, 5, 100)
actual = quad(*CURVE, x)


def loss_at(params: np.ndarray) -> float:
    """The loss as a function of what is to be found: a, b and c."""
    return float(rmse(actual, quad(*params, x)))


# --- The gradient of the loss, in three ways --------------------------------------------------------------------------


def by_hand(params: np.ndarray, target: np.ndarray = actual) -> np.ndarray:
    """The slopes of the RMSE in a, b and c, worked out on paper with the chain rule. The error is the one to `target`."""
    guess = quad(*params, x)
    error = guess - target
    return np.array([np.mean(error * x**2), np.mean(error * x), np.mean(error)]) / rmse(actual, guess)


def by_differences(params: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Move one parameter a little up and a little down, and see how far the loss moves."""
    return np.array([(loss_at(params + move) - loss_at(params - move)) / (2 * step) for move in step * np.eye(3)])


def by_autograd(params: np.ndarray, measure: Callable[..., Any] = rmse) -> np.ndarray:
    """Compute the loss with Tensors, and run the backward pass. This needs no formula, whatever the loss."""
    a, b, c = (tg.Tensor(p) for p in params)
    loss = measure(actual, quad(a, b, c, x))
    loss.backward()
    return np.array([a.grad, b.grad, c.grad])


def by_the_post(params: np.ndarray) -> np.ndarray:
    """A formula with a mistake: it takes the error from a curve with c = 2, and the RMSE from the one with c = 3."""
    return by_hand(params, target=quad(5, -3, 2, x))


# --- Descending: an optimizer yields the parameters after one epoch, and the next, and the next -----------------------


def descent(gradient: Any, params: np.ndarray, rate: float, shrink: float = 1.0) -> Iterator[np.ndarray]:
    """Step against the gradient. With `shrink` the learning rate gets that much smaller every epoch."""
    for epoch in itertools.count():
        params = params - rate * shrink**epoch * gradient(params)
        yield params


def adam(gradient: Any, params: np.ndarray, rate: float) -> Iterator[np.ndarray]:
    """Adam (Kingma and Ba 2015): for each parameter a step of its own size, from running means of g and of g²."""
    mean, square = np.zeros(3), np.zeros(3)
    for epoch in itertools.count(1):
        g = gradient(params)
        mean = 0.9 * mean + 0.1 * g
        square = 0.999 * square + 0.001 * g**2
        params = params - rate * (mean / (1 - 0.9**epoch)) / (np.sqrt(square / (1 - 0.999**epoch)) + 1e-8)
        yield params


OPTIMIZERS: dict[str, tuple[Any, Any, float, int]] = {  # how to step, down which loss, learning rate, epochs
    "descent": (descent, rmse, 0.1, 1000),
    "decay": (partial(descent, shrink=0.993), rmse, 0.1, 3000),
    "mse": (descent, mse, 0.007, 3000),
    "adam": (adam, mse, 0.5, 500),  # not down the RMSE: there it would hover, like all that keep their rate
}
Run = tuple[np.ndarray, list[float]]  # the last parameters, and the RMSE at the guess and after every epoch
console = Console(highlight=False)


def fit(optimizer: Any, gradient: Any, guess: np.ndarray, rate: float, epochs: int) -> Run:
    """Take the steps. Stop early where there is no next one: on the very curve, and where numbers get too large."""
    steps, params, losses = optimizer(gradient, guess, rate), guess, [loss_at(guess)]
    no_bar = console.quiet or not console.is_terminal or epochs < 5000  # done before one could read it
    for _ in track(range(epochs), "Descending", console=console, transient=True, disable=no_bar):
        if losses[-1] == 0 or not math.isfinite(losses[-1]):
            break
        params = next(steps)
        losses.append(loss_at(params))
    return params, losses


# --- Telling it -------------------------------------------------------------------------------------------------------


def tell_story() -> list[dict[str, Run]]:
    """The three parts of the story. Returns the runs of part 2 and those of part 3."""
    console.print(
        f"\nSomebody drew {formula(CURVE)} at 100 points. We see the points, not the numbers, and guess {formula(GUESS)}. "
        "The [bold]loss[/], the root of the mean squared error (RMSE), says how wrong the guess is: "
        f"{loss_at(GUESS):.4f}. To make it smaller, step against its [bold]gradient[/].\n"
    )
    table = new_table("1  The gradient at the guess", "", "in a", "in b", "in c", "off by")
    truth = by_hand(GUESS)
    for way, g in (
        ("by hand, with pen and paper", truth),
        ("by finite differences", by_differences(GUESS)),
        ("by autograd: loss.backward()", by_autograd(GUESS)),
        ("✗ by a formula with a mistake", by_the_post(GUESS)),
    ):
        off = np.linalg.norm(g - truth) / np.linalg.norm(truth)
        table.add_row(way, *(f"{slope:.6f}" for slope in g), f"{100 * off:.1f} %" if off > 1e-6 else f"{off:.0g}")
    console.print(table)
    console.print(
        "Three ways give the same answer, and backward() needed no formula. The last row is from a blog post. Its formula "
        "mixes two curves: the RMSE is that to the curve with c = 3, but the error is that to a curve with c = 2. So it is "
        "[bold]not the gradient of its own loss[/]. It still points nearly downhill, so the loss falls, and nobody notices.\n"
    )
    descents = {
        "true gradient": fit(descent, by_autograd, GUESS, 0.1, 24),
        "✗ with the mistake": fit(descent, by_the_post, GUESS, 0.1, 24),
    }
    epochs = [0, 1, 6, 12, 18, 24]
    table = new_table("2  Descent: in each epoch a step of 0.1 × gradient", "loss after epoch", *map(str, epochs))
    for name, (_, losses) in descents.items():
        table.add_row(name, *(f"{losses[epoch]:.4f}" for epoch in epochs))
    console.print(table)
    console.print()
    settings = [(name, rate, epochs) for name, (_, _, rate, epochs) in OPTIMIZERS.items()]
    runs = tell_runs("3  More epochs make it worse, unless ...", settings, GUESS)
    before, last = runs["descent"][1][-2:]
    console.print(
        f"Descent ends up at {before:.2f}, {last:.2f}, {before:.2f}, {last:.2f}, for ever. The RMSE is a cone, not a bowl: "
        "its slope does not shrink near the minimum, so steps at a fixed rate jump across it. There are two cures: let the "
        "rate shrink (decay: by 0.7 % per epoch), or use a loss whose slope does shrink, the MSE.\n"
    )
    return [descents, runs]


def tell_own_run(name: str, guess: np.ndarray, rate: float, epochs: int) -> list[dict[str, Run]]:
    """A run of the reader's own, and what to make of it."""
    console.print()
    runs = tell_runs(f"{name}, from {formula(guess)}", [(name, rate, epochs)], guess)
    params, losses = runs[name]
    if not math.isfinite(losses[-1]):
        verdict = "[bold]It diverged[/]: the steps jumped further and further past the minimum, until the numbers were too "
        verdict += f"large for floating point. Try a smaller --learning-rate, such as {OPTIMIZERS[name][2]}."
    elif np.abs(params - CURVE).max() < 5e-7:
        verdict = f"[bold]Found[/], to 6 digits: {formula(params)}."
    elif any(new > old for old, new in itertools.pairwise(losses[-10:])):
        verdict = "[bold]It jumps to and fro[/]. Try a smaller --learning-rate, or --optimizer decay with more --epochs."
    else:
        verdict = "[bold]Not there yet[/], but the loss still falls. Try more --epochs or a larger --learning-rate."
    console.print(verdict + "\n")
    return [runs]


def tell_runs(title: str, settings: list[tuple[str, float, int]], guess: np.ndarray) -> dict[str, Run]:
    """Descend with each of these settings (optimizer, learning rate, epochs), and show where that ends."""
    table, runs = new_table(title, "", "loss", "rate", "epochs", "a", "b", "c", "RMSE"), {}
    for name, rate, epochs in settings:
        optimizer, measure, _, _ = OPTIMIZERS[name]
        params, losses = runs[name] = fit(optimizer, partial(by_autograd, measure=measure), guess, rate, epochs)
        digits = ".6f" if np.abs(params).max() < 1e6 else ".0e"
        numbers = *(format(p, digits) for p in params), f"{losses[-1]:.3g}"
        table.add_row(name, measure.__name__.upper(), f"{rate:g}", f"{len(losses) - 1:,}", *numbers)
    console.print(table)
    return runs


def new_table(title: str, *columns: str) -> Table:
    """A table of words in the first column and numbers in the others."""
    table = Table(title=title, title_justify="left", title_style="bold", box=box.HORIZONTALS, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", no_wrap=True)
    return table


def formula(params: np.ndarray) -> str:
    """The quadratic as people write it: 5x² − 3x + 3."""
    return "{:.6g}x² + {:.6g}x + {:.6g}".format(*params).replace("+ -", "− ").replace("-", "−")


# --- The pictures: colours by Okabe and Ito (2008), for colour-blind readers; dashes say the same once more -----------


def plot_fit(path: Path, guess: np.ndarray, run: Run) -> None:
    """The points, and the quadratic before and after the fit."""
    params, losses = run
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    axes.plot(x, actual, "o", color="#BBBBBB", markersize=7, label="the curve")
    axes.plot(x, quad(*guess, x), color="#D55E00", linestyle="--", label=f"the guess {formula(guess)}")
    if math.isfinite(losses[-1]):
        axes.plot(x, quad(*params, x), color="#0072B2", label=f"after {len(losses) - 1:,} epochs")
    axes.set(xlabel="x", ylabel="y")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def jumps(losses: Sequence[float]) -> bool:
    """Whether a run is too long to show each epoch, and its loss goes up and down all the time."""
    return len(losses) > 100 and bool(np.mean(np.diff(np.sign(np.diff(losses))) != 0) > 0.3)


def edges(losses: np.ndarray, width: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """The smallest and the largest loss around each epoch."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(losses, width // 2, mode="edge"), width)
    return around.min(axis=1), around.max(axis=1)


def plot_losses(path: Path, panels: list[dict[str, Run]]) -> None:
    """The loss by epoch, a panel for each group of runs.

    A loss that jumps up and down all the time is drawn as a band; if it is alone, its first epochs are shown one by one, too.
    """
    styles = [("#0072B2", "-"), ("#D55E00", "--"), ("#009E73", "-."), ("#000000", ":")]
    alone = len(panels) == 1 and len(panels[0]) == 1 and jumps(next(iter(panels[0].values()))[1])
    if alone:
        panels = [{name: (params, losses[:31]) for name, (params, losses) in panels[0].items()}, *panels]
    figure, row = plt.subplots(1, len(panels), figsize=(2 + 5 * len(panels), 4.5), layout="constrained")
    for axes, runs in zip(np.ravel(row), panels):
        for (name, (_, losses)), (color, dashes) in zip(runs.items(), styles):
            label, shown = name.removeprefix("✗ "), np.maximum(losses, 1e-16)  # 0 has no logarithm
            if jumps(losses):
                low, high = edges(shown)
                axes.fill_between(range(len(shown)), low, high, color=color, alpha=0.25, linewidth=0)
                axes.semilogy(low, color=color, linestyle=dashes, linewidth=1)
                axes.semilogy(high, color=color, linestyle=dashes, linewidth=1)
                least, most = (f"{loss:,.0f}" if loss >= 1000 else f"{loss:.3g}" for loss in (low[-2], high[-2]))
                axes.plot([], color=color, linestyle=dashes, label=f"{label} → between {least} and {most}")
            else:
                marker, label = ("o", f"{label}, the first 30 epochs") if alone else ("", f"{label} → {losses[-1]:.3g}")
                axes.semilogy(shown, marker=marker, markersize=4, color=color, linestyle=dashes, label=label)
        axes.set(xlabel="epoch", ylabel="loss (RMSE)")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False, handlelength=3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def draw_graph(path: Path, params: np.ndarray, measure: Callable[..., Any]) -> Path:
    """The computation graph of the loss. Everything is a Tensor with a name here, so that the picture has the names."""
    a, b, c = (tg.Tensor(p, name=name) for p, name in zip(params, "abc"))
    guess = quad(a, b, c, tg.Tensor(x, requires_grad=False, name="x"))
    loss = measure(tg.Tensor(actual, requires_grad=False, name="actual"), guess)
    guess.name, loss.name = "guess", "loss"
    loss.backward()
    return tg.draw(loss).save(path)  # says where: without a Graphviz program it is DOT text, in a file beside it


# --- The command line -------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Tell the story, or the run that the options ask for; write the pictures."""
    parser = options()
    args = parser.parse_args(argv)
    if args.learning_rate is not None and not 0 < args.learning_rate < math.inf:
        parser.error("--learning-rate: take a number above 0, such as 0.1; with 0 nothing changes, below 0 the loss rises")
    if args.epochs is not None and args.epochs < 1:
        parser.error("--epochs: take at least 1 step, better 100; with none, the fit is the guess")
    name, guess = args.optimizer or "descent", np.array(args.guess or GUESS)
    if not np.abs(guess).max() < 1e100:
        parser.error("--guess: take three numbers, for a, b and c, whose squares a computer can hold; such as 2 3 4")
    _, measure, rate, epochs = OPTIMIZERS[name]
    own = args.optimizer or args.learning_rate or args.epochs or args.guess
    console.quiet, console.width = args.quiet, min(console.width, 80)
    try:
        plt.switch_backend(plt.get_backend() if args.show else "agg")  # agg draws into files, and needs no display
    except ImportError:
        plt.switch_backend("agg")
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        with np.errstate(all="ignore"):  # what diverges is told in words
            panels = tell_own_run(name, guess, args.learning_rate or rate, args.epochs or epochs) if own else tell_story()
            with console.status("Drawing"):
                plot_fit(args.out / "fit.png", guess, next(iter(panels[0].values())))
                plot_losses(args.out / "loss.png", panels)
                graph = draw_graph(args.out / "graph.svg", guess, measure)
    except OSError as error:
        parser.error(f"--out: cannot write into {args.out}: {error.strerror}")
    console.print(
        f"The pictures are in [bold]{escape(str(args.out))}[/]:\n  fit.png    the points, the guess and the fit\n"
        "  loss.png   the loss by epoch\n"
        f"  {graph.name}  the loss as a graph, with values and gradients (v₁ there is x²)"
    )
    if not own:
        console.print("\nYour turn:  python examples/quadratic_fit.py --optimizer adam --guess 0 0 0")
    if args.show and plt.get_backend().lower() != "agg":
        plt.show()
    plt.close("all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
