//! The celestial frame in header cards (FITS standard 4.0, 8.3).

use sky_coords::{CelestialFrame, DateObs, julian_from_mjd, mjd_from_julian};
use sky_image::{CardValue, Header};

use crate::cards::{shown, text};
use crate::error::WcsError;

/// An equinox before this year without RADESYS is one of the FK4 (FITS standard 4.0, table 24).
const FK5_BEGINS_YR: f64 = 1984.0;
/// Equinoxes that are never the epoch of an observation, although a plate may have been taken in that year.
const STANDARD_EQUINOXES: [f64; 2] = [1950.0, 2000.0];
/// An EPOCH this near to DATE-OBS is the epoch of the observation, as in headers of the DSS, years.
const SAME_EPOCH_YR: f64 = 1.0;
/// Years that an equinox lies in; others are something else.
const EQUINOX_RANGE_YR: std::ops::RangeInclusive<f64> = 1800.0..=2200.0;

/// The frame of a solution and what its header says of it that does not fit together.
pub(crate) struct Named {
    pub(crate) frame: CelestialFrame,
    pub(crate) warnings: Vec<String>,
}

/// The frame that RADESYS (or RADECSYS), EQUINOX, or EPOCH where EQUINOX is absent, and the date name.
///
/// Fails where a card names none of ICRS, FK5, FK4 and FK4-NO-E, or an equinox that is no year.
pub(crate) fn celestial_frame(header: &Header) -> Result<Named, WcsError> {
    let mut warnings = Vec::new();
    let written = text(header, "RADESYS").map(str::to_ascii_uppercase);
    let older = text(header, "RADECSYS").map(str::to_ascii_uppercase);
    if let (Some(new), Some(old)) = (&written, &older)
        && new != old
    {
        warnings.push(format!("RADESYS is {new} and RADECSYS {old}; RADESYS counts"));
    }
    let equinox_yr = match equinox(header, "EQUINOX")? {
        Some(equinox_yr) => Some(equinox_yr),
        None => epoch_as_equinox(header, &mut warnings)?,
    };
    let fk4 = |equinox_yr: f64, e_terms: bool| CelestialFrame::Fk4 { equinox_yr, epoch_yr: epoch(header), e_terms };
    let frame = match (written.or(older).as_deref(), equinox_yr) {
        (Some("ICRS" | "GAIA-CRF3"), equinox_yr) => {
            if let Some(other) = equinox_yr.filter(|equinox_yr| *equinox_yr != 2000.0) {
                warnings.push(format!("the frame is ICRS, which has no equinox, and the equinox {other}; ICRS counts"));
            }
            CelestialFrame::Icrs
        }
        (Some("FK5"), equinox_yr) => {
            let equinox_yr = equinox_yr.unwrap_or(2000.0);
            if equinox_yr < FK5_BEGINS_YR {
                warnings.push(format!("the frame is FK5 and its equinox {equinox_yr}; both are taken as they stand"));
            }
            CelestialFrame::Fk5 { equinox_yr }
        }
        (Some(system @ ("FK4" | "FK4-NO-E")), equinox_yr) => {
            let equinox_yr = equinox_yr.unwrap_or(1950.0);
            if equinox_yr >= FK5_BEGINS_YR {
                warnings
                    .push(format!("the frame is {system} and its equinox {equinox_yr}; both are taken as they stand"));
            }
            fk4(equinox_yr, system == "FK4")
        }
        (None, None) => CelestialFrame::Icrs,
        (None, Some(equinox_yr)) if equinox_yr < FK5_BEGINS_YR => fk4(equinox_yr, true),
        (None, Some(equinox_yr)) => CelestialFrame::Fk5 { equinox_yr },
        (Some(other), _) => {
            return Err(WcsError::Unsupported {
                what: format!("celestial frame {other}"),
                cure: "known are ICRS, FK5, FK4 and FK4-NO-E; convert the header to one of them",
            });
        }
    };
    Ok(Named { frame, warnings })
}

/// The year of an equinox: a number, or text such as `J2000`, `B1950.0`, `2000`.
fn equinox(header: &Header, keyword: &str) -> Result<Option<f64>, WcsError> {
    let value = match header.get(keyword) {
        None | Some(CardValue::None) => return Ok(None),
        Some(CardValue::Text(text)) if text.trim().is_empty() => return Ok(None),
        Some(value) => value,
    };
    let year = match value {
        CardValue::Text(text) => text.trim().trim_start_matches(['J', 'j', 'B', 'b']).trim().parse().ok(),
        _ => header.number(keyword),
    };
    match year.filter(|year| EQUINOX_RANGE_YR.contains(year)) {
        Some(year) => Ok(Some(year)),
        None => Err(WcsError::BadValue {
            keyword: keyword.to_owned(),
            found: shown(value),
            expected: "a year such as 2000.0, J2000 or B1950",
        }),
    }
}

/// EPOCH where there is no EQUINOX: its old name, unless it is when the observation was made.
fn epoch_as_equinox(header: &Header, warnings: &mut Vec<String>) -> Result<Option<f64>, WcsError> {
    let Ok(Some(year)) = equinox(header, "EPOCH") else { return Ok(None) };
    if STANDARD_EQUINOXES.contains(&year) {
        return Ok(Some(year));
    }
    if epoch(header).is_some_and(|observed_yr| (observed_yr - year).abs() < SAME_EPOCH_YR) {
        return Ok(None);
    }
    if text(header, "RADESYS").or_else(|| text(header, "RADECSYS")).is_none_or(|system| system != "ICRS") {
        warnings.push(format!("EPOCH {year} stands for EQUINOX, which is absent; write EQUINOX"));
    }
    Ok(Some(year))
}

/// When the observation was made (MJD-OBS, DATE-OBS), Julian years.
fn epoch(header: &Header) -> Option<f64> {
    let mjd = header.number("MJD-OBS").filter(|mjd| mjd.is_finite()).map(julian_from_mjd);
    mjd.or_else(|| Some(DateObs::parse(text(header, "DATE-OBS")?).ok()?.epoch_yr))
}

/// Writes the frame, replacing the cards that name one.
pub(crate) fn write_to(frame: CelestialFrame, header: &mut Header) {
    let (system, equinox_yr) = match frame {
        CelestialFrame::Icrs => ("ICRS", None),
        CelestialFrame::Fk5 { equinox_yr } => ("FK5", Some(equinox_yr)),
        CelestialFrame::Fk4 { equinox_yr, e_terms, .. } => (if e_terms { "FK4" } else { "FK4-NO-E" }, Some(equinox_yr)),
    };
    header.set("RADESYS", CardValue::Text(system.to_owned()), "celestial frame");
    match equinox_yr {
        Some(equinox_yr) => header.set("EQUINOX", CardValue::Real(equinox_yr), "[yr] equinox of the frame"),
        None => header.remove("EQUINOX"),
    }
    if let CelestialFrame::Fk4 { epoch_yr: Some(epoch_yr), .. } = frame {
        header.set("MJD-OBS", CardValue::Real(mjd_from_julian(epoch_yr)), "[d] epoch of the places");
    }
}
