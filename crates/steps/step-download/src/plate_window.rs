//! A window cut out of a whole plate: its rows as they stand in the file, nothing resampled, nothing held in memory but one row.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use sky_coords::{PixelPos, SkyPos};
use sky_fits::{FitsErrorKind, HduKind, Packing};
use sky_wcs::Wcs;

use crate::error::DownloadError;

/// FITS cards and blocks, bytes.
const CARD: usize = 80;
const BLOCK: u64 = 2880;

/// A plate whose header was read.
#[derive(Clone, Debug)]
pub(crate) struct Plate {
    path: PathBuf,
    wcs: Wcs,
    data_offset: u64,
    bytes_per_px: usize,
    width_px: usize,
    height_px: usize,
}

/// Columns and rows of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    left: usize,
    bottom: usize,
    width: usize,
    height: usize,
}

impl Plate {
    /// Reads the header of a plate; its primary HDU must be an image with world coordinates.
    pub(crate) fn open(path: &Path) -> Result<Self, DownloadError> {
        let hdus = sky_fits::read_header(path).map_err(|error| match error.kind {
            FitsErrorKind::Io(error) => DownloadError::Read(error),
            FitsErrorKind::Truncated { .. } => {
                DownloadError::Damaged { kind: "truncated", message: error.kind.to_string() }
            }
            kind => DownloadError::Damaged { kind: "not_fits", message: kind.to_string() },
        })?;
        let no_image = || {
            DownloadError::unprocessable(
                "no_image",
                "the first HDU of the plate holds no plain two-dimensional image".to_owned(),
            )
        };
        let hdu = hdus.first().ok_or_else(no_image)?;
        let HduKind::Image { bitpix, .. } = hdu.kind else { return Err(no_image()) };
        let (width, height) = hdu.kind.image_size().ok_or_else(no_image)?;
        let wcs = Wcs::from_header(&hdu.header).map_err(|error| {
            DownloadError::unprocessable(
                "no_wcs",
                format!("neither astrometric solution of the plate can be used: {error}"),
            )
        })?;
        Ok(Self {
            path: path.to_owned(),
            wcs,
            data_offset: hdu.data_offset,
            bytes_per_px: (bitpix.unsigned_abs() / 8) as usize,
            width_px: width as usize,
            height_px: height as usize,
        })
    }

    /// Distance of a position from the nearest edge of the plate, pixels; `None` outside.
    pub(crate) fn margin_px(&self, centre: SkyPos) -> Option<f64> {
        let pixel = self.wcs.pixel_from_sky(centre)?;
        let margin = |at: f64, size: usize| (at + 0.5).min(size as f64 - 0.5 - at);
        let nearest = margin(pixel.x_px, self.width_px).min(margin(pixel.y_px, self.height_px));
        (nearest >= 0.0).then_some(nearest)
    }

    /// Writes the window around a position, shortened at the edges of the plate, as a FITS file. False where the plate does not show the position.
    pub(crate) fn cut(
        &self,
        centre: SkyPos,
        width_arcmin: f64,
        height_arcmin: f64,
        to: &Path,
    ) -> Result<bool, DownloadError> {
        if self.margin_px(centre).is_none() {
            return Ok(false);
        }
        let Some(pixel) = self.wcs.pixel_from_sky(centre) else { return Ok(false) };
        let window = self.window(pixel, width_arcmin, height_arcmin);
        self.write(window, to).map_err(DownloadError::Read)?;
        Ok(true)
    }

    fn window(&self, centre: PixelPos, width_arcmin: f64, height_arcmin: f64) -> Window {
        let scale_arcsec = self.wcs.pixel_scale_arcsec_at(centre);
        let span = |at: f64, size_arcmin: f64, size_px: usize| {
            let half = size_arcmin * 60.0 / scale_arcsec / 2.0;
            let first = (at - half).round().max(0.0) as usize;
            let last = ((at + half).round().max(0.0) as usize).min(size_px - 1);
            (first.min(last), last - first.min(last) + 1)
        };
        let (left, width) = span(centre.x_px, width_arcmin, self.width_px);
        let (bottom, height) = span(centre.y_px, height_arcmin, self.height_px);
        Window { left, bottom, width, height }
    }

