//! Isophotal flux corrected for the light below the threshold, SExtractor's ISOCOR.

use crate::{Flux, Isophotal};

/// Largest ratio of the light of the footprint at the threshold to its flux.
const MAX_RATIO: f64 = 0.99999;
/// Share of a Gaussian's light above an isophote, 1 - a q - b q^2, where q is area times threshold over isophotal flux.
const LINEAR: f64 = 0.196_099;
/// The factor of q^2.
const QUADRATIC: f64 = 0.751_208;

/// Total flux of a Gaussian profile from its isophotal flux and area (Maddox, Efstathiou & Sutherland 1990, MNRAS 246, 433;
/// SExtractor manual, "Corrected isophotal magnitudes"); its error is the isophotal one, propagated through the correction.
///
/// `threshold_adu` is the level above the background on which the footprint was found.
pub fn corrected_isophotal_flux(isophotal: &Isophotal, threshold_adu: f64) -> Flux {
    let flux = isophotal.flux;
    if flux.adu <= 0.0 {
        return flux;
    }
    let ratio = f64::from(isophotal.area_filtered_px2) * threshold_adu / flux.adu;
    let ratio = ratio.clamp(0.0, MAX_RATIO);
    let share = 1.0 - LINEAR * ratio - QUADRATIC * ratio * ratio;
    // d(F / share) / dF with the area kept: the ratio falls as the flux grows.
    let slope = 1.0 / share - (LINEAR * ratio + 2.0 * QUADRATIC * ratio * ratio) / (share * share);
    Flux { adu: flux.adu / share, err_adu: flux.err_adu * slope.abs().max(1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gaussian_gets_its_light_below_the_isophote_back() {
        // A Gaussian of peak 1 and sigma 10: above the threshold t lie 2 pi s^2 (1 - t) of its light on 2 pi s^2 ln(1 / t).
        let total = 2.0 * std::f64::consts::PI * 100.0;
        for threshold in [0.05, 0.2, 0.5] {
            let isophotal = Isophotal {
                flux: Flux { adu: total * (1.0 - threshold), err_adu: 1.0 },
                area_filtered_px2: (-total * libm::log(threshold)).round() as u32,
                ..Isophotal::default()
            };
            let found = corrected_isophotal_flux(&isophotal, threshold);
            assert!((found.adu / total - 1.0).abs() < 0.02, "threshold {threshold}: {} of {total}", found.adu);
            assert!(found.err_adu >= 1.0, "a correction adds no certainty");
        }
    }
}
