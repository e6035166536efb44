//! A workspace in a folder.
#![expect(clippy::disallowed_methods, reason = "this is the file that reads")]

use std::fs::{self, File};
use std::io::{self, Read};

use camino::{Utf8Path, Utf8PathBuf};

use super::files::Files;
use super::unreadable::Unreadable;
use super::walked::{Walked, walk};

/// The largest file of declarations that is read, in bytes.
pub const MAX_FILE: u64 = 256 << 20;
/// The largest file that `publicKeyFile` may name, in bytes: an RSA key of 16384 bits has 2.8 KiB.
pub const MAX_KEY_FILE: u64 = 64 << 10;

/// The largest file that `blocklist` may name, in bytes: badkeys' own has some hundred MiB.
pub const MAX_LIST: u64 = 1 << 30;

/// What is read of a file, in bytes, to see whether it holds declarations.
pub(in crate::source) const HEAD: u64 = 64 << 10;

/// How many files beside one are looked at for the one that was meant.
pub(in crate::source) const MOST_BESIDE: usize = 1000;

/// What is read of a file, in bytes, before its length is asked for. Where there are many files most are
/// smaller, and that question is a tenth of reading one.
const SMALL_FILE: usize = 1 << 10;

#[derive(Clone, Copy, Debug)]
pub struct Folder<'a>(pub &'a Utf8Path);

