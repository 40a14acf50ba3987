"""Saving what was learned, and loading it again. In reading order:

saving.py        `save` and `load`: models, optimizers and notes in one file
values.py        notes as strict JSON: dicts, lists, tuples, numbers that may be nan, and arrays
file_format.py   arrays as bytes: the safetensors format, written so that the old file stays whole, and read with distrust
"""
