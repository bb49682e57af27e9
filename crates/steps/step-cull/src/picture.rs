//! The picture of the night.

use products::selection_set::LimitFacts;
use sky_plot::{Picture, StripRow, strip};

use crate::frame::Frame;

/// One column a frame in the order of time, one strip a metric.
pub(crate) fn picture(group: &str, frames: &[Frame<'_>], reference: Option<usize>, limits: &[LimitFacts]) -> Picture {
    let mut order: Vec<usize> = (0..frames.len()).collect();
    order.sort_by(|a, b| frames[*a].start_mjd.total_cmp(&frames[*b].start_mjd).then(a.cmp(b)));
    let of_quality = |of: fn(&products::facts::QualityFacts) -> Option<f64>| -> Vec<f64> {
        let value = |at: &usize| {
            let frame = &frames[*at];
            frame.facts.filter(|_| frame.has_picture()).and_then(|facts| of(&facts.quality)).unwrap_or(f64::NAN)
        };
        order.iter().map(value).collect()
    };
    let of_matched = |of: fn(&crate::matched::Matched) -> Option<f64>| -> Vec<f64> {
        order.iter().map(|at| frames[*at].matched.as_ref().and_then(of).unwrap_or(f64::NAN)).collect()
    };
    let row = |name: &str, rule: &str, values: Vec<f64>| {
        let least = limits.iter().filter(|limit| limit.rule == rule).filter_map(|limit| limit.least).reduce(f64::max);
        let greatest =
            limits.iter().filter(|limit| limit.rule == rule).filter_map(|limit| limit.greatest).reduce(f64::min);
        let broken = order.iter().map(|at| frames[*at].reasons.iter().any(|reason| reason.rule == rule)).collect();
        StripRow { name: name.to_owned(), values, least, greatest, broken }
    };
    let rows = vec![
        row("FWHM, px", "fwhm_px", of_quality(|quality| quality.fwhm_px)),
        row("HFR (NINA), px", "hfr_nina_px", of_quality(|quality| quality.hfr_nina_px)),
        row("eccentricity", "eccentricity", of_quality(|quality| quality.eccentricity)),
        row("stars", "star_count", of_quality(|quality| Some(quality.star_count as f64))),
        row("sky, ADU", "background_adu", of_quality(|quality| quality.background_adu)),
        row("transparency", "transparency", of_matched(|matched| matched.transparency)),
        row("stars missing", "occluded_fraction", of_matched(|matched| matched.occluded_fraction)),
    ];
    let kept: Vec<bool> = order.iter().map(|at| frames[*at].is_kept()).collect();
    let n_kept = kept.iter().filter(|kept| **kept).count();
    let place = reference.and_then(|reference| order.iter().position(|at| *at == reference));
    strip(&format!("{group}: {n_kept} of {} frames kept", frames.len()), &kept, place, &rows)
}
