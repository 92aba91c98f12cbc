//! `kubernetes`: the generating verb with what Kubernetes has besides.

use anyhow::Result;

use super::terminal::Terminal;
use super::{KubernetesArguments, Outcome, generate};
use crate::model::kubernetes::Flavor;
use crate::source::DocPath;
use crate::topology::Topology;

/// Generates the files of the flavor.
///
/// # Errors
/// When the cluster file cannot be read, or the files cannot be written.
pub fn run(terminal: &Terminal, arguments: KubernetesArguments) -> Result<Outcome> {
    let KubernetesArguments {
        generate,
        namespace,
        flavor,
    } = arguments;
    generate::run_over(terminal, generate, "kubernetes", target, None, |input| {
        input.give_section("kubernetes");
        let document = &mut input.document;
        if !document.is_readable() {
            return;
        }
        for (key, value) in [("flavor", flavor), ("namespace", namespace)] {
            let Some(value) = value else { continue };
            let flag = format!("--{key} {value}");
            document.set(DocPath::of(["kubernetes", key]), value.into(), flag.clone());
            // The flavor is part of the target's own command.
            if key != "flavor" {
                input.command_suffix = format!("{} {flag}", input.command_suffix);
            }
        }
    })
}

fn target(topology: &Topology) -> &'static str {
    match topology.kubernetes.flavor {
        Flavor::Raw => "kubernetes",
        Flavor::Helm => "kubernetes-helm",
        Flavor::Operator => "kubernetes-operator",
    }
}
