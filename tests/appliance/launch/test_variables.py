"""The variables a profile starts with, and the plan behind `pinned`."""

from __future__ import annotations

import importlib.metadata

import pytest

from appliance.launch import kernels
from appliance.launch.variables import THREAD_VARIABLES, plan_variables
from verify.errors import CouldNotJudgeError, UsageError

HASWELL = frozenset({"sse4_2", "avx2", "fma"})


def test_every_profile_fixes_hash_seed_and_threads() -> None:
    """The portable profile sets all thread counts and the hash seed, no kernel."""
    variables = plan_variables("portable", 3)
    assert [variables[name] for name in THREAD_VARIABLES] == ["3"] * 6
    assert variables["PYTHONHASHSEED"] == "0"
    assert "OPENBLAS_CORETYPE" not in variables
    assert "NPY_DISABLE_CPU_FEATURES" not in variables


@pytest.mark.parametrize(("profile", "threads"), [("fast", 1), ("portable", 0), ("native", -1), ("portable", 4096)])
def test_a_bad_request_is_a_usage_error(profile: str, threads: int) -> None:
    """Unknown profiles and thread counts below one are refused."""
    with pytest.raises(UsageError):
        plan_variables(profile, threads)


@pytest.mark.parametrize(
    ("flags", "version", "kernel", "disabled", "required"),
    [
        (HASWELL, (2, 4), "Haswell", "X86_V4 AVX512_ICL AVX512_SPR", ("X86_V3",)),
        (HASWELL - {"fma"}, (2, 4), "Nehalem", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR", ("X86_V2",)),
        (frozenset(), (2, 4), "Prescott", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR", ("X86_V2",)),
        (
            HASWELL,
            (1, 26),
            "Haswell",
            "AVX512F AVX512CD AVX512_KNL AVX512_KNM AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
            ("AVX", "F16C", "FMA3", "AVX2"),
        ),
    ],
)
def test_the_plan_speaks_the_names_of_its_numpy(
    monkeypatch: pytest.MonkeyPatch,
    flags: frozenset[str],
    version: tuple[int, int],
    kernel: str,
    disabled: str,
    required: tuple[str, ...],
) -> None:
    """Kernel and feature names follow the processor and the NumPy release."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(kernels, "read_cpu_flags", lambda: flags)
    monkeypatch.setattr(kernels, "read_numpy_version", lambda: version)
    plan = kernels.plan_pinning(2)
    variables = plan_variables("pinned", 2)
    assert (plan.kernel, " ".join(plan.disabled), plan.required) == (kernel, disabled, required)
    assert (variables["OPENBLAS_CORETYPE"], variables["NPY_DISABLE_CPU_FEATURES"]) == (kernel, disabled)
    assert not [name for name in plan.disabled if name in plan.allowed]


def test_arm_plans_its_generic_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """On aarch64 the generic kernel is planned; macOS calls the machine arm64."""
    monkeypatch.setattr("platform.machine", lambda: "arm64")
    monkeypatch.setattr(kernels, "read_numpy_version", lambda: (2, 4))
    plan = kernels.plan_pinning()
    assert plan.kernel == "ARMV8"
    assert plan.disabled == ("ASIMDHP", "ASIMDFHM", "ASIMDDP", "SVE")


def test_an_unknown_machine_cannot_be_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no kernel is chosen, the profile fails closed and the portable one still works."""
    monkeypatch.setattr("platform.machine", lambda: "s390x")
    with pytest.raises(CouldNotJudgeError, match="instruction set"):
        plan_variables("pinned")
    assert plan_variables("portable")


def test_a_numpy_without_metadata_cannot_be_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Feature names depend on the release, so an unknown release fails closed."""

    def refuse(_: str) -> str:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr("importlib.metadata.version", refuse)
    with pytest.raises(CouldNotJudgeError, match="version of NumPy"):
        kernels.read_numpy_version()


def test_cpu_flags_come_from_the_first_flags_line() -> None:
    """Linux lists features per core; the first core's line is read, other lines are not."""
    text = "model name\t: x avx9\nflags\t\t: fpu avx2 fma\n\nflags\t\t: other\n"
    assert kernels.parse_cpu_flags(text) == {"fpu", "avx2", "fma"}
    assert kernels.parse_cpu_flags("Features\t: asimd\n") == frozenset()
