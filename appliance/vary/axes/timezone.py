"""The axis `timezone`: the local time zone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, judge, look_twice, refuse_other_library, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_FILES = Path("/usr/share/zoneinfo")
# Far east without summer time; west, with half an hour and summer time. Rules for systems without the files.
_ZONES = (("Asia/Tokyo", "JST-9"), ("America/St_Johns", "NST3:30NDT,M3.2.0,M11.1.0"))
_PROBE = """
import time
print(*[time.strftime("%Y-%m-%d %H:%M", time.localtime(second)) for second in (1600000000, 1610000000)], sep=", ")
"""


class Timezone:
    """Sets TZ; reads what the child takes for the local time of two moments."""

    name = "timezone"
    title = "time zone"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return a zone in the east and one in the west."""
        return (AS_IT_IS, *(name if (_FILES / name).is_file() else rule for name, rule in _ZONES))

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set TZ."""
        if value == AS_IT_IS:
            return launch
        return attrs.evolve(launch, environment=launch.environment | {"TZ": value})

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the local time of two moments in the child; the name of the zone is no proof."""
        remedy = "install tzdata, or give a rule such as JST-9"
        other = refuse_other_library(subject)
        if other is not None:
            return other
        before, after = look_twice(self, value, subject, run, start_probe(subject, _PROBE))
        return judge(before, after, remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "give the zone to every conversion (datetime.fromtimestamp(t, tz=timezone.utc)), or set TZ=UTC"
