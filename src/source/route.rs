//! Routes: the way from the top of a document to one of its nodes, as in `spec.members[2].role`.

use std::borrow::Cow;
use std::fmt;

/// One step of a [`Route`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// The value of a field of a mapping.
    Field(Cow<'static, str>),
    /// An item of a sequence, from 0.
    Item(usize),
}

/// The way from the top of a document to a node. An empty route is the document itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route(Vec<Segment>);

impl Route {
    /// The route through these fields, in order.
    #[must_use]
    pub fn fields<const N: usize>(fields: [&'static str; N]) -> Self {
        Self(fields.map(|field| Segment::Field(Cow::Borrowed(field))).into())
    }

    /// This route, and on to a field.
    #[must_use]
    pub fn field(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Segment::Field(name.into()));
        self
    }

    /// This route, and on to an item, counted from 0.
    #[must_use]
    pub fn item(mut self, index: usize) -> Self {
        self.0.push(Segment::Item(index));
        self
    }

    /// The way to what holds the last step; nothing for the document itself.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, before)| Self(before.into()))
    }

    /// The steps, from the top of the document.
    #[must_use]
    pub fn steps(&self) -> &[Segment] {
        &self.0
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Segment::Field(name) if number == 0 => write!(f, "{name}")?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Route;

    #[test]
    fn reads_as_a_path() {
        let route = Route::fields(["spec", "members"]).item(2).field("role");
        assert_eq!(route.to_string(), "spec.members[2].role");
    }
}
