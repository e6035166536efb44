//! The target `files`: the files from which nodes are born, in a folder that is then committed, or handed to
//! what makes nodes. One file for each cluster and format, at `PROJECT/CLUSTER/FILE`.

pub mod folder;
pub mod tree;
