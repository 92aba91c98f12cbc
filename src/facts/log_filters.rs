//! How the server reads the filter of its log. Whether a module of that name logs anything is not known here.
//!
//! Source: tracing-subscriber's `EnvFilter`, 0.3.20 in server 1.5.3 and later ones in 1.7.12, which read the same; run: 1.5.3, 1.6.2
//! and 1.7.12, the rows of `tests/data/log-filters.tsv`. The crate itself would bring the regular expressions that this tool does
//! without elsewhere, and it silently takes blanks that make the server log something else.

/// What is wrong with a part of a filter. The server panics when it starts, but for some blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFilterFault {
    /// It has blanks or line breaks, which the server takes for a part of the name or the level.
    Blanks,
    /// What follows the `=` is not a level.
    Level,
    /// It has another form.
    Form,
}

/// The setting that is one.
pub const LOG_FILTER: &str = "log-filter";

/// The words for what is logged, from nothing to everything. Digits from 0 to 5 and any case of letters mean the same.
pub const LOG_LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The first part of a filter, between two commas, that the server does not read as it is written, and what is wrong with it.
pub fn log_filter_fault(filter: &str) -> Option<(&str, LogFilterFault)> {
    // The server splits at every comma, also inside brackets, and takes no notice of an empty part.
    let parts = filter.split(',').filter(|part| !part.is_empty());
    parts.filter_map(|part| Some((part, fault(part)?))).next()
}

fn fault(part: &str) -> Option<LogFilterFault> {
    let name = part.split_once('{').map_or(part, |(name, _)| name);
    if part.trim() != part || name.contains(char::is_whitespace) {
        return Some(LogFilterFault::Blanks);
    }
    let starts = |c: char| c.is_alphanumeric() || matches!(c, '-' | ':' | '_' | '[');
    if !part.starts_with(starts) {
        return Some(LogFilterFault::Form);
    }
    let Some(end_of_target) = part.find(['=', '[']) else {
        // A level for everything, or a module of which everything is logged.
        return None;
    };
    let after_target = &part[end_of_target..];
    let level = match after_target.strip_prefix('[') {
        None => after_target,
        Some(span) => match end_of_span(span) {
            Some(rest) => rest,
            None => return Some(LogFilterFault::Form),
        },
    };
    match level.strip_prefix('=') {
        None if level.is_empty() => None,
        None => Some(LogFilterFault::Form),
        Some(level) => (!is_level(level)).then_some(LogFilterFault::Level),
    }
}

/// What follows the `]` of `name]`, `name{field}]` or `name{field=value}]`.
fn end_of_span(span: &str) -> Option<&str> {
    let end = span.find([']', '{'])?;
    let Some(field) = span[end..].strip_prefix('{') else {
        return Some(&span[end + 1..]);
    };
    let (field, rest) = field.split_once('}')?;
    // The value is a regular expression, unless it is a number or a truth value.
    let is_read =
        |value: &str| value.parse::<f64>().is_ok() || regex_lite::Regex::new(value).is_ok();
    let fits = !field.is_empty() && field.split('=').nth(1).is_none_or(is_read);
    fits.then(|| rest.strip_prefix(']')).flatten()
}

fn is_level(text: &str) -> bool {
    // Nothing at all stands for everything.
    text.is_empty()
        || text
            .parse::<usize>()
            .is_ok_and(|level| level < LOG_LEVELS.len())
        || LOG_LEVELS
            .iter()
            .any(|level| level.eq_ignore_ascii_case(text))
}
