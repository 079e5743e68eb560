#!/usr/bin/env bash
# Runs an image after removing every shell, so that a program that needs one fails: without_shells.sh IMAGE ARGUMENTS...
set -euo pipefail
image=$1
shift
folder=$(mktemp -d)
container=$(docker create "$image")
clean() {
  docker rm --volumes "$container" >/dev/null
  docker image rm --force "$image-without-shells" >/dev/null 2>&1 || true
  chmod -R u+w "$folder" && rm -rf "$folder"
}
trap clean EXIT
mkdir "$folder/root"
docker export "$container" | tar -C "$folder/root" -x --no-same-owner --exclude='*/bin/*sh' --exclude='bin/*sh'
found=$(find "$folder/root" -path '*bin/*sh' | head -n 1)
[ -z "$found" ] || { echo "a shell is left: $found" >&2; exit 1; }
read_config() { docker image inspect --format "{{$1}}" "$image"; }
tar -C "$folder/root" -c . |
  docker import --change "ENTRYPOINT $(read_config 'json .Config.Entrypoint')" --change 'USER 65532:65532' - "$image-without-shells" >/dev/null
read_config 'range .Config.Env}}{{println .}}{{end' >"$folder/variables"
docker run --rm --read-only --network none --env-file "$folder/variables" --tmpfs /runs "$image-without-shells" "$@"
