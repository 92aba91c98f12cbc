//! Which steps, and in which order: what must be there before it is needed, and nothing goes before it is needed no more.

use super::state::Planner;
use super::{Action, Plan};
use crate::change::Change;
use crate::model::kubernetes::Flavor;
use crate::model::{ReplicationProperty, Role};
use crate::server::keys;
use crate::topology::compose::Compose;
use crate::topology::kubernetes::Kubernetes;
use crate::topology::nomad::Nomad;
use crate::topology::{NodeId, Topology};

/// The steps of a change that the rules have no error against.
///
/// Quorums grow before they are needed and shrink after: nodes start and take on roles before the replication rises, the
/// replication falls before nodes go or give up roles, and a node goes only when no copy counts on it.
pub fn of(change: &Change) -> Plan {
    let mut planner = Planner::new(change);
    let Change {
        before,
        after,
        lost,
        files: _,
    } = *change;
    let added: Vec<NodeId> = change.added().iter().map(|node| node.id).collect();
    let removed = change.leaving();
    let (gaining, others) = rolled(change);
    let is_rolled = !gaining.is_empty() || !others.is_empty();
    let has_snapshots = before.snapshots.is_some();

    planner.step(Action::Check);
    if after.volumes.size > before.volumes.size {
        planner.step(Action::Enlarge);
    }
    if after.kubernetes.gitops != before.kubernetes.gitops {
        planner.step(Action::Mark);
    }
    if let Some(lost) = lost {
        planner.step(Action::Clear { node: lost });
        if planner.is_member(lost) {
            planner.step(Action::LeaveQuorum { node: lost });
        }
    }
    // A node that joins starts from a snapshot, and one that restarts has less of the log to read. Where the lost node left
    // too few log servers, or no worker, nothing is written until a new one is there, and no snapshot is taken either; and
    // where snapshots go elsewhere from now on, nothing is trimmed before there are some.
    let is_of_use = (!added.is_empty() || is_rolled) && !change.stores_elsewhere();
    if has_snapshots && is_of_use && planner.has_leaders() {
        planner.step(Action::Snapshot);
    }
    if !added.is_empty() {
        planner.step(Action::Start { nodes: added });
    }
    if let Some(lost) = before.nodes.iter().find(|node| Some(node.id) == lost) {
        let nodes = vec![lost.id];
        if lost.has(Role::LogServer) {
            // What had a copy on it has one less until it is trimmed.
            let nodes = nodes.clone();
            planner.step(Action::Drain {
                nodes: nodes.clone(),
            });
            planner.step(Action::Empty { nodes });
        }
        planner.step(Action::Forget { nodes });
    }
    planner.roll(gaining);
    if !change.keeps_replication() {
        planner.step(Action::SetReplication {
            log: after.log_replication.clone(),
            partition: after.partition_replication.clone(),
        });
        // What was written before is on fewer nodes until it is trimmed.
        if has_snapshots && becomes_more(before, after) {
            planner.step(Action::Snapshot);
        }
    }
    planner.remove(&removed);
    planner.roll(others);
    if after.snapshots.is_some() && change.stores_elsewhere() {
        planner.step(Action::Snapshot);
    }
    planner.step(Action::Settle);
    planner.finished()
}

/// The nodes that stay and have another configuration: their own, or one that all have. First those that others may wait
/// for, because they take on a role or a location, then the others.
fn rolled(change: &Change) -> (Vec<NodeId>, Vec<NodeId>) {
    let everywhere = !is_same_for_all(change.before, change.after);
    let (mut gaining, mut others) = (Vec::new(), Vec::new());
    for (old, node) in change.kept() {
        let takes_on_role = node.roles.iter().any(|role| !old.has(*role));
        if takes_on_role || old.location != node.location {
            gaining.push(node.id);
        } else if everywhere
            || !old.is_like(node)
            || old.host_ports != node.host_ports
            || old.static_ports != node.static_ports
        {
            others.push(node.id);
        }
    }
    (gaining, others)
}

