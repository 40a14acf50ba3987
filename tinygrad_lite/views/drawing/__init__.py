"""A `Graph` as a picture. In reading order:

drawing.py   draw: what is asked for, and what comes out
tidying.py   leaves out what nobody needs to see
folding.py   functions as frames, repeated turns of a loop as one
picture.py   boxes and arrows as plain data
painting.py  makes a Picture of a Graph
dot.py       writes it for Graphviz, mermaid.py for Mermaid
render.py    makes the image
"""
