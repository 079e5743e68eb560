#!/usr/bin/env bash
# Evaluates every output of the flake for every system with a real package set, building nothing: evaluate.sh NIXPKGS
# Needs Nix 2.18 or newer (Debian 13). NIXPKGS is a folder; it goes into the store once.
set -euo pipefail
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
export NIX_CONFIG="experimental-features = nix-command flakes
build-users-group =
substituters ="
store=$(nix store add --name source "$1")
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
tar -C "$root" --exclude=__pycache__ -c LICENSE Makefile README.md appliance configs flake.lock flake.nix nix pyproject.toml repro_appliance.py repro_appliance_pytest.py tests verify delivery/nix |
  tar -C "$tree" -x
override=(--override-input nixpkgs "path:$store" --no-write-lock-file)
for system in x86_64-linux aarch64-linux aarch64-darwin x86_64-darwin; do
  versions=()
  for name in python313 python313.pkgs.numpy blas.provider; do
    versions+=("$(nix eval --raw "path:$store#legacyPackages.$system.$name.version")")
  done
  printf '%-15s python %s, numpy %s, openblas %s\n' "$system" "${versions[@]}"
  outputs=(packages.default apps.train.program apps.verify.program apps.benchmark.program apps.fingerprint.program
    apps.default.program devShells.default formatter)
  case $system in *-linux) outputs+=(packages.image packages.image-root) ;; esac
  for check in package tests types lint goldens tampered pins blas format overlay devShell; do outputs+=("checks.$check"); done
  for output in "${outputs[@]}"; do
    kind=${output%%.*} rest=${output#"$kind"}
    place=$kind.$system$rest
    case $kind in apps) ;; *) place=$place.drvPath ;; esac
    printf '  %-28s %s\n' "$output" "$(basename "$(nix eval --raw "${override[@]}" "path:$tree#$place" 2>"$tree/error" || { cat "$tree/error" >&2; echo FAILED; })")"
  done
done | tee "$tree/table"
printf 'meta of the package: '
nix eval --json "${override[@]}" "path:$tree#packages.x86_64-linux.default.meta" --apply 'meta: { inherit (meta) description homepage mainProgram; license = meta.license.spdxId; }'
echo
! grep -q FAILED "$tree/table"
nix flake check --no-build --all-systems "${override[@]}" "path:$tree"
echo "every output evaluates"
