if kubectl -n default run probe --rm -i --restart=Never --image={{ image }} --command -- curl -sS -m 5 -o /dev/null -w '%{http_code}\n' http://{{ admin_service }}.{{ namespace }}:{{ admin_port }}/health
then echo 'the policies are NOT enforced' >&2; false; fi
