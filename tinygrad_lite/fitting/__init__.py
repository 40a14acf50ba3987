"""Training a model: the loop, and the history of what it did. In reading order:

fitting.py    `fit`: the loop over epochs and batches
training.py   one step, one evaluation, and the state that a training is in
failing.py    what a training says when a number is no longer finite, and Ctrl-C
reporting.py  what is shown while a training runs
history.py    `History`: what each epoch brought
plotting.py   a history as a picture
scene.py      what is kept of a model of one or two inputs, so that a page can play how it learned
"""
