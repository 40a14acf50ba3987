"""Checks of needed_lines: programs of growing length, beside the graph of a computation of this form."""

import numpy as np

import tinygrad_lite as tg

from ...checks import Calls, Slip


def by_graph(program, result):
    """The program, computed with Tensors: in the graph of its result are the lines that it needs, and no others."""
    values = {name: tg.Tensor(1.0, name=name) for _, sources in program for name in sources}
    for name, sources in program:
        values[name] = sum(values[source] for source in sources) * 1.0
        values[name].name = name
    lines = {name for name, _ in program}
    return [node.name for node in tg.Graph.of(values[result]) if node.name in lines]


def direct(program, result):
    sources = dict(program)[result]
    return [name for name, _ in program if name in sources or name == result]


def with_inputs(program, result):
    lines = by_graph(program, result)
    return sorted({*lines, *(source for name, sources in program if name in lines for source in sources)})


def random_program(rng, count):
    """Each line is computed from one or two of the names before it."""
    names = ["x", "y", *"abcdefgh"[:count]]
    return [
        (names[i], sorted(rng.choice(names[:i], rng.integers(1, 3), replace=False).tolist())) for i in range(2, count + 2)
    ]


rng = np.random.default_rng(5)
CASES = [
    ([("u", ["x"]), ("v", ["x", "y"]), ("w", ["u"]), ("z", ["v"])], "w"),
    ([("u", ["x"])], "u"),
    ([("u", ["x"]), ("v", ["x"])], "u"),
    ([("u", ["x"]), ("v", ["u"])], "v"),
    ([("u", ["x"]), ("v", ["u"]), ("w", ["v"])], "w"),
    ([("u", ["x"]), ("v", ["u"]), ("w", ["u", "v"]), ("z", ["x"])], "w"),
    *((random_program(rng, count), "abcdefgh"[count - 1]) for count in (4, 5, 6, 7, 8)),
]
CHECKS = [
    Calls(
        "needed",
        CASES,
        by_graph,
        hints=(
            "Go through the program from its last line to its first, and keep a set of the names that are needed. When a "
            "line is "
            "needed, so are the names that it is computed from.",
            "reversed(program) goes backward. At the end: [name for name, _ in program if name in wanted].",
        ),
        slips=[
            Slip(
                "The lines that are needed need other lines themselves. Follow them up to the inputs.",
                direct,
            ),
            Slip(
                "These are all lines. Leave out those that the result does not need.",
                lambda program, result: [n for n, _ in program],
            ),
            Slip(
                "The lines are in the wrong order. Return them in the order of the program.",
                lambda program, result: by_graph(program, result)[::-1],
            ),
            Slip("The result is a line as well, and it is needed.", lambda program, result: by_graph(program, result)[:-1]),
            Slip(
                "Inputs are in the list. They have no line in the program.",
                when=lambda found, program, result: (
                    isinstance(found, list | set | tuple) and sorted(set(found)) == with_inputs(program, result)
                ),
            ),
            Slip(
                "A line that is needed by two others is in the list twice. Keep the names in a set.",
                when=lambda found, program, result: isinstance(found, list) and len(set(found)) < len(found),
            ),
            Slip(
                "This is a set, which has no order. Make a list of the names, in the order of the program.",
                when=lambda found, program, result: isinstance(found, set),
            ),
        ],
    )
]
