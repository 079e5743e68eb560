#!/usr/bin/env bash
# Builds an image twice and runs it with as few rights as possible: check.sh wheels|nix FOLDER PYTHON. Prints one line for each proof.
set -euo pipefail
target=$1 folder=$(realpath -m "$2") python=$3
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
image=repro-appliance:${target/nix/latest}
careful=(--rm --read-only --network none --cap-drop ALL --security-opt no-new-privileges --user 65532 --tmpfs /runs)
failures=0

prove() { # prove TITLE COMMAND...: one line, and a count of what failed
  local title=$1
  shift
  if "$@" >"$folder/proof.log" 2>&1; then echo "ok    $target: $title"; else
    echo "FAIL  $target: $title"
    tail -n 15 "$folder/proof.log"
    failures=$((failures + 1))
  fi
}
exits_with() { # exits_with CODE COMMAND...
  local code=0
  "${@:2}" || code=$?
  [ "$code" -eq "$1" ] || { echo "exit code $code instead of $1"; return 1; }
}
version() { sed -n 's/^__version__ = "\(.*\)"/\1/p' "$root/verify/version.py"; }
golden() { "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["digests"]["run"])' "$root/verify/goldens/$1.json"; }
trains_baseline() {
  docker run "${careful[@]}" "$image" train --config baseline --json >"$folder/train.json"
  local found
  found=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["digests"]["run"])' "$folder/train.json")
  echo "$found"
  [ "$found" = "$(golden baseline)" ]
}
verifies() { docker run --rm "$image" verify 2>&1 | tee "$folder/verify.log"; grep -q "$(golden smoke)" "$folder/verify.log"; }
inspects() { [ "$(docker image inspect --format "$1" "$image")" = "$2" ]; }
lists() { docker create "$image" >"$folder/container"; docker export "$(cat "$folder/container")" | tar -t >"$folder/files"; docker rm "$(cat "$folder/container")"; }
lacks() { ! grep -E "$1" "$folder/files"; }
# A broken image is the image with one file replaced: derive FILE EXPRESSION edits it with sed.
derive() {
  local place
  rm -rf "$folder/broken" && mkdir -p "$folder/broken"
  place=$(grep -E "/$1\$" "$folder/files" | head -n 1)
  docker cp "$(docker create "$image"):/$place" "$folder/broken/file"
  sed -i "$2" "$folder/broken/file"
  chmod 644 "$folder/broken/file"
  printf 'FROM %s\nCOPY file /%s\n' "$image" "$place" >"$folder/broken/Dockerfile"
  DOCKER_BUILDKIT=0 docker build --quiet --tag "$image-broken" "$folder/broken" >/dev/null
}
refuses_tampered_golden() {
  derive verify/goldens/smoke.json '0,/sha256:0/s//sha256:1/; 0,/sha256:a/s//sha256:b/; 0,/sha256:b/s//sha256:c/'
  exits_with 3 docker run --rm "$image-broken" verify smoke
}
notices_other_arithmetic() {
  derive appliance/numerics/formats.py 's/chunk=264,/chunk=200,/'
  exits_with 1 docker run --rm "$image-broken" verify baseline
}

first=$(bash "$root/delivery/image/build.sh" "$target" "$folder" "$python" | tail -n 1)
second=$(bash "$root/delivery/image/build.sh" "$target" "$folder" "$python" | tail -n 1)
echo "      $target: $second, $(docker image inspect --format '{{.Size}}' "$image") bytes"
prove "two builds without a cache have one digest" test "$first" = "$second"
prove "the loaded image has that digest" inspects '{{.Id}}' "$second"
prove "verify prints the golden digest" verifies
prove "train works read-only, without network or rights, with the golden digest" trains_baseline
prove "its user is not root" inspects '{{.Config.User}}' 65532:65532
prove "its label names the program" inspects '{{index .Config.Labels "org.opencontainers.image.title"}}' repro-appliance
prove "its label names the version" inspects '{{index .Config.Labels "org.opencontainers.image.version"}}' "$(version)"
prove "its files can be listed" lists
prove "there is no compiled file next to the program" lacks 'repro-appliance.*\.pyc$'
prove "no installer and no cache of one" lacks '(opt/repro-appliance/.*/pip/|\.cache/pip)'
prove "it starts without any shell in the image" bash "$root/delivery/image/without_shells.sh" "$image" verify smoke
prove "a tampered golden is refused (exit 3)" refuses_tampered_golden
prove "other arithmetic is noticed (exit 1)" notices_other_arithmetic
prove "control: another content has another digest" test "$(docker image inspect --format '{{.Id}}' "$image-broken")" != "$second"
docker ps --all --quiet --filter "ancestor=$image" --filter status=created | xargs -r docker rm >/dev/null
docker image rm "$image-broken" >/dev/null
[ "$failures" -eq 0 ] || { echo "$failures proofs failed"; exit 1; }
