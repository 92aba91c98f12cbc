{% include "compose/containers.sh" %}
{% if adds %}
{% include "compose/mounted.sh" %}
# The files of the plan wait in its folder until a step puts them in place.
files_to_come() {
  [ -f "${here-}/files/docker-compose.yaml" ] || {
    docker compose config
    return
  }
  list=${COMPOSE_FILE-}
  if [ -z "$list" ]; then
    list=docker-compose.yaml
    for name in compose.override.yaml compose.override.yml docker-compose.override.yaml docker-compose.override.yml; do
      [ ! -f "$name" ] || list=$list:$name
    done
  fi
  COMPOSE_FILE=$list${COMPOSE_PATH_SEPARATOR-:}$here/files/docker-compose.yaml docker compose --project-directory . config
}
# A new node needs an empty volume. On that of an earlier cluster it joins, but its partitions stay broken
# (ahead-of-log).
no_volume_of() {
  for node in "$@"; do
    where=$(
      files() { files_to_come; }
      mounted "$node" /restate-data
    )
    case $where in
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
