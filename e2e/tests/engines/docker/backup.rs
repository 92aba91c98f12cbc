//! `backup.sh` and `restore.sh`: what is saved under load comes back, what does not fit is refused, and neither script
//! leaves anything half done when it is killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{INGRESS, is_whole, wait_for};
use restate_gen_e2e::command::{Finished, finished};
use restate_gen_e2e::counter::Service;
use restate_gen_e2e::docker::{Project, docker};
use restate_gen_e2e::generator::compose_project;
use restate_gen_e2e::load::{Load, Plan, value};
use restate_gen_e2e::report::Report;

use super::guided::{procedures, run};
use super::{SETTLING, Shape};

/// A script may move volumes and restart everything.
const SCRIPT: Duration = Duration::from_secs(300);
/// How long a script may take until it says a line.
const LINE: Duration = Duration::from_secs(120);

/// The values of a load that was finished.
type Counts = BTreeMap<u32, u64>;

/// Backs up under load by the guide, keeps calling, destroys everything, restores by the guide: every value is that of the
/// moment in which the cluster was stopped.
pub fn a_backup_is_what_comes_back(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!(
        "Backup under load, everything destroyed, restore: {}",
        shape.words()
    ));
    let project = shape.running("backup")?;
    let service = super::counter(&project)?;
    let before = counted(&project, "before", 300)?;
    let [back_up, restore] = &procedures(&project, "Back up and restore")?[..] else {
        anyhow::bail!("the guide has no two scripts to back up and restore");
    };

    let plan = Plan::light("during");
    let in_flight = u64::from(plan.clients);
    let load = Load::start(&project, plan)?;
    load.advances(300, LINE)?;
    let began = Instant::now();
    run(&project, back_up)?;
    report.seconds("backup, archives read back", began.elapsed());
    let ended = Instant::now();
    load.advances(200, LINE)?;
    let during = load.finish()?;
    ensure!(
        (began..ended).contains(&during.pause_began),
        "the longest pause was not that of the backup"
    );
    report.load(&during);
    report.figure(
        "archives",
        format!("{} KiB", size(&project.folder().join("backup"))? / 1024),
    );
    only_the_user_may_read(&project.folder().join("backup"))?;

    destroy(&project)?;
    let restored = run(&project, restore)?;
    report.seconds("restored on a host without volumes", restored);
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    service.register(&project, 1)?;
    are_as(&project, "before", &before)?;
    report.figure("values of before the backup, each as it was", before.len());
    // What was acknowledged before the pause is in the backup; next to it may be what was on its way then.
    let ingresses = ingresses(&project)?;
    let mut unacknowledged = 0;
    for object in during.counts.keys() {
        let acknowledged = during
            .counts_before_pause
            .get(object)
            .copied()
            .unwrap_or_default();
        let restored = value(&ingresses, "during", *object)?;
        ensure!(
            restored >= acknowledged,
            "object {object} was acknowledged at {acknowledged} before the pause, and is {restored}"
        );
        unacknowledged += restored - acknowledged;
    }
    ensure!(
        unacknowledged <= in_flight,
        "{unacknowledged} calls more than acknowledged, {in_flight} were in flight"
    );
    report.figure(
        "values under load, each that of the moment",
        during.counts.len(),
    );
    counted(&project, "after", 200)?;
    report.write()
}

