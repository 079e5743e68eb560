#!/usr/bin/env bash
# Installs this checkout of the program into an environment of its own: install.sh FOLDER. PYTHON names the interpreter.
# Only files with the hashes of the locks are accepted, from the index that pip is configured for. A second call in one job does nothing.
set -euo pipefail
folder=$1 python=${PYTHON:-python3}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=$folder/bin
[ ! -e "$folder/ready" ] || exit 0
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "::error::$python is missing or older than 3.11; set the input python-version, such as \"3.13\"" >&2
  exit 2
fi
"$python" -m venv --clear "$folder"
install() { "$bin/python" -m pip --disable-pip-version-check --quiet install "$@"; }
install --require-hashes --requirement "$root/requirements.lock" --requirement "$root/requirements-build.lock"
install --no-deps --no-build-isolation --no-index "$root"
touch "$folder/ready"
