use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::Command;

use super::{CARRIED, Settings, in_shell};
use crate::openssh::client::{Destination, program, query};

/// Settings that a query sets itself, as arguments and not as options.
const ARGUMENTS: [&str; 7] =
    ["host", "loglevel", "proxyjump", "requesttty", "sessiontype", "stricthostkeychecking", "user"];

/// Settings that are never taken over into a query, by what they are about.
const LEFT: [(&str, &[&str]); 5] = [
    (
        "keys and other ways to log in: a query has public keys alone",
        &[
            "addkeystoagent",
            "certificatefile",
            "enablesshkeysign",
            "forwardagent",
            "gssapiauthentication",
            "gssapidelegatecredentials",
            "gssapikexalgorithms",
            "gssapikeyexchange",
            "gssapirenewalforcesrekey",
            "gssapitrustdns",
            "hostbasedacceptedalgorithms",
            "hostbasedauthentication",
            "identityfile",
            "kbdinteractiveauthentication",
            "kbdinteractivedevices",
            "passwordauthentication",
            "securitykeyprovider",
        ],
    ),
    (
        "what is forwarded: a query has no session",
        &[
            "channeltimeout",
            "clearallforwardings",
            "dynamicforward",
            "exitonforwardfailure",
            "forwardx11",
            "forwardx11timeout",
            "forwardx11trusted",
            "gatewayports",
            "localforward",
            "permitremoteopen",
            "remoteforward",
            "streamlocalbindmask",
            "streamlocalbindunlink",
            "tunnel",
            "tunneldevice",
            "xauthlocation",
        ],
    ),
    (
        "what runs, and what it is given: a query runs nothing",
        &[
            "controlpersist",
            "enableescapecommandline",
            "escapechar",
            "forkafterauthentication",
            "localcommand",
            "obscurekeystroketiming",
            "permitlocalcommand",
            "remotecommand",
            "sendenv",
            "setenv",
            "stdinnull",
        ],
    ),
    (
        "how the configuration is read: `ssh -G` has done so, and prints the host name that came of it",
        &[
            "canonicaldomains",
            "canonicalizefallbacklocal",
            "canonicalizehostname",
            "canonicalizemaxdots",
            "canonicalizepermittedcnames",
            "ignoreunknown",
            "tag",
        ],
    ),
    (
        "what is said to people, and how a connection is kept for long: a query has its own log and a deadline",
        &[
            "logverbose",
            "rekeylimit",
            "serveralivecountmax",
            "serveraliveinterval",
            "syslogfacility",
            "tcpkeepalive",
            "visualhostkey",
            "warnweakcrypto",
        ],
    ),
];

/// What `ssh -G` of OpenSSH 10.5 prints of which 9.2 knows nothing, or only where it is set.
const NEWER: [&str; 12] = [
    "bindaddress",
    "channeltimeout",
    "dynamicforward",
    "ignoreunknown",
    "kbdinteractivedevices",
    "localcommand",
    "obscurekeystroketiming",
    "remotecommand",
    "remoteforward",
    "tag",
    "versionaddendum",
    "warnweakcrypto",
];

/// A configuration that sets each setting that is carried over to something that no ssh does by itself.
const UNUSUAL: &str = "\
    IgnoreUnknown *\n\
    Host node\n\
    AddressFamily inet\n\
    BindAddress 127.0.0.7\n\
    BindInterface lo\n\
    CASignatureAlgorithms ssh-ed25519\n\
    CheckHostIP yes\n\
    Ciphers aes256-ctr\n\
    Compression yes\n\
    ConnectionAttempts 3\n\
    GlobalKnownHostsFile /a /b\n\
    HashKnownHosts yes\n\
    HostKeyAlgorithms +ssh-rsa\n\
    HostKeyAlias known\n\
    HostName localhost\n\
    IPQoS throughput\n\
    KexAlgorithms ^curve25519-sha256\n\
    KnownHostsCommand /bin/echo \"a  b\" %H 100%%\n\
    MACs -hmac-sha1\n\
    NoHostAuthenticationForLocalhost yes\n\
    Port 2222\n\
    ProxyCommand nc \"a  b\" %h %p\n\
    ProxyUseFdpass yes\n\
    PubkeyAcceptedAlgorithms +ssh-rsa\n\
    RequiredRSASize 2048\n\
    RevokedHostKeys /revoked\n\
    UserKnownHostsFile ~/.ssh/known_hosts_of_%h /d\n\
    VerifyHostKeyDNS ask\n\
    VersionAddendum of ours\n";

/// What `ssh -G` prints with these arguments; nothing without an ssh.
fn printed(arguments: &[String]) -> Option<Settings> {
    let output = Command::new("ssh").arg("-G").args(arguments).args(["--", "node"]).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(Settings::read(&String::from_utf8(output.stdout).unwrap()))
}

/// What `ssh -G` prints where all is unusual, and where nothing is.
fn unusual_and_plain() -> Option<[Settings; 2]> {
    let file = tempfile::NamedTempFile::new().unwrap();
    (&file).write_all(UNUSUAL.as_bytes()).unwrap();
    let read = |path: &str| printed(&["-F".to_owned(), path.to_owned()]);
    Some([read(file.path().to_str().unwrap())?, read("/dev/null")?])
}

