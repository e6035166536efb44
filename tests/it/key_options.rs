//! The options of keys against the sshd that is to heed them: a line with every option opens the door, each
//! option does what it says, and what keyplan refuses is what sshd would drop or take for something else.

use std::fmt::Write as _;

use jiff::civil::{Date, date};
use keyplan::model::{Metadata, Name, SshKey};
use keyplan::openssh::{KeyOptions, OpenSshVersion, PublicKey};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::sshd::{Pair, Server};
use crate::support::{PLAIN, Workspace, check, drawn};

/// The line of a key on nodes of which nothing is said.
fn line_of(key: &SshKey) -> String {
    key.authorized_line(None).to_string()
}

/// The key of a pair as a declaration with these options gives it.
fn declared(pair: &Pair, options: &str) -> SshKey {
    let mut text = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: payments}}\n---\n\
         apiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: ops, project: payments}}\n\
         spec:\n  publicKey: {}\n",
        pair.public
    );
    writeln!(text, "  options: {options}").unwrap();
    text += "---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata: {name: prod, project: payments}\n\
             spec: {sshKey: ops}\n";
    let workspace = Workspace::with(&[("access.yaml", text.as_bytes())]);
    let validated = check(&workspace.root);
    let Some(desired) = &validated.desired else { panic!("{}", drawn(&validated, PLAIN)) };
    (*desired.projects.values().next().unwrap().keys.values().next().unwrap().value).clone()
}

fn key(pair: &Pair, options: &str, expires: Option<Date>) -> SshKey {
    SshKey {
        project: Name::parse("payments").unwrap(),
        name: Name::parse("ops").unwrap(),
        metadata: Metadata::default(),
        public_key: PublicKey::from_line(&pair.public).unwrap(),
        owner: None,
        expires,
        options: KeyOptions::parse(options).unwrap().into(),
    }
}

