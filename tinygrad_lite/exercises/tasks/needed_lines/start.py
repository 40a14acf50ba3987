"""Leave out what a compiler would leave out.

Chapter 12. A recorded computation is a small program: a list of lines, each with a name and the
names that it is computed from. A compiler first leaves out the lines that the result does not
need. In

    program = [("u", ["x"]), ("v", ["x", "y"]), ("w", ["u"]), ("z", ["v"])]

the result "w" needs the lines "u" and "w", and the others can go. x and y have no line: they are
inputs.

Check your answer:  python -m tinygrad_lite exercises check needed_lines
"""


def needed(program, result):
    """The names of the lines that the result needs, with itself, in the order of the program."""
    return ...
