"""The gradient as the program that an expert would write for speed. In reading order:

code.py       the program while it is compiled: calls in order, as plain data
tracing.py    what is compiled: one call of a function, as such a program
kernels.py    what a program computes that NumPy has no function for
passes/       what is done to a program, one idea a file
blocks.py     which calls can be made for some rows at a time
storage.py    which arrays a program keeps, and which call writes into which
image_calls.py  the lines of calls on images
calls.py      the lines of the calls
writing.py    the text around them
programs.py   the text, executed, and what it gets beside the arguments
measuring.py  whether its results are the engine's, and how long it takes
guards.py     which program fits which arguments
compile.py    compile: the function that keeps the programs, and chooses one
"""
