{% if files_hash %}
git add -A && git commit && git push
until kubectl wait -k . --for=jsonpath='{.metadata.labels.restate\.dev/files}'={{ files_hash }} --timeout=60s; do sleep 5; done
{% else %}
kubectl apply -k {{ applied_folder }}
{% endif %}
