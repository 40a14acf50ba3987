"""What a Tensor does where NumPy's and Python's own protocols meet it. In reading order:

compositions.py   functions of NumPy that are written with others, which have rules
ufunc_options.py  where=, dtype=, casting= and the other options of a ufunc call
writing.py        y[i] = v, also through views of views: what is written becomes part of the graph
leaving.py        who asks for a plain array, and whether a gradient would be lost
"""
