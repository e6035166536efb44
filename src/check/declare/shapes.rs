//! The shapes of all documents.

use std::sync::LazyLock;

use super::kind::Kind;
use super::schema;
use super::shape::Shape;

/// The shape of the documents of a kind.
pub(super) fn shape_of(kind: Kind) -> &'static Shape {
    static SHAPES: LazyLock<Vec<Shape>> =
        LazyLock::new(|| Kind::ALL.iter().map(|kind| Shape::of(&schema::of_kind(*kind))).collect());
    &SHAPES[kind as usize]
}
