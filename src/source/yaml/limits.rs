//! How much a file may hold, so that it costs no more than its size lets expect.

use super::arena::Yaml;

/// How much the aliases of any file may add to it: nodes plus bytes of text. Those of a larger file may add as
/// much as it holds besides, so that memory is taken by what was written.
const ANY_ALIASES: u64 = 16 << 10;

/// Most values of one document: a cluster of thousands of nodes stays well below.
pub(super) const MAX_NODES: usize = 20_000;

/// Values that any file may hold.
const ANY_FILE: usize = 250_000;

/// A file that holds more than those may hold one value to so many bytes. Declarations hold one to six or
/// more.
const BYTES_PER_NODE: usize = 4;

/// Documents that any file may hold; a file that holds more may hold one to [so many
/// bytes](BYTES_PER_DOCUMENT). A file of millions of tiny documents would cost many times its size.
const ANY_DOCUMENTS: usize = 10_000;

/// Declarations have 50 bytes or more.
const BYTES_PER_DOCUMENT: usize = 32;

/// Whether there are more values than a file of so many bytes has.
#[inline]
pub(super) fn is_dense(yaml: &Yaml, bytes: usize) -> bool {
    yaml.nodes.len() > ANY_FILE + bytes / BYTES_PER_NODE
        || yaml.documents.len() > ANY_DOCUMENTS + bytes / BYTES_PER_DOCUMENT
}

/// How much the aliases of a file of so many bytes may add to it.
pub(super) const fn most_aliases(bytes: usize) -> u64 {
    ANY_ALIASES + bytes as u64
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::whole_file::read_with_parser as read;

    #[test]
    fn an_alias_bomb_is_a_fault_and_costs_no_memory() {
        let mut source = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..40 {
            let below = format!("*a{}, ", level - 1).repeat(10);
            writeln!(source, "a{level}: &a{level} [{below}]").unwrap();
        }
        let yaml = read(&source);
        assert_eq!(yaml.faults().len(), 1, "{:?}", yaml.faults());
        assert!(yaml.faults()[0].summary.contains("too much"));
    }

    #[test]
    fn a_document_of_too_many_values_costs_itself_alone() {
        let source = format!("a: [{}]\n---\nname: two\n", "x,".repeat(100_000));
        let yaml = read(&source);
        assert_eq!(yaml.faults().len(), 1, "{:?}", yaml.faults());
        assert!(yaml.nodes.len() < 20_010, "{}", yaml.nodes.len());
        let last = yaml.documents().last().unwrap().root.unwrap();
        assert!(yaml.field(&source, last, "name").is_some());
    }

    #[test]
    fn a_file_of_too_many_values_is_read_no_further() {
        let document = format!("- [{}]\n---\n", "x,".repeat(1_000));
        for (source, most_nodes) in
            [("a: 1\n---\n".repeat(200_000), 200_000), (document.repeat(1_000), 760_000)]
        {
            let yaml = read(&source);
            assert_eq!(yaml.faults().len(), 1, "{:?}", yaml.faults());
            assert!(yaml.nodes.len() < most_nodes, "{}", yaml.nodes.len());
            assert_eq!(crate::source::yaml::read(&source), yaml);
        }
    }

    #[test]
    fn a_file_of_the_shortest_declarations_is_read_whole() {
        let cluster = "apiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: c, project: p}\n---\n";
        let yaml = crate::source::yaml::read(&cluster.repeat(100_000));
        assert!(yaml.faults().is_empty(), "{:?}", yaml.faults());
        assert_eq!(yaml.documents().len(), 100_001, "and an empty one at the end");
    }

    #[test]
    fn aliases_stand_for_no_more_than_was_written() {
        let document = format!("a: &a {}\nb: [{}]\n---\n", "x".repeat(500), "*a, ".repeat(50));
        let yaml = read(&document.repeat(10));
        assert!(!yaml.faults().is_empty());
        // One that is refused takes nothing from what follows it.
        let source = format!("{}a: &a x\nb: *a\n", document.repeat(10));
        let last = read(&source);
        assert_eq!(last.faults().len(), yaml.faults().len());
    }
}
