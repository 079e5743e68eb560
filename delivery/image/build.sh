#!/usr/bin/env bash
# Builds one target of the Dockerfile on this machine's engine, without a registry, into its canonical form:
#   build.sh wheels|nix FOLDER PYTHON
# Its tag is repro-appliance:wheels, or repro-appliance:latest for the default target, which comes from the flake.
# mmdebstrap makes the base images from Debian's packages, once. Prints the image's id.
set -euo pipefail
target=$1 folder=$(realpath -m "$2") python=$3
name=repro-appliance:${target/nix/latest}
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
    flake.lock flake.nix nix pyproject.toml requirements.lock requirements-build.lock requirements-dev.lock verify delivery/nix |
    tar -C "$folder/context" -x
  cp -R "$folder/wheelhouse" "$folder/context/wheelhouse"
  # For the stand-in of nixpkgs, where the build of the flake has no other package set (delivery/nix/standin).
  mkdir -p "$folder/context/delivery/nix/standin/locks"
  cp "$root"/requirements*.lock "$folder/context/delivery/nix/standin/locks"
  printf '{"system": "%s-linux", "python": "/usr/bin/python3.13", "wheels": "/build/wheelhouse"}\n' "$(uname -m)" \
    >"$folder/context/delivery/nix/standin/host.json"
}

# The legacy builder makes every stage up to the wanted one, so the base of the wheels is needed either way.
arguments=(--quiet --no-cache --network none --tag "$name-raw" --build-arg PYTHON_BASE=repro-appliance-base:python)
make_base repro-appliance-base:python python3,python3-venv,python3-pip
case $target in
  wheels)
    make_wheelhouse requirements.lock requirements-build.lock
    arguments+=(--target wheels)
    ;;
  nix)
    make_wheelhouse requirements.lock requirements-build.lock
    make_base repro-appliance-base:nix nix-bin,python3,python3-venv,python3-pip
    arguments+=(--build-arg NIX_BASE=repro-appliance-base:nix
      --build-arg "NIX_FLAGS=--option sandbox false --override-input nixpkgs path:/build/delivery/nix/standin --no-write-lock-file")
    ;;
  *) echo "no such target: $target" >&2; exit 2 ;;
esac
copy_context
DOCKER_BUILDKIT=0 docker build "${arguments[@]}" "$folder/context" >&2
docker save "$name-raw" >"$folder/$target-raw.tar"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-0} "$python" "$root/delivery/image/canonical.py" "$folder/$target-raw.tar" "$folder/$target.tar" "$name"
docker load --quiet --input "$folder/$target.tar" >&2
docker image rm --no-prune "$name-raw" >/dev/null
rm -f "$folder/$target-raw.tar"
