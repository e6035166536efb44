//! The settings of a workspace.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::{files_directory, palette};
use crate::check::declare::document::Document;
use crate::check::declare::workspace::{FilesSpec, WorkspaceSpec};
use crate::check::declare::{Body, Declaration};
use crate::diagnostics::{Finding, Fix, LocatedText, Location, Rule, Severity, suggestion};
use crate::model::{
    DocumentId, FilesSettings, FormerHolderLevel, Name, NodeFormat, Settings, StatePlace, StatePlaceError,
    Subject, TargetKind, UserName,
};
use crate::openssh::KeyType;
use crate::rules::{self, former_holder, invalid_name, invalid_value, misplaced_workspace};
use crate::source::{FileId, Route, SourceSet};

/// What `keyplan.yaml` says, and what it does not say by default.
#[derive(Debug, Default)]
pub struct WorkspaceSettings {
    pub settings: Settings,
    /// The severity of rules that have been given one.
    pub levels: BTreeMap<&'static str, Severity>,
    /// The key types that the rule `key-not-allowed` allows; nothing when none are given.
    pub allowed_key_types: Option<Vec<KeyType>>,
    /// The file of keys that the rule `listed-key` finds, and where it is named.
    pub blocklist: Option<(Box<str>, Location)>,
}

impl WorkspaceSettings {
    /// Whether a rule is to be asked. One that is off by default and was not turned on finds nothing that is told.
    #[must_use]
    pub fn asks(&self, rule: &Rule) -> bool {
        let is_off = self.levels.get(rule.name).is_none_or(|level| *level == Severity::Off);
        rule.severity != Severity::Off || !is_off
    }

    /// Whether nothing is told that a rule finds, as this workspace has it.
    #[must_use]
    pub fn is_off(&self, rule: &Rule) -> bool {
        self.levels.get(rule.name).copied().unwrap_or(rule.severity) == Severity::Off
    }

    /// How much a finding matters in this workspace.
    #[must_use]
    pub fn severity(&self, finding: &Finding) -> Severity {
        match self.levels.get(finding.rule.name) {
            _ if finding.is_fixed => finding.severity,
            Some(&level) => level,
            None if finding.rule.severity == Severity::Off => Severity::Off,
            None => finding.severity,
        }
    }
}

/// Whether a file is the one for the settings of the workspace.
fn is_top(path: &Utf8Path) -> bool {
    matches!(path.as_str(), "keyplan.yaml" | "keyplan.yml")
}

/// The settings of the one workspace among the declarations.
#[must_use]
pub fn settings<'a>(
    sources: &SourceSet,
    declarations: impl Iterator<Item = &'a Declaration>,
    findings: &mut Vec<Finding>,
) -> WorkspaceSettings {
    let mut found: Option<(DocumentId, &Document<WorkspaceSpec>)> = None;
    let has_top = sources.files().any(|(_, file)| is_top(file.path()));
    for declaration in declarations {
        let Body::Workspace(document) = &declaration.body else { continue };
        let at = |origin| Location::Value(origin, Route::fields(["kind"]));
        let file = sources.file(FileId(declaration.origin.file));
        match found {
            _ if !is_top(file.path()) => {
                let at = at(declaration.origin);
                let is_settings = file.path().file_name().is_some_and(|name| is_top(Utf8Path::new(name)));
                findings.push(match file.path().parent() {
                    Some(folder) if is_settings && !has_top => {
                        misplaced_workspace::below(at, folder.as_str())
                    }
                    _ => misplaced_workspace::elsewhere(at),
                });
            }
            Some((first, _)) => findings.push(misplaced_workspace::again(at(declaration.origin), at(first))),
            None => found = Some((declaration.origin, document)),
        }
    }
    found.map(|(origin, document)| read(origin, document, findings)).unwrap_or_default()
}

