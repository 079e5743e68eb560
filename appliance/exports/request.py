"""What somebody asks for when runs are exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@attrs.frozen(kw_only=True)
class Request:
    """Runs to export, and how.

    Args:
        runs: the run directories.
        out: the file or the directory to write.
        data_dir: where data sets are; None for the usual places.
        goldens: where goldens are; None for the ones that ship.
        license: under which terms the runs may be used; None where nobody said it.
        agent: who made the runs; None where nobody said it.
        evidence: files with answers of other commands, for a bundle.
    """

    runs: Sequence[Path]
    out: Path
    data_dir: Path | None = None
    goldens: Path | None = None
    license: str | None = None
    agent: str | None = None
    evidence: Sequence[Path] = ()

    @property
    def only_run(self) -> Path:
        """The run, for a format that holds one.

        Raises:
            UsageError: several runs are named.
        """
        if len(self.runs) != 1:
            raise UsageError("this format holds one run", expected="one run directory", found=len(self.runs))
        return self.runs[0]

    def require_suffix(self, suffix: str) -> None:
        """Make sure that the file to write has a name with this end.

        Raises:
            UsageError: it has another one.
        """
        if not self.out.name.endswith(suffix):
            raise UsageError(
                "an export has an unknown form",
                expected=f"a name that ends in {suffix}",
                found=self.out.name,
                where="-o",
            )
