//! A change is rolled out while a pod is broken: no second pod goes down for it, and it is completed once the pod is healed.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::guided::{Reader, change, made_anew};
use super::lost_volume::{Lost, lose, replace};
use super::{Shape, counter, load, report};

/// How long the roll is watched. A pod takes less than half of this to go and come back.
const WATCHED: Duration = Duration::from_secs(60);

pub fn a_roll_waits_for_a_broken_pod(shape: Shape, broken: Lost) -> Result<()> {
    let pod = broken.pod;
    let mut report = report(&format!(
        "A change rolled out while {pod} is broken, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("broken")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "broken")?;
    lose(&cluster, pod)?;

    let mut before = cluster.uids()?;
    before.remove(pod);
    change(&cluster, |file| {
        format!("{file}settings: {{shutdown-timeout: 45s}}\n")
    })?;
    cluster.apply()?.success()?;
    let reader = Reader::of(&cluster)?;
    // As in the guide, but for how patient it is: what is left behind when the time is up is soon gone.
    let roll = reader
        .roll()?
        .replace("--timeout=1800s", "--timeout=20s")
        .replace("--timeout=600s", "--timeout=5s");
    let started = Instant::now();
    let watched = std::thread::scope(|scope| -> Result<usize> {
        // It may give up or go on: what counts is what it does to the other pods meanwhile.
        let roll = scope.spawn(|| reader.run_within(&roll, WATCHED));
        let mut looks = 0;
        while started.elapsed() < WATCHED {
            let gone = made_anew(&before, &cluster)?;
            ensure!(gone.is_empty(), "{gone:?} went while {pod} is broken");
            for (other, ready) in cluster.pods()? {
                ensure!(
                    ready || other == pod,
                    "{other} went while {pod} is broken as well"
                );
            }
            looks += 1;
            std::thread::sleep(Duration::from_millis(500));
        }
        match roll.join() {
            Ok(end) => eprintln!("the guide's roll: {end:?}"),
            Err(_) => anyhow::bail!("the roll panicked"),
        }
        Ok(looks)
    })?;
    report.figure(
        "looks at the other pods within a minute, every one ready",
        watched,
    );
    load.advances(200, Duration::from_secs(60))?;

    let healed = Instant::now();
    replace(&cluster, broken)?;
    let now = Reader::of(&cluster)?;
    now.run(&now.roll()?)?;
    cluster.settle(shape.count)?;
    report.seconds(
        "the pod replaced and the change on every pod, by the guide",
        healed.elapsed(),
    );
    for pod in cluster.objects("pods", "app.kubernetes.io/component=node")? {
        ensure!(
            pod["spec"]["containers"][0]["env"]
                .to_string()
                .contains("45s"),
            "{} does not have the change",
            pod["metadata"]["name"]
        );
    }
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}
