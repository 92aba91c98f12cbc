export NOMAD_NAMESPACE={{ namespace }} NOMAD_CLI_SHOW_HINTS=0
# restatectl.sh uses a node that is up and belongs to the cluster.
restatectl() { sh restatectl.sh "$@" </dev/null; }
# ended STATES NODE...: waits until no allocation of the nodes is in one of these states.
ended() (
  states=" $1 "
  shift
  nodes=" $* "
  end=$(($(date +%s) + 600))
  until nomad job allocs -json {{ job }} | jq -e --arg states "$states" --arg nodes "$nodes" 'any(.[]; " \(.TaskGroup) " as $node | " \(.ClientStatus) " as $state | ($nodes | contains($node)) and ($states | contains($state))) | not' >/dev/null; do
    [ "$(date +%s)" -lt "$end" ] || exit 1
    sleep 2
  done
)
{% if clears %}
# nothing NODE: the node is not started again.
nothing() {
  # Nomad refuses it during a deployment, and one with a lost node ends at its deadline only. A deployment that failed
  # changes no node.
  active=$(nomad job deployments -latest -json {{ job }} | jq -r '. // {} | select(.Status | IN("running", "paused", "pending", "blocked", "unblocking", "initializing")) | .ID') || return 1
  [ -z "$active" ] || nomad deployment fail -detach "$active" >/dev/null || return 1
  nomad job scale -detach {{ job }} "$1" 0
}
{% endif %}
{% if unlists %}
# unlisted NODE...: takes the nodes out of service discovery. Nomad keeps what a client announced that does not answer
# any more, and calls would still go there.
unlisted() (
  for port in ingress admin fabric; do
    service={{ job }}-$port
    # Without the service, Nomad prints a sentence even if JSON was requested.
    announced=$(nomad service info -json "$service" 2>/dev/null) || continue
    for node in "$@"; do
      printf '%s\n' "$announced" | jq -r --arg tag "node-$node" '.[]? | select(.Tags | index($tag)) | .ID' |
        while read -r id; do nomad service delete "$service" "$id" >/dev/null || exit 1; done || exit 1
    done
  done
)
{% endif %}
{% if adds_volumes %}
# A new node needs an empty volume: on that of an earlier cluster of the same name its partitions stay broken
# (ahead-of-log). Without any volume, Nomad prints a sentence even if JSON was requested.
no_volume_of() {
  volumes=$(nomad volume status -namespace {{ namespace }} -type host -json) || return 1
  for volume in "$@"; do
    if printf '%s' "$volumes" | jq -e --arg name "$volume" 'any(.[]; .Name == $name)' >/dev/null 2>&1; then
      echo "the volume $volume exists already, from an earlier cluster. If nobody needs it: nomad volume delete, with its id from nomad volume status -type host"
      return 1
    fi
  done
}
{% endif %}
{% if changes_version %}
server_version() {
  nomad alloc exec -i=false -t=false -job -group "$1" -task restate {{ job }} restate-server --version </dev/null
}
{% endif %}
