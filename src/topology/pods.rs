//! What becomes of the keys of a pod and of a container that the file has for the nodes' pods.

use super::compose::Handling;
use crate::facts::PodPart;
use crate::topology::Topology;

/// The names of our containers.
pub const CONTAINERS: [&str; 2] = ["restate", "look"];

/// Keys of a pod that are about where it runs, and how names are resolved there: every pod has them.
const OF_EVERY_POD: [&str; 5] = [
    "dnsConfig",
    "dnsPolicy",
    "hostAliases",
    "runtimeClassName",
    "schedulerName",
];

/// Whether the steps and the store have that key too.
pub fn is_of_every_pod(key: &str) -> bool {
    OF_EVERY_POD.contains(&key)
}

/// What becomes of each key: the one table of it. A key that is not in it is passed.
pub fn handling(part: PodPart, key: &str) -> Handling {
    use Handling::{Added, Refused, Replacing};
    match (part, key) {
        (
            PodPart::Pod,
            "containers" | "initContainers" | "topologySpreadConstraints" | "volumes",
        )
        | (PodPart::Container, "env" | "ports" | "volumeMounts") => Added,
        (PodPart::Pod, "automountServiceAccountToken")
        | (PodPart::Container, "imagePullPolicy") => Replacing,
        (PodPart::Pod, "imagePullSecrets") => Refused("`kubernetes.image_pull_secrets` decides it"),
        (PodPart::Pod, "nodeSelector") => Refused("`kubernetes.node_selector` decides it"),
        (PodPart::Pod, "tolerations") => Refused("`kubernetes.tolerations` decides it"),
        (PodPart::Pod, "priorityClassName" | "priority") => {
            Refused("`kubernetes.priority_class` decides it")
        }
        (PodPart::Pod, "securityContext") => Refused("`kubernetes.security` decides it"),
        (PodPart::Container, "securityContext") => {
            Refused("the pod has to meet the strictest Pod Security Standard")
        }
        (_, "resources") => {
            Refused("`resources` decides it, and the server's memory pools are derived from that")
        }
        (PodPart::Pod, "serviceAccount" | "serviceAccountName") => {
            Refused("the pods have a ServiceAccount; see `kubernetes.service_account_annotations`")
        }
        (PodPart::Pod, "enableServiceLinks") => {
            Refused("Kubernetes would set RESTATE_* variables, which the server reads as settings")
        }
        (PodPart::Pod, "terminationGracePeriodSeconds") => Refused(
            "it follows from `settings: {shutdown-timeout: ...}`, because a server that is killed too early repeats its work",
        ),
        (PodPart::Pod, "hostname" | "hostnameOverride" | "setHostnameAsFQDN" | "subdomain") => {
            Refused("the nodes reach each other by the names of their pods")
        }
        (PodPart::Pod, "hostNetwork" | "hostPID" | "hostIPC") => {
            Refused("the pod has to meet the strictest Pod Security Standard")
        }
        (PodPart::Pod, "nodeName") => Refused("several pods cannot be bound to one machine"),
        (PodPart::Pod, "activeDeadlineSeconds") => Refused("it would stop the nodes"),
        (PodPart::Pod, "ephemeralContainers" | "restartPolicy") => {
            Refused("a StatefulSet does not take it")
        }
        (PodPart::Container, "image") => Refused("`image` and `version` decide which image runs"),
        (PodPart::Container, "args" | "command" | "name") => {
            Refused("what runs follows from the rest of the file; see `settings`")
        }
        (PodPart::Container, "livenessProbe" | "readinessProbe" | "startupProbe") => {
            Refused("the provisioning step and the scripts rely on the generated one")
        }
        (PodPart::Container, "lifecycle") => {
            Refused("the node serves on while its Service stops sending to it")
        }
        (PodPart::Container, "restartPolicy" | "restartPolicyRules") => {
            Refused("a node is started again whatever happens")
        }
        _ => Handling::Passed,
    }
}

/// The volumes that our pods have.
pub fn volumes(topology: &Topology) -> Vec<String> {
    let own = ["config", "data", "tmp"].map(str::to_owned);
    let tls = topology.tls.iter().map(|_| "tls".to_owned());
    let files = (1..=topology.files.len()).map(|number| format!("file-{number}"));
    own.into_iter().chain(tls).chain(files).collect()
}
