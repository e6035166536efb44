//! A small tenant, from which tests start.

use super::fake::{Fake, Switches, Tenant};

pub(crate) const OPS: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGP1 ops";
pub(crate) const ON_CALL: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGP2 on-call";

/// A project with two keys and a cluster, a team with roles in it, and a user besides the caller.
pub(crate) fn payments(tenant: &mut Tenant) {
    tenant.user("ben@example.com");
    tenant.project("payments");
    tenant.key("payments", "ops", OPS);
    tenant.key("payments", "on-call", ON_CALL);
    tenant.cluster("payments", "prod-eu", "vsphere", &[OPS]);
    tenant.team("platform", &["ben@example.com"]);
    tenant.grant("platform", "payments", "Project Editor");
    tenant.grant("ben@example.com", "payments", "Project Viewer");
}

/// A fake with `payments`, and its uid.
pub(crate) fn fake_with(switches: Switches) -> (Fake, String) {
    let fake = Fake::with(switches);
    let uid = fake.tenant(|tenant| {
        payments(tenant);
        tenant.project_uid("payments")
    });
    (fake, uid)
}
