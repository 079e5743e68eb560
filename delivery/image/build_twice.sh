#!/usr/bin/env bash
# Builds a target of the Dockerfile twice without a cache under BuildKit; both must have one digest: build_twice.sh TARGET
# Needs a builder that can export archives (docker buildx create).
set -euo pipefail
export SOURCE_DATE_EPOCH=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for build in first second; do
  docker buildx build --target "$1" --no-cache --provenance=false --metadata-file "$folder/$build.json" \
    --output "type=oci,dest=$folder/$build.tar,rewrite-timestamp=true" .
  jq --exit-status --raw-output '."containerimage.digest"' "$folder/$build.json" >"$folder/$build"
done
cat "$folder/first" "$folder/second"
cmp "$folder/first" "$folder/second"
