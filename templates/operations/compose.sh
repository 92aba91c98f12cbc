{% include "compose/containers.sh" %}
{% if adds %}
{% include "compose/mounted.sh" %}
# The files as docker compose resolves them once a step has put those of the plan in place, which wait in its folder.
files_to_come() (
  staged=${here-}/files/docker-compose.yaml
  if [ ! -f "$staged" ]; then
    docker compose config
    exit
  fi
  list=${COMPOSE_FILE-$(sed -n 's/^COMPOSE_FILE=//p' .env 2>/dev/null | tail -n 1 | tr -d "\"'")}
  separator=${COMPOSE_PATH_SEPARATOR-:}
  if [ -z "$list" ]; then
    list=docker-compose.yaml
    for name in compose.override.yaml compose.override.yml docker-compose.override.yaml docker-compose.override.yml; do
      [ ! -f "$name" ] || list=$list$separator$name
    done
  fi
  # It takes the place of the one that runs: two of them in a list would be merged.
  set -f
  IFS=$separator
  files=
  for file in $list; do
    case $file in docker-compose.yaml | ./docker-compose.yaml | "$PWD/docker-compose.yaml") file=$staged ;; esac
    files=${files:+$files$separator}$file
  done
  COMPOSE_FILE=$files docker compose --project-directory . config
)
# A new node needs an empty volume. On that of an earlier cluster it joins, but its partitions stay broken
# (ahead-of-log).
no_volume_of() {
  for node in "$@"; do
    where=$(
      files() { files_to_come; }
      mounted "$node" /restate-data
    )
    case $where in
      '')
        echo "docker compose does not say where $node keeps its data"
        return 1
        ;;
      'volume '*)
        docker volume inspect "${where#* }" >/dev/null 2>&1 || continue
        remove="docker volume rm ${where#* }"
        ;;
      *)
        [ -n "$(ls -A "${where#* }" 2>/dev/null)" ] || continue
        remove="rm -r '${where#* }'"
        ;;
    esac
    echo "the $where exists already, from another node or an earlier cluster. If nobody needs it: $remove"
    return 1
  done
}
{% endif %}
{% if ends %}
# A container is removed and not only stopped: one that starts again would bring its node back into the cluster.
end_service() {
  for container in $(containers "$1"); do
    docker stop -t 90 "$container" && docker rm "$container" || return 1
  done
}
{% endif %}
{% if leaves_volumes %}
# The volume of a node that is no longer in the files, by the labels that Compose gave it.
volume_of() { docker volume ls -q --filter "label=com.docker.compose.project=$(project)" --filter "label=com.docker.compose.volume=$1-data"; }
{% endif %}
{% if changes_version %}
server_version() { docker compose exec -T "$1" restate-server --version </dev/null; }
{% endif %}
