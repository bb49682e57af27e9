//! TAN solutions in header cards.

use sky_coords::{PixelPos, RAD_PER_DEG, SkyPos};
use sky_image::{CardValue, Header};

use crate::cards::{number, optional_number, text};
use crate::distortion::Distortion;
use crate::error::WcsError;
use crate::pixel_plane::PixelPlane as _;
use crate::sip::Sip;
use crate::tan::TanSolution;
use crate::tpv::{PvMeaning, Tpv};

const NEEDED_BY: &str = "a TAN solution";

/// Which axis is which, 1-based, and the projection code with its suffix (`TAN`, `TAN-SIP`, `TPV`).
struct Axes {
    longitude: usize,
    latitude: usize,
    projection: String,
}

impl TanSolution {
    /// Whether the header claims a celestial solution in CTYPE cards.
    pub(crate) fn is_present(header: &Header) -> bool {
        text(header, "CTYPE1").is_some() || text(header, "CTYPE2").is_some()
    }

    /// Reads CTYPE, CRVAL, CRPIX, the matrix and the distortion.
    pub(crate) fn from_header(header: &Header) -> Result<Self, WcsError> {
        let axes = Axes::from_header(header)?;
        for axis in [1, 2] {
            let keyword = format!("CUNIT{axis}");
            if let Some(unit) = text(header, &keyword)
                .filter(|unit| !matches!(unit.to_ascii_lowercase().as_str(), "deg" | "degree" | "degrees"))
            {
                return Err(WcsError::BadValue { keyword, found: format!("\"{unit}\""), expected: "deg" });
            }
        }
        let value = |stem: &str, axis: usize| number(header, &format!("{stem}{axis}"), NEEDED_BY);
        let crval = SkyPos { ra_deg: value("CRVAL", axes.longitude)?, dec_deg: value("CRVAL", axes.latitude)? };
        let crpix = PixelPos::from_fits(value("CRPIX", 1)?, value("CRPIX", 2)?);
        // Paper II, 2.5: where the reference point lies at the pole the default turns by half a circle.
        let default_lonpole = if crval.dec_deg >= 90.0 { 0.0 } else { 180.0 };
        let lonpole_deg = match optional_number(header, "LONPOLE")? {
            Some(lonpole_deg) => lonpole_deg,
            None => axes.native_pole(header)?.unwrap_or(default_lonpole),
        };
        Self::new(crval, crpix, axes.matrix(header)?, lonpole_deg, axes.distortion(header)?)
    }

    /// Writes the solution, longitude first, and removes the cards that would contradict it.
    pub(crate) fn write_to(&self, header: &mut Header) {
        let suffix = match self.distortion {
            Distortion::None => "TAN",
            Distortion::Sip(_) => "TAN-SIP",
            Distortion::Tpv(_) => "TPV",
        };
        for keyword in ["CDELT1", "CDELT2", "CROTA1", "CROTA2", "PC1_1", "PC1_2", "PC2_1", "PC2_2", "RADECSYS", "EPOCH"]
        {
            header.remove(keyword);
        }
        let centre = self.plane().centre();
        let (crpix1, crpix2) = self.crpix.to_fits();
        let real = CardValue::Real;
        let name = |text: &str| CardValue::Text(text.to_owned());
        header.set("CTYPE1", name(&format!("RA---{suffix}")), "gnomonic projection");
        header.set("CTYPE2", name(&format!("DEC--{suffix}")), "gnomonic projection");
        header.set("CRVAL1", real(centre.ra_deg), "[deg] right ascension of the tangent point");
        header.set("CRVAL2", real(centre.dec_deg), "[deg] declination of the tangent point");
        header.set("CRPIX1", real(crpix1), "[px] tangent point, first pixel centre is 1");
        header.set("CRPIX2", real(crpix2), "[px] tangent point, first pixel centre is 1");
        for (row, values) in self.cd.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                header.set(&format!("CD{}_{}", row + 1, column + 1), real(*value), "[deg/px] matrix");
            }
        }
        header.set("CUNIT1", name("deg"), "unit of axis 1");
        header.set("CUNIT2", name("deg"), "unit of axis 2");
        let default_lonpole = if centre.dec_deg >= 90.0 { 0.0 } else { 180.0 };
        if self.lonpole_deg == default_lonpole {
            header.remove("LONPOLE");
        } else {
            header.set("LONPOLE", real(self.lonpole_deg), "[deg] native longitude of the celestial pole");
        }
        match &self.distortion {
            Distortion::None => {}
            Distortion::Sip(sip) => sip.write_to(header),
            Distortion::Tpv(tpv) => tpv.write_to(header),
        }
    }
}

