//! Workspaces of any size: the same seed and numbers give the same bytes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use keyplan::check::resolve::proof::prove;
use keyplan::diagnostics::Location;
use keyplan::openssh::PublicKey;
use keyplan::source::{FileId, SourceSpan, Span};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workspace {
    /// Keys, and as many clusters.
    pub(crate) keys: usize,
    /// Projects that they are spread over.
    pub(crate) projects: usize,
    /// Files that they are spread over.
    pub(crate) files: usize,
    /// How many of the keys are RSA, with their bits.
    pub(crate) rsa: (usize, usize),
    /// Another seed gives other keys.
    pub(crate) seed: u64,
}

impl Workspace {
    /// Writes the files into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).expect("the folder can be made");
        for (number, text) in self.texts().iter().enumerate() {
            fs::write(folder.join(format!("part-{number:05}.yaml")), text).expect("the file can be written");
        }
    }

    /// The texts of the files.
    pub(crate) fn texts(&self) -> Vec<String> {
        let mut random = Random(self.seed);
        let mut texts = vec![String::new(); self.files];
        for project in 0..self.projects {
            let text = &mut texts[project % self.files];
            let _ = write!(
                text,
                "---\napiVersion: keyplan/v1\nkind: Project\nmetadata:\n  name: project-{project}\n  labels: {{tier: gold}}\n\
                 spec:\n  members:\n    - {{user: ana@example.com, role: Project Admin}}\n"
            );
        }
        for number in 0..self.keys {
            let project = number % self.projects;
            let key = if number < self.rsa.0 { rsa(&mut random, self.rsa.1) } else { ed25519(&mut random) };
            let _ = write!(
                texts[number * self.files / self.keys],
                "---\napiVersion: keyplan/v1\nkind: SSHKey\nmetadata:\n  name: key-{number}\n  project: project-{project}\n\
                 spec:\n  publicKey: {key} key-{number}@example.com\n\
                 ---\napiVersion: keyplan/v1\nkind: Cluster\nmetadata:\n  name: cluster-{number}\n  project: project-{project}\n\
                 spec:\n  sshKey: key-{number}\n  cloud: vsphere\n  nodes: [node-{number}.example.com, \"spare-{number}.example.com:2222\"]\n"
            );
        }
        texts
    }
}

/// SplitMix64: small, and the same everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next().to_le_bytes()[0]).collect()
    }
}

fn field(blob: &mut Vec<u8>, bytes: &[u8]) {
    blob.extend(u32::try_from(bytes.len()).expect("a short field").to_be_bytes());
    blob.extend(bytes);
}

fn ed25519(random: &mut Random) -> String {
    let scalar = Scalar::from_bytes_mod_order(random.bytes(32).try_into().expect("32 bytes"));
    let mut blob = Vec::new();
    field(&mut blob, b"ssh-ed25519");
    field(&mut blob, EdwardsPoint::mul_base(&scalar).compress().as_bytes());
    PublicKey::new(blob, "").expect("a point of the right order").line()
}

/// A number that passes for a modulus: no one knows its factors, and nobody needs to.
fn rsa(random: &mut Random, bits: usize) -> String {
    let at = Location::Bytes(SourceSpan { file: FileId(0), span: Span::default() });
    loop {
        let mut modulus = random.bytes(bits / 8);
        modulus[0] |= 0x80;
        *modulus.last_mut().expect("a byte") |= 1;
        modulus.insert(0, 0);
        let mut blob = Vec::new();
        field(&mut blob, b"ssh-rsa");
        field(&mut blob, &[1, 0, 1]);
        field(&mut blob, &modulus);
        let key = PublicKey::new(blob, "").expect("a well-formed key");
        if prove(&key, &at, &mut Vec::new()) {
            return key.line();
        }
    }
}
