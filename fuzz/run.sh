#!/usr/bin/env bash
# run.sh [SECONDS [TARGET]]: fuzzes each target that long (default 300), from the examples, the rules' own files and what was found before.
# Needs a nightly toolchain, a C++ compiler and `cargo install cargo-fuzz`.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-300}
mkdir -p fuzz/corpus/bytes fuzz/corpus/clusters

for file in examples/*/restate-cluster.yaml; do
  cp "$file" "fuzz/corpus/bytes/example-$(basename "$(dirname "$file")")"
done
find tests/data/fuzz -type f ! -name README.md -exec cp {} fuzz/corpus/bytes/ \;
# Each fence of YAML in the documentation of a rule is a file of its own.
find src -name '*.rs' -exec awk '
  /^```yaml$/ { inside = 1; name = FILENAME; gsub("/", "-", name); out = "fuzz/corpus/bytes/" name "-" ++count; printf "" > out; next }
  /^```$/     { if (inside) close(out); inside = 0; next }
  inside      { print > out }' {} +

# Choices have no files to start from: any bytes are some.
for seed in 1 2 3 4 5 6 7 8; do
  head -c $((seed * 64)) /dev/urandom >"fuzz/corpus/clusters/seed-$seed"
done

# Keys and words of the schema, and the marks of YAML.
{
  grep -oE '"[a-z][a-z0-9_-]*"' schema/cluster.schema.json | sort -u
  printf '"%s"\n' ': ' '- ' '? ' '<<: ' '*a' '&a ' '!!int ' '---\x0a' '...\x0a' '|\x0a' '>-\x0a' '# restate-gen: allow ' 'RG306' ' - ' '\xef\xbb\xbf' '\x0d\x0a'
} >fuzz/corpus/dictionary

for target in ${2:-bytes clusters}; do
  # No sanitizer: there is no unsafe code here, and without one it is several times as fast.
  nice cargo +nightly fuzz run --sanitizer none "$target" -- -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 -len_control=10 \
    -dict=fuzz/corpus/dictionary -print_final_stats=1
done
