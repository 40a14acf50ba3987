"""Write all views of one loss into a folder, and open a page that shows them, one below the other.

    python examples/see_it.py
    python examples/see_it.py --guess 0 0 0 --out output/from_zero

Somebody drew the curve 5x² − 3x + 3, we guess 2x² + 3x + 4, and the loss says how wrong the guess is. If a grows by a small
amount, the loss changes by −10.1064 times that amount. This number is the gradient of a. Each view shows in its own way where
the number comes from, and the page marks the number in all of them.

Flows in: the guess. Flows out: pictures, tables, a page to step through, a program, the graph as data, and index.html.
"""

# ruff: noqa: RET504  (the loss gets a name before it is returned, under which the views show it)

from __future__ import annotations

import argparse
import html
import inspect
import json
import math
import os
import re
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

try:
    import numpy as np

    import tinygrad_lite as tg
except ImportError as error:
    sys.exit(f"This example needs {error.name}. In the project's folder, run: python -m pip install -e '.[examples]'")

x = np.linspace(-5, 5, 100)
actual = 5 * x**2 - 3 * x + 3


def loss(a: Any, b: Any, c: Any, x: Any, actual: Any) -> Any:
    guess = a * x**2 + b * x + c
    error = guess - actual
    loss = np.sqrt(np.mean(error**2))
    return loss


class Section(NamedTuple):
    """One view on the page: a headline, a sentence or two, the view itself as HTML, and the file that it is in."""

    id: str
    title: str
    text: str
    view: str
    file: str


def look(guess: Sequence[float]) -> tuple[float, dict[str, float]]:
    """The loss at the guess, and its gradient: what all views are to explain."""
    leaves = {name: tg.Tensor(value, name=name) for name, value in zip("abc", guess)}
    result = loss(**leaves, x=x, actual=actual)
    result.backward()
    return float(result.data), {name: float(leaf.grad) for name, leaf in leaves.items()}


# --- the views ------------------------------------------------------------------------------------------------------------


def write_views(folder: Path, guess: Sequence[float], gradient: dict[str, float]) -> list[Section]:
    """Write each view into a file of its own; return what the page says of them."""
    graph = tg.trace(loss, backward=True)(*map(tg.Tensor, guess), x, actual)
    number = six(gradient["a"])
    pictures = {
        "graph.svg": tg.draw(graph, direction="TB"),
        "paths_a.svg": tg.draw(graph, wrt="a", direction="TB"),
        "graph_backward.svg": tg.draw(graph, backward=True, direction="TB"),
    }
    drawn = {}
    for name, drawing in pictures.items():
        svg = drawing.render("svg")
        (folder / name).write_bytes(svg)
        drawn[name] = inline(svg.decode(), number, name.partition(".")[0])
    tables = {"explain.html": tg.explain(graph), "explain_a.html": tg.explain(graph, "a")}
    for name, table in tables.items():
        (folder / name).write_text(table.html(), encoding="utf-8")
    steps, arrival = stepping(tg.step_through(graph, folder / "step.html").read_text(encoding="utf-8"), number)
    program = tg.source(graph)
    (folder / "loss_and_gradient.py").write_text(program, encoding="utf-8")
    data = graph.to_json(folder / "graph.json")
    return [
        Section(
            "graph",
            "The computation",
            "Read it from top to bottom. Square boxes are values, and round ones are the calls between them. The line "
            "<i>grad</i> in a box is its gradient: how much the loss changes with this value. The number is in the box of "
            "<i>a</i>.",
            drawn["graph.svg"],
            "graph.svg",
        ),
        Section(
            "paths",
            "The path from <i>a</i>",
            "<i>a</i> affects the loss only along this path. The number is the product of the slopes on the path, from the "
            "bottom up, with a sum where <i>a</i> was broadcast to 100 points.",
            drawn["paths_a.svg"],
            "paths_a.svg",
        ),
        Section(
            "walk",
            "The backward pass",
            "The purple part shows how the gradient is computed: it starts with 1 at the loss, and goes up, call by call. "
            "The number is the last result on the way to <i>a</i>.",
            drawn["graph_backward.svg"],
            "graph_backward.svg",
        ),
        Section(
            "table",
            "The same as a table",
            "There is a row for each call: its result is on the left, and what came back through it is on the right.",
            mark(tables["explain.html"].html(page=False), number),
            "explain.html",
        ),
        Section(
            "why",
            "The table for <i>a</i> only",
            "The same path as a table: the slope of each call on it, and their product.",
            mark(tables["explain_a.html"].html(page=False), number),
            "explain_a.html",
        ),
        Section(
            "steps",
            "Step by step",
            "This page plays the computation and the backward pass. It is open at the step at which the number arrives.",
            steps,
            arrival,
        ),
        Section(
            "program",
            "As a program",
            "The backward pass as a NumPy function, as you could write it by hand. It returns the loss and the gradient.",
            mark(code(program + called(program, guess)), number),
            "loss_and_gradient.py",
        ),
        Section(
            "data",
            "As data",
            "All views are made from this list of values, each with the call that made it. Here is the entry of <i>a</i>, "
            "with all digits of its gradient.",
            mark(code(entry(json.loads(data), "a")), repr(float(graph["a"].gradient))),
            "graph.json",
        ),
    ]


