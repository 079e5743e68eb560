"""Which modules are looked into: those of the program and of the user's, and not those of installed packages."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from types import ModuleType

_PROGRAM = ("appliance", "verify", "repro_appliance")
_ITSELF = "appliance.proving"
_INSTALLED = ("site-packages", "dist-packages")


@attrs.frozen
class Modules:
    """Tells the modules of the program and of the user's from all others.

    Attributes:
        itself: beginnings of the names of modules that only look, and are not looked into.
    """

    itself: tuple[str, ...] = (_ITSELF,)

    def owns(self, name: object) -> bool:
        """Tell whether a module is one of the program's or of the user's."""
        if not isinstance(name, str) or name.startswith(self.itself) or name == "__main__":
            return False
        return name.partition(".")[0] in _PROGRAM or self.find_file(name) is not None

    def find_file(self, name: str) -> Path | None:
        """Return the file of a module of the user's; None for every other module."""
        file = getattr(sys.modules.get(name), "__file__", None)
        if not isinstance(file, str) or name.partition(".")[0] in _PROGRAM:
            return None
        path = Path(file)
        if any(part in _INSTALLED for part in path.parts) or any(path.is_relative_to(one) for one in _STANDARD):
            return None
        return path

    def list_owned(self) -> dict[str, ModuleType]:
        """Return the modules that are looked into, by the names that people know them by."""
        owned = {name: module for name, module in sorted(sys.modules.items()) if self.owns(name)}
        return {self.title(name): module for name, module in owned.items()}

    def title(self, name: str) -> str:
        """Return what a module is called: a user's by its file, all others by their names."""
        file = self.find_file(name)
        return name if file is None else "/".join((*name.split(".")[:-1], file.name))

    def name_class(self, kind: type) -> str:
        """Return the name of a class with its module, a user's with its file."""
        module = str(kind.__module__)  # a class may have set it to anything
        file = self.find_file(module)
        return f"{module}.{kind.__qualname__}" if file is None else f"{self.title(module)}: {kind.__qualname__}"

    def holds(self, variables: object) -> bool:
        """Tell whether these are the global variables of a module that was imported."""
        name = variables.get("__name__") if isinstance(variables, dict) else None
        module = sys.modules.get(name) if isinstance(name, str) else None
        return module is not None and vars(module) is variables


_STANDARD = tuple(Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))
