"""The gradient as a NumPy program that one could have written by hand. In reading order:

source.py     source: the program, line by line
functions.py  the functions that it has to define, because NumPy has none
"""
