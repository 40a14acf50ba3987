"""The view `playground` makes a page in which a computation runs while you drag its parameters. The files, in reading order:

playground.py  playground: the page, with playground.html, playground.css and the files of its script
arguments.py   which arguments are parameters, and which are data
writer.py      the loss and its gradients as a program in JavaScript
functions.py   how a call of each function is written; runtime.js: the functions themselves
picture.py     which values are the data, and which are the prediction
boxes.py       the graph
"""
