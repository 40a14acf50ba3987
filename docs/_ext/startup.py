"""What the kernel runs before the first cell of every page: errors and warnings show their message, and not where they came from.

That would be lines inside this package, in files of the machine that built the page; a reader can do nothing with them.
"""

import warnings

from IPython.core.getipython import get_ipython

get_ipython().run_line_magic("xmode", "Minimal")
warnings.formatwarning = lambda message, category, *where, **line: f"{category.__name__}: {message}\n"
