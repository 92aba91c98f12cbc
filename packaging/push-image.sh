#!/usr/bin/env bash
# Builds the image for all platforms of Linux from the archives of a release, and pushes it. Needs Docker with buildx.
#
# packaging/push-image.sh IMAGE FOLDER    IMAGE without a tag; FOLDER has the archives
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
image=$1
out=$(cd "$2" && pwd)
version=$("$here/manifest.py" version)
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp "$here/Dockerfile" "$here/../LICENSE" "$context"

platforms=
while IFS=$'\t' read -r target _ _ arch; do
  case $target in *-linux-*) ;; *) continue ;; esac
  mkdir "$context/$arch"
  tar -xzf "$out/restate-gen-$version-$target.tar.gz" --strip-components=1 -C "$context/$arch" \
    "restate-gen-$version-$target/restate-gen"
  platforms=$platforms${platforms:+,}linux/$arch
done < <(tail -n +2 "$here/platforms.tsv")

tags=(--tag "$image:$version")
# Only the newest version is what people get who name none.
case $version in *-*) ;; *) tags+=(--tag "$image:latest") ;; esac
mapfile -t labels < <("$here/manifest.py" labels)
docker buildx create --use >/dev/null
docker buildx build --platform "$platforms" --provenance=mode=max --sbom=true --push \
  "${tags[@]}" "${labels[@]}" --metadata-file "$context/metadata.json" "$context"
digest=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["containerimage.digest"])' "$context/metadata.json")
echo "$image@$digest"
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  printf 'image=%s\ndigest=%s\n' "$image" "$digest" >>"$GITHUB_OUTPUT"
fi
