//! DATASUM and CHECKSUM (FITS standard 4.0, appendix J): the ones' complement sums of the 32-bit words of the data unit
//! and of the whole HDU.

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

/// Whether a header states a sum that can be held against what is read.
pub(crate) fn is_stated(header: &Header) -> bool {
    stated(header).is_some() || has_checksum(header)
}

/// Whether CHECKSUM stands there and is not blank (blank: undefined).
pub(crate) fn has_checksum(header: &Header) -> bool {
    header.text("CHECKSUM").is_some_and(|text| !text.is_empty())
}

/// The ones' complement sum of bytes by 32-bit words.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DataSum {
    sum: u64,
    /// Bytes so far: which byte of a word comes next.
    bytes: u64,
}

impl DataSum {
    /// Adds the bytes that follow those before.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let open = (self.bytes.wrapping_neg() % 4).min(bytes.len() as u64) as usize;
        let (first, rest) = bytes.split_at(open);
        for (index, byte) in first.iter().enumerate() {
            self.sum += u64::from(*byte) << (8 * (3 - (self.bytes + index as u64) % 4));
        }
        let words = rest.chunks_exact(4);
        let mut last = [0; 4];
        last[..words.remainder().len()].copy_from_slice(words.remainder());
        let word = |word: &[u8]| u64::from(u32::from_be_bytes([word[0], word[1], word[2], word[3]]));
        self.sum += words.map(word).sum::<u64>() + word(&last);
        self.bytes += bytes.len() as u64;
        self.sum = (self.sum & 0xffff_ffff) + (self.sum >> 32);
    }

    /// Bytes that were added.
    pub(crate) const fn bytes(self) -> u64 {
        self.bytes
    }

    /// Adds the sum of bytes that begin with a whole word.
    pub(crate) const fn merge(&mut self, other: Self) {
        self.sum += other.folded();
        self.bytes += other.bytes;
    }

    /// The sum in 32 bits.
    pub(crate) const fn folded(mut self) -> u64 {
        while self.sum >> 32 != 0 {
            self.sum = (self.sum & 0xffff_ffff) + (self.sum >> 32);
        }
        self.sum
    }

    /// Refuses another sum than that of DATASUM.
    pub(crate) const fn compare(self, expected: u64) -> Result<(), FitsErrorKind> {
        let found = self.folded();
        if found == expected { Ok(()) } else { Err(FitsErrorKind::Checksum { expected, found }) }
    }

    /// Refuses an HDU whose sum is not all ones (or zero, the same number in ones' complement).
    pub(crate) const fn compare_whole(self) -> Result<(), FitsErrorKind> {
        match self.folded() {
            0 | 0xffff_ffff => Ok(()),
            found => Err(FitsErrorKind::HduChecksum { found }),
        }
    }
}
