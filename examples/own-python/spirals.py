"""Two spirals, and a network that tells them apart."""

import numpy as np

from appliance import Dataset, Experiment, Stream, nn, portable


def build(config):
    """Return the data and the layers; the configuration has the rest."""
    stream = Stream(config.seed, "spirals")
    turn = 3.0 * portable.sqrt(stream.derive("turn").uniform(800))
    which = np.arange(800) % 2
    angle = 2.0 * turn + np.pi * which
    x = np.stack([turn * portable.cos(angle), turn * portable.sin(angle)], axis=1)
    x += 0.05 * stream.derive("noise").normal((800, 2))
    data = Dataset.from_arrays(x[:600], which[:600], x[600:], which[600:])
    model = [nn.Dense(units=64), nn.Relu(), nn.Dense(units=64), nn.Relu(), nn.Dense(units=2)]
    return Experiment(data=data, model=model)
