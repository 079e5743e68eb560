"""The oracle has the goldens' digests and the program's, from the page alone; with one rule changed it has others."""

from __future__ import annotations

import ast
import dataclasses
import json
import math
import subprocess
import sys
import tomllib
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import verify
from appliance.config.loading import find_config_directory
from appliance.numerics import functions as program_functions
from appliance.numerics import logarithms as program_logarithms
from oracle import build, dense, elementwise, exact, functions, layers, optimizers, streams, weights
from oracle.data import load_data
from oracle.formats import ACCURATE, BOTH, F32, F64, FAST, Format, Kind, cut
from oracle.training import train
from oracle.variations import CORE, Variation
from support.oracle_runs import run_program, train_broken

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
MODULES = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("test_"))
ALONE = """import runpy, sys
sys.modules.update(dict.fromkeys(("numpy", "appliance", "verify")))
sys.path.insert(0, {folder!r})
{extra}
runpy.run_module("oracle", run_name="__main__", alter_sys=True)
"""


def start_alone(path: Path, extra: str = "") -> subprocess.CompletedProcess[str]:
    """Run the oracle on a file where neither NumPy nor this project's packages can be imported."""
    code = ALONE.format(folder=str(HERE.parent), extra=extra)
    command = [sys.executable, "-I", "-c", code, str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def read_golden(name: str) -> dict[str, str]:
    """Return the digests of a golden."""
    (folder,) = verify.__path__
    digests: dict[str, str] = json.loads((Path(folder) / "goldens" / f"{name}.json").read_text("utf-8"))["digests"]
    return digests


@cache
def run_oracle(variation: str) -> dict[str, str]:
    """Return a variation's digests by the oracle."""
    return train(CORE[variation].settings, data=CORE[variation].data)


@pytest.fixture(scope="module")
def smoke_alone() -> dict[str, Any]:
    """Return what the oracle writes for the file of `smoke`, run where there is no NumPy."""
    done = start_alone(find_config_directory() / "smoke.toml")
    assert done.returncode == 0, done.stderr
    body: dict[str, Any] = json.loads(done.stdout)
    return body


@pytest.mark.process
def test_the_golden_has_the_digests_of_the_oracle(smoke_alone: dict[str, Any]) -> None:
    """All six digests of `smoke`, computed without NumPy and without this project's packages."""
    expected = read_golden("smoke")
    assert set(expected) == {"dataset", "initial_weights", "final_weights", "history", "predictions", "run"}
    assert smoke_alone == {"config": "smoke", "digests": expected}


@pytest.mark.process
@pytest.mark.parametrize("name", ["numpy", "appliance", "verify"])
def test_foreign_imports_end_the_oracle(name: str) -> None:
    """Negative control: in the process that runs the oracle, an import of a foreign package is an error."""
    done = start_alone(find_config_directory() / "smoke.toml", extra=f"import {name}")
    assert done.returncode == 1
    assert f"ModuleNotFoundError: import of {name} halted" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("variation", CORE)
def test_the_program_has_the_digests_of_the_oracle(variation: str) -> None:
    """Every rule, in the format it can differ in: all six digests and the weights of every epoch (in `history`)."""
    assert run_oracle(variation) == run_program(CORE[variation])


NAMED = {"regression": (100, 20), "transformer-small": (4, 2), "lenet-small": (4, 2), "deep-momentum": (80, 20)}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_named_configurations_have_the_digests_of_the_oracle(name: str) -> None:
    """A few samples of each, in one epoch."""
    settings = tomllib.loads((find_config_directory() / f"{name}.toml").read_text(encoding="utf-8"))
    settings["data"] |= dict(zip(("train_samples", "test_samples"), NAMED[name], strict=True))
    settings["training"]["epochs"] = 1
    data = load_data(settings)
    assert train(settings, data=data) == run_program(Variation(settings, data))


def list_imports(text: str) -> list[str]:
    """Return the packages that a source text imports."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.module or "").split(".")[0])
    return found


def list_foreign(text: str) -> list[str]:
    """Return what a source text uses that the oracle may not: packages, and functions of libm."""
    packages = [name for name in list_imports(text) if name != "oracle" and name not in sys.stdlib_module_names]
    allowed = {"factorial", "frexp", "inf", "ldexp", "prod", "sqrt"}
    uses = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)]
    names = [node.attr for node in uses if isinstance(node.value, ast.Name) and node.value.id == "math"]
    return packages + [f"math.{name}" for name in names if name not in allowed]


def test_the_oracle_uses_the_standard_library_alone() -> None:
    """No module of it imports anything else, or uses a function with bits that depend on the C library."""
    assert len(MODULES) > 5
    assert {path.name: list_foreign(path.read_text("utf-8")) for path in MODULES} == {p.name: [] for p in MODULES}


def test_foreign_names_are_found() -> None:
    """Negative control: the search above finds a foreign package and a foreign function."""
    text = "import math\nimport numpy as np\nfrom appliance.numerics import grids\nx = math.exp(1) + math.sqrt(2)\n"
    assert list_foreign(text) == ["numpy", "appliance", "math.exp"]


def round_half_up(values: Sequence[float], s: int) -> list[int]:
    """Replace `count_units`, with another rule for ties."""
    return [math.floor(math.ldexp(value, s) + 0.5) for value in values]


def alter_series(series: tuple[float, ...], place: int, change: float) -> tuple[float, ...]:
    """Return coefficients of which one is larger by a relative change."""
    return (*series[:place], series[place] * (1.0 + change), *series[place + 1 :])


def replace_rounding(patch: pytest.MonkeyPatch) -> None:
    """Round ties up."""
    patch.setattr(exact, "count_units", round_half_up)


def replace_log(patch: pytest.MonkeyPatch, change: float = 2.0**-30) -> None:
    """Change a coefficient of log."""
    patch.setattr(functions, "LOG_SERIES", alter_series(functions.LOG_SERIES, 7, change))


def replace_exp(patch: pytest.MonkeyPatch, change: float = 2.0**-30) -> None:
    """Change a coefficient of exp, and drop the table made with the right one."""
    series = alter_series(functions.EXP_F64.series, 9, change)
    patch.setattr(functions, "EXP_F64", functions.EXP_F64._replace(series=series))
    patch.setattr(functions, "_tabulate", cache(functions._tabulate.__wrapped__))


def replace_counter(patch: pytest.MonkeyPatch) -> None:
    """Let streams begin with the counter 0."""
    encrypt = streams.encrypt
    patch.setattr(streams, "encrypt", lambda counter, key: encrypt(counter - 1, key))


def replace_bound(patch: pytest.MonkeyPatch) -> None:
    """Keep a grid for a whole epoch."""
    patch.setattr(optimizers.Optimizer, "bound_move", lambda *_: 0.0)


def replace_limit(patch: pytest.MonkeyPatch) -> None:
    """Choose grids for another part of the limit than 3/4."""
    find_exponent = exact.find_exponent
    patch.setattr(exact, "find_exponent", lambda size, limit, cap: find_exponent(size, max(limit // 2, 1), cap))


def replace_units(patch: pytest.MonkeyPatch) -> None:
    """Give all columns of gradients the unit of the largest."""

    def round_columns(rows: list[list[float]], bits: int, cap: int) -> weights.Columns:
        largest = max(exact.measure(row) for row in rows)
        unit = exact.find_unit(largest, bits, cap)
        return weights.Columns([exact.count_units(row, -unit) for row in rows], [unit] * len(rows[0]), largest)

    patch.setattr(dense, "round_columns", round_columns)


def replace_mask(patch: pytest.MonkeyPatch) -> None:
    """Take small outputs of a ReLU for zeros, as their rounded rows have them."""

    def forward(self: elementwise.Relu, x: layers.Signal, batch: layers.Batch) -> layers.Signal:  # noqa: ARG001
        rows = [[max(z, 0.0) for z in row] for row in x.values]
        self.active = [list(row) for row in weights.round_rows(rows, 8, F32.cap).units]
        return layers.Signal(x.shape, rows)

    patch.setattr(elementwise.Relu, "forward", forward)


def replace_sums(patch: pytest.MonkeyPatch) -> None:
    """Add the pieces of gradients in the format, not in float64."""
    multiply = exact.multiply

    def multiply_short(left: Any, right: Any, kind: Kind, *, rows: bool = False) -> Any:  # noqa: ANN401
        short = dataclasses.replace(kind, longest=kind.longest_rows) if rows else kind
        return multiply(left, right, short)

    patch.setattr(exact, "multiply", multiply_short)


def replace_many_rows(patch: pytest.MonkeyPatch) -> None:
    """Sum columns of more than 4096 rows like others."""
    patch.setattr(weights, "_MOST_ROWS", 1 << 20)


def replace_kind(patch: pytest.MonkeyPatch) -> None:
    """Make all products fast."""
    patch.setattr(build.Maker, "choose_kind", lambda self, _: self.fmt.fast)


Control = tuple[str, Callable[[pytest.MonkeyPatch], None], str]


def replace_cut(patch: pytest.MonkeyPatch) -> None:
    """Cut the rows of a batch in every kind of products."""
    patch.setattr(
        Kind, "cut", lambda kind, length, *, rows=False: cut(length, kind.longest_rows if rows else kind.longest)
    )


CONTROLS: dict[str, Control] = {
    "rows in one piece, f64": ("more than 4096 rows, f64", replace_cut, "final_weights"),
    "rows in one piece, accurate": ("more than 4096 rows, accurate", replace_cut, "final_weights"),
    "ties": ("smoke", replace_rounding, "final_weights"),
    "log": ("smoke", replace_log, "history"),
    "exp": ("smoke in f64", replace_exp, "final_weights"),
    "counter": ("three hidden layers", replace_counter, "initial_weights"),
    "bound": ("rates that move the grids", replace_bound, "final_weights"),
    "bound, momentum": ("momentum that moves the grids", replace_bound, "final_weights"),
    "limit": ("no hidden layer", replace_limit, "final_weights"),
    "units of columns": ("smoke", replace_units, "final_weights"),
    "units of columns, f64": ("numbers, f64", replace_units, "final_weights"),
    "mask of ReLU": ("three hidden layers", replace_mask, "final_weights"),
    "sums of pieces": ("large sums of several pieces", replace_sums, "final_weights"),
    "many rows": ("more than 4096 rows", replace_many_rows, "final_weights"),
    "kind of products": ("accurate products", replace_kind, "final_weights"),
    "kind of products for many classes": ("more than 256 classes", replace_kind, "final_weights"),
}


@pytest.mark.slow
@pytest.mark.parametrize("control", CONTROLS)
def test_another_rule_gives_another_digest(control: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: an oracle that breaks one rule of the page has other digests."""
    variation, replace, stage = CONTROLS[control]
    expected = run_oracle(variation)
    replace(monkeypatch)
    assert train_broken(CORE[variation], stage) != expected[stage]


def test_the_last_bit_of_a_coefficient_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not change the digests of a small run, because of the grids; the comparison of values below finds it."""
    points = [n / 256 for n in range(1, 9217)]
    before = [functions.exp(-x, F64) for x in points], [functions.log(x) for x in points]
    replace_exp(monkeypatch, 2.0**-52)
    replace_log(monkeypatch, 2.0**-52)
    after = [functions.exp(-x, F64) for x in points], [functions.log(x) for x in points]
    assert before[0] != after[0]
    assert before[1] != after[1]


def change_format(fmt: Format, **changes: int) -> Format:
    """Return a format with another number."""
    return dataclasses.replace(fmt, **changes)  # type: ignore[arg-type]


def change_kind(fmt: Format, name: str, field: str, value: int) -> Format:
    """Return a format with a kind of products that has another number."""
    kind: Kind = getattr(fmt, name)
    changed = dataclasses.replace(kind, **{field: value})  # type: ignore[arg-type]
    return dataclasses.replace(fmt, **{name: changed})  # type: ignore[arg-type]


_FEW = "a batch above one piece"
LIMITS: dict[str, tuple[str, Format]] = {
    "precision": ("smoke", change_format(F32, precision=23)),
    "precision, f64": ("smoke in f64", change_format(F64, precision=52)),
    "cap": ("smoke", change_format(F32, cap=12)),
    "cap, f64": ("smoke in f64", change_format(F64, cap=20)),
    "fast, significand": ("smoke", change_kind(F32, "fast", "precision", 23)),
    "fast, piece": ("smoke", change_kind(F32, "fast", "longest", 260)),
    "fast, piece over rows": (_FEW, change_kind(F32, "fast", "longest_rows", 300)),
    "fast, left bits": ("smoke", change_kind(F32, "fast", "left_bits", 7)),
    "fast, most bits": ("smoke", change_kind(F32, "fast", "most_bits", 10)),
    "accurate, significand": ("accurate products", change_kind(F32, "accurate", "precision", 50)),
    "accurate, piece": ("a width above one accurate piece", change_kind(F32, "accurate", "longest", 2900)),
    "accurate, left bits": ("accurate products", change_kind(F32, "accurate", "left_bits", 20)),
    "accurate, most bits": ("accurate products", change_kind(F32, "accurate", "most_bits", 20)),
    "f64, significand": ("smoke in f64", change_kind(F64, "fast", "precision", 52)),
    "f64, piece": ("a width above one piece, f64", change_kind(F64, "fast", "longest", 4300)),
    "f64, left bits": ("smoke in f64", change_kind(F64, "fast", "left_bits", 21)),
    "f64, most bits": ("smoke in f64", change_kind(F64, "fast", "most_bits", 30)),
}


@pytest.mark.slow
@pytest.mark.parametrize("limit", LIMITS)
def test_another_limit_gives_another_digest(limit: str) -> None:
    """The same for the tables of formats and kinds: no number in them is without effect on a variation."""
    variation, fmt = LIMITS[limit]
    expected = run_oracle(variation)["final_weights"]
    found = train_broken(CORE[variation], "final_weights", fmt)
    assert found != expected


def test_the_numbers_of_the_formats_are_all_changed() -> None:
    """Each number of the two tables is changed in a case above.

    Only convolutions cut rows in float64: the two numbers for that are compared in another test.
    """
    numbers = len(dataclasses.fields(Format)) - 3 + len(dataclasses.fields(Kind)) - 1
    assert {FAST.code, ACCURATE.code, BOTH.code} == {"f", "d"}
    assert len(LIMITS) == 2 * 2 + 3 * 5 - 2
    assert numbers == 2 + 5


@pytest.mark.slow
def test_the_table_of_a_run_is_its_own() -> None:
    """The controls above start from the digests of the golden: what they change is the rule, not the settings."""
    assert run_oracle("smoke") == read_golden("smoke")


def test_an_inexact_product_is_noticed() -> None:
    """A partial sum that could be larger than 2**p ends the computation."""
    assert list(exact.multiply([[1 << 12, 1]], [[1 << 11, -3], [5, 7]], FAST)) == [[float((1 << 23) + 5), -12281.0]]
    with pytest.raises(AssertionError):
        list(exact.multiply([[1 << 12, 1]], [[1 << 12, -3], [5, 7]], FAST))


def round_exactly(x: Fraction, precision: int) -> Fraction:
    """Return the nearest number of so many bits, ties to even, without any floating-point operation."""
    if not x:
        return x
    shift = precision - abs(x.numerator).bit_length() + x.denominator.bit_length()
    if abs(x) * Fraction(2) ** shift >= 1 << precision:
        shift -= 1
    return round(x * Fraction(2) ** shift) / Fraction(2) ** shift


@pytest.mark.parametrize("fmt", [F32, F64], ids=["f32", "f64"])
def test_operations_are_rounded_once(fmt: Format) -> None:
    """Sums, products, quotients and roots agree with integers and fractions, near ties too."""
    words = [word >> 3 for word in streams.draw_words(400, 1, "test")]
    numbers = [fmt.round_one(math.ldexp(word, word % 40 - 70)) for word in words]
    numbers += [1.0 + 2.0 ** (1 - fmt.precision), 1.0 - 2.0**-fmt.precision, 3.0, 2.0**-20]
    for a, b in pairwise(numbers):
        for result, true in (
            (a + b, Fraction(a) + Fraction(b)),
            (a - b, Fraction(a) - Fraction(b)),
            (a * b, Fraction(a) * Fraction(b)),
            (a / b, Fraction(a) / Fraction(b)),
        ):
            assert Fraction(fmt.round_one(result)) == round_exactly(true, fmt.precision)
        root, half_ulp = Fraction(fmt.round_one(math.sqrt(a))), Fraction(1, 1 << fmt.precision)
        assert (root * (1 - half_ulp)) ** 2 <= Fraction(a) <= (root * (1 + half_ulp)) ** 2


@pytest.mark.parametrize("fmt", [F32, F64], ids=["f32", "f64"])
def test_functions_agree_with_the_program(fmt: Format) -> None:
    """Exp over its whole range and past it, the softmax's exp, log: the same bits at every point tried."""
    number = np.float32 if fmt is F32 else np.float64
    uniforms = streams.draw_uniforms(1500, 1, "points")
    points = fmt.round([(u - 0.5) * width for u in uniforms for width in (2.0, 60.0, 1500.0)])
    assert [functions.exp(x, fmt) for x in points] == program_functions.exp(np.array(points, dtype=number)).tolist()
    below = [-abs(x) for x in points]
    nonpositive = program_functions.exp_nonpositive(np.array(below, dtype=number)).tolist()
    assert [functions.exp_nonpositive(x, fmt) for x in below] == nonpositive
    positive = [abs(x) for x in points if x] + [1.0, 2.0**-120, math.sqrt(0.5)]
    positive = fmt.round(positive)
    logs = program_logarithms.log(np.array(positive, dtype=number)).tolist()
    assert fmt.round([functions.log(x) for x in positive]) == logs
