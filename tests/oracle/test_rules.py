"""The oracle has the program's digests for every loss, optimizer and schedule; with one rule changed it has others."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from oracle import circle, functions, losses, network, optimizers, training
from oracle.rules import RULES
from oracle.training import train
from support.oracle_runs import run_program, train_broken

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracle.formats import Format
    from oracle.optimizers import Settings


@cache
def run_oracle(name: str) -> dict[str, str]:
    """Return a variation's digests by the oracle."""
    return train(RULES[name].settings, data=RULES[name].data)


@pytest.mark.parametrize("name", RULES)
def test_the_program_has_the_digests_of_the_oracle(name: str) -> None:
    """All six digests."""
    assert run_oracle(name) == run_program(RULES[name])


def replace_flush(patch: pytest.MonkeyPatch) -> None:
    """Flush to a coarser grid."""
    flush = optimizers.flush

    def flush_more(values: list[float], exponent: int, fmt: Format) -> list[float]:
        return flush(values, min(exponent, 12 if fmt.code == "f" else 60), fmt)

    patch.setattr(optimizers, "flush", flush_more)


def replace_limit(patch: pytest.MonkeyPatch) -> None:
    """Clip each gradient alone."""
    clip = optimizers.clip
    patch.setattr(network, "clip", lambda found, limit, fmt: [clip([one], limit, fmt)[0] for one in found])


def replace_warm_up(patch: pytest.MonkeyPatch) -> None:
    """Begin a warm-up with step 0."""
    warm_up = optimizers.warm_up

    def begin_late(settings: Settings, rate: float, step: int) -> float:
        return warm_up(settings, rate, step - 1)

    patch.setattr(training, "warm_up", begin_late)


def replace_cosine(patch: pytest.MonkeyPatch) -> None:
    """Change the last bits of the cosine."""
    cosine = circle.find_cosine
    patch.setattr(circle, "find_cosine", lambda x: cosine(x) + 2.0**-20)


def replace_bound(patch: pytest.MonkeyPatch) -> None:
    """Keep a grid for a whole epoch."""
    patch.setattr(optimizers.Optimizer, "bound_move", lambda *_: 0.0)


def replace_sigmoid(patch: pytest.MonkeyPatch) -> None:
    """Change the sigmoid by a relative 2**-20."""
    sigmoid = functions.sigmoid
    patch.setattr(functions, "sigmoid", lambda x: sigmoid(x) * (1.0 + 2.0**-20))


def replace_log1p(patch: pytest.MonkeyPatch) -> None:
    """Change log1p by a relative 2**-40."""
    log1p = functions.log1p
    patch.setattr(functions, "log1p", lambda x: log1p(x) * (1.0 + 2.0**-40))


def replace_row_sum(patch: pytest.MonkeyPatch) -> None:
    """Sum rows in fewer bits."""
    patch.setattr(losses, "add_row", lambda values: float(int(sum(values) * 2.0**20)) * 2.0**-20)


CONTROLS: dict[str, tuple[str, Callable[[pytest.MonkeyPatch], None], str]] = {
    "flush": ("nesterov, decay, clipped, f32", replace_flush, "final_weights"),
    "flush, adamw": ("adamw, f64", replace_flush, "final_weights"),
    "clipping": ("sgd, clipped, f32", replace_limit, "final_weights"),
    "warm-up": ("momentum, decay, warm-up, f32", replace_warm_up, "final_weights"),
    "cosine": ("nesterov, f64", replace_cosine, "final_weights"),
    "bound": ("sgd, clipped, large steps, f32", replace_bound, "final_weights"),
    "bound, nesterov": ("nesterov, large steps, f32", replace_bound, "final_weights"),
    "bound, decay": ("momentum, decay, warm-up, f32", replace_bound, "final_weights"),
    "sigmoid": ("answers, f64", replace_sigmoid, "final_weights"),
    "log1p": ("two classes, f32", replace_log1p, "history"),
    "row sum": ("targets, f32", replace_row_sum, "history"),
}


@pytest.mark.parametrize("control", CONTROLS)
def test_another_rule_gives_another_digest(control: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: an oracle that breaks one rule of the page has other digests."""
    name, replace, stage = CONTROLS[control]
    expected = run_oracle(name)
    replace(monkeypatch)
    assert train_broken(RULES[name], stage) != expected[stage]
