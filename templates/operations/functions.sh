{% if takes_snapshots %}
# restatectl exits 0 even if it failed for some or all partitions.
snapshot_all() {
  end=$(($(date +%s) + 120))
  until
    answer=$(restatectl snapshots create --trim-log --yes) || :
    printf '%s\n' "$answer"
    [ "$(printf '%s\n' "$answer" | grep -c 'Snapshot created for partition')" -eq "$1" ]
  do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 2
  done
}
{% endif %}
{% if replaces %}
# A node that came up without its disk takes no records anyway. Its state must not become read-only: its answers would
# count again. A node that was given up by hand takes none either.
no_more_records_on() {
  table=$(restatectl nodes list --extra) || return 1
  printf '%s\n' "$table" | awk -v id="$1" '$1 == id && / (data-loss|disabled|gone|provisioning) / { found = 1 } END { exit !found }' ||
    restatectl nodes set-storage-state --storage-state read-only --nodes "$1" --yes
}
{% endif %}
{% if asks_for_logs %}
# An empty answer does not count: it would look like a log without nodes.
no_log_on() {
  table=$(restatectl logs describe --all 2>"${heard:-/dev/null}") || return 1
  [ -n "$table" ] || return 1
  for id in "$@"; do
    if printf '%s\n' "$table" | grep -q "[[ ]${id}[],]"; then
      objection="$id has parts of the log"
      return 1
    fi
  done
}
{% endif %}
{% if empties %}
# An idle log keeps its nodes until it is reconfigured.
trim_until_empty() {
  end=$(($(date +%s) + 600))
  until no_log_on "$@"; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    restatectl snapshots create --trim-log --yes || :
    sleep 2
    no_log_on "$@" || renew_logs_on "$@" || return 1
  done
}
renew_logs_on() {
  table=$(restatectl logs list) || return 1
  for log in $(for id in "$@"; do printf '%s\n' "$table" | grep "[[ ]${id}[],]"; done | awk '{ print $1 }' | sort -u); do
    restatectl logs reconfigure --log-id "$log" --yes || return 1
  done
}
{% endif %}
{% if forgets %}
# The cluster refuses until it knows that the node is empty.
forget() {
  end=$(($(date +%s) + 300))
  until restatectl nodes remove --nodes "$1" --yes; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 2
  done
}
{% endif %}
