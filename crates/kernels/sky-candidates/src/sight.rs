//! Whether a catalogue shows that it sees the tile: what stands on the plate must stand in it, for the most part and everywhere.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sky_coords::PixelPos;
use sky_stats::clopper_pearson;

/// Confidence of the lower end that decides with few detections: one standard deviation (Gehrels 1986, ApJ 303, 336).
const LOWER_END_CONFIDENCE: f64 = 0.6827;

/// What a catalogue must show before its silence counts as evidence. A real field (M67, Gaia DR3) shows 98 %.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SightParams {
    /// Unmasked detections with SNR_WIN above this must have a pair (default 30: Solano et al. 2022, where grain is no source).
    #[schemars(range(min = 5.0, max = 1e6))]
    pub snr_min: f64,
    /// Smallest share of them with a pair in each veto catalogue (default 0.5: of a real field 0.98, of an unrelated one a few hundredths).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share_min_each: f64,
    /// Smallest share with a pair in the best of the veto catalogues (default 0.8).
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share_min_best: f64,
    /// With fewer of them than this the binomial lower end of the share (one standard deviation) must reach the limits (default 20).
    #[schemars(range(min = 1, max = 1000))]
    pub few_detections: u64,
    /// The frame is looked at in so many parts along each side (default 4).
    #[schemars(range(min = 1, max = 64))]
    pub parts: u64,
    /// A part with so many of them must hold a row of each veto catalogue (default 20).
    #[schemars(range(min = 1, max = 100000))]
    pub part_detections: u64,
}

impl Default for SightParams {
    fn default() -> Self {
        Self {
            snr_min: 30.0,
            share_min_each: 0.5,
            share_min_best: 0.8,
            few_detections: 20,
            parts: 4,
            part_detections: 20,
        }
    }
}

/// What a catalogue has to say for itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// Name: `gaia`.
    pub catalog: String,
    /// Whether it vetoes. One that does not (it names the stars of spikes) must only have rows where there are detections at all.
    pub is_veto: bool,
    /// For each bright detection whether it has a pair.
    pub has_pair: Vec<bool>,
    /// Places of its rows on the image; those outside of it do not count.
    pub rows: Vec<PixelPos>,
}

/// What a catalogue sees of a tile.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// Name.
    pub catalog: String,
    /// Bright unmasked detections.
    pub bright: u64,
    /// Of these, with a pair.
    pub matched: u64,
    /// What the limits are compared with: the share, or the binomial lower end where the detections are few.
    pub share: f64,
    /// Whether the lower end decided.
    pub is_lower_end: bool,
    /// Rows of the catalogue on the image.
    pub rows: u64,
    /// Parts (column, row of parts, from 0 at the first pixel) with many bright detections and no row.
    pub empty_parts: Vec<(u64, u64)>,
    /// Why it is blind; `None` if it sees.
    pub blind: Option<String>,
}

/// Judges every catalogue.
///
/// `bright`: places of the unmasked detections above [`SightParams::snr_min`], 0-based pixels. `size_px`: columns and rows of the image.
/// The best share is asked of the vetoes together: if none reaches it, each of them is blind.
pub fn sight(bright: &[PixelPos], size_px: (u64, u64), witnesses: &[Witness], params: &SightParams) -> Vec<Sight> {
    let part_of = |place: &PixelPos| part_of(*place, size_px, params.parts);
    let mut crowd = vec![0_u64; (params.parts * params.parts) as usize];
    for part in bright.iter().filter_map(part_of) {
        crowd[part] += 1;
    }
    let mut seen: Vec<Sight> = witnesses.iter().map(|witness| look(witness, &crowd, part_of, params)).collect();
    let is_veto = |sight: &Sight| witnesses.iter().any(|w| w.catalog == sight.catalog && w.is_veto);
    let best = seen.iter().filter(|sight| is_veto(sight)).map(|sight| sight.share).fold(0.0, f64::max);
    for sight in seen.iter_mut().filter(|sight| is_veto(sight)) {
        if sight.blind.is_none() && best < params.share_min_best {
            sight.blind = Some(format!(
                "{}, and no veto catalogue reaches {} %",
                sight.how_much(),
                percent(params.share_min_best)
            ));
        }
    }
    seen
}

fn look(witness: &Witness, crowd: &[u64], part_of: impl Fn(&PixelPos) -> Option<usize>, params: &SightParams) -> Sight {
    let bright = witness.has_pair.len() as u64;
    let matched = witness.has_pair.iter().filter(|&&has| has).count() as u64;
    let is_lower_end = bright < params.few_detections;
    let share = if is_lower_end {
        clopper_pearson(matched, bright, LOWER_END_CONFIDENCE).low
    } else {
        matched as f64 / bright as f64
    };
    let mut rows = vec![0_u64; crowd.len()];
    for part in witness.rows.iter().filter_map(part_of) {
        rows[part] += 1;
    }
    let empty_parts: Vec<(u64, u64)> = (0..crowd.len())
        .filter(|&part| crowd[part] >= params.part_detections && rows[part] == 0)
        .map(|part| (part as u64 % params.parts, part as u64 / params.parts))
        .collect();
    let rows = rows.iter().sum();
    let mut sight = Sight {
        catalog: witness.catalog.clone(),
        bright,
        matched,
        share,
        is_lower_end,
        rows,
        empty_parts,
        blind: None,
    };
    sight.blind = if witness.is_veto {
        if share < params.share_min_each {
            Some(format!("{}, at least {} % expected", sight.how_much(), percent(params.share_min_each)))
        } else {
            sight.empty_parts.first().map(|(column, row)| {
                format!(
                    "{} of {} parts of the frame have {} or more bright detections and no row of it (part {} from the left, {} from below)",
                    sight.empty_parts.len(),
                    crowd.len(),
                    params.part_detections,
                    column + 1,
                    row + 1
                )
            })
        }
    } else {
        (rows == 0 && bright >= params.part_detections)
            .then(|| format!("it has no row in the frame, the plate has {bright} bright detections"))
    };
    sight
}

