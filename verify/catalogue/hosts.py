"""Checks of machines: probes, versions, fingerprints, the profile pinned."""

from __future__ import annotations

from verify.catalogue.check import Check

_FPU = "find the library that changed the processor's state, or start without it"
_BLAS = "use another build of BLAS: this one rounds products that are exact"
_NUMPY = "use another NumPy"
_PYTHON = "portable results do not depend on it; Nix (docs/nix.md) and images (docs/container.md) have that Python"
_PINS = "portable results do not depend on it; install requirements.lock, or use Nix, to have the pinned version"
_CHANNEL = "install it again through the channel, or use another channel; see docs/determinism.md"
_PINNED = "start it through repro-appliance --profile pinned, or use --profile portable"
_CONTEXT = "nothing to do for results of this program; other programs may print or do something else"
_CLASS = "nothing to do for portable results; compare native results by their losses"


def _probe(number: str, title: str, meaning: str, remedy: str) -> Check:
    return Check(id=number, title=title, meaning=meaning, remedy=remedy, severity="could-not-judge")


def _note(number: str, title: str, meaning: str, remedy: str) -> Check:
    return Check(id=number, title=title, meaning=meaning, remedy=remedy, severity="note")


PROBES = (
    _probe(
        "C001", "numbers are IEEE 754 binary32 and binary64", "Bit patterns of known numbers.", "use another machine"
    ),
    _probe("C002", "operations round to the nearest, ties to even", "Results are compared with exact rationals.", _FPU),
    _probe("C003", "subnormal numbers are kept", "Products and differences in float64 below the normal range.", _FPU),
    _probe("C004", "subnormal numbers are kept in a new thread", "C003 in a thread started for it.", _FPU),
    _probe(
        "C005",
        "operations are neither fused nor wider than their format",
        "A product or sum, then a difference that is 0 only if the first result was rounded.",
        _FPU,
    ),
    _probe(
        "C006", "zeros have the signs that IEEE 754 gives them", "Differences and products that are +0 or -0.", _FPU
    ),
    _probe("C007", "conversions between numbers are exact", "Rounding, splitting, joining and casting.", _NUMPY),
    _probe(
        "C008",
        "products on grids are exact, in every shape and layout",
        "Matrix products with sums that just fit the accumulator, compared with whole numbers.",
        _BLAS,
    ),
    _probe("C009", "products on grids are exact with all threads", "C008 with large shapes and all threads.", _BLAS),
    _probe("C010", "sums on grids are exact", "Sums that just fit the accumulator, along either axis.", _NUMPY),
    _probe("C011", "a stable order keeps ties in place", "A stable sort of words with many ties.", _NUMPY),
    _probe("C012", "random words are those of Philox4x64-10", "Words are compared with plain Python.", _NUMPY),
    _note(
        "C013",
        "one thread means one thread",
        "No other thread works while products are computed on one thread; the profile pinned needs it.",
        "set OPENBLAS_NUM_THREADS=1 before the start; portable results do not depend on it",
    ),
    _note(
        "C014",
        "plain products and sums repeat their bits",
        "Products and sums that do round are repeated; native results need it.",
        "use one thread, or --profile portable",
    ),
    _note(
        "C015",
        "plain products do not depend on the address",
        "The same product at several places in memory; the profile pinned needs it.",
        "use --profile portable",
    ),
    _note(
        "C016",
        "float32 vectors keep subnormal numbers",
        "A product in float32 below the normal range; it explains differences of native results.",
        "nothing to do: portable arithmetic does not use them; native arithmetic may differ from other machines",
    ),
    _probe(
        "C017",
        "float64 results are rounded once",
        "Operands that give a wrong result when it is rounded to 64 bits first, as on an x87.",
        "start the program through its command, which sets an x87 to 53 bits, or use a 64-bit machine",
    ),
    _probe(
        "C018",
        "many sums, products, quotients, roots and conversions are rounded correctly",
        "Random operands and those that a division by reciprocal gets wrong, compared with exact rationals.",
        _FPU,
    ),
    _probe(
        "C019",
        "products are exact in the shapes and layouts of this configuration",
        "The products of a step and of the evaluation, with operands that just fit the accumulator.",
        _BLAS,
    ),
)

PINS = (
    _note("E001", "Python is the pinned version", "The release line of Python, such as 3.13.", _PYTHON),
    _note("E002", "NumPy is the pinned version", "The version of NumPy.", _PINS),
    _note("E003", "OpenBLAS is the pinned version", "The version of the OpenBLAS that NumPy uses.", _PINS),
    _note("E004", "the bits version is the pinned version", "The version of the arithmetic of this program.", _PINS),
    _note("E005", "a package is the pinned version", "The version of each other package that is used.", _PINS),
    _note(
        "E101",
        "the program came through a known channel",
        "Nix, image, wheel or checkout. Others could not be judged.",
        _CHANNEL,
    ),
    _note("E102", "NumPy came through the channel", "NumPy is in the Nix store, or its wheel is pinned.", _CHANNEL),
    _note("E103", "NumPy's files are unchanged", "Each file has the digest that its wheel has for it.", _CHANNEL),
)

FINGERPRINTS = (
    Check(
        id="F001",
        title="a field of the fingerprints agrees",
        meaning="One compared field, such as a version or a processor feature.",
        remedy="portable results do not depend on it; use one environment to compare native results",
    ),
    Check(
        id="F002",
        title="a probe of the fingerprints agrees",
        meaning="One observed behaviour of the arithmetic, such as an order of summation.",
        remedy="portable results do not depend on it; use machines of one kind to compare native results",
    ),
    _note("F003", "the fingerprints have one class", "Native results of one class are compared bit for bit.", _CLASS),
    _note("F004", "a field of the context agrees", "One field that cannot change portable results.", _CONTEXT),
    Check(
        id="F005",
        title="a field of the fixed worlds agrees",
        meaning="One setting, variable, package or part of the host in the fingerprints of two programs under `run`.",
        remedy="give both programs this package or setting, then start them again: repro-appliance run -- COMMAND",
    ),
)

PINNING = (
    _probe("P001", "OpenBLAS kernel", "OpenBLAS reports the kernel that the profile pinned asks for.", _PINNED),
    _probe("P002", "NumPy SIMD features", "NumPy uses no instructions beyond those of the profile.", _PINNED),
    _probe("P003", "NumPy SIMD level", "NumPy uses all instructions that the profile asks for.", _PINNED),
    _probe("P004", "hash seed", "Python's hash seed is fixed from the start.", _PINNED),
    _probe("P005", "threads", "Every thread pool has the size that the profile asks for.", _PINNED),
)
