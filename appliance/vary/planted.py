"""Faults on purpose: for each axis a small program that depends on it, which the search must find."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes import AXES
from appliance.vary.execute import Request, vary
from verify.rendering.lines import wrap
from verify.rendering.tables import Table, render_markdown, render_text
from verify.results import find_verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from appliance.vary.answer import Answer

SCHEMA = "repro-appliance/vary-self-test/1"
_ARRAY = "import numpy as np\n"
_DECOYS = ("hash-seed", "timezone", "umask")
# Axes that may be told beside the planted one, because one cause is seen through both, or both change the same thing.
_ALSO: Mapping[str, frozenset[str]] = {
    "affinity": frozenset({"threads"}),
    "threads": frozenset({"affinity"}),
}
PROGRAMS: Mapping[str, str] = {
    "threads": "import os\nprint(1 / 3 if os.environ.get('OMP_NUM_THREADS') == '1' else 1 / 3 + 1e-16)",
    "affinity": "import os\nprint(len(os.sched_getaffinity(0)))",
    "cpu-count": "import os\nprint(os.cpu_count())",
    "kernel": _ARRAY
    + "x = np.linspace(-1, 1, 90_000, dtype=np.float32).reshape(300, 300)\nnp.save('out.npy', np.sin(x) @ np.cos(x))",
    "simd": _ARRAY + "x = np.arange(4096) % 7\nnp.save('out.npy', np.argsort(x))",
    "libm": _ARRAY + "np.save('out.npy', np.random.RandomState(3).normal(size=200_000))",
    "ftz": "x = float('1e-310')\nprint(x * 0.5)",
    "memory": _ARRAY + "x = np.empty(4000).tobytes()[-64:]\nprint(x[0] if len(set(x)) == 1 else 0)",
    "hash-seed": "print(hash('planted') % 1000)",
    "file-order": "import os\nfor name in 'abcdefgh': open(name, 'w').close()\nprint(os.listdir('.'))",
    "aslr": "print(id(object()) // 4096)",
    "locale": "import locale\nlocale.setlocale(locale.LC_ALL, '')\n"
    "print(*[ord(letter) for letter in sorted('aZbz', key=locale.strxfrm)], f'{1.5:n}')",
    "timezone": "import time\nprint(time.localtime(0).tm_hour, time.localtime(0).tm_min)",
    "date": "import time\nprint(time.gmtime().tm_year)",
    "umask": "import os\nopen('made', 'w').close()\nprint(oct(os.stat('made').st_mode))",
    "home": "import os\nprint(len(os.path.expanduser('~')), os.path.expanduser('~'))",
    "directory": "import os\nprint(os.path.basename(os.getcwd()))",
    "environment-size": "import os\nprint(max(len(value) for name, value in os.environ.items() if 'PADDING' in name)"
    " if any('PADDING' in name for name in os.environ) else 0)",
    "user": "import os\nprint(os.getuid())",
    "hostname": "import socket\nprint(socket.gethostname())",
    "terminal": "import os, shutil\nprint(shutil.get_terminal_size(), os.environ.get('TERM'), os.isatty(1))",
}


@attrs.frozen(kw_only=True)
class Trap:
    """What the search said of one planted fault.

    Args:
        axis: the axis that was planted.
        named: the axes that were named.
        verdict: found, missed, or not tested.
        reason: why it is not tested.
        runs: how many runs there were.
        seconds: wall time.
    """

    axis: str
    named: tuple[str, ...]
    verdict: str
    reason: str = ""
    runs: int = 0
    seconds: float = 0.0


@attrs.frozen(kw_only=True)
class SelfTest:
    """The results of all planted faults."""

    traps: tuple[Trap, ...]

    @property
    def exit_code(self) -> int:
        """0 if every fault that can be planted here was found and no other axis was blamed."""
        if any(trap.verdict == "missed" for trap in self.traps):
            return 1
        return 0 if any(trap.verdict == "found" for trap in self.traps) else 3

    def to_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "schema": SCHEMA,
            "verdict": find_verdict(self.exit_code),
            "planted": [attrs.asdict(trap) for trap in self.traps],
        }

    def _tabulate(self) -> Table:
        rows = [
            (trap.axis, ", ".join(trap.named) or "-", trap.verdict, trap.runs, f"{trap.seconds:.0f}")
            for trap in self.traps
        ]
        return Table(columns=("planted cause", "named cause", "verdict", "runs", "seconds"), rows=rows)

    def to_text(self) -> str:
        """Return it as a table with the reasons below."""
        lines = [render_text(self._tabulate())]
        lines += [wrap(trap.reason, first=f"{trap.axis}: ", indent=2) for trap in self.traps if trap.reason]
        return "\n".join(lines)

    def to_markdown(self) -> str:
        """Return it as Markdown."""
        return render_markdown(self._tabulate()) + "\n"


def run_self_test(
    environment: Mapping[str, str], python: str, progress: Callable[[str], None], names: Iterable[str] = ()
) -> SelfTest:
    """Plant a fault for each axis and search for it among decoys.

    Args:
        environment: the variables of the programs.
        python: the interpreter that runs them.
        progress: gets one line for each step.
        names: the axes to try; none for all.
    """
    wanted = tuple(names)
    traps = []
    for axis in AXES:
        if wanted and axis.name not in wanted:
            continue
        program = PROGRAMS.get(axis.name)
        if program is None:
            reason = "no fault is planted: it needs another interpreter, NumPy or processor"
            traps.append(Trap(axis=axis.name, named=(), verdict="not tested", reason=reason))
            continue
        progress(f"planted: {axis.name}")
        traps.append(_try_program(axis.name, program, environment, python))
    return SelfTest(traps=tuple(traps))


def _try_program(name: str, program: str, environment: Mapping[str, str], python: str) -> Trap:
    with tempfile.TemporaryDirectory(prefix="repro-appliance-planted-") as folder:
        Path(folder, "planted.py").write_text(program + "\n", encoding="utf-8")
        axes = tuple(dict.fromkeys((name, *_DECOYS)))
        request = Request(command=(python, "planted.py"), directory=Path(folder), environment=environment, axes=axes)
        answer = vary(request, AXES, lambda _: None)
    return _judge(name, answer)


def _judge(name: str, answer: Answer) -> Trap:
    named = tuple(dict.fromkeys(axis for cause in answer.causes for axis in cause.axes))
    row = next(row for row in answer.axes if row.name == name)
    verdict = "found" if name in named and set(named) <= {name, *_ALSO.get(name, ())} else "missed"
    if row.status == "not-tested" and not named:
        verdict = "not tested"
    return Trap(
        axis=name, named=named, verdict=verdict, reason=row.reason, runs=answer.runs, seconds=round(answer.seconds, 1)
    )
