"""Break backpropagation in the five ways in which everybody does: see which number goes wrong, where, and what catches it.

    python examples/break_it.py                     all five
    python examples/break_it.py assign order        two of them
    python examples/break_it.py --list              what there is

Each mistake comes with the smallest program that shows it, small enough to be checked with a pencil. Three are made inside
the walk back; so here is a walk of our own, in a few lines, with a switch for each. Two are made by those who use an engine.

Flows in: the names of mistakes. Flows out: a page on the terminal, and in a folder the graphs with the wrong numbers in them.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

try:
    import matplotlib.pyplot as plt
    import numpy as np
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.padding import Padding
    from rich.rule import Rule
    from rich.table import Table

    import tinygrad_lite as tg
except ImportError as error:
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")

# --- The walk back, written out ---------------------------------------------------------------------------------------


class Walk(NamedTuple):
    """What a walk back found. Values go by their ids, which number them in the order in which they were made."""

    gradients: dict[int, Any]  # of the output, in each value
    parts: dict[tuple[int, int], Any]  # of these, what each call handed to its argument at each position


def walk_back(graph: tg.Graph, mistake: str = "") -> Walk:
    """Walk back from the output. With no mistake, it is what `backward()` does."""
    output = graph.output
    gradients, parts = {output.id: np.ones_like(output.value)}, {}
    waiting = [output.id]
    while waiting:
        # The newest first: what uses a value is newer than it, and has reported by then.
        call = waiting[0] if mistake == "order" else max(waiting)
        waiting.remove(call)
        for position, argument in graph.wanting(call):
            # The chain rule, and a sum over what was stretched on the way there.
            summed = mistake != "broadcast"
            part = graph.send_back(call, position, gradients[call], summed)
            parts[call, position] = part
            if argument not in gradients:
                gradients[argument] = part
                waiting.append(argument)
            elif mistake == "assign":
                gradients[argument] = part
            else:  # used more than once: the parts add up
                gradients[argument] = gradients[argument] + part
    return Walk(gradients, parts)


def gradient(f: Callable[..., Any], x: Any, mistake: str = "") -> Any:
    """The gradient of `f` at `x`, by this walk."""
    graph = tg.trace(f)(x)
    return walk_back(graph, mistake).gradients[graph.inputs[0]]


def by_our_walk(f: Callable[..., Any], mistake: str = "") -> Callable[..., Any]:
    """`f` as a function of the engine's, with our walk as its derivative, so that `tg.check_gradients` can judge the walk."""

    @tg.primitive
    def program(x: Any) -> Any:
        return f(x)

    program.__name__ = f.__name__  # for the message
    tg.derivative(program, x=lambda g, x: g * gradient(f, x, mistake))
    return program


# --- Five small programs ----------------------------------------------------------------------------------------------


def twice(x: Any) -> Any:
    s = x + 1
    return x * s


def batch(b: Any) -> Any:
    rows = np.array([[1.0, 2.0], [3.0, 4.0]])
    error = rows + b
    squares = error**2
    return np.sum(squares)


def diamond(x: Any) -> Any:
    u = 2 * x
    s = u + 1
    return u * s


def square(w: Any) -> Any:
    return w * w


def cube(w: Any) -> Any:
    s = w * w
    return s * w


# --- The mistakes that are made outside the walk ----------------------------------------------------------------------


def train(
    loss: Callable[..., Any], start: Sequence[float], rate: float, epochs: int, mistake: str = ""
) -> Iterator[tuple[Any, list[tg.Tensor]]]:
    """Gradient descent as everybody writes it. Yields the loss and the parameters of each epoch, just before the step."""
    params = [tg.Tensor(value, name=name) for value, name in zip(start, inspect.signature(loss).parameters)]
    for _ in range(epochs):
        if mistake != "zero_grad":
            for p in params:
                p.zero_grad()
        result = loss(*params)
        result.backward()
        yield result, params
        with tg.no_grad():
            for p in params:
                p -= rate * p.grad


def check_fresh(loss: Callable[..., Any], *params: tg.Tensor) -> None:
    """Raise AssertionError if there is more in `.grad` than the gradient of this loss."""
    everything = tuple(range(len(params)))
    slopes = tg.grad(loss, argnums=everything)(*(p.data for p in params))
    for p, slope in zip(params, slopes):
        if not np.allclose(p.grad, slope):
            raise AssertionError(
                f"{p.name}.grad is {p.grad:g}, but the gradient of {loss.__name__} "
                f"at {p.name} = {p.data:g} is {slope:g}. "
                f"The other {p.grad - slope:g} lay there before."
            )


