//! Every setting that the file emits reaches the server under the name it has in that version.

use anyhow::{Result, ensure};
use restate_gen_e2e::report::Report;
use restate_gen_e2e::settings::{settings, unheard};

use super::Shape;

pub fn every_setting_is_heard(shape: Shape) -> Result<()> {
    let mut report = Report::of(&format!("Settings heard by the server: {}", shape.words()));
    let project = shape.project("facts")?;
    let mut faults = Vec::new();
    for name in project.nodes.values() {
        let arguments = [
            "run",
            "--rm",
            "--no-deps",
            "-T",
            "--entrypoint",
            "restate-server",
            name,
            "--dump-config",
        ];
        let dump = project.compose(arguments)?.success()?.stdout;
        let given = project.variables(name)?;
        let count = settings(&given).count();
        ensure!(count > 0, "{name} has no setting");
        report.figure(
            &format!("settings of {name}, each in `--dump-config` with its value"),
            count,
        );
        faults.extend(
            unheard(&given, &dump)?
                .into_iter()
                .map(|fault| format!("{name}: {fault}")),
        );
    }
    ensure!(
        faults.is_empty(),
        "{}:\n{}",
        shape.words(),
        faults.join("\n")
    );
    report.write()
}
