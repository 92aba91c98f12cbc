//! That every node which stays is who it was, and stands where it stood.

use std::collections::{BTreeMap, BTreeSet};

use super::{BY_A_COPY, sets, slots};
use crate::diagnostic::quoted;
use crate::model::Cluster;
use crate::refusal::Refusal;
use crate::topology::NodeId;

/// Refuses a change after which a node would be another one. `gone` are the ids of the nodes that may be missing.
pub(super) fn check(
    before: &Cluster,
    after: &Cluster,
    gone: &[u32],
    on_kubernetes: bool,
) -> Result<(), Refusal> {
    let (slots_before, slots_after) = (slots(before), slots(after));
    let mut by_id = BTreeMap::new();
    let mut names = BTreeSet::new();
    for slot in &slots_after {
        let twice = match (
            by_id.insert(slot.id, slot),
            names.insert(slot.name.as_str()),
        ) {
            (Some(_), _) => format!("id {} would be used twice", slot.id),
            (None, false) => format!("two nodes would be named {}", quoted(&slot.name)),
            (None, true) => continue,
        };
        return Err(Refusal::new(twice, BY_A_COPY));
    }
    let known: BTreeSet<NodeId> = slots_before.iter().map(|slot| slot.id).collect();
    for slot in slots_before
        .iter()
        .filter(|slot| !gone.contains(&slot.id.0))
    {
        if by_id.get(&slot.id).is_none_or(|same| *same != slot) {
            return Err(Refusal::new(
                format!(
                    "node {} would change its id, because ids follow from positions in the list",
                    slot.id
                ),
                "write its `id` into each entry of `nodes`, and its `first_id` into each group",
            ));
        }
    }
    let is_retired = |id: u32| after.retired_ids.contains(&id);
    if let Some(slot) = slots_after.iter().find(|slot| is_retired(slot.id.0)) {
        let message = format!("id {} would be used again", slot.id);
        return Err(Refusal::new(message, BY_A_COPY));
    }
    match on_kubernetes {
        true => check_pods(before, after, &known),
        false => Ok(()),
    }
}

/// Refuses a change after which a node would move to another pod, or a StatefulSet would have to leave a number out.
fn check_pods(before: &Cluster, after: &Cluster, known: &BTreeSet<NodeId>) -> Result<(), Refusal> {
    let (sets_before, sets_after) = (sets(before), sets(after));
    let mut pods = BTreeMap::new();
    let mut gaps = BTreeSet::new();
    for set in &sets_before {
        pods.extend(set.pods.iter().map(|pod| (pod.node, set.pod_name(pod))));
        gaps.extend(set.gaps().map(|gap| (set.name.as_str(), gap)));
    }
    for set in &sets_after {
        let moved = set.pods.iter().find(|pod| {
            known.contains(&pod.node) && pods.get(&pod.node) != Some(&set.pod_name(pod))
        });
        let gap = set
            .gaps()
            .find(|gap| !gaps.contains(&(set.name.as_str(), *gap)));
        let message = match (moved, gap) {
            (Some(pod), _) => format!(
                "node {} would move to another pod, {}",
                pod.node,
                set.pod_name(pod)
            ),
            (None, Some(gap)) => format!(
                "no node would have pod number {gap} of the StatefulSet `{}`",
                set.name
            ),
            (None, None) => continue,
        };
        let help = "write into `kubernetes.replacements` which node replaces which, and run `restate-gen scale --to COPY`";
        return Err(Refusal::new(message, help));
    }
    Ok(())
}
