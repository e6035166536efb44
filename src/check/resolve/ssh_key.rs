//! An SSH key: its text is read and proven, its owner and its last day are made out.

use std::sync::Arc;

use camino::Utf8Path;

use super::budget::{Costly, is_costly};
use super::day::DayField;
use super::proof::prove;
use super::public_key::{check_policy, read_with_proofs};
use super::resolver::{DeclarationResolver, PublicKeyFile, metadata};
use crate::check::declare::document::Document;
use crate::check::declare::load::KeyText;
use crate::check::declare::ssh_key::SshKeySpec;
use crate::diagnostics::{Label, LocatedText, Location, may_be_secret, visible};
use crate::model::{DeclaredKey, SshKey, Subject};
use crate::openssh::{Fingerprint, FingerprintError, KeyType, PublicKey};
use crate::rules::{
    fingerprint_mismatch, invalid_value, key_options, path_outside_workspace, team_as_user, unreadable_file,
};
use crate::source::walk::{self, Unreadable};
use crate::source::{FileId, Route, SourceSpan, Span};

const EXPIRES: DayField = DayField {
    name: "expires",
    without: "a key without it does not expire",
    meaning: "the last day on which the key is valid",
};

impl DeclarationResolver<'_> {
    pub(super) fn key(&mut self, document: &Document<SshKeySpec>) -> Option<DeclaredKey> {
        let given = document.metadata.as_ref()?;
        let name = self.name(given.name.as_ref(), "an SSH key");
        let project = self.project_reference(given.project.as_ref());
        let empty = SshKeySpec::default();
        let spec = document.spec.as_ref().unwrap_or(&empty);
        let public_key = self.public_key(spec);
        let owner = spec.owner.as_deref();
        let owner = owner.and_then(|owner| self.subject(owner, Route::fields(["spec", "owner"]), "owner"));
        let expires = spec.expires.as_deref();
        let expires = expires.and_then(|day| self.day(day, Route::fields(["spec", "expires"]), &EXPIRES));
        let options = spec.options.as_ref().map(|options| self.options(options, public_key.as_ref()));
        let options = options.unwrap_or_default().into();
        let metadata = metadata(given);
        let key = SshKey { project: project?, name: name?, metadata, public_key, owner, expires, options };
        Some(self.declared(Arc::new(key), None))
    }

    /// A user, or `team:NAME`, in a field of this name.
    pub(super) fn subject(&mut self, text: &str, route: Route, field: &str) -> Option<Subject> {
        match text.strip_prefix("team:") {
            Some(team) if team.starts_with(' ') => {
                self.findings.push(invalid_value::finding(
                    self.value(route),
                    &format!("`{field}` cannot be"),
                    text,
                    "a space stands behind `team:`",
                    &format!("write `team:{}`", visible(team.trim())),
                ));
                None
            }
            Some(team) => self.team_reference(team, route, "team:".len()).map(Subject::Team),
            None => self.user(text, route, team_as_user::UserField::Owner).map(Subject::User),
        }
    }

    fn public_key(&mut self, spec: &SshKeySpec) -> Option<PublicKey> {
        let key = match (&spec.public_key, &spec.public_key_file) {
            (Some(text), _) => {
                let at = self.value(Route::fields(["spec", "publicKey"]));
                let before = self.findings.len();
                let key = self.read_and_prove(&LocatedText::new(text, at.clone()));
                if spec.options.is_none() {
                    for finding in &mut self.findings[before..] {
                        finding.fix = finding.fix.take().or_else(|| key_options::moved(finding, text));
                    }
                }
                if key.is_none() && may_be_secret(text) {
                    self.hidden.push(at);
                }
                key
            }
            (None, Some(path)) => self.public_key_file(path),
            (None, None) => None,
        };
        if let Some(declared) = &spec.fingerprint {
            self.check_fingerprint(declared, key.as_ref(), spec);
        }
        key
    }

    fn read_and_prove(&mut self, text: &LocatedText<'_>) -> Option<PublicKey> {
        let key = read_with_proofs(text, self.resolver.proofs, self.findings)?;
        check_policy(&key, &text.whole(), self.resolver.allowed_key_types, self.findings);
        if self.resolver.proofs.contains(key.fingerprint()) {
            return Some(key);
        }
        if is_costly(&key) {
            self.costly.push(Costly { origin: self.origin, key: key.clone(), at: text.whole() });
        } else if prove(&key, &text.whole(), self.findings) {
            self.proven.push(*key.fingerprint());
        }
        Some(key)
    }

    fn check_fingerprint(&mut self, declared: &str, key: Option<&PublicKey>, spec: &SshKeySpec) {
        let at = self.value(Route::fields(["spec", "fingerprint"]));
        match (declared.parse::<Fingerprint>(), key) {
            (Ok(fingerprint), Some(key)) => {
                self.findings.extend(fingerprint_mismatch::check(
                    fingerprint,
                    key,
                    at,
                    self.place_of_key(spec),
                ));
            }
            (Ok(_), None) => {}
            (Err(error), _) => {
                let (why, help) = fingerprint_advice(declared, error);
                let cannot = "`fingerprint` cannot be";
                self.findings.push(invalid_value::finding(at, cannot, declared, &why, &help));
            }
        }
    }

    fn place_of_key(&self, spec: &SshKeySpec) -> Location {
        let field = if spec.public_key.is_some() { "publicKey" } else { "publicKeyFile" };
        self.value(Route::fields(["spec", field]))
    }

    fn public_key_file(&mut self, given: &str) -> Option<PublicKey> {
        let at = self.value(Route::fields(["spec", "publicKeyFile"]));
        if given.split_whitespace().next().and_then(KeyType::parse).is_some() {
            let finding = invalid_value::RULE
                .finding("`publicKeyFile` is a key, and should be the path of a file")
                .label(at, "a path belongs here")
                .help("write `publicKey` in place of `publicKeyFile`");
            self.findings.push(finding);
            return None;
        }
        if let Some(meant) = unreadable_file::of_windows(given) {
            self.findings.push(unreadable_file::windows_path(at, given, &meant));
            return None;
        }
        let declaring = self.resolver.sources.file(FileId(self.origin.file)).path();
        let Some(path) = walk::resolve(declaring, Utf8Path::new(given)) else {
            self.findings.push(path_outside_workspace::finding(at, given));
            return None;
        };
        match self.resolver.key_files.get(&path)? {
            PublicKeyFile::Unreadable(Unreadable::LeadsOutside, _) => {
                self.findings.push(path_outside_workspace::finding(at, given));
                None
            }
            PublicKeyFile::Unreadable(why, near) => {
                let near = near.as_ref().map(|name| Utf8Path::new(given).with_file_name(name));
                self.findings.push(unreadable_file::key_file(at, &path, given, why, near.as_deref()));
                None
            }
            PublicKeyFile::Read(_, KeyText::Secret) => None,
            PublicKeyFile::Read(_, KeyText::Other(fault)) => {
                let mut finding = (**fault).clone();
                finding.labels.iter_mut().for_each(|label| label.at = at.clone());
                self.findings.push(finding);
                None
            }
            PublicKeyFile::Read(file, KeyText::Key(text)) => {
                let whole = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
                let before = self.findings.len();
                let text = LocatedText::new(text, Location::Bytes(SourceSpan { file: *file, span: whole }));
                let key = self.read_and_prove(&text);
                for finding in &mut self.findings[before..] {
                    finding.labels.push(Label { at: at.clone(), text: "the file is named here".into() });
                }
                key
            }
        }
    }
}

