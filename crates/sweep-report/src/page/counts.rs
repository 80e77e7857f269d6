//! Curves as text that is short: whole numbers, each as its difference from the one before, in the digits of base64url. The script of the
//! page reads it again.

/// The digits of base64url (RFC 4648, section 5).
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `counts` in as many digits as they need: of each difference the sign in the lowest bit, then five bits a digit, the lowest first; a
/// digit of 32 or more is followed by another one. So differences from -15 to 15 take one digit. (The form of source maps, revision 3.)
pub(super) fn encoded(counts: impl IntoIterator<Item = u32>) -> String {
    let mut text = String::new();
    let mut before = 0;
    for count in counts {
        let difference = i64::from(count) - before;
        before = i64::from(count);
        let mut rest = difference.unsigned_abs() << 1 | u64::from(difference < 0);
        loop {
            let digit = (rest & 31) as usize;
            rest >>= 5;
            let is_last = rest == 0;
            text.push(char::from(DIGITS[if is_last { digit } else { digit | 32 }]));
            if is_last {
                break;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As the script does it.
    fn decoded(text: &str) -> Vec<u32> {
        let (mut counts, mut count, mut rest, mut shift) = (Vec::new(), 0_i64, 0_u64, 0);
        for byte in text.bytes() {
            let digit = DIGITS.iter().position(|digit| *digit == byte).unwrap() as u64;
            rest |= (digit & 31) << shift;
            shift += 5;
            if digit < 32 {
                let size = (rest >> 1) as i64;
                count += if rest & 1 == 1 { -size } else { size };
                counts.push(u32::try_from(count).unwrap());
                (rest, shift) = (0, 0);
            }
        }
        counts
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(counts in prop::collection::vec(any::<u32>(), 0..50)) {
            prop_assert_eq!(decoded(&encoded(counts.iter().copied())), counts);
        }
    }

    #[test]
    fn neighbours_take_a_digit_each() {
        assert_eq!(encoded([0, 15, 0, 1]).len(), 4);
        assert_eq!(encoded([16]), "gB");
    }
}
