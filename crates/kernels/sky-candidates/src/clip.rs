//! The tile's numbers that rules compare with, frozen before the first rule is asked.

use sky_stats::median;

use crate::accepts::{accepts_flags, accepts_snr};
use crate::params::{JudgeParams, Order};
use crate::row::DetectionRow;

/// MAD to standard deviation as the public VASCO code rounds it: the clip of Solano et al. is exact to the last digit only with the same factor.
const MAD_TO_SIGMA: f64 = 1.4826;

/// Median and scatter of one column over a named population.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// Column: `FWHM_IMAGE`, `ELONGATION`, `SPREAD_MODEL`.
    pub column: &'static str,
    /// Rows that it was computed over.
    pub population: &'static str,
    /// Number of finite values; 0 leaves the clip without effect.
    pub count: usize,
    /// Median; 0 of none.
    pub median: f64,
    /// Median absolute deviation; 0 of none.
    pub mad: f64,
}

/// Everything about the tile that a row is compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// FWHM_IMAGE over the survivors of FLAGS and SNR_WIN.
    pub fwhm: Clip,
    /// ELONGATION over the same.
    pub elongation: Clip,
    /// FWHM_IMAGE of the tile's stars.
    pub star_fwhm: Clip,
    /// ELONGATION of the tile's stars.
    pub star_elongation: Clip,
    /// SPREAD_MODEL of the tile's stars.
    pub star_spread: Clip,
}

impl Clip {
    fn over(column: &'static str, population: &'static str, values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        let count = values.len();
        let centre = median(&mut values).unwrap_or(0.0);
        let mut deviations: Vec<f64> = values.iter().map(|value| (value - centre).abs()).collect();
        Self { column, population, count, median: centre, mad: median(&mut deviations).unwrap_or(0.0) }
    }

    /// Largest distance from the median that `n_sigma` allows.
    pub fn half_width(&self, n_sigma: f64) -> f64 {
        n_sigma * MAD_TO_SIGMA * self.mad
    }

    /// Whether `value` is finite and within `n_sigma` of the median, limit included; any finite value where there is no scatter.
    pub fn keeps(&self, value: f64, n_sigma: f64) -> bool {
        value.is_finite() && (self.mad == 0.0 || (value - self.median).abs() <= self.half_width(n_sigma))
    }

    /// Distance from the median in robust standard deviations: 0 where there is no scatter, NaN where the value is missing.
    pub fn z(&self, value: f64) -> f64 {
        if self.mad == 0.0 && value.is_finite() { 0.0 } else { (value - self.median) / (MAD_TO_SIGMA * self.mad) }
    }
}

impl Statistics {
    /// Freezes the numbers of a tile.
    ///
    /// Survivors of FLAGS and SNR_WIN are those of the chosen rule set; with `veto_first` those without a veto. Stars are rows with `is_star` that pass FLAGS and
    /// SNR_WIN; where there are fewer than `calibrated.min_stars`, the survivors (vetoed or not) take their place.
    pub fn freeze(rows: &[DetectionRow], params: &JudgeParams) -> Self {
        let passes = |row: &&DetectionRow| accepts_flags(row, params) && accepts_snr(row, params);
        let passing: Vec<&DetectionRow> = rows.iter().filter(passes).collect();
        let (survivors, name): (Vec<&DetectionRow>, _) = match params.order {
            Order::VetoFirst => {
                (passing.iter().copied().filter(|row| row.vetoes.is_empty()).collect(), "unvetoed_flags_snr")
            }
            Order::FilterFirst => (passing.clone(), "flags_snr"),
        };
        let stars: Vec<&DetectionRow> = passing.iter().copied().filter(|row| row.is_star).collect();
        let (stars, star_name) =
            if stars.len() >= params.calibrated.min_stars { (stars, "stars") } else { (passing, "flags_snr") };
        let over = |column, population, rows: &[&DetectionRow], of: fn(&DetectionRow) -> f64| {
            Clip::over(column, population, rows.iter().map(|row| of(row)))
        };
        Self {
            fwhm: over("FWHM_IMAGE", name, &survivors, |row| row.fwhm_px),
            elongation: over("ELONGATION", name, &survivors, |row| row.elongation),
            star_fwhm: over("FWHM_IMAGE", star_name, &stars, |row| row.fwhm_px),
            star_elongation: over("ELONGATION", star_name, &stars, |row| row.elongation),
            star_spread: over("SPREAD_MODEL", star_name, &stars, |row| row.spread_model),
        }
    }

    /// All clips, in a fixed order.
    pub fn clips(&self) -> [&Clip; 5] {
        [&self.fwhm, &self.elongation, &self.star_fwhm, &self.star_elongation, &self.star_spread]
    }
}
