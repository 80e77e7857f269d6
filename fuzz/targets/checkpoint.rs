//! Checkpoint files: whatever the bytes, they are a checkpoint or are passed over.
//!
//! The first byte says what the rest is: a whole file; what its checksum is of; or the JSON head, behind which zeros stand for the parts.
//! The target makes the checksum right, since no chance would.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sha2::{Digest, Sha256};
use sweep_worker::CheckpointFolder;

fuzz_target!(|data: &[u8]| {
    let [form, rest @ ..] = data else { return };
    let bytes = match form & 3 {
        0 => rest.to_vec(),
        1 => with_checksum(rest),
        _ => {
            let mut body = (rest.len() as u64).to_le_bytes().to_vec();
            body.extend(rest);
            body.resize(body.len() + usize::from(form >> 2), 0);
            with_checksum(&body)
        }
    };
    match CheckpointFolder::epoch_of(&bytes) {
        Ok(epoch) => assert!(epoch > 0),
        Err(why) => assert!(!why.is_empty()),
    }
});

fn with_checksum(body: &[u8]) -> Vec<u8> {
    let mut bytes = b"sweep checkpoint 1\n".to_vec();
    bytes.extend(Sha256::digest(body));
    bytes.extend(body);
    bytes
}
