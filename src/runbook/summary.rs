//! A plan in a few lines, for a terminal: what the cluster survives, its steps, what restarts, how long it may wait.

use serde::Serialize;

use super::{Runbook, StepText, SurvivalRow};
use crate::render;

#[derive(Serialize)]
struct View<'r> {
    title: &'r str,
    cluster_name: &'r str,
    cautions: &'r [String],
    before: usize,
    during: usize,
    after: usize,
    steps: Vec<Line<'r>>,
    restarts: &'r str,
    minutes: u32,
}

/// A step.
#[derive(Serialize)]
struct Line<'r> {
    number: usize,
    title: &'r str,
    /// Whether it waits for anything.
    waits: bool,
    minutes: u32,
}

/// The plan in short.
pub fn print(runbook: &Runbook) -> String {
    let mut seconds = 0;
    let steps = runbook.steps.iter().map(|step| {
        let most = most_seconds(step);
        seconds += most;
        Line {
            number: step.number,
            title: &step.title,
            waits: most > 0,
            minutes: most.div_ceil(60),
        }
    });
    let steps: Vec<Line> = steps.collect();
    let [before, during, after] = &runbook.survives;
    let nodes = |row: &SurvivalRow| row.log.min(row.metadata).min(row.partitions);
    render::render(
        render::template!("operations/summary.md"),
        &View {
            title: &runbook.title,
            cluster_name: &runbook.cluster_name,
            cautions: &runbook.cautions,
            before: nodes(before),
            during: nodes(during),
            after: nodes(after),
            steps,
            restarts: &runbook.restarts,
            minutes: seconds.div_ceil(60),
        },
    )
}

/// How long run.sh waits in that step at most, in seconds: for all that it needs and for all that follows, for each node.
fn most_seconds(step: &StepText) -> u32 {
    let conditions = step.needs.iter().chain(&step.waits);
    let once: u32 = conditions.map(|condition| condition.seconds).sum();
    let times = if step.is_for_each {
        step.nodes.len()
    } else {
        1
    };
    once.saturating_mul(u32::try_from(times).unwrap_or(u32::MAX))
}
