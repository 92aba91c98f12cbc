# Starts the server once service discovery knows the addresses that it needs.
set -eu
say() { echo "start: $*"; }
waited=0
if [ -n "${STORE:-}" ]; then
  # Without this address, snapshots would go to AWS.
  until grep -q . /local/store; do
    [ $((waited % 15)) -ne 0 ] || say "waiting for the service $STORE"
    waited=$((waited + 1))
    sleep 1
  done
  RESTATE_WORKER__SNAPSHOTS__AWS_ENDPOINT_URL=$(grep . /local/store)
  export RESTATE_WORKER__SNAPSHOTS__AWS_ENDPOINT_URL
fi
if [ -n "${PEERS:-}" ]; then
  # Waits for all metadata servers, which a new cluster needs; after a while a majority is enough, as one may be down.
  known() { grep -c . /local/peers || true; }
  waited=0
  while [ "$(known)" -lt "$PEERS" ]; do
    if [ "$waited" -ge 20 ] && [ "$(known)" -gt $((PEERS / 2)) ]; then break; fi
    [ $((waited % 15)) -ne 0 ] || say "waiting for metadata servers: $(known) of $PEERS are known"
    waited=$((waited + 1))
    sleep 1
  done
  peers=$(grep . /local/peers | sort | sed 's/.*/"&"/' | paste -sd, -)
  export RESTATE_METADATA_CLIENT__ADDRESSES="[$peers]"
fi
look "$RESTATE_NODE_NAME"
exec restate-server
