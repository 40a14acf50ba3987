"""A page that plays a training, epoch by epoch: `History.page`. Nothing here knows a model. In reading order:

training.py  the page: what each epoch says, with training.html, training.css and training.js
pictures.py  what the model makes of its inputs: a curve, or a field of colours
charts.py    the loss and the metrics over the epochs
plots.py     what all of them are drawn in: axes, ticks, lines that any width of the page stretches
film.py      many pictures in few letters
"""
