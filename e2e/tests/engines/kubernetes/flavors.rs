//! What is generated for Restate's operator and Helm chart, without running either: the resource
//! before the API server with the operator's definition, then the pods that each would make of it, which provision a
//! whole cluster.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use restate_gen_e2e::cluster::wait_for;
use restate_gen_e2e::command::finished;
use restate_gen_e2e::engine::missing;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::guide::scripts;
use restate_gen_e2e::kubernetes::{Cluster, NAMESPACE_PREFIX, kubectl};
use serde_json::{Value, json};

use super::{Shape, report};

/// What the guide's procedure may take: the pod is created three times.
const PROCEDURE: Duration = Duration::from_secs(600);

fn generated(shape: Shape, flavor: &str) -> Result<Cluster> {
    let namespace = format!("{NAMESPACE_PREFIX}{flavor}");
    let folder = cluster_folder(&shape.file(flavor))?;
    restate_gen(
        folder.path(),
        &["kubernetes", "--flavor", flavor, "--namespace", &namespace],
    )?;
    Cluster::open(folder, &namespace)
}

/// The resource is accepted as it stands, and the pods of it are a whole cluster.
pub fn the_operators_resource_makes_a_cluster(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "A resource for the operator, and the pods that it would make: {}",
        shape.words()
    ));
    let _definition = Definition::known()?;
    let cluster = generated(shape, "operator")?;
    cluster.apply()?.success()?;
    report.figure("`kubectl apply -k`, the resource with it", "accepted");
    let run = kubectl(["get", "restatecluster", &cluster.namespace, "-o", "json"])?.success()?;
    let resource: Value = serde_json::from_str(&run.stdout)?;
    pods_of_the_operator(&cluster, &resource["spec"], shape.count)?;

    // The operator asks the first pod, with no arguments: what the node's own configuration says holds.
    let pod = "restate-0";
    cluster
        .kubectl([
            "wait",
            "--for=jsonpath={.status.phase}=Running",
            "pod/restate-0",
            "--timeout=120s",
        ])?
        .success()?;
    wait_for("the cluster is founded", Duration::from_secs(90), || {
        let asked = [
            "restatectl",
            "-s",
            "http://127.0.0.1:5122",
            "provision",
            "--yes",
        ];
        cluster.exec(pod, &asked)?.success()?;
        cluster.identity(pod)
    })?;
    cluster.settle(shape.count)?;
    cluster.identity_of_all()?;
    let configured = cluster.restatectl(&["config", "get"])?;
    ensure!(
        configured.contains("{node: 2}"),
        "founded with\n{configured}"
    );
    report.figure(
        "pods of it, founded as the operator does",
        "every replica active",
    );
    kubectl(["delete", "restatecluster", &cluster.namespace])?.success()?;
    report.write()
}

/// The operator's definition of its resource, known to the API server. Dropping it takes it away where it was not known before.
pub struct Definition {
    is_ours: bool,
}

impl Definition {
    /// Makes it known.
    pub fn known() -> Result<Self> {
        let is_ours = !kubectl(["get", "restateclusters"])?.succeeded();
        let definition = Self { is_ours };
        if is_ours {
            kubectl(["apply", "--server-side", "-f", &Self::file()])?.success()?;
            wait_for("the resource is known", Duration::from_secs(30), || {
                kubectl(["get", "restateclusters"])?.success()
            })?;
        }
        Ok(definition)
    }

    fn file() -> String {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/restateclusters.crd.yaml");
        file.display().to_string()
    }
}

impl Drop for Definition {
    fn drop(&mut self) {
        if !self.is_ours {
            return;
        }
        // With it go the resources of its kind.
        match kubectl(["delete", "-f", &Self::file()]) {
            Ok(run) if run.succeeded() => {}
            other => eprintln!("the operator's definition is not cleaned up: {other:?}"),
        }
    }
}

