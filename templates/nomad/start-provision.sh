# Starts the provisioning step once service discovery knows every node: others could not be queried.
set -eu
known() { grep -c . "/local/$1" || true; }
waited=0
while [ "$(known metadata-servers)" -lt "$PEERS" ] || [ "$(known other-nodes)" -lt "$OTHERS" ]; do
  if [ "$waited" -ge "$TIMEOUT" ]; then
    echo "provision: refused: within $TIMEOUT s only $(known metadata-servers) of $PEERS metadata servers and $(known other-nodes) of $OTHERS other nodes are known. A cluster is provisioned only when all of them are up" >&2
    exit 1
  fi
  waited=$((waited + 1))
  sleep 1
done
METADATA_SERVERS=$(grep . /local/metadata-servers | sort | tr '\n' ' ')
OTHER_NODES=$(grep . /local/other-nodes | sort | tr '\n' ' ' || true)
RESTATECTL_ADDRESS=$(grep . /local/metadata-servers | sort | paste -sd, -)
export METADATA_SERVERS OTHER_NODES RESTATECTL_ADDRESS
exec /bin/sh /local/provision.sh
