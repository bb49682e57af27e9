//! The detections of a catalogue as candidates of the PSF.

use std::path::Path;

use sky_fits::{PIXEL_COLUMNS, PositionKind, SourceRows};
use sky_psf::PsfCandidate;
use step_harness::UnitFiles;

use crate::PsfStepError;

/// What a catalogue says.
pub(crate) struct Catalog {
    /// Its rows, in order.
    pub(crate) candidates: Vec<PsfCandidate>,
    /// SEXGAIN of the image's header.
    pub(crate) gain_e_per_adu: Option<f64>,
}

/// The columns that are read beside those of the positions.
const COLUMNS: &[&str] = &["FLUX_AUTO", "FLUX_RADIUS", "SNR_WIN", "ELONGATION", "FLAGS", "FLUX_MAX", "BACKGROUND"];

/// Reads an LDAC catalogue of ours or of SExtractor. Fails where a column is missing.
pub(crate) fn read(path: &Path, files: &mut UnitFiles) -> Result<Catalog, PsfStepError> {
    let mut rows = SourceRows::read_columns(path, &[COLUMNS, PIXEL_COLUMNS].concat())?;
    let positions = rows
        .pixels(PositionKind::Windowed)
        .map_err(|_| PsfStepError::MissingColumn("XWIN_IMAGE and YWIN_IMAGE, or X_IMAGE and Y_IMAGE".to_owned()))?;
    if let Some(warning) = rows.warning() {
        files.warn(SourceRows::WARNING, warning);
    }
    let numbers = |name: &str| numbers(&rows, name);
    let flux = numbers("FLUX_AUTO")?;
    let (radius, snr) = (numbers("FLUX_RADIUS")?, numbers("SNR_WIN")?);
    let (elongation, flags) = (numbers("ELONGATION")?, numbers("FLAGS")?);
    let (peak, background) = (numbers("FLUX_MAX")?, numbers("BACKGROUND")?);
    let candidates = positions
        .into_iter()
        .enumerate()
        .map(|(row, position)| PsfCandidate {
            position,
            flux_adu: flux[row],
            half_light_radius_px: radius[row],
            snr: snr[row],
            elongation: elongation[row],
            flags: flags[row] as u16,
            peak_adu: peak[row],
            background_adu: background[row],
        })
        .collect();
    let gain_e_per_adu = rows.header.number("SEXGAIN").filter(|gain| *gain >= 0.0);
    Ok(Catalog { candidates, gain_e_per_adu })
}

/// Numbers of a column that must be there.
fn numbers(rows: &SourceRows, name: &str) -> Result<Vec<f64>, PsfStepError> {
    if rows.table.column(name).is_err() {
        return Err(PsfStepError::MissingColumn(name.to_owned()));
    }
    rows.numbers(name).map_err(|error| PsfStepError::Frame(format!("column {name} of the catalogue: {error}")))
}
