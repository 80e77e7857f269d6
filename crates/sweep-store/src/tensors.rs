//! The tensors of weights files, as far as a comparison needs them: a file's metadata may differ where its weights do not.

use serde_json::{Map, Value};

/// Whether two safetensors files hold the same tensors, bit for bit, whatever their metadata say; `None` if one of them is
/// no such file.
pub(crate) fn same_tensors(one: &[u8], other: &[u8]) -> Option<bool> {
    Some(tensors(one)? == tensors(other)?)
}

/// Names, types, shapes and places of the tensors, and their bytes: a length of 8 bytes, a JSON header as long, then the values.
fn tensors(file: &[u8]) -> Option<(Map<String, Value>, &[u8])> {
    let (length, rest) = file.split_first_chunk::<8>()?;
    let (header, values) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let mut header: Map<String, Value> = serde_json::from_slice(header).ok()?;
    header.remove("__metadata__");
    Some((header, values))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A file of one tensor of bytes, with metadata.
    pub(crate) fn file(metadata: &str, values: &[u8]) -> Vec<u8> {
        let length = values.len();
        let header = format!(
            r#"{{"__metadata__":{{"sweep":"{metadata}"}},"w":{{"dtype":"U8","shape":[{length}],"data_offsets":[0,{length}]}}}}"#
        );
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), values].concat()
    }

    #[test]
    fn metadata_do_not_count_and_values_do() {
        assert_eq!(same_tensors(&file("old", &[1, 2]), &file("new and longer", &[1, 2])), Some(true));
        assert_eq!(same_tensors(&file("old", &[1, 2]), &file("old", &[1, 3])), Some(false));
        assert_eq!(same_tensors(&file("old", &[1, 2]), &file("old", &[1, 2, 3])), Some(false));
    }

    #[test]
    fn what_is_no_file_of_tensors_cannot_be_compared() {
        let whole = file("", &[1]);
        for broken in [&b""[..], b"1234567", &u64::MAX.to_le_bytes(), &whole[..20], b"\x02\0\0\0\0\0\0\0[]"] {
            assert_eq!(same_tensors(broken, &whole), None);
            assert_eq!(same_tensors(&whole, broken), None);
        }
    }
}
