//! Partitions of AWS.

/// The domain of a region's services: partitions of AWS share none.
#[must_use]
pub fn domain(region: &str) -> &'static str {
    match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    }
}
