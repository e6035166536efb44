//! A finding whose places are bytes: what is shown.

use super::fix::LocatedFix;
use super::{Finding, Location, Rule, Severity};
use crate::model::{DocumentId, Name, NodeAddress, Subject, UserName};
use crate::source::yaml::NodeId;
use crate::source::{FileId, Route, SourceFile, SourceSet, SourceSpan, Span};

/// A finding, its severity settled and its places found.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    pub rule: &'static Rule,
    /// How much it matters in this workspace.
    pub severity: Severity,
    pub summary: String,
    /// Why, where the headline and the labels do not say it.
    pub detail: Option<String>,
    pub help: Option<String>,
    /// Places and what is to be said of them, the problem itself first. There is always one.
    pub labels: Vec<(SourceSpan, String)>,
    /// What `help` says, as edits.
    pub fix: Option<LocatedFix>,
}

impl Diagnostic {
    /// Finds the bytes of a finding.
    #[must_use]
    pub fn locate(finding: Finding, severity: Severity, sources: &SourceSet) -> Self {
        let Finding { rule, severity: _, is_fixed: _, summary, detail, help, labels, fix } = finding;
        let labels = labels.into_iter().map(|label| (place_of(&label.at, sources), label.text)).collect();
        let fix = fix.and_then(|fix| fix.locate(sources));
        Self { rule, severity, summary, detail, help, labels, fix }
    }

    #[must_use]
    pub fn place(&self) -> SourceSpan {
        self.labels.first().map_or(SourceSpan { file: FileId(0), span: Span::default() }, |(place, _)| *place)
    }
}

/// The bytes that a place means.
#[must_use]
pub fn place_of(at: &Location, sources: &SourceSet) -> SourceSpan {
    let file = |origin: &DocumentId| FileId(origin.file);
    let place = match at {
        Location::Bytes(place) => *place,
        Location::Value(origin, route) => sources.value(file(origin), origin.document, route),
        Location::Key(origin, route) => sources.key(file(origin), origin.document, route),
        Location::Within(origin, route, range) => sources.within(file(origin), origin.document, route, range),
        Location::Member(origin, subject) => {
            item(*origin, "members", sources, |source, item| names(source, item, subject))
        }
        Location::Node(origin, node) => {
            item(*origin, "nodes", sources, |source, item| is_node(source, item, node))
        }
        Location::File(file) => SourceSpan { file: *file, span: Span::default() },
    };
    SourceSpan { file: place.file, span: on_characters(sources.file(place.file).text(), place.span) }
}

/// The first item of a list of `spec` that is meant; else the name of the list.
fn item(
    origin: DocumentId,
    list: &'static str,
    sources: &SourceSet,
    is_meant: impl Fn(&SourceFile, NodeId) -> bool,
) -> SourceSpan {
    let (file, route) = (FileId(origin.file), Route::fields(["spec", list]));
    let source = sources.file(file);
    let (yaml, text) = (source.yaml(), source.text());
    let items = sources.root(file, origin.document).and_then(|root| {
        let (_, spec) = yaml.field(text, root, "spec")?;
        Some(yaml.field(text, spec, list)?.1)
    });
    let mut items = items.into_iter().flat_map(|items| yaml.children(items));
    match items.find(|item| is_meant(source, *item)) {
        Some(item) => SourceSpan { file, span: yaml.span(item) },
        None => sources.key(file, origin.document, &route),
    }
}

/// Whether an item of a list of members names a user or a team: the user of a team, or a member of a project.
fn names(source: &SourceFile, item: NodeId, subject: &Subject) -> bool {
    let (yaml, text) = (source.yaml(), source.text());
    let field = |name| yaml.text(text, yaml.field(text, item, name)?.1);
    match subject {
        Subject::User(user) => {
            let given = yaml.text(text, item).or_else(|| field("user"));
            given.and_then(|given| UserName::parse(given).ok()).is_some_and(|given| given == *user)
        }
        Subject::Team(team) => field("team").is_some_and(|given| given == Name::as_str(team)),
    }
}

/// Whether an item of a list of nodes is this one, in any spelling.
fn is_node(source: &SourceFile, item: NodeId, node: &NodeAddress) -> bool {
    let Some(given) = source.yaml().text(source.text(), item) else { return false };
    // Only an IPv6 address has other spellings than by letter case; most other nodes are told apart at once.
    let may_be = node.host.contains(':')
        || given.get(..node.host.len()).is_some_and(|host| host.eq_ignore_ascii_case(&node.host));
    may_be && NodeAddress::parse(given).is_ok_and(|given| given == *node)
}

/// The span widened to whole characters, inside of the text.
fn on_characters(text: &str, span: Span) -> Span {
    let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    let start = text.floor_char_boundary(span.start as usize);
    let end = text.ceil_char_boundary((span.end as usize).max(start));
    Span::new(clamp(start), clamp(end))
}
