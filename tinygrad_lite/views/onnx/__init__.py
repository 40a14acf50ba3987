"""`Graph.to_onnx` writes a `Graph` as an ONNX model. The files, in reading order:

model.py     the model: inputs, outputs, nodes
table.py     the ONNX operators for each NumPy function
images.py    convolution and pooling
formulas.py  functions of single numbers, written with those that ONNX has
values.py    names, types and constants in the model
"""
