//! Frames laid on the reference frame by their stars: transparency, missing parts, weighted FWHM.

use products::facts::SelectionReason;
use sky_metrics::{occlusion, transparency};
use sky_register::{Model, RegisterParams, Registration, Star, Transform, register};
use sky_stats::median;

use crate::config::CullConfig;
use crate::frame::Frame;

/// A star belongs to the session where this share of the frames shows it (psf-guard).
const SESSION_SHARE: f64 = 0.5;
/// The clear part of a session: its upper quarter of transparencies, so that an evening half in cloud is told against the other half.
const CLEAR_SHARE: f64 = 0.75;
/// Cells that must have enough stars before a share of missing ones is told.
const LEAST_CELLS: usize = 6;
/// Minutes of a day.
const DAY_MINUTES: f64 = 1440.0;

/// How a frame lies on the reference frame, and how clear it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Matched {
    /// Stars found again in the reference frame.
    pub(crate) n_matched: usize,
    /// From the reference frame to this one.
    pub(crate) to_frame: Transform,
    /// For each star of the reference its flux on this frame; NaN where it is not seen.
    pub(crate) fluxes: Vec<f64>,
    pub(crate) transparency: Option<f64>,
    pub(crate) occluded_fraction: Option<f64>,
    /// FWHM (1 + 2 (n_ref - n_matched) / n_ref), as Siril's weighted FWHM. It favours the reference, which finds all of its own stars.
    pub(crate) weighted_fwhm_px: f64,
    /// Share of the session's stars that the frame shows: what the reference does not favour.
    pub(crate) session_share: f64,
}

