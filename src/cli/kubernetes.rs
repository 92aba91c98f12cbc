//! `kubernetes`: the generating verb with what Kubernetes has besides.

use anyhow::Result;
use serde_json::Map;

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
    generate::run_over(terminal, generate, target, None, |input| {
        let document = &mut input.document;
        // A document that cannot be read stays as it is: its fault is the news.
        if !document.is_readable() {
            return;
        }
        // Who generates for Kubernetes has its section, so that its rules hold; an empty one says nothing.
        if document.value().get("kubernetes").is_none() {
            let section = Map::new();
            document.set(DocPath::of(["kubernetes"]), section.into(), "kubernetes");
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
