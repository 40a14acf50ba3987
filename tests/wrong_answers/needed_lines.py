# === Follow them up to the inputs
def needed(program, result):
    sources = dict(program)[result]
    return [name for name, _ in program if name in sources or name == result]


# === in the order of the program
def needed(program, result):
    wanted, lines = {result}, []
    for name, sources in reversed(program):
        if name in wanted:
            wanted.update(sources)
            lines.append(name)
    return lines


# === Inputs are in the list
def needed(program, result):
    wanted = {result}
    for name, sources in reversed(program):
        if name in wanted:
            wanted.update(sources)
    return sorted(wanted)


# === which has no order
def needed(program, result):
    wanted = {result}
    for name, sources in reversed(program):
        if name in wanted:
            wanted.update(sources)
    return wanted & {name for name, _ in program}


# === Follow them up to the inputs
def needed(program, result):
    wanted = {result}
    for name, sources in program:
        if name in wanted:
            wanted.update(sources)
    return [name for name, _ in program if name in wanted]
