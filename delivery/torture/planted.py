"""The program with a broken rule of checkpoints: `python -m delivery.torture.planted RULE ARGUMENT...`.

The trials of kills must notice each of them; see `tests/delivery/test_torture_controls.py`.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from appliance.checkpoints import folder
from appliance.cli.app import run
from appliance.training.trainer import Trainer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_PAUSE = 0.05  # seconds in the middle of a write


def forget_optimizer() -> None:
    """Take up a training with an optimizer that begins anew."""
    real = Trainer.restore

    def restore(self: Trainer, arrays: dict[str, Any]) -> None:
        fresh = Trainer.capture(self)
        kept = set(self.network.arrays())
        real(
            self,
            {name: array if any(name.endswith(own) for own in kept) else fresh[name] for name, array in arrays.items()},
        )

    setattr(Trainer, "restore", restore)  # noqa: B010 - a method is replaced


def write_in_place() -> None:
    """Write one checkpoint over the other, without a draft and without a second one."""

    def write(self: folder.Folder, number: int, parts: Iterable[bytes | memoryview]) -> None:
        path, text = self.find_file(number), b"".join(parts)
        draft = path.with_name(f".{path.name}.draft")
        draft.touch()
        for former in self.list_numbers():
            self.find_file(former).replace(path)
        with path.open("wb") as stream:
            stream.write(text[: len(text) // 2])
            stream.flush()
            time.sleep(_PAUSE)
            stream.write(text[len(text) // 2 :])
        draft.unlink()

    setattr(folder.Folder, "write", write)  # noqa: B010 - a method is replaced


RULES: dict[str, Callable[[], None]] = {
    "optimizer": forget_optimizer,
    "in-place": write_in_place,
}


def main() -> int:
    """Break a rule, then run a command line."""
    RULES[sys.argv[1]]()
    return run(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
