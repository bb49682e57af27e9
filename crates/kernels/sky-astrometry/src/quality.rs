//! How good a tie is.

use sky_coords::StandardPos;
use sky_stats::{mad_sigma, median};

/// How good a tie is; residuals are reference minus corrected detection, on the tangent plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TieQuality {
    /// Degree of the polynomial, 1 or 2.
    pub degree: u32,
    /// Ties that the fit kept.
    pub ties_count: usize,
    /// Pairs within the match radius that it clipped.
    pub clipped_count: usize,
    /// Rounds of matching, fitting and clipping.
    pub iterations: u32,
    /// Ties expected of two unrelated lists of this density within the clip.
    pub expected_by_chance: f64,
    /// Residuals beyond this were clipped, arcsec.
    pub clip_arcsec: f64,
    /// Constant offset, reference minus detection, that the vote found: to the east, arcsec.
    pub shift_xi_arcsec: f64,
    /// The same to the north, arcsec.
    pub shift_eta_arcsec: f64,
    /// Median distance of the ties before the correction, arcsec.
    pub median_before_arcsec: f64,
    /// Median distance of the ties after it, arcsec.
    pub median_arcsec: f64,
    /// Root of the mean squared distance after it, arcsec.
    pub rms_arcsec: f64,
    /// Standard deviation along one axis after it, from the median absolute deviation (1.4826 MAD), arcsec.
    pub mad_sigma_arcsec: f64,
}

/// Median length, root mean square length and 1.4826 MAD along an axis.
pub(crate) struct Spread {
    pub(crate) median_arcsec: f64,
    pub(crate) rms_arcsec: f64,
    pub(crate) mad_sigma_arcsec: f64,
}

impl Spread {
    /// The spread of residuals; zeros for none.
    pub(crate) fn of(residuals: &[StandardPos]) -> Self {
        let length2 = |r: &StandardPos| r.xi_arcsec * r.xi_arcsec + r.eta_arcsec * r.eta_arcsec;
        let mut lengths: Vec<f64> = residuals.iter().map(|r| length2(r).sqrt()).collect();
        let mut axes: Vec<f64> = residuals.iter().flat_map(|r| [r.xi_arcsec, r.eta_arcsec]).collect();
        let sum2 = residuals.iter().map(length2).fold(0.0, |sum, square| sum + square);
        Self {
            median_arcsec: median(&mut lengths).unwrap_or(0.0),
            rms_arcsec: (sum2 / residuals.len().max(1) as f64).sqrt(),
            mad_sigma_arcsec: mad_sigma(&mut axes).unwrap_or(0.0),
        }
    }
}
