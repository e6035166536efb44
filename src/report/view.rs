//! How something is drawn for people.

#[derive(Clone, Copy, Debug)]
pub struct View {
    pub width: usize,
    pub color: bool,
    /// Whether to draw frames with Unicode.
    pub unicode: bool,
    /// Whether to tell in words instead of drawing, for screen readers.
    pub accessible: bool,
}

/// "1 key", "2 keys".
#[must_use]
pub fn plural(number: usize, one: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {one}{ending}")
}
