{% for set in sets %}
kubectl -n {{ namespace }} wait --for=jsonpath='{.status.readyReplicas}'={{ set.replicas }} statefulset/{{ set.name }} --timeout=600s
{% endfor %}
