no_answer='restatectl does not answer'
say_last_answer() {
  [ "$objection" != "$no_answer" ] || [ ! -s "$heard" ] || say "  last answer: $(tail -n 3 "$heard" | tr '\n' ' ')"
}

# wait_for WORDS SECONDS CONSEQUENCE CONDITION [ARGUMENT]...: stops if the condition does not hold in time.
wait_for() {
  words=$1
  limit=$2
  consequence=$3
  shift 3
  start=$(date +%s)
  said=
{% if why %}
  minutes=0
{% endif %}
  objection=$no_answer
  until "$@"; do
    passed=$(($(date +%s) - start))
    if [ "$passed" -ge "$limit" ]; then
      say "  not true after $limit s: $words"
      say "  last seen: $objection; $consequence"
      say_last_answer
      advise "$1"
      stop "$stage"
    fi
    [ "$objection" = "$said" ] || say "  waiting until $words: $objection"
    said=$objection
{% if why %}
    # Half a minute is what a pod may take.
    if [ $(((passed + 30) / 60)) -gt "$minutes" ]; then
      minutes=$(((passed + 30) / 60))
      {{ why }}
    fi
{% endif %}
    sleep 2
    objection=$no_answer
  done
}