/// Why a text is no fingerprint, and what to write.
pub(super) fn fingerprint_advice(text: &str, error: FingerprintError) -> (String, String) {
    let meant = text
        .split_whitespace()
        .find_map(|word| word.parse::<Fingerprint>().or_else(|_| format!("SHA256:{word}").parse()).ok());
    let why = match error {
        FingerprintError::Md5 => "this is an MD5 fingerprint".into(),
        FingerprintError::NotSha256 => "a fingerprint begins with `SHA256:`".into(),
        FingerprintError::Length(found) => format!("{found} characters, not 43"),
        FingerprintError::Digits | FingerprintError::SpareBits => error.to_string(),
    };
    let help = match meant {
        Some(fingerprint) => format!("did you mean `{fingerprint}`?"),
        None => "copy `SHA256:…` from `ssh-keygen -l -E sha256 -f KEY.pub`".into(),
    };
    (why, help)
}

#[cfg(test)]
mod tests {
    use super::fingerprint_advice;
    use crate::openssh::Fingerprint;

    #[test]
    fn says_which_fingerprint_is_meant() {
        let digits = "la8I6W9iRjE+yGKa2EsLVUmC7a85TAa9azXWI5s4kVs";
        let advice = |text: &str| fingerprint_advice(text, text.parse::<Fingerprint>().unwrap_err()).1;
        for text in [digits.to_owned(), format!("256 SHA256:{digits} ana (ED25519)")] {
            assert_eq!(advice(&text), format!("did you mean `SHA256:{digits}`?"));
        }
        assert!(advice(&format!("SHA256:{}", &digits[..40])).starts_with("copy"));
    }
}
