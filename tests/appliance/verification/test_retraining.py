"""Training again: nothing is trained on a host that does not conform."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import load_config
from appliance.verification.retraining import Retraining, judge_configs
from support.fake_training import FakeTraining
from verify.conformance.broken import round_product
from verify.conformance.certificate import certify
from verify.conformance.operations import NUMPY
from verify.results import conclude

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify.conformance.certificate import Certificate

pytestmark = pytest.mark.slow
ROUNDING: Callable[[str], Certificate] = partial(certify, operations=attrs.evolve(NUMPY, matmul=round_product))


@pytest.mark.parametrize(("profile", "trained"), [("portable", 0), ("native", 1)])
def test_host_that_does_not_conform(profile: str, trained: int) -> None:
    """Portable arithmetic is not trained there, and the probes that failed are named; native arithmetic is trained."""
    training = FakeTraining()
    settings = Retraining(profile=profile, train=training, certify=ROUNDING)
    checks, judgements = judge_configs([load_config("smoke")], settings)
    assert len(training.calls) == len(judgements) == trained
    assert conclude(checks, judgements) != "identical"
    assert {"C008", "C009"} <= {check.id for check in checks if check.status == "could-not-judge"}


def test_host_that_stops_conforming_withdraws_failures() -> None:
    """A difference on a host that no longer conforms after the training could not be judged."""
    training = FakeTraining(drift=1.0)
    outcomes = iter([certify(), ROUNDING("")])
    settings = Retraining(train=training, certify=lambda _: next(outcomes))
    checks, judgements = judge_configs([load_config("smoke")], settings)
    assert conclude(checks, judgements) == "could-not-judge"
    settings = Retraining(train=training)
    assert conclude(*judge_configs([load_config("smoke")], settings)) == "different"
