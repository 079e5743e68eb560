"""Writes float64 values, one GiB or as many MiB as are asked for; only the last one follows the order of a set."""

import sys
from pathlib import Path

import numpy as np

MIB = 2**20
MIBS = int(sys.argv[1]) if len(sys.argv) > 1 else 1024

block = np.arange(MIB // 8, dtype=np.float64)
with Path("large.npy").open("wb") as stream:
    form = {"descr": "<f8", "fortran_order": False, "shape": (MIBS * block.size,)}
    np.lib.format.write_array_header_1_0(stream, form)
    for _ in range(MIBS - 1):
        stream.write(block.data)
    block[-1] += list({"left", "right"}).index("right")
    stream.write(block.data)
