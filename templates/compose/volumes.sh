exec 3</dev/null
# Docker's own message says what is wrong.
docker info >/dev/null || fail "Docker does not answer. Nothing was done"
docker compose config -q || fail "docker compose does not accept the files. Nothing was done"
# The files as docker compose resolves them, with .env. This holds secrets: it is never shown.
resolved=$(docker compose config)
files() { printf '%s\n' "$resolved"; }
project=$(files | sed -n 's/^name: //p' | tr -d "\"'")
cluster=$(files | awk '$1 == "RESTATE_CLUSTER_NAME:" { print $2 }' | sort -u | tr -d "\"'")
image=$(files | awk '/^[^ ]/ { at = $1 } /^  [^ ]/ { of = $1 } at == "services:" && of == "{{ cluster_service }}:" && /^    image: / { print $2 }' | tr -d "\"'")
{% include "compose/mounted.sh" %}
# The services of the cluster. An application in the same project is left alone.
services="{{ services }}"
# The volumes that are written to, each with the service that writes to it, and its path there.
places="{{ places }}"
volumes="{{ volumes }}"
# volume NAME: where docker keeps it, as `volume` and a name or `bind` and a folder.
volume() {
  for place in $places; do
    case $place in "$1="*)
      place=${place#*=}
      mounted "${place%%:*}" "${place#*:}"
      ;;
    esac
  done
}
is_there() {
  where=$(volume "$1")
  case $where in
    'volume '*) docker volume inspect "${where#* }" >/dev/null 2>&1 ;;
    'bind '*) [ -d "${where#* }" ] ;;
    *) fail "the files mount nothing where $1 should be" ;;
  esac
}
# contained VOLUMES PROGRAM [ARGUMENT]...: runs the program in a container with these volumes, each at /volumes/NAME; a
# name with :ro at its end is read-only. Its input is this script's descriptor 3. It runs in the background, so that a
# signal ends this script at once, and under a name, so that it can be removed.
contained() {
  mounts=$1
  program=$2
  shift 2
  set -- "$image" "$@"
  for mount in $mounts; do
    where=$(volume "${mount%:ro}")
    read_only=
    case $mount in *:ro) read_only=,readonly ;; esac
    set -- --mount "type=${where%% *},\"source=${where#* }\",target=/volumes/${mount%:ro}$read_only" "$@"
  done
  docker run -i --rm --name "$project-$work" --network none --sig-proxy=false --entrypoint "$program" "$@" <&3 &
  wait "$!"
}
# Removes the container that an earlier run may have left when it was killed.
end_work() { docker rm -f "$project-$work" >/dev/null 2>&1 || true; }
# The running containers that use the volume.
users() {
  where=$(volume "$1")
  docker ps -q --filter "volume=${where#* }"
}
# The running containers of one of our services, and nodes of the project that are not in the files.
of_service() { docker ps -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1"; }
stray_nodes() {
  ours=$(for service in $services; do of_service "$service"; done)
  for container in $(docker ps -q --filter "label=com.docker.compose.project=$project" --filter volume=/restate-data); do
    printf '%s\n' "$ours" | grep -qx "$container" || echo "$container"
  done
}
{ command -v sha256sum >/dev/null && sums() { sha256sum "$@"; }; } || sums() { shasum -a 256 "$@"; }
{% include "operations/lock.sh" %}
# Only one of backup.sh and restore.sh runs at a time.
lock=$PWD/.volumes-lock
take "$lock" || fail "another run is in progress, process $other. If that is none of these scripts, delete $lock"
trap 'rm -rf "$lock"' EXIT
