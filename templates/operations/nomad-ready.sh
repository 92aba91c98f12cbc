# Nomad's own message says what is wrong.
ready() {
  nomad job validate restate.nomad.hcl >/dev/null || return 1
  job=$(nomad job inspect {{ job }}) || return 1
  printf '%s' "$job" | jq -e '.Job.Stop | not' >/dev/null || {
    echo "the job {{ job }} of the namespace {{ namespace }} is stopped" >&2
    return 1
  }
}
