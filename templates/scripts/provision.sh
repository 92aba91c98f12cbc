# Founds the cluster, once. No node provisions itself, so nothing else can found one.
# Safe to run again: where any node belongs to a cluster already, it only checks that the cluster works.
set -eu
say() { echo "provision: $*"; }
fail() { echo "provision: $*" >&2; exit 1; }
# What a node says of itself: its URL, the version of the nodes configuration it holds (0: none) and its state in the metadata quorum.
# A node that holds data says so even when no other node is up. One that is down says nothing.
answer() {
  curl --noproxy '*' -fsS -m 2 "$1/health" 2>/dev/null | jq -r --arg node "$1" '[$node, .nodes_config_version, .metadata_server_status] | join(" ")' 2>/dev/null || true
}
# All their answers, a line each, 32 at a time.
ask() {
  asked=0
  for node in $METADATA_SERVERS $OTHER_NODES; do
    answer "$node" &
    asked=$((asked + 1))
    [ $((asked % 32)) -ne 0 ] || wait
  done
  wait
}
# Those of the nodes ($2) that did not answer as told ($1).
without() {
  told=$1; left=
  for node in $2; do case $answers in *"$node $told"*) ;; *) left="$left $node" ;; esac; done
  echo "$left"
}
# One step at a time: of two that differ, each could found a cluster. The lock goes with the process, however that ends.
exec 9>"$MARKER.lock"
flock -E 75 -w "$TIMEOUT" 9 || case $? in
  75) fail "refused: another provisioning step is at work, and still after $TIMEOUT s" ;;
  *) say "the storage of the marker has no locks; run no other provisioning step at the same time" ;;
esac
started=$(date +%s)
elapsed() { echo $(($(date +%s) - started)); }
while :; do
  answers=$(ask)
  member=$(echo "$answers" | awk '$2 > 0 { print $1; exit }')
  [ -z "$member" ] || break
  not_fresh=$(without '0 AwaitingProvisioning' "$METADATA_SERVERS")
  silent=$(without '' "$OTHER_NODES")
  if [ -e "$MARKER" ]; then
    [ -n "$not_fresh$silent" ] || fail "refused: this cluster was provisioned before, and now every node is empty. Restore the volumes; or, to found a new cluster and give up the old one, remove the volume of this step and run it again"
    [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "refused: this cluster was provisioned before, and no node that belongs to it answers within $TIMEOUT s (silent:$not_fresh$silent). Start the nodes that hold its data"
  elif [ -z "$not_fresh" ]; then
    # All metadata servers are up and empty. Give the other nodes a moment to say that they are not.
    if [ -z "$silent" ] || [ "$(elapsed)" -ge 30 ]; then break; fi
  else
    [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "refused: these metadata servers do not answer as empty ones within $TIMEOUT s:$not_fresh. A cluster is founded only when all of them are up"
  fi
  sleep 0.3
done
if [ -n "$member" ]; then
  say "already provisioned: $member belongs to a cluster"
else
  seed=${METADATA_SERVERS%% *}
  say "founding the cluster through $seed: $PARTITIONS partitions, replication $LOG_REPLICATION of logs and $PARTITION_REPLICATION of partitions"
  # Its exit code is 0 even when it failed, so the result is looked at below.
  restatectl -s "$seed" provision --yes --num-partitions "$PARTITIONS" --log-replication "$LOG_REPLICATION" --partition-replication "$PARTITION_REPLICATION" || true
fi
while :; do
  member=$(ask | awk '$2 > 0 { print $1; exit }')
  if [ -n "$member" ]; then
    : >"$MARKER"
    leaders=$(restatectl partitions list 2>/dev/null | grep -cE ' Leader +Active ') || true
    [ "$leaders" -lt "$PARTITIONS" ] || break
  fi
  [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "failed: ${leaders:-0} of $PARTITIONS partitions have an active leader after $TIMEOUT s. See: restatectl status"
  sleep 0.3
done
say "all $PARTITIONS partitions are active"
