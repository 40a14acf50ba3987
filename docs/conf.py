"""How the pages are built. Every code cell is executed; one that fails, and any warning, fails the build."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HELPERS = str(Path(__file__).parent / "_ext")
sys.path.insert(0, HELPERS)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [HELPERS, os.environ.get("PYTHONPATH")]))  # for the cells
os.environ["PYTHONSTARTUP"] = os.path.join(HELPERS, "startup.py")
os.environ.pop("MPLBACKEND", None)  # plots are in the pages, also where programs are told to draw into files
os.environ.setdefault("OMP_NUM_THREADS", "1")  # on small matrices, two threads take more time than one

project = "tinygrad_lite"
author = copyright = "The tinygrad_lite developers"
extensions = ["myst_nb", "sphinx.ext.autodoc", "legible", "mathml", "plain_docstrings", "chapters", "terms", "notebooks"]
exclude_patterns = ["_build", "_ext"]

myst_enable_extensions = ["dollarmath", "deflist"]
myst_update_mathjax = False
html_math_renderer = "mathml"

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 900  # for a cell; several pages may share a core
nb_execution_show_tb = True
nb_render_error_lexer = "text"
nb_ipywidgets_js = {}
nb_merge_streams = True

html_theme = "furo"
html_title = "tinygrad_lite"
html_static_path = ["_static"]
html_css_files = ["style.css"]
html_js_files = [("copy.js", {"defer": "defer"})]
html_copy_source = False
html_show_sphinx = False
pygments_style, pygments_dark_style = "friendly", "monokai"

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
