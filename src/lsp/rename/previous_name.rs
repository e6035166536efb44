//! The name that something had, written beside the one that it gets.

use camino::Utf8PathBuf;

use super::edits::written;
use super::refusal::Refusal;
use crate::lsp::index::{Index, IndexedDocument, IndexedFile};
use crate::model::{Address, Name};
use crate::source::yaml::NodeId;
use crate::source::{Edit, Span};

/// Whether something is recorded; nothing where there is no state.
pub(super) type IsRecorded<'a> = &'a dyn Fn(&Address) -> Option<bool>;

/// The edit that lets what is recorded go on under a new name. A key is known by its material, and a team by nothing.
pub(super) fn edit(
    index: &Index,
    address: &Address,
    new: &Name,
    is_recorded: IsRecorded<'_>,
) -> Result<Option<(Utf8PathBuf, Edit)>, Refusal> {
    let old = match address {
        Address::Project(name) | Address::Cluster(_, name) => name,
        Address::Key(..) | Address::Team(_) => return Ok(None),
    };
    let Some((file, document)) = declaring(index, address) else { return Ok(None) };
    let Some(metadata) = Metadata::of(file, document) else { return Ok(None) };
    let names = |name: &Name| recorded_names(index, address, name);
    let recorded = |name: &Name| {
        let answers: Option<Vec<_>> = names(name).iter().map(is_recorded).collect();
        answers.map(|answers| answers.contains(&true))
    };
    let edit = match metadata.previous_name() {
        None if recorded(old) == Some(false) => None,
        None => Some(metadata.insertion(old).ok_or_else(|| Refusal::Form(file.path.clone()))?),
        Some((previous, _)) if previous == *new => return Err(Refusal::Back(previous)),
        Some((previous, place)) => match recorded(old) {
            None => return Err(Refusal::PreviousName(previous)),
            // That rename was applied, and this one is the next.
            Some(true) => Some(Edit::new(place, written(old))),
            // That rename was not applied: what is recorded goes on with this name at once.
            Some(false) => None,
        },
    };
    Ok(edit.map(|edit| (file.path.clone(), edit)))
}

fn declaring<'a>(index: &'a Index, address: &Address) -> Option<(&'a IndexedFile, &'a IndexedDocument)> {
    let mut documents = index.files.iter().flat_map(|file| file.documents.iter().map(move |one| (file, one)));
    documents.find(|(_, document)| document.address.as_ref() == Some(address))
}

/// The addresses under which something may be recorded by a name: a project may have had another name, too.
fn recorded_names(index: &Index, address: &Address, name: &Name) -> Vec<Address> {
    let Address::Cluster(project, _) = address else { return vec![Address::Project(name.clone())] };
    let home = declaring(index, &Address::Project(project.clone()));
    let before = home.and_then(|(file, document)| Metadata::of(file, document)?.previous_name());
    let projects = std::iter::once(project.clone()).chain(before.map(|(previous, _)| previous));
    projects.map(|project| Address::Cluster(project, name.clone())).collect()
}

/// The `metadata` of a document.
struct Metadata<'a> {
    file: &'a IndexedFile,
    node: NodeId,
}

impl<'a> Metadata<'a> {
    fn of(file: &'a IndexedFile, document: &IndexedDocument) -> Option<Self> {
        let (_, node) = file.source.yaml().field(&file.text, document.root, "metadata")?;
        Some(Self { file, node })
    }

    fn field(&self, name: &str) -> Option<(NodeId, NodeId)> {
        self.file.source.yaml().field(&self.file.text, self.node, name)
    }

    /// The previous name, and where it is with its quotes.
    fn previous_name(&self) -> Option<(Name, Span)> {
        let (_, value) = self.field("previousName")?;
        let yaml = self.file.source.yaml();
        Some((Name::parse(yaml.text(&self.file.text, value)?).ok()?, yaml.span(value)))
    }

    /// The previous name, behind the name: on a line of its own where the name has one.
    fn insertion(&self, old: &Name) -> Option<Edit> {
        let (yaml, text) = (self.file.source.yaml(), self.file.text.as_str());
        let (key, value) = self.field("name")?;
        let field = format!("previousName: {}", written(old));
        let behind = yaml.span(value).end;
        if text[yaml.span(self.node).range()].starts_with('{') {
            return Some(Edit::new(Span::new(behind, behind), format!(", {field}")));
        }
        let before = &text[..yaml.span(key).start as usize];
        let indent = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
        if !indent.chars().all(|letter| letter == ' ') {
            return None;
        }
        let rest = &text[behind as usize..];
        let line = rest.split('\n').next().unwrap_or_default();
        let (line, end) = line.strip_suffix('\r').map_or((line, "\n"), |line| (line, "\r\n"));
        let at = behind + u32::try_from(line.len()).ok()?;
        Some(Edit::new(Span::new(at, at), format!("{end}{indent}{field}")))
    }
}
