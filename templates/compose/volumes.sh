exec 3</dev/null
# What docker compose makes of the files, with .env in place. It holds secrets: it is looked into, and never shown.
resolved=$(docker compose config)
# resolved SECTION ITEM KEY: a value of it.
resolved() { printf '%s\n' "$resolved" | awk -v section="$1:" -v item="$2:" -v key="$3:" '/^[^ ]/ { at = $1 } /^  [^ ]/ { of = $1 } at == section && of == item && /^    [^ ]/ && $1 == key { print $2 }'; }
project=$(printf '%s\n' "$resolved" | sed -n 's/^name: //p')
cluster=$(printf '%s\n' "$resolved" | awk '$1 == "RESTATE_CLUSTER_NAME:" { print $2 }' | sort -u | tr -d "\"'")
image=$(resolved services "$cluster_service" image)
# volume NAME: what docker calls that volume of the file.
volume() { resolved volumes "$1" name; }
# contained VOLUMES PROGRAM [ARGUMENT]...: runs the program over these volumes, each at /volumes/NAME and with :ro behind it where it is only read. Its input is this
# script's descriptor 3. It runs in the background, so that a signal ends this script at once, and under a name by which it can be ended.
contained() {
  mounts=$1
  program=$2
  shift 2
  set -- "$image" "$@"
  for mount in $mounts; do set -- -v "$(volume "${mount%:ro}"):/volumes/$mount" "$@"; done
  docker run -i --rm --name "$project-$work" --network none --sig-proxy=false --entrypoint "$program" "$@" <&3 &
  wait "$!"
}
# Ends what an earlier run that was killed may have left at work.
end_work() { docker rm -f "$project-$work" >/dev/null 2>&1 || true; }
# The containers that run and have the volume in use.
users() { docker ps -q --filter "volume=$(volume "$1")"; }
{ command -v sha256sum >/dev/null && sums() { sha256sum "$@"; }; } || sums() { shasum -a 256 "$@"; }
# One of backup.sh and restore.sh at a time. Another that was killed has left its number, and nobody has that.
lock=$PWD/.volumes-lock
if ! mkdir "$lock" 2>/dev/null; then
  [ -s "$lock/pid" ] || sleep 2
  other=$(cat "$lock/pid" 2>/dev/null || true)
  if [ -n "$other" ] && [ "$other" != "$$" ] && { kill -0 "$other" 2>/dev/null || [ -d "/proc/$other" ]; }; then
    fail "another run goes on already, process $other. If that is none of these scripts, delete $lock"
  fi
  mkdir -p "$lock"
fi
echo "$$" >"$lock/pid"
trap 'rm -rf "$lock"' EXIT
