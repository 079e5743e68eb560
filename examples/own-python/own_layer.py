"""Layers of one's own: one from a function and its derivative, one with parameters."""

import appliance as ra
from appliance import nn, portable


def swish(x):
    """Return x * sigmoid(x)."""
    return x * portable.sigmoid(x)


def slope(x):
    """Return the derivative of swish."""
    s = portable.sigmoid(x)
    return s * (1.0 + x * (1.0 - s))


class Gain(nn.Layer):
    """Multiplies each feature by a parameter."""

    def initial(self, shape, draw):
        """Return gains between 0.5 and 1.5."""
        return {"gain": draw(*shape) + 0.5}

    def forward(self, x, parameters):
        """Return x times the gains."""
        return x * parameters["gain"]

    def backward(self, x, y, dy, parameters):
        """Return the gradient of x, and what each sample adds to that of the gains."""
        return dy * parameters["gain"], {"gain": dy * x}


activation = nn.Elementwise(swish, slope, name="swish")
print("found:", ra.check_portable(activation, (8,)) + ra.check_portable(Gain(), (8,)))

x = ra.Stream(2, "samples").normal((400, 8))
y = (x[:, 0] * x[:, 1] > 0).astype(int)
data = ra.Dataset.from_arrays(x[:300], y[:300], x[300:], y[300:])
model = [Gain(), nn.Dense(units=32), activation, nn.Dense(units=2)]
record = ra.fit(model, data, optimizer=nn.Momentum(learning_rate=0.1), epochs=20, batch_size=20, name="own-layer")
print(f"test accuracy {record.metrics['test_accuracy']:.2f}")
print(record.digests["run"])
