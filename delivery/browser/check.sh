#!/usr/bin/env bash
# Makes a report of every kind and opens each in Chromium: check.sh FOLDER PYTHON [PAGE...]. Screenshots and prints are in FOLDER/shots.
# PYTHON has the program with the extra `report`. Needs npm and chromium. Nothing is installed outside of FOLDER.
set -euo pipefail
folder=$(realpath -m "$1") python=$(realpath -s "$2")
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
version=4.14.1 digest=e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
for program in npm chromium; do
  command -v "$program" >/dev/null || { echo "missing: $program; on Debian: apt-get install npm chromium" >&2; exit 3; }
done
mkdir -p "$folder"
if [ ! -d "$folder/package" ]; then
  (cd "$folder" && npm pack --silent "axe-core@$version" >/dev/null)
  echo "$digest  $folder/axe-core-$version.tgz" | sha256sum --check --quiet
  tar -C "$folder" -xzf "$folder/axe-core-$version.tgz"
fi
if [ ! -e "$folder/env/ready" ]; then
  "$python" -m venv --clear "$folder/env"
  "$folder/env/bin/python" -m pip --disable-pip-version-check --quiet install --require-hashes \
    --requirement "$root/requirements.lock" --requirement "$root/locks/browser.lock"
  touch "$folder/env/ready"
fi
rm -rf "$folder/work" "$folder/pages" "$folder/shots"
cd "$root"
"$python" -m delivery.browser.pages "$folder"
"$folder/env/bin/python" -m delivery.browser "$folder/pages" "$folder/package/axe.min.js" "$folder/shots" "${@:3}"
