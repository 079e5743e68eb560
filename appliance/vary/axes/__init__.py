"""The axes: one class in one file for each thing that is varied, and the table of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from appliance.vary.axes.affinity import Affinity
from appliance.vary.axes.aslr import Aslr
from appliance.vary.axes.cpu import Cpu
from appliance.vary.axes.cpu_count import CpuCount
from appliance.vary.axes.date import Date
from appliance.vary.axes.directory import Directory
from appliance.vary.axes.environment_size import EnvironmentSize
from appliance.vary.axes.file_order import FileOrder
from appliance.vary.axes.ftz import FlushToZero
from appliance.vary.axes.hash_seed import HashSeed
from appliance.vary.axes.home import Home
from appliance.vary.axes.hostname import Hostname
from appliance.vary.axes.interpreters import NumPy, Python
from appliance.vary.axes.kernel import Kernel
from appliance.vary.axes.libm import Libm
from appliance.vary.axes.locales import Locale
from appliance.vary.axes.memory import Memory
from appliance.vary.axes.simd import Simd
from appliance.vary.axes.terminal import Terminal
from appliance.vary.axes.threads import Threads
from appliance.vary.axes.timezone import Timezone
from appliance.vary.axes.umask import Umask
from appliance.vary.axes.user import User

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vary.axis import Axis, Launch

# Axes are applied in this order, and the programs that they put before the command nest in it: what needs root is
# outermost, the change of the user comes after that, and qemu is innermost, because it starts binary programs only.
AXES: tuple[Axis, ...] = (
    Python(),
    NumPy(),
    Threads(),
    Kernel(),
    Simd(),
    Libm(),
    FlushToZero(),
    Memory(),
    HashSeed(),
    Locale(),
    Timezone(),
    Umask(),
    Home(),
    Directory(),
    EnvironmentSize(),
    Hostname(),
    FileOrder(),
    CpuCount(),
    Affinity(),
    Aslr(),
    User(),
    Date(),
    Terminal(),
    Cpu(),
)


def find_axis(name: str) -> Axis:
    """Return the axis of a known name."""
    return next(axis for axis in AXES if axis.name == name)


def make_change(name: str, value: str) -> Callable[[Launch], Launch]:
    """Return the change of a launch that gives an axis a value."""
    return partial(find_axis(name).apply, value)
