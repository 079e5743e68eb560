#!/usr/bin/env bash
# Unpacks Debian's Python, NumPy and BLAS for another architecture into a folder: sysroot.sh ARCH[+openblas] FOLDER SUITE...
# The BLAS is the reference one, or OpenBLAS if asked.
# The first suite whose package list arrives whole is taken (a mirror may be in the middle of a change).
# Sources and keys are those of this machine's apt; nothing is installed on it. A folder that is complete is left alone.
set -euo pipefail
arch=${1%%+*} folder=$(realpath -m "$2") blas=libblas3
if [ "$1" != "$arch" ]; then blas=libopenblas0-pthread; fi
shift 2
[ -f "$folder/.ready" ] && exit 0
rm -rf "$folder"
work=$folder.apt
rm -rf "$work"
mkdir -p "$work"/{lists/partial,archives/partial,parts} "$folder"
touch "$work/status"
mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } |
  sed -nE 's/^deb( \[[^]]*\])? +([^ ]+) .*/\2/p; s/^URIs: *([^ ]+).*/\1/p' | grep -E '/debian/?$' | head -n 1)
options=(-qq -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State="$work" -o Dir::State::lists="$work/lists"
  -o Dir::State::status="$work/status" -o Dir::Cache="$work" -o Dir::Cache::archives="$work/archives"
  -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts" -o APT::Install-Recommends=false
  -o Acquire::CompressionTypes::Order::=gz -o Debug::NoLocking=true -o APT::Sandbox::User=root)
found=
for suite; do
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
  if apt-get "${options[@]}" update; then found=$suite && break; fi
done
[ -n "$found" ] || { echo "no package list for $arch in: $*" >&2; exit 3; }
apt-get "${options[@]}" --yes --download-only install python3 python3-numpy python3-psutil "$blas" libgfortran5 libstdc++6
for package in "$work"/archives/*.deb; do dpkg -x "$package" "$folder"; done
# Where /lib is a part of /usr, the package with the links is not among these.
for name in bin lib lib64 sbin; do
  if [ ! -e "$folder/$name" ] && [ -e "$folder/usr/$name" ]; then ln -s "usr/$name" "$folder/$name"; fi
done
# Absolute links would lead out of the folder; 64-bit Power and MIPS want their loader as a real file in lib64.
find "$folder" -type l -lname '/*' | while read -r link; do
  ln -sfn "$(realpath -ms --relative-to="$(dirname "$link")" "$folder$(readlink "$link")")" "$link"
done
for loader in "$folder"/lib64/ld*.so*; do
  if [ -L "$loader" ]; then cp --remove-destination "$(readlink -f "$loader")" "$loader"; fi
done
rm -rf "$work"
touch "$folder/.ready"
