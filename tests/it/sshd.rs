//! A real sshd on loopback, on a free port, as the user who runs the tests: root or not. Real logins say
//! whether a key opens it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::support::skipped;

/// The longest that is waited for a line of the log.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running sshd. It ends when this is dropped.
pub(crate) struct Server {
    /// The folder of all that belongs to it; as root and as an ordinary user nobody else can read it.
    pub(crate) root: Utf8PathBuf,
    /// The port that it listens on, on 127.0.0.1, and on `::1` where there is IPv6.
    pub(crate) port: u16,
    /// The user that logs in: the one who runs the tests. sshd as an ordinary user knows no other.
    pub(crate) user: String,
    /// Its host key, as `type base64`.
    pub(crate) host_key: String,
    /// A pair of a user. It opens nothing until it is authorized.
    pub(crate) key: Pair,
    child: Child,
    log: Arc<Log>,
    _folder: tempfile::TempDir,
}

/// A pair of keys.
pub(crate) struct Pair {
    /// The file of the private key.
    pub(crate) private: Utf8PathBuf,
    /// `type base64`
    pub(crate) public: String,
}

impl Pair {
    /// Makes a pair of Ed25519 keys in a folder, without a passphrase.
    pub(crate) fn make(folder: &Utf8Path, name: &str) -> Self {
        let private = folder.join(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", private.as_str()])
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let public = fs::read_to_string(format!("{private}.pub")).unwrap();
        Self { private, public: public.trim_end().to_owned() }
    }
}

impl Server {
    /// Starts sshd with these lines of `sshd_config`, which may name the server's folder and come before
    /// ours: sshd takes the first value that it reads. Nothing when there is no sshd: the test is then
    /// skipped.
    pub(crate) fn start(lines: impl FnOnce(&Utf8Path) -> String) -> Option<Self> {
        let Some(sshd) = program() else {
            skipped("there is no sshd");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        let host = Pair::make(&root, "host-key");
        fs::write(root.join("authorized_keys"), "").unwrap();
        let mut config = format!(
            "{}\nListenAddress ::1\nListenAddress 127.0.0.1\nHostKey {root}/host-key\nPidFile none\n\
             AuthorizedKeysFile {root}/authorized_keys\nStrictModes no\nUsePAM no\nUseDNS no\n\
             PermitRootLogin prohibit-password\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nMaxStartups 1000\nLogLevel VERBOSE\n",
            lines(&root)
        );
        // OpenSSH 9.8 and later would block loopback after a few refusals.
        let penalties = "PerSourcePenalties no\n";
        let path = root.join("sshd_config");
        fs::write(&path, format!("{config}{penalties}")).unwrap();
        if !fault(&sshd, &path).contains("PerSourcePenalties") {
            config += penalties;
        }
        fs::write(&path, &config).unwrap();
        make_missing_folder(&fault(&sshd, &path));
        assert_eq!(fault(&sshd, &path), "", "{config}");
        let (child, port, log) = listening(&sshd, &path);
        let known = format!("[127.0.0.1]:{port},[::1]:{port} {}\n", host.public);
        fs::write(root.join("known_hosts"), known).unwrap();
        let key = Pair::make(&root, "key");
        let user = user();
        Some(Self { root, port, user, host_key: host.public, key, child, log, _folder: folder })
    }

    /// Makes this the whole of the file `authorized_keys` that sshd reads, unless the lines of its
    /// configuration name another.
    pub(crate) fn authorize(&self, text: &str) {
        fs::write(self.authorized_keys(), text).unwrap();
    }

    /// The file that sshd reads keys from, unless the lines of its configuration name another.
    pub(crate) fn authorized_keys(&self) -> Utf8PathBuf {
        self.root.join("authorized_keys")
    }

    /// A file that knows the host key, and nothing else.
    pub(crate) fn known_hosts(&self) -> Utf8PathBuf {
        self.root.join("known_hosts")
    }

    /// Whether the key opens the server, by a real login.
    pub(crate) fn login(&self, key: &Pair) -> bool {
        let output = self.run(key, "echo inside");
        match output.status.code() {
            Some(0) => {
                assert_eq!(output.stdout, b"inside\n");
                true
            }
            // What ssh ends with when it did not get in.
            Some(255) => {
                let said = String::from_utf8_lossy(&output.stderr);
                let refused = said.contains("Permission denied") || said.contains("Too many authentication");
                assert!(refused, "{said}\n{}", self.log());
                false
            }
            _ => panic!("{output:?}\n{}", self.log()),
        }
    }

    /// Logs in with a key, and runs a command there. Nothing of the tester's own is used: no configuration,
    /// no agent, no other key.
    pub(crate) fn run(&self, key: &Pair, remote: &str) -> Output {
        Command::new("ssh")
            .args(["-F", "/dev/null", "-i", key.private.as_str()])
            .args(["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes"])
            .args(["-o", "StrictHostKeyChecking=yes", "-o", "GlobalKnownHostsFile=/dev/null"])
            .args(["-o", &format!("UserKnownHostsFile={}", self.known_hosts())])
            .args(["-p", &self.port.to_string(), "-l", &self.user, "--", "127.0.0.1", remote])
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Lines of `ssh_config` that lead to this server from an alias, and use nothing of the tester's own.
    pub(crate) fn config_lines(&self, alias: &str, key: Option<&Pair>) -> String {
        let identity = key.map(|key| format!("  IdentityFile {}\n", key.private));
        format!(
            "Host {alias}\n  HostName 127.0.0.1\n  Port {port}\n  \
             User {user}\n{identity}  IdentitiesOnly yes\n  IdentityAgent none\n  \
             UserKnownHostsFile {known_hosts}\n  GlobalKnownHostsFile /dev/null\n",
            port = self.port,
            user = self.user,
            identity = identity.unwrap_or_default(),
            known_hosts = self.known_hosts(),
        )
    }

    /// Writes [`config_lines`](Self::config_lines) to a file that `ssh -F` takes.
    pub(crate) fn ssh_config(&self, alias: &str, key: Option<&Pair>) -> Utf8PathBuf {
        let path = self.root.join(format!("ssh_config-{alias}"));
        fs::write(&path, self.config_lines(alias, key)).unwrap();
        path
    }

    /// Ends every connection that is there, as a network does that fails.
    pub(crate) fn end_logins(&self) {
        let started_by = |parents: &str| {
            let found = Command::new("pgrep").args(["-d", ",", "-P", parents, "sshd"]).output().unwrap();
            String::from_utf8(found.stdout).unwrap().trim().to_owned()
        };
        let logins = started_by(&self.child.id().to_string());
        assert_ne!(logins, "", "nobody is logged in");
        // Behind the login of one who is not root stands a process of theirs, which goes on by itself.
        let processes = logins.clone() + "," + &started_by(&logins);
        let processes = processes.split(',').filter(|process| !process.is_empty());
        // One may end because the other has.
        let _ = Command::new("kill").arg("-KILL").args(processes).stderr(Stdio::null()).status().unwrap();
    }

    /// What sshd has said so far.
    pub(crate) fn log(&self) -> String {
        self.log.said.lock().unwrap().text.clone()
    }

    /// Waits until sshd has said something. It says some things after the client has gone.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_for_times(text, 1);
    }

    /// Waits until sshd has said something so often.
    pub(crate) fn wait_for_times(&self, text: &str, times: usize) {
        let is_said = |said: &Said| said.text.matches(text).count() >= times;
        let said = self.log.wait(is_said);
        assert!(is_said(&said), "sshd never said `{text}`:\n{}", said.text);
    }

    /// Whether it listens on `::1` as well.
    pub(crate) fn has_ipv6(&self) -> bool {
        self.log().contains("Server listening on ::1 port")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which a test has then seen.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What sshd has said.
#[derive(Default)]
struct Log {
    said: Mutex<Said>,
    more: Condvar,
}

#[derive(Default)]
struct Said {
    text: String,
    has_ended: bool,
}

impl Log {
    /// Reads what sshd says as long as it runs.
    fn read(self: Arc<Self>, from: ChildStderr) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            self.said.lock().unwrap().text += &String::from_utf8_lossy(&line);
            self.more.notify_all();
            line.clear();
        }
        self.said.lock().unwrap().has_ended = true;
        self.more.notify_all();
    }

    /// Waits until something is so, or nothing more can come, or patience ends.
    fn wait(&self, is_enough: impl Fn(&Said) -> bool) -> MutexGuard<'_, Said> {
        let goes_on = |said: &mut Said| !said.has_ended && !is_enough(said);
        self.more.wait_timeout_while(self.said.lock().unwrap(), PATIENCE, goes_on).unwrap().0
    }
}

/// Where sshd is: it wants to be called by its absolute path, and is not on everybody's `PATH`.
fn program() -> Option<Utf8PathBuf> {
    let path = std::env::var("PATH").unwrap_or_default();
    let folders = ["/usr/sbin", "/usr/local/sbin"].into_iter().chain(path.split(':'));
    let programs = folders.filter(|folder| folder.starts_with('/')).map(|folder| format!("{folder}/sshd"));
    programs.map(Utf8PathBuf::from).find(|program| program.is_file())
}

/// What sshd has against a configuration.
fn fault(sshd: &Utf8Path, config: &Utf8Path) -> String {
    let output = Command::new(sshd).args(["-t", "-f", config.as_str()]).output().unwrap();
    String::from_utf8(output.stderr).unwrap()
}

/// As root, sshd wants a folder for the part of it that has no rights. A machine that never ran sshd as a
/// service may not have it.
fn make_missing_folder(fault: &str) {
    let folder = fault.lines().find_map(|line| line.strip_prefix("Missing privilege separation directory: "));
    if let Some(folder) = folder {
        match fs::DirBuilder::new().mode(0o755).create(folder) {
            // Another test was first.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => made.unwrap(),
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// Starts sshd on a free port. Somebody else may take the port before sshd does: then another one is tried.
fn listening(sshd: &Utf8Path, config: &Utf8Path) -> (Child, u16, Arc<Log>) {
    let mut said = String::new();
    for _ in 0..20 {
        let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let mut child = Command::new(sshd)
            .args(["-D", "-e", "-f", config.as_str(), "-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Log::default());
        let from = child.stderr.take().unwrap();
        std::thread::spawn({
            let log = Arc::clone(&log);
            || log.read(from)
        });
        let ready = format!("Server listening on 127.0.0.1 port {port}.");
        let heard = log.wait(|said| said.text.contains(&ready));
        if heard.text.contains(&ready) {
            drop(heard);
            return (child, port, log);
        }
        said.clone_from(&heard.text);
        drop(heard);
        // It has ended, or hangs.
        let _ = child.kill();
        child.wait().unwrap();
        if !said.contains("Address already in use") {
            break;
        }
    }
    panic!("sshd does not start:\n{said}");
}

/// The name of the user who runs the tests.
fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn a_key_opens_the_server_while_it_is_authorized() {
    let Some(server) = Server::start(|_| String::new()) else { return };
    let other = Pair::make(&server.root, "other");
    assert!(!server.login(&server.key));
    server.authorize(&format!("{} ops\n", server.key.public));
    assert!(server.login(&server.key));
    assert!(!server.login(&other));
    server.wait_for("Accepted publickey");
    server.authorize("");
    assert!(!server.login(&server.key));
}

#[test]
fn a_configuration_of_ssh_leads_to_the_server() {
    let Some(server) = Server::start(|_| "AuthorizedKeysFile none".into()) else { return };
    server.authorize(&server.key.public);
    assert!(!server.login(&server.key), "lines that are given come first");
    drop(server);
    let Some(server) = Server::start(|_| String::new()) else { return };
    server.authorize(&server.key.public);
    let config = server.ssh_config("node", Some(&server.key));
    let output = Command::new("ssh").args(["-F", config.as_str(), "--", "node", "true"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(server.host_key.starts_with("ssh-ed25519 "));
}
