"""A run and its golden: `--record` makes the golden, without it the run is compared."""

import sys
from pathlib import Path

import appliance as ra

HERE = Path(__file__).parent

record = ra.train(str(HERE / "spirals.toml"))
print(f"test accuracy {record.metrics['test_accuracy']:.2f}")
print(record.digests["run"])
if "--record" in sys.argv:
    print("written to", ra.record_golden(record, HERE / "goldens"))
    sys.exit()
answer = ra.golden(record, HERE / "goldens")
print(answer)
sys.exit(answer.exit_code)
