"""What every command has in common: one object with --json, results on stdout, errors on stderr."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

import appliance
from appliance.cli.app import run
from appliance.cli.streams import TolerantStream

if TYPE_CHECKING:
    from collections.abc import Callable

# One mistake for every command, and mistakes that the parser of the command line finds.
MISTAKES = [
    "train --config nosuch",
    "train",
    "train --config smoke --threads many",
    "train --config smoke --profile quick",
    "train --config smoke --no-such-option",
    "benchmark",
    "benchmark --config nosuch",
    "benchmark --suite nosuch",
    "verify nosuch",
    "verify smoke --all",
    "verify smoke --junit nowhere/junit.xml",
    "certify --no-such-option",
    "fingerprint --diff nowhere nowhere",
    "fleet --members nowhere.toml",
    "agree",
    "agree nowhere --expect nowhere.json",
    "golden",
    "golden record nosuch",
    "golden list extra",
    "golden check extra",
    "golden fly",
    "runs nowhere",
    "data list extra",
    "data check nosuch",
    "data fetch nosuch",
    "data generate mnist --train-samples 10",
    "fly",
    "",
]


def read_error(out: str) -> dict[str, Any]:
    """Return the only object on standard output, which must be an error."""
    body: dict[str, Any] = json.loads(out)
    assert body["schema"] == "repro-appliance/error/1"
    assert body["error"]["title"]
    assert set(body["error"]) <= {"id", "title", "expected", "found", "where", "remedy", "problems"}
    return body


@pytest.mark.parametrize("line", MISTAKES)
def test_every_error_is_one_object(call: Callable[..., int], line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json the error is on stdout, once, with the exit code; the text of the error is on stderr."""
    assert call(*line.split(), "--json") == 2
    out, err = capsys.readouterr()
    body = read_error(out)
    assert body["exit_code"] == 2
    assert body["error"]["title"] in err
    assert "Traceback" not in err


@pytest.mark.parametrize("line", MISTAKES)
def test_errors_leave_standard_output_empty(
    call: Callable[..., int], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --json there is nothing on stdout."""
    assert call(*line.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err


def test_internal_error_and_interrupt_are_objects_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever ends a command is one object with its exit code."""
    for error, code in ((ValueError("odd"), 2), (KeyboardInterrupt(), 130)):

        def fail(*_: object, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr("appliance.verification.goldens.read_goldens", fail)
        assert run(["golden", "list", "--json"]) == code
        assert read_error(capsys.readouterr().out)["exit_code"] == code


def test_word_after_two_dashes_is_no_option(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """Negative control: --json after -- does not ask for JSON."""
    assert call("golden", "list", "--", "--json") == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("golden list", "baseline"),
        ("golden check", "identical"),
        ("data list", "synthetic"),
        ("data check synthetic", "0 failed"),
        ("fingerprint", "numpy.version"),
        ("certify", "portable"),
    ],
)
def test_text_that_is_the_result_goes_to_stdout(
    call: Callable[..., int], line: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pipe behind the command gets the result; nothing goes to stderr."""
    assert call(*line.split()) == 0
    out, err = capsys.readouterr()
    assert says in out
    assert err == ""


@pytest.mark.parametrize("line", ["--debug train --config nosuch", "train --config nosuch --debug"])
def test_debug_stands_before_or_after_the_command(
    call: Callable[..., int], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """--debug shows the traceback, wherever it is."""
    assert call(*line.split()) == 2
    assert "Traceback" in capsys.readouterr().err


def test_version_and_short_help(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """--version prints one line; -h is --help for the program and for every command."""
    assert call("--version") == 0
    assert capsys.readouterr().out == f"repro-appliance {appliance.__version__}\n"
    for line in ("--version --json", "--json --version", "--version --debug --json"):
        assert call(*line.split()) == 0
        body = json.loads(capsys.readouterr().out)
        assert body == {"schema": "repro-appliance/version/1", "version": appliance.__version__, "bits": 2}
    for line in ("-h", "train -h", "golden -h", "golden list -h"):
        assert call(*line.split()) == 0
        assert "Usage" in capsys.readouterr().out


def test_digests_are_cut_unless_asked_for(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """No line of the list is longer than a terminal; --full and --json have whole digests."""
    assert call("golden", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert all("sha256:" in line and "..." in line for line in lines)
    for words in (("golden", "list", "--full"), ("--full", "golden", "list")):
        assert call(*words) == 0
        assert "..." not in capsys.readouterr().out


def test_text_that_cannot_be_encoded_is_escaped() -> None:
    """A terminal with an old encoding gets codes instead of characters, and no exception."""
    for encoding, shown in (("ascii", "\\u2264 \\xe9 \\udc80\n"), ("cp1252", "\\u2264 é \\udc80\n")):
        bytes_out = io.BytesIO()
        stream = TolerantStream(io.TextIOWrapper(bytes_out, encoding=encoding, newline="\n"))
        stream.write("≤ é \udc80\n")
        stream.flush()
        assert bytes_out.getvalue().decode(encoding) == shown
        assert stream.failure is None


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="the name is not valid there")
def test_old_encoding_ends_no_command(run_program: Callable[..., Any]) -> None:
    """A name beyond the encoding of the streams changes no exit code."""
    outcome = run_program("train", "--config", "é≤.toml", "--json", PYTHONIOENCODING="ascii")
    assert (outcome.code, outcome.body["error"]["title"]) == (2, "the configuration cannot be read")
    assert "Traceback" not in outcome.err
