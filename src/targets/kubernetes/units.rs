//! Sizes and processors in Kubernetes' notation.

use crate::model::ByteSize;

/// In the largest unit that divides the size.
pub fn memory(size: ByteSize) -> String {
    let bytes = size.as_bytes();
    [(40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")]
        .into_iter()
        .find(|(shift, _)| bytes.is_multiple_of(1 << shift))
        .map_or_else(
            || bytes.to_string(),
            |(shift, unit)| format!("{}{unit}", bytes >> shift),
        )
}

/// In cores, or in thousandths where they are not whole.
pub fn cpus(cores: f64) -> String {
    let thousandths = (cores * 1000.0).round() as u64;
    if thousandths.is_multiple_of(1000) {
        (thousandths / 1000).to_string()
    } else {
        format!("{thousandths}m")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_processors_are_exact() {
        assert_eq!(memory(ByteSize::mebibytes(2048)), "2Gi");
        assert_eq!(memory(ByteSize::mebibytes(1536)), "1536Mi");
        assert_eq!(memory(ByteSize::bytes(1001)), "1001");
        assert_eq!(cpus(2.0), "2");
        assert_eq!(cpus(0.5), "500m");
        assert_eq!(cpus(0.01), "10m");
    }
}
