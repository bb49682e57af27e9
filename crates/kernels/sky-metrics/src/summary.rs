//! One line of numbers for a frame.

use sky_stats::{mad_sigma, median};

use crate::finder::Found;
use crate::shape::StarShape;
use crate::sky::Sky;

/// Numbers of a frame. Sizes are medians of its unsaturated stars, absent where there are fewer than three.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrameSummary {
    /// Stars measured.
    pub n_stars: usize,
    /// FWHM in pixels.
    pub fwhm_px: Option<f64>,
    /// Scatter of the FWHM from star to star, pixels.
    pub fwhm_scatter_px: Option<f64>,
    /// Half-flux radius in pixels.
    pub half_flux_radius_px: Option<f64>,
    /// NINA's HFR, the flux-weighted mean radius, in pixels.
    pub hfr_nina_px: Option<f64>,
    /// Eccentricity.
    pub eccentricity: Option<f64>,
    /// Direction in which stars are drawn out, degrees, and how much they agree on it (0 to 1).
    pub elongation: Option<(f64, f64)>,
    /// Sky level in ADU.
    pub background_adu: f64,
    /// Scatter of a sky pixel in ADU.
    pub noise_adu: f64,
    /// Stars that are saturated.
    pub n_saturated: usize,
}

/// Fewest stars that sizes are told of.
const LEAST_STARS: usize = 3;

/// The numbers of a frame from its stars and its sky.
pub fn summarise(found: &Found, sky: &Sky) -> FrameSummary {
    let usable: Vec<&StarShape> = found.stars.iter().filter(|star| !star.saturated).collect();
    let middle = |value: fn(&StarShape) -> f64| {
        let mut values: Vec<f64> = usable.iter().map(|star| value(star)).collect();
        (values.len() >= LEAST_STARS).then(|| median(&mut values)).flatten()
    };
    let scatter = {
        let mut values: Vec<f64> = usable.iter().map(|star| star.fwhm_px).collect();
        (values.len() >= LEAST_STARS).then(|| mad_sigma(&mut values)).flatten()
    };
    FrameSummary {
        n_stars: found.stars.len(),
        fwhm_px: middle(|star| star.fwhm_px),
        fwhm_scatter_px: scatter,
        half_flux_radius_px: middle(|star| star.half_flux_radius_px),
        hfr_nina_px: middle(|star| star.mean_radius_px),
        eccentricity: middle(|star| star.eccentricity),
        elongation: (usable.len() >= LEAST_STARS).then(|| elongation(&usable)),
        background_adu: sky.median_level_adu,
        noise_adu: sky.median_scatter_adu,
        n_saturated: found.stars.len() - usable.len(),
    }
}

/// Mean direction of the long axes and the length of the mean vector of doubled angles: 1 where all agree.
fn elongation(stars: &[&StarShape]) -> (f64, f64) {
    let (mut cosine, mut sine) = (0.0, 0.0);
    for star in stars {
        let double = 2.0 * star.angle_deg.to_radians();
        cosine += libm::cos(double);
        sine += libm::sin(double);
    }
    let n = stars.len() as f64;
    (0.5 * libm::atan2(sine, cosine).to_degrees(), (cosine / n).hypot(sine / n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn star(fwhm_px: f64, angle_deg: f64, saturated: bool) -> StarShape {
        StarShape {
            x_px: 0.0,
            y_px: 0.0,
            flux_adu: 1.0,
            peak_adu: 1.0,
            fwhm_px,
            half_flux_radius_px: fwhm_px / 2.0,
            mean_radius_px: 0.532 * fwhm_px,
            eccentricity: 0.5,
            angle_deg,
            saturated,
        }
    }

    fn sky() -> Sky {
        Sky {
            columns: 1,
            rows: 1,
            cell_px: 64,
            level_adu: vec![500.0],
            scatter_adu: vec![9.0],
            median_level_adu: 500.0,
            median_scatter_adu: 9.0,
        }
    }

    #[test]
    fn saturated_stars_do_not_enter_sizes_and_angles_wrap() {
        let stars = vec![star(3.0, 89.0, false), star(3.2, -89.0, false), star(3.4, 90.0, false), star(9.0, 0.0, true)];
        let summary = summarise(&Found { stars, n_candidates: 4, n_sharp: 0 }, &sky());
        assert_eq!((summary.fwhm_px, summary.n_stars, summary.n_saturated), (Some(3.2), 4, 1));
        let (angle, agreement) = summary.elongation.expect("three stars");
        assert!((angle.abs() - 90.0).abs() < 1.0 && agreement > 0.99, "{angle} {agreement}");
    }

    #[test]
    fn two_stars_say_no_size() {
        let found = Found { stars: vec![star(3.0, 0.0, false); 2], n_candidates: 2, n_sharp: 0 };
        let summary = summarise(&found, &sky());
        assert_eq!((summary.fwhm_px, summary.n_stars), (None, 2));
        assert_eq!(summary.background_adu, 500.0);
    }
}