impl Sight {
    /// Whether rows are missing: of the whole image, or of a part with many bright detections.
    pub const fn has_gaps(&self) -> bool {
        self.rows == 0 || !self.empty_parts.is_empty()
    }

    /// `3 of 190 bright detections have a pair`.
    fn how_much(&self) -> String {
        let text = format!("{} of {} bright unmasked detections have a pair in it", self.matched, self.bright);
        if self.is_lower_end { format!("{text} (binomial lower end {} %)", percent(self.share)) } else { text }
    }
}

fn percent(share: f64) -> f64 {
    libm::round(1000.0 * share) / 10.0
}

/// The part in which a place lies, row by row from the first pixel; `None` outside of the image.
fn part_of(place: PixelPos, (width, height): (u64, u64), parts: u64) -> Option<usize> {
    let index = |at_px: f64, length: u64| {
        let share = (at_px + 0.5) / length as f64;
        (0.0..1.0).contains(&share).then(|| (share * parts as f64) as u64)
    };
    let (column, row) = (index(place.x_px, width)?, index(place.y_px, height)?);
    Some((row * parts + column) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE_PX: (u64, u64) = (1000, 1000);

    /// An even grid of `side` x `side` places.
    fn grid(side: u64) -> Vec<PixelPos> {
        let at = |i: u64| (i as f64 + 0.5) * 1000.0 / side as f64 - 0.5;
        (0..side * side).map(|i| PixelPos::new(at(i % side), at(i / side))).collect()
    }

    fn witness(catalog: &str, bright: &[PixelPos], sees: impl Fn(usize, &PixelPos) -> bool) -> Witness {
        let has_pair: Vec<bool> = bright.iter().enumerate().map(|(i, place)| sees(i, place)).collect();
        let rows = bright.iter().zip(&has_pair).filter(|(_, has)| **has).map(|(place, _)| *place).collect();
        Witness { catalog: catalog.to_owned(), is_veto: true, has_pair, rows }
    }

    fn blind(bright: &[PixelPos], witnesses: &[Witness]) -> Vec<bool> {
        sight(bright, SIZE_PX, witnesses, &SightParams::default()).iter().map(|sight| sight.blind.is_some()).collect()
    }

    #[test]
    fn each_needs_half_and_one_four_fifths() {
        let bright = grid(10);
        let share = |n: usize| witness("a", &bright, move |i, _| (i * 37) % 100 < n);
        let with = |a: usize, b: usize| {
            let mut second = share(b);
            second.catalog = "b".to_owned();
            blind(&bright, &[share(a), second])
        };
        assert_eq!(with(98, 50), [false, false], "98 % and exactly 50 %");
        assert_eq!(with(98, 49), [false, true], "49 % is less than half");
        assert_eq!(with(80, 60), [false, false], "exactly 80 % in one of them");
        assert_eq!(with(79, 79), [true, true], "80 % in neither");
        assert_eq!(with(0, 0), [true, true], "both emptied");
    }

    #[test]
    fn with_few_detections_the_lower_end_decides() {
        let of = |n: usize, matched: usize| {
            let bright = &grid(10)[..n];
            blind(bright, &[witness("a", bright, move |i, _| i < matched)])[0]
        };
        // 0.1587^(1/n) is the lower end where all match: 0.7947 for 8, 0.8151 for 9.
        assert!(!of(9, 9) && of(8, 8), "nine matched detections are the fewest that show 80 %");
        assert!(of(0, 0), "no detection shows nothing");
        assert!(!of(19, 18) && of(19, 15), "0.947 has a lower end of 0.84, 0.789 one of 0.66");
        assert!(!of(20, 16), "from 20 on the share itself counts");
    }

    #[test]
    fn a_part_without_a_row_is_blind() {
        // 20 x 20 detections: 25 in each of the 16 parts. All but the upper right part see; 375 of 400 match.
        let bright = grid(20);
        let sees = |_: usize, place: &PixelPos| !(place.x_px > 749.0 && place.y_px > 749.0);
        let seen = sight(&bright, SIZE_PX, &[witness("a", &bright, sees)], &SightParams::default());
        assert_eq!((seen[0].matched, seen[0].empty_parts.as_slice()), (375, [(3, 3)].as_slice()));
        assert!(seen[0].blind.as_ref().is_some_and(|why| why.contains("1 of 16 parts")), "{:?}", seen[0].blind);
        // With 16 detections a part nobody can say.
        let few = grid(16);
        assert_eq!(blind(&few, &[witness("a", &few, sees)]), [false]);
    }

    #[test]
    fn a_source_of_spikes_must_only_be_there() {
        let bright = grid(10);
        let mut few_rows = witness("usnob", &bright, |i, _| i == 3);
        few_rows.is_veto = false;
        let mut no_rows = witness("tycho2", &bright, |_, _| false);
        no_rows.is_veto = false;
        let gaia = witness("gaia", &bright, |_, _| true);
        assert_eq!(blind(&bright, &[gaia, few_rows, no_rows]), [false, false, true]);
    }

    #[test]
    fn rows_outside_of_the_image_do_not_count() {
        let bright = grid(10);
        let mut elsewhere = witness("usnob", &bright, |_, _| false);
        elsewhere.is_veto = false;
        elsewhere.rows = vec![PixelPos::new(-0.6, 10.0), PixelPos::new(999.6, 10.0), PixelPos::new(f64::NAN, 0.0)];
        assert_eq!(blind(&bright, &[elsewhere]), [true]);
    }
}
