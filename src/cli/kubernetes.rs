//! `kubernetes`: the generating verb with what Kubernetes has besides.

use anyhow::Result;
use serde_json::Map;

use super::terminal::Terminal;
use super::{Flavor, KubernetesArguments, Outcome, generate};
use crate::source::DocPath;

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
    let target = match flavor {
        Flavor::Raw => "kubernetes",
        Flavor::Helm => "kubernetes-helm",
        Flavor::Operator => "kubernetes-operator",
    };
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
        if let Some(namespace) = namespace {
            let flag = format!("--namespace {namespace}");
            document.set(
                DocPath::of(["kubernetes", "namespace"]),
                namespace.into(),
                flag.clone(),
            );
            input.command_suffix = format!("{} {flag}", input.command_suffix);
        }
    })
}
