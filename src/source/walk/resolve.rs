//! Where the paths in declarations lead.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// Where a path that a declaration gives leads, below the workspace; nothing when it leads outside.
#[must_use]
pub fn resolve(declaring_file: &Utf8Path, given: &Utf8Path) -> Option<Utf8PathBuf> {
    let mut resolved = declaring_file.parent().map_or_else(Utf8PathBuf::new, Utf8Path::to_owned);
    for part in given.components() {
        match part {
            Utf8Component::CurDir => {}
            Utf8Component::Normal(name) => resolved.push(name),
            Utf8Component::ParentDir if resolved.pop() => {}
            Utf8Component::ParentDir | Utf8Component::RootDir | Utf8Component::Prefix(_) => return None,
        }
    }
    Some(resolved)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::resolve;

    #[test]
    fn a_path_is_relative_to_its_file_and_stays_inside() {
        let from = Utf8Path::new("teams/payments/keys.yaml");
        for (given, expected) in [
            ("ops.pub", Some("teams/payments/ops.pub")),
            ("./keys/ops.pub", Some("teams/payments/keys/ops.pub")),
            ("../../ops.pub", Some("ops.pub")),
            ("../../../ops.pub", None),
            ("/etc/ops.pub", None),
        ] {
            assert_eq!(
                resolve(from, Utf8Path::new(given)).as_deref(),
                expected.map(Utf8Path::new),
                "{given}"
            );
        }
    }
}
