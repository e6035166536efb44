//! What is named in one document.

use std::ops::Range;

use super::occurrence::{Form, Occurrence, Symbol};
use crate::check::declare::Kind;
use crate::model::{Address, Name, Role, Subject, TEAM, UserName};
use crate::rules;
use crate::source::yaml::{Kind as NodeKind, NodeId, Style, Yaml};
use crate::source::{SourceFile, Span};

/// A document, and what is named in it.
#[derive(Debug)]
pub(in crate::lsp) struct IndexedDocument {
    /// The top of it.
    pub(in crate::lsp) root: NodeId,
    pub(in crate::lsp) kind: Kind,
    /// Its `metadata.name`, as it is written, and where that is.
    pub(in crate::lsp) name: Option<(String, Span)>,
    /// The project that it says to belong to.
    pub(in crate::lsp) project: Option<Name>,
    /// What it declares, where that has an address.
    pub(in crate::lsp) address: Option<Address>,
    pub(in crate::lsp) occurrences: Vec<Occurrence>,
}

/// The documents of a file whose kind is known, as far as they can be read.
pub(in crate::lsp) fn documents(source: &SourceFile) -> Vec<IndexedDocument> {
    let documents = source.yaml().documents().iter();
    documents.filter_map(|document| Some(Reader::new(source, document.root?)?.read())).collect()
}

struct Reader<'a> {
    source: &'a SourceFile,
    yaml: &'a Yaml,
    root: NodeId,
    kind: Kind,
    occurrences: Vec<Occurrence>,
}

impl<'a> Reader<'a> {
    fn new(source: &'a SourceFile, root: NodeId) -> Option<Self> {
        let yaml = source.yaml();
        let (_, kind) = yaml.field(source.text(), root, "kind")?;
        let kind = Kind::parse(yaml.text(source.text(), kind)?)?;
        Some(Self { source, yaml, root, kind, occurrences: Vec::new() })
    }

    fn read(mut self) -> IndexedDocument {
        let project = self.at(&["metadata", "project"]).and_then(|node| self.name(node));
        let address = self.address(project.as_ref());
        if let (Some(node), Some(address)) = (self.at(&["metadata", "name"]), &address) {
            self.add(node, Symbol::Resource(address.clone()), true);
        }
        if let Some(node) = self.at(&["metadata", "project"]) {
            self.add_name(node, Address::Project);
        }
        match self.kind {
            Kind::Project => self.members(),
            Kind::Team => self.items(&["spec", "members"]).into_iter().for_each(|user| self.add_user(user)),
            Kind::SshKey => self.at(&["spec", "owner"]).into_iter().for_each(|owner| self.add_subject(owner)),
            Kind::Cluster => {
                if let Some((node, project)) = self.at(&["spec", "sshKey"]).zip(project.clone()) {
                    self.add_name(node, |name| Address::Key(project, name));
                }
            }
            Kind::AccessTest => self.access_test(),
            Kind::Workspace => self.workspace(),
        }
        let name = self
            .at(&["metadata", "name"])
            .and_then(|node| Some((self.text(node)?.to_owned(), self.yaml.span(node))));
        let Self { root, kind, occurrences, .. } = self;
        IndexedDocument { root, kind, name, project, address, occurrences }
    }

    /// What the document declares.
    fn address(&self, project: Option<&Name>) -> Option<Address> {
        let name = self.name(self.at(&["metadata", "name"])?)?;
        match self.kind {
            Kind::Project => Some(Address::Project(name)),
            Kind::Team => Some(Address::Team(name)),
            Kind::SshKey => Some(Address::Key(project?.clone(), name)),
            Kind::Cluster => Some(Address::Cluster(project?.clone(), name)),
            Kind::AccessTest | Kind::Workspace => None,
        }
    }

    fn members(&mut self) {
        for member in self.items(&["spec", "members"]) {
            let field = |name| Some(self.yaml.field(self.source.text(), member, name)?.1);
            let (user, team, role) = (field("user"), field("team"), field("role"));
            if let Some(user) = user {
                self.add_user(user);
            }
            if let Some(team) = team {
                self.add_name(team, Address::Team);
            }
            if let Some((node, role)) = role.and_then(|node| Some((node, Role::parse(self.text(node)?)?))) {
                self.add(node, Symbol::Role(role), false);
            }
        }
    }

