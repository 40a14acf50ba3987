"""The view `step_through` makes a page that plays a computation forward and backward. The files, in reading order:

page.py      step_through: one file, with page.html, page.css and page.js in it
story.py     the words of each step
excerpts.py  the lines of the program next to them
boxes.py     the picture; layout.py: the places of its boxes
"""
