//! The plate solution in header cards.

use sky_coords::{SkyPos, TangentPlane};
use sky_image::Header;

use crate::cards::{number, text};
use crate::error::WcsError;
use crate::plate::{COEFFICIENTS, PlateGeometry, PlateSolution};

const NEEDED_BY: &str = "the plate polynomial";

impl PlateGeometry {
    /// Reads CNPIX, pixel sizes and PPO; `None` where the header does not come from a plate scan.
    pub(crate) fn from_header(header: &Header) -> Result<Option<Self>, WcsError> {
        const KEYWORDS: [&str; 6] = ["CNPIX1", "CNPIX2", "XPIXELSZ", "YPIXELSZ", "PPO3", "PPO6"];
        if KEYWORDS.iter().any(|keyword| header.get(keyword).is_none()) {
            return Ok(None);
        }
        let value = |keyword: &str| number(header, keyword, NEEDED_BY);
        let positive = |keyword: &str| {
            let found = value(keyword)?;
            if found > 0.0 {
                return Ok(found);
            }
            Err(WcsError::BadValue {
                keyword: keyword.to_owned(),
                found: found.to_string(),
                expected: "a size above 0 micrometres",
            })
        };
        Ok(Some(Self {
            corner_x_px: value("CNPIX1")?,
            corner_y_px: value("CNPIX2")?,
            pixel_x_um: positive("XPIXELSZ")?,
            pixel_y_um: positive("YPIXELSZ")?,
            centre_x_um: value("PPO3")?,
            centre_y_um: value("PPO6")?,
        }))
    }
}

impl PlateSolution {
    /// Whether the header claims a plate polynomial.
    pub(crate) fn is_present(header: &Header) -> bool {
        header.get("AMDX1").is_some() && header.get("AMDY1").is_some()
    }

    /// Reads AMDX, AMDY, the scan geometry and the plate centre. AMDREX and AMDREY (GSC-2) are never used: without
    /// their residual map they are wrong by up to 41" in the corners.
    pub(crate) fn from_header(header: &Header) -> Result<Self, WcsError> {
        let geometry = match PlateGeometry::from_header(header)? {
            Some(geometry) => geometry,
            None => {
                let missing = ["CNPIX1", "CNPIX2", "XPIXELSZ", "YPIXELSZ", "PPO3", "PPO6"]
                    .into_iter()
                    .find(|keyword| header.get(keyword).is_none())
                    .unwrap_or("PPO3");
                return Err(WcsError::Missing { keyword: missing.to_owned(), needed_by: NEEDED_BY });
            }
        };
        let coefficients = |stem: &str| -> Result<[f64; COEFFICIENTS], WcsError> {
            let mut values = [0.0; COEFFICIENTS];
            for (index, value) in values.iter_mut().enumerate() {
                *value = number(header, &format!("{stem}{}", index + 1), NEEDED_BY)?;
            }
            Ok(values)
        };
        let plane = TangentPlane::new(plate_centre(header)?);
        let solution = Self { geometry, amdx: coefficients("AMDX")?, amdy: coefficients("AMDY")?, plane };
        let determinant = solution.determinant();
        if determinant == 0.0 || !determinant.is_finite() {
            return Err(WcsError::Singular { determinant });
        }
        Ok(solution)
    }
}

/// The centre of the plate from its split sexagesimal cards; PLTDECSN is the sign for zero degrees too.
fn plate_centre(header: &Header) -> Result<SkyPos, WcsError> {
    let part = |keyword: &str, limit: f64, expected: &'static str| {
        let found = number(header, keyword, NEEDED_BY)?;
        if (0.0..limit).contains(&found) {
            return Ok(found);
        }
        Err(WcsError::BadValue { keyword: keyword.to_owned(), found: found.to_string(), expected })
    };
    let sixty = "0 to less than 60";
    let hours = part("PLTRAH", 24.0, "0 to less than 24")?
        + part("PLTRAM", 60.0, sixty)? / 60.0
        + part("PLTRAS", 60.0, sixty)? / 3600.0;
    let degrees = part("PLTDECD", 90.0, "0 to less than 90")?
        + part("PLTDECM", 60.0, sixty)? / 60.0
        + part("PLTDECS", 60.0, sixty)? / 3600.0;
    let sign = match text(header, "PLTDECSN") {
        Some("-") => -1.0,
        Some("+") => 1.0,
        Some(other) => {
            let (keyword, found) = ("PLTDECSN".to_owned(), format!("\"{other}\""));
            return Err(WcsError::BadValue { keyword, found, expected: "+ or -" });
        }
        None => return Err(WcsError::Missing { keyword: "PLTDECSN".to_owned(), needed_by: NEEDED_BY }),
    };
    Ok(SkyPos::new(hours * 15.0, sign * degrees))
}
