//! A shared access signature: parameters that whoever may grant them has signed.

use crate::http::{Secret, Url};

/// The parameters, and their signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedAccess {
    public: Vec<(String, String)>,
    signature: Secret,
}

impl SharedAccess {
    /// Reads `sv=…&sp=…&sig=…`, as Azure shows it, with or without its question mark.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (mut public, mut signature) = (Vec::new(), None);
        for pair in text.strip_prefix('?').unwrap_or(text).split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or("it is not of names and values")?;
            let value = decoded(value).ok_or("a value of it is not encoded as in a URL")?;
            if name == "sig" {
                signature = Some(Secret::new(&value).map_err(|error| format!("its `sig`: {error}"))?);
            } else {
                public.push((name.to_owned(), value));
            }
        }
        Ok(Self { public, signature: signature.ok_or("it has no `sig`")? })
    }

    pub(super) fn sign(&self, url: Url) -> Url {
        let query: Vec<_> = self.public.iter().map(|(name, value)| (&**name, &**value)).collect();
        url.with_query(&query).signed("sig", self.signature.clone())
    }
}

/// Text with its `%XX` undone.
pub(super) fn decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_parameters_are_sent_as_they_were_signed_and_its_signature_is_not_shown() {
        let text = "?sv=2021-12-02&sr=c&se=2026-12-01T00%3A00%3A00Z&sp=rcl&sig=TopSecret%2F1%2B%3D";
        let url = SharedAccess::parse(text).unwrap().sign(Url::parse("https://a/c/b?comp=list").unwrap());
        assert_eq!(
            url.to_string(),
            "https://a/c/b?comp=list&sv=2021-12-02&sr=c&se=2026-12-01T00%3A00%3A00Z&sp=rcl"
        );
        assert_eq!(
            url,
            Url::parse(&url.to_string()).unwrap().signed("sig", Secret::new("TopSecret/1+=").unwrap())
        );
        for text in ["", "sv=1", "sig=short", "sv=1&sig=TopSecret%2", "sv=1&sig=TopSecret%zz", "TopSecret"] {
            let error = SharedAccess::parse(text).unwrap_err();
            assert!(!error.contains("TopSecret"), "{error}");
        }
    }
}