def train_and_check(mistake: str = "") -> None:
    """Two epochs down w², with this check before each step."""
    for _, params in train(square, [1.0], 0.5, 2, mistake):
        check_fresh(square, *params)


def change_between(mistake: str = "") -> float:
    """The gradient of `cube` at 2, where w becomes 3 after the result was computed, and before the walk back."""
    w = tg.Tensor(np.array(2.0), name="w")
    y = cube(w)
    if mistake == "stale":
        w.data[...] = 3.0  # into the array that the graph remembers
    else:
        w.data = np.array(3.0)  # a new array; the graph keeps the old one
    y.backward()
    return float(w.grad)


def overwritten(graph: tg.Graph, value: Any) -> tg.Graph:
    """The same, on a graph: a new number is written into its input, and nothing is computed again."""
    return changed(graph, lambda node: node.replace(value=np.float64(value)) if node.kind == "input" else node)


def fit(a: Any, b: Any, c: Any) -> Any:
    """The loss in `quadratic_fit.py`: how far the quadratic with these parameters is from 5x² − 3x + 3, as an RMSE."""
    x = np.linspace(-5, 5, 100)
    return np.sqrt(np.mean((a * x**2 + b * x + c - (5 * x**2 - 3 * x + 3)) ** 2))


# --- Five lessons -----------------------------------------------------------------------------------------------------


class Lesson(NamedTuple):
    """A mistake, and all there is to say of it."""

    title: str
    story: str
    program: Callable[..., Any]
    right: str  # the line as it should be
    slip: str  # the line with the mistake
    by_hand: str
    table: Table
    where: str
    check: Callable[[str], Any]  # given the name of the mistake it raises; given "" it is silent
    checked_by: str  # the same, as one would write it
    pictures: dict[str, Callable[[Path], Any]]
    then: tuple[str, Table] | None = None  # what becomes of it


def assign() -> Lesson:
    return Lesson(
        title="= where += belongs",
        story="x is used twice, so two parts of its gradient come back to it, and the gradient is their sum. The slip writes "
        "the second part over the first.",
        program=twice,
        right="gradients[x] = gradients[x] + part",
        slip="gradients[x] = part",
        by_hand="At x = 3, s is 4. The slope of x · s is s + x: 4 from x itself, and 3 by way of s. Together 7.",
        table=walk_table(twice, 3.0, "assign"),
        where="At x. First 4 comes back from the product, then 3 by way of s, and the 4 is gone.",
        check=lambda mistake: tg.check_gradients(by_our_walk(twice, mistake), 3.0),
        checked_by="tg.check_gradients(by_our_walk(twice), 3.0); autograd is our walk here",
        pictures={"assign.svg": drawn(walked(tg.trace(twice)(3.0), "assign"), x="not 3 but 4 + 3 = 7").save},
    )


def broadcast() -> Lesson:
    epochs = [0, 1, 2, 5, 20]
    losses = new_table("Steps of 0.25 × gradient", "loss after step", *map(str, epochs))
    for mistake in ("", "broadcast"):
        run = descend(batch, np.ones(2), 0.25, 20, mistake)
        losses.add_row("✗ with the slip" if mistake else "right", *(f"{run[epoch]:.3g}" for epoch in epochs))
    return Lesson(
        title="no sum over what was stretched",
        story="b has 2 numbers and is added to 2 rows, so NumPy stretches it. Each number of b is used twice then, once in "
        "each row, and its gradient is a sum over the rows. The slip leaves out that sum.",
        program=batch,
        right="part = (slope * g).sum(axis=0)",
        slip="part = slope * g",
        by_hand="At b = [1 1] the error is [[2 3] [4 5]]. The slope of its square is twice that, [[4 6] [8 10]]; and the sum "
        "of the rows is [12 16].",
        table=walk_table(batch, np.ones(2), "broadcast"),
        where="At b, which has 2 numbers and a gradient of 4.",
        check=lambda mistake: tg.check_gradients(by_our_walk(batch, mistake), np.ones(2)),
        checked_by="tg.check_gradients(by_our_walk(batch), np.ones(2))",
        pictures={
            "broadcast.svg": drawn(walked(tg.trace(batch)(np.ones(2)), "broadcast"), b="no sum: should be [12, 16]").save
        },
        then=(
            "Without the check nobody notices. As b takes its step, NumPy stretches it once more, and from then on each row "
            "has a b of its own. The loss falls to 0; with one b for both rows it cannot be less than 4. What looks too good "
            "to be true is not true.",
            losses,
        ),
    )


