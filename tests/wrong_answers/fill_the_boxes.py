# === This is the value of t
grad_t = 9


# === It is multiplied by the gradient of t
grad_s = 1


# === This is what comes back from t alone
grad_b = grad_t


# === This is what comes back from y alone
grad_a = 9


# === which is not 1
grad_a = 9 + 3


# === a is used twice
grad_a = 9 * 6
