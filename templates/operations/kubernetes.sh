# restatectl runs in a pod that is ready.
restatectl() {
  kubectl -n {{ namespace }} exec "$(kubectl -n {{ namespace }} get pods -l {{ selector }} -o 'jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[?(@.name=="restate")].ready}{"\n"}{end}' | awk '$2 == "true" { print $1; exit }')" -c restate -- restatectl "$@"
}
# Says why pods do not start or stop: no machine takes them, a claim has no volume, a container cannot be started.
why_pods_wait() {
  kubectl -n {{ namespace }} get pods -l {{ selector }} -o 'jsonpath={range .items[*]}{.metadata.name}|{.spec.nodeName}|{.metadata.deletionTimestamp}|{.status.conditions[?(@.reason=="Unschedulable")].message}|{.status.initContainerStatuses[*].state.waiting.reason} {.status.containerStatuses[*].state.waiting.reason}{"\n"}{end}' | awk -F '|' '
    $3 != "" { print "  " $1 " has been stopping on " $2 " since " $3; next }
    $4 != "" { print "  " $1 " finds no machine: " $4; next }
    $5 ~ /[A-Z]/ { print "  " $1 " waits: " $5 }'
  for claim in $(kubectl -n {{ namespace }} get pvc -l {{ selector }} -o 'jsonpath={range .items[?(@.status.phase=="Pending")]}{.metadata.name}{"\n"}{end}'); do
    echo "  $claim has no volume: $(kubectl -n {{ namespace }} get events --field-selector "involvedObject.name=$claim" -o 'jsonpath={.items[-1:].message}')"
  done
}
{% if rolls_by_itself %}
# rolled_out STATEFULSET SECONDS
rolled_out() (
  end=$(($(date +%s) + $2))
  until answer=$(kubectl -n {{ namespace }} rollout status "statefulset/$1" --timeout=30s 2>&1); do
    printf '%s\n' "$answer" | grep -v 'timed out waiting' || :
    [ "$(date +%s)" -lt "$end" ] || exit 1
    why_pods_wait
    sleep 2
  done
  printf '%s\n' "$answer"
)
{% endif %}
{% if stops_pods %}
# stopped POD
stopped() (
  end=$(($(date +%s) + 600))
  until kubectl -n {{ namespace }} wait --for=delete "pod/$1" --timeout=30s; do
    [ "$(date +%s)" -lt "$end" ] || exit 1
    why_pods_wait
    sleep 2
  done
)
{% endif %}
{% if is_gitops %}
# Whether all objects of the files in this folder are in the cluster, with the label that names these files. What an
# overlay adds has no such label.
has_files() {
  files=$(sed -n "s|.*restate.dev/files: '\{0,1\}\([0-9a-f]*\).*|\1|p" kustomization.yaml)
  expected=$(kubectl kustomize {{ applied_folder }} 2>"${heard:=/dev/null}" | grep -c '^    restate.dev/files: ')
  seen=$(kubectl get -k {{ applied_folder }} -o 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.labels.restate\.dev/files}{"\n"}{end}' 2>"$heard") || {
    objection="the cluster says: $(head -n 1 "$heard" | sed 's/^Error from server (NotFound): //')"
    return 1
  }
  objection=$(printf '%s\n' "$seen" | awk -v files="$files" -v expected="$expected" '
    $3 == files { same++; next }
    !other || $3 != "" { other = $1 " " $2 }
    END { if (!same || same < expected) print "your GitOps controller has not applied them: " other " is of other files" }')
  [ -z "$objection" ]
}
{% endif %}
{% if waits_for_pods %}
ready_again() (
  end=$(($(date +%s) + 900))
  until kubectl -n {{ namespace }} wait --for=condition=Ready "pod/$1" --timeout=30s; do
    [ "$(date +%s)" -lt "$end" ] || exit 1
    why_pods_wait
    sleep 2
  done
)
{% endif %}
{% if renews %}
renew() {
  kubectl -n {{ namespace }} delete pod "$1" --ignore-not-found --timeout=600s && ready_again "$1"
}
{% endif %}
{% if restarts %}
# There are several StatefulSets. A pod is restarted only after its StatefulSet has observed what was applied, and only
# if it has another revision for the pod.
restart_pod() (
{% if is_gitops %}
{% else %}
  kubectl apply -k {{ applied_folder }} || exit 1
{% endif %}
  applied=$(kubectl -n {{ namespace }} get statefulset "$2" -o 'jsonpath={.metadata.generation}')
  kubectl -n {{ namespace }} wait --for=jsonpath='{.status.observedGeneration}'="$applied" "statefulset/$2" --timeout=300s || exit 1
  runs=$(kubectl -n {{ namespace }} get pod "$1" --ignore-not-found -o 'jsonpath={.metadata.labels.controller-revision-hash}')
  expected=$(kubectl -n {{ namespace }} get statefulset "$2" -o 'jsonpath={.status.updateRevision}')
  [ -n "$expected" ] || exit 1
  [ "$runs" = "$expected" ] || kubectl -n {{ namespace }} delete pod "$1" --ignore-not-found --timeout=600s || exit 1
  ready_again "$1"
)
restart_node() {
  case $1 in
{% for row in pods %}
    {{ row.node }}) restart_pod {{ row.pod }} {{ row.set }} ;;
{% endfor %}
  esac
}
{% endif %}
{% if changes_version %}
server_version() { kubectl -n {{ namespace }} exec "$1" -c restate -- restate-server --version; }
{% endif %}
