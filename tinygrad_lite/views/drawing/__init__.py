"""The view `draw` shows a `Graph` as a picture. The files, in reading order:

drawing.py   draw: its arguments, and the drawing that it returns
tidying.py   leaves out nodes that nobody needs to see
folding.py   functions as frames, repeated rounds of a loop as one
picture.py   boxes and arrows as plain data
painting.py  makes a Picture of a Graph
dot.py       writes it for Graphviz, mermaid.py for Mermaid
render.py    makes the image
"""
