//! What always holds of an apply on Palette: what is there afterwards is what is declared, nothing of others is lost, and
//! one that was killed at any request goes on to the end.

mod binary;
mod clusters;
mod keys;
mod own_role;
mod own_role_laws;
mod permissions;
mod projects;
mod scene;
mod teams;
mod traffic;
mod waves;
