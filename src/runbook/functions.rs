//! The functions of sh that the commands of a plan use: an orchestrator's own, and those that repeat a command until the cluster
//! has done what it asks for.

use serde::Serialize;

use crate::change::Change;
use crate::plan::{Action, Condition, Plan};
use crate::render;
use crate::targets::operations::Operations;

/// Which of the functions are used.
#[derive(Serialize)]
struct View {
    takes_snapshots: bool,
    replaces: bool,
    asks_for_logs: bool,
    empties: bool,
    forgets: bool,
}

/// The function that the line of sh begins to define, if it does.
pub fn defined(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once("() ")?;
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    (is_name(name) && rest.starts_with(['{', '('])).then_some(name)
}

/// Those that this plan uses, as lines.
pub fn of(plan: &Plan, change: &Change, operations: &Operations) -> Vec<String> {
    let does = |is: &dyn Fn(&Action) -> bool| plan.steps.iter().any(|step| is(&step.action));
    let takes_snapshots = does(&|action| matches!(action, Action::Snapshot));
    let empties = does(&|action| matches!(action, Action::Empty { .. }));
    let forgets = does(&|action| matches!(action, Action::Forget { .. }));
    let mut conditions = plan
        .steps
        .iter()
        .flat_map(|step| step.needs.iter().chain(&step.waits));
    let asks = conditions.any(|condition| matches!(condition, Condition::NoLogOn(_)));
    let asks_for_logs = empties || asks;
    let repeated = render::render(
        render::template!("operations/functions.sh"),
        &View {
            takes_snapshots,
            replaces: change.lost.is_some(),
            asks_for_logs,
            empties,
            forgets,
        },
    );
    let mut functions = operations.functions.clone();
    functions.extend(repeated.lines().map(str::to_owned));
    functions
}
