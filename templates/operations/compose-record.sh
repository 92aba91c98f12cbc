# Containers that are never started: a name is given once. `docker container prune` removes them.
plan_container() { docker ps -aq --no-trunc --filter "name=^/?$(project)-restate-plan$1\$"; }
# new_container SUFFIX LABEL: with the image of a node, which the engine has.
new_container() (
  for node in {{ nodes }}; do
    for container in $(containers "$node"); do
      image=$(docker inspect --format '{{ image_format }}' "$container") || return 1
      docker create --name "$(project)-restate-plan$1" --label "restate-gen.holder=$2" --network none "$image" true >/dev/null
      return
    done
  done
  echo 'there is no container of a node, whose image the lock needs' >&2
  return 1
)
lock_holder() {
  container=$(plan_container -lock) || return 1
  [ -z "$container" ] || docker inspect --format '{{ holder_format }}' "$container"
}
lock_take() (
  if [ -n "$2" ]; then
    container=$(docker ps -aq --no-trunc --filter "label=restate-gen.holder=$2") || return 1
    # Of two runs that take it over, only one removes it.
    docker rm -v "$container" >/dev/null || return 1
  fi
  new_container -lock "$1"
)
lock_drop() (
  container=$(plan_container -lock) || return 1
  [ -z "$container" ] || docker rm -v "$container" >/dev/null
)
record_read() {
  container=$(plan_container '') || return 1
  [ -n "$container" ] || return 0
  file=$(mktemp)
  answer=$(docker cp "$container:/progress" "$file" 2>&1) || {
    printf '%s\n' "$answer" >&2
    rm -f "$file"
    return 1
  }
  cat "$file"
  rm -f "$file"
}
# Under another name until something is in it.
record_write() (
  container=$(plan_container '') || return 1
  file=$(mktemp)
  printf '%s\n' "$1" >"$file"
  if [ -n "$container" ]; then
    docker cp "$file" "$container:/progress" >/dev/null
  else
    container=$(plan_container -new) && { [ -z "$container" ] || docker rm -v "$container" >/dev/null; } &&
      new_container -new '' && docker cp "$file" "$(project)-restate-plan-new:/progress" >/dev/null &&
      docker rename "$(project)-restate-plan-new" "$(project)-restate-plan"
  fi || {
    rm -f "$file"
    return 1
  }
  rm -f "$file"
)
record_erase() (
  container=$(plan_container '') || return 1
  [ -z "$container" ] || docker rm -v "$container" >/dev/null
)
