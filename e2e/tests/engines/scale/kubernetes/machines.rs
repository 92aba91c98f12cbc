//! A change that one machine begins and another one ends, from a checkout of its own, through an overlay of the user's.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::engine::held_for;
use restate_gen_e2e::generator::{cluster_folder, restate_gen};
use restate_gen_e2e::kubernetes::{Cluster, Engine, NAMESPACE_PREFIX, kubectl, storage_class};
use tempfile::TempDir;

use super::{NEWEST, RUN, Running, report};

/// Where the overlay mounts a volume of its own in each node.
const MOUNT: &str = "/ours";

#[test]
fn an_overlay_is_scaled_by_two_machines_in_turn_on_kubernetes() -> Result<()> {
    held_for(Engine::held(), || {
        let mut report = report(
            "3 -> 5 nodes on Kubernetes through an overlay, begun on one machine and ended on another",
        );
        let place = tempfile::Builder::new()
            .prefix("restate-gen-e2e-")
            .tempdir()?;
        let (cluster, overlay) = generated()?;
        kubectl(["apply", "-k", &overlay.path().display().to_string()])?.success()?;
        let mut running = Running::started(cluster, 3)?;
        running.has_the_mount(3)?;
        let one = running.written(&["scale", "--nodes", "5"])?;
        let two = one.on_another_machine(place.path())?;
        copied(overlay.path(), place.path())?;
        let load = running.load("two-machines")?;

        let mut run = one.start(&["--yes"])?;
        let applies = |text: &str| text.contains(" + kubectl apply -k");
        let has_come = run.says(RUN, |transcript| applies(&transcript.text))?;
        std::thread::sleep(Duration::from_secs(2));
        let killed = run.kill()?;
        ensure!(has_come, "run.sh never came to it:\n{}", killed.text);
        let refused = "another run is in progress, process ";
        two.run(&["--dry-run"])?
            .stopped_with(&["would stop: ", refused])?;
        two.run(&["--yes"])?
            .stopped_with(&[refused, "run.sh --take-over"])?;
        report.figure("the second machine while the first has the lock", "refused");

        let run = two
            .start(&["--yes", "--take-over"])?
            .end(RUN)?
            .ended_well()?;
        for words in [
            "the lock is taken over from process ",
            "continues after what another machine did, last: step 2\n",
            "[2/4] Take snapshots and trim the log: already done\n",
        ] {
            ensure!(run.text.contains(words), "no {words:?} in:\n{}", run.text);
        }
        running.applied = Some(place.path().join(name(overlay.path())?));
        running.judge(
            "3 -> 5 by two machines",
            &run,
            &two,
            load,
            &[1, 2, 3, 4, 5],
            &mut report,
        )?;
        running.has_the_mount(5)?;
        report.figure("pods with what the overlay adds", "5 of 5");
        one.run(&["--yes"])?
            .stopped_with(&["the cluster has nothing of this plan any more"])?;
        let left = running
            .cluster
            .kubectl(["get", "configmaps", "-o", "name"])?;
        ensure!(
            !left.success()?.stdout.contains("restate-plan"),
            "what the plan noted is still there"
        );
        report.write()
    })
}

/// The manifests of three nodes in their folder, and an overlay in another one.
fn generated() -> Result<(Cluster, TempDir)> {
    let namespace = format!("{NAMESPACE_PREFIX}machines");
    let overlay = tempfile::Builder::new()
        .prefix("restate-gen-e2e-")
        .tempdir()?;
    let folder = cluster_folder(&format!(
        "name: machines\nversion: {NEWEST}\nnodes: 3\npartitions: 8\nvolumes: {{size: 2GiB, class: {}}}\nresources: {{reserve: {{cpus: 0.05, memory: 256MiB}}}}\nkubernetes: {{namespace: {namespace}, overlay: ../{}}}\n",
        storage_class(),
        name(overlay.path())?
    ))?;
    restate_gen(folder.path(), &["kubernetes"])?;
    let kustomization = format!(
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../{}]\npatches:\n  - target: {{kind: StatefulSet, name: restate}}\n    patch: |\n      - {{op: add, path: /spec/template/spec/volumes/-, value: {{name: ours, emptyDir: {{}}}}}}\n      - {{op: add, path: /spec/template/spec/containers/0/volumeMounts/-, value: {{name: ours, mountPath: {MOUNT}}}}}\n",
        name(folder.path())?
    );
    fs::write(overlay.path().join("kustomization.yaml"), kustomization)?;
    Ok((Cluster::open(folder, &namespace)?, overlay))
}

fn name(folder: &Path) -> Result<String> {
    let name = folder.file_name().context("a name")?;
    Ok(name.to_string_lossy().into_owned())
}

/// The overlay under the same name in another place.
fn copied(overlay: &Path, place: &Path) -> Result<()> {
    let to = place.join(name(overlay)?);
    fs::create_dir(&to)?;
    let file = "kustomization.yaml";
    fs::copy(overlay.join(file), to.join(file))?;
    Ok(())
}

impl Running {
    /// Fails unless so many nodes run, and all of them have what the overlay adds.
    fn has_the_mount(&self, nodes: usize) -> Result<()> {
        let pods = self.cluster.pods()?;
        ensure!(pods.len() == nodes, "{nodes} pods wanted: {pods:?}");
        for pod in pods.keys() {
            self.cluster.exec(pod, &["ls", "-d", MOUNT])?.success()?;
        }
        Ok(())
    }
}
