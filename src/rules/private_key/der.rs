//! Private keys in DER.

/// Whether bytes begin as a private key in DER does: a sequence of integer 0 or 1 and the fields of PKCS #1,
/// PKCS #8 or SEC 1, or an encrypted PKCS #8 key. Public keys and certificates begin with a sequence or with a
/// large integer.
pub(super) fn is_private_der(bytes: &[u8]) -> bool {
    let Some(rest) = behind_header(bytes, 0x30) else { return false };
    match rest {
        [2, 1, version @ (0 | 1), rest @ ..] => match rest {
            [] | [2 | 0x30, ..] => true,
            [4, ..] => *version == 1,
            _ => false,
        },
        // PBES2 and its elders.
        _ => behind_header(rest, 0x30).and_then(|rest| behind_header(rest, 6)).is_some_and(|oid| {
            oid.starts_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05])
                || oid.starts_with(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01])
        }),
    }
}

/// What follows a DER tag and its length.
fn behind_header(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    match bytes {
        [first, 0..=0x7f, rest @ ..]
        | [first, 0x81, _, rest @ ..]
        | [first, 0x82, _, _, rest @ ..]
        | [first, 0x83, _, _, _, rest @ ..]
            if *first == tag =>
        {
            Some(rest)
        }
        _ => None,
    }
}
