"""A `Graph` as an ONNX model. In reading order:

model.py     the model: inputs, outputs, nodes
table.py     for each function of NumPy, the operators of ONNX
images.py    convolution and pooling
formulas.py  functions of single numbers, written with those that ONNX has
values.py    names, types and constants in the model
"""
