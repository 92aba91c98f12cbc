//! The commands that the generated operations guide tells people to run.

/// The `curl` commands of the guide's code fences that only read, in order, continuation lines joined. What the output
/// is piped into is left out: the exit code of a pipe is not curl's.
pub fn curl_reads(guide: &str) -> Vec<String> {
    commands(guide)
        .into_iter()
        .map(|command| match command.split_once(" | ") {
            Some((curl, _)) => curl.to_owned(),
            None => command,
        })
        .filter(|command| command.starts_with("curl ") && !writes(command))
        .collect()
}

/// The code fences of the section with that heading, each a script.
pub fn scripts(guide: &str, heading: &str) -> Vec<String> {
    section(guide, heading)
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|fence| Some(fence.split_once('\n')?.1.to_owned()))
        .collect()
}

/// What the section with that heading tells to run, in its order: the code fences, each a script, and the commands of `kubectl` and
/// `restatectl` that stand in its sentences.
pub fn steps(guide: &str, heading: &str) -> Vec<String> {
    let mut steps = Vec::new();
    for (number, part) in section(guide, heading).split("```").enumerate() {
        if number % 2 == 1 {
            steps.extend(part.split_once('\n').map(|(_, fence)| fence.to_owned()));
        } else {
            let spans = part.split('`').skip(1).step_by(2);
            let commands = spans
                .filter(|span| span.starts_with("kubectl ") || span.starts_with("restatectl "));
            steps.extend(commands.map(|command| format!("{command}\n")));
        }
    }
    steps
}

fn section<'guide>(guide: &'guide str, heading: &str) -> &'guide str {
    let (_, section) = guide
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_default();
    section.split("\n## ").next().unwrap_or_default()
}

/// Every command line of the guide's code fences, without prompts and comments.
fn commands(guide: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut in_fence = false;
    let mut open: Option<String> = None;
    for line in guide.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            in_fence = !in_fence;
            commands.extend(open.take());
            continue;
        }
        if !in_fence || line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("$ ").unwrap_or(line);
        let joined = match open.take() {
            Some(start) => format!("{start} {line}"),
            None => line.to_owned(),
        };
        match joined.strip_suffix('\\') {
            Some(start) => open = Some(start.trim_end().to_owned()),
            None => commands.push(joined),
        }
    }
    commands
}

fn writes(command: &str) -> bool {
    let mut words = command.split_whitespace().peekable();
    while let Some(word) = words.next() {
        match word {
            "-d" | "-T" | "-F" | "--data" | "--data-binary" | "--data-raw" | "--json"
            | "--upload-file" | "--form" => {
                return true;
            }
            "-X" | "--request" => return words.peek().is_none_or(|method| *method != "GET"),
            _ if word.starts_with("-X") => return word != "-XGET",
            _ => {}
        }
    }
    false
}
