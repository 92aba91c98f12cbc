//! A change of a running cluster in kubectl's commands.

use crate::scale::Change;
use crate::targets::operations::{Operations, Roll, quoted};
use crate::topology::{Node, Topology};

/// The commands for the change. The manifests are applied as a whole: what a StatefulSet does with them then is its own.
pub fn operations(change: &Change) -> Operations {
    let namespace = &change.after.kubernetes.namespace;
    let apply = || "kubectl apply -k .".to_owned();
    let sets: Vec<&str> = names_of_sets(change.after);
    let gone_sets: Vec<&str> = names_of_sets(change.before)
        .into_iter()
        .filter(|set| !sets.contains(set))
        .collect();
    let gone_pods: Vec<String> = change
        .removed()
        .into_iter()
        .filter_map(|node| pod(change.before, node))
        .collect();
    let taken_over: Vec<String> = change
        .added()
        .into_iter()
        .filter_map(|node| pod(change.after, node))
        .filter(|pod| gone_pods.contains(pod))
        .collect();
    let rolls_by_itself = sets.len() == 1;
    let rolled = |set: &&str| {
        format!("kubectl -n {namespace} rollout status statefulset/{set} --timeout=1800s")
    };
    let delete_claim =
        |pod: &String| format!("kubectl -n {namespace} delete pvc data-{pod} --ignore-not-found");
    let delete_set =
        |set: &&str| format!("kubectl -n {namespace} delete statefulset {set} --ignore-not-found");

    let mut start = vec![apply()];
    start.extend(taken_over.iter().map(|pod| format!("renew {pod}")));
    let mut stop = vec![apply()];
    stop.extend(gone_sets.iter().map(delete_set));
    stop.extend(
        gone_pods.iter().map(|pod| {
            format!("kubectl -n {namespace} wait --for=delete pod/{pod} --timeout=300s")
        }),
    );
    let mut clear: Vec<String> = gone_sets.iter().map(delete_set).collect();
    clear.extend(gone_pods.iter().map(|pod| {
        format!("kubectl -n {namespace} delete pvc data-{pod} --ignore-not-found --wait=false")
    }));
    clear.extend(
        gone_pods
            .iter()
            .map(|pod| format!("kubectl -n {namespace} delete pod {pod} --ignore-not-found")),
    );
    let mut settle = vec![apply()];
    settle.extend(sets.iter().filter(|_| rolls_by_itself).map(rolled));
    Operations {
        functions: functions(change.after),
        check: Vec::new(),
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
            .map(delete_claim)
            .collect(),
        logs: format!("kubectl -n {namespace} logs"),
    }
}

fn names_of_sets(topology: &Topology) -> Vec<&str> {
    let sets = topology.kubernetes.sets.iter();
    sets.map(|set| set.name.as_str()).collect()
}

fn pod(topology: &Topology, node: &Node) -> Option<String> {
    let (set, _) = topology.kubernetes.place(node.id)?;
    let place = set.places.iter().find(|place| place.node == node.id)?;
    Some(set.pod(place))
}

fn functions(topology: &Topology) -> Vec<String> {
    let namespace = &topology.kubernetes.namespace;
    let pods = topology.nodes.iter().filter_map(|node| {
        let (set, _) = topology.kubernetes.place(node.id)?;
        let pod = pod(topology, node)?;
        let name = quoted(&node.name);
        Some(format!("    {name}) restart_pod {pod} {} ;;", set.name))
    });
    let text = FUNCTIONS
        .replace("<namespace>", namespace)
        .replace("<pods>", &pods.collect::<Vec<_>>().join("\n"));
    text.lines().map(str::to_owned).collect()
}

/// `restatectl` runs in a pod that is ready. A pod is restarted only when its StatefulSet has another revision for it.
const FUNCTIONS: &str = r#"restatectl() {
  kubectl -n <namespace> exec "$(kubectl -n <namespace> get pods -l app.kubernetes.io/component=node -o 'jsonpath={range .items[?(@.status.containerStatuses[0].ready==true)]}{.metadata.name}{"\n"}{end}' | head -n 1)" -c restate -- restatectl "$@"
}
ready() {
  until kubectl -n <namespace> wait --for=condition=Ready "pod/$1" --timeout=600s; do sleep 1; done
}
renew() {
  kubectl -n <namespace> delete pod "$1" --ignore-not-found && ready "$1"
}
restart_pod() {
  kubectl apply -k . || return 1
  runs=$(kubectl -n <namespace> get pod "$1" -o 'jsonpath={.metadata.labels.controller-revision-hash}')
  shall=$(kubectl -n <namespace> get statefulset "$2" -o 'jsonpath={.status.updateRevision}')
  [ "$runs" = "$shall" ] || kubectl -n <namespace> delete pod "$1" || return 1
  ready "$1"
}
restart_node() {
  case $1 in
<pods>
  esac
}"#;