def order() -> Lesson:
    return Lesson(
        title="walking in the wrong order",
        story="u is used twice, so it has to wait for two parts before it hands on their sum. Newest first sees to that: "
        "what uses u is newer than u. The slip takes values in the order in which it meets them, and meets u before s.",
        program=diamond,
        right="call = max(waiting)",
        slip="call = waiting[0]",
        by_hand="At x = 1.5, u is 3 and s is 4. The slope in u is s + u = 4 + 3 = 7. As u is 2x, in x it is 2 · 7 = 14.",
        table=walk_table(diamond, 1.5, "order"),
        where="At u. First 4 comes back from the product, and u hands on 2 · 4 = 8 at once. The other 3 come by way of s, "
        "too late. So u ends up with the right gradient, and x with a wrong one.",
        check=lambda mistake: tg.check_gradients(by_our_walk(diamond, mistake), 1.5),
        checked_by="tg.check_gradients(by_our_walk(diamond), 1.5); autograd is our walk here",
        pictures={
            "order.svg": drawn(walked(tg.trace(diamond)(1.5), "order"), u="handed on 4 too early", x="not 8 but 14").save
        },
    )


def zero_grad() -> Lesson:
    right, wrong = (
        [(w.data, 2 * w.data, w.grad) for _, [w] in train(square, [1.0], 0.5, 7, mistake)] for mistake in ("", "zero_grad")
    )
    table = new_table("", "epoch", "w", "w.grad", "with the slip: w", "its slope", "w.grad")
    for epoch, ((w, _, g), (slipped, slope, kept)) in enumerate(zip(right, wrong), 1):
        table.add_row(str(epoch), show(w), show(g), show(slipped), show(slope), marked(kept, slope))
    epochs = [0, 1, 2, 3, 12, 24]
    fits = new_table("The fit of quadratic_fit.py", "loss after epoch", *map(str, epochs))
    for mistake, losses in descents(25).items():
        fits.add_row("✗ with the slip" if mistake else "right", *(f"{losses[epoch]:.4f}" for epoch in epochs))
    return Lesson(
        title="zero_grad forgotten",
        story="backward() adds to .grad, for a parameter may have a part in more than one loss. So a training loop empties "
        "it before each epoch. The slip does not.",
        program=square,
        right="w.zero_grad();  square(w).backward();  w -= 0.5 * w.grad",
        slip="                square(w).backward();  w -= 0.5 * w.grad",
        by_hand="The slope of w² is 2w. From w = 1 the step goes to 1 − 0.5 · 2 = 0, and there it ends. With the slip the "
        "second epoch finds the slope 0, but has 2 in w.grad, and goes on to −1.",
        table=table,
        where="At w, in epoch 2: what came back is 0, and w.grad is 2.",
        check=train_and_check,
        checked_by="check_fresh(square, w), which compares w.grad with tg.grad(square)(w.data)",
        pictures={"zero_grad.svg": second_epoch().save, "zero_grad_loss.svg": plot_losses},
        then=(
            "It never comes to rest: 1, 0, −1, −1, 0, 1, and again. What is left over pushes on, like the momentum of a ball "
            "in a bowl, with nothing that slows it down. tg.check_gradients is silent: the engine is right, the loop is not.",
            fits,
        ),
    )


