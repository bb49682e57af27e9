//! DATASUM (FITS standard 4.0, appendix J): the ones' complement sum of the data unit's 32-bit words.

use sky_image::{CardValue, Header};

use crate::FitsErrorKind;

/// DATASUM as written: a string of digits, empty where it is undefined.
pub(crate) fn stated(header: &Header) -> Option<u64> {
    match header.get("DATASUM")? {
        CardValue::Text(digits) => digits.trim().parse().ok(),
        CardValue::Integer(value) => u64::try_from(*value).ok(),
        _ => None,
    }
}

/// Refuses a whole data unit that does not have the sum that its header states.
pub(crate) fn verify(header: &Header, data: &[u8]) -> Result<(), FitsErrorKind> {
    let Some(expected) = stated(header) else { return Ok(()) };
    let mut sum = DataSum::default();
    sum.add(data);
    sum.compare(expected)
}

/// Adds bytes to a sum. All pieces but the last must be whole words.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DataSum(u64);

impl DataSum {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let words = bytes.chunks_exact(4);
        let mut last = [0; 4];
        last[..words.remainder().len()].copy_from_slice(words.remainder());
        let word = |word: &[u8]| u64::from(u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
        self.0 += words.map(word).sum::<u64>() + word(&last);
        self.0 = (self.0 & 0xffff_ffff) + (self.0 >> 32);
    }

    /// Refuses another sum than the expected one.
    pub(crate) const fn compare(mut self, expected: u64) -> Result<(), FitsErrorKind> {
        while self.0 >> 32 != 0 {
            self.0 = (self.0 & 0xffff_ffff) + (self.0 >> 32);
        }
        if self.0 == expected { Ok(()) } else { Err(FitsErrorKind::Checksum { expected, found: self.0 }) }
    }
}
