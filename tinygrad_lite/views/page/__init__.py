"""A page that plays a computation forward and back. In reading order:

page.py      step_through: one file, with page.html, page.css and page.js in it
story.py     what each step says
excerpts.py  the lines of the program beside it
boxes.py     the picture, layout.py where its boxes stand
"""
