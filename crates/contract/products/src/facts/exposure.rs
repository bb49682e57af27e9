//! The exposure of a frame: when and how long as its header says, of what, and through what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_coords::{DateObs, julian_from_mjd, mjd_from_julian};
use sky_image::Header;

use super::plate::is_plate;
use super::value_source::ValueSources;

/// Seconds in a minute: plate headers give EXPOSURE in minutes, cameras give EXPTIME or EXPOSURE in seconds.
const MINUTE_S: f64 = 60.0;
/// Seconds in a day.
const DAY_S: f64 = 86_400.0;

/// The exposure of a frame. Dates are those of its header; what is known of their accuracy, and the night, is in
/// [`super::TimeFacts`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExposureFacts {
    /// DATE-OBS as it stands in the header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_obs_raw: Option<String>,
    /// The same normalised, ISO 8601, UT start of exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_obs: Option<String>,
    /// Whether the raw text had minutes or hours to carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_obs_corrected: Option<bool>,
    /// Julian epoch of mid-exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch_yr: Option<f64>,
    /// Modified Julian date of mid-exposure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mjd_mid: Option<f64>,
    /// Time that the shutter was open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exposure_s: Option<f64>,
    /// Filter (FILTER, never FWHEEL, which names the wheel).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// What was observed (OBJECT), without the panel of a mosaic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Panel of a mosaic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panel: Option<String>,
    /// Right ascension that the mount reported, ICRS: a hint, not a solution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointing_ra_deg: Option<f64>,
    /// Declination that the mount reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointing_dec_deg: Option<f64>,
    /// Telescope (TELESCOP).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telescope: Option<String>,
    /// Focal length as the header says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focal_length_mm: Option<f64>,
    /// Focal ratio as the header says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub focal_ratio: Option<f64>,
    /// Aperture as the header says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aperture_mm: Option<f64>,
    /// Latitude of the site, north positive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_latitude_deg: Option<f64>,
    /// Longitude of the site, east positive, -180 to 180.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_longitude_deg: Option<f64>,
    /// Height of the site above sea level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_elevation_m: Option<f64>,
    /// Program that took the frame (SWCREATE, CREATOR, PROGRAM).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software: Option<String>,
    /// Where values came from that are not from the header.
    #[serde(default, skip_serializing_if = "ValueSources::is_empty")]
    pub sources: ValueSources,
}

impl ExposureFacts {
    /// Date and duration as a FITS header gives them; the other members are those of ingest. A date that cannot be read stays as
    /// `date_obs_raw` alone. The duration is in minutes in the header of a scanned plate, in seconds else.
    pub fn of_header(header: &Header) -> Self {
        let exposure_s = if is_plate(header) {
            header.number("EXPOSURE").map(|minutes| minutes * MINUTE_S)
        } else {
            header.number("EXPTIME").or_else(|| header.number("EXPOSURE"))
        }
        .filter(|exposure| exposure.is_finite() && *exposure >= 0.0);
        let date_obs_raw = header.text("DATE-OBS").filter(|text| !text.is_empty()).map(str::to_owned);
        let date = date_obs_raw
            .as_deref()
            .and_then(|raw| DateObs::parse_with_time(raw, header.text("TIME-OBS").or_else(|| header.text("UT"))).ok());
        let mjd_mid = date.as_ref().map(|date| match epoch_card(header, date) {
            Some(epoch_yr) => mjd_from_julian(epoch_yr),
            None => date.mjd + exposure_s.unwrap_or(0.0) / 2.0 / DAY_S,
        });
        Self {
            date_obs: date.as_ref().map(|date| date.normalised.clone()),
            date_obs_corrected: date.as_ref().map(|date| date.corrected),
            epoch_yr: mjd_mid.map(julian_from_mjd),
            mjd_mid,
            date_obs_raw,
            exposure_s,
            ..Self::default()
        }
    }

    /// The same with the date and duration of the file's primary header where its own has no date: an extension without one was
    /// exposed when its file says.
    #[must_use]
    pub fn or_of_primary(self, primary: &Header) -> Self {
        if self.date_obs_raw.is_some() { self } else { Self::of_header(primary) }
    }
}

/// The fraction of the year in EPOCH, where DATE-OBS gives the day only and both name the same year.
fn epoch_card(header: &Header, date: &DateObs) -> Option<f64> {
    let epoch_yr = header.number("EPOCH")?;
    (!date.has_time && epoch_yr.fract() != 0.0 && (epoch_yr - date.epoch_yr).abs() < 1.0).then_some(epoch_yr)
}
