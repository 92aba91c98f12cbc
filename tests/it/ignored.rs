//! The `.gitignore` of a folder of generated files: extended, never reordered, and only where git keeps the folder.

use std::fs;
use std::path::Path;

use crate::cli::{folder, run};

fn repository() -> tempfile::TempDir {
    let root = folder();
    fs::create_dir(root.path().join(".git")).expect("writable");
    let text = "nodes: 3\nnomad: {one_host: true}\n";
    fs::write(root.path().join("restate-cluster.yaml"), text).expect("writable");
    root
}

fn ignored(folder: &Path) -> String {
    fs::read_to_string(folder.join(".gitignore")).expect("a .gitignore")
}

const REASON: &str = "# Of restate-gen: secrets, backups, and what scripts note on this machine. Do not commit them.\n";
/// What a run leaves that is killed.
const STAGED: &str = ".restate-gen-*\n";
const OF_PLANS: &str = "operations/lock/\noperations/*/progress\noperations/*/run.log\n";

#[test]
fn it_has_what_the_files_of_each_target_leave_behind() {
    for (verb, own) in [
        (
            &["compose"][..],
            format!(".env\nbackup/\n.volumes-lock/\n{OF_PLANS}"),
        ),
        (&["kubernetes"], format!(".env\n{OF_PLANS}")),
        (&["kubernetes", "--flavor", "helm"], ".env\n".to_owned()),
        (&["nomad"], OF_PLANS.to_owned()),
    ] {
        let root = repository();
        let below = [verb, &["-o", "deploy"]].concat();
        for (arguments, place) in [
            (verb, root.path().to_owned()),
            (&below, root.path().join("deploy")),
        ] {
            let made = run(root.path(), arguments);
            assert_eq!(made.code, 0, "{arguments:?}: {}", made.stderr);
            assert_eq!(
                ignored(&place),
                format!("{REASON}{own}{STAGED}"),
                "{arguments:?}"
            );
            let again = run(root.path(), arguments);
            assert!(!again.stderr.contains("gitignore"), "{}", again.stderr);
            assert_eq!(
                ignored(&place),
                format!("{REASON}{own}{STAGED}"),
                "{arguments:?}"
            );
            let check = run(root.path(), &[arguments, &["--check"]].concat());
            assert_eq!(check.code, 0, "{}", check.stderr);
        }
    }
}

#[test]
fn one_of_the_user_is_extended() {
    for (before, after) in [
        (
            "/.env\n*.bak",
            format!("/.env\n*.bak\n\n{REASON}backup/\n.volumes-lock/\n{OF_PLANS}{STAGED}"),
        ),
        (
            "backup\n# z\n\n.env\r\n",
            format!("backup\n# z\n\n.env\r\n\n{REASON}.volumes-lock/\n{OF_PLANS}{STAGED}"),
        ),
    ] {
        let root = repository();
        fs::write(root.path().join(".gitignore"), before).expect("writable");
        let made = run(root.path(), &["compose"]);
        assert_eq!(made.code, 0, "{}", made.stderr);
        assert!(
            made.stderr.contains("updated .gitignore\n"),
            "{}",
            made.stderr
        );
        assert_eq!(ignored(root.path()), after);
        // It is the user's: nothing that was generated.
        let record = fs::read_to_string(root.path().join("restate-gen.lock")).expect("a record");
        assert!(!record.contains("gitignore"));
        fs::remove_file(root.path().join(".gitignore")).expect("there");
        assert_eq!(run(root.path(), &["compose", "--check"]).code, 0);
        let planned = run(root.path(), &["scale", "--nodes", "5", "--write"]);
        assert_eq!(planned.code, 0, "{}", planned.stderr);
        assert!(ignored(root.path()).starts_with(REASON));
    }
}

#[test]
fn where_git_keeps_nothing_there_is_none() {
    let root = repository();
    fs::remove_dir(root.path().join(".git")).expect("there");
    assert_eq!(run(root.path(), &["compose"]).code, 0);
    assert!(!root.path().join(".gitignore").exists());
}
