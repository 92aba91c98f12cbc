//! Generated manifests on a Kubernetes cluster, driven by `kubectl` as a user drives it.
//!
//! The test process must reach Services by their cluster address, as it does on the cluster's own machine. Volumes are folders of
//! this machine, under a storage class of the tests' own; `E2E_STORAGE_CLASS` names another one, for a cluster that has a provisioner.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::cluster::{ADMIN, INGRESS, Identity, Table, every_replica_is_active, wait_for};
use crate::command::{Finished, finished};
use crate::engine::missing;

/// Every namespace of these tests is named so, and what is named so is swept away before the next test.
pub const NAMESPACE_PREFIX: &str = "restate-gen-e2e-";
/// The storage class of the tests' own volumes.
const STORAGE_CLASS: &str = "restate-gen-e2e";
/// Label of their own volumes.
const VOLUME_LABEL: &str = "restate-gen-e2e=volume";
const COMMAND_LIMIT: Duration = Duration::from_secs(700);

/// The Kubernetes cluster, held by one test at a time.
pub struct Engine {
    _in_this_process: MutexGuard<'static, ()>,
    _on_this_machine: File,
    volumes: TempDir,
}

impl Engine {
    /// The cluster, once no other test uses it. `None`, with a line on stderr, when there is none and `CI` is not set.
    pub fn held() -> Result<Option<Self>> {
        static ENGINE: Mutex<()> = Mutex::new(());
        let in_this_process = ENGINE
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Err(reason) = kubectl(["get", "nodes", "--request-timeout=5s"])
            .and_then(|run| run.success().map(drop))
        {
            missing("Kubernetes", &reason)?;
            return Ok(None);
        }
        let lock = std::env::temp_dir().join("restate-gen-e2e-kubernetes.lock");
        let on_this_machine = File::create(lock)?;
        on_this_machine.lock()?;
        let engine = Self {
            _in_this_process: in_this_process,
            _on_this_machine: on_this_machine,
            volumes: tempfile::Builder::new()
                .prefix("restate-gen-e2e-volumes-")
                .tempdir()?,
        };
        engine.sweep()?;
        engine.make_volumes(12)?;
        Ok(Some(engine))
    }

    /// Removes what an interrupted run left.
    fn sweep(&self) -> Result<()> {
        for object in kubectl(["get", "namespaces", "-o", "name"])?
            .success()?
            .stdout
            .lines()
            .filter(|name| name.starts_with(&format!("namespace/{NAMESPACE_PREFIX}")))
        {
            kubectl(["delete", object, "--ignore-not-found"])?.success()?;
        }
        kubectl(["delete", "pv", "-l", VOLUME_LABEL])?.success()?;
        Ok(())
    }

    fn make_volumes(&self, count: usize) -> Result<()> {
        if std::env::var_os("E2E_STORAGE_CLASS").is_some() {
            return Ok(());
        }
        let mut objects = vec![serde_json::json!({
            "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {"name": STORAGE_CLASS},
            "provisioner": "kubernetes.io/no-provisioner",
            "allowVolumeExpansion": true,
            "volumeBindingMode": "WaitForFirstConsumer",
        })];
        for number in 1..=count {
            let folder = self.volumes.path().join(number.to_string());
            fs::create_dir(&folder)?;
            open_to_all(&folder)?;
            objects.push(serde_json::json!({
                "apiVersion": "v1", "kind": "PersistentVolume",
                "metadata": {"name": format!("restate-gen-e2e-{number}"), "labels": {"restate-gen-e2e": "volume"}},
                "spec": {
                    "capacity": {"storage": "8Gi"}, "accessModes": ["ReadWriteOnce"],
                    "persistentVolumeReclaimPolicy": "Retain", "storageClassName": STORAGE_CLASS,
                    "hostPath": {"path": folder},
                },
            }));
        }
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": objects});
        let file = self.volumes.path().join("volumes.json");
        fs::write(&file, list.to_string())?;
        kubectl(["apply", "-f", &file.display().to_string()])?.success()?;
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Err(error) = self.sweep() {
            eprintln!("Kubernetes is not cleaned up: {error:#}");
        }
    }
}

/// Kubernetes hands a folder of the machine to a pod as it is, whoever the pod runs as.
fn open_to_all(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(
        folder.parent().context("a parent")?,
        fs::Permissions::from_mode(0o755),
    )?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777))?;
    Ok(())
}

/// The storage class that cluster files of the tests name.
pub fn storage_class() -> String {
    std::env::var("E2E_STORAGE_CLASS").unwrap_or_else(|_| STORAGE_CLASS.into())
}

