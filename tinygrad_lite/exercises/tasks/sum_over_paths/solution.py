"""Every path begins with one arrow; what follows is a path from there. So the function calls itself."""


def derivative(edges, start, end):
    """The sum over all paths from start to end of the product of the slopes along the path."""
    if start == end:
        return 1.0
    return sum(slope * derivative(edges, name, end) for name, slope in edges.get(start, []))
