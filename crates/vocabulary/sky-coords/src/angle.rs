//! Units of angle.

/// Degrees in a radian.
pub const DEG_PER_RAD: f64 = 180.0 / std::f64::consts::PI;
/// Radians in a degree.
pub const RAD_PER_DEG: f64 = std::f64::consts::PI / 180.0;
/// Arc seconds in a degree.
pub const ARCSEC_PER_DEG: f64 = 3600.0;
/// Arc seconds in a radian.
pub const ARCSEC_PER_RAD: f64 = ARCSEC_PER_DEG * DEG_PER_RAD;

/// Right ascension brought into `[0, 360)` degrees.
pub fn wrap_ra_deg(ra_deg: f64) -> f64 {
    let wrapped = ra_deg.rem_euclid(360.0);
    if wrapped >= 360.0 { 0.0 } else { wrapped }
}
