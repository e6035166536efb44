//! What is told of what the pointer is on.

use camino::Utf8Path;
use gen_lsp_types::{Hover, MarkupContent, MarkupKind, Position};

use super::answers::{Question, answer};
use super::editor::Editor;
use super::index::{IndexedDocument, Occurrence, Symbol};
use super::position::Lines;
use super::workspace::OpenWorkspace;
use crate::diagnostics::Rule;
use crate::model::{Address, Role};

/// What is told of a place in a file; nothing where nothing is named.
pub(super) fn hover(
    workspace: &mut OpenWorkspace,
    path: &Utf8Path,
    position: Position,
    editor: &Editor<'_>,
) -> Option<Hover> {
    let index = workspace.index(editor)?;
    let file = index.file(path)?;
    let lines = Lines::new(&file.text, editor.encoding);
    let (document, occurrence) = file.at(lines.offset(position))?;
    let value = match subject(document, occurrence) {
        Subject::Rule(rule) => of_rule(rule),
        Subject::Role(role) => of_role(role),
        Subject::Question(question) => of_access(workspace, &question, editor)?,
    };
    let contents = MarkupContent { kind: MarkupKind::Markdown, value };
    Some(Hover { contents: contents.into(), range: Some(lines.range(occurrence.span)) })
}

/// What a place is about.
enum Subject {
    Rule(&'static Rule),
    Role(Role),
    Question(Question),
}

fn subject(document: &IndexedDocument, occurrence: &Occurrence) -> Subject {
    Subject::Question(match (&occurrence.symbol, &document.address) {
        (Symbol::Rule(rule), _) => return Subject::Rule(rule),
        (Symbol::Role(role), _) => return Subject::Role(*role),
        // The key of a cluster is who opens it.
        (Symbol::Resource(Address::Key(..)), Some(Address::Cluster(project, name)))
        | (Symbol::Resource(Address::Cluster(project, name)), _) => {
            Question::Who(project.clone(), name.clone())
        }
        (Symbol::Resource(Address::Project(name)), _) => Question::Project(name.clone()),
        (Symbol::Resource(address @ (Address::Key(..) | Address::Team(_))), _) => {
            Question::Reach(address.to_string())
        }
        (Symbol::User(user), _) => Question::Reach(user.to_string()),
    })
}

fn of_rule(rule: &Rule) -> String {
    format!("**{}**: {}\n\n{}", rule.name, rule.summary, rule.docs)
}

fn of_role(role: Role) -> String {
    let may = if role.may_change_keys() { "may" } else { "may not" };
    format!("**{role}**: whoever has this role {may} give clusters of the project another key")
}

/// What is declared; what was declared before there were errors, as long as there are any.
fn of_access(workspace: &mut OpenWorkspace, question: &Question, editor: &Editor<'_>) -> Option<String> {
    let today = (editor.host.today)();
    let is_valid = workspace.validated(editor).is_some_and(|validated| validated.desired.is_some());
    let Some(desired) = workspace.last_valid(editor) else {
        return Some("The workspace has errors: who opens what is not known.".into());
    };
    let text = answer(desired, question, today)?;
    let fence = fence(&text);
    let note = if is_valid { "" } else { "The workspace has errors. Before them this was declared:\n\n" };
    Some(format!("{note}{fence}text\n{text}{fence}"))
}

/// A fence that no run of backticks in a text closes.
fn fence(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::fence;

    #[test]
    fn a_fence_is_longer_than_what_is_within() {
        for (text, length) in [("", 3), ("`a``", 3), ("```", 4), ("a ````` b", 6)] {
            assert_eq!(fence(text).len(), length, "{text}");
        }
    }
}
