//! A setting of the server in a terminal: what it takes, and what each release makes of it.

use super::layout::columns;
use crate::facts::{
    self, Behaviour, OutsideVariable, Release, Setting, SettingKind, SettingStatus,
    environment_variable,
};
use crate::server::{Home, Owned};

/// Everything that is known of a setting, by its path or its variable, or of a table of settings.
pub(super) fn explanation(name: &str) -> Option<String> {
    match setting(name) {
        Some((setting, release)) => Some(of_setting(setting, release)),
        None => of_section(name),
    }
}

/// The paths of all settings that any release reads, by name.
pub(super) fn paths() -> Vec<&'static str> {
    let releases = facts::releases().iter();
    let mut paths: Vec<_> = releases
        .flat_map(Release::settings)
        .map(|setting| setting.path)
        .collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// The setting, and the newest release that reads it.
fn setting(name: &str) -> Option<(&'static Setting, &'static Release)> {
    let is_variable = name.starts_with("RESTATE_");
    let of_variable = || {
        paths()
            .into_iter()
            .find(|path| environment_variable(path) == name)
    };
    let path = if is_variable { of_variable()? } else { name };
    let mut newest_first = facts::releases().iter().rev();
    newest_first.find_map(|release| match release.setting(path) {
        SettingStatus::Supported(setting) | SettingStatus::Hidden(setting) => {
            Some((setting, release))
        }
        _ => None,
    })
}

fn of_setting(setting: &Setting, release: &Release) -> String {
    let path = setting.path;
    let mut rows = vec![
        ["Kind".to_owned(), kind(&setting.kind)],
        [
            "Default".to_owned(),
            format!("{} (in {})", default(setting, release), release.text()),
        ],
        ["Variable".to_owned(), variables(path)],
        ["Write it".to_owned(), place(path)],
    ];
    for (index, (releases, what)) in by_release(path).into_iter().enumerate() {
        let name = if index == 0 { "Releases" } else { "" };
        rows.push([name.to_owned(), format!("{releases}: {what}")]);
    }
    let behaviours = release.behaviours().filter(|one| one.is_about(path));
    rows.extend(behaviours.map(|behaviour| {
        let Behaviour {
            statement, source, ..
        } = behaviour;
        ["Note".to_owned(), format!("{statement} ({source})")]
    }));
    rows.push(["Source".to_owned(), sources(setting)]);
    format!("{path}: a setting of the server\n\n{}", columns(&rows, 2))
}

/// The table's settings in the newest release that has it.
fn of_section(path: &str) -> Option<String> {
    let below = format!("{path}.");
    let mut newest_first = facts::releases().iter().rev();
    let (release, rows) = newest_first.find_map(|release| {
        let settings = release
            .settings()
            .filter(|one| one.path.starts_with(&below));
        let rows: Vec<_> = settings
            .map(|one| [one.path.to_owned(), default(one, release)])
            .collect();
        (!rows.is_empty()).then_some((release, rows))
    })?;
    let heading = [["setting".to_owned(), "default".to_owned()]];
    let rows: Vec<_> = heading.into_iter().chain(rows).collect();
    Some(format!(
        "{path}: a table of settings of the server, as in {}\n\n{}",
        release.text(),
        columns(&rows, 2)
    ))
}

fn kind(kind: &SettingKind) -> String {
    match kind {
        SettingKind::Bytes { zero } => format!(
            "a number of bytes, plain or with a unit such as 512MiB{}",
            above_zero(*zero)
        ),
        SettingKind::Duration { zero } => format!(
            "a time with its unit, such as 90s or 10m{}",
            above_zero(*zero)
        ),
        SettingKind::DurationRange => "the shortest and the longest wait, such as 250ms..1m".into(),
        SettingKind::Integer { least, most } => match *most {
            most if most > u64::from(u32::MAX) => format!("a whole number of at least {least}"),
            most => format!("a whole number from {least} to {most}"),
        },
        SettingKind::IntegerOrText => "a whole number or a string".into(),
        SettingKind::Attempts => "a whole number of at least 1, or `unlimited`".into(),
        SettingKind::Rate => "how many, and in which time, such as 100/s or 5/min".into(),
        SettingKind::Float => "a number".into(),
        SettingKind::Boolean => "`true` or `false`".into(),
        SettingKind::Text => "a string".into(),
        SettingKind::File => "the path of a file that the server reads; `files` mounts it".into(),
        SettingKind::Files => {
            "a list of paths of files that the server reads; `files` mounts them".into()
        }
        SettingKind::Folder => "the path of a folder that the server writes to".into(),
        SettingKind::Url => "an address with its scheme".into(),
        SettingKind::SocketAddress => "an IP address and a port, such as 127.0.0.1:6669".into(),
        SettingKind::List => "a list".into(),
        SettingKind::Texts => "a list of strings".into(),
        SettingKind::TextsOrText => "a list of strings, or one string with commas".into(),
        SettingKind::HeaderNames => "a list of names of HTTP headers".into(),
        SettingKind::KafkaClusters => {
            "a list of tables with `name`, `brokers` and settings of the Kafka client".into()
        }
        SettingKind::Map => "a table with any keys, each value a string".into(),
        SettingKind::Choice(words) => format!("one of {}", words.join(", ")),
    }
}

