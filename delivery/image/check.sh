#!/usr/bin/env bash
# Builds an image twice and runs it with as few rights as possible: check.sh wheels|nix FOLDER PYTHON. Prints one line for each proof.
# It leaves the image with its tag repro-appliance:TARGET and the base images on the engine, and nothing else.
set -euo pipefail
target=$1 folder=$(realpath -m "$2") python=$3
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
image=repro-appliance:$target
mkdir -p "$folder"
# shellcheck source-path=SCRIPTDIR
source "$root/delivery/image/proofs.sh"
# shellcheck source-path=SCRIPTDIR
source "$root/delivery/image/usage.sh"
careful=(--read-only --network none --cap-drop ALL --security-opt no-new-privileges --user 65532 --tmpfs /runs)
trap clean_engine EXIT

version() { sed -n 's/^__version__ = "\(.*\)"/\1/p' "$root/verify/version.py"; }
trains_baseline() {
  run "${careful[@]}" "$image" train --config baseline --json >"$folder/train.json"
  local found
  found=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["digests"]["run"])' "$folder/train.json")
  echo "$found"
  [ "$found" = "$(golden baseline)" ]
}
verifies() { run "$image" verify --json | tee "$folder/verify.log"; grep -q "$(golden smoke)" "$folder/verify.log"; }
inspects() { [ "$(docker image inspect --format "$1" "$image")" = "$2" ]; }
lists() {
  local container
  container=$(create "$image")
  docker export "$container" | tar -t >"$folder/files"
  remove "$container"
}
lacks() { ! grep -E "$1" "$folder/files"; }
# A broken image is the image with one file edited: derive FILE EXPRESSION
derive() {
  local place container
  rm -rf "$folder/broken" && mkdir -p "$folder/broken"
  place=$(grep -E "/$1\$" "$folder/files" | head -n 1)
  container=$(create "$image")
  docker cp "$container:/$place" "$folder/broken/file"
  remove "$container"
  edit "$folder/broken/file" "$2"
  chmod 644 "$folder/broken/file"
  printf 'FROM %s\nCOPY file /%s\n' "$image" "$place" >"$folder/broken/Dockerfile"
  build_quietly --tag "$image-broken" "$folder/broken"
}
refuses_tampered_golden() {
  derive verify/goldens/smoke.json '0,/sha256:0/s//sha256:1/; 0,/sha256:a/s//sha256:b/; 0,/sha256:b/s//sha256:c/'
  exits_with 3 run "$image-broken" verify smoke
}
notices_other_arithmetic() {
  derive appliance/numerics/formats.py '/^_FAST_F32 = /s/left_bits=8,/left_bits=7,/'
  exits_with 1 run "$image-broken" verify baseline
}
differs_from_broken() { [ "$(docker image inspect --format '{{.Id}}' "$image-broken")" != "$second" ]; }
# Whatever is on the engine now and was not before, except the image with its tag and the base images.
shows_nothing_new() {
  list_engine >"$folder/engine.after"
  local kept
  kept=$(docker image inspect --format '{{.Id}}' "$image" repro-appliance-base:python repro-appliance-base:nix 2>/dev/null | paste -sd '|')
  ! comm -13 "$folder/engine.before" "$folder/engine.after" |
    grep -vE "^image ($kept)\$|^tag (repro-appliance:$target|repro-appliance-base:(python|nix)) "
}
sees_what_is_left() { # a container that was run without --rm leaves its volume when it is removed
  local container
  container=$(create "$image")
  ! shows_nothing_new
  docker rm "$container"
  ! shows_nothing_new
  list_engine | comm -13 "$folder/engine.before" - | sed -n 's/^volume //p' | xargs -r docker volume rm
}

list_engine >"$folder/engine.before"
first=$(bash "$root/delivery/image/build.sh" "$target" "$folder" "$python" | tail -n 1)
second=$(bash "$root/delivery/image/build.sh" "$target" "$folder" "$python" | tail -n 1)
echo "      $target: $second, $(docker image inspect --format '{{.Size}}' "$image") bytes"
prove "two builds without a cache have one digest" test "$first" = "$second"
prove "the loaded image has that digest" inspects '{{.Id}}' "$second"
prove "verify prints the golden digest" verifies
prove "train works read-only, without network or rights, with the golden digest" trains_baseline
prove "its user is not root" inspects '{{.Config.User}}' 65532:65532
prove "it is stopped by SIGTERM" inspects '{{.Config.StopSignal}}' SIGTERM
prove "its label names the program" inspects '{{index .Config.Labels "org.opencontainers.image.title"}}' repro-appliance
prove "its label names the version" inspects '{{index .Config.Labels "org.opencontainers.image.version"}}' "$(version)"
prove "its files can be listed" lists
prove "there is no compiled file next to the program" lacks 'repro-appliance.*\.pyc$'
prove "no installer and no cache of one" lacks '(opt/repro-appliance/.*/pip/|\.cache/pip)'
prove "it starts without any shell in the image" bash "$root/delivery/image/without_shells.sh" "$image" verify smoke
prove_usage
prove "a tampered golden is refused (exit 3)" refuses_tampered_golden
prove "other arithmetic is noticed (exit 1)" notices_other_arithmetic
prove "control: another content has another digest" differs_from_broken
clean_engine
prove "the engine has what it had before, and $image" shows_nothing_new
prove "control: a container and a volume that are left behind are seen" sees_what_is_left
finish_proofs
