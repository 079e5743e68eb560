"""Starts a command line: import path, signals, import, exit code.

This module is imported before the path is in order, so its first imports are modules that need nothing else.
"""

import os
import sys

from verify.startup.origin import PATH, Origin, remember_origin
from verify.startup.path import find_shadows, find_uninstalled, order_path

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120 - as below
_NOT_JUDGED = 3
_INTERRUPTED = 130


class ChildEnded(SystemExit):
    """A child has done the work of this process, where a process cannot be replaced.

    Args:
        exit_code: the child's.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def start(program: str, module: str) -> None:
    """Run the command line of a module, then exit with its code: 3 if it cannot be loaded or ends in another way.

    Args:
        program: the file that starts this program again.
        module: the module with the command line, a function `run` that takes arguments and returns an exit code.

    Raises:
        SystemExit: always.
    """
    code = _INTERRUPTED
    try:
        code = _start(os.path.abspath(program), module)  # noqa: PTH100 - pathlib may be the user's before the path is in order
    except KeyboardInterrupt:
        code = _report_signal()
    except ChildEnded as error:
        code = error.exit_code
    except SystemExit as error:
        _report("a module ended the program while it ran", error)
        code = _NOT_JUDGED
    except Exception as error:  # noqa: BLE001 - no exception may end with the exit code of "different"
        _report("the program cannot be loaded", error)
        code = _NOT_JUDGED
    _hold()
    sys.exit(code)


def _start(program: str, module: str) -> int:
    origin, restarted = remember_origin(program)
    foreign = order_path(origin.environment.get(PATH))
    shadows = find_shadows(foreign, _ROOT)
    if shadows:
        _refuse_shadows(origin, shadows, restarted=restarted)
    from verify.startup import signals  # noqa: PLC0415 - the path is in order now

    signals.handle_signals()
    _refuse_uninstalled("numpy", foreign)
    import importlib  # noqa: PLC0415 - as above

    try:
        run = importlib.import_module(module).run
    finally:
        signals.release_signals()
    code = int(run(sys.argv[1:]))
    if signals.has_arrived() and code != signals.find_exit_code():
        return _report_signal()  # something lost the exception
    return code


def _refuse_shadows(origin: Origin, shadows: dict[str, str], *, restarted: bool) -> None:
    """Start again without the user's modules; a second time, or where that cannot be done, it is an error.

    Raises:
        ImportError: modules of the user are loaded in the place of others.
    """
    reason = ""
    if not restarted and os.name == "posix" and sys.executable and os.path.isfile(origin.program):  # noqa: PTH113
        from verify.startup.restart import plan_clean_start, replace_process  # noqa: PLC0415 - only here

        try:
            replace_process(*plan_clean_start(origin.program, os.environ))
        except OSError as error:
            reason = f"; the interpreter cannot be restarted: {error.strerror}"
    name, file = next(iter(shadows.items()))
    raise ImportError(f"{name} was loaded from {file}{reason}; start without it: python -P, PYTHONPATH unset")


def _refuse_uninstalled(package: str, foreign: list[str]) -> None:
    """Make sure that a package is an installed one.

    Raises:
        ImportError: what would be imported is a module of the user.
    """
    file = find_uninstalled(package, foreign)
    if file is not None:
        raise ImportError(f"{package} is not installed; {file} is another module of this name")


def _report_signal() -> int:
    """Print the word for a signal and return its exit code."""
    try:
        from verify.startup.signals import describe_exit_code, find_exit_code  # noqa: PLC0415 - may not be loaded yet

        code = find_exit_code()
        _write(describe_exit_code(code))
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def _report(title: str, error: BaseException) -> None:
    """Print an error in the form of this project, on standard output too where JSON is asked for."""
    found = f"{type(error).__name__}: {error}"
    remedy = "a module or library in the way must be removed or renamed; --debug shows the traceback"
    if "--debug" in sys.argv:
        sys.excepthook(type(error), error, error.__traceback__)
    where = _find_place(error)
    rows = [("where", where), ("found", found), ("try", remedy)]
    _write("\n".join([title, *(f"  {name:<10} {value}" for name, value in rows if value)]))
    if "--json" in sys.argv:
        import json  # noqa: PLC0415 - only here

        body = {"title": title, "where": where, "found": found, "remedy": remedy}
        value = {"schema": "repro-appliance/error/1", "error": body, "exit_code": _NOT_JUDGED}
        sys.stdout.write(json.dumps(value, indent=2, sort_keys=True) + "\n")


def _find_place(error: BaseException) -> str | None:
    """Return file and line of the innermost frame of an exception."""
    trace, place = error.__traceback__, None
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _write(text: str) -> None:
    if sys.stderr is not None:
        try:
            sys.stderr.write(text + "\n")
        except OSError:
            return  # a closed stream changes no exit code


def _hold() -> None:
    """Make late signals wait: the exit code is decided."""
    module = sys.modules.get("verify.startup.signals")
    if module is not None:
        module.hold_signals()
