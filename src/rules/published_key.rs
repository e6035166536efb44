//! A public key whose private half is public.

use std::sync::LazyLock;

use crate::diagnostics::{Check, Finding, Rule, Severity, Location, visible};
use crate::openssh::Fingerprint;

/// A public key whose private half is public.
pub static RULE: Rule = Rule {
    name: "published-key",
    severity: Severity::Error,
    fixed: true,
    summary: "a key whose private half is published",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds public keys whose private half lies in a public repository: keys that vendors built into appliances,
the keys of Vagrant, and the keys that OpenSSH, Go, paramiko and RustCrypto test with. The finding says
where. It also finds such a key in another dress: within a FIDO key, with another RSA exponent, or with
its point negated.

### Why
Everybody has the private key. Programs that try all such keys on every machine of the internet are public
too.

### Example
```yaml
spec:
  publicKey: ssh-rsa AAAAB3NzaC1yc2EAAAABIwAAAQEA6NF8iallvQVp22WD... vagrant   # vagrant's insecure key
```

### Remedy
Make a key of your own: `ssh-keygen -t ed25519`. If this one is on a node already, take it away there, and
look at who has logged in.
",
};

/// The table: fingerprint, repository and the file there; sorted. Whoever changes it changes `PROOF_VERSION` too.
pub const TABLE: &str = include_str!("published_key.tsv");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    fingerprint: Fingerprint,
    /// The repository that has the private key.
    pub repository: &'static str,
    pub file: &'static str,
}

static PUBLISHED: LazyLock<Vec<Published>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let mut fields = line.split('\t');
        let fingerprint = fields.next()?.parse().ok()?;
        Some(Published { fingerprint, repository: fields.next()?, file: fields.next()? })
    };
    let mut published: Vec<_> = TABLE.lines().filter_map(line).collect();
    published.sort_unstable_by_key(|published| published.fingerprint);
    published
});

/// Where the private half of the key with this fingerprint is published.
#[must_use]
pub fn published(fingerprint: &Fingerprint) -> Option<Published> {
    let found = PUBLISHED.binary_search_by_key(fingerprint, |published| published.fingerprint);
    found.ok().map(|at| PUBLISHED[at])
}

/// The finding for such a key.
#[must_use]
pub fn finding(published: Published, at: Location) -> Finding {
    let Published { fingerprint: _, repository, file } = published;
    RULE.finding(format!("the private half of this key is published, in {}", visible(repository)))
        .label(at, "everybody has the private key")
        .detail(format!("it is `{}` in the public repository {}", visible(file), visible(repository)))
        .help("make a key of your own: `ssh-keygen -t ed25519`")
}

#[cfg(test)]
mod tests {
    use super::{PUBLISHED, TABLE, finding, published};
    use crate::diagnostics::Location;
    use crate::openssh::Fingerprint;
    use crate::source::FileId;

    #[test]
    fn every_line_of_the_table_is_read() {
        assert_eq!(PUBLISHED.len(), TABLE.lines().count());
        assert!(TABLE.lines().is_sorted());
        for line in TABLE.lines() {
            let fingerprint: Fingerprint = line.split('\t').next().unwrap().parse().unwrap();
            let found = published(&fingerprint).unwrap();
            assert!(line.ends_with(&format!("\t{}\t{}", found.repository, found.file)));
        }
        assert_eq!(published(&Fingerprint::of(b"a key of somebody's own")), None);
    }

    #[test]
    fn says_whose_it_is() {
        let vagrant = PUBLISHED.iter().find(|published| published.repository == "hashicorp/vagrant").unwrap();
        let finding = finding(*vagrant, Location::File(FileId(0)));
        assert!(finding.summary.ends_with("published, in hashicorp/vagrant"));
        assert!(finding.detail.unwrap().contains("keys/vagrant.key.ed25519"));
    }
}
