//! `scale`, `replace` and `plan` as users run them.

use std::fs;
use std::path::Path;

use crate::cli::{Run, folder, run};

/// A folder with a cluster file and what a verb makes of it.
fn deployed(text: &str, verb: &str) -> tempfile::TempDir {
    let folder = folder();
    fs::write(folder.path().join("restate-cluster.yaml"), text).expect("written");
    let made = run(folder.path(), &[verb]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    folder
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Everything in the folder, by path, for a comparison.
fn all(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = crate::golden::files_below(folder)
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("text");
            (path.display().to_string(), text)
        })
        .collect();
    files.sort();
    files
}

/// The titles of a plan.
fn titles(run: &Run) -> Vec<&str> {
    let headings = run
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("## "));
    headings
        .filter_map(|line| Some(line.split_once(". ")?.1))
        .collect()
}

#[test]
fn a_plan_touches_nothing() {
    let folder = deployed("nodes: 3\n", "compose");
    let before = all(folder.path());
    let run = run(folder.path(), &["scale", "--nodes", "5", "--verbose"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(
        titles(&run),
        [
            "Check that the cluster is healthy",
            "Take snapshots and trim the log",
            "Start restate-4 and restate-5",
            "Apply everything else",
        ]
    );
    assert!(all(folder.path()) == before, "something was written");
}

#[test]
fn what_is_written_is_the_file_its_output_and_the_plan() {
    let folder = deployed("name: orders # ours\nnodes: 5   # more in May\n", "compose");
    let secret = read(folder.path(), ".env");
    let written = run(folder.path(), &["scale", "--nodes", "3", "--write"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    assert!(
        written
            .stderr
            .ends_with("next: sh operations/scale-5-to-3/run.sh\n")
    );
    // What is in place is what runs, until run.sh puts the new files there.
    let check = run(folder.path(), &["compose", "--check"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
    assert_eq!(
        read(folder.path(), "restate-cluster.yaml"),
        "name: orders # ours\nnodes: 5   # more in May\n"
    );
    put_files_in_place(folder.path(), "scale-5-to-3");
    assert_eq!(
        read(folder.path(), "restate-cluster.yaml"),
        "name: orders # ours\nnodes: 3   # more in May\nretired_ids: [4, 5]\n"
    );
    let check = run(folder.path(), &["compose", "--check"]);
    assert_eq!(
        check.code, 0,
        "the output is not that of the file: {}",
        check.stderr
    );
    let password = |text: &str| {
        let mut lines = text.lines();
        lines
            .find(|line| line.starts_with("MINIO_ROOT_PASSWORD="))
            .map(str::to_owned)
    };
    assert!(
        password(&secret).is_some() && password(&secret) == password(&read(folder.path(), ".env"))
    );
    let plan = read(folder.path(), "operations/scale-5-to-3/PLAN.md");
    let script = read(folder.path(), "operations/scale-5-to-3/run.sh");
    for text in [&plan, &script] {
        assert!(text.contains("restate-gen scale --nodes 3 --write"));
        assert!(
            !text.contains(
                password(&secret)
                    .expect("there")
                    .split_once('=')
                    .expect("a value")
                    .1
            )
        );
    }
    // Until it is done there is no other.
    let early = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
    assert_eq!(early.code, 2);
    assert!(
        early
            .stderr
            .contains("operations/scale-5-to-3, is not finished")
    );
    assert_eq!(
        read(folder.path(), "operations/scale-5-to-3/before.yaml"),
        "name: orders # ours\nnodes: 5   # more in May\n"
    );
    // As run.sh ends, and as a checkout elsewhere has it.
    let finished = folder.path().join("operations/scale-5-to-3/finished");
    fs::write(finished, "").expect("written");
    // Up again: the ids that went do not come back.
    let again = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    let file = read(
        folder.path(),
        "operations/scale-3-to-5/files/docker-compose.yaml",
    );
    assert!(file.contains("\n  restate-7:\n"));
}

/// Does what run.sh does before the first step that applies files.
#[cfg(unix)]
pub fn put_files_in_place(folder: &Path, plan: &str) {
    let run = placing(folder, plan, "files", "");
    assert!(run.status.success(), "{run:?}");
}

/// As [`put_files_in_place`], those of that folder of the plan, after these lines of sh.
#[cfg(unix)]
pub fn placing(folder: &Path, plan: &str, files: &str, before: &str) -> std::process::Output {
    let script = read(folder, &format!("operations/{plan}/run.sh"));
    let start = script.find("# The new files wait").expect("the functions");
    let end = script.find("# One lock for all plans").expect("their end");
    let functions = &script[start..end];
    let text = format!(
        "set -eu\nhere=$PWD/operations/{plan}\n{functions}\n{before}\nput_files_in_place {files}\n"
    );
    std::process::Command::new("sh")
        .args(["-c", &text])
        .current_dir(folder)
        .output()
        .expect("sh runs")
}

#[cfg(unix)]
#[test]
fn files_are_put_in_place_whole_and_the_record_last() {
    for verb in ["compose", "kubernetes", "nomad"] {
        let mut kills = 0;
        loop {
            let folder = deployed("nodes: 3\nnomad: {one_host: true}\n", verb);
            let written = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
            assert_eq!(written.code, 0, "{}", written.stderr);
            let old = all(folder.path());
            // Killed before that many files were moved.
            let killed = format!(
                "moved=0\nmv() {{ [ $moved -lt {kills} ] || exit 7; moved=$((moved + 1)); command mv \"$@\"; }}"
            );
            let first = placing(folder.path(), "scale-3-to-5", "files", &killed);
            let is_killed = first.status.code() == Some(7);
            assert!(is_killed || first.status.success(), "{first:?}");
            let lock = |files: &[(String, String)]| {
                files
                    .iter()
                    .find(|(path, _)| {
                        path.ends_with("/restate-gen.lock") && !path.contains("operations")
                    })
                    .cloned()
            };
            let now = all(folder.path());
            assert_eq!(
                lock(&now) == lock(&old),
                is_killed,
                "{verb}: the record is last"
            );
            put_files_in_place(folder.path(), "scale-3-to-5");
            let checked = run(folder.path(), &[verb, "--check"]);
            assert_eq!(checked.code, 0, "{verb} after {kills}: {}", checked.stderr);
            assert!(read(folder.path(), "restate-cluster.yaml").contains("nodes: 5"));
            if !is_killed {
                break;
            }
            kills += 1;
        }
        assert!(kills > 3, "{verb}: {kills}");
    }
}

/// Files that a plan needs on the way follow the old ones, and the new ones follow these, wherever the script is killed.
#[cfg(unix)]
#[test]
fn files_in_between_follow_the_old_ones_and_are_followed_by_the_new_ones() {
    let folder = deployed(
        "nodes: 3\nkubernetes: {gitops: true, secret: restate-store}\n",
        "kubernetes",
    );
    let plan = "replace-restate-1";
    let written = run(folder.path(), &["replace", "restate-1", "--write"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let part = |kills: usize| {
        format!(
            "moved=0\nmv() {{ [ $moved -lt {kills} ] || exit 7; moved=$((moved + 1)); command mv \"$@\"; }}"
        )
    };
    for (files, is_old, lines) in [
        (
            "files-without-restate-1",
            true,
            [
                "  restate-1.toml: |\n    lost\n",
                "node-name = \"restate-2\"",
            ],
        ),
        (
            "files",
            false,
            ["node-name = \"restate-4\"", "node-name = \"restate-2\""],
        ),
    ] {
        for kills in 0..3 {
            let killed = placing(folder.path(), plan, files, &part(kills));
            assert_eq!(killed.status.code(), Some(7), "{killed:?}");
        }
        let placed = placing(folder.path(), plan, files, "");
        assert!(placed.status.success(), "{placed:?}");
        let nodes = read(folder.path(), "nodes.yaml");
        for line in lines {
            assert!(nodes.contains(line), "{files}: no {line} in {nodes}");
        }
        let cluster = read(folder.path(), "restate-cluster.yaml");
        assert_eq!(!cluster.contains("in_place_of"), is_old, "{files}");
        let checked = run(folder.path(), &["kubernetes", "--check"]);
        assert_eq!(checked.code, 0, "{}", checked.stderr);
    }
}

#[cfg(unix)]
#[test]
fn what_was_edited_since_the_plan_is_not_replaced() {
    for file in ["docker-compose.yaml", "restate-cluster.yaml"] {
        let folder = deployed("nodes: 3\n", "compose");
        let written = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
        assert_eq!(written.code, 0, "{}", written.stderr);
        let edited = read(folder.path(), file) + "# Ours\n";
        fs::write(folder.path().join(file), &edited).expect("written");
        let stopped = placing(folder.path(), "scale-3-to-5", "files", "");
        assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
        let said = String::from_utf8_lossy(&stopped.stderr);
        assert!(said.contains(&format!("{file} was edited after")), "{said}");
        assert_eq!(read(folder.path(), file), edited);
    }
}

#[cfg(unix)]
#[test]
fn what_is_no_longer_generated_goes_when_the_new_files_come() {
    let folder = deployed("nodes: 3\nnomad: {one_host: true}\n", "nomad");
    fs::write(
        folder.path().join("restate-cluster.yaml"),
        "nodes: 3\nnomad: {one_host: true}\nobject_store: {kind: s3, region: eu}\nsnapshots: {destination: 's3://bucket/c'}\n",
    )
    .expect("written");
    let written = run(folder.path(), &["plan", "--write"]);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let store = folder.path().join("store.nomad.hcl");
    assert!(store.exists());
    put_files_in_place(folder.path(), "configure");
    assert!(!store.exists());
    assert_eq!(run(folder.path(), &["nomad", "--check"]).code, 0);
}

#[cfg(unix)]
#[test]
fn the_cluster_file_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt;
    let folder = deployed("nodes: 3\n", "compose");
    let file = folder.path().join("restate-cluster.yaml");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("ours");
    assert_eq!(
        run(folder.path(), &["scale", "--nodes", "5", "--write"]).code,
        0
    );
    put_files_in_place(folder.path(), "scale-3-to-5");
    let mode = fs::metadata(&file).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode, 0o640);
}

#[test]
fn files_that_have_drifted_are_refused() {
    let folder = deployed("nodes: 3\n", "compose");
    let path = folder.path().join("docker-compose.yaml");
    let text = fs::read_to_string(&path)
        .expect("there")
        .replace("restate-3:", "restate-33:");
    fs::write(&path, text).expect("ours");
    for said in [
        "docker-compose.yaml was edited after restate-gen wrote it",
        "there is no restate-gen.lock for docker-compose.yaml",
    ] {
        let before = all(folder.path());
        let refused = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
        assert_eq!(refused.code, 1, "{}", refused.stderr);
        for word in [said, "restate-gen compose"] {
            assert!(refused.stderr.contains(word), "{}", refused.stderr);
        }
        assert!(all(folder.path()) == before, "something was written");
        let _ = fs::remove_file(folder.path().join("restate-gen.lock"));
    }
}

#[test]
fn what_has_no_plan_is_refused_with_the_reason_and_the_way_out() {
    for (before, arguments, after, said) in [
        (
            "nodes: 3\n",
            &["scale", "--nodes", "3"][..],
            None,
            "already has 3 nodes",
        ),
        (
            "nodes: 3\n",
            &["scale", "--nodes", "0"],
            None,
            "cannot have 0 nodes",
        ),
        (
            "nodes: 5\nreplication: 3\n",
            &["scale", "--nodes", "2"],
            None,
            "RG301",
        ),
        (
            "nodes: 3\nobject_store: none\n",
            &["scale", "--nodes", "5"],
            None,
            "RG723",
        ),
        (
            "nodes: 3\n",
            &["scale", "--to", "new.yaml"],
            Some("nodes: 3\nretired_ids: [1]\n"),
            "RG722",
        ),
        (
            "nodes: 3\n",
            &["scale", "--to", "new.yaml"],
            Some("nodes: 3\n"),
            "nothing changes",
        ),
        (
            "nodes: 3\n",
            &["plan", "restate-cluster.yaml", "new.yaml"],
            Some("nodes: 3\npartitions: 48\n"),
            "RG702",
        ),
        (
            "version: 1.5.3\n",
            &["plan", "restate-cluster.yaml", "new.yaml"],
            Some("version: 1.7.12\n"),
            "RG706",
        ),
        ("nodes: 3\n", &["replace", "restate-9"], None, "restate-9"),
        ("nodes: 1\n", &["replace", "1"], None, "RG721"),
        ("nodes: 3\n", &["scale", "--nodes", "1"], None, "RG728"),
    ] {
        let folder = folder();
        fs::write(folder.path().join("restate-cluster.yaml"), before).expect("written");
        if let Some(after) = after {
            fs::write(folder.path().join("new.yaml"), after).expect("written");
        }
        let refused = run(folder.path(), arguments);
        assert_eq!(
            refused.code, 1,
            "{before} {arguments:?}: {}",
            refused.stderr
        );
        assert!(refused.stdout.is_empty(), "{arguments:?}");
        assert!(
            refused.stderr.contains(said) && refused.stderr.contains("help: "),
            "{before} {arguments:?} does not say {said}: {}",
            refused.stderr
        );
    }
}

#[test]
fn what_cannot_be_asked_is_an_error_of_the_command_line() {
    let folder = deployed("nodes: 3\n", "compose");
    for (arguments, said) in [
        (&["scale"][..], "--nodes"),
        (&["scale", "--nodes", "five"], "`five`"),
        (&["scale", "--nodes", "5", "--to", "x.yaml"], "--to"),
        (&["scale", "--nodes", "5", "-f", "-"], "standard input"),
        (
            &["scale", "--nodes", "5", "--write", "--format", "json"],
            "--format",
        ),
        (&["scale", "--to", "not-there.yaml"], "not-there.yaml"),
        (
            &["scale", "--nodes", "5", "--allow", "RG722"],
            "there is no safe order",
        ),
        (
            &["scale", "--nodes", "5", "--allow", "RG999"],
            "there is no rule `RG999`",
        ),
        (&["plan", "-", "-"], "standard input"),
    ] {
        let wrong = run(folder.path(), arguments);
        assert_eq!(wrong.code, 2, "{arguments:?}: {}", wrong.stderr);
        assert!(
            wrong.stderr.contains(said),
            "{arguments:?}: {}",
            wrong.stderr
        );
    }
    let none = crate::cli::folder();
    let wrong = run(none.path(), &["scale", "--nodes", "5"]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.stderr.contains("restate-gen init --nodes"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_plan_that_takes_a_decision_is_made_when_it_is_allowed_and_says_so_in_its_command() {
    let folder = deployed("nodes: 3\n", "compose");
    let refused = run(folder.path(), &["scale", "--nodes", "1", "--write"]);
    assert_eq!(refused.code, 1);
    let says = |what: &str| assert!(refused.stderr.contains(what), "{}", refused.stderr);
    says("error[RG728]");
    says("--> restate-cluster.yaml:1:8");
    says("pass `--allow RG728`");
    let arguments = ["scale", "--nodes", "1", "--write", "--allow", "RG728"];
    let allowed = run(folder.path(), &arguments);
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
    let plan = read(folder.path(), "operations/scale-3-to-1/PLAN.md");
    assert!(plan.contains(&format!("restate-gen {}", arguments.join(" "))));

    let before = "version: 1.7.12\n";
    let folder = crate::cli::folder();
    fs::write(folder.path().join("restate-cluster.yaml"), before).expect("written");
    fs::write(folder.path().join("new.yaml"), "version: 1.6.2\n").expect("written");
    let plan = ["plan", "restate-cluster.yaml", "new.yaml"];
    let refused = run(folder.path(), &plan);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("error[RG727]"),
        "{}",
        refused.stderr
    );
    let allowed = run(
        folder.path(),
        &[&plan[..], &["--allow", "downgrade"]].concat(),
    );
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
}

#[test]
fn the_plan_is_for_what_runs_the_cluster() {
    for (verb, command) in [
        ("compose", "docker compose up"),
        ("kubernetes", "kubectl apply -k ."),
        ("nomad", "sh rollout.sh"),
    ] {
        let text = "nodes: 3\nkubernetes: {}\nnomad: {one_host: true}\n";
        let folder = deployed(text, verb);
        let short = run(folder.path(), &["scale", "--nodes", "5"]);
        assert!(
            short
                .stdout
                .starts_with("From 3 to 5 nodes: restate-cluster\n")
        );
        assert!(!short.stdout.contains(command), "{}", short.stdout);
        let plan = run(folder.path(), &["scale", "--nodes", "5", "--verbose"]);
        assert_eq!(plan.code, 0, "{verb}: {}", plan.stderr);
        assert!(plan.stdout.contains(command), "{verb}");
    }
    let both = deployed("nodes: 3\n", "compose");
    let other = run(both.path(), &["scale", "--nodes", "5", "--target", "nomad"]);
    assert_eq!(other.code, 2, "{}", other.stderr);
    assert!(
        other
            .stderr
            .contains("were generated by `restate-gen compose`")
    );
    // Without a record, the files say what there can be.
    fs::remove_file(both.path().join("restate-gen.lock")).expect("written");
    fs::write(both.path().join("kustomization.yaml"), "resources: []\n").expect("written");
    let unclear = run(both.path(), &["scale", "--nodes", "5"]);
    assert_eq!(unclear.code, 2);
    assert!(unclear.stderr.contains("--target"));
    for target in ["compose", "kubernetes"] {
        let named = ["scale", "--nodes", "5", "--target", target];
        let named = run(both.path(), &named);
        assert_eq!(named.code, 1, "{}", named.stderr);
        let unknown = "so it is unknown what runs";
        assert!(named.stderr.contains(unknown), "{}", named.stderr);
    }
}

#[test]
fn a_plan_that_was_begun_is_not_written_over_and_one_that_is_done_stays() {
    let folder = deployed("nodes: 3\nreplication: 2\n", "compose");
    let new = |copies: u8| {
        let text = format!("nodes: 3\nmetadata_servers: 3\nreplication: {copies}\n# allow\n");
        fs::write(folder.path().join("new.yaml"), text).expect("written");
    };
    new(1);
    let fewer = ["scale", "--to", "new.yaml", "--write", "--allow", "RG728"];
    let written = run(folder.path(), &fewer);
    assert_eq!(written.code, 0, "{}", written.stderr);
    let progress = folder.path().join("operations/replication-2-to-1/progress");
    fs::write(&progress, "cluster 1\nstep 1\n").expect("written");
    put_files_in_place(folder.path(), "replication-2-to-1");
    new(2);
    let early = run(folder.path(), &["scale", "--to", "new.yaml", "--write"]);
    assert_eq!(early.code, 2);
    assert!(
        early
            .stderr
            .contains("operations/replication-2-to-1, is not finished"),
        "{}",
        early.stderr
    );
    fs::write(&progress, "cluster 1\nstep 1\nfinished\n").expect("written");
    let back = run(folder.path(), &["scale", "--to", "new.yaml", "--write"]);
    assert_eq!(back.code, 0, "{}", back.stderr);
    put_files_in_place(folder.path(), "replication-1-to-2");
    let done = folder.path().join("operations/replication-1-to-2/progress");
    fs::write(done, "finished\n").expect("written");
    new(1);
    let next = run(folder.path(), &fewer);
    assert!(
        next.stderr
            .contains("operations/replication-2-to-1-2/run.sh"),
        "{}",
        next.stderr
    );
    assert!(progress.exists());
}

#[test]
fn nodes_that_take_on_roles_while_others_go_are_refused_where_files_are_applied_as_a_whole() {
    let nodes = |roles: &str, others: &str| {
        format!(
            "metadata_servers: all\nkubernetes: {{}}\nnomad: {{one_host: true}}\nnodes:\n- {{count: 3, first_id: 1}}\n- {{id: 4, roles: [{roles}]}}\n{others}"
        )
    };
    let before = nodes(
        "worker, log-server, admin, http-ingress",
        "- {id: 5, roles: [worker, log-server, admin, http-ingress]}\n",
    );
    let after = nodes(
        "worker, log-server, admin, http-ingress, metadata-server",
        "retired_ids: [5]\n",
    );
    for (verb, code) in [("compose", 0), ("kubernetes", 1), ("nomad", 1)] {
        let folder = deployed(&before, verb);
        fs::write(folder.path().join("new.yaml"), &after).expect("written");
        let arguments = ["scale", "--to", "new.yaml", "--write"];
        let written = all(folder.path());
        let run = run(folder.path(), &arguments);
        assert_eq!(run.code, code, "{verb}: {}", run.stderr);
        if code == 1 {
            assert!(
                run.stderr.contains(&format!(
                    "{verb} applies all files at once, so the removed nodes would stop before they are drained\nhelp: "
                )),
                "{}",
                run.stderr
            );
            assert!(all(folder.path()) == written, "something was written");
        }
    }
}

#[test]
fn a_place_that_was_given_up_is_taken_again_where_the_folder_alone_says_kubernetes() {
    let folder = deployed("nodes: 3\nretired_ids: [4, 5]\n", "kubernetes");
    let grown = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
    assert_eq!(grown.code, 0, "{}", grown.stderr);
    put_files_in_place(folder.path(), "scale-3-to-5");
    assert_eq!(
        read(folder.path(), "restate-cluster.yaml"),
        "nodes: 5\nretired_ids: [4, 5]\nkubernetes: {replacements: [{id: 6, in_place_of: 4}, {id: 7, in_place_of: 5}]}\n"
    );
    let nodes = read(folder.path(), "nodes.yaml");
    assert!(nodes.contains("restate-4.toml: |\n    node-name = \"restate-6\"\n"));
    let check = run(folder.path(), &["kubernetes", "--check"]);
    assert_eq!(check.code, 0, "{}", check.stderr);
}

#[test]
fn an_upgrade_that_the_environment_would_undo_is_not_written() {
    let folder = deployed("version: 1.6.2\nnodes: 3\n", "compose");
    let env = folder.path().join(".env");
    let text = fs::read_to_string(&env).expect("there");
    fs::write(&env, format!("{text}RESTATE_VERSION=1.6.2\n")).expect("written");
    fs::write(
        folder.path().join("new.yaml"),
        "version: 1.7.12\nnodes: 3\n",
    )
    .expect("written");
    let refused = run(folder.path(), &["scale", "--to", "new.yaml", "--write"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("RESTATE_VERSION"),
        "{}",
        refused.stderr
    );
    assert!(!folder.path().join("operations").exists());
}

#[test]
fn where_files_are_applied_as_a_whole_a_member_does_not_leave_beside_nodes_that_come() {
    let text = |nodes: u8, members: u8| {
        format!("nodes: {nodes}\nmetadata_servers: {members}\nnomad: {{one_host: true}}\n")
    };
    for (verb, code) in [("compose", 0), ("kubernetes", 1), ("nomad", 1)] {
        let folder = deployed(&text(5, 5), verb);
        fs::write(folder.path().join("new.yaml"), text(7, 3)).expect("written");
        let plan = run(folder.path(), &["scale", "--to", "new.yaml"]);
        assert_eq!(plan.code, code, "{verb}: {}", plan.stderr);
        assert_eq!(
            plan.stderr.contains("before it leaves the quorum"),
            code == 1,
            "{verb}"
        );
    }
}

#[test]
fn nothing_is_written_where_nobody_can_tell_what_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("restate-cluster.yaml"), "nodes: 3\n").expect("written");
    let shown = run(folder.path(), &["scale", "--nodes", "5"]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    let refused = run(folder.path(), &["scale", "--nodes", "5", "--write"]);
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("there is no docker-compose.yaml"),
        "{}",
        refused.stderr
    );
    assert_eq!(read(folder.path(), "restate-cluster.yaml"), "nodes: 3\n");
}

#[test]
fn who_ends_gitops_ends_its_controller_first() {
    let folder = folder();
    let file = folder.path().join("restate-cluster.yaml");
    let text = |gitops| format!("nodes: 3\nkubernetes: {{secret: ours, gitops: {gitops}}}\n");
    std::fs::write(&file, text(true)).expect("written");
    assert_eq!(run(folder.path(), &["kubernetes"]).code, 0);
    std::fs::write(&file, text(false)).expect("written");
    let refused = run(folder.path(), &["kubernetes"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("RG614"), "{}", refused.stderr);
    let plan = run(folder.path(), &["plan", "--verbose"]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let words = "would change everything back, so end that first";
    assert!(plan.stdout.contains(words), "{}", plan.stdout);
}

#[test]
fn a_flavor_without_plans_says_so_whatever_changed() {
    let folder = folder();
    let text = |nodes| format!("nodes: {nodes}\nkubernetes: {{flavor: helm, secret: ours}}\n");
    let file = folder.path().join("restate-cluster.yaml");
    std::fs::write(&file, text(5)).expect("written");
    assert_eq!(run(folder.path(), &["kubernetes"]).code, 0);
    std::fs::write(&file, text(4)).expect("written");
    let refused = run(folder.path(), &["kubernetes"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(
        !refused.stderr.contains("restate-gen plan"),
        "{}",
        refused.stderr
    );
    for verb in [
        &["plan"][..],
        &["scale", "--nodes", "3"],
        &["replace", "1"],
        &["upgrade"],
    ] {
        let said = run(folder.path(), verb).stderr;
        assert!(
            said.contains("there is no plan for this flavor"),
            "{verb:?}: {said}"
        );
    }
}
