//! The detections of a catalogue as candidates of the PSF.

use std::path::Path;

use sky_coords::PixelPos;
use sky_fits::{BinTable, ldac};
use sky_psf::PsfCandidate;

use crate::PsfStepError;

/// What a catalogue says.
pub(crate) struct Catalog {
    /// Its rows, in order.
    pub(crate) candidates: Vec<PsfCandidate>,
    /// SEXGAIN of the image's header.
    pub(crate) gain_e_per_adu: Option<f64>,
}

/// The columns that are read.
const COLUMNS: &[&str] = &[
    "XWIN_IMAGE",
    "YWIN_IMAGE",
    "X_IMAGE",
    "Y_IMAGE",
    "FLUX_AUTO",
    "FLUX_RADIUS",
    "SNR_WIN",
    "ELONGATION",
    "FLAGS",
    "FLUX_MAX",
    "BACKGROUND",
];

/// Reads an LDAC catalogue of ours or of SExtractor. Fails where a column is missing.
pub(crate) fn read(path: &Path) -> Result<Catalog, PsfStepError> {
    let (header, table) = ldac::read_columns(path, COLUMNS)?;
    let numbers = |names: &[&str]| first_of(&table, names);
    let (x, y) = (numbers(&["XWIN_IMAGE", "X_IMAGE"])?, numbers(&["YWIN_IMAGE", "Y_IMAGE"])?);
    let flux = numbers(&["FLUX_AUTO"])?;
    let (radius, snr) = (numbers(&["FLUX_RADIUS"])?, numbers(&["SNR_WIN"])?);
    let (elongation, flags) = (numbers(&["ELONGATION"])?, numbers(&["FLAGS"])?);
    let (peak, background) = (numbers(&["FLUX_MAX"])?, numbers(&["BACKGROUND"])?);
    let candidates = (0..x.len())
        .map(|row| PsfCandidate {
            position: PixelPos::from_fits(x[row], y[row]),
            flux_adu: flux[row],
            half_light_radius_px: radius[row],
            snr: snr[row],
            elongation: elongation[row],
            flags: flags[row] as u16,
            peak_adu: peak[row],
            background_adu: background[row],
        })
        .collect();
    let gain_e_per_adu = header.number("SEXGAIN").filter(|gain| *gain >= 0.0);
    Ok(Catalog { candidates, gain_e_per_adu })
}

/// Numbers of the first of these columns that the table has.
fn first_of(table: &BinTable, names: &[&str]) -> Result<Vec<f64>, PsfStepError> {
    let name = names
        .iter()
        .find(|name| table.column(name).is_ok())
        .ok_or_else(|| PsfStepError::MissingColumn(names.join(" or ")))?;
    table.numbers(name).map_err(|error| PsfStepError::Frame(format!("column {name} of the catalogue: {error}")))
}
