"""The evaluation table of the textbooks, forward and back. In reading order:

table.py    explain: what is asked for, and what comes out
account.py  the table, step by step, and ways.py the paths to one parameter
blocks.py   what a table consists of, as plain data
as_text.py, as_html.py, as_markdown.py  set it
"""
