//! Walks from header to header by seeking, and believes nothing that the file cannot keep.

use std::path::Path;

use sky_image::{CardValue, Header};

use crate::card_read::{CARD_BYTES, is_end, parse_header};
use crate::checksum::{self, DataSum};
use crate::hdu::BLOCK_BYTES;
use crate::hdu_read::kind_of;
use crate::source::{Source, printable};
use crate::{FitsError, FitsErrorKind, HduInfo, Limits, required_length};

/// Keywords that decide the size of an HDU: written twice with two values, nobody knows which one counts.
const STRUCTURAL: &[&str] = &[
    "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "NAXIS1", "NAXIS2", "NAXIS3", "PCOUNT", "GCOUNT", "TFIELDS", "GROUPS",
    "BSCALE", "BZERO", "BLANK", "THEAP", "ZIMAGE", "ZBITPIX", "ZNAXIS", "ZNAXIS1", "ZNAXIS2", "ZTILE1", "ZTILE2",
    "ZCMPTYPE", "ZQUANTIZ", "ZDITHER0", "ZBLANK",
];

/// The headers of all HDUs of a file, plain or gzip, each with where its data are.
///
/// Fails where a header is impossible or the file is shorter than its headers say.
pub fn read_header(path: &Path) -> Result<Vec<HduInfo>, FitsError> {
    read_header_within(path, &Limits::default())
}

/// The same as [`read_header`] with limits of the caller.
pub fn read_header_within(path: &Path, limits: &Limits) -> Result<Vec<HduInfo>, FitsError> {
    Walker::new(Source::open(path, limits)?, *limits).all()
}

/// The same as [`read_header`] for a file in memory.
pub fn read_header_bytes(bytes: &[u8], limits: &Limits) -> Result<Vec<HduInfo>, FitsError> {
    Walker::new(Source::from_bytes(bytes, limits)?, *limits).all()
}

/// Checks that a file is as long as its headers say: every HDU complete, and after the last one nothing but zeros.
///
/// Answers the HDUs. A file that is too short fails as [`FitsErrorKind::Truncated`]; padding that is missing after the
/// last data is forgiven, no pixel is.
pub fn check_length(path: &Path) -> Result<Vec<HduInfo>, FitsError> {
    let limits = Limits::default();
    let mut walker = Walker::new(Source::open(path, &limits)?, limits);
    let hdus = walker.all_until_tail()?;
    walker.check_tail()?;
    Ok(hdus)
}

/// The same as [`check_length`] for a file in memory.
pub fn check_length_bytes(bytes: &[u8], limits: &Limits) -> Result<Vec<HduInfo>, FitsError> {
    let mut walker = Walker::new(Source::from_bytes(bytes, limits)?, *limits);
    let hdus = walker.all_until_tail()?;
    walker.check_tail()?;
    Ok(hdus)
}

/// Goes through a file HDU by HDU. A clone goes on from the same HDU by itself.
#[derive(Clone, Debug)]
pub(crate) struct Walker<'a> {
    pub(crate) source: Source<'a>,
    pub(crate) limits: Limits,
    position: u64,
    hdus: usize,
}

impl<'a> Walker<'a> {
    pub(crate) const fn new(source: Source<'a>, limits: Limits) -> Self {
        Self { source, limits, position: 0, hdus: 0 }
    }

    /// 0-based number of the HDU that [`Self::next`] answered last.
    pub(crate) const fn hdu_index(&self) -> usize {
        self.hdus.saturating_sub(1)
    }

    /// An error of this file at the present HDU.
    pub(crate) fn fail(&self, kind: FitsErrorKind) -> FitsError {
        kind.of(self.source.name(), Some(self.hdu_index()))
    }

    /// The next HDU; `None` at the end of the file or where what follows is no extension.
    pub(crate) fn next(&mut self) -> Result<Option<HduInfo>, FitsError> {
        let left = self.source.length().saturating_sub(self.position);
        if self.hdus > 0 && (left < CARD_BYTES as u64 || !self.is_extension()?) {
            return Ok(None);
        }
        if self.hdus == self.limits.max_hdus {
            let limit = self.limits.max_hdus as u64;
            return Err(self.fail(FitsErrorKind::TooLarge { what: "HDUs", found: limit + 1, limit }));
        }
        self.hdus += 1;
        let hdu = self.read_hdu().map_err(|kind| self.fail(kind))?;
        self.position = hdu.padded_end();
        Ok(Some(hdu))
    }

    /// All HDUs.
    pub(crate) fn all(mut self) -> Result<Vec<HduInfo>, FitsError> {
        self.all_until_tail()
    }

    fn all_until_tail(&mut self) -> Result<Vec<HduInfo>, FitsError> {
        let mut hdus = Vec::new();
        while let Some(hdu) = self.next()? {
            hdus.push(hdu);
        }
        Ok(hdus)
    }

    /// Walks to the end of the file: what follows must be whole HDUs, then nothing but zeros.
    pub(crate) fn finish(&mut self) -> Result<(), FitsError> {
        while self.next()?.is_some() {}
        self.check_tail()
    }

