"""The program's entry: `python -m appliance`, and the file that a restart starts."""

import os
import sys


def load_own(name: str, root: str) -> None:
    """Make sure that a package of this project is the one in a directory, whatever else has its name."""
    module = sys.modules.get(name)
    home = os.path.join(root, name)  # noqa: PTH118 - pathlib may be the user's before the path is in order
    if module is not None and [os.path.abspath(path) for path in getattr(module, "__path__", ())] == [home]:  # noqa: PTH100
        return
    for loaded in [other for other in sys.modules if other == name or other.startswith(name + ".")]:
        del sys.modules[loaded]
    kept = list(sys.path)
    sys.path[:] = [root]
    try:
        __import__(name)
    finally:
        sys.path[:] = kept


def hold_signals() -> None:
    """Make signals wait until `verify.startup.program` handles them; an import may lose an interrupt."""
    import _signal  # type: ignore[import-not-found]  # noqa: PLC0415 - built in, so no path is searched

    if hasattr(_signal, "pthread_sigmask"):
        _signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP])


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        hold_signals()
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - as above
        for name in ("verify", "appliance"):
            load_own(name, root)
        from verify.startup.program import start  # noqa: PLC0415 - it is this project's now

        start(__file__, "appliance.cli.app")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
