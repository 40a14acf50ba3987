"""``python -m tinygrad_lite``: all views, and the check of a gradient, for a function in a file. In reading order:

stopping.py   how a command ends that cannot be done: with the command that would have worked
examples.py   our examples: where they are, the list of them, and how one is run
from_file.py  the file, and the function in it
values.py     what the function is called with
showing.py    draw, explain, step and source
checking.py   check: a gradient against differences of the function's values
exercises.py  exercises: the list of them; start one, check it, see our solution
main.py       the commands and their options
"""