    /// Holds DATASUM and CHECKSUM of an HDU, where it has them, against its bytes; `sum` is that of the first bytes of its
    /// data, the rest is read.
    pub(crate) fn prove(&self, hdu: &HduInfo, mut sum: DataSum) -> Result<(), FitsErrorKind> {
        if !checksum::is_stated(&hdu.header) {
            return Ok(());
        }
        let end = hdu.padded_end().min(self.source.length());
        let mut buffer = vec![0; 64 * 1024];
        while hdu.data_offset + sum.bytes() < end {
            let position = hdu.data_offset + sum.bytes();
            let piece = &mut buffer[..(end - position).min(64 * 1024) as usize];
            self.source.read_at(position, piece)?;
            sum.add(piece);
        }
        if let Some(expected) = checksum::stated(&hdu.header) {
            sum.compare(expected)?;
        }
        if checksum::has_checksum(&hdu.header) {
            let mut whole = DataSum::default();
            whole.add(&self.source.read_vec(hdu.header_offset, hdu.data_offset - hdu.header_offset)?);
            whole.merge(sum);
            whole.compare_whole()?;
        }
        Ok(())
    }

    /// Refuses anything but zeros after the last HDU.
    fn check_tail(&self) -> Result<(), FitsError> {
        let (start, end) = (self.position, self.source.length());
        let mut position = start;
        let mut buffer = vec![0; 64 * 1024];
        while position < end {
            let bytes = (end - position).min(buffer.len() as u64) as usize;
            let piece = &mut buffer[..bytes];
            self.source.read_at(position, piece).map_err(|kind| self.fail(kind))?;
            if let Some(odd) = piece.iter().position(|byte| *byte != 0) {
                let found = printable(&piece[odd..]);
                return Err(self.fail(FitsErrorKind::TrailingBytes { position: start, bytes: end - start, found }));
            }
            position += bytes as u64;
        }
        Ok(())
    }

    fn is_extension(&self) -> Result<bool, FitsError> {
        let mut keyword = [0; 8];
        self.source.read_at(self.position, &mut keyword).map_err(|kind| self.fail(kind))?;
        Ok(&keyword == b"XTENSION")
    }

    fn read_hdu(&self) -> Result<HduInfo, FitsErrorKind> {
        let bytes = self.read_header_blocks()?;
        let header = parse_header(&bytes)?;
        check_order(&header, self.hdus == 1)?;
        check_duplicates(&header)?;
        let kind = kind_of(&header, &self.limits)?;
        let data_offset = self.position + bytes.len() as u64;
        let data_bytes = required_length(&header)?;
        let expected_bytes = data_offset.saturating_add(data_bytes);
        if expected_bytes > self.source.length() {
            return Err(FitsErrorKind::Truncated { expected_bytes, found_bytes: self.source.length() });
        }
        Ok(HduInfo { header, kind, header_offset: self.position, data_offset, data_bytes })
    }

    fn read_header_blocks(&self) -> Result<Vec<u8>, FitsErrorKind> {
        let mut bytes = Vec::new();
        loop {
            let position = self.position + bytes.len() as u64;
            let left = self.source.length().saturating_sub(position);
            if left < BLOCK_BYTES {
                let expected_bytes = position + BLOCK_BYTES;
                return Err(FitsErrorKind::Truncated { expected_bytes, found_bytes: self.source.length() });
            }
            if bytes.len() as u64 + BLOCK_BYTES > self.limits.max_header_bytes {
                let (found, limit) = (bytes.len() as u64 + BLOCK_BYTES, self.limits.max_header_bytes);
                return Err(FitsErrorKind::TooLarge { what: "header bytes", found, limit });
            }
            let block = self.source.read_vec(position, BLOCK_BYTES)?;
            let ends = block.chunks_exact(CARD_BYTES).any(is_end);
            bytes.extend_from_slice(&block);
            if ends {
                return Ok(bytes);
            }
        }
    }
}

fn check_order(header: &Header, is_primary: bool) -> Result<(), FitsErrorKind> {
    let expected = if is_primary { "SIMPLE" } else { "XTENSION" };
    match header.cards().first() {
        Some(card) if is_primary && card.keyword == expected && card.value != CardValue::Logical(true) => {
            Err(FitsErrorKind::header("SIMPLE", format!("{:?}", card.value), "T: a file that follows the standard"))
        }
        Some(card) if card.keyword == expected => Ok(()),
        Some(card) => Err(FitsErrorKind::header(expected, format!("{} as the first card", card.keyword), expected)),
        None => Err(FitsErrorKind::header(expected, "an empty header", expected)),
    }
}

fn check_duplicates(header: &Header) -> Result<(), FitsErrorKind> {
    for keyword in STRUCTURAL {
        let first = header.get(keyword);
        let other = header.cards().iter().find(|card| card.keyword == *keyword && Some(&card.value) != first);
        if let (Some(first), Some(other)) = (first, other) {
            let found = format!("{first:?} and again {:?}", other.value);
            return Err(FitsErrorKind::header(keyword, found, "one value"));
        }
    }
    Ok(())
}
