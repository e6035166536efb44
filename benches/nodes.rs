//! What an apply costs beside bare logins, and beside Ansible where it is installed: `cargo bench --bench nodes`.
//!
//! 60 nodes are played by four sshds, each node on an address of its own on loopback with a home of its own; so the machine does the
//! work of both sides. Each row is the fastest of `RUNS=3` rounds, beside as many bare `ssh NODE true` in the same
//! rounds. `KEYPLAN_NODES=20` measures fewer nodes.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark stops at the first surprise, and writes what it measures"
)]

use std::fmt::Write;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const PARALLEL: usize = 16;
/// On how many addresses one sshd can listen.
const SOCKETS: usize = 16;
/// The most nodes: each has the last number of an address.
const MOST: usize = 250;

/// An sshd that ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The folder of everything, the user that logs in, and public keys.
struct Fleet {
    root: PathBuf,
    user: String,
    count: usize,
    own: String,
    ops: String,
    night: String,
}

fn main() {
    let number = |name: &str| std::env::var(name).ok().and_then(|count| count.parse::<usize>().ok());
    let sshd = Path::new("/usr/sbin/sshd");
    if !sshd.exists() {
        println!("skipped: there is no {}", sshd.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("a path");
    let [own, ops, night, _] = ["own", "ops", "night", "host"].map(|name| pair(&root, name));
    let user = text(Command::new("id").arg("-un"));
    let count = number("KEYPLAN_NODES").unwrap_or(60).min(MOST);
    let fleet = Fleet { root, user, count, own, ops, night };
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let nodes: Vec<_> = (1..=count).collect();
    let _servers: Vec<_> = nodes.chunks(SOCKETS).map(|nodes| fleet.serve(sshd, port, nodes)).collect();
    fleet.reach(port);
    let has_ansible = fleet.has_ansible();
    let names = [
        "bare ssh",
        "drift",
        "verify",
        "first apply",
        "rekey with proof",
        "ansible, first key",
        "ansible, rekey",
    ];
    let mut fastest = [None::<Duration>; 7];
    for _ in 0..number("RUNS").unwrap_or(3) {
        let mut round = fleet.keyplan().to_vec();
        if has_ansible {
            round.extend(fleet.ansible());
        }
        for (fastest, took) in fastest.iter_mut().zip(round) {
            *fastest = Some(fastest.map_or(took, |fastest| fastest.min(took)));
        }
    }
    println!("| {count} nodes | seconds | beside bare ssh |\n|---|---|---|");
    let bare = fastest[0].expect("a round").as_secs_f64();
    for (name, took) in names.iter().zip(fastest) {
        if let Some(took) = took.map(|took| took.as_secs_f64()) {
            println!("| {name} | {took:.1} | {:.2} |", took / bare);
        }
    }
}

fn timed(what: impl FnOnce()) -> Duration {
    let began = Instant::now();
    what();
    began.elapsed()
}

impl Fleet {
    fn home(&self, node: usize) -> String {
        format!("{}/home-{node}", self.root.display())
    }

    fn nodes(&self) -> Vec<String> {
        (1..=self.count).map(|node| format!("node-{node}")).collect()
    }

    /// As before anything was put there.
    fn reset(&self) {
        for node in 1..=self.count {
            write(&self.root, &format!("home-{node}/.ssh/authorized_keys"), &format!("{} own\n", self.own));
        }
        let _ = fs::remove_dir_all(self.root.join("fleet"));
        let settings = format!(
            "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: fleet}}\n\
             spec: {{target: ssh, ssh: {{parallel: {PARALLEL}, timeout: 60}}}}\n"
        );
        write(&self.root, "fleet/keyplan.yaml", &settings);
    }

    /// Every node has one key of these, and not the other.
    fn have(&self, key: &str, other: &str) {
        for node in 1..=self.count {
            let path = format!("{}/.ssh/authorized_keys", self.home(node));
            let keys = fs::read_to_string(path).expect("a file");
            assert!(keys.contains(key) && !keys.contains(other), "node-{node} is as declared");
        }
    }

    /// Bare ssh, drift, verify, first apply, rekey.
    fn keyplan(&self) -> [Duration; 5] {
        self.reset();
        let before = timed(|| self.alone());
        self.declare("ops");
        let first = timed(|| self.run(&["apply", "--auto-approve", "fleet"]));
        self.have(&self.ops, &self.night);
        let drift = timed(|| self.run(&["drift", "--workspace", "fleet"]));
        let verify = timed(|| self.run(&["verify", "--workspace", "fleet"]));
        self.declare("night");
        let rekey = timed(|| self.run(&["apply", "--auto-approve", "fleet"]));
        self.have(&self.night, &self.ops);
        // The machine is not as busy at the end as at the beginning.
        let bare = before.min(timed(|| self.alone()));
        [bare, drift, verify, first, rekey]
    }

    fn declare(&self, key: &str) {
        let Self { user, ops, night, .. } = self;
        let keys = [("ops", ops), ("night", night)].map(|(name, public)| {
            format!(
                "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata: {{name: {name}, project: pay}}\n\
                 spec: {{publicKey: {public}}}\n"
            )
        });
        let declared = format!(
            "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: pay}}\n{}---\napiVersion: keyplan/v1\n\
             kind: Cluster\nmetadata: {{name: eu, project: pay}}\nspec: {{sshKey: {key}, loginUser: {user}, nodes: [{}]}}\n",
            keys.concat(),
            self.nodes().join(", ")
        );
        write(&self.root, "fleet/fleet.yaml", &declared);
    }

    fn run(&self, args: &[&str]) {
        let mut keyplan = command(&self.root, Path::new(env!("CARGO_BIN_EXE_keyplan")));
        succeeds(keyplan.args(args));
    }

    fn has_ansible(&self) -> bool {
        let module = ["-t", "module", "ansible.posix.authorized_key"];
        let output = command(&self.root, Path::new("ansible-doc")).args(module).output();
        let has = output.is_ok_and(|output| output.status.success());
        if !has {
            println!("skipped: there is no Ansible with ansible.posix.authorized_key");
        }
        has
    }

    /// The same by Ansible, without a proof: a first key, and another one in its place.
    fn ansible(&self) -> [Duration; 2] {
        self.reset();
        let hosts = self.nodes().join("\n");
        write(
            &self.root,
            "ansible/hosts",
            &format!("{hosts}\n[all:vars]\nansible_python_interpreter=/usr/bin/python3\n"),
        );
        let config = format!(
            "[defaults]\ninventory=hosts\nforks={PARALLEL}\ngathering=explicit\n[connection]\npipelining=True\n"
        );
        write(&self.root, "ansible/ansible.cfg", &config);
        let task = |key: &str, state: &str| {
            format!(
                "    - ansible.posix.authorized_key: {{user: {}, key: {key}, state: {state}, path: \"{{{{lookup('env', 'HOMES')}}}}/home-{{{{inventory_hostname[5:]}}}}/.ssh/authorized_keys\", manage_dir: false}}\n",
                self.user
            )
        };
        let play = |tasks: &[String]| {
            let tasks = tasks.concat();
            write(
                &self.root,
                "ansible/play.yaml",
                &format!("- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}"),
            );
            let mut ansible = command(&self.root, Path::new("ansible-playbook"));
            let homes = self.root.as_os_str();
            ansible
                .current_dir(self.root.join("ansible"))
                .env("HOME", homes)
                .env("HOMES", homes)
                .env("LC_ALL", "C.UTF-8");
            timed(|| succeeds(ansible.arg("play.yaml")))
        };
        let first = play(&[task(&self.ops, "present")]);
        self.have(&self.ops, &self.night);
        let rekey = play(&[task(&self.night, "present"), task(&self.ops, "absent")]);
        self.have(&self.night, &self.ops);
        [first, rekey]
    }

    /// As many logins, which run nothing.
    fn alone(&self) {
        let (next, nodes) = (AtomicUsize::new(0), self.nodes());
        let log_in = |node: &str| {
            let mut ssh = command(&self.root, &self.root.join("bin/ssh"));
            succeeds(ssh.args(["-T", "-o", "BatchMode=yes", "-l", &self.user, "--", node, "true"]));
        };
        std::thread::scope(|scope| {
            for _ in 0..PARALLEL {
                scope.spawn(|| {
                    while let Some(node) = nodes.get(next.fetch_add(1, Ordering::Relaxed)) {
                        log_in(node);
                    }
                });
            }
        });
    }

    /// Makes an `ssh` that reaches these nodes.
    fn reach(&self, port: u16) {
        let root = self.root.display();
        let mut config = String::new();
        for node in 1..=self.count {
            writeln!(config, "Host node-{node}\n HostName 127.0.1.{node}").expect("text");
        }
        let all = format!(
            "Host *\n Port {port}\n User {}\n HostKeyAlias node\n IdentityFile {root}/own\n IdentitiesOnly yes\n \
             IdentityAgent none\n StrictHostKeyChecking accept-new\n UserKnownHostsFile {root}/known_hosts\n",
            self.user
        );
        write(&self.root, "ssh_config", &(config + &all));
        write(&self.root, "bin/ssh", &format!("#!/bin/sh\nexec /usr/bin/ssh -F {root}/ssh_config \"$@\"\n"));
        fs::set_permissions(self.root.join("bin/ssh"), fs::Permissions::from_mode(0o755)).expect("a program");
    }

    /// An sshd that plays these nodes.
    fn serve(&self, sshd: &Path, port: u16, nodes: &[usize]) -> Server {
        let (root, first) = (self.root.display(), nodes[0]);
        let listens: Vec<_> = nodes.iter().map(|node| format!("ListenAddress 127.0.1.{node}")).collect();
        // A bash that is not the outermost one does not read what the user has in .bashrc.
        let mut config = format!(
            "Port {port}\n{}\nHostKey {root}/host\nPidFile none\nStrictModes no\nUsePAM no\nUseDNS no\n\
             PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             MaxStartups 1000\nSetEnv SHLVL=2\n",
            listens.join("\n")
        );
        for node in nodes {
            let home = self.home(*node);
            writeln!(
                config,
                "Match LocalAddress 127.0.1.{node}\n AuthorizedKeysFile {home}/.ssh/authorized_keys\n \
                 ForceCommand HOME={home} sh -c \"$SSH_ORIGINAL_COMMAND\""
            )
            .expect("text");
        }
        let name = format!("sshd_config-{first}");
        write(&self.root, &name, &config);
        let log = fs::File::create(self.root.join(format!("sshd-{first}.log"))).expect("a log");
        let config = self.root.join(&name);
        let server = Command::new(sshd).args(["-D", "-e", "-f"]).arg(config).stderr(log).spawn();
        let server = Server(server.expect("sshd"));
        let is_up = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            TcpStream::connect((format!("127.0.1.{first}"), port)).is_ok()
        });
        assert!(is_up, "sshd listens");
        server
    }
}

fn succeeds(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("a program");
    let said = String::from_utf8_lossy(&output.stdout);
    let last: Vec<_> = said.lines().rev().take(9).collect();
    assert!(output.status.success(), "{command:?}: {last:?} {}", String::from_utf8_lossy(&output.stderr));
}

fn write(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap_or(root)).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn text(command: &mut Command) -> String {
    let output = command.output().expect("a program");
    String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
}

/// Makes a pair of keys, and returns the public one.
fn pair(root: &Path, name: &str) -> String {
    let file: PathBuf = root.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
        .arg(&file)
        .status();
    assert!(made.expect("ssh-keygen").success(), "ssh-keygen makes a key");
    fs::read_to_string(file.with_extension("pub")).expect("a public key").trim_end().to_owned()
}

fn command(root: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root).env_clear().env("PATH", format!("{}/bin:/usr/bin:/bin", root.display()));
    command
}