def stale() -> Lesson:
    old, new = tg.trace(cube)(2.0), tg.trace(cube)(3.0)
    table = new_table("", "", "at w = 2", "gradient", "at w = 3", "gradient", "with the slip", "gradient")
    for a, b, c in zip(*(reversed(walked(graph).nodes) for graph in (old, new, overwritten(old, 3.0)))):
        mixed = marked(c.value, a.value), marked(c.gradient, a.gradient)
        table.add_row(a.name, show(a.value), show(a.gradient), show(b.value), show(b.gradient), *mixed)
    return Lesson(
        title="new values in an old graph",
        story="The walk back uses numbers from the way there. The slip writes new ones into the same array in between, as an "
        "optimizer does that steps after the first of two losses, and before the second has walked back.",
        program=cube,
        right="y = cube(w);  w.data = np.array(3.0);  y.backward()",
        slip="y = cube(w);  w.data[...] = 3.0;       y.backward()",
        by_hand="The slope of w³ is 3w²: at 2 it is 12, at 3 it is 27. With the slip s is still 2 · 2 = 4, and w is 3: "
        "s + w · (w + w) = 4 + 3 · 6 = 22, which is the slope of w³ at neither.",
        table=table,
        where="At w, which says 3, where s, which is w · w, says 4.",
        check=tg.debug()(change_between),
        checked_by="with tg.debug(): around all of it",
        pictures={"stale.svg": drawn(walked(overwritten(old, 3.0)), w="was 2 when s was computed").save},
    )


LESSONS = {"assign": assign, "broadcast": broadcast, "order": order, "zero_grad": zero_grad, "stale": stale}


def descend(f: Callable[..., Any], x: Any, rate: float, steps: int, mistake: str) -> list[float]:
    """The values of `f` at the start and after each step against what our walk calls its gradient."""
    values = [float(f(x))]
    for _ in range(steps):
        x = x - rate * gradient(f, x, mistake)
        values.append(float(f(x)))
    return values


def descents(epochs: int) -> dict[str, list[float]]:
    """The loss of the fit, epoch by epoch, without the mistake and with it."""
    return {
        mistake: [loss.item() for loss, _ in train(fit, [2.0, 3.0, 4.0], 0.1, epochs, mistake)]
        for mistake in ("", "zero_grad")
    }


def complaint(check: Callable[[str], Any], mistake: str) -> str:
    """What a check says of a program with this mistake: nothing, if all is well."""
    try:
        check(mistake)
    except (AssertionError, ValueError, RuntimeError) as error:
        return str(error)
    return ""


# --- Telling them -----------------------------------------------------------------------------------------------------

console = Console(highlight=False)


def tell(name: str, lesson: Lesson) -> None:
    """One lesson, on the terminal."""
    number = 1 + list(LESSONS).index(name)
    program = inspect.getsource(lesson.program).replace(": Any", "").replace(" -> Any", "")
    console.print(Rule(f"[bold]{number}  {lesson.title}[/]  [dim]({name})", align="left", characters="─"))
    console.print(f"{lesson.story}\n")
    indented(f"{program}\nright   {lesson.right}\nslip  ✗ {lesson.slip}\n")
    console.print(f"[bold]By hand.[/] {escape(lesson.by_hand)}\n")
    console.print(lesson.table)
    console.print(f"\n[bold]Where?[/] {lesson.where}\n")
    console.print(f"[bold]What catches it?[/] {lesson.checked_by}:\n")
    indented(complaint(lesson.check, name))
    if lesson.then:
        text, table = lesson.then
        console.print(f"\n{text}\n")
        console.print(table)
    console.print()


def indented(text: str) -> None:
    """What is code, or is said by the computer."""
    console.print(Padding(escape(text), (0, 0, 0, 4)))


def walk_table(f: Callable[..., Any], x: Any, mistake: str) -> Table:
    """Each value with its gradient, in the order of the walk, without the mistake and with it."""
    table = new_table("", "", "value", "gradient", "with the slip")
    graph = tg.trace(f)(x)
    for node, slipped in zip(reversed(walked(graph).nodes), reversed(walked(graph, mistake).nodes)):
        if node.wants_gradient:
            parts = [show(part.value) for part in node.contributions]
            total = f"{' + '.join(parts)} = {show(node.gradient)}" if len(parts) > 1 else show(node.gradient)
            table.add_row(node.name, show(node.value), total, marked(slipped.gradient, node.gradient))
    return table


def new_table(title: str, *columns: str) -> Table:
    """A table of words in the first column and numbers in the others."""
    table = Table(title=title or None, title_justify="left", title_style="bold", box=box.HORIZONTALS, pad_edge=False)
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", no_wrap=True)
    return table


def show(value: Any) -> str:
    """Numbers as people write them, an array on one line: 7, [12 16]."""
    text = np.array2string(np.asarray(value), formatter={"all": "{:.6g}".format})
    return " ".join(text.split()).replace("-", "−")


