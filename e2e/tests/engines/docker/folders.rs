//! Data in folders of the host that belong to somebody else, which root without its capabilities cannot write to.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};

use anyhow::{Context, Result, ensure};
use restate_gen_e2e::cluster::{identity, is_whole, wait_for};
use restate_gen_e2e::docker::{PROJECT_PREFIX, Project};
use restate_gen_e2e::generator::compose_project;
use restate_gen_e2e::report::Report;

use super::SETTLING;
use super::guided::run;

/// The folders are made beforehand by a user of id 1000. Nodes start on them, a backup of them comes back, and they belong to whom they did.
pub fn folders_of_somebody_else_hold_the_data(store: &str) -> Result<()> {
    let mut report = Report::of(&format!("Data in folders of uid 1000: 3 nodes, {store}"));
    let file = format!(
        "name: {PROJECT_PREFIX}folders\nnodes: 3\nobject_store: {store}\nvolumes: {{path: ./the data}}\n"
    );
    let project = Project::open(compose_project(&file)?)?;
    let data = project.folder().join("the data");
    let (provision, store) = (project.service("provision")?, project.service(store)?);
    let services = ["restate-1", "restate-2", "restate-3", &store, &provision];
    for service in services {
        let folder = data.join(service);
        fs::create_dir_all(&folder)?;
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        chown(&folder, Some(1000), Some(1000)).context("the tests run as root")?;
    }
    project.up()?.success()?;
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    let founded = identity(&project, 2)?;
    ensure!(
        data.join("restate-2/restate-2/.cluster-marker").is_file(),
        "node 2's data are elsewhere"
    );

    report.seconds("backup.sh", run(&project, "sh backup.sh saved\n")?);
    project.compose(["rm", "--stop", "--force"])?.success()?;
    for service in services {
        for entry in fs::read_dir(data.join(service))? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(path)?
            } else {
                fs::remove_file(path)?
            }
        }
    }
    report.seconds("restore.sh", run(&project, "sh restore.sh saved --yes\n")?);
    wait_for("every partition active", SETTLING, || is_whole(&project))?;
    ensure!(identity(&project, 2)? == founded, "another cluster");
    for service in services {
        let owner = fs::metadata(data.join(service))?.uid();
        ensure!(owner == 1000, "{service} belongs to {owner} now");
    }
    project.compose(["down", "--timeout", "1"])?.success()?;
    report.write()
}
