"""The view `source` writes the gradient as a NumPy program that you could have written by hand. The files, in reading order:

source.py       source: the program, line by line
expressions.py  each call and its arguments as an expression
names.py        the names of the variables
layout.py       the text around the lines: head, sections, what is returned
functions.py    the functions that the program has to define, because NumPy does not have them
"""
