//! No line that keyplan prints is a command of a CI runner, whatever stands in the files that it reads, on its
//! command line and in its state: but for the annotations of findings, which are no other command.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::json;

use crate::github::Annotation;
use crate::support::{Workspace, command, stderr, stdout};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK6+x3WVjWlaIa7DoMtVafTQB8XgentF5YiKEcUn9Nhi";

/// A line as .NET compares texts on Linux: what has no weight of its own is passed over.
fn weighed(line: &str) -> String {
    let has_weight = |letter: &char| {
        !letter.is_control()
            && !matches!(letter, '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
                | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    line.chars().filter(has_weight).collect()
}

/// The command in a line by the first form that GitHub's runner takes: `ActionCommand.TryParseV2`.
fn github(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (command, _) = rest.split_once("::")?;
    command.split(' ').next()
}

/// The command in a line by the second form, which stands anywhere: `ActionCommand.TryParse`.
pub(crate) fn github_brackets(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("##[")?;
    let (command, _) = rest.split_once(']')?;
    command.split(' ').next()
}

/// The command in a line by Azure's agent: `Command.TryParse`.
pub(crate) fn azure(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("##vso[")?;
    let (command, _) = rest.split_once(']')?;
    let name = command.split(' ').next()?;
    name.split_once('.').map(|_| name)
}

/// The message in a line by TeamCity's `ServiceMessage.parse`, which also takes it anywhere.
pub(crate) fn teamcity(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("##teamcity[")?;
    rest.split_once(']').map(|(message, _)| message)
}

/// Whether a line is an annotation of a finding, and no other command to any runner.
pub(crate) fn is_annotation(line: &str) -> bool {
    let is_known = |name: &str| ["file", "line", "endLine", "col", "endColumn", "title"].contains(&name);
    let others: [Parser; 3] = [github_brackets, azure, teamcity];
    line.starts_with("::")
        && others.iter().all(|parse| parse(line).is_none())
        && crate::github::parsed(line).is_some_and(|Annotation { command, properties, data: _ }| {
            ["error", "warning"].contains(&command.as_str())
                && properties.iter().all(|(name, _)| is_known(name))
                && properties.iter().any(|(name, value)| name == "title" && value.starts_with("keyplan "))
        })
}

type Parser = fn(&str) -> Option<&str>;

/// The lines of an output as a runner splits it.
fn obeyed(output: &str, parsers: &[Parser]) -> Vec<String> {
    let lines = output.split(['\n', '\r']).flat_map(|line| [line.to_owned(), weighed(line)]);
    lines.filter(|line| parsers.iter().any(|parse| parse(line).is_some())).collect()
}

const RUNNERS: [&str; 3] = ["GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION"];

const PIECES: &[&str] = &[
    "::set-output name=a::b",
    "::add-mask::x",
    "::stop-commands::x",
    "##[add-mask]x",
    "##[set-env name=A]b",
    "##vso[task.setvariable variable=a]b",
    "##teamcity[buildStatus status='x']",
    "##",
    "[error]",
    "#",
    "::",
    ":",
    "\n",
    "\r",
    "\t",
    "\u{a0}",
    "\u{3000}",
    "\u{ad}",
    "\u{200b}",
    "\u{fe0f}",
    "\u{1b}[2K",
    " ",
    "  ",
    "long words that fill a line so that the next one begins another ",
    "字字字字字字字字字字字字字字字字字字",
];

pub(crate) fn hostile() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(PIECES), 1..8).prop_map(|pieces| pieces.concat())
}

/// A text as a scalar of YAML, which JSON is.
fn scalar(text: &str) -> String {
    json!(text).to_string()
}

/// A name of a file that can be made.
fn file_name(text: &str) -> String {
    let name: String = text.chars().filter(|letter| !matches!(letter, '/' | '\0')).collect();
    let end = name.floor_char_boundary(120);
    format!("{}.yaml", &name[..end])
}

/// A workspace whose declarations are valid, with a text wherever one may stand.
pub(crate) fn valid(text: &str) -> Workspace {
    let one_line: String = text.chars().filter(|letter| !letter.is_control()).collect();
    let written = scalar(text);
    let access = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: shop, description: {written}, labels: {{a: {written}}}}}\n\
         ---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: shop, description: {written}}}\n\
         spec: {{publicKey: {}}}\n\
         ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: prod, project: shop, description: {written}}}\n\
         spec: {{sshKey: ops, nodes: [10.0.0.1]}}\n",
        scalar(&format!("{KEY} {}", one_line.trim())),
    );
    Workspace::with(&[(&file_name(text), access.as_bytes())])
}

