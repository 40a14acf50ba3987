# === Use edges.get(name, [])
def derivative(edges, start, end):
    if start == end:
        return 1.0
    return sum(slope * derivative(edges, name, end) for name, slope in edges[start])


# === Only one path is counted
def derivative(edges, start, end):
    if start == end:
        return 1.0
    for name, slope in edges.get(start, []):
        rest = derivative(edges, name, end)
        if rest:
            return slope * rest
    return 0.0


# === They have to be multiplied
def derivative(edges, start, end, so_far=0.0):
    if start == end:
        return so_far
    return sum(derivative(edges, name, end, so_far + slope) for name, slope in edges.get(start, []))


# === Only arrows that lead directly
def derivative(edges, start, end):
    return sum(slope for name, slope in edges.get(start, []) if name == end)


# === nothing has to be multiplied
def derivative(edges, start, end):
    total = 0.0
    for name, slope in edges.get(start, []):
        total += slope * (1.0 if name == end else derivative(edges, name, end))
    return total


# === The result is 0 for every input
def derivative(edges, start, end):
    return sum(slope * derivative(edges, name, end) for name, slope in edges.get(start, []))
