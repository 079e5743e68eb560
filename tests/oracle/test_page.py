"""The numbers printed in `docs/numerics.md` are those that the program and the oracle compute with."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from appliance.numerics import formats as program_formats
from appliance.numerics import functions as program_functions
from appliance.numerics import logarithms as program_logarithms
from appliance.optimizers import schedules
from oracle import functions, optimizers, streams
from oracle.formats import ACCURATE, BOTH, F32, F64, FAST

pytestmark = pytest.mark.checkout

KINDS = FAST, ACCURATE, BOTH
Table = dict[str, list[tuple[float, ...]]]


def read_page() -> str:
    """Return the page's text, without the rows of measured errors (`delivery/test_worst_errors.py` tests those)."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "numerics.md").read_text("utf-8")
    return "".join(line for line in text.splitlines(keepends=True) if " ulp | `" not in line)


def read_rows(page: str) -> Table:
    """Return every row of the page's tables that has numbers only, by its first cell."""
    rows: Table = {}
    for line in page.splitlines():
        name, *cells = (cell.strip().replace("`", "") for cell in line.strip("|").split("|"))
        words = [cell.replace(",", " ").split() for cell in cells]
        if line.startswith("|") and all(re.fullmatch(r"-?(\d+|0x1[.\da-f]*p[-+]\d+)", w) for row in words for w in row):
            assert name not in rows, name
            rows[name] = [tuple(float.fromhex(w) if "0x" in w else float(w) for w in row) for row in words]
    rows |= {name: [(float.fromhex(word),)] for name, word in re.findall(r"\b(pi) being `([^`]+)`", page)}
    return rows


def list_program() -> Table:
    """Return the program's numbers under the names of the page's rows."""
    singles, doubles = program_formats.F32, program_formats.F64
    rows: Table = {
        "significand p": [(f.significand,) for f in (singles, doubles)],
        "cap of grid exponents": [(f.exponent_cap,) for f in (singles, doubles)],
    }
    pairs = ((singles, False), (singles, True), (doubles, False))
    kinds = [program_formats.find_kind(f, accurate=accurate) for f, accurate in pairs]
    rows |= {
        "significand q of the operands": [(kind.fmt.significand,) for kind in kinds],
        "longest piece over inputs or outputs": [(kind.piece,) for kind in kinds],
        "longest piece over rows": [(kind.rows,) for kind in kinds],
        "bits of a left operand, a": [(kind.left_bits,) for kind in kinds],
        "most bits of an operand": [(kind.most_bits,) for kind in kinds],
    }
    exps = program_functions._EXP_F32, program_functions._EXP_F64
    rows["lowest, highest"] = [(float(t.lowest), float(t.highest)) for t in exps]
    for name in ("log2_e", "ln2_high", "ln2_low"):
        rows[name] = [(float(getattr(table, name)),) for table in exps]
    rows["exp series"] = [tuple(map(float, table.series)) for table in exps]
    rows["pi"] = [(schedules._PI,)]
    rows["sqrt_half"] = [(program_logarithms._SQRT_HALF,)]
    rows["log series"] = [tuple(map(float, program_logarithms._LOG_SERIES))]
    return rows


def test_both_kinds_are_the_same_in_f64() -> None:
    """The page has one column for them."""
    fast, accurate = (program_formats.find_kind(program_formats.F64, accurate=flag) for flag in (False, True))
    fields = [field.name for field in attrs.fields(program_formats.Kind) if field.name != "name"]
    assert [getattr(fast, name) for name in fields] == [getattr(accurate, name) for name in fields]
    assert F64.fast is F64.accurate


def list_oracle() -> Table:
    """Return the oracle's numbers under the names of the page's rows."""
    exps = functions.EXP_F32, functions.EXP_F64
    return {
        "significand p": [(f.precision,) for f in (F32, F64)],
        "cap of grid exponents": [(f.cap,) for f in (F32, F64)],
        "significand q of the operands": [(kind.precision,) for kind in KINDS],
        "longest piece over inputs or outputs": [(kind.longest,) for kind in KINDS],
        "longest piece over rows": [(kind.longest_rows,) for kind in KINDS],
        "bits of a left operand, a": [(kind.left_bits,) for kind in KINDS],
        "most bits of an operand": [(kind.most_bits,) for kind in KINDS],
        "lowest, highest": [(t.lowest, t.highest) for t in exps],
        "log2_e": [(t.log2_e,) for t in exps],
        "ln2_high": [(t.ln2_high,) for t in exps],
        "ln2_low": [(t.ln2_low,) for t in exps],
        "exp series": [t.series for t in exps],
        "pi": [(optimizers._PI,)],
        "sqrt_half": [(functions.SQRT_HALF,)],
        "log series": [functions.LOG_SERIES],
    }


@pytest.mark.parametrize("listed", [list_program(), list_oracle()], ids=["program", "oracle"])
def test_the_page_prints_every_constant(listed: Table) -> None:
    """Formats, limits and coefficients to the last bit; no row of numbers on the page is left unread."""
    assert read_rows(read_page()) == listed


def test_another_last_digit_is_noticed() -> None:
    """Each hexadecimal number of the page, changed in its last digit, no longer agrees."""
    page = read_page()
    places = [m for m in re.finditer(r"0x1(?:\.[\da-f]*([\da-f]))?p[-+]\d+", page) if m.group(1)]
    assert len(places) > 25
    for place in places:
        digit = "2" if place.group(1) != "2" else "4"
        assert read_rows(page[: place.start(1)] + digit + page[place.end(1) :]) != list_program()


def test_the_page_prints_the_constants_of_streams() -> None:
    """M0, M1, W0, W1 of Philox."""
    found = dict(re.findall(r"\b([MW][01]) = (0x[\dA-F]{16})\b", read_page()))
    names = dict(zip(("M0", "M1", "W0", "W1"), (*streams._MULTIPLIERS, *streams._WEYL), strict=True))
    assert {name: int(value, 16) for name, value in found.items()} == names
