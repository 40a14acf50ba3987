# === subtract the step from p
def newton_step(f, p):
    return p + np.linalg.solve(tg.hessian(f)(p), tg.grad(f)(p))


# === which divides by it
def newton_step(f, p):
    return p - tg.hessian(f)(p) @ tg.grad(f)(p)


# === Only the diagonal of H is used
def newton_step(f, p):
    return p - tg.grad(f)(p) / np.diag(tg.hessian(f)(p))


# === This is the step d
def newton_step(f, p):
    return np.linalg.solve(tg.hessian(f)(p), tg.grad(f)(p))


# === / divides by each element
def newton_step(f, p):
    return p - tg.grad(f)(p) / tg.hessian(f)(p)
