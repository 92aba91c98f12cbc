//! What holds of the manifests whatever the cluster is: selectors meet, places stay, secrets are nowhere, the operator's resource fits.

mod chart;
mod places;
mod pods;
mod policies;
mod rollout;
mod secrets;

use restate_gen::diagnostic::allow::Policy;
use restate_gen::model::Cluster;
use restate_gen::source::Document;
use restate_gen::topology::Topology;
use restate_gen::tree::RenderedTree;
use restate_gen::validation::validate;
use restate_gen::{rules, schema};
use serde_json::{Value, json};

use crate::golden::{cluster, examples, resolved};

fn topology(file: Value) -> Topology {
    let cluster: Cluster = serde_json::from_value(file).expect("a cluster");
    resolved(&cluster)
}

/// A cluster that says everything which is is reserved for Kubernetes.
fn everything() -> Value {
    json!({
        "name": "orders",
        "nodes": 3,
        "retired_ids": [2],
        "object_store": {"kind": "s3", "endpoint": "http://store.example:7070/x", "allow_http": true, "region": "any", "credentials": "ambient"},
        "snapshots": {"destination": "s3://orders/snapshots"},
        "volumes": {"class": "fast"},
        "kubernetes": {
            "namespace": "orders-prod",
            "service_account_annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/restate"},
            "pod_annotations": {"example.com/team": "it's: orders"},
            "image_pull_secrets": ["pull"],
            "priority_class": "high",
            "node_selector": {"node-pool": "restate"},
            "spread": "required",
            "tolerations": [{"key": "only", "value": "restate", "effect": "NoSchedule"}, {"key": "spot"}],
            "network": {
                "ingress_from": [{"namespace": "web", "pods": {"app": "gate"}}, {"cidr": "10.0.0.0/8"}],
                "admin_from": [{"namespace": "ops"}],
                "metrics_from": [{"pods": {"app": "prometheus"}}],
                "services_to": [{"pods": {"kind": "service"}}],
            },
            "monitoring": "service_monitor",
            "ingress": {"host": "restate.example.com", "class": "nginx", "tls_secret": "tls", "annotations": {"a": "b"}},
            "gateway": {"host": "restate.example.com", "name": "outer"},
            "replacements": [{"id": 4, "in_place_of": 2}],
        },
    })
}

fn rendered(target: &str, topology: &Topology) -> RenderedTree {
    let target = restate_gen::targets::TARGETS
        .iter()
        .find(|known| known.name == target)
        .expect("a target");
    (target.render)(topology, "restate-gen kubernetes")
}

/// All resources of the manifests.
fn objects(topology: &Topology) -> Vec<Value> {
    let tree = rendered("kubernetes", topology);
    let stream = restate_gen::targets::kubernetes::stream(&tree);
    stream
        .split("\n---\n")
        .flat_map(|text| text.split_inclusive("\n---\n"))
        .map(|text| serde_saphyr::from_str(text).expect("YAML"))
        .collect()
}

fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    objects
        .iter()
        .filter(|object| object["kind"] == kind)
        .collect()
}

/// The topologies of all examples, and one that says everything.
fn clusters() -> Vec<Topology> {
    let mut clusters: Vec<Topology> = examples()
        .iter()
        .map(|example| resolved(&cluster(example)))
        .collect();
    clusters.push(topology(everything()));
    clusters
}

#[test]
fn a_file_that_says_everything_is_sound() {
    let text = everything().to_string();
    let found = rules::run(&schema::read(&Document::parse(
        "restate-cluster.yaml",
        text,
    )));
    assert!(found.is_empty(), "{found:?}");
}

/// What a file resolves to.
fn topology_of(text: &str) -> Topology {
    let document = Document::parse("restate-cluster.yaml", text);
    validate(&document, &Policy::default())
        .topology()
        .expect("no error")
}
