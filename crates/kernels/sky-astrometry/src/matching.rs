//! Pairs of detections and references under a correction.

use sky_coords::{StandardPos, TangentPlane};
use sky_match::ZoneIndex;

use crate::polynomial::{Equation, Polynomial};

/// Detections on the plane, references on the plane, and the search structure of the references.
pub(crate) struct Field {
    pub(crate) plane: TangentPlane,
    pub(crate) detections: Vec<StandardPos>,
    pub(crate) references: Vec<StandardPos>,
    pub(crate) index: ZoneIndex,
}

impl Field {
    /// Offsets reference minus detection of all pairs within the radius of the index.
    pub(crate) fn all_offsets(&self) -> Vec<StandardPos> {
        self.detections
            .iter()
            .flat_map(|place| {
                let near = self.index.within(self.plane.deproject(*place));
                near.into_iter().map(|reference| self.offset(*place, reference.index))
            })
            .collect()
    }

    /// Pairs within `radius_arcsec` after the correction, each detection with its nearest reference and each reference
    /// with the nearest detection that chose it: (detection, reference), ordered by detection.
    pub(crate) fn pairs(&self, correction: &Polynomial, radius_arcsec: f64) -> Vec<(usize, usize)> {
        let mut chosen: Vec<Option<(f64, usize)>> = vec![None; self.references.len()];
        for (detection, place) in self.detections.iter().enumerate() {
            let offset = correction.offset(*place);
            let corrected = StandardPos::new(place.xi_arcsec + offset.xi_arcsec, place.eta_arcsec + offset.eta_arcsec);
            let near = self.index.within(self.plane.deproject(corrected));
            let Some(reference) = near.first().filter(|reference| reference.separation_arcsec <= radius_arcsec) else {
                continue;
            };
            let holder = &mut chosen[reference.index];
            if holder.is_none_or(|(separation_arcsec, _)| reference.separation_arcsec < separation_arcsec) {
                *holder = Some((reference.separation_arcsec, detection));
            }
        }
        let mut pairs: Vec<(usize, usize)> = chosen
            .into_iter()
            .enumerate()
            .filter_map(|(reference, holder)| holder.map(|(_, detection)| (detection, reference)))
            .collect();
        pairs.sort_unstable();
        pairs
    }

    /// The equations of pairs.
    pub(crate) fn equations(&self, pairs: &[(usize, usize)]) -> Vec<Equation> {
        pairs
            .iter()
            .map(|&(detection, reference)| {
                let place = self.detections[detection];
                Equation { place, offset: self.offset(place, reference) }
            })
            .collect()
    }

    fn offset(&self, place: StandardPos, reference: usize) -> StandardPos {
        let there = self.references[reference];
        StandardPos::new(there.xi_arcsec - place.xi_arcsec, there.eta_arcsec - place.eta_arcsec)
    }
}
