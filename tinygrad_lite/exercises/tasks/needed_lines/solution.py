"""Go through the lines from the last to the first: when a line is reached, all lines that use it have been seen."""


def needed(program, result):
    """The names of the lines that the result needs, with itself, in the order of the program."""
    wanted = {result}
    for name, sources in reversed(program):
        if name in wanted:
            wanted.update(sources)
    return [name for name, _ in program if name in wanted]
