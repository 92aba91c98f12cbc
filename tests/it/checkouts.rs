//! Generated files that are not where, or not as, they were made: other checkouts, folders of their own, plans of before.

use std::fs;
use std::path::Path;

use crate::cli::{Run, folder, run};
use crate::golden::all;
#[cfg(unix)]
use crate::plan_commands::placing;

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    fs::write(path, text).expect("writable");
}

#[track_caller]
fn well(folder: &Path, arguments: &[&str]) -> Run {
    let made = run(folder, arguments);
    assert_eq!(made.code, 0, "{arguments:?}: {}", made.stderr);
    made
}

/// All files of a folder in another one, but for what is never committed.
fn cloned(from: &Path) -> tempfile::TempDir {
    let to = folder();
    for (path, text) in all(from) {
        let path = Path::new(&path);
        let path = path.strip_prefix(from).unwrap_or(path);
        let name = path.file_name().expect("a name").to_string_lossy();
        if name != ".env" && name != "progress" && name != "run.log" {
            let place = to.path().join(path);
            fs::create_dir_all(place.parent().expect("a folder")).expect("writable");
            fs::write(place, text).expect("writable");
        }
    }
    to
}

const FILE: &str = "restate-cluster.yaml";

#[cfg(unix)]
#[test]
fn a_plan_made_for_other_files_puts_nothing_in_place_and_is_in_nobodys_way() {
    for verb in ["compose", "kubernetes", "nomad"] {
        let folder = folder();
        let folder = folder.path();
        let text = |memory: &str| {
            format!(
                "nodes: 3\nmetadata_servers: 3\nresources: {{memory: {memory}}}\nnomad: {{one_host: true}}\n"
            )
        };
        write(folder, FILE, &text("2GiB"));
        well(folder, &[verb]);
        write(folder, FILE, &text("3GiB"));
        let planned = well(folder, &["plan", "--write"]);
        let plan = planned.stderr.split("operations/").nth(1).expect("a plan");
        let plan = plan.split('/').next().expect("its name").to_owned();
        // The plan is not carried out: its memory is overtaken.
        write(folder, FILE, &text("6GiB"));
        well(folder, &[verb]);
        let before = all(folder);
        let placed = placing(folder, &plan, "files", "");
        let said = String::from_utf8_lossy(&placed.stderr).into_owned();
        assert!(!placed.status.success(), "{verb}: {said}");
        assert!(
            said.contains("is not the one that this plan was made for"),
            "{said}"
        );
        assert!(all(folder) == before, "{verb}: something was put in place");
        well(folder, &["scale", "--nodes", "5", "--write"]);
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_put_in_place_where_the_cluster_file_was_edited_since() {
    let folder = folder();
    let folder = folder.path();
    write(folder, FILE, "nodes: 3\n");
    well(folder, &["compose"]);
    well(folder, &["scale", "--nodes", "5", "--write"]);
    write(folder, FILE, "nodes: 3 # ours\n");
    let before = all(folder);
    let placed = placing(folder, "scale-3-to-5", "files", "");
    assert!(!placed.status.success(), "{placed:?}");
    assert!(all(folder) == before, "something was put in place");
}

#[cfg(unix)]
#[test]
fn a_linked_cluster_file_stays_a_link() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "shared/orders.yaml", "nodes: 3\n");
    std::os::unix::fs::symlink("shared/orders.yaml", folder.join(FILE)).expect("a link");
    well(folder, &["compose"]);
    well(folder, &["scale", "--nodes", "5", "--write"]);
    let placed = placing(folder, "scale-3-to-5", "files", "");
    assert!(placed.status.success(), "{placed:?}");
    let shared = fs::read_to_string(folder.join("shared/orders.yaml")).expect("there");
    assert!(shared.contains("nodes: 5"), "{shared}");
    assert!(folder.join(FILE).is_symlink());
}

#[test]
fn in_the_folder_of_the_files_every_verb_means_those() {
    let root = folder();
    write(root.path(), FILE, "nodes: 3\nmetadata_servers: 3\n");
    well(root.path(), &["compose", "-o", "deploy/prod"]);
    let here = root.path().join("deploy/prod");
    for arguments in [
        &["compose", "--check"][..],
        &["compose", "--check", "-f", "../../restate-cluster.yaml"],
        &["drift"],
    ] {
        well(&here, arguments);
    }
    write(root.path(), FILE, "nodes: 5\nmetadata_servers: 3\n");
    well(&here, &["plan"]);
    well(&here, &["compose"]);
    let made = fs::read_to_string(here.join("docker-compose.yaml")).expect("generated");
    assert!(made.contains("\n  restate-5:\n"));
    well(&here, &["scale", "--nodes", "7", "--write"]);
    assert!(here.join("operations/scale-5-to-7/run.sh").exists());
    let second = root.path().join("docker-compose.yaml");
    assert!(!second.exists(), "a second set of files");
}