/// Whether nothing in every node's configuration differs.
fn is_same_for_all(before: &Topology, after: &Topology) -> bool {
    let peers = |topology: &Topology| -> Vec<String> {
        let members = topology.nodes_with(Role::MetadataServer);
        members.map(|node| node.name.clone()).collect()
    };
    // Destructured, so that what is new in a topology has to be decided on here.
    let Topology {
        cluster_name,
        release,
        image,
        nodes: _,
        partitions,
        log_replication,
        partition_replication: _,
        snapshots,
        object_store,
        volumes: _,
        private_bind,
        ingress_bind,
        published,
        limits_cpus: _,
        files,
        tls,
        server_keys,
        compose,
        kubernetes,
        nomad,
    } = before;
    // With Restate's operator, the replication of a new cluster can only come from the nodes' own files.
    let is_in_files = kubernetes.flavor == Flavor::Operator;
    *cluster_name == after.cluster_name
        && *release == after.release
        && *image == after.image
        && *partitions == after.partitions
        && *snapshots == after.snapshots
        && object_store.is_same_as(&after.object_store)
        && *private_bind == after.private_bind
        && *ingress_bind == after.ingress_bind
        && *published == after.published
        && *files == after.files
        && *tls == after.tls
        && keys::settings(server_keys) == keys::settings(&after.server_keys)
        && (!is_in_files || *log_replication == after.log_replication)
        && peers(before) == peers(after)
        && is_same_in_services(compose, &after.compose)
        && is_same_in_pods(kubernetes, &after.kubernetes)
        && is_same_in_groups(nomad, &after.nomad)
}

/// Whether nothing differs that stands in every node's service.
fn is_same_in_services(before: &Compose, after: &Compose) -> bool {
    // Destructured, as above.
    let Compose {
        project: _,
        prefix: _,
        node,
        store: _,
        networks,
        volumes,
        secrets,
        configs,
    } = before;
    *node == after.node
        && *networks == after.networks
        && *volumes == after.volumes
        && *secrets == after.secrets
        && *configs == after.configs
}

/// Whether nothing differs that stands in the template of the pods.
fn is_same_in_pods(before: &Kubernetes, after: &Kubernetes) -> bool {
    // Destructured, as above.
    let Kubernetes {
        flavor: _,
        namespace: _,
        creates_namespace: _,
        applied_folder: _,
        sets: _,
        secret: _,
        gitops: _,
        istio: _,
        service_account_annotations: _,
        pod_labels,
        pod_annotations,
        image_pull_secrets,
        priority_class,
        node_selector,
        tolerations,
        spread,
        zones,
        pod,
        container,
        user,
        ip_family,
        ingress_service: _,
        admin_service: _,
        network: _,
        monitoring,
        ingress: _,
        gateway: _,
    } = before;
    before.secret() == after.secret()
        && *pod_labels == after.pod_labels
        && *pod_annotations == after.pod_annotations
        && *image_pull_secrets == after.image_pull_secrets
        && *priority_class == after.priority_class
        && *node_selector == after.node_selector
        && *tolerations == after.tolerations
        && *spread == after.spread
        && *zones == after.zones
        && *pod == after.pod
        && *container == after.container
        && *user == after.user
        && *ip_family == after.ip_family
        && *monitoring == after.monitoring
}

/// Whether nothing differs that stands in every group of the nodes' job.
fn is_same_in_groups(before: &Nomad, after: &Nomad) -> bool {
    // The host of a node is a matter of that node; job and namespace are fixed for good; a priority is of the whole job.
    let plain = |nomad: &Nomad| Nomad {
        hosts: Vec::new(),
        clients: None,
        job: String::new(),
        namespace: String::new(),
        priority: None,
        ..nomad.clone()
    };
    plain(before) == plain(after)
}

/// Whether the change adds copies of a record, or puts copies in more places.
fn becomes_more(before: &Topology, after: &Topology) -> bool {
    let (before, after) = (&before.log_replication, &after.log_replication);
    let is_placed_anew = before != after && matches!(after, ReplicationProperty::Scoped(_));
    after.copies() > before.copies() || is_placed_anew
}
