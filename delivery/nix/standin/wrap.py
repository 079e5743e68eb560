#!@python@
"""Writes a program that sets variables, then starts another: makeBinaryWrapper TARGET FILE OPTIONS..."""

import sys
from pathlib import Path

target, file, *rest = sys.argv[1:]
variables: dict[str, dict[str, str]] = {"--set": {}, "--set-default": {}}
flags: list[str] = []
while rest:
    option = rest.pop(0)
    if option == "--add-flags":
        flags += rest.pop(0).split()
    else:
        variables[option][rest.pop(0)] = rest.pop(0)
program = f"""#!@python@ -IS
import os, sys
environment = {{**{variables["--set-default"]!r}, **os.environ, **{variables["--set"]!r}}}
os.execve({target!r}, [{target!r}, *{flags!r}, *sys.argv[1:]], environment)
"""
Path(file).write_text(program, encoding="utf-8")
Path(file).chmod(0o755)
