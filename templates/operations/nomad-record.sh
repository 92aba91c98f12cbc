# variable NAME: a variable of plans as JSON, {} if Nomad has no such variable; fails if Nomad does not answer.
variable() {
  nomad var get -out json {{ job }}/"$1" 2>/dev/null && return
  answer=$(nomad var get -out json {{ job }}/"$1" 2>&1 >/dev/null) || :
  case $answer in
    *'Variable not found'*) echo '{}' ;;
    *)
      printf '%s\n' "$answer" >&2
      return 1
      ;;
  esac
}
item() { jq -r '.Items.is // empty'; }
index() { jq -r '.ModifyIndex // 0'; }
# change NAME VALUE SEEN: writes the variable if it is as it was seen.
change() {
  value=$2 jq -n '{Items: {is: env.value}}' |
    nomad var put -check-index "$(printf '%s\n' "$3" | index)" -in json {{ job }}/"$1" - >/dev/null
}
remove() (
  seen=$(variable "$1") || return 1
  [ "$seen" = '{}' ] || nomad var purge -check-index "$(printf '%s\n' "$seen" | index)" {{ job }}/"$1" >/dev/null
)
lock_holder() {
  seen=$(variable plan-lock) || return 1
  printf '%s\n' "$seen" | item
}
lock_take() (
  seen=$(variable plan-lock) || return 1
  [ "$(printf '%s\n' "$seen" | item)" = "$2" ] || return 1
  change plan-lock "$1" "$seen"
)
lock_drop() { remove plan-lock; }
record_read() {
  seen=$(variable plan) || return 1
  printf '%s\n' "$seen" | item
}
record_write() (
  seen=$(variable plan) || return 1
  change plan "$1" "$seen"
)
record_erase() { remove plan; }
