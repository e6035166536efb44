//! The checksum of `cksum`, the one that every system has (POSIX, `cksum`). It tells a file that was
//! changed, or that did not arrive whole; against who forges one it is nothing.

const POLYNOMIAL: u32 = 0x04c1_1db7;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0_u32;
    while byte < 256 {
        let mut rest = byte << 24;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 0x8000_0000 == 0 { rest << 1 } else { rest << 1 ^ POLYNOMIAL };
            bit += 1;
        }
        table[byte as usize] = rest;
        byte += 1;
    }
    table
};

/// What `cksum` says of these bytes, as `SUM:BYTES`.
#[must_use]
pub(super) fn cksum(bytes: &[u8]) -> String {
    let length = bytes.len().to_le_bytes();
    let used = length.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let all = bytes.iter().chain(&length[..used]);
    let sum = all.fold(0_u32, |sum, byte| sum << 8 ^ TABLE[((sum >> 24) as u8 ^ byte) as usize]);
    format!("{}:{}", !sum, bytes.len())
}

#[cfg(test)]
mod tests {
    use super::cksum;

    #[test]
    fn is_what_cksum_says() {
        assert_eq!(cksum(b""), "4294967295:0");
        assert_eq!(cksum(b"123456789"), "930766865:9");
        assert_eq!(cksum(&[b'a'; 300]), CKSUM_OF_300);
    }

    /// `head -c 300 /dev/zero | tr '\0' a | cksum`
    const CKSUM_OF_300: &str = "1664553091:300";
}
