#!/usr/bin/env bash
# Runs the two commands of the README in a Debian root that has only what the README names (no compiler), as an
# ordinary user: bare_root.sh FOLDER [TARGET...]. Needs root, mmdebstrap and git. What is committed is what is tried.
set -euo pipefail
folder=$(realpath -m "$1")
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=(train test)
source=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
root=$folder/root

for program in mmdebstrap git chroot; do
  command -v "$program" >/dev/null || { echo "missing: $program; on Debian: apt-get install mmdebstrap git" >&2; exit 3; }
done
mkdir -p "$folder"
if [ ! -e "$folder/root.ready" ]; then
  rm -rf "$root"
  mmdebstrap --quiet --variant=minbase --include=make,python3,python3-venv,git,ca-certificates bookworm "$root"
  chroot "$root" useradd --create-home --home-dir /visitor --shell /bin/sh visitor
  touch "$folder/root.ready"
fi
if chroot "$root" sh -c 'command -v cc || command -v gcc || command -v clang'; then
  echo "the bare root has a compiler, so it is not bare" >&2
  exit 1
fi

# How this machine reaches its package index: names, certificates and pip's settings.
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp -L /etc/hosts "$root/etc/hosts"
cp -L --remove-destination /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
for settings in /etc/pip.conf /etc/xdg/pip; do
  if [ -e "$settings" ]; then
    mkdir -p "$root$(dirname "$settings")"
    cp -rL "$settings" "$root$(dirname "$settings")/"
  fi
done

home=$root/visitor
rm -rf "$home/repro-appliance"
git clone --quiet --no-hardlinks "$source" "$home/repro-appliance"
chroot "$root" chown -R visitor:visitor /visitor
mkdir -p "$root/data"
mounted=()
unmount() { for place in "${mounted[@]}"; do umount "$place" 2>/dev/null || umount --lazy "$place"; done; }
trap unmount EXIT
mount -t proc proc "$root/proc" && mounted+=("$root/proc")
mount --bind /dev "$root/dev" && mounted+=("$root/dev")
kept=(PATH=/usr/bin:/bin HOME=/visitor COLUMNS=80)
if [ -n "${REPRO_APPLIANCE_DATA:-}" ]; then
  mount --bind "$REPRO_APPLIANCE_DATA" "$root/data" && mounted+=("$root/data")
  kept+=(REPRO_APPLIANCE_DATA=/data)
fi
while IFS='=' read -r name value; do kept+=("$name=$value"); done < <(env | grep -E '^(PIP_|SSL_CERT_|REQUESTS_CA_|https?_proxy=|no_proxy=|CI=)' || true)

for target in "${targets[@]}"; do
  started=$SECONDS
  env -i "${kept[@]}" "$(command -v chroot)" --userspec=visitor:visitor "$root" sh -c "cd && cd repro-appliance && make $target" </dev/null
  echo "make $target in the bare root: $((SECONDS - started)) s"
done
