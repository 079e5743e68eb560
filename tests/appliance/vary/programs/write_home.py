"""Writes its result, but also a log into the home directory and a file beside its working directory."""

import os
from pathlib import Path

Path("result.txt").write_text("42\n", encoding="utf-8")
Path(os.environ["HOME"], "last-run.log").write_text(f"{os.getpid()}\n", encoding="utf-8")
Path("../beside.log").write_text(f"{os.getpid()}\n", encoding="utf-8")
