# === where u is not 1 but 3 * x + 1
y_per_u = 2


# === Along one path slopes are multiplied
L_per_x = 3 + 8 + 0.5


# === This is the value of y
y_per_u = 16


# === The last step, from y to L, is missing
L_per_x = 3 * 8


# === by how much does y / 2 rise
L_per_y = "half"
