"""How a recorded computation is shown. Each folder is one view of a `Graph`, with a file of the folder's name to begin with:

drawing/  the picture: draw
table/    the evaluation table: explain
page/     the page that plays the steps: step_through
source/   the gradient as a NumPy program: source
onnx/     a model for other programs: Graph.to_onnx

What several of them share: words.py (labels, and calls in a few words), notation.py (text, MathML and Python for formulas),
formulas.py (the formula of each call and slope), steps.py (the computation as steps, forward and back).
"""
