//! A file that the parser alone reads, and the way on after a syntax error.

use super::arena::Yaml;
use super::character::without_controls;
use super::events::{EventReader, parser};
use super::offsets::character_at;
use super::syntax_error::SyntaxError;

/// Reads the documents of a file with the parser alone. What is not YAML becomes a [`SyntaxError`] and costs
/// its own document alone, which keeps what is before the fault.
#[must_use]
pub fn read_with_parser(text: &str) -> Yaml {
    let (clean, controls) = without_controls(text);
    let mut parser = parser(&clean);
    let mut reader = EventReader::new(text);
    let mut resumed_at = None;
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let span = reader.span(&span);
                reader.event(event, span);
                if reader.is_dense() {
                    reader.break_off(SyntaxError::new(
                        span,
                        "the file holds too many values for its size",
                        "what follows was not read",
                        "a declaration is far longer: look whether this is the file that was meant",
                    ));
                    break;
                }
                if reader.is_full() {
                    reader.break_off(SyntaxError::new(
                        span,
                        "the document is too large",
                        "with this it holds more than 20000 values",
                        "split it: declarations are far smaller",
                    ));
                    if !matches!(parser.proceed_next_document(), Ok(true)) {
                        break;
                    }
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(text.len());
                let span = character_at(text, at);
                reader.break_off(SyntaxError::of_parser(error.kind(), span, text));
                let stuck = resumed_at.replace(at) == Some(at);
                if stuck || !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    reader.refuse(controls);
    reader.yaml
}

#[cfg(test)]
mod tests {
    use super::read_with_parser as read;

    #[test]
    fn a_syntax_error_costs_its_own_document_alone() {
        let source = "name: one\nspec: [a\n---\nname: two\n---\na:\n\tx: 3\n---\nname: four\n";
        let yaml = read(source);
        assert_eq!(yaml.faults().len(), 2, "{:?}", yaml.faults());
        let names: Vec<_> = yaml
            .documents()
            .iter()
            .filter_map(|document| yaml.field(source, document.root?, "name"))
            .filter_map(|(_, value)| yaml.text(source, value))
            .collect();
        assert_eq!(names, ["one", "two", "four"]);
    }

    #[test]
    fn deep_nesting_is_a_fault() {
        for deep in ["[".repeat(10_000), "{a: ".repeat(10_000), "- ".repeat(10_000)] {
            assert_eq!(read(&deep).faults().len(), 1);
        }
        let block: Vec<_> = (0..1_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
        assert_eq!(read(&block.concat()).faults().len(), 1);
    }

    #[test]
    fn an_alias_of_its_own_parent_is_a_fault() {
        for source in ["a: &a [*a]\n", "&a a: *a\n", "a: &a {b: {c: *a}}\n"] {
            let yaml = read(source);
            assert!(yaml.faults().len() <= 1, "{source}: {:?}", yaml.faults());
        }
        assert_eq!(read("a: &a [*a]\n").faults().len(), 1);
        assert_eq!(read("a: *missing\n").faults().len(), 1);
    }
}
