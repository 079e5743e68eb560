"""The data directory: argument before variable before user cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.data.locate import find_data_dir
from appliance.errors import DataError


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a home directory for this test alone."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    return tmp_path


def test_argument_comes_first(home: Path) -> None:
    """A directory that is asked for is used, also if the environment names another."""
    environ = {"REPRO_APPLIANCE_DATA": "elsewhere", "XDG_CACHE_HOME": str(home)}
    assert find_data_dir(Path("here"), environ=environ) == Path("here")


def test_variable_comes_second(home: Path) -> None:
    """The project's own variable comes before the user's cache, and may start at the home directory."""
    environ = {"REPRO_APPLIANCE_DATA": "~/sets", "XDG_CACHE_HOME": "/cache"}
    assert find_data_dir(environ=environ) == home / "sets"


def test_variable_of_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without another environment, the process's own counts."""
    monkeypatch.setenv("REPRO_APPLIANCE_DATA", "sets")
    assert find_data_dir() == Path("sets")


@pytest.mark.parametrize("named", ["", "relative/cache"])
def test_useless_cache_variable_is_passed_over(named: str, home: Path) -> None:
    """An empty or relative XDG_CACHE_HOME does not count, as its specification demands."""
    environ = {"REPRO_APPLIANCE_DATA": "", "XDG_CACHE_HOME": named}
    assert find_data_dir(environ=environ, platform="linux") == home / ".cache/repro-appliance/data"


def test_cache_variable_is_honoured(tmp_path: Path) -> None:
    """An absolute XDG_CACHE_HOME is the user cache on every platform."""
    for platform in ("linux", "darwin", "win32"):
        found = find_data_dir(environ={"XDG_CACHE_HOME": str(tmp_path)}, platform=platform)
        assert found == tmp_path / "repro-appliance" / "data"


def test_platforms_have_their_own_cache(home: Path) -> None:
    """Caches lie where macOS and Windows always keep them."""
    assert find_data_dir(environ={}, platform="darwin") == home / "Library/Caches/repro-appliance/data"
    environ = {"LOCALAPPDATA": str(home / "Local")}
    assert find_data_dir(environ=environ, platform="win32") == home / "Local/repro-appliance/data"


def test_homeless_user_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a home directory there is one clear error."""

    def have_no_home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", have_no_home)
    with pytest.raises(DataError, match="no home directory"):
        find_data_dir(environ={}, platform="linux")
