"""The checks of one test, made from what pytest knows about it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from verify.arrays.checking import Checks, Session
from verify.arrays.invocation import plan_rerun, select_arguments
from verify.arrays.rerun import parse_request

if TYPE_CHECKING:
    import pytest

    from verify.arrays.rerun import Plan


class State(Protocol):
    """What the plugin knows of the pytest session."""

    config: pytest.Config
    request: str | None
    update: bool
    arguments: list[str]
    places: list[str]
    environment: dict[str, str]
    session: Any

    def get_spool(self) -> str:
        """Return the folder for arrays that are written at the end."""
        ...


def begin_test(state: State, node: pytest.Item) -> Checks:
    """Return the checks of a test that begins now."""
    if state.session is None:
        state.session = Session(
            update=state.update,
            values=_reads_values(state.config),
            spool=Path(state.get_spool()) if state.update else None,
            request=None if state.request is None else parse_request(state.request),
        )
    name = node.nodeid.partition("::")[2]

    def plan() -> Plan | None:
        seconds = _read_seconds(state.config)
        if seconds <= 0:
            return None
        return plan_rerun(
            state.config,
            arguments=select_arguments(state.arguments, state.places),
            environment=state.environment,
            test=f"{node.path}::{name}",
            seconds=seconds,
        )

    shown = f"{os.path.relpath(node.path, state.config.invocation_params.dir)}::{name}"
    return Checks(session=state.session, file=Path(node.path), test=name, shown=shown, plan=plan)


def _reads_values(config: pytest.Config) -> bool:
    return bool(config.getoption("golden_values", default=False) or _read_ini(config, "golden_values"))


def _read_seconds(config: pytest.Config) -> float:
    try:
        return float(_read_ini(config, "golden_rerun_seconds") or 0)
    except ValueError:
        return 0.0


def _read_ini(config: pytest.Config, name: str) -> Any:  # noqa: ANN401 - as the option says
    try:
        return config.getini(name)
    except (KeyError, ValueError):  # another plugin has taken the options
        return None
