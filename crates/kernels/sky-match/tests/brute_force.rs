//! The zones give what comparing every pair gives: anywhere on the sphere, for any list.

use proptest::prelude::*;
use sky_coords::SkyPos;
use sky_match::match_all;

/// Where sets are made: the meridian, the poles, an ordinary field; each with its spread in degrees.
const FIELDS: [(f64, f64, f64); 6] = [
    (0.0, 0.0, 0.01),
    (359.999, 60.0, 0.02),
    (150.0, 20.0, 0.01),
    (10.0, 90.0, 0.01),
    (250.0, -90.0, 0.01),
    (77.0, 89.99, 0.02),
];

fn offset(field: (f64, f64, f64), east: f64, north: f64) -> SkyPos {
    let (ra, dec, spread) = field;
    let dec = dec + north * spread;
    // Over a pole the place stands on the other side.
    let (dec, over) = if dec.abs() > 90.0 { (dec.signum() * 180.0 - dec, 180.0) } else { (dec, 0.0) };
    let cos_dec = libm::cos(dec.to_radians()).max(1.0e-4);
    SkyPos::new(ra + over + east * spread / cos_dec, dec)
}

fn brute_force(detections: &[SkyPos], references: &[SkyPos], radius_arcsec: f64) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, f64, usize)> = Vec::new();
    for (i, a) in detections.iter().enumerate() {
        for (j, b) in references.iter().enumerate() {
            if a.is_valid() && b.is_valid() && a.separation_arcsec(*b) <= radius_arcsec + 1.0e-9 {
                pairs.push((i, a.separation_arcsec(*b), j));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    pairs.into_iter().map(|(i, _, j)| (i, j)).collect()
}

fn places(field: (f64, f64, f64)) -> impl Strategy<Value = Vec<SkyPos>> {
    // Steps of 1/64 of the spread make exact duplicates and equal separations; one in sixteen is no position at all.
    let place = (0_u8..16, -64_i32..=64, -64_i32..=64).prop_map(move |(kind, east, north)| match kind {
        0 => SkyPos { ra_deg: f64::NAN, dec_deg: 0.0 },
        _ => offset(field, f64::from(east) / 64.0, f64::from(north) / 64.0),
    });
    prop::collection::vec(place, 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(67), ..ProptestConfig::default() })]

    #[test]
    fn ten_thousand_random_sets_equal_brute_force(
        (detections, references) in prop::sample::select(FIELDS.to_vec()).prop_flat_map(|f| (places(f), places(f))),
        radius_arcsec in prop::sample::select(vec![0.0, 0.25, 5.0, 30.0]),
    ) {
        let found = match_all(&detections, &references, radius_arcsec).expect("a valid radius");
        let pairs: Vec<(usize, usize)> = found.pairs.iter().map(|pair| (pair.detection, pair.reference)).collect();
        prop_assert_eq!(&pairs, &brute_force(&detections, &references, radius_arcsec));
        // Each side closes, and best1 is the first pair of each matched detection.
        prop_assert_eq!(found.detections.matched.len() + found.detections.unmatched.len() + found.detections.invalid.len(), detections.len());
        prop_assert_eq!(found.references.matched.len() + found.references.unmatched.len() + found.references.invalid.len(), references.len());
        let best: Vec<usize> = found.best1().map(|pair| pair.detection).collect();
        prop_assert_eq!(best, found.detections.matched);
    }
}
