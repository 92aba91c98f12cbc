# Creates the bucket of the snapshots, unless it exists. Safe to run again.
set -eu
bucket=${DESTINATION#s3://}
bucket=${bucket%%/*}
attempt=0
while [ "$attempt" -lt 60 ]; do
  attempt=$((attempt + 1))
  status=$(curl --noproxy '*' -sS -m 5 -o /tmp/answer -w '%{http_code}' -X PUT \
    --aws-sigv4 "aws:amz:$REGION:s3" --user "$ACCESS_KEY:$SECRET_KEY" "$ENDPOINT/$bucket" 2>/tmp/error) || true
  case $status in
    200) echo "bucket: created $bucket"; exit 0 ;;
    409) echo "bucket: $bucket exists"; exit 0 ;;
  esac
  sleep 1
done
echo "bucket: $ENDPOINT did not accept bucket $bucket in $attempt attempts; the last answer was HTTP $status:" >&2
cat /tmp/error /tmp/answer >&2 || true
exit 1
