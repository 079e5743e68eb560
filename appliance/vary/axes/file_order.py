"""The axis `file-order`: in which order directories are listed."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, judge, make_folder, refuse, start_probe, works

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_ORDERS = ("sorted", "reversed")
_SPACE = ("unshare", "--mount", "--propagation", "private", "--")
# Mounts disorderfs over the working directory, in a mount namespace of its own, and runs the command there.
_MOUNT = """
import os, signal, subprocess, sys, tempfile, time
order, command = sys.argv[1], sys.argv[2:]
folder, before = os.getcwd(), os.stat(".").st_dev
real = tempfile.mkdtemp(prefix="listing-", dir=os.path.dirname(folder))
subprocess.run(["mount", "--bind", folder, real], check=True)
options = ["--sort-dirents=yes", "--reverse-dirents=" + ("yes" if order == "reversed" else "no")]
server = subprocess.Popen(["disorderfs", "-f", "-q", "--pad-blocks=0", "--multi-user=yes", *options, "-o", "nonempty",
                           real, folder], stdout=subprocess.DEVNULL)
code = 1
try:
    for _ in range(500):
        if server.poll() is not None or os.stat(folder).st_dev != before:
            break
        time.sleep(0.01)
    os.chdir(folder)
    code = subprocess.call(command)
finally:
    os.chdir("/")
    subprocess.call(["umount", "-l", folder])
    server.terminate()
    server.wait()
    subprocess.call(["umount", "-l", real])
    os.rmdir(real)
if code < 0:
    os.kill(os.getpid(), -code)
sys.exit(code)
"""
# The order of os.listdir and os.scandir, which glob, pathlib, os.walk and shutil use.
_STARTUP = """
def _vary_order():
    import os
    listdir, scandir = os.listdir, os.scandir
    class Entries:
        def __init__(self, entries):
            with entries:
                self.entries = iter(sorted(entries, key=lambda entry: entry.name, reverse={reverse}))
        def __iter__(self):
            return self
        def __next__(self):
            return next(self.entries)
        def __enter__(self):
            return self
        def __exit__(self, *_):
            self.close()
        def close(self):
            self.entries = iter(())
    def ordered_listdir(path="."):
        return sorted(listdir(path), reverse={reverse})
    def ordered_scandir(path="."):
        return Entries(scandir(path))
    os.listdir, os.scandir = ordered_listdir, ordered_scandir
_vary_order()
del _vary_order
"""
_PROBE = "import os; print(*os.listdir('.'))"
_NAMES = ("b", "d", "a", "e", "c")


class FileOrder:
    """Lists directories in sorted or reversed order: by disorderfs for any program, else inside a child's Python."""

    name = "file-order"
    title = "order of directory listings"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return both orders."""
        return (AS_IT_IS, *_ORDERS)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Put a program before the command that mounts the directory in order; order Python's functions as well."""
        if value not in _ORDERS:
            return launch
        lines = _STARTUP.format(reverse=value == "reversed")
        launch = attrs.evolve(launch, python_startup=(*launch.python_startup, lines))
        if not _can_mount():
            return launch
        return attrs.evolve(launch, prefix=(*launch.prefix, *_SPACE, sys.executable, "-I", "-S", "-c", _MOUNT, value))

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """List a directory in the child: the order must be the one that was asked for."""
        folder = make_folder(subject, "listing")
        for name in _NAMES:
            (folder / name).touch()
        remedy = "install the package disorderfs and start it as root with /dev/fuse; without it only Python is ordered"
        if subject.python is None and not _can_mount():
            return refuse("disorderfs cannot be used here, and the program is not one of Python", remedy)
        probe = attrs.evolve(start_probe(subject, _PROBE), directory=folder)
        before, after = run(probe).strip(), run(self.apply(value, probe)).strip()
        wanted = " ".join(sorted(_NAMES, reverse=value == "reversed"))
        if value not in _ORDERS or after != wanted:
            return refuse("the child does not list a directory in this order", remedy, found=after)
        return judge(f"listed: {before}", f"listed: {after}", remedy="the file system itself lists in this order")

    def advise(self) -> str:
        """Return what helps."""
        return "sort every listing where it is read: sorted(glob.glob(...)), sorted(os.listdir(...))"


def _can_mount() -> bool:
    """Tell whether disorderfs can be mounted by this process."""
    tools = all(shutil.which(tool) for tool in ("disorderfs", "mount", "umount"))
    return tools and os.access("/dev/fuse", os.R_OK | os.W_OK) and works(*_SPACE)
