//! The formats of files from which nodes are born with their key.

use crate::words::words;

words! {
    /// A format that a node, or what makes nodes, is configured with.
    pub enum NodeFormat {
        AuthorizedKeys = "authorized-keys",
        CloudInit = "cloud-init",
        /// Patches of Cluster API's `KubeadmControlPlane` and `KubeadmConfigTemplate`.
        Capi = "capi",
        Ignition = "ignition",
        /// A configuration of Butane, from which one of Ignition is made.
        Butane = "butane",
        /// A configuration of Kairos, which Palette's edge hosts run.
        Kairos = "kairos",
        Ansible = "ansible",
    }
}

impl NodeFormat {
    /// The name of a file in this format.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::AuthorizedKeys => "authorized_keys",
            Self::CloudInit => "cloud-init.yaml",
            Self::Capi => "capi.yaml",
            Self::Ignition => "ignition.json",
            Self::Butane => "butane.yaml",
            Self::Kairos => "kairos.yaml",
            Self::Ansible => "ansible.yaml",
        }
    }
}