/// What the figures were measured on.
pub fn engine() -> String {
    let version = kubectl(["version", "-o", "json"])
        .ok()
        .and_then(|run| serde_json::from_str::<Value>(&run.stdout).ok())
        .unwrap_or_default();
    let nodes = kubectl(["get", "nodes", "-o", "json"])
        .ok()
        .and_then(|run| serde_json::from_str::<Value>(&run.stdout).ok())
        .unwrap_or_default();
    let info = &nodes["items"][0]["status"]["nodeInfo"];
    let word = |value: &Value| value.as_str().unwrap_or("unknown").to_owned();
    let cores = std::thread::available_parallelism().map_or(0, |cores| cores.get());
    format!(
        "Kubernetes {} on one machine ({}), kubectl {}, kernel {}, {cores} cores. Network policies are accepted and not enforced there.\n",
        word(&version["serverVersion"]["gitVersion"]),
        word(&info["containerRuntimeVersion"]),
        word(&version["clientVersion"]["gitVersion"]),
        word(&info["kernelVersion"]),
    )
}

/// Runs `kubectl` with `arguments`.
pub fn kubectl<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Result<Finished> {
    finished(Command::new("kubectl").args(arguments), COMMAND_LIMIT)
}

/// A generated cluster in its folder. Dropping it removes the namespace.
pub struct Cluster {
    folder: TempDir,
    /// Its namespace.
    pub namespace: String,
}

impl Cluster {
    /// The manifests in `folder`, for that namespace.
    pub fn open(folder: TempDir, namespace: &str) -> Result<Self> {
        ensure!(
            namespace.starts_with(NAMESPACE_PREFIX),
            "{namespace} would not be swept away after an interrupted run"
        );
        Ok(Self {
            folder,
            namespace: namespace.to_owned(),
        })
    }

    /// Where the generated files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Runs `kubectl` in the cluster's namespace.
    pub fn kubectl<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Result<Finished> {
        finished(
            Command::new("kubectl")
                .args(["-n", &self.namespace])
                .args(arguments),
            COMMAND_LIMIT,
        )
    }

    /// `kubectl apply -k`, as the guide has it.
    pub fn apply(&self) -> Result<Finished> {
        kubectl(["apply", "-k", &self.folder.path().display().to_string()])
    }

