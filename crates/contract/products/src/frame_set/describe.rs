//! What a FITS header says of a frame, for every step that writes one.

use sky_coords::{DateObs, julian_from_mjd, mjd_from_julian};
use sky_image::Header;
use sky_wcs::{Wcs, WcsError};

use super::{AstrometryFacts, PlateFacts};

/// A scan finer than this counts as high resolution: DSS1 scans come with 1.70 and with 1.01 arcsec a pixel (survey.md 6.1).
const HIRES_SCALE_ARCSEC: f64 = 1.2;
/// Seconds in a minute: plate headers give EXPOSURE in minutes, cameras give EXPTIME or EXPOSURE in seconds.
const MINUTE_S: f64 = 60.0;
/// Seconds in a day.
const DAY_S: f64 = 86_400.0;

/// World coordinates of a frame of that size, or why it has none.
pub fn describe(header: &Header, width_px: usize, height_px: usize) -> Result<AstrometryFacts, WcsError> {
    let wcs = Wcs::from_header(header)?;
    let footprint = wcs.footprint(width_px, height_px);
    Ok(AstrometryFacts {
        solution: wcs.solution().name().to_owned(),
        ra_deg: footprint.centre.ra_deg,
        dec_deg: footprint.centre.dec_deg,
        pixel_scale_arcsec: footprint.pixel_scale_arcsec,
        half_diagonal_arcmin: footprint.half_diagonal_arcsec / MINUTE_S,
        tan_vs_plate_max_arcsec: wcs.tan_vs_plate_max_arcsec(width_px, height_px),
    })
}

/// The plate or exposure of a frame. A date that cannot be read stays as `date_obs_raw` alone.
pub fn describe_plate(header: &Header, pixel_scale_arcsec: Option<f64>) -> PlateFacts {
    let text = |keyword: &str| header.text(keyword).filter(|text| !text.is_empty()).map(str::to_owned);
    let is_plate = header.get("AMDX1").is_some() || header.get("PLTSCALE").is_some();
    let exposure_s = if is_plate {
        header.number("EXPOSURE").map(|minutes| minutes * MINUTE_S)
    } else {
        header.number("EXPTIME").or_else(|| header.number("EXPOSURE"))
    }
    .filter(|exposure| exposure.is_finite() && *exposure >= 0.0);
    let date_obs_raw = text("DATE-OBS");
    let date = date_obs_raw
        .as_deref()
        .and_then(|raw| DateObs::parse_with_time(raw, header.text("TIME-OBS").or_else(|| header.text("UT"))).ok());
    let mjd_mid = date.as_ref().map(|date| match epoch_card(header, date) {
        Some(epoch_yr) => mjd_from_julian(epoch_yr),
        None => date.mjd + exposure_s.unwrap_or(0.0) / 2.0 / DAY_S,
    });
    PlateFacts {
        plate_id: text("REGION"),
        plate_label: text("PLATEID").or_else(|| text("PLTLABEL")),
        scan_number: text("SCANNUM").or_else(|| header.integer("SCANNUM").map(|number| format!("{number:02}"))),
        survey: text("SURVEY"),
        date_obs: date.as_ref().map(|date| date.normalised.clone()),
        date_obs_corrected: date.as_ref().map(|date| date.corrected),
        epoch_yr: mjd_mid.map(julian_from_mjd),
        mjd_mid,
        date_obs_raw,
        exposure_s,
        hires: pixel_scale_arcsec.map(|scale| scale < HIRES_SCALE_ARCSEC),
    }
}

/// The fraction of the year in EPOCH, where DATE-OBS gives the day only and both name the same year.
fn epoch_card(header: &Header, date: &DateObs) -> Option<f64> {
    let epoch_yr = header.number("EPOCH")?;
    (!date.has_time && epoch_yr.fract() != 0.0 && (epoch_yr - date.epoch_yr).abs() < 1.0).then_some(epoch_yr)
}
