//! A change of a running cluster in kubectl's commands.

use serde::Serialize;

use super::guide::NODES;
use super::nodes::NO_CONFIGURATION;
use super::{KEPT, LeftOut, render_without, units};
use crate::change::Change;
use crate::render::{self, joined};
use crate::targets::operations::{
    Commits, Deletion, Interim, Operations, Record, Roll, changes_version, lines, quoted,
};
use crate::topology::{Node, Topology};

/// The commands for the change. The manifests are applied as a whole: what a StatefulSet does with them then is its own.
///
/// A new node may get a place that was given up before, with its claim. It keeps to a folder of its own name there, so no claim
/// is deleted for it: a step that did could, when it is repeated, no longer tell the old claim from the new node's.
///
/// With `gitops` no command applies anything: what a controller applies, it would apply again, and what a command changes of it, it
/// would change back. So what a step takes away must first be gone from the files.
pub fn operations(change: &Change) -> Operations {
    let namespace = &change.after.kubernetes.namespace;
    let is_gitops = change.after.kubernetes.gitops;
    let apply = || (!is_gitops).then(|| super::apply(change.after));
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
        .map(|set| format!("rolled_out {set} {seconds}"))
        .collect();

    let mut clear: Vec<String> = gone_sets.iter().map(delete_set).collect();
    // Kubernetes makes the pod again whatever happens, and with the old name and id it would be back, in the metadata
    // quorum too.
    let spoilt = taken_over.iter().filter(|_| !is_gitops);
    clear.extend(spoilt.map(|pod| {
        format!("kubectl -n {namespace} patch configmap restate-nodes --type merge -p '{{\"data\": {{\"{pod}.toml\": \"{NO_CONFIGURATION}\"}}}}'")
    }));
    for pod in &gone_pods {
        clear.push(format!(
            "kubectl -n {namespace} delete pvc data-{pod} --ignore-not-found --wait=false"
        ));
        clear.push(format!(
            "kubectl -n {namespace} delete pod {pod} --ignore-not-found --timeout=600s"
        ));
    }
    let mut start: Vec<String> = apply().into_iter().collect();
    start.extend(taken_over.iter().map(|pod| format!("renew {pod}")));
    start.extend(rolled.clone());
    let mut stop: Vec<String> = apply().into_iter().collect();
    stop.extend(gone_sets.iter().map(delete_set));
    stop.extend(gone_pods.iter().map(|pod| format!("stopped {pod}")));
    stop.extend(rolled.clone());
    let mut settle: Vec<String> = apply().into_iter().collect();
    settle.extend(rolled);
    let all: Vec<&Node> = change.before.nodes.iter().collect();
    let view = functions_view(change, !taken_over.is_empty(), !gone_pods.is_empty());
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
        record: Record {
            functions: lines(&render::render(
                render::template!("operations/kubernetes-record.sh"),
                &view,
            )),
            place: format!("in the ConfigMap restate-plan of the namespace {namespace}"),
            erase: format!(
                "kubectl -n {namespace} delete configmap restate-plan restate-plan-lock --ignore-not-found"
            ),
        },
        applies_all_at_once: true,
        commits: is_gitops.then(|| Commits {
            arrived: "has_files",
            look: format!(
                "kubectl get -k {} -L restate.dev/files",
                change.after.kubernetes.applied_folder
            ),
            begins_there: change.before.kubernetes.gitops,
            interim: interim(change),
        }),
        // The new files come with a later step where a controller applies them.
        enlarge: enlarge(change, if is_gitops { &[] } else { &settle }),
        mark: mark(change, if is_gitops { &[] } else { &settle }),
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
        why: Some("why_pods_wait"),
        logs: format!("kubectl -n {namespace} logs <pod>"),
    }
    .with_version_checks(change, &pods(change.before, &all))
}

