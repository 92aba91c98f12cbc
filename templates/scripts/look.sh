# A node does not start on a volume with the data of another server as long as no cluster answers: a new cluster would be
# provisioned next to that data. In a cluster that runs, data that a removed node left behind does no harm. A node that
# has run on this volume before has a folder of its own.
data=/restate-data
others() {
  for left in "$data"/*/.cluster-marker; do
    [ -e "$left" ] || continue
    folder=${left%/*}
    ! grep -q '"is_provisioned": *true' "$left" || echo "${folder##*/}"
  done
}
cluster_answers() {
  for peer in $(echo "${RESTATE_METADATA_CLIENT__ADDRESSES:-}" | tr -d '[]"' | tr ',' ' '); do
    version=$(curl --noproxy '*' -fsS -m 2 "$peer/health" 2>/dev/null | jq -r .nodes_config_version 2>/dev/null) || continue
    [ "${version:-0}" -le 0 ] 2>/dev/null || return 0
  done
  return 1
}
look() {
  [ ! -e "$data/$1" ] || return 0
  found=$(others | tr '\n' ' ')
  [ -n "$found" ] || return 0
  attempt=0
  until cluster_answers; do
    attempt=$((attempt + 1))
    if [ "$attempt" -ge 10 ]; then
      echo "start: refused: the volume of $1 holds the data of another server (${found% }), and no node of a cluster answers. A new cluster would be provisioned next to that data. To keep the data, run that server again under its own name, and give $1 another volume. If nobody needs the data, delete the volume" >&2
      return 1
    fi
    sleep 2
  done
}
