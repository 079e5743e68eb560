#!/usr/bin/env bash
# Prepares what the members of fleet.toml need: setup.sh FOLDER PYTHON. Needs Debian's apt and dpkg; root also installs
# qemu-user-static if it is missing.
set -euo pipefail
here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
folder=$1 python=$2
if ! command -v qemu-s390x-static >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes qemu-user-static >/dev/null
fi
for program in apt-get dpkg qemu-s390x-static; do
  command -v "$program" >/dev/null || { echo "missing: $program; on Debian: apt-get install qemu-user-static" >&2; exit 3; }
done
mkdir -p "$folder/roots"

make_root() { bash "$here/sysroot.sh" "$1" "$folder/roots/$1" "${@:2}" >"$folder/roots/$1.log" 2>&1; }
export -f make_root
export here folder
# Two at a time: most of it is waiting for the network.
xargs -P 2 -I{} bash -c 'make_root {} || { cat "$folder/roots/$(echo {} | cut -d" " -f1).log" >&2; exit 1; }' <<'ROOTS'
arm64 bookworm trixie
armhf bookworm trixie
i386 bookworm trixie
ppc64el+openblas bookworm trixie
s390x bookworm trixie
s390x+openblas bookworm trixie
mips64el bookworm
riscv64 trixie testing
ROOTS

# NumPy as it is published for aarch64, with the BLAS inside, from the hash lock; Debian's NumPy brings a plain one.
if [ ! -f "$folder/wheel-arm64/.ready" ]; then
  rm -rf "$folder/wheel-arm64"
  sed -n '/^numpy==/,/^[^ ]*==/{/^numpy==/p;/--hash/p;}' "$here/../../requirements.lock" | awk '/==/ && seen++ {exit} {print}' |
    sed '$s/ \\$//' >"$folder/numpy.lock"
  "$python" -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes --only-binary=:all: \
    --platform manylinux_2_28_aarch64 --python-version 3.11 --target "$folder/wheel-arm64" --requirement "$folder/numpy.lock"
  touch "$folder/wheel-arm64/.ready"
fi
"$python" "$here/copy_site.py" "$folder"