impl Axes {
    fn from_header(header: &Header) -> Result<Self, WcsError> {
        let read = |keyword: &str| {
            text(header, keyword)
                .map(str::to_ascii_uppercase)
                .ok_or_else(|| WcsError::Missing { keyword: keyword.to_owned(), needed_by: NEEDED_BY })
        };
        let (ctype1, ctype2) = (read("CTYPE1")?, read("CTYPE2")?);
        let kind = |ctype: &str| ctype.split('-').next().unwrap_or_default().to_owned();
        let code = |ctype: &str| ctype.get(5..).unwrap_or_default().to_owned();
        let (longitude, latitude) = match (kind(&ctype1).as_str(), kind(&ctype2).as_str()) {
            ("RA", "DEC") => (1, 2),
            ("DEC", "RA") => (2, 1),
            ("GLON" | "ELON", "GLAT" | "ELAT") | ("GLAT" | "ELAT", "GLON" | "ELON") => {
                let what = format!("axis pair {ctype1}, {ctype2}");
                return Err(WcsError::Unsupported {
                    what,
                    cure: "convert the header to right ascension and declination",
                });
            }
            _ => return Err(WcsError::AxisMismatch { ctype1, ctype2 }),
        };
        let well_formed = |ctype: &str| ctype.starts_with("RA---") || ctype.starts_with("DEC--");
        if !(well_formed(&ctype1) && well_formed(&ctype2)) || code(&ctype1) != code(&ctype2) {
            return Err(WcsError::AxisMismatch { ctype1, ctype2 });
        }
        let projection = code(&ctype1);
        if !matches!(projection.as_str(), "TAN" | "TAN-SIP" | "TPV") {
            return Err(WcsError::Unsupported {
                what: format!("projection {projection} (CTYPE1 {ctype1})"),
                cure: "known are TAN, TAN-SIP and TPV; solve or resample the image to one of them",
            });
        }
        Ok(Self { longitude, latitude, projection })
    }

    /// The matrix in degrees per pixel, first row longitude, from CD, or PC and CDELT, or CDELT and CROTA.
    fn matrix(&self, header: &Header) -> Result<[[f64; 2]; 2], WcsError> {
        let axes = [self.longitude, self.latitude];
        let element = |stem: &str, row: usize, column: usize| optional_number(header, &format!("{stem}{row}_{column}"));
        let any = |stem: &str| {
            (1..=2).any(|row| (1..=2).any(|column| header.get(&format!("{stem}{row}_{column}")).is_some()))
        };
        let mut matrix = [[0.0; 2]; 2];
        if any("CD") {
            for (row, axis) in matrix.iter_mut().zip(axes) {
                for (cell, column) in row.iter_mut().zip(1..) {
                    *cell = element("CD", axis, column)?.unwrap_or(0.0);
                }
            }
            return Ok(matrix);
        }
        if header.get("PC001001").is_some() {
            let what = "the old matrix PC001001".to_owned();
            return Err(WcsError::Unsupported { what, cure: "write it as PC1_1 or CD1_1" });
        }
        let step = |axis: usize| number(header, &format!("CDELT{axis}"), NEEDED_BY);
        if any("PC") {
            for (row, axis) in matrix.iter_mut().zip(axes) {
                for (cell, column) in row.iter_mut().zip(1..) {
                    let identity = if axis == column { 1.0 } else { 0.0 };
                    *cell = element("PC", axis, column)?.unwrap_or(identity) * step(axis)?;
                }
            }
            return Ok(matrix);
        }
        // Paper II, 6.1: the rotation stands on the latitude axis.
        let angle = optional_number(header, &format!("CROTA{}", self.latitude))?.unwrap_or(0.0) * RAD_PER_DEG;
        let (sin, cos) = (libm::sin(angle), libm::cos(angle));
        let (along_longitude, along_latitude) = (step(self.longitude)?, step(self.latitude)?);
        matrix[0][self.longitude - 1] = along_longitude * cos;
        matrix[0][self.latitude - 1] = -along_latitude * sin;
        matrix[1][self.longitude - 1] = along_longitude * sin;
        matrix[1][self.latitude - 1] = along_latitude * cos;
        Ok(matrix)
    }

    fn distortion(&self, header: &Header) -> Result<Distortion, WcsError> {
        let has_sip = Sip::is_present(header);
        match (self.projection.as_str(), has_sip, Tpv::meaning(header)) {
            ("TAN-SIP", true, _) => Ok(Distortion::Sip(Sip::from_header(header)?)),
            ("TAN-SIP", false, _) => Ok(Distortion::None),
            (_, true, _) => Err(WcsError::Unsupported {
                what: format!("SIP coefficients with projection {}", self.projection),
                cure: "set CTYPE to RA---TAN-SIP and DEC--TAN-SIP, or remove A_* and B_*",
            }),
            ("TPV", ..) | ("TAN", _, PvMeaning::Distortion) => {
                Ok(Distortion::Tpv(Box::new(Tpv::from_header(header, self.longitude, self.latitude)?)))
            }
            _ => Ok(Distortion::None),
        }
    }

    /// PVi_3 of the longitude axis, where PV cards are not SCAMP's: LONPOLE by another name. A native reference point (PVi_1,
    /// PVi_2) that is not the pole of the projection is refused: no program writes it on purpose with TAN.
    fn native_pole(&self, header: &Header) -> Result<Option<f64>, WcsError> {
        if self.projection != "TAN" || Tpv::meaning(header) == PvMeaning::Distortion {
            return Ok(None);
        }
        let value = |term: usize| optional_number(header, &format!("PV{}_{term}", self.longitude));
        let (longitude_deg, latitude_deg) = (value(1)?.unwrap_or(0.0), value(2)?.unwrap_or(90.0));
        if (longitude_deg, latitude_deg) != (0.0, 90.0) {
            return Err(WcsError::Unsupported {
                what: format!(
                    "TAN with PV{0}_1 {longitude_deg} and PV{0}_2 {latitude_deg} and no PV card of index 5 or more, which is \
                     the native reference point of the standard and no distortion",
                    self.longitude
                ),
                cure: "where SCAMP wrote it as a distortion, set CTYPE to RA---TPV and DEC--TPV",
            });
        }
        value(3)
    }
}
