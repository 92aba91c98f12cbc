#!/usr/bin/env bash
# Checks the cluster files of a repository, and the files generated from them, as a step of GitHub Actions.
# FILES, AGAINST, TARGET, DENY_WARNINGS and DRIFT are the inputs of action.yml.
set -euo pipefail
cd "$GITHUB_WORKSPACE"

worst=0
# run COMMAND...: keeps what it finds, and the worst exit code.
run() {
  local code=0
  "$@" >>"$temporary/findings" || code=$?
  [ "$code" -le "$worst" ] || worst=$code
}
failed() {
  echo "::error::$1"
  exit 2
}

files=()
if [ -n "$FILES" ]; then
  while IFS= read -r file; do
    [ -z "$file" ] || files+=("$file")
  done <<<"$FILES"
else
  names=(restate-cluster.yaml restate-cluster.yml 'restate-cluster.*.yaml' 'restate-cluster.*.yml')
  while IFS= read -r -d '' file; do
    files+=("$file")
  done < <(git ls-files -z -- "${names[@]/#/:(glob)**/}")
fi
[ ${#files[@]} -gt 0 ] || failed 'no restate-cluster.yaml is committed: name the cluster files in the input "files"'

base=
if [ -n "$AGAINST" ]; then
  base=refs/remotes/origin/$AGAINST
  git rev-parse --quiet --verify "$base^{commit}" >/dev/null ||
    git fetch --quiet --depth=1 origin "+refs/heads/$AGAINST:$base" ||
    failed "the branch $AGAINST cannot be fetched: give actions/checkout \`fetch-depth: 0\`, or another \`against\`"
fi

target=()
[ -z "$TARGET" ] || target=(--target "$TARGET")
deny=()
[ "$DENY_WARNINGS" != true ] || deny=(--deny warnings)
temporary=$(mktemp -d "${RUNNER_TEMP:-/tmp}/restate-gen.XXXXXX")
plan=$temporary/plan.md
: >"$plan"
: >"$temporary/findings"

# In Security a finding is of the file as it is; what it is as a change is told next to its lines.
sarif=$temporary/restate-gen.sarif
if restate-gen validate --format sarif --exit-zero -- "${files[@]}" >"$sarif" 2>"$temporary/said"; then
  echo "sarif=$sarif" >>"$GITHUB_OUTPUT"
fi

# fenced LANGUAGE: standard input as code in Markdown, whatever is in it.
fenced() {
  printf '~~~~~~%s\n' "$1"
  cat
  printf '~~~~~~\n'
}

unchanged=()
for file in "${files[@]}"; do
  old=$temporary/deployed.yaml
  if [ -z "$base" ] || ! git show "$base:./$file" >"$old" 2>/dev/null || cmp -s "$old" "$file"; then
    unchanged+=("$file")
    continue
  fi
  run restate-gen validate --format github "${deny[@]}" --against "$old" -- "$file"
  {
    printf '## The change of %s\n\n' "$file"
    if restate-gen plan "${target[@]}" "$old" "$file" >"$temporary/summary" 2>&1; then
      fenced text <"$temporary/summary"
      printf '\n<details><summary>All of the plan</summary>\n\n'
      restate-gen plan --verbose "${target[@]}" "$old" "$file" 2>/dev/null
      printf '\n</details>\n\n'
    else
      printf 'There is no plan for it:\n\n'
      fenced text <"$temporary/summary"
      printf '\n'
    fi
  } >>"$plan"
done
if [ ${#unchanged[@]} -gt 0 ]; then
  run restate-gen validate --format github "${deny[@]}" -- "${unchanged[@]}"
fi

if [ "$DRIFT" = true ]; then
  if [ -n "$(git ls-files -- ':(glob)**/restate-gen.lock')" ]; then
    run restate-gen drift --format github
  else
    echo 'no restate-gen.lock is committed, so there are no generated files to compare'
  fi
fi

# `drift` also finds what is wrong with the cluster files: each finding is told once, whatever its level.
awk '{ finding = $0; sub(/^::[a-z]+ /, "", finding) } !told[finding]++' "$temporary/findings"
if [ -s "$plan" ]; then
  echo "plan=$plan" >>"$GITHUB_OUTPUT"
  cat "$plan" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$worst"
