#!/usr/bin/env bash
# Installs a wheel into an environment of its own and tests it away from its source: check_wheel.sh WHEEL [ARGUMENTS of pytest]
# Tests and pytest's settings travel; the packages do not, so only the wheel can be imported.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
wheel=$root/$1
shift
away=$(mktemp -d)
trap 'rm -rf "$away"' EXIT
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
"$bin/repro-appliance" verify
install --require-hashes --requirement "$root/requirements-dev.lock"
"$bin/python" -P -m pytest -m 'not checkout' "$@"
