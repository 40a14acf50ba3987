# === The part that comes back last replaces the others
class Value(Value):
    def backward(self):
        self.grad = 1.0
        for value in in_order(self):
            for parent, slope in value.made_from:
                parent.grad = slope * value.grad


# === is sent on twice
class Value(Value):
    def backward(self, gradient=1.0):
        self.grad += gradient
        for parent, slope in self.made_from:
            parent.backward(self.grad * slope)


# === where paths meet, their products add up
class Value(Value):
    def backward(self):
        self.grad = 1.0
        for value in in_order(self):
            for parent, slope in value.made_from:
                parent.grad *= value.grad * slope
