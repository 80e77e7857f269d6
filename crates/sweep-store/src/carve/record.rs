//! Records, the form of rows in an SQLite file ("Database File Format", section 2.1). Damaged bytes give `None`, never a panic.

use rusqlite::types::Value;

/// A number of 1 to 9 bytes at the beginning of `bytes`, and how many it takes.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut number = 0u64;
    for (place, byte) in bytes.iter().take(9).enumerate() {
        if place == 8 {
            return Some((number << 8 | u64::from(*byte), 9));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, place + 1));
        }
    }
    None
}

/// The values of a record that fills `payload` to the last byte.
pub(super) fn decode(payload: &[u8]) -> Option<Vec<Value>> {
    let (header_bytes, mut place) = varint(payload)?;
    let header = payload.get(..usize::try_from(header_bytes).ok()?)?;
    let mut body = &payload[header.len()..];
    let mut values = Vec::new();
    while place < header.len() {
        let (code, length) = varint(&header[place..])?;
        place += length;
        let (bytes, rest) = body.split_at_checked(size(code)?)?;
        values.push(value(code, bytes)?);
        body = rest;
    }
    (place == header.len() && body.is_empty() && !values.is_empty()).then_some(values)
}

/// Bytes of a value with this code.
fn size(code: u64) -> Option<usize> {
    match code {
        0 | 8 | 9 => Some(0),
        1..=4 => usize::try_from(code).ok(),
        5 => Some(6),
        6 | 7 => Some(8),
        10 | 11 => None,
        _ => usize::try_from((code - 12) / 2).ok(),
    }
}

fn value(code: u64, bytes: &[u8]) -> Option<Value> {
    Some(match code {
        0 => Value::Null,
        1..=6 => Value::Integer(integer(bytes)),
        7 => {
            let number = f64::from_be_bytes(bytes.try_into().ok()?);
            // SQLite writes no number that is none.
            if number.is_nan() {
                return None;
            }
            Value::Real(number)
        }
        8 => Value::Integer(0),
        9 => Value::Integer(1),
        code if code % 2 == 0 => Value::Blob(bytes.to_owned()),
        // A name of a machine with a damaged letter is still a name; what must be exact has a checksum.
        _ => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
    })
}

/// Big-endian, with a sign.
fn integer(bytes: &[u8]) -> i64 {
    let first = bytes.first().map_or(0, |byte| i64::from(byte.cast_signed()));
    bytes.iter().skip(1).fold(first, |number, byte| number << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_are_read() {
        assert_eq!(varint(&[0x05]), Some((5, 1)));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, 2)));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, 9)));
        assert_eq!(varint(&[0x80; 8]), None);
        assert_eq!(integer(&[0xff, 0xfe]), -2);
        assert_eq!(integer(&[0x01, 0x00]), 256);
    }

    #[test]
    fn a_record_must_fill_its_bytes() {
        // NULL, 1, 258, "hi", two bytes
        let record = [6, 0, 9, 2, 17, 16, 1, 2, b'h', b'i', 7, 8];
        let values = vec![
            Value::Null,
            Value::Integer(1),
            Value::Integer(258),
            Value::Text("hi".into()),
            Value::Blob(vec![7, 8]),
        ];
        assert_eq!(decode(&record), Some(values));
        assert_eq!(decode(&record[..11]), None);
        assert_eq!(decode(&[&record[..], &[0]].concat()), None);
        for length in 0..record.len() {
            assert_eq!(decode(&record[..length]), None);
        }
    }
}
