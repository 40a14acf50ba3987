"""Exercises that check themselves: ``python -m tinygrad_lite exercises``. In reading order:

catalogue.py  the chapters and their exercises; what belongs to one: the task, our solution, its checks
tasks/        the exercises. Each is a folder with start.py, solution.py and check.py
starting.py   the learner's own copy of a task
comparing.py  are two values alike, and how a value is written in a report
finding.py    what a check found: a sentence, numbers, lines and hints
errors.py     the errors that a file ends with, in lines and hints
trials.py     one call of a learner's function: the input, what is right, what came out
slips.py      the mistakes that learners often make, and which of them was made
checks.py     what check.py is made of: calls of the learner's functions, and numbers on paper
judging.py    what is wrong with a file: the smallest input, what is expected, what was found
alone.py      the same in a process of its own, which may crash, or never end
progress.py   which exercises are done: a JSON file in the user's data folder
report.py     the outcome in words
"""
