//! DATASUM (FITS standard 4.0, appendix J): the ones' complement sum of the data unit's 32-bit words.

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

    pub(crate) const fn value(mut self) -> u64 {
        while self.0 >> 32 != 0 {
            self.0 = (self.0 & 0xffff_ffff) + (self.0 >> 32);
        }
        self.0
    }
}
