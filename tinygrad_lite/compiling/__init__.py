"""The gradient as the program that an expert would write for speed. In reading order:

code.py      the program while it is compiled: calls in order, as plain data
passes/      what is done to it, one idea a file
kernels.py   what it calls that NumPy has no function for
blocks.py      which calls can be made for some rows at a time
writing.py   its text
compile.py   compile: the function that traces, compiles, keeps the programs, and chooses one
"""
