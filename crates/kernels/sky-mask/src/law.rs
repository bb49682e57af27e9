//! How far a bright star spoils its surroundings.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Reach of halo and spikes of a star by its magnitude.
///
/// The halo follows `base_radius_arcsec * 10^(-slope * (m - reference_mag))`, at most `max_radius_arcsec`. The defaults were measured on the POSS-I E
/// plate XE486 (M67) with Gaia DR3: the radius where the median of a ring falls below one sigma of the sky above it is 83 arcsec at G 7.5,
/// 39 at 9.2 to 9.7, 31 at 10.2 (8 stars), 24 at 11.0 and 15 at 12.0; the public VASCO code means 15 arcsec at 12 as well.
/// Each arm of the spikes reaches as far as the line of Solano et al. 2022 (MNRAS 515, 1380), m = -0.09 d + 15.3, says that spikes are taken for sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StarLaw {
    /// Faintest magnitude that is masked (unit mag; default 12: fainter stars leave no halo that passes for a source).
    #[schemars(range(min = -2.0, max = 25.0), extend("x-flag" = "--mask-threshold"))]
    pub mask_threshold_mag: f64,
    /// Halo radius at the reference magnitude (unit arcsec; default 33: plate XE486).
    #[schemars(range(min = 0.1, max = 3600.0))]
    pub base_radius_arcsec: f64,
    /// Magnitude of the base radius (unit mag; default 10).
    #[schemars(range(min = -2.0, max = 25.0))]
    pub reference_mag: f64,
    /// Decrease of log10(radius) for each magnitude (default 0.166: plate XE486, G 7.5 to 12; a law of constant surface brightness would have 0.2 for r^-2 wings).
    #[schemars(range(min = 0.001, max = 1.0))]
    pub slope_dex_per_mag: f64,
    /// Largest radius of a halo and largest length of a spike (unit arcsec; default 300).
    // mark: flag-max-radius
    #[schemars(range(min = 1.0, max = 3600.0), extend("x-flag" = "--max-radius"))]
    pub max_radius_arcsec: f64,
    /// Decrease of magnitude for each arcsec of a spike's length (unit mag/arcsec; default 0.09: Solano et al. 2022).
    #[schemars(range(min = 0.001, max = 10.0))]
    pub spike_slope_mag_per_arcsec: f64,
    /// Magnitude at which spikes have no length (unit mag; default 15.3: Solano et al. 2022).
    #[schemars(range(min = -2.0, max = 25.0))]
    pub spike_zero_mag: f64,
    /// Half the width of a spike as share of the halo radius (default 0.2: 3 arcsec at magnitude 12; 0 draws no spikes).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub spike_half_width_share: f64,
}

impl Default for StarLaw {
    fn default() -> Self {
        Self {
            // mark: mask-threshold-of-the-plan
            mask_threshold_mag: 12.0,
            base_radius_arcsec: 33.0,
            reference_mag: 10.0,
            slope_dex_per_mag: 0.166,
            max_radius_arcsec: 300.0,
            spike_slope_mag_per_arcsec: 0.09,
            spike_zero_mag: 15.3,
            spike_half_width_share: 0.2,
        }
    }
}

impl StarLaw {
    /// Radius of the disc of a star of magnitude `mag`, arcsec: never grows with the magnitude.
    pub fn radius_arcsec(&self, mag: f64) -> f64 {
        let radius = self.base_radius_arcsec * libm::pow(10.0, -self.slope_dex_per_mag * (mag - self.reference_mag));
        radius.min(self.max_radius_arcsec)
    }

    /// Length of each of the four arms from the centre of the star, arcsec: never grows with the magnitude.
    pub fn spike_length_arcsec(&self, mag: f64) -> f64 {
        ((self.spike_zero_mag - mag) / self.spike_slope_mag_per_arcsec).clamp(0.0, self.max_radius_arcsec)
    }

    /// Half the width of an arm, arcsec.
    pub fn spike_half_width_arcsec(&self, mag: f64) -> f64 {
        self.spike_half_width_share * self.radius_arcsec(mag)
    }

    /// How far any star reaches at most, arcsec: the margin around a frame within which stars matter.
    pub fn reach_arcsec(&self) -> f64 {
        self.max_radius_arcsec
    }
}

#[cfg(test)]
mod tests {
    use test_sky::assert_close;

    use super::*;

    #[test]
    fn radius_and_spikes_shrink_with_magnitude() {
        let law = StarLaw::default();
        for (bright, faint) in [(6.0, 9.0), (9.0, 12.0), (6.0, 6.001)] {
            assert!(law.radius_arcsec(bright) > law.radius_arcsec(faint), "radius at {bright} and {faint}");
            assert!(law.spike_length_arcsec(bright) > law.spike_length_arcsec(faint), "spike at {bright} and {faint}");
        }
        assert_eq!(law.radius_arcsec(-5.0), law.max_radius_arcsec, "the brightest stars stop at the largest radius");
    }

    #[test]
    fn the_law_gives_what_was_measured_on_the_plate() {
        let law = StarLaw::default();
        for (mag, measured_arcsec) in [(7.54, 83.3), (10.2, 31.0), (11.0, 24.0), (12.0, 15.3)] {
            let ratio = law.radius_arcsec(mag) / measured_arcsec;
            assert_close!(ratio, 1.0, abs = 0.1, "plate XE486 at G {mag}");
        }
        assert_close!(law.spike_length_arcsec(9.9), 60.0, abs = 1e-9, "Solano's line: 9.90 mag at 60 arcsec");
    }
}
