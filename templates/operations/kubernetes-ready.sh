# kubectl's own message says what is wrong.
ready() {
  pods=$(kubectl -n {{ namespace }} get pods -l {{ selector }} -o name) || return 1
  [ -n "$pods" ] || {
    echo "there is no pod of a node in the namespace {{ namespace }} of the context $(kubectl config current-context)" >&2
    return 1
  }
{% if is_gitops %}
  kubectl kustomize {{ applied_folder }} >/dev/null
{% else %}
{% if enlarges %}
  # The API server does not accept another size of the claims until the StatefulSets are created again.
  kubectl apply -k {{ applied_folder }} --dry-run=client >/dev/null
{% else %}
  kubectl apply -k {{ applied_folder }} --dry-run=server >/dev/null
{% endif %}
{% endif %}
}
