"""Adds an unseeded draw to the result in one of five runs."""

import os

print(1 / 3 if os.urandom(1)[0] % 5 else 1 / 3 + 1e-16)
