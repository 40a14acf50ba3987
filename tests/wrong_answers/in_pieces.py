# === There are no checkpoints in the graph
def chain(layer, x, n, every):
    for _ in range(n):
        x = layer(x)
    return x


# === The whole chain is one piece
def chain(layer, x, n, every):
    def piece(x):
        for _ in range(n):
            x = layer(x)
        return x

    return tg.checkpoint(piece)(x)


# === The last calls are missing
def chain(layer, x, n, every):
    def piece(x):
        for _ in range(every):
            x = layer(x)
        return x

    for _ in range(n // every):
        x = tg.checkpoint(piece)(x)
    return x


# === The last piece has too many calls
def chain(layer, x, n, every):
    def piece(x):
        for _ in range(every):
            x = layer(x)
        return x

    for _ in range(0, n, every):
        x = tg.checkpoint(piece)(x)
    return x


# === Each call is a piece of its own
def chain(layer, x, n, every):
    for _ in range(n):
        x = tg.checkpoint(layer)(x)
    return x


# === The last calls are not in a piece
def chain(layer, x, n, every):
    def piece(x):
        for _ in range(every):
            x = layer(x)
        return x

    for _ in range(n // every):
        x = tg.checkpoint(piece)(x)
    for _ in range(n % every):
        x = layer(x)
    return x


# === The piece reads a variable
def chain(layer, x, n, every):
    while n > 0:
        calls = min(n, every)

        def piece(x):
            for _ in range(calls):
                x = layer(x)
            return x

        x = tg.checkpoint(piece)(x)
        n -= calls
    return x
