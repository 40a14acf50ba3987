"""The gradient is written as the program that an expert would write for speed. The files, in reading order:

code.py          the program while it is compiled: calls in order, as plain data
running.py       which of the user's functions run in a call
conditions.py    whether something is as it was
surroundings.py  what these functions can reach besides the arguments, and how to find it again
lookups.py       which arrays a program looks up there, and what has to be as it was
steady.py        whether a function computes the same each time that it is called
tracing.py       traces one call of a function, and makes such a program of it
kernels.py       functions that programs use and NumPy does not have
passes/          the steps that make a program faster, one idea in each file
blocks.py        which calls can be made for some rows at a time
storage.py       which arrays a program keeps, and which call writes into which
product_calls.py the lines of products of matrices and vectors
image_calls.py   the lines of calls on images
calls.py         the lines of the calls
writing.py       the text around them
programs.py      the text, executed, and what it gets besides the arguments
measuring.py     whether the results are those of the engine, and how long a call takes
guards.py        which program fits which arguments
compile.py       compile: the function that keeps the programs, and chooses one
"""
