# Docker's own message says what is wrong.
ready() {
  docker info >/dev/null || return 1
  docker compose config -q || return 1
  has_nodes
}
