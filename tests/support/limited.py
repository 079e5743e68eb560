"""A program for tests: run one command line in a process that may take only so many MiB more memory than it has."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

from appliance.cli.app import run
from appliance.config import load_config
from appliance.training.execute import run_training


def limit_memory(headroom: int) -> int:
    """Allow this process `headroom` MiB beyond what it takes after one small run; return the limit in bytes."""
    run_training(load_config("smoke"))  # what is loaded on first use is loaded now
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmSize:\s+(\d+) kB", status)
    if not found:
        sys.exit("the size of this process is not known")
    limit = (int(found[1]) << 10) + (headroom << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    return limit


if __name__ == "__main__":
    if sys.argv[1] != "0":
        Path(f"limit-{sys.argv[1]}").write_text(str(limit_memory(int(sys.argv[1]))), encoding="ascii")
    sys.exit(run(sys.argv[2:]))
