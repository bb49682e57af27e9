//! All pairs of two lists, and what is left on both sides.

use sky_coords::SkyPos;

use crate::radius::RadiusError;
use crate::zone::ZoneIndex;

/// A detection and a reference within the radius of each other. Both are indices into the lists that were matched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// Index of the detection.
    pub detection: usize,
    /// Index of the reference.
    pub reference: usize,
    /// Great-circle separation, arc seconds.
    pub separation_arcsec: f64,
    /// Whether this is the nearest reference of the detection; of equally near ones the first of the list.
    ///
    /// Each detection chooses for itself (STILTS `find=best1`), so that two detections of one star both have it: a symmetric
    /// `find=best` would leave the second one without a match.
    pub best1: bool,
}

/// One side of a match: every index is in exactly one of the three lists, each ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// Has at least one partner.
    pub matched: Vec<usize>,
    /// Has none.
    pub unmatched: Vec<usize>,
    /// Was not matched because its position is not finite or lies beyond a pole.
    pub invalid: Vec<usize>,
}

/// All pairs, ordered by detection, then separation, then reference, and both sides of the match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CrossMatch {
    /// The pairs.
    pub pairs: Vec<Pair>,
    /// What became of the detections.
    pub detections: Side,
    /// What became of the references.
    pub references: Side,
}

impl CrossMatch {
    /// The same of pairs that another matcher found: (detection, reference, separation in arc seconds), in any order; pairs
    /// beyond the lists are left out.
    pub fn from_pairs(detections: &[SkyPos], references: &[SkyPos], mut found: Vec<(usize, usize, f64)>) -> Self {
        found.retain(|(detection, reference, _)| *detection < detections.len() && *reference < references.len());
        found.sort_by(|a, b| a.0.cmp(&b.0).then(a.2.total_cmp(&b.2)).then(a.1.cmp(&b.1)));
        let mut has_pair = (vec![false; detections.len()], vec![false; references.len()]);
        let mut pairs = Vec::with_capacity(found.len());
        for (detection, reference, separation_arcsec) in found {
            let best1 = !std::mem::replace(&mut has_pair.0[detection], true);
            has_pair.1[reference] = true;
            pairs.push(Pair { detection, reference, separation_arcsec, best1 });
        }
        let side = |places: &[SkyPos], has_pair: &[bool]| {
            let (matched, left): (Vec<usize>, Vec<usize>) = (0..places.len()).partition(|&i| has_pair[i]);
            let (unmatched, invalid) = left.into_iter().partition(|&i| places[i].is_valid());
            Side { matched, unmatched, invalid }
        };
        Self { detections: side(detections, &has_pair.0), references: side(references, &has_pair.1), pairs }
    }

    /// The nearest reference of each matched detection.
    pub fn best1(&self) -> impl Iterator<Item = &Pair> {
        self.pairs.iter().filter(|pair| pair.best1)
    }
}

