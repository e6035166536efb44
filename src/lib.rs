//! keyplan: plan and apply for SSH access.
//!
//! # Flow
//!
//! ```text
//! directory   ─source─>  files, YAML nodes  ─check─>  Desired + findings   (declare, resolve, rules, gate)
//! state store ─state──>  Recorded at a revision
//! planner:  Recorded + Desired  ─>  Plan: changes, access, guards          (plan: pure data)
//! Plan  ─consent─>  ConfirmedPlan  ─apply─>  target  ─>  outcomes  ─>  the next revision
//! ```
//!
//! Never the other way. A plan sees no YAML and no target; a rule sees no bytes; only `cli` prints, asks, and reads the
//! clock and the environment. There is no dry run: a plan is data, and applying it is another function.
//!
//! # Rooms
//!
//! Each folder is a room, and may use those that its row names, never one below its row. The test `layering` holds the
//! code against this table.
//!
//! | room | owns | may use |
//! |---|---|---|
//! | `words` | enums whose variants have words of their own | – |
//! | `http/` | HTTP as a client: TLS, time-outs, rates, retries, secrets; the only user of `ureq` | `words` |
//! | `cloud/` | AWS, Google and Azure: credentials by the sources that their tools know, and signatures | `words`, `http` |
//! | `durable` | files that are there whole or not at all | – |
//! | `process/` | programs of others: started so that none outlasts this one; git without what leads it elsewhere | – |
//! | `openssh/` | what OpenSSH defines: key types, wire format, fingerprints, options, `authorized_keys`; `client` runs ssh | `words`, `process` |
//! | `model/` | names, addresses, resources, settings; `Desired` and `Recorded` | `words`, `openssh` |
//! | `access/` | who can log in where, as whom, by which key, until when; who has which role; how that differs | `words`, `model`, `openssh` |
//! | `node_files/` | files from which nodes are born with their key, one file a format | `model`, `openssh` |
//! | `source/` | walking a folder or a git commit, file text, YAML nodes with spans | `process` |
//! | `diagnostics/` | findings, their fixes, rules as a type, severities; all that speaks to miette | `words`, `model`, `openssh`, `source` |
//! | `rules/` | one file a rule, or a folder where one is too small; its documentation inside | `model`, `openssh`, `access`, `node_files`, `source`, `diagnostics` |
//! | `check/` | the front half: `declare` (documents as written), `resolve` (names become references), the gate, the cache of proofs | `words`, `http`, `durable`, `model`, `openssh`, `source`, `diagnostics`, `rules` |
//! | `plan/` | changes, their order, guards: pure and complete | `words`, `model`, `openssh`, `access` |
//! | `state/` | the log of revisions, leases, history, frozen formats of what is stored; `store` has one file a store | `words`, `http`, `cloud`, `durable`, `process`, `model`, `openssh`, `access`, `plan` |
//! | `planner` | where state meets plan | `model`, `access`, `plan`, `state` |
//! | `targets/` | where changes land: one file or folder a target | `words`, `http`, `durable`, `model`, `openssh`, `node_files`, `plan` |
//! | `import/` | what is there already, into declarations; the one writer of declarations | `words`, `model`, `openssh`, `source`, `diagnostics`, `rules`, `check`, `plan`, `targets` |
//! | `apply` | where plan meets target: a confirmed plan is carried out and recorded | `model`, `plan`, `state`, `targets` |
//! | `verify/` | what nodes accept, asked on the wire without a private key | `model`, `openssh` |
//! | `report/` | one file a view and format; frozen JSON in `json_v1` | `words`, `model`, `openssh`, `access`, `source`, `diagnostics`, `rules`, `check`, `plan`, `state`, `apply`, `verify` |
//! | `lsp/` | the language server, for editors: what they ask over a stream | `model`, `access`, `source`, `diagnostics`, `rules`, `check`, `report` |
//! | `cli/` | the command line: one file a command, exit codes | `words`, `http`, `cloud`, `durable`, `process`, `model`, `openssh`, `access`, `node_files`, `source`, `diagnostics`, `rules`, `check`, `import`, `plan`, `state`, `planner`, `targets`, `apply`, `verify`, `report`, `lsp` |
//!
//! # Words
//!
//! A *declaration* is what the YAML says, *desired* what it comes to when it is valid, *recorded* what the state says
//! was applied, *observed* what a target says is there; *drift* is observed that differs from recorded. A *resource*
//! (project, team, key, cluster) has an *address*. A *change* has an *action* and, once applied, an *outcome*. The state
//! is a log of *revisions* with a *lineage*. A *finding* is of a *rule* and has a *severity*.
//!
//! # Invariants
//!
//! 1. A plan is complete data; applying it decides nothing.
//! 2. Text is parsed once, at the edge. The identity of a key is its fingerprint.
//! 3. A problem in a user's file is a finding, and all are collected; a problem of the machine is an error, and stops.
//! 4. Rules point at routes into a document; bytes are looked up only for what is shown.
//! 5. Matches on our own types are exhaustive: a new field or variant fails to compile where it matters.
//! 6. What is stored or printed has types of its own, frozen by version; the model may change, they may not.
//! 7. The core is deterministic: no clock, no hash order, no order of files.
//! 8. What was there stays until what replaces it is proven; an apply that is killed goes on from what is observed.

pub mod access;
pub mod apply;
pub mod check;
pub mod cli;
pub mod cloud;
pub mod diagnostics;
pub mod durable;
pub mod http;
pub mod import;
pub mod lsp;
pub mod model;
pub mod node_files;
pub mod openssh;
pub mod plan;
pub mod planner;
pub mod process;
pub mod report;
pub mod rules;
pub mod source;
pub mod state;
pub mod targets;
pub mod verify;
mod words;