/// A backup that is damaged, of another cluster or of other nodes is refused, and so is a volume with data that nobody
/// gave up; nothing changes, and the cluster continues.
pub fn what_does_not_fit_is_refused(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!("What is refused: {}", shape.words()));
    let project = shape.running("backup-refused")?;
    let _service = super::counter(&project)?;
    let counts = counted(&project, "kept", 200)?;
    let folder = project.folder();
    script(folder, &["backup.sh"])?.success()?;
    let containers = containers_of(&project)?;

    let mut refused = |what: &str, at: &Path, arguments: &[&str], expected: &str| -> Result<()> {
        let run = script(at, arguments)?;
        ensure!(
            run.code == Some(1) && (run.stderr.contains(expected)),
            "{what}: {run}"
        );
        let said = run.stderr.lines().find(|line| line.contains(expected));
        let said = said.unwrap_or_default().replace('|', "/");
        report.figure(what, said.replace(&folder.display().to_string(), "."));
        Ok(())
    };
    refused(
        "a second backup into the same folder",
        folder,
        &["backup.sh"],
        "already holds a complete backup",
    )?;
    refused(
        "a backup into a folder with files",
        folder,
        &["backup.sh", "."],
        "is not empty",
    )?;
    refused(
        "data there, and no --yes",
        folder,
        &["restore.sh", "backup"],
        "pass --yes",
    )?;
    let damaged = folder.join("damaged");
    for (what, damage) in [
        (
            "an archive with one byte changed",
            &flip as &dyn Fn(&Path) -> Result<()>,
        ),
        ("an archive cut short", &cut),
        ("an archive that is missing", &|file| {
            Ok(fs::remove_file(file)?)
        }),
    ] {
        copy(&folder.join("backup"), &damaged)?;
        damage(&damaged.join("volumes/restate-2-data.tar.gz"))?;
        refused(
            what,
            folder,
            &["restore.sh", "damaged", "--yes"],
            "is damaged",
        )?;
        fs::remove_dir_all(&damaged)?;
    }
    copy(&folder.join("backup"), &damaged)?;
    fs::remove_file(damaged.join("SHA256SUMS"))?;
    refused(
        "a backup that was not finished",
        folder,
        &["restore.sh", "damaged", "--yes"],
        "is not a complete backup",
    )?;

    let file = fs::read_to_string(folder.join("restate-cluster.yaml"))?;
    let saved = folder.join("backup").display().to_string();
    for (what, from, to, expected) in [
        (
            "the backup of another cluster",
            "backup-refused",
            "backup-another",
            "has the cluster",
        ),
        (
            "the backup of other nodes",
            "nodes: 3",
            "nodes: 5",
            "has the nodes",
        ),
        (
            "the backup of another version",
            "version: 1.7.12",
            "version: 1.6.2",
            "has the version",
        ),
    ] {
        let other = compose_project(&file.replace(from, to))?;
        refused(
            what,
            other.path(),
            &["restore.sh", &saved, "--yes"],
            expected,
        )?;
    }

    ensure!(
        containers_of(&project)? == containers,
        "a refusal changed the containers"
    );
    are_as(&project, "kept", &counts)?;
    report.write()
}

/// Kills both scripts at their critical moments. After each, the cluster starts as it was or does not start at all, and
/// running the script again ends as if nothing had happened.
pub fn a_killed_script_is_run_again(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!("Scripts that are killed: {}", shape.words()));
    let project = shape.running("backup-killed")?;
    let service = super::counter(&project)?;
    let counts = counted(&project, "kept", 200)?;
    let folder = project.folder();

    // Terminated, the script starts the cluster again; killed, the next run does.
    let mut child = saying(folder, &["backup.sh"], "archiving restate-2-data")?;
    for other in [
        &["backup.sh", "other"][..],
        &["restore.sh", "other", "--yes"],
    ] {
        let second = script(folder, other)?;
        ensure!(
            !second.succeeded() && second.stderr.contains("another run is in progress"),
            "{second}"
        );
    }
    finished(
        Command::new("kill").args(["-TERM", &child.id().to_string()]),
        LINE,
    )?
    .success()?;
    let code = child.wait()?.code();
    ensure!(code == Some(143), "exit code {code:?}");
    ensure!(
        !folder.join("backup/SHA256SUMS").exists(),
        "a backup of half"
    );
    wait_for("everything runs again", SETTLING, || is_whole(&project))?;
    report.figure("backup.sh terminated", "the cluster runs again");

    kill(saying(folder, &["backup.sh"], "archiving restate-2-data")?)?;
    ensure!(is_whole(&project).is_err(), "killed, and yet it runs");
    script(folder, &["backup.sh"])?.success()?;
    wait_for("everything runs again", SETTLING, || is_whole(&project))?;
    are_as(&project, "kept", &counts)?;
    report.figure(
        "backup.sh killed, run again",
        "complete, and the cluster runs again",
    );

    // On a host without volumes, while half of the archives are unpacked.
    destroy(&project)?;
    kill(saying(
        folder,
        &["restore.sh", "backup"],
        "unpacking restate-3-data",
    )?)?;
    let up = project.up()?;
    ensure!(!up.succeeded(), "half restored, and yet it starts: {up}");
    let said = project.logs(&project.service("provision")?)?;
    let said = said.lines().find_map(|line| line.split_once("refused: "));
    report.figure(
        "restore.sh killed while unpacking, no data before: `up` fails, with the words",
        said.with_context(|| format!("not refused: {up}"))?.1,
    );
    script(folder, &["restore.sh", "backup", "--yes"])?.success()?;
    are_restored(&project, &service, &counts)?;
    report.figure("run again", "every value as saved");

    // Over data: what is there stays until everything is unpacked.
    let newer = counted(&project, "newer", 200)?;
    kill(saying(
        folder,
        &["restore.sh", "backup", "--yes"],
        "unpacking restate-3-data",
    )?)?;
    project.up()?.success()?;
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    // The network is a new one, and with it the address of this machine.
    service.register(&project, 1)?;
    are_as(&project, "newer", &newer)?;
    report.figure(
        "restore.sh killed while unpacking, over data",
        "the data of before are there",
    );

    // While the volumes are replaced: the container that does it continues.
    kill(saying(
        folder,
        &["restore.sh", "backup", "--yes"],
        "replacing the volumes",
    )?)?;
    script(folder, &["restore.sh", "backup", "--yes"])?.success()?;
    are_restored(&project, &service, &counts)?;
    ensure!(
        value(&ingresses(&project)?, "newer", 0)? == 0,
        "what came after the backup is still there"
    );
    report.figure(
        "restore.sh killed while it renames, run again",
        "every value as saved",
    );
    counted(&project, "after", 100)?;
    report.write()
}

