"""How a recorded computation is shown. Each folder is one view of a `Graph`, with a file of the folder's name to begin with:

drawing/     the picture: draw
table/       the evaluation table: explain
page/        the page that plays the steps: step_through
source/      the gradient as a NumPy program: source
playground/  the page in which the parameters can be dragged: playground
onnx/        a model for other programs: Graph.to_onnx

Two folders know no `Graph`: training/, the page that plays a training, History.page; and player/, what pages that play
something share.

What they share, in reading order: asking.py (what a reader asks for), words.py (values in words), notation.py (formulas
as mathematics or as source), formulas.py (the formula of each call), steps.py (the computation as steps, forward and back).
"""
