"""Training a module: the loop, and the history of what it did."""
