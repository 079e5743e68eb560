"""A world: the settings in which it is unlike the baseline."""

from collections.abc import Iterable

import attrs


@attrs.frozen(kw_only=True, order=True)
class Setting:
    """One axis with one of its values, which is not the baseline's."""

    axis: str
    value: str

    def __str__(self) -> str:
        return f"{self.axis}={self.value}"


@attrs.frozen(order=True)
class World:
    """Settings, at most one for each axis, sorted by axis; none is the baseline."""

    settings: tuple[Setting, ...] = ()

    @classmethod
    def make(cls, settings: Iterable[Setting]) -> "World":
        """Return the world with these settings, in any order."""
        return cls(tuple(sorted(settings)))

    def with_settings(self, settings: Iterable[Setting]) -> "World":
        """Return this world with further settings, which replace others of the same axis."""
        merged = {setting.axis: setting for setting in (*self.settings, *settings)}
        return World.make(merged.values())

    def without(self, settings: Iterable[Setting]) -> "World":
        """Return this world without some settings."""
        gone = set(settings)
        return World(tuple(setting for setting in self.settings if setting not in gone))

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes in which it is unlike the baseline."""
        return tuple(setting.axis for setting in self.settings)

    def __str__(self) -> str:
        return ", ".join(map(str, self.settings)) or "as it is"

    def __len__(self) -> int:
        return len(self.settings)
