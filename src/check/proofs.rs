//! The proof cache: fingerprints of keys that passed every costly proof, in `.keyplan/cache/proofs`.
//!
//! A change that is proposed for the workspace can bring a cache along that calls a skeleton key proven. So the
//! file is sealed under a secret that lives outside of the workspace, in the user's own cache folder, and
//! whatever the seal does not cover counts as empty. The cache can be torn or deleted at any time: proofs are
//! then made again. Without a folder of the user nothing is trusted, and nothing is kept.
#![expect(clippy::disallowed_methods, reason = "the proof cache reads and writes its own two files")]

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

use crate::durable::{Draft, Readers};
use crate::openssh::Fingerprint;

/// Changes when the proofs do: what was proven under another version counts for nothing.
pub const PROOF_VERSION: u32 = 2;

const MAGIC: &[u8; 16] = b"keyplan proofs\r\n";
const HEAD: usize = MAGIC.len() + 4;
const SEAL: usize = 32;
const PROOF: usize = 32;

/// How many proofs are kept: 32 MB of them.
const MOST: usize = 1_000_000;

/// The keys that are known to have passed every proof of [`PROOF_VERSION`].
#[derive(Debug, Default)]
pub struct Proofs {
    proven: HashSet<Fingerprint>,
    is_changed: bool,
    places: Option<Places>,
}

#[derive(Debug)]
struct Places {
    folder: Utf8PathBuf,
    seal: Utf8PathBuf,
}

impl Proofs {
    /// Reads the cache of a workspace: `cache_dir` is its `.keyplan/cache`, and `seal` the file of the secret,
    /// in the user's own cache folder. What cannot be trusted is empty.
    #[must_use]
    pub fn open(cache_dir: Option<&Utf8Path>, seal: Option<&Utf8Path>) -> Self {
        let places = cache_dir.zip(seal).and_then(|(folder, seal)| {
            let workspace = folder.parent().and_then(Utf8Path::parent);
            // A secret within the workspace is none.
            let is_outside = workspace
                .is_none_or(|workspace| workspace.as_str().is_empty() || !seal.starts_with(workspace));
            (is_outside && seal.is_absolute()).then(|| Places { folder: folder.into(), seal: seal.into() })
        });
        let proven = places.as_ref().and_then(Places::read).unwrap_or_default();
        Self { proven, is_changed: false, places }
    }

    /// Whether a key passed every proof before.
    #[must_use]
    pub fn contains(&self, fingerprint: &Fingerprint) -> bool {
        self.proven.contains(fingerprint)
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.proven.len()
    }

    /// Whether no key is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.proven.is_empty()
    }

    /// Adds keys that have just passed every proof.
    pub fn add(&mut self, proven: impl IntoIterator<Item = Fingerprint>) {
        for fingerprint in proven {
            self.is_changed |= self.proven.insert(fingerprint);
        }
    }

    /// Keeps what was added, together with what others have kept meanwhile.
    ///
    /// # Errors
    /// When a file cannot be written. Nothing is lost by that but time.
    pub fn save(&self) -> io::Result<()> {
        match &self.places {
            Some(places) if self.is_changed => places.write(&self.proven),
            _ => Ok(()),
        }
    }
}

impl Places {
    fn file(&self) -> Utf8PathBuf {
        self.folder.join("proofs")
    }

    /// Whether the folder is one that we have made, and no link to somewhere else.
    fn is_own(&self) -> bool {
        let is_no_link = |path: &Utf8Path| {
            fs::symlink_metadata(path)
                .map_or_else(|e| e.kind() == io::ErrorKind::NotFound, |it| !it.is_symlink())
        };
        let gitignore = self.folder.join(".gitignore");
        self.folder.parent().is_none_or(is_no_link)
            && [&self.folder, &self.file(), &gitignore].into_iter().all(|path| is_no_link(path))
    }

    fn read(&self) -> Option<HashSet<Fingerprint>> {
        let secret = read_seal(&self.seal)?;
        if !self.is_own() {
            return None;
        }
        let bytes = read_bounded(&self.file(), HEAD + MOST * PROOF + SEAL)?;
        let (content, seal) = bytes.split_last_chunk::<SEAL>()?;
        // The comparison of `Hash` takes the same time for every seal.
        if blake3::keyed_hash(&secret, content) != *seal {
            return None;
        }
        let proofs = content.strip_prefix(MAGIC)?.strip_prefix(&PROOF_VERSION.to_be_bytes())?;
        let (proofs, rest) = proofs.as_chunks::<PROOF>();
        rest.is_empty().then(|| proofs.iter().copied().map(Fingerprint::new).collect())
    }