    fn access_test(&mut self) {
        for project in self.items(&["spec", "clusters", "projects"]) {
            self.add_name(project, Address::Project);
        }
        for cluster in self.items(&["spec", "clusters", "names"]) {
            self.add_cluster(cluster);
        }
        for field in ["openedOnlyBy", "openedBy", "changedOnlyBy"] {
            self.items(&["spec", field]).into_iter().for_each(|subject| self.add_subject(subject));
        }
    }

    fn workspace(&mut self) {
        self.items(&["spec", "owners"]).into_iter().for_each(|owner| self.add_subject(owner));
        for (_, user) in self.entries(&["spec", "people"]) {
            self.add_user(user);
        }
        for (name, _) in self.entries(&["spec", "rules"]) {
            let rule = self.text(name).and_then(|text| rules::ALL.iter().find(|rule| rule.name == text));
            if let Some(rule) = rule {
                self.add(name, Symbol::Rule(rule), false);
            }
        }
    }

    fn add_name(&mut self, node: NodeId, address: impl FnOnce(Name) -> Address) {
        if let Some(name) = self.name(node) {
            self.add(node, Symbol::Resource(address(name)), false);
        }
    }

    fn add_user(&mut self, node: NodeId) {
        if let Some(user) = self.text(node).and_then(|text| UserName::parse(text).ok()) {
            self.add(node, Symbol::User(user), false);
        }
    }

    /// A user, or `team:NAME`.
    fn add_subject(&mut self, node: NodeId) {
        let text = self.text(node).unwrap_or_default();
        match Subject::parse(text) {
            Ok(Subject::User(user)) => self.add(node, Symbol::User(user), false),
            Ok(Subject::Team(team)) => {
                self.add_part(node, TEAM.len()..text.len(), Symbol::Resource(Address::Team(team)));
            }
            Err(_) => {}
        }
    }

    /// `PROJECT/NAME`.
    fn add_cluster(&mut self, node: NodeId) {
        let text = self.text(node).unwrap_or_default();
        let Some((project, name)) = text.split_once('/') else { return };
        let (Ok(of), Ok(cluster)) = (Name::parse(project), Name::parse(name)) else { return };
        self.add_part(node, 0..project.len(), Symbol::Resource(Address::Project(of.clone())));
        self.add_part(node, project.len() + 1..text.len(), Symbol::Resource(Address::Cluster(of, cluster)));
    }

    fn add(&mut self, node: NodeId, symbol: Symbol, is_declaration: bool) {
        let (span, form) = match (self.letters(node), self.yaml.node(node).kind) {
            (Some(span), NodeKind::Scalar(Style::Plain)) => (span, Form::Plain),
            (Some(span), _) => (span, Form::Enclosed),
            (None, _) => (self.yaml.span(node), Form::Other),
        };
        self.occurrences.push(Occurrence { span, symbol, is_declaration, form });
    }

    /// A name that is a part of a scalar.
    fn add_part(&mut self, node: NodeId, part: Range<usize>, symbol: Symbol) {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        let (span, form) = match self.letters(node) {
            Some(whole) => {
                (Span::new(whole.start + clamp(part.start), whole.start + clamp(part.end)), Form::Enclosed)
            }
            None => (self.yaml.span(node), Form::Other),
        };
        self.occurrences.push(Occurrence { span, symbol, is_declaration: false, form });
    }

    /// The bytes of a scalar's text, where it is written here and letter for letter.
    fn letters(&self, node: NodeId) -> Option<Span> {
        let is_here = self.yaml.span(node) == self.yaml.node(node).span;
        self.yaml.text_span(node).filter(|_| is_here)
    }

    fn name(&self, node: NodeId) -> Option<Name> {
        Name::parse(self.text(node)?).ok()
    }

    fn text(&self, node: NodeId) -> Option<&'a str> {
        self.yaml.text(self.source.text(), node)
    }

    /// The value of a field, by its path from the top.
    fn at(&self, path: &[&str]) -> Option<NodeId> {
        path.iter().try_fold(self.root, |node, name| Some(self.yaml.field(self.source.text(), node, name)?.1))
    }

    fn items(&self, path: &[&str]) -> Vec<NodeId> {
        let list = self.at(path).filter(|node| self.yaml.node(*node).kind == NodeKind::Sequence);
        list.into_iter().flat_map(|list| self.yaml.children(list)).collect()
    }

    fn entries(&self, path: &[&str]) -> Vec<(NodeId, NodeId)> {
        let mapping = self.at(path).filter(|node| self.yaml.node(*node).kind == NodeKind::Mapping);
        mapping.into_iter().flat_map(|mapping| self.yaml.entries(mapping)).collect()
    }
}
