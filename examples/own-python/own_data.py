"""A network on arrays of one's own: two moons, trained with Adam and stopped when the test accuracy is good."""

import numpy as np

import appliance as ra
from appliance import nn, portable

stream = ra.Stream(1, "moons")
angle = np.pi * stream.derive("angles").uniform(600)
upper = stream.derive("moons").integers(0, 2, 600)
x = np.stack([portable.cos(angle), portable.sin(angle)], axis=1)
x = np.where(upper[:, np.newaxis] == 1, x, [1.0, 0.5] - x) + 0.1 * stream.derive("noise").normal((600, 2))

data = ra.Dataset.from_arrays(x[:500], upper[:500], x[500:], upper[500:])
model = [nn.Dense(units=32), nn.Relu(), nn.Dense(units=32), nn.Relu(), nn.Dense(units=2)]


def watch(epoch):
    """Print every fifth epoch, and stop when the test accuracy is 99 %."""
    if epoch.number % 5 == 0:
        print(f"epoch {epoch.number:2}  train loss {epoch.train_loss:.4f}  test accuracy {epoch.test_accuracy:.2f}")
    if epoch.test_accuracy >= 0.99:
        epoch.stop()


optimizer = nn.Adam(learning_rate=0.01)
record = ra.fit(model, data, optimizer=optimizer, epochs=60, batch_size=25, seed=1, name="moons", callbacks=[watch])
print(f"{len(record.epochs)} epochs, classes of two points: {record.predict([[0.0, 1.0], [1.0, -0.5]]).tolist()}")
print(record.digests["run"])
