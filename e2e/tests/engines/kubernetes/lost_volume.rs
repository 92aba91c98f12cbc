//! A node's disk is gone: no second cluster is provisioned, the node says so, and the guide's steps put another in its
//! place.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{Identity, wait_for};
use restate_gen_e2e::kubernetes::Cluster;
use restate_gen_e2e::load::Load;
use restate_gen_e2e::report::Report;

use super::guided::{Reader, change, made_anew};
use super::{Shape, counter, load, report};

/// Which node is lost.
#[derive(Debug, Clone, Copy)]
pub struct Lost {
    pub id: u32,
    pub pod: &'static str,
    /// Whether the metadata quorum has it. If not, the guide's lines about that are not for it.
    pub metadata_server: bool,
    /// Its entry in the file's list of nodes, where it has one, and what is written there instead.
    pub entry: Option<Entry>,
}

/// An entry of the list of nodes, replaced.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub old: &'static str,
    pub new: &'static str,
    /// The StatefulSet of the old one.
    pub set: &'static str,
    /// The pod of the new one.
    pub pod: &'static str,
}

impl Lost {
    /// A metadata server with a number in a StatefulSet.
    pub const fn numbered(id: u32, pod: &'static str) -> Self {
        Self {
            id,
            pod,
            metadata_server: true,
            entry: None,
        }
    }
}

pub fn a_lost_node_is_replaced(shape: Shape, lost: Lost) -> Result<()> {
    let Lost { id, pod, .. } = lost;
    let mut report = report(&format!(
        "Node {id} without its volume, replaced by the guide: {}",
        shape.words()
    ));
    let cluster = shape.running("lost")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "lost")?;

    lose(&cluster, pod)?;
    report.figure("the node says", "data-loss");
    no_second_cluster(&cluster, pod, &founded)?;
    load.advances(200, Duration::from_secs(60))?;

    let before = cluster.uids()?;
    let started = Instant::now();
    let new = replace(&cluster, lost)?;
    report.seconds("the guide's steps", started.elapsed());
    cluster.settle(shape.count)?;
    report.seconds("until every replica is active", started.elapsed());
    let mut others = made_anew(&before, &cluster)?;
    others.retain(|other| other != pod);
    if lost.entry.is_none() {
        ensure!(others.is_empty(), "other pods were restarted: {others:?}");
    }
    report.figure("other pods restarted for it", others.len());
    it_is_another_node(&cluster, id, &new)?;
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    finish(load, report)
}

/// Takes the pod's claim and volume away, and waits until the node misses its data.
pub fn lose(cluster: &Cluster, pod: &str) -> Result<()> {
    cluster.lose_volume(pod)?;
    wait_for(
        "the lost data are reported",
        Duration::from_secs(120),
        || {
            let said = cluster
                .kubectl(["logs", pod, "--previous"])?
                .success()?
                .stdout;
            ensure!(
                said.contains("data-loss"),
                "{pod} does not mention data-loss: {said}"
            );
            Ok(())
        },
    )
}