def marked(value: Any, truth: Any) -> str:
    """A number, with a cross if it is not what it should be."""
    return escape(show(value)) if np.array_equal(value, truth) else f"[bold]✗ {escape(show(value))}[/]"


# --- Pictures of where it goes wrong ----------------------------------------------------------------------------------

BLUE, RED, DARK = "#0072B2", "#D55E00", "#8B1A1A"  # for colour-blind readers, dashes and crosses say the same once more


def changed(graph: tg.Graph, change: Callable[[Any], Any]) -> tg.Graph:
    """The same graph with something else in its nodes."""
    return tg.Graph([change(node) for node in graph], graph.outputs, graph.name, graph.arguments)


def walked(graph: tg.Graph, mistake: str = "") -> tg.Graph:
    """The same graph with what our walk finds: gradients, and the parts that were handed over. The output is called y."""
    walk = walk_back(graph, mistake)

    def change(node: Any) -> Any:
        name = "y" if node.id == graph.output.id else node.name
        parts = tuple(part._replace(value=walk.parts[part.user, part.position]) for part in node.contributions)
        return node.replace(name=name, gradient=walk.gradients.get(node.id), contributions=parts)

    return changed(graph, change)


def drawn(graph: tg.Graph, **marks: str) -> Any:
    """The graph as a picture, with a mark above each value of these names. Marks are lines of DOT, as all of it is."""
    drawing = tg.draw(graph)
    for name, words in marks.items():
        value, mark = f"value{graph[name].id}", f"mark{graph[name].id}"
        drawing.source = drawing.source.rstrip().removesuffix("}") + (
            f'\t{mark} [label="✗ {words}" fontcolor=white fillcolor="{DARK}" color="{DARK}" height=0.3]\n'
            f'\t{{ rank=same; {mark} -> {value} [color="{DARK}" penwidth=2] }}\n}}\n'
        )
    return drawing


def second_epoch() -> Any:
    """The loss w² in the second epoch of a loop without zero_grad."""
    _, (loss, _) = train(square, [1.0], 0.5, 2, "zero_grad")
    return drawn(tg.Graph.of(loss), w="0 came back: the 2 is from epoch 1")


def plot_losses(path: Path) -> Path:
    """The loss of the fit by epoch."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    for (mistake, losses), color, dashes in zip(descents(25).items(), (BLUE, RED), ("-", "--")):
        axes.plot(losses, color=color, linestyle=dashes, label="zero_grad forgotten" if mistake else "with zero_grad")
    axes.set(xlabel="epoch", ylabel="loss (RMSE)", ylim=0)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, frameon=False, handlelength=3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)
    return path


# --- The command line -------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Tell the lessons that were asked for, and write their pictures."""
    parser = argparse.ArgumentParser(
        description="Break backpropagation in five ways: the wrong number, where it goes wrong, and what catches it."
    )
    option = parser.add_argument
    option("mistake", nargs="*", metavar="MISTAKE", help=f"{', '.join(LESSONS)}; none: all of them")
    option("--list", action="store_true", help="say what the mistakes are, and do nothing")
    option("--out", type=Path, default="output", metavar="DIR", help="folder for the pictures (output)")
    option("--quiet", action="store_true", help="write the pictures, and print nothing but errors")
    args = parser.parse_args(argv)
    for name in args.mistake:
        if name not in LESSONS:
            parser.error(f"there is no mistake called {name!r} here. There are {', '.join(LESSONS)}")
    console.quiet, console.width = args.quiet, min(console.width, 80)
    lessons = {name: LESSONS[name]() for name in LESSONS if name in args.mistake or not args.mistake}
    if args.list:
        for name, lesson in lessons.items():
            console.print(f"[bold]{name:12}[/]{lesson.title}")
        return 0
    plt.switch_backend("agg")  # draws into files, and needs no display
    console.print()
    written: list[str] = []
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        for name, lesson in lessons.items():
            tell(name, lesson)
            written += [picture(args.out / file).name for file, picture in lesson.pictures.items()]
    except OSError as error:
        parser.error(f"--out: cannot write into {args.out}: {error.strerror}")
    plt.close("all")
    console.print(f"Pictures, in [bold]{escape(str(args.out))}[/]: {', '.join(written)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