#[test]
fn a_folder_of_any_name_is_in_the_command_and_compared() {
    for name in ["out dir", "a'b", "größe", "a+b@c"] {
        let root = folder();
        write(root.path(), FILE, "nodes: 3\n");
        well(root.path(), &["compose", "-o", name]);
        well(root.path(), &["drift"]);
        well(&root.path().join(name), &["compose", "--check"]);
        let made = root.path().join(name).join("docker-compose.yaml");
        let header = fs::read_to_string(made).expect("generated");
        let header = header.lines().next().expect("a line");
        let word = restate_gen::targets::operations::quoted(name);
        assert!(header.contains(&format!("-o {word}")), "{header}");
    }
}

/// Two cluster files of one name from whose folders the same way leads into the folder.
#[test]
fn drift_takes_the_cluster_file_that_the_files_are_of() {
    let root = folder();
    for (folder, cluster) in [("prod", "orders"), ("staging", "stage")] {
        let file = format!("{folder}/{FILE}");
        write(root.path(), &file, &format!("name: {cluster}\nnodes: 3\n"));
        let out = format!("out-{folder}");
        well(root.path(), &["compose", "-f", &file, "-o", &out]);
    }
    well(root.path(), &["drift"]);
    // Edited, it is still that of the cluster.
    write(
        root.path(),
        "staging/restate-cluster.yaml",
        "name: stage\nnodes: 5\n",
    );
    let drifted = run(root.path(), &["drift"]);
    assert_eq!(drifted.code, 1);
    assert!(!drifted.stderr.contains("out-prod"), "{}", drifted.stderr);
    assert!(
        drifted.stderr.contains("out-staging/"),
        "{}",
        drifted.stderr
    );
}

/// Between two commits of a plan the files are those of neither cluster file.
#[test]
fn the_files_of_a_step_in_the_middle_are_known_in_every_checkout() {
    let root = folder();
    let text = fs::read_to_string("examples/09-gitops/restate-cluster.yaml").expect("an example");
    write(root.path(), FILE, &text);
    well(root.path(), &["kubernetes"]);
    well(root.path(), &["replace", "restate-2", "--write"]);
    let interim = root
        .path()
        .join("operations/replace-restate-2/files-without-restate-2");
    for entry in fs::read_dir(&interim).expect("the files of the step") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), root.path().join(entry.file_name())).expect("copied");
    }
    let clone = cloned(root.path());
    let before = all(clone.path());
    well(clone.path(), &["drift"]);
    well(clone.path(), &["kubernetes", "--check"]);
    for arguments in [&["kubernetes"][..], &["kubernetes", "--force"]] {
        let refused = run(clone.path(), arguments);
        assert_eq!(refused.code, 1, "{}", refused.stderr);
        assert!(
            refused.stderr.contains("which is half done"),
            "{}",
            refused.stderr
        );
    }
    assert_eq!(
        run(clone.path(), &["scale", "--nodes", "5", "--write"]).code,
        2
    );
    assert!(all(clone.path()) == before, "something was written");
    write(clone.path(), "nodes.yaml", "# Generated by restate-gen\n");
    let edited = run(clone.path(), &["drift"]);
    assert!(
        edited.stderr.contains("nodes.yaml: error[RG901]"),
        "{}",
        edited.stderr
    );
}

#[test]
fn a_checkout_without_secrets_gets_none_where_the_cluster_has_them() {
    let root = folder();
    write(root.path(), FILE, "nodes: 3\nmetadata_servers: 3\n");
    well(root.path(), &["kubernetes"]);
    let clone = cloned(root.path());
    let again = well(clone.path(), &["kubernetes"]);
    assert!(!clone.path().join(".env").exists());
    let said = "note: .env is missing and was not created";
    assert!(again.stderr.contains(said), "{}", again.stderr);
    well(clone.path(), &["scale", "--nodes", "5", "--write"]);
    assert!(!clone.path().join(".env").exists());
    well(clone.path(), &["kubernetes", "--new-cluster"]);
    assert!(clone.path().join(".env").exists());
}

/// The store's secrets stay in the file when nothing generated needs them any more.
#[test]
fn what_holds_secrets_is_ignored_after_its_last_use() {
    let root = folder();
    write(root.path(), FILE, "nodes: 3\n");
    well(root.path(), &["kubernetes"]);
    fs::create_dir(root.path().join(".git")).expect("writable");
    write(root.path(), FILE, "nodes: 3\nkubernetes: {secret: ours}\n");
    well(root.path(), &["kubernetes", "--by-hand"]);
    assert!(root.path().join(".env").exists());
    let ignored = fs::read_to_string(root.path().join(".gitignore")).expect("written");
    assert!(ignored.lines().any(|line| line == ".env"), "{ignored}");
}
