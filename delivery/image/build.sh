#!/usr/bin/env bash
# Builds one target of the Dockerfile on this machine's engine, without a registry, into its canonical form:
#   build.sh wheels|nix FOLDER PYTHON
# Its tag is repro-appliance:TARGET; no other tag is touched. mmdebstrap makes the base images from Debian's packages, once.
# What the build leaves beside that (images of its stages, an earlier image of this tag) is removed. Prints the image's id.
set -euo pipefail
target=$1 folder=$(realpath -m "$2") python=$3
name=repro-appliance:$target
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
for program in docker mmdebstrap; do
  command -v "$program" >/dev/null || { echo "missing: $program; on Debian: apt-get install docker.io mmdebstrap" >&2; exit 3; }
done
docker info >/dev/null 2>&1 || { echo "the Docker engine does not answer; as root: dockerd" >&2; exit 3; }
mkdir -p "$folder"

make_base() {
  docker image inspect "$1" >/dev/null 2>&1 && return
  mmdebstrap --quiet --variant=minbase --include="$2" trixie - | docker import - "$1" >/dev/null
}

# The wheels of both locks for the base's Python; with them the build needs no network.
make_wheelhouse() {
  local state platforms=()
  state=$(cat "$root"/requirements*.lock | sha256sum)
  [ "$(cat "$folder/wheelhouse.ready" 2>/dev/null)" = "$state" ] && return
  for tag in 2_28 2_27 2_17 2014 2_12 2_5; do platforms+=(--platform "manylinux${tag/#2_/_2_}_$(uname -m)"); done
  rm -rf "$folder/wheelhouse"
  for lock in "$@"; do
    "$python" -m pip --disable-pip-version-check --quiet download --only-binary=:all: --no-deps --require-hashes \
      --python-version 3.13 "${platforms[@]}" --dest "$folder/wheelhouse" --requirement "$root/$lock"
  done
  echo "$state" >"$folder/wheelhouse.ready"
}

copy_context() {
  rm -rf "$folder/context"
  mkdir -p "$folder/context"
  tar -C "$root" --exclude=__pycache__ --exclude='*.pyc' -c Dockerfile .dockerignore LICENSE README.md appliance configs \
    flake.lock flake.nix nix pyproject.toml repro_appliance.py repro_appliance_pytest.py requirements.lock requirements-build.lock requirements-dev.lock verify delivery/nix |
    tar -C "$folder/context" -x
  if [ "$target" = nix ]; then # the legacy builder makes every stage up to the wanted one, also those that it does not need
    awk '/^FROM / { left_out = $NF ~ /^wheels/ } !left_out' "$root/Dockerfile" >"$folder/context/Dockerfile"
  fi
  cp -R "$folder/wheelhouse" "$folder/context/wheelhouse"
  # For the stand-in of nixpkgs, where the build of the flake has no other package set (delivery/nix/standin).
  mkdir -p "$folder/context/delivery/nix/standin/locks"
  cp "$root"/requirements*.lock "$folder/context/delivery/nix/standin/locks"
  printf '{"system": "%s-linux", "python": "/usr/bin/python3.13", "wheels": "/build/wheelhouse"}\n' "$(uname -m)" \
    >"$folder/context/delivery/nix/standin/host.json"
}

list_images() { docker image ls --all --quiet --no-trunc | sort -u; }

# The legacy builder keeps an untagged image of every step. It prints their ids: those that were not there before are ours.
remove_steps() {
  docker image rm --no-prune "$name-raw" >/dev/null 2>&1 || true
  [ -e "$folder/images.before" ] || return 0
  local id
  while IFS= read -r id; do
    id=$(docker image inspect --format '{{.Id}} {{len .RepoTags}}' "$id" 2>/dev/null) || continue
    if [ "${id#* }" -eq 0 ] && ! grep -qxF "${id% *}" "$folder/images.before"; then
      docker image rm "${id% *}" >/dev/null 2>&1 || true
    fi
  done < <(sed -n 's/^ ---> \([0-9a-f]\{12,\}\)$/\1/p' "$folder/build.log" | tac)
  rm -f "$folder/images.before"
}
trap remove_steps EXIT

arguments=(--no-cache --force-rm --network none --tag "$name-raw" --target "$target")
make_wheelhouse requirements.lock requirements-build.lock
case $target in
  wheels)
    make_base repro-appliance-base:python python3,python3-venv,python3-pip
    arguments+=(--build-arg PYTHON_BASE=repro-appliance-base:python)
    ;;
  nix)
    make_base repro-appliance-base:nix nix-bin,python3,python3-venv,python3-pip
    arguments+=(--build-arg NIX_BASE=repro-appliance-base:nix
      --build-arg "NIX_FLAGS=--option sandbox false --override-input nixpkgs path:/build/delivery/nix/standin --no-write-lock-file")
    ;;
  *) echo "no such target: $target" >&2; exit 2 ;;
esac
copy_context
list_images >"$folder/images.before"
: >"$folder/build.log"
DOCKER_BUILDKIT=0 docker build "${arguments[@]}" "$folder/context" >"$folder/build.log" 2>&1 || { tail -n 40 "$folder/build.log" >&2; exit 1; }
docker save "$name-raw" >"$folder/$target-raw.tar"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0} "$python" "$root/delivery/image/canonical.py" \
  "$folder/$target-raw.tar" "$folder/$target.tar" "$name" >"$folder/$target.id"
earlier=$(docker image inspect --format '{{.Id}}' "$name" 2>/dev/null || true)
docker load --quiet --input "$folder/$target.tar" >&2
rm -f "$folder/$target-raw.tar"
if [ -n "$earlier" ] && [ "$earlier" != "$(cat "$folder/$target.id")" ]; then
  echo "$name was $earlier" >&2
  if [ "$(docker image inspect --format '{{len .RepoTags}}' "$earlier")" -eq 0 ]; then
    docker image rm "$earlier" >/dev/null || echo "a container still uses it, so it stays" >&2
  fi
fi
cat "$folder/$target.id"
