"""Logistic regression on arrays of one's own, from portable functions alone."""

import hashlib

import numpy as np

from appliance import Stream, portable

stream = Stream(1, "flowers")
x = stream.derive("features").normal((300, 4))
x[:, 3] = 1.0  # the intercept
y = (portable.matmul(x, [2.0, -1.0, 0.5, 0.2]) + 0.3 * stream.derive("noise").normal(300) > 0).astype(np.float64)


def loss(weights):
    """Return the mean of log(1 + e**-m) over the margins m of all samples."""
    margins = (2.0 * y - 1.0) * portable.matmul(x, weights)
    return float(portable.mean(portable.log1p(portable.exp(-margins))))


weights = np.zeros(4)
for step in range(200):
    errors = portable.sigmoid(portable.matmul(x, weights)) - y
    weights -= 0.5 * portable.matmul(x.T, errors) / len(x)
    if step % 50 == 49:
        print(f"step {step + 1:3}  loss {loss(weights):.6f}")

print("weights", [round(value, 4) for value in weights.tolist()])
print(f"sha256:{hashlib.sha256(weights.astype('<f8').tobytes()).hexdigest()}")
