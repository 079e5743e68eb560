"""The console script: starts the package `appliance` beside this file, whatever else has its name.

A user's own package `appliance` would be found first by its name. This module's name is nobody else's.
"""

import os
import sys


def load_own() -> None:
    """Load the entry of the package beside this file; an earlier one from another place is removed."""
    root = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib may be the user's before the path is in order
    found = sys.modules.get("appliance")
    if found is not None and os.path.dirname(found.__file__ or "") != os.path.join(root, "appliance"):  # noqa: PTH118, PTH120
        for name in [name for name in sys.modules if name.partition(".")[0] == "appliance"]:
            del sys.modules[name]
    kept = list(sys.path)
    sys.path[:] = [root]
    try:
        __import__("appliance.__main__")
    finally:
        sys.path[:] = kept


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        load_own()
        from appliance.__main__ import main as start  # noqa: PLC0415 - loaded just now
    except KeyboardInterrupt:
        sys.exit(130)
    start()


if __name__ == "__main__":
    main()
