"""The judge without the maker: `python -m verify PATH...`; see `verify.command`."""

import os
import sys


def hold_signals() -> None:
    """Make signals wait until `verify.startup.program` handles them; an import may lose an interrupt."""
    import _signal  # type: ignore[import-not-found]  # noqa: PLC0415 - built in, so no path is searched

    if hasattr(_signal, "pthread_sigmask"):
        _signal.pthread_sigmask(_signal.SIG_BLOCK, [_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP])


def _load_own() -> None:
    """Make sure that this package can be imported where its file was started."""
    home = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib may be the user's before the path is in order
    if "verify" in sys.modules:
        return
    kept = list(sys.path)
    sys.path[:] = [os.path.dirname(home)]  # noqa: PTH120
    try:
        __import__("verify")
    finally:
        sys.path[:] = kept


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        hold_signals()
        _load_own()
        from verify.startup.program import start  # noqa: PLC0415 - found beside this file only

        start(__file__, "verify.command")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
