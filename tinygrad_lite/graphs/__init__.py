"""A recorded computation as plain data, and everything that can be computed from it. The files, in reading order:

nodes.py        one value and how it was made, comparing and writing such values
graph.py        Graph, the list of nodes, and Graph.of
tracing.py      trace: the graph of what a function computes
tracer.py       records the calls of a function while it runs, with their lines and names
traced.py       plain arrays that report what is computed from them
building.py     makes the nodes of what was recorded, and of the backward pass
lookup.py       the rule of a node, by function or by name
plaindata.py    arrays, slices and dtypes in strict JSON
elements.py     one element of each array: which elements of others it is made from
names.py        the name of each value, and the value that a name means
paths.py        the paths from a parameter to the loss, and the product of slopes along each
shifts.py       which gradients are 0, because a value only shifts exponents
program.py      the program that a person would write for a graph; all generated programs begin with it
simplify.py     the rewrites that make this program short
"""

WRITERS: dict[str, str] = {}  # format -> the module that writes it; the package's own __init__ fills this
