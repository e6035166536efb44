//! How much may still be done for the dear looks, so that a text that is made to need many of them costs no more than
//! a few times its length.

use std::cell::Cell;

/// Bytes that may still be looked at or decompressed.
pub(super) struct Effort {
    left: Cell<usize>,
    may_inflate: bool,
}

impl Effort {
    /// Enough for any text that was not made for it.
    pub(super) fn for_text(text: &str) -> Self {
        const LEAST: usize = 1 << 20;
        Self { left: Cell::new(LEAST + 16 * text.len()), may_inflate: true }
    }

    /// The same for a text that was compressed: nothing in it is decompressed again.
    pub(super) fn for_inflated(text: &str) -> Self {
        Self { may_inflate: false, ..Self::for_text(text) }
    }

    pub(super) const fn may_inflate(&self) -> bool {
        self.may_inflate
    }

    pub(super) fn is_left(&self) -> bool {
        self.left.get() > 0
    }

    pub(super) fn spend(&self, bytes: usize) {
        self.left.set(self.left.get().saturating_sub(bytes));
    }
}
