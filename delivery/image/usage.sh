# Proofs that an image works as docs/container.md says; sourced by check.sh. The commands between two marks of that page
# are run as they are printed there, by a user who is not root, on a folder of that user.
user=1234

as_user() { # as_user COMMAND...: as an ordinary user who may talk to the engine
  if [ "$(id -u)" -ne 0 ]; then "$@"; else
    setpriv --reuid "$user" --regid "$user" --groups "$(stat -c %g /var/run/docker.sock)" "$@"
  fi
}
own_folder() { # an empty folder of that user, with a configuration and data to be trained on
  own=$(mktemp -d)
  cp "$root/configs/smoke.toml" "$own/mine.toml"
  edit "$own/mine.toml" 's/^name = "smoke"/name = "mine"/' 's/^source = "synthetic"/source = "stored"\ndirectory = "mine"/' \
    '/^train_samples = /d' '/^test_samples = /d'
  cp "$root/configs/smoke.toml" "$own/long.toml"
  edit "$own/long.toml" 's/^name = "smoke"/name = "long"/' 's/^epochs = .*/epochs = 10000/'
  [ "$(id -u)" -ne 0 ] || chown -R "$user:$user" "$own"
  chmod 700 "$own"
}
print_commands() { sed -n '/^<!-- commands that are tried -->$/,/^<!-- end -->$/{/^<!--/d;/^```/d;p}' "$root/docs/container.md"; }
works_as_documented() {
  own_folder
  print_commands | sed "s/ repro-appliance \([a-z]\)/ $image \1/; s/docker run /docker run --label $label /" >"$folder/commands"
  [ "$(grep -c 'docker run' "$folder/commands")" -ge 4 ]
  (cd "$own" && as_user env HOME=/ bash -euxo pipefail "$folder/commands")
  find "$own" -printf '%u %m %P\n'
  [ "$(find "$own/runs" -mindepth 2 -name record.json -size +0 | wc -l)" -eq 1 ]
  grep -q '"verdict": "identical"' "$own/verdict.json"
  [ "$(find "$own" -not -user "$(stat -c %u "$own")" | wc -l)" -eq 0 ]
  rm -rf "$own"
}
says_what_to_do() { # says_what_to_do WORDS ARGUMENTS of docker run...: exit 2, and these words in the message
  local words=$1 code=0
  shift
  run "$@" >"$folder/out.log" 2>&1 || code=$?
  cat "$folder/out.log"
  grep -qF -- "$words" "$folder/out.log"
  [ "$code" -eq 2 ]
}
refuses_foreign_folder() { # of a folder that another user has made
  own_folder
  chmod 755 "$own" # its user may write to it, that of the image may not
  local mount=(-v "$own:/runs")
  says_what_to_do 'docker run --user "$(id -u):$(id -g)"' "${mount[@]}" "$image" train --config smoke
  says_what_to_do 'Permission denied' "${mount[@]}" "$image" train --config smoke
  chmod 700 "$own"
  says_what_to_do 'docker run --user "$(id -u):$(id -g)"' -v "$own:/work" -w /work "$image" train --config mine.toml
  says_what_to_do 'docker run --user "$(id -u):$(id -g)"' -v "$own:/data" "$image" data check mnist
  rm -rf "$own"
}
fetches_or_says_why() { # the data directory can be written to; where it cannot, a mount is the advice
  run --network none --entrypoint "$(interpreter)" "$image" -c 'import os, pathlib
place = pathlib.Path(os.environ["REPRO_APPLIANCE_DATA"]) / "mnist"
place.mkdir()
(place / "file").touch()'
  says_what_to_do 'in a container mount one' --network none --read-only "$image" data fetch mnist
}
interpreter() { # the Python that has the program's packages: that of a virtual environment, or of one in the Nix store
  sed -n 's,^\(opt/repro-appliance\|.*-python3[^/]*-env\)/bin/python3\(\.13\)\?$,/&,p' "$folder/files" | sort | head -n 1
}
# How long `docker stop` takes here for a program that ends at once, in ms: on a busy machine the engine itself needs more than 300.
measure_stop() {
  local container started
  container=$(docker run --detach --label "$label" --entrypoint "$(interpreter)" "$image" -c 'import signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
signal.pause()')
  sleep 3
  started=$(date +%s%N)
  docker stop -t 10 "$container" >/dev/null
  echo $((($(date +%s%N) - started) / 1000000))
  remove "$container" >/dev/null
}
# `docker stop` while it trains: 143 within two seconds, and no part of a run but its checkpoints. A busy machine gets more in proportion.
stops_at_once() { # stops_at_once SECONDS [OPTION of docker run]
  own_folder
  chmod 777 "$own"
  local container started code
  container=$(docker run --detach --label "$label" "${@:2}" --volume "$own:/work" --workdir /work "$image" train --config long.toml)
  sleep "$1"
  [ "$(docker inspect --format '{{.State.Running}}' "$container")" = true ]
  started=$(date +%s%N)
  docker stop -t 10 "$container"
  local took=$((($(date +%s%N) - started) / 1000000))
  code=$(docker inspect --format '{{.State.ExitCode}}' "$container")
  docker logs "$container" 2>&1 | tail -n 5
  remove "$container"
  local idle limit=2000
  idle=$(measure_stop)
  if [ "$idle" -gt 300 ]; then limit=$((2000 * idle / 300)); fi
  echo "$took ms of $limit, exit code $code; a program that ends at once: $idle ms"
  find "$own" -mindepth 1 -not -name '*.toml' -not -path "$own/runs" -not -path "$own/runs/*.checkpoints*" | tee "$folder/left"
  rm -rf "$own"
  [ "$took" -lt "$limit" ]
  [ "$code" -eq 143 ]
  [ ! -s "$folder/left" ]
}
# `docker stop` after the first steps leaves a checkpoint, and the same command with --resume gives the golden.
goes_on_after_a_stop() {
  own_folder
  chmod 777 "$own"
  local train=(--volume "$own:/runs" "$image" train --config baseline --set training.epochs=40 --checkpoint-every 20)
  local container waited=0
  container=$(docker run --detach --label "$label" "${train[@]}")
  until [ -n "$(find "$own" -name 'checkpoint-*.safetensors')" ]; do
    sleep 0.2
    waited=$((waited + 1))
    [ "$waited" -lt 600 ]
  done
  docker stop -t 10 "$container"
  docker logs "$container" 2>&1 | tee "$folder/stop.log"
  remove "$container"
  grep -q -- --resume "$folder/stop.log"
  run "${train[@]}" --resume --json >"$folder/resumed.json" 2>"$folder/resume.log"
  grep -q 'resumed after' "$folder/resume.log"
  run "$image" train --config baseline --set training.epochs=40 --json >"$folder/whole.json"
  [ "$(grep '"run": "sha256' "$folder/resumed.json")" = "$(grep '"run": "sha256' "$folder/whole.json")" ]
  [ -z "$(find "$own" -name '*.checkpoints')" ]
  rm -rf "$own"
}
prove_usage() {
  prove "the commands of docs/container.md work as they are printed, as an ordinary user" works_as_documented
  prove "a folder of another owner: exit 2, and the option that helps" refuses_foreign_folder
  prove "data can be written to /data; where they cannot, the error says what to mount" fetches_or_says_why
  prove "docker stop ends a training within two seconds with 143 and leaves no part of a run but its checkpoints" stops_at_once 5
  prove "after docker stop the same command with --resume gives the digests of an undisturbed training" goes_on_after_a_stop
  prove "docker stop does so a second after the start, too" stops_at_once 1
  prove "docker run --init: docker stop does so at once after the start" stops_at_once 0 --init
}
