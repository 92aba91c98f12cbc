//! The report of an import, in Markdown.

use super::draft::{Draft, Note};
use super::rules::Found;
use super::{Deployment, place};

/// What the report is about.
pub struct Heading<'a> {
    /// The command that was run.
    pub command: &'a str,
    /// What leads from the folder of the cluster file to that of the sources: `..`; empty where they are one.
    pub back: &'a str,
    /// What leads from the folder of the sources to that of the cluster file: `restate`; empty where they are one.
    pub folder: &'a str,
    /// The main source, by its name in its folder.
    pub source: &'a str,
}

/// The report.
pub fn written(
    draft: &Draft,
    deployment: &Deployment,
    found: &[Found],
    heading: &Heading,
) -> String {
    let mut lines = vec![
        "# Import".to_owned(),
        String::new(),
        format!(
            "What `{}` made of what runs. Read it, then delete it.",
            heading.command
        ),
    ];
    if !draft.questions.is_empty() {
        lines.extend(["", "## Open questions", ""].map(str::to_owned));
        lines.push("The files do not say these. Each is a `?` in `restate-cluster.yaml`, which no other command takes. With the".into());
        lines.push("containers running, `--live` asks them.".into());
        lines.push(String::new());
        for question in &draft.questions {
            lines.push(format!(
                "- {}: `{}`: {}",
                deployment.place(&question.spot),
                question.key,
                question.what
            ));
            lines.push(String::new());
            lines.push(format!("  ```sh\n  {}\n  ```", question.command));
        }
    }
    let notes = |lines: &mut Vec<String>, title: &str, notes: &[Note]| {
        if notes.is_empty() {
            return;
        }
        lines.extend([String::new(), format!("## {title}"), String::new()]);
        for note in notes {
            let at = note
                .spot
                .as_ref()
                .map(|spot| format!("{}: ", deployment.place(spot)));
            lines.push(format!("- {}{}", at.unwrap_or_default(), note.text));
        }
    };
    notes(&mut lines, "Carried over", &draft.carried);
    notes(&mut lines, "Better", &draft.better);
    notes(&mut lines, "Not carried over", &draft.left);
    if !found.is_empty() {
        lines.extend(["", "## Wrong in the source", ""].map(str::to_owned));
        for one in found {
            let diagnostic = &one.diagnostic;
            let document = &deployment.documents()[one.spot.document];
            let help = diagnostic.help.as_ref().map(|help| format!("; {help}"));
            lines.push(format!(
                "- {}: {}: {}{}",
                place(document, &one.spot),
                diagnostic.rule.code,
                diagnostic.message,
                help.unwrap_or_default()
            ));
        }
    }
    lines.extend(["", "## Next", ""].map(str::to_owned));
    let mut number = 0;
    let mut step = |lines: &mut Vec<String>, words: &str, command: &str| {
        number += 1;
        lines.push(format!("{number}. {words}:"));
        lines.push(String::new());
        lines.push(format!("   ```sh\n   {command}\n   ```"));
        lines.push(String::new());
    };
    if !draft.questions.is_empty() {
        step(
            &mut lines,
            "Answer the open questions",
            "restate-gen validate",
        );
    }
    step(
        &mut lines,
        "Generate the files, and look at them",
        "restate-gen compose",
    );
    let services: Vec<&str> = deployment.services().collect();
    let services = services.join(" ");
    let file = match heading.back {
        "" => heading.source.to_owned(),
        back => format!("{back}/{}", heading.source),
    };
    step(
        &mut lines,
        "Stop the servers, so that two never write to one volume. Their volumes stay",
        &format!(
            "docker compose -p {} -f {file} rm --stop --force {services}",
            deployment.project()
        ),
    );
    for (words, command) in &draft.steps {
        step(&mut lines, words, command);
    }
    step(
        &mut lines,
        match deployment.keeps_data() {
            true => "Start the nodes. The provisioning step says `already provisioned`",
            false => "Start the nodes",
        },
        "docker compose up -d --wait && docker compose logs restate-provision",
    );
    if !deployment.others.is_empty() && !deployment.is_generated && !heading.folder.is_empty() {
        let (folder, whose) = (
            heading.folder,
            if services.contains(' ') {
                "their volumes"
            } else {
                "its volume"
            },
        );
        let include = match draft.overriding {
            Some(_) => format!(
                "include: [{{path: [{folder}/docker-compose.yaml, {folder}/docker-compose.override.yaml]}}]"
            ),
            None => format!("include: [{folder}/docker-compose.yaml]"),
        };
        lines.push(format!(
            "{}. Take {services} out of `{file}`, with {whose}, and include the cluster there:",
            number + 1
        ));
        lines.extend([String::new(), format!("   ```yaml\n   {include}\n   ```")]);
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n") + "\n"
}
