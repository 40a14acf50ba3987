"""A recorded computation as plain data, and everything that can be asked of it without showing it. In reading order:

nodes.py        one value and how it was made, comparing and writing such values
graph.py        Graph, Graph.of and trace: the list of nodes
tracing.py      watches a function run: its variables, its lines, its loops
traced.py       plain arrays that tell what is computed from them
expressions.py  what a line of the program calls a value
building.py     makes the nodes of what was recorded, and of the walk back
lookup.py       the rule of a node, by function or by name
plaindata.py    arrays, slices and dtypes in strict JSON
elements.py     one element of each array: which elements of others it is made from
paths.py        the paths from a parameter to the loss, and the product of slopes along each
program.py      the program that a person would write for a graph: what all that write programs begin with
simplify.py     the rewrites that make it short
"""

WRITERS: dict[str, str] = {"onnx": "tinygrad_lite.views.onnx.model"}  # format -> what writes it; it needs an extra
