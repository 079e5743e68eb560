"""Saves the smallest of two zeros and a NaN that carries a number; both follow the order of a set."""

import numpy as np

ZEROS = {"before": 0.0, "after": -0.0}

smallest = min(ZEROS[name] for name in set(ZEROS))
place = list({"red", "green", "blue", "grey"}).index("red")
payload = np.array([0x7FF8_0000_0000_0000 + place], np.uint64).view(np.float64)
np.save("values.npy", np.concatenate([[1.5, smallest], payload]))
