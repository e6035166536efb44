//! The shapes of all documents.

use std::sync::LazyLock;

use super::cluster::ClusterDocument;
use super::kind::Kind;
use super::project::ProjectDocument;
use super::shape::Shape;
use super::ssh_key::SshKeyDocument;
use super::team::TeamDocument;
use super::workspace::WorkspaceDocument;

/// The shape of the documents of a kind.
pub(super) fn shape_of(kind: Kind) -> &'static Shape {
    static SHAPES: LazyLock<[Shape; 5]> = LazyLock::new(|| {
        [
            Shape::of_type::<ProjectDocument>(),
            Shape::of_type::<TeamDocument>(),
            Shape::of_type::<SshKeyDocument>(),
            Shape::of_type::<ClusterDocument>(),
            Shape::of_type::<WorkspaceDocument>(),
        ]
    });
    &SHAPES[kind as usize]
}
