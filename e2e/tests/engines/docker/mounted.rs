//! A file of the host that the server reads: the key that requests are signed with.

use std::fs;
use std::os::unix::fs::chown;

use anyhow::{Result, ensure};
use restate_gen_e2e::cluster::{ADMIN, wait_for};
use restate_gen_e2e::docker::{PROJECT_PREFIX, Project};
use restate_gen_e2e::generator::{cluster_folder, generate};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::signature::{KEY_IS_LOADED, KEY_IS_MISSING, make_key, requests_are_signed};

use super::{NEWEST, SETTLING};

/// Servers that have the setting under its old and under its new name.
const VERSIONS: [&str; 2] = ["1.5.3", NEWEST];
/// A user of the host that keeps the key, and is not root.
const KEEPER: u32 = 1000;

/// With the key, which its keeper alone may read, requests are signed; without it the server ends, as the rule says.
pub fn requests_are_signed_with_a_key_of_the_host() -> Result<()> {
    let mut report = Report::of("Requests are signed with a key that is a file of the host");
    for version in VERSIONS {
        let setting = if version.starts_with("1.7") {
            "worker: {invoker: {request-identity-private-key-pem-file: /etc/restate/identity.pem}}"
        } else {
            "request-identity-private-key-pem-file: /etc/restate/identity.pem"
        };
        let file = |files: &str| {
            format!(
                "# restate-gen: allow RG520 - to see what the server does without\n\
                 name: {PROJECT_PREFIX}signed\nversion: {version}\nnodes: 1\nobject_store: none\n\
                 settings: {{{setting}}}\n{files}"
            )
        };
        let folder = cluster_folder(&file(""))?;
        generate(folder.path())?;
        let mut project = Project::open(folder)?;
        project.compose(["up", "-d", "restate-1"])?.success()?;
        wait_for("the server ends without its key", SETTLING, || {
            let log = project.logs("restate-1")?;
            ensure!(log.contains(KEY_IS_MISSING), "{log}");
            Ok(())
        })?;

        let key = project.folder().join("identity.pem");
        make_key(&key)?;
        chown(&key, Some(KEEPER), Some(KEEPER))?;
        let entry = "files: [{path: /etc/restate/identity.pem, file: ./identity.pem}]\n";
        let text = file(entry).replacen("# restate-gen: allow RG520", "# Allowed before: RG520", 1);
        fs::write(project.folder().join("restate-cluster.yaml"), text)?;
        generate(project.folder())?;
        project.reopen()?;
        let up = project.up()?.success()?;
        let log = project.logs("restate-1")?;
        ensure!(log.contains(KEY_IS_LOADED), "{log}");
        let admin = project.published("restate-1", ADMIN)?;
        requests_are_signed(&admin, &project.host_address()?)?;
        report.seconds(
            &format!("{version}: `docker compose up -d --wait` with the key"),
            up.took,
        );
    }
    report.figure("a key that a user of the host alone may read", "is read");
    report.write()
}
