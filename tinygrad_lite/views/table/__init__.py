"""The view `explain` makes the evaluation table of the textbooks, forward and backward. The files, in reading order:

table.py    explain: its arguments, and the explanation that it returns
account.py  the table, step by step; ways.py: the paths to one parameter
blocks.py   the parts of a table, as plain data
as_text.py, as_html.py, as_markdown.py  write it
"""
