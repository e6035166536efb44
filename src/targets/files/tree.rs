//! Which files a cluster has, and what is in them. No I/O.
//!
//! Names of projects and clusters are names of folders: they hold no slash and begin with no dot.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::model::{Address, Cluster, Name, NodeFormat, SshKey};
use crate::node_files::{FormatError, render};

/// The folder of a cluster, below the folder of the target.
#[must_use]
pub fn folder_of(cluster: &Cluster) -> Utf8PathBuf {
    Utf8Path::new(cluster.project.as_str()).join(cluster.name.as_str())
}

/// The cluster that a path is of, as the path has it; nothing when keyplan would not write there.
#[must_use]
pub fn cluster_of(path: &Utf8Path) -> Option<Address> {
    let parts: Vec<_> = path.components().map(|part| part.as_str()).collect();
    let [project, cluster, file] = parts[..] else { return None };
    NodeFormat::ALL.iter().find(|format| format.file_name() == file)?;
    Some(Address::Cluster(Name::parse(project).ok()?, Name::parse(cluster).ok()?))
}

/// The files of a cluster in these formats, by their paths below the folder of the target. A cluster without
/// a key has no file in a format that needs one.
///
/// # Errors
/// When a format cannot carry its key: why, for people.
pub fn files_of(
    cluster: &Cluster,
    key: Option<&SshKey>,
    formats: &[NodeFormat],
) -> Result<BTreeMap<Utf8PathBuf, String>, String> {
    let mut files = BTreeMap::new();
    for format in formats {
        match render(*format, cluster, key) {
            Ok(text) => {
                files.insert(folder_of(cluster).join(format.file_name()), text);
            }
            Err(FormatError::NoKey) => {}
            Err(refusal) => {
                return Err(format!("{} cannot be rendered as {format}: {refusal}", cluster.address()));
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::cluster_of;

    #[test]
    fn a_path_tells_its_cluster() {
        let cluster = |path: &str| cluster_of(Utf8Path::new(path)).map(|cluster| cluster.to_string());
        assert_eq!(cluster("pay/spare one/capi.yaml").as_deref(), Some("cluster/pay/spare one"));
        for path in ["pay/eu/README.md", "pay/capi.yaml", "a/b/c/capi.yaml", "-a/b/capi.yaml", ""] {
            assert_eq!(cluster(path), None, "{path}");
        }
    }
}
