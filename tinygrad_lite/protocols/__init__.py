"""The protocols through which Python and NumPy ask a Tensor what to do. The files, in reading order:

calling.py        what happens when a NumPy function is called with a Tensor
compositions.py   functions of NumPy that are written with others, which have rules
ufunc_options.py  where=, dtype=, casting= and the other options of a ufunc call
writing.py        y[i] = v, also through views of views: what is written becomes part of the graph
operators.py      t + u, t += u, t < u and the methods, as calls of NumPy's functions
primitives.py     what is recorded for t[i] = v, t.astype(...) and the variables of a transform
copying.py        copies and pickles
leaving.py        what happens when something asks for a plain array, and whether a gradient would be lost
"""
