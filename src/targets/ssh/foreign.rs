//! What is in a file of authorized keys beside the blocks of keyplan.

use super::block::{BlockError, KeyFile};
use crate::model::Address;

/// What is in a file of authorized keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreign {
    /// The lines outside of blocks without their ends, each with its number from 1.
    pub lines: Vec<(usize, Vec<u8>)>,
    /// The clusters that have a block.
    pub blocks: Vec<Address>,
}

/// Reads a file of authorized keys.
///
/// # Errors
/// When it is not known where a block ends.
pub fn foreign_lines(file: &[u8]) -> Result<Foreign, BlockError> {
    let file = KeyFile::parse(file)?;
    let lines = file.numbered_foreign().map(|(number, line)| (number, line.to_vec())).collect();
    Ok(Foreign { lines, blocks: file.clusters().into_iter().cloned().collect() })
}

#[cfg(test)]
mod tests {
    use super::foreign_lines;

    #[test]
    fn lines_keep_their_numbers_and_blocks_are_passed_over() {
        let block = "# BEGIN MANAGED BY keyplan cluster/p/c\nours\n# END MANAGED BY keyplan cluster/p/c\n";
        let foreign = foreign_lines(format!("one\r\n{block}\n# two\nlast").as_bytes()).unwrap();
        let lines = [(1, "one"), (5, ""), (6, "# two"), (7, "last")];
        assert_eq!(foreign.lines, lines.map(|(number, line)| (number, line.as_bytes().to_vec())));
        assert_eq!(foreign.blocks[0].to_string(), "cluster/p/c");
        assert!(foreign_lines(&block.as_bytes()[..50]).is_err());
    }
}
