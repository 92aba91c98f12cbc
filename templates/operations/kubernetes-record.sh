lock_holder() { kubectl -n {{ namespace }} get configmap restate-plan-lock --ignore-not-found -o 'jsonpath={.data.holder}'; }
lock_take() {
  if [ -z "$2" ]; then
    kubectl -n {{ namespace }} create configmap restate-plan-lock "--from-literal=holder=$1" >/dev/null
  else
    kubectl -n {{ namespace }} patch configmap restate-plan-lock --type json -p "[{\"op\": \"test\", \"path\": \"/data/holder\", \"value\": \"$2\"}, {\"op\": \"replace\", \"path\": \"/data/holder\", \"value\": \"$1\"}]" >/dev/null
  fi
}
lock_drop() { kubectl -n {{ namespace }} delete configmap restate-plan-lock --ignore-not-found >/dev/null; }
record_read() { kubectl -n {{ namespace }} get configmap restate-plan --ignore-not-found -o 'jsonpath={.data.progress}'; }
record_write() {
  kubectl -n {{ namespace }} create configmap restate-plan "--from-literal=progress=$1" --dry-run=client -o yaml |
    kubectl -n {{ namespace }} apply -f - >/dev/null
}
record_erase() { kubectl -n {{ namespace }} delete configmap restate-plan --ignore-not-found >/dev/null; }