/// A workspace in which a text stands where it is wrong.
pub(crate) fn broken(text: &str) -> Workspace {
    let written = scalar(text);
    let access = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: {written}, {written}: 1}}\n\
         ---\napiVersion: {written}\nkind: {written}\n\
         ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {{name: prod, project: {written}}}\n\
         spec: {{sshKey: {written}, nodes: [{written}], loginUser: {written}}}\n\
         ---\n{text}\n",
    );
    Workspace::with(&[
        (&file_name(text), access.as_bytes()),
        ("keyplan.yaml", b"kind: Workspace\nspec: {state: [\n"),
    ])
}

/// Runs a command, and checks each line of both streams. Standard output that is JSON must be JSON.
fn is_inert(workspace: &Workspace, args: &[&str], text: &str) {
    for on_runner in [true, false] {
        let mut keyplan = command(&workspace.root);
        keyplan.args(args).env("USER", text.replace('\0', ""));
        if on_runner {
            keyplan.envs(RUNNERS.map(|name| (name, "true")));
        }
        let output = keyplan.output().unwrap();
        // Only a runner's own variables tell that it would obey what it may take for a command anywhere in a line.
        let parsers: &[Parser] =
            if on_runner { &[github, github_brackets, azure, teamcity] } else { &[github] };
        for printed in [stdout(&output), stderr(&output)] {
            let mut obeyed = obeyed(&printed, parsers);
            let annotates = ["validate", "plan", "apply"].contains(&args[0]);
            obeyed.retain(|line| !(annotates && is_annotation(line)));
            assert_eq!(obeyed, Vec::<String>::new(), "{args:?} of {text:?} prints\n{printed}");
        }
        if args.contains(&"json") && !output.stdout.is_empty() {
            let json: Result<serde_json::Value, _> = serde_json::from_slice(&output.stdout);
            assert!(json.is_ok(), "{args:?} of {text:?} prints\n{}", stdout(&output));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default() })]

    #[test]
    fn no_line_of_any_command_is_a_command_of_a_runner(text in hostile()) {
        no_line_is_a_command(&text);
    }
}

fn no_line_is_a_command(text: &str) {
    let workspace = broken(text);
    for args in [
        &["validate"][..],
        &["validate", "--format", "json"],
        &["validate", "--format", "sarif"],
        &["validate", "--format", "github"],
        &["validate", "--format", "gitlab"],
        &["validate", "--format", "junit"],
        &["validate", "--accessible"],
        &["plan"],
        &["state", "list"],
    ] {
        is_inert(&workspace, args, text);
    }
    let workspace = valid(text);
    let word = text.replace('\0', "");
    let formats: Vec<Vec<&str>> =
        keyplan::model::NodeFormat::WORDS.iter().map(|format| vec!["render", *format, "shop/prod"]).collect();
    for args in [
        &["validate"][..],
        &["validate", "--format", "json"],
        &["plan"],
        &["plan", "--accessible"],
        &["plan", "--format", "json"],
        &["plan", "--out", &word],
        &["show", &word],
        &["show", &word, "--format", "json"],
        &["apply", "--auto-approve"],
        &["apply", &word],
        &["apply", "--auto-approve", "--format", "json"],
        &["state", "list"],
        &["state", "list", "--format", "json"],
        &["state", "show", "project/shop"],
        &["state", "show", "key/shop/ops", "--format", "json"],
        &["state", "show", &word],
        &["state", "log"],
        &["state", "log", "--format", "json"],
        &["state", "diff", "0"],
        &["state", "diff", "0", "--format", "json"],
        &["state", "export"],
        &["state", "verify"],
        &["authorized-keys", "--cluster", "shop/prod"],
        &["authorized-keys", "--cluster", &word],
        &["authorized-keys", &word],
        &["explain", &word],
        &["explain", "--format", "json"],
        &["man", &word],
        &["schema", &word],
        &["drift", &word],
        &["verify", &word],
        &["render", &word, "shop/prod"],
        &["render", "cloud-init", &word],
        &["validate", &word],
        &["-C", &word, "plan"],
        &["init", &word],
        &["init", &word],
        &[&word],
        &["plan", &format!("--{word}")],
    ] {
        is_inert(&workspace, args, text);
    }
    for args in &formats {
        is_inert(&workspace, args, text);
    }
}

#[test]
fn a_description_does_not_set_an_output() {
    for text in [
        "::set-output name=a::b\n  ::add-mask::x\n##[add-mask]y\n##vso[task.setvariable variable=a]b\n##teamcity[x 'y']",
        "##vso[task.setvariable variable=a]b",
        "##\u{fe0f}[add-mask]x",
        "\u{a0}::add-mask::x",
    ] {
        no_line_is_a_command(text);
    }
}
