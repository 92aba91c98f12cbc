//! RG515: an address that the server, or its clients, cannot use.

use crate::diagnostic::{Diagnostic, Rule, Severity, quoted};
use crate::facts::{AddressForm, Release, WithoutScheme};
use crate::places::settings::GivenSetting;

/// An address that the server, or its clients, cannot use.
pub static RULE: Rule = Rule {
    code: "RG515",
    slug: "setting-address",
    severity: Severity::Error,
    since: "0.1.0",
    docs: r#"## What

A raw setting needs an address, and its value is a path, has no host, or has a scheme that the server does not accept. A
host without a scheme is a warning where the server passes it on unchanged.

## Why

Such values fail in different ways. With `tracing-endpoint: localhost:4317` it panics when it starts. With
`ingress.advertised-address: /ingress` it starts, and the admin API panics when somebody asks for a service's OpenAPI
document (run: 1.6.2, 1.7.12, `openapi.rs`). It silently ignores a proxy that it cannot read (run: 1.6.2, 1.7.12).

## Fails

```yaml
settings: {ingress: {advertised-address: /ingress}}
```

## Passes

```yaml
settings: {ingress: {advertised-address: 'https://restate.example.com/'}}
```
"#,
};

/// Finds addresses that cannot be used.
pub fn check(release: &Release, settings: &[GivenSetting]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for GivenSetting { path, uses, .. } in settings {
        let Some(form) = release.address_form(path) else {
            continue;
        };
        for (at, value) in uses {
            // A value that is not a string has a finding of its own.
            let Some(text) = value.as_str() else {
                continue;
            };
            let fault = match fault(text, form) {
                None => continue,
                Some(fault) => fault,
            };
            let consequence = match fault {
                Fault::HandedOn => "clients that request it from the server get it unchanged",
                Fault::Unreadable | Fault::Socket => form.when_unreadable,
                Fault::Path | Fault::Scheme | Fault::Port | Fault::NoScheme => form.otherwise,
            };
            let message = format!("{} {}: {consequence}", shown(text), fault.words());
            let severity = match fault {
                Fault::HandedOn => Severity::Warning,
                _ => RULE.severity,
            };
            found.push(
                Diagnostic::new(&RULE, at.clone(), message)
                    .severity(severity)
                    .help(help(text, fault)),
            );
        }
    }
    found
}

/// What is wrong with an address.
#[derive(Clone, Copy)]
enum Fault {
    /// It is not a URL: it has no host, or characters that no URL has.
    Unreadable,
    /// It is a path.
    Path,
    /// It has a scheme that is not taken.
    Scheme,
    /// It is a socket, which is not taken.
    Socket,
    /// Its port is invalid.
    Port,
    /// It has no scheme.
    NoScheme,
    /// It has no scheme, and is handed on.
    HandedOn,
}

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "is not a URL",
            Self::Path => "is a path and names no host",
            Self::Scheme | Self::Socket => "has a scheme that this setting does not accept",
            Self::Port => "has an invalid port",
            Self::NoScheme | Self::HandedOn => "has no scheme",
        }
    }
}

/// The first fault of an address; none where the setting takes it.
fn fault(text: &str, form: &AddressForm) -> Option<Fault> {
    let text = text.trim();
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some(Fault::Unreadable);
    }
    if let Some(path) = text.strip_prefix("unix:") {
        let is_taken = form.schemes.contains(&"unix");
        return if !is_taken {
            Some(Fault::Socket)
        } else {
            path.is_empty().then_some(Fault::Unreadable)
        };
    }
    if let Some((scheme, rest)) = text.split_once("://") {
        let is_taken = |taken: &str| taken != "unix" && parts(taken) == parts(scheme);
        if !form.schemes.iter().any(|taken| is_taken(taken)) {
            return Some(Fault::Scheme);
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        return fault_of_host(&rest[..end]);
    }
    if text.starts_with('/') {
        return Some(Fault::Path);
    }
    if text.contains('/') {
        return Some(Fault::Unreadable);
    }
    fault_of_host(text).or(match form.without_scheme {
        WithoutScheme::Refused => Some(Fault::NoScheme),
        WithoutScheme::HandedOn => Some(Fault::HandedOn),
        WithoutScheme::TakenAsHttp => None,
    })
}

/// The parts of a scheme such as `otlp+http`, which may stand in any order.
fn parts(scheme: &str) -> Vec<String> {
    let mut parts: Vec<String> = scheme.split('+').map(str::to_ascii_lowercase).collect();
    parts.sort_unstable();
    parts
}

/// What is wrong with a host, with a port or without, behind a user's name or not.
fn fault_of_host(authority: &str) -> Option<Fault> {
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let end_of_name = match host.strip_prefix('[') {
        Some(address) => address.find(']').map_or(0, |end| end + 2),
        None => host.find(':').unwrap_or(host.len()),
    };
    let (name, port) = host.split_at(end_of_name);
    if name.is_empty() {
        return Some(Fault::Unreadable);
    }
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    let is_sound = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (!is_sound).then_some(Fault::Port)
}

/// The address in quotes, without the user's name and password that a proxy may have.
fn shown(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.find("://").map_or(0, |end| end + 3);
            quoted(&format!("{}***@{host}", &before[..scheme]))
        }
        None => quoted(text),
    }
}

fn help(text: &str, fault: Fault) -> String {
    match fault {
        Fault::NoScheme | Fault::HandedOn if !text.contains('@') => {
            format!("write `http://{}`, or https", text.trim())
        }
        _ => "write `http://` or `https://`, a host and its port".to_owned(),
    }
}
