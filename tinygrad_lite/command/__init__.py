"""``python -m tinygrad_lite``: every view, and the check, for a function in a file. In reading order:

main.py       the command line, and what each command does
from_file.py  the function in the file, and the values for its parameters
checking.py   the check of a gradient, and what it reports
"""
