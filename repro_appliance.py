"""The console script: starts the package `appliance` beside this file, whatever else has its name.

A user's own package `appliance` would be found first by its name. This module's name is nobody else's.
"""

import os
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    root = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib may be the user's before the path is in order
    found = sys.modules.get("appliance")
    if found is not None and os.path.dirname(found.__file__ or "") != os.path.join(root, "appliance"):  # noqa: PTH118, PTH120
        for name in [name for name in sys.modules if name.partition(".")[0] == "appliance"]:
            del sys.modules[name]
    kept = list(sys.path)
    sys.path[:] = [root]
    try:
        from appliance.__main__ import main as start  # noqa: PLC0415 - found beside this file only
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        sys.path[:] = kept
    start()


if __name__ == "__main__":
    main()
