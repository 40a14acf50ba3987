"""Views show a recorded computation. Each folder is one view of a `Graph`; begin with the file that has the folder's name:

drawing/     the picture: draw
table/       the evaluation table: explain
page/        the page that plays the steps: step_through
source/      the gradient as a NumPy program: source
playground/  the page in which the parameters can be dragged: playground
onnx/        a model for other programs: Graph.to_onnx

Two folders do not use a `Graph`: training/, the page that plays a training, History.page; and player/, the common parts of
pages that play something.

Files that several views use, in reading order: asking.py (what a user asks for), words.py (values in words), notation.py
(formulas as mathematics or as source), formulas.py (the formula of each call), steps.py (the computation as steps, forward
and backward).
"""
