//! One frame of a group while it is judged.

use products::facts::SelectionReason;
use products::frame_metrics::{MeasuredStar, read_stars};
use products::{FrameMetrics, FrameMetricsFacts};
use sky_coords::DateObs;
use step_contract::{Member, Status};

use crate::error::CullError;
use crate::matched::Matched;

/// One frame of a group.
#[derive(Clone, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) unit: &'a str,
    /// Its metrics, where it was measured.
    pub(crate) facts: Option<&'a FrameMetricsFacts>,
    /// Its stars, the brightest first; none of a frame without a picture.
    pub(crate) stars: Vec<MeasuredStar>,
    /// Start of the exposure as MJD; NaN where it is not known.
    pub(crate) start_mjd: f64,
    /// How it lies on the reference frame and how clear it is.
    pub(crate) matched: Option<Matched>,
    /// Why it is left out.
    pub(crate) reasons: Vec<SelectionReason>,
}

impl<'a> Frame<'a> {
    /// A member of the group; one that was not measured, or holds no picture, is left out from the beginning.
    pub(crate) fn of(member: &Member<'a, FrameMetrics>) -> Result<Self, CullError> {
        let done = member.done();
        let facts = done.as_ref().map(|unit| unit.facts());
        let reasons = match (facts, member.reason()) {
            (Some(facts), _) => facts.selection.as_ref().map(|selection| selection.reasons.clone()).unwrap_or_default(),
            (None, Some(reason)) => vec![bare(&reason.kind)],
            (None, None) => vec![bare(status_name(member.status()))],
        };
        let stars = match &done {
            Some(unit) if reasons.is_empty() => read_stars(&unit.file("stars"))?,
            _ => Vec::new(),
        };
        let start = facts.and_then(|facts| facts.time.as_ref()?.start_utc.as_deref());
        let start_mjd = start.and_then(|start| DateObs::parse(start).ok()).map_or(f64::NAN, |date| date.mjd);
        Ok(Self { unit: member.id(), facts, stars, start_mjd, matched: None, reasons })
    }

    /// Whether nothing speaks against it so far.
    pub(crate) fn is_kept(&self) -> bool {
        self.reasons.is_empty()
    }

    /// Whether it was measured and holds a picture, whatever its quality.
    pub(crate) fn has_picture(&self) -> bool {
        self.facts.is_some_and(|facts| facts.selection.as_ref().is_none_or(|selection| selection.kept))
    }

    /// FWHM in pixels; NaN where there are too few stars.
    pub(crate) fn fwhm_px(&self) -> f64 {
        self.facts.and_then(|facts| facts.quality.fwhm_px).unwrap_or(f64::NAN)
    }

    pub(crate) fn star_count(&self) -> f64 {
        self.facts.map_or(f64::NAN, |facts| facts.quality.star_count as f64)
    }
}

fn bare(rule: &str) -> SelectionReason {
    SelectionReason { rule: rule.to_owned(), value: None, limit: None }
}

const fn status_name(status: Status) -> &'static str {
    match status {
        Status::Blocked => "blocked",
        Status::Skipped => "skipped",
        Status::NoWork => "no_work",
        _ => "failed",
    }
}
