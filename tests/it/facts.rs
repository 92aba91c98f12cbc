//! What the tables of facts claim, against what the vendor publishes and what the real servers print: the files in
//! `tests/data` are the published schemas, and `--dump-config` of every release.

mod evidence;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use restate_gen::facts::{
    ADVISORIES, Behaviour, CAUTIONS, MISTAKES, Mistake, NoRelease, OutsideVariable, PoolScope,
    PoolShape, READINESS_PROBES, Release, SettingKind, SettingStatus, Support, Upgrade,
    VariableSyntax, Version, cautions, environment_text, environment_variable, kebab_case, latest,
    newest_patches, no_release, release, releases, upgrade,
};
use restate_gen::model::Role;
use restate_gen::server::Owned;

use crate::golden::files_below;

use evidence::{
    SCHEMAS, accepted, assert_is_source, dump, is_erratum, known, schema, schema_of, table,
};

#[test]
fn releases_stand_oldest_first_and_each_can_be_found() {
    let numbers = |release: &Release| -> Vec<u16> {
        let parts = release.text().split('.');
        parts.map(|part| part.parse().expect("a number")).collect()
    };
    assert!(releases().is_sorted_by(|older, newer| numbers(older) < numbers(newer)));
    assert_eq!(releases().last(), Some(latest()));
    for known in releases() {
        assert_eq!(release(known.text()).as_ref(), Some(known));
        assert_eq!(known.stands_like(), None);
    }
    for row in table("releases.tsv") {
        assert_is_source(&row[1]);
    }
    for release in releases() {
        assert_eq!(release.version().to_string(), release.text());
        assert!(
            release
                .text()
                .starts_with(&format!("{}.", release.minor().name))
        );
        assert_is_source(release.minor().source);
    }
}

#[test]
fn a_patch_without_a_row_stands_like_the_nearest_that_has_one() {
    for (text, nearest) in [
        ("1.5.0", "1.5.3"),
        ("1.5.6", "1.5.3"),
        ("1.6.0", "1.6.1"),
        ("1.6.3", "1.6.2"),
        ("1.7.0", "1.7.2"),
        ("1.7.3", "1.7.2"),
        ("1.7.5", "1.7.4"),
        ("1.7.11", "1.7.10"),
        ("1.7.5-20260824", "1.7.4"),
        ("1.7.999", latest().text()),
    ] {
        let found = release(text).expect("of a known minor");
        assert_eq!(found.text(), text);
        assert_eq!(found.stands_like(), Some(known(nearest)), "{text}");
        assert_eq!(found.minor(), known(nearest).minor());
        // All of what the nearest one has, and what is known to have come since.
        let nearest = known(nearest);
        for setting in nearest.settings() {
            let path = setting.path;
            if found.setting(path) != nearest.setting(path) {
                let span = &table("settings.tsv");
                let row = span.iter().find(|row| row[0] == path).expect("a row");
                let plain = found.version().to_string();
                assert!(
                    row[2].contains(&plain) || row[3].contains(&plain),
                    "{text} {path}"
                );
            }
        }
    }
    let settings = |text| release(text).expect("known").settings().count();
    assert!(
        settings("1.7.3") > settings("1.7.2"),
        "a span begins with it"
    );
    assert_eq!(settings("1.7.999"), settings(latest().text()));
    // Another build of an image is the same server.
    let built = release("1.6.2-20260302").expect("known");
    assert_eq!(built.stands_like(), None);
    assert_eq!(built.version(), known("1.6.2").version());
    assert_ne!(&built, known("1.6.2"), "its image is another one");
}

#[test]
fn what_is_no_release_is_told_apart() {
    let newest = known("1.6.2");
    for (text, what) in [
        ("1.8.0", NoRelease::NewerMinor),
        ("1.8.0-20270101", NoRelease::NewerMinor),
        ("2.0.0", NoRelease::NewerMinor),
        ("1.4.4", NoRelease::OtherMinor),
        ("0.9.0", NoRelease::OtherMinor),
        ("1.6", NoRelease::Minor(newest)),
        ("1.6.x", NoRelease::Minor(newest)),
        ("latest", NoRelease::NoVersion),
        ("1.70", NoRelease::NoVersion),
        ("1.6.2-rc.1", NoRelease::NoVersion),
        ("1.6.2-20261301", NoRelease::NoVersion),
        ("1.6.2-2026021", NoRelease::NoVersion),
        ("1.6.2-+2026021", NoRelease::NoVersion),
        ("1.6.2-", NoRelease::NoVersion),
        ("1.6.2-20260210-1", NoRelease::NoVersion),
        ("", NoRelease::NoVersion),
    ] {
        assert_eq!(release(text), None, "{text}");
        assert_eq!(no_release(text), what, "{text}");
    }
}

