//! "Did you mean": the name that was most likely meant.

/// The candidate that is most like what was written, when one is near enough to be meant.
pub fn closest<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    // Longer than any name there is: comparing would take long and find nothing.
    if written.len() > 64 {
        return None;
    }
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| !matches!(c, '_' | '-' | ' '))
            .flat_map(char::to_lowercase)
            .collect()
    };
    let written = plain(written);
    let allowed = (written.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&written, &plain(candidate)), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < plain(candidate).chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_found_and_a_far_one_is_not() {
        let names = [
            "replication",
            "partitions",
            "metadata_servers",
            "nodes",
            "name",
        ];
        for (written, meant) in [
            ("replicaton", Some("replication")),
            ("metadataServers", Some("metadata_servers")),
            ("metadata-servers", Some("metadata_servers")),
            ("Nodes", Some("nodes")),
            ("node", Some("nodes")),
            ("nmae", Some("name")),
            ("x", None),
            ("", None),
            ("services", None),
        ] {
            assert_eq!(closest(written, names), meant, "{written}");
        }
        assert_eq!(closest(&"n".repeat(1_000_000), names), None);
    }
}
