rows='{{ rows }}'

name() {
  for row in $rows; do
    case $row in "$1="*) printf '%s\n' "${row#*=}" ;; esac
  done
}

alive() {
  table=$(restatectl nodes list --extra 2>"$heard") || return 1
  for id in "$@"; do
    if [ -n "$at_hand" ] && [ "$(name "$id")" = "$at_hand" ]; then continue; fi
    printf '%s\n' "$table" | awk -v id="$id" '
      /^ *NODE / { at = index($0, "STATUS") }
      $1 == id { found = at > 0 && substr($0, at, 5) == "Alive" }
      END { exit !found }' || {
      objection="$(name "$id") ($id) is not alive"
      return 1
    }
  done
}

# A node is reported as alive if any node answers at its address, even one that replaced it. So only the newest id of an
# address counts.
down() {
  table=$(restatectl nodes list --extra 2>"$heard") || return 1
  for id in "$@"; do
    printf '%s\n' "$table" | awk -v id="$id" '
      /^ *NODE / { at = index($0, "STATUS") }
      at && $1 ~ /^N[0-9]+$/ { of = substr($1, 2) + 0; if (of > newest[$4]) newest[$4] = of }
      $1 == id { alive = at == 0 || substr($0, at, 5) == "Alive"; address = $4 }
      END { exit !at || (alive && "N" newest[address] == id) }' || {
      objection="$(name "$id") ($id) is alive"
      return 1
    }
  done
}

partitions_active() {
  table=$(restatectl partitions list 2>"$heard") || return 1
  objection=$(printf '%s\n' "$table" | awk -v partitions="$1" -v copies="$2" '
    $1 ~ /^[0-9]+$/ && $2 ~ /^N[0-9]+:/ {
      if ($4 == "Active") { active[$1]++; if ($3 == "Leader") led[$1] = 1 } else waiting++
    }
    END {
      for (id = 0; id < partitions; id++) {
        if (!led[id]) { print "partition " id " has no active leader"; exit }
        if (active[id] < copies) { print "partition " id " is active on " active[id] + 0 " of " copies; exit }
      }
      if (waiting) print waiting " replicas are not active"
    }')
  [ -z "$objection" ]
}

quorum() {
  table=$(restatectl metadata-server list 2>"$heard") || return 1
  # The leader knows; a member that lags behind may not.
  is=$(printf '%s\n' "$table" | awk '$1 ~ /^N[0-9]+$/ && $1 == $4 { print $5; exit }' | tr -d '[]' | tr ',' '\n' | sort)
  expected=$(printf '%s\n' "$@" | sort)
  objection="the metadata quorum is $(printf '%s' "${is:-without a leader}" | tr '\n' ' ')"
  [ "$is" = "$expected" ]
}
