#!/usr/bin/env bash
# Says early, and in words, what a release lacks: settings.sh. Reads REGISTRY, REPOSITORY and TAG; prints the name of the image and the
# version as lines for the outputs of a workflow. Exit code 2: a variable is not set, or the tag is not the version of the program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
version=$(sed -n 's/^__version__ = "\(.*\)"/\1/p' "$root/verify/version.py")
if [ -z "${REGISTRY:-}" ]; then
  echo "::error::The variable REGISTRY is not set. Set it in the settings of the repository (Actions, Variables) to the host of the registry that images are pushed to." >&2
  exit 2
fi
if [ "${TAG:-}" != "v$version" ]; then
  echo "::error::The tag is ${TAG:-not set}, the version of the program is $version. Tag it v$version, or change verify/version.py." >&2
  exit 2
fi
# Names of images have no capital letters.
echo "image=$REGISTRY/${REPOSITORY,,}"
echo "version=$version"