fn stdout(server: &Server, command: &str) -> String {
    let output = server.run(&server.key, command);
    assert!(output.status.success(), "{output:?}\n{}", server.log());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_declared_option_is_understood() {
    let Some(server) = Server::start(|_| String::new()) else { return };
    for options in [
        "{restrict: true}",
        "{restrict: true, portForwarding: true, agentForwarding: true, x11Forwarding: true, pty: true, userRc: true}",
        "{portForwarding: false, agentForwarding: false, x11Forwarding: false, pty: false, userRc: false}",
        r#"{from: [127.0.0.0/8, "10.0.*", "2001:db8::/32", "!127.0.0.2"]}"#,
        r#"{environment: {A: "b c", _QUOTES: "\"x\" \\ 'y'"}}"#,
        r#"{permitOpen: ["db.example.com:5432", "[2001:db8::1]:*", "*:443"]}"#,
        r#"{permitListen: ["8080", "localhost:8081", "*.local:*"]}"#,
        "{tunnel: 0}",
        "{tunnel: 2147483645}",
    ] {
        let line = line_of(&declared(&server.key, options));
        server.authorize(&format!("{line}\n"));
        assert!(server.login(&server.key), "{line}\n{}", server.log());
    }
}

#[test]
fn a_command_takes_the_place_of_what_was_asked_for() {
    let Some(server) = Server::start(|_| "PermitUserEnvironment yes".into()) else { return };
    for (command, shown) in [
        ("echo forced", "forced\n"),
        (r#"printf '%s|' "a  b" 'c"d' e\\f"#, "a  b|c\"d|e\\f|"),
        (r#"printf %s '\"'"#, "\\\""),
        ("echo zoë # said", "zoë\n"),
        ("echo got $SSH_ORIGINAL_COMMAND", "got asked for\n"),
        ("printf '%s %s' \"$SET\" \"$_EMPTY\"", "daily \"1\" "),
    ] {
        let quoted = serde_json::to_string(command).unwrap();
        let options = format!(
            r#"{{restrict: true, command: {quoted}, environment: {{SET: "daily \"1\"", _EMPTY: ""}}}}"#
        );
        server.authorize(&format!("{}\n", line_of(&declared(&server.key, &options))));
        assert_eq!(stdout(&server, "asked for"), shown, "{command}");
    }
}

#[test]
fn from_lets_in_whom_it_matches() {
    let Some(server) = Server::start(|_| String::new()) else { return };
    for (from, is_let_in) in [
        ("[127.0.0.1]", true),
        ("[127.0.0.0/8]", true),
        ("[0.0.0.0/0]", true),
        (r#"["127.*"]"#, true),
        (r#"["*", "!10.0.0.0/8"]"#, true),
        ("[10.0.0.0/8, 127.0.0.0/30]", true),
        ("[10.0.0.0/8]", false),
        (r#"["::1"]"#, false),
        (r#"[127.0.0.0/8, "!127.0.0.1"]"#, false),
        (r#"["*", "!127.0.0.0/8"]"#, false),
        // What the warning is about: without `UseDNS yes` sshd knows no names.
        ("[localhost]", false),
    ] {
        server.authorize(&format!("{}\n", line_of(&declared(&server.key, &format!("{{from: {from}}}")))));
        assert_eq!(server.login(&server.key), is_let_in, "{from}\n{}", server.log());
    }
}

#[test]
fn a_last_day_stands_beside_options() {
    let Some(server) = Server::start(|_| String::new()) else { return };
    for options in ["", "restrict", r#"command="echo inside",from="127.0.0.1""#] {
        for (day, is_let_in) in [(date(2099, 12, 31), true), (date(2020, 12, 31), false)] {
            for sshd in [None, Some(OpenSshVersion::new(8, 4))] {
                let line = key(&server.key, options, Some(day)).authorized_line(sshd).to_string();
                server.authorize(&format!("{line}\n"));
                assert_eq!(server.login(&server.key), is_let_in, "{line}\n{}", server.log());
            }
        }
    }
}

/// What keyplan refuses opens nothing, or does not do what it says: so it is right to refuse it.
#[test]
fn what_is_refused_is_what_sshd_would_drop() {
    let Some(server) = Server::start(|_| String::new()) else { return };
    for options in [
        "no-such-option",
        "no-restrict",
        "restrict,cert-authority",
        r#"principals="ana""#,
        "from=127.0.0.1",
        r#"from="127.0.0.1/8""#,
        r#"from="127.0.0.1,10.0.0.1/8""#,
        r#"from="127.0.0.1,""#,
        r#"from="127.0.0.0/33""#,
        r#"from="127.0.0.0/255.0.0.0""#,
        r#"from="::ffff:127.0.0.1""#,
        r#"from="10.0.0.1, 127.0.0.1""#,
        r#"from="127.0.0""#,
        r#"from="127.0.0.1",from="127.0.0.1""#,
        r#"command="echo inside",command="echo inside""#,
        r#"command="echo inside\""#,
        r#"environment="A""#,
        r#"environment="A-B=c""#,
        r#"permitopen="8080""#,
        r#"permitopen="db""#,
        r#"permitopen="db:0""#,
        r#"permitopen="2001:db8::1:80""#,
        r#"permitlisten="0""#,
        r#"tunnel="2147483646""#,
    ] {
        let refused = KeyOptions::parse(options);
        assert_eq!(refused, None, "{options}");
        server.authorize(&format!("{options} {}\n", server.key.public));
        assert!(!server.login(&server.key), "{options} opens the door\n{}", server.log());
    }
    // The same line without an option does open it.
    server.authorize(&format!("{}\n", server.key.public));
    assert!(server.login(&server.key));
}

/// Options of any kind together, each with awkward values.
fn options() -> impl Strategy<Value = String> {
    let text = r"[ -~éß]{0,12}[ -\[\]-~]";
    let quoted =
        |name: &'static str| move |value: String| format!("{name}=\"{}\"", value.replace('"', "\\\""));
    let one = prop_oneof![
        proptest::sample::select(
            &["restrict", "pty", "no-user-rc", "no-port-forwarding", "X11-FORWARDING"][..]
        )
        .prop_map(str::to_owned),
        ("[A-Za-z_][A-Za-z0-9_]{0,5}", text)
            .prop_map(move |(name, value)| { quoted("environment")(format!("{name}={value}")) }),
        "[a-z]{1,5}(\\.[a-z]{1,5})?:([1-9][0-9]{0,3}|\\*)".prop_map(quoted("permitopen")),
        "(([a-z*?]{1,5}:)?[1-9][0-9]{0,3})".prop_map(quoted("permitlisten")),
        (0..9_u8).prop_map(|device| format!("tunnel=\"{device}\"")),
    ];
    let from = proptest::option::of(proptest::sample::select(
        &[r#"from="127.0.0.1""#, r#"from="!10.0.0.0/8,127.0.0.0/8,*.example.com""#][..],
    ));
    let command = proptest::option::of(
        text.prop_map(move |text| format!("echo inside; : '{}'", text.replace('\'', ""))),
    );
    (proptest::collection::vec(one, 0..5), from, command).prop_map(move |(mut all, from, command)| {
        all.extend(from.map(str::to_owned));
        all.extend(command.map(quoted("command")));
        all.join(",")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// The text of options reads back as the same options, and as itself.
    #[test]
    fn options_read_back_as_themselves(text in options()) {
        let options = KeyOptions::parse(&text).unwrap();
        let shown = options.to_string();
        prop_assert_eq!(KeyOptions::parse(&shown), Some(options));
        prop_assert_eq!(KeyOptions::parse(&shown).unwrap().to_string(), shown);
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,60}|([a-z,=\"\\\\ !/:*.0-9-]|from=\"|command=\"|permitopen=\"){0,30}") {
        if let Some(options) = KeyOptions::parse(&text) {
            prop_assert_eq!(KeyOptions::parse(&options.to_string()), Some(options));
        }
    }
}

/// Whatever options are, sshd reads the line that keyplan writes.
#[test]
fn sshd_takes_any_options_that_can_be_held() {
    let Some(server) = Server::start(|_| String::new()) else { return };
    let mut runner = TestRunner::deterministic();
    for _ in 0..20 {
        let text = options().new_tree(&mut runner).unwrap().current();
        let line = line_of(&key(&server.key, &text, Some(date(2099, 12, 31))));
        server.authorize(&format!("{line}\n"));
        assert!(server.login(&server.key), "{text}\n{line}\n{}", server.log());
    }
}
