//! A good simulated tile and the forms in which it may come: pixel types, gzip, compressed by tiles, sealed by checksums.

use std::io::Write as _;

use fitsio_pure::checksum::encode_checksum;
use fitsio_pure::compress::{TileCompression, compress_image_hdu};
use ndarray::Array2;
use sky_coords::SkyPos;
use sky_fits::PixelData;
use sky_image::Header;
use sky_sim::{RenderParams, Scene, SceneParams};

/// FITS files are made of blocks of 2880 bytes.
pub(crate) const BLOCK: usize = 2880;
/// Bytes of a card.
pub(crate) const CARD: usize = 80;

/// A tile of 7' x 5.5': stars, grain, the header of the archive.
pub(crate) struct Tile {
    pub(crate) pixels: Array2<i16>,
    pub(crate) header: Header,
}

impl Tile {
    pub(crate) fn simulated(seed: u64) -> Result<Self, String> {
        let scene = Scene::generate(&SceneParams {
            seed,
            size_arcmin: 8.0,
            n_catalogue_stars: 150,
            brightest_mag: 12.0,
            ..SceneParams::default()
        });
        let centre = SkyPos::new(150.0, 20.0);
        let cutout = scene.cutout(centre, 7.0, 5.5, &RenderParams::default()).map_err(|error| error.to_string())?;
        Ok(Self { pixels: cutout.image.pixels.mapv(|pixel| pixel as i16), header: cutout.header })
    }

    /// As BITPIX 16 in the primary HDU.
    pub(crate) fn plain(&self) -> Result<Vec<u8>, String> {
        self.written(PixelData::I16(&self.pixels))
    }

    /// With these pixels instead.
    pub(crate) fn written(&self, pixels: PixelData<'_>) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        sky_fits::write_image(&mut bytes, &self.header, pixels).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    /// Compressed by tiles behind an empty primary HDU.
    pub(crate) fn compressed(&self, compression: &TileCompression) -> Result<Vec<u8>, String> {
        let (height, width) = self.pixels.dim();
        let pixels: Vec<i16> = self.pixels.iter().copied().collect();
        let mut file = empty_primary();
        let hdu = compress_image_hdu(&[width, height], &pixels, compression, &[]);
        file.extend(hdu.map_err(|error| format!("the compressor: {error}"))?);
        Ok(file)
    }
}

/// A primary HDU without data.
pub(crate) fn empty_primary() -> Vec<u8> {
    header_block(&[
        "SIMPLE  =                    T",
        "BITPIX  =                    8",
        "NAXIS   =                    0",
        "EXTEND  =                    T",
    ])
}

/// Cards and END in whole blocks.
pub(crate) fn header_block(cards: &[&str]) -> Vec<u8> {
    let mut bytes: Vec<u8> = cards.iter().chain(&["END"]).flat_map(|card| format!("{card:<80}").into_bytes()).collect();
    bytes.resize(bytes.len().next_multiple_of(BLOCK), b' ');
    bytes
}

/// The same bytes as gzip.
pub(crate) fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

/// First byte of the header and of the data of the last HDU.
pub(crate) fn last_hdu(file: &[u8]) -> (usize, usize) {
    let start = (0..file.len())
        .step_by(BLOCK)
        .rev()
        .find(|at| file[*at..].starts_with(b"XTENSION") || file[*at..].starts_with(b"SIMPLE  ="));
    let start = start.unwrap_or(0);
    let end = (start..file.len()).step_by(CARD).find(|at| file[*at..].starts_with(b"END     "));
    (start, (end.unwrap_or(start) + CARD).next_multiple_of(BLOCK))
}

/// The same file with DATASUM and CHECKSUM in its last HDU (FITS standard 4.0, appendix J).
pub(crate) fn sealed(file: &[u8]) -> Vec<u8> {
    let (start, data) = last_hdu(file);
    let mut body = file[data..].to_vec();
    body.resize(body.len().next_multiple_of(BLOCK), 0);
    let cards = &file[start..data];
    let end = cards.chunks(CARD).position(|card| card.starts_with(b"END     ")).unwrap_or(0) * CARD;
    let with = |checksum: &str| {
        let mut header = cards[..end].to_vec();
        header.extend(format!("{:<80}", format!("DATASUM = '{}'", ones_complement_sum(&body))).into_bytes());
        header.extend(format!("{:<80}", format!("CHECKSUM= '{checksum}'")).into_bytes());
        header.extend(format!("{:<80}", "END").into_bytes());
        header.resize(header.len().next_multiple_of(BLOCK), b' ');
        [header, body.clone()].concat()
    };
    let sum = ones_complement_sum(&with("0000000000000000"));
    let text = String::from_utf8_lossy(&encode_checksum(sum, true)).into_owned();
    [file[..start].to_vec(), with(&text)].concat()
}

fn ones_complement_sum(bytes: &[u8]) -> u32 {
    let mut sum = 0_u64;
    for word in bytes.chunks(4) {
        let mut whole = [0; 4];
        whole[..word.len()].copy_from_slice(word);
        sum += u64::from(u32::from_be_bytes(whole));
        sum = (sum & 0xffff_ffff) + (sum >> 32);
    }
    sum as u32
}
