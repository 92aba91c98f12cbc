#!/usr/bin/env bash
# The hooks of .pre-commit-hooks.yaml in a repository made here, by the real pre-commit: `pip install pre-commit`.
# pre-commit.sh         the `-system` hooks, with the `restate-gen` on the PATH
# pre-commit.sh python  the `-python` hooks, with the wheel that pip finds: packaging/test.sh runs it
# pre-commit.sh rust    those that pre-commit builds from the last commit of this repository: takes minutes
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
mode=${1:-system}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PRE_COMMIT_HOME=$work/cache GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org
unset RESTATE_GEN_FILE

case $mode in
system | python)
  suffix=-$mode
  # The hooks as they are now, committed or not.
  hooks=$work/hooks
  git init -q "$hooks"
  cp "$root/.pre-commit-hooks.yaml" "$root/setup.py" "$root/Cargo.toml" "$hooks"
  git -C "$hooks" add -A
  git -C "$hooks" commit -qm hooks
  generate=restate-gen
  [ "$mode" = system ] || generate=built
  ;;
rust)
  suffix=
  hooks=$root
  generate=built
  ;;
*)
  echo "usage: pre-commit.sh [python|rust]" >&2
  exit 2
  ;;
esac
# What pre-commit built or installed: found once the first hook has run.
built() { "$(find "$PRE_COMMIT_HOME" -path '*env*/bin/restate-gen' -type f | head -1)" "$@"; }

git init -q "$work/cluster"
cd "$work/cluster"
cat >.pre-commit-config.yaml <<YAML
repos:
  - repo: $hooks
    rev: $(git -C "$hooks" rev-parse HEAD)
    hooks:
      - id: restate-gen-validate$suffix
      - id: restate-gen-drift$suffix
YAML
printf '.env\n' >.gitignore
pre-commit install >/dev/null
count=0

fail() {
  echo "pre-commit: $1"
  sed 's/^/    /' "$work/said"
  exit 1
}
# passes NAME: all that is changed can be committed.
passes() {
  git add -A
  git commit -m "$1" >"$work/said" 2>&1 || fail "refused: $1"
  [ -z "$(git status --porcelain)" ] || fail "a hook wrote: $1"
  count=$((count + 1))
}
# refused NAME TEXT...: it cannot, each text is said, and nothing is written.
refused() {
  local name=$1 before
  shift
  git add -A
  before=$(git status --porcelain)
  if git commit -m "$name" >"$work/said" 2>&1; then fail "let through: $name"; fi
  for text; do grep -qF -- "$text" "$work/said" || fail "does not say '$text': $name"; done
  [ "$(git status --porcelain)" = "$before" ] || fail "a hook wrote: $name"
  [ ! -e .env ] || fail "a hook wrote .env: $name"
  count=$((count + 1))
}

printf 'nodes: 0\n' >other.yaml
began=$SECONDS
passes 'files of other names are not looked at'
installed=$((SECONDS - began))
grep -q '(no files to check)Skipped' "$work/said" || fail 'not skipped'

printf 'nodes: 3\nreplication: 4\n' >restate-cluster.yaml
refused 'a faulty cluster file' RG301 'restate-cluster.yaml:2:' 'restate-cluster.yaml: 1 error'

printf 'nodes: 3\n' >restate-cluster.yaml
refused 'a sound file without its outputs' 'there is no restate-gen.lock'

$generate compose >"$work/said" 2>&1 || fail 'compose'
rm .env
passes 'a sound file with its outputs'

mkdir -p eu us
printf 'nodes: 3\n' >eu/restate-cluster.yaml
printf 'nodes: 3\nnomad: {one_host: true}\n' >us/restate-cluster.yaml
$generate kubernetes -f eu/restate-cluster.yaml >"$work/said" 2>&1 || fail 'kubernetes'
$generate nomad -f us/restate-cluster.yaml >"$work/said" 2>&1 || fail 'nomad'
rm eu/.env
passes 'other targets in other folders'
printf '# by hand\n' >>eu/nodes.yaml
printf '# by hand\n' >>us/rollout.sh
refused 'outputs of several targets changed by hand' 'eu/nodes.yaml:' 'us/rollout.sh:' 'the file was edited'
git reset -q --hard

mkdir -p eu us
printf 'nodes: 0\n' >eu/restate-cluster.yaml
printf 'nodse: 3\n' >us/restate-cluster.prod.yml
printf 'nodes: [\n' >us/not-restate-cluster.yaml
refused 'several files in one commit' 'eu/restate-cluster.yaml: 1 error' 'us/restate-cluster.prod.yml: 1 error'
if grep -q 'not-restate-cluster' "$work/said"; then fail 'looked at a file of another name'; fi
rm -r eu us

printf 'nodes: 5\n' >restate-cluster.yaml
refused 'a change without its outputs' 'docker-compose.yaml:' 'the file is out of date'
$generate compose >"$work/said" 2>&1 || fail 'compose'
rm .env
passes 'a change with its outputs'

printf '# by hand\n' >>docker-compose.yaml
refused 'an output changed by hand' 'docker-compose.yaml:' 'the file was edited after restate-gen wrote it'

echo "pre-commit: $count commits judged as they should be, by the $mode hooks; the first, which installs them, took $installed s"