    /// Objects of a kind with their names.
    pub fn objects(&self, kind: &str, selector: &str) -> Result<Vec<Value>> {
        let run = self
            .kubectl(["get", kind, "-l", selector, "-o", "json"])?
            .success()?;
        let list: Value = serde_json::from_str(&run.stdout)?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    /// The pods of the nodes, by name, with whether each is ready.
    pub fn pods(&self) -> Result<BTreeMap<String, bool>> {
        let pods = self.objects("pods", "app.kubernetes.io/component=node")?;
        Ok(pods
            .iter()
            .map(|pod| {
                let name = pod["metadata"]["name"].as_str().unwrap_or_default();
                let ready = pod["status"]["containerStatuses"][0]["ready"] == true
                    && pod["metadata"]["deletionTimestamp"].is_null();
                (name.to_owned(), ready)
            })
            .collect())
    }

    /// The uids of the nodes' pods, by name: a pod that was created again has another one.
    pub fn uids(&self) -> Result<BTreeMap<String, String>> {
        let pods = self.objects("pods", "app.kubernetes.io/component=node")?;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(pods
            .iter()
            .map(|pod| {
                let metadata = &pod["metadata"];
                (word(&metadata["name"]), word(&metadata["uid"]))
            })
            .collect())
    }

    /// How often the container of each pod of the nodes was started again.
    pub fn restarts(&self) -> Result<u64> {
        let pods = self.objects("pods", "app.kubernetes.io/component=node")?;
        let of = |pod: &Value| pod["status"]["containerStatuses"][0]["restartCount"].as_u64();
        Ok(pods.iter().filter_map(of).sum())
    }

    /// Waits as the guide says: the provisioning Job is complete, then every node is ready.
    pub fn wait(&self) -> Result<()> {
        let waits = [
            [
                "--for=condition=complete",
                "job",
                "-l",
                "app.kubernetes.io/component=provision",
            ],
            [
                "--for=condition=Ready",
                "pod",
                "-l",
                "app.kubernetes.io/component=node",
            ],
        ];
        for wait in waits {
            let run = self.kubectl(["wait"].into_iter().chain(wait).chain(["--timeout=300s"]))?;
            if !run.succeeded() {
                let events = self.kubectl(["get", "pods,events"])?;
                bail!("{run}{events}");
            }
        }
        Ok(())
    }

    /// Runs `program` in that pod.
    pub fn exec(&self, pod: &str, command: &[&str]) -> Result<Finished> {
        let fixed = ["exec", pod, "-c", "restate", "--"];
        self.kubectl(fixed.into_iter().chain(command.iter().copied()))
    }

    /// Runs `restatectl` in a pod that is ready.
    pub fn restatectl(&self, arguments: &[&str]) -> Result<String> {
        let pods = self.pods()?;
        let (pod, _) = pods
            .iter()
            .find(|(_, ready)| **ready)
            .context("no pod is ready")?;
        let command: Vec<&str> = ["restatectl"]
            .into_iter()
            .chain(arguments.iter().copied())
            .collect();
        Ok(self.exec(pod, &command)?.success()?.stdout)
    }

    /// The identity that the node in that pod alone reports.
    pub fn identity(&self, pod: &str) -> Result<Identity> {
        // By its own name where its certificate has that. restatectl takes its address from the flag or from the variable.
        let asked = "address=${RESTATECTL_ADDRESS:-http://127.0.0.1:5122}; unset RESTATECTL_ADDRESS; restatectl -S \"$address\" metadata get --key nodes_config";
        let run = self.exec(pod, &["sh", "-c", asked])?.success()?;
        let json: Value = serde_json::from_str(&run.stdout).with_context(|| run.to_string())?;
        Ok(Identity {
            fingerprint: json["cluster_fingerprint"]
                .as_u64()
                .context("no cluster_fingerprint")?,
            cluster: json["cluster_name"]
                .as_str()
                .context("no cluster_name")?
                .to_owned(),
        })
    }

    /// The one identity that all pods report.
    pub fn identity_of_all(&self) -> Result<Identity> {
        let mut one = None;
        for pod in self.pods()?.keys() {
            // A node that was just started again may end a first question without an answer.
            let found = wait_for(pod, Duration::from_secs(30), || self.identity(pod))?;
            let first = one.get_or_insert_with(|| found.clone());
            ensure!(
                *first == found,
                "second cluster: {first:?} and, in {pod}, {found:?}"
            );
        }
        one.context("no pod")
    }

    /// Succeeds when every pod is ready and every partition has its configured number of active replicas, on `nodes` nodes.
    pub fn is_whole(&self, nodes: usize) -> Result<()> {
        let pods = self.pods()?;
        ensure!(
            pods.len() == nodes && pods.values().all(|ready| *ready),
            "{nodes} pods wanted: {pods:?}"
        );
        let configured = self.restatectl(&["config", "get"])?;
        every_replica_is_active(&configured, &self.restatectl(&["partitions", "list"])?)?;
        let listed = self.restatectl(&["nodes", "list", "--extra"])?;
        let registered = Table::read(&listed, "NODE")?.rows.len();
        ensure!(
            registered == nodes,
            "{registered} nodes registered, {nodes} wanted:\n{listed}"
        );
        Ok(())
    }

    /// Waits until [`Self::is_whole`].
    pub fn settle(&self, nodes: usize) -> Result<()> {
        wait_for("every partition active", Duration::from_secs(180), || {
            self.is_whole(nodes)
        })
    }

    /// The address of a Service, as this machine reaches it.
    fn service(&self, name: &str, port: u16) -> Result<String> {
        let run = self
            .kubectl(["get", "service", name, "-o", "jsonpath={.spec.clusterIP}"])?
            .success()?;
        Ok(format!("{}:{port}", run.stdout.trim()))
    }

    /// Where services are called.
    pub fn ingress(&self) -> Result<String> {
        self.service("restate-ingress", INGRESS)
    }

    /// The admin API.
    pub fn admin(&self) -> Result<String> {
        self.service("restate-admin", ADMIN)
    }

    /// The address by which pods reach this machine: `E2E_HOST_ADDRESS` when set, else that of the first machine of the cluster.
    pub fn host_address(&self) -> Result<String> {
        if let Ok(address) = std::env::var("E2E_HOST_ADDRESS") {
            return Ok(address);
        }
        let path = "jsonpath={.items[0].status.addresses[?(@.type==\"InternalIP\")].address}";
        let run = kubectl(["get", "nodes", "-o", path])?.success()?;
        Ok(run.stdout.trim().to_owned())
    }

    /// The pod's disk is gone: its claim, its volume, and the pod.
    pub fn lose_volume(&self, pod: &str) -> Result<()> {
        let claim = format!("data-{pod}");
        let path = "jsonpath={.spec.volumeName}";
        let volume = self
            .kubectl(["get", "pvc", &claim, "-o", path])?
            .success()?
            .stdout;
        self.kubectl(["delete", "pvc", &claim, "--wait=false"])?
            .success()?;
        self.kubectl(["delete", "pod", pod])?.success()?;
        self.kubectl([
            "wait",
            "--for=delete",
            &format!("pvc/{claim}"),
            "--timeout=60s",
        ])?;
        kubectl(["delete", "pv", volume.trim()])?.success()?;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A pod need not end well when its data go with it.
        let _ = self.kubectl(["delete", "statefulsets,jobs", "--all", "--cascade=orphan"]);
        let _ = self.kubectl(["delete", "pods", "--all", "--grace-period=0", "--force"]);
        match kubectl(["delete", "namespace", &self.namespace, "--ignore-not-found"]) {
            Ok(run) if run.succeeded() => {}
            other => eprintln!("{} is not cleaned up: {other:?}", self.namespace),
        }
    }
}
