//! The rules: each looks at one row and says what it broke.

use crate::accepts::{accepts_flags, accepts_snr};
use crate::clip::Statistics;
use crate::params::{JudgeParams, Order, RuleSet, SpikeParams};
use crate::reason::{Reason, Rule};
use crate::row::{DetectionRow, NearStar};

/// What rounding may add to a magnitude of the LINE rule: 15.3 - 0.09 * 30 is 12.600000000000001 in binary, and equality keeps.
const LINE_ROUNDING_MAG: f64 = 1.0e-9;

/// Why a row is dropped, in order; nothing if it is kept. It depends on the row, the frozen statistics and the thresholds alone.
pub fn reasons_of(row: &DetectionRow, statistics: &Statistics, params: &JudgeParams) -> Vec<Reason> {
    let filters = filter_reasons(row, statistics, params);
    let vetoes = row.vetoes.iter().map(|veto| Reason {
        rule: Rule::Veto(veto.catalog.clone()),
        value: veto.separation_arcsec,
        threshold: veto.radius_arcsec,
    });
    match params.order {
        Order::VetoFirst => vetoes.chain(filters).collect(),
        Order::FilterFirst => filters.into_iter().chain(vetoes).collect(),
    }
}

fn filter_reasons(row: &DetectionRow, statistics: &Statistics, params: &JudgeParams) -> Vec<Reason> {
    let mut broken = Vec::new();
    let mut keep = |kept: bool, rule: Rule, value: f64, threshold: f64| {
        if !kept {
            broken.push(Reason { rule, value, threshold });
        }
    };
    // FLAGS and mask are compared bit by bit: the value is what was found of the forbidden bits, the threshold is none.
    keep(accepts_flags(row, params), Rule::Flags, f64::from(row.flags & params.flag_bits()), 0.0);
    let masked = row.mask_bits & params.mask_bits;
    keep(masked == 0, Rule::Mask, f64::from(masked), 0.0);
    keep(accepts_snr(row, params), Rule::Snr, row.snr_win, params.snr_min());
    match params.rule_set {
        RuleSet::Solano2022 => solano(row, statistics, params, &mut keep),
        RuleSet::Calibrated => calibrated(row, statistics, params, &mut keep),
        RuleSet::Evidence => {}
    }
    spikes(row, &params.spikes, &mut keep);
    broken
}

/// Solano et al. 2022, criteria 4 to 9.
fn solano(
    row: &DetectionRow,
    statistics: &Statistics,
    params: &JudgeParams,
    keep: &mut impl FnMut(bool, Rule, f64, f64),
) {
    let limits = &params.solano;
    for (clip, rule, value) in [
        (&statistics.fwhm, Rule::SigmaClipFwhm, row.fwhm_px),
        (&statistics.elongation, Rule::SigmaClipElongation, row.elongation),
    ] {
        let side = if value < clip.median { -1.0 } else { 1.0 };
        let nearest_limit = clip.median + side * clip.half_width(limits.clip_sigma);
        keep(clip.keeps(value, limits.clip_sigma), rule, value, nearest_limit);
    }
    keep(row.spread_model > limits.spread_min, Rule::SpreadModel, row.spread_model, limits.spread_min);
    let too_narrow = row.fwhm_px <= limits.fwhm_min_px;
    let fwhm_limit = if too_narrow { limits.fwhm_min_px } else { limits.fwhm_max_px };
    keep(!too_narrow && row.fwhm_px < limits.fwhm_max_px, Rule::Fwhm, row.fwhm_px, fwhm_limit);
    keep(row.elongation < limits.elongation_max, Rule::Elongation, row.elongation, limits.elongation_max);
    extents(row, 1.0, limits.extent_delta_max_px, limits.extent_min_px, keep);
}

/// The same against the tile's stars; values and thresholds are z-scores and multiples of the stars' FWHM.
fn calibrated(
    row: &DetectionRow,
    statistics: &Statistics,
    params: &JudgeParams,
    keep: &mut impl FnMut(bool, Rule, f64, f64),
) {
    let limits = &params.calibrated;
    let fwhm_z = statistics.star_fwhm.z(row.fwhm_px);
    keep(fwhm_z.abs() <= limits.fwhm_z_max, Rule::SigmaClipFwhm, fwhm_z, limits.fwhm_z_max.copysign(fwhm_z));
    let elongation_z = statistics.star_elongation.z(row.elongation);
    keep(elongation_z <= limits.elongation_z_max, Rule::SigmaClipElongation, elongation_z, limits.elongation_z_max);
    let spread_z = statistics.star_spread.z(row.spread_model);
    keep(spread_z >= limits.spread_z_min, Rule::SpreadModel, spread_z, limits.spread_z_min);
    if statistics.star_fwhm.median > 0.0 {
        let unit_px = statistics.star_fwhm.median;
        extents(row, unit_px, limits.extent_delta_max_fwhm, limits.extent_min_fwhm, keep);
    }
}

fn extents(row: &DetectionRow, unit_px: f64, delta_max: f64, min: f64, keep: &mut impl FnMut(bool, Rule, f64, f64)) {
    let (x, y) = (row.extent.x_px / unit_px, row.extent.y_px / unit_px);
    if !(x.is_finite() && y.is_finite()) {
        keep(false, Rule::ExtentMissing, f64::NAN, min);
        return;
    }
    keep((x - y).abs() < delta_max, Rule::ExtentDelta, (x - y).abs(), delta_max);
    keep(x.min(y) > min, Rule::ExtentMin, x.min(y), min);
}

/// Solano et al. 2022, criteria 10 and 11.
fn spikes(row: &DetectionRow, limits: &SpikeParams, keep: &mut impl FnMut(bool, Rule, f64, f64)) {
    if let Some(star) = row.spikes.constant {
        let near = star.mag <= limits.const_mag && star.separation_arcsec <= limits.const_radius_arcsec;
        keep(!near, Rule::SpikeConstant, star.separation_arcsec, limits.const_radius_arcsec);
    }
    if let Some(star) = row.spikes.line {
        keep(line_excess_mag(star, limits) <= LINE_ROUNDING_MAG, Rule::SpikeLine, star.mag, line_mag(star, limits));
    }
}

/// Magnitude of the line at the distance of a star.
pub(crate) fn line_mag(star: NearStar, limits: &SpikeParams) -> f64 {
    limits.line_zero_mag - limits.line_slope_mag_per_arcsec * star.separation_arcsec
}

/// By how much a star is brighter than the line allows; negative if it is fainter.
pub(crate) fn line_excess_mag(star: NearStar, limits: &SpikeParams) -> f64 {
    line_mag(star, limits) - star.mag
}