/// The StatefulSet and headless Service that the operator makes. Source: restatedev/restate-operator 2.9.0,
/// src/controllers/restatecluster/reconcilers/compute.rs.
fn pods_of_the_operator(cluster: &Cluster, spec: &Value, count: usize) -> Result<()> {
    let labels = json!({"app.kubernetes.io/name": "restate", "app.kubernetes.io/instance": cluster.namespace, "app.kubernetes.io/component": "node"});
    let compute = &spec["compute"];
    let mut env = vec![
        json!({"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}),
        json!({"name": "RESTATE_CLUSTER_NAME", "value": spec["clusterName"]}),
        json!({"name": "RESTATE_BASE_DIR", "value": "/restate-data"}),
        json!({"name": "RESTATE_CONFIG", "value": "/config/config.toml"}),
        json!({"name": "RESTATE_ADVERTISED_ADDRESS", "value": "http://$(POD_NAME).restate-cluster:5122"}),
        json!({"name": "RESTATE_NODE_NAME", "value": "$(POD_NAME)"}),
    ];
    env.extend(compute["env"].as_array().cloned().unwrap_or_default());
    let objects = json!({"apiVersion": "v1", "kind": "List", "items": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "restate-config", "namespace": cluster.namespace}, "data": {"config.toml": spec["config"]}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "restate-cluster", "namespace": cluster.namespace},
         "spec": {"clusterIP": "None", "publishNotReadyAddresses": true, "selector": labels, "ports": [{"name": "node", "port": 5122}]}},
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "restate", "namespace": cluster.namespace}, "spec": {
            "serviceName": "restate-cluster", "replicas": compute["replicas"], "podManagementPolicy": "Parallel",
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {
                "automountServiceAccountToken": false,
                "securityContext": {"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [{
                    "name": "restate", "image": compute["image"], "env": env, "resources": compute["resources"],
                    "readinessProbe": {"httpGet": {"port": 9070, "path": "/health"}},
                    "securityContext": {"readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false},
                    "volumeMounts": [{"name": "storage", "mountPath": "/restate-data"}, {"name": "config", "mountPath": "/config"}, {"name": "tmp", "mountPath": "/tmp"}],
                }],
                "volumes": [{"name": "config", "configMap": {"name": "restate-config"}}, {"name": "tmp", "emptyDir": {}}],
            }},
            "volumeClaimTemplates": [{"metadata": {"name": "storage"}, "spec": {
                "accessModes": ["ReadWriteOnce"], "storageClassName": spec["storage"]["storageClassName"],
                "resources": {"requests": {"storage": spec["storage"]["storageRequestBytes"].to_string()}},
            }}],
        }},
    ]});
    ensure!(
        compute["replicas"] == count,
        "{} replicas",
        compute["replicas"]
    );
    let file = cluster.folder().join("pods.json");
    fs::write(&file, objects.to_string())?;
    kubectl(["apply", "-f", &file.display().to_string()])?.success()?;
    Ok(())
}

/// Restate's own Helm chart, which is not part of this project: `RESTATE_CHART` names its folder, and `helm` is on the `PATH`.
pub struct Chart {
    folder: String,
}

impl Chart {
    /// The chart. `None`, with a line on stderr, when there is none and `CI` is not set.
    pub fn at_hand() -> Result<Option<Self>> {
        match std::env::var("RESTATE_CHART") {
            Ok(folder) => Ok(Some(Self { folder })),
            Err(error) => {
                let reason = anyhow!("RESTATE_CHART names no folder: {error}");
                missing("Helm chart of Restate", &reason)?;
                Ok(None)
            }
        }
    }

    /// What the chart makes of `values.yaml` in `folder`.
    pub fn rendered(&self, folder: &Path, namespace: &str) -> Result<String> {
        let values = folder.join("values.yaml").display().to_string();
        let arguments = [
            "template",
            "restate",
            &self.folder,
            "--namespace",
            namespace,
            "-f",
            &values,
        ];
        let run = finished(
            Command::new("helm").args(arguments),
            Duration::from_secs(60),
        )?
        .success()?;
        Ok(run.stdout)
    }

