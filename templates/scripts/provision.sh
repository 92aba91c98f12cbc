# Provisions the cluster, once. No node provisions itself, so nothing else can.
# Safe to run again: if any node already belongs to a cluster, it only checks that the cluster works.
set -eu
say() { echo "provision: $*"; }
fail() { echo "provision: $*" >&2; exit 1; }
# What a node reports: its URL, the version of the nodes configuration that it holds (0: none) and its state in the
# metadata quorum. A node that holds data reports it even if no other node is up. A node that is down reports nothing.
answer() {
  curl --noproxy '*' -fsS -m 2 "$1/health" 2>/dev/null | jq -r --arg node "$1" '[$node, .nodes_config_version, .metadata_server_status] | join(" ")' 2>/dev/null || true
}
# The answers of all nodes, one line each, 32 at a time.
answers_of_all() {
  count=0
  for node in $METADATA_SERVERS $OTHER_NODES; do
    answer "$node" &
    count=$((count + 1))
    [ $((count % 32)) -ne 0 ] || wait
  done
  wait
}
# without ANSWER NODES: the nodes that did not give this answer.
without() {
  wanted=$1; left=
  for node in $2; do case $answers in *"$node $wanted"*) ;; *) left="$left $node" ;; esac; done
  echo "$left"
}
# Queries all nodes: members belong to a cluster, empty nodes do not, and silent nodes did not answer.
look() {
  answers=$(answers_of_all)
  members=; empty=; silent=
  for node in $METADATA_SERVERS $OTHER_NODES; do
    case $answers in
      *"$node 0 "*) empty="$empty $node" ;;
      *"$node "*) members="$members $node" ;;
      *) silent="$silent $node" ;;
    esac
  done
}
# The name of the node at a URL, or its address if the URL has no name.
name() {
  of=${1#*://}
  case $of in \[*) ;; *[!0-9.:]*) of=${of%%[.:]*} ;; esac
  echo "$of"
}
# phrase ONE SEVERAL NODES: the nodes by name, followed by ONE for one node and by SEVERAL for more. Empty without nodes.
phrase() {
  count=0; at=0; sentence=
  for node in $3; do count=$((count + 1)); done
  for node in $3; do
    at=$((at + 1))
    if [ "$at" -gt 8 ] && [ "$count" -gt 9 ]; then sentence="$sentence and $((count - 8)) more"; break; fi
    case $at in 1) ;; "$count") sentence="$sentence and " ;; *) sentence="$sentence, " ;; esac
    sentence="$sentence$(name "$node")"
  done
  case $count in 0) ;; 1) echo "$sentence $1" ;; *) echo "$sentence $2" ;; esac
}
# Which nodes hold data, which are empty, and which do not answer.
who() {
  said=
  for part in "$(phrase 'belongs to a cluster' 'belong to a cluster' "$members")" "$(phrase 'is empty' 'are empty' "$empty")" "$(phrase 'does not answer' 'do not answer' "$silent")"; do
    [ -z "$part" ] || said="${said:+$said, }$part"
  done
  echo "$said"
}
# The command that shows the cluster's status, in a node that answers.
see() {
  for node in $members; do
    echo "See: ${STATUS:-restatectl status}" | sed "s/<node>/$(name "$node")/"
    return
  done
  echo "See the log of a node"
}
# Data that servers of other names left in the nodes' volumes. DATA, if it is set, is a folder that has each volume under
# its node's name.
foreign() {
  for left in "${DATA:-/nowhere}"/*/*/.cluster-marker; do
    [ -e "$left" ] || continue
    folder=${left%/*}
    node=${folder%/*}
    node=${node##*/}
    [ "${folder##*/}" = "$node" ] || ! grep -q '"is_provisioned": *true' "$left" || echo "the volume of $node holds the data of another server, ${folder##*/}"
  done
}
# One provisioning step at a time: two that differ could each provision a cluster. The lock is released when the process
# ends, however it ends.
exec 9>"$MARKER.lock"
flock -E 75 -w "$TIMEOUT" 9 || case $? in
  75) fail "refused: another provisioning step is still running after $TIMEOUT s" ;;
  *) say "the storage of the marker does not support locks; do not run another provisioning step at the same time" ;;
esac
started=$(date +%s)
elapsed() { echo $(($(date +%s) - started)); }
while :; do
  look
  [ -z "$members" ] || break
  not_fresh=$(without '0 AwaitingProvisioning' "$METADATA_SERVERS")
  others_silent=$(without '' "$OTHER_NODES")
  if [ -e "$MARKER" ]; then
    [ -n "$not_fresh$others_silent" ] || fail "refused: this cluster was provisioned before, and now every node is empty. Restore the volumes; or, to provision a new cluster and give up the old one, remove the volume of this step and run it again"
    [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "refused: this cluster was provisioned before, and no node that belongs to it answered within $TIMEOUT s: $(who). Start the nodes that hold its data"
  elif [ -z "$not_fresh" ]; then
    # All metadata servers are up and empty. Gives the other nodes a moment to report data.
    if [ -z "$others_silent" ] || [ "$(elapsed)" -ge 30 ]; then break; fi
  else
    [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "refused: not all metadata servers were up and empty within $TIMEOUT s: $(who). A cluster is provisioned only when all of them are up. See their logs"
  fi
  sleep 0.3
done
is_new=
if [ -n "$members" ]; then
  say "already provisioned: $(who)"
else
  found=$(foreign)
  [ -z "$found" ] || fail "refused: $found. A new cluster would be provisioned next to that data. To keep the data, run that server again under its own name, and give the nodes here other volumes. If nobody needs the data, delete the volume"
  seed=${METADATA_SERVERS%% *}
  say "provisioning the cluster through $seed: $PARTITIONS partitions, replication $LOG_REPLICATION of logs and $PARTITION_REPLICATION of partitions"
  # Its exit code is 0 even if it failed, so the result is checked below.
  restatectl -s "$seed" provision --yes --num-partitions "$PARTITIONS" --log-replication "$LOG_REPLICATION" --partition-replication "$PARTITION_REPLICATION" || true
  is_new=true
fi
leaders=0
was=
while :; do
  look
  if [ -n "$members" ]; then
    # If some nodes are empty, those that answer may belong to an earlier cluster.
    if [ -n "$is_new" ] || [ -z "$empty" ]; then : >"$MARKER"; fi
    leaders=$(restatectl partitions list 2>/dev/null | grep -cE ' Leader +Active ') || true
    [ "$leaders" -lt "$PARTITIONS" ] || break
    # New nodes are empty for some seconds, until they join. If all are up and some stay empty, those never will.
    is=
    if [ -z "$is_new$silent" ] && [ -n "$empty" ]; then is=$(who); fi
    if [ "$is" != "$was" ]; then
      was=$is
      since=$(elapsed)
      [ -z "$is" ] || say "$is: waiting for them to join"
    fi
    if [ -n "$is" ] && [ "$(($(elapsed) - since))" -ge "${PATIENCE:-20}" ]; then
      fail "refused: $is and cannot join it, so the volumes do not belong together. Restore the missing volumes; or, if the data may be lost, delete every volume of the cluster, also those of removed nodes, and start again"
    fi
  fi
  [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "failed: $leaders of $PARTITIONS partitions have an active leader after $TIMEOUT s: $(who). $(see)"
  sleep 0.3
done
: >"$MARKER"
say "all $PARTITIONS partitions are active"
