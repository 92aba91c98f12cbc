#!/usr/bin/env bash
# Installs each package that packaging/build.py made, by its real client, into an empty environment, and uses it there.
# Nothing is downloaded but the clients: packages come from the folder, by a registry of this machine.
#
# packaging/test.sh [FOLDER]    the folder of the packages; target/packages unless it is given
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "${1:-$here/../target/packages}" && pwd)
name=restate-gen
version=$("$here/manifest.py" version)
# Most seconds from nothing installed to a generated, valid cluster; a machine that is busy may set more.
limit=${PACKAGING_LIMIT:-10}
work=$(mktemp -d)
clients=${TMPDIR:-/tmp}/restate-gen-clients
if [ ! -x "$clients/bin/pre-commit" ]; then
  python3 -m venv "$clients"
  "$clients/bin/pip" install -q uv pipx pre-commit
  # What pip builds the hooks' setup.py with.
  "$clients/bin/pip" download -q --no-deps --dest "$clients/wheels" 'setuptools<81'
fi
python=$(python3 -c 'import os, sys; print(os.path.realpath(sys.executable))')
node=$(dirname "$(command -v node)")

"$python" "$here/test/registry.py" "$out" >"$work/address" &
registry=$!
image=
finish() {
  kill "$registry"
  [ -z "$image" ] || docker rmi -f "$image" >/dev/null
  rm -rf "$work"
}
trap finish EXIT
until [ -s "$work/address" ]; do sleep 0.1; done
address=$(cat "$work/address")

count=0
fail() {
  echo "packaging: $1"
  [ ! -s said ] || sed 's/^/    /' said
  exit 1
}
# bare COMMAND...: without what the developer's environment sets; HOME is empty.
bare() {
  env -i HOME="$home" PATH="$path" TMPDIR="$work" \
    PIP_INDEX_URL="$address/simple/" UV_INDEX_URL="$address/simple/" UV_PYTHON="$python" UV_PYTHON_DOWNLOADS=never \
    PIP_DISABLE_PIP_VERSION_CHECK=1 npm_config_registry="$address/" npm_config_update_notifier=false "$@"
}
# used WHAT INSTALL -- COMMAND...: after INSTALL, a function, COMMAND is restate-gen; both count for the time.
used() {
  local what=$1 install=$2 began seconds code
  shift 3
  home=$work/$count/home path=/usr/bin:/bin
  mkdir -p "$home" "$work/$count/cluster"
  cd "$work/$count/cluster"
  began=$(date +%s%N)
  $install >said 2>&1 || fail "$what: not installed"
  [ "$("$@" --version 2>said)" = "$name $version" ] || fail "$what: not version $version"
  "$@" compose --nodes 3 >said 2>&1 || fail "$what: compose"
  "$@" init >said 2>&1 || fail "$what: init"
  "$@" validate >said 2>&1 || fail "$what: validate"
  seconds=$((($(date +%s%N) - began) / 1000000))
  for file in docker-compose.yaml OPERATIONS.md .env restate-gen.lock; do
    [ -s "$file" ] || fail "$what: no $file"
    [ "$(stat -c %u "$file")" = "$(id -u)" ] || fail "$what: $file is not ours"
  done
  grep -q '^  restate-3:$' docker-compose.yaml || fail "$what: no third node"
  # What it says, and how it ends, is what the program does.
  printf 'nodes: 3\nreplication: 5\n' >restate-cluster.yaml
  code=0
  "$@" validate >said 2>&1 || code=$?
  [ "$code" = 1 ] || fail "$what: exit code $code for a faulty file"
  grep -q 'error\[RG301\]' said || fail "$what: the finding is not shown"
  code=0
  "$@" validate missing.yaml >said 2>&1 || code=$?
  [ "$code" = 2 ] || fail "$what: exit code $code for a missing file"
  printf 'nodes: 3\nreplication: 5\n' | "$@" validate --format concise - >said 2>&1 || true
  grep -q 'RG301' said || fail "$what: standard input does not reach it"
  [ "$seconds" -lt $((limit * 1000)) ] || fail "$what: took $seconds ms"
  printf 'packaging: %s: %d.%d s\n' "$what" $((seconds / 1000)) $((seconds % 1000 / 100))
  count=$((count + 1))
}

