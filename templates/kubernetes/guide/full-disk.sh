  echo "$pod"
  kubectl -n {{ namespace }} exec "$pod" -c restate -- df -P /restate-data | tail -n 1
  kubectl -n {{ namespace }} logs --since=1h "$pod" -c restate | grep -oE 'No space left on device|Writes to log-server have been disabled' | sort | uniq -c
done
