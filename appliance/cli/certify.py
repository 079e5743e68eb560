"""The command `certify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.several_groups import JsonOption, SelfTestOption
from appliance.cli.printing import show, wants_color

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verify import results
    from verify.conformance import certificate, negative_controls
    from verify.files import fingerprint as files
    from verify.host import fingerprint
    from verify.rendering import certificates
else:
    results, fingerprint = Later("verify.results"), Later("verify.host.fingerprint")
    certificate, negative_controls = (
        Later("verify.conformance.certificate"),
        Later("verify.conformance.negative_controls"),
    )
    certificates, files = Later("verify.rendering.certificates"), Later("verify.files.fingerprint")


@command(launch=True)
def certify(self_test: SelfTestOption = False, as_json: JsonOption = False) -> int:
    """Say which guarantee holds on this host, probe by probe."""
    if self_test:
        return show_self_test(map(negative_controls.try_control, negative_controls.CONTROLS), as_json=as_json)
    found = certificate.certify()
    body = certificates.describe_certificate(found, files.FINGERPRINT.to_json(fingerprint.capture()) if as_json else {})
    show(body, lambda: certificates.render_certificate(found, color=wants_color()), as_json=as_json)
    return 0 if found.tier == "portable" else 3


def show_self_test(outcomes: Iterable[results.Result], *, as_json: bool) -> int:
    """Show the outcome of every control; return 0 if every control was noticed, 1 if one was not."""
    found = tuple(outcomes)
    body = certificates.describe_self_test(found)
    show(body, lambda: certificates.render_self_test(found, color=wants_color()), as_json=as_json)
    return results.EXIT_CODES[results.judge(found)]
