//! The view of `OPERATIONS.md` for Restate's Helm chart and its operator, which have the same pods.

use serde::Serialize;

use super::guide::{PARTS, PodsGuide, SetView};
use super::helm_and_operator;
use super::nodes::budget;
use crate::model::kubernetes::Flavor;
use crate::render::{self, template};
use crate::targets::guide;
use crate::topology::Topology;

#[derive(Serialize)]
struct View<'a> {
    #[serde(flatten)]
    pods_guide: PodsGuide<'a>,
    is_chart: bool,
    chart_version: String,
    job: &'a str,
    last_pod: String,
    quorum: usize,
    /// How many pods the disruption budget lets go, where there is one.
    may_be_down: Option<usize>,
    has_budget: bool,
}

/// `OPERATIONS.md`. `job` is the name of the Job next to the pods, empty where there is none.
pub fn render(topology: &Topology, command: &str, flavor: Flavor, job: &str) -> String {
    render::render(
        template!("kubernetes/OPERATIONS-helm-and-operator.md").including(&[guide::PARTS, PARTS]),
        &view(topology, command, flavor, job),
    )
}

fn view<'a>(topology: &'a Topology, command: &'a str, flavor: Flavor, job: &'a str) -> View<'a> {
    let replicas = topology.nodes.len();
    let is_chart = flavor == Flavor::Helm;
    // What their own selectors say.
    let selector = if is_chart {
        "app=restate".to_owned()
    } else {
        let namespace = &topology.kubernetes.namespace;
        format!("app.kubernetes.io/name=restate,app.kubernetes.io/instance={namespace}")
    };
    let set = SetView {
        name: "restate",
        replicas,
    };
    View {
        pods_guide: PodsGuide::of(topology, command, (selector, "restate"), vec![set], None),
        is_chart,
        chart_version: topology.release.version().to_string(),
        job,
        last_pod: helm_and_operator::pod(replicas.saturating_sub(1)),
        quorum: replicas / 2 + 1,
        has_budget: !is_chart || replicas > 1,
        may_be_down: if is_chart {
            // Left out for one node.
            (replicas > 1).then(|| budget(topology).may_be_down)
        } else {
            // Always, whatever the quorum could spare.
            Some(1)
        },
    }
}