    fn write(&self, window: Window, to: &Path) -> io::Result<()> {
        let mut out = BufWriter::new(File::create(to)?);
        let mut header = vec![0; self.data_offset as usize];
        read_from(&self.path, 0)?.read_exact(&mut header)?;
        out.write_all(&windowed_header(&header, window))?;
        let row_bytes = self.width_px * self.bytes_per_px;
        let first_byte = self.data_offset + (window.bottom * row_bytes) as u64;
        let mut rows = read_from(&self.path, first_byte)?;
        let mut row = vec![0; row_bytes];
        let columns = window.left * self.bytes_per_px..(window.left + window.width) * self.bytes_per_px;
        for _ in 0..window.height {
            rows.read_exact(&mut row)?;
            out.write_all(&row[columns.clone()])?;
        }
        let data_bytes = (window.width * window.height * self.bytes_per_px) as u64;
        io::copy(&mut io::repeat(0).take(data_bytes.next_multiple_of(BLOCK) - data_bytes), &mut out)?;
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// A reader of the (unpacked) file that begins at a byte.
pub(crate) fn read_from(path: &Path, first_byte: u64) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let packed = Packing::of_file(path)? == Some(Packing::Gzip);
    file.seek(SeekFrom::Start(if packed { 0 } else { first_byte }))?;
    if !packed {
        return Ok(Box::new(BufReader::with_capacity(1 << 20, file)));
    }
    let mut reader = flate2::read::MultiGzDecoder::new(BufReader::new(file));
    io::copy(&mut reader.by_ref().take(first_byte), &mut io::sink())?;
    Ok(Box::new(reader))
}

/// The header of the window: its size, and both astrometric solutions moved to its corner. Sums of the whole plate's data go.
fn windowed_header(header: &[u8], window: Window) -> Vec<u8> {
    let mut cards: Vec<u8> = Vec::with_capacity(header.len());
    for card in header.chunks_exact(CARD) {
        let keyword = String::from_utf8_lossy(&card[..8]).trim_end().to_owned();
        let moved = |by: f64| number(card).map(|value| replaced(card, &format!("{:?}", value + by)));
        let new = match keyword.as_str() {
            "END" => break,
            "CHECKSUM" | "DATASUM" => continue,
            "NAXIS1" => Some(replaced(card, &window.width.to_string())),
            "NAXIS2" => Some(replaced(card, &window.height.to_string())),
            "CNPIX1" => number(card).map(|value| replaced(card, &format!("{}", value + window.left as f64))),
            "CNPIX2" => number(card).map(|value| replaced(card, &format!("{}", value + window.bottom as f64))),
            "CRPIX1" => moved(-(window.left as f64)),
            "CRPIX2" => moved(-(window.bottom as f64)),
            _ => None,
        };
        cards.extend_from_slice(new.as_deref().unwrap_or(card));
    }
    cards.extend_from_slice(format!("{:<80}", "END").as_bytes());
    cards.resize(cards.len().next_multiple_of(BLOCK as usize), b' ');
    cards
}

fn number(card: &[u8]) -> Option<f64> {
    String::from_utf8_lossy(&card[10..]).split('/').next()?.trim().parse().ok()
}

/// The card with another number and its comment.
fn replaced(card: &[u8], value: &str) -> Vec<u8> {
    let comment =
        card.iter().position(|byte| *byte == b'/').map(|at| String::from_utf8_lossy(&card[at..]).into_owned());
    let keyword = String::from_utf8_lossy(&card[..8]).into_owned();
    let mut text = format!("{keyword}= {value:>20}");
    if let Some(comment) = comment {
        text.push(' ');
        text.push_str(&comment);
    }
    text.truncate(CARD);
    format!("{text:<80}").into_bytes()
}
