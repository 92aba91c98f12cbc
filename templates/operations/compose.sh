files() { docker compose config; }
project() { files | sed -n 's/^name: //p' | tr -d "\"'"; }
# Containers that Compose made for a service, by its own labels: also of one that is no longer in the files.
containers() {
  service=$1
  shift
  docker ps -aq --filter "label=com.docker.compose.project=$(project)" --filter "label=com.docker.compose.service=$service" --filter label=com.docker.compose.oneoff=False "$@"
}
# Whether any node of the cluster runs in this project.
has_nodes() {
  set -- {{ nodes }}
  for service in "$@"; do
    [ -z "$(containers "$service" --filter status=running)" ] || return 0
  done
  echo "no node of the cluster runs in the project $(project). docker compose ls shows the projects that run; COMPOSE_PROJECT_NAME and .env choose one" >&2
  return 1
}
# The service that holds restatectl is replaced in the last step. A run that was killed meanwhile may have left it down.
restatectl() {
  docker compose exec -T {{ cluster }} restatectl "$@" </dev/null || {
    code=$?
    [ -n "$(docker compose ps -q --status running {{ cluster }})" ] || ! has_nodes || docker compose up -d --no-deps {{ cluster }} >&2
    return "$code"
  }
}
# A server may end while it starts, and is started again by its restart policy. In between Docker calls it unhealthy,
# and Compose waits no longer. A Compose that was killed while it made a container anew leaves it under a name with an
# id before it, which the next one cannot give again.
bring_up() {
  end=$(($(date +%s) + 180))
  until docker compose up -d --wait "$@"; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    for container in $(
      for service in "$@"; do containers "$service" --filter 'name=^/?[0-9a-f]{12}_'; done
      # One of the others may be a node that serves.
      for service in {{ own }}; do
        containers "$service" --filter 'name=^/?[0-9a-f]{12}_' --filter status=created --filter status=exited
      done
    ); do
      docker stop -t 90 "$container" && docker rm "$container" || :
    done
    sleep 2
  done
}
{% if adds %}
{% for line in mounted_script %}
{{ line }}
{% endfor %}
# A new node must find an empty volume. On that of an earlier cluster it joins, and its partitions stay broken
# (ahead-of-log).
no_volume_of() {
  for node in "$@"; do
    where=$(mounted "$node" /restate-data)
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
    echo "the $where is there already, from another node or an earlier cluster. When nobody wants it: $remove"
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
