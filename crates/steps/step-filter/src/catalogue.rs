//! The detections of a tile with everything that rules and columns ask for.

use std::path::Path;

use sky_candidates::{Extent, RuleSet};
use sky_coords::{PixelPos, SkyPos};
use sky_fits::{PositionKind, SourceRows};
use sky_image::Header;
use step_harness::UnitFiles;

use crate::FilterError;

/// A source catalogue.
#[derive(Clone, Debug)]
pub(crate) struct Catalogue {
    /// Header of the image.
    pub(crate) header: Header,
    /// One entry a row.
    pub(crate) sources: Vec<CatalogueSource>,
}

/// One row of a source catalogue; missing numbers are NaN.
#[derive(Clone, Debug)]
pub(crate) struct CatalogueSource {
    pub(crate) number: i64,
    pub(crate) pixel: PixelPos,
    pub(crate) header_position: SkyPos,
    pub(crate) flags: u16,
    pub(crate) mask_bits: u16,
    pub(crate) snr_win: f64,
    pub(crate) fwhm_px: f64,
    pub(crate) elongation: f64,
    pub(crate) spread_model: f64,
    pub(crate) spread_model_err: f64,
    pub(crate) mag_auto: f64,
    pub(crate) extent: Extent,
}

/// Reads a FITS_LDAC catalogue. A column that a rule needs must be there; SPREAD_MODEL is one for the rule sets that cut on it.
pub(crate) fn read(path: &Path, rule_set: RuleSet, files: &mut UnitFiles) -> Result<Catalogue, FilterError> {
    let mut rows = SourceRows::read(path)?;
    let pixels = rows.pixels(PositionKind::Windowed).map_err(FilterError::Column)?;
    let no_place = || vec![SkyPos { ra_deg: f64::NAN, dec_deg: f64::NAN }; pixels.len()];
    let sky = rows.sky(PositionKind::Windowed).unwrap_or_else(|_| no_place());
    if let Some(warning) = rows.warning() {
        files.warn(SourceRows::WARNING, warning);
    }
    let need = |name: &str| rows.numbers(name).map_err(FilterError::Column);
    let integers = |name: &str| rows.integers(name).map_err(FilterError::Column);
    let number = rows.ids().map_err(FilterError::Column)?;
    let (x_min, x_max) = (need("XMIN_IMAGE")?, need("XMAX_IMAGE")?);
    let (y_min, y_max) = (need("YMIN_IMAGE")?, need("YMAX_IMAGE")?);
    let flags = integers("FLAGS")?;
    let (snr_win, fwhm, elongation) = (need("SNR_WIN")?, need("FWHM_IMAGE")?, need("ELONGATION")?);
    let spread = match rule_set {
        RuleSet::Evidence => rows.numbers_or_missing("SPREAD_MODEL"),
        RuleSet::Solano2022 | RuleSet::Calibrated => need("SPREAD_MODEL")?,
    };
    let spread_err = rows.numbers_or_missing("SPREADERR_MODEL");
    let mag_auto = rows.numbers_or_missing("MAG_AUTO");
    let mask_bits = integers("IMAFLAGS_ISO").unwrap_or_else(|_| {
        files.warn("no_mask_bits", "the catalogue has no IMAFLAGS_ISO: no detection counts as masked");
        vec![None; rows.len()]
    });
    // Bits beyond 16 are nobody's.
    let bits = |value: Option<i64>| value.map_or(0, |value| (value & 0xffff) as u16);
    let sources = (0..rows.len())
        .map(|i| CatalogueSource {
            number: number[i],
            pixel: pixels[i],
            header_position: sky[i],
            flags: bits(flags[i]),
            mask_bits: bits(mask_bits[i]),
            snr_win: snr_win[i],
            fwhm_px: fwhm[i],
            elongation: elongation[i],
            spread_model: spread[i],
            spread_model_err: spread_err[i],
            mag_auto: mag_auto[i],
            extent: Extent { x_px: x_max[i] - x_min[i], y_px: y_max[i] - y_min[i] },
        })
        .collect();
    Ok(Catalogue { header: rows.header, sources })
}
