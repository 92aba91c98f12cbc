# kubectl's own words say what is wrong.
ready() {
  pods=$(kubectl -n {{ namespace }} get pods -l app.kubernetes.io/component=node -o name) || return 1
  [ -n "$pods" ] || {
    echo "no pod of a node is in the namespace {{ namespace }} of the context $(kubectl config current-context)" >&2
    return 1
  }
{% if enlarges %}
  # The server accepts no other size of the claims before the StatefulSets are created again.
  kubectl apply -k . --dry-run=client >/dev/null
{% else %}
  kubectl apply -k . --dry-run=server >/dev/null
{% endif %}
}
