//! A namespace of others that is as strict as OpenShift's `restricted-v2`: it refuses every id that it did not assign, and its machine
//! has a taint.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::wait_for;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::kubernetes::{Cluster, NAMESPACE_PREFIX, kubectl};
use serde_json::{Value, json};

use super::{Shape, counter, load, report};

/// The first id that the platform assigns in this namespace.
const FIRST_ID: u64 = 1_000_700_000;
const TAINT: &str = "restate-gen-e2e";

/// A pod's ids are left out or assigned by the platform, as OpenShift's `restricted-v2` has it.
const POLICY: &str = r#"apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: restate-gen-e2e-ids}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
      - {apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  variables:
    - name: ids
      expression: >-
        [object.spec.?securityContext.?runAsUser, object.spec.?securityContext.?fsGroup]
        + (object.spec.containers + object.spec.?initContainers.orValue([])).map(c, c.?securityContext.?runAsUser)
  validations:
    - expression: variables.ids.all(id, !id.hasValue() || (id.value() >= 1000700000 && id.value() < 1000710000))
      message: ids are those that the platform assigns
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: restate-gen-e2e-ids}
spec:
  policyName: restate-gen-e2e-ids
  validationActions: [Deny]
  matchResources:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: restate-gen-e2e-strict}}
"#;

/// The namespace, the policy and the taint, until it is dropped.
struct Strict {
    machine: String,
}

impl Strict {
    fn new(namespace: &str) -> Result<Self> {
        let machines = kubectl(["get", "nodes", "-o", "jsonpath={.items[0].metadata.name}"])?;
        let strict = Self {
            machine: machines.success()?.stdout.trim().to_owned(),
        };
        kubectl(["create", "namespace", namespace])?.success()?;
        let enforced = "pod-security.kubernetes.io/enforce=restricted";
        kubectl(["label", "namespace", namespace, enforced])?.success()?;
        let file = tempfile::NamedTempFile::new()?;
        fs::write(file.path(), POLICY)?;
        kubectl(["apply", "-f", &file.path().display().to_string()])?.success()?;
        let taint = format!("{TAINT}=only:NoSchedule");
        kubectl(["taint", "node", &strict.machine, &taint, "--overwrite"])?.success()?;
        Ok(strict)
    }
}

impl Drop for Strict {
    fn drop(&mut self) {
        let _ = kubectl(["taint", "node", &self.machine, &format!("{TAINT}-")]);
        for kind in [
            "validatingadmissionpolicybinding",
            "validatingadmissionpolicy",
        ] {
            let _ = kubectl(["delete", kind, "restate-gen-e2e-ids", "--ignore-not-found"]);
        }
    }
}

pub fn ids_are_left_to_the_platform() -> Result<()> {
    let mut report = report(
        "A namespace of others, `restricted`, with a policy like OpenShift's restricted-v2, on a tainted machine",
    );
    let namespace = format!("{NAMESPACE_PREFIX}strict");
    let keys = |ids: &str| {
        format!(
            "{}kubernetes: {{namespace: {{name: {namespace}, create: false}}, tolerations: [{{key: {TAINT}, value: only}}]{ids}}}\n",
            Shape::USUAL.file("strict")
        )
    };
    let folder = cluster_folder(&keys(", security: {run_as_user: none}"))?;
    restate_gen(folder.path(), &["kubernetes"])?;
    let cluster = Cluster::open(folder, &namespace)?;
    let _strict = Strict::new(&namespace)?;

    // The ids that the manifests have by default are refused, once the server knows the policy.
    let with_ids = cluster_folder(&keys(""))?;
    restate_gen(with_ids.path(), &["kubernetes"])?;
    wait_for("the policy", Duration::from_secs(60), || {
        let (_, refused) = admitted(&pods(with_ids.path())?, &namespace)?;
        let is_for_ids = refused
            .iter()
            .all(|said| said.contains("that the platform assigns"));
        ensure!(refused.len() >= 3 && is_for_ids, "{refused:?}");
        Ok(())
    })?;
    report.figure("pods with the default ids", "refused");
    let (accepted, refused) = admitted(&pods(cluster.folder())?, &namespace)?;
    ensure!(refused.is_empty(), "{refused:?}");
    report.figure("pods without ids, accepted: nodes, Job, store", accepted);

    // OpenShift writes an id of the namespace into every pod; here an overlay does.
    let overlay = tempfile::Builder::new()
        .prefix("restate-gen-e2e-")
        .tempdir()?;
    let name = cluster
        .folder()
        .file_name()
        .context("a name")?
        .to_string_lossy()
        .into_owned();
    let id = FIRST_ID;
    let patch = |kind: &str| {
        format!(
            "  - target: {{kind: {kind}}}\n    patch: |\n      - {{op: add, path: /spec/template/spec/securityContext/runAsUser, value: {id}}}\n      - {{op: add, path: /spec/template/spec/securityContext/fsGroup, value: {id}}}\n"
        )
    };
    fs::write(
        overlay.path().join("kustomization.yaml"),
        format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../{name}]\npatches:\n{}{}",
            patch("StatefulSet"),
            patch("Job")
        ),
    )?;
    kubectl(["apply", "-k", &overlay.path().display().to_string()])?.success()?;
    cluster.wait()?;
    cluster.settle(3)?;
    let user = cluster.exec("restate-1", &["id", "-u"])?.success()?.stdout;
    ensure!(user.trim() == id.to_string(), "runs as {user}");
    report.figure("runs as", format!("{id}, as the platform says"));
    let _counter = counter(&cluster)?;
    let load = load(&cluster, "strict")?;
    load.advances(300, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}

