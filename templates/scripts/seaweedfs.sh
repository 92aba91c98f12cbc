# Starts the store with two keys: its own, and that of the nodes, which is valid for the bucket of the snapshots only.
set -eu
bucket=${DESTINATION#s3://}
bucket=${bucket%%/*}
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"; }
identity() {
  printf '{"name": "%s", "credentials": [{"accessKey": %s, "secretKey": %s}], "actions": [%s]}' \
    "$1" "$(quoted "$2")" "$(quoted "$3")" "$4"
}
umask 077
{
  printf '{"identities": [\n'
  identity store "$ACCESS_KEY" "$SECRET_KEY" '"Admin"'
  printf ',\n'
  identity nodes "$NODES_ACCESS_KEY" "$NODES_SECRET_KEY" "\"Read:$bucket\", \"Write:$bucket\", \"List:$bucket\""
  printf '\n]}\n'
} >/tmp/s3.json
unset ACCESS_KEY SECRET_KEY NODES_ACCESS_KEY NODES_SECRET_KEY
exec weed "$@" -s3.config=/tmp/s3.json
