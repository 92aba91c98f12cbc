# restatectl runs in a pod that is ready.
restatectl() {
  kubectl -n {{ namespace }} exec "$(kubectl -n {{ namespace }} get pods -l app.kubernetes.io/component=node -o 'jsonpath={range .items[?(@.status.containerStatuses[0].ready==true)]}{.metadata.name}{"\n"}{end}' | head -n 1)" -c restate -- restatectl "$@"
}
{% if is_gitops %}
# Whether all objects of the files in this folder are in the cluster, with the label that names these files.
has_files() {
  files=$(sed -n "s|.*restate.dev/files: '\{0,1\}\([0-9a-f]*\).*|\1|p" kustomization.yaml)
  seen=$(kubectl get -k . -o 'jsonpath={range .items[*]}{.kind} {.metadata.name} {.metadata.labels.restate\.dev/files}{"\n"}{end}' 2>"${heard:=/dev/null}") || {
    objection="the cluster says: $(head -n 1 "$heard" | sed 's/^Error from server (NotFound): //')"
    return 1
  }
  objection=$(printf '%s\n' "$seen" | awk -v files="$files" '$3 != files { print "your GitOps controller has not applied them: " $1 " " $2 " is of other files"; exit }')
  [ -z "$objection" ]
}
{% endif %}
{% if waits_for_pods %}
ready_again() (
  end=$(($(date +%s) + 900))
  until kubectl -n {{ namespace }} wait --for=condition=Ready "pod/$1" --timeout=300s; do
    [ "$(date +%s)" -lt "$end" ] || exit 1
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
  kubectl apply -k . || exit 1
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
