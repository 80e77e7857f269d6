//! The header of an `.npy` member, read without trusting it. Knows neither what an array means nor where its
//! bytes lie.

use std::io::{self, Read};

use npyz::{DType, NpyHeader, TypeChar};

/// NumPy's own limit (`max_header_size` of `numpy.lib.format`).
const MAX_HEADER_BYTES: usize = 10_000;
/// Brackets inside brackets: a plain array has two, a structured one a few more.
const MAX_NESTING: usize = 16;

/// Why a header was refused.
pub(super) enum HeaderError {
    /// The bytes could not be had.
    Io(io::Error),
    /// They are no header, or one that lies.
    Malformed(String),
}

/// Reads a header and leaves `reader` at the first byte of the data. Returns the header and its length in
/// bytes.
///
/// npyz allocates what a header claims to be long, recurses as deep as it is nested, and multiplies its shape
/// without looking; so its text is judged before npyz sees it.
pub(super) fn read(reader: &mut impl Read) -> Result<(NpyHeader, u64), HeaderError> {
    let mut bytes = vec![0; 10];
    reader.read_exact(&mut bytes).map_err(too_short)?;
    if &bytes[..6] != b"\x93NUMPY" {
        return Err(malformed("it does not begin with the mark of a NumPy array"));
    }
    let length = match (bytes[6], bytes[7]) {
        (1, 0) => usize::from(u16::from_le_bytes([bytes[8], bytes[9]])),
        (2 | 3, 0) => {
            bytes.resize(12, 0);
            reader.read_exact(&mut bytes[10..]).map_err(too_short)?;
            u32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]) as usize
        }
        (major, minor) => return Err(malformed(format!("unknown format version {major}.{minor}"))),
    };
    if length > MAX_HEADER_BYTES {
        return Err(malformed(format!("its header claims {length} bytes; NumPy allows {MAX_HEADER_BYTES}")));
    }
    let start = bytes.len();
    bytes.resize(start + length, 0);
    reader.read_exact(&mut bytes[start..]).map_err(too_short)?;
    judge(&bytes[start..])?;
    let header =
        NpyHeader::from_reader(&bytes[..]).map_err(|error| malformed(format!("bad header: {error}")))?;
    Ok((header, bytes.len() as u64))
}

/// Refuses text whose shape would overflow, or whose nesting would exhaust the stack.
///
/// The product of all numbers in the text bounds every product that npyz forms of its shape. A digit before a
/// letter or an underscore (`0x10`, `1_000`) would hide a number from this count; NumPy writes none outside
/// of field names.
fn judge(text: &[u8]) -> Result<(), HeaderError> {
    let (mut depth, mut product, mut number) = (0usize, 1u64, None::<u64>);
    for byte in text.iter().copied().chain([b' ']) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(malformed("its header is nested too deeply"));
        }
        if byte.is_ascii_digit() {
            let digit = u64::from(byte - b'0');
            let longer = number.unwrap_or(0).checked_mul(10).and_then(|tens| tens.checked_add(digit));
            number = Some(longer.ok_or_else(too_large)?);
        } else if let Some(value) = number.take() {
            if byte.is_ascii_alphabetic() || byte == b'_' {
                return Err(malformed("its header holds a number that NumPy would not write"));
            }
            product = product.checked_mul(value.max(1)).ok_or_else(too_large)?;
        }
    }
    Ok(())
}

fn too_large() -> HeaderError {
    malformed("its header claims more values than 64 bits can count")
}

fn malformed(reason: impl Into<String>) -> HeaderError {
    HeaderError::Malformed(reason.into())
}

fn too_short(error: io::Error) -> HeaderError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => malformed("it ends within its header"),
        _ => HeaderError::Io(error),
    }
}

/// The type of an array's values, as messages name it: `float64`, `Python objects (pickled)`.
pub(super) fn type_name(dtype: &DType) -> String {
    let DType::Plain(plain) = dtype else { return "a structured type".to_owned() };
    let bits = plain.size_field().saturating_mul(8);
    match plain.type_char() {
        TypeChar::Bool => "bool".to_owned(),
        TypeChar::Int => format!("int{bits}"),
        TypeChar::Uint => format!("uint{bits}"),
        TypeChar::Float => format!("float{bits}"),
        TypeChar::Complex => format!("complex{bits}"),
        TypeChar::ByteStr | TypeChar::UnicodeStr => "text".to_owned(),
        TypeChar::DateTime | TypeChar::TimeDelta => "dates or times".to_owned(),
        TypeChar::Object => "Python objects (pickled)".to_owned(),
        _ => format!("type {plain}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend(text.as_bytes());
        match read(&mut &bytes[..]) {
            Err(HeaderError::Malformed(reason)) => reason,
            Err(HeaderError::Io(error)) => panic!("{error}"),
            Ok((header, _)) => panic!("accepted {:?}", header.shape()),
        }
    }

    #[test]
    fn hostile_headers_are_refused_before_they_are_parsed() {
        let dict = |shape: &str| format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}\n");
        for shape in ["(4294967296, 4294967296, 2)", "(0, 9223372036854775807, 9)", "(99999999999999999999,)"]
        {
            assert_eq!(reason(&dict(shape)), "its header claims more values than 64 bits can count");
        }
        for shape in ["(0xffffffffffffffff, 0xffffffffffffffff)", "(1_000, 2)", "(1e9,)"] {
            assert_eq!(reason(&dict(shape)), "its header holds a number that NumPy would not write");
        }
        assert_eq!(reason(&"(".repeat(9000)), "its header is nested too deeply");
        assert_eq!(reason(&" ".repeat(20_000)), "its header claims 20000 bytes; NumPy allows 10000");
        assert!(reason("{'descr': '<f8'}").starts_with("bad header: dict is missing key"));
        assert!(reason("import os").starts_with("bad header: could not parse"));
        assert!(reason(&dict("(-1, 2)")).starts_with("bad header: dimension cannot be negative"));
    }

    #[test]
    fn a_long_claim_without_bytes_allocates_nothing() {
        let bytes = b"\x93NUMPY\x02\x00\xff\xff\xff\xff{";
        let Err(HeaderError::Malformed(reason)) = read(&mut &bytes[..]) else { panic!() };
        assert_eq!(reason, "its header claims 4294967295 bytes; NumPy allows 10000");
    }

    #[test]
    fn names_of_types() {
        for (descr, name) in
            [("<f8", "float64"), (">i2", "int16"), ("|O", "Python objects (pickled)"), ("<U3", "text")]
        {
            assert_eq!(type_name(&DType::Plain(descr.parse().unwrap())), name);
        }
    }
}