fn above_zero(zero: bool) -> &'static str {
    if zero { "" } else { ", above 0" }
}

fn default(setting: &Setting, release: &Release) -> String {
    let entries: Vec<_> = release
        .default_entries(setting.path)
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    if !entries.is_empty() {
        return entries.join(", ");
    }
    let Some(value) = release.default(setting.path) else {
        return "not set".into();
    };
    match release.default_computed_from(setting.path) {
        Some("cpus") => format!("{value} on two CPUs, computed from their number"),
        Some(other) => format!("{value}, computed from `{other}`"),
        None if value.is_empty() => "the empty string".into(),
        None => value.to_owned(),
    }
}

fn variables(path: &str) -> String {
    let own = environment_variable(path);
    let outside = OutsideVariable::all()
        .iter()
        .find(|one| one.setting == path);
    match outside {
        Some(outside) => format!("{own}; {} overrides it", outside.name),
        None => own,
    }
}

/// Where the cluster file gives it.
fn place(path: &str) -> String {
    match Owned::of(path) {
        None => "below `settings`, of the cluster or of an entry of `nodes`".into(),
        Some(owned) => match owned.home {
            Home::Nowhere(reason) => format!("not in the file: {reason}"),
            Home::Key(home) => format!("not in the file: it follows from `{home}`"),
        },
    }
}

/// What the releases make of it, oldest first; releases that agree stand together.
fn by_release(path: &str) -> Vec<(String, String)> {
    let mut runs: Vec<(&Release, &Release, String)> = Vec::new();
    for release in facts::releases() {
        let what = verdict(release, path);
        match runs.last_mut() {
            Some((_, last, known)) if *known == what => *last = release,
            _ => runs.push((release, release, what)),
        }
    }
    let runs = runs.into_iter().map(|(first, last, what)| {
        let span = if first == last {
            first.text().to_owned()
        } else {
            format!("{} to {}", first.text(), last.text())
        };
        (span, what)
    });
    runs.collect()
}

fn verdict(release: &Release, path: &str) -> String {
    match release.setting(path) {
        SettingStatus::Supported(_) => read("read", release, path),
        SettingStatus::Hidden(_) => read(
            "read, though not published: any release may remove or change it",
            release,
            path,
        ),
        SettingStatus::NotYet { since, instead } => {
            let instead = instead
                .map(str::to_owned)
                .or_else(|| release.spelling(path).map(|old| format!("`{old}`")));
            let instead = instead.map_or_else(String::new, |words| format!("; write {words}"));
            format!("ignored, it came with {since}{instead}")
        }
        SettingStatus::Renamed {
            to,
            since,
            still_read: true,
        } => format!("deprecated since {since}, still read and overrides `{to}`; write `{to}`"),
        SettingStatus::Renamed { to, since, .. } => {
            format!("ignored, called `{to}` since {since}")
        }
        SettingStatus::Removed { since, instead } => match instead {
            Some(words) => format!("ignored, it is gone since {since}; write {words}"),
            None => format!("ignored, it is gone since {since} and nothing took its place"),
        },
        SettingStatus::Section => "a table of settings".into(),
        SettingStatus::Unknown => "ignored, it is not known".into(),
    }
}

/// Of a setting that is read: whether another is meant to be written by now.
fn read(how: &str, release: &Release, path: &str) -> String {
    match release.replacement(path).filter(|row| row.still_read) {
        None => how.to_owned(),
        Some(row) => match (row.instead, row.is_rename) {
            (Some(to), true) => format!("read, but deprecated since {}; write `{to}`", row.since),
            (Some(words), false) => {
                format!("read, but deprecated since {}; write {words}", row.since)
            }
            (None, _) => format!("read, but deprecated since {}", row.since),
        },
    }
}

/// Where the setting and what replaced it are known from.
fn sources(setting: &Setting) -> String {
    let replacement = facts::latest().replacement(setting.path);
    match replacement {
        Some(row) => format!("{}; {}", setting.source, row.source),
        None => setting.source.to_owned(),
    }
}
