//! Changes that nothing disturbs: nodes come and go, copies become more and fewer, versions and settings change.

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::docker::docker;
use restate_gen_e2e::report::Report;

use super::{Cluster, NEWEST};

/// Goes through those numbers of nodes. A node that goes keeps its volume, and its id is never given again.
pub fn grows_and_shrinks(counts: &[u32]) -> Result<()> {
    let words: Vec<String> = counts.iter().map(u32::to_string).collect();
    let mut report = Report::of(&format!("{} nodes", words.join(" -> ")));
    let mut nodes = Ids::of(*counts.first().context("no count")?);
    let mut cluster = Cluster::running(&nodes.file())?;
    for (step, to) in counts.iter().enumerate().skip(1) {
        let what = format!("{} -> {to}", nodes.present.len());
        let gone = nodes.become_so_many(*to);
        let operation = cluster.scale_to(&nodes.file())?;
        let load = cluster.load(&format!("change-{step}"))?;
        cluster.carry_out(&what, &operation, load, &mut report)?;
        let present: Vec<u32> = cluster.project.nodes.keys().copied().collect();
        ensure!(
            present == nodes.present,
            "nodes {present:?}, {:?} wanted",
            nodes.present
        );
        for id in gone {
            let volume = format!("{}_restate-{id}-data", cluster.project.name);
            docker(["volume", "inspect", &volume])?
                .success()
                .context("the volume of a node that went is kept")?;
        }
    }
    report.write()
}

/// Which nodes there are, and which went.
struct Ids {
    present: Vec<u32>,
    retired: Vec<u32>,
}

impl Ids {
    fn of(count: u32) -> Self {
        Self {
            present: (1..=count).collect(),
            retired: Vec::new(),
        }
    }

    /// New nodes take the next ids that were never used; those with the highest ids go. Returns the ones that go.
    fn become_so_many(&mut self, count: u32) -> Vec<u32> {
        let count = count as usize;
        while self.present.len() < count {
            let used = self.present.iter().chain(&self.retired).max();
            self.present.push(used.map_or(1, |id| id + 1));
        }
        let gone = self.present.split_off(count);
        self.retired.extend(&gone);
        gone
    }

    fn file(&self) -> String {
        let Self { present, retired } = self;
        format!(
            "version: {NEWEST}\nnodes: {}\nretired_ids: {retired:?}\n",
            present.len()
        )
    }
}