/// Counts for a while, and says where each counter stands.
fn counted(project: &Project, label: &str, calls: u64) -> Result<Counts> {
    let load = Load::start(project, Plan::light(label))?;
    load.advances(calls, LINE)?;
    Ok(load.finish()?.counts)
}

fn are_restored(project: &Project, service: &Service, counts: &Counts) -> Result<()> {
    wait_for("every partition active", SETTLING, || is_whole(project))?;
    service.register(project, 1)?;
    are_as(project, "kept", counts)
}

fn are_as(project: &Project, label: &str, counts: &Counts) -> Result<()> {
    let ingresses = ingresses(project)?;
    for (object, count) in counts {
        let found = value(&ingresses, label, *object)?;
        ensure!(
            found == *count,
            "object {object} of {label} was at {count}, and is at {found}"
        );
    }
    Ok(())
}

fn ingresses(project: &Project) -> Result<Vec<String>> {
    let names = project.nodes.values();
    names.map(|name| project.published(name, INGRESS)).collect()
}

/// Removes everything that the engine has of the project.
fn destroy(project: &Project) -> Result<()> {
    project.compose(["down", "--volumes"])?.success()?;
    let filter = format!("label=com.docker.compose.project={}", project.name);
    let left = docker(["volume", "ls", "--quiet", "--filter", &filter])?.success()?;
    ensure!(left.stdout.is_empty(), "volumes are left: {}", left.stdout);
    Ok(())
}

fn containers_of(project: &Project) -> Result<String> {
    Ok(project
        .compose(["ps", "--all", "--quiet"])?
        .success()?
        .stdout)
}

fn script(folder: &Path, arguments: &[&str]) -> Result<Finished> {
    finished(
        Command::new("sh").args(arguments).current_dir(folder),
        SCRIPT,
    )
}

/// Starts the script and returns once it has said the line.
fn saying(folder: &Path, arguments: &[&str], line: &str) -> Result<Child> {
    let output = folder.join("said");
    let mut child = Command::new("sh")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(fs::File::create(&output)?)
        .stderr(fs::File::create(folder.join("said-as-error"))?)
        .spawn()?;
    let start = Instant::now();
    while !fs::read_to_string(&output)?.contains(line) {
        let ended = child.try_wait()?;
        ensure!(
            ended.is_none() && start.elapsed() < LINE,
            "{arguments:?} did not say {line:?}: {ended:?}, {}",
            fs::read_to_string(folder.join("said-as-error"))?
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(child)
}

/// Ends it with SIGKILL; what it has started continues.
fn kill(mut child: Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}

fn flip(file: &Path) -> Result<()> {
    let mut bytes = fs::read(file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    Ok(fs::write(file, bytes)?)
}

fn cut(file: &Path) -> Result<()> {
    let bytes = fs::read(file)?;
    Ok(fs::write(file, &bytes[..bytes.len() / 2])?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    finished(Command::new("cp").arg("-R").args([from, to]), SCRIPT)?
        .success()
        .map(drop)
}

/// The bytes of all files below the folder.
fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        bytes += if path.is_dir() {
            size(&path)?
        } else {
            fs::metadata(&path)?.len()
        };
    }
    Ok(bytes)
}

#[cfg(unix)]
fn only_the_user_may_read(folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for path in [
        folder.to_owned(),
        folder.join("files/.env"),
        folder.join("volumes/restate-1-data.tar.gz"),
    ] {
        let mode = fs::metadata(&path)?.permissions().mode();
        ensure!(
            mode & 0o077 == 0,
            "{} has the mode {mode:o}",
            path.display()
        );
    }
    Ok(())
}

#[cfg(not(unix))]
fn only_the_user_may_read(_folder: &Path) -> Result<()> {
    Ok(())
}
