//! Where a node is: `region` or `region.zone`.

/// The region of a location.
pub fn region(location: &str) -> Option<&str> {
    location
        .split('.')
        .next()
        .filter(|region| !region.is_empty())
}

/// The whole location: zone `a` of one region is not zone `a` of another.
pub fn zone(location: &str) -> Option<&str> {
    location.contains('.').then_some(location)
}