def six(value: float) -> str:
    """A number as all views write it."""
    return f"{value:.6g}"


def inline(svg: str, number: str, name: str) -> str:
    """A picture as part of a page. `name` keeps its ids apart from those of other pictures."""
    svg = re.sub(r"<!--.*?-->|<title>.*?</title>", "", svg[svg.index("<svg") :], flags=re.DOTALL).replace("&#45;", "-")
    svg = re.sub(r'id="', f'id="{name}-', svg)
    width = re.search(r'width="(\d+)', svg)
    assert width is not None
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{name}" style="--width: {width[1]}px" ', 1)
    return f'<div class="picture" tabindex="0">{mark(svg, number, "tspan")}</div>'


def stepping(page: str, number: str) -> tuple[str, str]:
    """The page to step through, at the last step that gives the number; and where that is."""
    steps = re.findall(r'id="step(\d+)" [^>]*><span>(.*?)</span> <span>(.*?)</span>', page)
    where, title, result = [step for step in steps if step[2] == number][-1]
    address = f"step.html#{where}"
    caption = mark(f"<p>Step {where}: <code>{title}</code>, which is <code>{result}</code></p>", number)
    return f'{caption}<iframe src="{address}" title="Step by step" loading="lazy"></iframe>', address


def called(program: Any, guess: Sequence[float]) -> str:
    """The program, called."""
    value, slopes = program.function()(*guess, x, actual)
    arguments = ", ".join(map(repr, guess))
    return f"\n\n>>> {program.name}({arguments}, x, actual)\n({six(value)}, ({', '.join(map(six, slopes))}))"


def entry(data: Any, name: str) -> str:
    """The node of this name."""
    [found] = [node for node in data["nodes"] if node.get("name") == name]
    return json.dumps(found, indent=2, ensure_ascii=False)


# --- the page -------------------------------------------------------------------------------------------------------------


def code(text: str) -> str:
    """A text to be read as it is."""
    return f'<pre tabindex="0"><code>{html.escape(text.strip())}</code></pre>'


def mark(markup: str, number: str, tag: str = "mark") -> str:
    """Mark the number wherever it stands in text; not in a tag."""
    alone = re.compile(rf"(?<![\w.-]){re.escape(number)}(?![\w.])")
    return re.sub(r"(?<=>)[^<]+", lambda text: alone.sub(rf'<{tag} class="number">\g<0></{tag}>', text[0]), markup)


STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c1c1c; --quiet: #5f5f5f; --rule: #dcdcd8; --shade: #f6f6f3; --link: #00598c;
  --mark: #ffe566; --mark-ink: #1c1c1c; --picture: none;
  --mono: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e9e7e2; --quiet: #a5a8ad; --rule: #3b3f45; --shade: #202327; --link: #7cc3f0;
    --mark: #6b5300; --mark-ink: #fff3c4; --picture: invert(0.91) hue-rotate(180deg);
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0 auto; padding: 0 20px 64px; max-width: 1180px; background: var(--paper); color: var(--ink);
       font: 16px/1.6 system-ui, sans-serif; }
p, header ul { max-width: 68ch; }
h1 { margin: 48px 0 12px; font-size: clamp(26px, 5vw, 40px); line-height: 1.2; letter-spacing: -0.01em; }
h2 { margin: 0 0 4px; font-size: 22px; line-height: 1.3; }
h2 span { color: var(--quiet); font-weight: normal; margin-right: 0.4em; }
a { color: var(--link); }
code, pre { font-family: var(--mono); font-size: 14px; }
mark { background: var(--mark); color: var(--mark-ink); padding: 0 3px; border-radius: 3px; white-space: nowrap; }
pre { margin: 12px 0; padding: 14px 16px; overflow-x: auto; background: var(--shade); border-radius: 6px; line-height: 1.5; }
nav { display: flex; flex-wrap: wrap; gap: 8px; margin: 24px 0 0; padding: 0; }
nav a { padding: 3px 12px; border: 1px solid var(--rule); border-radius: 99px; color: var(--ink); font-size: 14px;
        text-decoration: none; }
nav a:hover { background: var(--shade); }
section { margin-top: 56px; min-width: 0; scroll-margin-top: 16px; }
.pair, .start { display: grid; gap: 0 40px; align-items: start; }
.file { margin: 6px 0 0; font-size: 14px; }
.picture { margin-top: 16px; overflow-x: auto; }
.picture svg { display: block; height: auto; width: max(0.9 * var(--width), min(100%, 1.08 * var(--width)));
               filter: var(--picture); }
