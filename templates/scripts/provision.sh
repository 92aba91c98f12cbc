# Provisions the cluster, once. No node provisions itself, so nothing else can.
# Safe to run again: where any node belongs to a cluster already, it only checks that the cluster works.
set -eu
say() { echo "provision: $*"; }
fail() { echo "provision: $*" >&2; exit 1; }
# What a node says of itself: its URL, the version of the nodes configuration it holds (0: none) and its state in the
# metadata quorum. A node that holds data says so even when no other node is up. One that is down says nothing.
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
# Asks all nodes: members belong to a cluster, empty ones to none, and silent ones did not answer.
look() {
  answers=$(ask)
  members=; empty=; silent=
  for node in $METADATA_SERVERS $OTHER_NODES; do
    case $answers in
      *"$node 0 "*) empty="$empty $node" ;;
      *"$node "*) members="$members $node" ;;
      *) silent="$silent $node" ;;
    esac
  done
}
# The node of a URL, by name where the URL has one.
name() {
  of=${1#*://}
  case $of in \[*) ;; *[!0-9.:]*) of=${of%%[.:]*} ;; esac
  echo "$of"
}
# told ONE SEVERAL NODES: the nodes by name, and what is so of one or of several. No words where there are no nodes.
told() {
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
# Who holds data, who does not, and who does not answer.
who() {
  said=
  for part in "$(told 'belongs to a cluster' 'belong to a cluster' "$members")" "$(told 'is empty' 'are empty' "$empty")" "$(told 'does not answer' 'do not answer' "$silent")"; do
    [ -z "$part" ] || said="${said:+$said, }$part"
  done
  echo "$said"
}
# How restatectl is asked, in a node that answers.
see() {
  for node in $members; do
    echo "See: ${STATUS:-restatectl status}" | sed "s/<node>/$(name "$node")/"
    return
  done
  echo "See the log of a node"
}
# What servers of other names left in the nodes' volumes, which are looked into where DATA has them, each under its
# node's name.
foreign() {
  for left in "${DATA:-/nowhere}"/*/*/.cluster-marker; do
    [ -e "$left" ] || continue
    folder=${left%/*}
    node=${folder%/*}
    node=${node##*/}
    [ "${folder##*/}" = "$node" ] || ! grep -q '"is_provisioned": *true' "$left" || echo "the volume of $node holds the data of another server, ${folder##*/}"
  done
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
  look
  [ -z "$members" ] || break
  not_fresh=$(without '0 AwaitingProvisioning' "$METADATA_SERVERS")
  others_silent=$(without '' "$OTHER_NODES")
  if [ -e "$MARKER" ]; then
    [ -n "$not_fresh$others_silent" ] || fail "refused: this cluster was provisioned before, and now every node is empty. Restore the volumes; or, to found a new cluster and give up the old one, remove the volume of this step and run it again"
    [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "refused: this cluster was provisioned before, and no node that belongs to it answers within $TIMEOUT s: $(who). Start the nodes that hold its data"
  elif [ -z "$not_fresh" ]; then
    # All metadata servers are up and empty. Give the other nodes a moment to say that they are not.
    if [ -z "$others_silent" ] || [ "$(elapsed)" -ge 30 ]; then break; fi
  else
    [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "refused: not all metadata servers answer as empty ones within $TIMEOUT s: $(who). A cluster is founded only when all of them are up. See their logs"
  fi
  sleep 0.3
done
founded=
if [ -n "$members" ]; then
  say "already provisioned: $(who)"
else
  found=$(foreign)
  [ -z "$found" ] || fail "refused: $found. A new cluster would be founded next to it, without it. To go on with those data, run that server as it ran, under its own name, and give the nodes here other volumes. If nobody wants them, delete the volume"
  seed=${METADATA_SERVERS%% *}
  say "founding the cluster through $seed: $PARTITIONS partitions, replication $LOG_REPLICATION of logs and $PARTITION_REPLICATION of partitions"
  # Its exit code is 0 even when it failed, so the result is looked at below.
  restatectl -s "$seed" provision --yes --num-partitions "$PARTITIONS" --log-replication "$LOG_REPLICATION" --partition-replication "$PARTITION_REPLICATION" || true
  founded=true
fi
leaders=0
was=
while :; do
  look
  if [ -n "$members" ]; then
    # Where some are empty, it may be an earlier cluster's member that answers, and not this one's.
    if [ -n "$founded" ] || [ -z "$empty" ]; then : >"$MARKER"; fi
    leaders=$(restatectl partitions list 2>/dev/null | grep -cE ' Leader +Active ') || true
    [ "$leaders" -lt "$PARTITIONS" ] || break
    # New nodes are empty for some seconds, until they join by themselves. When all are up, and some stay empty, they
    # never will.
    is=
    if [ -z "$founded$silent" ] && [ -n "$empty" ]; then is=$(who); fi
    if [ "$is" != "$was" ]; then
      was=$is
      since=$(elapsed)
      [ -z "$is" ] || say "$is: waiting for them to join"
    fi
    if [ -n "$is" ] && [ "$(($(elapsed) - since))" -ge "${PATIENCE:-20}" ]; then
      fail "refused: $is and cannot join it, so what is in the volumes does not belong together. Restore the volumes that are missing; or, if the data may go, delete every volume of the cluster, those of removed nodes too, and start anew"
    fi
  fi
  [ "$(elapsed)" -lt "$TIMEOUT" ] || fail "failed: $leaders of $PARTITIONS partitions have an active leader after $TIMEOUT s: $(who). $(see)"
  sleep 0.3
done
: >"$MARKER"
say "all $PARTITIONS partitions are active"
