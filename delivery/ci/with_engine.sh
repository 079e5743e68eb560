#!/usr/bin/env bash
# Runs a command that needs a Docker engine: with_engine.sh COMMAND... Where no engine answers it starts one (as root),
# which ends with the command.
set -euo pipefail
engine=''
log=$(mktemp)
finish() {
  local code=$?
  if [ -n "$engine" ]; then
    kill "$engine" 2>/dev/null || true
    wait "$engine" 2>/dev/null || true
  fi
  rm -f "$log"
  exit "$code"
}
trap finish EXIT

answers() { docker info >/dev/null 2>&1; }
start_engine() {
  dockerd >"$log" 2>&1 &
  engine=$!
  for _ in $(seq 60); do
    if answers; then return; fi
    sleep 1
  done
  tail -n 20 "$log" >&2
  echo "the Docker engine does not answer" >&2
  return 3
}
answers || start_engine
"$@"
