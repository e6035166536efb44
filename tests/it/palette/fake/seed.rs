//! How a test fills a tenant, and looks at what has become of it: by names, as people speak of these things.

use serde_json::{Value, json};

use super::tenant::{Cluster, Key, Project, Role, Team, Tenant, Uid, User};

/// The roles in projects that every tenant has.
pub(crate) const PROJECT_ROLES: [&str; 6] = [
    "Project Admin",
    "Project Editor",
    "Project Viewer",
    "Cluster Admin",
    "Cluster Editor",
    "Cluster Viewer",
];

impl Tenant {
    pub(crate) fn user(&mut self, mail: &str) -> Uid {
        let uid = self.new_uid();
        self.users.push(User { uid: uid.clone(), mail: mail.into() });
        uid
    }

    pub(crate) fn role(&mut self, name: &str, scope: &'static str, kind: &'static str) -> Uid {
        let uid = self.new_uid();
        self.roles.push(Role { uid: uid.clone(), name: name.into(), scope, kind });
        uid
    }

    /// A team with these users, by mail.
    pub(crate) fn team(&mut self, name: &str, mails: &[&str]) -> &mut Team {
        let metadata = self.new_metadata(&json!({"name": name}));
        let users = mails.iter().map(|mail| self.holder(mail)).collect();
        self.teams.push(Team { metadata, users, roles: vec![], sources: vec![] });
        self.teams.last_mut().unwrap()
    }

    pub(crate) fn project(&mut self, name: &str) -> &mut Project {
        let metadata = self.new_metadata(&json!({"name": name}));
        self.projects.push(Project { metadata });
        self.projects.last_mut().unwrap()
    }

    /// A key of a project.
    pub(crate) fn key(&mut self, project: &str, name: &str, text: &str) -> &mut Key {
        let project = self.project_uid(project);
        let metadata = self.new_metadata(&json!({"name": name}));
        self.keys.push(Key { metadata, project: Some(project), text: text.into() });
        self.keys.last_mut().unwrap()
    }

    /// A key of the tenant.
    pub(crate) fn tenant_key(&mut self, name: &str, text: &str) {
        let metadata = self.new_metadata(&json!({"name": name}));
        self.keys.push(Key { metadata, project: None, text: text.into() });
    }

    /// A running cluster whose nodes take these keys.
    pub(crate) fn cluster(&mut self, project: &str, name: &str, cloud: &str, keys: &[&str]) -> &mut Cluster {
        let cluster = Cluster {
            metadata: self.new_metadata(&json!({"name": name})),
            project: self.project_uid(project),
            cloud: cloud.into(),
            config_uid: self.new_uid(),
            environment: cloud.into(),
            is_deleted: false,
            state: "Running".into(),
            repave: None,
            config: config(cloud, keys),
        };
        self.clusters.push(cluster);
        self.clusters.last_mut().unwrap()
    }

    /// Gives a user, by mail, or a team a role in a project.
    pub(crate) fn grant(&mut self, holder: &str, project: &str, role: &str) {
        let (holder, project) = (self.holder(holder), self.project_uid(project));
        let role = self.role_uid(role);
        self.grants.entry(holder).or_default().entry(project).or_default().push(role);
    }

    /// The names of the roles that a user, by mail, or a team has in a project itself.
    pub(crate) fn roles_of(&self, holder: &str, project: &str) -> Vec<&str> {
        let of_holder = self.grants.get(&self.holder(holder));
        let roles = of_holder.and_then(|projects| projects.get(&self.project_uid(project)));
        roles.into_iter().flatten().map(|uid| self.role_name(uid)).collect()
    }

    /// The mails of a team.
    pub(crate) fn members(&self, team: &str) -> Vec<&str> {
        let team = self.teams.iter().find(|one| one.metadata.name == team).expect("the team is there");
        let mail = |uid: &Uid| self.users.iter().find(|user| user.uid == *uid).map(|user| user.mail.as_str());
        team.users.iter().filter_map(mail).collect()
    }

    pub(crate) fn key_named(&mut self, project: &str, name: &str) -> Option<&mut Key> {
        let project = self.project_uid(project);
        let is_it = |key: &&mut Key| key.project.as_ref() == Some(&project) && key.metadata.name == name;
        self.keys.iter_mut().find(is_it)
    }

    pub(crate) fn cluster_named(&mut self, project: &str, name: &str) -> &mut Cluster {
        let project = self.project_uid(project);
        let is_it = |cluster: &&mut Cluster| cluster.project == project && cluster.metadata.name == name;
        self.clusters.iter_mut().find(is_it).expect("the cluster is there")
    }

    pub(crate) fn project_named(&self, name: &str) -> Option<&Project> {
        self.projects.iter().find(|project| project.metadata.name == name)
    }

    pub(crate) fn project_uid(&self, name: &str) -> Uid {
        self.project_named(name).expect("the project is there").metadata.uid.clone()
    }

    pub(crate) fn role_uid(&self, name: &str) -> Uid {
        self.roles.iter().find(|role| role.name == name).expect("the role is there").uid.clone()
    }

    pub(super) fn role_name(&self, uid: &str) -> &str {
        self.roles.iter().find(|role| role.uid == uid).map_or("", |role| &role.name)
    }

    /// The uid of a user, by mail, or of a team.
    pub(crate) fn holder(&self, name: &str) -> Uid {
        let user = self.users.iter().find(|user| user.mail == name).map(|user| &user.uid);
        let mut teams = self.teams.iter().map(|team| &team.metadata);
        let team = || teams.find(|metadata| metadata.name == name).map(|metadata| &metadata.uid);
        user.or_else(team).expect("the user or team is there").clone()
    }
}

impl Cluster {
    /// The keys that its nodes take.
    pub(crate) fn keys(&self) -> Vec<&str> {
        let many = self.config["sshKeys"].as_array().into_iter().flatten();
        many.chain(self.config.get("sshKey")).filter_map(Value::as_str).collect()
    }
}

/// A configuration of a cloud, with a field that is not published.
fn config(cloud: &str, keys: &[&str]) -> Value {
    let override_config = "kubeadmControlPlane:\n  spec: {}\n";
    match cloud {
        "vsphere" => json!({
            "placement": {"datacenter": "dc1", "folder": "k8s", "network": {
                "networkName": "vm", "parentPoolRef": {"uid": "9a0000000000000000000001"},
                "ipPool": {"name": "pool-1"}, "staticIp": true}},
            "sshKeys": keys, "staticIp": true, "ntpServers": [], "overrideClusterAPIConfig": override_config,
        }),
        "maas" => json!({
            "domain": "maas.example.com", "sshKeys": keys, "ntpServers": [], "enableLxdVm": false,
            "overrideClusterAPIConfig": override_config,
        }),
        "edge-native" => json!({
            "controlPlaneEndpoint": {"host": "10.0.0.5", "type": "VIP"}, "sshKeys": keys, "ntpServers": [],
            "overlayNetworkConfiguration": {"enable": false}, "hostOs": "ubuntu",
        }),
        "azure" | "aks" => json!({
            "subscriptionId": "d3b1", "location": "westeurope", "resourceGroup": "k8s",
            "sshKey": keys.first().copied().unwrap_or_default(),
            "workerSubnet": {"name": "workers", "cidrBlock": "10.1.0.0/16"}, "availabilityZones": ["1", "2"],
        }),
        "aws" | "eks" | "apache-cloudstack" => {
            json!({"region": "eu-west-1", "sshKeyName": keys.first().copied().unwrap_or_default()})
        }
        _ => json!({}),
    }
}
