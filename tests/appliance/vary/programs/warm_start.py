"""Starts from the file that an earlier run left; without it there is no result. `warm_start.py first` makes it."""

import json
import sys
from pathlib import Path

CACHE = Path("cache/weights.json")

if sys.argv[1:] == ["first"]:
    CACHE.parent.mkdir()
    CACHE.write_text(json.dumps([0.1, 0.7, -0.3]), encoding="utf-8")
weights = json.loads(CACHE.read_text(encoding="utf-8"))
Path("result.txt").write_text(f"{weights[0] * weights[1] + weights[2]!r}\n", encoding="utf-8")
CACHE.write_text(json.dumps(weights), encoding="utf-8")