.picture .number { font-weight: bold; paint-order: stroke; stroke: #ffe566; stroke-width: 5px; stroke-linejoin: round; }
iframe { display: block; width: 100%; height: 860px; border: 1px solid var(--rule); border-radius: 6px; }
.picture .graph > polygon:first-of-type { fill: none; }
.gradient { width: 100%; max-width: 340px; border-collapse: collapse; margin: 12px 0; font-variant-numeric: tabular-nums; }
.gradient th, .gradient td { padding: 4px 24px 4px 0; border-top: 1px solid var(--rule); text-align: right;
                             font-weight: normal; }
.gradient th { color: var(--quiet); text-align: left; }
.gradient thead th { border: 0; text-align: right; }
.gradient :is(th, td):last-child { padding-right: 0; }
footer { margin-top: 56px; border-top: 1px solid var(--rule); padding-top: 16px; color: var(--quiet); font-size: 14px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media (min-width: 800px) { .start { grid-template-columns: auto 1fr; } }
@media (min-width: 1100px) { .pair { grid-template-columns: 1fr 1fr; } }
@media (max-width: 700px) { iframe { display: none; } section { margin-top: 40px; } }
"""
PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Why is ∂loss/∂a $number?</title>
<style>$style</style>
</head>
<body>
<header>
<h1>Why is ∂loss/∂<i>a</i> <mark>$number</mark>?</h1>
<p>Somebody drew 5x² − 3x + 3 at 100 points. We guess $guess, and the <strong>loss</strong>, the root of the mean squared
error, is $loss.</p>
<div class="start">$program
$gradient</div>
<p>If <i>a</i> grew a little, the loss would change $number times as much: that is its gradient. One call,
<code>loss.backward()</code>, gives all three. Move <i>a</i> by 0.00001 to either side, see how far the loss moves, and you
find $differences. But why? Here are $count views of one computation: drawings, tables, a
page to step through, a program, and the graph as data. The number is marked in each.</p>
<nav aria-label="The views">$links</nav>
</header>
<main>
$sections
</main>
<footer>Made by <code>examples/see_it.py</code>. Of any computation of your own: <code>tg.draw(loss)</code>,
<code>tg.explain(loss)</code>, <code>tg.step_through(loss, "loss.html")</code>, <code>tg.source(f, ...)</code>; or from a
terminal, <code>python -m tinygrad_lite</code>.</footer>
</body>
</html>
""")


def page_of(sections: list[Section], guess: Sequence[float], value: float, gradient: dict[str, float]) -> str:
    """The page that shows all views."""
    number = six(gradient["a"])
    rows = "".join(
        f"<tr><th>{name}</th><td>{six(start)}</td><td>{six(gradient[name])}</td></tr>" for name, start in zip("abc", guess)
    )
    heads = "<th></th><th>guess</th><th>gradient</th>"
    table = f'<table class="gradient"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    shown = []
    for i, section in enumerate(sections, 1):
        name = section.file.partition("#")[0]
        shown.append(
            f'<section id="{section.id}"><h2><span>{i}</span>{section.title}</h2><p>{section.text}</p>'
            f'{section.view}<p class="file"><a href="{section.file}">{name}</a></p></section>'
        )
    return PAGE.substitute(
        style=STYLE,
        number=number,
        guess=html.escape(formula(guess)),
        loss=six(value),
        program=code(inspect.getsource(loss)),
        differences=six(by_differences(guess)),
        gradient=mark(table, number),
        links="".join(f'<a href="#{section.id}">{section.title}</a>' for section in sections),
        count=len(sections),
        sections="\n".join([f'<div class="pair">{shown[0]}{shown[1]}</div>', *shown[2:]]),
    )


def formula(guess: Sequence[float]) -> str:
    """The quadratic as people write it."""
    return "{:.6g}x² + {:.6g}x + {:.6g}".format(*guess).replace("+ -", "− ").replace("-", "−")


def by_differences(guess: Sequence[float], step: float = 1e-5) -> float:
    """How much the loss changes per unit of a, by a central difference."""
    a, b, c = guess
    return float(loss(a + step, b, c, x, actual) - loss(a - step, b, c, x, actual)) / (2 * step)


# --- the command line -----------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Write the views and the page, and open it."""
    parser = argparse.ArgumentParser(description="Write all views of one loss into a folder, and open a page with them.")
    option = parser.add_argument
    option("--out", type=Path, default=Path("output", "see_it"), metavar="DIR", help="the folder (output/see_it)")
    option("--guess", type=float, nargs=3, default=(2.0, 3.0, 4.0), metavar=("A", "B", "C"), help="where we are (2 3 4)")
    option("--no-open", action="store_true", help="do not open the page in the browser")
    option("--quiet", action="store_true", help="print nothing but errors")
    args = parser.parse_args(argv)
    with np.errstate(all="ignore"):
        value, gradient = look(args.guess)
    if not all(map(math.isfinite, [value, *gradient.values()])):
        parser.error(
            "--guess: there is no gradient here. At 5 -3 3 the guess is the curve itself, and the slope of the root is "
            "infinite; and numbers with more than 150 digits are too large to be squared. Use others, such as 2 3 4"
        )
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        sections = write_views(args.out, args.guess, gradient)
        index = args.out / "index.html"
        index.write_text(page_of(sections, args.guess, value, gradient), encoding="utf-8")
    except OSError as error:
        parser.error(f"--out: cannot write into {args.out}: {error.strerror}")
    except RuntimeError as error:  # nothing that makes pictures
        sys.exit(f"{error} In the project's folder: python -m pip install -e '.[examples]'")
    if not args.quiet:
        print(f"Why is ∂loss/∂a {six(gradient['a'])}? {len(sections)} answers are in {index}")
    if not args.no_open and not os.environ.get("CI"):
        webbrowser.open(index.resolve().as_uri())
    return 0


if __name__ == "__main__":
    sys.exit(main())