#[test]
fn what_a_version_fixed_and_changed_stands_in_its_order_with_a_source() {
    let version = |text: &str| {
        text.split('.')
            .map(|part| part.parse().expect("a number"))
            .collect::<Vec<u16>>()
    };
    assert!(ADVISORIES.is_sorted_by_key(|advisory| version(advisory.fixed)));
    assert!(CAUTIONS.is_sorted_by_key(|caution| version(caution.since)));
    for source in ADVISORIES
        .iter()
        .map(|advisory| advisory.source)
        .chain(CAUTIONS.iter().map(|caution| caution.source))
    {
        assert_is_source(source);
    }
    let of = |text| {
        let release = release(text).expect("known");
        release
            .advisories()
            .map(|advisory| advisory.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("1.5.3").len(), 3);
    assert_eq!(of("1.6.0").len(), 3);
    assert_eq!(of("1.6.2"), ["RUSTSEC-2026-0258"]);
    assert_eq!(of("1.7.4"), ["RUSTSEC-2026-0258"]);
    assert!(of("1.7.5").is_empty());
    assert!(of("1.6.99").is_empty(), "who knows what it fixed");
    assert_eq!(of("1.5.99").len(), 0);
    let since = |from, to| {
        let (from, to) = (release(from).expect("known"), release(to).expect("known"));
        let mut all: Vec<_> = cautions(&from, &to).map(|caution| caution.since).collect();
        all.dedup();
        all
    };
    assert_eq!(since("1.7.2", "1.7.3"), ["1.7.3"]);
    assert_eq!(since("1.6.2", "1.7.12"), ["1.7.0", "1.7.3", "1.7.4"]);
    assert!(since("1.7.4", "1.7.12").is_empty());
    assert!(since("1.7.12", "1.7.2").is_empty());
}

#[test]
fn a_version_is_three_plain_numbers() {
    for text in ["1.7.12", "0.0.0", "10.20.30"] {
        assert_eq!(
            text.parse::<Version>()
                .map(|version| version.to_string())
                .as_deref(),
            Ok(text)
        );
    }
    for text in [
        "",
        "1",
        "1.7",
        "1.7.12.1",
        "v1.7.12",
        "1.7.x",
        "1.07.1",
        "1.7.-1",
        "1.7.+1",
        "1.7. 1",
        "1..7",
        "1.7.99999",
    ] {
        assert!(text.parse::<Version>().is_err(), "{text:?} is no version");
    }
}

#[test]
fn only_minors_before_the_last_two_are_past_their_end_of_life() {
    assert_eq!(known("1.5.3").minor().support, Support::EndOfLife);
    assert!(known("1.5.3").is_end_of_life());
    assert!(!known("1.6.2").is_end_of_life());
    assert_eq!(latest().minor().support, Support::Current);
    let newest: Vec<_> = newest_patches().collect();
    let minors: Vec<_> = newest.iter().map(|newest| newest.minor().name).collect();
    assert_eq!(minors, ["1.5", "1.6", "1.7"]);
    for newest in &newest {
        assert_eq!(newest.newer_patch(), None);
    }
    assert_eq!(newest.last(), Some(&latest()));
}

#[test]
fn upgrades_go_one_minor_at_a_time() {
    let of = |text| release(text).expect("a version of a known minor");
    let from_to = |from, to| upgrade(&of(from), &of(to));
    assert_eq!(from_to("1.6.1", "1.6.1"), Upgrade::Same);
    assert_eq!(from_to("1.6.1", "1.6.2"), Upgrade::Allowed);
    assert_eq!(from_to("1.7.9", "1.7.10"), Upgrade::Allowed);
    assert_eq!(from_to("1.5.3", "1.6.1"), Upgrade::Allowed);
    assert_eq!(
        from_to("1.5.3", "1.7.12"),
        Upgrade::Skips {
            through: vec![known("1.6.2")]
        }
    );
    assert_eq!(from_to("1.7.10", "1.7.9"), Upgrade::OlderPatch);
    assert_eq!(from_to("1.7.2", "1.6.2"), Upgrade::Rollback { newer: None });
    assert_eq!(
        from_to("1.7.2", "1.6.1"),
        Upgrade::Rollback {
            newer: Some(known("1.6.2"))
        }
    );
    assert_eq!(from_to("1.7.2", "1.5.3"), Upgrade::TooOld);
    let next_of = |from| restate_gen::facts::next(&of(from));
    assert_eq!(next_of("1.5.3"), Some(known("1.6.2")));
    assert_eq!(next_of("1.6.1"), Some(latest()));
    assert_eq!(next_of("1.7.2"), Some(latest()));
    assert_eq!(restate_gen::facts::next(latest()), None);
    // Patches without a row, as they lie among those that have one.
    assert_eq!(from_to("1.7.3", "1.7.4"), Upgrade::Allowed);
    assert_eq!(from_to("1.7.4", "1.7.3"), Upgrade::OlderPatch);
    assert_eq!(from_to("1.7.12", "1.7.13"), Upgrade::Allowed);
    assert_eq!(from_to("1.5.6", "1.6.0"), Upgrade::Allowed);
    assert_eq!(from_to("1.7.2", "1.6.9"), Upgrade::Rollback { newer: None });
    assert_eq!(next_of("1.5.6"), Some(known("1.6.2")));
    assert_eq!(next_of("1.7.5"), Some(latest()));
    assert_eq!(next_of("1.7.999"), None);
    // Builds of one version.
    assert_eq!(from_to("1.6.2", "1.6.2-20260302"), Upgrade::Allowed);
    assert_eq!(next_of(&format!("{}-20260921", latest().text())), None);
    let next = latest().next_minor().expect("1.8 is known to come");
    assert_eq!((next.name, next.upgrade_from), ("1.8", "1.7.3"));
}

#[test]
fn rows_are_sorted_and_unique_and_have_a_source() {
    for (name, keys) in [
        ("settings.tsv", 1),
        ("defaults.tsv", 2),
        ("replacements.tsv", 1),
    ] {
        let rows = table(name);
        for row in &rows {
            assert_is_source(row.last().expect("a row has cells"));
        }
        let paths: Vec<_> = rows.iter().map(|row| row[0].as_str()).collect();
        assert!(paths.is_sorted(), "{name} is not sorted");
        let unique: BTreeSet<_> = rows.iter().map(|row| &row[..keys]).collect();
        assert_eq!(unique.len(), rows.len(), "{name} has a row twice");
    }
}

#[test]
fn a_replacement_replaces_something_and_a_rename_leads_to_a_setting_of_the_newest_release() {
    let settings: BTreeSet<_> = table("settings.tsv")
        .into_iter()
        .map(|row| row[0].clone())
        .collect();
    for row in table("replacements.tsv") {
        let [path, relation, instead, since, reading, _] = &row[..] else {
            panic!("{row:?}")
        };
        assert!(settings.contains(path), "{path} is no setting");
        assert!(since.parse::<Version>().is_ok(), "{path}: {since}");
        assert!(
            ["read", "ignored"].contains(&reading.as_str()),
            "{path}: {reading}"
        );
        match relation.as_str() {
            "renamed" => assert!(
                matches!(latest().setting(instead), SettingStatus::Supported(_)),
                "{path} leads to {instead}, which the newest release does not support"
            ),
            "removed" | "earlier" => assert!(
                !settings.contains(instead) || instead.contains('.'),
                "{path}: {instead}"
            ),
            other => panic!("{path}: {other}"),
        }
    }
}

#[test]
fn a_key_that_is_said_to_be_ignored_is_not_seen_in_a_dump() {
    let accepted = accepted();
    for row in table("replacements.tsv")
        .iter()
        .filter(|row| row[1] != "earlier" && row[4] == "ignored")
    {
        for release in releases()
            .iter()
            .filter(|release| release.replacement(&row[0]).is_some())
        {
            let is_published = matches!(release.setting(&row[0]), SettingStatus::Supported(_));
            assert!(
                is_published || !accepted[&row[0]][release.text()],
                "{} {}",
                release.text(),
                row[0]
            );
        }
    }
}

#[test]
fn every_key_of_a_published_schema_is_supported_by_its_release() {
    for version in SCHEMAS {
        for path in schema(version) {
            let status = known(version).setting(&path);
            if is_erratum(&path) {
                assert_eq!(status, SettingStatus::Unknown, "{version} {path}");
            } else if path == "bifrost.local" {
                assert_eq!(
                    status,
                    SettingStatus::Section,
                    "the schemas do not say what is in {path}"
                );
            } else {
                assert!(
                    matches!(status, SettingStatus::Supported(_)),
                    "{version} {path}: {status:?}"
                );
            }
        }
    }
}

#[test]
fn a_schema_key_with_underscores_leads_to_the_key_that_the_server_reads() {
    let underscored: Vec<_> = schema("1.5.3")
        .into_iter()
        .filter(|path| path.contains('_'))
        .collect();
    assert!(!underscored.is_empty());
    for path in underscored {
        let read = known("1.5.3").setting(&kebab_case(&path));
        assert!(
            matches!(read, SettingStatus::Hidden(_) | SettingStatus::Supported(_)),
            "{path}: {read:?}"
        );
    }
}

#[test]
fn no_key_is_claimed_that_neither_schema_nor_server_shows() {
    let accepted = accepted();
    for release in releases() {
        let schema = schema(schema_of(release));
        for setting in release.settings() {
            let is_seen = accepted[setting.path][release.text()];
            match release.setting(setting.path) {
                SettingStatus::Supported(_) => assert!(
                    schema.contains(setting.path),
                    "{} {}",
                    release.text(),
                    setting.path
                ),
                SettingStatus::Hidden(_) => {
                    assert!(
                        is_seen && !schema.contains(setting.path),
                        "{} {}",
                        release.text(),
                        setting.path
                    );
                }
                other => panic!("{} {}: {other:?}", release.text(), setting.path),
            }
        }
    }
}

#[test]
fn no_key_that_a_server_shows_is_missing() {
    for (path, versions) in accepted() {
        for (version, is_seen) in versions {
            let is_read = known(&version).spelling(&path) == Some(path.as_str());
            assert!(is_read || !is_seen, "{version} {path}");
        }
    }
}

#[test]
fn every_key_of_a_dump_is_known_with_its_default() {
    for release in releases() {
        let dump = dump(release);
        for (path, value) in &dump {
            let status = release.setting(path);
            assert!(
                matches!(
                    status,
                    SettingStatus::Supported(_) | SettingStatus::Hidden(_)
                ),
                "{} {path}: {status:?}",
                release.text()
            );
            assert_eq!(
                release.default(path),
                Some(value.as_str()),
                "{} {path}",
                release.text()
            );
        }
        for setting in release.settings() {
            assert_eq!(
                release.default(setting.path).is_some(),
                dump.contains_key(setting.path),
                "{}",
                setting.path
            );
        }
    }
}

#[test]
fn a_default_fits_the_kind_of_its_setting() {
    for release in releases() {
        for setting in release.settings() {
            let Some(text) = release.default(setting.path) else {
                continue;
            };
            let fits = match &setting.kind {
                SettingKind::Bytes { .. } => text.ends_with('B'),
                SettingKind::Duration { .. } => {
                    text.ends_with(['s', 'm', 'h', 'd'])
                        && text.starts_with(|first: char| first.is_ascii_digit())
                }
                SettingKind::DurationRange => text.contains(".."),
                SettingKind::Integer { least, most } => text
                    .parse()
                    .is_ok_and(|number: u64| (*least..=*most).contains(&number)),
                SettingKind::Float => text.parse::<f64>().is_ok() && text.contains('.'),
                SettingKind::Boolean => ["true", "false"].contains(&text),
                SettingKind::List
                | SettingKind::Texts
                | SettingKind::HeaderNames
                | SettingKind::KafkaClusters
                | SettingKind::Files => text.starts_with('[') && text.ends_with(']'),
                SettingKind::Url => text.contains(':'),
                SettingKind::Choice(choices) => choices.contains(&text),
                SettingKind::IntegerOrText
                | SettingKind::Attempts
                | SettingKind::Rate
                | SettingKind::Text
                | SettingKind::File
                | SettingKind::Folder
                | SettingKind::TextsOrText
                | SettingKind::SocketAddress
                | SettingKind::Map => true,
            };
            assert!(
                fits,
                "{} {}: {text:?} is not {:?}",
                release.text(),
                setting.path,
                setting.kind
            );
        }
    }
}

#[test]
fn what_a_default_is_computed_from_is_a_setting_or_the_processors() {
    for row in table("defaults.tsv")
        .iter()
        .filter(|row| row[3] != "-" && row[3] != "cpus")
    {
        let source = latest()
            .spelling(&row[3])
            .or_else(|| known("1.6.2").spelling(&row[3]));
        assert!(source.is_some(), "{} is computed from {}", row[0], row[3]);
    }
    assert_eq!(
        latest().default_computed_from("worker.storage.rocksdb-memory-budget"),
        Some("rocksdb-total-memory-size")
    );
    assert_eq!(latest().default_computed_from("shutdown-timeout"), None);
}

#[test]
fn a_path_has_the_status_it_was_seen_to_have() {
    let status = |version, path| known(version).setting(path);
    let renamed = |to, since, still_read| SettingStatus::Renamed {
        to,
        since,
        still_read,
    };
    let supported = |version, path| matches!(status(version, path), SettingStatus::Supported(setting) if setting.path == path);
    let hidden = |version, path| matches!(status(version, path), SettingStatus::Hidden(setting) if setting.path == path);
    assert!(supported("1.7.12", "worker.snapshots.aws-endpoint-url"));
    assert!(supported(
        "1.5.3",
        "worker.snapshots.snapshot-interval-num-records"
    ));
    assert!(hidden("1.7.4", "worker.self-proposal-queue-memory-limit"));
    assert!(hidden(
        "1.6.1",
        "worker.snapshots.experimental-num-retained"
    ));
    assert!(hidden("1.7.4", "tls.mode"));
    assert!(
        hidden("1.7.12", "worker.storage.rocksdb-max-successive-merges"),
        "1.7.10 and later print it only when it is set"
    );
    assert!(hidden("1.6.2", "metadata-client.table"));
    assert_eq!(
        status("1.7.2", "worker.self-proposal-queue-memory-limit"),
        SettingStatus::NotYet {
            since: "1.7.3",
            instead: None
        }
    );
    assert_eq!(
        status("1.5.3", "worker.snapshots.snapshot-interval"),
        SettingStatus::NotYet {
            since: "1.6.0",
            instead: Some("worker.snapshots.snapshot-interval-num-records")
        }
    );
    assert!(matches!(
        status("1.5.3", "bind-ip"),
        SettingStatus::NotYet {
            since: "1.6.0",
            instead: Some(_)
        }
    ));
    assert_eq!(
        status("1.7.12", "connect-timeout"),
        renamed("worker.invoker.connect-timeout", "1.7.0", true)
    );
    assert_eq!(
        status("1.7.12", "worker.snapshots.experimental-num-retained"),
        renamed("worker.snapshots.num-retained", "1.7.0", false)
    );
    assert!(matches!(
        status("1.6.1", "admin.log-trim-check-interval"),
        SettingStatus::Removed { since: "1.6.0", .. }
    ));
    assert_eq!(
        status("1.6.1", "rocksdb-write-stall-threshold"),
        SettingStatus::Removed {
            since: "1.6.0",
            instead: None
        }
    );
    assert_eq!(status("1.7.12", "worker"), SettingStatus::Section);
    assert_eq!(status("1.7.12", "worker.snapshots"), SettingStatus::Section);
    for unknown in [
        "",
        "work",
        "worker.",
        "networking.tls.mode",
        "observability.level",
        "cluster_name",
        "networking.max-message-size",
    ] {
        assert_eq!(
            status("1.7.12", unknown),
            SettingStatus::Unknown,
            "{unknown:?}"
        );
    }
    let header = status("1.7.12", "worker.invoker.additional-request-headers.x-team");
    assert!(
        matches!(header, SettingStatus::Supported(setting) if setting.kind == SettingKind::Map)
    );
}

#[test]
fn a_deprecated_setting_names_what_to_write_instead() {
    let replacement = |version: &str, path| known(version).replacement(path);
    let row =
        replacement("1.7.12", "ingress.advertised-ingress-endpoint").expect("deprecated since 1.6");
    assert!(row.is_rename && row.still_read);
    assert_eq!(row.instead, Some("ingress.advertised-address"));
    assert_eq!(
        replacement("1.5.3", "ingress.advertised-ingress-endpoint"),
        None
    );
    assert!(replacement("1.7.2", "ingress.kafka-clusters").is_some());
    assert_eq!(replacement("1.7.12", "cluster-name"), None);
}

#[test]
fn a_setting_is_spelled_as_its_release_knows_it() {
    let cases = [
        (
            "1.7.12",
            "worker.snapshots.num-retained",
            Some("worker.snapshots.num-retained"),
        ),
        (
            "1.6.1",
            "worker.snapshots.num-retained",
            Some("worker.snapshots.experimental-num-retained"),
        ),
        (
            "1.6.2",
            "worker.snapshots.num-retained",
            Some("worker.snapshots.experimental-num-retained"),
        ),
        ("1.5.3", "worker.snapshots.num-retained", None),
        (
            "1.5.3",
            "admin.advertised-address",
            Some("admin.advertised-admin-endpoint"),
        ),
        (
            "1.5.3",
            "ingress.advertised-address",
            Some("ingress.advertised-ingress-endpoint"),
        ),
        (
            "1.6.1",
            "ingress.advertised-address",
            Some("ingress.advertised-address"),
        ),
        (
            "1.6.2",
            "worker.invoker.connect-timeout",
            Some("connect-timeout"),
        ),
        (
            "1.6.2",
            "worker.invoker.http2-keep-alive-interval",
            Some("http-keep-alive-options.interval"),
        ),
        (
            "1.7.12",
            "worker.invoker.connect-timeout",
            Some("worker.invoker.connect-timeout"),
        ),
        (
            "1.6.2",
            "rocksdb-low-priority-threads",
            Some("rocksdb-bg-threads"),
        ),
        ("1.5.3", "worker.invoker.memory-limit", None),
        ("1.7.2", "worker.self-proposal-queue-memory-limit", None),
        (
            "1.7.4",
            "worker.self-proposal-queue-memory-limit",
            Some("worker.self-proposal-queue-memory-limit"),
        ),
        ("1.5.3", "cluster-name", Some("cluster-name")),
        ("1.7.12", "no-such-setting", None),
    ];
    for (version, path, spelling) in cases {
        assert_eq!(known(version).spelling(path), spelling, "{version} {path}");
    }
}

#[test]
fn a_variable_is_the_path_in_capitals() {
    let cases = [
        ("cluster-name", "RESTATE_CLUSTER_NAME"),
        (
            "worker.snapshots.destination",
            "RESTATE_WORKER__SNAPSHOTS__DESTINATION",
        ),
        (
            "metadata-client.addresses",
            "RESTATE_METADATA_CLIENT__ADDRESSES",
        ),
        (
            "worker.invoker.http2-max-frame-size",
            "RESTATE_WORKER__INVOKER__HTTP2_MAX_FRAME_SIZE",
        ),
    ];
    for (path, variable) in cases {
        assert_eq!(environment_variable(path), variable);
    }
    let variables: BTreeSet<_> = latest()
        .settings()
        .map(|setting| environment_variable(setting.path))
        .collect();
    assert_eq!(
        variables.len(),
        latest().settings().count(),
        "two settings share a variable"
    );
}

#[test]
fn a_text_is_quoted_in_a_variable_only_where_the_server_would_read_something_else() {
    let key = "worker.snapshots.aws-secret-access-key";
    let cases = [
        ("plain", "plain"),
        ("", ""),
        ("a+b/c=", "a+b/c="),
        ("s3://bucket/prefix", "s3://bucket/prefix"),
        ("True", "True"),
        ("2024-01-01", "2024-01-01"),
        ("1.2.3", "1.2.3"),
        ("a\"b", "a\"b"),
        ("a\\b", "a\\b"),
        ("é", "é"),
        ("true", "\"true\""),
        ("123", "\"123\""),
        ("-5", "\"-5\""),
        ("+5", "\"+5\""),
        ("0123", "\"0123\""),
        ("1.5", "\"1.5\""),
        (".5", "\".5\""),
        (" a ", "\" a \""),
        ("[a]", "\"[a]\""),
        ("{a=b}", "\"{a=b}\""),
        ("'a'", "\"'a'\""),
        ("\"a\"", "\"\\\"a\\\"\""),
        ("[é]", "\"[é]\""),
        ("[é\"", "\"[\\U000000E9\\\"\""),
        ("[a\\", "\"[a\\\\\""),
        ("\ta", "\"\\ta\""),
    ];
    for (text, written) in cases {
        assert_eq!(environment_text(key, text), written);
    }
    assert_eq!(
        environment_text("cluster-name", "123"),
        "123",
        "quotes would become part of the name"
    );
    assert_eq!(VariableSyntax::of("node-name"), VariableSyntax::Verbatim);
    assert_eq!(VariableSyntax::of("location"), VariableSyntax::Parsed);
    assert_eq!(environment_text("location", "1.2"), "\"1.2\"");
}

#[test]
fn variables_without_prefix_lead_to_settings() {
    let names: Vec<_> = OutsideVariable::all()
        .iter()
        .map(|variable| variable.name)
        .collect();
    assert!(names.is_sorted());
    for variable in OutsideVariable::all() {
        assert!(
            latest().spelling(variable.setting).is_some(),
            "{} changes {}",
            variable.name,
            variable.setting
        );
        assert_is_source(variable.source);
    }
}

#[test]
fn a_known_mistake_is_no_setting_of_any_release() {
    assert!(MISTAKES.iter().map(|mistake| mistake.written).is_sorted());
    for mistake in MISTAKES {
        assert_is_source(mistake.source);
        let path = mistake.written.trim_end_matches('.');
        for release in releases() {
            assert_eq!(
                release.setting(path),
                SettingStatus::Unknown,
                "{}",
                mistake.written
            );
            let variables = release
                .settings()
                .map(|setting| environment_variable(setting.path));
            let hits = |variable: &String| {
                Mistake::of(variable).is_some_and(|found| std::ptr::eq(found, mistake))
            };
            let legal: Vec<_> = variables.filter(hits).collect();
            assert!(
                legal.is_empty(),
                "{} also stands for {legal:?}",
                mistake.written
            );
        }
    }
    for written in [
        "common.cluster-name",
        "common",
        "RESTATE_LOG_LEVEL",
        "RESTATE_OBSERVABILITY__LOG__FORMAT",
        "networking.tls",
    ] {
        assert!(Mistake::of(written).is_some(), "{written}");
    }
    for written in ["log-filter", "commonly", "RESTATE_LOG_FILTER", "tls.mode"] {
        assert_eq!(Mistake::of(written), None, "{written}");
    }
}

#[test]
fn the_pools_of_a_default_node_of_1_7_12_add_up_to_5189_mib() {
    let budget = |pool: &&restate_gen::facts::PoolKind| pool.shape == PoolShape::Budget;
    let (per_partition, per_node): (Vec<_>, Vec<_>) = latest()
        .memory_pools()
        .filter(budget)
        .partition(|pool| pool.scope == PoolScope::LedPartition);
    let mib = |pools: &[&restate_gen::facts::PoolKind]| {
        pools
            .iter()
            .map(|pool| pool.default_bytes.expect("1.7 limits every pool"))
            .sum::<u64>()
            >> 20
    };
    assert_eq!(mib(&per_node), 5189);
    assert_eq!(mib(&per_partition), 64);
}

#[test]
fn a_pool_has_the_default_of_its_setting() {
    for release in releases() {
        for pool in release.memory_pools() {
            assert_is_source(pool.source);
            if let PoolScope::Role(role) = pool.scope {
                assert!(Role::ALL.iter().any(|known| known.name() == role), "{role}");
            }
            assert!(
                pool.default_bytes
                    .is_none_or(|bytes| bytes >= pool.floor_bytes(None)),
                "{}",
                pool.name
            );
            let Some(path) = pool.setting else { continue };
            assert_eq!(
                release.spelling(path),
                Some(path),
                "{} {}",
                release.text(),
                pool.name
            );
            if let Some(text) = release.default(path) {
                assert_eq!(
                    pool.default_bytes,
                    Some(bytes(text)),
                    "{} {path}",
                    release.text()
                );
            }
        }
        let names: BTreeSet<_> = release.memory_pools().map(|pool| pool.name).collect();
        assert_eq!(
            names.len(),
            release.memory_pools().count(),
            "{} has a pool twice",
            release.text()
        );
    }
}

fn bytes(text: &str) -> u64 {
    let (number, unit) = text
        .split_once(' ')
        .unwrap_or_else(|| panic!("no unit: {text}"));
    let factor = match unit {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => panic!("unit {unit}"),
    };
    let tenths: u64 = number
        .replace('.', "")
        .parse()
        .expect("a number with one decimal");
    tenths * factor / 10
}

#[test]
fn the_roles_are_the_default_of_the_setting() {
    let quoted: Vec<_> = Role::ALL
        .iter()
        .map(|role| format!("\"{}\"", role.name()))
        .collect();
    assert_eq!(
        latest().default("roles"),
        Some(format!("[{}]", quoted.join(", ")).as_str())
    );
    for probe in READINESS_PROBES {
        assert!(
            probe
                .role
                .is_none_or(|role| Role::ALL.iter().any(|known| known.name() == role))
        );
        assert_is_source(probe.source);
    }
    assert_eq!(
        READINESS_PROBES[2].role, None,
        "the last probe works on every node"
    );
}

#[test]
fn behaviours_are_sorted_and_each_release_has_a_name_once() {
    for release in releases() {
        let names: Vec<_> = release
            .behaviours()
            .map(|behaviour| behaviour.name)
            .collect();
        assert!(names.is_sorted(), "{}", release.text());
        let unique: BTreeSet<_> = names.iter().collect();
        assert_eq!(unique.len(), names.len(), "{}", release.text());
        for Behaviour {
            statement, source, ..
        } in release.behaviours()
        {
            assert_is_source(source);
            assert!(!statement.ends_with('.'), "{statement}");
        }
    }
    let about = |version: &str| {
        let mut of_version = known(version).behaviours();
        of_version.find(|behaviour| behaviour.name == "snapshot-triggers")
    };
    assert_ne!(about("1.5.3"), about("1.7.12"));
}

#[test]
fn a_behaviour_is_about_settings_that_explain_knows() {
    for behaviour in releases().iter().flat_map(Release::behaviours) {
        assert!(!behaviour.settings.is_empty(), "{}", behaviour.name);
        for path in behaviour.settings {
            let is_known =
                |release: &Release| !matches!(release.setting(path), SettingStatus::Unknown);
            assert!(releases().iter().any(is_known), "{path}");
        }
    }
}

/// A fact that nothing reads is one that nothing keeps true, and one that some rule forgot.
#[test]
fn every_public_fact_is_read_by_code_outside_facts() {
    let code_of = |path: &Path| {
        let text = fs::read_to_string(path).expect("a source file");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = code
            .lines()
            .map(|line| line.split("//").next().unwrap_or_default());
        lines.collect::<Vec<_>>().join("\n")
    };
    let (facts, others): (Vec<PathBuf>, Vec<PathBuf>) = files_below(Path::new("src"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .partition(|path| path.starts_with("src/facts") || path.ends_with("src/facts.rs"));
    let others: String = others.iter().map(|path| code_of(path)).collect();
    let facts: String = facts.iter().map(|path| code_of(path)).collect();
    let words = |text: &str| -> BTreeSet<String> {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        text.split(|c| !is_word(c)).map(str::to_owned).collect()
    };
    let read = words(&others);
    let unread: BTreeSet<&str> = facts
        .lines()
        .filter_map(|line| {
            let rest = line.trim_start().strip_prefix("pub ")?;
            let rest = ["const fn ", "fn ", "const ", "static "]
                .iter()
                .find_map(|keyword| rest.strip_prefix(keyword))
                // A field.
                .or_else(|| line.starts_with("    pub ").then_some(rest))?;
            let name = rest
                .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .next()?;
            let is_name =
                !name.is_empty() && !["use", "mod", "enum", "struct", "type"].contains(&name);
            (is_name && !read.contains(name)).then_some(name)
        })
        .collect();
    assert_eq!(unread, BTreeSet::from(READ_WITHIN_FACTS));
}

/// Read by the lookups of `facts` themselves, on behalf of those who call them.
const READ_WITHIN_FACTS: [&str; 7] = [
    "ADVISORIES",
    "CAUTIONS",
    "MISTAKES",
    "oldest_reader",
    "previous",
    "support",
    "upgrade_from",
];

/// Addresses without a form: of metadata stores that no cluster of ours has, and one that no release binary reads. Source:
/// restatedev/restate crates/tracing-instrumentation/src/lib.rs@v1.5.3 to v1.7.6, where the layer is commented out.
const WITHOUT_FORM: [&str; 3] = [
    "metadata-client.aws-endpoint-url",
    "metadata-client.path",
    "tracing-runtime-endpoint",
];

#[test]
fn every_address_that_a_file_may_set_has_a_form() {
    for release in releases() {
        for setting in release.settings() {
            let is_open = setting.kind == SettingKind::Url
                && Owned::of(setting.path).is_none()
                && !WITHOUT_FORM.contains(&setting.path);
            let form = release.address_form(setting.path);
            assert_eq!(form.is_some(), is_open, "{}", setting.path);
            form.inspect(|form| assert_is_source(form.source));
        }
    }
}
