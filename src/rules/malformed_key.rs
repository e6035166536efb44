//! The bytes of a key are not those of its type.

use crate::diagnostics::{Check, Finding, Rule, Severity, Location};
use crate::openssh::KeyType;
use crate::openssh::wire::{WireError, WireErrorKind};

/// The bytes of a key are not those of its type.
pub static RULE: Rule = Rule {
    name: "malformed-key",
    severity: Severity::Error,
    fixed: true,
    summary: "an encoded key with fields that are cut off, too long or not minimal",
    check: Check::Value,
    fixes: &[],
    docs: "\
### What it does
Finds an encoded key that is cut off or goes on after its end, a field of the wrong length, and an integer
that is negative, zero, or written with more bytes than it needs. Byte counts are given.

### Why
A key has one encoding (RFC 4251, section 5; RFC 4253, section 6.6; RFC 8709). Any other was damaged on its
way, or was made to look like another key to one program than to the next.

### Example
```yaml
spec:
  publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAH... ops   # 31 bytes in place of 32
```

### Remedy
Copy the whole line again from the `.pub` file. If that is damaged too, `ssh-keygen -y -f PRIVATE_KEY_FILE`
prints the public key.
",
};

/// More bytes than the name of any type has.
const LONGEST_NAME: usize = 256;

/// The finding for a fault of an encoded key.
#[must_use]
pub fn finding(key_type: Option<KeyType>, fault: &WireError, at: Location) -> Finding {
    let (field, length) = (fault.field, fault.bytes.len());
    if field == "key type"
        && matches!(fault.kind, WireErrorKind::Truncated { wanted, .. } if wanted > LONGEST_NAME)
    {
        return RULE
            .finding("the base64 text is not that of a key")
            .label(at, "the text of every key begins with `AAAA`")
            .help("copy the whole line again from the `.pub` file");
    }
    let key = key_type.map_or_else(|| "the key".to_owned(), |key_type| format!("the {key_type} key"));
    let (summary, label) = match &fault.kind {
        WireErrorKind::Truncated { wanted, left } => (
            format!("{key} is cut off in its {field}"),
            format!("{wanted} bytes should follow, and {left} do"),
        ),
        WireErrorKind::Length { wanted, found } => {
            (format!("the {field} of {key} has {found} bytes"), format!("this should be {wanted} bytes"))
        }
        WireErrorKind::Trailing => (
            format!("{key} goes on after its end"),
            format!("{length} byte{} too many", if length == 1 { "" } else { "s" }),
        ),
        WireErrorKind::Negative => {
            (format!("the {field} of {key} is negative"), "its top bit is set".to_owned())
        }
        WireErrorKind::Zero => {
            (format!("the {field} of {key} is zero"), format!("a number of {length} bytes"))
        }
        WireErrorKind::NotMinimal => {
            (format!("the {field} of {key} has needless zero bytes"), "needless zeros begin this".to_owned())
        }
        WireErrorKind::Curve(_) => {
            (format!("{key} names another curve"), format!("{length} bytes of a name"))
        }
    };
    RULE.finding(summary).label(at, label).help("copy the whole line again from the `.pub` file")
}

/// The finding for a key that a second reader takes for another.
#[must_use]
pub fn disputed(at: Location) -> Finding {
    RULE.finding("the key is not encoded in the one way that there is")
        .label(at, "a second reader finds another key here")
        .help("write it again: `ssh-keygen -y -f PRIVATE_KEY_FILE`")
}

#[cfg(test)]
mod tests {
    use super::finding;
    use crate::diagnostics::Location;
    use crate::openssh::KeyType;
    use crate::openssh::wire::{WireError, WireErrorKind};
    use crate::source::FileId;

    const AT: Location = Location::File(FileId(0));

    fn said(kind: WireErrorKind) -> (String, String) {
        let fault = WireError { bytes: 19..50, field: "point", kind };
        let finding = finding(Some(KeyType::Ed25519), &fault, AT);
        (finding.summary, finding.labels[0].text.clone())
    }

    #[test]
    fn counts_bytes() {
        let (summary, label) = said(WireErrorKind::Length { wanted: 32, found: 31 });
        assert_eq!(summary, "the point of the ssh-ed25519 key has 31 bytes");
        assert_eq!(label, "this should be 32 bytes");
        let (summary, label) = said(WireErrorKind::Truncated { wanted: 32, left: 3 });
        assert_eq!(summary, "the ssh-ed25519 key is cut off in its point");
        assert_eq!(label, "32 bytes should follow, and 3 do");
        assert_eq!(said(WireErrorKind::Trailing).1, "31 bytes too many");
    }

    #[test]
    fn speaks_of_a_key_without_a_type() {
        let kind = WireErrorKind::Truncated { wanted: 4, left: 3 };
        let fault = WireError { bytes: 0..3, field: "key type", kind };
        assert_eq!(finding(None, &fault, AT).summary, "the key is cut off in its key type");
    }
}
