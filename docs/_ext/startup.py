"""What the kernel runs before the first cell of every page: errors and warnings show only their message.

The lines that led to it are inside this package, in files of the machine that built the page. They do not help a reader.
"""

import warnings

from IPython.core.getipython import get_ipython

get_ipython().run_line_magic("xmode", "Minimal")
warnings.formatwarning = lambda message, category, *where, **line: f"{category.__name__}: {message}\n"
