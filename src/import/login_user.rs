//! Who logs in on nodes that Palette has made.

use crate::model::{Cloud, DEFAULT_LOGIN_USER};

/// Who logs in on the nodes of a cloud, as Palette's images have it.
pub(super) const fn login_user(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Azure | Cloud::Aws => "ubuntu",
        Cloud::Aks => "azureuser",
        Cloud::Eks => "ec2-user",
        Cloud::Vsphere
        | Cloud::Maas
        | Cloud::EdgeNative
        | Cloud::Cloudstack
        | Cloud::Gcp
        | Cloud::Gke
        | Cloud::Generic => DEFAULT_LOGIN_USER,
    }
}
