"""Trains a model: the loop, and the history of the training. The files, in reading order:

fitting.py    `fit`: the loop over epochs and batches
training.py   one step, one evaluation, and the state of a training
failing.py    what happens when a number is no longer finite, or Ctrl-C is pressed
reporting.py  what is shown while a training runs
history.py    `History`: the numbers of each epoch
plotting.py   a history as a picture
scene.py      the outputs of a model of one or two inputs, which are kept so that a page can play the training
"""
