"""How a recorded computation is shown: `dot.py` draws it, in the words of `words.py`; `render.py` makes the picture."""
