"""What `prove` tries."""

from __future__ import annotations

from pathlib import Path

import attrs

from appliance.config import load_config


@attrs.frozen(kw_only=True)
class Subject:
    """A training.

    Args:
        config: a named configuration or the path of one, which is made absolute.
        overrides: other values for some keys.
        threads: BLAS threads.
        data_dir: where data files are; None for the usual places.
        plant: a fault that is planted; empty for none.
    """

    config: str
    overrides: tuple[str, ...] = ()
    threads: int = 1
    data_dir: Path | None = None
    plant: str = ""

    @property
    def title(self) -> str:
        """The name of the configuration, or of its file."""
        return Path(self.config).stem if self.config.endswith(".toml") else self.config

    @property
    def digest(self) -> str:
        """The digest of the settings.

        Raises:
            ConfigurationError: there is no such configuration, or it is malformed.
        """
        return load_config(self.config, overrides=self.overrides).digest()


def make_subject(config: str, overrides: tuple[str, ...], threads: int, data_dir: Path | None) -> Subject:
    """Return a subject whose places are named whole: children start in other directories."""
    name = str(Path(config).resolve()) if config.endswith(".toml") else config
    place = None if data_dir is None else data_dir.resolve()
    return Subject(config=name, overrides=overrides, threads=threads, data_dir=place)
