//! The local backend, native or STILTS: all pairs, both sides, and what chance gives.

use products::ReferenceMatch;
use sky_match::{CrossMatch, Pair, expected_chance_share, match_all, shifted_chance_share};

use step_harness::UnitFiles;

use crate::detections::Detections;
use crate::references::Reference;
use crate::{XmatchConfig, XmatchEngine, XmatchError, stilts};

/// The match with one reference.
#[derive(Clone, Debug)]
pub(crate) struct Matched {
    pub(crate) cross: CrossMatch,
    /// Pairs at the epoch of the plate of a reference whose motions are not believed; empty for the others.
    pub(crate) at_epoch: Vec<Pair>,
    chance_expected: Option<f64>,
    chance_measured: Option<f64>,
}

pub(crate) fn match_reference(
    config: &XmatchConfig,
    detections: &Detections,
    reference: &Reference,
    files: &mut UnitFiles,
) -> Result<Matched, XmatchError> {
    let (ours, theirs, radius) = (&detections.positions, &reference.positions, config.match_radius_arcsec);
    let at_epoch =
        if reference.motions_believed { Vec::new() } else { match_all(ours, &reference.carried, radius)?.pairs };
    Ok(Matched {
        at_epoch,
        cross: match config.engine {
            // mark: match-all
            XmatchEngine::Native => match_all(ours, theirs, radius)?,
            XmatchEngine::Stilts => stilts::match_all(config, ours, theirs, files)?,
        },
        chance_expected: expected_chance_share(ours, theirs, radius, config.neighbourhood_arcsec)?,
        chance_measured: shifted_chance_share(ours, theirs, radius)?.map(|share| share.mean),
    })
}

impl Matched {
    /// Pairs that only a motion makes that is not believed.
    pub(crate) fn by_motion(&self) -> impl Iterator<Item = &Pair> {
        self.at_epoch.iter().filter(|pair| !is_among(pair, &self.cross.pairs))
    }

    /// Whether a pair of [`Self::cross`] is one at the epoch of the plate, too.
    pub(crate) fn is_at_epoch(&self, pair: &Pair) -> bool {
        is_among(pair, &self.at_epoch)
    }

    /// Counts that close on both sides: matched + unmatched + invalid = all.
    pub(crate) fn facts(&self, reference: &Reference) -> ReferenceMatch {
        let (detections, references) = (&self.cross.detections, &self.cross.references);
        ReferenceMatch {
            reference: reference.name.clone(),
            label: reference.label.clone(),
            status: "done".to_owned(),
            reason: None,
            rows: reference.rows.len() as u64,
            rows_invalid: references.invalid.len() as u64,
            pairs: self.cross.pairs.len() as u64,
            detections_matched: detections.matched.len() as u64,
            detections_unmatched: detections.unmatched.len() as u64,
            references_matched: references.matched.len() as u64,
            references_unmatched: references.unmatched.len() as u64,
            motions_believed: reference.motions_believed,
            pairs_by_motion: (!reference.motions_believed).then(|| self.by_motion().count() as u64),
            chance_fraction_expected: self.chance_expected,
            chance_fraction_measured: self.chance_measured,
        }
    }
}

/// Whether the same detection and reference are paired in a list that is ordered by detection.
fn is_among(pair: &Pair, pairs: &[Pair]) -> bool {
    let first = pairs.partition_point(|other| other.detection < pair.detection);
    let same = pairs[first..].iter().take_while(|other| other.detection == pair.detection);
    same.into_iter().any(|other| other.reference == pair.reference)
}
