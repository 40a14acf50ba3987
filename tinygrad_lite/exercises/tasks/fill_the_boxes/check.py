"""Checks of fill_the_boxes: the gradients that backward() computes."""

import tinygrad_lite as tg

from ...checks import Numbers

a, b = tg.Tensor(2.0), tg.Tensor(3.0)
s = a * b
t = s + b
y = t * a
y.backward()
CHECKS = [
    Numbers(
        {"grad_t": t.grad, "grad_s": s.grad, "grad_b": b.grad, "grad_a": a.grad},
        hints={
            "grad_t": (
                "y is t * a. If t rises by 1, by how much does y rise?",
                "The slope of a product is the other factor.",
            ),
            "grad_s": (
                "t is s + b. If s rises by 1, t rises by 1. How much does y rise then?",
                "The gradient of t is sent on.",
            ),
            "grad_b": (
                "b is used twice: in s = a * b and in t = s + b. Compute what comes back from each, and add the two.",
                "From t comes grad_t. From s comes grad_s, times the slope of a * b with respect to b.",
            ),
            "grad_a": (
                "a is used twice: in s = a * b and in y = t * a. Compute what comes back from each, and add the two.",
                "From y comes t. From s comes grad_s, times b.",
            ),
        },
        slips=[
            ("grad_t", 9.0, "This is the value of t. The gradient is the slope of y = t * a with respect to t."),
            ("grad_t", 1.0, "The gradient of y is 1. It is multiplied by the slope of t * a with respect to t."),
            ("grad_s", 1.0, "The slope of t with respect to s is 1. It is multiplied by the gradient of t."),
            ("grad_s", 6.0, "This is the value of s. How much does y rise per unit of s?"),
            ("grad_b", 2.0, "This is what comes back from t alone. b is used in s = a * b as well: add the two parts."),
            ("grad_b", 4.0, "This is what comes back from s alone. b is used in t = s + b as well: add the two parts."),
            ("grad_b", 3.0, "Multiply the slope of each step by the gradient of its result, then add the two parts."),
            ("grad_a", 9.0, "This is what comes back from y alone. a is used in s = a * b as well: add the two parts."),
            ("grad_a", 6.0, "This is what comes back from s alone. a is used in y = t * a as well: add the two parts."),
            ("grad_a", 12.0, "What comes back through s is multiplied by the gradient of s, which is not 1."),
        ],
    )
]
