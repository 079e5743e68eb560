"""The checks of one test: compared with the golden, recorded for an update, or answered to another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from verify.arrays.comparing import compare_values, is_close, read_tolerance
from verify.arrays.explaining import explain
from verify.arrays.leaves import list_leaves
from verify.arrays.recording import select_values, spool_array
from verify.arrays.rerun import answer, run_again
from verify.arrays.stored import find_stored
from verify.arrays.wording import describe_failure, describe_missing, name_check
from verify.arrays.worlds import capture_world
from verify.errors import UsageError
from verify.files.array_golden import ArrayCheck, ArrayGolden, locate_array_golden, read_array_golden
from verify.files.array_store import locate_store
from verify.files.structure import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from verify.arrays.comparing import Difference, Tolerance
    from verify.arrays.leaf import Leaf
    from verify.arrays.rerun import Plan, Request, Rerun

    Array = NDArray[Any]

_EMPTY = ArrayGolden(worlds={}, tests={})
_LONGEST = 200


class ArrayGoldenError(AssertionError):
    """Arrays are not those of their golden, or there is no golden."""


@attrs.define(kw_only=True)
class Session:
    """What the checks of one pytest process share.

    Args:
        update: record values instead of comparing them.
        values: also keep whole arrays.
        spool: the folder for arrays that an update keeps.
        request: what another process asked this one for.
        reruns: how many tests may still be run again.
        goldens: files that were read already.
    """

    update: bool = False
    values: bool = False
    spool: Path | None = None
    request: Request | None = None
    reruns: int = 10
    goldens: dict[Path, ArrayGolden] = attrs.field(factory=dict)

    def read(self, path: Path) -> ArrayGolden:
        """Return a golden, empty where there is no file."""
        if path not in self.goldens:
            self.goldens[path] = read_array_golden(path) if path.exists() else _EMPTY
        return self.goldens[path]


@attrs.define(kw_only=True)
class Checks:
    """The checks of one test.

    Args:
        session: what is shared.
        file: the test file.
        test: the names of the test in it.
        shown: the test as the user names it, for messages.
        plan: returns how the test is run again; None where it is not.
        used: the names of its checks so far.
        updates: JSON values of checks to record.
        worlds: JSON values of the worlds that those name.
        arrays: files of arrays to keep, by digest.
        tolerances: what is told about tolerances at the end.
    """

    session: Session
    file: Path
    test: str
    shown: str
    plan: Callable[[], Plan | None]
    used: list[str] = attrs.field(factory=list)
    updates: dict[str, Any] = attrs.field(factory=dict)
    worlds: dict[str, Any] = attrs.field(factory=dict)
    arrays: dict[str, str] = attrs.field(factory=dict)
    tolerances: list[str] = attrs.field(factory=list)

    def to_report(self) -> dict[str, Any]:
        """Return what the end of the session needs, as a JSON value."""
        names = ("test", "used", "updates", "worlds", "arrays", "tolerances")
        return {"file": str(self.file), **{name: getattr(self, name) for name in names}}

    def check(self, value: object, *, ulp: object, rtol: object, reason: object, name: object) -> None:
        """Compare a value with its golden, or record it.

        Raises:
            ArrayGoldenError: it differs, or there is no golden.
            UsageError: the value has no canonical bytes, or an argument has no meaning.
            CouldNotJudgeError: the golden is damaged.
        """
        tolerance = read_tolerance(ulp, rtol, reason)
        check = self._name(name)
        leaves = list_leaves(value)
        request = self.session.request
        if request is not None:
            if (request.file, request.test, request.check) == (str(self.file), self.test, check):
                answer(request, leaves)
            return
        path = locate_array_golden(self.file)
        golden = self.session.read(path)
        expected = golden.tests.get(self.test, {}).get(check)
        if self.session.update:
            self._record(check, leaves, expected, keep=tolerance is not None)
        elif expected is None:
            raise ArrayGoldenError(describe_missing(self.shown, check, f"{path.parent.name}/{path.name}"))
        else:
            differences = compare_values(expected.values, leaves, self._find)
            close = self._tolerate(check, expected, leaves, tolerance, differences)
            if differences and not close:
                world = golden.worlds[expected.world]
                rows = explain(expected, world, leaves, self._run_again(check), unknown=close is None)
                raise ArrayGoldenError(describe_failure(self.shown, check, differences, rows))

    def _name(self, name: object) -> str:
        if name is None:
            number = 1
            while str(number) in self.used:
                number += 1
            name = str(number)
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= _LONGEST:
            raise UsageError("a check has no usable name", expected="a short text", found=repr(name))
        if name in self.used:
            raise UsageError("a test has two checks of one name", expected="a name for each", found=name)
        self.used.append(name)
        return name

    def _find(self, digest: str) -> Array | None:
        return find_stored(locate_store(locate_array_golden(self.file)), digest)

    def _record(self, check: str, leaves: Mapping[str, Leaf], expected: ArrayCheck | None, *, keep: bool) -> None:
        """Keep the values of a check for the end of the session, unless the golden has them already."""
        keep = keep or self.session.values or locate_store(locate_array_golden(self.file)).exists()
        values, lacking = select_values(expected, leaves, self._find, keep=keep)
        if values is None:
            return
        world = capture_world()
        self.worlds[world.name] = to_json(world)
        self.updates[check] = to_json(ArrayCheck(world=world.name, values=values))
        for place in lacking:
            self.arrays[values[place].digest] = spool_array(leaves[place].array, self.session.spool)

    def _tolerate(
        self,
        check: str,
        expected: ArrayCheck,
        leaves: Mapping[str, Leaf],
        tolerance: Tolerance | None,
        differences: Sequence[Difference],
    ) -> bool | None:
        """Tell whether differences are within the tolerance, None where that is not known; note what is told later."""
        if tolerance is None:
            return False
        close = bool(differences) and is_close(expected.values, leaves, self._find, tolerance)
        state = "equal bits" if not differences else "close, not equal" if close else "beyond the tolerance"
        where = name_check(self.shown, check)
        self.tolerances.append(f"{where}: {state}; {tolerance.describe()}\n{tolerance.reason}")
        return close

    def _run_again(self, check: str) -> list[Rerun]:
        """Return what two fresh processes give; none where tests are not run again."""
        plan = self.plan() if self.session.reruns > 0 else None
        if plan is None:
            return []
        self.session.reruns -= 1
        return [run_again(plan, str(self.file), self.test, check) for _ in range(2)]
