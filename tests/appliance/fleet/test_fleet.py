"""Fleets: members as declared, each with an answer within its time, and no process left behind."""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import attrs
import pytest

from appliance.cli.fleet import fleet as fleet_command
from appliance.errors import ConfigurationError
from appliance.fleet.execute import run_fleet
from appliance.fleet.invocations import plan_member
from appliance.fleet.members import SCHEMA, Fleet, Member, choose_members, read_fleet
from verify.errors import UsageError

HEAD = f'schema = "{SCHEMA}"\n'
IDENTICAL = {"schema": "repro-appliance/verify/1", "verdict": "identical", "checks": [], "goldens": []}
# Ends at once, except for a process of another session that keeps the output open.
LEAVES = "import subprocess, sys; subprocess.Popen(['sleep', '9'], start_new_session=True)"
LOCAL = '[[members]]\nname = "here"\nkind = "local"\npython = "python3"\n'


def make_fleet(*members: Member, seconds: float = 60.0) -> Fleet:
    """Return a fleet of these members that verifies `smoke`."""
    return Fleet(schema=SCHEMA, members=members, configs=("smoke",), seconds=seconds)


def write_program(path: Path, text: str) -> Member:
    """Return a member with a program as its interpreter that does what the text says."""
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(0o755)
    return Member(name=path.name, kind="local", python=str(path))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "schema",
        HEAD,
        HEAD + LOCAL + LOCAL,
        HEAD + LOCAL + 'colour = "red"\n',
        HEAD + '[[members]]\nname = "a"\nkind = "isa"\n',
        HEAD + '[[members]]\nname = "a"\nkind = "boat"\n',
        'schema = "repro-appliance/fleet/2"\n' + LOCAL,
        HEAD + LOCAL + 'python = "a\\u0000b"\n',
        HEAD + '[[members]]\nname = "a\\u0000"\nkind = "local"\npython = "x"\n',
        HEAD + '[[members]]\nname = "a"\nkind = "ssh"\nhost = "-oProxyCommand=touch x"\n',
        HEAD + '[[members]]\nname = "a"\nkind = "ssh"\nhost = "h; touch x"\n',
        HEAD + '[[members]]\nname = "a"\nkind = "container"\nimage = "-v/:/host"\n',
        HEAD + '[[members]]\nname = "::error::a"\nkind = "local"\npython = "x"\n',
        HEAD + '[[members]]\nname = "a"\nkind = "cpu"\nmodel = "-L/tmp"\n',
        HEAD + '[[members]]\nname = "a"\nkind = "local"\npython = "x"\nvariables = { "A=B" = "1" }\n',
        HEAD + '[[members]]\nname = "a"\nkind = "local"\npython = "x"\nvariables = { A = 1 }\n',
        HEAD + '[[members]]\nname = "a"\nkind = "local"\npython = "x"\nsite = "abc"\n',
        HEAD + '[[members]]\nname = "a"\nkind = "local"\npython = "x"\nid = "../a"\n',
        HEAD + "jobs = 100000\n" + LOCAL,
        HEAD + f'configs = "{"a" * 900}"\n' + LOCAL,
        HEAD + 'configs = ["--all"]\n' + LOCAL,
        HEAD + 'configs = ["../x"]\n' + LOCAL,
        HEAD + "a." * 50_000 + "a = 1\n" + LOCAL,
    ],
)
def test_malformed_fleets_are_refused(text: str, tmp_path: Path) -> None:
    """No members, two of a name, unknown keys and kinds, what a kind lacks, another schema."""
    path = tmp_path / "fleet.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError):
        read_fleet(path)


def test_missing_fleet_and_unknown_member_are_refused(tmp_path: Path) -> None:
    """Both errors list the names that there are."""
    with pytest.raises(ConfigurationError):
        read_fleet(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="no such member"):
        choose_members(make_fleet(Member(name="a", kind="local", python="x")), ["b"])


def test_members_are_chosen_by_name_or_id_once() -> None:
    """An id is made from the name where none is given."""
    here, there = (Member(name=name, kind="local", python="x") for name in ("A b, C", "there"))
    fleet = make_fleet(here, there)
    assert here.id == "a-b-c"
    assert choose_members(fleet, ["A b, C", "a-b-c"]) == [here]
    assert choose_members(fleet, []) == [here, there]


@pytest.mark.checkout
def test_fleet_of_the_project_covers_what_it_claims(checkout: Path) -> None:
    """Eight instruction sets, three x86-64 models without and with AVX2, two aarch64 cores, a big-endian one."""
    fleet = read_fleet(checkout / "delivery" / "fleet" / "fleet.toml")
    emulators = {member.emulator for member in fleet.members if member.kind == "isa"}
    assert {f"qemu-{name}-static" for name in "aarch64 arm ppc64le s390x mips64el riscv64".split()} == emulators
    assert [member.model for member in fleet.members if member.kind == "compat"] == ["i686"]
    assert {member.model for member in fleet.members if member.kind == "cpu"} == {"Nehalem", "Haswell", "EPYC"}
    assert len([member for member in fleet.members if member.emulator == "qemu-aarch64-static"]) == 2
    assert set(fleet.configs) >= {"smoke", "baseline"}


