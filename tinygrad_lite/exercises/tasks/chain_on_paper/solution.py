"""At x = 1, u is 4. The slopes along the path are 3, 2u = 8 and 1/2, and their product is 12."""

u_per_x = 3
y_per_u = 2 * 4
L_per_y = 1 / 2
L_per_x = 3 * 8 / 2
