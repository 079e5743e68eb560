"""Runs the members of a fleet side by side, each within its time; every member gets an answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from appliance.fleet.invocations import plan_member
from appliance.processes.captured import Answer, run_captured
from appliance.processes.child import GRACE, Children, Command, Limits
from verify.judging.legs import Leg, parse_leg
from verify.results import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.fleet.members import Fleet, Member

    Progress = Callable[[Leg, int, int], None]

_TAIL = 400  # characters of a failed member's messages that are kept


def run_member(member: Member, fleet: Fleet, children: Children) -> Leg:
    """Return one member's answer; what keeps it from answering is the leg's error."""
    limits = Limits(seconds=member.seconds or fleet.seconds)
    invocation = plan_member(member, fleet)
    try:
        command = Command(arguments=invocation.arguments, environment=invocation.environment)
        answer = run_captured(command, limits, children)
    except InterruptedError as error:
        return Leg(name=member.name, error=f"cannot be started: {error}")
    finally:
        if invocation.ending:
            run_captured(Command(arguments=invocation.ending), Limits(seconds=2 * GRACE))
    if answer.status == "not-started":
        return Leg(name=member.name, error=f"cannot be started: {answer.reason}")
    if answer.status == "late":
        return Leg(name=member.name, error=f"not done after {limits.seconds:.0f} s", seconds=answer.seconds)
    return _read_answer(member, answer)


def _read_answer(member: Member, answer: Answer) -> Leg:
    """Return the leg of a member that ended; its exit code must be that of the verdict it printed."""
    if not answer.output.strip():
        tail = " ".join(answer.messages.split())[-_TAIL:] or "no output"
        return Leg(name=member.name, error=f"exit code {answer.code}: {tail}", seconds=answer.seconds)
    leg = parse_leg(member.name, answer.output, answer.seconds)
    if leg.report is not None and answer.code != EXIT_CODES[leg.verdict]:
        error = f"exit code {answer.code} contradicts the verdict {leg.verdict}"
        return Leg(name=member.name, error=error, seconds=answer.seconds)
    return leg


def run_fleet(fleet: Fleet, members: Sequence[Member], progress: Progress | None = None) -> list[Leg]:
    """Return the members' answers in their order, `fleet.jobs` of them at a time.

    An interrupt ends all that was started and is passed on. `progress` gets each answer, how many there are, and of
    how many.
    """
    children, lock, done = Children(), threading.Lock(), 0

    def run(member: Member) -> Leg:
        nonlocal done
        leg = run_member(member, fleet, children)
        with lock:
            done += 1
            if progress and not children.closed:
                progress(leg, done, len(members))
        return leg

    with ThreadPoolExecutor(fleet.jobs) as pool:
        futures = [pool.submit(run, member) for member in members]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            children.end_all()
            raise