    fn write(&self, proven: &HashSet<Fingerprint>) -> io::Result<()> {
        let Some(secret) = read_or_make_seal(&self.seal)? else { return Ok(()) };
        if !self.is_own() {
            return Ok(());
        }
        fs::create_dir_all(&self.folder)?;
        let kept = self.read().unwrap_or_default();
        let mut content = Vec::with_capacity(HEAD + proven.len() * PROOF + SEAL);
        content.extend(MAGIC);
        content.extend(PROOF_VERSION.to_be_bytes());
        // Sorted, so that the same proofs are the same bytes.
        let mut own: Vec<_> = proven.iter().collect();
        own.sort_unstable();
        let mut others: Vec<_> = kept.difference(proven).collect();
        others.sort_unstable();
        for fingerprint in own.into_iter().chain(others).take(MOST) {
            content.extend(fingerprint.as_bytes());
        }
        let seal = blake3::keyed_hash(&secret, &content);
        content.extend(seal.as_bytes());
        draft(&self.file(), &content)?.replace()?;
        let gitignore = self.folder.join(".gitignore");
        if fs::symlink_metadata(&gitignore).is_err() {
            draft(&gitignore, b"*\n")?.replace()?;
        }
        Ok(())
    }
}

/// A file that nobody else reads, yet without its name.
fn draft(path: &Utf8Path, content: &[u8]) -> io::Result<Draft> {
    let mut draft = Draft::new(path, Readers::Owner)?;
    draft.write_all(content)?;
    Ok(draft)
}

fn read_bounded(path: &Utf8Path, most: usize) -> Option<Vec<u8>> {
    let file = File::open(path).ok()?;
    let about = file.metadata().ok()?;
    if !about.is_file() || about.len() > most as u64 {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= most).then_some(bytes)
}

/// The secret, if it is one: a file of its own, of 32 bytes, that nobody else can read or write.
fn read_seal(path: &Utf8Path) -> Option<[u8; SEAL]> {
    let about = fs::symlink_metadata(path).ok()?;
    if !about.is_file() || !is_private(&about) {
        return None;
    }
    read_bounded(path, SEAL)?.try_into().ok()
}

#[cfg(unix)]
fn is_private(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode().trailing_zeros() >= 6
}

#[cfg(not(unix))]
fn is_private(_: &fs::Metadata) -> bool {
    true
}

