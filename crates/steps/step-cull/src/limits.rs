//! The limits of a group, and the frames that break them.

use products::FrameMetricsFacts;
use products::facts::SelectionReason;
use products::selection_set::{LimitFacts, LimitOrigin};
use sky_stats::{mad_sigma, median};

use crate::config::{CullConfig, FixedLimits};
use crate::frame::Frame;

/// Scatter below which no group's median is trusted, as a share of it: FWHM and level of the sky.
const LEAST_RELATIVE_SCATTER: f64 = 0.02;
/// Scatter of an eccentricity below which none is trusted.
const LEAST_ECCENTRICITY_SCATTER: f64 = 0.03;

/// A quantity that a limit is set to.
#[derive(Clone, Copy)]
struct Quantity {
    rule: &'static str,
    of: fn(&Frame<'_>) -> f64,
    /// Whether large is bad.
    is_bad_above: bool,
}

const HFR: Quantity =
    Quantity { rule: "hfr_nina_px", of: |frame| quality(frame, |facts| facts.quality.hfr_nina_px), is_bad_above: true };
const FWHM: Quantity = Quantity { rule: "fwhm_px", of: |frame| frame.fwhm_px(), is_bad_above: true };
const ECCENTRICITY: Quantity = Quantity {
    rule: "eccentricity",
    of: |frame| quality(frame, |facts| facts.quality.eccentricity),
    is_bad_above: true,
};
const STARS: Quantity = Quantity { rule: "star_count", of: |frame| frame.star_count(), is_bad_above: false };
const BACKGROUND: Quantity = Quantity {
    rule: "background_adu",
    of: |frame| quality(frame, |facts| facts.quality.background_adu),
    is_bad_above: true,
};
const TRAILS: Quantity = Quantity {
    rule: "trail_count",
    of: |frame| quality(frame, |facts| Some(facts.trail_count as f64)),
    is_bad_above: true,
};
const TRANSPARENCY: Quantity = Quantity {
    rule: "transparency",
    of: |frame| frame.matched.as_ref().and_then(|matched| matched.transparency).unwrap_or(f64::NAN),
    is_bad_above: false,
};
const OCCLUDED: Quantity = Quantity {
    rule: "occluded_fraction",
    of: |frame| frame.matched.as_ref().and_then(|matched| matched.occluded_fraction).unwrap_or(f64::NAN),
    is_bad_above: true,
};

fn quality(frame: &Frame<'_>, of: impl Fn(&FrameMetricsFacts) -> Option<f64>) -> f64 {
    frame.facts.and_then(of).unwrap_or(f64::NAN)
}

/// The fixed limits of a group: those of its rig, else those of all.
fn fixed<'c>(config: &'c CullConfig, frames: &[Frame<'_>]) -> (&'c FixedLimits, LimitOrigin) {
    let is_of = |rig: &str| {
        frames.iter().filter_map(|frame| frame.facts).any(|facts| {
            let camera = facts.camera.as_ref().and_then(|camera| camera.name.as_deref());
            let telescope = facts.exposure.as_ref().and_then(|exposure| exposure.telescope.as_deref());
            let rig = rig.to_lowercase();
            !rig.is_empty() && [camera, telescope].into_iter().flatten().any(|name| name.to_lowercase().contains(&rig))
        })
    };
    match config.rigs.iter().find(|limits| is_of(&limits.rig)) {
        Some(found) => (&found.limits, LimitOrigin::Rig),
        None => (&config.fixed, LimitOrigin::Fixed),
    }
}

/// Limits on what each frame says of itself: they are worked out and tried before frames are laid on each other.
pub(crate) fn judge_alone(config: &CullConfig, frames: &mut [Frame<'_>]) -> Vec<LimitFacts> {
    let (limits, origin) = fixed(config, frames);
    let count = |count: Option<u64>| count.map(|count| count as f64);
    let stated = [
        (HFR, limits.max_hfr_nina_px),
        (FWHM, limits.max_fwhm_px),
        (ECCENTRICITY, limits.max_eccentricity),
        (STARS, count(limits.min_star_count)),
        (BACKGROUND, limits.max_background_adu),
        (TRAILS, count(limits.max_trail_count)),
    ];
    let mut used: Vec<(Quantity, LimitFacts)> = stated
        .into_iter()
        .filter_map(|(quantity, limit)| Some((quantity, stated_limit(quantity, limit?, origin))))
        .collect();
    // Median and scatter are those of all frames with a picture: a bad one moves neither much.
    let group = &config.group;
    let wanted = [
        (FWHM, group.fwhm_sigma),
        (ECCENTRICITY, group.eccentricity_sigma),
        (STARS, group.star_count_sigma),
        (BACKGROUND, group.background_sigma),
    ];
    for (quantity, sigmas) in wanted {
        used.extend(
            sigmas
                .and_then(|sigmas| group_limit(quantity, sigmas, group.min_frames, frames))
                .map(|limit| (quantity, limit)),
        );
    }
    try_limits(&used, frames);
    used.into_iter().map(|(_, limit)| limit).collect()
}

/// Limits on what frames say of each other.
pub(crate) fn judge_together(config: &CullConfig, frames: &mut [Frame<'_>]) -> Vec<LimitFacts> {
    let (limits, origin) = fixed(config, frames);
    let stated = [(TRANSPARENCY, limits.min_transparency), (OCCLUDED, limits.max_occluded_fraction)];
    let used: Vec<(Quantity, LimitFacts)> = stated
        .into_iter()
        .filter_map(|(quantity, limit)| Some((quantity, stated_limit(quantity, limit?, origin))))
        .collect();
    try_limits(&used, frames);
    used.into_iter().map(|(_, limit)| limit).collect()
}

fn stated_limit(quantity: Quantity, limit: f64, origin: LimitOrigin) -> LimitFacts {
    limit_facts(quantity, limit, origin, None)
}

fn limit_facts(quantity: Quantity, limit: f64, origin: LimitOrigin, rests: Option<(f64, f64, usize)>) -> LimitFacts {
    LimitFacts {
        rule: quantity.rule.to_owned(),
        least: (!quantity.is_bad_above).then_some(limit),
        greatest: quantity.is_bad_above.then_some(limit),
        origin,
        median: rests.map(|(median, _, _)| median),
        sigma: rests.map(|(_, sigma, _)| sigma),
        count: rests.map(|(_, _, count)| count as u64),
    }
}

fn group_limit(quantity: Quantity, sigmas: f64, min_frames: u64, frames: &[Frame<'_>]) -> Option<LimitFacts> {
    let mut values: Vec<f64> = frames
        .iter()
        .filter(|frame| frame.has_picture())
        .map(|frame| (quantity.of)(frame))
        .filter(|value| value.is_finite())
        .collect();
    let count = values.len();
    if (count as u64) < min_frames {
        return None;
    }
    let (middle, scatter) = (median(&mut values)?, mad_sigma(&mut values)?);
    let least = match quantity.rule {
        "eccentricity" => LEAST_ECCENTRICITY_SCATTER,
        // The count of a Poisson process.
        "star_count" => middle.max(1.0).sqrt(),
        _ => LEAST_RELATIVE_SCATTER * middle.abs(),
    };
    let sigma = scatter.max(least);
    let limit = if quantity.is_bad_above { middle + sigmas * sigma } else { (middle - sigmas * sigma).max(0.0) };
    Some(limit_facts(quantity, limit, LimitOrigin::Group, Some((middle, sigma, count))))
}

fn try_limits(limits: &[(Quantity, LimitFacts)], frames: &mut [Frame<'_>]) {
    for frame in frames.iter_mut().filter(|frame| frame.has_picture()) {
        for (quantity, limit) in limits {
            let value = (quantity.of)(frame);
            let (too_high, too_low) =
                (limit.greatest.filter(|greatest| value > *greatest), limit.least.filter(|least| value < *least));
            if let Some(broken) = too_high.or(too_low) {
                let reason = SelectionReason { rule: limit.rule.clone(), value: Some(value), limit: Some(broken) };
                frame.reasons.push(reason);
            }
        }
    }
}
