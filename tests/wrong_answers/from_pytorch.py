# === The model has not changed
def train(x, y, epochs):
    model = tg.nn.Linear(1, 1)
    model.weight.data, model.bias.data = np.zeros((1, 1)), np.zeros(1)
    for _ in range(epochs):
        tg.nn.mse_loss(model(x), y).backward()
    return model.weight.item(), model.bias.item()


# === Clear them with optimizer.zero_grad()
def train(x, y, epochs):
    model = tg.nn.Linear(1, 1)
    model.weight.data, model.bias.data = np.zeros((1, 1)), np.zeros(1)
    optimizer = tg.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(epochs):
        tg.nn.mse_loss(model(x), y).backward()
        optimizer.step()
    return model.weight.item(), model.bias.item()


# === The momentum is missing: momentum=0.9
def train(x, y, epochs):
    model = tg.nn.Linear(1, 1)
    model.weight.data, model.bias.data = np.zeros((1, 1)), np.zeros(1)
    optimizer = tg.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(epochs):
        optimizer.zero_grad()
        tg.nn.mse_loss(model(x), y).backward()
        optimizer.step()
    return model.weight.item(), model.bias.item()


# === The loss is their mean
def train(x, y, epochs):
    model = tg.nn.Linear(1, 1)
    model.weight.data, model.bias.data = np.zeros((1, 1)), np.zeros(1)
    optimizer = tg.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in range(epochs):
        optimizer.zero_grad()
        np.sum((model(x) - y) ** 2).backward()
        optimizer.step()
    return model.weight.item(), model.bias.item()


# === There is no torch here
def train(x, y, epochs):
    model = tg.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return model.weight.item(), model.bias.item()
