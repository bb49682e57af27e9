//! The head of a file: the header of its image and the first bytes of the pixels, and nothing of the rest.
//!
//! For surveys of thousands of camera frames. A gzip file is inflated no further than that.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use sky_image::Header;

use crate::card_read::{CARD_BYTES, is_end, parse_header};
use crate::hdu::BLOCK_BYTES;
use crate::hdu_read::kind_of;
use crate::source::{check_magic, is_xisf_magic};
use crate::{FitsError, FitsErrorKind, HduKind, ImageOptions, ImageReader, Limits, Packing, required_length};

/// HDUs that are looked at for an image.
const MOST_HDUS: usize = 32;
/// Rows of an XISF image that stand for its first bytes.
const XISF_ROWS: usize = 4;

/// The head of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileHead {
    /// Header of the image.
    pub header: Header,
    /// BITPIX of the image.
    pub bitpix: i64,
    /// Lengths of its axes, NAXIS1 first.
    pub axes: Vec<u64>,
    /// 0-based number of its HDU.
    pub hdu_index: usize,
    /// The first bytes of its data unit as the file has them (of an XISF file: of its first rows, decoded).
    pub first_bytes: Vec<u8>,
    /// Keywords of texts that stand without quotes, against the standard.
    pub unquoted: Vec<String>,
    /// Whether the file is shorter than its headers say. A gzip file is believed until it is read.
    pub is_short: bool,
}

/// Reads the head of an image: FITS (plain, gzip, compressed by tiles) or XISF. `bytes`: how much of the data unit.
///
/// Fails where the file is neither, a header is impossible, or there is no image. A file that ends within its pixels does not fail.
pub fn read_head(path: &Path, bytes: usize) -> Result<FileHead, FitsError> {
    let name = path.display().to_string();
    let (file, length, prefix) = open(path).map_err(|error| FitsErrorKind::Io(error).of(&name, None))?;
    if Packing::is_gzip(&prefix) {
        let inflated = BufReader::new(MultiGzDecoder::new(BufReader::new(file)));
        return Stream { reader: Inflated(inflated), position: 0, length: None, name }.image(bytes);
    }
    check_magic(&prefix, &name)?;
    if is_xisf_magic(&prefix) {
        return of_xisf(path);
    }
    Stream { reader: Plain(BufReader::new(file)), position: 0, length: Some(length), name }.image(bytes)
}

fn open(path: &Path) -> std::io::Result<(File, u64, Vec<u8>)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut prefix = Vec::new();
    (&mut file).take(60).read_to_end(&mut prefix)?;
    file.seek(SeekFrom::Start(0))?;
    Ok((file, length, prefix))
}

fn of_xisf(path: &Path) -> Result<FileHead, FitsError> {
    let reader = ImageReader::open_with(path, &ImageOptions { plane: Some(0), ..ImageOptions::default() })?;
    let (height, width) = reader.shape();
    let first = reader.read_raw_rectangle(0..height.min(XISF_ROWS), 0..width)?;
    let values = first.to_f32(&reader.scaling());
    let mut axes = vec![width as u64, height as u64];
    if reader.planes() > 1 {
        axes.push(reader.planes() as u64);
    }
    Ok(FileHead {
        header: reader.header().clone(),
        bitpix: reader.bitpix(),
        axes,
        hdu_index: reader.hdu_index(),
        first_bytes: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        unquoted: Vec::new(),
        is_short: false,
    })
}

/// Bytes in order, some of which are passed over.
trait Forward: Read {
    fn pass(&mut self, bytes: u64) -> std::io::Result<()>;
}

struct Plain(BufReader<File>);
struct Inflated(BufReader<MultiGzDecoder<BufReader<File>>>);

