#!/usr/bin/env bash
# Installs a wheel into an environment of its own and tests it away from its source: check_wheel.sh WHEEL [ARGUMENTS of pytest]
# The tests and the settings of pytest are copied, the packages are not, so only the wheel can be imported.
# Without arguments it runs what a wheel can break and is not slow: imports, packaged files, the commands. PYTHON names the interpreter.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
wheel=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
tests=("${@:2}") chosen='not checkout'
if [ ${#tests[@]} -eq 0 ]; then
  chosen='not checkout and not slow'
  tests=(tests/test_import_effects.py tests/commands tests/appliance/config tests/appliance/launch tests/verify/host)
fi
away=$(mktemp -d)
# Windows removes no folder in which a process stands, and what cannot be removed is no failure of the wheel.
clean() { cd / && rm -rf "$away" || echo "left behind: $away" >&2; }
trap clean EXIT

"${PYTHON:-python}" -m venv "$away/env"
bin=$away/env/bin
[ -d "$bin" ] || bin=$away/env/Scripts
install() { "$bin/python" -m pip --disable-pip-version-check --quiet install "$@"; }
install --require-hashes --requirement "$root/requirements.lock"
install --no-deps --no-index "$wheel"
mkdir "$away/place"
cp -R "$root/tests" "$root/pyproject.toml" "$away/place"
rm -r "$away/place/tests/delivery"
cd "$away/place"

"$bin/python" -P -c 'import appliance, sys, verify
for package in appliance, verify:
    assert package.__file__.startswith(sys.prefix), package.__file__'
"$bin/repro-appliance" --help >help.txt
"$bin/repro-appliance" train --config smoke --json --out runs/smoke >smoke.json
"$bin/python" -c 'import json; print("smoke", json.load(open("smoke.json"))["digests"]["run"])'
"$bin/repro-appliance" verify
install --require-hashes --requirement "$root/requirements-dev.lock" --requirement "$root/locks/report.lock"
"$bin/python" -P -m pytest -n 2 --dist worksteal -m "$chosen" "${tests[@]}"