@pytest.mark.checkout
def test_default_file_of_members_exists(checkout: Path) -> None:
    """`fleet` without --members reads a file that is there."""
    default = inspect.signature(fleet_command).parameters["members"].default
    assert (checkout / default).is_file()


def test_every_kind_has_its_command_line(tmp_path: Path) -> None:
    """Emulators, engines and ssh get the same verification to do."""
    (tmp_path / "root/usr/lib/s390x-linux-gnu/blas").mkdir(parents=True)
    fleet = attrs.evolve(make_fleet(Member(name="a", kind="local", python="x")), folder=tmp_path)
    plans = {
        "local": plan_member(Member(name="a", kind="local", python="no-such-python", site=("code",)), fleet),
        "cpu": plan_member(Member(name="b", kind="cpu", model="Nehalem"), fleet),
        "isa": plan_member(Member(name="c", kind="isa", emulator="qemu-s390x-static", root="root"), fleet),
        "compat": plan_member(Member(name="f", kind="compat", model="i686", loader="lib/ld.so", root="root"), fleet),
        "container": plan_member(Member(name="d", kind="container", image="i", platform="linux/arm64"), fleet),
        "ssh": plan_member(Member(name="e", kind="ssh", host="h"), fleet),
    }
    assert all(plan.arguments[-4:] == ("verify", "--json", "--", "smoke") for plan in plans.values())
    assert plans["local"].environment["PYTHONPATH"] == str(tmp_path / "code")
    assert plans["cpu"].arguments[:3] == ("qemu-x86_64-static", "-cpu", "Nehalem")
    assert plans["cpu"].environment["OPENBLAS_NUM_THREADS"] == "1"
    library = f"LD_LIBRARY_PATH={tmp_path / 'root/usr/lib/s390x-linux-gnu/blas'}"
    assert library in plans["isa"].arguments
    assert plans["compat"].arguments[:3] == ("setarch", "i686", str(tmp_path / "root/lib/ld.so"))
    assert plans["compat"].environment["PYTHONHOME"] == str(tmp_path / "root/usr")
    assert {"none", "linux/arm64", "--read-only"} <= set(plans["container"].arguments)
    assert plans["ssh"].arguments[0] == "ssh"
    for kind in ("ssh", "container"):
        place = plans[kind].arguments.index("--")
        assert plans[kind].arguments[place + 1] in ("h", "i")  # no option can follow


@pytest.mark.process
def test_this_machine_as_a_fleet_of_one() -> None:
    """A real member gives a real report."""
    (leg,) = run_fleet(make_fleet(member := Member(name="here", kind="local", python=sys.executable)), [member])
    assert leg.verdict == "identical", leg.error
    assert leg.digests["smoke"]


@pytest.mark.slow
def test_members_that_fail_answer_too(tmp_path: Path) -> None:
    """Missing, dying, printing rubbish, hanging, contradicting its verdict, leaving a process: each is reported."""
    members = [
        Member(name="missing", kind="local", python=str(tmp_path / "none")),
        write_program(tmp_path / "dies", "import sys; sys.exit('no NumPy here')"),
        write_program(tmp_path / "rubbish", "print('rubbish')"),
        attrs.evolve(write_program(tmp_path / "hangs", "import time; time.sleep(60)"), seconds=0.5),
        write_program(tmp_path / "lies", f"print({json.dumps(IDENTICAL)!r}); raise SystemExit(1)"),
        attrs.evolve(write_program(tmp_path / "leaves", LEAVES), seconds=0.5),
    ]
    seen: list[str] = []
    legs = run_fleet(make_fleet(*members), members, lambda leg, done, count: seen.append(f"{leg.name} {done} {count}"))
    errors = {leg.name: str(leg.error) for leg in legs}
    assert "cannot be started" in errors["missing"]
    assert "no NumPy here" in errors["dies"]
    assert "not JSON" in errors["rubbish"]
    assert "not done after" in errors["hangs"]
    assert "exit code 1 contradicts the verdict identical" in errors["lies"]
    assert errors["leaves"] == "exit code 0: no output"
    assert len(seen) == 6


@pytest.mark.process
@pytest.mark.skipif(os.name == "nt", reason="signals are sent to process groups")
def test_interrupt_ends_all_members(tmp_path: Path) -> None:
    """Ctrl-C ends the command with 130, and every member with it."""
    text = f"import os, time; open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    member = write_program(tmp_path / "waits", text)
    path = tmp_path / "fleet.toml"
    path.write_text(f'{HEAD}[[members]]\nname = "waits"\nkind = "local"\npython = {json.dumps(member.python)}\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "appliance", "fleet", "--members", str(path)], stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 30
        while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, messages = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 130, messages
    number = int((tmp_path / "pid").read_text())
    time.sleep(0.2)
    assert not Path(f"/proc/{number}").exists() or "Z" in Path(f"/proc/{number}/stat").read_text().split()[2]
