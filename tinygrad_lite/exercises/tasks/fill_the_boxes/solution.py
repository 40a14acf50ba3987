"""Each part that comes back is the gradient of the result, times the slope of the step."""

grad_t = 1 * 2  # y = t * a: the slope with respect to t is a
grad_s = grad_t * 1  # t = s + b: the slope is 1
grad_b = grad_t * 1 + grad_s * 2  # from t, and from s = a * b
grad_a = 1 * 9 + grad_s * 3  # from y = t * a, and from s = a * b
