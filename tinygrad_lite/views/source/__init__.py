"""The gradient as a NumPy program that you could have written by hand. In reading order:

source.py       source: the program, line by line
expressions.py  each call and its arguments as an expression
names.py        what the variables are called
layout.py       the text around the lines: head, sections, what is returned
functions.py    the functions that the program has to define, because NumPy has none
"""