impl Files for Folder<'_> {
    fn list(&self) -> io::Result<Walked> {
        walk(self.0)
    }

    fn read(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        read_at_most(&self.0.join(path), MAX_FILE, "256 MiB")
    }

    fn head(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        let mut bytes = Vec::new();
        File::open(self.0.join(path))?.take(HEAD).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn read_key(&self, path: &Utf8Path) -> Result<Vec<u8>, Unreadable> {
        read_at_most(&self.regular_inside(path)?, MAX_KEY_FILE, "64 KiB")
    }

    fn beside(&self, path: &Utf8Path) -> Vec<String> {
        let folder = self.0.join(path).parent().map(Utf8Path::to_owned).unwrap_or_default();
        let is_inside =
            || fs::canonicalize(&folder).ok()?.starts_with(fs::canonicalize(self.0).ok()?).then_some(());
        let Some(entries) = is_inside().and_then(|()| folder.read_dir_utf8().ok()) else { return Vec::new() };
        let files = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
        let mut names: Vec<_> = files.take(MOST_BESIDE).map(|entry| entry.file_name().to_owned()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort_unstable();
        names
    }

    fn open_list(&self, path: &Utf8Path) -> Result<Box<dyn Read>, Unreadable> {
        let file = File::open(self.regular_inside(path)?)?;
        if file.metadata()?.len() > MAX_LIST {
            return Err(Unreadable::TooLarge { limit: "1 GiB" });
        }
        Ok(Box::new(file.take(MAX_LIST)))
    }
}

impl Folder<'_> {
    /// Whether nothing is at a path.
    pub(super) fn is_free(&self, path: &Utf8Path) -> bool {
        fs::symlink_metadata(self.0.join(path)).is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// The path of a regular file. A link may not lead out of the workspace.
    fn regular_inside(&self, path: &Utf8Path) -> Result<Utf8PathBuf, Unreadable> {
        let path = self.0.join(path);
        if !fs::canonicalize(&path)?.starts_with(fs::canonicalize(self.0)?) {
            return Err(Unreadable::LeadsOutside);
        }
        if fs::metadata(&path)?.is_file() { Ok(path) } else { Err(Unreadable::NotAFile) }
    }
}

fn read_at_most(path: &Utf8Path, most: u64, limit: &'static str) -> Result<Vec<u8>, Unreadable> {
    let mut file = File::open(path)?;
    let mut bytes = Vec::with_capacity(SMALL_FILE);
    file.by_ref().take(SMALL_FILE as u64).read_to_end(&mut bytes)?;
    if bytes.len() == SMALL_FILE {
        let length = file.metadata()?.len();
        if length > most {
            return Err(Unreadable::TooLarge { limit });
        }
        bytes.reserve(usize::try_from(length).unwrap_or(0));
        file.take(most + 1 - SMALL_FILE as u64).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > most {
            return Err(Unreadable::TooLarge { limit });
        }
    }
    bytes.shrink_to_fit();
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use camino::{Utf8Path, Utf8PathBuf};

    use super::super::sample::folder;
    use super::super::walked::{look_up, walk};
    use super::{Files, Folder, MAX_KEY_FILE, SMALL_FILE, Unreadable};

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed_out_of_the_directory_nor_round_in_it() {
        use std::os::unix::fs::symlink;
        let (_outside, elsewhere) = folder(&["x.yaml"]);
        let (_dir, root) = folder(&["a/a.yaml", "..data/b.yaml", "c.pub"]);
        symlink(&root, root.join("a/loop")).unwrap();
        symlink("a.yaml", root.join("a/same.yaml")).unwrap();
        symlink("..data/b.yaml", root.join("b.yaml")).unwrap();
        symlink(elsewhere.join("x.yaml"), root.join("out.yaml")).unwrap();
        symlink(&elsewhere, root.join("out")).unwrap();
        symlink("nowhere", root.join("gone.yaml")).unwrap();
        symlink("nowhere", root.join("gone.txt")).unwrap();
        let walked = walk(&root).unwrap();
        assert_eq!(walked.files, ["a/a.yaml", "b.yaml"]);
        assert_eq!(
            walked.problems,
            [
                ("gone.yaml".into(), Unreadable::Missing),
                ("out".into(), Unreadable::LeadsOutside),
                ("out.yaml".into(), Unreadable::LeadsOutside),
            ]
        );
        symlink(elsewhere.join("x.yaml"), root.join("out.pub")).unwrap();
        assert_eq!(Folder(&root).read_key(Utf8Path::new("out.pub")), Err(Unreadable::LeadsOutside));
        assert_eq!(Folder(&root).read_key(Utf8Path::new("c.pub")), Ok(b"x".to_vec()));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_folder_is_not_opened() {
        let (_dir, root) = folder(&["folder.yaml/a.txt"]);
        let made = std::process::Command::new("mkfifo").arg(root.join("pipe.yaml")).status();
        assert!(made.unwrap().success());
        std::os::unix::fs::symlink("pipe.yaml", root.join("link.yaml")).unwrap();
        std::os::unix::fs::symlink("pipe.yaml", root.join("link.pub")).unwrap();
        let not_a_file = |path: &str| (Utf8PathBuf::from(path), Unreadable::NotAFile);
        for walked in
            [walk(&root).unwrap(), look_up(&root, &["folder.yaml", "link.yaml", "pipe.yaml"]).unwrap()]
        {
            assert!(walked.files.is_empty());
            assert_eq!(walked.problems, [not_a_file("link.yaml"), not_a_file("pipe.yaml")]);
        }
        for path in ["link.pub", "pipe.yaml", "folder.yaml"] {
            assert_eq!(Folder(&root).read_key(Utf8Path::new(path)), Err(Unreadable::NotAFile));
        }
    }

    #[test]
    fn a_file_of_any_size_is_read_whole() {
        let (_dir, root) = folder(&["a.yaml"]);
        for size in [0, 1, SMALL_FILE - 1, SMALL_FILE, SMALL_FILE + 1, 100 * SMALL_FILE] {
            let bytes: Vec<_> = (0..=u8::MAX).cycle().take(size).collect();
            std::fs::write(root.join("a.yaml"), &bytes).unwrap();
            assert_eq!(Folder(&root).read(Utf8Path::new("a.yaml")), Ok(bytes), "{size}");
        }
    }

    #[test]
    fn a_key_file_is_read_up_to_its_limit() {
        let (_dir, root) = folder(&["a.pub"]);
        for (size, is_read) in [(MAX_KEY_FILE, true), (MAX_KEY_FILE + 1, false)] {
            std::fs::File::options().write(true).open(root.join("a.pub")).unwrap().set_len(size).unwrap();
            assert_eq!(Folder(&root).read_key(Utf8Path::new("a.pub")).is_ok(), is_read, "{size}");
        }
    }

    #[test]
    fn a_file_of_a_gigabyte_is_not_read() {
        let (_dir, root) = folder(&["a.yaml"]);
        std::fs::File::options().write(true).open(root.join("a.yaml")).unwrap().set_len(1 << 30).unwrap();
        assert_eq!(
            Folder(&root).read(Utf8Path::new("a.yaml")),
            Err(Unreadable::TooLarge { limit: "256 MiB" })
        );
    }
}