impl Read for Plain {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Forward for Plain {
    fn pass(&mut self, bytes: u64) -> std::io::Result<()> {
        self.0.seek_relative(i64::try_from(bytes).unwrap_or(i64::MAX))
    }
}

impl Read for Inflated {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Forward for Inflated {
    fn pass(&mut self, bytes: u64) -> std::io::Result<()> {
        std::io::copy(&mut self.0.by_ref().take(bytes), &mut std::io::sink()).map(|_| ())
    }
}

struct Stream<R> {
    reader: R,
    position: u64,
    length: Option<u64>,
    name: String,
}

impl<R: Forward> Stream<R> {
    fn image(mut self, bytes: usize) -> Result<FileHead, FitsError> {
        let limits = Limits::default();
        let mut found = Vec::new();
        for hdu_index in 0..MOST_HDUS {
            let hdu = self.hdu(hdu_index, bytes, &limits).map_err(|kind| kind.of(&self.name, Some(hdu_index)))?;
            match hdu {
                Some(Hdu::Image(head)) => return Ok(*head),
                Some(Hdu::Other(kind)) => found.push(kind),
                None => break,
            }
        }
        Err(FitsErrorKind::NoImage { found: found.join("; ") }.of(&self.name, None))
    }

    fn hdu(&mut self, hdu_index: usize, bytes: usize, limits: &Limits) -> Result<Option<Hdu>, FitsErrorKind> {
        let Some(cards) = self.header(hdu_index == 0, limits)? else { return Ok(None) };
        let header = parse_header(&cards)?;
        let kind = kind_of(&header, limits)?;
        let data_bytes = required_length(&header)?;
        let is_short = self.length.is_some_and(|length| self.position.saturating_add(data_bytes) > length);
        let unquoted = unquoted(&cards, &header);
        let (HduKind::Image { bitpix, axes } | HduKind::CompressedImage { bitpix, axes }) = &kind else {
            self.pass(data_bytes.next_multiple_of(BLOCK_BYTES))?;
            return Ok(Some(Hdu::Other(kind.describe())));
        };
        if axes.len() < 2 {
            self.pass(data_bytes.next_multiple_of(BLOCK_BYTES))?;
            return Ok(Some(Hdu::Other(kind.describe())));
        }
        let (bitpix, axes) = (*bitpix, axes.clone());
        let mut first_bytes = Vec::new();
        let wanted = data_bytes.min(bytes as u64);
        // A gzip file that is cut off here is told by who reads its pixels.
        let _ = (&mut self.reader).take(wanted).read_to_end(&mut first_bytes);
        Ok(Some(Hdu::Image(Box::new(FileHead { header, bitpix, axes, hdu_index, first_bytes, unquoted, is_short }))))
    }

    fn pass(&mut self, bytes: u64) -> Result<(), FitsErrorKind> {
        self.position = self.position.saturating_add(bytes);
        self.reader.pass(bytes).map_err(FitsErrorKind::Io)
    }

