//! How many nodes `keyplan drift` looks at in a second: `cargo bench --bench drift`.
//!
//! One sshd on loopback plays all nodes; so the machine does the work of both sides. The second row is as many
//! connections of `ssh` alone, which run nothing: what keyplan adds to that is the difference.
//! `KEYPLAN_NODES=500` measures fewer nodes.
#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark stops at the first surprise, and writes what it measures"
)]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const PARALLEL: usize = 16;

/// An sshd that ends with this.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn main() {
    let count: usize =
        std::env::var("KEYPLAN_NODES").ok().and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let sshd = Path::new("/usr/sbin/sshd");
    if !sshd.exists() {
        println!("skipped: there is no {}", sshd.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().canonicalize().expect("a path");
    let user = text(Command::new("id").arg("-un"));
    let (own, ops) = (pair(&root, "own"), pair(&root, "ops"));
    pair(&root, "host");
    fs::create_dir_all(root.join("home/.ssh")).expect("a home");
    let marker = |end| format!("# {end} MANAGED BY keyplan cluster/pay/eu");
    let keys = format!("{own} keyplan\n{}\n{ops} key/pay/ops\n{}\n", marker("BEGIN"), marker("END"));
    write(&root, "home/.ssh/authorized_keys", &keys);
    let port =
        TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let _server = serve(sshd, &root, port);
    write(
        &root,
        "ssh_config",
        &format!(
            "Host *\n HostName 127.0.0.1\n Port {port}\n HostKeyAlias node\n IdentityFile {root}/own\n IdentitiesOnly yes\n \
             IdentityAgent none\n StrictHostKeyChecking accept-new\n UserKnownHostsFile {root}/known_hosts\n",
            root = root.display()
        ),
    );
    write(
        &root,
        "bin/ssh",
        &format!("#!/bin/sh\nexec /usr/bin/ssh -F {}/ssh_config \"$@\"\n", root.display()),
    );
    fs::set_permissions(root.join("bin/ssh"), fs::Permissions::from_mode(0o755)).expect("a program");

    let nodes: Vec<_> = (0..count).map(|number| format!("node-{number}")).collect();
    let declared = format!(
        "apiVersion: keyplan/v1\nkind: Project\nmetadata: {{name: pay}}\n---\napiVersion: keyplan/v1\nkind: SSHKey\n\
         metadata: {{name: ops, project: pay}}\nspec: {{publicKey: {ops}}}\n---\napiVersion: keyplan/v1\nkind: Cluster\n\
         metadata: {{name: eu, project: pay}}\nspec: {{sshKey: ops, loginUser: {user}, nodes: [{}]}}\n",
        nodes.join(", ")
    );
    write(&root, "fleet/fleet.yaml", &declared);
    keyplan(&root, &["apply", "--auto-approve", "fleet"]);
    let settings = format!(
        "apiVersion: keyplan/v1\nkind: Workspace\nmetadata: {{name: fleet}}\n\
         spec: {{target: ssh, ssh: {{parallel: {PARALLEL}, timeout: 60}}}}\n"
    );
    write(&root, "fleet/keyplan.yaml", &settings);

    let began = Instant::now();
    keyplan(&root, &["drift", "--workspace", "fleet"]);
    report("drift", count, began.elapsed());
    let began = Instant::now();
    alone(&root, &user, &nodes);
    report("ssh alone", count, began.elapsed());
}

fn report(what: &str, count: usize, took: Duration) {
    let rate = f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / took.as_secs_f64();
    println!("{what:<10} {count} nodes in {:.1} s: {rate:.0} nodes a second", took.as_secs_f64());
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

fn serve(sshd: &Path, root: &Path, port: u16) -> Server {
    // A bash that is not the outermost one does not read what the user has in .bashrc.
    let config = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {root}/host\nPidFile none\nStrictModes no\nUsePAM no\n\
         UseDNS no\nPermitRootLogin prohibit-password\nPasswordAuthentication no\n\
         KbdInteractiveAuthentication no\nMaxStartups 1000\nSetEnv SHLVL=2\nAuthorizedKeysFile {root}/home/.ssh/authorized_keys\n\
         ForceCommand HOME={root}/home sh -c \"$SSH_ORIGINAL_COMMAND\"\n",
        root = root.display()
    );
    write(root, "sshd_config", &config);
    let log = fs::File::create(root.join("sshd.log")).expect("a log");
    let server = Command::new(sshd)
        .args(["-D", "-e", "-f"])
        .arg(root.join("sshd_config"))
        .stderr(log)
        .spawn()
        .expect("sshd");
    let is_up = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
    assert!(is_up, "sshd listens");
    Server(server)
}

fn command(root: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root).env_clear().env("PATH", format!("{}/bin:/usr/bin:/bin", root.display()));
    command
}

fn keyplan(root: &Path, args: &[&str]) {
    let output =
        command(root, Path::new(env!("CARGO_BIN_EXE_keyplan"))).args(args).output().expect("keyplan");
    let said = String::from_utf8_lossy(&output.stdout);
    let last: Vec<_> = said.lines().rev().take(3).collect();
    assert!(output.status.success(), "{args:?}: {last:?} {}", String::from_utf8_lossy(&output.stderr));
}

/// As many connections at a time, which run nothing.
fn alone(root: &Path, user: &str, nodes: &[String]) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                while let Some(node) = nodes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let status = command(root, &root.join("bin/ssh"))
                        .args(["-T", "-o", "BatchMode=yes", "-l", user, "--", node, "true"])
                        .stdin(Stdio::null())
                        .status();
                    assert!(status.expect("ssh").success(), "ssh gets in");
                }
            });
        }
    });
}