/// The secret, made if there is none. An odd one is left alone, and nothing is sealed with it.
fn read_or_make_seal(path: &Utf8Path) -> io::Result<Option<[u8; SEAL]>> {
    if fs::symlink_metadata(path).is_err() {
        let Some(folder) = path.parent() else { return Ok(None) };
        fs::create_dir_all(folder)?;
        let mut secret = [0; SEAL];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        // Another run may have made one first: then that is the secret.
        draft(path, &secret)?.create()?;
    }
    Ok(read_seal(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct World {
        _scratch: tempfile::TempDir,
        cache: Utf8PathBuf,
        seal: Utf8PathBuf,
    }

    impl World {
        fn new() -> Self {
            let scratch = tempfile::tempdir().unwrap();
            let root = Utf8PathBuf::from_path_buf(scratch.path().canonicalize().unwrap()).unwrap();
            Self {
                _scratch: scratch,
                cache: root.join("w/.keyplan/cache"),
                seal: root.join("home/keyplan/seal"),
            }
        }

        fn open(&self) -> Proofs {
            Proofs::open(Some(&self.cache), Some(&self.seal))
        }

        fn save(&self, text: &str) {
            let mut proofs = self.open();
            proofs.add([Fingerprint::of(text.as_bytes())]);
            proofs.save().unwrap();
        }

        fn knows(&self, text: &str) -> bool {
            self.open().contains(&Fingerprint::of(text.as_bytes()))
        }

        fn file(&self) -> Utf8PathBuf {
            self.cache.join("proofs")
        }
    }

    #[test]
    fn keeps_what_was_proven() {
        let world = World::new();
        assert!(!world.knows("a"));
        world.save("a");
        assert!(world.knows("a") && !world.knows("b"));
        assert_eq!(fs::read_to_string(world.cache.join(".gitignore")).unwrap(), "*\n");
    }

    #[test]
    fn merges_with_another_run() {
        let world = World::new();
        let mut slow = world.open();
        slow.add([Fingerprint::of(b"slow")]);
        world.save("fast");
        slow.save().unwrap();
        assert!(world.knows("slow") && world.knows("fast"));
    }

    #[test]
    fn the_same_proofs_are_the_same_bytes() {
        let world = World::new();
        let prints =
            |range: std::ops::Range<u8>| range.map(|byte| Fingerprint::of(&[byte])).collect::<Vec<_>>();
        let (mut first, mut second) = (world.open(), world.open());
        first.add(prints(0..100));
        second.add(prints(100..200).into_iter().rev());
        first.save().unwrap();
        second.save().unwrap();
        let content = fs::read(world.file()).unwrap();
        let (written, _) = content[HEAD..content.len() - SEAL].as_chunks();
        let (mut own, mut others) = (prints(100..200), prints(0..100));
        own.sort_unstable();
        others.sort_unstable();
        own.extend(others);
        assert!(written.iter().copied().map(Fingerprint::new).eq(own));
    }

    #[test]
    fn trusts_nothing_that_another_secret_sealed() {
        let (mine, theirs) = (World::new(), World::new());
        mine.save("a");
        theirs.save("skeleton");
        fs::copy(theirs.file(), mine.file()).unwrap();
        assert!(mine.open().is_empty());
        mine.save("b");
        assert!(mine.knows("b") && !mine.knows("skeleton"));
    }

    #[test]
    fn trusts_no_file_with_a_changed_or_missing_byte() {
        let world = World::new();
        world.save("a");
        let whole = fs::read(world.file()).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(world.file(), &changed).unwrap();
            assert!(world.open().is_empty());
            fs::write(world.file(), &whole[..at]).unwrap();
            assert!(world.open().is_empty());
        }
        fs::write(world.file(), [&whole[..], b"x"].concat()).unwrap();
        assert!(world.open().is_empty());
        fs::write(world.file(), &whole).unwrap();
        assert!(world.knows("a"));
    }

    #[test]
    fn without_a_sound_secret_nothing_is_kept() {
        let world = World::new();
        let mut proofs = Proofs::open(Some(&world.cache), None);
        proofs.add([Fingerprint::of(b"a")]);
        proofs.save().unwrap();
        assert!(!world.cache.exists());
        world.save("a");
        fs::write(&world.seal, "too short").unwrap();
        assert!(world.open().is_empty());
        let before = fs::read(world.file()).unwrap();
        world.save("b");
        assert_eq!(fs::read(world.file()).unwrap(), before);
        let inside = world.cache.parent().unwrap().join("seal");
        let mut proofs = Proofs::open(Some(&world.cache), Some(&inside));
        proofs.add([Fingerprint::of(b"a")]);
        proofs.save().unwrap();
        assert!(!inside.exists());
    }

    #[cfg(unix)]
    #[test]
    fn the_secret_is_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let world = World::new();
        world.save("a");
        assert_eq!(fs::metadata(&world.seal).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&world.seal, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(!world.knows("a"));
    }

    #[cfg(unix)]
    #[test]
    fn follows_no_link() {
        for link in ["cache", "proofs", ".keyplan"] {
            let (world, other) = (World::new(), World::new());
            let keyplan = world.cache.parent().unwrap();
            let workspace = keyplan.parent().unwrap();
            fs::create_dir_all(&other.cache).unwrap();
            match link {
                ".keyplan" => {
                    fs::create_dir_all(workspace).unwrap();
                    std::os::unix::fs::symlink(other.cache.parent().unwrap(), keyplan).unwrap();
                }
                "cache" => {
                    fs::create_dir_all(keyplan).unwrap();
                    std::os::unix::fs::symlink(&other.cache, &world.cache).unwrap();
                }
                _ => {
                    fs::create_dir_all(&world.cache).unwrap();
                    std::os::unix::fs::symlink(other.file(), world.file()).unwrap();
                }
            }
            world.save("a");
            assert!(!other.file().exists(), "{link}");
            assert!(!world.knows("a"), "{link}");
        }
    }
}
