//! A change of a running cluster in Nomad's commands.

use crate::scale::Change;
use crate::targets::operations::{Operations, Roll, quoted};

/// The commands for the change. `rollout.sh` brings the job to what the file says, one node after the other.
pub fn operations(change: &Change) -> Operations {
    let nomad = &change.after.nomad;
    let apply = || vec!["sh prepare.sh".to_owned(), "sh rollout.sh".to_owned()];
    let functions = FUNCTIONS
        .replace("<namespace>", &quoted(&nomad.namespace))
        .replace("<job>", &quoted(&nomad.job));
    Operations {
        functions: functions.lines().map(str::to_owned).collect(),
        check: Vec::new(),
        // The rollout drops the group of the lost node before it starts the new one.
        clear: Vec::new(),
        start: apply(),
        roll: Roll::ByItself(apply()),
        stop: apply(),
        settle: apply(),
        delete_volumes: Vec::new(),
        logs: format!("nomad alloc logs -job {} -group", nomad.job),
    }
}

/// `restatectl` runs in an allocation that is running.
const FUNCTIONS: &str = r#"export NOMAD_NAMESPACE=<namespace>
restatectl() {
  nomad alloc exec -i=false -t=false -task restate "$(nomad job allocs -json <job> | jq -r '[.[] | select(.ClientStatus == "running")][0].ID')" restatectl "$@" </dev/null
}"#;
