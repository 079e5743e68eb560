"""Whether a setting holds, from what children said."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from appliance.vary.axis import Launch, Subject
from appliance.world.judging import judge
from appliance.world.reading import Reading, Readings
from appliance.world.report import World
from appliance.world.settings import make_plan

_GOOD = Reading(
    python="CPython 3.11.7",
    hash=7,
    umask=0o022,
    listing=["a", "b", "c", "d", "e"],
    epoch="315532800",
    stack="140737488347136",
    local=[True, True],
    locale=["AB_ab", ".", "utf-8"],
    libm="00000001",
    numpy="2.4.4",
    simd=[],
    pools=[("openblas", "Nehalem", 1, "0.3")],
)


def _subject(*, python: bool = True) -> Subject:
    path = Path(sys.executable) if python else None
    return Subject(
        command=("program",), python=path, numpy="2.4.4", blas=(), cpu_features=("X86_V3", "SVE"),
        scratch=Path("/none"), environment={},
    )  # fmt: skip


def _judge(
    monkeypatch: pytest.MonkeyPatch,
    *,
    kernel: str = "Nehalem",
    python: bool = True,
    **changes: Any,  # noqa: ANN401 - fields of a reading
) -> dict[str, str]:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    subject = _subject(python=python)
    launch = Launch(command=("program",), environment={}, directory=Path("/none"))
    plan = make_plan(subject, launch, kernel)
    first = attrs.evolve(_GOOD, **changes)
    plain = attrs.evolve(_GOOD, libm="00000002")
    rows = judge(subject, plan, Readings(first=first, second=_GOOD, plain=plain))
    return {row.name: row.status for row in rows}


def test_everything_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that says what was wanted: each setting holds."""
    assert set(_judge(monkeypatch).values()) == {"holds"}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("threads", {"pools": [("openblas", "Nehalem", 2, "0.3")]}),
        ("kernel", {"pools": [("openblas", "Haswell", 1, "0.3")]}),
        ("simd", {"simd": ["X86_V3"]}),
        ("libm", {"libm": "00000002"}),
        ("hash-seed", {"hash": 8}),
        ("locale", {"locale": ["aAbB_", ",", "utf-8"]}),
        ("timezone", {"local": [True, False]}),
        ("umask", {"umask": 0o077}),
        ("file-order", {"listing": ["b", "a", "c", "d", "e"]}),
        ("aslr", {"stack": "140137488347136"}),
        ("source-date", {"epoch": None}),
    ],
)
def test_what_a_child_denies_is_not_fixed(monkeypatch: pytest.MonkeyPatch, name: str, changes: dict[str, Any]) -> None:
    """Control for each setting: the child says something else, and only this setting does not hold."""
    monkeypatch.setattr("appliance.world.judging.read_cpu_flags", lambda: frozenset({"fma"}))
    found = _judge(monkeypatch, **changes)
    assert found.pop(name) == "not-fixed"
    assert set(found.values()) == {"holds"}


def test_silent_child_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that said nothing proves nothing."""
    silent: dict[str, Any] = {field.name: None for field in attrs.fields(Reading) if field.name != "failed"}
    assert "holds" not in _judge(monkeypatch, **silent).values()


def test_processor_without_fma_has_one_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the processor has no FMA, the C library chooses the same functions with and without the setting."""
    monkeypatch.setattr("appliance.world.judging.read_cpu_flags", frozenset)
    assert _judge(monkeypatch, libm="00000002")["libm"] == "holds"


def test_kernel_of_the_host_is_not_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library's own choice follows the processor."""
    assert _judge(monkeypatch, kernel="host")["kernel"] == "not-fixed"


def test_library_without_a_name_for_its_kernel_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """MKL does not tell its branch: nothing is claimed."""
    assert _judge(monkeypatch, pools=[("mkl", "", 1, "2024")])["kernel"] == "not-read"


def test_python_without_numpy_has_nothing_to_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without NumPy there are no pools, no kernel and no loops."""
    found = _judge(monkeypatch, numpy=None, simd=None, pools=None)
    assert {found[name] for name in ("threads", "kernel", "simd")} == {"not-there"}


def test_libraries_that_cannot_be_read_are_not_called_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy is there and its libraries could not be looked at: nothing is claimed, and --strict does not accept it."""
    found = _judge(monkeypatch, pools=None, failed={"pools": "AttributeError: x"})
    assert {found["threads"], found["kernel"]} == {"not-read"}


def test_other_programs_are_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a program that is not one of Python nobody looks into the libraries."""
    found = _judge(monkeypatch, python=False)
    assert {found[name] for name in ("threads", "kernel", "hash-seed")} == {"not-read"}
    assert {found[name] for name in ("simd", "file-order")} == {"not-fixed"}


def test_the_users_settings_do_not_get_through() -> None:
    """What could change results is replaced; what else the user has stays."""
    other = {"OMP_NUM_THREADS": "9", "OMP_SCHEDULE": "dynamic", "LC_TIME": "de_DE", "TZ": "Asia/Tokyo", "HOME": "/h"}
    plans = [
        make_plan(_subject(), Launch(command=("p",), environment=environment, directory=Path("/none")), "portable")
        for environment in (other, {"HOME": "/h"})
    ]
    assert plans[0].launch.environment == plans[1].launch.environment
    assert plans[0].variables == plans[1].variables
    assert plans[0].removed == ("LC_TIME", "OMP_NUM_THREADS", "OMP_SCHEDULE", "TZ")
    assert plans[0].launch.environment["HOME"] == "/h"
    assert plans[0].launch.environment["TZ"] == "UTC"


def test_report_tells_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines that are shown fit into 80 columns and name each setting that does not hold."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    subject = _subject(python=False)
    plan = make_plan(subject, Launch(command=("p",), environment={}, directory=Path("/none")), "portable")
    rows = judge(subject, plan, Readings(first=Reading(), second=Reading(), plain=Reading()))
    world = World(command=("p",), prefix=(), variables={}, removed=("TZ",), rows=rows, host={}, packages=())
    text = world.to_text("run-fingerprint.json")
    assert not world.complete
    assert max(map(len, text.splitlines())) <= 80
    assert [row.name for row in world.missing if row.name not in text] == []
