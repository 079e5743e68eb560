#!/usr/bin/env bash
# Runs apps, wrappers, checks and image of the flake on a stand-in for nixpkgs: check.sh FOLDER PYTHON313
# Needs Debian's nix-bin; no binary cache is used. Prints one line for each proof.
set -euo pipefail
folder=$(realpath -m "$1") python=$2
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
command -v nix >/dev/null || { echo "missing: nix; on Debian: apt-get install nix-bin" >&2; exit 3; }
"$python" -c 'import sys, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))' 2>/dev/null ||
  { echo "missing: CPython 3.13 with pip, found $python" >&2; exit 3; }
system=$(nix --extra-experimental-features nix-command eval --impure --raw --expr builtins.currentSystem)
# shellcheck disable=SC2034
target=nix
# shellcheck source-path=SCRIPTDIR
source "$root/delivery/image/proofs.sh"

pin() { "$python" -c 'import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2:]: value = value[key]
print(value)' "$root/verify/pins.json" "$@"; }
prepare() { # prepare NAME OPENBLAS [PYTHON [NUMPY]]: a copy of the tree whose stand-in claims these versions
  rm -rf "${folder:?}/$1"
  mkdir -p "$folder/$1"
  tar -C "$root" --exclude=__pycache__ -c LICENSE Makefile README.md appliance configs docs flake.lock flake.nix nix pyproject.toml repro_appliance.py repro_appliance_pytest.py \
    requirements*.lock tests verify delivery | tar -C "$folder/$1" -x
  mkdir "$folder/$1/delivery/nix/standin/locks"
  cp "$root"/requirements*.lock "$folder/$1/delivery/nix/standin/locks"
  printf '{"system": "%s", "python": "%s", "wheels": "%s", "claims": {"openblas": "%s", "python": "%s", "numpy": "%s"}}\n' \
    "$system" "$("$python" -c 'import sys; print(sys.executable)')" "$folder/wheels" "$2" "${3:-$(pin python)}" "${4:-$(pin numpy)}" \
    >"$folder/$1/delivery/nix/standin/host.json"
}
on_tree() { # on_tree NAME VERB ARGUMENTS...
  local tree=$folder/$1 verb=$2
  local options=(--extra-experimental-features 'nix-command flakes' --option sandbox false --option build-users-group ''
    --option substituters '')
  shift 2
  (cd "$tree" && nix "${options[@]}" "$verb" --override-input nixpkgs "path:$tree/delivery/nix/standin" --no-write-lock-file "$@")
}
trains() {
  on_tree sound run path:.#train -- --config baseline --json --out "$folder/run-$$" | tee "$folder/train.json"
  grep -q "\"run\": \"$(golden baseline)\"" "$folder/train.json"
}
says_channel() {
  on_tree sound run path:.#fingerprint -- --json >"$folder/fingerprint.json"
  grep -q '"channel": "nix"' "$folder/fingerprint.json"
}
passes() { on_tree "$1" build --no-link "path:.#checks.$system.$2"; }
fails() { ! on_tree "$1" build --no-link "path:.#checks.$system.$2" && grep -q "$3" "$folder/proof.log"; }
sets_variables() { on_tree sound build --out-link "$folder/default" path:.#default && grep -q PYTHONHASHSEED "$folder/default/bin/repro-appliance"; }
derivation() { on_tree "$1" eval --raw "path:.#packages.$system.default.drvPath"; }
ignores_documents() {
  prepare edited "$(pin openblas wheel)"
  echo "One more line." | tee -a "$folder/edited/README.md" >>"$folder/edited/docs/numerics.md"
  cp "$folder/sound/delivery/nix/standin/host.json" "$folder/edited/delivery/nix/standin/host.json"
  local first second
  first=$(derivation sound)
  second=$(derivation edited)
  echo "$first $second"
  [ "$first" = "$second" ]
}
notices_sources() {
  local first second
  echo "# changed" >>"$folder/edited/verify/bits.py"
  first=$(derivation sound)
  second=$(derivation edited)
  [ "$first" != "$second" ]
}
builds_image_twice() {
  on_tree sound build --out-link "$folder/image" path:.#image
  sha256sum <"$folder/image" >"$folder/first"
  on_tree sound build --out-link "$folder/image" --rebuild path:.#image
  sha256sum <"$folder/image" | cmp - "$folder/first"
}
image_works() {
  docker load --quiet --input "$folder/image"
  local careful=(--read-only --network none --cap-drop ALL --user 65532 --tmpfs /runs)
  run "${careful[@]}" repro-appliance:nix train --config baseline --json | tee "$folder/train.json"
  grep -q "\"run\": \"$(golden baseline)\"" "$folder/train.json"
  run --network none repro-appliance:nix verify
  [ "$(docker image inspect --format '{{.Config.StopSignal}}' repro-appliance:nix)" = SIGTERM ]
}
# The tag of the flake's image is also that of `make image`, so it is put back.
keep_tag() { docker image inspect --format '{{.Id}}' repro-appliance:nix 2>/dev/null >"$folder/earlier" || true; }
restore_tag() {
  local loaded earlier
  earlier=$(cat "$folder/earlier")
  loaded=$(docker image inspect --format '{{.Id}}' repro-appliance:nix)
  if [ "$loaded" = "$earlier" ]; then return; fi
  docker image rm repro-appliance:nix
  if [ -n "$earlier" ]; then docker tag "$earlier" repro-appliance:nix; fi
}
shows_nothing_new() { list_engine | diff "$folder/engine.before" -; }
sets_pins_from_lock() { # the stand-in has another OpenBLAS than the pins, until they are set from it
  rm -rf "$folder/set" && cp -R "$folder/sound" "$folder/set"
  local pins=("$python" "$root/delivery/nix/pins.py" --root "$folder/set") options=(--option substituters ''
    --override-input nixpkgs "path:$folder/set/delivery/nix/standin" --no-write-lock-file)
  exits_with 1 "${pins[@]}" --check -- "${options[@]}"
  "${pins[@]}" -- "${options[@]}" | tee "$folder/pins.log"
  grep -qxF "openblas $(pin openblas nix) -> $(pin openblas wheel)" "$folder/pins.log"
  "${pins[@]}" --check -- "${options[@]}"
  passes set pins
}
formats_badly() { # a tab, and spaces at the end of a line
  prepare shabby "$(pin openblas wheel)"
  printf '\t{ }  \n' >>"$folder/shabby/nix/verb.nix"
  fails shabby format 'verb.nix:[0-9]*: tab'
}
starts_where_no_shell_is() { bash "$root/delivery/image/without_shells.sh" repro-appliance:nix verify smoke; }
ignores_standing_place() { # a folder with the name of the package in the current directory is not run
  mkdir -p "$folder/elsewhere/appliance"
  echo 'raise SystemExit(7)' | tee "$folder/elsewhere/appliance/__init__.py" >"$folder/elsewhere/appliance/__main__.py"
  (cd "$folder/elsewhere" && "$folder/default/bin/repro-appliance" --help)
}

mkdir -p "$folder/wheels"
if [ "$(cat "$folder/wheels/.ready" 2>/dev/null)" != "$(sha256sum <"$root/requirements-dev.lock")" ]; then
  rm -rf "$folder/wheels"
  "$python" -m pip --disable-pip-version-check --quiet download --require-hashes --requirement "$root/requirements-dev.lock" \
    --dest "$folder/wheels"
  sha256sum <"$root/requirements-dev.lock" >"$folder/wheels/.ready"
fi
rm -rf "$folder"/run-*
prepare sound "$(pin openblas wheel)"
prepare claiming "$(pin openblas nix)"
prepare older-python "$(pin openblas nix)" 3.12.9
prepare older-numpy "$(pin openblas nix)" "$(pin python)" 2.4.3

prove "nix run .#train -- --config baseline gives the golden digest" trains
prove "nix run .#verify" on_tree sound run path:.#verify
prove "nix run .#fingerprint reports the channel nix" says_channel
prove "nix run shows the help" on_tree sound run path:. -- --help
prove "nix run .#benchmark shows its help" on_tree sound run path:.#benchmark -- --help
prove "the wrapper sets the variables before Python starts" sets_variables
prove "the wrapper starts the package, not a folder of its name" ignores_standing_place
for check in package tests types lint goldens tampered format overlay devShell; do prove "check $check" passes sound "$check"; done
prove "check blas: NumPy has loaded the library of this package set" passes sound blas
prove "check pins, with the versions that are pinned" passes claiming pins
prove "control: check pins is red for another OpenBLAS" fails sound pins "make pins-from-lock"
prove "control: check pins is red for another Python" fails older-python pins '"python":"3.12"'
prove "control: check pins is red for another NumPy" fails older-numpy pins '"numpy":"2.4.3"'
prove "control: check blas is red for a library that is only claimed" fails claiming blas AssertionError
prove "make pins-from-lock: the pins are set from the package set, in one command" sets_pins_from_lock
prove "control: check format is red for a file that is not formatted" formats_badly
prove "editing documents changes no derivation" ignores_documents
prove "control: editing a source does" notices_sources
prove "packages.image is built twice with the same bytes" builds_image_twice
if docker info >/dev/null 2>&1; then
  list_engine >"$folder/engine.before"
  trap clean_engine EXIT
  keep_tag
  prove "the image trains to the golden digest on the engine" image_works
  prove "the image starts without any shell" starts_where_no_shell_is
  clean_engine
  restore_tag
  prove "the engine has what it had before" shows_nothing_new
else
  echo "FAIL  nix: no Docker engine answers, so the image was not run"
  failures=$((failures + 1))
fi
finish_proofs
