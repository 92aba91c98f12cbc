//! What an orchestrator cannot carry out.

use super::{Action, Plan};
use crate::refusal::Refusal;

/// Why the plan cannot be carried out where all files are applied at once, in the first step that applies any, by the
/// orchestrator of that name: what later steps prepare would happen too early.
///
/// No rule on changes, as all else that has no plan: it depends on the steps, and on how the orchestrator applies files.
/// Another orchestrator carries out the same change.
pub fn refusal_at_once(plan: &Plan, orchestrator: &str) -> Option<Refusal> {
    let is_start = |action: &Action| matches!(action, Action::Start { .. });
    let is_roll = |action: &Action| matches!(action, Action::Roll { .. });
    let is_stop = |action: &Action| matches!(action, Action::Stop { .. });
    let is_leave = |action: &Action| matches!(action, Action::LeaveQuorum { .. });
    if follows(plan, |action| is_start(action) || is_roll(action), is_stop) {
        return Some(Refusal::new(
            format!(
                "some nodes are removed while others gain roles or move; {orchestrator} applies all files at once, so the removed nodes would stop before they are drained"
            ),
            "change the remaining nodes first, in a file that still lists the others; remove those in a second plan",
        ));
    }
    follows(plan, is_start, is_leave).then(|| {
        Refusal::new(
            format!(
                "nodes are added while a remaining one loses the role of metadata server; {orchestrator} applies all files at once, so it would restart before it leaves the quorum"
            ),
            "add the nodes first and keep the number of metadata servers; change that number in a second plan",
        )
    })
}

/// Whether a step of the one kind comes before one of the other.
fn follows(
    plan: &Plan,
    earlier: impl Fn(&Action) -> bool,
    later: impl Fn(&Action) -> bool,
) -> bool {
    let mut actions = plan.steps.iter().map(|step| &step.action);
    actions.any(earlier) && actions.any(later)
}
