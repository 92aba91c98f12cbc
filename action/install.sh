#!/usr/bin/env bash
# Puts restate-gen of the VERSION, or of this action's own, onto the PATH of the steps that follow: the wheel of PyPI.
set -euo pipefail

own=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)
version=${VERSION:-$own}
if [ "$(restate-gen --version 2>/dev/null)" = "restate-gen $version" ]; then
  echo "restate-gen $version is on the PATH"
  exit
fi
folder=$RUNNER_TEMP/restate-gen
python=$(command -v python3 || command -v python)
"$python" -m venv "$folder"
bin=$folder/bin
# Windows.
[ -d "$bin" ] || bin=$folder/Scripts
"$bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: "restate-gen==$version"
echo "$bin" >>"$GITHUB_PATH"
"$bin/restate-gen" --version
