until kubectl -n {{ namespace }} get job/{{ job }} -o 'jsonpath={.status.conditions[?(@.status=="True")].type}' | grep -E 'Complete|Failed'; do
  kubectl -n {{ namespace }} get pods -o 'jsonpath={range .items[*]}{.metadata.name}: {.status.conditions[?(@.reason=="Unschedulable")].message}{"\n"}{end}' | grep ': .' || :
  sleep 10
done
