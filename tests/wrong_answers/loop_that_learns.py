# === a and b do not change
def train(x, y, rate, epochs):
    a, b = tg.Tensor(0.0), tg.Tensor(0.0)
    for _ in range(epochs):
        np.mean((a * x + b - y) ** 2).backward()
        for p in (a, b):
            p = p - rate * p.grad
            p.zero_grad()
    return a.item(), b.item()


# === The gradients of all epochs add up
def train(x, y, rate, epochs):
    a, b = tg.Tensor(0.0), tg.Tensor(0.0)
    for _ in range(epochs):
        np.mean((a * x + b - y) ** 2).backward()
        with tg.no_grad():
            for p in (a, b):
                p -= rate * p.grad
    return a.item(), b.item()


# === Put it inside `with tg.no_grad():`
def train(x, y, rate, epochs):
    a, b = tg.Tensor(0.0), tg.Tensor(0.0)
    for _ in range(epochs):
        np.mean((a * x + b - y) ** 2).backward()
        for p in (a, b):
            p -= rate * p.grad
            p.zero_grad()
    return a.item(), b.item()


# === a and b move uphill
def train(x, y, rate, epochs):
    a, b = tg.Tensor(0.0), tg.Tensor(0.0)
    for _ in range(epochs):
        np.mean((a * x + b - y) ** 2).backward()
        with tg.no_grad():
            for p in (a, b):
                p += rate * p.grad
                p.zero_grad()
    return a.item(), b.item()


# === Only a moves
def train(x, y, rate, epochs):
    a, b = tg.Tensor(0.0), tg.Tensor(0.0)
    for _ in range(epochs):
        np.mean((a * x + b - y) ** 2).backward()
        with tg.no_grad():
            a -= rate * a.grad
            a.zero_grad()
    return a.item(), b.item()
