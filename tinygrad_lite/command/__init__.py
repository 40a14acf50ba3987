"""``python -m tinygrad_lite`` shows a function in a file in all views, and checks its gradient. The files, in reading order:

stopping.py   ends a command that cannot be done, and shows the command that would have worked
examples.py   our examples: finds, lists and runs them
from_file.py  the file, and the function in it
values.py     the arguments that the function is called with
showing.py    draw, explain, step and source
checking.py   check: a gradient against differences of the function's values
exercises.py  exercises: list them, start one, check it, see our solution
main.py       the commands and their options
"""
