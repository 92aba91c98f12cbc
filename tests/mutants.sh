#!/usr/bin/env bash
# tests/mutants.sh AREA [OPTION ...]: which small faults in an area's code no test sees.
#
# AREA is rules, topology, server, plan, output or edit; an OPTION is one of `cargo mutants`, such as `--shard 0/20`.
# Needs `cargo install cargo-mutants`. A first pass runs the area's own tests. A second one runs all hermetic tests on
# the mutants that the first let pass. docs/proof/mutants.md has the results.
set -euo pipefail
cd "$(dirname "$0")/.."

area=${1:-}
case $area in
rules)
  files=('src/rules.rs' 'src/rules/*.rs' 'src/diagnostic/allow.rs')
  tests=(rules:: allow::)
  ;;
topology)
  files=('src/topology.rs' 'src/topology/*.rs')
  tests=(topology:: rules:: compose:: golden:: kubernetes:: nomad::)
  ;;
server)
  files=('src/server.rs' 'src/server/*.rs')
  tests=(server:: rules:: compose:: golden:: kubernetes:: nomad::)
  ;;
plan)
  files=('src/plan.rs' 'src/plan/*.rs')
  tests=(plan:: simulation:: runbook::)
  ;;
output)
  files=('src/output.rs' 'src/output/*.rs')
  tests=(output:: cli::)
  ;;
edit)
  files=('src/edit.rs' 'src/edit/*.rs')
  tests=(edit:: fix::)
  ;;
*)
  sed -n '2,6s/^# //p' "$0" >&2
  exit 2
  ;;
esac
shift

# Without debug information each mutant links in half of the time. The folder of the builds stays for the next run.
export CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR="$PWD/target/mutants"
# A changed snapshot is a failure, not a file.
export INSTA_UPDATE=no
options=(--package restate-gen --jobs 1 --timeout 300 --no-times --colors never --output "target/mutants/$area")
for file in "${files[@]}"; do
  options+=(--file "$file")
done
mkdir -p "target/mutants/$area"

pass() {
  # 2: mutants were missed; 3: one timed out. Both are results.
  nice -n 10 cargo mutants "${options[@]}" "$@" || case $? in 2 | 3) ;; *) exit 1 ;; esac
}
found=target/mutants/$area/mutants.out
pass "$@" --cargo-arg=--test=it -- -- "${tests[@]}"
# The same mutants by name: a shard of what is left would be other ones.
again=()
while read -r mutant; do
  again+=(--re "^$(printf '%s' "$mutant" | sed 's/[][\\.*^$(){}?+|]/\\&/g')\$")
done < <(cat "$found/missed.txt" "$found/timeout.txt")
[ "${#again[@]}" -eq 0 ] || pass "${again[@]}" --baseline skip --cargo-arg=--test=it --cargo-arg=--lib
echo "missed:"
[ "${#again[@]}" -eq 0 ] || cat "$found/missed.txt"
