"""What the kernel runs before the first cell of every page: an error shows its message, without the lines it came through.

Those lines are inside this package, in files of the machine that built the page; a reader can do nothing with them.
"""

from IPython.core.getipython import get_ipython

get_ipython().run_line_magic("xmode", "Minimal")