/// What IPv6 alone gives, as far as a server with IPv4 alone can say.
pub fn ipv6_passes_but_for_the_families_that_the_cluster_lacks() -> Result<()> {
    let mut report = report(
        "`ip_family: ipv6` before the API server of a cluster with IPv4 alone, `--dry-run=server`",
    );
    let namespace = format!("{NAMESPACE_PREFIX}six");
    let text = format!(
        "{}kubernetes: {{namespace: {namespace}, ip_family: ipv6}}\n",
        Shape::USUAL.file("six")
    );
    let folder = cluster_folder(&text)?;
    restate_gen(folder.path(), &["kubernetes"])?;
    kubectl(["create", "namespace", &namespace])?.success()?;
    let cluster = Cluster::open(folder, &namespace)?;
    let (mut accepted, mut refused) = (0, 0);
    for object in objects(cluster.folder())? {
        let run = created(&object, &namespace)?;
        if run.is_empty() {
            accepted += 1;
            continue;
        }
        ensure!(
            object["kind"] == "Service" && run.contains("not configured on this cluster"),
            "{object}: {run}"
        );
        refused += 1;
    }
    ensure!(accepted >= 10 && refused >= 3, "{accepted} and {refused}");
    report.figure("objects accepted", accepted);
    report.figure("Services refused, because the cluster has no IPv6", refused);
    report.write()
}

/// The objects that a folder gives, without its namespace.
fn objects(folder: &std::path::Path) -> Result<Vec<Value>> {
    let run = kubectl([
        "create",
        "-k",
        &folder.display().to_string(),
        "--dry-run=client",
        "-o",
        "json",
    ])?;
    let list = run.success()?.stdout;
    let objects = serde_json::Deserializer::from_str(&list).into_iter::<Value>();
    let objects: Vec<Value> = objects.collect::<Result<_, _>>()?;
    let all = objects
        .into_iter()
        .flat_map(|object| match object["items"].as_array() {
            Some(items) => items.clone(),
            None => vec![object],
        });
    Ok(all.filter(|object| object["kind"] != "Namespace").collect())
}

/// The pods that a folder's StatefulSets and Jobs make.
fn pods(folder: &std::path::Path) -> Result<Vec<Value>> {
    let mut pods = Vec::new();
    for object in objects(folder)? {
        let template = &object["spec"]["template"];
        if !template.is_object() {
            continue;
        }
        let mut pod = template.clone();
        pod["apiVersion"] = json!("v1");
        pod["kind"] = json!("Pod");
        pod["metadata"]["name"] = object["metadata"]["name"].clone();
        // It comes with the same files, and is not there yet.
        if let Some(spec) = pod["spec"].as_object_mut() {
            spec.remove("serviceAccountName");
        }
        // Their claims are a StatefulSet's to make.
        let claims = object["spec"]["volumeClaimTemplates"].as_array();
        for claim in claims.into_iter().flatten() {
            let volume = json!({"name": claim["metadata"]["name"], "emptyDir": {}});
            let volumes = &mut pod["spec"]["volumes"];
            match volumes.as_array_mut() {
                Some(volumes) => volumes.push(volume),
                None => *volumes = json!([volume]),
            }
        }
        pods.push(pod);
    }
    Ok(pods)
}

/// How many of the objects the server would take, and what it says of the others.
fn admitted(objects: &[Value], namespace: &str) -> Result<(usize, Vec<String>)> {
    let mut refused = Vec::new();
    for object in objects {
        let said = created(object, namespace)?;
        if !said.is_empty() {
            refused.push(said);
        }
    }
    Ok((objects.len() - refused.len(), refused))
}

/// What the server says against an object; nothing if it would take it.
fn created(object: &Value, namespace: &str) -> Result<String> {
    let file = tempfile::NamedTempFile::with_suffix(".json")?;
    fs::write(file.path(), object.to_string())?;
    let mut create = Command::new("kubectl");
    create.args(["-n", namespace, "create", "--dry-run=server", "-f"]);
    let run = restate_gen_e2e::command::finished(create.arg(file.path()), Duration::from_secs(60))?;
    Ok(if run.succeeded() {
        String::new()
    } else {
        run.stderr
    })
}