/// The frame that others are laid on first: of those with at least half as many stars as the richest the one with the least
/// FWHM + 2 FWHM (n_max - n) / n_max (Siril's two-pass registration). `None` where no frame is kept.
pub(crate) fn first_reference(frames: &[Frame<'_>]) -> Option<usize> {
    let usable = |frame: &Frame<'_>| frame.is_kept() && frame.fwhm_px().is_finite();
    let most = frames.iter().filter(|frame| usable(frame)).map(Frame::star_count).fold(0.0, f64::max);
    let score = |frame: &Frame<'_>| frame.fwhm_px() * (1.0 + 2.0 * (most - frame.star_count()) / most.max(1.0));
    best(frames, |frame| usable(frame) && frame.star_count() >= 0.5 * most, score)
        // Without sizes, the frame with the most stars.
        .or_else(|| best(frames, Frame::is_kept, |frame| -frame.star_count()))
}

/// The frame that the stack is laid on: of those that are kept in the end the one with the least FWHM, made larger by the stars of the
/// session that it lacks, over its transparency.
pub(crate) fn last_reference(frames: &[Frame<'_>]) -> Option<usize> {
    let score = |frame: &Frame<'_>| {
        let Some(matched) = &frame.matched else { return f64::INFINITY };
        let clear = matched.transparency.unwrap_or(1.0).clamp(0.1, 1.0);
        frame.fwhm_px() * (1.0 + 2.0 * (1.0 - matched.session_share)) / clear
    };
    best(frames, |frame| frame.is_kept() && score(frame).is_finite(), score).or_else(|| first_reference(frames))
}

fn best<'f>(
    frames: &[Frame<'f>],
    may: impl Fn(&Frame<'f>) -> bool,
    score: impl Fn(&Frame<'f>) -> f64,
) -> Option<usize> {
    (0..frames.len())
        .filter(|at| may(&frames[*at]))
        .min_by(|a, b| score(&frames[*a]).total_cmp(&score(&frames[*b])).then(a.cmp(b)))
}

/// Lays every frame with a picture on the reference; answers how many stars of the reference the session has.
pub(crate) fn match_all(config: &CullConfig, frames: &mut [Frame<'_>], reference: usize) -> usize {
    let stars: Vec<Star> = frames[reference].stars.iter().map(star).collect();
    let size = frames[reference].facts.map_or((0, 0), |facts| (facts.width_px as usize, facts.height_px as usize));
    for (at, frame) in frames.iter_mut().enumerate() {
        frame.matched = if frame.has_picture() { lay(frame, &stars, at == reference) } else { None };
    }
    let seen = |star: usize| {
        frames
            .iter()
            .filter_map(|frame| frame.matched.as_ref())
            .filter(|matched| matched.fluxes[star].is_finite())
            .count()
    };
    let n_laid = frames.iter().filter(|frame| frame.matched.is_some()).count();
    let of_session: Vec<bool> =
        (0..stars.len()).map(|star| seen(star) as f64 >= SESSION_SHARE * n_laid as f64).collect();
    for session in sessions(frames, config.session_gap_minutes) {
        let typical: Vec<f64> = (0..stars.len()).map(|star| typical_flux(frames, &session, star)).collect();
        for at in &session {
            if let Some(matched) = &mut frames[*at].matched {
                let pairs: Vec<(f64, f64)> = (0..stars.len())
                    .filter(|star| of_session[*star])
                    .map(|star| (matched.fluxes[star], typical[star]))
                    .filter(|(own, typical)| own.is_finite() && typical.is_finite())
                    .collect();
                matched.transparency = transparency(&pairs);
            }
        }
        let mut clear: Vec<f64> = session
            .iter()
            .filter_map(|at| frames[*at].matched.as_ref().and_then(|matched| matched.transparency))
            .collect();
        clear.sort_by(f64::total_cmp);
        if let Some(&scale) =
            clear.get(((CLEAR_SHARE * clear.len() as f64) as usize).min(clear.len().saturating_sub(1)))
            && scale > 0.0
        {
            for at in &session {
                if let Some(matched) = &mut frames[*at].matched {
                    matched.transparency = matched.transparency.map(|found| found / scale);
                }
            }
        }
    }
    for frame in frames.iter_mut() {
        if let Some(matched) = &mut frame.matched {
            let places: Vec<((f64, f64), bool)> = (0..stars.len())
                .filter(|star| of_session[*star])
                .map(|star| {
                    (matched.to_frame.apply(stars[star].x_px, stars[star].y_px), matched.fluxes[star].is_finite())
                })
                .collect();
            let n_seen = places.iter().filter(|(_, is_seen)| *is_seen).count();
            matched.session_share = n_seen as f64 / places.len().max(1) as f64;
            let found = occlusion(&places, size.0, size.1);
            matched.occluded_fraction = (found.n_told >= LEAST_CELLS).then(|| found.share());
        }
    }
    of_session.iter().filter(|is_one| **is_one).count()
}

/// A frame that cannot be laid on the reference cannot be stacked on it.
pub(crate) fn reject_unmatched(frames: &mut [Frame<'_>]) {
    for frame in frames.iter_mut().filter(|frame| frame.has_picture() && frame.matched.is_none()) {
        frame.reasons.push(SelectionReason { rule: "unmatched".to_owned(), value: None, limit: None });
    }
}

fn star(star: &products::frame_metrics::MeasuredStar) -> Star {
    Star { x_px: star.position.x_px, y_px: star.position.y_px, flux: star.flux_adu }
}

fn lay(frame: &Frame<'_>, reference: &[Star], is_reference: bool) -> Option<Matched> {
    let own: Vec<Star> = frame.stars.iter().map(star).collect();
    let (to_frame, pairs) = if is_reference {
        (Transform::IDENTITY, (0..reference.len()).map(|at| (at, at)).collect())
    } else {
        let params = RegisterParams { model: Model::Similarity, ..RegisterParams::default() };
        let Registration { transform, pairs, .. } = register(&own, reference, &params).ok()?;
        (transform.inverse()?, pairs)
    };
    let mut fluxes = vec![f64::NAN; reference.len()];
    for (at, star) in &pairs {
        // A saturated star says nothing of clouds.
        fluxes[*star] = if frame.stars[*at].saturated { f64::NAN } else { frame.stars[*at].flux_adu };
    }
    let (n_matched, n_reference) = (pairs.len(), reference.len().max(1));
    let missing = n_reference.saturating_sub(n_matched) as f64 / n_reference as f64;
    Some(Matched {
        n_matched,
        to_frame,
        fluxes,
        transparency: None,
        occluded_fraction: None,
        weighted_fwhm_px: frame.fwhm_px() * (1.0 + 2.0 * missing),
        session_share: 0.0,
    })
}

/// Median flux of a star over the frames of a session that show it.
fn typical_flux(frames: &[Frame<'_>], session: &[usize], star: usize) -> f64 {
    let mut fluxes: Vec<f64> = session
        .iter()
        .filter_map(|at| frames[*at].matched.as_ref().map(|matched| matched.fluxes[star]))
        .filter(|flux| flux.is_finite())
        .collect();
    median(&mut fluxes).unwrap_or(f64::NAN)
}

/// Frames between pauses, in the order of time; those without a time are a session of their own.
fn sessions(frames: &[Frame<'_>], gap_minutes: f64) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..frames.len()).collect();
    order.sort_by(|a, b| frames[*a].start_mjd.total_cmp(&frames[*b].start_mjd).then(a.cmp(b)));
    let together = |a: &usize, b: &usize| {
        let pause = (frames[*b].start_mjd - frames[*a].start_mjd) * DAY_MINUTES;
        pause <= gap_minutes || (frames[*a].start_mjd.is_nan() && frames[*b].start_mjd.is_nan())
    };
    order.chunk_by(together).map(<[usize]>::to_vec).collect()
}
