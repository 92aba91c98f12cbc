//! A pod is broken before a change, or by it: no second pod goes down, and the change is completed once the fault is
//! fixed.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::wait_for;

use super::guided::{Reader, change, made_anew};
use super::lost_volume::{Lost, lose, replace};
use super::{Shape, counter, load, report};

/// How long the roll of a faulty change is watched. A pod takes less than half of this to go and come back.
const WATCHED: Duration = Duration::from_secs(60);

/// The guide's way to change something begins with a look, which holds it up here.
pub fn a_change_waits_for_a_broken_pod(shape: Shape, broken: Lost) -> Result<()> {
    let pod = broken.pod;
    let mut report = report(&format!(
        "A change while {pod} is broken, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("broken")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "broken")?;
    let reader = Reader::of(&cluster)?;
    reader.run(&reader.look()?)?;
    report.figure(
        "the guide's look before a change, every pod ready",
        "passes",
    );
    lose(&cluster, pod)?;

    // As in the guide, but for how patient it is.
    let look = reader.look()?.replace("--timeout=600s", "--timeout=15s");
    let looked = reader.run_within(&look, Duration::from_secs(120))?;
    ensure!(
        !looked.succeeded() && looked.stderr.contains("timed out"),
        "the guide's look does not see that {pod} is broken: {looked}"
    );
    report.figure("the same with the pod broken", "fails");

    let healed = Instant::now();
    replace(&cluster, broken)?;
    reader.run(&Reader::of(&cluster)?.look()?)?;
    let before = cluster.uids()?;
    change(&cluster, |file| {
        format!("{file}settings: {{shutdown-timeout: 45s}}\n")
    })?;
    cluster.apply()?.success()?;
    reader.run(&Reader::of(&cluster)?.roll()?)?;
    cluster.settle(shape.count)?;
    report.seconds(
        "the pod replaced, and the change on every pod, by the guide",
        healed.elapsed(),
    );
    let anew = made_anew(&before, &cluster)?;
    ensure!(
        anew.len() == shape.count,
        "the change restarted {anew:?} only"
    );
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}

/// An image that cannot be had: the roll ends at the first pod, and continues from there once the file is fixed.
pub fn a_faulty_change_ends_at_one_pod(shape: Shape) -> Result<()> {
    let mut report = report(&format!(
        "A change to an image that cannot be had, and back, under load: {}",
        shape.words()
    ));
    let cluster = shape.running("faulty")?;
    let _service = counter(&cluster)?;
    let founded = cluster.identity_of_all()?;
    let load = load(&cluster, "faulty")?;
    let before = cluster.uids()?;

    let faulty = "image: {repository: image.invalid/restate}\n";
    change(&cluster, |file| format!("{file}{faulty}"))?;
    cluster.apply()?.success()?;
    let reader = Reader::of(&cluster)?;
    // As in the guide, but for how patient it is: what is left behind when the time is up is soon gone.
    let roll = reader
        .roll()?
        .replace("--timeout=1800s", "--timeout=50s")
        .replace("--timeout=600s", "--timeout=5s");
    let started = Instant::now();
    std::thread::scope(|scope| -> Result<()> {
        // It gives up, or waits on: what counts is what it does to the pods meanwhile.
        let roll = scope.spawn(|| reader.run_within(&roll, WATCHED));
        while started.elapsed() < WATCHED {
            let down: Vec<String> = cluster
                .pods()?
                .into_iter()
                .filter_map(|(pod, ready)| (!ready).then_some(pod))
                .collect();
            ensure!(down.len() <= 1, "{down:?} are down at once");
            let anew = made_anew(&before, &cluster)?;
            ensure!(anew.len() <= 1, "{anew:?} were taken");
            std::thread::sleep(Duration::from_millis(500));
        }
        match roll.join() {
            Ok(Ok(run)) => ensure!(!run.succeeded(), "the guide takes it for done: {run}"),
            Ok(Err(still_waiting)) => eprintln!("{still_waiting}"),
            Err(_) => anyhow::bail!("the roll panicked"),
        }
        Ok(())
    })?;
    let taken = made_anew(&before, &cluster)?;
    ensure!(
        taken.len() == 1,
        "the change reached {taken:?}: nothing is proven"
    );
    report.figure("pods that the faulty change took", taken.len());
    load.advances(200, Duration::from_secs(60))?;

    let mended = Instant::now();
    change(&cluster, |file| file.replace(faulty, ""))?;
    cluster.apply()?.success()?;
    let reader = Reader::of(&cluster)?;
    reader.run(&reader.roll()?)?;
    wait_for("every pod is ready", Duration::from_secs(120), || {
        reader.run(&reader.look()?)
    })?;
    cluster.settle(shape.count)?;
    report.seconds(
        "the file fixed, until every replica is active",
        mended.elapsed(),
    );
    let still = cluster.identity_of_all()?;
    ensure!(still == founded, "{founded:?} became {still:?}");
    load.advances(200, Duration::from_secs(60))?;
    report.load(&load.finish()?);
    report.write()
}
