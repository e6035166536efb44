//! Projects of the tenant.

use serde_json::{Value, json};

use super::answers::{Answered, created, done, found, missing, refusal};
use super::call::Call;
use super::switches::ProjectSummary;
use super::tenant::{Project, Tenant, Uid, list, text};

impl Tenant {
    pub(super) fn project_names(&self) -> Answered {
        let names = self
            .projects
            .iter()
            .map(|project| json!({"metadata": {"uid": project.metadata.uid, "name": project.metadata.name}}));
        found(json!({"items": names.collect::<Vec<_>>()}))
    }

    pub(super) fn project_summaries(&self, call: &Call) -> Answered {
        let summaries = self.projects.iter().map(|project| {
            let [users, teams] = match call.switches.project_summary {
                ProjectSummary::Complete => self.holders(&project.metadata.uid),
                ProjectSummary::WithoutSubjects => [vec![], vec![]],
            };
            json!({
                "metadata": project.metadata.json(),
                "specSummary": {"logoUrl": "", "users": users, "teams": teams},
                "status": {"status": {"isDisabled": false}},
            })
        });
        call.page(&summaries.collect::<Vec<_>>())
    }

    pub(super) fn get_project(&self, uid: &str) -> Answered {
        let project = &self.projects[self.project_at(uid)?];
        found(json!({"metadata": project.metadata.json(), "spec": {}, "status": {"isDisabled": false}}))
    }

    pub(super) fn create_project(&mut self, call: &Call) -> Answered {
        self.check_project_name(call, None)?;
        let spec = &call.body["spec"];
        let given = |field: &str, id: &str| -> Vec<(Uid, Vec<Uid>)> {
            let all = spec[field].as_array().into_iter().flatten();
            all.map(|one| (text(&one[id]), list(&one["roles"]))).collect()
        };
        let (users, teams) = (given("users", "userId"), given("teams", "teamId"));
        let metadata = self.new_metadata(&call.body["metadata"]);
        let project = metadata.uid.clone();
        self.projects.push(Project { metadata });
        for (kind, (holder, roles)) in
            users.into_iter().map(|one| ("users", one)).chain(teams.into_iter().map(|one| ("teams", one)))
        {
            self.get_grants(kind, &holder)?;
            self.check_grant(&project, &roles)?;
            self.grants.entry(holder).or_default().insert(project.clone(), roles);
        }
        created(&project)
    }

    pub(super) fn replace_project_metadata(&mut self, call: &Call, uid: &str) -> Answered {
        let at = self.project_at(uid)?;
        self.check_project_name(call, Some(uid))?;
        let now = self.now();
        self.projects[at].metadata.replace(&call.body, now);
        done()
    }

    pub(super) fn delete_project(&mut self, uid: &str) -> Answered {
        let at = self.project_at(uid)?;
        if self.clusters.iter().any(|cluster| cluster.project == uid && !cluster.is_deleted) {
            return Err(refusal(400, "ProjectHasActiveResources", "the project has clusters"));
        }
        self.projects.remove(at);
        self.keys.retain(|key| key.project.as_deref() != Some(uid));
        self.grants.values_mut().for_each(|projects| {
            projects.remove(uid);
        });
        done()
    }

    fn project_at(&self, uid: &str) -> Result<usize, super::Answer> {
        self.projects.iter().position(|one| one.metadata.uid == uid).ok_or_else(|| missing("the project"))
    }

    fn check_project_name(&self, call: &Call, uid: Option<&str>) -> Result<(), super::Answer> {
        // A new project has its name in its metadata; where the metadata is put, it is all of the body.
        let metadata = call.body.get("metadata").unwrap_or(&call.body);
        call.check_name(&text(&metadata["name"]), uid, self.projects.iter().map(|project| &project.metadata))
    }

    /// The users and the teams that have a role in a project.
    fn holders(&self, project: &str) -> [Vec<Value>; 2] {
        let has_role = |uid: &Uid| {
            let roles = self.grants.get(uid).and_then(|projects| projects.get(project));
            roles.is_some_and(|roles| !roles.is_empty())
        };
        let users = self.users.iter().map(|user| (&user.uid, &user.mail));
        let teams = self.teams.iter().map(|team| (&team.metadata.uid, &team.metadata.name));
        let named = |(uid, name): (&Uid, &String)| has_role(uid).then(|| json!({"uid": uid, "name": name}));
        [users.filter_map(named).collect(), teams.filter_map(named).collect()]
    }
}