/// All pairs of a detection and a reference that are at most `radius_arcsec` apart (boundary included: 5.000 is in, 5.0001 is not).
///
/// The order of `references` breaks ties of equal separation, so give them sorted by their id. O((n + m) log m + pairs) time, O(n + m + pairs) memory.
///
/// # Errors
/// If the radius is negative, not finite or above [`crate::MAX_RADIUS_ARCSEC`].
pub fn match_all(detections: &[SkyPos], references: &[SkyPos], radius_arcsec: f64) -> Result<CrossMatch, RadiusError> {
    let index = ZoneIndex::new(references, radius_arcsec)?;
    let mut pairs = Vec::new();
    let mut reference_matched = vec![false; references.len()];
    let mut sides = Side::default();
    for (detection, &place) in detections.iter().enumerate() {
        if !place.is_valid() {
            sides.invalid.push(detection);
            continue;
        }
        let neighbours = index.within(place);
        let side = if neighbours.is_empty() { &mut sides.unmatched } else { &mut sides.matched };
        side.push(detection);
        for (rank, neighbour) in neighbours.into_iter().enumerate() {
            // mark: pair-counted-once
            reference_matched[neighbour.index] = true;
            pairs.push(Pair {
                detection,
                reference: neighbour.index,
                separation_arcsec: neighbour.separation_arcsec,
                best1: rank == 0,
            });
        }
    }
    let (matched, left): (Vec<usize>, Vec<usize>) = (0..references.len()).partition(|&i| reference_matched[i]);
    let unmatched = left.into_iter().filter(|&i| references[i].is_valid()).collect();
    let references = Side { matched, unmatched, invalid: index.invalid().to_vec() };
    Ok(CrossMatch { pairs, detections: sides, references })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn north_of(place: SkyPos, arcsec: f64) -> SkyPos {
        SkyPos::new(place.ra_deg, place.dec_deg + arcsec / 3600.0)
    }

    #[test]
    fn the_boundary_is_inclusive() {
        for (ra, dec) in [(150.0, 20.0), (0.0, 0.0), (359.999_9, -45.0), (212.3, 89.9)] {
            let star = SkyPos::new(ra, dec);
            let at = match_all(&[north_of(star, 5.0)], &[star], 5.0).expect("5 arcsec is a radius");
            let beyond = match_all(&[north_of(star, 5.0001)], &[star], 5.0).expect("5 arcsec is a radius");
            assert_eq!((at.pairs.len(), beyond.pairs.len()), (1, 0), "5.000 in, 5.0001 out, at {ra} {dec}");
        }
    }

    #[test]
    fn the_nearest_reference_is_best_and_the_first_of_equals() {
        let detection = SkyPos::new(10.0, 0.0);
        let references = [north_of(detection, 3.0), SkyPos::new(10.0, 0.0), SkyPos::new(10.0, 0.0)];
        let found = match_all(&[detection], &references, 5.0).expect("5 arcsec is a radius");
        let order: Vec<(usize, bool)> = found.pairs.iter().map(|pair| (pair.reference, pair.best1)).collect();
        assert_eq!(order, [(1, true), (2, false), (0, false)]);
    }

    #[test]
    fn pairs_from_elsewhere_give_the_same_match() {
        let nowhere = SkyPos { ra_deg: f64::NAN, dec_deg: 1.0 };
        let star = SkyPos::new(10.0, 20.0);
        let detections = [north_of(star, 1.0), nowhere, star, SkyPos::new(50.0, 0.0)];
        let references = [nowhere, star, north_of(star, 2.0), SkyPos::new(90.0, 0.0)];
        let ours = match_all(&detections, &references, 5.0).expect("5 arcsec is a radius");
        let mut pairs: Vec<(usize, usize, f64)> =
            ours.pairs.iter().map(|pair| (pair.detection, pair.reference, pair.separation_arcsec)).collect();
        assert_eq!(pairs.len(), 4, "two detections with two references each");
        pairs.reverse();
        assert_eq!(CrossMatch::from_pairs(&detections, &references, pairs), ours);
    }

    #[test]
    fn every_index_is_on_one_list_of_its_side() {
        let nowhere = SkyPos { ra_deg: f64::NAN, dec_deg: 1.0 };
        let beyond = SkyPos { ra_deg: 1.0, dec_deg: 91.0 };
        let detections = [SkyPos::new(1.0, 1.0), nowhere, SkyPos::new(2.0, 1.0)];
        let references = [beyond, SkyPos::new(1.0, 1.0), SkyPos::new(3.0, 1.0)];
        let found = match_all(&detections, &references, 5.0).expect("5 arcsec is a radius");
        assert_eq!(found.detections, Side { matched: vec![0], unmatched: vec![2], invalid: vec![1] });
        assert_eq!(found.references, Side { matched: vec![1], unmatched: vec![2], invalid: vec![0] });
    }
}