fn read(
    origin: DocumentId,
    document: &Document<WorkspaceSpec>,
    findings: &mut Vec<Finding>,
) -> WorkspaceSettings {
    let mut workspace = WorkspaceSettings::default();
    let settings = &mut workspace.settings;
    let name = document.metadata.as_ref().and_then(|metadata| metadata.name.as_deref());
    settings.name = name.map(|name| self::name(origin, name, findings));
    let Some(spec) = &document.spec else { return workspace };
    check_exclude(origin, spec, findings);
    if let Some(state) = spec.state.as_ref().and_then(|state| place(origin, state, findings)) {
        settings.state = state;
    }
    settings.target = spec.target.as_deref().and_then(TargetKind::parse).unwrap_or_default();
    if let Some(ssh) = &spec.ssh {
        settings.ssh.parallel = ssh.parallel.unwrap_or(settings.ssh.parallel);
        settings.ssh.timeout = ssh.timeout.unwrap_or(settings.ssh.timeout);
    }
    if let Some(files) = &spec.files {
        settings.files = self::files(origin, files, &settings.state, findings);
    }
    if let Some(palette) = &spec.palette {
        settings.palette = palette::settings(origin, palette, findings);
    }
    let names_tenant = spec.palette.as_ref().is_some_and(|palette| palette.tenant.is_some());
    if settings.target == TargetKind::Palette && !names_tenant {
        findings.push(palette::no_tenant(origin, spec.palette.is_some()));
    }
    if settings.target == TargetKind::Files && settings.files.formats.is_empty() {
        findings.push(invalid_value::finding(
            Location::Value(origin, Route::fields(["spec", "target"])),
            "`target` cannot be",
            "files",
            "no format of files is given",
            "add `files: {formats: [cloud-init]}`, or another format",
        ));
    }
    if let Some(budgets) = &spec.budgets {
        settings.deletes = budgets.deletes.unwrap_or(settings.deletes);
        settings.deletes_percent = budgets.deletes_percent.unwrap_or(settings.deletes_percent);
        settings.access_loss = budgets.access_loss.unwrap_or(settings.access_loss);
        settings.access_loss_percent = budgets.access_loss_percent.unwrap_or(settings.access_loss_percent);
    }
    let owners = spec.owners.iter().flatten().flatten();
    settings.owners = owners.filter_map(|owner| Subject::parse(owner).ok()).collect();
    for (login, user) in spec.people.iter().flatten() {
        settings.people.extend(UserName::parse(user).map(|user| (login.as_str().into(), user)));
    }
    workspace.levels = levels(origin, spec, findings);
    let level = workspace.levels.get(former_holder::RULE.name).map(|level| level.word());
    settings.former_holder = level.and_then(FormerHolderLevel::parse).unwrap_or_default();
    workspace.blocklist = spec
        .blocklist
        .as_ref()
        .map(|path| (path.clone(), Location::Value(origin, Route::fields(["spec", "blocklist"]))));
    workspace.allowed_key_types = spec.allowed_key_types.as_ref().map(|types| {
        let numbered = types.iter().enumerate().filter_map(|(number, name)| Some((number, name.as_ref()?)));
        numbered.filter_map(|(number, name)| allowed_type(origin, number, name, findings)).collect()
    });
    workspace
}

fn name(origin: DocumentId, name: &str, findings: &mut Vec<Finding>) -> Name {
    let (declared, fault) = Name::declared(name);
    if let Some(fault) = fault {
        let text = LocatedText::new(name, Location::Value(origin, Route::fields(["metadata", "name"])));
        findings.push(invalid_name::finding(&text, "a workspace", &fault));
    }
    declared
}

fn check_exclude(origin: DocumentId, spec: &WorkspaceSpec, findings: &mut Vec<Finding>) {
    for (number, pattern) in spec.exclude.iter().flatten().enumerate() {
        let Some(pattern) = pattern else { continue };
        let names_nothing = pattern.is_empty() || pattern.starts_with('/') || pattern.contains(['\\', '\0']);
        if names_nothing || pattern.split('/').any(|part| part == "..") {
            findings.push(invalid_value::finding(
                Location::Value(origin, Route::fields(["spec", "exclude"]).item(number)),
                "`exclude` cannot hold",
                pattern,
                "no path below the workspace is like this",
                "write a path below the workspace, as in `helm` or `ci/*.yaml`",
            ));
        }
    }
}

