"""The oracle on configuration files of synthetic data: `cd tests && python3 -m oracle ../configs/smoke.toml`."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

from oracle.training import train


def main() -> None:
    """Write one JSON object for each file that is named."""
    for path in sys.argv[1:]:
        settings = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        sys.stdout.write(json.dumps({"config": settings["name"], "digests": train(settings)}, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
