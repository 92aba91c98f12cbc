files() { docker compose config; }
project() { files | sed -n 's/^name: //p' | tr -d "\"'"; }
# Containers that Compose created for a service, by its labels, even if the service is no longer in the files.
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
  echo "no node of the cluster runs in the project $(project). docker compose ls shows the projects that run; COMPOSE_PROJECT_NAME or .env selects one" >&2
  return 1
}
# The service that runs restatectl is replaced in the last step. A run that was killed then may have left it down, and
# all but a dry run start it.
restatectl() {
  docker compose exec -T {{ cluster }} restatectl "$@" </dev/null || {
    code=$?
    [ -n "${dry_run-}" ] || [ -n "$(docker compose ps -q --status running {{ cluster }})" ] || ! has_nodes || docker compose up -d --no-deps {{ cluster }} >&2
    return "$code"
  }
}
# A server may exit while it starts; its restart policy then starts it again. In between, Docker reports it as unhealthy
# and Compose stops waiting. A Compose that was killed while it replaced a container leaves it under a name with an id in
# front, and the next one fails because of that name.
bring_up() {
  end=$(($(date +%s) + 180))
  until docker compose up -d --wait "$@"; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    for container in $(
      for service in "$@"; do containers "$service" --filter 'name=^/?[0-9a-f]{12}_'; done
      # One of the other containers may be a node that serves.
      for service in {{ own }}; do
        containers "$service" --filter 'name=^/?[0-9a-f]{12}_' --filter status=created --filter status=exited
      done
    ); do
      docker stop -t 90 "$container" && docker rm "$container" || :
    done
    sleep 2
  done
}
