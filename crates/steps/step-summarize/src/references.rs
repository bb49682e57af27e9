//! Matches against each reference, over all tiles.

use std::collections::BTreeMap;

use products::ReferenceMatch;

use crate::chain::{Chain, facts};

/// Sums over tiles for one reference.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReferenceSums {
    pub(crate) tiles: u64,
    pub(crate) rows: u64,
    pub(crate) pairs: u64,
    pub(crate) matched: u64,
    pub(crate) unmatched: u64,
    pub(crate) references_matched: u64,
    pub(crate) references_unmatched: u64,
    /// Sum of share x detections, and of detections, where the share is known.
    expected: (f64, f64),
    measured: (f64, f64),
}

/// The sums of every reference that was matched with, by name.
pub(crate) fn reference_sums(chain: &Chain) -> BTreeMap<String, ReferenceSums> {
    let mut sums: BTreeMap<String, ReferenceSums> = BTreeMap::new();
    let tiles = chain.tiles();
    let matched = tiles.iter().filter_map(|tile| facts(&chain.matches, tile));
    for reference in matched.flat_map(|facts| &facts.references).filter(|reference| reference.status == "done") {
        sums.entry(reference.reference.clone()).or_default().add(reference);
    }
    sums
}

impl ReferenceSums {
    fn add(&mut self, tile: &ReferenceMatch) {
        self.tiles += 1;
        self.rows += tile.rows;
        self.pairs += tile.pairs;
        self.matched += tile.detections_matched;
        self.unmatched += tile.detections_unmatched;
        self.references_matched += tile.references_matched;
        self.references_unmatched += tile.references_unmatched;
        let detections = (tile.detections_matched + tile.detections_unmatched) as f64;
        for (sum, share) in
            [(&mut self.expected, tile.chance_fraction_expected), (&mut self.measured, tile.chance_fraction_measured)]
        {
            if let Some(share) = share {
                sum.0 += share * detections;
                sum.1 += detections;
            }
        }
    }

    /// Mean share of random positions with a match, as computed; `None` where no tile knows it.
    pub(crate) fn expected(&self) -> Option<f64> {
        (self.expected.1 > 0.0).then(|| self.expected.0 / self.expected.1)
    }

    /// The same as measured.
    pub(crate) fn measured(&self) -> Option<f64> {
        (self.measured.1 > 0.0).then(|| self.measured.0 / self.measured.1)
    }
}
