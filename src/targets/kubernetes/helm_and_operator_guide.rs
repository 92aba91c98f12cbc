//! The view of `OPERATIONS.md` for Restate's Helm chart and its operator, which have the same pods.

use serde::Serialize;

use super::guide::{PARTS, PodsGuide, SetView};
use super::helm_and_operator;
use super::nodes::budget;
use crate::render::{self, template};
use crate::targets::guide;
use crate::topology::Topology;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    pods_guide: PodsGuide<'a>,
    is_chart: bool,
    job: &'a str,
    last_pod: String,
    quorum: usize,
    /// How many pods the disruption budget lets go, where there is one.
    may_be_down: Option<usize>,
}

/// Whose pods they are.
pub enum Of {
    /// The chart's.
    Chart,
    /// The operator's.
    Operator,
}

/// `OPERATIONS.md`. `job` is the name of the Job next to the pods, empty where there is none.
pub fn render(topology: &Topology, command: &str, of: &Of, job: &str) -> String {
    render::render(
        template!("kubernetes/OPERATIONS-helm-and-operator.md").including(&[guide::PARTS, PARTS]),
        &view(topology, command, of, job),
    )
}

fn view<'a>(topology: &'a Topology, command: &'a str, of: &Of, job: &'a str) -> View<'a> {
    let replicas = topology.nodes.len();
    // What their own selectors say.
    let selector = match of {
        Of::Chart => "app=restate".to_owned(),
        Of::Operator => format!(
            "app.kubernetes.io/name=restate,app.kubernetes.io/instance={}",
            topology.kubernetes.namespace
        ),
    };
    let set = SetView {
        name: "restate",
        replicas,
    };
    View {
        pods_guide: PodsGuide::of(topology, command, selector, vec![set]),
        is_chart: matches!(of, Of::Chart),
        job,
        last_pod: helm_and_operator::pod(replicas.saturating_sub(1)),
        quorum: replicas / 2 + 1,
        may_be_down: match of {
            // The chart's is left out for one node.
            Of::Chart => (replicas > 1).then(|| budget(topology).may_be_down),
            // Always, whatever the quorum could spare.
            Of::Operator => Some(1),
        },
    }
}