(cd "$out" && sha256sum --quiet --check SHA256SUMS) || fail 'checksums'

"$python" -c 'import json, sys; assert len(json.load(open(sys.argv[1]))["components"]) > 20' "$out/$name-$version.cdx.json" ||
  fail 'the list of crates'

# The archive. Its program is what the other packages have to contain.
archive=$(echo "$out/$name-$version"-*-linux-gnu.tar.gz)
unpack() { tar -xzf "$archive" --strip-components=1 -C "$home"; }
extracted() { bare "$home/$name" "$@"; }
used 'tar -xzf' unpack -- extracted
program=$(sha256sum "$home/$name" | cut -d ' ' -f 1)
same() { [ "$(sha256sum <"$1" | cut -d ' ' -f 1)" = "$program" ] || fail "$1 is another program"; }
if ldd "$home/$name" >said 2>&1 && ! grep -q 'statically linked' said; then fail 'the program is not static'; fi
# On a system with nothing else but the kernel's devices, which has its random numbers.
empty=$work/empty
mkdir -p "$empty/dev"
cp "$home/$name" "$empty"
alone() {
  # shellcheck disable=SC2016 # for that shell
  unshare --user --map-root-user --mount sh -c 'mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"' \
    "$empty" "/$name" "$@"
}
if unshare --user --map-root-user true 2>/dev/null; then
  alone compose --nodes 3 >said 2>&1 || fail 'compose in an empty root'
  [ -s "$empty/docker-compose.yaml" ] || fail 'nothing written in an empty root'
else
  echo 'packaging: no user namespaces here, so not run in an empty root'
fi

# PyPI: pip in a new environment, uvx and pipx as people type them.
with_pip() { "$python" -m venv "$home/venv" && bare "$home/venv/bin/pip" install -q "$name"; }
by_pip() { bare "$home/venv/bin/$name" "$@"; }
used 'pip install' with_pip -- by_pip
same "$home/venv/bin/$name"
license=$(echo "$home/venv/lib/"python*/site-packages/restate_gen-*.dist-info/licenses/LICENSE)
[ -s "$license" ] || fail 'no license in the wheel'
nothing() { :; }
by_uvx() { bare "$clients/bin/uvx" -q "$name" "$@"; }
used 'uvx' nothing -- by_uvx
with_uv() { bare "$clients/bin/uv" tool install -q "$name"; }
by_uv() { bare "$home/.local/bin/$name" "$@"; }
used 'uv tool install' with_uv -- by_uv
with_pipx() { bare "$clients/bin/pipx" install "$name"; }
used 'pipx install' with_pipx -- by_uv

# The hooks of `language: python`, in a new repository whose first commit installs them.
hooks() {
  PATH=$clients/bin:$PATH PIP_NO_INDEX=1 PIP_FIND_LINKS="$out $clients/wheels" "$here/../tests/neighbours/pre-commit.sh" python
}
hooks >said 2>&1 || fail 'pre-commit'
cat said

# The GitHub Action installs the wheel where this version is not on the PATH.
home=$work/action path=$(dirname "$python"):/usr/bin:/bin
mkdir "$home"
bare GITHUB_ACTION_PATH="$here/.." RUNNER_TEMP="$home" GITHUB_PATH="$home/path" VERSION='' \
  bash "$here/../action/install.sh" >said 2>&1 || fail 'action/install.sh'
same "$(cat "$home/path")/$name"