    /// The blocks of a header; `None` where an extension could begin and none does.
    fn header(&mut self, is_primary: bool, limits: &Limits) -> Result<Option<Vec<u8>>, FitsErrorKind> {
        let mut cards = Vec::new();
        loop {
            let mut block = Vec::new();
            (&mut self.reader).take(BLOCK_BYTES).read_to_end(&mut block).map_err(FitsErrorKind::Io)?;
            if cards.is_empty() && !is_primary && !block.starts_with(b"XTENSION") {
                return Ok(None);
            }
            if cards.is_empty() && is_primary && !block.starts_with(b"SIMPLE  =") {
                let found = crate::source::printable(&block);
                return Err(FitsErrorKind::NotFits { found });
            }
            self.position += block.len() as u64;
            let found_bytes = self.position;
            if (block.len() as u64) < BLOCK_BYTES {
                let expected_bytes = found_bytes - block.len() as u64 + BLOCK_BYTES;
                return Err(FitsErrorKind::Truncated { expected_bytes, found_bytes });
            }
            let ends = block.chunks_exact(CARD_BYTES).any(is_end);
            cards.extend_from_slice(&block);
            if ends {
                return Ok(Some(cards));
            }
            if cards.len() as u64 + BLOCK_BYTES > limits.max_header_bytes {
                let (found, limit) = (cards.len() as u64 + BLOCK_BYTES, limits.max_header_bytes);
                return Err(FitsErrorKind::TooLarge { what: "header bytes", found, limit });
            }
        }
    }
}

enum Hdu {
    Image(Box<FileHead>),
    Other(String),
}

/// Keywords whose value was taken for a text and has no quote in the card.
fn unquoted(cards: &[u8], header: &Header) -> Vec<String> {
    cards
        .chunks_exact(CARD_BYTES)
        .take_while(|card| !is_end(card))
        .filter(|card| card[8] == b'=' && !card.starts_with(b"COMMENT") && !card.starts_with(b"HISTORY"))
        .filter_map(|card| {
            let keyword = String::from_utf8_lossy(&card[..8]).trim_end().to_ascii_uppercase();
            let first = card[9..].iter().find(|byte| **byte != b' ')?;
            // A number with a decimal comma is another fault, and read as what it is.
            let is_text = header.text(&keyword).is_some() && *first != b'\'' && first.is_ascii_alphanumeric();
            let is_number =
                card[9..].iter().take_while(|byte| **byte != b'/').all(|byte| b" +-.,0123456789Ee".contains(byte));
            (is_text && !is_number).then_some(keyword)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use ndarray::Array2;

    use super::*;
    use crate::{PixelData, write_image};

    fn file(folder: &Path, name: &str, cards: &[&str]) -> std::path::PathBuf {
        let mut bytes = Vec::new();
        for card in
            ["SIMPLE  =                    T", "BITPIX  =                   16", "NAXIS   =                    2"]
                .iter()
                .chain(&["NAXIS1  =                   40", "NAXIS2  =                   30"])
                .chain(cards)
                .chain(&["END"])
        {
            bytes.extend_from_slice(format!("{card:<80}").as_bytes());
        }
        bytes.resize(bytes.len().next_multiple_of(2880), b' ');
        bytes.extend((0..40 * 30).flat_map(|i: i16| i.to_be_bytes()));
        let path = folder.join(name);
        std::fs::write(&path, &bytes).expect("written");
        path
    }

    #[test]
    fn header_first_pixels_and_texts_without_quotes_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let cards = ["OBSERVER=        Mabula Haverkamp", "EXPTIME =              6,4E-05", "FILTER  = 'L       '"];
        let path = file(folder.path(), "a.fit", &cards);
        let head = read_head(&path, 6).expect("an image");
        assert_eq!((head.axes.as_slice(), head.bitpix, head.hdu_index), (&[40, 30][..], 16, 0));
        assert_eq!(head.first_bytes, [0, 0, 0, 1, 0, 2]);
        assert_eq!(head.unquoted, ["OBSERVER"], "a number with a comma is not a text without quotes");
        assert!(!head.is_short, "padding alone is missing");
    }

    #[test]
    fn a_gzip_file_gives_the_same_head_and_a_short_one_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), "a.fit", &[]);
        let plain = read_head(&path, 100).expect("an image");
        let bytes = std::fs::read(&path).expect("read");
        let packed = folder.path().join("a.fit.gz");
        let mut encoder =
            flate2::write::GzEncoder::new(File::create(&packed).expect("a file"), flate2::Compression::fast());
        encoder.write_all(&bytes).and_then(|()| encoder.finish().map(|_| ())).expect("packed");
        assert_eq!(read_head(&packed, 100).expect("an image"), plain);
        std::fs::write(&path, &bytes[..bytes.len() - 100]).expect("cut off");
        assert!(read_head(&path, 100).expect("an image").is_short);
    }

    #[test]
    fn an_image_in_an_extension_is_found_and_no_image_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("none.fits");
        let mut empty = Vec::new();
        for card in [
            "SIMPLE  =                    T",
            "BITPIX  =                    8",
            "NAXIS   =                    0",
            "END",
        ] {
            empty.extend_from_slice(format!("{card:<80}").as_bytes());
        }
        empty.resize(2880, b' ');
        std::fs::write(&path, &empty).expect("written");
        assert!(matches!(read_head(&path, 10), Err(FitsError { kind: FitsErrorKind::NoImage { .. }, .. })));
        let mut image = Vec::new();
        let pixels = Array2::<f32>::zeros((3, 4));
        write_image(&mut image, &Header::new(), PixelData::F32(&pixels)).expect("written");
        let extension = String::from_utf8_lossy(&image[..80])
            .replace("SIMPLE  =                    T", "XTENSION= 'IMAGE   '          ");
        image.splice(..80, extension.bytes());
        std::fs::write(&path, [empty, image].concat()).expect("written");
        let head = read_head(&path, 10).expect("an image");
        assert_eq!((head.hdu_index, head.axes.as_slice()), (1, &[4, 3][..]));
    }
}
