//! TFRecord files: records with their lengths and checksums (TensorFlow's tutorial "TFRecord and tf.train.Example", section "TFRecords
//! format details"). It knows no messages.

use std::io::{self, Write};

use crc::{CRC_32_ISCSI, Crc, Table};

/// CRC-32C.
const CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// Writes a record: its length, a checksum of that, its bytes, a checksum of these, all little-endian.
///
/// # Errors
/// Where `out` takes nothing.
pub(crate) fn write_record(bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let length = (bytes.len() as u64).to_le_bytes();
    out.write_all(&length)?;
    out.write_all(&masked_checksum(&length).to_le_bytes())?;
    out.write_all(bytes)?;
    out.write_all(&masked_checksum(bytes).to_le_bytes())
}

/// CRC-32C, rotated and shifted: a plain one in data that have a checksum themselves would be none.
fn masked_checksum(bytes: &[u8]) -> u32 {
    CRC_32C.checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The records of a file.
    pub(crate) fn read_records(mut file: &[u8]) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        let take = |file: &mut &[u8], count: usize| {
            let (taken, rest) = file.split_at(count);
            *file = rest;
            let checksum;
            (checksum, *file) = file.split_at(4);
            assert_eq!(masked_checksum(taken).to_le_bytes(), checksum);
            taken.to_vec()
        };
        while !file.is_empty() {
            let length = take(&mut file, 8);
            records.push(take(&mut file, u64::from_le_bytes(length.try_into().unwrap()) as usize));
        }
        records
    }

    #[test]
    fn checksums_are_those_of_the_standard() {
        // RFC 3720, section B.4, and the check value of the catalogue of CRCs.
        let ascending: Vec<u8> = (0..32).collect();
        let descending: Vec<u8> = (0..32).rev().collect();
        let vectors: [(&[u8], u32); 5] = [
            (&[0; 32], 0x8a91_36aa),
            (&[0xff; 32], 0x62a8_ab43),
            (&ascending, 0x46dd_794e),
            (&descending, 0x113f_db5c),
            (b"123456789", 0xe306_9283),
        ];
        for (bytes, checksum) in vectors {
            assert_eq!(CRC_32C.checksum(bytes), checksum);
        }
    }

    /// What `tensorboard.summary.writer.record_writer.RecordWriter` writes for it.
    #[test]
    fn a_record_is_that_of_tensorflow() {
        let mut file = Vec::new();
        write_record(b"foo", &mut file).unwrap();
        assert_eq!(file, *b"\x03\0\0\0\0\0\0\0\xb0\x99\x49\x0efoo\x61\x8a\xbe\xfe");
    }

    proptest! {
        #[test]
        fn records_come_back(records in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..10)) {
            let mut file = Vec::new();
            for record in &records {
                write_record(record, &mut file).unwrap();
            }
            prop_assert_eq!(read_records(&file), records);
        }
    }
}
