"""Fill in the gradients of a drawing.

Chapter 5. A drawing shows the value and the gradient of each step. Here are the steps and their
values, for a = 2 and b = 3:

    s = a * b        6
    t = s + b        9
    y = t * a       18

Go back from y, and write down the gradient of each value: how much y rises per unit of that value.
The gradient of y itself is 1.

Check your answer:  python -m tinygrad_lite exercises check fill_the_boxes
"""

grad_t = ...
grad_s = ...
grad_b = ...
grad_a = ...
