# Whether the cluster has the files; else what is missing on the way there, as far as git and the cluster know.
arrived() {
  {{ arrived.call }} && return
  words=$(not_pushed)
  [ -z "$words" ] || objection=$words
  return 1
}

not_pushed() {
  set -- restate-gen.lock
{% if committed %}
  set -- "$@" {{ committed }}
{% endif %}
  for name in $(recorded | cut -d ' ' -f 2); do set -- "$@" "$name"; done
  # It must not lock the index while somebody commits.
  changed=$(GIT_OPTIONAL_LOCKS=0 git status --porcelain -- "$@" 2>/dev/null | head -n 1)
  if [ -n "$changed" ]; then
    echo "not committed yet: ${changed#???}"
  elif [ -n "$(git rev-list --max-count=1 '@{upstream}..HEAD' -- "$@" 2>/dev/null)" ]; then
    echo 'committed and not pushed yet'
  fi
}
