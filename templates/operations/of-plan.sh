# is_of_plan PLAN: whether the files here are those that the plan in the folder starts from, or that one of its steps put
# in place. It would undo any later change.
is_of_plan() {
  [ -f "$1/before.lock" ] || return 0
  for of_step in "$1/before.lock" "$1"/*/restate-gen.lock; do
    if cmp -s "$of_step" restate-gen.lock; then return; fi
  done
  return 1
}
