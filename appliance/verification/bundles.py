"""Makes the runs of an evidence bundle again: each claim is reproduced, changed, or could not be judged."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.verification.run_directories import retrain_run
from verify.errors import UsageError
from verify.files.bundle import GOLDENS
from verify.files.run import load_run
from verify.judging.bundles import SUFFIX, hide_folder, is_sound, judge_claim
from verify.judging.claims import conclude_claim, conclude_without_host
from verify.results import make_result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.verification.retraining import Retraining
    from verify.files.bundle import Claim
    from verify.judging.bundles import Bundle
    from verify.judging.claims import ClaimOutcome
    from verify.results import Judgement, Result

_AGAIN = ("R", "V014")  # results of a training that was made again, or could not be
_ABOUT = "B001"


def find_bundle(names: Sequence[str]) -> Path | None:
    """Return the bundle that is named, if one is.

    Raises:
        UsageError: other things are named beside it.
    """
    bundles = [name for name in names if name.endswith(SUFFIX) and not Path(name).is_dir()]
    if not bundles:
        return None
    if len(names) > 1:
        raise UsageError(
            "a bundle is verified alone", expected="one bundle, or configurations and run directories", found=names
        )
    return Path(bundles[0])


def list_jobs(
    bundle: Bundle, folder: Path, settings: Retraining, *, run_code: bool = False
) -> list[Callable[[], Judgement]]:
    """Return what judges each claim as it is, trains its run again, and compares.

    Args:
        bundle: the bundle.
        folder: where it was extracted.
        settings: how to train; its goldens are those that are here.
        run_code: also run the code of experiments that is in the bundle.
    """
    claims = bundle.manifest.claims
    return [partial(_judge, claim, folder, settings, bundle.path, run_code=run_code) for claim in claims]


def conclude_claims(bundle: Bundle, judgements: Sequence[Judgement]) -> tuple[ClaimOutcome, ...]:
    """Return how each claim ended; there are no judgements on a machine that does not conform."""
    claims = bundle.manifest.claims
    if not judgements:
        return tuple(map(conclude_without_host, claims))
    return tuple(map(conclude_claim, claims, judgements))


def _judge(claim: Claim, folder: Path, settings: Retraining, bundle: Path, *, run_code: bool) -> Judgement:
    """Return the judgement of a claim whose run was trained again, if that makes sense and may be done."""
    judgement = judge_claim(claim, folder, settings.golden_dir)
    judgement = attrs.evolve(judgement, results=tuple(_settle(result, claim) for result in judgement.results))
    about = [result for result in judgement.results if result.id == _ABOUT]
    if not is_sound(judgement) or any(result.status != "pass" for result in about):
        return hide_folder(judgement, folder, bundle)
    if load_run(folder / claim.run).record.settings.get("experiment") is not None and not run_code:
        return hide_folder(
            attrs.evolve(judgement, results=(*judgement.results, _refuse_code(claim, bundle))), folder, bundle
        )
    again = _retrain(claim, folder, settings)
    made = tuple(result for result in again.results if result.id.startswith(_AGAIN))
    whole = attrs.evolve(again, config=claim.id, results=(*judgement.results, *made))
    return hide_folder(whole, folder, bundle)


def _retrain(claim: Claim, folder: Path, settings: Retraining) -> Judgement:
    code = (folder / claim.code,) if claim.code else ()
    return retrain_run(
        folder / claim.run,
        attrs.evolve(settings, golden_dir=folder / GOLDENS, data_may_lack=True, folders=(*code, Path())),
    )


def _settle(result: Result, claim: Claim) -> Result:
    """Return a result that the claim itself states, such as that there was no golden, as an explanation."""
    stated = result.id.startswith(("V", "J004")) and claim.verdict != "identical"
    decided = result.status in ("fail", "could-not-judge")
    return attrs.evolve(result, status="info", remedy=None) if stated and decided else result


def _refuse_code(claim: Claim, bundle: Path) -> Result:
    name = shlex.quote(str(bundle))
    return make_result(
        "B004",
        "could-not-judge",
        title="its code runs only with --run-code",
        expected="--run-code",
        found=claim.code or "an experiment whose code is not in the bundle",
        where=claim.id,
        remedy=f"read the code first: unzip {name}; then: repro-appliance verify {name} --run-code",
    )
