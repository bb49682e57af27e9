//! Julian and Besselian epochs (Lieske 1979, A&A 73, 282).

/// MJD of J2000.0.
const J2000_MJD: f64 = 51_544.5;
/// Days of a Julian year.
const JULIAN_YEAR_DAYS: f64 = 365.25;
/// MJD of B1900.0 (JD 2415020.31352).
const B1900_MJD: f64 = 15_019.813_52;
/// Days of the tropical year of 1900.
const TROPICAL_YEAR_DAYS: f64 = 365.242_198_781;

/// The Julian epoch (years, J2000.0 = 2000) of a modified Julian date.
pub fn julian_from_mjd(mjd: f64) -> f64 {
    2000.0 + (mjd - J2000_MJD) / JULIAN_YEAR_DAYS
}

/// The modified Julian date of a Julian epoch in years.
pub fn mjd_from_julian(epoch_yr: f64) -> f64 {
    J2000_MJD + (epoch_yr - 2000.0) * JULIAN_YEAR_DAYS
}

/// The Besselian epoch (years, B1950.0 = 1950) of a modified Julian date.
pub fn besselian_from_mjd(mjd: f64) -> f64 {
    1900.0 + (mjd - B1900_MJD) / TROPICAL_YEAR_DAYS
}

/// The modified Julian date of a Besselian epoch in years.
pub fn mjd_from_besselian(epoch_yr: f64) -> f64 {
    B1900_MJD + (epoch_yr - 1900.0) * TROPICAL_YEAR_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The SOFA library's own test vectors: iauEpb(2415019.8135, 30103.18648) = 1982.418424159278580 and
    /// iauEpj(2451545, -7392.5) = 1979.760438056125941 (t_sofa_c.c).
    #[test]
    fn epochs_equal_the_test_vectors_of_sofa() {
        let besselian = besselian_from_mjd(2_415_019.813_5 - 2_400_000.5 + 30_103.186_48);
        assert!((besselian - 1_982.418_424_159_278_6).abs() < 1e-9, "Besselian epoch {besselian}");
        let julian = julian_from_mjd(51_544.5 - 7392.5);
        assert!((julian - 1_979.760_438_056_125_9).abs() < 1e-9, "Julian epoch {julian}");
    }

    #[test]
    fn b1950_is_1949_december_31_at_22_09() {
        assert!(
            (mjd_from_besselian(1950.0) - 33_281.923_459).abs() < 1e-5,
            "B1950.0 at {}",
            mjd_from_besselian(1950.0)
        );
        assert!((mjd_from_julian(julian_from_mjd(33_979.5)) - 33_979.5).abs() < 1e-9, "Julian there and back");
    }
}