/// What the cluster has to have before the new files: without what a step takes away, because a controller would bring it
/// back.
fn interim(change: &Change) -> Option<Interim> {
    if let Some(lost) = change.lost {
        let lost = change.before.node(lost)?;
        return Some(Interim {
            folder: format!("files-without-{}", lost.name),
            before: Vec::new(),
            render: |change, command| {
                let left_out = change.lost.map_or(LeftOut::Nothing, |lost| LeftOut::Node {
                    lost,
                    sets: &change.after.kubernetes.sets,
                });
                render_without(change.before, command, left_out)
            },
        });
    }
    let (before, after) = (change.before, change.after);
    let is_same = before.volumes.size == after.volumes.size && before.kubernetes.gitops;
    (!is_same).then(|| Interim {
        folder: "files-without-statefulsets".into(),
        // Or a controller that deletes what is in no file would end all pods.
        before: all_sets(before)
            .iter()
            .map(|set| annotate(&after.kubernetes.namespace, "statefulset", set))
            .collect(),
        render: |change, command| {
            let mut topology = change.before.clone();
            topology.kubernetes.gitops = true;
            topology
                .kubernetes
                .secret
                .clone_from(&change.after.kubernetes.secret);
            render_without(&topology, command, LeftOut::StatefulSets)
        },
    })
}

/// Marks an object so that no GitOps controller deletes it.
fn annotate(namespace: &str, kind: &str, name: &str) -> String {
    let kept = KEPT.iter().map(|(name, value)| format!("{name}={value}"));
    let kept = joined(kept, " ");
    format!("kubectl -n {namespace} annotate {kind} {name} {kept} --overwrite")
}

/// The StatefulSets of the nodes, and that of a bundled store.
fn all_sets(topology: &Topology) -> Vec<&str> {
    let mut sets = names_of_sets(topology);
    sets.extend(topology.object_store.bundled().map(|(store, ..)| store));
    sets
}

/// Claims become larger one by one. A StatefulSet does not take another size for them, so it is created again around
/// its pods, which run on.
fn enlarge(change: &Change, settle: &[String]) -> Vec<String> {
    let Change { before, after, .. } = *change;
    if after.volumes.size <= before.volumes.size {
        return Vec::new();
    }
    let namespace = &after.kubernetes.namespace;
    let size = units::memory(after.volumes.size);
    let patch =
        format!(r#"'{{"spec": {{"resources": {{"requests": {{"storage": "{size}"}}}}}}}}'"#);
    let claims = claims(change).into_iter();
    claims
        .map(|claim| format!("kubectl -n {namespace} patch pvc {claim} -p {patch}"))
        .chain(orphan(before, namespace))
        .chain(settle.iter().cloned())
        .collect()
}

/// Claims are marked for GitOps controllers, and their StatefulSets are created again around their pods with the marks, or
/// without them.
fn mark(change: &Change, settle: &[String]) -> Vec<String> {
    let Change { before, after, .. } = *change;
    let namespace = &after.kubernetes.namespace;
    if after.kubernetes.gitops == before.kubernetes.gitops {
        return Vec::new();
    }
    let claims = claims(change)
        .into_iter()
        .filter(|_| after.kubernetes.gitops);
    claims
        .map(|claim| annotate(namespace, "pvc", &claim))
        .chain(orphan(before, namespace))
        .chain(settle.iter().cloned())
        .collect()
}

/// The claims of the nodes that stay, and that of a bundled store.
fn claims(change: &Change) -> Vec<String> {
    let nodes: Vec<&Node> = change.after.nodes.iter().collect();
    let store = change.before.object_store.bundled();
    let pods = pods(change.before, &nodes).into_iter();
    let pods = pods.chain(store.map(|(store, ..)| format!("{store}-0")));
    pods.map(|pod| format!("data-{pod}")).collect()
}

/// Deletes all StatefulSets and keeps their pods.
fn orphan(topology: &Topology, namespace: &str) -> Vec<String> {
    let sets = all_sets(topology).into_iter();
    sets.map(|set| {
        format!(
            "kubectl -n {namespace} delete statefulset {set} --cascade=orphan --ignore-not-found"
        )
    })
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
    applied_folder: &'a str,
    selector: &'static str,
    is_gitops: bool,
    rolls_by_itself: bool,
    stops_pods: bool,
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

fn functions_view<'a>(change: &'a Change, renews: bool, stops_pods: bool) -> FunctionsView<'a> {
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
        applied_folder: &topology.kubernetes.applied_folder,
        selector: NODES,
        is_gitops: topology.kubernetes.gitops,
        rolls_by_itself: !restarts,
        stops_pods,
        waits_for_pods: renews || restarts,
        renews,
        restarts,
        changes_version: changes_version(change),
        enlarges: topology.volumes.size > change.before.volumes.size,
        pods: pods.collect(),
    }
}
