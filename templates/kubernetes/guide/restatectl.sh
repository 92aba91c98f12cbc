restatectl() {
  kubectl -n {{ namespace }} exec "$(kubectl -n {{ namespace }} get pods -l {{ selector }} -o 'jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[?(@.name=="restate")].ready}{"\n"}{end}' | awk '$2 == "true" { print $1; exit }')" -c restate -- restatectl "$@"
}
