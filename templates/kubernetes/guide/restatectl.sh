restatectl() {
  kubectl -n {{ namespace }} exec "$(kubectl -n {{ namespace }} get pods -l {{ selector }} -o 'jsonpath={range .items[?(@.status.containerStatuses[0].ready==true)]}{.metadata.name}{"\n"}{end}' | head -n 1)" -c restate -- restatectl "$@"
}
