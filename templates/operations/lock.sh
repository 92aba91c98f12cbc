# The process that has the lock. One that was killed left its id behind, and no longer counts.
holder() {
  [ -d "$1" ] || return 0
  # A new lock has no process id yet.
  [ -s "$1/pid" ] || sleep 2
  other=$(cat "$1/pid" 2>/dev/null || :)
  if [ -n "$other" ] && [ "$other" != "$$" ] && { kill -0 "$other" 2>/dev/null || [ -d "/proc/$other" ]; }; then
    printf '%s\n' "$other"
  fi
}
# take LOCK: takes the lock for this process, or fails with the process that has it in `other`.
take() {
  if ! mkdir "$1" 2>/dev/null; then
    other=$(holder "$1")
    [ -z "$other" ] || return 1
    mkdir -p "$1"
  fi
  printf '%s\n' "$$" >"$1/pid"
}
