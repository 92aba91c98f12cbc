//! The functions of sh that the commands of a plan use: an orchestrator's own, and those that repeat a command until the cluster
//! has done what it asks for.

use crate::scale::{Action, Change, Condition, ScalePlan};
use crate::targets::operations::Operations;

/// Those that this plan uses, as lines.
pub fn of(plan: &ScalePlan, change: &Change, operations: &Operations) -> Vec<String> {
    let does = |is: &dyn Fn(&Action) -> bool| plan.steps.iter().any(|step| is(&step.action));
    let takes_snapshots = does(&|action| matches!(action, Action::Snapshot));
    let empties = does(&|action| matches!(action, Action::Empty { .. }));
    let forgets = does(&|action| matches!(action, Action::Forget { .. }));
    let mut conditions = plan
        .steps
        .iter()
        .flat_map(|step| step.needs.iter().chain(&step.waits));
    let asks = conditions.any(|condition| matches!(condition, Condition::NoLogOn(_)));
    let mut functions = operations.functions.clone();
    for (is_used, text) in [
        (takes_snapshots, SNAPSHOT_ALL),
        (change.lost.is_some(), NO_MORE_RECORDS_ON),
        (empties || asks, NO_LOG_ON),
        (empties, TRIM_UNTIL_EMPTY),
        (forgets, FORGET),
    ] {
        if is_used {
            functions.extend(text.lines().map(str::to_owned));
        }
    }
    functions
}

/// restatectl exits 0 also when it failed for some or all partitions.
const SNAPSHOT_ALL: &str = r#"snapshot_all() {
  end=$(($(date +%s) + 120))
  until
    answer=$(restatectl snapshots create --trim-log --yes) || :
    printf '%s\n' "$answer"
    [ "$(printf '%s\n' "$answer" | grep -c 'Snapshot created for partition')" -eq "$1" ]
  do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 2
  done
}"#;

/// A node that came up without its disk takes no records by itself, and its state is not changed to read-only: that would count its
/// answers again. One that was given up by hand takes none either.
const NO_MORE_RECORDS_ON: &str = r#"no_more_records_on() {
  table=$(restatectl nodes list --extra) || return 1
  printf '%s\n' "$table" | awk -v id="$1" '$1 == id && / (data-loss|disabled|gone|provisioning) / { found = 1 } END { exit !found }' ||
    restatectl nodes set-storage-state --storage-state read-only --nodes "$1" --yes
}"#;

/// An answer without a word is none: it would be taken for a log that is nowhere.
const NO_LOG_ON: &str = r#"no_log_on() {
  table=$(restatectl logs describe --all 2>/dev/null) || return 1
  [ -n "$table" ] || return 1
  for id in "$@"; do
    if printf '%s\n' "$table" | grep -q "[[ ]${id}[],]"; then
      objection="$id has parts of the log"
      return 1
    fi
  done
}"#;

/// A log that nothing writes to keeps its nodes until it is told to choose anew.
const TRIM_UNTIL_EMPTY: &str = r#"trim_until_empty() {
  end=$(($(date +%s) + 600))
  until no_log_on "$@"; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    restatectl snapshots create --trim-log --yes || :
    sleep 2
    no_log_on "$@" || renew_logs_on "$@" || return 1
  done
}
renew_logs_on() {
  table=$(restatectl logs list) || return 1
  for log in $(for id in "$@"; do printf '%s\n' "$table" | grep "[[ ]${id}[],]"; done | awk '{ print $1 }' | sort -u); do
    restatectl logs reconfigure --log-id "$log" --yes || return 1
  done
}"#;

/// The cluster refuses until it knows that the node is empty.
const FORGET: &str = r#"forget() {
  end=$(($(date +%s) + 300))
  until restatectl nodes remove --nodes "$1" --yes; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 2
  done
}"#;
