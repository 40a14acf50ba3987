"""The page of `History.page` plays a training, epoch by epoch. Nothing here uses a model. The files, in reading order:

training.py  the page: the words of each epoch, with training.html, training.css and training.js
pictures.py  the outputs of the model: a curve, or a field of colours
charts.py    the loss and the metrics over the epochs
plots.py     used by all of these: axes, ticks, and lines that adapt to the width of the page
film.py      many pictures, compressed into a short text
"""
