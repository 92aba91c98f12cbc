# Starts the server, where service discovery brings the addresses that it needs once they are known.
set -eu
say() { echo "start: $*"; }
waited=0
if [ -n "${STORE:-}" ]; then
  # Without its address, snapshots would go to whoever answers for AWS.
  until grep -q . /local/store; do
    [ $((waited % 15)) -ne 0 ] || say "waits for the service $STORE"
    waited=$((waited + 1))
    sleep 1
  done
  RESTATE_WORKER__SNAPSHOTS__AWS_ENDPOINT_URL=$(grep . /local/store)
  export RESTATE_WORKER__SNAPSHOTS__AWS_ENDPOINT_URL
fi
if [ -n "${PEERS:-}" ]; then
  # All metadata servers where they are there, as when a cluster is new; the majority where one of them is down.
  known() { grep -c . /local/peers || true; }
  waited=0
  while [ "$(known)" -lt "$PEERS" ]; do
    if [ "$waited" -ge 20 ] && [ "$(known)" -gt $((PEERS / 2)) ]; then break; fi
    [ $((waited % 15)) -ne 0 ] || say "knows $(known) of $PEERS metadata servers"
    waited=$((waited + 1))
    sleep 1
  done
  peers=$(grep . /local/peers | sort | sed 's/.*/"&"/' | paste -sd, -)
  export RESTATE_METADATA_CLIENT__ADDRESSES="[$peers]"
fi
look "$RESTATE_NODE_NAME"
exec restate-server