fn place(origin: DocumentId, state: &str, findings: &mut Vec<Finding>) -> Option<StatePlace> {
    let refused = |StatePlaceError { why, example }| {
        let at = Location::Value(origin, Route::fields(["spec", "state"]));
        let help = format!("write it as in `{example}`");
        findings.push(invalid_value::finding(at, "`state` cannot be", state, why, &help));
    };
    StatePlace::parse(state).map_err(refused).ok()
}

fn levels(
    origin: DocumentId,
    spec: &WorkspaceSpec,
    findings: &mut Vec<Finding>,
) -> BTreeMap<&'static str, Severity> {
    let mut levels = BTreeMap::new();
    for (name, level) in spec.rules.iter().flatten() {
        let route = Route::fields(["spec", "rules"]).field(name.clone());
        match rules::ALL.iter().find(|rule| rule.name == name) {
            None => findings.push(unknown_rule(Location::Key(origin, route), name, spec)),
            Some(rule) if rule.fixed => findings.push(invalid_value::finding(
                Location::Key(origin, route),
                "`rules` cannot set",
                name,
                "this rule is fixed: its findings are always errors",
                "delete this line",
            )),
            Some(rule) => {
                levels.extend(Severity::parse(&level.0).map(|level| (rule.name, level)));
            }
        }
    }
    levels
}

fn files(
    origin: DocumentId,
    files: &FilesSpec,
    state: &StatePlace,
    findings: &mut Vec<Finding>,
) -> FilesSettings {
    let mut settings = FilesSettings::default();
    if let Some(directory) = &files.directory {
        let route = Route::fields(["spec", "files", "directory"]);
        match files_directory::fault(directory, state.folder()) {
            None => settings.directory = directory.as_str().into(),
            Some(why) => findings.push(invalid_value::finding(
                Location::Value(origin, route),
                "`directory` cannot be",
                directory,
                why,
                "name a hidden folder as in `.rendered`, or one beside the workspace as in `../rendered`",
            )),
        }
    }
    let formats = files.formats.iter().flatten().flatten();
    settings.formats = formats.filter_map(|format| NodeFormat::parse(&format.0)).collect();
    settings.formats.sort_unstable();
    settings.formats.dedup();
    settings
}

fn allowed_type(
    origin: DocumentId,
    number: usize,
    name: &str,
    findings: &mut Vec<Finding>,
) -> Option<KeyType> {
    let found = KeyType::parse(name);
    if found.is_none() {
        let words: Vec<_> = KeyType::ALL.iter().map(|kind| kind.name()).collect();
        let at = Location::Value(origin, Route::fields(["spec", "allowedKeyTypes"]).item(number));
        findings.push(invalid_value::not_one_of(at, "`allowedKeyTypes` cannot hold", name, &words).fix(None));
    }
    found
}

fn unknown_rule(at: Location, name: &str, spec: &WorkspaceSpec) -> Finding {
    let near = suggestion(name, rules::ALL.iter().map(|rule: &&Rule| rule.name));
    let help = near.map_or_else(|| "`keyplan explain` lists all rules".into(), |near| near.help());
    let is_free = |near: &str| {
        let is_fixed = rules::ALL.iter().any(|rule| rule.name == near && rule.fixed);
        !is_fixed && spec.rules.iter().flatten().all(|(other, _)| other != near)
    };
    let fix = near.filter(|near| is_free(near.word)).and_then(|near| Fix::word(at.clone(), name, near));
    invalid_value::finding(at, "`rules` cannot set", name, "there is no such rule", &help).fix(fix)
}