    /// Which version it is, and of which program it is rendered.
    pub fn version(&self) -> Result<String> {
        let about = fs::read_to_string(Path::new(&self.folder).join("Chart.yaml"))
            .context("the chart's own file")?;
        let version = about
            .lines()
            .find_map(|line| line.strip_prefix("version:"))
            .context("the chart has no version")?;
        let helm = finished(
            Command::new("helm").args(["version", "--short"]),
            Duration::from_secs(60),
        )?
        .success()?;
        Ok(format!(
            "chart {}, helm {}",
            version.trim().trim_matches('"'),
            helm.stdout.trim()
        ))
    }
}

/// The chart's own templates with our values are a whole cluster.
pub fn the_charts_values_make_a_cluster(shape: Shape) -> Result<()> {
    let Some(chart) = Chart::at_hand()? else {
        return Ok(());
    };
    let mut report = report(&format!("Values for the Helm chart: {}", shape.words()));
    let cluster = generated(shape, "helm")?;
    let rendered = chart.rendered(cluster.folder(), &cluster.namespace)?;
    report.figure("rendered by `helm template`", chart.version()?);
    let file = cluster.folder().join("rendered.yaml");
    fs::write(&file, rendered)?;
    cluster.apply()?.success()?;
    cluster
        .kubectl([
            "apply",
            "--validate=strict",
            "-f",
            &file.display().to_string(),
        ])?
        .success()?;
    let provision = [
        "wait",
        "--for=condition=complete",
        "job",
        "-l",
        "app.kubernetes.io/component=provision",
        "--timeout=240s",
    ];
    let waited = cluster.kubectl(provision)?;
    if !waited.succeeded() {
        bail!("{waited}{}", cluster.kubectl(["get", "pods,events"])?);
    }
    cluster
        .kubectl([
            "rollout",
            "status",
            "statefulset",
            "restate",
            "--timeout=240s",
        ])?
        .success()?;
    let pods = cluster.objects("pods", "app=restate")?;
    ensure!(pods.len() == shape.count, "{} pods", pods.len());
    let said = cluster
        .exec("restate-0", &["restatectl", "partitions", "list"])?
        .success()?
        .stdout;
    let leaders = said
        .lines()
        .filter(|line| line.contains(" Leader ") && line.contains(" Active "))
        .count();
    ensure!(leaders == 24, "{leaders} of 24 partitions are led:\n{said}");
    let nodes = cluster
        .exec("restate-0", &["restatectl", "nodes", "list"])?
        .success()?
        .stdout;
    let registered = nodes
        .lines()
        .filter(|line| line.contains("restate-cluster:5122"))
        .count();
    ensure!(registered == shape.count, "{registered} nodes:\n{nodes}");
    let label = kubectl([
        "get",
        "namespace",
        &cluster.namespace,
        "-o",
        "jsonpath={.metadata.labels}",
    ])?
    .success()?;
    ensure!(
        label.stdout.contains("restricted"),
        "the namespace enforces nothing: {}",
        label.stdout
    );
    report.figure(
        "pods of it in a namespace that enforces `restricted`",
        "every partition led",
    );
    a_lost_disk_is_replaced_by_the_guide(&cluster, shape.count)?;
    report.figure(
        "a pod's claim deleted, and the guide's procedure run",
        "every node is in the metadata quorum",
    );
    report.write().context("report")
}

/// The last pod loses its claim, and the guide's procedure ends with every node in the metadata quorum.
fn a_lost_disk_is_replaced_by_the_guide(cluster: &Cluster, count: usize) -> Result<()> {
    let guide = fs::read_to_string(cluster.folder().join("OPERATIONS.md"))?;
    let functions = scripts(&guide, "restatectl");
    let steps = scripts(&guide, "A node lost its disk");
    ensure!(
        functions.len() == 1 && steps.len() == 3,
        "the guide has {} scripts for a lost disk",
        steps.len()
    );
    let script: String = functions.into_iter().chain(steps).collect();
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(cluster.folder());
    finished(&mut shell, PROCEDURE)?.success()?;
    let said = cluster
        .exec("restate-0", &["restatectl", "metadata-server", "list"])?
        .success()?
        .stdout;
    let members = said.lines().filter(|line| line.contains(" Member "));
    ensure!(members.count() == count, "not all are members:\n{said}");
    Ok(())
}
