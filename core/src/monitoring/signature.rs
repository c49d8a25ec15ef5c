//! What proves that a webhook's request is ours: HMAC-SHA256 (RFC 2104) over `<timestamp>.<body>`, so that a
//! receiver can refuse what is old as well as what is forged.

use sha2::{Digest, Sha256};

/// The signature's header: a version, and the code in hex.
#[must_use]
pub fn sign(secret: &[u8], timestamp: &str, body: &str) -> String {
    let signed = format!("{timestamp}.{body}");
    format!("v1={}", hex::encode(hmac(secret, signed.as_bytes())))
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    let digest;
    let key = if key.len() > BLOCK {
        digest = Sha256::digest(key);
        digest.as_slice()
    } else {
        key
    };
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let inner = Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(block.map(|byte| byte ^ 0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 1, 2 and 6.
    #[test]
    fn hmac_is_as_in_the_rfc() {
        for (key, message, mac) in [
            (
                vec![0x0b; 20],
                "Hi There",
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                b"Jefe".to_vec(),
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                vec![0xaa; 131],
                "Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ] {
            assert_eq!(hex::encode(hmac(&key, message.as_bytes())), mac);
        }
    }

    #[test]
    fn what_is_signed_is_the_time_and_the_body() {
        let mac = hex::encode(hmac(b"secret", b"1700000000.{}"));
        assert_eq!(sign(b"secret", "1700000000", "{}"), format!("v1={mac}"));
    }
}
