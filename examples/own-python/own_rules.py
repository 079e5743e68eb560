"""A loss, an optimizer and a schedule of one's own, on a regression with outliers."""

import numpy as np

import appliance as ra
from appliance import nn


class Huber(nn.Loss):
    """Squares of small errors, sizes of large ones."""

    def __init__(self, limit=1.0):
        self.limit = limit

    def values(self, outputs, labels):
        """Return the loss of each sample."""
        size = np.abs(outputs - labels)[:, 0]
        return np.where(size < self.limit, 0.5 * size * size, self.limit * (size - 0.5 * self.limit))

    def gradient(self, outputs, labels):
        """Return its derivative."""
        return np.clip(outputs - labels, -self.limit, self.limit)


class Lion(nn.Optimizer):
    """Steps of one size, in the direction of a moving average (Chen et al., 2023)."""

    state_names = ("average",)

    def update(self, parameter, gradient, state, step):
        """Change parameter and average in place."""
        parameter -= step.rate * np.sign(0.9 * state["average"] + 0.1 * gradient)
        state["average"][...] = 0.99 * state["average"] + 0.01 * gradient

    def rate(self, epoch, epochs):
        """Return a rate that falls linearly."""
        return self.learning_rate * (epochs + 1 - epoch) / epochs


stream = ra.Stream(3, "line")
x = stream.derive("x").normal((400, 3))
y = x[:, 0] - 2.0 * x[:, 1] + 0.1 * stream.derive("noise").normal(400)
y[::20] += 10.0  # outliers
data = ra.Dataset.from_arrays(x[:300], y[:300], x[300:], y[300:])
loss, optimizer = Huber(limit=0.5), Lion(learning_rate=0.01)
print("found:", ra.check_portable(loss, (1,)) + ra.check_portable(optimizer, (3, 4)))
model = [nn.Dense(units=1)]
record = ra.fit(model, data, loss=loss, optimizer=optimizer, epochs=40, batch_size=20, name="own-rules")
print("weights", [round(value, 2) for value in record.parameters["dense_1.weight"][:, 0].tolist()])
print(record.digests["run"])
