# For scripts that prove something about images, one line for each proof; sourced, with `folder` and `target` set.
# Every container and image that they make has the label $label, so that clean_engine removes it and nothing else.
run_id=$$-$(date +%s)
label=repro-appliance.check=$run_id
failures=0

prove() { # prove TITLE COMMAND...: one line with its time, and a count of what failed. Every step of the command counts
  local title=$1 code started=$SECONDS
  shift
  set +e
  (set -e; "$@") >"$folder/proof.log" 2>&1
  code=$?
  set -e
  if [ "$code" -eq 0 ]; then echo "ok    $target: $title ($((SECONDS - started)) s)"; else
    echo "FAIL  $target: $title"
    tail -n 15 "$folder/proof.log"
    failures=$((failures + 1))
  fi
}
exits_with() { # exits_with CODE COMMAND...
  local code=0
  "${@:2}" || code=$?
  [ "$code" -eq "$1" ] || { echo "exit code $code instead of $1"; return 1; }
}
edit() { # edit FILE EXPRESSION...: with sed, one after another; fails where one changes nothing, because it then proves nothing
  local file=$1 expression
  for expression in "${@:2}"; do
    cp "$file" "$folder/unedited"
    sed -i "$expression" "$file"
    if cmp -s "$folder/unedited" "$file"; then
      echo "the expression changes nothing in $file: $expression"
      return 1
    fi
  done
}
run() { docker run --rm --label "$label" "$@"; }
create() { docker create --label "$label" "$@"; }
remove() { docker rm --force --volumes "$@" >/dev/null; }
build_quietly() { DOCKER_BUILDKIT=0 docker build --quiet --force-rm --no-cache --label "$label" "$@"; }
golden() { "$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["digests"]["run"])' "$root/verify/goldens/$1.json"; }

# What is on the engine: containers, volumes, images, and the image of each tag.
list_engine() {
  {
    docker ps --all --quiet --no-trunc | sed 's/^/container /'
    docker volume ls --quiet | sed 's/^/volume /'
    docker image ls --all --quiet --no-trunc | sed 's/^/image /'
    docker image ls --no-trunc --filter dangling=false --format 'tag {{.Repository}}:{{.Tag}} {{.ID}}'
  } | sort -u
}
clean_engine() {
  local ids
  ids=$(docker ps --all --quiet --filter "label=$label")
  # shellcheck disable=SC2086
  [ -z "$ids" ] || remove $ids
  docker image ls --filter "label=$label" --format '{{if eq .Repository "<none>"}}{{.ID}}{{else}}{{.Repository}}:{{.Tag}}{{end}}' |
    sort -u | xargs -r docker image rm --force >/dev/null
}
finish_proofs() { [ "$failures" -eq 0 ] || { echo "$failures proofs failed"; exit 1; }; }