#[test]
fn it_is_decided_of_each_setting_whether_it_is_taken_over() {
    let ours = program::FIXED.iter().chain(&query::KEYLESS).map(|option| option.split('=').next().unwrap());
    let ours: Vec<_> = ours.map(str::to_ascii_lowercase).chain(["connecttimeout".into()]).collect();
    let left = LEFT.iter().flat_map(|(_, names)| *names);
    let decided =
        CARRIED.iter().chain(&ARGUMENTS).chain(left).copied().chain(ours.iter().map(String::as_str));
    let mut times = BTreeMap::<_, usize>::new();
    decided.for_each(|name| *times.entry(name).or_default() += 1);
    assert!(times.values().all(|times| *times == 1), "decided of twice: {times:?}");

    let here: Vec<_> = unusual_and_plain().into_iter().flatten().collect();
    let here = here.iter().flat_map(|settings| settings.0.keys().map(String::as_str));
    let unknown: BTreeSet<_> = here.chain(NEWER).filter(|name| !times.contains_key(name)).collect();
    assert!(
        unknown.is_empty(),
        "`ssh -G` prints {unknown:?}: add to `CARRIED` what says how to reach a node or which host key it has, and \
         anything else to `LEFT`"
    );
}

#[test]
fn an_ssh_that_is_told_what_is_carried_over_does_the_same() {
    let Some([unusual, defaults]) = unusual_and_plain() else { return };
    let options = unusual.carried(&defaults);
    let options = program::as_arguments(options).chain(["-F".into(), "/dev/null".into()]).collect::<Vec<_>>();
    let told = printed(&options).unwrap();
    for name in CARRIED {
        let (here, there) = (unusual.0.get(name), told.0.get(name));
        assert_eq!(here, there, "{name}");
        // One that is not printed is unknown to this ssh.
        assert!(here != defaults.0.get(name) || here.is_none(), "{name} is as usual");
    }
}

const DEFAULTS: &str =
    "host x\nhostname x\nuser ana\nhostkeyalgorithms a,b\nciphers c\nidentityfile ~/.ssh/id_rsa\n";

fn carried(more: &str) -> Vec<String> {
    Settings::read(more).carried(&Settings::read(DEFAULTS))
}

#[test]
fn what_ssh_does_anyway_is_left_out_and_keys_always() {
    assert_eq!(carried(DEFAULTS), ["hostname=x"]);
    let more = "hostname 10.0.0.1\nidentityfile ~/.ssh/work\nciphers d\nlocalforward 1 x:2\nuser root\n\
                remotecommand reboot\ncertificatefile x\nstricthostkeychecking false\n";
    assert_eq!(carried(more), ["ciphers=d", "hostname=10.0.0.1"]);
}

#[test]
fn values_mean_what_they_meant() {
    assert_eq!(carried("hostname fe80::1%eth0\n"), ["hostname=fe80::1%%eth0"]);
    assert_eq!(carried("hostkeyalgorithms a,b,ssh-rsa\n"), ["hostkeyalgorithms=+ssh-rsa"]);
    assert_eq!(carried("hostkeyalgorithms b,a\n"), ["hostkeyalgorithms=b,a"]);
    assert_eq!(carried("proxycommand nc \"a  b\" %h %p\n"), ["proxycommand=nc \"a  b\" %h %p"]);
    let two = "userknownhostsfile /a /b\n";
    assert_eq!(carried(two), ["userknownhostsfile=/a /b"]);
}

#[test]
fn the_port_of_the_configuration_is_taken() {
    let defaults = Settings::read("port 22\n");
    let carried = |port: &str| Settings::read(port).carried(&defaults);
    assert_eq!(carried("port 2222\n"), ["port=2222"]);
    assert_eq!(carried("port 22\n"), Vec::<String>::new());
}

#[test]
fn jump_hosts_are_told_in_their_order() {
    assert!(Settings::read("proxyjump none\n").hops().is_empty());
    let hops = |text: &str| Settings::read(&format!("proxyjump {text}\n")).hops();
    let hop = |user: Option<&str>, host: &str, port| {
        [Destination { host: host.into(), port, user: user.map(Into::into) }]
    };
    assert_eq!(hops("b"), hop(None, "b", None));
    for text in ["a@b:33", "ssh://a@b:33", "ssh://a@b:33/"] {
        assert_eq!(hops(text), hop(Some("a"), "b", Some(33)), "{text}");
    }
    assert_eq!(hops("x@y@[fe80::1%lo]"), hop(Some("x@y"), "fe80::1%lo", None));
    assert_eq!(hops("c,a@[::1]:33"), [hop(None, "c", None), hop(Some("a"), "::1", Some(33))].concat());
}

#[test]
fn nothing_gets_out_of_a_word() {
    assert_eq!(in_shell("a'; reboot #%h"), "'a'\\''; reboot #%%h'");
}
#[test]
fn what_would_keep_a_session_from_its_questions_is_turned_off() {
    let settings = "sessiontype none\nstdinnull yes\nforkafterauthentication yes\n";
    let options = Settings::read(settings).for_a_session();
    assert_eq!(options, ["SessionType=default", "StdinNull=no", "ForkAfterAuthentication=no"]);
    let settings = "sessiontype default\nstdinnull no\nforkafterauthentication no\n";
    assert!(Settings::read(settings).for_a_session().is_empty());
}

#[test]
fn unknown_host_keys_are_taken_where_the_configuration_says_so() {
    let takes =
        |value: &str| Settings::read(&format!("stricthostkeychecking {value}\n")).takes_unknown_hosts();
    assert!(["accept-new", "no", "off", "false"].into_iter().all(takes));
    assert!(!["ask", "yes", "true"].into_iter().any(takes));
}
