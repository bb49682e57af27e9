//! The methods of rejection and which one fits how many frames.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How outliers of a column are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rejection {
    /// By the number of frames, see [`Rejection::for_count`].
    Auto,
    /// Nothing is rejected.
    None,
    /// Farther than `low` and `high` fractions of the median from it (PixInsight's percentile clipping).
    Percentile,
    /// Farther than k standard deviations from the mean, repeated.
    Sigma,
    /// Farther than k standard deviations from the median, repeated (Siril's "sigma").
    MedianSigma,
    /// Farther than k times 1.4826 MAD from the median, repeated.
    Mad,
    /// Farther than k winsorized standard deviations from the median, repeated (Huber 1981; as Siril and PixInsight).
    WinsorizedSigma,
    /// Farther than k mean deviations from a line through the sorted values, repeated.
    LinearFit,
    /// Generalised extreme Studentised deviates (Rosner 1983, Technometrics 25, 165).
    Esd,
}

impl Rejection {
    /// The method that `Auto` stands for, by the number of frames: to 4 nothing can be told, to 25 winsorized sigma, above it the
    /// linear fit (PixInsight's advice for many frames).
    ///
    /// PixInsight advises percentiles below 7 frames and sigma clipping below 10. Neither holds for calibrated frames: a share of
    /// the median means nothing where the sky is near zero, and of n values the standard deviation with one outlier x is at least
    /// x / sqrt(n), so that at 3 sigma none can go below n = 9. Winsorized sigma finds one outlier of 5, two of 6 (Siril's
    /// default at any number; it keeps four values always).
    pub const fn for_count(self, n_frames: usize) -> Self {
        match (self, n_frames) {
            (Self::Auto, 0..=4) => Self::None,
            (Self::Auto, 5..=25) => Self::WinsorizedSigma,
            (Self::Auto, _) => Self::LinearFit,
            (chosen, _) => chosen,
        }
    }
}

/// Limits of the rejection.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RejectionParams {
    /// The method.
    pub method: Rejection,
    /// Low limit in units of the method's deviation (sigma methods and linear fit).
    #[schemars(range(min = 0.5, max = 20.0))]
    pub low_sigma: f64,
    /// High limit in units of the method's deviation.
    #[schemars(range(min = 0.5, max = 20.0))]
    pub high_sigma: f64,
    /// Low limit of the linear fit, in mean deviations (Siril and PixInsight: 5).
    #[schemars(range(min = 0.5, max = 20.0))]
    pub line_low: f64,
    /// High limit of the linear fit, in mean deviations (Siril: 5; PixInsight: 3.5).
    #[schemars(range(min = 0.5, max = 20.0))]
    pub line_high: f64,
    /// Low limit of the percentile method, a fraction of the median (PixInsight: 0.2).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub percentile_low: f64,
    /// High limit of the percentile method, a fraction of the median (PixInsight: 0.1).
    #[schemars(range(min = 0.0, max = 10.0))]
    pub percentile_high: f64,
    /// Largest share of outliers that the ESD test looks for (PixInsight: 0.3).
    #[schemars(range(min = 0.0, max = 0.5))]
    pub esd_outliers: f64,
    /// Significance of the ESD test (PixInsight: 0.05).
    #[schemars(range(min = 0.000001, max = 0.5))]
    pub esd_significance: f64,
}

impl Default for RejectionParams {
    fn default() -> Self {
        Self {
            method: Rejection::Auto,
            low_sigma: 3.0,
            high_sigma: 3.0,
            line_low: 5.0,
            line_high: 5.0,
            percentile_low: 0.2,
            percentile_high: 0.1,
            esd_outliers: 0.3,
            esd_significance: 0.05,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_follows_the_number_of_frames_only_when_asked() {
        let chosen: Vec<Rejection> = [4, 5, 25, 26].map(|n| Rejection::Auto.for_count(n)).to_vec();
        let expected = [Rejection::None, Rejection::WinsorizedSigma, Rejection::WinsorizedSigma, Rejection::LinearFit];
        assert_eq!(chosen, expected);
        assert_eq!(Rejection::Sigma.for_count(3), Rejection::Sigma, "a named method stays");
    }
}
