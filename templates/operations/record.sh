# What is done, and who is doing it, is noted where the cluster is, so that a run from another machine continues, and two
# never run at once. `progress` is a copy. What is used here is the orchestrator's:
#   lock_holder               prints who has the lock; nothing if nobody has
#   lock_take HOLDER FORMER   takes it, only if FORMER has it, or nobody if that is empty
#   record_write TEXT         and record_read, record_erase
# A holder is its token, its host, its process and a time. A lock never expires: nobody knows better than you whether a
# run on another machine is dead, so run.sh --take-over says it.

host=$(uname -n | tr -cd 'A-Za-z0-9._-')
this="${here##*/} $(hash_of "$here/run.sh" | cut -c 1-16)"

lines_of() { printf '%s\n' "$known" | sed -n "s/^$1 //p"; }
run_of() { printf '%s\n' "$1" | awk '{ print "process " $3 " on " $2 ", since " $4 }'; }

# Whether the process runs. It does not if it has the number of this one.
lives() { [ "$1" != "$$" ] && { kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]; }; }

# Whether the holder is a run of this folder on this machine, and is dead.
was_here() {
  [ -n "$1" ] || return 1
  former_process=$(printf '%s\n' "$1" | awk '{ print $3 }')
  grep -qsxF "token ${1%% *}" "$progress" && [ "$(printf '%s\n' "$1" | awk '{ print $2 }')" = "$host" ] && ! lives "$former_process"
}

# hold: takes the lock in the cluster, or stops.
hold() {
  former=$(lock_holder) || stop 'nothing was done: the cluster does not say whether another run is in progress; see above'
  if [ -n "$former" ] && ! was_here "$former" && [ -z "$take_over" ]; then
    stop "another run is in progress, $(run_of "$former"). If it no longer runs: sh run.sh --take-over"
  fi
  [ -z "$former" ] || say "the lock is taken over from $(run_of "$former")"
  token=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
  # First here, so that the next run knows that this one was of this folder, whenever it is killed.
  printf 'token %s\n' "$token" >>"$progress"
  lock_take "$token $host $$ $(date -u +%Y-%m-%dT%H:%M:%SZ)" "$former" ||
    stop 'nothing was done: the lock was not taken; see above. If another run was faster, wait for its end'
}

# Another run may have taken the lock over, while this one slept or had no network.
still_held() {
  for _ in 1 2 3 4 5; do
    if holder=$(lock_holder 2>"$heard"); then
      case $holder in
        "$token "*) return ;;
        '') stop "$stage: the lock of this run is gone. If no other run did that, run this again; it continues here" ;;
        *) stop "$stage: another run has taken the lock over, $(run_of "$holder")" ;;
      esac
    fi
    sleep 2
  done
  stop "$stage: the cluster does not say whether this run still has the lock: $(tail -n 1 "$heard"). Run this again; it continues here"
}

# Gives the lock in the cluster back; fails if it may still be there.
let_go() {
  holder=$(lock_holder 2>/dev/null) || return 1
  case $holder in "$token "*) lock_drop 2>/dev/null ;; esac
}

# recall: reads what is done. The lines of `known`: which plan it is, which run of it, which cluster, which steps are done.
recall() {
  known=$(record_read) || stop 'nothing was done: the cluster does not say what is done; see above'
  noted=$(grep -v '^token ' "$progress" 2>/dev/null || :)
  if [ -z "$known" ]; then
    [ -z "$abandon" ] || return 0
    if printf '%s\n' "$noted" | grep -q '^run '; then
      stop "the cluster has nothing of this plan any more: another run has finished or abandoned it. Get what that committed, or delete $here. If only the record was lost, {{ record.place }}, delete the line that begins with run in $progress, and run this again"
    fi
    known=$(printf 'plan %s\nrun %s\n%s\n' "$this" "${token-}" "$noted" | awk NF)
    [ -n "$dry_run" ] || record_write "$known" || stop 'nothing was done: what is done cannot be noted in the cluster; see above'
  else
    other=$(lines_of plan)
    if [ "$other" != "$this" ]; then
      other=${other% *}
      [ "$other" != "${this% *}" ] || other="another $other, which is not this one"
      stop "nothing was done: in this cluster another plan is half done: $other. Finish it with its run.sh, or go back as its PLAN.md says. If its folder is lost: {{ record.erase }}"
    fi
    run=$(printf '%s\n' "$noted" | sed -n 's/^run //p')
    # What was noted here in an earlier run of this plan, which was abandoned, does not count.
    [ -z "$run" ] || [ "$run" = "$(lines_of run)" ] || noted=
    elsewhere=$(printf '%s\n' "$known" | grep '^step ' | grep -vxF "$noted" | tail -n 1)
    [ -z "$elsewhere" ] || say "continues after what another machine did, last: $elsewhere"
    known=$(printf '%s\n%s\n' "$known" "$noted" | awk 'NF && !seen[$0]++')
  fi
  [ -n "$dry_run" ] || {
    { sed -n '/^token /p' "$progress" && printf '%s\n' "$known"; } >"$progress.new" && mv "$progress.new" "$progress"
  }
}

# Files that an earlier run put in place on another machine: the steps that follow apply them.
catch_up() {
  due=
{% for step in steps %}
{% if step.files %}
  if is_in_place {{ step.files.folder }}; then due=; elif is_done 'step {{ step.number }}'; then due={{ step.files.folder }}; fi
{% endif %}
{% endfor %}
  if [ -n "$due" ] && [ -n "$dry_run" ]; then
    say "would put the files in $due in place, which another machine has applied"
  elif [ -n "$due" ]; then
    put_files_in_place "$due" || stop "nothing was done: another machine has applied the files in $here/$due, and they are not in place here"
    say "put the files in $due in place, which another machine has applied"
  fi
}
