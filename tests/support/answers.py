"""JSON answers of commands, made from plain values; texts in them may be hostile."""

from __future__ import annotations

from typing import Any

DIGEST = "sha256:" + "ab" * 32


def make_vary(text: str = "as it is") -> dict[str, Any]:
    """Return an answer of `vary`."""
    return {
        "schema": "repro-appliance/vary/1",
        "verdict": "different",
        "sentence": f"out.txt: {text}; cause: kernel, shown twice",
        "control": {"repeats": 3, "identical": True, "rate": 0.0},
        "axes": [
            {"name": "threads", "title": text, "values": [text, "1"], "status": "harmless"},
            {"name": "kernel", "title": "kernel of BLAS", "values": [text, "Haswell"], "status": "changes"},
            {"name": "simd", "title": "instructions", "values": [], "status": "not-tested", "reason": text},
        ],
        "causes": [{"axes": ["kernel"], "settings": [text], "mechanism": text, "proof": "shown twice"}],
        "classes": [
            {"id": "A", "worlds": [text], "command": f"python {text}", "outputs": {text: DIGEST}},
            {"id": "B", "worlds": ["kernel=Haswell"], "command": "b", "outputs": {}, "tail": text},
        ],
        "harmless": ["threads=1"],
        "advice": [text],
        "notes": [text],
        "runs": 9,
        "seconds": 4.2,
        "complete": True,
    }


def make_diff(text: str = "dense_1.weight") -> dict[str, Any]:
    """Return an answer of `diff` for two runs."""
    row = {
        "tensor": text,
        "kind": "few-ulps",
        "index": [3, 4],
        "a": 0.5,
        "b": 0.25,
        "a_hex": "0x1.0000000000000p-1",
        "b_hex": "0x1.0000000000000p-2",
        "a_bits": text,
        "ulp": 7,
        "largest_ulp": 2**63,
        "differing": 3,
        "elements": 9,
    }
    return {
        "schema": "repro-appliance/diff/1",
        "verdict": "different",
        "sentence": f"The runs differ first in {text}.",
        "first": {**row, "epoch": 2, "step": 31, "stage": text},
        "kind": "few-ulps",
        "histogram": [{"ulp": "1", "count": 2}, {"ulp": text, "count": 1}],
        "tensors": {"final_weights": [row], "predictions": []},
        "places": [{"stage": text, "field": text, "a": text, "b": None, "ulp": None, "kind": "settings"}],
        "worlds": [{"field": text, "a": text, "b": "(absent)"}],
        "growth": [{"first": {"epoch": 1}, "last": {"epoch": 1}, "differing": 1, "events": 2, "ulp": None}],
        "coverage": {"elements": 9, "not_compared": [text]},
        "notes": [text],
    }


def make_why(text: str = "another order of additions") -> dict[str, Any]:
    """Return an answer of `why`."""
    return make_diff(text) | {
        "schema": "repro-appliance/why/1",
        "cause": "kernel",
        "values": text,
        "mechanism": text,
        "grade": "shown",
        "also": [text],
        "proof": [{"what": text, "result": text, "holds": True}],
        "excluded": [{"axis": "threads", "how": text, "tested": True}],
        "evidence": [{"what": text, "a": text, "b": text}],
        "alone": [{"axis": "simd", "value": text, "status": "same", "found": text}],
        "fixed": [{"what": text, "result": text, "holds": False}],
        "remedy": text,
        "runs": 12,
    }


def make_agreement(members: int = 2, text: str = "one") -> dict[str, Any]:
    """Return an answer of `agree`; the last member has another digest."""
    legs = [
        {
            "member": f"{text} {number}",
            "processor": text,
            "ISA": "x86_64",
            "bytes": "little",
            "BLAS": text,
            "NumPy": "2.4.4",
            "Python": "3.13",
            "digests": {"smoke": DIGEST if number < members - 1 else DIGEST.replace("a", "c")},
            "verdict": "identical" if number < members - 1 else "different",
            "seconds": "3",
            "error": None,
            "checks": 4,
        }
        for number in range(members)
    ]
    result = {
        "id": "A001",
        "title": text,
        "status": "fail",
        "expected": {text: [text]},
        "found": [text, 1],
        "where": text,
        "remedy": text,
    }
    return {"schema": "repro-appliance/agreement/1", "verdict": "different", "legs": legs, "results": [result]}


def make_verification(text: str = "the record is valid", checks: int = 1) -> dict[str, Any]:
    """Return an answer of `verify` in which every check but the first has passed."""
    row = {"title": text, "expected": text, "found": text, "where": text, "remedy": text, "config": "smoke"}
    rows = [{"id": f"V{number % 900:03}", "status": "pass" if number else "fail", **row} for number in range(checks)]
    golden = {"config": "smoke", "verdict": "different", "expected": DIGEST, "found": text, "here": text}
    return {"schema": "repro-appliance/verify/1", "verdict": "different", "checks": rows, "goldens": [golden]}
