"""Reads the numeric libraries of a child: threads of each pool, kernel of each BLAS, bits of one product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.vary.axes.probing import start_probe

if TYPE_CHECKING:
    from appliance.vary.axis import Launch, Subject

_PROBE = r"""
import ctypes, re, sys
wanted, files = sys.argv[1], sys.argv[2:]
digest = "no NumPy"
if not files:
    try:
        import hashlib, numpy
        parts = []
        for kind in ("f4", "f8"):
            a = (numpy.arange(64 * 300, dtype=kind) % 97 / 97).reshape(64, 300)
            b = (numpy.arange(300 * 64, dtype=kind) % 89 / 89).reshape(300, 64)
            parts.append((a @ b).tobytes())
        digest = hashlib.sha256(b"".join(parts)).hexdigest()[:12]
    except ImportError:
        pass
    with open("/proc/self/maps") as lines:
        files = sorted({line.split(None, 5)[5].strip() for line in lines if "/" in line})
pattern = re.compile(r"openblas|mkl_rt|blis|gomp|iomp5|libomp")
def call(library, names, *arguments, text=False):
    for name in names:
        function = getattr(library, name, None)
        if function is not None:
            function.restype = ctypes.c_char_p if text else ctypes.c_int
            value = function(*arguments)
            return value.decode() if text else value
found = []
for file in files:
    name = file.rpartition("/")[2]
    if pattern.search(name) is None:
        continue
    try:
        library = ctypes.CDLL(file)
    except OSError:
        continue
    forms = ["%sopenblas_get_%%s%s" % (p, s) for p in ("", "scipy_") for s in ("", "64_", "_64", "64")]
    threads = call(library, [form % "num_threads" for form in forms] +
                   ["MKL_Get_Max_Threads", "bli_thread_get_num_threads", "omp_get_max_threads"])
    kernel = call(library, [form % "corename" for form in forms], text=True)
    if kernel is None and hasattr(library, "bli_arch_query_id"):
        kernel = call(library, ["bli_arch_string"], library.bli_arch_query_id(), text=True)
    if kernel is None and hasattr(library, "MKL_CBWR_Get"):
        kernel = "branch %d, product %s" % (library.MKL_CBWR_Get(1), digest)
    value = kernel if wanted == "kernel" else 1 if threads == -1 else threads  # BLIS says -1 for one, by default
    if value is not None:
        found.append("%s: %s" % (re.sub(r"[-.].*", "", name), value))
print("; ".join(found))
"""


def start_reading(subject: Subject, wanted: str) -> Launch:
    """Return the launch of a probe that prints the `threads` or the `kernel` of each numeric library of the child."""
    files: tuple[str, ...] = ()
    if subject.python is None:
        files = tuple(str(entry["filepath"]) for entry in subject.blas if "filepath" in entry) or ("none",)
    return start_probe(subject, _PROBE, wanted, *files)