# npm: npx as people type it, and in a project.
by_npx() { path=$node:/usr/bin:/bin bare npx --yes "$name" "$@"; }
used 'npx' nothing -- by_npx
with_npm() { path=$node:/usr/bin:/bin bare npm install --prefix "$home/project" "$name"; }
by_npm() { path=$node:/usr/bin:/bin bare "$home/project/node_modules/.bin/$name" "$@"; }
used 'npm install' with_npm -- by_npm
modules=$home/project/node_modules
same "$modules/$name-linux-x64/$name"
[ "$(find "$modules" -mindepth 1 -maxdepth 1 -name "$name*" | wc -l)" = 2 ] || fail 'npm installed other platforms'
# A signal reaches the program, and is how the launcher ends, for whoever asks. The program waits for its input.
mkfifo "$work/input"
path=$node:/usr/bin:/bin
bare "$modules/.bin/$name" validate - <"$work/input" >said 2>&1 &
launched=$!
exec 8>"$work/input"
sleep 1
kill -TERM "$launched"
code=0
wait "$launched" || code=$?
exec 8>&-
[ "$code" = 143 ] || fail "npm: exit code $code after SIGTERM"
if pgrep -f "$modules/$name-linux-x64/$name" >/dev/null; then fail 'npm: the program outlives its launcher'; fi
# Without the package of the platform, and on a platform that has none.
home=$work/optional
mkdir -p "$home"
bare npm install --omit=optional --prefix "$home/project" "$name" >said 2>&1 || fail 'npm install --omit=optional'
code=0
bare "$home/project/node_modules/.bin/$name" --version >said 2>&1 || code=$?
[ "$code" = 2 ] || fail "npm: exit code $code without the program"
grep -q 'install again without --no-optional or --omit=optional' said || fail 'npm: no help without the program'
code=0
bare node -e 'Object.defineProperty(process, "arch", {value: "s390x"}); require(process.argv[1])' \
  "$home/project/node_modules/$name/launcher.js" >said 2>&1 || code=$?
[ "$code" = 2 ] || fail "npm: exit code $code on a platform without a program"
grep -q "there is no program for linux-s390x" said || fail 'npm: no help on a platform without a program'

# Debian: installed where that is possible, into a root of its own.
deb=$(echo "$out/$name"_*.deb)
with_dpkg() {
  mkdir -p "$home/root/var/lib/dpkg"
  : >"$home/root/var/lib/dpkg/status"
  dpkg --force-not-root --force-script-chrootless --root "$home/root" --install "$deb"
}
by_dpkg() { bare "$home/root/usr/bin/$name" "$@"; }
used 'dpkg --install' with_dpkg -- by_dpkg
same "$home/root/usr/bin/$name"
for file in man/man1/$name.1.gz bash-completion/completions/$name zsh/vendor-completions/_$name; do
  [ -s "$home/root/usr/share/$file" ] || fail "deb: no $file"
done
[ "$(dpkg-deb --field "$deb" Depends)" = '' ] || fail 'deb: it depends on something'

# The image: from the folder's program, in this machine's engine.
if docker version >/dev/null 2>&1; then
  image=$name:$version
  docker image inspect "$image" >/dev/null 2>&1 || fail "no image $image: packaging/build.py image"
  by_docker() { docker run --rm -i --network none --user "$(id -u):$(id -g)" -v "$PWD:/work" "$image" "$@"; }
  used 'docker run' nothing -- by_docker
  # What it writes belongs to the user that it runs as.
  mkdir "$work/theirs"
  if [ "$(id -u)" = 0 ]; then
    chown 1234:1234 "$work/theirs"
    docker run --rm --network none --user 1234:1234 -v "$work/theirs:/work" "$image" compose --nodes 3 >said 2>&1 || fail 'image: as another user'
    [ "$(stat -c %u:%g "$work/theirs/.env")" = 1234:1234 ] || fail 'image: files of another user'
  fi
  [ "$(docker run --rm --network none -i "$image" validate --format concise - <<<'nodes: 3' 2>said)" = '' ] || fail 'image: not as its own user'
  [ "$(docker image inspect -f '{{.Config.User}}' "$image")" = 65532:65532 ] || fail 'image: its user is root'
  [ "$(docker image inspect -f '{{index .Config.Labels "org.opencontainers.image.version"}}' "$image")" = "$version" ] || fail 'image: no label'
else
  echo 'packaging: no Docker engine answers, so not run as an image'
fi

echo "packaging: $count ways of installing end with a valid cluster"
