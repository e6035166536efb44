//! Paths as the protocol writes them: `file:` URIs.

use camino::{Utf8Path, Utf8PathBuf};
use gen_lsp_types::Uri;

/// The absolute path of a file; nothing where a URI is of something else, or not of this machine.
#[must_use]
pub(super) fn path_of(uri: &Uri) -> Option<Utf8PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").filter(|rest| rest.starts_with('/')).unwrap_or(rest);
    let path = decoded(path)?;
    let path = Utf8PathBuf::from(if cfg!(windows) { path.trim_start_matches('/').to_owned() } else { path });
    (path.is_absolute() && !path.as_str().contains('\0')).then_some(path)
}

/// The URI of an absolute path.
#[must_use]
pub(super) fn uri_of(path: &Utf8Path) -> Uri {
    let path = path.as_str();
    let path = if cfg!(windows) { format!("/{}", path.replace('\\', "/")) } else { path.to_owned() };
    let mut uri = String::from("file://");
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push('%');
            uri.extend(
                [byte >> 4, byte & 0xf].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)])),
            );
        }
    }
    Uri(uri)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? << 4 | digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use gen_lsp_types::Uri;

    use super::{path_of, uri_of};

    #[cfg(unix)]
    #[test]
    fn a_path_comes_back_and_nothing_else_is_one() {
        for path in ["/a/b.yaml", "/a b/ß🙂#?%25.yaml", "/a:b/@+!"] {
            assert_eq!(path_of(&uri_of(path.into())).as_deref(), Some(path.into()));
        }
        assert_eq!(uri_of("/a b/ß#".into()).0, "file:///a%20b/%C3%9F%23");
        assert_eq!(path_of(&Uri("file://localhost/a%2fb".into())).as_deref(), Some("/a/b".into()));
        for other in [
            "untitled:a",
            "http://a/b",
            "file:a",
            "file://host/a",
            "file:///%",
            "file:///%zz",
            "file:///%ff",
            "file:///a%00",
            "",
        ] {
            assert_eq!(path_of(&Uri(other.into())), None, "{other}");
        }
    }
}
