"""What a search has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from appliance.vary.world import Setting, World


@attrs.define(kw_only=True)
class Control:
    """The baseline, repeated.

    Args:
        repeats: how many runs there were.
        different: how many of them differ from the most frequent result.
        unstable: the outputs that differ between them.
    """

    repeats: int = 0
    different: int = 0
    unstable: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether all runs agreed."""
        return self.different == 0

    @property
    def rate(self) -> float:
        """The share of runs that differ from the most frequent result."""
        return self.different / self.repeats if self.repeats else 0.0


@attrs.frozen(kw_only=True)
class Shown:
    """A proof by runs: interleaved, with the cause and without.

    Args:
        with_cause: how many runs with the cause gave the other result.
        without: how many runs without it gave the baseline's.
        repeats: how many runs each way there were.
    """

    with_cause: int
    without: int
    repeats: int

    @property
    def holds(self) -> bool:
        """Whether every run agreed with the cause."""
        return self.with_cause == self.without == self.repeats > 0


@attrs.define(kw_only=True)
class Cause:
    """Settings that change the results, and of which none can be left out.

    Args:
        settings: one setting, or several that act only together.
        also: settings of other axes, each of which alone gives the same result: one cause, seen through two axes.
        others: further settings of the same axis that change the results.
        noisy: whether the world differs from itself.
        fails: how the program ends in this world; "" if it does not fail.
        proof: what further runs showed; None if the time was over.
        steadies: whether the program differs from itself without these settings, and not with them.
    """

    settings: tuple[Setting, ...]
    also: tuple[Setting, ...] = ()
    others: tuple[Setting, ...] = ()
    noisy: bool = False
    fails: str = ""
    proof: Shown | None = None
    steadies: bool = False

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes that take part."""
        return tuple(dict.fromkeys(setting.axis for setting in (*self.settings, *self.also)))

    @property
    def together(self) -> bool:
        """Whether its settings act only together."""
        return len(self.settings) > 1


@attrs.define(kw_only=True)
class Findings:
    """Everything that a search has found.

    Args:
        control: the repeated baseline.
        failure: why the baseline itself gives no results; "" if it does.
        base: the world from which the others are varied; not the baseline if settings make the program steady.
        used: outputs that a second run in a used directory changes; None if there was no such run.
        used_shown: how many such runs changed them.
        used_failure: how such a second run ended, if it failed.
        causes: what changes the results.
        harmless: settings that change nothing, alone and all together.
        worlds: worlds by the digest of their results, in the order in which they were seen.
        unproved: settings that seemed to change the results when the time was over.
        doubts: worlds that differed once, and not again.
        complete: whether the search came to its end.
        ignored: outputs that are left out of the search, because they differ in one and the same world.
        hung: axes with a value under which the program does not end, which may be the doing of a tool.
        unusable: whether nothing can be said because every run differs from every other.
    """

    control: Control = attrs.field(factory=Control)
    failure: str = ""
    base: World | None = None
    used: tuple[str, ...] | None = None
    used_shown: int = 0
    used_failure: str = ""
    causes: list[Cause] = attrs.field(factory=list)
    harmless: list[Setting] = attrs.field(factory=list)
    worlds: dict[str, list[World]] = attrs.field(factory=dict)
    unproved: list[tuple[Setting, ...]] = attrs.field(factory=list)
    doubts: list[str] = attrs.field(factory=list)
    ignored: tuple[str, ...] = ()
    hung: frozenset[str] = frozenset()
    complete: bool = False
    unusable: bool = False
