"""The library gives one digest under several BLAS kernels, threads and instruction sets of NumPy."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from verify.digests import digest_json

pytestmark = [pytest.mark.process, pytest.mark.slow]

PROGRAM = """
import json
import numpy as np
from threadpoolctl import threadpool_info
from appliance import Stream, portable
from verify.digests import digest_array

x = Stream(1, "kernels").normal((70, 600))
found = {}
for dtype in (np.float32, np.float64):
    a, b = x.astype(dtype), np.ascontiguousarray(x.T.astype(dtype))
    results = {"matmul": portable.matmul(a, b), "fast": portable.matmul(a, b, fast=True)}
    results["dot"] = portable.dot(a[0], b[:, 1])
    for name in ("sum", "mean", "var", "std", "norm", "softmax", "log_softmax", "logsumexp", "cumsum", "argsort"):
        results[name] = getattr(portable, name)(a, 0)
    for name in ("exp", "expm1", "tanh", "sigmoid", "erf", "gelu", "sin", "cos"):
        results[name] = getattr(portable, name)(a)
    results |= {"log": portable.log(np.abs(a)), "log1p": portable.log1p(np.abs(a)), "sqrt": portable.sqrt(np.abs(a))}
    found |= {f"{name} {dtype.__name__}": digest_array(name, np.asarray(value)) for name, value in results.items()}
    found[f"native {dtype.__name__}"] = digest_array("native", a @ b)
kernels = [pool["architecture"] for pool in threadpool_info() if pool["user_api"] == "blas" and "architecture" in pool]
print(json.dumps({"kernels": kernels, "found": found}))
"""
WORLDS = (
    {"OPENBLAS_CORETYPE": "Haswell"},
    {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR X86_V3"},
    {"OPENBLAS_CORETYPE": "SkylakeX"},
    {"OPENBLAS_NUM_THREADS": "2"},
)


def run(changes: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Return the kernel that ran and all digests."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", **changes}
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=environment)
    answer = json.loads(done.stdout)
    return " ".join(answer["kernels"]), answer["found"]


def test_one_digest_under_every_kernel() -> None:
    """Every function's digests agree in all worlds; the control is the native product, which tells kernels apart."""
    worlds = [run(changes) for changes in WORLDS]
    portable = [{name: one for name, one in found.items() if "native" not in name} for _, found in worlds]
    assert len(portable[0]) > 40
    assert all(one == portable[0] for one in portable)
    assert digest_json({name: one for name, one in portable[0].items() if "fast" not in name}) == FROZEN
    kernels = {kernel for kernel, _ in worlds}
    if len(kernels) < 2:
        pytest.skip(f"only one BLAS kernel runs here: {kernels}")
    assert len({found["native float32"] for _, found in worlds}) > 1


FROZEN = "sha256:3ea2403e553e615e9714675b2d05eece46376d94764433aa35623d2a3bb616b8"
