//! Forms of names that resolvers and orchestrators take.

/// Whether it is a DNS label in lower case, whose length the schema bounds.
pub fn is_label(name: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    name.chars().all(is_inner) && !name.is_empty() && !name.starts_with('-') && !name.ends_with('-')
}

/// Whether it is a key of a label, an annotation or a taint.
pub fn is_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => is_domain(domain) && is_name(name),
        None => is_name(key),
    }
}

/// Whether it is a DNS subdomain.
pub fn is_domain(domain: &str) -> bool {
    let is_part = |part: &str| part.len() <= 63 && is_label(part);
    domain.len() <= 253 && domain.split('.').all(is_part)
}

/// Whether it is a value of a label, and not empty.
pub fn is_name(name: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_end = |c: char| c.is_ascii_alphanumeric();
    (1..=63).contains(&name.len())
        && name.chars().all(is_inner)
        && name.starts_with(is_end)
        && name.ends_with(is_end)
}
