#!/usr/bin/env bash
# Runs the README's two commands as an ordinary user in a Debian root that has only what the README asks for, and no
# compiler: bare_root.sh FOLDER [TARGET...]. Needs root, mmdebstrap and git. It runs what is committed.
set -euo pipefail
folder=$(realpath -m "$1")
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=(train test)
source=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
root=$folder/root

[ "$(id -u)" -eq 0 ] || { echo "bare_root.sh must be run by root: it mounts and changes root" >&2; exit 3; }
for program in mmdebstrap git chroot; do
  command -v "$program" >/dev/null || { echo "missing: $program; on Debian: apt-get install mmdebstrap git" >&2; exit 3; }
done

mounted=()
unmount() { # the last mounted first
  cd /
  local index
  for ((index = ${#mounted[@]} - 1; index >= 0; index--)); do
    umount "${mounted[index]}" 2>/dev/null || umount --lazy "${mounted[index]}" || true
  done
}
trap unmount EXIT
mount_at() { # mount_at PLACE ARGUMENTS of mount...
  mkdir -p "$root$1"
  mount "${@:2}" "$root$1"
  mounted+=("$root$1")
}

make_root() {
  rm -rf "$root"
  mmdebstrap --quiet --variant=minbase --include=make,python3,python3-venv,git,ca-certificates bookworm "$root"
  chroot "$root" useradd --create-home --home-dir /visitor --shell /bin/sh visitor
  touch "$folder/root.ready"
}

# How this machine connects to its package index: names, certificates, and the settings and variables of pip.
copy_network_settings() {
  local settings
  cp -L --remove-destination /etc/resolv.conf /etc/hosts "$root/etc"
  cp -L --remove-destination /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  for settings in /etc/pip.conf /etc/xdg/pip; do
    if [ -e "$settings" ]; then
      mkdir -p "$root$(dirname "$settings")"
      cp -rL "$settings" "$root$(dirname "$settings")/"
    fi
  done
}

copy_project() {
  rm -rf "$root/visitor/repro-appliance"
  git -c safe.directory='*' clone --quiet --no-hardlinks "$source" "$root/visitor/repro-appliance"
  chroot "$root" chown -R visitor:visitor /visitor
}

mkdir -p "$folder"
[ -e "$folder/root.ready" ] || make_root
if chroot "$root" sh -c 'command -v cc || command -v gcc || command -v clang'; then
  echo "the root has a compiler, so it is not bare" >&2
  exit 1
fi
copy_network_settings
copy_project

mount_at /proc -t proc proc
mount_at /dev --bind /dev
# A set of terminals that an ordinary user may open: those of this machine may be closed to them.
mount_at /dev/pts -t devpts -o newinstance,mode=620,ptmxmode=0666 devpts
variables=(PATH=/usr/bin:/bin HOME=/visitor COLUMNS=80)
if [ -n "${REPRO_APPLIANCE_DATA:-}" ]; then
  mount_at /data --bind "$REPRO_APPLIANCE_DATA"
  variables+=(REPRO_APPLIANCE_DATA=/data)
fi
while IFS= read -r variable; do variables+=("$variable"); done < <(
  env | grep -E '^(PIP_[A-Z_]+|SSL_CERT_[A-Z]+|REQUESTS_CA_BUNDLE|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|CI)=' || true
)

for target in "${targets[@]}"; do
  started=$SECONDS
  env -i "${variables[@]}" "$(command -v chroot)" --userspec=visitor:visitor "$root" \
    sh -c "cd && cd repro-appliance && make $target" </dev/null
  echo "make $target in the bare root: $((SECONDS - started)) s"
done