/// Provisioning again must not help the empty node to a cluster of its own.
fn no_second_cluster(cluster: &Cluster, pod: &str, founded: &Identity) -> Result<()> {
    cluster
        .kubectl([
            "delete",
            "job",
            "-l",
            "app.kubernetes.io/component=provision",
        ])?
        .success()?;
    cluster.apply()?.success()?;
    let watched = Instant::now();
    while watched.elapsed() < Duration::from_secs(20) {
        if let Ok(found) = cluster.identity(pod) {
            ensure!(
                found == *founded,
                "second cluster: {founded:?}, and in {pod} {found:?}"
            );
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    for (other, ready) in cluster.pods()? {
        if other != pod {
            ensure!(
                ready && cluster.identity(&other)? == *founded,
                "{other} is not what it was"
            );
        }
    }
    Ok(())
}

/// Does what the guide says for that node, and returns the name of the new one. The guide takes one node as its example; for another
/// one, its numbers are put in.
pub fn replace(cluster: &Cluster, lost: Lost) -> Result<String> {
    let reader = Reader::of(cluster)?;
    let scripts = reader.scripts("A node lost its disk")?;
    let example = Example::of(&scripts)?;
    // The first one gives the pod a disk again, which it has.
    let scripts: Vec<String> = scripts
        .iter()
        .skip(1)
        .map(|script| example.with(script, lost))
        .collect();
    let new = match lost.entry {
        None => {
            let yaml = scripts
                .iter()
                .find(|script| script.contains("in_place_of:"))
                .context("the guide does not say how to write the new node")?;
            change(cluster, |file| format!("{file}{yaml}"))?;
            let id = number_after(yaml, "id: ").context("no new id")?;
            format!("restate-{id}")
        }
        Some(Entry { old, new, .. }) => {
            change(cluster, |file| {
                let file = file.replace(old, new);
                format!("{file}retired_ids: [{}]\n", lost.id)
            })?;
            let (_, name) = new.split_once("name: ").context("no new name")?;
            name.trim_end_matches('}').to_owned()
        }
    };
    for script in scripts
        .iter()
        .filter(|script| !script.contains("retired_ids:"))
    {
        reader.run(script)?;
        if let Some(Entry { pod, .. }) = lost.entry
            && script.contains("kubectl apply")
        {
            // "The new node joins by itself."
            wait_for("the new node is ready", Duration::from_secs(180), || {
                ensure!(cluster.pods()?.get(pod) == Some(&true), "{pod} is not");
                Ok(())
            })?;
        }
    }
    if lost.entry.is_some() {
        // "The others restart now", with the loop of the guide as it is by then.
        let now = Reader::of(cluster)?;
        now.run(&now.roll()?)?;
    }
    Ok(new)
}

/// The node that the guide writes of.
struct Example {
    id: u64,
    pod: String,
    /// Its StatefulSet, where that goes with it.
    set: Option<String>,
}

impl Example {
    fn of(scripts: &[String]) -> Result<Self> {
        let all = scripts.concat();
        let id = number_after(&all, "remove-node N").context("the guide names no lost node")?;
        let (_, rest) = all
            .split_once("delete pvc data-")
            .context("the guide names no claim")?;
        let pod = rest.split_whitespace().next().context("no claim")?;
        let set = all.split_once("delete statefulset ");
        let set = set.and_then(|(_, rest)| rest.split_whitespace().next());
        Ok(Self {
            id,
            pod: pod.to_owned(),
            set: set.map(str::to_owned),
        })
    }

    /// The script for `lost` in place of the example.
    fn with(&self, script: &str, lost: Lost) -> String {
        let Self { id, pod, set } = self;
        let script = match (set, lost.entry) {
            (Some(set), Some(entry)) => script.replace(
                &format!("delete statefulset {set}\n"),
                &format!("delete statefulset {}\n", entry.set),
            ),
            _ => script.to_owned(),
        };
        let script = script
            .replace(pod.as_str(), lost.pod)
            .replace(&format!("N{id} "), &format!("N{} ", lost.id))
            .replace(
                &format!("in_place_of: {id}"),
                &format!("in_place_of: {}", lost.id),
            )
            .replace(
                &format!("retired_ids: [{id}]"),
                &format!("retired_ids: [{}]", lost.id),
            );
        let is_meant = |line: &&str| {
            lost.metadata_server || !line.contains("restatectl metadata-server remove-node")
        };
        let lines = script.lines().filter(is_meant);
        lines.map(|line| format!("{line}\n")).collect()
    }
}

fn number_after(text: &str, label: &str) -> Option<u64> {
    let (_, rest) = text.split_once(label)?;
    let end = rest
        .find(|sign: char| !sign.is_ascii_digit())
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The old node is gone from the list, and from the metadata quorum; the new one is in the list.
fn it_is_another_node(cluster: &Cluster, lost: u32, new: &str) -> Result<()> {
    let nodes = cluster.restatectl(&["nodes", "list"])?;
    ensure!(
        nodes.contains(&format!("{new} ")) && !nodes.contains(&format!(" N{lost} ")),
        "the nodes are\n{nodes}"
    );
    let members = cluster.restatectl(&["metadata-server", "list"])?;
    ensure!(
        !members.contains(&format!("N{lost}:")) && !members.contains(&format!(" N{lost} ")),
        "node {lost} is a metadata server still:\n{members}"
    );
    Ok(())
}

fn finish(load: Load, mut report: Report) -> Result<()> {
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}
