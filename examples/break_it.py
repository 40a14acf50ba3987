"""Break backpropagation in eight common ways, and see which number goes wrong, where, and what catches the mistake.

    python examples/break_it.py                     all eight
    python examples/break_it.py assign order        two of them
    python examples/break_it.py --list              the names of the mistakes

Each mistake comes with the smallest program that shows it, so small that you can check it on paper. Three are mistakes in the
backward pass itself. For them, this file has a short backward pass of its own, with a switch for each mistake. The other five
are mistakes in programs that use an engine.

Flows in: the names of mistakes. Flows out: a page on the terminal, and a folder with drawings of the wrong numbers.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Break backpropagation in eight ways: the wrong number, where it goes wrong, and what catches it."
    )
    option = parser.add_argument
    option("mistake", nargs="*", metavar="MISTAKE", help="see --list; all of them if none is given")
    option("--list", action="store_true", help="list the mistakes, and write nothing")
    option("--out", type=Path, default="output", metavar="DIR", help="folder for the pictures (output)")
    option("--quiet", action="store_true", help="write the pictures, and print nothing but errors")
    return parser


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
    options().parse_known_args()  # answers --help
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")

# --- The backward pass, written out -----------------------------------------------------------------------------------


class Walk(NamedTuple):
    """What a backward pass found. Values are named by their ids, which are numbered in order of creation."""

    gradients: dict[int, Any]  # of the output, in each value
    parts: dict[tuple[int, int], Any]  # what each call sent back to its argument at each position


def walk_back(graph: tg.Graph, mistake: str = "") -> Walk:
    """Walk back from the output to the inputs. With no mistake, this is what `backward()` does."""
    output = graph.output
    gradients, parts = {output.id: np.ones_like(output.value)}, {}
    waiting = [output.id]
    while waiting:
        # Newest first: all calls that use a value are newer than it, so all its parts have arrived.
        call = waiting[0] if mistake == "order" else max(waiting)
        waiting.remove(call)
        for position, argument in graph.wanting(call):
            # The chain rule; and if the argument was broadcast, the sum over the stretched axes.
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
    """The gradient of `f` at `x`, by this backward pass."""
    graph = tg.trace(f)(x)
    return walk_back(graph, mistake).gradients[graph.inputs[0]]


def by_our_walk(f: Callable[..., Any], mistake: str = "") -> Callable[..., Any]:
    """`f` with our backward pass as its derivative rule, so that `tg.check_gradients` checks our backward pass."""
    program = tg.primitive(f)
    [name] = inspect.signature(f).parameters  # the rule asks for it by name, and messages show that name
    rule = eval(f"lambda g, {name}: g * slope({name})", {"slope": lambda x: gradient(f, x, mistake)})
    tg.derivative(program, **{name: rule})
    return program


# --- Small programs ---------------------------------------------------------------------------------------------------


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


def column(w: Any) -> Any:
    inputs = np.array([[-1.0], [0.0], [1.0]])
    targets = np.array([-2.0, 0.0, 2.0])
    predictions = inputs * w
    error = predictions - targets
    return np.mean(error**2)


def flat(w: Any) -> Any:
    inputs = np.array([[-1.0], [0.0], [1.0]])
    targets = np.array([-2.0, 0.0, 2.0])
    predictions = inputs * w
    error = predictions[:, 0] - targets
    return np.mean(error**2)


# --- The mistakes that are made outside the backward pass -------------------------------------------------------------


def train(
    loss: Callable[..., Any], start: Sequence[float], rate: float, epochs: int, mistake: str = ""
) -> Iterator[tuple[Any, list[tg.Tensor]]]:
    """Gradient descent: forward, backward, step. Yields the loss and the parameters of each epoch, just before the step."""
    params = [tg.Tensor(value, name=name) for value, name in zip(start, inspect.signature(loss).parameters)]
    for _ in range(epochs):
        if mistake != "zero_grad":
            for p in params:
                p.zero_grad()
        result = loss(*params)
        result.backward()
        yield result, params
        if mistake == "no_grad":  # the step is recorded, and the next epoch is built on it
            params = [p - rate * p.grad for p in params]
        elif mistake == "rebind":  # only the name p gets the new Tensor
            for p in params:
                p = p - rate * p.grad
        else:
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
                f"The other {p.grad - slope:g} was left over from an earlier backward()."
            )


def train_and_check(mistake: str = "") -> None:
    """Two epochs of descent on w², with this check before each step."""
    for _, params in train(square, [1.0], 0.5, 2, mistake):
        check_fresh(square, *params)


def check_shapes(predictions: Any, targets: Any) -> None:
    """Raise AssertionError if an elementwise loss of these two would compare each prediction with every target."""
    if np.shape(predictions) != np.shape(targets):
        stretched = np.broadcast_shapes(np.shape(predictions), np.shape(targets))
        raise AssertionError(
            f"The predictions have shape {np.shape(predictions)} and the targets {np.shape(targets)}, so NumPy broadcasts "
            f"their difference to {stretched}. Write predictions[:, 0] - targets."
        )


def check_graphs(mistake: str = "") -> None:
    """Three epochs of descent on w²: raise AssertionError if the graph of the loss grows."""
    sizes = graph_sizes(square, [1.0], 3, mistake)
    if sizes[-1] > sizes[0]:
        raise AssertionError(
            f"The graph of the loss has {sizes[0]} values in epoch 1 and {sizes[-1]} in epoch {len(sizes)}: each step is "
            "recorded as a part of the loss. Put the step into a with tg.no_grad(): block."
        )


def graph_sizes(loss: Callable[..., Any], start: Sequence[float], epochs: int, mistake: str = "") -> list[int]:
    """How many values the graph of the loss has, epoch by epoch."""
    return [len(tg.Graph.of(result)) for result, _ in train(loss, start, 0.25, epochs, mistake)]


def check_moved(mistake: str = "") -> None:
    """One step down w²: raise AssertionError if the parameter has a gradient and is the same afterwards."""
    before, after = (params[0].item() for _, params in train(square, [1.0], 0.25, 2, mistake))
    if before == after:
        raise AssertionError(
            f"w is {before:g} before the step and {after:g} after it, although its gradient is {2 * before:g}. "
            "Write p -= rate * p.grad inside a with tg.no_grad(): block."
        )


def change_between(mistake: str = "") -> float:
    """The gradient of `cube` at 2. Between the forward pass and the backward pass, w becomes 3."""
    w = tg.Tensor(np.array(2.0), name="w")
    y = cube(w)
    if mistake == "stale":
        w.data[...] = 3.0  # into the array that the graph remembers
    else:
        w.data = np.array(3.0)  # a new array; the graph keeps the old one
    y.backward()
    return float(w.grad)


def overwritten(graph: tg.Graph, value: Any) -> tg.Graph:
    """The same mistake in a graph: a new number is written into its input, and nothing is computed again."""
    return changed(graph, lambda node: node.replace(value=np.float64(value)) if node.kind == "input" else node)


def fit(a: Any, b: Any, c: Any) -> Any:
    """The loss in `quadratic_fit.py`: how far the quadratic with these parameters is from 5x² − 3x + 3, as an RMSE."""
    x = np.linspace(-5, 5, 100)
    return np.sqrt(np.mean((a * x**2 + b * x + c - (5 * x**2 - 3 * x + 3)) ** 2))


# --- Eight lessons ----------------------------------------------------------------------------------------------------


class Lesson(NamedTuple):
    """A mistake: what it is, what it does to the numbers, and what catches it."""

    title: str
    story: str
    program: Callable[..., Any]
    right: str  # the line as it should be
    wrong: str  # the line with the mistake
    by_hand: str
    table: Table
    where: str
    check: Callable[[str], Any]  # given the name of the mistake it raises; given "" it is silent
    checked_by: str  # the line that a user would write
    pictures: dict[str, Callable[[Path], Any]]
    then: tuple[str, Table | None] | None = None  # what the mistake leads to


def assign() -> Lesson:
    return Lesson(
        title="= instead of +=",
        story="x is used twice, so two parts of its gradient come back to it, and the gradient is their sum. The mistake "
        "writes the second part over the first.",
        program=twice,
        right="gradients[x] = gradients[x] + part",
        wrong="gradients[x] = part",
        by_hand="At x = 3, s is 4. The slope of x · s is s + x: 4 from x itself, and 3 by way of s. The sum is 7.",
        table=walk_table(twice, 3.0, "assign"),
        where="At x. First 4 comes back from the product, then 3 by way of s, and the 4 is gone.",
        check=lambda mistake: tg.check_gradients(by_our_walk(twice, mistake), 3.0),
        checked_by="tg.check_gradients(by_our_walk(twice), 3.0). What it calls autograd is our backward pass",
        pictures={"assign.svg": drawn(walked(tg.trace(twice)(3.0), "assign"), x="not 3 but 4 + 3 = 7").save},
    )


def broadcast() -> Lesson:
    epochs = [0, 1, 2, 5, 20]
    losses = new_table("Steps of 0.25 × gradient", "loss after step", *map(str, epochs))
    for mistake in ("", "broadcast"):
        run = descend(batch, np.ones(2), 0.25, 20, mistake)
        losses.add_row("✗ with the mistake" if mistake else "right", *(f"{run[epoch]:.3g}" for epoch in epochs))
    return Lesson(
        title="no sum over the broadcast axis",
        story="b has 2 numbers and is added to 2 rows, so NumPy broadcasts it: each number of b is used twice, once in each "
        "row. So its gradient is a sum over the rows. The mistake leaves out that sum.",
        program=batch,
        right="part = (slope * g).sum(axis=0)",
        wrong="part = slope * g",
        by_hand="At b = [1 1] the error is [[2 3] [4 5]]. The slope of its square is twice the error, [[4 6] [8 10]]. The "
        "sum of the rows is [12 16].",
        table=walk_table(batch, np.ones(2), "broadcast"),
        where="At b, which has 2 numbers, but a gradient of 4 numbers.",
        check=lambda mistake: tg.check_gradients(by_our_walk(batch, mistake), np.ones(2)),
        checked_by="tg.check_gradients(by_our_walk(batch), np.ones(2))",
        pictures={
            "broadcast.svg": drawn(walked(tg.trace(batch)(np.ones(2)), "broadcast"), b="no sum: should be [12, 16]").save
        },
        then=(
            "Without the check nothing fails. When b takes its step, NumPy broadcasts it again, and from then on each row "
            "has a b of its own. The loss falls to 0. With one b for both rows it cannot be less than 4.",
            losses,
        ),
    )


def order() -> Lesson:
    return Lesson(
        title="the backward pass in the wrong order",
        story="u is used twice, so it has to wait for two parts before it sends their sum on to x. The order 'newest first' "
        "makes it wait, because every call that uses u is newer than u. The mistake takes values in the order in which it "
        "finds them, and it finds u before s.",
        program=diamond,
        right="call = max(waiting)",
        wrong="call = waiting[0]",
        by_hand="At x = 1.5, u is 3 and s is 4. The gradient of u is s + u = 4 + 3 = 7. Since u is 2x, that of x is "
        "2 · 7 = 14.",
        table=walk_table(diamond, 1.5, "order"),
        where="At u. First 4 comes back from the product, and u sends on 2 · 4 = 8 at once. The other 3 comes by way of s, "
        "too late. So u ends with the right gradient, and x with a wrong one.",
        check=lambda mistake: tg.check_gradients(by_our_walk(diamond, mistake), 1.5),
        checked_by="tg.check_gradients(by_our_walk(diamond), 1.5). What it calls autograd is our backward pass",
        pictures={
            "order.svg": drawn(walked(tg.trace(diamond)(1.5), "order"), u="sent on 4 too early", x="not 8 but 14").save
        },
    )


def zero_grad() -> Lesson:
    right, wrong = (
        [(w.data, 2 * w.data, w.grad) for _, [w] in train(square, [1.0], 0.5, 7, mistake)] for mistake in ("", "zero_grad")
    )
    table = new_table("", "epoch", "w", "w.grad", "with the mistake: w", "its slope", "w.grad")
    for epoch, ((w, _, g), (slipped, slope, kept)) in enumerate(zip(right, wrong), 1):
        table.add_row(str(epoch), show(w), show(g), show(slipped), show(slope), marked(kept, slope))
    epochs = [0, 1, 2, 3, 12, 24]
    fits = new_table("The fit of quadratic_fit.py", "loss after epoch", *map(str, epochs))
    for mistake, losses in descents(25).items():
        fits.add_row("✗ with the mistake" if mistake else "right", *(f"{losses[epoch]:.4f}" for epoch in epochs))
    return Lesson(
        title="zero_grad forgotten",
        story="backward() adds to .grad, because a parameter may be part of more than one loss. So a training loop clears "
        ".grad before each epoch. The mistake does not.",
        program=square,
        right="w.zero_grad();  square(w).backward();  w -= 0.5 * w.grad",
        wrong="                square(w).backward();  w -= 0.5 * w.grad",
        by_hand="The slope of w² is 2w. From w = 1 the first step goes to 1 − 0.5 · 2 = 0, the minimum, and w stays there. "
        "With the mistake, the slope in epoch 2 is 0 too, but w.grad is still 2, and w moves on to −1.",
        table=table,
        where="At w, in epoch 2: 0 comes back, and w.grad is 2.",
        check=train_and_check,
        checked_by="check_fresh(square, w), which compares w.grad with tg.grad(square)(w.data)",
        pictures={"zero_grad.svg": second_epoch().save, "zero_grad_loss.svg": plot_losses},
        then=(
            "w never comes to rest: it is 1, 0, −1, −1, 0, 1, and so on. The gradients of earlier epochs keep pushing it, "
            "like a ball that rolls in a bowl without friction. tg.check_gradients finds nothing, because the engine is "
            "right; the mistake is in the loop.",
            fits,
        ),
    )


def stale() -> Lesson:
    old, new = tg.trace(cube)(2.0), tg.trace(cube)(3.0)
    table = new_table("", "", "at w = 2", "gradient", "at w = 3", "gradient", "with the mistake", "gradient")
    for a, b, c in zip(*(reversed(walked(graph).nodes) for graph in (old, new, overwritten(old, 3.0)))):
        mixed = marked(c.value, a.value), marked(c.gradient, a.gradient)
        table.add_row(a.name, show(a.value), show(a.gradient), show(b.value), show(b.gradient), *mixed)
    return Lesson(
        title="new values in an old graph",
        story="The backward pass uses numbers of the forward pass. The mistake writes new numbers into the same array "
        "between the two. For example, an optimizer may take its step after the first of two losses, before the second "
        "backward().",
        program=cube,
        right="y = cube(w);  w.data = np.array(3.0);  y.backward()",
        wrong="y = cube(w);  w.data[...] = 3.0;       y.backward()",
        by_hand="The slope of w³ is 3w²: at 2 it is 12, at 3 it is 27. With the mistake s is still 2 · 2 = 4, but w is 3: "
        "s + w · (w + w) = 4 + 3 · 6 = 22. This is the slope of w³ neither at 2 nor at 3.",
        table=table,
        where="At w, which is now 3, while s = w · w is still 4.",
        check=tg.debug()(change_between),
        checked_by="with tg.debug(): around the whole program",
        pictures={"stale.svg": drawn(walked(overwritten(old, 3.0)), w="was 2 when s was computed").save},
    )


def shape() -> Lesson:
    table = new_table("", "", "right", "with the mistake")
    right, wrong = tg.trace(flat)(1.0), tg.trace(column)(1.0)
    table.add_row("shape of error", *(str(graph["error"].shape) for graph in (right, wrong)))
    table.add_row("loss at w = 1", show(right.output.value), marked(wrong.output.value, right.output.value))
    table.add_row("gradient", show(right["w"].gradient), marked(wrong["w"].gradient, right["w"].gradient))
    table.add_row("w after 40 steps of 0.25 × gradient", *(f"{descended(f, 1.0, 0.25, 40):.4f}" for f in (flat, column)))
    return Lesson(
        title="each prediction minus every target",
        story="The predictions are a column of shape (3, 1), as a layer with one output gives them, and the targets have "
        "shape (3,). NumPy broadcasts the two to (3, 3): each prediction is compared with every target.",
        program=column,
        right="error = predictions[:, 0] - targets      shape (3,)",
        wrong="error = predictions - targets            shape (3, 3)",
        by_hand="The targets are 2 · inputs, so w should become 2. At w = 1 the errors are 1, 0, −1, the mean of their "
        "squares is 2/3, and its slope 2/3 · (−1 + 0 − 1) = −4/3. With the mistake each of −1, 0, 1 is compared with each of "
        "−2, 0, 2: the mean of the squares is 10/3, and its slope 4/3. The gradient has the wrong sign. It moves w to 0, "
        "where every prediction is 0, the mean of the targets.",
        table=table,
        where="At error, which should have one number for each target, and has 9.",
        check=lambda mistake: check_shapes(*operands(column if mistake else flat)),
        checked_by="check_shapes(predictions, targets), before the subtraction. with tg.debug(): around it warns, too",
        pictures={"shape.svg": drawn(walked(tg.trace(column)(1.0)), error="9 numbers: should be 3").save},
    )


def operands(program: Callable[..., Any]) -> list[Any]:
    """What a program subtracts from what, at w = 1."""
    trace = tg.trace(program)(1.0)
    return [trace.nodes[argument.id].value for argument in trace["error"].args]


def no_grad() -> Lesson:
    epochs = [1, 2, 3, 10, 100]
    table = new_table("", "values in the graph of epoch", *map(str, epochs))
    for mistake in ("", "no_grad"):
        sizes = graph_sizes(square, [1.0], 100, mistake)
        cells = [marked(sizes[epoch - 1], 2) for epoch in epochs]
        table.add_row("✗ with the mistake" if mistake else "right", *cells)
    return Lesson(
        title="the step is recorded",
        story="The step w − 0.25 · w.grad is a computation like any other. Outside no_grad() it is recorded, so the new w is "
        "not a leaf but the result of a subtraction, and the loss of epoch 2 has epoch 1 in its graph. The mistake leaves "
        "out no_grad().",
        program=square,
        right="with tg.no_grad(): w -= 0.25 * w.grad",
        wrong="w = w - 0.25 * w.grad",
        by_hand="w is 1, 0.5, 0.25 with and without the mistake, and the gradients 2, 1, 0.5 are right, too. But the graph "
        "of the loss has 2 values in epoch 1, w and w · w. With the mistake it gets one more value in each step.",
        table=table,
        where="Above w · w: the subtractions of all earlier steps.",
        check=check_graphs,
        checked_by="Print len(tg.Graph.of(loss)) in each epoch. with tg.debug(): around the loop warns, too",
        pictures={"no_grad.svg": recorded_step().save},
        then=(
            "All numbers are right, so the mistake shows only in time and memory. Each backward() goes through all earlier "
            "epochs again: twice as many epochs take about four times as long.",
            None,
        ),
    )


def rebind() -> Lesson:
    table = new_table("", "w in epoch", "1", "2", "3", "4")
    runs = {mistake: [w.item() for _, [w] in train(square, [1.0], 0.25, 4, mistake)] for mistake in ("", "rebind")}
    for mistake, values in runs.items():
        table.add_row("✗ with the mistake" if mistake else "right", *map(marked, values, runs[""]))
    return Lesson(
        title="the step changes a name, not the parameter",
        story="p = p - rate * p.grad makes a new Tensor and gives it the name p. The list of parameters still has the old "
        "Tensor, and the next round of the loop gives the name p to another one. No parameter has changed.",
        program=square,
        right="with tg.no_grad():  for p in params: p -= rate * p.grad",
        wrong="                    for p in params: p = p - rate * p.grad",
        by_hand="From w = 1 the slope is 2, and a step of 0.25 · 2 goes to 0.5. With the mistake w is 1 in every epoch.",
        table=table,
        where="At w, in epoch 2: it has a gradient, but its value is still that of epoch 1.",
        check=check_moved,
        checked_by="Print w before and after a step. with tg.debug(): around the loop warns, too",
        pictures={"rebind.svg": unmoved().save},
    )


LESSONS = {
    "assign": assign,
    "broadcast": broadcast,
    "order": order,
    "zero_grad": zero_grad,
    "stale": stale,
    "shape": shape,
    "no_grad": no_grad,
    "rebind": rebind,
}


def descended(f: Callable[..., Any], x: float, rate: float, steps: int) -> float:
    """Where gradient descent on `f` ends after so many steps from `x`."""
    for _ in range(steps):
        x = x - rate * gradient(f, x)
    return x


def descend(f: Callable[..., Any], x: Any, rate: float, steps: int, mistake: str) -> list[float]:
    """The values of `f` at the start and after each step of gradient descent with our backward pass."""
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
    """The message of a check for a program with this mistake; empty if the check passes."""
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
    indented(f"{program}\nright   {lesson.right}\nwrong ✗ {lesson.wrong}\n")
    console.print(f"[bold]By hand.[/] {escape(lesson.by_hand)}\n")
    console.print(lesson.table)
    console.print(f"\n[bold]Where?[/] {lesson.where}\n")
    console.print(f"[bold]What catches it?[/] {lesson.checked_by}:\n")
    indented(complaint(lesson.check, name))
    if lesson.then:
        text, table = lesson.then
        console.print(f"\n{text}")
        if table:
            console.print()
            console.print(table)
    console.print()


def indented(text: str) -> None:
    """Print code, or a message of the program, a little to the right."""
    console.print(Padding(escape(text), (0, 0, 0, 4)))


def walk_table(f: Callable[..., Any], x: Any, mistake: str) -> Table:
    """Each value with its gradient, in the order of the backward pass, without the mistake and with it."""
    table = new_table("", "", "value", "gradient", "with the mistake")
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
    """A number, with a cross if it is wrong."""
    return escape(show(value)) if np.array_equal(value, truth) else f"[bold]✗ {escape(show(value))}[/]"


# --- Pictures of where it goes wrong ----------------------------------------------------------------------------------

BLUE, RED, DARK = "#0072B2", "#D55E00", "#8B1A1A"  # for colour-blind readers, dashes and crosses say the same once more


def changed(graph: tg.Graph, change: Callable[[Any], Any]) -> tg.Graph:
    """The same graph with something else in its nodes."""
    return tg.Graph([change(node) for node in graph], graph.outputs, graph.name, graph.arguments)


def walked(graph: tg.Graph, mistake: str = "") -> tg.Graph:
    """The same graph with the gradients that our backward pass finds, and their parts. The output is called y."""
    walk = walk_back(graph, mistake)

    def change(node: Any) -> Any:
        name = "y" if node.id == graph.output.id else node.name
        parts = tuple(part._replace(value=walk.parts[part.user, part.position]) for part in node.contributions)
        return node.replace(name=name, gradient=walk.gradients.get(node.id), contributions=parts)

    return changed(graph, change)


def drawn(graph: tg.Graph, **marks: str) -> Any:
    """The graph as a picture from top to bottom, with a mark beside each value that is named. A mark is two lines of DOT."""
    drawing = tg.draw(graph, direction="TB")
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


def recorded_step() -> Any:
    """The loss w² in the third epoch of a loop whose steps are recorded."""
    *_, (loss, _) = train(square, [1.0], 0.25, 3, "no_grad")
    graph = tg.Graph.of(loss)
    names = {graph.output.id: "loss", graph.output.args[0].id: "w of epoch 3", graph.output.args[0].id - 1: "w of epoch 2"}
    graph = changed(graph, lambda node: node.replace(name=names.get(node.id, node.name)))
    return drawn(graph, **{"w of epoch 2": "should not be part of the loss"})


def unmoved() -> Any:
    """The loss w² in the second epoch of a loop that steps into a name."""
    _, (loss, _) = train(square, [1.0], 0.25, 2, "rebind")
    return drawn(tg.Graph.of(loss), w="epoch 2: should be 0.5")


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
    parser = options()
    args = parser.parse_args(argv)
    for name in args.mistake:
        if name not in LESSONS:
            parser.error(f"there is no mistake called {name!r} here. The mistakes are {', '.join(LESSONS)}")
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
    console.print(f"The pictures are in [bold]{escape(str(args.out))}[/]: {', '.join(written)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
