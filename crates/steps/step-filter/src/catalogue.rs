//! The detections of a tile with everything that rules and columns ask for.

use std::path::Path;

use sky_candidates::{Extent, RuleSet};
use sky_coords::{PixelPos, SkyPos};
use sky_fits::BinTable;
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
    let (header, table) = sky_fits::ldac::read(path)?;
    let need = |name: &str| table.numbers(name).map_err(FilterError::Column);
    let integers = |name: &str| table.integers(name).map_err(FilterError::Column);
    let number = integers("NUMBER")?;
    let (x, y) = (windowed_or(&table, "XWIN_IMAGE", "X_IMAGE")?, windowed_or(&table, "YWIN_IMAGE", "Y_IMAGE")?);
    let (x_min, x_max) = (need("XMIN_IMAGE")?, need("XMAX_IMAGE")?);
    let (y_min, y_max) = (need("YMIN_IMAGE")?, need("YMAX_IMAGE")?);
    let flags = integers("FLAGS")?;
    let (snr_win, fwhm, elongation) = (need("SNR_WIN")?, need("FWHM_IMAGE")?, need("ELONGATION")?);
    let missing = || vec![f64::NAN; table.rows];
    let spread = match rule_set {
        RuleSet::Evidence => need("SPREAD_MODEL").unwrap_or_else(|_| missing()),
        RuleSet::Solano2022 | RuleSet::Calibrated => need("SPREAD_MODEL")?,
    };
    let spread_err = need("SPREADERR_MODEL").unwrap_or_else(|_| missing());
    let mag_auto = need("MAG_AUTO").unwrap_or_else(|_| missing());
    let mask_bits = integers("IMAFLAGS_ISO").unwrap_or_else(|_| {
        files.warn("no_mask_bits", "the catalogue has no IMAFLAGS_ISO: no detection counts as masked");
        vec![None; table.rows]
    });
    let ra = windowed_or(&table, "ALPHAWIN_J2000", "ALPHA_J2000").unwrap_or_else(|_| missing());
    let dec = windowed_or(&table, "DELTAWIN_J2000", "DELTA_J2000").unwrap_or_else(|_| missing());
    // Bits beyond 16 are nobody's.
    let bits = |value: Option<i64>| value.map_or(0, |value| (value & 0xffff) as u16);
    let sources = (0..table.rows)
        .map(|i| CatalogueSource {
            number: number[i].unwrap_or(i as i64 + 1),
            pixel: PixelPos::from_fits(x[i], y[i]),
            header_position: SkyPos { ra_deg: ra[i], dec_deg: dec[i] },
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
    Ok(Catalogue { header, sources })
}

fn windowed_or(table: &BinTable, windowed: &str, isophotal: &str) -> Result<Vec<f64>, FilterError> {
    table.numbers(windowed).or_else(|_| table.numbers(isophotal)).map_err(FilterError::Column)
}
