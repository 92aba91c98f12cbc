# Creates the bucket of the snapshots, and the nodes' key, which is valid for this bucket only. Safe to run again.
set -eu
say() { echo "bucket: $*"; }
# Connects to the store directly, whatever proxy the container has.
export NO_PROXY='*' no_proxy='*' MC_CONFIG_DIR=/tmp/mc
bucket=${DESTINATION#s3://}
bucket=${bucket%%/*}
policy=restate-$bucket
# Keys are passed on standard input: everyone on the host can see the arguments of a command.
attempt=1
until printf '%s\n%s\n' "$ACCESS_KEY" "$SECRET_KEY" | mc --quiet alias set store "$ENDPOINT" >/tmp/said 2>&1; do
  if [ "$attempt" -ge 60 ]; then
    say "$ENDPOINT did not accept the store's own key in $attempt attempts; the last answer was:" >&2
    cat /tmp/said >&2
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep 1
done
run() {
  mc --quiet "$@" >/tmp/said 2>&1 && return
  say "mc $1 $2 failed:" >&2
  cat /tmp/said >&2
  exit 1
}
run mb --ignore-existing "store/$bucket"
objects='"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"'
printf '{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"], "Resource": ["%s"]},
  {"Effect": "Allow", "Action": [%s], "Resource": ["%s/*"]}
]}\n' "arn:aws:s3:::$bucket" "$objects" "arn:aws:s3:::$bucket" >/tmp/policy.json
run admin policy create store "$policy" /tmp/policy.json
printf '%s\n%s\n' "$NODES_ACCESS_KEY" "$NODES_SECRET_KEY" | run admin user add store
run admin policy attach store "$policy" --user "$NODES_ACCESS_KEY"
# Removes keys that the nodes had before, under another name.
mc --quiet admin user list store | while read -r _ name policies; do
  if [ "$name" != "$NODES_ACCESS_KEY" ] && [ "$policies" = "$policy" ]; then
    run admin user remove store "$name"
    say "removed the key $name"
  fi
done
say "$bucket exists, with the nodes' key"
