//! A change of a running cluster in kubectl's commands.

use serde::Serialize;

use super::units;
use crate::change::Change;
use crate::render;
use crate::targets::operations::{Deletion, Operations, Roll, changes_version, lines, quoted};
use crate::topology::{Node, Topology};

/// The commands for the change. The manifests are applied as a whole: what a StatefulSet does with them then is its own.
///
/// A new node may get a place that was given up before, with its claim. It keeps to a folder of its own name there, so no claim
/// is deleted for it: a step that did could, when it is repeated, no longer tell the old claim from the new node's.
pub fn operations(change: &Change) -> Operations {
    let namespace = &change.after.kubernetes.namespace;
    let apply = || "kubectl apply -k .".to_owned();
    let sets: Vec<&str> = names_of_sets(change.after);
    let gone_sets: Vec<&str> = names_of_sets(change.before)
        .into_iter()
        .filter(|set| !sets.contains(set))
        .collect();
    let gone_pods = pods(change.before, &change.removed());
    let new_pods = pods(change.after, &change.added());
    let taken_over: Vec<&String> = new_pods
        .iter()
        .filter(|pod| gone_pods.contains(pod))
        .collect();
    let rolls_by_itself = sets.len() == 1;
    let delete_set =
        |set: &&str| format!("kubectl -n {namespace} delete statefulset {set} --ignore-not-found");
    // A StatefulSet that rolls by itself begins with whatever is applied, so every step that applies something waits for its end.
    let seconds = 600 + 120 * change.after.nodes.len();
    let rolled: Vec<String> = sets
        .iter()
        .filter(|_| rolls_by_itself)
        .map(|set| {
            format!("kubectl -n {namespace} rollout status statefulset/{set} --timeout={seconds}s")
        })
        .collect();

    let mut clear: Vec<String> = gone_sets.iter().map(delete_set).collect();
    // Kubernetes makes the pod again whatever happens, and with the old name and id it would be back, in the metadata
    // quorum too. Anything that is not TOML is not a configuration.
    clear.extend(taken_over.iter().map(|pod| {
        format!("kubectl -n {namespace} patch configmap restate-nodes --type merge -p '{{\"data\": {{\"{pod}.toml\": \"lost\"}}}}'")
    }));
    for pod in &gone_pods {
        clear.push(format!(
            "kubectl -n {namespace} delete pvc data-{pod} --ignore-not-found --wait=false"
        ));
        clear.push(format!(
            "kubectl -n {namespace} delete pod {pod} --ignore-not-found --timeout=600s"
        ));
    }
    let mut start = vec![apply()];
    start.extend(taken_over.iter().map(|pod| format!("renew {pod}")));
    start.extend(rolled.clone());
    let mut stop = vec![apply()];
    stop.extend(gone_sets.iter().map(delete_set));
    stop.extend(
        gone_pods.iter().map(|pod| {
            format!("kubectl -n {namespace} wait --for=delete pod/{pod} --timeout=600s")
        }),
    );
    stop.extend(rolled.clone());
    let mut settle = vec![apply()];
    settle.extend(rolled);
    let all: Vec<&Node> = change.before.nodes.iter().collect();
    let view = functions_view(change, !taken_over.is_empty());
    Operations {
        check: Vec::new(),
        functions: lines(&render::render(
            render::template!("operations/kubernetes.sh"),
            &view,
        )),
        ready: lines(&render::render(
            render::template!("operations/kubernetes-ready.sh"),
            &view,
        )),
        applies_all_at_once: true,
        enlarge: enlarge(change, &settle),
        clear,
        start,
        roll: if rolls_by_itself {
            Roll::ByItself(settle.clone())
        } else {
            Roll::EachNode("restart_node \"$node\"".into())
        },
        stop,
        settle,
        delete_volumes: gone_pods
            .iter()
            .filter(|pod| !taken_over.contains(pod))
            .map(|pod| Deletion::verbatim(delete_claim(namespace, pod)))
            .collect(),
        logs: format!("kubectl -n {namespace} logs <pod>"),
    }
    .with_version_checks(change, &pods(change.before, &all))
}

/// Claims become larger one by one. A StatefulSet does not take another size for them, so it is created again around
/// its pods, which run on.
fn enlarge(change: &Change, settle: &[String]) -> Vec<String> {
    let Change { before, after, .. } = *change;
    if after.volumes.size <= before.volumes.size {
        return Vec::new();
    }
    let namespace = &after.kubernetes.namespace;
    let nodes: Vec<&Node> = after.nodes.iter().collect();
    let mut claims: Vec<String> = pods(before, &nodes);
    let mut sets = names_of_sets(before);
    if let Some((store, _, _)) = before.object_store.bundled() {
        claims.push(format!("{store}-0"));
        sets.push(store);
    }
    let size = units::memory(after.volumes.size);
    let patch =
        format!(r#"'{{"spec": {{"resources": {{"requests": {{"storage": "{size}"}}}}}}}}'"#);
    claims
        .iter()
        .map(|claim| format!("kubectl -n {namespace} patch pvc data-{claim} -p {patch}"))
        .chain(sets.iter().map(|set| {
            format!("kubectl -n {namespace} delete statefulset {set} --cascade=orphan --ignore-not-found")
        }))
        .chain(settle.iter().cloned())
        .collect()
}

fn names_of_sets(topology: &Topology) -> Vec<&str> {
    let sets = topology.kubernetes.sets.iter();
    sets.map(|set| set.name.as_str()).collect()
}

fn pods(topology: &Topology, nodes: &[&Node]) -> Vec<String> {
    let pods = nodes.iter();
    let pods = pods.filter_map(|node| topology.kubernetes.pod(node.id));
    pods.map(|(set, pod)| set.pod_name(&pod)).collect()
}

/// Deletes the claim, unless a node stands at its place by now: it would lose the claim at its next restart.
fn delete_claim(namespace: &str, pod: &str) -> String {
    format!(
        "kubectl -n {namespace} wait --for=delete pod/{pod} --timeout=1s && kubectl -n {namespace} delete pvc data-{pod} --ignore-not-found"
    )
}

/// What `kubernetes.sh` and `kubernetes-ready.sh` are made from.
#[derive(Serialize)]
struct FunctionsView<'a> {
    namespace: &'a str,
    waits_for_pods: bool,
    renews: bool,
    restarts: bool,
    changes_version: bool,
    enlarges: bool,
    pods: Vec<PodView<'a>>,
}

/// A node, its pod and the StatefulSet of that.
#[derive(Serialize)]
struct PodView<'a> {
    node: String,
    pod: String,
    set: &'a str,
}

fn functions_view<'a>(change: &'a Change, renews: bool) -> FunctionsView<'a> {
    let topology = change.after;
    let restarts = topology.kubernetes.sets.len() > 1;
    let pods = topology.nodes.iter().filter_map(|node| {
        let (set, pod) = topology.kubernetes.pod(node.id)?;
        Some(PodView {
            node: quoted(&node.name),
            pod: set.pod_name(&pod),
            set: &set.name,
        })
    });
    FunctionsView {
        namespace: &topology.kubernetes.namespace,
        waits_for_pods: renews || restarts,
        renews,
        restarts,
        changes_version: changes_version(change),
        enlarges: topology.volumes.size > change.before.volumes.size,
        pods: pods.collect(),
    }
}
