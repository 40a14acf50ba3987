"""Saves what was learned, and loads it again. The files, in reading order:

saving.py        `save` and `load`: models, optimizers and notes in one file
values.py        notes as strict JSON: dicts, lists, tuples, numbers that may be nan, and arrays
file_format.py   arrays as bytes in the safetensors format; an error leaves the old file whole, and bad files do no harm
"""
